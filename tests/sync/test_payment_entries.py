"""Payments in Xero as Payment Entries here: one for each, whatever comes in between."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import COMPANY, START, World, customer, make_world
from xero_connector.clock import ManualClock
from xero_connector.store.protocol import StoreError
from xero_connector.store.sqlite import SQLiteStore
from xero_connector.sync import links, payment_entries
from xero_connector.sync.pull import PAYMENTS, Pull

INVOICE = "ACC-SINV-2026-00001"
BANK = "Main Bank - WP"


def sales_invoice(**values: Any) -> dict[str, Any]:
	"""A submitted Sales Invoice of 120.00, as far as an entry needs it."""
	return {
		"doctype": "Sales Invoice",
		"name": INVOICE,
		"docstatus": 1,
		"company": COMPANY,
		"customer": "Northern Breeze Ltd",
		"currency": "GBP",
		"party_account_currency": "GBP",
		"conversion_rate": 1,
		"debit_to": "Debtors - WP",
		"grand_total": 120,
		"outstanding_amount": 120,
		"items": [{"item_code": None, "sales_order": None}],
		**values,
	}


def set_up(world: World) -> None:
	"""The choice is made, and the bank account is in the table."""
	world.store.insert({"doctype": "Account", "name": BANK, "company": COMPANY, "account_currency": "GBP"})
	(account,) = world.store.find("Xero Account", {"code": "090"})
	world.set(
		make_payment_entries=1,
		payment_accounts=[
			{"xero_account": account["name"], "account": BANK, "mode_of_payment": "Wire Transfer"}
		],
	)


def bill(world: World, doctype: str = "Sales Invoice", name: str = INVOICE, **values: Any) -> str:
	"""An invoice of 120.00 in Xero that was made from a document here; its id."""
	invoice = world.accountant.add_invoice(
		Contact={"ContactID": world.accountant.contacts()[0]["ContactID"]},
		InvoiceNumber=name,
		DueDate="2026-12-20",
		Status="AUTHORISED",
		LineItems=[{"Description": "Work", "UnitAmount": 100, "AccountCode": "200", "TaxType": "OUTPUT2"}],
		**values,
	)
	links.add(world.engine.context, doctype, name, "Invoice", invoice, base={})
	return invoice


@pytest.fixture
def billed(world: World) -> World:
	"""A Sales Invoice of 120.00, in Xero under its number."""
	return make_billed(world)


def make_billed(world: World) -> World:
	set_up(world)
	world.save(customer())
	world.engine.push()
	world.store.insert(sales_invoice())
	bill(world)
	pull(world)
	return world


def pull(world: World) -> None:
	world.clock.sleep(5)
	report = world.engine.pull()
	assert report.stopped == ""


def invoice_id(world: World, name: str = INVOICE) -> str:
	return str(world.accountant.find_invoice(name)["InvoiceID"])


def entries(world: World) -> list[tuple[int, float, str]]:
	"""State, amount and invoice of every Payment Entry."""
	found = world.store.find("Payment Entry", order_by="paid_amount")
	return [
		(entry["docstatus"], float(entry["paid_amount"]), entry["references"][0]["reference_name"])
		for entry in found
	]


def payment(world: World, xero_id: str) -> dict[str, Any]:
	(row,) = world.store.find("Xero Payment", {"xero_id": xero_id})
	return row


def told(world: World) -> list[str]:
	"""What the log says against entries."""
	rows = world.store.find("Xero Sync Log", {"cause": "payment-entry"}, order_by="at")
	return [row["answer"] for row in rows]


def test_a_payment_becomes_a_submitted_entry_with_a_link(billed: World) -> None:
	paid = billed.accountant.pay(invoice_id(billed), 120, reference="BACS 7")
	pull(billed)
	(entry,) = billed.store.find("Payment Entry")
	assert (entry["docstatus"], entry["payment_type"], entry["party"]) == (
		1,
		"Receive",
		"Northern Breeze Ltd",
	)
	assert (entry["paid_from"], entry["paid_to"]) == ("Debtors - WP", BANK)
	assert (entry["reference_no"], entry["mode_of_payment"]) == ("BACS 7", "Wire Transfer")
	link = links.of_record(billed.store, billed.tenant, "Payment", paid)
	assert link and (link["reference_doctype"], link["reference_name"]) == ("Payment Entry", entry["name"])
	row = payment(billed, paid)
	assert (row["entry_status"], row["payment_entry"]) == ("Made", entry["name"])
	assert entry["xero_payment"] == row["name"]


def test_without_the_choice_nothing_is_made(billed: World) -> None:
	billed.set(make_payment_entries=0)
	billed.accountant.pay(invoice_id(billed), 70)
	pull(billed)
	billed.set(make_payment_entries=1)
	billed.accountant.pay(invoice_id(billed), 50)
	pull(billed)
	assert entries(billed) == [(1, 50, INVOICE)], "entries begin with the choice"


def test_part_payments_are_entries_of_their_own(billed: World) -> None:
	for amount in (50, 70):
		billed.accountant.pay(invoice_id(billed), amount)
	pull(billed)
	assert entries(billed) == [(1, 50, INVOICE), (1, 70, INVOICE)]


def test_the_same_news_again_makes_no_second_entry(billed: World) -> None:
	billed.accountant.pay(invoice_id(billed), 120)
	pull(billed)
	for cursor in billed.store.find("Xero Cursor"):
		billed.store.update("Xero Cursor", cursor["name"], {"position": ""})
	for row in billed.store.find("Xero Payment"):
		payment_entries.queue(billed.store, row["name"])
	pull(billed)
	assert len(entries(billed)) == 1
	assert billed.engine.reconcile().stopped == ""
	(reconciliation,) = billed.store.find("Xero Reconciliation")
	assert "Payment Entry" not in [each.get("reference_doctype") for each in reconciliation["findings"]]


def test_a_removed_payment_cancels_its_entry_and_a_new_one_makes_another(billed: World) -> None:
	first = billed.accountant.pay(invoice_id(billed), 120)
	pull(billed)
	billed.accountant.remove_payment(first)
	pull(billed)
	assert entries(billed) == [(2, 120, INVOICE)]
	assert payment(billed, first)["entry_status"] == "Cancelled"
	link = links.of_record(billed.store, billed.tenant, "Payment", first)
	assert link and link["status"] == "Gone"
	billed.accountant.pay(invoice_id(billed), 100)
	pull(billed)
	assert entries(billed) == [(1, 100, INVOICE), (2, 120, INVOICE)]


def test_a_payment_that_was_removed_before_it_was_seen_makes_nothing(billed: World) -> None:
	billed.accountant.remove_payment(billed.accountant.pay(invoice_id(billed), 120))
	pull(billed)
	assert entries(billed) == []
	assert told(billed) == []


def test_removals_follow_after_the_choice_was_taken_back(billed: World) -> None:
	paid = billed.accountant.pay(invoice_id(billed), 120)
	pull(billed)
	billed.set(make_payment_entries=0)
	billed.accountant.remove_payment(paid)
	pull(billed)
	assert entries(billed) == [(2, 120, INVOICE)]


def test_an_account_that_is_not_in_the_table_is_told_once_and_tried_again(billed: World) -> None:
	paid = billed.accountant.pay(invoice_id(billed), 120, account="091")
	for _ in range(3):
		pull(billed)
	row = payment(billed, paid)
	assert row["entry_status"] == "Held"
	assert "091" in row["entry_message"] and "Accounts of Payments" in row["entry_message"]
	assert told(billed) == [row["entry_message"]]
	billed.engine.reconcile()
	findings = billed.store.find("Xero Reconciliation")[0]["findings"]
	assert row["entry_message"] in [each["message"] for each in findings]
	(account,) = billed.store.find("Xero Account", {"code": "091"})
	billed.set(payment_accounts=[{"xero_account": account["name"], "account": BANK}])
	pull(billed)
	assert entries(billed) == [(1, 120, INVOICE)]
	assert not payment(billed, paid)["entry_message"]


def test_what_erpnext_refuses_is_told_and_holds_back_no_other(
	billed: World, monkeypatch: pytest.MonkeyPatch
) -> None:
	insert = SQLiteStore.insert

	def closed(store: SQLiteStore, doc: dict[str, Any]) -> str:
		if doc["doctype"] == "Payment Entry" and doc["paid_amount"] == 50:
			raise StoreError("You are not authorized to add or update entries before 2026-11-30")
		return insert(store, doc)

	with monkeypatch.context() as patched:
		patched.setattr(SQLiteStore, "insert", closed)
		refused = billed.accountant.pay(invoice_id(billed), 50)
		billed.accountant.pay(invoice_id(billed), 70)
		pull(billed)
	assert entries(billed) == [(1, 70, INVOICE)]
	assert "before 2026-11-30" in payment(billed, refused)["entry_message"]
	assert links.of_record(billed.store, billed.tenant, "Payment", refused) is None
	pull(billed)
	assert entries(billed) == [(1, 50, INVOICE), (1, 70, INVOICE)]


def test_a_cancellation_that_erpnext_refuses_is_tried_again(
	billed: World, monkeypatch: pytest.MonkeyPatch
) -> None:
	paid = billed.accountant.pay(invoice_id(billed), 120)
	pull(billed)
	billed.accountant.remove_payment(paid)
	update = SQLiteStore.update

	def closed(store: SQLiteStore, doctype: str, name: str, values: dict[str, Any]) -> None:
		if doctype == "Payment Entry":
			raise StoreError("The period is closed")
		update(store, doctype, name, values)

	with monkeypatch.context() as patched:
		patched.setattr(SQLiteStore, "update", closed)
		pull(billed)
	assert payment(billed, paid)["entry_message"] == "The period is closed"
	assert entries(billed) == [(1, 120, INVOICE)]
	pull(billed)
	assert entries(billed) == [(2, 120, INVOICE)]


def test_what_was_entered_by_hand_is_not_entered_again(billed: World) -> None:
	billed.store.update("Sales Invoice", INVOICE, {"outstanding_amount": 0})
	paid = billed.accountant.pay(invoice_id(billed), 120)
	pull(billed)
	assert entries(billed) == []
	assert "owes 0.00 GBP here" in payment(billed, paid)["entry_message"]


@pytest.mark.parametrize("remove", ["cancelled", "deleted"])
def test_what_a_person_removes_here_is_not_made_again(billed: World, remove: str) -> None:
	paid = billed.accountant.pay(invoice_id(billed), 120)
	pull(billed)
	(entry,) = billed.store.find("Payment Entry")
	if remove == "cancelled":
		billed.store.update("Payment Entry", entry["name"], {"docstatus": 2})
		payment_entries.removed_here(billed.store, billed.clock, entry["name"])
	else:
		billed.store.delete("Payment Entry", entry["name"])
		payment_entries.deleted_here(billed.store, billed.clock, entry["name"])
	payment_entries.queue(billed.store, payment(billed, paid)["name"])
	pull(billed)
	row = payment(billed, paid)
	assert (row["entry_status"], row["xero_status"]) == ("Removed Here", "AUTHORISED")
	assert [each for each in entries(billed) if each[0] == 1] == []


def test_an_amended_entry_of_a_removed_payment_is_for_a_person(billed: World) -> None:
	paid = billed.accountant.pay(invoice_id(billed), 120)
	pull(billed)
	(entry,) = billed.store.find("Payment Entry")
	billed.store.update("Payment Entry", entry["name"], {"docstatus": 2})
	payment_entries.removed_here(billed.store, billed.clock, entry["name"])
	billed.store.insert({**entry, "name": "AMENDED", "amended_from": entry["name"], "xero_payment": None})
	billed.accountant.remove_payment(paid)
	pull(billed)
	assert payment(billed, paid)["entry_status"] == "By Hand"
	assert told(billed) == ["The payment was removed in Xero, and AMENDED was made for it here: cancel it."]


def test_a_payment_of_an_order_goes_to_its_only_invoice(world: World) -> None:
	set_up(world)
	world.save(customer())
	world.engine.push()
	bill(world, "Sales Order", "SO-1")
	pull(world)
	paid = world.accountant.pay(invoice_id(world, "SO-1"), 120)
	pull(world)
	assert payment(world, paid)["entry_status"] == "Waiting"
	assert "no submitted Sales Invoice for SO-1" in told(world)[0]
	world.store.insert(sales_invoice(items=[{"sales_order": "SO-1"}]))
	world.store.insert(sales_invoice(name="A-DRAFT", docstatus=0, items=[{"sales_order": "SO-1"}]))
	world.store.insert(sales_invoice(name="A-RETURN", is_return=1, items=[{"sales_order": "SO-1"}]))
	pull(world)
	assert entries(world) == [(1, 120, INVOICE)]


@pytest.mark.parametrize(
	"items", [[{"sales_order": "SO-1"}], [{"sales_order": "SO-1"}, {"sales_order": "SO-2"}]]
)
def test_an_order_without_an_invoice_of_its_own_is_for_a_person(
	world: World, items: list[dict[str, Any]]
) -> None:
	set_up(world)
	world.save(customer())
	world.engine.push()
	if len(items) == 1:
		world.store.insert(sales_invoice(name="ANOTHER", items=items))
	world.store.insert(sales_invoice(items=items))
	bill(world, "Sales Order", "SO-1")
	pull(world)
	world.accountant.pay(invoice_id(world, "SO-1"), 120)
	pull(world)
	assert entries(world) == []
	assert "Enter the payment by hand" in told(world)[0]


def test_a_deposit_goes_to_the_invoice_of_its_order(world: World) -> None:
	set_up(world)
	world.save(customer())
	world.engine.push()
	request = {"source_doctype": "Sales Order", "source_name": "SO-1"}
	world.store.insert({"doctype": "Xero Invoice Request", "name": "SO-1/1", **request})
	bill(world, "Xero Invoice Request", "SO-1/1")
	pull(world)
	world.accountant.pay(invoice_id(world, "SO-1/1"), 120)
	pull(world)
	invoice = sales_invoice(grand_total=400, outstanding_amount=400, items=[{"sales_order": "SO-1"}])
	world.store.insert(invoice)
	assert payment_entries.sales_invoice_submitted(world.store, world.clock, invoice) == {world.tenant}
	assert payment_entries.make(world.engine.context) == 1
	assert entries(world) == [(1, 120, INVOICE)]


def test_a_payment_that_comes_before_its_invoice_is_entered(billed: World) -> None:
	"""The payment is read by its id before the invoice is mirrored, or linked."""
	later = sales_invoice(name="SINV-2")
	billed.store.insert(later)
	invoice = bill(billed, name="SINV-2")
	paid = billed.accountant.pay(invoice, 120)
	records = billed.engine.context.api.get(f"Payments/{paid}").records("Payments")
	Pull(billed.engine.context).apply(PAYMENTS, records)
	assert not payment(billed, paid).get("entry_status")
	pull(billed)
	assert entries(billed) == [(1, 120, "SINV-2")]


def test_credit_is_told_once_and_left_to_a_person(billed: World) -> None:
	contact = billed.accountant.contacts()[0]["ContactID"]
	over = billed.accountant.overpay(invoice_id(billed), 150)
	pre = billed.accountant.prepay(contact, 30)
	note = billed.accountant.credit(contact, 40)
	refund = billed.accountant.refund(note, 10)
	for _ in range(3):
		pull(billed)
	assert entries(billed) == [(1, 120, INVOICE)]
	states = {xero_id: payment(billed, xero_id).get("entry_status") for xero_id in (over, pre, note, refund)}
	assert states == {over: "By Hand", pre: "By Hand", note: None, refund: "By Hand"}
	assert len(told(billed)) == 3
	billed.accountant.void_received(pre)
	pull(billed)
	assert told(billed)[3:] == [
		"It was removed in Xero. If you entered it by hand meanwhile, cancel your entry."
	]


def test_an_allocation_is_told_and_makes_no_entry(billed: World) -> None:
	note = billed.accountant.credit(billed.accountant.contacts()[0]["ContactID"], 40)
	used = billed.accountant.allocate(note, invoice_id(billed), 40)
	pull(billed)
	assert entries(billed) == []
	assert payment(billed, used)["entry_status"] == "By Hand"
	assert "Payment Reconciliation" in told(billed)[0]


def test_the_refund_of_a_return_is_paid_out(billed: World) -> None:
	note = billed.accountant.credit(billed.accountant.contacts()[0]["ContactID"], 40)
	billed.store.insert(sales_invoice(name="RETURN-1", is_return=1, outstanding_amount=-40))
	links.add(billed.engine.context, "Sales Invoice", "RETURN-1", "CreditNote", note, base={})
	billed.accountant.refund(note, 40)
	pull(billed)
	(entry,) = billed.store.find("Payment Entry")
	assert (entry["payment_type"], entry["paid_from"], entry["paid_to"]) == ("Pay", BANK, "Debtors - WP")
	assert entry["references"][0]["allocated_amount"] == -40


def test_a_payment_that_is_gone_in_xero_is_cancelled_by_the_reconciliation(billed: World) -> None:
	paid = billed.accountant.pay(invoice_id(billed), 120)
	pull(billed)
	row = payment(billed, paid)
	billed.store.update("Xero Payment", row["name"], {"xero_id": "00000000-0000-4000-8000-000000000001"})
	(link,) = billed.store.find("Xero Link", {"xero_entity": "Payment"})
	billed.store.update("Xero Link", link["name"], {"xero_id": "00000000-0000-4000-8000-000000000001"})
	billed.accountant.remove_payment(paid)
	billed.engine.reconcile()
	assert entries(billed) == [(2, 120, INVOICE)]


def test_many_waiting_payments_take_turns(billed: World, monkeypatch: pytest.MonkeyPatch) -> None:
	monkeypatch.setattr(payment_entries, "MOST", 2)
	billed.store.update("Sales Invoice", INVOICE, {"docstatus": 0})
	for _ in range(5):
		billed.accountant.pay(invoice_id(billed), 10)
	pull(billed)
	for _ in range(2):
		pull(billed)
	tried = [row["entry_status"] for row in billed.store.find("Xero Payment")]
	assert tried == ["Waiting"] * 5
	billed.store.update("Sales Invoice", INVOICE, {"docstatus": 1})
	for _ in range(3):
		pull(billed)
	assert len(entries(billed)) == 5


class Killed(BaseException):
	"""The process is killed."""


def killed_at(step: int) -> Callable[[SQLiteStore, pytest.MonkeyPatch], None]:
	"""Kill the process at this write, before it happens."""

	def arm(store: SQLiteStore, patched: pytest.MonkeyPatch) -> None:
		count = 0

		def counted(method: Callable[..., Any]) -> Callable[..., Any]:
			def write(*args: Any, **kwargs: Any) -> Any:
				nonlocal count
				count += 1
				if count == step:
					raise Killed
				return method(*args, **kwargs)

			return write

		for name in ("insert", "update"):
			patched.setattr(store, name, counted(getattr(store, name)))

	return arm


def test_killed_at_any_write_there_is_one_entry_and_one_cancellation(monkeypatch: pytest.MonkeyPatch) -> None:
	"""Every write of the pull that brings a payment, and of the one that brings its removal."""
	for act in ("pay", "remove"):
		step, killed = 0, True
		while killed:
			step += 1
			world = make_billed(make_world(ManualClock(START)))
			paid = world.accountant.pay(invoice_id(world), 120)
			if act == "remove":
				pull(world)
				world.accountant.remove_payment(paid)
			world.clock.sleep(5)
			with monkeypatch.context() as patched:
				killed_at(step)(world.store, patched)
				try:
					world.engine.pull()
					killed = False
				except Killed:
					pass
			world.clock.sleep(600)  # the lease of the killed one runs out
			for _ in range(2):
				world.clock.sleep(60)
				world.engine_again().pull()
			state = 1 if act == "pay" else 2
			assert entries(world) == [(state, 120, INVOICE)], (act, step)
			assert len(world.store.find("Xero Link", {"xero_entity": "Payment"})) == 1
		assert step > 10
