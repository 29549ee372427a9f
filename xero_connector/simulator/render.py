"""Records as Xero answers them: which fields a list shows, which a read by id, and what is computed then."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import Enum
from typing import Any

from xero_connector.simulator.books import Books
from xero_connector.simulator.kinds import (
	ALLOCATION,
	CONTACT,
	CONTACT_GROUP,
	CREDIT_NOTE,
	CREDITS,
	INVOICE,
	OVERPAYMENT,
	PAYMENT,
	PREPAYMENT,
	QUOTE,
	Kind,
)
from xero_connector.simulator.money import from_cents, rounded
from xero_connector.simulator.values import UTC, Body, spell_dates, xero_date, xero_moment

NEVER_SHOWN = ("UpdatedDateUTC", "ApprovalLimit", "Members")
"""What reference data keeps and never answers."""


class Depth(Enum):
	"""How much of a record an answer holds."""

	LIST = "unpaged list: no line items"
	PAGE = "page of a list: line items and balances, embedded contacts by name only"
	SUMMARY = "summaryOnly: no line items, no payments, no balances"
	WHOLE = "read by id, and the answer to a write: everything"


def render(books: Books, collection: str, records: Sequence[Body], depth: Depth) -> list[Body]:
	"""Records of a collection in Xero's form. Numbers stay Decimal; dates and moments are spelled out."""
	renderer = _RENDERERS.get(collection)
	return renderer(books, records, depth) if renderer else [_plain(books, record) for record in records]


def _plain(books: Books, record: Body, zone: str = UTC) -> Body:
	shown = dict(record)
	for field in ("UpdatedDateUTC", "CreatedDateUTC"):
		if field in shown:
			shown[field] = xero_moment(shown[field], zone)
	for field in ("PeriodLockDate", "EndOfYearLockDate"):
		if field in shown:
			shown[field] = xero_date(shown[field])
	return shown


def _reference(books: Books, records: Sequence[Body], depth: Depth) -> list[Body]:
	return [
		{field: value for field, value in _plain(books, record).items() if field not in NEVER_SHOWN}
		for record in records
	]


def _contacts(books: Books, records: Sequence[Body], depth: Depth) -> list[Body]:
	contact_ids = [record["ContactID"] for record in records]
	balances = _balances(books, contact_ids)
	groups = _groups_of(books, contact_ids) if depth in (Depth.PAGE, Depth.WHOLE) else {}
	shown = []
	for record in records:
		body = _plain(books, record)
		balance = balances[record["ContactID"]]
		body["IsCustomer"] = balance["ACCREC"]["any"]
		body["IsSupplier"] = balance["ACCPAY"]["any"]
		body["HasValidationErrors"] = False
		body["ContactGroups"] = groups.get(record["ContactID"], [])
		if depth in (Depth.PAGE, Depth.WHOLE) and (body["IsCustomer"] or body["IsSupplier"]):
			body["Balances"] = {
				"AccountsReceivable": balance["ACCREC"]["sums"],
				"AccountsPayable": balance["ACCPAY"]["sums"],
			}
		if depth in (Depth.LIST, Depth.SUMMARY):
			body.pop("MergedToContactID", None)
		shown.append(body)
	return shown


def _groups_of(books: Books, contact_ids: Sequence[str]) -> dict[str, list[Body]]:
	"""The active groups of each contact that is in any."""
	found: dict[str, list[Body]] = {}
	for group in books.where(CONTACT_GROUP, "status = 'ACTIVE'"):
		named = {field: group[field] for field in ("ContactGroupID", "Name", "Status")}
		for contact_id in set(group["Members"]).intersection(contact_ids):
			found.setdefault(contact_id, []).append(named)
	return found


def _contact_groups(books: Books, records: Sequence[Body], depth: Depth) -> list[Body]:
	shown = _reference(books, records, depth)
	for body, record in zip(shown, records, strict=True):
		members = books.many(CONTACT, record["Members"]) if depth is Depth.WHOLE else {}
		body["Contacts"] = [_contact_by_name(contact) for contact in members.values()]
	return shown


def _balances(books: Books, contact_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
	"""Per contact and invoice type: whether there is any document, and the raw sums of what is due."""
	found: dict[str, dict[str, Any]] = {
		contact_id: {kind: {"any": False, "sums": _sums(0, 0)} for kind in ("ACCREC", "ACCPAY")}
		for contact_id in contact_ids
	}
	rows = books.store.rows(
		"""SELECT parent, type,
			SUM(CASE WHEN status = 'AUTHORISED' THEN amount_due ELSE 0 END) AS outstanding,
			SUM(CASE WHEN status = 'AUTHORISED' AND due_date < ? THEN amount_due ELSE 0 END) AS overdue
		FROM records WHERE tenant = ? AND kind = 'Invoices' AND status <> 'DELETED'
			AND parent IN (SELECT value FROM json_each(?)) GROUP BY parent, type""",
		books.today,
		books.tenant,
		"[" + ",".join(f'"{contact_id}"' for contact_id in contact_ids) + "]",
	)
	for row in rows:
		found[row["parent"]][row["type"]] = {"any": True, "sums": _sums(row["outstanding"], row["overdue"])}
	return found


def _sums(outstanding: int, overdue: int) -> Body:
	return {"Outstanding": from_cents(outstanding), "Overdue": from_cents(overdue)}


def _invoices(books: Books, records: Sequence[Body], depth: Depth) -> list[Body]:
	ids = [record["InvoiceID"] for record in records]
	contacts = _embedded_contacts(books, records, depth)
	payments = books.children(PAYMENT, ids, "status = 'AUTHORISED'")
	allocations = books.children(ALLOCATION, ids, "status = 'AUTHORISED'")
	numbers = _credit_note_numbers(books, allocations.values())
	shown = []
	for record in records:
		body = spell_dates(_plain(books, record))
		body["Contact"] = contacts[record["Contact"]["ContactID"]]
		body["HasErrors"] = False
		body["LineItems"] = _lines(books, record) if depth in (Depth.PAGE, Depth.WHOLE) else []
		if depth is not Depth.SUMMARY:
			body["Payments"] = [_embedded_payment(payment) for payment in payments[record["InvoiceID"]]]
			for kind in CREDITS:
				body[kind.collection] = [
					_embedded_credit(kind, each, numbers)
					for each in allocations[record["InvoiceID"]]
					if each["Credit"] == kind.collection
				]
		shown.append(body)
	return shown


def _quotes(books: Books, records: Sequence[Body], depth: Depth) -> list[Body]:
	"""Quotes leave the zone out of every moment and spell LineAmountTypes in capitals."""
	contacts = books.many(CONTACT, [record["Contact"]["ContactID"] for record in records])
	fields = ("ContactID", "Name", "EmailAddress") if depth is Depth.WHOLE else ("ContactID", "Name")
	shown = []
	for record in records:
		body = spell_dates(_plain(books, record, zone=""), zone="")
		contact = contacts[record["Contact"]["ContactID"]]
		body["Contact"] = {field: contact.get(field, "") for field in fields}
		body["LineAmountTypes"] = record["LineAmountTypes"].upper()
		body["LineItems"] = _lines(books, record) if depth in (Depth.PAGE, Depth.WHOLE) else []
		shown.append(body)
	return shown


def _lines(books: Books, record: Body) -> list[Body]:
	return [
		{field: value for field, value in line.items() if field != "Discount"}
		| {"UnitAmount": rounded(line["UnitAmount"], books.unit_places)}
		for line in record["LineItems"]
	]


def _embedded_contacts(books: Books, records: Sequence[Body], depth: Depth) -> dict[str, Body]:
	found = books.many(CONTACT, [record["Contact"]["ContactID"] for record in records])
	if depth is Depth.WHOLE:
		whole = _contacts(books, list(found.values()), Depth.LIST)
		return {body["ContactID"]: body for body in whole}
	return {contact_id: _contact_by_name(body) for contact_id, body in found.items()}


def _contact_by_name(contact: Body) -> Body:
	return {
		"ContactID": contact["ContactID"],
		"Name": contact["Name"],
		"Addresses": [],
		"Phones": [],
		"ContactGroups": [],
		"ContactPersons": [],
		"HasValidationErrors": False,
	}


def _embedded_payment(payment: Body) -> Body:
	return {
		"PaymentID": payment["PaymentID"],
		"Date": xero_date(payment["Date"]),
		"Amount": payment["Amount"],
		"Reference": payment["Reference"],
		"CurrencyRate": payment["CurrencyRate"],
		"HasAccount": False,
		"HasValidationErrors": False,
	}


def _credit_note_numbers(books: Books, allocations: Iterable[Sequence[Body]]) -> dict[str, str]:
	"""Numbers of the credit notes that stand behind allocations, by their id."""
	ids = {each["CreditID"] for group in allocations for each in group}
	return {note_id: note["CreditNoteNumber"] for note_id, note in books.many(CREDIT_NOTE, ids).items()}


def _embedded_credit(kind: Kind, allocation: Body, numbers: Mapping[str, str]) -> Body:
	shown: Body = {
		kind.id_field: allocation["CreditID"],
		"AppliedAmount": allocation["Amount"],
		"Date": xero_date(allocation["Date"]),
	}
	if kind is CREDIT_NOTE:
		shown["CreditNoteNumber"] = numbers[allocation["CreditID"]]
	return shown


def _payments(books: Books, records: Sequence[Body], depth: Depth) -> list[Body]:
	invoices = books.many(INVOICE, [each["Invoice"]["InvoiceID"] for each in records if "Invoice" in each])
	refunded = {
		credit_id: (kind, credit)
		for kind in CREDITS
		for credit_id, credit in books.many(kind, [each.get("CreditID", "") for each in records]).items()
	}
	paid = [*invoices.values(), *(credit for _, credit in refunded.values())]
	contacts = _embedded_contacts(books, paid, Depth.LIST)
	shown = []
	for record in records:
		body = spell_dates(_plain(books, record), twins=False)
		if "Invoice" in record:
			invoice = invoices[record["Invoice"]["InvoiceID"]]
			contact = contacts[invoice["Contact"]["ContactID"]]
			body["Invoice"] = _payment_invoice(books, invoice, contact, depth)
		else:
			kind, credit = refunded[body.pop("CreditID")]
			del body["Credit"]
			contact = contacts[credit["Contact"]["ContactID"]]
			body["Invoice"] = _refunded_credit(kind, credit, contact, record["PaymentType"])
		body["HasAccount"] = True
		body["HasValidationErrors"] = False
		shown.append(body)
	return shown


def _payment_invoice(books: Books, invoice: Body, contact: Body, depth: Depth) -> Body:
	if depth is Depth.WHOLE:
		return _invoices(books, [invoice], Depth.PAGE)[0] | {"Contact": contact}
	fields = ("Type", "InvoiceID", "InvoiceNumber", "CurrencyCode")
	return _named_in_payment({field: invoice[field] for field in fields}, contact)


def _named_in_payment(document: Body, contact: Body) -> Body:
	empty = {
		field: list[Body]()
		for field in ("Payments", "CreditNotes", "Prepayments", "Overpayments", "LineItems")
	}
	return {**document, "Contact": contact, "HasErrors": False, "IsDiscounted": False, **empty}


def _refunded_credit(kind: Kind, credit: Body, contact: Body, payment_type: str) -> Body:
	"""Credit as a payment names it: as an invoice of its own type, as in an example of Xero's OpenAPI."""
	return _named_in_payment(
		{
			"Type": credit["Type"] if kind is CREDIT_NOTE else payment_type.removesuffix("PAYMENT"),
			"InvoiceID": credit[kind.id_field],
			"InvoiceNumber": credit.get("CreditNoteNumber", ""),
			"CurrencyCode": credit["CurrencyCode"],
		},
		contact,
	)


def _credits(kind: Kind) -> Callable[[Books, Sequence[Body], Depth], list[Body]]:
	def renderer(books: Books, records: Sequence[Body], depth: Depth) -> list[Body]:
		ids = [record[kind.id_field] for record in records]
		contacts = _embedded_contacts(books, records, depth)
		allocations, refunds = books.by_credit(ALLOCATION, ids), books.by_credit(PAYMENT, ids)
		shown = []
		for record in records:
			credit_id = record[kind.id_field]
			body = spell_dates(_plain(books, record))
			body["Contact"] = contacts[record["Contact"]["ContactID"]]
			body["Allocations"] = [render_allocation(each) for each in allocations[credit_id]]
			body["Payments"] = [_embedded_payment(each) for each in refunds[credit_id]]
			body["LineItems"] = _lines(books, record) if depth in (Depth.PAGE, Depth.WHOLE) else []
			if kind is CREDIT_NOTE:
				body["HasErrors"] = False
			shown.append(body)
		return shown

	return renderer


def render_allocation(allocation: Body) -> Body:
	"""An allocation as it stands inside the credit that it is taken from."""
	return {
		"AllocationID": allocation["AllocationID"],
		"Amount": allocation["Amount"],
		"Date": xero_date(allocation["Date"]),
		"Invoice": allocation["Invoice"],
	}


def _items(books: Books, records: Sequence[Body], depth: Depth) -> list[Body]:
	shown = []
	for record in records:
		body = _plain(books, record)
		for side in ("SalesDetails", "PurchaseDetails"):
			details = dict(record[side])
			if "UnitPrice" in details:
				details["UnitPrice"] = rounded(details["UnitPrice"], books.unit_places)
			body[side] = details
		shown.append(body)
	return shown


_RENDERERS = {
	CONTACT.collection: _contacts,
	CONTACT_GROUP.collection: _contact_groups,
	INVOICE.collection: _invoices,
	QUOTE.collection: _quotes,
	PAYMENT.collection: _payments,
	CREDIT_NOTE.collection: _credits(CREDIT_NOTE),
	OVERPAYMENT.collection: _credits(OVERPAYMENT),
	PREPAYMENT.collection: _credits(PREPAYMENT),
	"Items": _items,
	"BrandingThemes": _reference,
	"TaxRates": _reference,
	"Currencies": _reference,
	"TrackingCategories": _reference,
	"Organisations": _reference,
}
