"""Open leads, and what was won and has no invoice in Xero."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import frappe
from frappe.desk.doctype.number_card.number_card import get_result
from frappe.utils import add_days, today

from xero_connector.clock import SystemClock, utc_text
from xero_connector.desk import cards
from xero_connector.store.frappe import FrappeStore
from xero_connector.tests.base import SiteTestCase, text_of


def ago(**time: float) -> str:
	return utc_text(SystemClock().now() - timedelta(**time))


class WonCase(SiteTestCase):
	def setUp(self) -> None:
		super().setUp()
		for other in frappe.get_all("Xero Organisation", {"live_since": ("!=", "")}, ["name", "live_since"]):
			self.addCleanup(
				frappe.db.set_value, "Xero Organisation", other.name, "live_since", other.live_since
			)
			frappe.db.set_value("Xero Organisation", other.name, "live_since", None)
		self.tenant = self.organisation(
			push_customers=0, invoice_trigger="By Hand", live_since=ago(seconds=1), base_currency="GBP"
		)
		self.name = self.customer()

	def submitted(self, **values: Any) -> str:
		"""An order over 120.50 pounds."""
		order = frappe.get_doc("Sales Order", self.sales_order(self.name, **values))
		order.submit()
		return order.name

	def won(self, **values: Any) -> str:
		"""A won opportunity over 300 pounds."""
		opportunity = {
			"doctype": "Opportunity",
			"opportunity_from": "Customer",
			"party_name": self.name,
			"company": self.company(),
			"currency": "GBP",
			"conversion_rate": 1,
			"items": [{"item_code": self.item(), "qty": 1, "rate": 300, "uom": "Nos"}],
		}
		name = self.made({**opportunity, **values})
		frappe.db.set_value("Opportunity", name, "status", "Converted")
		return name

	def linked(self, doctype: str, name: str, xero_status: str = "DRAFT", **values: Any) -> None:
		known = {"organisation": self.tenant, "xero_id": frappe.generate_hash()}
		of = {"reference_doctype": doctype, "reference_name": name, "xero_entity": "Invoice"}
		FrappeStore().insert({"doctype": "Xero Link", **known, **of, "status": "Linked", **values})
		FrappeStore().insert({"doctype": "Xero Invoice", **known, "xero_status": xero_status})

	def billed(self, source: tuple[str, str], by: tuple[str, str], amount: float = 0) -> None:
		FrappeStore().insert(
			{
				"doctype": "Xero Billed",
				"organisation": self.tenant,
				"source_doctype": source[0],
				"source_name": source[1],
				"billed_doctype": by[0],
				"billed_name": by[1],
				"amount": amount,
			}
		)

	def card(self) -> str:
		return text_of(cards.won_not_invoiced()["value"])


class TestWonNotInvoiced(WonCase):
	def test_nothing_is_shown_in_the_currency_of_the_books(self) -> None:
		self.assertEqual(cards._home_currency(), "GBP")

	def test_orders_that_stand_count_until_they_are_in_xero(self) -> None:
		self.assertEqual(self.card(), "0")
		self.sales_order(self.name)
		first, second = self.submitted(), self.submitted()
		self.assertEqual(self.card(), "2 · £ 241")
		self.linked("Sales Order", first)
		self.assertEqual(self.card(), "1 · £ 120")
		frappe.db.set_value("Sales Order", second, "status", "Closed")
		self.assertEqual(self.card(), "0")
		frappe.db.set_value("Sales Order", second, {"status": "To Bill", "docstatus": 2})
		self.assertEqual(self.card(), "0")

	def test_an_invoice_that_was_voided_or_is_gone_is_none(self) -> None:
		for values in ({"xero_status": "VOIDED"}, {"xero_status": "DELETED"}, {"status": "Gone"}):
			self.linked("Sales Order", self.submitted(), **values)
		self.assertEqual(self.card(), "3 · £ 362")

	def test_what_was_there_before_and_other_companies_do_not_count(self) -> None:
		order, live = self.submitted(), frappe.db.get_value("Xero Organisation", self.tenant, "live_since")
		self.assertEqual(self.card(), "1 · £ 120")
		for values in (
			{"live_since": utc_text(SystemClock().now() + timedelta(seconds=1))},
			{"live_since": None},
			{"live_since": live, "status": "Disconnected"},
			{"status": "Connected", "company": "Another Ltd"},
		):
			frappe.db.set_value("Xero Organisation", self.tenant, values)
			self.assertEqual(self.card(), "0", values)
		frappe.db.set_value("Xero Organisation", self.tenant, "company", self.company())
		self.assertEqual(self.card(), "1 · £ 120")
		frappe.db.set_value("Sales Order", order, "creation", add_days(today(), -1), update_modified=False)
		self.assertEqual(self.card(), "0")

	def test_what_others_bill_of_an_order_is_not_left(self) -> None:
		order = ("Sales Order", self.submitted())
		part, rest = ("Sales Invoice", "SI-1"), ("Sales Invoice", "SI-2")
		self.billed(order, part, 100.5)
		self.assertEqual(self.card(), "1 · £ 120", "that one is not in Xero yet")
		self.linked(*part)
		self.assertEqual(self.card(), "1 · £ 20")
		self.billed(order, rest, 20)
		self.linked(*rest)
		self.assertEqual(self.card(), "0")

	def test_an_order_that_the_invoice_of_its_quotation_bills_is_done(self) -> None:
		order, request = ("Sales Order", self.submitted()), ("Xero Invoice Request", "QTN-1/1")
		self.billed(order, request)
		self.linked(*request)
		self.assertEqual(self.card(), "0")

	def test_a_deal_counts_once(self) -> None:
		opportunity = self.won()
		self.assertEqual(self.card(), "1 · £ 300")
		quotation = frappe.get_doc("Quotation", self.quotation(self.name, opportunity=opportunity))
		quotation.submit()
		self.assertEqual(self.card(), "0", "it is quoted, and not won")
		frappe.db.set_value("Opportunity", opportunity, "status", "Converted")
		self.assertEqual(self.card(), "1 · £ 300")
		order = frappe.get_doc("Sales Order", self.sales_order(self.name))
		order.items[0].prevdoc_docname = quotation.name
		order.submit()
		frappe.db.set_value("Opportunity", opportunity, "status", "Converted")
		self.assertEqual(self.card(), "1 · £ 120", "now it is an order")
		self.linked("Sales Order", order.name)
		self.assertEqual(self.card(), "0")

	def test_a_won_opportunity_counts_until_it_is_invoiced(self) -> None:
		opportunity, request = ("Opportunity", self.won()), ("Xero Invoice Request", "OPP-1/1")
		self.won(items=[], opportunity_amount=40)
		lost = self.won()
		frappe.db.set_value("Opportunity", lost, "status", "Lost")
		self.assertEqual(self.card(), "2 · £ 340")
		self.billed(opportunity, request, 300)
		self.linked(*request)
		self.assertEqual(self.card(), "1 · £ 40")

	def test_amounts_are_those_of_the_books(self) -> None:
		self.submitted(currency="USD", conversion_rate=0.5)
		self.assertEqual(self.card(), "1 · £ 60")

	def test_a_click_opens_these_documents(self) -> None:
		order = self.submitted()
		shown = cards.won_not_invoiced()
		self.assertEqual((shown["route"], shown["route_options"]), ("sales-order", {"name": ["in", [order]]}))
		opportunities = sorted([self.won(), self.won()])
		shown = cards.won_not_invoiced()
		self.assertEqual(shown["route"], "opportunity")
		self.assertEqual(sorted(shown["route_options"]["name"][1]), opportunities)
		cards.NAMED, named = 1, cards.NAMED
		self.addCleanup(setattr, cards, "NAMED", named)
		shown = cards.won_not_invoiced()
		listed = frappe.get_list("Opportunity", shown["route_options"], pluck="name", limit=0)
		self.assertLessEqual(set(opportunities), set(listed))


class TestWhoSees(WonCase):
	def setUp(self) -> None:
		super().setUp()
		self.submitted()
		self.name, self.mine = self.customer(), self.name
		self.submitted()

	def seen(self, *roles: str) -> str:
		rep = self.user(*roles)
		self.made({"doctype": "User Permission", "user": rep, "allow": "Customer", "for_value": self.mine})
		frappe.set_user(rep)
		return self.card()

	def test_a_rep_counts_the_deals_of_the_rep(self) -> None:
		self.assertEqual(self.card(), "2 · £ 241")
		self.assertEqual(self.seen("Sales User", "Xero Viewer"), "1 · £ 120")

	def test_a_rep_without_the_role_sees_no_amount(self) -> None:
		self.assertEqual(self.seen("Sales User"), "1")

	def test_the_role_alone_shows_nothing(self) -> None:
		frappe.set_user(self.user("Xero Viewer"))
		self.assertEqual(self.card(), "0")

	def test_outsiders_are_refused(self) -> None:
		frappe.set_user(self.user("Blogger"))
		with self.assertRaises(frappe.PermissionError):
			cards.won_not_invoiced()


class TestOpen(SiteTestCase):
	"""The cards that Frappe counts itself."""

	def count(self, name: str) -> float:
		card = frappe.get_doc("Number Card", name)
		return get_result(card.as_json(), json.loads(card.filters_json))

	def test_leads_that_nobody_has_answered_for(self) -> None:
		before = self.count("Xero Open Leads")
		for status in ("Lead", "Open", "Replied", "Interested", "Do Not Contact", "Lost Quotation"):
			self.made({"doctype": "Lead", "first_name": status, "lead_name": status, "status": status})
		self.assertEqual(self.count("Xero Open Leads"), before + 4)

	def test_opportunities_that_are_still_open(self) -> None:
		before = self.count("Xero Open Opportunities")
		of = {"opportunity_from": "Customer", "party_name": self.customer(), "company": self.company()}
		for status in ("Open", "Replied", "Lost"):
			name = self.made({"doctype": "Opportunity", **of})
			frappe.db.set_value("Opportunity", name, "status", status)
		self.assertEqual(self.count("Xero Open Opportunities"), before + 2)

	def test_a_rep_counts_the_leads_of_the_rep(self) -> None:
		rep = self.user("Sales User")
		lead = self.made({"doctype": "Lead", "first_name": "Mine", "lead_name": "Mine", "status": "Lead"})
		self.made({"doctype": "Lead", "first_name": "Theirs", "lead_name": "Theirs", "status": "Lead"})
		self.made({"doctype": "User Permission", "user": rep, "allow": "Lead", "for_value": lead})
		frappe.set_user(rep)
		self.assertEqual(self.count("Xero Open Leads"), 1)
