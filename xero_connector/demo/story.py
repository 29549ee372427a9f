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
from xero_connector.demo.compare import compare
from xero_connector.demo.table import table
from xero_connector.demo.world import World, build
from xero_connector.sync.engine import Report

CENT = Decimal("0.01")


@dataclass
class Finance:
	"""What the accountant did, so that the comparison knows which amounts are finance's own."""

	counts: dict[str, int] = field(default_factory=dict)
	edited: set[str] = field(default_factory=set)

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
		f"[2/6] ERPNext documents: {len(store.find('Customer'))} customers,"
		f" {len(store.find('Sales Order'))} orders"
	)
	total = engine.push()
	matched = len(store.find("Xero Link", {"reference_doctype": "Customer", "matched_by": ("!=", None)}))
	tell(
		f"[3/6] pushed: {total.sent} records sent, {matched} customers matched with contacts of Xero's,"
		f" {_rest(total)}"
	)
	total += engine.pull()
	finance = _finance_at_work(world)
	tell(f"[4/6] finance in Xero: {finance.told()}")
	total += engine.pull()
	_cancel_an_order(world)
	total += engine.cycle()
	tell(f"[5/6] payments and statuses pulled, one order cancelled here and voided there, {_rest(total)}")
	idle = engine.cycle()
	comparison = compare(store, world.accountant, world.clock.today(), finance.edited)
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
	contacts = len(store.find("Xero Link", {"xero_entity": "Contact"}))
	invoices = len(store.find("Xero Link", {"xero_entity": "Invoice"}))
	payments = len(store.find("Xero Payment", {"xero_status": ("!=", "DELETED")}))
	tell(
		f"\ndemo: contacts={contacts} invoices={invoices} payments={payments} differences={len(found)}"
		f" calls={engine.context.api.calls} seconds={time.monotonic() - started:.1f}"
	)
	return 1 if found else 0


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
	"""The accountant's morning: edit two drafts, authorise, pay in every way, take one payment back, void
	one, credit what was returned, take money in advance.
	"""
	finance, accountant = Finance(), world.accountant
	invoices = sorted(accountant.invoices(), key=lambda invoice: str(invoice["InvoiceNumber"]))
	today = world.clock.today()
	_edit_price(world, invoices[0], finance)
	later = (today + timedelta(days=45)).isoformat()
	accountant.edit_invoice(invoices[1]["InvoiceID"], DueDate=later, Reference="Agreed by phone")
	finance.note("edited")
	for invoice in invoices[:-2]:  # two stay drafts
		accountant.authorise(invoice["InvoiceID"])
		finance.note("authorised")
	for at, invoice in enumerate(invoices[:-2]):
		current = accountant.invoice(invoice["InvoiceID"])
		_pay(world, at, current, finance)
	return finance


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
	finance.edited.add(str(invoice["InvoiceNumber"]))
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
