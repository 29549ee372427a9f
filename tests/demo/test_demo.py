"""The demo tells the truth: it agrees when both sides agree, and says where they do not."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from decimal import Decimal
from io import BytesIO

import pytest
from werkzeug.test import Client

from xero_connector.demo import story
from xero_connector.demo.compare import compare
from xero_connector.demo.records import Records
from xero_connector.demo.table import table
from xero_connector.demo.world import World, build, documents


@pytest.fixture
def world(tmp_path: object) -> Iterator[World]:
	built = build(store_path=f"{tmp_path}/records.sqlite")
	yield built
	built.close()


@pytest.fixture(scope="module")
def synced() -> Iterator[World]:
	"""Both sides in agreement. A test puts back what it changes."""
	built = build()
	built.engine.cycle()
	yield built
	built.close()


def test_the_whole_way_there_and_back(capsys: pytest.CaptureFixture[str]) -> None:
	assert story.run() == 0
	last = capsys.readouterr().out.splitlines()[-1]
	found = re.fullmatch(
		r"demo: contacts=(\d+) quotes=(\d+) invoices=(\d+) credit_notes=(\d+) payments=(\d+) differences=0"
		r" calls=(\d+) seconds=[\d.]+",
		last,
	)
	assert found, last
	contacts, quotes, invoices, credit_notes, payments, calls = map(int, found.groups())
	assert contacts >= 12
	assert quotes >= 3
	assert invoices >= 20
	assert credit_notes >= 1
	assert payments >= 20
	assert calls <= 50


def test_the_demo_fails_if_both_sides_differ(
	monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
	def change_a_quotation(world: World) -> None:
		world.store.update("Quotation", "SAL-QTN-2026-00002", {"grand_total": Decimal("834.95")})

	monkeypatch.setattr(story, "_pay_the_rest", change_a_quotation)
	assert story.run() == 1
	printed = capsys.readouterr().out
	assert "difference: SAL-QTN-2026-00002 total: 834.95 here, 834.96 in Xero\n" in printed
	assert " differences=1 " in printed.splitlines()[-1]


def test_the_bundled_data_is_what_the_demo_promises() -> None:
	docs = documents()
	orders = [doc for doc in docs if doc["doctype"] == "Sales Order" and doc["docstatus"] == 1]
	assert len([doc for doc in docs if doc["doctype"] == "Customer"]) >= 12
	assert len(orders) >= 20
	assert {doc["currency"] for doc in orders} == {"GBP", "USD", "EUR"}
	taxes = [tax for doc in orders for tax in doc["taxes"]]
	assert {tax["charge_type"] for tax in taxes} >= {"Actual", "On Net Total", "On Previous Row Total"}
	assert any(tax.get("included_in_print_rate") for tax in taxes)
	assert {doc["apply_discount_on"] for doc in orders if doc.get("discount_amount")} == {
		"Net Total",
		"Grand Total",
	}
	assert len({doc.get("payment_terms_template") for doc in orders}) >= 5
	assert any(len(doc["payment_schedule"]) == 2 for doc in orders)
	quotations = [doc["status"] for doc in docs if doc["doctype"] == "Quotation"]
	assert sorted(quotations) == ["Open", "Open", "Ordered"]
	sales = [doc for doc in docs if doc["doctype"] == "Sales Invoice"]
	billed = [{line.get("sales_order") for line in doc["items"]} for doc in sales]
	assert len([names for names in billed if names == {"SAL-ORD-2026-00036"}]) == 2
	assert {doc["currency"] for doc in sales} > {"GBP"}
	assert [doc["return_against"] for doc in sales if doc["is_return"]] == ["ACC-SINV-2026-00001"]


def test_a_sale_of_several_documents_is_billed_once(synced: World) -> None:
	numbers = {invoice["InvoiceNumber"] for invoice in synced.accountant.invoices()}
	assert {number for number in numbers if number.startswith("ACC-SINV")} == {
		f"ACC-SINV-2026-0000{at}"
		for at in (1, 2, 3, 4)  # the fifth was made from an order that is billed
	}
	assert "SAL-ORD-2026-00035" in numbers
	assert "SAL-ORD-2026-00036" not in numbers
	assert {"SAL-ORD-2026-00031/1", "SAL-ORD-2026-00031/2"} <= numbers
	shown = synced.store.get("Sales Invoice", "ACC-SINV-2026-00005") or {}
	assert shown["xero_invoice_number"] == "SAL-ORD-2026-00035"


def test_services_have_an_account_of_their_own(synced: World) -> None:
	groups = {item["name"]: item["item_group"] for item in synced.store.find("Item")}
	found = {
		(groups[line["ItemCode"]], line["AccountCode"])
		for invoice in synced.accountant.invoices()
		for line in synced.accountant.invoice(invoice["InvoiceID"])["LineItems"]
		if line.get("ItemCode")
	}
	assert found == {("Products", "200"), ("Services", "210"), ("Workshop", "210")}


@pytest.mark.parametrize(
	("doctype", "filters", "values", "said"),
	[
		("Sales Order", {"docstatus": 1}, {"xero_due": Decimal("0.01")}, "due: 0.01 here"),
		("Sales Order", {"docstatus": 1}, {"xero_payment_status": "Paid"}, "status: Paid here"),
		("Sales Order", {"docstatus": 1}, {"grand_total": Decimal("1.00")}, "total: 1.00 here"),
		("Sales Order", {"name": "SAL-ORD-2026-00031"}, {"payment_schedule": []}, "due dates: [] here"),
		(
			"Xero Sync Log",
			{"reference_name": "SAL-ORD-2026-00005", "direction": "Push"},
			{"answer": ""},
			"SAL-ORD-2026-00005 tax: 66.72 here",
		),
		("Sales Invoice", {"is_return": 0}, {"grand_total": Decimal("1.00")}, "total: 1.00 here"),
		("Sales Invoice", {"is_return": 0}, {"posting_date": "2026-01-01"}, "date: 2026-01-01 here"),
		("Sales Invoice", {"is_return": 0}, {"xero_overdue": Decimal("0.01")}, "overdue: 0.01 here"),
		("Sales Invoice", {"is_return": 1}, {"grand_total": Decimal("-1.00")}, "total: 1.00 here"),
		("Sales Invoice", {"is_return": 1}, {"xero_paid": Decimal("-0.01")}, "used: 0.01 here"),
		("Quotation", {}, {"grand_total": Decimal("1.00")}, "total: 1.00 here"),
		("Quotation", {}, {"xero_quote_status": "Accepted"}, "status: Accepted here, Sent in Xero"),
		("Quotation", {}, {"valid_till": "2026-01-01"}, "expiry date: 2026-01-01 here"),
		("Customer", {}, {"xero_paid": Decimal("5")}, "paid: 5 here"),
		("Xero Link", {"xero_entity": "Contact"}, {"reference_name": "Nobody"}, "has 0 contacts in Xero"),
	],
)
def test_a_difference_is_found(
	synced: World, doctype: str, filters: dict[str, object], values: dict[str, object], said: str
) -> None:
	assert compare(synced.store, synced.accountant, synced.clock.today()).differences == []
	(doc,) = synced.store.find(doctype, filters, limit=1)
	synced.store.update(doctype, doc["name"], values)
	try:
		found = compare(synced.store, synced.accountant, synced.clock.today()).differences
	finally:
		synced.store.update(doctype, doc["name"], {field: doc.get(field) for field in values})
	assert any(said in difference for difference in found), found


def test_a_sale_that_is_billed_twice_is_found(world: World) -> None:
	world.engine.cycle()
	order = world.accountant.find_invoice("SAL-ORD-2026-00035")
	world.accountant.add_invoice(
		InvoiceNumber="ACC-SINV-2026-00005",
		**{field: order[field] for field in ("Contact", "Date", "DueDate", "LineItems", "LineAmountTypes")},
	)
	found = compare(world.store, world.accountant, world.clock.today()).differences
	assert any("ACC-SINV-2026-00005 is billed twice" in difference for difference in found), found


def test_a_quote_that_is_not_marked_as_invoiced_is_found(world: World) -> None:
	world.engine.cycle()
	world.accountant.accept_quote(world.accountant.find_quote("SAL-QTN-2026-00001")["QuoteID"])
	world.engine.pull()
	found = compare(world.store, world.accountant, world.clock.today()).differences
	assert found == ["SAL-QTN-2026-00001 is ordered, but its quote is not marked as invoiced"]
	world.engine.push()
	assert compare(world.store, world.accountant, world.clock.today()).differences == []


def test_a_return_whose_credit_is_not_used_is_found(world: World) -> None:
	world.engine.cycle()
	world.accountant.authorise(world.accountant.find_invoice("ACC-SINV-2026-00001")["InvoiceID"])
	(note,) = world.accountant.credit_notes()
	world.accountant.authorise_credit_note(note["CreditNoteID"])
	world.engine.pull()
	found = compare(world.store, world.accountant, world.clock.today()).differences
	assert found == ["ACC-SINV-RET-2026-00001 is not allocated: 200.18 left, 578.09 due"]
	world.engine.push()
	assert compare(world.store, world.accountant, world.clock.today()).differences == []
	(note,) = world.accountant.credit_notes()
	assert [each["Invoice"]["InvoiceNumber"] for each in note["Allocations"]] == ["ACC-SINV-2026-00001"]


def test_a_credit_that_went_to_another_invoice_is_found(world: World) -> None:
	world.engine.cycle()
	(note,) = world.accountant.credit_notes()
	other = world.accountant.find_invoice("SAL-ORD-2026-00017")
	world.accountant.authorise_credit_note(note["CreditNoteID"])
	world.accountant.authorise(other["InvoiceID"])
	world.accountant.allocate(note["CreditNoteID"], other["InvoiceID"], note["Total"])
	world.engine.cycle()
	found = compare(world.store, world.accountant, world.clock.today()).differences
	assert found == ["ACC-SINV-RET-2026-00001 is allocated to SAL-ORD-2026-00017"]


def test_a_payment_that_did_not_arrive_is_found(world: World) -> None:
	world.engine.cycle()
	invoice = world.accountant.invoices()[0]
	world.accountant.authorise(invoice["InvoiceID"])
	world.accountant.pay(invoice["InvoiceID"])
	found = compare(world.store, world.accountant, world.clock.today()).differences
	assert any(difference.startswith("payment ") for difference in found)


@pytest.mark.parametrize("kind", ["Credit Note", "Allocation", "Refund"])
def test_credit_that_is_not_as_in_xero_is_found(world: World, kind: str) -> None:
	world.engine.cycle()
	invoice = world.accountant.invoices()[0]
	world.accountant.authorise(invoice["InvoiceID"])
	rates = {field: invoice[field] for field in ("CurrencyCode", "CurrencyRate")}
	note = world.accountant.credit(invoice["Contact"]["ContactID"], 20, **rates)
	world.accountant.allocate(note, invoice["InvoiceID"], 5)
	world.accountant.refund(note, 5)
	world.engine.cycle()
	assert compare(world.store, world.accountant, world.clock.today()).differences == []
	(row,) = world.store.find("Xero Payment", {"kind": kind, "xero_status": ("!=", "DRAFT")})
	world.store.update("Xero Payment", row["name"], {"amount": Decimal("1.00")})
	found = compare(world.store, world.accountant, world.clock.today()).differences
	assert any(difference.startswith(f"payment {row['xero_id']}") for difference in found), found


def test_the_records_page_shows_what_finance_did(world: World) -> None:
	world.engine.cycle()
	page = Client(Records(world, threading.Event(), "key"))
	start = page.get("/")
	assert start.status_code == 200
	assert "Müller &amp; Söhne GmbH" in start.text
	for name in ("SAL-QTN-2026-00003", "SAL-ORD-2026-00001", "ACC-SINV-RET-2026-00001"):
		assert f"<td>{name}</td>" in start.text
	invoice = world.accountant.find_invoice("SAL-ORD-2026-00001")
	world.accountant.authorise(invoice["InvoiceID"])
	world.accountant.pay(invoice["InvoiceID"])
	assert page.post("/sync").status_code == 303
	customer = (world.store.get("Sales Order", "SAL-ORD-2026-00001") or {})["customer"]
	shown = page.get(f"/customer/{customer}").text
	assert "SAL-ORD-2026-00001" in shown
	assert ">Paid<" in shown
	assert page.get("/nowhere").status_code == 404


def test_the_webhook_of_the_records_page_takes_only_what_xero_signed(world: World) -> None:
	page = Client(Records(world, threading.Event(), "key"))
	forged = page.post(
		"/webhook", input_stream=BytesIO(b'{"events": []}'), headers={"x-xero-signature": "no"}
	)
	assert (forged.status_code, forged.data) == (401, b"")


def test_a_table_lines_up() -> None:
	assert table(("Name", "Due"), [("A", Decimal("1234.50")), ("Bcd", Decimal("2.00"))]) == (
		"Name       Due\n----  --------\nA     1,234.50\nBcd       2.00"
	)
