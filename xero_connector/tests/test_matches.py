"""Reviews on the site: a person decides which contact a customer is."""

from __future__ import annotations

from typing import Any

import frappe

from xero_connector.desk import jobs, matches
from xero_connector.store.frappe import FrappeStore
from xero_connector.tests.base import ConnectedTestCase, remove


class TestMatches(ConnectedTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.connect()
		self.email = f"{frappe.generate_hash(length=8)}@example.com"
		self.contacts = [
			self.accountant.add_contact(Name=f"Breeze {number}", EmailAddress=self.email)
			for number in ("One", "Two")
		]
		self.name = self.customer(email_id=self.email)
		self.addCleanup(self.remove_persons)
		self.drain()

	def remove_persons(self) -> None:
		frappe.db.set_value("Customer", self.name, "customer_primary_contact", None)
		for name in frappe.get_all(
			"Dynamic Link", {"link_name": self.name, "parenttype": "Contact"}, pluck="parent"
		):
			frappe.delete_doc("Contact", name, force=True)
		frappe.db.commit()

	def drain(self) -> None:
		frappe.db.commit()
		jobs.drain(self.tenant)
		frappe.db.commit()

	def review(self) -> Any:
		return frappe.get_doc("Xero Match", {"reference_name": self.name})

	def contact_id(self) -> str | None:
		return frappe.db.get_value("Xero Link", {"reference_name": self.name}, "xero_id")

	def test_a_candidate_is_chosen(self) -> None:
		review = self.review()
		self.assertEqual([row.contact_name for row in review.candidates], ["Breeze One", "Breeze Two"])
		matches.choose(review.name, self.contacts[1])
		self.drain()
		self.assertEqual(self.contact_id(), self.contacts[1])
		self.assertEqual((self.review().status, self.review().resolved_by), ("Linked", "Administrator"))
		with self.assertRaisesRegex(frappe.ValidationError, "decided already"):
			matches.make_new(review.name)

	def test_it_is_a_new_customer(self) -> None:
		matches.make_new(self.review().name)
		self.drain()
		self.assertNotIn(self.contact_id(), [None, *self.contacts])

	def test_only_a_manager_decides(self) -> None:
		review = self.review().name
		frappe.set_user(self.user("Sales Manager"))
		with self.assertRaises(frappe.PermissionError):
			matches.choose(review, self.contacts[0])
		self.assertFalse(frappe.has_permission("Xero Match", "read"))

	def test_a_customer_with_a_review_can_be_renamed_and_deleted(self) -> None:
		old, self.name = self.name, f"{self.name} B"
		frappe.rename_doc("Customer", old, self.name)
		self.assertEqual(self.review().status, "Open")
		self.remove_persons()
		frappe.delete_doc("Customer", self.name)
		self.assertFalse(frappe.db.exists("Customer", self.name))


class TestMerges(ConnectedTestCase):
	def test_customers_that_are_merged_leave_one_link_and_one_review(self) -> None:
		self.connect()
		old, kept = self.customer(), self.customer()
		frappe.db.commit()
		jobs.cycle(self.tenant)
		ids = dict(
			frappe.get_all(
				"Xero Link", {"organisation": self.tenant}, ["reference_name", "xero_id"], as_list=True
			)
		)
		for name in (old, kept):  # each has a review of its own already
			self.review(name)
		frappe.rename_doc("Customer", old, kept, merge=True)
		(review,) = frappe.get_all("Xero Match", {"organisation": self.tenant}, ["name", "cause", "status"])
		self.assertEqual((review.cause, review.status), ("merged-here", "Open"))
		shown = frappe.get_all("Xero Match Candidate", {"parent": review.name}, ["xero_id", "linked_name"])
		self.assertEqual({row.xero_id for row in shown}, set(ids.values()))
		self.accountant.merge_contacts(ids[old], ids[kept])
		frappe.db.commit()
		jobs.cycle(self.tenant)
		self.assertEqual(frappe.db.get_value("Xero Match", review.name, "status"), "Closed")

	def review(self, name: str) -> None:
		key = {"organisation": self.tenant, "reference_doctype": "Customer", "reference_name": name}
		FrappeStore().insert({"doctype": "Xero Match", **key, "status": "Closed"})

	def test_a_renamed_customer_keeps_its_number_in_xero(self) -> None:
		self.connect()
		old = self.customer()
		frappe.db.commit()
		jobs.cycle(self.tenant)
		new = f"{old} B"
		frappe.rename_doc("Customer", old, new)
		self.addCleanup(remove, "Customer", new)
		frappe.db.set_value("Customer", new, "tax_id", "GB1")
		frappe.db.commit()
		jobs.cycle(self.tenant)
		xero_id = frappe.db.get_value("Xero Link", {"reference_name": new}, "xero_id")
		contact = self.accountant.contact(xero_id)
		self.assertEqual((contact["ContactNumber"], contact["TaxNumber"]), (old, "GB1"))

	def test_an_archived_contact_is_shown_on_the_customer(self) -> None:
		self.connect()
		name = self.customer()
		frappe.db.commit()
		jobs.cycle(self.tenant)
		self.accountant.archive_contact(frappe.db.get_value("Xero Link", {"reference_name": name}, "xero_id"))
		frappe.db.commit()
		jobs.cycle(self.tenant)
		self.assertIn("archived in Xero", frappe.db.get_value("Customer", name, "xero_sync_message"))
