"""The store contract on the site's database, and what only a site has to keep."""

from __future__ import annotations

import threading
from decimal import Decimal
from typing import Any

import frappe
from frappe.utils.password import set_encrypted_password

from xero_connector.store.frappe import FrappeStore
from xero_connector.store.protocol import NotFound, StoreError
from xero_connector.store.schema import INDEX, UNIQUE
from xero_connector.tests.base import OWN_ROWS, SiteTestCase, remove
from xero_connector.tests.store_contract import ORGANISATION, StoreContract


class TestFrappeStore(StoreContract, SiteTestCase):
	def setUp(self) -> None:
		SiteTestCase.setUp(self)
		StoreContract.setUp(self)

	def submittable(self) -> dict[str, Any]:
		customer, item = self.customer(), self.item()
		frappe.db.commit()
		return self.order_values(customer, [{"item_code": item, "qty": Decimal(1), "rate": Decimal(20)}])

	def insert(self, doc: dict[str, Any]) -> str:
		name = super().insert(doc)
		if doc["doctype"] == "Sales Order":
			self.addCleanup(remove, "Sales Order", name)
		return name

	def make_store(self) -> FrappeStore:
		self.addCleanup(clear)
		clear()
		return FrappeStore()

	def two_customers(self) -> tuple[str, str]:
		made = self.customer(), self.customer()
		self.addCleanup(remove_addresses)
		frappe.db.commit()
		return made

	def test_one_of_many_workers_gets_a_claim(self) -> None:
		name = self.insert({"doctype": "Xero Lease", "organisation": ORGANISATION, "purpose": "push"})
		taken: list[str] = []
		start = threading.Barrier(4)

		def work(site: str, worker: str) -> None:
			frappe.init(site=site)
			frappe.connect()
			store = FrappeStore()
			start.wait(timeout=30)
			with store.transaction():
				if store.update_if("Xero Lease", name, {"holder": None}, {"holder": worker}):
					taken.append(worker)
			frappe.destroy()

		workers = [
			threading.Thread(target=work, args=(frappe.local.site, f"worker-{number}")) for number in range(4)
		]
		for worker in workers:
			worker.start()
		for worker in workers:
			worker.join(timeout=60)
		with self.store.transaction():
			lease = self.store.get("Xero Lease", name)
		assert lease is not None
		self.assertEqual(taken, [lease["holder"]])

	def test_never_gives_a_password(self) -> None:
		name = self.insert({"doctype": "Xero Login", "title": ORGANISATION})
		set_encrypted_password("Xero Login", name, "the-token", "access_token")
		frappe.db.set_value("Xero Login", name, "access_token", "*****")
		doc = self.store.get("Xero Login", name)
		row = self.store.find("Xero Login", {"name": name})[0]
		assert doc is not None
		self.assertNotIn("access_token", doc)
		self.assertNotIn("access_token", row)

	def test_a_business_document_reads_as_plain_data(self) -> None:
		order = self.store.get("Sales Order", self.sales_order(self.customer()))
		assert order is not None
		self.assertEqual(order["grand_total"], Decimal("120.5"))
		self.assertIsInstance(order["grand_total"], Decimal)
		self.assertRegex(order["transaction_date"], r"^\d{4}-\d\d-\d\d$")
		self.assertIs(type(order["docstatus"]), int)
		self.assertEqual([row["amount"] for row in order["items"]], [Decimal("100.5"), Decimal("20")])
		self.assertEqual(order["items"][0]["doctype"], "Sales Order Item")

	def test_own_fields_of_a_business_document_are_written_silently(self) -> None:
		customer = self.customer()
		modified = frappe.db.get_value("Customer", customer, "modified")
		self.store.update("Customer", customer, {"xero_due": Decimal("12.34"), "xero_payment_status": "Sent"})
		after = frappe.get_doc("Customer", customer)
		self.assertEqual((after.xero_due, after.xero_payment_status), (12.34, "Sent"))
		self.assertEqual(after.modified, modified)

	def test_other_fields_of_a_business_document_are_validated(self) -> None:
		customer = self.customer()
		frappe.clear_messages()  # what ERPNext had to say of documents of other tests
		self.store.update("Customer", customer, {"website": "https://example.com"})
		self.assertEqual(frappe.db.get_value("Customer", customer, "website"), "https://example.com")
		with self.assertRaisesRegex(StoreError, "No Such Group"):
			self.store.update("Customer", customer, {"customer_group": "No Such Group"})
		self.assertFalse(frappe.local.message_log)

	def test_says_what_is_missing(self) -> None:
		with self.assertRaisesRegex(StoreError, "no DocType No Such Thing"):
			self.store.get("No Such Thing", "x")
		with self.assertRaisesRegex(StoreError, "Customer has no field xero_nothing"):
			self.store.update("Customer", self.customer(), {"xero_nothing": 1})
		with self.assertRaises(NotFound):
			self.store.update("Customer", "no such customer", {"xero_due": 1})

	def test_a_transaction_does_not_swallow_what_waits(self) -> None:
		self.store.insert(self.contact(1))
		with self.assertRaisesRegex(StoreError, "open already"), self.store.transaction():
			self.fail("a transaction opened over a waiting write")
		self.assertTrue(self.store.in_transaction())

	def test_a_document_with_virtual_fields_is_found_by_its_rows(self) -> None:
		self.assertEqual(self.store.find_by_row("Sales Invoice", "items", {"sales_order": "none"}), [])

	def test_the_database_has_every_key_of_the_schema(self) -> None:
		for unique, keys in ((True, UNIQUE), (False, INDEX)):
			for doctype, wanted in keys.items():
				found = indexes(doctype)
				for fields in wanted:
					self.assertIn((unique, fields), found, doctype)


def indexes(doctype: str) -> set[tuple[bool, tuple[str, ...]]]:
	"""The indexes of a table: (unique, columns)."""
	columns: dict[tuple[str, bool], list[str]] = {}
	for row in frappe.db.sql(f"SHOW INDEX FROM `tab{doctype}`", as_dict=True):
		columns.setdefault((row.Key_name, not row.Non_unique), []).append(row.Column_name)
	return {(unique, tuple(names)) for (_, unique), names in columns.items()}


def remove_addresses() -> None:
	for name in frappe.get_all("Address", {"address_title": "Contract Tests"}, pluck="name"):
		remove("Address", name)


def clear() -> None:
	frappe.db.rollback()
	for doctype in OWN_ROWS:
		frappe.db.delete(doctype, {"organisation": ORGANISATION})
	frappe.db.delete("Xero Login", {"title": ORGANISATION})
	frappe.db.commit()
