"""``make demo``: customers and orders to Xero, finance at work there, payments back; then both sides
compared.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

from xero_connector import embedded
from xero_connector.demo.compare import compare, owed
from xero_connector.demo.table import table
from xero_connector.demo.world import World, build
from xero_connector.store.sqlite import SQLiteStore
from xero_connector.sync.engine import Report

CENT = Decimal("0.01")


@dataclass
class Finance:
	"""What the accountant did, so that the comparison knows which amounts and dates are finance's own:
	``repriced`` and ``redated`` are numbers of invoices.
	"""

	counts: dict[str, int] = field(default_factory=dict)
	repriced: set[str] = field(default_factory=set)
	redated: set[str] = field(default_factory=set)

	def note(self, act: str) -> None:
		self.counts[act] = self.counts.get(act, 0) + 1

	def told(self) -> str:
		"""In one line."""
		return ", ".join(f"{count} {act}" for act, count in self.counts.items())


def run(tell: Callable[[str], None] = print) -> int:
	"""Play it through; returns 0 only if both sides agree to the cent."""
	started = time.monotonic()
	world = build()
	try:
		return _play(world, tell, started)
	finally:
		world.close()


def _play(world: World, tell: Callable[[str], None], started: float) -> int:
	store, engine = world.store, world.engine
	tell(f"[1/6] Xero simulator at {world.server.url}, logged in as a person would")
	tell(
		f"[2/6] ERPNext documents: {_count(store, 'Customer')} customers,"
		f" {_count(store, 'Quotation')} quotations,"
		f" {_count(store, 'Sales Order')} orders, {_count(store, 'Sales Invoice', is_return=0)} invoices,"
		f" {_count(store, 'Sales Invoice', is_return=1)} return"
	)
	total = engine.push()
	matched = _count(store, "Xero Link", reference_doctype="Customer", matched_by=("!=", None))
	billed = _count(store, "Xero Outbox", reference_doctype="Sales Invoice", cause="billed-already")
	tell(
		f"[3/6] pushed: {total.sent} records sent, {matched} customers matched with contacts of Xero's,"
		f" {billed} invoice left out because its order is billed, {_rest(total)}"
	)
	total += engine.pull()
	finance = _finance_at_work(world)
	tell(f"[4/6] finance in Xero: {finance.told()}")
	total += engine.pull()
	_cancel_an_order(world)
	total += engine.push()
	_pay_the_rest(world)
	total += engine.pull()
	tell(
		"[5/6] payments and statuses pulled, one order cancelled here and voided there, the return allocated,"
		f" {_rest(total)}"
	)
	idle = engine.cycle()
	comparison = compare(store, world.accountant, world.clock.today(), finance.repriced, finance.redated)
	found = comparison.differences
	if idle.sent or idle.applied:
		found.append(f"a cycle with nothing to do sent {idle.sent} and applied {idle.applied}")
	found += [
		f"{row['reference_name']} is held: {row['message']}"
		for row in store.find("Xero Outbox", {"status": "Held"})
	]
	tell(f"[6/6] compared every total and status; a further cycle changed nothing in {idle.calls} calls\n")
	tell(customers_table(world))
	if comparison.said:
		tell(
			"\nThe same amount owed, with a cent of tax that Xero rounds otherwise (each is in the sync log):"
		)
	for cent in comparison.said:
		tell(f"  {cent}")
	for difference in found:
		tell(f"difference: {difference}")
	sent = {entity: _count(store, "Xero Link", xero_entity=entity) for entity in SENT}
	payments = _count(store, "Xero Payment", xero_status=("!=", "DELETED"))
	tell(
		f"\ndemo: {' '.join(f'{SENT[entity]}={count}' for entity, count in sent.items())} payments={payments}"
		f" differences={len(found)} calls={engine.context.api.calls} seconds={time.monotonic() - started:.1f}"
	)
	return 1 if found else 0


SENT = {"Contact": "contacts", "Quote": "quotes", "Invoice": "invoices", "CreditNote": "credit_notes"}
"""What the last line calls the records that were sent."""


def _count(store: SQLiteStore, doctype: str, **filters: Any) -> int:
	return len(store.find(doctype, filters, fields=["name"]))


def _rest(report: Report) -> str:
	text = f"{report.held} held, {report.calls} calls"
	return f"{text}, stopped: {report.stopped}" if report.stopped else text


def customers_table(world: World) -> str:
	"""One line per customer, in the company's currency."""
	store, rows = world.store, []
	for customer in store.find("Customer", {"disabled": 0}, order_by="customer_name"):
		links = store.find("Xero Link", {"reference_doctype": "Customer", "reference_name": customer["name"]})
		invoices = store.find("Xero Invoice", {"customer": customer["name"]})
		rows.append(
			(
				customer["customer_name"],
				(f"by {links[0]['matched_by']}" if links[0].get("matched_by") else "new") if links else "-",
				len(invoices),
				*(Decimal(customer.get(f"xero_{name}") or 0).quantize(CENT) for name in AMOUNTS),
				customer.get("xero_payment_status") or "-",
			)
		)
	return table(("Customer", "Contact", "Invoices", *(name.title() for name in AMOUNTS), "Status"), rows)


AMOUNTS = ("invoiced", "paid", "due", "overdue", "credit")


def _finance_at_work(world: World) -> Finance:
	"""The accountant's morning: note what customers say to quotes, edit two drafts, authorise, pay in every
	way, take one payment back, void one, credit what was returned, take money in advance.
	"""
	finance, accountant = Finance(), world.accountant
	_answer_quotes(world, finance)
	invoices = sorted(accountant.invoices(), key=lambda each: (each["DateString"], each["InvoiceNumber"]))
	today = world.clock.today()
	_edit_price(world, invoices[0], finance)
	later = (today + timedelta(days=45)).isoformat()
	accountant.edit_invoice(invoices[1]["InvoiceID"], DueDate=later, Reference="Agreed by phone")
	finance.redated.add(str(invoices[1]["InvoiceNumber"]))
	finance.note("edited")
	for invoice in invoices[:-2]:  # two stay drafts
		accountant.authorise(invoice["InvoiceID"])
		finance.note("authorised")
	returned = _returned(world)
	paid = [each for each in invoices[:-2] if each["InvoiceNumber"] not in returned]
	for at, invoice in enumerate(paid):
		_pay(world, at, accountant.invoice(invoice["InvoiceID"]), finance)
	for note in accountant.credit_notes():
		if note["Status"] == "DRAFT":
			accountant.authorise_credit_note(note["CreditNoteID"])
			finance.note("return approved")
	return finance


def _answer_quotes(world: World, finance: Finance) -> None:
	"""A quote that is ordered here is accepted, the last of the others declined."""
	quotes = {row["name"]: row["status"] for row in world.store.find("Quotation", order_by="name")}
	ordered = [name for name, status in quotes.items() if status == "Ordered"]
	for name in ordered:
		world.accountant.accept_quote(world.accountant.find_quote(name)["QuoteID"])
		finance.note("quote accepted")
	last = [name for name in quotes if name not in ordered][-1]
	world.accountant.decline_quote(world.accountant.find_quote(last)["QuoteID"])
	finance.note("quote declined")


def _returned(world: World) -> set[str]:
	"""The invoices of which something was returned: they are paid once the credit is allocated."""
	return {row["return_against"] for row in world.store.find("Sales Invoice", {"is_return": 1})}


def _pay_the_rest(world: World) -> None:
	"""Customers pay for what they did not return."""
	for returned in world.store.find("Sales Invoice", {"is_return": 1}):
		sold = world.store.get("Sales Invoice", returned["return_against"]) or {}
		invoice = world.accountant.find_invoice(sold["name"])
		world.accountant.pay(invoice["InvoiceID"], owed(sold) + owed(returned), reference="Less return")


def _credit(world: World, invoice: dict[str, Any], finance: Finance) -> None:
	"""Half an invoice settled without a payment: by a credit note, and by a deposit of which the rest goes
	back.
	"""
	accountant, invoice_id, contact = world.accountant, invoice["InvoiceID"], invoice["Contact"]["ContactID"]
	currency = {field: invoice[field] for field in ("CurrencyCode", "CurrencyRate")}
	quarter = (invoice["AmountDue"] / 4).quantize(CENT)
	note = accountant.credit(contact, quarter + 10, **currency)
	accountant.allocate(note, invoice_id, quarter)
	finance.note("credited")
	deposit = accountant.prepay(contact, quarter + 15, **currency)
	accountant.remove_allocation(accountant.allocate(deposit, invoice_id, quarter - 1))
	accountant.allocate(deposit, invoice_id, quarter)
	accountant.refund(deposit, 5)
	finance.note("prepaid")


def _edit_price(world: World, invoice: dict[str, Any], finance: Finance) -> None:
	"""Finance raises the first line's price by one: the order must show what Xero bills, not what was
	ordered.
	"""
	lines = [dict(line) for line in world.accountant.invoice(invoice["InvoiceID"])["LineItems"]]
	for line in lines:
		line.pop("LineAmount", None)
		line.pop("TaxAmount", None)
	lines[0]["UnitAmount"] += 1
	world.accountant.edit_invoice(invoice["InvoiceID"], LineItems=lines)
	finance.repriced.add(str(invoice["InvoiceNumber"]))
	finance.note("edited")


def _pay(world: World, at: int, invoice: dict[str, Any], finance: Finance) -> None:
	"""One invoice's fate, by its place in the list."""
	accountant, invoice_id, due = world.accountant, invoice["InvoiceID"], invoice["AmountDue"]
	half = (due / 2).quantize(CENT)
	fate = at % 8
	if fate in (0, 3):
		accountant.pay(invoice_id, reference="BACS")
		finance.note("paid in full")
	elif fate == 1:
		accountant.pay(invoice_id, half)
		finance.note("part-paid")
	elif fate == 2:
		accountant.pay(invoice_id, half)
		accountant.pay(invoice_id, due - half)
		finance.note("paid in two")
	elif fate == 4:
		accountant.overpay(invoice_id, due + 25)
		finance.note("overpaid")
	elif fate == 5:
		accountant.remove_payment(accountant.pay(invoice_id, half))
		finance.note("payment removed")
	elif fate == 6:
		accountant.void(invoice_id)
		finance.note("voided")
	else:
		_credit(world, invoice, finance)


def _cancel_an_order(world: World) -> None:
	"""Sales cancels an order whose invoice is authorised and unpaid."""
	for order in world.store.find(
		"Sales Order", {"docstatus": 1, "xero_payment_status": ("in", ("Sent", "Overdue"))}
	):
		if not order.get("xero_paid"):
			embedded.save_documents(world.store, world.clock, [{**order, "docstatus": embedded.CANCELLED}])
			return
