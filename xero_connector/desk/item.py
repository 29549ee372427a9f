"""The Item form's *Check for Xero*."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _

from xero_connector.desk.permissions import MANAGER
from xero_connector.desk.refusals import refuse
from xero_connector.desk.standing import blocked, states_of
from xero_connector.desk.wiring import SiteClock
from xero_connector.store.frappe import FrappeStore
from xero_connector.sync import change_check, organisations
from xero_connector.sync.change_check import SaleCheck


@frappe.whitelist(methods=["POST"])
def check(item: str) -> list[dict[str, Any]]:
	"""Check the next invoice of an item, without sending it: one answer for each organisation that syncs.

	For whoever may change the item, and for a Xero Manager. Each answer has ``organisation`` (its name) and
	``problems`` (with ``message``, ``advice``, ``doctype``, ``name`` and ``field``), and where there are none
	``price`` (``None``: it has none), ``account``, ``tax`` and ``total``, in ``currency``.
	"""
	doc = frappe.get_doc("Item", item)
	doc.check_permission("read" if MANAGER in frappe.get_roles() else "write")
	store, clock = FrappeStore(), SiteClock()
	syncing = organisations.syncing(store)
	if not syncing:
		refuse(blocked(states_of([row["name"] for row in organisations.accepting(store)])), title=_("Xero"))
	return [
		{
			"organisation": row["organisation_name"],
			**_answer(store, row["name"], change_check.check(store, clock, row["name"], doc.name)),
		}
		for row in syncing
	]


def _answer(store: FrappeStore, organisation: str, found: SaleCheck) -> dict[str, Any]:
	problems = [vars(problem) for problem in found.problems]
	if found.invoice is None:
		return {"problems": problems}
	return {
		"problems": problems,
		"currency": found.currency,
		"price": found.price,
		"account": _title(
			store, "Xero Account", "code", organisation, found.line.get("AccountCode"), "title"
		),
		"tax": _title(
			store, "Xero Tax Rate", "tax_type", organisation, found.line.get("TaxType"), "rate_name"
		),
		"total": found.invoice.totals.total,
	}


def _title(
	store: FrappeStore, doctype: str, key: str, organisation: str, value: str | None, title: str
) -> str:
	"""What people call an account or a tax rate."""
	found = store.find(doctype, {"organisation": organisation, key: value}, fields=[title], limit=1)
	return str(found[0][title]) if value and found else value or ""
