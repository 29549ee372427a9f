"""Returns leave as credit notes and are allocated to the invoice of what is returned, once."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
import requests

from tests.conftest import World, customer, line, order, vat
from tests.sync.documents_kit import INVOICE, ORDER, link, returned, sales_invoice, shown

RETURN = "ACC-SINV-RET-2026-00001"
HALF: dict[str, Any] = {"items": [line(-1.0, 50.0)], "taxes": [vat(-10.0)], "grand_total": -60.0}


@pytest.fixture
def sold(world: World) -> World:
	"""A world with an authorised invoice over 120.00, of which 60.00 will be returned."""
	world.set(invoice_trigger="Sales Invoice Submit", invoice_status="Authorised")
	world.save(customer(), sales_invoice())
	world.engine.push()
	return world


def credit_note(world: World) -> dict[str, Any]:
	(note,) = world.accountant.credit_notes()
	return note


def due(world: World, number: str = INVOICE) -> Decimal:
	found: Decimal = world.accountant.find_invoice(number)["AmountDue"]
	return found


def test_a_return_becomes_a_credit_note_and_is_allocated(sold: World) -> None:
	sold.save(returned(**HALF))
	sold.engine.push()
	note = credit_note(sold)
	assert (note["CreditNoteNumber"], note["Total"], note["RemainingCredit"]) == (RETURN, 60, 0)
	assert due(sold) == 60
	sold.engine.pull()
	here = shown(sold, "Sales Invoice", RETURN)
	assert (here["xero_invoice_number"], here["xero_payment_status"]) == (RETURN, "Paid")
	assert (here["xero_total"], here["xero_due"]) == (-60, 0)
	assert shown(sold, "Sales Invoice", INVOICE)["xero_due"] == 60
	assert sold.engine.push().calls == 0


def test_no_more_is_allocated_than_is_due(sold: World) -> None:
	sold.accountant.pay(sold.accountant.find_invoice(INVOICE)["InvoiceID"], 90)
	sold.engine.pull()
	sold.save(returned(**HALF))
	sold.engine.push()
	assert (due(sold), credit_note(sold)["RemainingCredit"]) == (0, 30)


def test_the_credit_stays_where_the_invoice_is_paid(sold: World) -> None:
	sold.accountant.pay(sold.accountant.find_invoice(INVOICE)["InvoiceID"])
	sold.engine.pull()
	sold.save(returned(**HALF))
	sold.engine.push()
	assert credit_note(sold)["RemainingCredit"] == 60
	answers = [row["answer"] for row in sold.store.find("Xero Sync Log", {"reference_name": RETURN})]
	assert any("stays with the customer" in answer for answer in answers)


def test_finance_that_pays_first_leaves_nothing_to_ask(sold: World) -> None:
	"""The invoice is paid after it was read and before the allocation: nobody has to do anything."""

	def pay_first(request: requests.PreparedRequest) -> None:
		if "/Allocations" in str(request.url):
			sold.wire.before = None
			sold.accountant.pay(sold.accountant.find_invoice(INVOICE)["InvoiceID"])

	sold.save(returned(**HALF))
	sold.wire.before = pay_first
	sold.engine.push()
	row = link(sold, "Sales Invoice", RETURN)["name"]
	assert (sold.outbox("Xero Link", row)["status"], due(sold)) == ("Waiting", 0)
	sold.clock.sleep(120)
	sold.engine.push()
	assert sold.outbox("Xero Link", row)["status"] == "Done"
	assert "stays with the customer" in sold.outbox("Xero Link", row)["message"]
	assert credit_note(sold)["RemainingCredit"] == 60


def test_the_credit_stays_where_the_invoice_is_not_in_xero(world: World) -> None:
	world.set(invoice_status="Authorised")
	world.save(customer(), sales_invoice())
	world.set(invoice_trigger="Sales Invoice Submit")
	world.save(returned(**HALF))
	world.engine.push()
	assert credit_note(world)["RemainingCredit"] == 60
	assert world.outbox("Xero Link", link(world, "Sales Invoice", RETURN)["name"])["status"] == "Done"


def test_a_return_credits_the_invoice_of_the_order(world: World) -> None:
	"""The order was invoiced, not its Sales Invoice: a return must be credited all the same."""
	world.set(invoice_status="Authorised")
	world.save(customer(), order(), sales_invoice(of=ORDER))
	world.engine.push()
	world.save(returned(**HALF))
	world.engine.push()
	assert due(world, ORDER) == 60


def test_a_draft_is_allocated_once_both_are_authorised(world: World) -> None:
	world.set(invoice_trigger="Sales Invoice Submit")
	world.save(customer(), sales_invoice())
	world.engine.push()
	world.save(returned(**HALF))
	world.engine.push()
	world.accountant.authorise_credit_note(credit_note(world)["CreditNoteID"])
	world.engine.cycle()
	world.engine.cycle()
	assert credit_note(world)["RemainingCredit"] == 60
	world.accountant.authorise(world.accountant.find_invoice(INVOICE)["InvoiceID"])
	world.engine.cycle()
	world.engine.cycle()
	assert (credit_note(world)["RemainingCredit"], due(world)) == (0, 60)


@pytest.mark.parametrize("minutes", [1, 60])
@pytest.mark.parametrize("lost", ["call", "answer"])
@pytest.mark.parametrize("of", ["/CreditNotes?", "/Allocations"])
def test_a_killed_worker_credits_once(sold: World, of: str, lost: str, minutes: int) -> None:
	def kill(*arguments: Any) -> Any:
		request = arguments[0]
		if request.method == "PUT" and of in str(request.url):
			raise KeyboardInterrupt
		return arguments[-1]

	setattr(sold.wire, "before" if lost == "call" else "after", kill)
	sold.save(returned(**HALF))
	with pytest.raises(KeyboardInterrupt):
		sold.engine.push()
	sold.wire.before = sold.wire.after = None
	sold.clock.sleep(minutes * 60)
	for _run in range(3):
		sold.engine_again().push()
		sold.clock.sleep(600)
	assert (credit_note(sold)["RemainingCredit"], due(sold)) == (0, 60)
	assert len(credit_note(sold)["Allocations"]) == 1


def test_an_allocated_credit_note_is_not_taken_back(sold: World) -> None:
	sold.save(returned(**HALF))
	sold.engine.cycle()
	sold.save(returned(**HALF, docstatus=2))
	assert sold.engine.push().held == 1
	row = sold.outbox("Sales Invoice", RETURN)
	assert (row["cause"], "allocated" in row["message"]) == ("credit-note-final", True)
	assert credit_note(sold)["Status"] == "PAID"


@pytest.mark.parametrize(("arrives", "ends"), [("Draft", "DELETED"), ("Authorised", "VOIDED")])
def test_a_free_credit_note_is_taken_back(sold: World, arrives: str, ends: str) -> None:
	sold.accountant.pay(sold.accountant.find_invoice(INVOICE)["InvoiceID"])
	sold.set(invoice_status=arrives)
	sold.engine.pull()
	sold.save(returned(**HALF))
	sold.engine.cycle()
	sold.save(returned(**HALF, docstatus=2))
	sold.engine.push()
	assert credit_note(sold)["Status"] == ends
	assert shown(sold, "Sales Invoice", RETURN)["xero_payment_status"] == "Voided"


def test_a_refused_allocation_is_held_with_what_xero_said(sold: World) -> None:
	def lock_first(request: Any) -> None:
		if "/Allocations" in str(request.url):
			sold.wire.before = None
			sold.accountant.set_lock_date(period=sold.clock.today())

	sold.wire.before = lock_first
	sold.save(returned(**HALF))
	assert sold.engine.push().held == 1
	row = sold.outbox("Xero Link", link(sold, "Sales Invoice", RETURN)["name"])
	assert (row["status"], row["cause"], RETURN in row["message"]) == ("Held", "period-locked", True)
	assert credit_note(sold)["RemainingCredit"] == 60
