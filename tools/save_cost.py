"""Measure what the app adds to saving a Customer, on a site that syncs with no Xero organisation.

Run by the bench's Python. The bench is ``$BENCH`` (default ``~/frappe-bench``), the site ``$SITE`` (default:
the bench's default site). One customer is saved again and again, with the app's document events and without
them in turn, while an organisation takes customers. A save counts until its commit has queued the job. What
the run made is removed at the end.

Prints one line, in medians; exits 1 if the app costs more than 5 ms and more than 5 %.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import frappe
from frappe.utils.background_jobs import get_job

from xero_connector.desk import jobs
from xero_connector.store.frappe import FrappeStore
from xero_connector.sync import organisations

APP = "xero_connector."
PAIRS, WARM_UP = 200, 10
MOST_MS, MOST_PERCENT = 5.0, 5.0
TENANT = "save-cost"


def main() -> int:
	"""Returns the exit code."""
	bench = Path(os.environ.get("BENCH") or Path.home() / "frappe-bench").expanduser().resolve()
	os.chdir(bench / "sites")  # where Frappe looks for sites and writes its logs
	config = json.loads(Path("common_site_config.json").read_text())
	frappe.init(os.environ.get("SITE") or config["default_site"])
	frappe.connect()
	frappe.set_user("Administrator")
	taken = organisations.accepting(FrappeStore())
	if taken:
		sys.exit(f"save cost: {taken[0]['organisation_name']} would get the customer. Take a site for tests.")
	try:
		with _organisation(), _customer() as customer:
			with_app, without = _measure(customer)
	finally:
		frappe.destroy()
	difference = with_app - without
	percent = 100 * difference / without
	print(
		f"customer_save: with={with_app:.2f} ms without={without:.2f} ms"
		f" difference={difference:.2f} ms ({percent:.1f} %)"
	)
	return int(difference > MOST_MS and percent > MOST_PERCENT)


def _measure(customer: str) -> tuple[float, float]:
	"""Median milliseconds of a save with the app and without, in turn, so that noise meets both alike."""
	hooks = {True: frappe.get_doc_hooks(), False: _others(frappe.get_doc_hooks())}
	times: dict[bool, list[float]] = {True: [], False: []}
	for pair in range(WARM_UP + PAIRS):
		for with_app in (True, False) if pair % 2 else (False, True):
			with patch.object(frappe, "get_doc_hooks", lambda with_app=with_app: hooks[with_app]):
				taken = _save(customer, f"https://{pair}.example.com/{with_app}")
			if pair >= WARM_UP:
				times[with_app].append(taken)
			_forget_job()  # it has run by the time somebody saves again
	return statistics.median(times[True]), statistics.median(times[False])


def _others(hooks: dict[str, dict[str, list[str]]]) -> dict[str, dict[str, list[str]]]:
	"""The document events of the other apps."""
	return {
		doctype: {
			event: [handler for handler in handlers if not handler.startswith(APP)]
			for event, handlers in events.items()
		}
		for doctype, events in hooks.items()
	}


def _save(customer: str, website: str) -> float:
	"""Milliseconds until the change is committed."""
	doc = frappe.get_doc("Customer", customer)
	doc.website = website
	begun = time.perf_counter()
	doc.save()
	frappe.db.commit()
	return 1000 * (time.perf_counter() - begun)


def _forget_job() -> None:
	job = get_job(jobs.job_id("drain", TENANT))
	if job:
		job.delete()


@contextmanager
def _organisation() -> Iterator[None]:
	"""One that takes every customer."""
	FrappeStore().insert(
		{
			"doctype": "Xero Organisation",
			"tenant_id": TENANT,
			"organisation_name": TENANT,
			"status": organisations.CONNECTED,
			"enabled": 1,
			"push_customers": 1,
		}
	)
	try:
		yield
	finally:
		_erase("Xero Outbox", organisation=TENANT)
		_erase("Xero Organisation", name=TENANT)


@contextmanager
def _customer() -> Iterator[str]:
	doc = frappe.get_doc(
		{
			"doctype": "Customer",
			"customer_name": f"Save Cost {frappe.generate_hash(length=8)}",
			"customer_group": frappe.db.get_value("Customer Group", {"is_group": 0}),
			"territory": frappe.db.get_value("Territory", {"is_group": 0}),
		}
	).insert()
	frappe.db.commit()
	try:
		yield doc.name
	finally:
		_erase("Version", ref_doctype="Customer", docname=doc.name)
		_erase("Customer", name=doc.name)


def _erase(doctype: str, **filters: Any) -> None:
	frappe.db.rollback()
	frappe.db.delete(doctype, filters)
	frappe.db.commit()


if __name__ == "__main__":
	sys.exit(main())
