"""The setup guide, from nothing to live: clean, connect, map, pilot, go live."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, expect

from browser_tests.desk import Desk
from browser_tests.people import People
from browser_tests.site import Site
from browser_tests.steps import allow, confirm, enter_credentials
from browser_tests.xero import CLIENT_SECRET, Xero


def step(desk: Desk, key: str) -> Locator:
	return desk.page.locator(f'section[data-step="{key}"]:visible')


def press(desk: Desk, place: Locator, label: str) -> Desk:
	place.get_by_role("button", name=label, exact=True).click()
	return desk.rest()


def records(desk: Desk) -> Locator:
	return desk.page.locator(".xero-records:visible")


def record(desk: Desk, name: str) -> Locator:
	return records(desk).locator(f'tr[data-name="{name}"]')


def order(site: Site, customer: str) -> str:
	site.do("item", code="OAR-OAK", name="Oak oar, 2.4 m")
	return str(
		site.do("sale", doctype="Sales Order", customer=customer, lines=[["OAR-OAK", 6, 85]], submit=True)
	)


def test_from_nothing_to_live(people: People, xero: Xero, site: Site) -> None:
	first = order(site, site.do("customer", name="Harbour Row Rentals"))
	desk = people.admin().go("xero-setup")
	expect(step(desk, "connect")).to_contain_text("Enter the client ID and the client secret")
	for later in ("map", "pilot", "live"):
		expect(step(desk, later)).to_have_attribute("data-state", "later")
	press(desk, step(desk, "clean"), "Open the Data Audit")
	expect(desk.page.get_by_text("Harbour Row Rentals has no address").first).to_be_visible()

	desk.go("xero-setup")
	press(desk, step(desk, "connect"), "Open Xero Settings")
	enter_credentials(desk, CLIENT_SECRET)
	allow(desk)
	confirm(desk, site)
	expect(desk.intro()).to_contain_text("It is in its pilot")
	site.settle()

	desk.go("xero-setup")
	expect(step(desk, "connect")).to_have_attribute("data-state", "done")
	desk.shot("setup", desk.page.locator(".page-container:visible"), height=1080)
	press(desk, step(desk, "map"), "Map Accounts and Taxes")
	expect(desk.page.locator(".xero-map")).to_contain_text("Sales Account")

	desk.go("xero-setup")
	press(desk, step(desk, "pilot"), "Open the Pilot")
	row = record(desk, first)
	press(desk, desk.page.locator(".xero-buttons"), "Dry Run")
	expect(row).to_contain_text("Will be made")
	press(desk, row, "Details")
	expect(records(desk).get_by_role("row", name="Total 612.00 612.00", exact=True)).to_be_visible()
	desk.shot("pilot")
	assert xero.accountant.invoices() == []

	press(desk, desk.page.locator(".xero-buttons"), "Send")
	desk.answer("Yes")
	expect(row).to_contain_text("Done")
	press(desk, row, "Compare with Xero")
	expect(records(desk)).to_contain_text("Xero has what was sent, in every field.")
	assert xero.accountant.find_invoice(first)["Status"] == "DRAFT"

	desk.press("Go Live…").answer("Yes")
	expect(desk.indicator()).to_have_text("Live")
	second = order(site, site.do("customer", name="Beacon Chandlery"))
	site.settle()
	assert xero.accountant.find_invoice(second)["Total"] == 612
	desk.go("xero-setup")
	for done in ("connect", "pilot", "live"):
		expect(step(desk, done)).to_have_attribute("data-state", "done")


def test_what_cannot_go_is_said_in_the_pilot(people: People, xero: Xero, site: Site) -> None:
	desk = people.admin()
	enter_credentials(desk, CLIENT_SECRET)
	allow(desk)
	confirm(desk, site)
	site.settle()
	site.set("Xero Organisation", xero.tenant, sales_account=None)
	name = order(site, site.do("customer", name="Skerry Marine"))
	desk.go("xero-pilot")
	row = record(desk, name)
	press(desk, desk.page.locator(".xero-buttons"), "Dry Run")
	expect(row).to_contain_text("Cannot go")
	press(desk, row, "Details")
	expect(records(desk)).to_contain_text("No Xero account is chosen for sales")

	site.do("cancel", doctype="Sales Order", name=name)
	with desk.refused():
		press(desk, desk.page.locator(".xero-buttons"), "Dry Run")
		expect(desk.message()).to_contain_text("is cancelled")
	desk.close_dialog()


def test_what_is_held_in_the_pilot_leads_to_its_field(people: People, xero: Xero, site: Site) -> None:
	desk = people.admin()
	enter_credentials(desk, CLIENT_SECRET)
	allow(desk)
	confirm(desk, site)
	site.settle()
	site.set("Xero Organisation", xero.tenant, sales_account=None)
	name = order(site, site.do("customer", name="Skerry Marine"))
	desk.go("xero-pilot")
	row = record(desk, name)
	press(desk, desk.page.locator(".xero-buttons"), "Send")
	expect(desk.dialog()).to_contain_text(f"Sales Order {name}")
	expect(desk.dialog()).to_contain_text("Invoices arrive as Draft")
	desk.answer("Yes")
	expect(row).to_contain_text(re.compile("Held|Waiting"))  # for its item, whichever is looked at first
	expect(desk.page.locator(".xero-progress .progress")).to_have_count(0)
	expect(desk.alert("Details says why the others are not.")).to_be_visible()
	press(desk, row, "Details")
	records(desk).get_by_role("link", name="at Sales Account").click()
	expect(desk.rest().indicator()).to_have_text("Connected")


def test_a_rep_finds_no_way_around_the_pilot(people: People, xero: Xero, site: Site) -> None:
	admin = people.admin()
	enter_credentials(admin, CLIENT_SECRET)
	allow(admin)
	confirm(admin, site)
	site.settle()
	rep = people.rep().form("Sales Order", order(site, site.do("customer", name="Skerry Marine")))
	expect(rep.page.get_by_role("button", name="Create")).to_be_visible()
	expect(rep.page.locator(".dropdown-item").get_by_text("Xero Invoice", exact=True)).to_have_count(0)
	assert xero.accountant.contacts() == []
