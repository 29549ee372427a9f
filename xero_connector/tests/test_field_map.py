"""The field map in the desk: what is offered, what is refused, what an update adds."""

from __future__ import annotations

from typing import Any

import frappe

from xero_connector.desk.field_map import choices
from xero_connector.mapping.fields import ADDED_LINES, DEFAULT_FIELD_MAP
from xero_connector.patches import map_delivery_address
from xero_connector.store.frappe import FrappeStore
from xero_connector.tests.base import SiteTestCase


class TestFieldMap(SiteTestCase):
	def line(self, field: str, path: str, **values: Any) -> dict[str, Any]:
		given = {"erp_doctype": "Customer", "erp_field": field, "xero_field": path, "enabled": 1}
		return {"doctype": "Xero Field Map", "direction": "To Xero", "policy": "Ask", **given, **values}

	def test_every_default_line_may_be_saved(self) -> None:
		for line in DEFAULT_FIELD_MAP:
			key = {field: line[field] for field in ("erp_doctype", "erp_field", "xero_field")}
			frappe.get_doc("Xero Field Map", key).save()

	def test_a_line_is_checked_when_it_is_saved(self) -> None:
		self.made(self.line("market_segment", "CompanyNumber"))
		self.made(self.line("name", "AccountNumber"))
		for line, words in (
			(self.line("no_such_field", "SalesDefaultAccountCode"), "Customer has no field no_such_field"),
			(self.line("xero_credit", "SalesDefaultAccountCode"), "Customer has no field xero_credit"),
			(self.line("accounts", "SalesDefaultAccountCode"), "Accounts is a Table"),
			(self.line("customer_group", "Nowhere"), "A contact in Xero has no field Nowhere"),
			(self.line("customer_group", "CompanyNumber"), "mapped already, with Customer market_segment"),
			(self.line("territory", "XeroNetworkKey", direction="Both"), "choose To Xero"),
			(self.line("email_id", "XeroNetworkKey", direction="From Xero"), "cannot be written in ERPNext"),
		):
			with self.assertRaisesRegex(frappe.ValidationError, words):
				frappe.get_doc(line).insert()

	def test_a_contact_keeps_its_name(self) -> None:
		name = frappe.get_doc("Xero Field Map", {"xero_field": "Name"})
		with self.assertRaisesRegex(frappe.ValidationError, "without a name"):
			name.delete()
		name.enabled = 0
		with self.assertRaisesRegex(frappe.ValidationError, "without a name"):
			name.save()

	def test_the_form_offers_fields_that_can_be_mapped(self) -> None:
		offered = choices("Shipping Address")
		fields = {row["value"]: row["label"] for row in offered["fields"]}
		self.assertEqual(fields["city"], "City/Town")
		self.assertNotIn("links", fields)
		paths = {row["value"]: row["label"] for row in offered["paths"]}
		self.assertEqual(paths["Addresses[STREET].City"], "Delivery Address: City")
		self.assertEqual(choices("User")["fields"], [])
		frappe.set_user(self.user("Sales Manager"))
		with self.assertRaises(frappe.PermissionError):
			choices("Customer")

	def test_an_update_adds_lines_and_touches_nobodys(self) -> None:
		store = FrappeStore()
		for line in ADDED_LINES:
			frappe.db.delete("Xero Field Map", {"xero_field": line["xero_field"]})
		own = self.line("customer_details", "Addresses[STREET].City", enabled=0)
		store.insert(own)
		map_delivery_address.execute()
		map_delivery_address.execute()
		rows = store.find(
			"Xero Field Map", {"xero_field": ("in", [line["xero_field"] for line in ADDED_LINES])}
		)
		self.assertEqual(len(rows), len(ADDED_LINES))
		(kept,) = [row for row in rows if row["xero_field"] == own["xero_field"]]
		self.assertEqual((kept["erp_field"], kept["enabled"]), ("customer_details", 0))
		frappe.db.rollback()
