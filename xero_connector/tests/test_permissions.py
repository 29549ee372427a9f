"""Who may call what, and whose money they see."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from typing import Any, NamedTuple

import frappe
from frappe.client import get as client_get
from frappe.client import get_list as client_get_list
from frappe.client import get_value as client_get_value
from frappe.core.doctype.doctype.doctype import validate_permissions_for_doctype
from frappe.desk.reportview import get as report_view

import xero_connector
from xero_connector import field_permissions
from xero_connector.custom_fields import MONEY_LEVEL
from xero_connector.desk import panel
from xero_connector.store.frappe import FrappeStore
from xero_connector.tests.base import SiteTestCase

OPEN_TO_ALL = {"webhook.receive"}

NO, YES = False, True


class Row(NamedTuple):
	"""What becomes of a call, for each caller; a guest never gets in. ``elsewhere`` has the role, and User
	Permissions for another territory. ``None``: it goes as far as Xero, and has tests of its own.
	"""

	arguments: dict[str, Any]
	rep: bool
	elsewhere: bool
	manager: bool | None


CUSTOMER, ORDER, QUOTATION, REQUEST, ITEM = "<customer>", "<order>", "<quotation>", "<request>", "<item>"
INVOICE, ORGANISATION, COMPANY = "<invoice>", "<tenant>", "<company>"
"""Stand for what the test makes."""

A_CUSTOMER = {"doctype": "Customer", "name": CUSTOMER}

TABLE = {
	# method, with arguments                                                   rep, elsewhere, manager
	"audit.merging.compare": Row({"customers": [CUSTOMER]}, NO, NO, YES),
	"audit.merging.merge": Row({"customer": CUSTOMER, "into": "x"}, NO, NO, NO),  # a rep may not delete
	"cards.aged_receivables": Row({}, NO, YES, YES),
	"cards.calls_left": Row({}, NO, NO, YES),
	"cards.overdue": Row({}, NO, YES, YES),
	"cards.paid_by_month": Row({}, NO, YES, YES),
	"cards.receivables": Row({}, NO, YES, YES),
	"cards.won_not_invoiced": Row({}, YES, YES, YES),
	"conflicts.resolve": Row({"conflict": "x", "choice": "Xero"}, NO, NO, YES),
	"connect.callback": Row({"code": "code", "state": "state"}, NO, NO, YES),
	"connect.confirm": Row({"organisation": ORGANISATION, "company": COMPANY}, NO, NO, YES),
	"connect.connect_custom": Row({}, NO, NO, None),
	"connect.connect_demo": Row({}, NO, NO, None),
	"connect.disconnect": Row({"organisation": "x"}, NO, NO, YES),
	"connect.go_live": Row({"organisation": ORGANISATION}, NO, NO, YES),
	"connect.overview": Row({}, NO, NO, YES),
	"connect.reconcile": Row({"organisation": ORGANISATION}, NO, NO, YES),
	"connect.refresh": Row({"organisation": "x"}, NO, NO, YES),
	"connect.start": Row({}, NO, NO, None),
	"connect.sync_now": Row({"organisation": ORGANISATION}, NO, NO, YES),
	"demo.act_as_accountant": Row({"invoice": INVOICE, "action": "Void"}, NO, NO, YES),
	"documents.cancel_part": Row({"request": REQUEST}, YES, NO, YES),
	"documents.create_part_invoice": Row({"doctype": "Sales Order", "name": ORDER}, YES, NO, YES),
	"documents.create_xero_invoice": Row({"doctype": "Sales Order", "name": ORDER}, YES, NO, YES),
	"documents.create_xero_quote": Row({"name": QUOTATION}, YES, NO, YES),
	"documents.progress": Row({"doctype": "Sales Order", "name": ORDER}, YES, NO, YES),
	"documents.sync_now": Row({"doctype": "Sales Order", "name": ORDER}, YES, NO, YES),
	"field_map.choices": Row({"erp_doctype": "Customer"}, NO, NO, YES),
	"health.look": Row({}, NO, NO, YES),
	"health.pause": Row({"organisation": ORGANISATION, "direction": "push"}, NO, NO, YES),
	"health.resume": Row({"organisation": ORGANISATION, "direction": "push"}, NO, NO, YES),
	"health.try_again": Row({"organisation": ORGANISATION, "cause": "x"}, NO, NO, YES),
	"imports.resume": Row({"name": "x"}, NO, NO, YES),
	"imports.start": Row({"organisation": "x", "from_date": "2026-01-01"}, NO, NO, YES),
	"item.check": Row({"item": ITEM}, NO, NO, YES),
	"log.entry": Row({"name": "x"}, NO, NO, YES),
	"log.of_row": Row({"name": "x"}, NO, NO, YES),
	"map_page.left": Row({"organisation": ORGANISATION}, NO, NO, YES),
	"map_page.load": Row({"organisation": ORGANISATION}, NO, NO, YES),
	"map_page.save": Row({"organisation": ORGANISATION, "modified": "", "chosen": "[]"}, NO, NO, YES),
	"matches.choose": Row({"match": "x", "xero_id": "x"}, NO, NO, YES),
	"matches.make_new": Row({"match": "x"}, NO, NO, YES),
	"outbox.try_again": Row({"names": "[]"}, NO, NO, YES),
	"overdue.look": Row({"customer": CUSTOMER, "company": COMPANY}, YES, NO, YES),
	"panel.customer_panel": Row({"customer": CUSTOMER}, NO, NO, YES),
	"pilot.choices": Row({}, NO, NO, YES),
	"pilot.dry_run": Row({"organisation": ORGANISATION, **A_CUSTOMER}, NO, NO, YES),
	"pilot.progress": Row({"organisation": ORGANISATION}, NO, NO, YES),
	"pilot.propose": Row({"organisation": ORGANISATION}, NO, NO, YES),
	"pilot.result": Row({"organisation": ORGANISATION, **A_CUSTOMER}, NO, NO, YES),
	"pilot.send": Row({"organisation": ORGANISATION, "records": "[]"}, NO, NO, YES),
	"pilot.stop": Row({"organisation": ORGANISATION}, NO, NO, YES),
	"setup.guide": Row({}, NO, NO, YES),
	"pickers.charge_accounts": Row(
		{
			"doctype": "Account",
			"txt": "",
			"searchfield": "name",
			"start": 0,
			"page_len": 5,
			"filters": {"company": COMPANY},
		},
		NO,
		NO,
		YES,
	),
	"pickers.condition_fields": Row({"document_type": "Sales Order"}, NO, NO, YES),
	"pickers.payment_accounts": Row(
		{
			"doctype": "Xero Account",
			"txt": "",
			"searchfield": "name",
			"start": 0,
			"page_len": 5,
			"filters": {"organisation": ORGANISATION},
		},
		NO,
		NO,
		YES,
	),
	"work.progress": Row({"doctype": "Xero Import", "name": "x"}, NO, NO, YES),
	"work.stop": Row({"doctype": "Xero Import", "name": "x"}, NO, NO, YES),
}


def own_methods() -> dict[str, Callable[..., Any]]:
	"""Every whitelisted method of the app, by what comes after ``xero_connector.desk.``."""
	for room in ("desk", "xero_connector"):
		package = importlib.import_module(f"{xero_connector.__name__}.{room}")
		for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
			importlib.import_module(module.name)
	own = (method for method in frappe.whitelisted if method.__module__.startswith("xero_connector."))
	names = {f"{method.__module__}.{method.__name__}": method for method in own}
	return {name.removeprefix("xero_connector.desk."): method for name, method in names.items()}


class TestMethods(SiteTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.methods = own_methods()
		self.tenant = self.organisation(push_customers=0)
		customer = self.customer()
		self.existing = {
			CUSTOMER: customer,
			ORDER: self.sales_order(customer),
			QUOTATION: self.quotation(customer),
			REQUEST: self.request(customer),
			ITEM: self.item(),
			INVOICE: mirrored(self.tenant, customer),
			ORGANISATION: self.tenant,
			COMPANY: self.company(),
		}

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

	def gets_in(self, user: str, name: str) -> bool:
		"""Whether a call is not refused for who makes it. What else may be wrong with it does not count."""
		arguments = {key: self.filled(value) for key, value in TABLE[name].arguments.items()}
		frappe.set_user(user)
		try:
			frappe.is_whitelisted(self.methods[name])
			frappe.call(self.methods[name], **arguments)
		except frappe.PermissionError:
			return False
		except Exception:
			return True
		finally:
			frappe.db.rollback()
			frappe.set_user("Administrator")
		return True

	def filled(self, value: Any) -> Any:
		if isinstance(value, dict):
			return {key: self.filled(inner) for key, inner in value.items()}
		if isinstance(value, list):
			return [self.filled(inner) for inner in value]
		return self.existing.get(value, value)

	def test_every_method_is_in_the_table(self) -> None:
		self.assertEqual(set(self.methods) - OPEN_TO_ALL, set(TABLE))

	def test_every_method_states_its_verbs_and_types(self) -> None:
		for name, method in self.methods.items():
			verbs = frappe.allowed_http_methods_for_whitelisted_func[method]
			self.assertIn(list(verbs), (["GET"], ["POST"], ["GET", "POST"]), name)
			self.assertEqual(method in frappe.guest_methods, name in OPEN_TO_ALL, name)

	def test_what_each_caller_gets(self) -> None:
		rep, elsewhere = self.user("Sales User"), self.user("Sales User", "Xero Viewer")
		other = frappe.db.get_value(
			"Territory",
			{"is_group": 0, "name": ("!=", self.customer_values()["territory"])},
		)
		self.made({"doctype": "User Permission", "user": elsewhere, "allow": "Territory", "for_value": other})
		manager = self.user("Sales User", "Xero Manager")
		frappe.db.commit()
		for name, row in TABLE.items():
			with self.subTest(name):
				self.assertFalse(self.gets_in("Guest", name), "Guest")
				self.assertEqual(self.gets_in(rep, name), row.rep, "a rep without the role")
				self.assertEqual(self.gets_in(elsewhere, name), row.elsewhere, "a rep of another territory")
				if row.manager is not None:
					self.assertEqual(self.gets_in(manager, name), row.manager, "a manager")


class TestMoney(SiteTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.tenant = self.organisation(push_customers=0)
		self.mine, self.theirs = self.customer(), self.customer()
		self.invoices = {
			customer: mirrored(self.tenant, customer) for customer in (self.mine, self.theirs, None)
		}

	def seen(self, user: str, doctype: str = "Xero Invoice") -> set[str]:
		frappe.set_user(user)
		listed = set(frappe.get_list(doctype, {"organisation": self.tenant}, pluck="name", limit=0))
		for name in frappe.get_all(doctype, {"organisation": self.tenant}, pluck="name"):
			allowed = frappe.get_doc(doctype, name).has_permission("read")
			self.assertEqual(allowed, name in listed)
		frappe.set_user("Administrator")
		return listed

	def restricted(self, *roles: str, allow: str = "Customer", to: str | None = None) -> str:
		user = self.user(*roles)
		limit = {"user": user, "allow": allow, "for_value": to or self.mine}
		self.made({"doctype": "User Permission", **limit})
		return user

	def test_a_rep_sees_the_customers_of_the_rep(self) -> None:
		self.assertEqual(self.seen(self.restricted("Sales User", "Xero Viewer")), {self.invoices[self.mine]})

	def test_a_rep_without_limits_sees_every_customer_and_nothing_else(self) -> None:
		customers = {self.invoices[self.mine], self.invoices[self.theirs]}
		self.assertEqual(self.seen(self.user("Sales User", "Xero Viewer")), customers)

	def test_a_rep_without_the_role_sees_none(self) -> None:
		frappe.set_user(self.user("Sales User"))
		for doctype in ("Xero Invoice", "Xero Payment"):
			with self.assertRaises(frappe.PermissionError):
				frappe.get_list(doctype)

	def test_the_role_alone_shows_nobodys_money(self) -> None:
		self.assertEqual(self.seen(self.user("Xero Viewer")), set())

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
		frappe.set_user(self.restricted("Sales User", "Xero Viewer"))
		listed = frappe.get_list("Xero Quote", {"organisation": self.tenant}, pluck="name")
		self.assertEqual(listed, [quotes[self.mine]])
		self.assertFalse(frappe.get_doc("Xero Quote", quotes[self.theirs]).has_permission("read"))

	def test_a_territory_holds(self) -> None:
		parent = frappe.db.get_value("Territory", {"is_group": 1})
		territory = self.made(
			{"doctype": "Territory", "territory_name": frappe.generate_hash(), "parent_territory": parent}
		)
		frappe.db.set_value("Customer", self.mine, "territory", territory)
		rep = self.restricted("Sales User", "Xero Viewer", allow="Territory", to=territory)
		self.assertEqual(self.seen(rep), {self.invoices[self.mine]})

	def test_a_sales_person_holds(self) -> None:
		me, other = self.sales_person(), self.sales_person()
		for customer, person in ((self.mine, me), (self.theirs, other)):
			doc = frappe.get_doc("Customer", customer)
			doc.append("sales_team", {"sales_person": person, "allocated_percentage": 100})
			doc.save()
		rep = self.restricted("Sales User", "Xero Viewer", allow="Sales Person", to=me)
		self.assertEqual(self.seen(rep), {self.invoices[self.mine]})

	def sales_person(self) -> str:
		parent = frappe.db.get_value("Sales Person", {"is_group": 1})
		name = frappe.generate_hash(length=10)
		return self.made(
			{"doctype": "Sales Person", "sales_person_name": name, "parent_sales_person": parent}
		)

	def test_a_company_holds_for_everybody(self) -> None:
		other = self.bare_company()
		for doctype in ("Xero Invoice", "Xero Payment", "Xero Quote"):
			known = {"doctype": doctype, "organisation": self.tenant, "xero_id": "of a company"}
			FrappeStore().insert({**known, "customer": self.mine})
			for roles in (("Sales User", "Xero Viewer"), ("Xero Manager",), ("Accounts User",)):
				rep = self.restricted(*roles, allow="Company", to=other)
				self.assertEqual(self.seen(rep, doctype), set(), (doctype, roles))
			rep = self.restricted("Sales User", "Xero Viewer", allow="Company", to=self.company())
			self.assertTrue(self.seen(rep, doctype))
		frappe.set_user(self.restricted("Sales User", "Xero Viewer", allow="Company", to=other))
		self.assertEqual(panel.customer_panel(self.mine)["books"], [])

	def test_a_manager_of_another_company_runs_nothing_of_this_one(self) -> None:
		methods = own_methods()
		manager = self.restricted("Xero Manager", allow="Company", to=self.bare_company())
		frappe.db.commit()
		frappe.set_user(manager)
		for name, row in TABLE.items():
			if "organisation" in row.arguments:
				with self.subTest(name), self.assertRaises(frappe.PermissionError):
					frappe.call(methods[name], **{**row.arguments, "organisation": self.tenant})
				frappe.db.rollback()
		for shown in (methods["connect.overview"](), methods["setup.guide"]()["organisations"]):
			self.assertNotIn(self.tenant, [row["name"] for row in shown])

	def test_a_manager_of_another_company_decides_nothing_of_this_one(self) -> None:
		store, methods, own = FrappeStore(), own_methods(), {"organisation": self.tenant}
		about = {"reference_doctype": "Customer", "reference_name": self.mine}
		match = store.insert({"doctype": "Xero Match", **own, **about, "status": "Open"})
		conflict = store.insert({"doctype": "Xero Conflict", **own, **about, "status": "Open"})
		row = store.insert({"doctype": "Xero Outbox", **own, **about, "status": "Held"})
		running = store.insert({"doctype": "Xero Import", **own, "status": "Running"})
		manager = self.restricted("Xero Manager", allow="Company", to=self.bare_company())
		frappe.db.commit()
		frappe.set_user(manager)
		with self.assertRaises(frappe.PermissionError):
			methods["matches.make_new"](match)
		with self.assertRaises(frappe.PermissionError):
			methods["conflicts.resolve"](conflict, "Xero")
		self.assertEqual(methods["outbox.try_again"]([row])["queued"], 0)
		self.assertEqual(store.get("Xero Outbox", row)["status"], "Held")
		with self.assertRaises(frappe.PermissionError):
			methods["log.of_row"](row)
		with self.assertRaises(frappe.PermissionError):
			methods["work.stop"]("Xero Import", running)
		for doctype in ("Xero Outbox", "Xero Match", "Xero Conflict", "Xero Import"):
			self.assertFalse(frappe.get_list(doctype, own), doctype)
		frappe.set_user("Administrator")
		self.assertEqual(frappe.get_list("Xero Outbox", own, pluck="name"), [row])

	def bare_company(self) -> str:
		"""A company that only has a name, without the accounts that ERPNext would make for it."""
		name = f"Xero Tests {frappe.generate_hash(length=6)}"
		frappe.get_doc(
			{"doctype": "Company", "name": name, "company_name": name, "abbr": name[-6:]}
		).db_insert()
		self.addCleanup(frappe.db.delete, "Company", {"name": name})
		return name

	def test_the_panel_follows_the_customer(self) -> None:
		user = self.restricted("Sales User", "Xero Viewer")
		frappe.set_user(user)
		shown = panel.customer_panel(self.mine)
		self.assertEqual([row.name for row in shown["invoices"]], [self.invoices[self.mine]])
		with self.assertRaises(frappe.PermissionError):
			panel.customer_panel(self.theirs)

	def test_outsiders_see_nothing(self) -> None:
		frappe.set_user(self.user("Blogger"))
		with self.assertRaises(frappe.PermissionError):
			frappe.get_list("Xero Invoice")


class TestAmounts(SiteTestCase):
	"""The amounts on a Customer: fields of a permission level of their own."""

	def setUp(self) -> None:
		super().setUp()
		self.name = self.customer()
		frappe.db.set_value("Customer", self.name, "xero_due", 120.5)
		frappe.db.commit()

	def ways(self, user: str) -> dict[str, Any]:
		"""What each way to ask for the amount gives."""
		frappe.set_user(user)
		named = {"name": self.name}
		frappe.local.form_dict = frappe._dict(
			doctype="Customer", fields='["`tabCustomer`.`xero_due`"]', filters=[["name", "=", self.name]]
		)
		listed = {"fields": ["name", "xero_due"], "filters": named}
		values = report_view().get("values", [])
		return {
			"get": client_get("Customer", self.name).get("xero_due"),
			"get_list": client_get_list("Customer", **listed)[0].get("xero_due"),
			"get_list, all": client_get_list("Customer", fields=["*"], filters=named)[0].get("xero_due"),
			"get_list, sum": (
				frappe.get_list("Customer", fields=["name", "sum(xero_due) as due"], filters=named)[0].get(
					"due"
				)
			),
			"get_value": (client_get_value("Customer", "xero_due", self.name) or {}).get("xero_due"),
			"report": next((row[0] for row in values if row), None),
		}

	def test_the_role_shows_the_amount(self) -> None:
		for roles in (("Sales User", "Xero Viewer"), ("Accounts User",), ("Sales User", "Xero Manager")):
			shown = self.ways(self.user(*roles))
			self.assertEqual(set(shown.values()), {120.5}, (roles, shown))

	def test_without_the_role_no_way_shows_it(self) -> None:
		for role in ("Sales User", "Sales Manager", "Sales Master Manager"):
			shown = self.ways(self.user(role))
			self.assertNotIn(120.5, shown.values(), (role, shown))

	def test_who_does_not_see_it_does_not_lose_it_by_saving(self) -> None:
		frappe.set_user(self.user("Sales User"))
		form = client_get("Customer", self.name)
		form["website"] = "https://example.com"
		frappe.get_doc(form).save()
		self.assertEqual(frappe.db.get_value("Customer", self.name, "xero_due"), 120.5)

	def test_the_role_shows_no_more_customers(self) -> None:
		frappe.set_user(self.user("Xero Viewer"))
		self.assertEqual(frappe.get_list("Customer"), [])


class TestRules(SiteTestCase):
	"""The rules behind it, and what a site has made of its permissions."""

	def setUp(self) -> None:
		super().setUp()
		self.addCleanup(self.restore)

	def restore(self) -> None:
		frappe.db.rollback()
		field_permissions.grant()
		frappe.db.commit()

	def rules(self, table: str = "Custom DocPerm") -> set[tuple[str, int]]:
		rows = frappe.get_all(table, {"parent": "Customer"}, ["role", "permlevel"])
		return {(row.role, row.permlevel) for row in rows}

	def test_frappe_accepts_the_permissions(self) -> None:
		for doctype in ("Customer", "Sales Order"):
			validate_permissions_for_doctype(doctype)

	def test_a_site_that_customised_nothing_still_has_not(self) -> None:
		frappe.db.delete("Custom DocPerm", {"parent": "Customer"})
		field_permissions.grant()
		field_permissions.grant_where_customised()
		self.assertEqual(self.rules(), set())
		self.assertIn(("Xero Viewer", MONEY_LEVEL), self.rules("DocPerm"))

	def test_what_erpnext_overwrites_comes_back_once(self) -> None:
		before = frappe.db.count("DocPerm", {"parent": "Customer"})
		field_permissions.remove()
		self.assertNotIn(("Accounts User", MONEY_LEVEL), self.rules("DocPerm"))
		for _ in range(2):
			field_permissions.grant()
		self.assertEqual(frappe.db.count("DocPerm", {"parent": "Customer"}), before)

	def test_a_site_with_permissions_of_its_own_gets_the_rules_there(self) -> None:
		frappe.db.delete("Custom DocPerm", {"parent": "Customer"})
		own = {"parent": "Customer", "parenttype": "DocType", "parentfield": "permissions", "read": 1}
		frappe.get_doc({"doctype": "Custom DocPerm", **own, "role": "Accounts User"}).insert()
		field_permissions.grant_where_customised()
		self.assertEqual(
			self.rules(),
			{
				("Accounts User", 0),
				("Accounts User", MONEY_LEVEL),
				("Xero Manager", 0),
				("Xero Manager", MONEY_LEVEL),
				("Xero Viewer", 0),
				("Xero Viewer", MONEY_LEVEL),
			},
		)
		field_permissions.remove()
		self.assertEqual(self.rules(), {("Accounts User", 0)})


def mirrored(tenant: str, customer: str | None) -> str:
	return FrappeStore().insert(
		{
			"doctype": "Xero Invoice",
			"organisation": tenant,
			"xero_id": f"invoice of {customer}",
			"invoice_number": f"INV <b>{customer}</b>",
			"customer": customer,
			"payment_status": "Sent",
			"base_currency": "GBP",
			"base_due": 10,
		}
	)
