"""Contacts that are archived or merged, customers that are disabled or merged: followed, or told of."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.conftest import World, customer, order
from xero_connector.sync import links, matches, triggers
from xero_connector.sync.errors import SyncError

NAME = "Northern Breeze Ltd"


@pytest.fixture
def linked(world: World) -> World:
	"""A customer in Xero."""
	world.save(customer(tax_id="GB1"))
	assert world.engine.cycle().sent == 1
	return world


def link_of(world: World, name: str = NAME) -> dict[str, Any]:
	found = links.of_document(world.store, world.tenant, "Customer", name)
	assert found
	return found


def message(world: World, name: str = NAME) -> str:
	return str((world.store.get("Customer", name) or {}).get("xero_sync_message") or "")


def later(world: World) -> None:
	"""A minute passes, and everything is read and sent."""
	world.clock.sleep(60)
	assert world.engine_again().cycle().stopped == ""


def quiet(world: World) -> None:
	"""Another cycle writes nothing, on either side."""
	writes, log = len(world.writes()), world.store.find("Xero Sync Log")
	later(world)
	assert (len(world.writes()), world.store.find("Xero Sync Log")) == (writes, log)


def test_an_archived_contact_is_shown_on_its_customer_once(linked: World) -> None:
	linked.accountant.archive_contact(link_of(linked)["xero_id"])
	later(linked)
	assert link_of(linked)["status"] == "Archived"
	assert "archived in Xero" in message(linked)
	told = [row for row in linked.store.find("Xero Sync Log") if "archived" in row["answer"]]
	assert len(told) == 1
	quiet(linked)
	linked.save(customer(tax_id="GB2"))
	later(linked)
	assert linked.outbox("Customer", NAME)["cause"] == "contact-archived"
	assert len(linked.accountant.contacts()) == 1


def test_a_restored_contact_takes_what_waited(linked: World) -> None:
	xero_id = link_of(linked)["xero_id"]
	linked.accountant.archive_contact(xero_id)
	later(linked)
	linked.save(customer(tax_id="GB2"))
	later(linked)
	linked.clock.sleep(60)
	linked.accountant.restore_contact(xero_id)
	later(linked)
	later(linked)
	assert (link_of(linked)["status"], message(linked)) == ("Linked", "")
	assert linked.accountant.contact(xero_id)["TaxNumber"] == "GB2"
	quiet(linked)


def test_a_customer_goes_along_when_its_contact_is_merged(linked: World) -> None:
	linked.save(order())
	later(linked)
	survivor = linked.accountant.add_contact(Name="Breeze Group", TaxNumber="GB-GROUP", FirstName="Ewan")
	linked.accountant.merge_contacts(link_of(linked)["xero_id"], survivor)
	later(linked)
	later(linked)
	link = link_of(linked)
	assert (link["xero_id"], link["status"]) == (survivor, "Linked")
	assert link["matched_by"] == "merge in Xero"
	assert link["url"].endswith(survivor)
	there = linked.accountant.contact(survivor)
	assert (there["Name"], there["TaxNumber"]) == ("Breeze Group", "GB-GROUP"), "as at a match"
	assert there["EmailAddress"] == customer()["email_id"], "what was empty is filled"
	(invoice,) = linked.store.find("Xero Invoice")
	assert invoice["customer"] == NAME
	quiet(linked)
	linked.save(customer(tax_id="GB2"))
	later(linked)
	assert linked.accountant.contact(survivor)["TaxNumber"] == "GB2"
	assert linked.accountant.contact(survivor)["Name"] == "Breeze Group"


def test_an_edit_that_waited_when_the_contacts_were_merged_is_asked_about(linked: World) -> None:
	survivor = linked.accountant.add_contact(Name="Breeze Group", TaxNumber="GB-GROUP")
	linked.save(customer(tax_id="GB2"))
	linked.clock.sleep(60)
	linked.accountant.merge_contacts(link_of(linked)["xero_id"], survivor)
	linked.engine.pull()
	linked.engine.pull()
	(conflict,) = linked.store.find("Xero Conflict", {"status": "Open"})
	assert (conflict["erpnext_value"], conflict["xero_value"]) == ("GB2", "GB-GROUP")


def test_contacts_that_were_merged_twice_lead_to_the_last(linked: World) -> None:
	first, last = (linked.accountant.add_contact(Name=name) for name in ("Breeze One", "Breeze Two"))
	linked.accountant.merge_contacts(link_of(linked)["xero_id"], first)
	linked.clock.sleep(1)
	linked.accountant.merge_contacts(first, last)
	later(linked)
	later(linked)
	assert (link_of(linked)["xero_id"], link_of(linked)["status"]) == (last, "Linked")
	quiet(linked)


def test_two_customers_of_one_contact_are_asked_about(linked: World) -> None:
	linked.save(customer("Second", email_id="two@example.com"))
	later(linked)
	kept = link_of(linked, "Second")["xero_id"]
	linked.accountant.merge_contacts(link_of(linked)["xero_id"], kept)
	later(linked)
	assert link_of(linked)["status"] == "Archived"
	assert link_of(linked, "Second")["xero_id"] == kept
	(review,) = linked.store.find("Xero Match")
	assert (review["status"], review["cause"], review["reference_name"]) == ("Open", "merged-in-xero", NAME)
	assert NAME in review["message"] and "Second" in review["message"]
	assert [each["linked_name"] for each in review["candidates"]] == ["Second"]
	assert "Second" in message(linked)
	for decision in (
		lambda: matches.choose(linked.store, linked.clock, review["name"], kept, None),
		lambda: matches.make_new(linked.store, linked.clock, review["name"], None),
	):
		with pytest.raises(SyncError):
			decision()
	quiet(linked)


def test_two_customers_that_are_merged_here_are_told_to_be_merged_in_xero(linked: World) -> None:
	linked.save(customer("Second", email_id="two@example.com"))
	later(linked)
	kept, gone = link_of(linked)["xero_id"], link_of(linked, "Second")["xero_id"]
	with linked.store.transaction():
		triggers.documents_merged(linked.store, linked.clock, "Customer", "Second", NAME)
		linked.store.delete("Customer", "Second")
	(review,) = linked.store.find("Xero Match", {"status": "Open"})
	assert (review["reference_name"], review["cause"]) == (NAME, "merged-here")
	assert "Second was merged into Northern Breeze Ltd" in review["message"]
	assert {each["xero_id"] for each in review["candidates"]} == {kept, gone}
	assert links.of_record(linked.store, linked.tenant, "Contact", gone) is None
	later(linked)
	assert linked.store.find("Xero Match", {"status": "Open"})
	linked.accountant.merge_contacts(gone, kept)
	later(linked)
	assert [row["status"] for row in linked.store.find("Xero Match")] == ["Closed"]
	assert link_of(linked)["status"] == "Linked"


def test_nothing_is_sent_of_a_disabled_customer(linked: World) -> None:
	writes = len(linked.writes())
	linked.save(customer(tax_id="GB2", disabled=1))
	later(linked)
	assert len(linked.writes()) == writes
	assert linked.accountant.contact(link_of(linked)["xero_id"])["ContactStatus"] == "ACTIVE"
	linked.save(customer(tax_id="GB2", disabled=0))
	later(linked)
	assert linked.accountant.contact(link_of(linked)["xero_id"])["TaxNumber"] == "GB2"


def test_a_customer_that_is_disabled_before_it_was_sent_does_not_go(world: World) -> None:
	world.save(customer())
	world.save(customer(disabled=1))
	later(world)
	assert world.accountant.contacts() == []
	assert world.outbox("Customer", NAME)["status"] == "Cancelled"


def test_an_order_brings_even_a_disabled_customer(world: World) -> None:
	world.save(customer(disabled=1), order())
	later(world)
	assert world.accountant.find_invoice("SAL-ORD-2026-00001")["Contact"]["Name"] == NAME


def test_an_order_waits_for_a_customer_that_is_disabled_while_both_are_sent(world: World) -> None:
	def disable(request: requests.PreparedRequest) -> None:
		world.wire.before = None
		world.save(customer(disabled=1))

	world.save(customer(), order())
	world.wire.before = disable
	world.engine.push()
	row = world.outbox("Sales Order", order()["name"])
	assert (row["status"], row["cause"]) == ("Waiting", "waits"), "the customer is not gone"
	later(world)
	later(world)
	assert world.accountant.find_invoice(order()["name"])["Contact"]["Name"] == NAME


def test_an_address_of_a_disabled_customer_does_not_bring_it(world: World) -> None:
	world.save(customer(disabled=1, customer_primary_address="A"))
	world.save({"doctype": "Address", "name": "A", "address_line1": "1 Quay", "city": "Leith"})
	assert world.store.find("Xero Outbox", {"reference_doctype": "Customer"}) == []


def test_a_review_of_a_deleted_customer_ends(world: World) -> None:
	world.accountant.add_contact(Name=NAME, EmailAddress="someone@else.example")
	world.save(customer())
	later(world)
	world.store.delete("Customer", NAME)
	triggers.document_deleted(world.store, world.clock, "Customer", NAME)
	assert [row["status"] for row in world.store.find("Xero Match")] == ["Closed"]
