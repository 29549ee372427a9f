"""The *Create Xero Invoice* button."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _

from xero_connector.desk import jobs
from xero_connector.desk.wiring import SiteClock
from xero_connector.store.frappe import FrappeStore, plain
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
