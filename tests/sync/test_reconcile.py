"""Full reconciliation: what neither poll nor outbox has noticed is repaired or told of."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import World, customer, order
from xero_connector.mapping.money import cents
from xero_connector.store.protocol import Doc
from xero_connector.sync import reconciliations
from xero_connector.sync.errors import SyncError
from xero_connector.sync.lease import lease
from xero_connector.sync.pull import CYCLE

ORDER = "SAL-ORD-2026-00001"
CUSTOMER = "Northern Breeze Ltd"


@pytest.fixture
def paid(world: World) -> World:
	"""An order that became an invoice, and was part paid."""
	world.set(invoice_status="Authorised")
	world.save(customer(), order())
	world.engine.cycle()
	world.accountant.pay(invoice_id(world), 50)
	world.engine.cycle()
	return world


def invoice_id(world: World) -> str:
	(link,) = world.store.find("Xero Link", {"reference_doctype": "Sales Order"})
	return str(link["xero_id"])


def reconcile(world: World) -> Doc:
	world.clock.sleep(60)
	assert world.engine.reconcile().stopped == ""
	return world.store.find("Xero Reconciliation", order_by="started_at desc", limit=1)[0]


def kinds(result: Doc) -> list[tuple[str, str]]:
	return [(row["outcome"], row["kind"]) for row in result["findings"]]


def corrupt(world: World, doctype: str, **values: Any) -> Doc:
	"""Change what is mirrored, where a poll does not look again: something newer has come since."""
	(row,) = world.store.find(doctype)
	world.clock.sleep(60)
	newer = world.accountant.add_contact(Name="Newer Ltd")
	line = {"Description": "x", "Quantity": 1, "UnitAmount": 10, "AccountCode": "200"}
	sale = world.accountant.add_invoice(
		Contact={"ContactID": newer}, LineItems=[line], Status="AUTHORISED", DueDate="2026-12-01"
	)
	world.accountant.pay(sale, 1)
	world.engine.pull()
	world.store.update(doctype, row["name"], values)
	return row


def test_what_is_in_order_has_no_findings_and_costs_a_call_per_kind(paid: World) -> None:
	before = {doctype: paid.store.find(doctype) for doctype in paid.store.doctypes()}
	calls = paid.api.calls
	result = reconcile(paid)
	assert kinds(result) == []
	assert (result["status"], result["read"], result["repaired"], result["queued"], result["told"]) == (
		"Done",
		3,
		0,
		0,
		0,
	)
	assert paid.api.calls - calls == result["calls"] == 2 * len(CYCLE)
	bookkeeping = ("Xero Call Budget", "Xero Cursor", "Xero Lease", "Xero Reconciliation")
	for doctype, rows in before.items():
		if doctype not in bookkeeping:
			assert paid.store.find(doctype) == rows, doctype


@pytest.mark.parametrize(
	("doctype", "values"),
	[
		("Xero Invoice", {"amount_due": 7, "payment_status": "Paid"}),
		("Xero Payment", {"amount": 7}),
		("Xero Contact", {"email": "nobody@example.com"}),
	],
)
def test_a_mirror_that_went_wrong_is_put_right(paid: World, doctype: str, values: dict[str, Any]) -> None:
	good = corrupt(paid, doctype, **values)
	result = reconcile(paid)
	assert kinds(result) == [("Repaired", "behind")]
	assert paid.store.get(doctype, good["name"]) == good


def test_what_was_lost_here_comes_again(paid: World) -> None:
	(payment,) = paid.store.find("Xero Payment")
	paid.store.delete("Xero Payment", payment["name"])
	reconcile(paid)
	(again,) = paid.store.find("Xero Payment")
	assert (again["xero_id"], again["amount"]) == (payment["xero_id"], payment["amount"])


def test_sums_that_went_wrong_are_put_right(paid: World) -> None:
	paid.store.update("Customer", CUSTOMER, {"xero_due": 7})
	result = reconcile(paid)
	assert kinds(result) == [("Repaired", "sums")]
	assert cents((paid.store.get("Customer", CUSTOMER) or {})["xero_due"]) == 70


def test_an_edit_whose_event_was_lost_goes_to_xero(paid: World) -> None:
	paid.store.update("Customer", CUSTOMER, {"customer_name": "North Ltd"})
	result = reconcile(paid)
	assert kinds(result) == [("Queued", "differs")]
	assert result["findings"][0]["reference_name"] == CUSTOMER
	paid.engine.push()
	assert [contact["Name"] for contact in paid.accountant.contacts()] == ["North Ltd"]


def test_a_new_document_whose_event_was_lost_goes_to_xero(paid: World) -> None:
	paid.store.insert({**customer("South Ltd", email_id=None), "creation": "2026-11-23 10:00:00"})
	paid.store.insert({**customer("Old Ltd", email_id=None), "creation": "2026-11-21 10:00:00"})
	result = reconcile(paid)
	assert [(row["kind"], row["reference_name"]) for row in result["findings"]] == [
		("never-sent", "South Ltd")
	]
	paid.engine.push()
	assert {contact["Name"] for contact in paid.accountant.contacts()} == {CUSTOMER, "South Ltd"}


def test_an_order_that_finance_has_changed_is_told_of(paid: World) -> None:
	paid.store.update("Sales Order", ORDER, {"grand_total": 60, "net_total": 50, "items": [], "taxes": []})
	result = reconcile(paid)
	assert [row["outcome"] for row in result["findings"]] == ["Told"]
	assert result["findings"][0]["reference_name"] == ORDER


def test_a_document_that_was_deleted_here_is_told_of(paid: World) -> None:
	paid.store.delete("Sales Order", ORDER)
	assert ("Told", "document-gone") in kinds(reconcile(paid))


def test_a_record_that_is_gone_in_xero_is_told_of_and_counts_no_more(paid: World) -> None:
	with paid.simulator.store.transaction():
		paid.simulator.store.execute("DELETE FROM records WHERE kind IN ('Invoices', 'Payments')")
	result = reconcile(paid)
	gone = [row for row in result["findings"] if row["kind"] == "gone-in-xero"]
	assert {row["xero_entity"] for row in gone} == {"Invoice", "Payment"}
	assert {row["reference_name"] for row in gone if row["xero_entity"] == "Invoice"} == {ORDER}
	(link,) = paid.store.find("Xero Link", {"reference_doctype": "Sales Order"})
	assert link["status"] == "Gone"
	assert cents((paid.store.get("Customer", CUSTOMER) or {})["xero_due"]) == 0
	assert "gone-in-xero" not in [row["kind"] for row in reconcile(paid)["findings"] if row["xero_entity"]]


def test_an_invoice_under_an_orders_number_that_is_not_its_own_is_told_of(world: World) -> None:
	world.save(customer(), order())
	world.engine.cycle()
	(link,) = world.store.find("Xero Link", {"reference_doctype": "Sales Order"})
	world.store.delete("Xero Link", link["name"])
	result = reconcile(world)
	assert ("Told", "not-linked") in kinds(result)


def test_a_reconciliation_that_xero_stops_says_so(paid: World) -> None:
	paid.simulator.fail_next(503)
	assert paid.engine.reconcile().stopped
	(result,) = paid.store.find("Xero Reconciliation")
	assert result["status"] == "Stopped" and result["message"]


# asked for, under way, stopped


def ask(world: World) -> str:
	return reconciliations.ask(world.store, world.clock, world.tenant)


def doc(world: World, name: str) -> Doc:
	return world.store.get("Xero Reconciliation", name) or {}


def stop_at(world: World, monkeypatch: pytest.MonkeyPatch, name: str, step: str) -> None:
	"""Somebody presses *Stop* while this is being done."""
	advance = reconciliations.Record.advance

	def advance_and_stop(self: reconciliations.Record, count: int) -> None:
		if doc(world, name).get("step") == step:
			reconciliations.stop(world.store, world.clock, name)
		advance(self, count)

	monkeypatch.setattr(reconciliations.Record, "advance", advance_and_stop)


def test_the_one_that_was_asked_for_is_taken_up(paid: World) -> None:
	name = ask(paid)
	assert reconciliations.waiting(paid.store) == [paid.tenant]
	assert ask(paid) == name
	assert reconcile(paid)["name"] == name
	assert (doc(paid, name)["progress"], doc(paid, name)["step"]) == (100, None)
	assert reconciliations.waiting(paid.store) == []


def test_the_progress_only_grows_and_names_what_is_done(paid: World, monkeypatch: pytest.MonkeyPatch) -> None:
	name, seen = ask(paid), list[tuple[int, str]]()
	advance = reconciliations.Record.advance

	def look(self: reconciliations.Record, count: int) -> None:
		advance(self, count)
		seen.append((doc(paid, name)["progress"], doc(paid, name)["step"]))

	monkeypatch.setattr(reconciliations.Record, "advance", look)
	reconcile(paid)
	shares = [share for share, _ in seen]
	assert shares == sorted(shares) and 0 < max(shares) < 100
	steps = list(dict.fromkeys(step for _, step in seen))
	collections = [polled.collection for polled in CYCLE]
	assert steps == ["What is new", *collections, "Documents here", "Numbers of invoices", "Sums"]


@pytest.mark.parametrize("step", ["Contacts", "Payments", "Documents here", "Sums"])
def test_stop_ends_it_where_it_is_and_keeps_what_was_repaired(
	paid: World, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
	good = corrupt(paid, "Xero Contact", email="nobody@example.com")
	name = ask(paid)
	stop_at(paid, monkeypatch, name, step)
	assert paid.engine.reconcile().stopped == ""
	stopped = doc(paid, name)
	assert (stopped["status"], stopped["message"]) == ("Stopped", reconciliations.BY_PERSON)
	assert stopped["finished_at"] and stopped["repaired"] == 1
	assert kinds(stopped) == [("Repaired", "behind")]
	assert paid.store.get("Xero Contact", good["name"]) == good


def test_nothing_is_read_after_the_stop(paid: World, monkeypatch: pytest.MonkeyPatch) -> None:
	name = ask(paid)
	stop_at(paid, monkeypatch, name, "Contacts")
	calls = paid.api.calls
	paid.engine.reconcile()
	assert paid.api.calls - calls == len(CYCLE) + 1


def test_one_that_was_stopped_before_it_began_is_not_taken_up(paid: World) -> None:
	name = ask(paid)
	assert reconciliations.stop(paid.store, paid.clock, name)
	assert not reconciliations.stop(paid.store, paid.clock, name)
	assert reconciliations.waiting(paid.store) == []
	assert reconcile(paid)["name"] != name


def test_two_that_were_asked_for_at_the_same_moment_are_one(paid: World) -> None:
	first = ask(paid)
	queued = {key: value for key, value in doc(paid, first).items() if key != "name"}
	second = paid.store.insert({**queued, "name": "zzz"})
	reconcile(paid)
	assert {doc(paid, first)["status"], doc(paid, second)["status"]} == {"Done", "Stopped"}
	assert first in doc(paid, second)["message"]


def test_one_whose_process_was_killed_is_ended_when_its_lease_has_run_out(paid: World) -> None:
	name = ask(paid)
	paid.store.update("Xero Reconciliation", name, {"status": "Running"})
	with lease(paid.engine.context, "pull"):
		reconciliations.end_interrupted(paid.store, paid.clock)
		assert doc(paid, name)["status"] == "Running"
	reconciliations.end_interrupted(paid.store, paid.clock)
	assert (doc(paid, name)["status"], doc(paid, name)["message"]) == ("Stopped", reconciliations.INTERRUPTED)


@pytest.mark.parametrize(
	("choice", "words"), [({"enabled": 0}, "not syncing"), ({"pause_pull": 1}, "Reading is paused")]
)
def test_where_it_cannot_run_nobody_can_ask(paid: World, choice: dict[str, Any], words: str) -> None:
	paid.set(**choice)
	with pytest.raises(SyncError, match=words):
		ask(paid)
