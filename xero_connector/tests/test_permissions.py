"""Who may call what, and whose money they see."""

from __future__ import annotations

from typing import Any

import frappe

from xero_connector.desk import conflicts, connect, demo, documents, outbox, panel
from xero_connector.store.frappe import FrappeStore
from xero_connector.tests.base import SiteTestCase

OPEN_TO_ALL = {"xero_connector.desk.webhook.receive"}

ORDER = {"doctype": "Sales Order", "name": ""}

CALLS: dict[str, tuple[Any, dict[str, str]]] = {
	"xero_connector.desk.conflicts.resolve": (conflicts.resolve, {"conflict": "x", "choice": "Xero"}),
	"xero_connector.desk.connect.start": (connect.start, {}),
	"xero_connector.desk.connect.callback": (connect.callback, {"code": "code", "state": "state"}),
	"xero_connector.desk.connect.connect_custom": (connect.connect_custom, {}),
	"xero_connector.desk.connect.connect_demo": (connect.connect_demo, {}),
	"xero_connector.desk.connect.confirm": (connect.confirm, {"organisation": "x", "company": "x"}),
	"xero_connector.desk.connect.disconnect": (connect.disconnect, {"organisation": "x"}),
	"xero_connector.desk.connect.refresh": (connect.refresh, {"organisation": "x"}),
	"xero_connector.desk.connect.reconcile": (connect.reconcile, {"organisation": "x"}),
	"xero_connector.desk.connect.sync_now": (connect.sync_now, {"organisation": "x"}),
	"xero_connector.desk.demo.act_as_accountant": (
		demo.act_as_accountant,
		{"invoice": "x", "action": "Void"},
	),
	"xero_connector.desk.documents.cancel_part": (documents.cancel_part, {"request": ""}),
	"xero_connector.desk.documents.create_part_invoice": (documents.create_part_invoice, ORDER),
	"xero_connector.desk.documents.create_xero_invoice": (documents.create_xero_invoice, ORDER),
	"xero_connector.desk.documents.create_xero_quote": (documents.create_xero_quote, {"name": ""}),
	"xero_connector.desk.documents.progress": (documents.progress, ORDER),
	"xero_connector.desk.outbox.try_again": (outbox.try_again, {"names": "[]"}),
	"xero_connector.desk.panel.customer_panel": (panel.customer_panel, {"customer": ""}),
}

FOR_MANAGERS = tuple(
	f"xero_connector.desk.{module}." for module in ("conflicts", "connect", "demo", "outbox")
)


class TestMethods(SiteTestCase):
	def own_methods(self) -> dict[str, Any]:
		own = (method for method in frappe.whitelisted if method.__module__.startswith("xero_connector."))
		return {f"{method.__module__}.{method.__name__}": method for method in own}

	def test_every_method_is_in_this_test(self) -> None:
		self.assertEqual(set(self.own_methods()) - OPEN_TO_ALL, set(CALLS))

	def test_every_method_states_its_verbs(self) -> None:
		for name, method in self.own_methods().items():
			verbs = frappe.allowed_http_methods_for_whitelisted_func[method]
			self.assertIn(list(verbs), (["GET"], ["POST"]), name)

	def test_a_guest_may_call_the_webhook_only(self) -> None:
		frappe.set_user("Guest")
		for name, method in self.own_methods().items():
			if name in OPEN_TO_ALL:
				frappe.is_whitelisted(method)
			else:
				with self.assertRaises(frappe.PermissionError, msg=name):
					frappe.is_whitelisted(method)

	def test_nobody_without_a_role_may_call_any(self) -> None:
		customer = self.customer()
		existing = {
			"customer": customer,
			"name": self.sales_order(customer),
			"request": self.request(customer),
		}
		user = self.user("Blogger")
		for name, (method, arguments) in CALLS.items():
			given = {key: existing.get(key, value) for key, value in arguments.items()}
			if method is documents.create_xero_quote:
				given["name"] = self.quotation(customer)
			frappe.set_user(user)
			with self.assertRaises(frappe.PermissionError, msg=name):
				method(**given)
			frappe.set_user("Administrator")

	def request(self, customer: str) -> str:
		return self.made(
			{
				"doctype": "Xero Invoice Request",
				"name": frappe.generate_hash(length=8),
				"source_doctype": "Sales Order",
				"source_name": self.sales_order(customer),
				"company": self.company(),
				"currency": "GBP",
			}
		)

	def test_a_sales_user_may_not_run_the_connector(self) -> None:
		user = self.user("Sales User")
		for name, (method, arguments) in CALLS.items():
			if name.startswith(FOR_MANAGERS):
				frappe.set_user(user)
				with self.assertRaises(frappe.PermissionError, msg=name):
					method(**arguments)


class TestMoney(SiteTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.tenant = self.organisation(push_customers=0)
		self.mine, self.theirs = self.customer(), self.customer()
		self.invoices = {
			customer: FrappeStore().insert(
				{
					"doctype": "Xero Invoice",
					"organisation": self.tenant,
					"xero_id": f"invoice of {customer}",
					"invoice_number": f"INV <b>{customer}</b>",
					"customer": customer,
					"payment_status": "Sent",
				}
			)
			for customer in (self.mine, self.theirs, None)
		}

	def seen(self, user: str) -> set[str]:
		frappe.set_user(user)
		listed = set(frappe.get_list("Xero Invoice", {"organisation": self.tenant}, pluck="name", limit=0))
		for name in self.invoices.values():
			allowed = frappe.get_doc("Xero Invoice", name).has_permission("read")
			self.assertEqual(allowed, name in listed)
		frappe.set_user("Administrator")
		return listed

	def restricted(self, *roles: str) -> str:
		user = self.user(*roles)
		self.made({"doctype": "User Permission", "user": user, "allow": "Customer", "for_value": self.mine})
		return user

	def test_a_rep_sees_the_customers_of_the_rep(self) -> None:
		self.assertEqual(self.seen(self.restricted("Sales User")), {self.invoices[self.mine]})

	def test_a_rep_without_limits_sees_every_customer_and_nothing_else(self) -> None:
		customers = {self.invoices[self.mine], self.invoices[self.theirs]}
		self.assertEqual(self.seen(self.user("Sales User")), customers)

	def test_a_bookkeeper_sees_what_belongs_to_no_customer_too(self) -> None:
		self.assertEqual(self.seen(self.user("Accounts User")), set(self.invoices.values()))
		nobodys = {self.invoices[self.mine], self.invoices[None]}
		self.assertEqual(self.seen(self.restricted("Accounts User")), nobodys)

	def test_a_manager_sees_all_without_being_in_sales(self) -> None:
		self.assertEqual(self.seen(self.user("Xero Manager")), set(self.invoices.values()))

	def test_a_rep_sees_the_quotes_of_the_customers_of_the_rep(self) -> None:
		quotes = {
			customer: FrappeStore().insert(
				{
					"doctype": "Xero Quote",
					"organisation": self.tenant,
					"xero_id": f"quote of {customer}",
					"customer": customer,
				}
			)
			for customer in (self.mine, self.theirs)
		}
		frappe.set_user(self.restricted("Sales User"))
		listed = frappe.get_list("Xero Quote", {"organisation": self.tenant}, pluck="name")
		self.assertEqual(listed, [quotes[self.mine]])
		self.assertFalse(frappe.get_doc("Xero Quote", quotes[self.theirs]).has_permission("read"))

	def test_the_panel_follows_the_customer(self) -> None:
		user = self.restricted("Sales User")
		frappe.set_user(user)
		shown = panel.customer_panel(self.mine)
		self.assertEqual([row.name for row in shown["invoices"]], [self.invoices[self.mine]])
		with self.assertRaises(frappe.PermissionError):
			panel.customer_panel(self.theirs)

	def test_outsiders_see_nothing(self) -> None:
		frappe.set_user(self.user("Blogger"))
		with self.assertRaises(frappe.PermissionError):
			frappe.get_list("Xero Invoice")
