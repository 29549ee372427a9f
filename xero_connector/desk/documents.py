"""What the forms of sales documents ask: where they are on their way to Xero, and to be sent there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document

from xero_connector.desk import jobs, wiring
from xero_connector.desk.refusals import refuse
from xero_connector.desk.standing import blocked, standing, state_of, states_of
from xero_connector.desk.wiring import SiteClock
from xero_connector.mapping.money import decimal_of
from xero_connector.store.frappe import FrappeStore, plain
from xero_connector.store.protocol import Doc, Duplicate
from xero_connector.sync import again, now, organisations, requests, triggers
from xero_connector.sync.entities import QUOTATION, REQUEST, SHOWN_ON
from xero_connector.sync.errors import SyncError

WANTED = "Somebody wants to see it as it is now."

SENT_BY_HAND = (*SHOWN_ON, "Customer", "Item")
"""Doctypes whose forms have *Sync Now*."""


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
		refuse(str(error), title=_("Not Taken Back"))
	jobs.after_commit("drain", organisation)


@frappe.whitelist(methods=["GET"])
def progress(doctype: str, name: str) -> dict[str, Any]:
	"""How far a document that the caller may read is on its way to Xero (see ``standing``); of a document
	that is billed also ``parts``, its invoice requests, each with ``name``, ``label``, ``amount`` and
	``status``, and ``left``, what they do not bill of it, in its currency.
	"""
	doc = plain(_document(doctype, name, "read", SENT_BY_HAND))
	return progress_of(doc)


def progress_of(doc: Doc) -> dict[str, Any]:
	"""What ``progress`` says, of a document that the caller may see."""
	store = FrappeStore()
	if doc["doctype"] not in SHOWN_ON:
		return standing(doc, organisations.accepting(store))
	found = organisations.accepting(store, company=doc["company"])
	parts = requests.live(store, doc["doctype"], doc["name"])
	return {
		**standing(doc, found),
		"parts": [
			{
				**{field: part[field] for field in ("name", "label", "amount")},
				"status": state_of(store, found[0]["name"], REQUEST, part["name"]) if found else None,
			}
			for part in parts
		],
		"left": requests.left_of(doc, parts),
	}


@frappe.whitelist(methods=["POST"])
def sync_now(doctype: str, name: str) -> None:
	"""Send a document now, and read what Xero has of it. For whoever may send it.

	The form asks ``progress`` how that goes.
	"""
	doc = plain(_document(doctype, name, possible=SENT_BY_HAND))
	store, user = FrappeStore(), frappe.session.user
	company = {"company": doc["company"]} if doctype in SHOWN_ON else {}
	names = [row["name"] for row in organisations.accepting(store, **company)]
	if reason := blocked(states_of(names)):
		refuse(reason, title=_("Not Sent to Xero"))
	try:
		there = now.send_now(store, SiteClock(), doc, user)
	except SyncError as error:
		refuse(str(error), title=_("Not Sent to Xero"))
	for organisation, records in there.items():
		for record in sorted(records):
			_read_again(organisation, *record)
		jobs.after_commit("drain", organisation)
		jobs.after_commit("fetch", organisation)


def _read_again(organisation: str, entity: str, xero_id: str) -> None:
	try:
		again.read_again(wiring.engine(organisation).context, entity, xero_id, WANTED, again.ASKED)
	except Duplicate:
		pass  # another person asked at the same moment


def _document(doctype: str, name: str, permission: str = "", possible: Sequence[str] = SHOWN_ON) -> Document:
	"""The document, if the caller may send it to Xero: whoever may submit it, or write what is not
	submitted.
	"""
	if doctype not in possible:
		refuse(_("A {0} does not go to Xero.").format(_(doctype)), title=_("Not Sent to Xero"))
	doc = frappe.get_doc(doctype, name)
	doc.check_permission(permission or ("submit" if doc.meta.is_submittable else "write"))
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
		refuse(str(error), title=_("Not Sent to Xero"))
	jobs.after_commit("drain", asked["organisation"])
	return asked
