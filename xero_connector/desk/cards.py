"""The numbers and charts of the workspace, as far as the caller may see the mirror.

Frappe keeps what a chart of a DocType shows for everybody who looks next, so these are sources of their own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

import frappe
from frappe.desk.reportview import build_match_conditions
from frappe.utils import add_months, escape_html, flt, fmt_money, formatdate, get_first_day, getdate, nowdate

from xero_connector.desk import ages, unbilled
from xero_connector.desk.notices import RECEIVED, STANDING
from xero_connector.desk.permissions import need_manager
from xero_connector.mapping.mirror import OVERDUE, PART_PAID, SENT
from xero_connector.sync import requests
from xero_connector.sync.entities import OPPORTUNITY, ORDER

OPEN = f"payment_status in {(SENT, PART_PAID, OVERDUE)}"
RECEIPTS = f"kind in {RECEIVED} and xero_status in {STANDING}"
MONTHS = 12

NAMED = 50
"""Documents that the filter of a list names."""

Sums = dict[tuple[str, Any], float]
"""Amounts by currency of the books and by what they are grouped by."""


@frappe.whitelist(methods=["GET", "POST"])
def receivables() -> dict[str, Any]:
	"""What customers owe, in all."""
	owed = _sums("Xero Invoice", "base_due", "1", OPEN)
	return _card(owed, {"payment_status": ["in", [SENT, PART_PAID, OVERDUE]]})


@frappe.whitelist(methods=["GET", "POST"])
def overdue() -> dict[str, Any]:
	"""What of it should have been paid by now."""
	owed = _sums("Xero Invoice", "base_due", "1", f"{OPEN} and due_date < '{nowdate()}'")
	return _card(owed, {"payment_status": OVERDUE})


@frappe.whitelist(methods=["GET", "POST"])
def calls_left() -> dict[str, Any]:
	"""The calls left today, of the connected organisation that has the fewest; a dash before the first."""
	need_manager()
	connected = frappe.get_all("Xero Organisation", {"status": "Connected"}, pluck="name")
	known = {"organisation": ("in", connected or [""]), "day_at": ("!=", "")}
	left = frappe.get_all("Xero Call Budget", known, pluck="day_remaining")
	return {
		"value": _shown(f"{min(left):,}" if left else "–"),
		"fieldtype": "Data",
		"route": "xero-call-budget",
	}


@frappe.whitelist(methods=["GET", "POST"])
def won_not_invoiced() -> dict[str, Any]:
	"""How many orders and won opportunities have no invoice in Xero; and what they come to, for those who may
	see money. A click opens those of the doctype that has most of them.
	"""
	deals = unbilled.won_not_invoiced()
	value = f"{len(deals):,}"
	if deals and frappe.has_permission("Xero Invoice", "read"):
		amounts: Sums = {}
		for deal in deals:
			key = (deal.currency, 1)
			amounts[key] = amounts.get(key, 0) + deal.amount
		value = f"{value} · {_amounts(amounts)}"
	return {"value": _shown(value), "fieldtype": "Data", **_list_of(deals)}


@frappe.whitelist(methods=["GET", "POST"])
def aged_receivables() -> dict[str, Any]:
	"""What customers owe by how late it is; a series for each currency."""
	owed = _sums("Xero Invoice", "base_due", ages.step_sql(getdate(nowdate())), OPEN)
	return _chart(owed, dict(enumerate(ages.labels())))


@frappe.whitelist(methods=["GET", "POST"])
def paid_by_month() -> dict[str, Any]:
	"""What was received in each of the last months; a series for each currency."""
	first = get_first_day(add_months(nowdate(), 1 - MONTHS))
	months = [getdate(add_months(first, month)) for month in range(MONTHS)]
	number = "extract(year from payment_date) * 12 + extract(month from payment_date)"
	paid = _sums("Xero Payment", "base_amount", number, f"{RECEIPTS} and payment_date >= '{first}'")
	return _chart(paid, {month.year * 12 + month.month: formatdate(month, "MMM") for month in months})


def _sums(doctype: str, field: str, group: str, condition: str) -> Sums:
	"""Sums over what the caller may see. ``field``, ``group`` and ``condition`` are SQL."""
	frappe.has_permission(doctype, "read", throw=True)
	seen = build_match_conditions(doctype).replace("%%", "%") or "1 = 1"
	rows = frappe.db.sql(
		f"""
		select ifnull(base_currency, ''), {group}, sum({field})
		from `tab{doctype}` where {condition} and ({seen}) group by 1, 2
		"""
	)
	return {(currency, key): flt(amount, 2) for currency, key, amount in rows}


def _card(sums: Sums, filters: dict[str, Any]) -> dict[str, Any]:
	"""The answer to a number card: amounts in each currency, and the list that a click opens."""
	value = _amounts(sums) or fmt_money(0, 0, _home_currency())
	route = {"route": "xero-invoice", "route_options": filters}
	return {"value": _shown(value), "fieldtype": "Data", **route}


def _home_currency() -> str | None:
	"""The currency in which nothing is shown: that of the books, if all are in one, else that of the site."""
	known = {"status": ("!=", "Disconnected"), "base_currency": ("is", "set")}
	found = frappe.get_all("Xero Organisation", known, pluck="base_currency", distinct=True)
	return found[0] if len(found) == 1 else frappe.db.get_default("currency")


def _amounts(sums: Sums) -> str:
	return " + ".join(fmt_money(amount, 0, currency) for (currency, _), amount in sorted(sums.items()))


def _list_of(deals: list[unbilled.Deal]) -> dict[str, Any]:
	"""The list that a click opens: these very documents, unless they are more than a list names."""
	by_doctype = Counter(deal.doctype for deal in deals)
	doctype = max(by_doctype, key=lambda each: by_doctype[each], default=ORDER)
	names = [deal.name for deal in deals if deal.doctype == doctype]
	filters: dict[str, Any] = {"name": ["in", names]}
	if not 0 < len(names) <= NAMED:
		won = {"status": requests.WON} if doctype == OPPORTUNITY else {"docstatus": 1}
		filters = {**won, "xero_invoice_number": ["is", "not set"]}
	return {"route": frappe.scrub(doctype).replace("_", "-"), "route_options": filters}


def _shown(text: str) -> str:
	"""The card reads what it shows as HTML."""
	return f"<span>{escape_html(text)}</span>"


def _chart(sums: Sums, labels: dict[Any, str]) -> dict[str, Any]:
	"""The answer to a chart, empty where there is nothing to draw."""
	if not sums:
		return {}
	return {
		"labels": list(labels.values()),
		"datasets": [
			{"name": currency, "values": [sums.get((currency, key), 0) for key in labels]}
			for currency in _currencies(sums)
		],
	}


def _currencies(sums: Iterable[tuple[str, Any]]) -> list[str]:
	return sorted({currency for currency, _ in sums})
