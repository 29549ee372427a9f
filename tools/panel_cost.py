"""Measure what a Customer's form asks of the server, for a customer with 10,000 mirrored invoices.

Run by the bench's Python. The bench is ``$BENCH`` (default ``~/frappe-bench``), the site ``$SITE`` (default:
the bench's default site). 10,000 invoices and their payments of one customer are written, and as many of
another; the panel is asked for again and again, by a rep whom User Permissions limit to the customer. What
the run made is removed at the end.

Prints one line; exits 1 if the median is above 50 ms.
"""

from __future__ import annotations

import json
import os
import random
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import frappe

from xero_connector.desk.panel import customer_panel
from xero_connector.store.frappe import FrappeStore

INVOICES, TIMES, WARM_UP = 10_000, 100, 5
MOST_MS = 50.0
TENANT = "panel-cost"
SEED = 20261123


def main() -> int:
	"""Returns the exit code."""
	bench = Path(os.environ.get("BENCH") or Path.home() / "frappe-bench").expanduser().resolve()
	os.chdir(bench / "sites")  # where Frappe looks for sites and writes its logs
	config = json.loads(Path("common_site_config.json").read_text())
	frappe.init(os.environ.get("SITE") or config["default_site"])
	frappe.connect()
	frappe.set_user("Administrator")
	try:
		with _customer() as other, _customer() as customer, _rep(customer) as rep:
			with _mirror([customer, other]):
				frappe.set_user(rep)
				times = [_ask(customer) for _ in range(WARM_UP + TIMES)][WARM_UP:]
				frappe.set_user("Administrator")
	finally:
		frappe.destroy()
	median = statistics.median(times)
	print(f"customer_panel: invoices={INVOICES} median={median:.1f} ms fastest={min(times):.1f} ms")
	return int(median > MOST_MS)


def _ask(customer: str) -> float:
	"""Milliseconds of one request's work, with nothing kept from the one before."""
	frappe.local.document_cache = {}
	frappe.local.role_permissions = {}
	begun = time.perf_counter()
	customer_panel(customer)
	return 1000 * (time.perf_counter() - begun)


@contextmanager
def _mirror(customers: list[str]) -> Iterator[None]:
	"""An organisation with the invoices and payments of these customers, over seven years."""
	FrappeStore().insert(
		{"doctype": "Xero Organisation", "tenant_id": TENANT, "organisation_name": TENANT, "enabled": 0}
	)
	try:
		for customer in customers:
			_write(customer)
		frappe.db.commit()
		frappe.db.sql("analyze table `tabXero Invoice`, `tabXero Payment`")
		yield
	finally:
		for doctype in ("Xero Invoice", "Xero Payment"):
			_erase(doctype, organisation=TENANT)
		_erase("Xero Organisation", name=TENANT)


def _write(customer: str) -> None:
	chance, today, invoices, payments = random.Random(SEED), date.today(), [], []
	for number in range(INVOICES):
		name = frappe.generate_hash(length=10)
		issued = today - timedelta(days=chance.randrange(2500))
		due, total = issued + timedelta(days=30), chance.randrange(1000, 200_000) / 100
		owed = total if chance.random() < 0.03 else 0
		status = "Paid" if not owed else "Overdue" if due < today else "Sent"
		invoices.append(
			{"name": name, "invoice_number": f"INV-{number:05}", "payment_status": status}
			| {"invoice_date": issued, "due_date": due, "total": total, "amount_due": owed}
			| {"base_total": total, "base_due": owed, "base_paid": total - owed}
		)
		if not owed:
			paid = {"kind": "Payment", "invoice": name, "payment_date": due, "xero_status": "AUTHORISED"}
			payments.append({"name": frappe.generate_hash(length=10), "amount": total, **paid})
	common = {"organisation": TENANT, "customer": customer, "currency": "GBP", "base_currency": "GBP"}
	for doctype, rows in (("Xero Invoice", invoices), ("Xero Payment", payments)):
		whole = [{**row, **common, "xero_id": row["name"]} for row in rows]
		values = [tuple(row.values()) for row in whole]
		frappe.db.bulk_insert(doctype, list(whole[0]), values, chunk_size=1000)


@contextmanager
def _customer() -> Iterator[str]:
	doc = frappe.get_doc(
		{
			"doctype": "Customer",
			"customer_name": f"Panel Cost {frappe.generate_hash(length=8)}",
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


@contextmanager
def _rep(customer: str) -> Iterator[str]:
	"""Somebody in sales who may see this customer and what it owes."""
	user = frappe.get_doc(
		{
			"doctype": "User",
			"email": f"{frappe.generate_hash(length=8)}@example.com",
			"first_name": "Panel Cost",
			"send_welcome_email": 0,
			"roles": [{"role": "Sales User"}, {"role": "Xero Viewer"}],
		}
	).insert()
	limit = {"user": user.name, "allow": "Customer", "for_value": customer}
	permission = frappe.get_doc({"doctype": "User Permission", **limit}).insert()
	frappe.db.commit()
	try:
		yield user.name
	finally:
		frappe.db.rollback()
		frappe.set_user("Administrator")
		permission.delete()
		user.delete()
		frappe.db.commit()


def _erase(doctype: str, **filters: Any) -> None:
	frappe.db.rollback()
	frappe.db.delete(doctype, filters)
	frappe.db.commit()


if __name__ == "__main__":
	sys.exit(main())
