"""Leads and Prospects: contacts by choice, one for a firm all along, handed over to its Customer."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import World, customer, order
from xero_connector.sync import links

LEAD = {
	"doctype": "Lead",
	"name": "CRM-LEAD-2026-00001",
	"lead_name": "Ailsa Craig",
	"company_name": "Northern Breeze Ltd",
	"first_name": "Ailsa",
	"last_name": "Craig",
	"email_id": "ailsa@north.example",
	"phone": "111",
	"mobile_no": "222",
	"city": "Aberdeen",
	"country": "United Kingdom",
	"status": "Lead",
}
PROSPECT = {
	"doctype": "Prospect",
	"name": "Breeze Group",
	"company_name": "Breeze Group",
	"leads": [{"lead": LEAD["name"]}],
}


def later(world: World) -> None:
	world.clock.sleep(60)
	assert world.engine_again().cycle().stopped == ""


def link_of(world: World, doctype: str, name: str) -> dict[str, Any]:
	return links.of_document(world.store, world.tenant, doctype, name) or {}


def there(world: World) -> dict[str, Any]:
	"""The one contact that Xero has."""
	(contact,) = world.accountant.contacts()
	return world.accountant.contact(contact["ContactID"])


def became(name: str = "Northern Breeze Ltd", **values: Any) -> dict[str, Any]:
	return customer(name, email_id="ailsa@north.example", **values)


def test_nobody_is_sent_without_the_choice(world: World) -> None:
	world.save(LEAD, PROSPECT)
	later(world)
	assert world.accountant.contacts() == []


def test_a_lead_is_a_contact(world: World) -> None:
	world.set(push_leads=1)
	world.save(LEAD)
	later(world)
	contact = there(world)
	assert (contact["Name"], contact["FirstName"], contact["EmailAddress"], contact["ContactNumber"]) == (
		"Northern Breeze Ltd",
		"Ailsa",
		"ailsa@north.example",
		"Lead CRM-LEAD-2026-00001",
	)
	assert {each["PhoneNumber"] for each in contact["Phones"]} == {"111", "222", ""}
	assert "Aberdeen" in {each["City"] for each in contact["Addresses"]}
	world.save({**LEAD, "phone": "333"})
	later(world)
	assert "333" in {each["PhoneNumber"] for each in there(world)["Phones"]}


def test_a_person_without_a_firm_and_an_address_of_its_own(world: World) -> None:
	world.set(push_leads=1)
	links_to = [{"link_doctype": "Lead", "link_name": LEAD["name"]}]
	address = {
		"doctype": "Address",
		"name": "A",
		"address_line1": "1 Quay",
		"city": "Leith",
		"links": links_to,
	}
	world.save({**LEAD, "company_name": None}, address)
	later(world)
	assert there(world)["Name"] == "Ailsa Craig"
	assert "Leith" in {each["City"] for each in there(world)["Addresses"]}
	world.save({**address, "city": "Perth"})
	later(world)
	assert "Perth" in {each["City"] for each in there(world)["Addresses"]}


def test_what_finance_changes_of_a_lead_stays_there(world: World) -> None:
	world.set(push_leads=1)
	world.save(LEAD)
	later(world)
	world.accountant.edit_contact(there(world)["ContactID"], FirstName="Ewan")
	later(world)
	world.save({**LEAD, "phone": "333"})
	later(world)
	assert there(world)["FirstName"] == "Ewan"
	assert (world.store.get("Lead", str(LEAD["name"])) or {})["first_name"] == "Ailsa"
	assert world.store.find("Xero Conflict") == []


def test_a_lead_hands_its_contact_over_to_its_customer(world: World) -> None:
	world.set(push_leads=1)
	world.save(LEAD)
	later(world)
	xero_id = there(world)["ContactID"]
	world.save({**LEAD, "status": "Converted"}, became(lead_name=LEAD["name"], tax_id="GB1"), order())
	later(world)
	assert link_of(world, "Lead", str(LEAD["name"])) == {}
	link = link_of(world, "Customer", "Northern Breeze Ltd")
	assert (link["xero_id"], link["xero_number"]) == (xero_id, "Northern Breeze Ltd")
	assert (there(world)["ContactNumber"], there(world)["TaxNumber"]) == ("Northern Breeze Ltd", "GB1")
	assert world.accountant.find_invoice("SAL-ORD-2026-00001")["Contact"]["ContactID"] == xero_id
	writes = len(world.writes())
	world.save({**LEAD, "phone": "444"})
	later(world)
	later(world)
	assert len(world.writes()) == writes
	assert world.outbox("Lead", str(LEAD["name"]))["cause"] == "stood-for"


def test_what_finance_changed_of_the_lead_comes_to_its_customer(world: World) -> None:
	world.set(push_leads=1)
	world.save({**LEAD, "last_name": ""})
	later(world)
	world.accountant.edit_contact(there(world)["ContactID"], TaxNumber="GB-XERO")
	later(world)
	world.save(became(lead_name=LEAD["name"]))
	later(world)
	later(world)
	assert (world.store.get("Customer", "Northern Breeze Ltd") or {})["tax_id"] == "GB-XERO"
	assert world.store.find("Xero Conflict") == []


def test_what_the_customer_does_not_have_stays_in_xero(world: World) -> None:
	"""ERPNext makes no main Contact for a Customer that was a Lead."""
	world.set(push_leads=1)
	world.save(LEAD)
	later(world)
	world.save(customer(email_id=None, lead_name=LEAD["name"]))
	later(world)
	later(world)
	contact = there(world)
	assert (contact["FirstName"], contact["EmailAddress"]) == ("Ailsa", "ailsa@north.example")
	(person,) = world.store.find("Contact")
	assert person["email_id"] == "ailsa@north.example"


def test_a_lead_that_was_not_sent_yet_makes_no_second_contact(world: World) -> None:
	world.set(push_leads=1)
	world.save(LEAD, became(lead_name=LEAD["name"]))
	later(world)
	assert there(world)["ContactNumber"] == "Northern Breeze Ltd"


def test_a_prospect_stands_for_its_leads(world: World) -> None:
	world.set(push_leads=1, push_prospects=1)
	world.save(LEAD)
	later(world)
	assert there(world)["Name"] == "Northern Breeze Ltd"
	world.save(PROSPECT)
	later(world)
	assert (there(world)["Name"], there(world)["ContactNumber"]) == ("Breeze Group", "Prospect Breeze Group")
	assert link_of(world, "Prospect", "Breeze Group")
	world.save({**LEAD, "phone": "333"})
	later(world)
	assert "333" in {each["PhoneNumber"] for each in there(world)["Phones"]}


@pytest.mark.parametrize(
	"made_by", [{"prospect_name": "Breeze Group"}, {"lead_name": LEAD["name"]}, {"name": "Breeze Group"}]
)
def test_a_prospect_hands_its_contact_over(world: World, made_by: dict[str, Any]) -> None:
	world.set(push_prospects=1)
	world.save(LEAD, PROSPECT)
	later(world)
	assert there(world)["FirstName"] == "Ailsa"
	given = dict(made_by)
	name = given.pop("name", "Northern Breeze Ltd")
	world.save(became(name, **given))
	later(world)
	assert there(world)["ContactNumber"] == name
	assert link_of(world, "Customer", name)["xero_id"] == there(world)["ContactID"]
	world.save(PROSPECT)
	later(world)
	assert len(world.accountant.contacts()) == 1
	assert world.outbox("Prospect", "Breeze Group")["cause"] == "stood-for"


def test_a_lead_is_matched_before_it_is_made(world: World) -> None:
	xero_id = world.accountant.add_contact(Name="N. Breeze", EmailAddress="ailsa@north.example")
	world.set(push_leads=1)
	world.save(LEAD)
	later(world)
	assert link_of(world, "Lead", str(LEAD["name"]))["xero_id"] == xero_id
	assert there(world)["Name"] == "N. Breeze"


def test_what_xero_would_refuse_of_a_lead_is_held_at_the_lead(world: World) -> None:
	world.set(push_leads=1)
	world.save({**LEAD, "email_id": "nobody"})
	later(world)
	assert world.outbox("Lead", str(LEAD["name"]))["cause"] == "email-invalid"
	(row,) = world.store.find("Xero Sync Log", {"outcome": "Held"})
	assert (row["reference_doctype"], row["changed"]) == ("Lead", '["Lead.email_id"]')


def test_the_invoices_of_a_lead_are_nobodys_until_it_is_a_customer(world: World) -> None:
	world.set(push_leads=1)
	world.save(LEAD)
	later(world)
	lines = [{"Description": "Advice", "Quantity": 1, "UnitAmount": 100, "AccountCode": "200"}]
	contact = {"ContactID": there(world)["ContactID"]}
	world.accountant.add_invoice(Type="ACCREC", Contact=contact, LineItems=lines)
	later(world)
	(invoice,) = world.store.find("Xero Invoice")
	assert not invoice["customer"]
	world.save(became(lead_name=LEAD["name"]))
	later(world)
	(invoice,) = world.store.find("Xero Invoice")
	assert invoice["customer"] == "Northern Breeze Ltd"
