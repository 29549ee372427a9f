"""What the tests in a browser ask of the site: people, things to sell, a connection, and a clean end.

Called by name through ``desk_server``; arguments and answers are plain data.
"""

from __future__ import annotations

import time
from typing import Any

import frappe
from frappe.utils import add_days, now_datetime, today
from frappe.utils.background_jobs import get_queue
from PIL import Image
from rq.job import JobStatus

from xero_connector.desk import connect, jobs
from xero_connector.tests import base
from xero_connector.tests.desk_server import QUEUES

PATIENCE = 60
"""Seconds that the jobs of a step may take."""

MADE_HERE = (
	"Payment Entry",
	"Sales Invoice",
	"Sales Order",
	"Quotation",
	"Opportunity",
	"Xero Invoice Request",
	"Prospect",
	"Lead",
	"Customer",
	"Contact",
	"Address",
	"Item Price",
	"Item",
	"Sales Taxes and Charges Template",
	"Account",
	"Currency Exchange",
	"User Permission",
	"User",
	"Role Profile",
	"Company",
)
"""What tests make, in the order in which it can be removed."""

SECRETS = ("client_secret", "webhook_key")

_before: dict[str, Any] = {}
"""What was on the site before the tests."""

_here: dict[str, str] = {}


def begin(company: str | None = None) -> str:
	"""Note what is on the site, and switch off what syncs with it.

	Returns the company to test with, which is made if it bears a name that is none yet.
	"""
	base.complete_setup()
	_before["began"] = now_datetime()
	for doctype in MADE_HERE:
		_before[doctype] = set(frappe.get_all(doctype, pluck="name"))
	_before["organisations"] = frappe.get_all("Xero Organisation", pluck="name")
	_before["enabled"] = frappe.get_all("Xero Organisation", {"enabled": 1}, pluck="name")
	settings = frappe.get_doc("Xero Settings")
	chosen = {df.fieldname: settings.get(df.fieldname) for df in settings.meta.fields if not df.read_only}
	secret = {name: settings.get_password(name, raise_exception=False) for name in SECRETS}
	_before["settings"] = {**chosen, **secret}
	for organisation in _before["enabled"]:
		base.set_enabled(organisation, 0)
	if company and not frappe.db.exists("Company", company):
		make({**base.COMPANY, "company_name": company, "abbr": initials(company)})
	for currency in set(frappe.get_all("Price List", {"currency": ("!=", "GBP")}, pluck="currency")):
		exchange(currency)
	_here["company"] = company or frappe.db.get_value("Company", base.IN_POUNDS)
	return _here["company"]


def exchange(currency: str) -> None:
	"""Say what a price list's currency is worth today, which ERPNext asks elsewhere if nobody does."""
	rate = {"from_currency": currency, "to_currency": "GBP", "exchange_rate": 0.8, "date": today()}
	if not frappe.db.exists("Currency Exchange", {**rate, "exchange_rate": ("is", "set")}):
		make({"doctype": "Currency Exchange", **rate})


def initials(name: str) -> str:
	return "".join(word[0] for word in name.split()).upper()


def let_go() -> None:
	"""Remove the organisations that were connected since, with all that is theirs, and choose as before."""
	settle()
	for tenant in frappe.get_all("Xero Organisation", pluck="name"):
		if tenant not in _before["organisations"]:
			base.remove_organisation(tenant)
	frappe.get_doc("Xero Settings").update(_before["settings"]).save()
	frappe.db.delete("Version", {"ref_doctype": "Xero Settings", "creation": (">", _before["began"])})


def end() -> None:
	"""Remove what was made since `begin`, and switch on again what was on."""
	if not _before:
		return
	let_go()
	for customer in new("Customer"):
		main = {"customer_primary_contact": None, "customer_primary_address": None}
		frappe.db.set_value("Customer", customer, main)
	for doctype in MADE_HERE:
		for name in new(doctype):
			base.remove(doctype, name)
	for organisation in _before["enabled"]:
		base.set_enabled(organisation, 1)
	_before.clear()


def new(doctype: str) -> list[str]:
	"""What was made since `begin`, the newest first."""
	names = frappe.get_all(doctype, pluck="name", order_by="creation desc")
	return [name for name in names if name not in _before[doctype]]


def settle() -> None:
	"""Wait until the jobs that were queued are done, and those that they have queued.

	Raises an error after `PATIENCE` seconds. There is one worker, which takes the queues in their order: when
	it has done what is put at the end of the last one, it has done all before.
	"""
	ends = time.monotonic() + PATIENCE
	more = True
	while more:
		last = frappe.enqueue("frappe.ping", queue=QUEUES[-1])
		while last.get_status() not in (JobStatus.FINISHED, JobStatus.FAILED):
			if time.monotonic() > ends:
				raise TimeoutError(f"jobs were not done in {PATIENCE} seconds")
			time.sleep(0.05)
		more = any(get_queue(name).count for name in QUEUES)


def value(doctype: str, filters: Any, field: str) -> Any:
	return frappe.db.get_value(doctype, filters, field)


def shrink(picture: str) -> None:
	"""Let a PNG do with the 256 colours that it has most of: a third of the size, and no eye sees it."""
	with Image.open(picture) as taken:
		few = taken.convert("RGB").quantize(256, dither=Image.Dither.NONE)
	few.save(picture, optimize=True)


def make(values: dict[str, Any], submit: bool = False) -> str:
	doc = frappe.get_doc(values).insert()
	if submit:
		doc.submit()
	return doc.name


def save(doctype: str, name: str, values: dict[str, Any]) -> None:
	frappe.get_doc(doctype, name).update(values).save()


def user(name: str, password: str, roles: list[str]) -> str:
	"""A desk user with these roles; returns the email address."""
	email = f"{name.lower().replace(' ', '.')}@example.com"
	frappe.defaults.set_user_default("company", _here["company"], user=email)
	frappe.defaults.set_user_default("date_format", "dd-mm-yyyy", user=email)
	known = frappe.db.exists("User", email)
	values = {
		"doctype": "User",
		"email": email,
		"first_name": name.partition(" ")[0],
		"last_name": name.partition(" ")[2],
		"new_password": password,
		"send_welcome_email": 0,
		"language": "en",
		"roles": [{"role": role} for role in roles],
	}
	if known:
		save("User", email, values)
	else:
		make(values)
	return email


def customer(name: str, **values: Any) -> str:
	"""A company; returns its name, which may differ if there is one of that name."""
	kinds = {"customer_group": ("Customer Group", "Commercial"), "territory": ("Territory", "United Kingdom")}
	kind = {field: leaf(*usual) for field, usual in kinds.items()}
	return make({"doctype": "Customer", "customer_name": name, "customer_type": "Company", **kind, **values})


def leaf(doctype: str, usual: str) -> str:
	"""This one of a tree if it is there, else the first that may be chosen."""
	return frappe.db.exists(doctype, usual) or frappe.db.get_value(doctype, {"is_group": 0})


def item(code: str, name: str, **values: Any) -> str:
	"""Something that is not kept in stock; the one of this code if there is one."""
	if frappe.db.exists("Item", code):
		return code
	group = frappe.db.get_value("Item Group", {"is_group": 0})
	kind = {"item_group": group, "stock_uom": "Nos", "is_stock_item": 0}
	return make({"doctype": "Item", "item_code": code, "item_name": name, **kind, **values})


def sale(doctype: str, customer: str, lines: list[list[Any]], submit: bool = False, **values: Any) -> str:
	"""A Quotation or Sales Order in pounds with VAT on top; ``lines`` are item code, quantity and rate."""
	party = {"customer": customer} if doctype != "Quotation" else {"party_name": customer}
	vat = {"company": _here["company"], "account_type": "Tax", "tax_rate": 20}
	tax = {"charge_type": "On Net Total", "description": "VAT", "rate": 20}
	return make(
		{
			"doctype": doctype,
			**party,
			"company": _here["company"],
			"currency": "GBP",
			"conversion_rate": 1,
			"disable_rounded_total": 1,
			"transaction_date": today(),
			"delivery_date": add_days(today(), 7),
			"items": [{"item_code": code, "qty": qty, "rate": rate} for code, qty, rate in lines],
			"taxes": [{**tax, "account_head": frappe.db.get_value("Account", vat)}],
			**values,
		},
		submit,
	)


def connect_to(tenant: str, credentials: dict[str, str], choices: dict[str, Any] | None = None) -> None:
	"""Log in at Xero's page, allow this organisation, confirm it for the company and go live."""
	base.save_settings(**credentials)
	connect.callback(**base.log_in(tenant))
	frappe.db.commit()
	connect.confirm(tenant, _here["company"])
	connect.go_live(tenant)
	frappe.db.commit()
	settle()
	if choices:
		save("Xero Organisation", tenant, choices)


def cancel(doctype: str, name: str) -> None:
	frappe.get_doc(doctype, name).cancel()


def change_email(contact: str, email: str) -> None:
	"""Make this the address of a Contact."""
	doc = frappe.get_doc("Contact", contact)
	doc.email_ids[0].email_id = email
	doc.save()


def job(name: str, tenant: str) -> None:
	"""Run a job of ``desk/jobs.py`` for an organisation."""
	jobs.start(name, tenant)
	settle()
