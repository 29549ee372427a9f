"""Quotations leave as quotes; what becomes of them in Xero comes back."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.conftest import World, customer, line, order, vat
from tests.sync.documents_kit import ORDER, QUOTATION, link, order_of, quotation, shown
from xero_connector.sync import pull
from xero_connector.sync.triggers import request_quote


@pytest.fixture
def quoting(world: World) -> World:
	"""A world whose quotations go when they are submitted, with a customer in Xero."""
	world.set(quote_trigger="Quotation Submit", quote_status="Sent")
	world.save(customer())
	world.engine.push()
	return world


def status(world: World) -> str:
	return str(world.accountant.find_quote(QUOTATION)["Status"])


def accept(world: World) -> None:
	world.accountant.accept_quote(world.accountant.find_quote(QUOTATION)["QuoteID"])


def test_a_quotation_becomes_a_quote(quoting: World) -> None:
	quoting.save(quotation(terms="<p>Net 30</p>"))
	assert quoting.engine.push().sent == 1
	quote = quoting.accountant.find_quote(QUOTATION)
	assert (quote["Total"], quote["Status"], quote["Terms"]) == (Decimal("120.00"), "SENT", "Net 30")
	here = shown(quoting, "Quotation", QUOTATION)
	assert (here["xero_quote_number"], here["xero_quote_status"]) == (QUOTATION, "Sent")
	assert quoting.engine.push().calls == 0


def test_by_hand_a_second_click_makes_no_second_quote(world: World) -> None:
	world.save(customer(), quotation())
	world.engine.push()
	assert world.accountant.quotes() == []
	for _click in range(2):
		with world.store.transaction():
			request_quote(world.store, world.clock, quotation(), "rep@example.com")
		world.engine.push()
	assert [quote["Status"] for quote in world.accountant.quotes()] == ["DRAFT"]


def test_its_status_comes_back(quoting: World) -> None:
	quoting.save(quotation())
	quoting.engine.push()
	accept(quoting)
	quoting.engine.pull()
	assert shown(quoting, "Quotation", QUOTATION)["xero_quote_status"] == "Accepted"


def test_only_who_sends_quotes_polls_them(quoting: World) -> None:
	quoting.engine.pull()
	assert quoting.engine.pull().calls == len(pull.CYCLE)
	quoting.save(quotation())
	quoting.engine.push()
	quoting.engine.pull()
	assert quoting.engine.pull().calls == len(pull.CYCLE) + 1


def test_a_changed_quotation_updates_its_quote(quoting: World) -> None:
	quoting.save(quotation(terms="Net 30"))
	quoting.engine.push()
	before = quoting.accountant.find_quote(QUOTATION)
	quoting.save(quotation(terms="Net 30", items=[line(3.0)], taxes=[vat(30.0)], grand_total=180.0))
	quoting.engine.push()
	after = quoting.accountant.find_quote(QUOTATION)
	assert (after["Total"], after["Terms"], after["Status"]) == (Decimal("180.00"), "Net 30", "SENT")
	assert [row["LineItemID"] for row in after["LineItems"]] == [
		row["LineItemID"] for row in before["LineItems"]
	]


def test_an_accepted_quote_is_not_changed(quoting: World) -> None:
	quoting.save(quotation())
	quoting.engine.push()
	accept(quoting)
	quoting.engine.pull()
	quoting.save(quotation(items=[line(3.0)], taxes=[vat(30.0)], grand_total=180.0))
	assert quoting.engine.push().held == 1
	assert quoting.outbox("Quotation", QUOTATION)["cause"] == "quote-final"
	assert quoting.accountant.find_quote(QUOTATION)["Total"] == Decimal("120.00")


def test_cancelling_the_quotation_deletes_its_quote(quoting: World) -> None:
	quoting.save(quotation())
	quoting.engine.push()
	quoting.save(quotation(docstatus=2))
	quoting.engine.push()
	assert status(quoting) == "DELETED"
	assert shown(quoting, "Quotation", QUOTATION)["xero_quote_status"] == "Deleted"


@pytest.mark.parametrize("accepted_first", [True, False])
def test_an_accepted_quote_is_invoiced_with_its_order(quoting: World, accepted_first: bool) -> None:
	world = quoting
	world.save(quotation(terms="Net 30"))
	world.engine.push()
	steps = [lambda: accept(world), lambda: world.save(order_of())]
	for step in steps if accepted_first else reversed(steps):
		step()
		world.engine.cycle()
	world.engine.cycle()
	quote = world.accountant.find_quote(QUOTATION)
	assert (quote["Status"], quote["Terms"], quote["Total"]) == ("INVOICED", "Net 30", Decimal("120.00"))
	assert world.engine.push().calls == 0


def test_an_order_over_another_sum_than_was_accepted_is_warned_of(quoting: World) -> None:
	world = quoting
	world.save(quotation())
	world.engine.push()
	accept(world)
	world.engine.pull()
	more = {"items": [line(3.0, prevdoc_docname=QUOTATION)], "taxes": [vat(30.0)], "grand_total": 180.0}
	world.save(order_of(**more))
	world.engine.push()
	assert world.accountant.find_invoice(ORDER)["Total"] == Decimal("180.00")
	assert "accepted" in shown(world, "Sales Order", ORDER)["xero_sync_message"]
	(row,) = world.store.find("Xero Sync Log", {"outcome": "Warning"})
	assert (row["reference_name"], "120.00" in row["answer"]) == (ORDER, True)


@pytest.mark.parametrize("minutes", [1, 60])
def test_a_lost_answer_makes_no_second_quote(quoting: World, minutes: int) -> None:
	def lose(request: Any, response: Any) -> Any:
		if request.method == "PUT" and "/Quotes" in str(request.url):
			quoting.wire.after = None
			raise KeyboardInterrupt
		return response

	quoting.wire.after = lose
	quoting.save(quotation())
	with pytest.raises(KeyboardInterrupt):
		quoting.engine.push()
	quoting.clock.sleep(minutes * 60)
	quoting.engine_again().push()
	assert len(quoting.accountant.quotes()) == 1
	assert link(quoting, "Quotation", QUOTATION)["xero_entity"] == "Quote"
	assert quoting.outbox("Quotation", QUOTATION)["status"] == "Done"


def test_a_reconciliation_finds_a_quote_that_is_gone_and_one_that_differs(quoting: World) -> None:
	quoting.save(quotation(), quotation("QTN-2"), order("QTN-3", docstatus=0))
	quoting.engine.push()
	quoting.store.update("Quotation", "QTN-2", {"title": "Changed behind the events"})
	quoting.engine.reconcile()
	(report,) = quoting.store.find("Xero Reconciliation")
	assert (report["status"], report["queued"]) == ("Done", 1)
	quoting.engine.push()
	assert quoting.accountant.find_quote("QTN-2")["Title"] == "Changed behind the events"
