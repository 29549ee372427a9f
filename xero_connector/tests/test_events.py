"""Document events: what a save leaves in the outbox, and that it never stands in the way."""

from __future__ import annotations

from unittest.mock import patch

import frappe

from xero_connector.desk import events
from xero_connector.store.frappe import FrappeStore
from xero_connector.tests.base import SiteTestCase


class TestEvents(SiteTestCase):
	def rows(self, organisation: str, **filters: str) -> list[dict]:
		return FrappeStore().find("Xero Outbox", {"organisation": organisation, **filters})

	def test_edits_of_a_customer_fold_into_one_row(self) -> None:
		organisation = self.organisation()
		customer = frappe.get_doc("Customer", self.customer())
		first = self.rows(organisation)
		for website in ("https://one.example", "https://two.example"):
			customer.website = website
			customer.save()
		rows = self.rows(organisation)
		self.assertEqual([row["reference_name"] for row in rows], [customer.name])
		self.assertEqual(rows[0]["status"], "Queued")
		self.assertNotEqual(rows[0]["version"], first[0]["version"])

	def test_the_row_shares_the_fate_of_the_save(self) -> None:
		organisation = self.organisation()
		frappe.db.commit()
		self.customer()
		self.assertTrue(self.rows(organisation))
		frappe.db.rollback()
		self.assertFalse(self.rows(organisation))

	def test_an_order_counts_when_it_is_submitted(self) -> None:
		organisation = self.organisation()
		order = frappe.get_doc("Sales Order", self.sales_order(self.customer()))
		self.assertFalse(self.rows(organisation, reference_doctype="Sales Order"))
		order.submit()
		self.assertEqual(len(self.rows(organisation, reference_doctype="Sales Order")), 1)

	def test_by_hand_means_by_hand(self) -> None:
		organisation = self.organisation(invoice_trigger="By Hand")
		frappe.get_doc("Sales Order", self.sales_order(self.customer())).submit()
		self.assertFalse(self.rows(organisation, reference_doctype="Sales Order"))

	def test_what_the_engine_writes_comes_not_back(self) -> None:
		organisation = self.organisation(push_customers=0)
		customer = self.customer()
		frappe.db.set_value("Xero Organisation", organisation, "push_customers", 1)
		FrappeStore().update("Customer", customer, {"website": "https://xero.example"})
		self.assertFalse(self.rows(organisation))

	def test_a_broken_trigger_does_not_stop_a_save(self) -> None:
		organisation = self.organisation()
		with patch.object(events, "document_saved", side_effect=RuntimeError("broken")):
			customer = self.customer()
		self.assertTrue(frappe.db.exists("Customer", customer))
		self.assertFalse(self.rows(organisation))
		log = {"reference_doctype": "Customer", "reference_name": customer}
		self.assertTrue(frappe.db.exists("Error Log", log))
		self.addCleanup(frappe.db.delete, "Error Log", log)

	def test_rename_delete_and_merge_are_not_blocked(self) -> None:
		organisation, store = self.organisation(), FrappeStore()
		links = {
			name: store.insert(
				{
					"doctype": "Xero Link",
					"organisation": organisation,
					"reference_doctype": "Customer",
					"reference_name": name,
					"xero_entity": "Contact",
					"xero_id": f"contact of {name}",
				}
			)
			for name in (self.customer(), self.customer())
		}
		old, kept = links
		frappe.rename_doc("Customer", old, f"{old} renamed")
		self.assertEqual(store.find("Xero Link", {"name": links[old]})[0]["reference_name"], f"{old} renamed")
		frappe.rename_doc("Customer", f"{old} renamed", kept, merge=True)
		known = store.find("Xero Link", {"organisation": organisation})
		self.assertEqual([link["name"] for link in known], [links[kept]])
		frappe.delete_doc("Customer", kept)
		self.assertFalse(frappe.db.exists("Customer", kept))
