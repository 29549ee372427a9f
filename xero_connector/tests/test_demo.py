"""The demo organisation: the same way, without Xero and without a network."""

from __future__ import annotations

import frappe

from xero_connector.desk import connect, demo, jobs, wiring
from xero_connector.desk.places import demo_file
from xero_connector.simulator import DEMO_TENANT_ID
from xero_connector.tests.base import SiteTestCase, remove_organisation


class TestDemo(SiteTestCase):
	def setUp(self) -> None:
		super().setUp()
		if demo_file().exists():
			self.skipTest("somebody is trying the demo organisation on this site")
		self.addCleanup(self.clear)
		self.assertEqual(connect.connect_demo(self.company()), DEMO_TENANT_ID)
		frappe.db.commit()

	def clear(self) -> None:
		remove_organisation(DEMO_TENANT_ID)
		frappe.local.flags.pop("xero_simulator").close()
		for file in demo_file().parent.glob(demo_file().name + "*"):
			file.unlink()

	def invoice(self, number: str) -> dict:
		fields = ["name", "payment_status", "amount_due", "amount_paid"]
		return frappe.db.get_value("Xero Invoice", {"invoice_number": number}, fields, as_dict=True)

	def test_the_accountant_works_from_the_invoice(self) -> None:
		jobs.cycle(DEMO_TENANT_ID)
		draft = frappe.db.get_value("Xero Invoice", {"payment_status": "Draft"}, "invoice_number")
		for action, amount, status in (
			("Authorise", None, "Sent"),
			("Pay Part", 10.5, "Part Paid"),
			("Pay in Full", None, "Paid"),
		):
			demo.act_as_accountant(self.invoice(draft)["name"], action, amount)
			self.assertEqual(self.invoice(draft)["payment_status"], status)
		self.assertEqual(self.invoice(draft)["amount_due"], 0)
		with self.assertRaisesRegex(frappe.ValidationError, "payment"):
			demo.act_as_accountant(self.invoice(draft)["name"], "Void")

	def test_it_is_live_or_begins_with_a_pilot(self) -> None:
		def is_live() -> bool:
			return bool(frappe.db.get_value("Xero Organisation", DEMO_TENANT_ID, "live_since"))

		self.assertTrue(is_live())
		remove_organisation(DEMO_TENANT_ID)
		frappe.db.commit()
		connect.connect_demo(self.company(), pilot=True)
		frappe.db.commit()
		self.assertFalse(is_live())
		connect.connect_demo(self.company())
		self.assertTrue(is_live())

	def test_credit_comes_back(self) -> None:
		accountant = wiring.simulator().accountant(DEMO_TENANT_ID)
		invoice = next(each for each in accountant.invoices() if each["Status"] == "AUTHORISED")
		note = accountant.credit(invoice["Contact"]["ContactID"], 10)
		used = accountant.allocate(note, invoice["InvoiceID"], 4)
		refund = accountant.refund(note, 1)
		jobs.cycle(DEMO_TENANT_ID)
		self.assertEqual(self.payment(note), ("Credit Note", 10, 5, "AUTHORISED"))
		self.assertEqual(self.payment(used), ("Allocation", 4, 0, "AUTHORISED"))
		self.assertEqual(self.payment(refund), ("Refund", 1, 0, "AUTHORISED"))
		accountant.remove_allocation(used)
		accountant.remove_payment(refund)
		jobs.cycle(DEMO_TENANT_ID)
		self.assertEqual(self.payment(note), ("Credit Note", 10, 10, "AUTHORISED"))
		self.assertEqual(self.payment(used), ("Allocation", 4, 0, "DELETED"))
		self.assertEqual(self.payment(refund), ("Refund", 1, 0, "DELETED"))

	def payment(self, xero_id: str) -> tuple:
		fields = ["kind", "amount", "remaining_credit", "xero_status"]
		return frappe.db.get_value("Xero Payment", {"xero_id": xero_id}, fields)

	def test_disconnected_it_can_be_tried_again(self) -> None:
		connect.disconnect(DEMO_TENANT_ID)
		frappe.db.commit()
		self.assertEqual(frappe.db.get_value("Xero Organisation", DEMO_TENANT_ID, "status"), "Disconnected")
		connect.connect_demo(self.company())
		self.assertEqual(frappe.db.get_value("Xero Organisation", DEMO_TENANT_ID, "status"), "Connected")
