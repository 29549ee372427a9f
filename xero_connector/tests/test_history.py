"""The import of history on a real site: by button and job, onto a customer that is here."""

from __future__ import annotations

import frappe
from frappe.utils import add_days, add_years, today
from frappe.utils.background_jobs import get_job

from xero_connector.desk import imports, jobs, work
from xero_connector.sync import history
from xero_connector.tests.base import ConnectedTestCase


class TestHistory(ConnectedTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.connect()
		frappe.db.set_value("Xero Organisation", self.tenant, "push_customers", 0)
		self.name = self.customer(tax_id=f"GB{frappe.generate_hash(length=8)}")
		tax_id = frappe.db.get_value("Customer", self.name, "tax_id")
		finance = self.accountant
		self.contact = finance.add_contact(Name="Known in Xero", TaxNumber=tax_id)
		self.stranger = finance.add_contact(Name="Nobody Here")
		line = {"Description": "Repair", "Quantity": 1, "UnitAmount": 50, "AccountCode": "200"}
		for contact in (self.contact, self.stranger):
			day = add_days(today(), -30)
			invoice = finance.add_invoice(
				Contact={"ContactID": contact},
				Date=day,
				DueDate=day,
				Status="AUTHORISED",
				LineItems=[{**line, "TaxType": "OUTPUT2"}],
			)
		finance.pay(invoice, 10, date=today())
		frappe.db.commit()

	def ask(self) -> str:
		name = imports.start(self.tenant, add_years(today(), -2))
		frappe.db.commit()
		return name

	def said(self, name: str) -> frappe._dict:
		frappe.db.rollback()
		return frappe.get_doc(history.DOCTYPE, name).as_dict()

	def test_history_comes_onto_the_customer(self) -> None:
		name, customers = self.ask(), frappe.db.count("Customer")
		self.assertEqual(self.said(name).status, "Queued")
		jobs.history(self.tenant)
		found = self.said(name)
		self.assertEqual((found.status, found.progress, found.message), ("Finished", 100, None))
		counts = [found[field] for field in ("contacts", "linked", "unmatched", "invoices", "payments")]
		self.assertEqual(counts, [2, 1, 1, 2, 1])
		self.assertEqual([row.xero_id for row in found.findings], [self.stranger])
		customer = frappe.get_doc("Customer", self.name)
		self.assertEqual((customer.xero_invoiced, customer.xero_overdue), (60, 60))
		self.assertEqual(frappe.db.count("Customer"), customers)
		link = frappe.get_all("Xero Link", {"reference_name": self.name}, ["xero_id", "matched_by"])
		self.assertEqual([tuple(row.values()) for row in link], [(self.contact, "tax number")])

	def test_stop_resume_and_the_sweep(self) -> None:
		name = self.ask()
		work.stop(history.DOCTYPE, name)
		frappe.db.commit()
		jobs.history(self.tenant)
		self.assertEqual(self.said(name).status, "Paused")
		with self.assertRaises(frappe.ValidationError):
			work.stop(history.DOCTYPE, name)
		imports.resume(name)
		frappe.db.commit()
		jobs.sweep()
		self.assertIsNotNone(get_job(jobs.job_id("history", self.tenant) + jobs.turn()))
		jobs.history(self.tenant)
		self.assertEqual(self.said(name).status, "Finished")
		with self.assertRaises(frappe.ValidationError):
			imports.resume(name)

	def test_only_a_manager_may(self) -> None:
		name = self.ask()
		frappe.set_user(self.user("Xero Viewer", "Accounts Manager"))
		for act in (
			lambda: imports.start(self.tenant, add_years(today(), -2)),
			lambda: work.stop(history.DOCTYPE, name),
			lambda: imports.resume(name),
		):
			with self.assertRaises(frappe.PermissionError):
				act()
