"""The site before, between and after the tests in a browser. Called by name through ``desk_server``."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import frappe
from frappe.utils import now_datetime, today
from frappe.utils.background_jobs import get_queue
from PIL import Image
from rq.job import JobStatus

from xero_connector.tests import base
from xero_connector.tests.desk_server import QUEUES

PATIENCE = 60
"""Seconds that the jobs of a step may take."""

OF_A_TEST = (
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
)
OF_ALL_TESTS = (
	"Currency Exchange",
	"User Permission",
	"User",
	"Role Profile",
	"Company",
	"Sales Taxes and Charges Template",
	"Account",
)
"""What tests make, in the order in which it can be removed."""

SECRETS = ("client_secret", "webhook_key")
NO_CREDENTIALS = {"client_id": "", "client_secret": "", "webhook_key": ""}

_before: dict[str, Any] = {}
"""What was on the site before the tests."""


def begin(company: str | None = None) -> str:
	"""Note what is on the site, and switch off what syncs with it.

	Returns the company to test with, which is made if it bears a name that is none yet.
	"""
	base.complete_setup()
	_before["began"] = now_datetime()
	for doctype in (*OF_A_TEST, *OF_ALL_TESTS):
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
		named = {"company_name": company, "abbr": "".join(word[0] for word in company.split())}
		frappe.get_doc({**base.COMPANY, **named}).insert()
	for currency in set(frappe.get_all("Price List", {"currency": ("!=", "GBP")}, pluck="currency")):
		exchange(currency)
	_before["company"] = company or frappe.db.get_value("Company", base.IN_POUNDS)
	let_go()
	return company_here()


def company_here() -> str:
	"""The company to test with."""
	return _before["company"]


def exchange(currency: str) -> None:
	"""Say what a price list's currency is worth today, which ERPNext asks elsewhere if nobody does."""
	rate = {"from_currency": currency, "to_currency": "GBP", "exchange_rate": 0.8, "date": today()}
	if not frappe.db.exists("Currency Exchange", {**rate, "exchange_rate": ("is", "set")}):
		frappe.get_doc({"doctype": "Currency Exchange", **rate}).insert()


def let_go() -> None:
	"""Remove the organisations that were connected since, all that is theirs, and what was made to be sent.
	What was chosen is chosen again, but for the app in Xero.
	"""
	settle()
	for tenant in frappe.get_all("Xero Organisation", pluck="name"):
		if tenant not in _before["organisations"]:
			base.remove_organisation(tenant)
	for customer in new("Customer"):
		main = {"customer_primary_contact": None, "customer_primary_address": None}
		frappe.db.set_value("Customer", customer, main)
	remove_new(OF_A_TEST)
	frappe.get_doc("Xero Settings").update({**_before["settings"], **NO_CREDENTIALS}).save()


def end() -> None:
	"""Remove what was made since `begin`, and switch on again what was on."""
	if not _before:
		return
	let_go()
	remove_new(OF_ALL_TESTS)
	frappe.get_doc("Xero Settings").update(_before["settings"]).save()
	since = {"creation": (">", _before["began"])}
	frappe.db.delete("Version", {"ref_doctype": "Xero Settings", **since})
	frappe.db.delete("Comment", {"comment_type": "Deleted", **since})
	frappe.db.delete("Deleted Document", since)
	for organisation in _before["enabled"]:
		base.set_enabled(organisation, 1)
	_before.clear()


def remove_new(doctypes: Sequence[str]) -> None:
	for doctype in doctypes:
		for name in new(doctype):
			base.remove(doctype, name)


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


def shrink(picture: str) -> None:
	"""Let a PNG do with the 256 colours that it has most of: a third of the size, and no eye sees it."""
	with Image.open(picture) as taken:
		few = taken.convert("RGB").quantize(256, dither=Image.Dither.NONE)
	few.save(picture, optimize=True)
