"""The outbox: where a held row is put right, rows that are tried again, and one document now."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import World, customer, order
from xero_connector.store.protocol import Doc
from xero_connector.sync import again, now, outbox, resync
from xero_connector.sync.errors import SyncError

ORDER = "SAL-ORD-2026-00001"
CUSTOMER = "Northern Breeze Ltd"


def place(row: Doc) -> tuple[Any, Any, Any]:
	return row.get("fix_doctype"), row.get("fix_name"), row.get("fix_field")


# where it is put right


def test_a_problem_of_ours_names_the_field(world: World) -> None:
	world.accountant.set_lock_date(period="2026-12-31")
	world.engine.refresh_reference()
	world.save(customer(), order())
	world.engine.push()
	row = world.outbox("Sales Order", ORDER)
	assert row["cause"] == "period-locked"
	assert place(row) == ("Sales Order", ORDER, "transaction_date")


def test_a_choice_is_made_on_the_organisation(world: World) -> None:
	world.set(sales_account=None)
	world.save(customer(), order())
	world.engine.push()
	assert place(world.outbox("Sales Order", ORDER)) == ("Xero Organisation", world.tenant, "sales_account")


@pytest.mark.parametrize(
	("words", "field"),
	[
		("The contact name Northern is already assigned to another contact.", "customer_name"),
		("Something that nobody has seen before.", ""),
	],
)
def test_a_refusal_of_xeros_names_the_record(world: World, words: str, field: str) -> None:
	world.save(customer())
	world.engine.push()
	world.save(customer(customer_name="North Ltd"))
	world.simulator.refuse_next(words)
	world.engine.push()
	assert place(world.outbox("Customer", CUSTOMER)) == ("Customer", CUSTOMER, field)


def test_a_refusal_of_a_choice_names_the_organisation(world: World) -> None:
	world.save(customer(), order())
	world.engine.push()
	world.save(order(po_no="another"))
	world.simulator.refuse_next("The TaxType code OUTPUT2 does not exist")
	world.engine.push()
	assert place(world.outbox("Sales Order", ORDER)) == ("Xero Organisation", world.tenant, "taxes")


def test_what_goes_again_forgets_it(world: World) -> None:
	world.set(sales_account=None)
	world.save(customer(), order())
	world.engine.push()
	outbox.enqueue_again(world.store, world.clock, world.outbox("Sales Order", ORDER))
	assert place(world.outbox("Sales Order", ORDER)) == (None, None, None)


# tried again, many at once


def held(world: World, count: int = 5) -> list[str]:
	"""Orders that are held for want of an account, by their rows."""
	world.set(sales_account=None)
	world.save(customer(), *(order(name=f"SO-{at}") for at in range(count)))
	world.engine.push()
	return [world.outbox("Sales Order", f"SO-{at}")["name"] for at in range(count)]


def statuses(world: World) -> list[str]:
	return [row["status"] for row in world.store.find("Xero Outbox", {"reference_doctype": "Sales Order"})]


def ask(world: World, rows: list[str]) -> str:
	return resync.ask(world.store, world.clock, world.tenant, rows, "admin@example.com")


def go_on(world: World) -> bool:
	return resync.go_on(world.store, world.clock, world.tenant)


def test_they_are_queued_in_portions(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
	monkeypatch.setattr(resync, "PORTION", 2)
	name = ask(world, held(world))
	for progress, status in ((40, "Running"), (80, "Running"), (100, "Done")):
		assert go_on(world)
		doc = world.store.get("Xero Resync", name) or {}
		assert (doc["progress"], doc["status"]) == (progress, status)
		world.engine.push()
	assert not go_on(world)
	assert doc["queued"] == 5 and doc["finished_at"]
	assert resync.waiting(world.store) == []


def test_a_person_who_tries_many_again_does_not_go_before_others(world: World) -> None:
	rows = held(world)
	ask(world, rows)
	go_on(world)
	row = world.store.get("Xero Outbox", rows[0]) or {}
	assert (row["status"], row["priority"], row["triggered_by"]) == ("Queued", 5, "admin@example.com")


def test_stop_leaves_the_rest_held(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
	monkeypatch.setattr(resync, "PORTION", 2)
	name = ask(world, held(world))
	go_on(world)
	assert resync.stop(world.store, world.clock, name)
	assert not go_on(world)
	assert sorted(statuses(world)) == ["Held"] * 3 + ["Queued"] * 2
	assert not resync.stop(world.store, world.clock, name)


def test_what_went_meanwhile_is_passed_over(world: World) -> None:
	rows = held(world)
	name = ask(world, rows)
	world.store.update("Xero Outbox", rows[0], {"status": "Done"})
	go_on(world)
	assert (world.store.get("Xero Resync", name) or {})["queued"] == 4
	assert (world.store.get("Xero Outbox", rows[0]) or {})["status"] == "Done"


# one document now


def test_now_goes_before_others_and_names_what_is_there(world: World) -> None:
	world.save(customer(), order())
	world.engine.cycle()
	doc = world.store.get("Sales Order", ORDER) or {}
	there = now.send_now(world.store, world.clock, doc, "rep@example.com")
	(link,) = world.store.find("Xero Link", {"reference_doctype": "Sales Order"})
	assert there == {world.tenant: {("Invoice", link["xero_id"])}}
	assert world.outbox("Sales Order", ORDER)["priority"] == outbox.PERSON_WAITS


def test_what_is_in_xero_is_read_by_its_id(world: World) -> None:
	world.set(invoice_status="Authorised")
	world.save(customer(), order())
	world.engine.cycle()
	(link,) = world.store.find("Xero Link", {"reference_doctype": "Sales Order"})
	world.accountant.pay(link["xero_id"], 50)
	again.read_again(world.engine.context, "Invoice", link["xero_id"], "asked", again.ASKED)
	assert again.is_awaited(world.store, [link["xero_id"]])
	assert world.engine.fetch_webhook_events().stopped == ""
	assert not again.is_awaited(world.store, [link["xero_id"]])
	assert (world.store.get("Sales Order", ORDER) or {})["xero_payment_status"] == "Part Paid"


def test_what_does_not_go_to_xero_is_not_sent_by_asking(world: World) -> None:
	world.set(invoice_trigger="By Hand", push_customers=0)
	world.save(customer(), order())
	for doctype, name, words in (("Sales Order", ORDER, "Ask for"), ("Customer", CUSTOMER, "first document")):
		with pytest.raises(SyncError, match=words):
			now.send_now(world.store, world.clock, world.store.get(doctype, name) or {})
	assert world.store.find("Xero Outbox") == []
