"""What somebody in sales sees, without and with the role *Xero Viewer*."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from browser_tests.people import People
from browser_tests.site import Site
from browser_tests.xero import Xero


@pytest.fixture
def part_paid(connected: Xero, site: Site) -> str:
	"""A submitted order, of whose 492 pounds 200 are paid."""
	customer = site.do("customer", name="Skerry Ferries")
	site.do("item", code="ROPE-12", name="Braided mooring rope 12 mm")
	lines = [["ROPE-12", 5, 82]]
	order = str(site.do("sale", doctype="Sales Order", customer=customer, lines=lines, submit=True))
	site.settle()
	invoice = connected.accountant.find_invoice(order)["InvoiceID"]
	connected.accountant.authorise(invoice)
	connected.accountant.pay(invoice, "200")
	connected.announce()
	site.settle()
	return order


def test_a_rep_sees_where_it_stands_and_no_amounts(people: People, part_paid: str, site: Site) -> None:
	desk = people.rep().form("Sales Order", part_paid)
	expect(desk.intro()).to_contain_text(f"{part_paid} is in Xero, part of it is settled")
	for field in ("xero_paid", "xero_due", "xero_total"):
		expect(desk.field(field)).to_be_hidden()
	desk.form("Customer", desk.value("customer"))
	expect(desk.field("xero_panel")).to_contain_text("shown to people with the role Xero Viewer")
	expect(desk.field("xero_payment_status")).to_contain_text("Part Paid")
	assert "£ 200" not in desk.page.locator(".form-layout:visible").inner_text()


def test_a_rep_gets_to_none_of_our_screens(people: People) -> None:
	desk = people.rep()
	screens = [
		("List", name) for name in ("Xero Outbox", "Xero Invoice", "Xero Organisation", "Xero Sync Log")
	]
	for screen in [*screens, ("Form", "Xero Settings", "Xero Settings"), ("xero",)]:
		with desk.refused():
			desk.go(*screen)
			expect(desk.dialog()).to_contain_text("Not permitted")
			desk.close_dialog()


def test_with_the_role_a_rep_sees_the_panel(people: People, part_paid: str) -> None:
	desk = people.viewer().form("Sales Order", part_paid)
	expect(desk.intro()).to_contain_text("£ 200.00 of £ 492.00 paid, £ 292.00 due")
	desk.form("Customer", desk.value("customer"))
	panel = desk.field("xero_panel")
	expect(panel).to_contain_text("Balance")
	expect(panel).to_contain_text("£ 292.00")
	expect(panel.locator(".frappe-chart")).to_be_visible()
	panel.get_by_role("link", name=part_paid).first.click()
	expect(desk.rest().indicator()).to_have_text("Part Paid")
