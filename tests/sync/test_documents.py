"""Sales Invoices and invoice requests leave for Xero, by trigger, by condition and by hand."""

from __future__ import annotations

from decimal import Decimal

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
from xero_connector.mapping.conditions import holds
from xero_connector.sync import triggers
from xero_connector.sync.errors import SyncError
from xero_connector.sync.requests import Asked

TERMS = [
	{"payment_term": "Deposit", "due_date": "2026-11-25", "payment_amount": 40.0},
	{"payment_term": "Delivery", "due_date": "2026-12-10", "payment_amount": 40.0},
	{"payment_term": None, "due_date": "2026-12-20", "payment_amount": 39.99},
]
"""A payment schedule that misses the order's 120.00 by a cent, as thirds do."""


@pytest.fixture
def sold(world: World) -> World:
	"""A world that invoices Sales Invoices, with a customer in Xero."""
	world.set(invoice_trigger="Sales Invoice Submit")
	world.save(customer())
	world.engine.push()
	return world


def test_a_sales_invoice_becomes_an_invoice(sold: World) -> None:
	sold.save(sales_invoice(po_no="PO-7"))
	assert sold.engine.push().sent == 1
	invoice = sold.accountant.find_invoice(INVOICE)
	assert (invoice["Type"], invoice["Total"], invoice["DueDateString"][:10]) == (
		"ACCREC",
		Decimal("120.00"),
		"2026-12-20",
	)
	here = shown(sold, "Sales Invoice", INVOICE)
	assert (here["xero_invoice_number"], here["xero_payment_status"], here["xero_total"]) == (
		INVOICE,
		"Draft",
		120,
	)


def test_what_is_paid_in_xero_shows_on_the_sales_invoice(sold: World) -> None:
	sold.set(invoice_status="Authorised")
	sold.save(sales_invoice())
	sold.engine.push()
	sold.accountant.pay(sold.accountant.find_invoice(INVOICE)["InvoiceID"], 50)
	sold.engine.pull()
	here = shown(sold, "Sales Invoice", INVOICE)
	assert (here["xero_payment_status"], here["xero_paid"], here["xero_due"]) == ("Part Paid", 50, 70)


def test_a_trigger_is_for_its_own_documents(world: World) -> None:
	world.save(customer(), sales_invoice())
	world.engine.push()
	assert numbers(world) == []
	world.set(invoice_trigger="Sales Invoice Submit")
	world.save(order(), sales_invoice("SINV-2"))
	world.engine.push()
	assert numbers(world) == ["SINV-2"]


def test_only_what_meets_all_conditions_goes_by_itself(sold: World) -> None:
	condition = {"document_type": "Sales Invoice", "field": "grand_total", "operator": ">", "value": "100"}
	other = {"document_type": "Sales Order", "field": "po_no", "operator": "is set", "value": None}
	sold.set(conditions=[condition, other])
	small = {"items": [line(1.0)], "taxes": [vat(10.0)], "grand_total": 60.0}
	sold.save(sales_invoice("SINV-1"), sales_invoice("SINV-2", **small))
	sold.engine.push()
	assert numbers(sold) == ["SINV-1"]
	ask(sold, sales_invoice("SINV-2"))
	sold.engine.push()
	assert numbers(sold) == ["SINV-1", "SINV-2"], "by hand it goes all the same"


@pytest.mark.parametrize(
	("operator", "wanted", "value", "is_true"),
	[
		("=", "120", Decimal("120.00"), True),
		("=", "West", " west ", True),
		("!=", "West", "East", True),
		(">", "100", "99.5", False),
		(">=", "100", 100, True),
		("<", "2026-12-01", "2026-11-20", True),
		("<", "2026-12-01", None, False),
		("contains", "net", "Internet", True),
		("is set", None, 0, False),
		("is set", None, "No", True),
		("is not set", None, "", True),
		("=", "0", 0, True),
	],
)
def test_a_condition(operator: str, wanted: str | None, value: object, is_true: bool) -> None:
	row = {"document_type": "Sales Order", "field": "it", "operator": operator, "value": wanted}
	assert holds([row], {"doctype": "Sales Order", "it": value}) is is_true


def test_cancelling_takes_the_invoice_back_unless_it_is_paid(sold: World) -> None:
	sold.set(invoice_status="Authorised")
	sold.save(sales_invoice("SINV-1"), sales_invoice("SINV-2"))
	sold.engine.push()
	sold.accountant.pay(sold.accountant.find_invoice("SINV-2")["InvoiceID"], 1)
	sold.engine.pull()
	sold.save(sales_invoice("SINV-1", docstatus=2), sales_invoice("SINV-2", docstatus=2))
	sold.engine.push()
	assert numbers(sold) == ["SINV-2"]
	row = sold.outbox("Sales Invoice", "SINV-2")
	assert (row["status"], row["cause"]) == ("Held", "invoice-final")
	assert "has payments" in shown(sold, "Sales Invoice", "SINV-2")["xero_sync_message"]


def test_a_locked_period_is_said_with_its_date(sold: World) -> None:
	sold.accountant.set_lock_date(period="2026-11-30")
	sold.engine.refresh_reference()
	sold.save(sales_invoice())
	assert sold.engine.push().held == 1
	row = sold.outbox("Sales Invoice", INVOICE)
	assert row["cause"] == "period-locked"
	assert "2026-11-30" in row["message"]


def test_a_held_document_goes_again_when_it_is_saved_though_only_a_hand_sends_it(world: World) -> None:
	world.set(invoice_trigger="By Hand")
	world.save(customer(), sales_invoice(currency="XXX", conversion_rate=2.0))
	ask(world, sales_invoice())
	world.engine.push()
	assert world.outbox("Sales Invoice", INVOICE)["status"] == "Held"
	world.save(sales_invoice())
	world.engine.push()
	assert numbers(world) == [INVOICE]


# requests


def test_a_deposit_and_the_rest_of_an_order(world: World) -> None:
	world.set(invoice_trigger="By Hand", invoice_status="Authorised")
	world.save(customer(), order())
	ask(world, order(), parts=[Asked("Deposit", percent=Decimal("33.33"), due_date="2026-11-30")])
	world.engine.push()
	world.accountant.pay(world.accountant.find_invoice(f"{ORDER}/1")["InvoiceID"])
	ask(world, order(), parts=[Asked("Rest")])
	world.engine.push()
	world.engine.pull()
	deposit, rest = (world.accountant.find_invoice(f"{ORDER}/{at}") for at in (1, 2))
	assert (deposit["Total"], rest["Total"]) == (Decimal("40.00"), Decimal("80.00"))
	assert deposit["DueDateString"][:10] == "2026-11-30"
	assert "Deposit" in deposit["LineItems"][0]["Description"]
	here = shown(world, "Sales Order", ORDER)
	assert here["xero_invoice_number"] == f"{ORDER}/1, {ORDER}/2"
	assert (here["xero_total"], here["xero_paid"], here["xero_due"]) == (120, 40, 80)
	assert here["xero_payment_status"] == "Sent"


def test_parts_never_come_to_more_than_the_order(world: World) -> None:
	world.set(invoice_trigger="By Hand")
	world.save(customer(), order())
	ask(world, order(), parts=[Asked("Deposit", amount=Decimal(100))])
	with pytest.raises(SyncError, match=r"20\.00 of 120\.00"):
		ask(world, order(), parts=[Asked("More", amount=Decimal("20.01"))])
	ask(world, order(), parts=[Asked("Rest")])
	with pytest.raises(SyncError):
		ask(world, order(), parts=[Asked("Nothing left")])


def test_an_order_becomes_an_invoice_for_each_payment_term(world: World) -> None:
	world.set(order_billing="One Invoice per Payment Term")
	world.save(customer(), order(payment_schedule=TERMS), order("SO-2"))
	world.engine.push()
	assert numbers(world) == [f"{ORDER}/1", f"{ORDER}/2", f"{ORDER}/3", "SO-2"]
	parts = [world.accountant.find_invoice(f"{ORDER}/{at}") for at in (1, 2, 3)]
	assert [part["Total"] for part in parts] == [Decimal("40.00")] * 3, "the last takes what is left"
	assert [part["DueDateString"][:10] for part in parts] == ["2026-11-25", "2026-12-10", "2026-12-20"]
	world.save(order(payment_schedule=TERMS, po_no="changed"))
	world.engine.push()
	assert len(numbers(world)) == 4


def test_cancelling_the_order_voids_its_parts(world: World) -> None:
	world.set(order_billing="One Invoice per Payment Term")
	world.save(customer(), order(payment_schedule=TERMS))
	world.engine.push()
	world.save(order(payment_schedule=TERMS, docstatus=2))
	world.engine.push()
	assert numbers(world) == []
	assert shown(world, "Sales Order", ORDER)["xero_payment_status"] == "Voided"


def test_a_quotation_is_invoiced_when_it_is_ordered(world: World) -> None:
	world.set(invoice_trigger="Quotation Ordered")
	world.save(customer(), quotation())
	world.save(quotation(status="Partially Ordered"), order_of())
	world.engine.push()
	assert numbers(world) == []
	world.save(quotation(status="Ordered"), order_of(name="SO-2"))
	world.engine.push()
	assert numbers(world) == [f"{QUOTATION}/1"]
	assert shown(world, "Quotation", QUOTATION)["xero_invoice_number"] == f"{QUOTATION}/1"


def test_an_opportunity_is_invoiced_when_it_is_won(world: World) -> None:
	world.set(invoice_trigger="Opportunity Won")
	world.save(customer(), opportunity(status="Open"))
	world.engine.push()
	assert numbers(world) == []
	world.save(opportunity())
	world.save(opportunity())
	world.engine.push()
	assert numbers(world) == [f"{OPPORTUNITY}/1"]
	world.save(opportunity(items=[line(3.0)], total=150.0))
	world.engine.push()
	assert world.accountant.find_invoice(f"{OPPORTUNITY}/1")["Total"] == 150
	world.save(opportunity(status="Lost"))
	world.engine.push()
	assert numbers(world) == []


def test_an_opportunity_that_is_not_won_is_not_invoiced(world: World) -> None:
	world.save(customer(), opportunity(status="Open"))
	with pytest.raises(SyncError, match="won"):
		ask(world, opportunity())


def test_a_quotation_to_a_lead_is_invoiced_to_the_customer_it_became(world: World) -> None:
	world.set(invoice_trigger="By Hand")
	world.save(customer(), quotation(quotation_to="Lead", party_name="CRM-LEAD-1"))
	ask(world, quotation())
	assert world.engine.push().held == 1
	assert world.outbox("Xero Invoice Request", f"{QUOTATION}/1")["cause"] == "party-not-sent"
	world.save(customer(lead_name="CRM-LEAD-1"))
	ask(world, quotation())
	world.engine.push()
	assert numbers(world) == [f"{QUOTATION}/1"]


def test_an_order_that_gets_the_name_of_a_deleted_one_is_billed(world: World) -> None:
	"""ERPNext gives the number of the last document again once that is deleted."""
	world.set(invoice_trigger="Sales Order Submit", order_billing="One Invoice per Payment Term")
	world.save(customer(), order(payment_schedule=TERMS))
	world.store.delete("Sales Order", ORDER)
	triggers.document_deleted(world.store, world.clock, "Sales Order", ORDER)
	world.set(order_billing="Whole Order")
	world.save(order())
	world.engine.push()
	assert numbers(world) == [ORDER]


def test_what_a_deleted_order_has_billed_stays_and_counts_no_more(world: World) -> None:
	world.set(invoice_trigger="Sales Order Submit", order_billing="One Invoice per Payment Term")
	world.save(customer(), order(payment_schedule=TERMS))
	world.engine.push()
	billed = numbers(world)
	world.store.delete("Sales Order", ORDER)
	triggers.document_deleted(world.store, world.clock, "Sales Order", ORDER)
	world.save(order(payment_schedule=TERMS))
	world.engine.push()
	assert set(numbers(world)) == {*billed, *(f"{ORDER}/{at}" for at in (4, 5, 6))}


def opportunity_won(world: World) -> None:
	world.set(invoice_trigger="Opportunity Won")
	world.save(customer(), opportunity())


def delete(world: World, doctype: str, name: str) -> None:
	world.store.delete(doctype, name)
	triggers.document_deleted(world.store, world.clock, doctype, name)


def test_the_invoice_of_a_deleted_opportunity_is_not_voided(world: World) -> None:
	opportunity_won(world)
	world.engine.push()
	delete(world, "Opportunity", OPPORTUNITY)
	world.engine.reconcile()
	world.engine.push()
	assert [invoice["Status"] for invoice in world.accountant.invoices()] == ["DRAFT"]


def test_an_opportunity_with_the_name_of_a_deleted_one_is_billed(world: World) -> None:
	opportunity_won(world)
	world.engine.push()
	delete(world, "Opportunity", OPPORTUNITY)
	assert world.store.find("Xero Billed", {"source_name": OPPORTUNITY}) == []
	opportunity_won(world)
	world.engine.push()
	assert numbers(world) == [f"{OPPORTUNITY}/1", f"{OPPORTUNITY}/2"]


def test_a_quotation_with_the_name_of_a_cancelled_one_is_billed(world: World) -> None:
	world.set(invoice_trigger="Quotation Ordered")
	world.save(customer(), quotation(status="Ordered"), order_of())
	world.engine.push()
	triggers.document_cancelled(world.store, world.clock, order_of(docstatus=2))
	triggers.document_cancelled(world.store, world.clock, quotation(docstatus=2))
	delete(world, "Sales Order", ORDER)
	delete(world, "Quotation", QUOTATION)
	world.save(quotation(status="Ordered"), order_of())
	world.engine.push()
	stands = {row["InvoiceNumber"]: row["Status"] for row in world.accountant.invoices()}
	assert stands == {f"{QUOTATION}/1": "DELETED", f"{QUOTATION}/2": "DRAFT"}


@pytest.mark.parametrize("status", ["Sending", "Uncertain", "Done", "Held"])
def test_a_request_that_xero_may_have_keeps_its_number(world: World, status: str) -> None:
	opportunity_won(world)
	row = world.outbox("Xero Invoice Request", f"{OPPORTUNITY}/1")
	world.store.update("Xero Outbox", row["name"], {"status": status})
	delete(world, "Opportunity", OPPORTUNITY)
	opportunity_won(world)
	names = {row["name"] for row in world.store.find("Xero Invoice Request")}
	assert names == {f"{OPPORTUNITY}/1", f"{OPPORTUNITY}/2"}
