"""Who may run the connector, and whose money a person may see."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.core.doctype.user_permission.user_permission import get_user_permissions
from frappe.desk.reportview import build_match_conditions
from frappe.model.document import Document
from frappe.permissions import get_allowed_docs_for_doctype, get_role_permissions
from frappe.share import get_shared

MANAGER, VIEWER = "Xero Manager", "Xero Viewer"
"""A manager sees all of the mirror, as far as User Permissions allow; a viewer what belongs to customers that
the viewer may read.
"""

BOOKKEEPERS = {"Accounts Manager", "Accounts User"}
"""Who also sees what belongs to no customer here."""


def need_manager() -> None:
	"""Raises ``frappe.PermissionError`` for everybody but a Xero Manager."""
	if MANAGER not in frappe.get_roles():
		frappe.throw(_("Only a Xero Manager may do this."), frappe.PermissionError)


def need_manager_of(organisation: str) -> None:
	"""As ``need_manager``, for work with one organisation: User Permissions may keep a manager from the books
	of other companies.
	"""
	need_manager()
	frappe.has_permission("Xero Organisation", "read", organisation, throw=True)


def may_open_the_app() -> bool:
	"""Whether the caller gets the app's tile on the apps screen."""
	return bool({MANAGER, VIEWER} & set(frappe.get_roles()))


def may_see_money(customer: str) -> bool:
	"""Whether the caller may see what this customer owes."""
	return bool(
		frappe.has_permission("Xero Invoice", "read") and frappe.has_permission("Customer", "read", customer)
	)


def invoice_conditions(user: str | None = None) -> str:
	return _conditions("Xero Invoice", user)


def payment_conditions(user: str | None = None) -> str:
	return _conditions("Xero Payment", user)


def quote_conditions(user: str | None = None) -> str:
	return _conditions("Xero Quote", user)


def has_permission(doc: Document, ptype: str | None = None, user: str | None = None) -> bool:
	"""For a Xero Invoice, Payment or Quote, on top of its own permissions: those of its customer and of the
	company whose books it is in count.
	"""
	user = user or frappe.session.user
	seen = organisations_seen(doc.doctype, user)
	if seen is not None and doc.get("organisation") not in seen:
		return False
	if MANAGER in frappe.get_roles(user):
		return True
	if doc.get("customer"):
		return bool(frappe.has_permission("Customer", "read", doc.customer, user=user))
	return _is_bookkeeper(user)


def seen_by_manager(doctype: str) -> str:
	"""SQL that holds for the customers or items that the caller may see, who is a manager; empty for all.

	A manager need not be in sales to clean what goes to Xero; whoever is sees those that the role and User
	Permissions allow.
	"""
	role = get_role_permissions(frappe.get_meta(doctype))
	if not role.get("read") or "read" in (role.get("if_owner") or {}):
		return ""
	if doctype == "Customer":
		return _customer_conditions(frappe.session.user)
	return build_match_conditions(doctype).replace("%%", "%")


def organisation_conditions(user: str | None = None, doctype: str = "") -> str:
	"""SQL that holds for the rows of a doctype that belong to organisations this user may see."""
	return _by_organisation(doctype, user or frappe.session.user)


def may_see_organisation_of(doc: Document, ptype: str | None = None, user: str | None = None) -> bool:
	"""The same for one row, on top of its own permissions."""
	seen = organisations_seen(doc.doctype, user)
	return seen is None or doc.get("organisation") in seen


def organisations_seen(doctype: str, user: str | None = None) -> list[str] | None:
	"""The organisations that keep the books of companies this user is limited to; None for all."""
	companies = _allowed("Company", doctype, user or frappe.session.user)
	if not companies:
		return None
	return frappe.get_all("Xero Organisation", {"company": ("in", companies)}, pluck="name")


def _conditions(doctype: str, user: str | None) -> str:
	"""SQL that holds for the rows that this user may see; empty for all."""
	user = user or frappe.session.user
	conditions = (_by_customer(doctype, user), _by_organisation(doctype, user))
	return " and ".join(f"({condition})" for condition in conditions if condition)


def _by_organisation(doctype: str, user: str) -> str:
	seen = organisations_seen(doctype, user)
	return "" if seen is None else f"`tab{doctype}`.`organisation` in ({_listed(seen)})"


def _by_customer(doctype: str, user: str) -> str:
	if MANAGER in frappe.get_roles(user):
		return ""
	column = f"`tab{doctype}`.`customer`"
	customers = _customer_conditions(user)
	if not customers:
		return "" if _is_bookkeeper(user) else f"ifnull({column}, '') != ''"
	seen = f"{column} in (select `name` from `tabCustomer` where {customers})"
	return f"ifnull({column}, '') = '' or {seen}" if _is_bookkeeper(user) else seen


def _customer_conditions(user: str) -> str:
	"""SQL that holds for the customers that this user may see; empty for all."""
	role_permissions = get_role_permissions(frappe.get_meta("Customer"), user=user)
	if not role_permissions.get("read"):
		return f"`tabCustomer`.`name` in ({_listed(get_shared('Customer', user))})"
	matching = build_match_conditions("Customer", user=user).replace("%%", "%")
	return " and ".join(f"({condition})" for condition in (matching, _by_sales_team(user)) if condition)


def _by_sales_team(user: str) -> str:
	"""Frappe refuses a customer with a sales person whom User Permissions leave out; its lists do not."""
	persons = _allowed("Sales Person", "Customer", user)
	if not persons:
		return ""
	others = f"`parenttype` = 'Customer' and `sales_person` not in ({_listed(persons)})"
	return f"`tabCustomer`.`name` not in (select `parent` from `tabSales Team` where {others})"


def _allowed(doctype: str, applicable_for: str, user: str) -> list[str]:
	"""The documents of a doctype that User Permissions limit this user to; empty for no limit."""
	return get_allowed_docs_for_doctype(get_user_permissions(user).get(doctype, []), applicable_for)


def _listed(names: list[str]) -> str:
	return ", ".join(frappe.db.escape(name, percent=False) for name in names) or "''"


def _is_bookkeeper(user: str) -> bool:
	return bool(BOOKKEEPERS & set(frappe.get_roles(user)))
