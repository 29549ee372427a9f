"""The numbers that a rep sees: on a Customer, and in the workspace."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.utils import add_days, add_months, getdate, today

from xero_connector.clock import SystemClock
from xero_connector.desk import cards, panel
from xero_connector.store.frappe import FrappeStore
from xero_connector.sync.mirror import write_sums
from xero_connector.tests.base import SiteTestCase, text_of


class NumbersCase(SiteTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.tenant = self.organisation(push_customers=0)
		self.name = self.customer()

	def invoice(self, total: float, due: float, late: int = 0, **values: Any) -> str:
		"""An invoice of which ``due`` is open, due ``late`` days ago."""
		status = "Paid" if not due else "Overdue" if late > 0 else "Sent"
		paid = {"base_total": total, "base_due": due, "base_paid": total - due, "base_currency": "GBP"}
		dates = {"invoice_date": "2026-03-01", "due_date": add_days(today(), -late)}
		return self.kept("Xero Invoice", **{"payment_status": status, **paid, **dates, **values})

	def kept(self, doctype: str, **values: Any) -> str:
		known = {"organisation": self.tenant, "xero_id": frappe.generate_hash(), "customer": self.name}
		return FrappeStore().insert({"doctype": doctype, **known, **values})


class TestPanel(NumbersCase):
	def shown(self) -> dict[str, Any]:
		return panel.customer_panel(self.name)

	def book(self) -> dict[str, Any]:
		(book,) = self.shown()["books"]
		return book

	def test_a_customer_without_invoices(self) -> None:
		empty = {"status": "", "books": [], "invoices": [], "payments": [], "invoice_count": 0}
		shown = self.shown()
		self.assertIn("goes", shown.pop("standing"))
		self.assertEqual(shown, {"customer": self.name, **empty})

	def test_amounts_are_aged_by_days_after_the_due_date(self) -> None:
		for step, late in enumerate((-5, 0, 1, 30, 31, 60, 61, 90, 91, 400)):
			self.invoice(2**step, 2**step, late)
		self.invoice(5000, 5000, due_date=None)
		book = self.book()
		self.assertEqual(book["aged"], [5003, 12, 48, 192, 768])
		self.assertEqual((book["due"], book["overdue"]), (6023, 1020))

	def test_years_are_summed_by_invoice_date(self) -> None:
		self.invoice(100.10, 0, invoice_date="2024-12-31")
		self.invoice(50.05, 20.05, invoice_date="2025-01-01")
		self.invoice(7, 0, invoice_date="2025-12-31")
		years = [{"year": 2024, "invoiced": 100.10, "paid": 100.10}]
		years.append({"year": 2025, "invoiced": 57.05, "paid": 37})
		self.assertEqual(self.book()["years"], years)

	def test_drafts_and_voided_ones_do_not_count(self) -> None:
		self.invoice(10, 10, payment_status="Draft")
		self.invoice(10, 10, 50, payment_status="Voided")
		shown = self.shown()
		self.assertEqual((shown["books"], shown["status"], shown["invoice_count"]), ([], "", 2))

	def test_the_worst_word_wins_and_today_counts(self) -> None:
		self.invoice(10, 0)
		self.assertEqual(self.shown()["status"], "Paid")
		self.invoice(10, 10)
		self.assertEqual(self.shown()["status"], "Sent")
		self.invoice(10, 4, 1, payment_status="Part Paid")
		self.assertEqual(self.shown()["status"], "Overdue")

	def test_each_currency_of_the_books_is_summed_by_itself(self) -> None:
		self.invoice(10, 10)
		self.invoice(20, 20, base_currency="USD")
		self.kept("Xero Payment", kind="Credit Note", remaining_credit=3, currency="USD", base_currency="USD")
		sums = [(book["currency"], book["due"], book["credit"]) for book in self.shown()["books"]]
		self.assertEqual(sums, [("GBP", 10, 0), ("USD", 20, 3)])

	def test_it_says_what_the_customer_says(self) -> None:
		for total, due, late in ((10.10, 10.10, 3), (20.20, 5.05, -3), (30.30, 0, 9)):
			self.invoice(total, due, late, base_overdue=due if late > 0 else 0)
		credit = {"currency": "USD", "currency_rate": 1.3, "base_currency": "GBP"}
		self.kept("Xero Payment", kind="Overpayment", remaining_credit=9.99, **credit)
		write_sums(FrappeStore(), SystemClock(), [self.name])
		book, customer = self.book(), frappe.get_doc("Customer", self.name)
		for field in ("due", "overdue", "invoiced", "paid", "credit"):
			self.assertEqual(book[field], customer.get(f"xero_{field}"), field)
		self.assertEqual(self.shown()["status"], customer.xero_payment_status)

	def test_the_newest_are_listed(self) -> None:
		for day in range(1, 13):
			invoice = self.invoice(day, 0, invoice_number=f"INV-{day}", invoice_date=f"2026-01-{day:02}")
			paid = {"payment_date": f"2026-02-{day:02}", "amount": day, "xero_status": "AUTHORISED"}
			self.kept("Xero Payment", kind="Payment", invoice=invoice, **paid)
		self.kept("Xero Payment", kind="Payment", payment_date="2026-09-01", xero_status="DELETED")
		shown = self.shown()
		newest = [f"INV-{day}" for day in range(12, 2, -1)]
		self.assertEqual([row["invoice_number"] for row in shown["invoices"]], newest)
		self.assertEqual([row["invoice_number"] for row in shown["payments"]], newest)
		self.assertEqual(shown["invoice_count"], 12)


class TestCards(NumbersCase):
	def setUp(self) -> None:
		super().setUp()
		self.rep = self.user("Sales User", "Xero Viewer")
		limit = {"user": self.rep, "allow": "Customer", "for_value": self.name}
		self.made({"doctype": "User Permission", **limit})
		self.other = self.customer()
		frappe.set_user(self.rep)

	def numbers(self) -> tuple[str, str]:
		return text_of(cards.receivables()["value"]), text_of(cards.overdue()["value"])

	def test_they_count_what_the_caller_may_see(self) -> None:
		self.invoice(1000, 1000, 10)
		self.invoice(2500, 2500)
		self.invoice(70000, 70000, 10, customer=self.other)
		self.assertEqual(self.numbers(), ("£ 3,500", "£ 1,000"))
		self.assertEqual(
			cards.aged_receivables()["datasets"], [{"name": "GBP", "values": [2500, 1000, 0, 0, 0]}]
		)

	def test_a_second_currency_is_not_added(self) -> None:
		self.invoice(1000, 1000, 10)
		self.invoice(50, 50, base_currency="USD")
		self.assertEqual(self.numbers(), ("£ 1,000 + $ 50", "£ 1,000"))

	def test_where_nothing_is_there_they_are_empty(self) -> None:
		self.assertRegex(self.numbers()[0], r"^\D*0$")
		self.assertEqual((cards.aged_receivables(), cards.paid_by_month()), ({}, {}))

	def test_payments_are_summed_by_month(self) -> None:
		for amount, months, values in (
			(5, 0, {}),
			(7, 0, {"kind": "Prepayment", "xero_status": "PAID"}),
			(11, 1, {}),
			(13, 11, {}),
			(17, 12, {}),
			(19, 0, {"xero_status": "DELETED"}),
			(23, 0, {"kind": "Refund"}),
			(29, 0, {"customer": self.other}),
		):
			day = add_months(getdate(today()).replace(day=1), -months)
			paid = {"kind": "Payment", "xero_status": "AUTHORISED", "base_currency": "GBP"}
			self.kept("Xero Payment", **{**paid, "base_amount": amount, "payment_date": day, **values})
		chart = cards.paid_by_month()
		self.assertEqual(len(chart["labels"]), 12)
		self.assertEqual(chart["datasets"], [{"name": "GBP", "values": [13, *[0] * 9, 11, 12]}])

	def test_calls_left_are_those_of_the_tightest_organisation(self) -> None:
		frappe.set_user("Administrator")
		frappe.db.set_value("Xero Organisation", {"name": ("!=", self.tenant)}, "status", "Disconnected")
		self.addCleanup(frappe.db.rollback)
		self.assertEqual(text_of(cards.calls_left()["value"]), "–")
		FrappeStore().insert(
			{
				"doctype": "Xero Call Budget",
				"organisation": self.tenant,
				"day_remaining": 1234,
				"day_at": "2026-11-23T10:00:00.000000Z",
			}
		)
		self.assertEqual(text_of(cards.calls_left()["value"]), "1,234")
