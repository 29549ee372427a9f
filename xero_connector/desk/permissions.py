"""Who may run the connector, and whose money a person may see."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.desk.reportview import build_match_conditions
from frappe.model.document import Document
from frappe.permissions import get_role_permissions
from frappe.share import get_shared

MANAGER = "Xero Manager"
"""Sees all of the mirror, as far as User Permissions allow."""

BOOKKEEPERS = {"Xero Viewer", "Accounts Manager", "Accounts User"}
"""Who also sees what belongs to no customer here."""


def need_manager() -> None:
	"""Raises ``frappe.PermissionError`` for everybody but a Xero Manager."""
	if MANAGER not in frappe.get_roles():
		frappe.throw(_("Only a Xero Manager may do this."), frappe.PermissionError)


def may_open_the_app() -> bool:
	"""Whether the caller gets the app's tile on the apps screen."""
	return bool({MANAGER, "Xero Viewer"} & set(frappe.get_roles()))


def invoice_conditions(user: str | None = None) -> str:
	return _conditions("Xero Invoice", user)


def quote_conditions(user: str | None = None) -> str:
	return _conditions("Xero Quote", user)


def payment_conditions(user: str | None = None) -> str:
	return _conditions("Xero Payment", user)


def has_permission(doc: Document, ptype: str | None = None, user: str | None = None) -> bool:
	"""For a mirrored invoice, quote or payment, on top of its own permissions: that of its customer."""
	user = user or frappe.session.user
	if MANAGER in frappe.get_roles(user):
		return True
	if doc.get("customer"):
		return bool(frappe.has_permission("Customer", "read", doc.customer, user=user))
	return _is_bookkeeper(user)


def _conditions(doctype: str, user: str | None) -> str:
	"""SQL that holds for the rows that this user may see; empty for all."""
	user = user or frappe.session.user
	if MANAGER in frappe.get_roles(user):
		return ""
	column = f"`tab{doctype}`.`customer`"
	customers = _customer_conditions(user)
	if not customers:
		return "" if _is_bookkeeper(user) else f"ifnull({column}, '') != ''"
	seen = f"{column} in (select `name` from `tabCustomer` where {customers})"
	return f"(ifnull({column}, '') = '' or {seen})" if _is_bookkeeper(user) else seen


def _customer_conditions(user: str) -> str:
	"""SQL that holds for the customers that this user may see; empty for all."""
	role_permissions = get_role_permissions(frappe.get_meta("Customer"), user=user)
	if role_permissions.get("read"):
		return build_match_conditions("Customer", user=user).replace("%%", "%")
	shared = ", ".join(frappe.db.escape(name, percent=False) for name in get_shared("Customer", user))
	return f"`tabCustomer`.`name` in ({shared})" if shared else "1 = 0"


def _is_bookkeeper(user: str) -> bool:
	return bool(BOOKKEEPERS & set(frappe.get_roles(user)))
