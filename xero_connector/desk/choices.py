"""Whether what is chosen on a Xero Organisation can be used in Xero."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import escape_html

from xero_connector.mapping.choices import Refusal, gone, line_account, payment_account, tax_rate

Judge = Callable[[Document, dict[str, Any]], Refusal | None]
"""Judges what is chosen (a row of the mirror), by who holds the choice: the organisation or a row of it."""

IDENTITY = dict.fromkeys(("name", "owner", "creation", "modified", "modified_by", "idx"))
"""What does not say what a row of a table means."""


class Unfit(NamedTuple):
	"""A choice that Xero would not take. ``table`` is empty and ``row`` zero where the organisation itself
	holds it.
	"""

	table: str
	row: int
	field: str
	label: str
	refusal: Refusal


def check(doc: Document) -> None:
	"""Refuse what is chosen anew and cannot be used. What was chosen before and no longer fits is only told,
	so that it keeps nobody from saving something else.
	"""
	before = doc.get_doc_before_save()
	new, old = list[Unfit](), list[Unfit]()
	for unfit in unfit_choices(doc):
		(old if before and _was_there(before, doc, unfit) else new).append(unfit)
	if new:
		frappe.throw("<br>".join(map(in_words, new)), title=_("Not Usable in Xero"))
	if old:
		message = _(
			"What was chosen earlier cannot be used in Xero any more. Documents that need it are held."
		)
		frappe.msgprint("<br>".join([message, *map(in_words, old)]), title=_("Xero"), indicator="orange")


def unfit_choices(doc: Document) -> Iterator[Unfit]:
	"""The choices of an organisation that Xero would not take."""
	for field, judge in FIELDS.items():
		yield from _judged(doc, doc, field, judge)
	for table, (field, judge) in TABLES.items():
		for row in doc.get(table):
			yield from _judged(doc, row, field, judge)


def in_words(unfit: Unfit) -> str:
	"""Where it is, why it cannot be used and what to do, as HTML."""
	message, advice = (escape_html(_(text)) for text in unfit.refusal)
	return f"{_place(unfit)}: {message} {advice}"


def said(row: Document) -> dict[str, Any]:
	"""What a row of a table means, without what Frappe notes of it."""
	meant = row.get_valid_dict(ignore_virtual=True) | IDENTITY
	return {field: value or "" for field, value in meant.items()}


def _judged(doc: Document, holder: Document, field: str, judge: Judge) -> Iterator[Unfit]:
	link, name = holder.meta.get_field(field), holder.get(field)
	chosen = frappe.db.get_value(link.options, name, "*", as_dict=True) if name else None
	refusal = judge(holder, chosen) if chosen else None
	if refusal:
		own = holder is doc
		yield Unfit("" if own else holder.parentfield, 0 if own else holder.idx, field, link.label, refusal)


def _paid_into(row: Document, account: dict[str, Any]) -> Refusal | None:
	books = frappe.db.get_value("Xero Organisation", row.parent, "base_currency")
	own = frappe.db.get_value("Account", row.account, "account_currency")
	return payment_account(account, books or "", own or "")


FIELDS: dict[str, Judge] = {
	"sales_account": lambda _holder, chosen: line_account(chosen),
	"rounding_account": lambda _holder, chosen: line_account(chosen),
	"no_tax_rate": lambda _holder, chosen: tax_rate(chosen, 0),
	"branding_theme": lambda _holder, chosen: gone(chosen, str(chosen["theme_name"])),
}

TABLES: dict[str, tuple[str, Judge]] = {
	"accounts": ("xero_account", lambda _row, chosen: line_account(chosen)),
	"item_accounts": ("xero_account", lambda _row, chosen: line_account(chosen)),
	"taxes": ("tax_rate", lambda row, chosen: tax_rate(chosen, row.rate)),
	"payment_accounts": ("xero_account", _paid_into),
	"tracking": ("tracking_option", lambda _row, chosen: gone(chosen, str(chosen["title"]))),
}
"""The field of each table that is chosen from Xero."""


def _place(unfit: Unfit) -> str:
	label = frappe.bold(_(unfit.label))
	if not unfit.table:
		return label
	table = frappe.get_meta("Xero Organisation").get_label(unfit.table)
	return _("Row {0} of {1}, {2}").format(unfit.row, frappe.bold(_(table)), label)


def _was_there(before: Document, doc: Document, unfit: Unfit) -> bool:
	"""Whether the choice was the same before it was saved now."""
	if not unfit.table:
		return bool(before.get(unfit.field) == doc.get(unfit.field))
	return said(doc.get(unfit.table)[unfit.row - 1]) in [said(row) for row in before.get(unfit.table)]
