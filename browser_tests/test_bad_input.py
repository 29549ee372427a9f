"""What goes wrong while somebody clicks is said there and then."""

from __future__ import annotations

from playwright.sync_api import expect

from browser_tests.people import People
from browser_tests.site import Site
from browser_tests.xero import Xero


def test_xero_is_down_while_somebody_clicks(people: People, connected: Xero, site: Site) -> None:
	desk = people.admin().form("Xero Organisation", connected.tenant)
	connected.simulator.fail_next(503)
	with desk.refused():
		desk.press("Set Up", "Read Accounts Again")
		expect(desk.message()).to_contain_text("503")
		desk.close_dialog()
	desk.press("Set Up", "Read Accounts Again")
	expect(desk.alert("Accounts and taxes are as they are in Xero")).to_be_visible()


def test_two_admins_save_at_once(people: People, connected: Xero, site: Site) -> None:
	first = people.admin().form("Xero Organisation", connected.tenant)
	second = people.admin().form("Xero Organisation", connected.tenant)
	first.fill(invoice_status="Authorised").save()
	with second.refused():
		second.fill(push_customers=0).press("Save")
		expect(second.message()).to_contain_text("modified after you have opened it")
		second.close_dialog()
	second.reload().fill(push_customers=0).save()
	kept = site.value("Xero Organisation", connected.tenant, ["invoice_status", "push_customers"])
	assert kept == ["Authorised", 0]
