"""What the forms of sales documents ask: where they are on their way to Xero, and to be sent there."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document

from xero_connector.desk import jobs
from xero_connector.desk.wiring import SiteClock
from xero_connector.mapping.money import decimal_of
from xero_connector.store.frappe import FrappeStore, plain
from xero_connector.sync import organisations, outbox, requests, triggers
from xero_connector.sync.entities import OPPORTUNITY, QUOTATION, REQUEST, SHOWN_ON
from xero_connector.sync.errors import SyncError


@frappe.whitelist(methods=["POST"])
def create_xero_invoice(doctype: str, name: str) -> dict[str, Any]:
	"""Ask for the invoice of a Sales Order, Sales Invoice, Quotation or won Opportunity; a second click makes
	no second invoice.

	Whoever may submit the document may ask. Returns ``organisation``, ``outbox`` (the row that carries it)
	and ``requests`` (names).
	"""
	return _asked(_document(doctype, name), triggers.request_invoice)


@frappe.whitelist(methods=["POST"])
def create_xero_quote(name: str) -> dict[str, Any]:
	"""Ask for the quote of a Quotation. Returns ``organisation`` and ``outbox``."""
	return _asked(_document(QUOTATION, name), triggers.request_quote)


@frappe.whitelist(methods=["POST"])
def create_part_invoice(
	doctype: str,
	name: str,
	label: str = "",
	amount: float = 0,
	percent: float = 0,
	due_date: str | None = None,
) -> dict[str, Any]:
	"""Ask for an invoice of a part: an amount, a percentage of the whole, or with neither what is left.

	Returns what ``create_xero_invoice`` does.
	"""
	if amount and percent:
		frappe.throw(_("Say either a percentage or an amount."))
	part = requests.Asked(label.strip(), _positive(amount), _positive(percent), due_date or "")
	return _asked(_document(doctype, name), triggers.request_invoice, parts=[part])


@frappe.whitelist(methods=["POST"])
def cancel_part(request: str) -> None:
	"""Take the invoice of a part back. Whoever may submit its document may."""
	part = FrappeStore().get(REQUEST, request)
	if part is None:
		frappe.throw(_("There is no {0} {1}.").format(_(REQUEST), request), frappe.DoesNotExistError)
	_document(part["source_doctype"], part["source_name"])
	try:
		organisation = triggers.cancel_request(FrappeStore(), SiteClock(), part, frappe.session.user)
	except SyncError as error:
		frappe.throw(_(str(error)), title=_("Not Taken Back"))
	jobs.after_commit("drain", organisation)


@frappe.whitelist(methods=["GET"])
def progress(doctype: str, name: str) -> dict[str, Any]:
	"""How far a document that the caller may read is on its way to Xero.

	``connected``: a live organisation keeps the books of its company. ``status``: that of its outbox row, if
	any.
	``parts``: its invoice requests, each with ``name``, ``label``, ``amount`` and ``status``. ``left``: what
	they do not bill of the document, in its currency.
	"""
	doc = _document(doctype, name, "read")
	store = FrappeStore()
	found = organisations.accepting(store, company=doc.company)
	parts = requests.live(store, doctype, doc.name)
	rows = [(doctype, doc.name), *((REQUEST, part["name"]) for part in parts)]
	states = [_status(store, found[0]["name"], *row) for row in rows] if found else [None] * len(rows)
	return {
		"connected": any(map(organisations.is_live, found)),
		"status": states[0],
		"parts": [
			{"name": part["name"], "label": part["label"], "amount": part["amount"], "status": state}
			for part, state in zip(parts, states[1:], strict=True)
		],
		"left": requests.left_of(plain(doc), parts),
	}


def _status(store: FrappeStore, organisation: str, doctype: str, name: str) -> str | None:
	row = store.get("Xero Outbox", outbox.row_name(organisation, doctype, name))
	return row["status"] if row else None


def _document(doctype: str, name: str, permission: str = "") -> Document:
	"""The document, if the caller may send it to Xero: whoever may submit it, or write an opportunity."""
	if doctype not in SHOWN_ON:
		frappe.throw(_("A {0} does not go to Xero.").format(_(doctype)))
	doc = frappe.get_doc(doctype, name)
	doc.check_permission(permission or ("write" if doctype == OPPORTUNITY else "submit"))
	return doc


def _positive(number: float) -> Decimal:
	value = decimal_of(number)
	if value < 0:
		frappe.throw(_("A part is more than nothing."))
	return value


def _asked(doc: Document, ask: Callable[..., dict[str, Any]], **options: Any) -> dict[str, Any]:
	try:
		asked = ask(FrappeStore(), SiteClock(), plain(doc), frappe.session.user, **options)
	except SyncError as error:
		frappe.throw(_(str(error)), title=_("Not Sent to Xero"))
	jobs.after_commit("drain", asked["organisation"])
	return asked
