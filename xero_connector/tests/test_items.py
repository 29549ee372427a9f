"""Items on a real site: their price, and the check of their next sale."""

from __future__ import annotations

from unittest.mock import patch

import frappe

from xero_connector.desk import item as desk
from xero_connector.desk import jobs, outbox
from xero_connector.store.frappe import FrappeStore
from xero_connector.sync import links
from xero_connector.tests.base import ConnectedTestCase


class TestItems(ConnectedTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.connect()
		self.code = self.item()
		order = self.order_values(self.customer(), [{"item_code": self.code, "qty": 1, "rate": 20}])
		frappe.get_doc("Sales Order", self.made(order)).submit()
		frappe.db.commit()
		jobs.drain(self.tenant)

	def link(self) -> dict:
		link = links.of_document(FrappeStore(), self.tenant, "Item", self.code)
		assert link
		return link

	def price(self, rate: float) -> str:
		price_list = self.made(
			{"doctype": "Price List", "price_list_name": "Xero Test", "currency": "GBP", "selling": 1}
		)
		frappe.db.set_value("Xero Organisation", self.tenant, "price_list", price_list)
		return self.made(
			{
				"doctype": "Item Price",
				"item_code": self.code,
				"price_list": price_list,
				"price_list_rate": rate,
			}
		)

	def sent_price(self) -> float | None:
		base = links.base_of(self.link())
		return base["local"].get("SalesDetails.UnitPrice")

	def test_an_item_price_sends_its_item(self) -> None:
		price = frappe.get_doc("Item Price", self.price(12.5))
		frappe.db.commit()
		jobs.drain(self.tenant)
		self.assertEqual(self.sent_price(), 12.5)
		price.price_list_rate = 13
		price.save()
		frappe.db.commit()
		jobs.drain(self.tenant)
		self.assertEqual(self.sent_price(), 13)

	def test_what_a_person_types_stays_and_what_the_connector_says_too(self) -> None:
		doc = frappe.get_doc("Item", self.code)
		FrappeStore().update("Item", self.code, {"xero_check": "Something is wrong."})
		doc.xero_item_code, doc.xero_check = "SHORT", "typed"
		doc.save()
		doc.reload()
		self.assertEqual((doc.xero_item_code, doc.xero_check), ("SHORT", "Something is wrong."))

	def test_the_check_by_button(self) -> None:
		self.price(12.5)
		frappe.db.commit()
		(found,) = desk.check(self.code)
		self.assertEqual((found["problems"], found["price"], found["currency"]), ([], 12.5, "GBP"))
		self.assertIn("200", found["account"])
		frappe.db.set_value("Xero Organisation", self.tenant, "sales_account", None)
		frappe.db.commit()
		(found,) = desk.check(self.code)
		self.assertEqual([problem["cause"] for problem in found["problems"]], ["account-missing"])
		frappe.set_user(self.user("Sales User"))
		with self.assertRaises(frappe.PermissionError):
			desk.check(self.code)

	def test_a_new_choice_queues_the_items_that_are_in_xero(self) -> None:
		doc = frappe.get_doc("Xero Organisation", self.tenant)
		accounts = frappe.get_all(
			"Xero Account",
			{"organisation": self.tenant, "account_class": "REVENUE", "name": ("!=", doc.sales_account)},
			pluck="name",
		)
		group = frappe.db.get_value("Item", self.code, "item_group")
		row = {"source_doctype": "Item Group", "source_name": group, "xero_account": accounts[0]}
		doc.append("item_accounts", row)
		with patch.object(outbox, "items_changed") as changed:
			doc.save()
			changed.assert_called_once_with(self.tenant)
			doc.reload()
			doc.save()
			changed.assert_called_once()
		frappe.db.commit()
		jobs.items(self.tenant)
		code = frappe.db.get_value("Xero Account", accounts[0], "code")
		self.assertEqual(links.base_of(self.link())["local"]["SalesDetails.AccountCode"], code)
