"""The page *Map to Xero*: what it lists, what it suggests, and what it saves."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.utils import today

from xero_connector.desk import map_page, unmapped
from xero_connector.store.frappe import FrappeStore
from xero_connector.tests.base import ConnectedTestCase, text_of


class MappingTestCase(ConnectedTestCase):
	"""A connected organisation whose company sells with a tax account of its own, so that other documents of
	the site do not count.
	"""

	def setUp(self) -> None:
		super().setUp()
		self.connect()
		self.vat = self.account("Tax", "Tests VAT")

	def account(self, account_type: str, name: str, **values: Any) -> str:
		like = {"company": self.company(), "account_type": account_type, "is_group": 0}
		parent = frappe.db.get_value("Account", like, "parent_account")
		unique = f"{name} {frappe.generate_hash(length=6)}"
		return self.made(
			{
				"doctype": "Account",
				"account_name": unique,
				"company": self.company(),
				"parent_account": parent,
				"account_type": account_type,
				**values,
			}
		)

	def tax(self, rate: float, account: str = "", **values: Any) -> dict[str, Any]:
		head = account or self.vat
		row = {"charge_type": "On Net Total", "account_head": head, "description": "VAT", "rate": rate}
		return row | values

	def template(self, title: str, *taxes: dict[str, Any]) -> str:
		return self.made(
			{
				"doctype": "Sales Taxes and Charges Template",
				"title": f"{title} {frappe.generate_hash(length=6)}",
				"company": self.company(),
				"taxes": list(taxes),
			}
		)

	def order(self, *taxes: dict[str, Any], **values: Any) -> str:
		name = self.sales_order(self.customer(), taxes=list(taxes), **values)
		frappe.get_doc("Sales Order", name).submit()
		return name

	def xero_account(self, code: str) -> str:
		return str(frappe.db.get_value("Xero Account", {"organisation": self.tenant, "code": code}))

	def rate(self, tax_type: str) -> str:
		return str(frappe.db.get_value("Xero Tax Rate", {"organisation": self.tenant, "tax_type": tax_type}))

	def rows(self, section: str, **choice: Any) -> list[dict[str, Any]]:
		found = unmapped.look(self.tenant)["sections"]
		rows = next((each["rows"] for each in found if each["key"] == section), [])
		return [row for row in rows if choice.items() <= row["choice"].items()]

	def doc(self) -> Any:
		return frappe.get_doc("Xero Organisation", self.tenant)

	def save(self, *chosen: tuple[str, dict[str, Any], str], modified: str = "") -> dict[str, Any]:
		rows = [{"section": each[0], "choice": each[1], "value": each[2]} for each in chosen]
		return map_page.save(self.tenant, modified or str(self.doc().modified), frappe.as_json(rows))


class TestUnmapped(MappingTestCase):
	def test_taxes_in_use_those_to_map_first(self) -> None:
		zero = self.template("Zero Rated", self.tax(0))
		for _ in range(2):
			newest = self.order(self.tax(0), taxes_and_charges=zero)
		self.order(self.tax(20))
		self.order(self.tax(17.5))
		rows = self.rows("taxes", account=self.vat)
		self.assertEqual(
			[(row["choice"]["rate"], row["state"], row["used"]) for row in rows],
			[(0, "Not Mapped", 2), (17.5, "Not Mapped", 1), (20, "By Itself", 1)],
		)
		first, second, third = rows
		self.assertEqual(first["suggested"], self.rate("ZERORATEDOUTPUT"))
		self.assertEqual((first["example"], first["about"]), (("Sales Order", newest), zero))
		self.assertEqual((second["suggested"], third["suggested"]), ("", ""))
		self.assertIn("Xero has no rate of 17.5 %", second["note"])
		self.assertEqual(third["note"], "Becomes 20% (VAT on Income).")

	def test_a_template_counts_before_anything_is_sold_with_it(self) -> None:
		self.template("Exempt Income", self.tax(0))
		item = {"tax_type": self.vat, "tax_rate": 5}
		title = f"Reduced {frappe.generate_hash(length=6)}"
		self.made(
			{"doctype": "Item Tax Template", "title": title, "company": self.company(), "taxes": [item]}
		)
		rows = self.rows("taxes", account=self.vat)
		self.assertEqual(
			[(row["choice"]["rate"], row["state"], row["used"]) for row in rows],
			[(0, "Not Mapped", 0), (5, "By Itself", 0)],
		)
		self.assertEqual(rows[0]["suggested"], self.rate("EXEMPTOUTPUT"))

	def test_two_taxes_on_a_line_are_one_thing(self) -> None:
		state, city = self.account("Tax", "Tests State"), self.account("Tax", "Tests City")
		self.order(self.tax(4, state), self.tax(2, city))
		(row,) = self.rows("taxes", account=state)
		self.assertEqual((row["label"], row["choice"]["rate"]), (f"{state} 4 %, {city} 2 %", 6))
		self.assertFalse(self.rows("taxes", account=city))

	def test_the_rates_of_an_item_count(self) -> None:
		items = [
			{"item_code": self.item(), "qty": 1, "rate": 10, "item_tax_rate": frappe.as_json({self.vat: 5})},
			{"item_code": self.item(), "qty": 1, "rate": 10},
		]
		order = frappe.get_doc("Sales Order", self.sales_order(self.customer(), taxes=[self.tax(20)]))
		order.set("items", items)
		order.db_update_all()
		for row in order.items:
			frappe.db.set_value("Sales Order Item", row.name, "item_tax_rate", row.item_tax_rate)
		frappe.db.set_value("Sales Order", order.name, "docstatus", 1)
		self.addCleanup(frappe.db.set_value, "Sales Order", order.name, "docstatus", 0)
		rates = {row["choice"]["rate"]: row["used"] for row in self.rows("taxes", account=self.vat)}
		self.assertEqual(rates, {20: 1, 5: 1})

	def test_a_charge_goes_by_itself_and_a_fixed_tax_does_not(self) -> None:
		delivery = self.account("Chargeable", "Delivery Income")
		levy = self.account("Tax", "Tests Levy")
		actual = {"charge_type": "Actual", "tax_amount": 5}
		self.order(self.tax(20), self.tax(0, delivery, **actual), self.tax(0, levy, **actual))
		(charge,) = self.rows("accounts", account=delivery)
		self.assertEqual((charge["state"], charge["about"]), ("Optional", "Charge"))
		(fixed,) = self.rows("accounts", account=levy)
		self.assertEqual((fixed["state"], fixed["about"]), ("Not Mapped", "Tax of a fixed amount"))
		self.assertIn("accounts", unmapped.look(self.tenant)["counts"])

	def test_a_choice_that_no_longer_fits_comes_first(self) -> None:
		self.order(self.tax(20))
		self.save(("taxes", {"account": self.vat, "rate": 20}, self.rate("OUTPUT2")))
		(row,) = self.rows("taxes", account=self.vat)
		self.assertEqual(row["state"], "Mapped")
		before = unmapped.look(self.tenant)["counts"]["taxes"]
		FrappeStore().update("Xero Tax Rate", self.rate("OUTPUT2"), {"status": "ARCHIVED"})
		row = self.rows("taxes")[0]
		self.assertEqual((row["choice"]["account"], row["state"]), (self.vat, "Unfit"))
		self.assertIn("is archived in Xero", row["note"])
		self.assertGreater(unmapped.look(self.tenant)["counts"]["taxes"], before)

	def test_banks_are_asked_for_where_payment_entries_are_made(self) -> None:
		bank = {"xero_account": self.xero_account("090")}
		(row,) = self.rows("payments", **bank)
		self.assertEqual(row["state"], "Optional")
		frappe.db.set_value("Xero Organisation", self.tenant, "make_payment_entries", 1)
		(row,) = self.rows("payments", **bank)
		self.assertEqual((row["state"], row["currency"]), ("Not Mapped", "GBP"))

	def test_what_the_books_are_of_another_company_does_not_count(self) -> None:
		self.order(self.tax(0))
		frappe.db.set_value("Xero Organisation", self.tenant, "company", None)
		self.assertFalse(self.rows("taxes", account=self.vat))

	def test_old_and_draft_documents_do_not_count(self) -> None:
		order = self.order(self.tax(0))
		self.sales_order(self.customer(), taxes=[self.tax(5)])
		self.assertEqual([row["choice"]["rate"] for row in self.rows("taxes", account=self.vat)], [0])
		frappe.db.set_value("Sales Order", order, "transaction_date", "2020-01-01")
		self.assertFalse(self.rows("taxes", account=self.vat))


class TestSave(MappingTestCase):
	def test_choices_become_rows_of_the_organisation(self) -> None:
		self.order(self.tax(0))
		bank = {"xero_account": self.xero_account("090")}
		here = frappe.db.get_value(
			"Account", {"company": self.company(), "account_type": "Cash", "is_group": 0}
		)
		group = frappe.db.get_value("Item Group", {"is_group": 0})
		answer = self.save(
			("taxes", {"account": self.vat, "rate": 0}, self.rate("ZERORATEDOUTPUT")),
			("items", {"source_doctype": "Item Group", "source_name": group}, self.xero_account("210")),
			("payments", bank, here),
			("general", {"field": "rounding_account"}, self.xero_account("260")),
		)
		doc = self.doc()
		self.assertEqual(
			[(row.account, row.rate, row.tax_rate) for row in doc.taxes],
			[(self.vat, 0, self.rate("ZERORATEDOUTPUT"))],
		)
		self.assertEqual([row.xero_account for row in doc.item_accounts], [self.xero_account("210")])
		self.assertEqual(
			[(row.xero_account, row.account) for row in doc.payment_accounts], [(*bank.values(), here)]
		)
		self.assertEqual(doc.rounding_account, self.xero_account("260"))
		self.assertEqual(answer["organisation"]["modified"], str(doc.modified))

	def test_a_row_is_changed_and_taken_away_and_narrower_ones_stay(self) -> None:
		doc = self.doc()
		narrow = {"account": self.vat, "rate": 0, "tax_rate": self.rate("EXEMPTOUTPUT"), "country": "Ireland"}
		doc.append("taxes", narrow)
		doc.save()
		choice = {"account": self.vat, "rate": 0}
		for tax_type in ("ZERORATEDOUTPUT", "ECZROUTPUT", ""):
			self.save(("taxes", choice, self.rate(tax_type) if tax_type else ""))
			kept = [(row.country or "", row.tax_rate) for row in self.doc().taxes]
			expected = [("Ireland", self.rate("EXEMPTOUTPUT"))]
			self.assertEqual(kept, expected + ([("", self.rate(tax_type))] if tax_type else []))

	def test_held_documents_go_again(self) -> None:
		order = self.order(self.tax(0))
		row = FrappeStore().find("Xero Outbox", {"reference_name": order})[0]["name"]
		FrappeStore().update("Xero Outbox", row, {"status": "Held", "cause": "tax-not-mapped"})
		frappe.db.commit()
		self.save(("taxes", {"account": self.vat, "rate": 0}, self.rate("ZERORATEDOUTPUT")))
		self.assertEqual(frappe.db.get_value("Xero Outbox", row, "status"), "Queued")

	def test_an_archived_account_is_refused_and_nothing_is_written(self) -> None:
		FrappeStore().update("Xero Account", self.xero_account("210"), {"status": "ARCHIVED"})
		group = frappe.db.get_value("Item Group", {"is_group": 0})
		with self.assertRaises(frappe.ValidationError) as raised:
			self.save(
				("items", {"source_doctype": "Item Group", "source_name": group}, self.xero_account("210"))
			)
		self.assertIn("210 Service Income is archived in Xero", text_of(str(raised.exception)))
		self.assertFalse(self.doc().item_accounts)

	def test_of_two_admins_the_second_overwrites_nothing(self) -> None:
		loaded = map_page.load(self.tenant)["organisation"]["modified"]
		choice = {"account": self.vat, "rate": 0}
		self.save(("taxes", choice, self.rate("ZERORATEDOUTPUT")), modified=loaded)
		with self.assertRaises(frappe.TimestampMismatchError) as raised:
			self.save(("taxes", choice, self.rate("EXEMPTOUTPUT")), modified=loaded)
		self.assertIn("press Refresh", str(raised.exception))
		self.assertEqual([row.tax_rate for row in self.doc().taxes], [self.rate("ZERORATEDOUTPUT")])

	def test_what_the_engine_writes_meanwhile_does_not_count(self) -> None:
		loaded = map_page.load(self.tenant)["organisation"]["modified"]
		FrappeStore().update("Xero Organisation", self.tenant, {"status_message": "Xero cannot be reached."})
		self.save(("general", {"field": "rounding_account"}, self.xero_account("260")), modified=loaded)
		self.assertEqual(self.doc().status_message, "Xero cannot be reached.")

	def test_only_what_the_page_shows_can_be_written(self) -> None:
		for section, choice, value in (
			("general", {"field": "enabled"}, "0"),
			("general", {"field": "company"}, self.company()),
			("match_rules", {"rule": "Email"}, "x"),
			("taxes", {"account": self.vat, "rate": 0, "country": "Ireland"}, self.rate("EXEMPTOUTPUT")),
		):
			with self.assertRaisesRegex(frappe.ValidationError, "of another version"):
				self.save((section, choice, value))

	def test_the_notice_on_the_form_goes_with_the_choice(self) -> None:
		before = map_page.left(self.tenant)["taxes"]
		self.order(self.tax(0))
		self.save(("general", {"field": "rounding_account"}, self.xero_account("260")))
		self.assertEqual(map_page.left(self.tenant)["taxes"], before + 1)
		self.save(("taxes", {"account": self.vat, "rate": 0}, self.rate("ZERORATEDOUTPUT")))
		self.assertEqual(map_page.left(self.tenant)["taxes"], before)

	def test_terms_are_said_in_words(self) -> None:
		term = self.made(
			{
				"doctype": "Payment Term",
				"payment_term_name": f"Tests {today()}",
				"invoice_portion": 100,
				"due_date_based_on": "Day(s) after invoice date",
				"credit_days": 30,
			}
		)
		values = {"invoice_portion": 100, "due_date_based_on": "Day(s) after invoice date", "credit_days": 30}
		template = self.made(
			{
				"doctype": "Payment Terms Template",
				"template_name": f"Tests {today()}",
				"terms": [{"payment_term": term, **values}],
			}
		)
		terms = {row["name"]: row["meaning"] for row in map_page.load(self.tenant)["terms"]}
		self.assertEqual(terms[template], "30 days after the invoice date")
