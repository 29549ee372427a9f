"""The warning before a new Quotation or Sales Order, and who may go on all the same."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.utils import add_days, formatdate, today

from xero_connector.desk import overdue
from xero_connector.store.frappe import FrappeStore
from xero_connector.tests.base import SiteTestCase, remove, text_of


class TestOverdue(SiteTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.tenant = self.organisation(push_customers=0, invoice_trigger="By Hand")
		self.name = self.customer()
		frappe.db.set_value("Customer", self.name, "customer_name", "Late <b>Payers</b>")
		self.choose(overdue_action="Warn", overdue_days=1, overdue_role=None)

	def owes(self, amount: float, days: int, **values: Any) -> str:
		"""An open invoice that was due this many days ago."""
		return FrappeStore().insert(
			{
				"doctype": "Xero Invoice",
				"organisation": self.tenant,
				"xero_id": frappe.generate_hash(),
				"customer": self.name,
				"payment_status": "Overdue" if days > 0 else "Sent",
				"due_date": add_days(today(), -days),
				"base_currency": "GBP",
				"base_due": amount,
				**values,
			}
		)

	def said(self, total: float = 0) -> str:
		return text_of(overdue.look(self.name, self.company(), total) or "")

	def limit(self, amount: float) -> None:
		doc = frappe.get_doc("Customer", self.name)
		doc.append("credit_limits", {"company": self.company(), "credit_limit": amount})
		doc.save()

	def draft(self) -> Any:
		return frappe.get_doc("Sales Order", self.sales_order(self.name))

	def test_who_owes_nothing_late_is_not_spoken_of(self) -> None:
		self.assertEqual(self.said(), "")
		self.owes(50, 0)
		self.owes(70, 20, payment_status="Draft")
		self.owes(80, 20, payment_status="Voided")
		self.assertEqual(self.said(1000), "")

	def test_what_is_overdue_is_said_with_the_oldest(self) -> None:
		self.owes(100, 12)
		self.owes(20.5, 3)
		self.owes(900, -5)
		since = formatdate(add_days(today(), -12))
		words = f"Late &lt;b&gt;Payers&lt;/b&gt; owes £ 120.50 that is overdue, some of it since {since}."
		self.assertEqual(self.said(), words)

	def test_fewer_days_than_the_admin_chose_do_not_count(self) -> None:
		self.owes(100, 6)
		self.choose(overdue_days=7)
		self.assertEqual(self.said(), "")
		self.owes(40, 7)
		self.assertIn("owes £ 40.00 that is overdue", self.said())

	def test_it_counts_by_company(self) -> None:
		other = self.organisation(company=None)
		self.owes(100, 12, organisation=other)
		self.assertEqual(self.said(), "")

	def test_the_credit_limit_counts_what_is_due_and_what_is_new(self) -> None:
		self.limit(200)
		self.owes(150, -5)
		self.assertEqual(self.said(50), "")
		self.assertIn(
			"would owe £ 200.01 with this, more than the credit limit of £ 200.00", self.said(50.01)
		)

	def test_who_may_not_see_money_is_told_without_it(self) -> None:
		self.limit(100)
		self.owes(100, 12)
		frappe.set_user(self.user("Sales User"))
		said = self.said(1)
		self.assertIn("has overdue invoices, some of them since", said)
		self.assertIn("would owe more than the credit limit", said)
		self.assertNotIn("£", said)

	def test_it_is_said_when_a_draft_is_saved(self) -> None:
		self.owes(100, 12)
		frappe.clear_messages()
		self.draft()
		self.assertIn("that is overdue, some of it since", str(frappe.get_message_log()))
		frappe.clear_messages()
		quotation = frappe.get_doc(
			{
				"doctype": "Quotation",
				"quotation_to": "Customer",
				"party_name": self.name,
				"company": self.company(),
				"currency": "GBP",
				"conversion_rate": 1,
				"items": [{"item_code": self.item(), "qty": 1, "rate": 10}],
			}
		).insert()
		self.addCleanup(remove, "Quotation", quotation.name)
		self.assertIn("that is overdue, some of it since", str(frappe.get_message_log()))

	def test_warn_lets_it_pass(self) -> None:
		self.owes(100, 12)
		self.draft().submit()

	def test_off_says_nothing(self) -> None:
		self.owes(100, 12)
		self.choose(overdue_action="Off")
		self.assertEqual(self.said(), "")

	def test_block_lets_only_the_role_submit(self) -> None:
		self.owes(100, 12)
		self.choose(overdue_action="Block", overdue_role="Sales Manager")
		order = self.draft()
		frappe.set_user(self.user("Sales User"))
		with self.assertRaisesRegex(frappe.ValidationError, "Only people with the role .*Sales Manager"):
			frappe.get_doc("Sales Order", order.name).submit()
		frappe.set_user(self.user("Sales User", "Sales Manager"))
		frappe.get_doc("Sales Order", order.name).submit()

	def test_block_without_a_role_lets_nobody(self) -> None:
		self.owes(100, 12)
		self.choose(overdue_action="Block")
		with self.assertRaisesRegex(frappe.ValidationError, "overdue"):
			self.draft().submit()

	def test_block_lets_those_who_owe_nothing_pass(self) -> None:
		self.choose(overdue_action="Block")
		self.draft().submit()
