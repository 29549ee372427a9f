"""The taxes and charges that a company really uses: from its templates and its recent documents.

Documents are told apart by their *shape* alone: the rows of the taxes table and an item's own rates. There
are few shapes, however many documents; each is read by the same code that maps a document.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
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

MONTHS, NEWEST = 12, 20_000
"""How far back documents are looked at, and at most how many of each type."""

TEMPLATE, ITEM_TEMPLATE = "Sales Taxes and Charges Template", "Item Tax Template"
DATE = {ORDER: "transaction_date", INVOICE: "posting_date", QUOTATION: "transaction_date"}
BY_TRIGGER = {
	triggers.ORDER_SUBMIT: (ORDER,),
	triggers.INVOICE_SUBMIT: (INVOICE,),
	triggers.QUOTATION_ORDERED: (QUOTATION,),
}

Row = tuple[str, str, Decimal, int, int]
"""A row of a taxes table: account, charge type, rate, row id, whether prices hold it."""


@dataclass
class Shape:
	"""What is alike in many documents. ``example`` is the newest of ``documents``, or the template."""

	example: tuple[str, str]
	rows: tuple[Row, ...]
	own: str = ""
	template: str = ""
	tax_category: str = ""
	documents: set[str] = field(default_factory=set)

	def as_document(self) -> dict[str, Any]:
		"""A document of this shape over one line, as far as lines are mapped by it."""
		fields = ("account_head", "charge_type", "rate", "row_id", "included_in_print_rate")
		worth = {"net_amount": 100, "amount": 100, "rate": 100, "qty": 1}
		return {
			"doctype": self.example[0],
			"name": self.example[1],
			"taxes_and_charges": self.template,
			"tax_category": self.tax_category,
			"items": [{**worth, "description": "Item", "item_tax_rate": self.own}],
			"taxes": [{**dict(zip(fields, row, strict=True)), "tax_amount": 1} for row in self.rows],
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
	shapes.sort(key=lambda shape: -len(shape.documents))
	if templates:
		shapes += [*_of_templates(company), *_of_item_templates(company)]
	types = _account_types({row[0] for shape in shapes for row in shape.rows})
	return [_read(shape, books, types) for shape in shapes]


def _read(shape: Shape, books: Books, types: dict[str, str]) -> Seen:
	doc = shape.as_document()
	bill, postings = posted(doc, books, Facts(account_types=types))
	problems = [*bill.problems, *check_lines(doc, bill.lines, postings, books)]
	return Seen(shape, bill, postings, list(dict.fromkeys(problems)))


def newest(doctype: str, fields: str) -> str:
	"""SQL for the newest submitted documents of a company: takes ``company`` and ``since``."""
	return f"""
		select {fields} from `tab{doctype}`
		where company = %(company)s and docstatus = 1 and {DATE[doctype]} >= %(since)s
		order by {DATE[doctype]} desc, creation desc limit {NEWEST}
	"""


def _of_documents(doctype: str, company: str) -> list[Shape]:
	values = {"company": company, "since": since(), "doctype": doctype}
	heads = frappe.db.sql(newest(doctype, "name, taxes_and_charges, tax_category"), values)
	names = newest(doctype, "name")
	rows: dict[str, list[Row]] = {}
	for parent, *row in frappe.db.sql(
		f"""
		select row.parent, {_columns("row")} from `tabSales Taxes and Charges` row
		join ({names}) doc on doc.name = row.parent
		where row.parenttype = %(doctype)s order by row.parent, row.idx
		""",
		values,
	):
		rows.setdefault(parent, []).append(_row(row))
	own: dict[str, list[str]] = {}
	for parent, rates in frappe.db.sql(
		f"""
		select distinct item.parent, ifnull(item.item_tax_rate, '') from `tab{doctype} Item` item
		join ({names}) doc on doc.name = item.parent
		""",
		values,
	):
		own.setdefault(parent, []).append("" if rates == "{}" else rates)
	shapes: dict[tuple[Any, ...], Shape] = {}
	for name, template, category in heads:
		for rates in own.get(name, [""]):
			table = tuple(rows.get(name, ()))
			key = (table, rates, template or "", category or "")
			shape = shapes.setdefault(key, Shape((doctype, name), *key))
			shape.documents.add(name)
	return list(shapes.values())


def _of_templates(company: str) -> Iterator[Shape]:
	for name in frappe.get_all(TEMPLATE, {"company": company, "disabled": 0}, pluck="name"):
		rows = frappe.db.sql(
			f"select {_columns('row')} from `tabSales Taxes and Charges` row"
			" where row.parenttype = %s and row.parent = %s order by row.idx",
			(TEMPLATE, name),
		)
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


def _columns(table: str) -> str:
	fields = ("account_head", "charge_type", "rate", "row_id", "included_in_print_rate")
	return ", ".join(f"{table}.{name}" for name in fields)


def _row(values: Any) -> Row:
	account, kind, rate, row_id, included = values
	return account, kind, Decimal(str(rate or 0)), int(row_id or 0), int(included or 0)


def _account_types(heads: set[str]) -> dict[str, str]:
	rows = frappe.get_all("Account", {"name": ("in", list(heads) or [""])}, ["name", "account_type"])
	return {row.name: row.account_type or "" for row in rows}
