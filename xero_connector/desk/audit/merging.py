"""Customers side by side, and merged into one by Frappe's own rename."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document

from xero_connector.desk.permissions import need_manager

MOST = 10
"""So many are shown side by side."""


@frappe.whitelist(methods=["GET"])
def compare(customers: str | list[str]) -> list[dict[str, Any]]:
	"""These customers side by side, the one with most documents first: what tells whether they are one.

	Each has ``name``, ``customer_name``, ``email``, ``tax_id``, ``currency``, ``customer_group``,
	``created``, ``orders`` and ``invoices`` (how many are submitted), ``in_xero`` (names of its contacts),
	and ``may_merge`` and ``may_delete``: what the caller may do with it.
	"""
	need_manager()
	names = list(dict.fromkeys(frappe.parse_json(customers)))[:MOST]
	found = [_side(_customer(name)) for name in names if frappe.db.exists("Customer", name)]
	return sorted(found, key=lambda side: -(side["orders"] + side["invoices"]))


@frappe.whitelist(methods=["POST"])
def merge(customer: str, into: str) -> None:
	"""Merge a customer into another: all its documents become the other's, and it is deleted.

	The caller needs to write both and to delete the one that goes, as Frappe asks of every merge.
	"""
	need_manager()
	if customer == into:
		frappe.throw(_("A customer cannot be merged into itself."))
	for name, permission in ((customer, "write"), (customer, "delete"), (into, "write")):
		_need(_customer(name), permission)
	frappe.rename_doc("Customer", customer, into, merge=True, show_alert=False)


def _customer(name: str) -> Document:
	if not frappe.db.exists("Customer", name):
		message = _("{0} is no longer there. Somebody has merged, renamed or deleted it.")
		frappe.throw(message.format(frappe.bold(frappe.utils.escape_html(name))), frappe.DoesNotExistError)
	doc = frappe.get_doc("Customer", name)
	doc.check_permission("read")
	return doc


def _need(doc: Document, permission: str) -> None:
	if doc.has_permission(permission):
		return
	words = {
		"write": _("To merge, you have to be allowed to write {0}."),
		"delete": _("A merge deletes {0}, and you may not delete it."),
	}
	frappe.throw(
		words[permission].format(frappe.bold(frappe.utils.escape_html(doc.name))), frappe.PermissionError
	)


def _side(doc: Document) -> dict[str, Any]:
	contact = doc.customer_primary_contact
	submitted = {"customer": doc.name, "docstatus": 1}
	linked = {"reference_doctype": "Customer", "reference_name": doc.name, "xero_entity": "Contact"}
	ids = frappe.get_all("Xero Link", linked, pluck="xero_id")
	return {
		"name": doc.name,
		"customer_name": doc.customer_name,
		"email": (frappe.db.get_value("Contact", contact, "email_id") if contact else doc.email_id) or "",
		"tax_id": doc.tax_id or "",
		"currency": doc.default_currency or "",
		"customer_group": doc.customer_group or "",
		"created": str(doc.creation)[:10],
		"orders": frappe.db.count("Sales Order", submitted),
		"invoices": frappe.db.count("Sales Invoice", submitted),
		"in_xero": frappe.get_all("Xero Contact", {"xero_id": ("in", [*ids, ""])}, pluck="contact_name"),
		"may_merge": doc.has_permission("write"),
		"may_delete": doc.has_permission("delete"),
	}
