"""Contact persons: a customer's other Contacts go to Xero whole, beside those that finance has added."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import World, customer
from xero_connector.mapping.persons import together

NAME = "Northern Breeze Ltd"


def person(name: str, email: str, **values: Any) -> dict[str, Any]:
	links_to = [{"link_doctype": "Customer", "link_name": NAME}]
	return {
		"doctype": "Contact",
		"name": name,
		"first_name": name,
		"email_id": email,
		"links": links_to,
		**values,
	}


def theirs(name: str, email: str, included: bool = False) -> dict[str, Any]:
	return {"FirstName": name, "LastName": "", "EmailAddress": email, "IncludeInEmails": included}


AILSA, EWAN = (
	person("Ailsa", "ailsa@north.example"),
	person("Ewan", "ewan@north.example", is_billing_contact=1),
)


@pytest.fixture
def chosen(world: World) -> World:
	world.set(contact_persons=1)
	return world


def later(world: World) -> None:
	world.clock.sleep(60)
	assert world.engine_again().cycle().stopped == ""


def there(world: World) -> dict[str, Any]:
	(row,) = world.accountant.contacts()
	return world.accountant.contact(row["ContactID"])


def names(world: World) -> list[str]:
	return [each["FirstName"] for each in there(world)["ContactPersons"]]


def test_without_the_choice_nobody_is_sent(world: World) -> None:
	world.save(AILSA, customer())
	later(world)
	assert names(world) == []


def test_other_contacts_are_persons(chosen: World) -> None:
	chosen.save(AILSA, EWAN, person("Main", "main@north.example"))
	chosen.save(customer(customer_primary_contact="Main"))
	later(chosen)
	assert there(chosen)["EmailAddress"] == "main@north.example"
	assert there(chosen)["ContactPersons"] == [
		theirs("Ailsa", "ailsa@north.example"),
		theirs("Ewan", "ewan@north.example", True),
	]
	writes = len(chosen.writes())
	later(chosen)
	assert len(chosen.writes()) == writes


def test_who_finance_added_stays_and_who_left_here_goes(chosen: World) -> None:
	chosen.save(AILSA, EWAN, customer())
	later(chosen)
	chosen.clock.sleep(60)
	both = [*there(chosen)["ContactPersons"], theirs("Rory", "rory@finance.example")]
	chosen.accountant.edit_contact(there(chosen)["ContactID"], ContactPersons=both)
	later(chosen)
	chosen.save(person("Ailsa", "AILSA@north.example", last_name="Craig"))
	chosen.store.delete("Contact", "Ewan")
	later(chosen)
	assert sorted(names(chosen)) == ["Ailsa", "Rory"]
	assert [each["LastName"] for each in there(chosen)["ContactPersons"] if each["FirstName"] == "Ailsa"] == [
		"Craig"
	]


def test_the_choice_that_is_made_later_drops_nobody(world: World) -> None:
	world.save(AILSA, customer())
	later(world)
	world.clock.sleep(60)
	world.accountant.edit_contact(
		there(world)["ContactID"], ContactPersons=[theirs("Rory", "rory@finance.example")]
	)
	later(world)
	world.set(contact_persons=1)
	world.save(customer())
	later(world)
	assert sorted(names(world)) == ["Ailsa", "Rory"]


def test_a_match_keeps_both_sides(chosen: World) -> None:
	chosen.accountant.add_contact(
		Name="N. Breeze",
		EmailAddress=customer()["email_id"],
		ContactPersons=[theirs("Rory", "rory@finance.example")],
	)
	chosen.save(AILSA, customer())
	later(chosen)
	assert sorted(names(chosen)) == ["Ailsa", "Rory"]


def test_xero_keeps_five(chosen: World) -> None:
	chosen.save(*(person(f"P{at}", f"p{at}@north.example") for at in range(7)), customer())
	later(chosen)
	assert names(chosen) == ["P0", "P1", "P2", "P3", "P4"]


def test_an_email_that_xero_refuses_is_held_at_its_contact(chosen: World) -> None:
	chosen.save(person("Ailsa", "nobody"), customer())
	later(chosen)
	(row,) = chosen.store.find("Xero Sync Log", {"outcome": "Held"})
	assert row["changed"] == '["Contact.email_id"]'


def test_finances_persons_are_never_cut() -> None:
	finance = [theirs(f"F{at}", f"f{at}@finance.example") for at in range(5)]
	assert together([theirs("Ailsa", "a@north.example")], "", finance) == finance
