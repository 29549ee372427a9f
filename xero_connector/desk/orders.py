"""What the Sales Order form asks: where its invoice is, and *Create Xero Invoice*."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _

from xero_connector.desk import jobs
from xero_connector.desk.wiring import SiteClock
from xero_connector.store.frappe import FrappeStore, plain
from xero_connector.sync import organisations, outbox
from xero_connector.sync.errors import SyncError
from xero_connector.sync.triggers import request_invoice


@frappe.whitelist(methods=["POST"])
def create_xero_invoice(sales_order: str) -> dict[str, Any]:
	"""Ask for an invoice of this order; a second click makes no second invoice.

	Whoever may submit the order may ask. Returns ``organisation`` and ``outbox``, the row that carries it.
	"""
	doc = frappe.get_doc("Sales Order", sales_order)
	doc.check_permission("submit")
	try:
		asked = request_invoice(FrappeStore(), SiteClock(), plain(doc), frappe.session.user)
	except SyncError as error:
		frappe.throw(_(str(error)), title=_("No Xero Invoice"))
	jobs.after_commit("drain", asked["organisation"])
	return asked


@frappe.whitelist(methods=["GET"])
def progress(sales_order: str) -> dict[str, Any]:
	"""How far a Sales Order that the caller may read is on its way to Xero.

	``connected``: an organisation keeps the books of its company. ``status``: that of its outbox row, if any.
	"""
	doc = frappe.get_doc("Sales Order", sales_order)
	doc.check_permission("read")
	store = FrappeStore()
	found = organisations.accepting(store, company=doc.company)
	row = (
		store.get("Xero Outbox", outbox.row_name(found[0]["name"], doc.doctype, doc.name)) if found else None
	)
	return {"connected": bool(found), "status": row["status"] if row else None}
