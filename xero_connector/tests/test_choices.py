"""The choices of an organisation: what its form offers, and what it refuses to save."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.desk.search import search_link

from xero_connector.desk.pickers import condition_fields
from xero_connector.store.frappe import FrappeStore
from xero_connector.tests.base import ConnectedTestCase


class TestChoices(ConnectedTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.connect()

	def choices(self, **tables: list[dict[str, Any]]) -> Any:
		"""The organisation's document with these rows, not saved yet."""
		doc = frappe.get_doc("Xero Organisation", self.tenant)
		for table, rows in tables.items():
			doc.set(table, rows)
		return doc

	def account(self, code: str) -> str:
		return str(frappe.db.get_value("Xero Account", {"organisation": self.tenant, "code": code}))

	def test_money_comes_in_on_banks_and_accounts_that_take_payments(self) -> None:
		taking = {"organisation": self.tenant, "status": "ACTIVE"}
		banks = frappe.get_all("Xero Account", {**taking, "account_type": "BANK"}, pluck="name")
		enabled = frappe.get_all("Xero Account", {**taking, "enable_payments": 1}, pluck="name")
		offered = search_link(
			"Xero Account",
			"",
			query="xero_connector.desk.pickers.payment_accounts",
			filters=frappe.as_json({"organisation": self.tenant}),
			page_length=100,
		)
		self.assertTrue(banks)
		self.assertEqual({row["value"] for row in offered}, {*banks, *enabled})
		self.assertIn("090 · Business Bank Account", {row["label"] for row in offered})

	def test_a_charge_is_on_any_account_that_the_taxes_table_takes(self) -> None:
		company = frappe.db.get_value("Xero Organisation", self.tenant, "company")
		offered = search_link(
			"Account",
			"",
			query="xero_connector.desk.pickers.charge_accounts",
			filters=frappe.as_json({"company": company}),
			page_length=200,
		)
		names = [row["value"] for row in offered]
		for wanted in ({"account_type": "Chargeable"}, {"account_type": "Tax"}, {"root_type": "Income"}):
			for name in frappe.get_all(
				"Account", {"company": company, "is_group": 0, "disabled": 0, **wanted}, pluck="name"
			):
				self.assertIn(name, names)
		self.assertFalse(frappe.get_all("Account", {"name": ("in", names), "account_type": "Bank"}))

	def test_a_condition_is_offered_the_fields_of_its_document(self) -> None:
		offered = {row["value"] for row in condition_fields("Sales Order")}
		self.assertLessEqual({"order_type", "grand_total", "territory"}, offered)
		self.assertFalse({"items", "items_section"} & offered)
		self.assertEqual(condition_fields("User"), [])

	def test_only_a_manager_is_offered_accounts(self) -> None:
		frappe.set_user(self.user("Sales User"))
		with self.assertRaises(frappe.PermissionError):
			frappe.call(
				"xero_connector.desk.pickers.payment_accounts",
				doctype="Xero Account",
				txt="",
				searchfield="name",
				start=0,
				page_len=10,
				filters={"organisation": self.tenant},
			)

	def test_nothing_of_another_organisation_is_chosen(self) -> None:
		other = self.organisation()
		theme = FrappeStore().insert(
			{"doctype": "Xero Branding Theme", "organisation": other, "xero_id": frappe.generate_hash()}
		)
		doc = self.choices()
		doc.branding_theme = theme
		with self.assertRaisesRegex(frappe.ValidationError, "belongs to another organisation"):
			doc.save()
		account = FrappeStore().insert({"doctype": "Xero Account", "organisation": other, "code": "200"})
		row = {"source_doctype": "Item", "source_name": self.item(), "xero_account": account}
		with self.assertRaisesRegex(frappe.ValidationError, "belongs to another organisation"):
			self.choices(item_accounts=[row]).save()

	def test_an_item_has_one_account(self) -> None:
		row = {"source_doctype": "Item", "source_name": self.item(), "xero_account": self.account("200")}
		self.choices(item_accounts=[row]).save()
		with self.assertRaisesRegex(frappe.ValidationError, "mapped twice"):
			self.choices(item_accounts=[row, {**row, "xero_account": self.account("260")}]).save()

	def test_a_condition_names_a_field_that_is_there(self) -> None:
		row = {"document_type": "Sales Order", "field": "order_type", "operator": "=", "value": "Sales"}
		self.choices(conditions=[row]).save()
		with self.assertRaisesRegex(frappe.ValidationError, "has no field colour"):
			self.choices(conditions=[{**row, "field": "colour"}]).save()
