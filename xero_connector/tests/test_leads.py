"""Leads and Prospects on the site, with ERPNext's own way of making Customers of them."""

from __future__ import annotations

import frappe
from erpnext.crm.doctype.lead.lead import make_customer
from erpnext.crm.doctype.prospect.prospect import make_customer as make_customer_of_prospect

from xero_connector.desk import jobs
from xero_connector.store.frappe import FrappeStore
from xero_connector.tests.base import ConnectedTestCase, remove


class TestLeads(ConnectedTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.connect()
		FrappeStore().update("Xero Organisation", self.tenant, {"push_leads": 1, "push_prospects": 1})
		self.mark = frappe.generate_hash(length=8)

	def lead(self) -> str:
		name = self.made(
			{
				"doctype": "Lead",
				"first_name": "Ailsa",
				"company_name": f"Breeze {self.mark}",
				"email_id": f"{self.mark}@example.com",
			}
		)
		self.addCleanup(self.remove_persons, name)
		return name

	def remove_persons(self, name: str) -> None:
		parents = {"link_name": name, "parenttype": "Contact"}
		for contact in frappe.get_all("Dynamic Link", parents, pluck="parent"):
			for field in ("customer_primary_contact",):
				frappe.db.set_value("Customer", {field: contact}, field, None)
			frappe.delete_doc("Contact", contact, force=True, ignore_missing=True)
		frappe.db.commit()

	def cycle(self) -> None:
		frappe.db.commit()
		jobs.cycle(self.tenant)
		frappe.db.commit()

	def save_customer(self, doc: frappe._dict) -> str:
		values = self.customer_values()
		doc.update({field: values[field] for field in ("customer_group", "territory")})
		doc.insert(ignore_permissions=True)
		self.addCleanup(remove, "Customer", doc.name)
		return str(doc.name)

	def contact(self) -> dict:
		(contact,) = (row for row in self.accountant.contacts() if self.mark in str(row))
		return self.accountant.contact(contact["ContactID"])

	def test_a_lead_becomes_a_customer_with_the_same_contact(self) -> None:
		lead = self.lead()
		self.cycle()
		xero_id = self.contact()["ContactID"]
		self.assertEqual(self.contact()["ContactNumber"], f"Lead {lead}")
		customer = self.save_customer(make_customer(lead))
		self.cycle()
		self.assertEqual(frappe.db.get_value("Xero Link", {"xero_id": xero_id}, "reference_name"), customer)
		self.assertEqual(self.contact()["ContactNumber"], customer)
		self.assertEqual(self.contact()["EmailAddress"], f"{self.mark}@example.com")

	def test_a_prospect_stands_for_its_lead_and_becomes_a_customer(self) -> None:
		lead = self.lead()
		prospect = self.made(
			{"doctype": "Prospect", "company_name": f"Group {self.mark}", "leads": [{"lead": lead}]}
		)
		self.cycle()
		self.assertEqual(self.contact()["ContactNumber"], f"Prospect {prospect}")
		customer = self.save_customer(make_customer_of_prospect(prospect))
		self.cycle()
		self.assertEqual(self.contact()["ContactNumber"], customer)

	def test_a_lead_is_renamed_and_deleted(self) -> None:
		lead = self.lead()
		self.cycle()
		frappe.rename_doc("Lead", lead, f"{lead}-B")
		self.assertTrue(frappe.db.exists("Xero Link", {"reference_name": f"{lead}-B"}))
		self.remove_persons(f"{lead}-B")
		frappe.delete_doc("Lead", f"{lead}-B")
		self.assertFalse(frappe.db.exists("Lead", f"{lead}-B"))
