"""Contacts both ways: what changes in Xero arrives here, what changes on both sides is merged or asked."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.conftest import World, customer
from tests.sync.test_faults import is_write
from xero_connector.store.protocol import Changed, StoreError
from xero_connector.store.sqlite import SQLiteStore
from xero_connector.sync import conflicts, links, outbox
from xero_connector.sync.contacts import Contacts, as_dict, base_of

NAME = "Northern Breeze Ltd"
ADDRESS = {
	"doctype": "Address",
	"name": "North-Billing",
	"address_line1": "1 Harbour Road",
	"city": "Aberdeen",
	"pincode": "AB11 5DB",
	"country": "United Kingdom",
}
PERSON = {
	"doctype": "Contact",
	"name": "Ailsa-North",
	"first_name": "Ailsa",
	"last_name": "Craig",
	"email_id": "ailsa@north.example",
	"phone": "111",
	"email_ids": [{"email_id": "ailsa@north.example", "is_primary": 1}],
	"phone_nos": [{"phone": "111", "is_primary_phone": 1}, {"phone": "222"}],
}
WHOLE = customer(
	email_id=None, customer_primary_address=ADDRESS["name"], customer_primary_contact=PERSON["name"]
)


@pytest.fixture
def linked(world: World) -> World:
	"""A customer with an address and a person, in Xero."""
	world.save(ADDRESS, PERSON, WHOLE)
	assert world.engine.cycle().sent == 1
	return world


def contact_id(world: World) -> str:
	(link,) = world.store.find("Xero Link", {"reference_doctype": "Customer"})
	return str(link["xero_id"])


def contact(world: World) -> dict[str, Any]:
	return world.accountant.contact(contact_id(world))


def edit_there(world: World, **fields: Any) -> None:
	world.clock.sleep(60)
	world.accountant.edit_contact(contact_id(world), **fields)


def edit_here(world: World, doc: dict[str, Any], **fields: Any) -> None:
	world.clock.sleep(60)
	current = world.store.get(doc["doctype"], doc["name"]) or doc
	world.save({**current, **fields})


def here(world: World, doc: dict[str, Any]) -> dict[str, Any]:
	found = world.store.get(doc["doctype"], doc["name"])
	assert found is not None
	return found


def open_conflicts(world: World) -> list[dict[str, Any]]:
	return world.store.find("Xero Conflict", {"status": "Open"}, order_by="xero_field")


def snapshot(world: World) -> dict[str, Any]:
	kinds = ("Customer", "Address", "Contact", "Xero Link", "Xero Conflict", "Xero Sync Log")
	return {kind: world.store.find(kind) for kind in kinds}


def test_what_changed_in_xero_arrives_where_it_belongs(linked: World) -> None:
	edit_there(
		linked,
		Name="Northern Breeze Limited",
		FirstName="Ewan",
		EmailAddress="ewan@north.example",
		Phones=[{"PhoneType": "DEFAULT", "PhoneNumber": "333"}],
		Addresses=[{**address_there(linked), "City": "Leith"}],
	)
	linked.engine.pull()
	assert here(linked, WHOLE)["customer_name"] == "Northern Breeze Limited"
	assert (here(linked, ADDRESS)["city"], here(linked, ADDRESS)["address_line1"]) == (
		"Leith",
		"1 Harbour Road",
	)
	person = here(linked, PERSON)
	assert (person["first_name"], person["last_name"]) == ("Ewan", "Craig")
	assert person["email_ids"] == [{"email_id": "ewan@north.example", "is_primary": 1}]
	assert person["phone_nos"] == [{"phone": "333", "is_primary_phone": 1}, {"phone": "222"}]
	(row,) = linked.store.find("Xero Sync Log", {"direction": "Pull", "reference_name": NAME})
	assert "Name" in row["changed"] and "ewan" not in str(row)


def address_there(world: World) -> dict[str, Any]:
	return next(row for row in contact(world)["Addresses"] if row["AddressType"] == "POBOX")


def test_it_arrives_by_webhook_too(linked: World) -> None:
	edit_there(linked, FirstName="Ewan")
	event = {"organisation": linked.tenant, "category": "CONTACT", "resource_id": contact_id(linked)}
	linked.store.insert(
		{"doctype": "Xero Webhook Event", "event_key": "1", "status": "New", "received_at": "1", **event}
	)
	linked.engine.fetch_webhook_events()
	assert here(linked, PERSON)["first_name"] == "Ewan"


def test_what_came_from_xero_is_not_sent_back(linked: World) -> None:
	edit_there(linked, FirstName="Ewan")
	writes = len(linked.writes())
	linked.engine.cycle()
	edit_here(linked, PERSON)  # saved without a change, as other documents' events do
	linked.engine.cycle()
	assert len(linked.writes()) == writes


def test_a_cycle_after_both_agree_changes_nothing(linked: World) -> None:
	edit_there(linked, FirstName="Ewan")
	edit_here(linked, ADDRESS, city="Leith")
	linked.engine.cycle()
	linked.engine.cycle()
	before, writes = snapshot(linked), len(linked.writes())
	linked.engine.cycle()
	assert (snapshot(linked), len(linked.writes())) == (before, writes)


def test_different_fields_edited_on_both_sides_merge(linked: World) -> None:
	edit_there(linked, FirstName="Ewan", Addresses=[{**address_there(linked), "PostalCode": "EH6"}])
	edit_here(linked, PERSON, last_name="McGregor")
	edit_here(linked, ADDRESS, city="Leith")
	linked.engine.cycle()
	assert (contact(linked)["FirstName"], contact(linked)["LastName"]) == ("Ewan", "McGregor")
	assert (address_there(linked)["City"], address_there(linked)["PostalCode"]) == ("Leith", "EH6")
	assert (here(linked, PERSON)["first_name"], here(linked, ADDRESS)["pincode"]) == ("Ewan", "EH6")
	assert not open_conflicts(linked)


def test_the_same_field_edited_on_both_sides_asks(linked: World) -> None:
	edit_there(linked, FirstName="Ewan", LastName="McGregor")
	edit_here(linked, PERSON, first_name="Isla")
	linked.engine.cycle()
	(row,) = open_conflicts(linked)
	assert (row["xero_field"], row["base_value"], row["erpnext_value"], row["xero_value"]) == (
		"FirstName",
		"Ailsa",
		"Isla",
		"Ewan",
	)
	assert (row["reference_name"], row["erp_doctype"], row["erp_field"]) == (NAME, "Contact", "first_name")
	assert contact(linked)["FirstName"] == "Ewan"
	assert (here(linked, PERSON)["first_name"], here(linked, PERSON)["last_name"]) == ("Isla", "McGregor")


def conflict(linked: World) -> dict[str, Any]:
	edit_there(linked, FirstName="Ewan")
	edit_here(linked, PERSON, first_name="Isla")
	linked.engine.cycle()
	(row,) = open_conflicts(linked)
	return row


def test_an_open_conflict_rests_and_other_fields_go_on(linked: World) -> None:
	conflict(linked)
	edit_here(linked, PERSON, last_name="McGregor")
	linked.engine.cycle()
	assert (contact(linked)["FirstName"], contact(linked)["LastName"]) == ("Ewan", "McGregor")
	before, writes = snapshot(linked), len(linked.writes())
	linked.engine.cycle()
	assert (snapshot(linked), len(linked.writes())) == (before, writes)


def test_an_address_sent_whole_does_not_decide_its_conflict(linked: World) -> None:
	edit_there(linked, Addresses=[{**address_there(linked), "City": "Leith"}])
	edit_here(linked, ADDRESS, city="Perth")
	linked.engine.cycle()
	edit_here(linked, ADDRESS, address_line1="2 Harbour Road")
	linked.engine.cycle()
	assert (address_there(linked)["City"], address_there(linked)["AddressLine1"]) == (
		"Leith",
		"2 Harbour Road",
	)
	assert len(open_conflicts(linked)) == 1


@pytest.mark.parametrize(("choice", "first_name"), [(conflicts.ERPNEXT, "Isla"), (conflicts.XERO, "Ewan")])
def test_a_person_decides(linked: World, choice: str, first_name: str) -> None:
	row = conflict(linked)
	with linked.store.transaction():
		Contacts(linked.engine.context).resolve(row, choice, "admin@example.com")
	linked.engine.cycle()
	assert (contact(linked)["FirstName"], here(linked, PERSON)["first_name"]) == (first_name, first_name)
	(decided,) = linked.store.find("Xero Conflict")
	assert (decided["status"], decided["resolution"], decided["resolved_by"]) == (
		"Resolved",
		choice,
		"admin@example.com",
	)


@pytest.mark.parametrize("side", ["here", "there"])
def test_a_conflict_ends_when_both_hold_the_same(linked: World, side: str) -> None:
	conflict(linked)
	if side == "here":
		edit_here(linked, PERSON, first_name="Ewan")
	else:
		edit_there(linked, FirstName="Isla")
	linked.engine.cycle()
	(row,) = linked.store.find("Xero Conflict")
	assert (row["status"], row["resolution"]) == ("Resolved", "Agreed")
	writes = len(linked.writes())
	edit_here(linked, PERSON, last_name="McGregor")
	linked.engine.cycle()
	assert len(linked.writes()) == writes + 1


def test_a_conflict_shows_the_newest_values_and_may_open_again(linked: World) -> None:
	conflict(linked)
	edit_there(linked, FirstName="Rory")
	linked.engine.cycle()
	assert [row["xero_value"] for row in open_conflicts(linked)] == ["Rory"]
	edit_here(linked, PERSON, first_name="Rory")
	linked.engine.cycle()
	assert not open_conflicts(linked)
	edit_there(linked, FirstName="Flora")
	edit_here(linked, PERSON, first_name="Mairi")
	linked.engine.cycle()
	assert [(row["erpnext_value"], row["xero_value"]) for row in open_conflicts(linked)] == [
		("Mairi", "Flora")
	]


@pytest.mark.parametrize(
	("policy", "first_name"), [("ERPNext Wins", "Isla"), ("Xero Wins", "Ewan"), ("Newest Wins", "Isla")]
)
def test_the_policy_of_a_field_decides(world: World, policy: str, first_name: str) -> None:
	for line in Contacts(world.engine.context).field_map:
		world.store.insert({"doctype": "Xero Field Map", **line, "policy": policy})
	world.save(ADDRESS, PERSON, WHOLE)
	world.engine.cycle()
	edit_there(world, FirstName="Ewan")
	edit_here(world, PERSON, first_name="Isla")
	world.engine.cycle()
	world.engine.cycle()
	assert (contact(world)["FirstName"], here(world, PERSON)["first_name"]) == (first_name, first_name)
	assert not world.store.find("Xero Conflict")


def test_the_newest_may_be_theirs(world: World) -> None:
	for line in Contacts(world.engine.context).field_map:
		world.store.insert({"doctype": "Xero Field Map", **line, "policy": "Newest Wins"})
	world.save(ADDRESS, PERSON, WHOLE)
	world.engine.cycle()
	edit_here(world, PERSON, first_name="Isla")
	edit_there(world, FirstName="Ewan")
	world.engine.cycle()
	assert (contact(world)["FirstName"], here(world, PERSON)["first_name"]) == ("Ewan", "Ewan")


def test_a_change_that_xero_made_between_reading_and_writing_is_kept(linked: World) -> None:
	def before(request: requests.PreparedRequest) -> None:
		if is_write(request):
			linked.wire.before = None
			edit_there(linked, FirstName="Ewan")

	edit_here(linked, PERSON, last_name="McGregor")
	linked.wire.before = before
	linked.engine.cycle()
	linked.engine.cycle()
	assert (contact(linked)["FirstName"], contact(linked)["LastName"]) == ("Ewan", "McGregor")
	assert here(linked, PERSON)["first_name"] == "Ewan"


def test_what_is_missing_here_is_made(world: World) -> None:
	world.save(customer(email_id=None))
	world.engine.cycle()
	edit_there(
		world,
		FirstName="Ewan",
		EmailAddress="ewan@north.example",
		Addresses=[{"AddressType": "POBOX", "AddressLine1": "1 Harbour Road", "City": "Leith"}],
	)
	world.engine.cycle()
	doc = here(world, WHOLE)
	address = world.store.get("Address", doc["customer_primary_address"])
	person = world.store.get("Contact", doc["customer_primary_contact"])
	assert address and person
	assert (address["address_line1"], address["city"]) == ("1 Harbour Road", "Leith")
	assert (person["first_name"], person["email_id"]) == ("Ewan", "ewan@north.example")
	for made in (address, person):
		assert made["links"] == [{"link_doctype": "Customer", "link_name": NAME}]
	assert len(world.writes()) == 1


def test_an_emptied_field_is_emptied_here(linked: World) -> None:
	edit_there(linked, EmailAddress="")
	linked.engine.pull()
	assert (here(linked, PERSON)["email_id"], here(linked, PERSON)["email_ids"]) == ("", [])


def test_a_match_fills_what_is_empty_on_either_side(world: World) -> None:
	world.accountant.add_contact(
		Name="NB Accounts", ContactNumber=NAME, FirstName="Ewan", LastName="McGregor", AccountNumber="17"
	)
	world.save(ADDRESS, {**PERSON, "last_name": None}, WHOLE)
	world.engine.cycle()
	assert (contact(world)["FirstName"], contact(world)["Name"]) == ("Ewan", "NB Accounts")
	assert address_there(world)["City"] == "Aberdeen"
	assert (here(world, PERSON)["first_name"], here(world, PERSON)["last_name"]) == ("Ailsa", "McGregor")
	assert here(world, WHOLE)["customer_name"] == NAME


class Strict(SQLiteStore):
	"""A store that refuses a country it does not know and an address without a town, as ERPNext does."""

	def insert(self, doc: Any) -> str:
		if doc["doctype"] == "Address" and not doc.get("city"):
			raise StoreError("Value missing for Address: City/Town")
		return super().insert(doc)

	def update(self, doctype: str, name: str, values: Any) -> None:
		if values.get("country") == "Caledonia":
			raise StoreError("Could not find Country: Caledonia")
		super().update(doctype, name, values)


def test_what_erpnext_does_not_take_is_asked_about_and_the_rest_arrives_later(
	linked: World, monkeypatch: pytest.MonkeyPatch
) -> None:
	monkeypatch.setattr(linked.store, "__class__", Strict)
	edit_there(linked, Addresses=[{**address_there(linked), "Country": "Caledonia"}])
	linked.engine.cycle()
	(row,) = open_conflicts(linked)
	assert (row["cause"], row["xero_value"], row["message"]) == (
		"refused-here",
		"Caledonia",
		"Could not find Country: Caledonia",
	)
	assert here(linked, ADDRESS)["country"] == "United Kingdom"
	assert not linked.store.find("Xero Webhook Event")
	before = snapshot(linked)
	linked.engine.cycle()
	assert snapshot(linked) == before
	with pytest.raises(StoreError, match="Caledonia"), linked.store.transaction():
		Contacts(linked.engine.context).resolve(row, conflicts.XERO, None)
	with linked.store.transaction():
		Contacts(linked.engine.context).resolve(row, conflicts.ERPNEXT, None)
	linked.engine.cycle()
	assert address_there(linked)["Country"] == "United Kingdom"


def test_what_one_document_refuses_keeps_no_other_waiting(
	linked: World, monkeypatch: pytest.MonkeyPatch
) -> None:
	monkeypatch.setattr(linked.store, "__class__", Strict)
	edit_there(linked, FirstName="Ewan", Addresses=[{**address_there(linked), "Country": "Caledonia"}])
	linked.engine.cycle()
	assert [row["xero_field"] for row in open_conflicts(linked)] == ["Addresses[POBOX].Country"]
	assert here(linked, PERSON)["first_name"] == "Ewan"


def test_an_address_that_is_too_little_waits_for_more_and_asks_nobody(
	world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
	monkeypatch.setattr(world.store, "__class__", Strict)
	world.save(customer(email_id=None))
	world.engine.cycle()
	address = {"AddressType": "POBOX", "AddressLine1": "1 Harbour Road"}
	edit_there(world, FirstName="Ewan", Addresses=[address])
	world.engine.cycle()
	assert not open_conflicts(world)
	assert not here(world, WHOLE).get("customer_primary_address")
	edit_there(world, Addresses=[{**address, "City": "Leith"}])
	world.engine.cycle()
	made = world.store.get("Address", here(world, WHOLE)["customer_primary_address"])
	assert made and (made["address_line1"], made["city"]) == ("1 Harbour Road", "Leith")


def test_a_late_older_version_changes_nothing(linked: World) -> None:
	old = contact(linked)
	edit_there(linked, FirstName="Ewan")
	linked.engine.cycle()
	with linked.store.transaction():
		mirror = linked.engine_again().context
		from xero_connector.sync.mirror import Mirror

		Mirror(mirror).apply("Contact", {**old, "UpdatedDateUTC": "2026-11-22T08:00:00.000000Z"})
	assert here(linked, PERSON)["first_name"] == "Ewan"


def test_a_contact_that_is_gone_in_xero_is_asked_about(linked: World) -> None:
	(link,) = linked.store.find("Xero Link", {"reference_doctype": "Customer"})
	linked.store.update("Xero Link", link["name"], {"status": "Gone"})
	edit_here(linked, PERSON, first_name="Isla")
	linked.engine.push()
	row = linked.outbox("Customer", NAME)
	assert (row["status"], row["cause"]) == ("Held", "gone-in-xero")
	assert "Delete its Xero Link" in row["advice"]


def test_a_customer_that_is_gone_is_left_alone(linked: World) -> None:
	linked.store.delete("Customer", NAME)
	edit_there(linked, FirstName="Ewan")
	assert linked.engine.pull().stopped == ""
	assert here(linked, PERSON)["first_name"] == "Ailsa"


def test_a_change_from_one_organisation_goes_on_to_another(linked: World) -> None:
	other = linked.simulator.add_organisation("Wind Power Second")
	linked.store.insert(
		{
			"doctype": "Xero Organisation",
			"name": other,
			"tenant_id": other,
			"status": "Connected",
			"live_since": "2026-01-01T00:00:00.000000Z",
			"enabled": 1,
			"push_customers": 1,
		}
	)
	edit_there(linked, FirstName="Ewan")
	linked.engine.pull()
	rows = linked.store.find("Xero Outbox", {"organisation": other})
	assert [(row["reference_name"], row["status"]) for row in rows] == [(NAME, "Queued")]


def test_what_came_from_xero_may_be_edited_here_at_once(linked: World) -> None:
	edit_there(linked, FirstName="Ewan")
	linked.engine.pull()
	edit_here(linked, PERSON, first_name="Isla")
	linked.engine.cycle()
	assert contact(linked)["FirstName"] == "Isla"
	assert not linked.store.find("Xero Conflict")


def test_a_new_policy_ends_the_conflicts_of_its_field(linked: World) -> None:
	conflict(linked)
	for line in Contacts(linked.engine.context).field_map:
		linked.store.insert({"doctype": "Xero Field Map", **line, "policy": "ERPNext Wins"})
	edit_here(linked, PERSON)
	linked.engine.cycle()
	assert contact(linked)["FirstName"] == "Isla"
	(row,) = linked.store.find("Xero Conflict")
	assert (row["status"], row["resolution"]) == ("Resolved", "ERPNext")


def test_what_is_settled_by_an_older_look_keeps_what_was_seen_since(linked: World) -> None:
	"""A push compares with the link that it planned by; the pull moves its base beside it."""
	link = linked.store.find("Xero Link", {"reference_doctype": "Customer"})[0]
	edit_there(linked, FirstName="Ewan", TaxNumber="GB1")
	edit_here(linked, PERSON, first_name="Ewan")
	seen = base_of(link)
	seen.see("FirstName", "Ewan")
	base = links.dump_base(as_dict(seen))
	linked.store.update("Xero Link", link["name"], {"base": base})
	older = linked.store.get("Xero Link", link["name"]) or {}
	seen.see("TaxNumber", "GB1")
	linked.store.update("Xero Link", link["name"], {"base": links.dump_base(as_dict(seen))})
	whole = here(linked, WHOLE)
	assert Contacts(linked.engine.context).compare(older, whole).agreed == {"FirstName": ("Ewan", "Ewan")}
	kept = base_of(linked.store.get("Xero Link", link["name"]) or {})
	assert (kept.local["FirstName"], kept.seen["TaxNumber"]) == ("Ewan", "GB1")


def test_a_merge_by_an_older_look_is_done_again(linked: World) -> None:
	(link,) = linked.store.find("Xero Link", {"reference_doctype": "Customer"})
	linked.store.update("Xero Link", link["name"], {"base": "{}"})
	edit_there(linked, FirstName="Ewan")
	with linked.store.transaction(), pytest.raises(Changed, match="moved meanwhile"):
		Contacts(linked.engine.context).arrive(link, contact(linked))
	assert here(linked, PERSON)["first_name"] == "Ailsa"


def test_a_contact_whose_customer_was_deleted_changes_nothing(linked: World) -> None:
	linked.store.delete("Customer", NAME)
	edit_there(linked, FirstName="Ewan")
	assert linked.engine.pull().stopped == ""
	assert linked.store.find("Xero Webhook Event") == []
	assert here(linked, PERSON)["first_name"] == "Ailsa"


def test_a_conflict_of_what_is_no_longer_kept_equal_is_not_decided(linked: World) -> None:
	edit_there(linked, FirstName="Ewan")
	edit_here(linked, PERSON, first_name="Isla")
	linked.engine.pull()
	(conflict,) = open_conflicts(linked)
	with linked.store.transaction(), pytest.raises(StoreError, match="Nothing to decide"):
		unmapped = {**conflict, "xero_field": "SkypeUserName"}
		Contacts(linked.engine.context).resolve(unmapped, conflicts.XERO, None)
	linked.store.delete("Customer", NAME)
	with linked.store.transaction(), pytest.raises(StoreError, match="Nothing to decide"):
		Contacts(linked.engine.context).resolve(conflict, conflicts.XERO, None)


def test_what_xero_writes_otherwise_is_no_edit_of_finance(linked: World) -> None:
	"""Xero keeps a number in its own form: that is what both sides agreed on."""

	def after(request: requests.PreparedRequest, response: requests.Response) -> requests.Response:
		response._content = response.content.replace(b'"gb 1"', b'"GB1"')
		return response

	linked.wire.after = after
	edit_here(linked, here(linked, WHOLE), tax_id="gb 1")
	linked.engine.cycle()
	before = len(linked.writes())
	for _ in range(2):
		linked.clock.sleep(60)
		linked.engine.cycle()
	assert here(linked, WHOLE)["tax_id"] == "gb 1"
	assert (len(linked.writes()), open_conflicts(linked)) == (before, [])


def test_somebody_who_saves_meanwhile_is_no_refusal(linked: World, monkeypatch: pytest.MonkeyPatch) -> None:
	update, refusals = SQLiteStore.update, [Changed("Somebody saved it.")] * 2

	def first_changed(store: SQLiteStore, doctype: str, name: str, values: dict[str, Any]) -> None:
		if doctype == "Contact" and refusals:
			raise refusals.pop()
		update(store, doctype, name, values)

	monkeypatch.setattr(SQLiteStore, "update", first_changed)
	edit_there(linked, FirstName="Ewan")
	linked.engine.pull()
	assert (refusals, open_conflicts(linked)) == ([], [])
	assert here(linked, PERSON)["first_name"] == "Ewan"


def test_a_first_main_contact_and_address_are_whole(world: World) -> None:
	world.save(customer())
	world.engine.cycle()
	there = {"AddressType": "POBOX", "AddressLine1": "2 Quay", "City": "Leith"}
	edit_there(world, Phones=[{"PhoneType": "DEFAULT", "PhoneNumber": "333"}], Addresses=[there])
	world.engine.pull()
	(person,), (address,) = world.store.find("Contact"), world.store.find("Address")
	assert (person["email_id"], person["phone"]) == (customer()["email_id"], "333")
	assert (address["city"], address["is_primary_address"]) == ("Leith", 1)


def test_who_decides_a_conflict_does_not_wait_behind_others(linked: World) -> None:
	edit_there(linked, FirstName="Ewan")
	edit_here(linked, PERSON, first_name="Isla")
	linked.engine.pull()
	(conflict,) = open_conflicts(linked)
	linked.engine.push()
	with linked.store.transaction():
		Contacts(linked.engine.context).resolve(conflict, conflicts.ERPNEXT, None)
	assert linked.outbox("Customer", NAME)["priority"] == outbox.PERSON_WAITS


SHIPPING = {
	**ADDRESS,
	"name": "North-Shipping",
	"address_type": "Shipping",
	"address_line1": "2 Dock",
	"is_shipping_address": 1,
	"links": [{"link_doctype": "Customer", "link_name": NAME}],
}


def delivered_to(world: World) -> tuple[str, str]:
	address = next(row for row in contact(world)["Addresses"] if row["AddressType"] == "STREET")
	return address.get("AddressLine1", ""), address["City"]


def test_goods_go_where_erpnext_ships_them(linked: World) -> None:
	assert delivered_to(linked) == ("", "")
	linked.save(SHIPPING)
	linked.engine.cycle()
	assert delivered_to(linked) == ("2 Dock", "Aberdeen")
	edit_here(linked, SHIPPING, city="Leith")
	linked.engine.cycle()
	assert delivered_to(linked) == ("2 Dock", "Leith")
	assert address_there(linked)["AddressLine1"] == "1 Harbour Road"


def test_a_website_comes_from_xero_and_never_goes_there(linked: World) -> None:
	edit_here(linked, WHOLE, website="https://here.example")
	linked.engine.cycle()
	assert here(linked, WHOLE)["website"] == "https://here.example"
	assert all(b"Website" not in (call.body or b"") for call in linked.writes())


def shipping_both_ways(world: World) -> None:
	for line in Contacts(world.engine.context).field_map:
		direction = "Both" if line["erp_doctype"] == "Shipping Address" else line["direction"]
		world.store.insert({"doctype": "Xero Field Map", **line, "direction": direction})


def test_a_delivery_address_comes_from_xero_if_the_map_says_so(
	world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
	monkeypatch.setattr(world.store, "__class__", Strict)
	shipping_both_ways(world)
	world.save(ADDRESS, PERSON, WHOLE)
	world.engine.cycle()
	street = {"AddressType": "STREET", "AddressLine1": "2 Dock", "City": "Leith"}
	edit_there(world, Addresses=[{"AddressType": "STREET", "AddressLine1": "2 Dock"}])
	world.engine.cycle()
	assert world.store.find("Address", {"address_type": "Shipping"}) == []
	edit_there(world, Addresses=[street])
	world.engine.cycle()
	(made,) = world.store.find("Address", {"address_type": "Shipping"})
	assert (made["address_line1"], made["city"], made["is_shipping_address"]) == ("2 Dock", "Leith", 1)
	writes = len(world.writes())
	world.engine.cycle()
	assert (len(world.writes()), open_conflicts(world)) == (writes, [])


def test_a_delivery_address_from_xero_never_changes_the_billing_address(world: World) -> None:
	shipping_both_ways(world)
	links_to = [{"link_doctype": "Customer", "link_name": NAME}]
	world.save({**ADDRESS, "is_shipping_address": 1, "links": links_to}, PERSON, WHOLE)
	world.engine.cycle()
	street = next(row for row in contact(world)["Addresses"] if row["AddressType"] == "STREET")
	edit_there(world, Addresses=[{**street, "City": "Leith"}])
	world.engine.cycle()
	assert here(world, ADDRESS)["city"] == "Aberdeen"
	(row,) = open_conflicts(world)
	assert (row["xero_field"], row["cause"]) == ("Addresses[STREET].City", "refused-here")
	assert "of its own" in row["message"]


@pytest.mark.parametrize("direction", ["To Xero", "Both"])
def test_a_line_that_is_added_later_overwrites_nothing(world: World, direction: str) -> None:
	for line in Contacts(world.engine.context).field_map:
		world.store.insert({"doctype": "Xero Field Map", **line})
	world.save(ADDRESS, PERSON, {**WHOLE, "rank": "gold"}, customer("Second", email_id=None, rank="tin"))
	world.engine.cycle()
	(first, second) = world.store.find("Xero Link", {"xero_entity": "Contact"}, order_by="reference_name")
	world.clock.sleep(60)
	world.accountant.edit_contact(first["xero_id"], AccountNumber="FINANCE-1")
	world.engine.cycle()
	new = {"erp_doctype": "Customer", "erp_field": "rank", "xero_field": "AccountNumber"}
	world.store.insert({"doctype": "Xero Field Map", **new, "direction": direction, "enabled": 1})
	world.save({**WHOLE, "rank": "gold"}, customer("Second", email_id=None, rank="tin"))
	world.engine_again().cycle()
	numbers = [world.accountant.contact(row["xero_id"])["AccountNumber"] for row in (first, second)]
	assert numbers == ["FINANCE-1", "tin"]
	assert here(world, WHOLE)["rank"] == "gold"
	world.save({**WHOLE, "rank": "platinum"})
	world.engine_again().cycle()
	assert world.accountant.contact(first["xero_id"])["AccountNumber"] == "platinum"
