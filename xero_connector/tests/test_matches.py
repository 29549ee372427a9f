"""Reviews on the site: a person decides which contact a customer is."""

from __future__ import annotations

from typing import Any

import frappe

from xero_connector.desk import jobs, matches
from xero_connector.tests.base import ConnectedTestCase


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
