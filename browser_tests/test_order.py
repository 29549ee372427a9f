"""From an order to a paid invoice, and what stands in the way of one."""

from __future__ import annotations

from playwright.sync_api import expect

from browser_tests.desk import Desk
from browser_tests.people import People
from browser_tests.site import Site
from browser_tests.xero import Xero

LINES = [["ROPE-12", 4, 64.5], ["FENDER-L", 4, 38]]


def draft(site: Site, customer: str) -> str:
	"""An order over 492 pounds, VAT included, not submitted."""
	site.do("item", code="ROPE-12", name="Braided mooring rope 12 mm")
	site.do("item", code="FENDER-L", name="Fender, large")
	return str(site.do("sale", doctype="Sales Order", customer=customer, lines=LINES))


def test_order_invoice_paid_seen_on_the_customer(people: People, connected: Xero, site: Site) -> None:
	order = draft(site, site.do("customer", name="Tidewater Boatyard"))
	desk = people.admin().form("Sales Order", order).submit()
	expect(desk.intro()).to_contain_text(f"Invoice {order} over £ 492.00 is in Xero")

	invoice = connected.accountant.find_invoice(order)["InvoiceID"]
	connected.accountant.authorise(invoice)
	connected.accountant.pay(invoice, "200")
	connected.announce()
	site.settle()
	expect(desk.reload().intro()).to_contain_text("£ 200.00 of £ 492.00 paid, £ 292.00 due")

	connected.accountant.pay(invoice)
	connected.announce()
	site.settle()
	expect(desk.reload().intro()).to_contain_text(f"Invoice {order}: £ 492.00 paid")

	desk.form("Customer", desk.value("customer"))
	panel = desk.field("xero_panel")
	expect(panel.locator(".indicator-pill").first).to_have_text("Paid")
	expect(panel.get_by_role("row").filter(has_text=order)).to_have_count(3)  # an invoice and its payments
	expect(panel).to_contain_text("£ 292.00")


def test_a_quote_and_what_the_customer_says_to_it(people: People, connected: Xero, site: Site) -> None:
	site.do("item", code="TRAIN-DAY", name="Training day")
	customer = site.do("customer", name="Harbour Lights Events")
	lines = [["TRAIN-DAY", 2, 640]]
	quotation = site.do("sale", doctype="Quotation", customer=customer, lines=lines, submit=True)
	desk = people.admin().form("Quotation", quotation).press("Create", "Xero Quote")
	expect(desk.intro()).to_contain_text(f"Quote {quotation} is a draft in Xero")

	(quote,) = connected.accountant.quotes()
	connected.accountant.send_quote(quote["QuoteID"])
	connected.accountant.accept_quote(quote["QuoteID"])
	site.do("job", name="pull", tenant=connected.tenant)
	expect(desk.reload().intro()).to_contain_text(f"Quote {quotation} was accepted")
	desk.shot("quotation")


def held_for_the_account(desk: Desk, connected: Xero, site: Site) -> str:
	"""An order that is held because no sales account is chosen."""
	site.set("Xero Organisation", connected.tenant, sales_account=None)
	order = draft(site, site.do("customer", name="Cairn Joinery"))
	desk.form("Sales Order", order).submit()
	expect(desk.intro()).to_contain_text("Not in Xero yet")
	expect(desk.intro()).to_contain_text("account")
	return order


def test_a_held_order_goes_by_itself_when_it_is_fixed(people: People, connected: Xero, site: Site) -> None:
	desk = people.admin()
	order = held_for_the_account(desk, connected, site)
	desk.form("Xero Organisation", connected.tenant)
	expect(desk.intro()).to_contain_text("No sales account is chosen")
	desk.fill(sales_account="200 · Sales").save()
	site.settle()
	desk.form("Sales Order", order)
	expect(desk.intro()).to_contain_text(f"Invoice {order} over £ 492.00 is in Xero")


def test_a_held_order_is_tried_again_from_the_list(people: People, connected: Xero, site: Site) -> None:
	"""Finance has archived the contact, and restores it: nothing changed here, so somebody says when."""
	customer = site.do("customer", name="Lomond Kayaks")
	site.settle()
	(contact,) = connected.accountant.contacts()
	connected.accountant.archive_contact(contact["ContactID"])
	connected.announce()
	site.settle()
	order = draft(site, customer)
	desk = people.admin().form("Sales Order", order).submit()
	expect(desk.intro()).to_contain_text("archived")

	connected.accountant.restore_contact(contact["ContactID"])
	connected.announce()
	site.settle()
	assert site.value("Xero Link", {"reference_name": customer}, "status") == "Linked"
	desk.list("Xero Outbox", status="Held", reference_name=order)
	expect(desk.rows()).to_have_count(1)
	expect(desk.rows()).to_contain_text("archived")
	desk.check_rows([site.value("Xero Outbox", {"reference_name": order}, "name")]).action("Try Again")
	expect(desk.alert("1 on their way to Xero")).to_be_visible()
	site.settle()
	desk.form("Sales Order", order)
	expect(desk.intro()).to_contain_text(f"Invoice {order} over £ 492.00 is in Xero")
