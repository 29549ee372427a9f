"""The taxes and charges that a company really uses: from its templates and its recent documents.

Documents are told apart by their *shape* alone: the rows of the taxes table, and the rates that items have of
their own. There are few shapes, however many documents: the database counts them. Each is read by the same
code that maps a document.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

import frappe
from frappe.utils import add_months, nowdate

from xero_connector.mapping.books import Books, Whereabouts
from xero_connector.mapping.document import Facts
from xero_connector.mapping.payload import posted
from xero_connector.mapping.posting import Posting
from xero_connector.mapping.preflight import check_lines
from xero_connector.mapping.problem import Problem
from xero_connector.mapping.sales import Bill
from xero_connector.sync import triggers
from xero_connector.sync.entities import INVOICE, ORDER, QUOTATION

MONTHS = 12
"""How far back documents are looked at."""

BETWEEN_ROWS, BETWEEN_FIELDS = chr(30), chr(31)
"""How the database joins the rows of a table: ASCII's own separators, which no text has."""

TEMPLATE, ITEM_TEMPLATE = "Sales Taxes and Charges Template", "Item Tax Template"
DATE = {ORDER: "transaction_date", INVOICE: "posting_date", QUOTATION: "transaction_date"}
BY_TRIGGER = {
	triggers.ORDER_SUBMIT: (ORDER,),
	triggers.INVOICE_SUBMIT: (INVOICE,),
	triggers.QUOTATION_ORDERED: (QUOTATION,),
}

COLUMNS = ("account_head", "charge_type", "rate", "row_id", "included_in_print_rate")

Row = tuple[str, str, Decimal, int, int]
"""A row of a taxes table: its ``COLUMNS``."""


@dataclass(frozen=True)
class Shape:
	"""What is alike in so many ``documents``; ``example`` is the newest of them, or the template.

	``own``: the rates that items have of their own, as JSON, each once; an empty text for items that have
	none.
	"""

	example: tuple[str, str]
	rows: tuple[Row, ...]
	own: tuple[str, ...] = ("",)
	template: str = ""
	tax_category: str = ""
	documents: int = 0

	def as_document(self) -> dict[str, Any]:
		"""A document of this shape with a line for each of the rates, as far as lines are mapped by it."""
		worth = {"net_amount": 100, "amount": 100, "rate": 100, "qty": 1, "description": "Item"}
		return {
			"doctype": self.example[0],
			"name": self.example[1],
			"taxes_and_charges": self.template,
			"tax_category": self.tax_category,
			"items": [{**worth, "item_tax_rate": rates} for rates in self.own],
			"taxes": [{**dict(zip(COLUMNS, row, strict=True)), "tax_amount": 1} for row in self.rows],
			"grand_total": 100,
		}


class Seen(NamedTuple):
	"""A shape, read and posted to an organisation's books, with what is wrong with its lines."""

	shape: Shape
	bill: Bill
	postings: list[Posting]
	problems: list[Problem]

	@property
	def where(self) -> Whereabouts:
		return Whereabouts(self.shape.template, self.shape.tax_category)


def looked_at(settings: dict[str, Any]) -> list[str]:
	"""The documents that go to an organisation by its choices; orders and invoices where a person decides."""
	found = list(BY_TRIGGER.get(settings.get("invoice_trigger") or "", (ORDER, INVOICE)))
	if settings.get("quote_trigger") == triggers.QUOTATION_SUBMIT and QUOTATION not in found:
		found.append(QUOTATION)
	return found


def since() -> str:
	"""The day from which on documents are looked at."""
	return str(add_months(nowdate(), -MONTHS))


def seen(settings: dict[str, Any], books: Books, *, templates: bool = True) -> list[Seen]:
	"""All shapes of a company's documents, those most used first, and of its templates if they are wanted."""
	company = settings.get("company")
	if not company:
		return []
	shapes = [shape for doctype in looked_at(settings) for shape in _of_documents(doctype, company)]
	shapes.sort(key=lambda shape: -shape.documents)
	if templates:
		shapes += [*_of_templates(company), *_of_item_templates(company)]
	types = _account_types({row[0] for shape in shapes for row in shape.rows})
	return [_read(shape, books, types) for shape in shapes]


def _read(shape: Shape, books: Books, types: dict[str, str]) -> Seen:
	doc = shape.as_document()
	bill, postings = posted(doc, books, Facts(account_types=types))
	problems = [*bill.problems, *check_lines(doc, bill.lines, postings, books)]
	return Seen(shape, bill, postings, list(dict.fromkeys(problems)))


def recent(doctype: str) -> str:
	"""SQL that holds for the documents (``doc``) that are looked at; takes ``company`` and ``since``."""
	return f"doc.company = %(company)s and doc.docstatus = 1 and doc.{DATE[doctype]} >= %(since)s"


def newest(doctype: str) -> str:
	"""SQL for the newest of several documents, as ``newest_name`` reads it."""
	return f"max(concat(doc.{DATE[doctype]}, ' ', doc.name))"


def newest_name(found: str) -> str:
	return found.partition(" ")[2]


def _of_documents(doctype: str, company: str) -> list[Shape]:
	fields = ", ".join(f"ifnull(row.{column}, '')" for column in COLUMNS)
	found = frappe.db.sql(
		f"""
		select
			doc.taxes_and_charges, doc.tax_category, taxes.joined, items.joined, count(*), {newest(doctype)}
		from `tab{doctype}` doc
		left join (
			select row.parent, group_concat(
				concat_ws('{BETWEEN_FIELDS}', {fields}) order by row.idx separator '{BETWEEN_ROWS}'
			) as joined
			from `tabSales Taxes and Charges` row join `tab{doctype}` doc on doc.name = row.parent
			where row.parenttype = %(doctype)s and {recent(doctype)} group by row.parent
		) taxes on taxes.parent = doc.name
		left join (
			select row.parent, group_concat(
				distinct if(row.item_tax_rate = '{{}}', '', ifnull(row.item_tax_rate, ''))
				order by row.item_tax_rate separator '{BETWEEN_ROWS}'
			) as joined
			from `tab{doctype} Item` row join `tab{doctype}` doc on doc.name = row.parent
			where {recent(doctype)} group by row.parent
		) items on items.parent = doc.name
		where {recent(doctype)} group by 1, 2, 3, 4
		""",
		{"company": company, "since": since(), "doctype": doctype},
	)
	return [
		Shape(
			(doctype, newest_name(name)),
			tuple(_row(row.split(BETWEEN_FIELDS)) for row in (rows or "").split(BETWEEN_ROWS) if row),
			tuple((own or "").split(BETWEEN_ROWS)),
			template or "",
			category or "",
			count,
		)
		for template, category, rows, own, count, name in found
	]


def _of_templates(company: str) -> Iterator[Shape]:
	for name in frappe.get_all(TEMPLATE, {"company": company, "disabled": 0}, pluck="name"):
		of = {"parenttype": TEMPLATE, "parent": name}
		rows = frappe.get_all("Sales Taxes and Charges", of, COLUMNS, order_by="idx", as_list=True)
		yield Shape((TEMPLATE, name), tuple(map(_row, rows)), template=name)


def _of_item_templates(company: str) -> Iterator[Shape]:
	"""An item's taxes as if a document had no others; without those that it only names to take nothing."""
	for name in frappe.get_all(ITEM_TEMPLATE, {"company": company, "disabled": 0}, pluck="name"):
		rates = frappe.get_all(
			"Item Tax Template Detail", {"parent": name}, ["tax_type", "tax_rate"], order_by="idx"
		)
		rows = [_row((row.tax_type, "On Net Total", row.tax_rate, 0, 0)) for row in rates if row.tax_rate]
		rows = rows or [_row((row.tax_type, "On Net Total", 0, 0, 0)) for row in rates[:1]]
		yield Shape((ITEM_TEMPLATE, name), tuple(rows))


def _row(values: Any) -> Row:
	account, kind, rate, row_id, included = values
	return account, kind, Decimal(str(rate or 0)), int(row_id or 0), int(included or 0)


def _account_types(heads: set[str]) -> dict[str, str]:
	rows = frappe.get_all("Account", {"name": ("in", list(heads) or [""])}, ["name", "account_type"])
	return {row.name: row.account_type or "" for row in rows}
