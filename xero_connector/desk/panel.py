"""What the rep sees on a Customer: the mirror of Xero's books, from local data, in one request."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import frappe
from frappe import _
from frappe.utils import flt, getdate, nowdate

from xero_connector.desk.ages import AGES, step_sql
from xero_connector.desk.permissions import may_see_money, organisations_seen
from xero_connector.desk.standing import standing
from xero_connector.mapping.mirror import (
	DRAFT,
	OVERDUE,
	PAID,
	PART_PAID,
	SENT,
	VOIDED,
	customer_fields,
)
from xero_connector.store.frappe import FrappeStore
from xero_connector.store.protocol import Filters
from xero_connector.sync import organisations
from xero_connector.sync.mirror import CREDIT

INVOICES = 10
PAYMENTS = 10
YEARS = 10

INVOICE_FIELDS = (
	"name",
	"invoice_number",
	"payment_status",
	"invoice_date",
	"due_date",
	"currency",
	"total",
	"amount_due",
	"url",
	"xero_payment_url",
	"reference_doctype",
	"reference_name",
	"organisation",
)
PAYMENT_FIELDS = (
	"name",
	"kind",
	"payment_date",
	"currency",
	"amount",
	"remaining_credit",
	"reference",
	"invoice",
)
STANDING = ("AUTHORISED", "PAID")

Sums = dict[str, Any]


@frappe.whitelist(methods=["GET"])
def customer_panel(customer: str) -> dict[str, Any]:
	"""What a customer bought, owes and paid, as far as the caller may see it.

	``books``: sums for each currency that Xero keeps books in (see ``books_of``). ``invoices``, ``payments``:
	the newest. ``invoice_count``: of all. ``status``: the worst of the open invoices, else *Paid*, or empty.
	``standing``: where the customer itself stands on its way to Xero (see ``standing.standing``).
	"""
	if not may_see_money(customer):
		frappe.throw(_("You may not see what this customer owes."), frappe.PermissionError)
	seen: dict[str, Any] = {"customer": customer}
	tenants = organisations_seen("Xero Invoice")
	if tenants is not None:
		seen["organisation"] = ("in", tenants or [""])
	groups = _groups(customer, tenants)
	live = [group for group in groups if group["payment_status"] not in (DRAFT, VOIDED)]
	return {
		"customer": customer,
		"status": _status(live),
		"books": books_of(live, _credits(seen)),
		"invoices": _invoices(seen),
		"payments": _payments(seen),
		"invoice_count": sum(group["invoices"] for group in groups),
		"standing": standing(
			{"doctype": "Customer", "name": customer}, organisations.accepting(FrappeStore())
		),
	}


def books_of(groups: Iterable[Sums], credits: Iterable[Sums]) -> list[dict[str, Any]]:
	"""For each currency of the books: ``due`` and the ``overdue`` part of it; ``aged``, the due amounts by
	``AGES``; ``invoiced``, ``paid`` and ``credit``; ``years``, newest last, with what was invoiced and paid.

	From the sums over invoices that count, and from the payments with credit left.
	"""
	books: dict[str, dict[str, Any]] = {}
	for group in groups:
		book = books.setdefault(group["currency"], _book(group["currency"]))
		year = book["years"].setdefault(group["year"], {"invoiced": 0.0, "paid": 0.0})
		book["aged"][group["age"]] += group["due"]
		for field in ("invoiced", "paid"):
			book[field] += group[field]
			year[field] += group[field]
	for credit in credits:
		book = books.setdefault(credit["base_currency"], _book(credit["base_currency"]))
		book["credit"] += flt(customer_fields([], [credit])["xero_credit"])
	return [_rounded(books[currency]) for currency in sorted(books)]


def _book(currency: str) -> dict[str, Any]:
	empty = {"currency": currency, "aged": [0.0] * (len(AGES) + 1), "years": {}}
	return {**empty, "invoiced": 0.0, "paid": 0.0, "credit": 0.0}


def _rounded(book: dict[str, Any]) -> dict[str, Any]:
	aged = [flt(amount, 2) for amount in book["aged"]]
	years = [
		{"year": year, "invoiced": flt(sums["invoiced"], 2), "paid": flt(sums["paid"], 2)}
		for year, sums in sorted(book["years"].items())
	]
	sums = {field: flt(book[field], 2) for field in ("invoiced", "paid", "credit")}
	due = {"due": flt(sum(aged), 2), "overdue": flt(sum(aged[1:]), 2)}
	return {"currency": book["currency"], **due, **sums, "aged": aged, "years": years[-YEARS:]}


def _groups(customer: str, organisations: Sequence[str] | None) -> list[Sums]:
	"""The sums over the customer's invoices by currency, status, year and age, in one pass."""
	condition = "" if organisations is None else "and organisation in %(organisations)s"
	return frappe.db.sql(
		f"""
		select ifnull(base_currency, '') as currency, payment_status,
			ifnull(extract(year from invoice_date), 0) as `year`,
			{step_sql(getdate(nowdate()))} as age,
			count(*) as invoices, sum(base_total) as invoiced, sum(base_paid) as paid, sum(base_due) as due
		from `tabXero Invoice`
		where customer = %(customer)s {condition}
		group by 1, 2, 3, 4
		""",
		{"customer": customer, "organisations": organisations or [""]},
		as_dict=True,
	)


def _status(groups: Iterable[Sums]) -> str:
	"""As an invoice would say it; one that fell due today may not say so yet itself."""
	found = {OVERDUE if group["age"] and group["due"] else group["payment_status"] for group in groups}
	return next((word for word in (OVERDUE, PART_PAID, SENT, PAID) if word in found), "")


def _credits(seen: Filters) -> list[Sums]:
	return FrappeStore().find("Xero Payment", {**seen, "remaining_credit": (">", 0)}, fields=CREDIT)


def _invoices(seen: Filters) -> list[dict[str, Any]]:
	invoices = frappe.get_all(
		"Xero Invoice",
		filters=seen,
		fields=list(INVOICE_FIELDS),
		order_by="invoice_date desc, invoice_number desc",
		limit=INVOICES,
	)
	demo = set(frappe.get_all("Xero Organisation", {"is_demo": 1}, pluck="name"))
	for invoice in invoices:
		if invoice.pop("organisation") in demo:
			invoice.url = None  # nobody can open it in Xero
		if invoice.payment_status in (PAID, VOIDED):
			invoice.xero_payment_url = None  # nothing is to be paid
	return invoices


def _payments(seen: Filters) -> list[dict[str, Any]]:
	payments = frappe.get_all(
		"Xero Payment",
		filters={**seen, "xero_status": ("in", STANDING)},
		fields=list(PAYMENT_FIELDS),
		order_by="payment_date desc, creation desc",
		limit=PAYMENTS,
	)
	numbers = _numbers({payment.invoice for payment in payments if payment.invoice})
	for payment in payments:
		payment.invoice_number = numbers.get(payment.invoice)
	return payments


def _numbers(invoices: set[str]) -> dict[str, str]:
	rows = frappe.get_all(
		"Xero Invoice", filters={"name": ("in", list(invoices))}, fields=["name", "invoice_number"]
	)
	return {row.name: row.invoice_number for row in rows}
