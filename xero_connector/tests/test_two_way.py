"""Contacts both ways, with real Customers, Addresses and Contacts."""

from __future__ import annotations

import threading
from typing import Any
from unittest.mock import patch

import frappe

from xero_connector.desk import conflicts, jobs, wiring
from xero_connector.store.frappe import FrappeStore
from xero_connector.store.protocol import Doc
from xero_connector.sync.contacts import Contacts
from xero_connector.tests.base import ConnectedTestCase

QUAY = {"AddressType": "POBOX", "AddressLine1": "2 Quay", "City": "Leith", "Country": "United Kingdom"}


def main_of(doctype: str) -> str:
	"""The field of a Customer that names its main one."""
	return f"customer_primary_{doctype.lower()}"


class TestTwoWay(ConnectedTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.connect()

	def whole_customer(self, **values: Any) -> str:
		"""A customer with a main address and a main contact, in Xero."""
		name = self.customer(
			email_id=f"{frappe.generate_hash(length=8)}@example.com", mobile_no="0771", **values
		)
		links = [{"link_doctype": "Customer", "link_name": name}]
		address = self.made(
			{
				"doctype": "Address",
				"address_title": name,
				"address_type": "Billing",
				"address_line1": "1 Harbour Road",
				"city": "Aberdeen",
				"country": "United Kingdom",
				"links": links,
			}
		)
		customer = frappe.get_doc("Customer", name)
		self.addCleanup(self.let_go, name)
		customer.customer_primary_address = address
		customer.save()
		self.cycle()
		return name

	def let_go(self, customer: str) -> None:
		"""Delete what ERPNext made for a customer."""
		frappe.db.set_value(
			"Customer", customer, {"customer_primary_contact": None, "customer_primary_address": None}
		)
		for doctype in ("Contact", "Address"):
			for name in frappe.get_all(
				"Dynamic Link", {"link_name": customer, "parenttype": doctype}, pluck="parent"
			):
				frappe.delete_doc(doctype, name, force=True)
		frappe.db.commit()

	def cycle(self) -> None:
		frappe.db.commit()
		jobs.cycle(self.tenant)
		frappe.db.commit()

	def contact_id(self, customer: str) -> str:
		return str(
			frappe.db.get_value(
				"Xero Link", {"reference_name": customer, "organisation": self.tenant}, "xero_id"
			)
		)

	def main(self, customer: str, doctype: str) -> Any:
		return frappe.get_doc(
			doctype, frappe.db.get_value("Customer", customer, f"customer_primary_{doctype.lower()}")
		)

	def open_conflict(self) -> Doc:
		(row,) = FrappeStore().find("Xero Conflict", {"organisation": self.tenant, "status": "Open"})
		return row

	def test_edits_in_xero_reach_customer_address_and_contact(self) -> None:
		customer = self.whole_customer()
		before = frappe.db.count("Xero Outbox", {"organisation": self.tenant})
		self.accountant.edit_contact(
			self.contact_id(customer),
			Name=f"{customer} Limited",
			FirstName="Ewan",
			EmailAddress="ewan@example.com",
			Phones=[
				{"PhoneType": "DEFAULT", "PhoneNumber": "01224 1"},
				{"PhoneType": "MOBILE", "PhoneNumber": "0770 2"},
			],
			Addresses=[
				{
					"AddressType": "POBOX",
					"AddressLine1": "2 Quay",
					"City": "Leith",
					"Country": "United Kingdom",
				}
			],
		)
		self.cycle()
		self.assertEqual(frappe.db.get_value("Customer", customer, "customer_name"), f"{customer} Limited")
		address, person = self.main(customer, "Address"), self.main(customer, "Contact")
		self.assertEqual((address.address_line1, address.city), ("2 Quay", "Leith"))
		self.assertEqual(
			(person.first_name, person.email_id, person.phone, person.mobile_no),
			("Ewan", "ewan@example.com", "01224 1", "0770 2"),
		)
		writes = [call for call in self.simulator.calls if call.method != "GET"]
		self.cycle()
		self.assertEqual([call for call in self.simulator.calls if call.method != "GET"], writes)
		self.assertEqual(frappe.db.count("Xero Outbox", {"organisation": self.tenant}), before)

	def test_what_is_missing_here_is_made(self) -> None:
		customer = self.customer()
		self.addCleanup(self.let_go, customer)
		self.cycle()
		self.accountant.edit_contact(
			self.contact_id(customer),
			FirstName="Ewan",
			EmailAddress="ewan@example.com",
			Addresses=[
				{
					"AddressType": "POBOX",
					"AddressLine1": "2 Quay",
					"City": "Leith",
					"Country": "United Kingdom",
				}
			],
		)
		self.cycle()
		self.assertEqual(self.main(customer, "Address").address_line1, "2 Quay")
		self.assertEqual(self.main(customer, "Contact").email_id, "ewan@example.com")
		self.assertEqual(frappe.db.count("Xero Conflict", {"organisation": self.tenant}), 0)

	def test_what_erpnext_refuses_is_asked_about(self) -> None:
		customer = self.whole_customer()
		self.accountant.edit_contact(
			self.contact_id(customer),
			FirstName="Ewan",
			Addresses=[
				{"AddressType": "POBOX", "AddressLine1": "2 Quay", "City": "Leith", "Country": "Caledonia"}
			],
		)
		self.cycle()
		rows = FrappeStore().find("Xero Conflict", {"organisation": self.tenant, "status": "Open"})
		self.assertIn("Caledonia", {row["xero_value"] for row in rows})
		self.assertEqual({row["cause"] for row in rows}, {"refused-here"})
		self.assertEqual(self.main(customer, "Address").country, "United Kingdom")
		self.assertEqual(self.main(customer, "Contact").first_name, "Ewan")
		country = next(row for row in rows if row["xero_value"] == "Caledonia")
		with self.assertRaisesRegex(frappe.ValidationError, "Caledonia"):
			conflicts.resolve(country["name"], "Xero")
		frappe.db.rollback()
		line = next(row for row in rows if row["xero_value"] == "2 Quay")
		conflicts.resolve(line["name"], "Xero")
		frappe.db.commit()
		self.assertEqual(self.main(customer, "Address").address_line1, "2 Quay")

	def test_a_conflict_is_decided_once(self) -> None:
		customer = self.whole_customer()
		person = self.main(customer, "Contact")
		person.last_name = "Craig"
		person.save()
		self.accountant.edit_contact(self.contact_id(customer), LastName="McGregor")
		self.cycle()
		row = self.open_conflict()
		self.assertEqual((row["erpnext_value"], row["xero_value"]), ("Craig", "McGregor"))
		conflicts.resolve(row["name"], "ERPNext")
		self.cycle()
		self.assertEqual(self.accountant.contact(self.contact_id(customer))["LastName"], "Craig")
		with self.assertRaisesRegex(frappe.ValidationError, "decided already"):
			conflicts.resolve(row["name"], "Xero")

	def test_a_decision_is_not_undone_by_a_merge_that_began_before_it(self) -> None:
		"""The merge looks at the link under a lock, and begins again if it moved."""
		customer = self.whole_customer()
		person = self.main(customer, "Contact")
		person.last_name = "Craig"
		person.save()
		self.accountant.edit_contact(self.contact_id(customer), LastName="McGregor")
		self.cycle()
		row, site = self.open_conflict(), frappe.local.site
		self.accountant.edit_contact(self.contact_id(customer), LastName="MacLeod")
		arrive, decided = Contacts.arrive, list[str]()

		def decide_first(contacts: Contacts, *arguments: Any) -> list[str]:
			def decide() -> None:
				frappe.init(site)
				frappe.connect()
				frappe.set_user("Administrator")
				conflicts.resolve(row["name"], "Xero")
				frappe.db.commit()
				frappe.destroy()

			if not decided:
				decided.append(row["name"])
				thread = threading.Thread(target=decide)
				thread.start()
				thread.join(30)
			return arrive(contacts, *arguments)

		with patch.object(Contacts, "arrive", decide_first):
			wiring.engine(self.tenant).pull()
		frappe.db.commit()
		self.cycle()
		person.reload()
		self.assertEqual(person.last_name, "MacLeod")
		self.assertEqual(self.accountant.contact(self.contact_id(customer))["LastName"], "MacLeod")
		self.assertEqual(frappe.db.count("Xero Conflict", {"organisation": self.tenant, "status": "Open"}), 0)


class TestPause(ConnectedTestCase):
	def test_a_paused_direction_waits(self) -> None:
		self.connect()
		organisation = frappe.get_doc("Xero Organisation", self.tenant)
		organisation.pause_push = organisation.pause_pull = 1
		organisation.save()
		customer = self.customer()
		frappe.db.commit()
		calls = self.simulator.call_count
		jobs.cycle(self.tenant)
		self.assertEqual(self.simulator.call_count, calls)
		self.assertEqual(frappe.db.get_value("Xero Outbox", {"reference_name": customer}, "status"), "Queued")
		organisation.reload()
		organisation.pause_push = 0
		organisation.save()
		frappe.db.commit()
		jobs.cycle(self.tenant)
		self.assertEqual(frappe.db.get_value("Xero Outbox", {"reference_name": customer}, "status"), "Done")
