"""The choices of an organisation: what its form offers, and what it refuses to save."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.desk.search import search_link

from xero_connector.desk.pickers import condition_fields
from xero_connector.store.frappe import FrappeStore
from xero_connector.tests.base import ConnectedTestCase, text_of


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

	def rate(self, tax_type: str) -> str:
		return str(frappe.db.get_value("Xero Tax Rate", {"organisation": self.tenant, "tax_type": tax_type}))

	def erp_account(self, **values: Any) -> str:
		filters = {"company": self.company(), "is_group": 0, **values}
		return str(frappe.db.get_value("Account", filters))

	def archive(self, doctype: str, name: str) -> None:
		"""As the next reading of Xero would write it."""
		FrappeStore().update(doctype, name, {"status": "ARCHIVED"})

	def assertRefused(self, doc: Any, *said: str) -> None:
		with self.assertRaises(frappe.ValidationError) as raised:
			doc.save()
		for words in said:
			self.assertIn(words, text_of(str(raised.exception)))

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

	def test_an_archived_account_is_not_chosen(self) -> None:
		self.archive("Xero Account", self.account("265"))
		row = {"account": self.erp_account(root_type="Income"), "xero_account": self.account("265")}
		self.assertRefused(
			self.choices(accounts=[row]),
			"Row 1 of Accounts of Charges , Xero Account",
			"265 Delivery Income is archived in Xero. Choose an active one.",
		)
		doc = self.choices()
		doc.sales_account = self.account("265")
		self.assertRefused(doc, "Sales Account : 265 Delivery Income is archived")

	def test_what_was_archived_since_keeps_nobody_from_saving(self) -> None:
		row = {"account": self.erp_account(root_type="Income"), "xero_account": self.account("265")}
		self.choices(accounts=[row]).save()
		self.archive("Xero Account", self.account("265"))
		frappe.clear_messages()
		doc = self.choices()
		doc.rounding_limit = 0.2
		doc.save()
		told = text_of(" ".join(message["message"] for message in frappe.message_log))
		self.assertIn("Row 1 of Accounts of Charges , Xero Account : 265 Delivery Income is archived", told)
		doc.append("accounts", {**row, "account": self.erp_account(account_type="Tax")})
		self.assertRefused(doc, "Row 2 of Accounts of Charges")

	def test_a_choice_that_was_fine_and_is_changed_is_judged_again(self) -> None:
		vat = self.erp_account(account_type="Tax")
		self.choices(taxes=[{"account": vat, "rate": 20, "tax_rate": self.rate("OUTPUT2")}]).save()
		doc = self.choices()
		doc.taxes[0].rate = 17.5
		self.assertRefused(
			doc, "Row 1 of Tax Map , Xero Tax Rate : 20% (VAT on Income) is 20 %, and the tax is"
		)

	def test_no_default_of_the_site_narrows_a_tax(self) -> None:
		country = frappe.db.get_default("country")
		frappe.db.set_default("country", "United Kingdom")
		self.addCleanup(frappe.db.set_default, "country", country)
		vat = self.erp_account(account_type="Tax")
		self.choices(taxes=[{"account": vat, "rate": 20, "tax_rate": self.rate("OUTPUT2")}]).save()
		self.assertFalse(self.choices().taxes[0].country)

	def test_what_xero_would_refuse_is_not_chosen(self) -> None:
		vat = self.erp_account(account_type="Tax")
		for field, name, words in (
			("sales_account", self.account("090"), "090 Business Bank Account is a bank account"),
			("sales_account", self.account("610"), "Xero keeps 610 Accounts Receivable for itself"),
			("rounding_account", self.account("090"), "is a bank account"),
			("no_tax_rate", self.rate("OUTPUT2"), "20% (VAT on Income) is 20 %, and the tax is 0 %."),
		):
			doc = self.choices()
			doc.set(field, name)
			self.assertRefused(doc, words)
		for row, words in (
			({"rate": 20, "tax_rate": self.rate("INPUT2")}, "is not for sales in Xero"),
			({"rate": 20, "tax_rate": self.rate("RROUTPUT")}, "is 5 %, and the tax is 20 %."),
		):
			self.assertRefused(self.choices(taxes=[{"account": vat, **row}]), words)
		self.choices(taxes=[{"account": vat, "rate": 20, "tax_rate": self.rate("OUTPUT2")}]).save()

	def test_payments_go_into_accounts_of_the_same_currency_that_take_them(self) -> None:
		here = self.erp_account(account_type="Cash")
		for code, words in (("200", "200 Sales takes no payments in Xero."), ("090", "")):
			doc = self.choices(payment_accounts=[{"xero_account": self.account(code), "account": here}])
			if words:
				self.assertRefused(doc, words)
			else:
				doc.save()
		FrappeStore().update("Xero Account", self.account("091"), {"currency": "USD"})
		doc = self.choices(payment_accounts=[{"xero_account": self.account("091"), "account": here}])
		self.assertRefused(doc, "is kept in USD, the account here in GBP.")

	def test_of_two_who_save_at_once_the_second_is_told(self) -> None:
		mine, theirs = self.choices(), self.choices()
		theirs.rounding_limit = 0.2
		theirs.save()
		mine.invoice_status = "Authorised"
		with self.assertRaises(frappe.TimestampMismatchError):
			mine.save()
		kept = frappe.db.get_value(
			"Xero Organisation", self.tenant, ["rounding_limit", "invoice_status"], as_dict=True
		)
		self.assertEqual(kept, {"rounding_limit": 0.2, "invoice_status": "Draft"})

	def test_what_the_engine_writes_meanwhile_disturbs_nobody(self) -> None:
		mine = self.choices()
		FrappeStore().update("Xero Organisation", self.tenant, {"status_message": "Xero cannot be reached."})
		mine.invoice_status = "Authorised"
		mine.save()
		mine.reload()
		self.assertEqual(
			(mine.invoice_status, mine.status_message), ("Authorised", "Xero cannot be reached.")
		)
