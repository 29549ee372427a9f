"""Letting an organisation go, and having it back."""

from __future__ import annotations

from playwright.sync_api import expect

from browser_tests.people import People
from browser_tests.site import Site
from browser_tests.xero import CLIENT_ID, Xero


def test_disconnected_here_xero_knows_it(people: People, connected: Xero, site: Site) -> None:
	desk = people.admin().form("Xero Organisation", connected.tenant)
	desk.press("Set Up", "Disconnect")
	expect(desk.dialog()).to_contain_text("What was synced stays")
	desk.answer("Yes")
	expect(desk.indicator()).to_have_text("Disconnected")
	expect(desk.button("Reconnect…")).to_be_visible()
	assert not connected.accountant.connected_apps()


def test_disconnected_in_xero_one_reads_it_and_reconnects(
	people: People, connected: Xero, site: Site
) -> None:
	connected.accountant.disconnect(CLIENT_ID)
	customer = site.do("customer", name="Saltmarsh Sailmakers")
	site.settle()

	desk = people.admin().form("Xero Organisation", connected.tenant)
	expect(desk.indicator()).to_have_text("Reconnect Needed")
	expect(desk.intro()).to_contain_text("What changes here waits until then")
	desk.press("Reconnect…")
	desk.press("Connect to Xero", rest=False)
	desk.page.get_by_role("button", name="Allow access").click()
	expect(desk.rest().indicator()).to_have_text("Connected")

	site.do("job", name="cycle", tenant=connected.tenant)
	assert [contact["Name"] for contact in connected.accountant.contacts()] == [customer]
