"""Every screen of ours opens, and the browser finds nothing to complain of."""

from __future__ import annotations

from playwright.sync_api import expect

from browser_tests.people import People
from browser_tests.site import Site
from browser_tests.xero import Xero

PAGES = {
	"xero-health": ".xero-health",
	"xero-map": ".xero-map",
	"xero-pilot": ".xero-records",
	"xero-setup": "section[data-step]",
}
"""What each page shows when it is drawn."""


def own(site: Site, doctype: str, **filters: object) -> list[str]:
	wanted = {"module": "Xero Connector", **filters}
	return list(site.call("frappe.get_all", doctype=doctype, filters=wanted, pluck="name"))


def test_every_page_is_looked_at(site: Site) -> None:
	assert set(own(site, "Page")) == set(PAGES)


def test_every_page_opens(people: People, connected: Xero) -> None:
	desk = people.admin()
	for page, drawn in PAGES.items():
		desk.go(page)
		expect(desk.page.locator(drawn).first).to_be_visible()


def test_every_list_opens_with_its_newest_row(people: People, connected: Xero, site: Site) -> None:
	site.do("customer", name="Petrel Yacht Club")
	site.settle()
	desk = people.admin()
	for doctype in own(site, "DocType", istable=0, issingle=0):
		desk.list(doctype)
		newest = site.value(doctype, {}, "name")
		if newest:
			desk.form(doctype, newest)
			expect(desk.page.locator(".form-layout:visible")).to_be_visible()


def test_reports_and_workspace_open(people: People, connected: Xero, site: Site) -> None:
	desk = people.admin()
	for report in own(site, "Report"):
		desk.go("query-report", report)
		expect(desk.page.locator(".report-wrapper:visible, .msg-box:visible").first).to_be_visible()
	desk.go("xero")
	expect(desk.page.locator(".number-widget-box:visible").first).to_be_visible()
