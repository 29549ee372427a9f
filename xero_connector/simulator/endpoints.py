"""Endpoints of their own: mail, payment link, history, allocations, members of a contact group."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xero_connector.simulator import contact_groups, credits, documents, invoices
from xero_connector.simulator.api import Answer, Call, Resource, Write, attempt, echo, named
from xero_connector.simulator.books import Books, Written
from xero_connector.simulator.errors import Refused, not_found, validation
from xero_connector.simulator.kinds import ALLOCATION, CONTACT, CONTACT_GROUP, HISTORY, INVOICE, Kind
from xero_connector.simulator.render import Depth, render, render_allocation
from xero_connector.simulator.values import Body, decimal, parse_date, xero_moment


def read_organisation(call: Call, resource: Resource) -> Answer:
	"""GET /Organisation."""
	return Answer(
		{"Organisations": render(call.books, "Organisations", [call.books.organisation], Depth.WHOLE)}
	)


def email_invoice(call: Call, resource: Resource, key: str) -> Answer:
	"""POST /Invoices/{id}/Email: 204 without a body."""
	invoice = named(call, INVOICE, key)
	try:
		invoices.email(call.books, invoice)
	except Refused as refused:
		raise validation([echo(INVOICE, {"InvoiceID": invoice["InvoiceID"]}, refused)]) from None
	return Answer(None, 204)


def online_invoice(call: Call, resource: Resource, key: str) -> Answer:
	"""GET /Invoices/{id}/OnlineInvoice: the payment link."""
	invoice = named(call, INVOICE, key)
	try:
		url = invoices.online_url(invoice)
	except Refused as refused:
		raise validation([echo(INVOICE, {"InvoiceID": invoice["InvoiceID"]}, refused)]) from None
	return Answer({"OnlineInvoices": [{"OnlineInvoiceUrl": url}]})


def read_history(call: Call, resource: Resource, key: str) -> Answer:
	"""GET /…/{id}/History, newest first."""
	record = named(call, resource.kind, key)
	notes = call.books.where(
		HISTORY, "parent = ?", record[resource.kind.id_field], tail="ORDER BY sequence DESC"
	)
	return Answer({"HistoryRecords": [_history_record(each) for each in notes]})


def write_history(call: Call, resource: Resource, key: str) -> Answer:
	"""PUT /…/{id}/History: notes, which Xero keeps for good. Details hold at most 250 characters here."""
	record = named(call, resource.kind, key)
	notes = []
	for element in call.elements("HistoryRecords"):
		details = element.get("Details")
		if not isinstance(details, str) or not 0 < len(details) <= 250:
			raise validation(
				[{**element, "ValidationErrors": [{"Message": "Details must be 1 to 250 characters"}]}]
			)
		notes.append(documents.note(call.books, record[resource.kind.id_field], "Note", details))
	return Answer({"HistoryRecords": [_history_record(each) for each in notes]})


def _history_record(record: Body) -> Body:
	moment = xero_moment(record["UpdatedDateUTC"])
	return {field: record[field] for field in ("Changes", "Details", "User")} | {"DateUTC": moment}


def allocate(call: Call, resource: Resource, key: str) -> Answer:
	"""PUT /…/{id}/Allocations: use the credit for invoices. All or nothing."""
	kind, elements = resource.kind, call.elements("Allocations")
	outcomes = [attempt(call, _allocation_writer(call, kind, key), element) for element in elements]
	if any(isinstance(outcome, Refused) for outcome in outcomes):
		raise validation([echo(kind, *pair) for pair in zip(elements, outcomes, strict=True)])
	return Answer(
		{"Allocations": [render_allocation(each.body) for each in outcomes if isinstance(each, Written)]}
	)


def remove_allocation(call: Call, resource: Resource, key: str, allocation_id: str) -> Answer:
	"""DELETE /…/{id}/Allocations/{allocation id}: the allocation itself, marked as deleted."""
	kind, allocation = resource.kind, named(call, ALLOCATION, allocation_id)
	if allocation["CreditID"] != named(call, kind, key)[kind.id_field]:
		raise not_found()
	try:
		removed = credits.remove_allocation(call.books, allocation)
	except Refused as refused:
		raise validation([echo(ALLOCATION, {"AllocationID": allocation_id}, refused)]) from None
	return Answer({**render_allocation(removed), "IsDeleted": True}, enveloped=False)


def _allocation_writer(call: Call, kind: Kind, key: str) -> Write:
	def write(books: Books, given: Mapping[str, Any]) -> Written:
		invoice = books.find(INVOICE, str((given.get("Invoice") or {}).get("InvoiceID") or ""))
		if invoice is None:
			raise Refused("Invoice could not be found")
		try:
			amount = decimal(given.get("Amount"), "Amount")
			day = parse_date(given["Date"]) if given.get("Date") else books.today
		except ValueError as error:
			raise Refused(str(error)) from None
		credit = named(call, kind, key)
		return Written(credits.allocate(books, kind, credit, invoice, amount, day), [])

	return write


def read_group(call: Call, resource: Resource, key: str) -> Answer:
	"""GET /ContactGroups/{id}, with its contacts. Raises Problem (404), for a deleted one too."""
	return Answer({"ContactGroups": render(call.books, "ContactGroups", [_group(call, key)], Depth.WHOLE)})


def add_members(call: Call, resource: Resource, key: str) -> Answer:
	"""PUT /ContactGroups/{id}/Contacts: all or nothing; answers no more than ids, as Xero's example does."""
	elements = call.elements("Contacts")
	outcomes = [attempt(call, _member_writer(call, key), element) for element in elements]
	if any(isinstance(outcome, Refused) for outcome in outcomes):
		raise validation([echo(CONTACT, *pair) for pair in zip(elements, outcomes, strict=True)])
	added = [outcome.body["ContactID"] for outcome in outcomes if isinstance(outcome, Written)]
	return Answer({"Contacts": [{"ContactID": each, "HasValidationErrors": False} for each in added]})


def remove_members(call: Call, resource: Resource, key: str, contact_id: str | None = None) -> Answer:
	"""DELETE /ContactGroups/{id}/Contacts[/{contact id}]: 204 without a body."""
	try:
		contact_groups.remove(call.books, _group(call, key), contact_id)
	except Refused as refused:
		raise validation([echo(CONTACT, {"ContactID": contact_id}, refused)]) from None
	return Answer(None, 204)


def _group(call: Call, key: str) -> Body:
	group = named(call, CONTACT_GROUP, key)
	if group["Status"] != "ACTIVE":
		raise not_found()
	return group


def _member_writer(call: Call, key: str) -> Write:
	def write(books: Books, given: Mapping[str, Any]) -> Written:
		return Written(contact_groups.add(books, _group(call, key), str(given.get("ContactID"))), [])

	return write
