"""The same deal is never billed twice, whatever is invoiced first and by whom."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.conftest import World, customer, line, order, vat
from tests.sync.documents_kit import (
	INVOICE,
	OPPORTUNITY,
	ORDER,
	QUOTATION,
	ask,
	numbers,
	opportunity,
	order_of,
	quotation,
	sales_invoice,
	shown,
)
from xero_connector.sync.errors import SyncError
from xero_connector.sync.requests import Asked


@pytest.fixture
def by_hand(world: World) -> World:
	"""A world where nothing is invoiced by itself."""
	world.set(invoice_trigger="By Hand")
	world.save(customer())
	world.engine.push()
	return world


def test_an_order_and_then_its_invoice(by_hand: World) -> None:
	world = by_hand
	world.save(order(), sales_invoice(of=ORDER))
	ask(world, order())
	world.engine.push()
	ask(world, sales_invoice())
	world.engine.push()
	assert numbers(world) == [ORDER]
	row = world.outbox("Sales Invoice", INVOICE)
	assert (row["status"], row["cause"]) == ("Cancelled", "billed-already")
	assert ORDER in row["message"]
	invoice = shown(world, "Sales Invoice", INVOICE)
	assert (invoice["xero_invoice_number"], invoice["xero_total"]) == (ORDER, 120)


def test_an_invoice_shows_what_is_paid_on_the_invoice_of_its_order(by_hand: World) -> None:
	world = by_hand
	world.set(invoice_status="Authorised")
	world.save(order(), sales_invoice(of=ORDER))
	ask(world, order())
	ask(world, sales_invoice())
	world.engine.push()
	world.accountant.pay(world.accountant.find_invoice(ORDER)["InvoiceID"])
	world.engine.pull()
	for doctype, name in (("Sales Order", ORDER), ("Sales Invoice", INVOICE)):
		assert shown(world, doctype, name)["xero_payment_status"] == "Paid"


def test_an_invoice_and_then_its_order(by_hand: World) -> None:
	world = by_hand
	world.save(order(), sales_invoice(of=ORDER))
	ask(world, sales_invoice())
	world.engine.push()
	ask(world, order())
	assert world.engine.push().held == 1
	assert numbers(world) == [INVOICE]
	row = world.outbox("Sales Order", ORDER)
	assert (row["status"], row["cause"]) == ("Held", "billed-by-others")
	assert INVOICE in row["message"]
	assert shown(world, "Sales Order", ORDER)["xero_invoice_number"] == INVOICE


def test_both_asked_for_at_once(by_hand: World) -> None:
	world = by_hand
	world.save(order(), sales_invoice(of=ORDER))
	ask(world, sales_invoice())
	ask(world, order())
	world.engine.push()
	assert numbers(world) == [ORDER]


def test_an_order_that_is_held_does_not_keep_its_invoice_back(by_hand: World) -> None:
	world = by_hand
	world.save(order(currency="XXX", conversion_rate=2.0), sales_invoice(of=ORDER))
	ask(world, order())
	world.engine.push()
	assert world.outbox("Sales Order", ORDER)["status"] == "Held"
	ask(world, sales_invoice())
	world.engine.push()
	assert numbers(world) == [INVOICE]
	world.save(order())
	world.engine.push()
	assert world.outbox("Sales Order", ORDER)["cause"] == "billed-by-others"


def test_two_invoices_of_one_order_both_go(by_hand: World) -> None:
	world = by_hand
	world.set(invoice_trigger="Sales Invoice Submit")
	half = {"items": [line(1.0, sales_order=ORDER)], "taxes": [vat(10.0)], "grand_total": 60.0}
	world.save(order(), sales_invoice("SINV-1", **half), sales_invoice("SINV-2", **half))
	world.engine.push()
	assert numbers(world) == ["SINV-1", "SINV-2"]
	sold = shown(world, "Sales Order", ORDER)
	assert (sold["xero_invoice_number"], sold["xero_total"]) == ("SINV-1, SINV-2", 120)


def test_an_invoice_with_more_than_its_order_is_asked_about(by_hand: World) -> None:
	world = by_hand
	more = {"taxes": [vat(40.0)], "net_total": 200.0, "grand_total": 240.0}
	world.save(
		order(),
		sales_invoice("SINV-1", items=[line(sales_order=ORDER), line()], **more),
		sales_invoice("SINV-2", items=[line(4.0, sales_order=ORDER)], **more),
	)
	ask(world, order())
	world.engine.push()
	ask(world, sales_invoice("SINV-1"))
	ask(world, sales_invoice("SINV-2"))
	assert world.engine.push().held == 2
	for name in ("SINV-1", "SINV-2"):
		assert world.outbox("Sales Invoice", name)["cause"] == "beyond-what-is-billed"
	assert numbers(world) == [ORDER]


def test_a_quotation_and_its_order(by_hand: World) -> None:
	world = by_hand
	world.save(quotation())
	ask(world, quotation())
	world.engine.push()
	assert numbers(world) == [f"{QUOTATION}/1"]
	world.save(order_of())
	ask(world, order_of())
	world.engine.push()
	assert numbers(world) == [f"{QUOTATION}/1"]
	assert world.outbox("Sales Order", ORDER)["cause"] == "billed-already"
	assert shown(world, "Sales Order", ORDER)["xero_invoice_number"] == f"{QUOTATION}/1"


def test_an_order_and_then_its_quotation(by_hand: World) -> None:
	world = by_hand
	world.save(quotation(), order_of())
	ask(world, order_of())
	world.engine.push()
	ask(world, quotation())
	world.engine.push()
	assert numbers(world) == [ORDER]
	assert world.outbox("Xero Invoice Request", f"{QUOTATION}/1")["cause"] == "billed-by-others"


def test_a_quotation_and_its_opportunity_asked_for_at_once(by_hand: World) -> None:
	world = by_hand
	world.save(opportunity(), quotation(opportunity=OPPORTUNITY))
	ask(world, quotation())
	ask(world, opportunity())
	world.engine.push()
	assert len(numbers(world)) == 1


@pytest.mark.parametrize("first", ["Sales Order", "Sales Invoice", "Quotation", "Opportunity"])
def test_a_whole_chain_is_billed_once(by_hand: World, first: str) -> None:
	world = by_hand
	chain = [
		opportunity(items=[line(2.0, 60.0)], total=120.0),
		quotation(opportunity=OPPORTUNITY),
		order_of(),
		sales_invoice(of=ORDER),
	]
	world.save(*chain)
	chain.sort(key=lambda doc: doc["doctype"] != first)
	for doc in chain:
		ask(world, doc)
		world.engine.push()
	for doc in chain:
		ask(world, doc)
	world.engine.push()
	assert len(numbers(world)) == 1


def test_an_amended_order_waits_for_the_invoice_of_the_cancelled_one(world: World) -> None:
	world.save(customer(), order())
	world.engine.push()
	world.save(order(docstatus=2), order("SO-1-1", amended_from=ORDER))
	world.engine.push()
	assert numbers(world) == ["SO-1-1"]


def test_an_amended_order_is_not_billed_beside_a_paid_invoice(world: World) -> None:
	world.set(invoice_status="Authorised")
	world.save(customer(), order())
	world.engine.push()
	world.accountant.pay(world.accountant.find_invoice(ORDER)["InvoiceID"], 50)
	world.engine.pull()
	world.save(order(docstatus=2), order("SO-1-1", amended_from=ORDER))
	world.engine.push()
	world.clock.sleep(120)  # it may have been looked at before the cancelled one was
	world.engine.push()
	assert numbers(world) == [ORDER]
	assert "has payments" in shown(world, "Sales Order", "SO-1-1")["xero_sync_message"]
	(payment,) = world.accountant.payments()
	world.accountant.remove_payment(payment["PaymentID"])
	world.engine.pull()
	world.save(order(docstatus=2))
	world.engine.push()
	assert numbers(world) == ["SO-1-1"]


def test_what_was_taken_back_frees_the_order(by_hand: World) -> None:
	world = by_hand
	world.save(order(), sales_invoice(of=ORDER))
	ask(world, sales_invoice())
	world.engine.push()
	world.save(sales_invoice(of=ORDER, docstatus=2))
	ask(world, order())
	world.engine.push()
	assert numbers(world) == [ORDER]


def test_a_request_that_was_given_up_bills_nothing(by_hand: World) -> None:
	world = by_hand
	world.save(opportunity(items=[line(2.0, 60.0)], total=120.0), quotation(opportunity=OPPORTUNITY))
	ask(world, opportunity())
	ask(world, quotation())
	world.engine.push()
	assert numbers(world) == [f"{OPPORTUNITY}/1"]
	world.save(opportunity(status="Lost"), order_of())
	ask(world, order_of())
	world.engine.push()
	world.engine.push()
	assert numbers(world) == [ORDER]


def test_parts_and_the_whole_exclude_each_other(by_hand: World) -> None:
	world = by_hand
	world.save(order(), order("SO-2"))
	ask(world, order(), parts=[Asked("Deposit", percent=Decimal(25))])
	world.engine.push()
	ask(world, order())
	world.engine.push()
	assert world.outbox("Sales Order", ORDER)["cause"] == "billed-in-parts"
	ask(world, order("SO-2"))
	with pytest.raises(SyncError, match="as a whole already"):
		ask(world, order("SO-2"), parts=[Asked("Deposit", percent=Decimal(25))])
	world.engine.push()
	assert numbers(world) == [f"{ORDER}/1", "SO-2"]


def test_an_invoice_of_an_order_that_is_billed_in_parts_is_asked_about(by_hand: World) -> None:
	world = by_hand
	world.save(order(), sales_invoice(of=ORDER))
	ask(world, order(), parts=[Asked("Deposit", percent=Decimal(25))])
	ask(world, sales_invoice())
	world.engine.push()
	assert world.outbox("Sales Invoice", INVOICE)["cause"] == "billed-in-parts"
	assert numbers(world) == [f"{ORDER}/1"]


def test_an_invoice_of_an_order_that_is_billed_whole_in_parts_shows_all_of_them(by_hand: World) -> None:
	world = by_hand
	world.save(order(), sales_invoice(of=ORDER))
	ask(world, order(), parts=[Asked("Deposit", percent=Decimal(25)), Asked("Rest")])
	world.engine.push()
	ask(world, sales_invoice())
	world.engine.push()
	row, shown = world.outbox("Sales Invoice", INVOICE), world.store.get("Sales Invoice", INVOICE)
	assert (row["status"], row["cause"]) == ("Cancelled", "billed-already")
	assert shown is not None
	assert (shown["xero_invoice_number"], shown["xero_total"]) == (f"{ORDER}/1, {ORDER}/2", Decimal("120.00"))


@pytest.mark.parametrize("lost", ["call", "answer"])
def test_a_killed_worker_does_not_bill_twice(by_hand: World, lost: str) -> None:
	world = by_hand
	world.save(order(), sales_invoice(of=ORDER))
	ask(world, sales_invoice())

	def killed(*_: Any) -> Any:
		if world.wire.sent[-1].method == "PUT" and "/Invoices" in str(world.wire.sent[-1].url):
			raise KeyboardInterrupt
		return _[-1]

	setattr(world.wire, "before" if lost == "call" else "after", killed)
	with pytest.raises(KeyboardInterrupt):
		world.engine.push()
	world.wire.before = world.wire.after = None
	assert world.store.find("Xero Billed", {"source_name": ORDER}), "it was noted before the call"
	ask(world, order())
	world.clock.sleep(3600)
	world.engine_again().push()
	assert numbers(world) in ([INVOICE], [ORDER])
	world.clock.sleep(3600)
	world.engine_again().push()
	assert len(numbers(world)) == 1


def test_an_invoice_of_an_amended_order_is_not_billed_beside_a_paid_invoice(world: World) -> None:
	world.set(invoice_status="Authorised", invoice_trigger="Sales Invoice Submit")
	world.save(customer(), order())
	ask(world, order())
	world.engine.push()
	world.accountant.pay(world.accountant.find_invoice(ORDER)["InvoiceID"], 50)
	world.engine.pull()
	made = sales_invoice(of="SO-1-1")
	world.save(order(docstatus=2), order("SO-1-1", amended_from=ORDER), made)
	for _ in range(2):
		world.engine.push()
		world.clock.sleep(120)
	assert numbers(world) == [ORDER]
	assert "has payments" in shown(world, "Sales Invoice", INVOICE)["xero_sync_message"]
