"""Customer groups as contact groups: by choice, one call for a group, done again where it was interrupted."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.conftest import World, customer
from xero_connector.sync import groups


@pytest.fixture
def grouped(world: World) -> World:
	world.set(contact_groups=1)
	return world


def firm(name: str, group: str = "Wind Farms", **values: Any) -> dict[str, Any]:
	return customer(name, email_id=f"{name.lower()}@example.com", customer_group=group, **values)


def later(world: World) -> None:
	world.clock.sleep(120)
	world.engine_again().cycle()


def members(world: World) -> dict[str, set[str]]:
	"""The names of the contacts in each of Xero's groups."""
	found: dict[str, set[str]] = {}
	for row in world.accountant.contacts():
		for group in world.accountant.contact(row["ContactID"])["ContactGroups"]:
			found.setdefault(group["Name"], set()).add(row["Name"])
	return found


def group_calls(world: World) -> list[str]:
	return [str(call.method) for call in world.wire.sent if "ContactGroups" in str(call.url)]


def test_without_the_choice_no_group_is_read_or_made(world: World) -> None:
	world.save(firm("A"))
	later(world)
	assert (members(world), group_calls(world)) == ({}, [])


def test_contacts_join_the_group_of_their_customers(grouped: World) -> None:
	grouped.save(firm("A"), firm("B"), firm("C", "Retail"))
	later(grouped)
	assert members(grouped) == {"Wind Farms": {"A", "B"}, "Retail": {"C"}}
	assert group_calls(grouped) == ["GET", "PUT", "PUT", "PUT", "PUT"], "each made, each filled in one call"
	grouped.save(firm("A", tax_id="GB1"), firm("D"))
	later(grouped)
	assert members(grouped)["Wind Farms"] == {"A", "B", "D"}
	assert group_calls(grouped)[5:] == ["GET", "PUT"]
	calls = len(group_calls(grouped))
	grouped.save(firm("A", tax_id="GB2"))
	later(grouped)
	assert len(group_calls(grouped)) == calls


def test_a_group_that_finance_made_is_used(grouped: World) -> None:
	other = grouped.accountant.add_contact(Name="Finance's")
	grouped.accountant.group_contact(other, "wind farms")
	grouped.save(firm("A"))
	later(grouped)
	assert members(grouped) == {"wind farms": {"A", "Finance's"}}


def test_a_customer_that_moves_joins_the_new_group_and_stays_in_the_old(grouped: World) -> None:
	grouped.save(firm("A"))
	later(grouped)
	grouped.save(firm("A", "Retail"))
	later(grouped)
	assert members(grouped) == {"Wind Farms": {"A"}, "Retail": {"A"}}


def test_the_choice_brings_those_that_are_in_xero_already(world: World) -> None:
	world.save(firm("A"))
	later(world)
	world.set(contact_groups=1)
	world.store.insert({"doctype": "Customer Group", "name": "Wind Farms"})
	groups.note_all(world.store, world.clock, world.tenant)
	later(world)
	assert members(world) == {"Wind Farms": {"A"}}


def test_a_lost_answer_is_asked_for_again_and_holds_back_nothing(grouped: World) -> None:
	def before(request: requests.PreparedRequest) -> None:
		if (
			request.method == "PUT"
			and str(request.url).endswith("/Contacts")
			and "Groups" in str(request.url)
		):
			grouped.wire.before = None
			raise requests.ConnectionError("lost")

	grouped.wire.before = before
	grouped.save(firm("A"))
	grouped.engine.push()
	assert (members(grouped), grouped.outbox("Customer", "A")["status"]) == ({}, "Done")
	later(grouped)
	assert members(grouped) == {"Wind Farms": {"A"}}


def test_what_xero_refuses_is_held(grouped: World) -> None:
	for at in range(100):
		contact = grouped.accountant.add_contact(Name=f"Contact {at}")
		grouped.accountant.group_contact(contact, f"Group {at}")
	grouped.save(firm("A"))
	later(grouped)
	row = grouped.outbox("Customer Group", "Wind Farms")
	assert (row["status"], row["cause"]) == ("Held", "group-refused")
	assert "limit of 100" in row["message"]
