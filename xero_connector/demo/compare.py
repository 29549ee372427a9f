"""Both sides held against each other, to the cent.

The sums here are done from Xero's own records and ERPNext's own totals, by rules written down anew: comparing
with the engine's code would only show that it agrees with itself.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from xero_connector.simulator import Accountant
from xero_connector.store.sqlite import SQLiteStore

Record = Mapping[str, Any]
Invoices = Mapping[str, list[dict[str, Any]]]
"""Xero's invoices by the document that they bill. A part is numbered after its order: ``{order}/{n}``."""

CENT = Decimal("0.01")
COUNTED = ("AUTHORISED", "PAID")
"""The statuses of credit that may be used."""

TAX_SAID = re.compile(r"Xero's tax is ([+-][\d.]+)")
WORST_FIRST = ("Overdue", "Part Paid", "Sent", "Draft", "Paid", "Voided")


@dataclass
class Sums:
	"""What one customer owes and paid, in the company's currency, by Xero's records."""

	invoices: int = 0
	invoiced: Decimal = Decimal(0)
	paid: Decimal = Decimal(0)
	due: Decimal = Decimal(0)
	overdue: Decimal = Decimal(0)
	credit: Decimal = Decimal(0)
	statuses: set[str] = field(default_factory=set)


def status_of(invoice: Record, today: date) -> str:
	"""The word for an invoice's state, from Xero's record."""
	if invoice["Status"] in ("VOIDED", "DELETED"):
		return "Voided"
	if invoice["Status"] in ("DRAFT", "SUBMITTED"):
		return "Draft"
	if invoice["AmountDue"] == 0:
		return "Paid"
	if str(invoice["DueDateString"])[:10] < today.isoformat():
		return "Overdue"
	return "Part Paid" if invoice["AmountPaid"] + invoice["AmountCredited"] else "Sent"


def sums_by_contact(accountant: Accountant, today: date) -> dict[str, Sums]:
	"""Each contact's sums, by Xero's contact id."""
	found: dict[str, Sums] = defaultdict(Sums)
	for invoice in accountant.invoices():
		status, sums = status_of(invoice, today), found[invoice["Contact"]["ContactID"]]
		if status in ("Voided", "Draft"):
			continue
		rate = Decimal(invoice.get("CurrencyRate") or 1)
		due = _base(invoice["AmountDue"], rate)
		sums.invoices += 1
		sums.invoiced += _base(invoice["Total"], rate)
		sums.paid += _base(money_received(invoice), rate)
		sums.due += due
		sums.overdue += due if status == "Overdue" else 0
		sums.statuses.add(status)
	for credit in credits_of(accountant):
		if credit["Status"] not in COUNTED:
			continue
		rate = Decimal(credit.get("CurrencyRate") or 1)
		found[credit["Contact"]["ContactID"]].credit += _base(credit["RemainingCredit"], rate)
	return found


def money_received(invoice: Record) -> Decimal:
	"""What was paid for an invoice, in its currency: a credit note is no money."""
	noted = sum((note["AppliedAmount"] for note in invoice["CreditNotes"]), Decimal(0))
	return Decimal(invoice["AmountPaid"] + invoice["AmountCredited"] - noted)


def credits_of(accountant: Accountant) -> list[dict[str, Any]]:
	"""All that customers have to their credit in Xero."""
	return [*accountant.credit_notes(), *accountant.overpayments(), *accountant.prepayments()]


@dataclass
class Comparison:
	"""``differences``: every disagreement in words; none is the goal. ``said``: cents of tax that Xero rounds
	otherwise while the amount owed is the same, each of them written in the sync log when it was sent.
	"""

	differences: list[str] = field(default_factory=list)
	said: list[str] = field(default_factory=list)

	def expect(self, what: str, here: Any, there: Any) -> None:
		"""Both are to be the same; nothing is zero."""
		if (here or 0) != (there or 0):
			self.differences.append(f"{what}: {here} here, {there} in Xero")


def compare(
	store: SQLiteStore,
	accountant: Accountant,
	today: date,
	repriced: Collection[str] = (),
	redated: Collection[str] = (),
) -> Comparison:
	"""Hold both sides against each other. ``repriced``, ``redated``: numbers of the invoices of which finance
	changed the amount or the due date.
	"""
	comparison = Comparison()
	invoices = _by_document(accountant)
	for doc, own, others in _billing(store, invoices):
		name = doc["name"]
		live = [invoice for invoice in own if status_of(invoice, today) != "Voided"]
		if doc["docstatus"] != 1:
			if live:
				comparison.differences.append(f"{name} is not submitted, but Xero has a live invoice")
			continue
		if own and others:
			comparison.differences.append(f"{name} is billed twice in Xero: {_numbers(own + others)}")
			continue
		billed = own or others
		if not billed:
			comparison.differences.append(f"{name} has no invoice in Xero")
			continue
		numbers = {invoice["InvoiceNumber"] for invoice in billed}
		if not numbers & set(repriced):
			_compare_amounts(store, doc, billed, comparison)
		if not numbers & set(redated):
			_compare_dates(doc, own, comparison)
		_compare_shown(doc, billed, today, comparison)
	_compare_credit_notes(store, accountant, invoices, comparison)
	_compare_quotes(store, accountant, comparison)
	_compare_payments(store, accountant, comparison.differences)
	_compare_customers(store, accountant, today, comparison.differences)
	return comparison


def _by_document(accountant: Accountant) -> Invoices:
	found: dict[str, list[dict[str, Any]]] = defaultdict(list)
	for invoice in sorted(accountant.invoices(), key=lambda each: str(each["InvoiceNumber"])):
		found[str(invoice["InvoiceNumber"]).partition("/")[0]].append(invoice)
	return found


def _billing(
	store: SQLiteStore, invoices: Invoices
) -> Iterator[tuple[Record, list[dict[str, Any]], list[dict[str, Any]]]]:
	"""Each order and invoice with the invoices in Xero that are its own, and those of the documents of the
	same sale: of an order its Sales Invoices, of a Sales Invoice its orders.
	"""
	made: dict[str, list[str]] = defaultdict(list)
	sales = store.find("Sales Invoice", {"is_return": 0})
	for sale in sales:
		for name in _orders_of(sale):
			made[name].append(sale["name"])
	for order in store.find("Sales Order"):
		yield order, invoices.get(order["name"], []), _all(invoices, made[order["name"]])
	for sale in sales:
		yield sale, invoices.get(sale["name"], []), _all(invoices, _orders_of(sale))


def _orders_of(sale: Record) -> list[str]:
	return sorted({line["sales_order"] for line in sale["items"] if line.get("sales_order")})


def _all(invoices: Invoices, names: Iterable[str]) -> list[dict[str, Any]]:
	return [invoice for name in names for invoice in invoices.get(name, [])]


def _numbers(invoices: Iterable[Record]) -> str:
	return ", ".join(str(invoice["InvoiceNumber"]) for invoice in invoices)


def _compare_amounts(
	store: SQLiteStore, doc: Record, billed: Sequence[Record], comparison: Comparison
) -> None:
	"""What a document comes to by ERPNext is what all its invoices come to in Xero."""
	name = doc["name"]
	total = sum((invoice["Total"] for invoice in billed), Decimal(0))
	tax = sum((invoice["TotalTax"] for invoice in billed), Decimal(0))
	comparison.expect(f"{name} total", owed(doc), total)
	currencies = sorted({invoice["CurrencyCode"] for invoice in billed})
	comparison.expect(f"{name} currency", doc["currency"], ", ".join(currencies))
	numbers = [invoice["InvoiceNumber"] for invoice in billed]
	told = total == owed(doc) and _tax(doc) + _tax_said(store, numbers) == tax
	if told and _tax(doc) != tax:
		comparison.said.append(f"{name} tax: {_tax(doc)} here, {tax} in Xero")
	elif not told:
		comparison.expect(f"{name} tax", _tax(doc), tax)


def _compare_dates(doc: Record, own: Sequence[Record], comparison: Comparison) -> None:
	"""One invoice bears the document's date; one or more are due by its payment schedule."""
	due = [row["due_date"] for row in doc["payment_schedule"]]
	if len(own) == 1:
		comparison.expect(f"{doc['name']} date", _date_of(doc), _day(own[0]["DateString"]))
		due = due[-1:]
	if own:
		comparison.expect(f"{doc['name']} due dates", due, [_day(each["DueDateString"]) for each in own])


def _compare_shown(doc: Record, billed: Sequence[Record], today: date, comparison: Comparison) -> None:
	"""What a document shows of its invoices: sums, the worst status, and when the next amount is due. Voided
	ones count only where there is no other.
	"""
	name = doc["name"]
	found = [(invoice, status_of(invoice, today)) for invoice in billed]
	live = [(invoice, status) for invoice, status in found if status != "Voided"]
	shown = live or found
	open_days = [_day(invoice["DueDateString"]) for invoice, _ in live if invoice["AmountDue"]]
	next_due = min(open_days, default=None) if len(shown) > 1 else _day(shown[0][0]["DueDateString"])
	overdue = sum(invoice["AmountDue"] for invoice, status in live if status == "Overdue")
	total = sum(invoice["Total"] for invoice, _ in shown)
	paid = sum(money_received(invoice) for invoice, _ in shown)
	worst = min((status for _, status in shown), key=WORST_FIRST.index)
	for label, field_name, there in (
		("shown total", "xero_total", total),
		("status", "xero_payment_status", worst),
		("paid", "xero_paid", paid),
		("due", "xero_due", sum(invoice["AmountDue"] for invoice, _ in live)),
		("overdue", "xero_overdue", overdue),
		("due date", "xero_due_date", next_due),
	):
		comparison.expect(f"{name} {label}", doc.get(field_name), there)


def _compare_credit_notes(
	store: SQLiteStore, accountant: Accountant, invoices: Invoices, comparison: Comparison
) -> None:
	"""A return is a credit note of the same amount, used for the invoice of what was returned as far as that
	owes something.
	"""
	notes = {note["CreditNoteNumber"]: note for note in accountant.credit_notes()}
	for doc in store.find("Sales Invoice", {"is_return": 1, "docstatus": 1}):
		name, note = doc["name"], notes.get(doc["name"])
		if note is None:
			comparison.differences.append(f"{name} has no credit note in Xero")
			continue
		comparison.expect(f"{name} total", -owed(doc), note["Total"])
		comparison.expect(f"{name} tax", -_tax(doc), note["TotalTax"])
		comparison.expect(f"{name} date", _date_of(doc), _day(note["DateString"]))
		left = note["RemainingCredit"]
		used, left = (note["Total"] - left, left) if note["Status"] in COUNTED else (0, 0)
		comparison.expect(f"{name} used", -(doc.get("xero_paid") or 0), used)
		comparison.expect(f"{name} left", -(doc.get("xero_due") or 0), left)
		returned = _all(invoices, [doc["return_against"]])
		given = {allocation["Invoice"]["InvoiceNumber"] for allocation in note["Allocations"]}
		if given - {invoice["InvoiceNumber"] for invoice in returned}:
			comparison.differences.append(f"{name} is allocated to {', '.join(sorted(given))}")
		open_amount = sum(each["AmountDue"] for each in returned if each["Status"] == "AUTHORISED")
		if left and open_amount:
			comparison.differences.append(f"{name} is not allocated: {left} left, {open_amount} due")


def _compare_quotes(store: SQLiteStore, accountant: Accountant, comparison: Comparison) -> None:
	"""A quotation is a quote; what is accepted and ordered, and so billed, is invoiced there."""
	quotes = {quote["QuoteNumber"]: quote for quote in accountant.quotes()}
	for doc in store.find("Quotation", {"docstatus": 1}):
		name, quote = doc["name"], quotes.get(doc["name"])
		if quote is None:
			comparison.differences.append(f"{name} has no quote in Xero")
			continue
		for label, here, there in (
			("total", owed(doc), quote["Total"]),
			("tax", _tax(doc), quote["TotalTax"]),
			("currency", doc["currency"], quote["CurrencyCode"]),
			("date", doc["transaction_date"], _day(quote["DateString"])),
			("expiry date", doc["valid_till"], _day(quote["ExpiryDateString"])),
			("status", doc.get("xero_quote_status"), quote["Status"].title()),
		):
			comparison.expect(f"{name} {label}", here, there)
		if doc["status"] == "Ordered" and quote["Status"] == "ACCEPTED":
			comparison.differences.append(f"{name} is ordered, but its quote is not marked as invoiced")


def owed(doc: Record) -> Decimal:
	"""What the customer is to pay, by ERPNext."""
	rounded = not doc.get("disable_rounded_total") and doc.get("rounded_total")
	return _cents(doc["rounded_total"] if rounded else doc["grand_total"])


def _date_of(doc: Record) -> str:
	return str(doc.get("posting_date") or doc["transaction_date"])


def _day(date_string: Any) -> str:
	"""The day of one of Xero's dates, which are midnight."""
	return str(date_string)[:10]


def _tax_said(store: SQLiteStore, numbers: Sequence[str]) -> Decimal:
	"""By how much Xero's tax of these invoices differs, as the sync log says."""
	pushed = {"reference_name": ("in", numbers), "direction": "Push"}
	rows = store.find("Xero Sync Log", pushed, fields=["reference_name", "answer"])
	said = {row["reference_name"]: TAX_SAID.search(str(row["answer"])) for row in rows}
	return sum((Decimal(found[1]) for found in said.values() if found), Decimal(0))


def _tax(doc: Record) -> Decimal:
	return sum(
		(
			_cents(tax["tax_amount_after_discount_amount"])
			for tax in doc.get("taxes") or []
			if tax["charge_type"] != "Actual"
		),
		Decimal(0),
	)


def _compare_payments(store: SQLiteStore, accountant: Accountant, found: list[str]) -> None:
	"""Payments, refunds, credits and allocations, one by one; a removed allocation is no longer in Xero."""
	here = {
		row["xero_id"]: (row["amount"], row["xero_status"])
		for row in store.find("Xero Payment")
		if (row["kind"], row["xero_status"]) != ("Allocation", "DELETED")
	}
	there = {row["PaymentID"]: (row["Amount"], row["Status"]) for row in accountant.payments()}
	for credit in credits_of(accountant):
		credit_id = next(
			credit[field] for field in ("CreditNoteID", "OverpaymentID", "PrepaymentID") if field in credit
		)
		there[credit_id] = (credit["Total"], credit["Status"])
		for allocation in credit["Allocations"]:
			there[allocation["AllocationID"]] = (allocation["Amount"], "AUTHORISED")
	for payment in sorted(here.keys() | there.keys()):
		if here.get(payment) != there.get(payment):
			found.append(f"payment {payment}: {here.get(payment)} here, {there.get(payment)} in Xero")


def _compare_customers(store: SQLiteStore, accountant: Accountant, today: date, found: list[str]) -> None:
	sums = sums_by_contact(accountant, today)
	active = [
		contact["Name"].casefold()
		for contact in accountant.contacts()
		if contact["ContactStatus"] == "ACTIVE"
	]
	for name in {name for name in active if active.count(name) > 1}:
		found.append(f"Xero has the contact {name} more than once")
	for customer in store.find("Customer", {"disabled": 0}):
		links = store.find("Xero Link", {"reference_doctype": "Customer", "reference_name": customer["name"]})
		if len(links) != 1:
			found.append(f"{customer['name']} has {len(links)} contacts in Xero")
			continue
		theirs = sums[links[0]["xero_id"]]
		for label, here, there in (
			("invoiced", customer.get("xero_invoiced"), theirs.invoiced),
			("paid", customer.get("xero_paid"), theirs.paid),
			("due", customer.get("xero_due"), theirs.due),
			("overdue", customer.get("xero_overdue"), theirs.overdue),
			("credit", customer.get("xero_credit"), theirs.credit),
		):
			if (here or 0) != there:
				found.append(f"{customer['name']} {label}: {here} here, {there} in Xero")


def _base(amount: Decimal, rate: Decimal) -> Decimal:
	return (amount / rate).quantize(CENT, rounding=ROUND_HALF_UP)


def _cents(amount: Any) -> Decimal:
	return Decimal(str(amount)).quantize(CENT, rounding=ROUND_HALF_UP)
