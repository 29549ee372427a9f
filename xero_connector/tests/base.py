"""What the site's tests stand on: one base class for Frappe 15 and 16, things to sell, and a Xero."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import frappe
import requests
from frappe.utils import add_days, today
from frappe.utils.background_jobs import get_job

from xero_connector.clock import utc_text
from xero_connector.desk import connect, jobs
from xero_connector.desk.places import redirect_url
from xero_connector.desk.wiring import SiteClock
from xero_connector.simulator import Accountant, Simulator, serve
from xero_connector.store.frappe import FrappeStore

try:
	from frappe.tests import IntegrationTestCase as FrappeCase
except ImportError:
	from frappe.tests.utils import FrappeTestCase as FrappeCase

CLIENT_ID, CLIENT_SECRET, WEBHOOK_KEY = "site-tests", "site-tests-secret", "site-tests-webhook-key"

IN_POUNDS = {"default_currency": "GBP"}
COMPANY = {
	"doctype": "Company",
	"company_name": "Xero Tests Ltd",
	"abbr": "XTL",
	"country": "United Kingdom",
	**IN_POUNDS,
}
"""Made on a site that has no such company, and kept there as ERPNext's own test companies are: ERPNext takes
seconds to make one.
"""

OWN_ROWS = (
	"Xero Account",
	"Xero Batch",
	"Xero Billed",
	"Xero Branding Theme",
	"Xero Call Budget",
	"Xero Conflict",
	"Xero Contact",
	"Xero Cursor",
	"Xero Import",
	"Xero Invoice",
	"Xero Item",
	"Xero Lease",
	"Xero Link",
	"Xero Match",
	"Xero Outbox",
	"Xero Payment",
	"Xero Quote",
	"Xero Reconciliation",
	"Xero Resync",
	"Xero Sync Log",
	"Xero Tax Rate",
	"Xero Tracking Option",
	"Xero Webhook Event",
)
"""DocTypes whose rows belong to an organisation."""


def complete_setup() -> None:
	"""The site as ERPNext's setup wizard leaves it, and a company that keeps its books in pounds."""
	if not frappe.db.exists("Company"):
		for run in frappe.get_hooks("before_tests", app_name="erpnext"):
			frappe.get_attr(run)()
	if not frappe.db.exists("Company", IN_POUNDS):
		frappe.get_doc(COMPANY).insert()
		frappe.db.commit()


class SiteTestCase(FrappeCase):
	"""A test on the site. Documents that it makes here are gone afterwards, committed or not.

	Organisations that the site syncs with are switched off meanwhile, so that no test document goes to them.
	"""

	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		complete_setup()

	def setUp(self) -> None:
		super().setUp()
		frappe.set_user("Administrator")
		self.addCleanup(frappe.set_user, "Administrator")
		for organisation in frappe.get_all("Xero Organisation", {"enabled": 1}, pluck="name"):
			self.addCleanup(set_enabled, organisation, 1)
			set_enabled(organisation, 0)

	def company(self) -> str:
		"""A company that keeps its books in pounds."""
		return frappe.db.get_value("Company", IN_POUNDS)

	def customer(self, **values: Any) -> str:
		return self.made({**self.customer_values(), **values})

	def customer_values(self) -> dict[str, Any]:
		return {
			"doctype": "Customer",
			"customer_name": f"Xero Test {frappe.generate_hash(length=8)}",
			"customer_type": "Company",
			"customer_group": frappe.db.get_value("Customer Group", {"is_group": 0}),
			"territory": frappe.db.get_value("Territory", {"is_group": 0}),
		}

	def item(self) -> str:
		return self.made(
			{
				"doctype": "Item",
				"item_code": f"XERO-{frappe.generate_hash(length=8)}",
				"item_name": "Consulting",
				"item_group": frappe.db.get_value("Item Group", {"is_group": 0}),
				"stock_uom": "Nos",
				"is_stock_item": 0,
			}
		)

	def sales_order(self, customer: str, **values: Any) -> str:
		"""A draft over two lines, 120.50 pounds without tax."""
		items = [
			{"item_code": self.item(), "qty": 2, "rate": 50.25},
			{"item_code": self.item(), "qty": 1, "rate": 20},
		]
		return self.made({**self.order_values(customer, items), **values})

	def quotation(self, customer: str, **values: Any) -> str:
		"""A draft over 100.50 pounds without tax."""
		items = [{"item_code": self.item(), "qty": 2, "rate": 50.25}]
		quoted = {"doctype": "Quotation", "quotation_to": "Customer", "party_name": customer}
		return self.made({**self.order_values(customer, items), **quoted, **values})

	def order_values(self, customer: str, items: list[dict[str, Any]]) -> dict[str, Any]:
		return {
			"doctype": "Sales Order",
			"customer": customer,
			"company": self.company(),
			"currency": "GBP",
			"conversion_rate": 1,
			"disable_rounded_total": 1,
			"transaction_date": today(),
			"delivery_date": add_days(today(), 7),
			"items": items,
		}

	def choose(self, **values: Any) -> None:
		"""Choices in Xero Settings, until the end of the test."""
		settings = frappe.get_doc("Xero Settings")
		before = {field: settings.get(field) for field in values}
		settings.update(values).save()
		frappe.db.commit()
		self.addCleanup(choose_again, before)

	def user(self, *roles: str) -> str:
		"""A desk user with these roles."""
		return self.made(
			{
				"doctype": "User",
				"email": f"xero-{frappe.generate_hash(length=8)}@example.com",
				"first_name": "Xero Test",
				"send_welcome_email": 0,
				"roles": [{"role": role} for role in roles],
			}
		)

	def made(self, values: dict[str, Any]) -> str:
		doc = frappe.get_doc(values).insert(ignore_permissions=True)
		self.addCleanup(remove, doc.doctype, doc.name)
		return doc.name

	def organisation(self, **values: Any) -> str:
		"""An organisation that syncs with the company, without a Xero behind it."""
		tenant = frappe.generate_hash(length=32)
		self.addCleanup(remove_organisation, tenant)
		return FrappeStore().insert(
			{
				"doctype": "Xero Organisation",
				"tenant_id": tenant,
				"organisation_name": "Xero Tests",
				"company": self.company(),
				"status": "Connected",
				"enabled": 1,
				"live_since": utc_text(SiteClock().now()),
				**values,
			}
		)


class ConnectedTestCase(SiteTestCase):
	"""A test against the simulator over HTTP, connected through its login page as an admin would do it."""

	def setUp(self) -> None:
		super().setUp()
		self.simulator = self.new_simulator()
		self.addCleanup(self.simulator.close)
		self.server = serve(self.simulator)
		self.addCleanup(self.server.close)
		self.use_settings(self.server.url)
		self.tenant = self.simulator.add_organisation("Xero Tests")
		self.simulator.add_app(CLIENT_ID, CLIENT_SECRET, redirect_uris=[redirect_url()])
		self.addCleanup(remove_organisation, self.tenant)

	def new_simulator(self) -> Simulator:
		return Simulator()

	@property
	def accountant(self) -> Accountant:
		return self.simulator.accountant(self.tenant)

	def use_settings(self, base_url: str) -> None:
		"""The client id and secret of the simulator's app, until the end of the test."""
		settings = frappe.get_doc("Xero Settings")
		before = {
			field: settings.get_password(field, raise_exception=False)
			for field in ("client_secret", "webhook_key")
		}
		self.addCleanup(save_settings, client_id=settings.client_id, **before)
		save_settings(client_id=CLIENT_ID, client_secret=CLIENT_SECRET, webhook_key=WEBHOOK_KEY)
		for key, value in {"xero_connector_base_url": base_url, "host_name": "http://localhost"}.items():
			self.addCleanup(frappe.local.conf.update, {key: frappe.local.conf.get(key)})
			frappe.local.conf[key] = value

	def log_in(self) -> dict[str, str]:
		return log_in(self.tenant)

	def connect(self) -> None:
		connect.callback(**self.log_in())
		connect.confirm(self.tenant, self.company())
		connect.go_live(self.tenant)
		frappe.db.commit()


def log_in(tenant: str) -> dict[str, str]:
	"""Go to Xero's page and allow the organisation; returns what the browser brings back."""
	return allow(connect.start(), tenant)


def allow(page: str, tenant: str) -> dict[str, str]:
	"""Allow the organisation on this page of Xero's."""
	form = {key: values[0] for key, values in parse_qs(urlsplit(page).query).items()}
	assert "Allow" in requests.get(page, timeout=10).text
	form |= {"tenant": tenant, "decision": "allow"}
	answer = requests.post(page.partition("?")[0], data=form, timeout=10, allow_redirects=False)
	back = parse_qs(urlsplit(answer.headers["Location"]).query)
	return {key: values[0] for key, values in back.items() if key in ("code", "state")}


def save_settings(**values: str | None) -> None:
	settings = frappe.get_doc("Xero Settings")
	settings.update({field: value or "" for field, value in values.items()})
	settings.save()
	frappe.db.commit()


def choose_again(values: dict[str, Any]) -> None:
	frappe.db.rollback()
	frappe.set_user("Administrator")
	frappe.get_doc("Xero Settings").update(values).save()
	frappe.db.commit()


def set_enabled(organisation: str, enabled: int) -> None:
	frappe.db.rollback()
	frappe.db.set_value("Xero Organisation", organisation, "enabled", enabled, update_modified=False)
	frappe.db.commit()


COMPANY_TEMPLATES = (
	"Sales Taxes and Charges Template",
	"Purchase Taxes and Charges Template",
	"Item Tax Template",
)
"""What ERPNext removes with a company, but for the rows in their tables: the next company of that name would
have them.
"""


def remove(doctype: str, name: str) -> None:
	frappe.db.rollback()
	frappe.set_user("Administrator")
	if frappe.db.exists(doctype, name):
		for own in COMPANY_TEMPLATES if doctype == "Company" else ():
			for template in frappe.get_all(own, {"company": name}, pluck="name"):
				frappe.delete_doc(own, template, force=True, ignore_permissions=True)
		doc = frappe.get_doc(doctype, name)
		if doc.docstatus == 1:
			doc.flags.xero_sync = True
			doc.cancel()
		frappe.delete_doc(doctype, name, force=True, ignore_permissions=True)
	frappe.db.delete("Xero Invoice Request", {"name": ("like", f"{name}/%")})  # the number is given again
	frappe.db.commit()


def remove_organisation(tenant: str) -> None:
	frappe.db.rollback()
	login = frappe.db.get_value("Xero Organisation", tenant, "login")
	for doctype in OWN_ROWS:
		for table in frappe.get_meta(doctype).get_table_fields():
			names = frappe.get_all(doctype, {"organisation": tenant}, pluck="name")
			frappe.db.delete(table.options, {"parenttype": doctype, "parent": ("in", names or [""])})
		frappe.db.delete(doctype, {"organisation": tenant})
	frappe.db.delete("Notification Log", {"document_name": tenant})
	for doctype, name in (("Xero Organisation", tenant), ("Xero Login", login)):
		if name:
			frappe.delete_doc(doctype, name, force=True, ignore_permissions=True)
	frappe.db.commit()
	for name in ("cycle", "drain", "fetch", "history", "items", "pull", "reconcile", "resend"):
		for turn in ("", jobs.turn()):
			job = get_job(jobs.job_id(name, tenant) + turn)
			if job:
				job.delete()


def text_of(html: str) -> str:
	return " ".join(re.sub(r"<[^>]+>", " ", html).split())
