"""What only a person can decide: a field that both sides changed, and which contact a customer is."""

from __future__ import annotations

from playwright.sync_api import expect

from browser_tests.people import People
from browser_tests.site import Site
from browser_tests.xero import Xero


def test_a_conflict_is_resolved(people: People, connected: Xero, site: Site) -> None:
	"""The field map asks about the email address."""
	customer = site.do("customer", name="Gannet Charters", email_id="office@gannet.example")
	site.settle()
	(contact,) = connected.accountant.contacts()
	connected.accountant.edit_contact(contact["ContactID"], EmailAddress="accounts@gannet.example")
	person = site.value("Customer", customer, "customer_primary_contact")
	site.do("change_email", contact=person, email="harbour@gannet.example")
	site.do("job", name="cycle", tenant=connected.tenant)

	desk = people.admin().list("Xero Conflict", status="Open", reference_name=customer)
	expect(desk.rows()).to_have_count(1)
	desk.form("Xero Conflict", site.value("Xero Conflict", {"reference_name": customer}, "name"))
	expect(desk.intro()).to_contain_text("changed here and in Xero")
	assert desk.value("erpnext_value") == "harbour@gannet.example"
	assert desk.value("xero_value") == "accounts@gannet.example"

	desk.shot("conflict")
	desk.press("Take Xero's")
	expect(desk.alert("Xero's value is here now")).to_be_visible()
	assert desk.value("status") == "Resolved"
	assert site.value("Contact", person, "email_id") == "accounts@gannet.example"
	desk.form("Customer", customer)
	expect(desk.intro()).to_have_count(0)


def test_a_match_is_decided(people: People, connected: Xero, site: Site) -> None:
	"""Finance has two contacts with the address of a new customer."""
	for name in ("Fairlead Rigging (Leith)", "Fairlead Chandlery"):
		connected.accountant.add_contact(Name=name, EmailAddress="office@fairlead.example")
	connected.announce()
	site.settle()
	customer = site.do("customer", name="Fairlead Rigging", email_id="office@fairlead.example")
	site.settle()

	desk = people.admin().form("Customer", customer)
	expect(desk.intro()).to_contain_text("Xero:")
	desk.press("Choose the Contact in Xero")
	expect(desk.intro()).to_contain_text("email")
	desk.press("It Is", "Fairlead Chandlery")
	expect(desk.alert("It is on its way to Xero")).to_be_visible()
	site.settle()
	expect(desk.reload().indicator()).to_have_text("Linked")
	assert len(connected.accountant.contacts()) == 2
	desk.form("Customer", customer)
	expect(desk.button("Choose the Contact in Xero")).to_have_count(0)
