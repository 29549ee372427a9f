"""Both sides held against each other, to the cent.

The sums here are done from Xero's own records and ERPNext's own totals, by rules written down anew: comparing
with the engine's code would only show that it agrees with itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from xero_connector.simulator import Accountant
from xero_connector.store.sqlite import SQLiteStore

Record = Mapping[str, Any]
CENT = Decimal("0.01")


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
		if credit["Status"] not in ("AUTHORISED", "PAID"):
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
	otherwise while the amount owed is the same, each of them written in the sync log when it was sent."""

	differences: list[str] = field(default_factory=list)
	said: list[str] = field(default_factory=list)


def compare(
	store: SQLiteStore, accountant: Accountant, today: date, edited: Collection[str] = ()
) -> Comparison:
	"""Hold both sides against each other. ``edited``: orders whose invoice finance changed in amount."""
	comparison = Comparison()
	found = comparison.differences

	def expect(what: str, here: Any, there: Any) -> None:
		if (here or 0) != (there or 0):
			found.append(f"{what}: {here} here, {there} in Xero")

	invoices = {invoice["InvoiceNumber"]: invoice for invoice in accountant.invoices()}
	for order in store.find("Sales Order"):
		name, invoice = order["name"], invoices.get(order["name"])
		if order["docstatus"] != 1:
			if invoice and status_of(invoice, today) != "Voided":
				found.append(f"{name} is not submitted, but Xero has a live invoice")
			continue
		if invoice is None:
			found.append(f"{name} has no invoice in Xero")
			continue
		if name not in edited:
			expect(f"{name} total", owed(order), invoice["Total"])
			tax = f"{name} tax: {_tax(order)} here, {invoice['TotalTax']} in Xero"
			if _tax(order) != invoice["TotalTax"]:
				told = _is_in_the_log(store, name, invoice["TotalTax"] - _tax(order))
				(comparison.said if told else found).append(tax)
		status = status_of(invoice, today)
		dead = status == "Voided"
		expect(f"{name} shown total", order.get("xero_total"), invoice["Total"])
		expect(f"{name} status", order.get("xero_payment_status"), status)
		expect(f"{name} paid", order.get("xero_paid"), money_received(invoice))
		expect(f"{name} due", order.get("xero_due"), 0 if dead else invoice["AmountDue"])
		expect(f"{name} due date", order.get("xero_due_date"), str(invoice["DueDateString"])[:10])
		expect(
			f"{name} overdue", order.get("xero_overdue"), invoice["AmountDue"] if status == "Overdue" else 0
		)
	_compare_payments(store, accountant, found)
	_compare_customers(store, accountant, today, found)
	return comparison


def owed(order: Record) -> Decimal:
	"""What the customer is to pay, by ERPNext."""
	rounded = not order.get("disable_rounded_total") and order.get("rounded_total")
	return _cents(order["rounded_total"] if rounded else order["grand_total"])


def _is_in_the_log(store: SQLiteStore, order: str, difference: Decimal) -> bool:
	rows = store.find("Xero Sync Log", {"reference_name": order, "direction": "Push"}, fields=["answer"])
	return any(f"Xero's tax is {difference:+f}" in str(row["answer"]) for row in rows)


def _tax(order: Record) -> Decimal:
	return sum(
		(
			_cents(tax["tax_amount_after_discount_amount"])
			for tax in order.get("taxes") or []
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
