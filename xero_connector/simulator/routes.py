"""The accounting API's paths: the collections, what can be done with each, and the endpoints of their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from werkzeug.routing import Map, Rule

from xero_connector.simulator import contacts, credit_notes, credits, invoices, items, payments
from xero_connector.simulator.api import (
	Answer,
	Call,
	Resource,
	Write,
	attempt,
	echo,
	list_records,
	named,
	read_record,
	write_records,
)
from xero_connector.simulator.books import Books, Written
from xero_connector.simulator.errors import Refused, not_found, validation
from xero_connector.simulator.kinds import (
	ACCOUNT,
	ALLOCATION,
	CONTACT,
	CREDIT_NOTE,
	CURRENCY,
	HISTORY,
	INVOICE,
	ITEM,
	ORGANISATION,
	OVERPAYMENT,
	PAYMENT,
	PREPAYMENT,
	TAX_RATE,
	TRACKING_CATEGORY,
	Kind,
)
from xero_connector.simulator.render import Depth, render, render_allocation
from xero_connector.simulator.values import Body, decimal, parse_date, xero_moment

SETTINGS = ("accounting.settings",)
TRANSACTIONS = ("accounting.invoices", "accounting.transactions")
PAYMENTS = ("accounting.payments", "accounting.transactions")


def _unwarned(write: Callable[[Books, Mapping[str, Any]], Body]) -> Write:
	return lambda books, given: Written(write(books, given), [])


def _pay_or_delete(books: Books, given: Mapping[str, Any]) -> Body:
	if given.get("PaymentID"):
		payment = books.find(PAYMENT, str(given["PaymentID"]))
		if payment is None:
			raise Refused("The payment with the specified PaymentID could not be found")
		return payments.change(books, payment, given)
	return payments.create(books, given)


CONTACTS = Resource(
	CONTACT,
	("accounting.contacts",),
	paged=True,
	modified_since=True,
	create=_unwarned(contacts.create),
	create_or_update=_unwarned(contacts.create_or_update),
	search=("name", "number", "email"),
)
ITEMS = Resource(
	ITEM,
	("accounting.settings", *TRANSACTIONS),
	modified_since=True,
	create=_unwarned(items.create),
	create_or_update=_unwarned(items.create_or_update),
	batch=items.BATCH_LIMIT,
)
INVOICES = Resource(
	INVOICE,
	TRANSACTIONS,
	paged=True,
	modified_since=True,
	create=invoices.create,
	create_or_update=invoices.create_or_update,
	search=("number", "json_extract(body, '$.Reference')"),
)
PAYMENT_RESOURCE = Resource(
	PAYMENT,
	PAYMENTS,
	paged=True,
	modified_since=True,
	create=_unwarned(payments.create),
	create_or_update=_unwarned(_pay_or_delete),
)
CREDIT_NOTES = Resource(
	CREDIT_NOTE,
	TRANSACTIONS,
	paged=True,
	modified_since=True,
	create=credit_notes.create,
	create_or_update=credit_notes.create_or_update,
)
OVERPAYMENTS = Resource(OVERPAYMENT, PAYMENTS, paged=True, modified_since=True)
PREPAYMENTS = Resource(PREPAYMENT, PAYMENTS, paged=True, modified_since=True)
ACCOUNTS = Resource(ACCOUNT, SETTINGS, modified_since=True)
TAX_RATES = Resource(TAX_RATE, SETTINGS)
CURRENCIES = Resource(CURRENCY, SETTINGS)
TRACKING = Resource(TRACKING_CATEGORY, SETTINGS)
ORGANISATIONS = Resource(ORGANISATION, SETTINGS)


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
		notes.append(invoices.note(call.books, record[resource.kind.id_field], "Note", details))
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


class Endpoint(NamedTuple):
	"""What a path leads to."""

	answer: Callable[..., Answer]
	resource: Resource


def _rules() -> list[Rule]:
	rules = [Rule("/Organisation", methods=["GET"], endpoint=Endpoint(read_organisation, ORGANISATIONS))]
	everything = (
		CONTACTS,
		ITEMS,
		INVOICES,
		PAYMENT_RESOURCE,
		CREDIT_NOTES,
		OVERPAYMENTS,
		PREPAYMENTS,
		ACCOUNTS,
		TAX_RATES,
		CURRENCIES,
		TRACKING,
	)
	for resource in everything:
		path = f"/{resource.kind.collection}"
		rules += [
			Rule(path, methods=["GET"], endpoint=Endpoint(list_records, resource)),
			Rule(path, methods=["PUT", "POST"], endpoint=Endpoint(write_records, resource)),
			Rule(f"{path}/<key>", methods=["GET"], endpoint=Endpoint(read_record, resource)),
			Rule(f"{path}/<key>", methods=["POST"], endpoint=Endpoint(write_records, resource)),
		]
	with_credit = (CREDIT_NOTES, OVERPAYMENTS, PREPAYMENTS)
	for resource in with_credit:
		path = f"/{resource.kind.collection}/<key>/Allocations"
		rules += [
			Rule(path, methods=["PUT"], endpoint=Endpoint(allocate, resource)),
			Rule(
				f"{path}/<allocation_id>",
				methods=["DELETE"],
				endpoint=Endpoint(remove_allocation, resource),
			),
		]
	for resource in (CONTACTS, ITEMS, INVOICES, PAYMENT_RESOURCE, *with_credit):
		path = f"/{resource.kind.collection}/<key>/History"
		rules += [
			Rule(path, methods=["GET"], endpoint=Endpoint(read_history, resource)),
			Rule(path, methods=["PUT"], endpoint=Endpoint(write_history, resource)),
		]
	return [
		*rules,
		Rule("/Invoices/<key>/Email", methods=["POST"], endpoint=Endpoint(email_invoice, INVOICES)),
		Rule("/Invoices/<key>/OnlineInvoice", methods=["GET"], endpoint=Endpoint(online_invoice, INVOICES)),
	]


ROUTES = Map(_rules(), strict_slashes=False)
