"""Every main screen with something on it, and its picture for the guides."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from playwright.sync_api import expect

from browser_tests import books
from browser_tests.conftest import ORGANISATION
from browser_tests.people import People
from browser_tests.site import Site
from browser_tests.xero import Xero

LINES = [["TRAIN-DAY", 2, 640], ["ROUTER-9", 3, 129.9]]


@pytest.fixture(scope="module")
def trading(session_xero: Xero, site: Site) -> Iterator[Xero]:
	"""A firm whose books of three years are here, connected."""
	session_xero.begin(site.url, ORGANISATION)
	books.keep(session_xero.accountant)
	for name in books.CUSTOMERS:
		site.do("customer", name=name)
	session_xero.connect(site)
	site.do("item", code="TRAIN-DAY", name="Training day")
	site.do("item", code="ROUTER-9", name="Router 9")
	since = date.today() - timedelta(days=3 * 365)
	site.call(
		"xero_connector.desk.imports.start", organisation=session_xero.tenant, from_date=since.isoformat()
	)
	site.settle()
	yield session_xero
	site.let_go()
	session_xero.end()


def sale(site: Site, doctype: str, customer: str, **values: Any) -> str:
	name = site.do("sale", doctype=doctype, customer=customer, lines=LINES, submit=True, **values)
	site.settle()
	return str(name)


def test_settings_and_organisation(people: People, trading: Xero, site: Site) -> None:
	desk = people.admin().form("Xero Settings")
	expect(desk.field("organisations")).to_contain_text("Connected")
	desk.shot("settings")
	desk.shot("notices", desk.section("Customers Who Owe"), desk.section("Notifications"))

	desk.form("Xero Organisation", trading.tenant)
	expect(desk.indicator()).to_have_text("Connected")
	desk.shot("organisation")
	desk.tab("Invoices and Quotes").shot("documents")
	desk.tab("Accounts and Taxes").shot("accounts")

	name = site.value("Xero Import", {"organisation": trading.tenant}, "name")
	desk.form("Xero Import", name)
	expect(desk.indicator()).to_have_text("Finished")
	desk.shot("import")


def test_customers(people: People, trading: Xero) -> None:
	desk = people.admin().list("Customer")
	expect(desk.rows().filter(has_text=books.OWES)).to_contain_text("Overdue")
	desk.shot("customers", desk.page.locator(".layout-main-section:visible"), height=460)
	desk.form("Customer", books.OWES)
	panel = desk.field("xero_panel")
	expect(panel.locator(".frappe-chart")).to_be_visible()
	desk.shot("customer", desk.section("Xero"), height=800)


def test_workspace(people: People, trading: Xero) -> None:
	desk = people.admin().go("xero")
	cards = desk.page.locator(".widget.number-widget-box:visible")
	expect(cards.filter(has_text="Overdue")).to_contain_text("£")
	expect(desk.page.locator(".frappe-chart:visible")).to_have_count(2)
	desk.shot("workspace", desk.page.locator(".layout-main-section:visible"), height=640)


def test_an_order_that_is_part_paid(people: People, trading: Xero, site: Site) -> None:
	order = sale(site, "Sales Order", "Chalkdown University")
	invoice = trading.accountant.find_invoice(order)["InvoiceID"]
	trading.accountant.authorise(invoice)
	trading.accountant.pay(invoice, "1000")
	trading.announce()
	site.settle()
	desk = people.admin().form("Sales Order", order)
	expect(desk.intro()).to_contain_text("£ 1,000.00 of £ 2,003.64 paid")
	desk.shot("sales-order")


def test_a_part_of_an_order(people: People, trading: Xero, site: Site) -> None:
	site.set("Xero Organisation", trading.tenant, invoice_trigger="By Hand")
	order = sale(site, "Sales Order", "Kestrel Media Group")
	desk = people.admin().form("Sales Order", order)
	desk.press("Create", "Xero Invoice of a Part")
	expect(desk.dialog()).to_contain_text("£ 2,003.64")
	desk.fill(desk.dialog(), percent=20).shot("part")
	desk.answer("Create")
	site.settle()
	expect(desk.reload().intro()).to_contain_text("£ 400.73")
	site.set("Xero Organisation", trading.tenant, invoice_trigger="Sales Order Submit")


def test_an_order_for_somebody_who_owes(people: People, trading: Xero) -> None:
	desk = people.admin().new("Sales Order").fill(customer=books.OWES)
	expect(desk.intro()).to_contain_text("that is overdue")
	desk.shot("overdue", desk.page.locator(".page-container:visible"), height=420)


def test_what_is_to_be_cleaned_and_mapped(people: People, trading: Xero, site: Site) -> None:
	for name in (" Lantern Hire", "LANTERN HIRE"):
		site.do("customer", name=name, email_id="hire@lantern.example")
	desk = people.admin().go("query-report", "Xero Data Audit")
	expect(desk.page.get_by_text("Must Fix").first).to_be_visible()
	desk.shot("audit")
	desk.go("xero-map", trading.tenant)
	expect(desk.page.locator(".xero-map")).to_contain_text("Tax Rate for Lines Without Tax")
	desk.shot("map")


def test_an_order_that_is_held(people: People, trading: Xero, site: Site) -> None:
	site.set("Xero Organisation", trading.tenant, no_tax_rate=None, sales_account=None)
	order = sale(site, "Sales Order", "Kestrel Media Group")
	desk = people.admin().form("Sales Order", order)
	expect(desk.intro()).to_contain_text("Open Xero Organisation")
	desk.shot("held")
	desk.go("xero-health")
	expect(desk.page.locator(".xero-health")).to_contain_text(re.compile("records? (is|are) held"))
	desk.shot("health")
	desk.form("Xero Organisation", trading.tenant).tab("Accounts and Taxes")
	desk.fill(sales_account="200 · Sales").save()
	site.settle()
	sent = {"reference_name": order, "action": "Create"}
	desk.form("Xero Sync Log", site.value("Xero Sync Log", sent, "name"))
	expect(desk.page.get_by_text("What Was Sent")).to_be_visible()
	desk.shot("sync-log")


def test_what_waits_for_a_person(people: People, trading: Xero, site: Site) -> None:
	accountant = trading.accountant
	for name in ("Lantern Events", "Lantern Studios", "Lantern Studios (Leeds)"):
		accountant.add_contact(Name=name, EmailAddress="accounts@lantern.example")
	trading.announce()
	site.settle()
	studios = site.do("customer", name="Lantern Studios Ltd", email_id="accounts@lantern.example")
	sale(site, "Sales Order", studios)
	desk = people.admin().form("Xero Match", site.value("Xero Match", {"reference_name": studios}, "name"))
	desk.open_group("It Is").shot("match")
	desk.list("Xero Outbox", organisation=trading.tenant)
	expect(desk.rows().filter(has_text="Held").first).to_be_visible()
	desk.shot("outbox")
