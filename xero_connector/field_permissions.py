"""Who reads the amounts among the custom fields: a permission level of their own, and the roles that have it.

The rules are rows of the standard permissions of ERPNext's DocTypes, because the first **Custom DocPerm** of
a DocType replaces all its standard ones for good. A site that has replaced them already gets the rules there
too, once: what its admin takes away afterwards stays away.
"""

from __future__ import annotations

import frappe

from xero_connector.custom_fields import CUSTOM_FIELDS, MONEY_LEVEL

OWN_ROLES = ("Xero Manager", "Xero Viewer")
ROLES = (*OWN_ROLES, "Accounts Manager", "Accounts User")
STANDARD, CUSTOMISED = "DocPerm", "Custom DocPerm"


def grant() -> None:
	"""Add what is missing to the standard permissions; ERPNext's updates write those anew."""
	for doctype in _doctypes():
		_grant(STANDARD, doctype)


def grant_where_customised() -> None:
	"""Add what is missing to permissions that the site has made its own."""
	for doctype in _doctypes():
		if frappe.db.exists(CUSTOMISED, {"parent": doctype}):
			_grant(CUSTOMISED, doctype)


def remove() -> None:
	"""Take the rules away, wherever they are by now."""
	for doctype in _doctypes():
		for table in (STANDARD, CUSTOMISED):
			frappe.db.delete(table, {"parent": doctype, "role": ("in", ROLES), "permlevel": MONEY_LEVEL})
			frappe.db.delete(table, {"parent": doctype, "role": ("in", OWN_ROLES)})
		frappe.clear_cache(doctype=doctype)


def _doctypes() -> list[str]:
	return [
		doctype
		for doctype, fields in CUSTOM_FIELDS.items()
		if any(field.get("permlevel") == MONEY_LEVEL for field in fields)
	]


def _grant(table: str, doctype: str) -> None:
	rules = frappe.get_all(table, {"parent": doctype}, ["role", "permlevel"])
	known = {(rule.role, rule.permlevel) for rule in rules}
	for role in ROLES:
		if (role, MONEY_LEVEL) in known:
			continue
		if (role, 0) not in known:
			if role not in OWN_ROLES:
				continue  # it does not read these documents at all
			# Frappe wants a rule at level 0 too. This one shows nobody a document of somebody else.
			_add(table, doctype, role, permlevel=0, if_owner=1)
		_add(table, doctype, role, permlevel=MONEY_LEVEL, if_owner=0)
	frappe.clear_cache(doctype=doctype)


def _add(table: str, doctype: str, role: str, *, permlevel: int, if_owner: int) -> None:
	place = {"parent": doctype, "parenttype": "DocType", "parentfield": "permissions"}
	rule = {"role": role, "permlevel": permlevel, "if_owner": if_owner, "read": 1}
	idx = frappe.db.count(table, {"parent": doctype}) + 1
	frappe.get_doc({"doctype": table, **place, **rule, "idx": idx}).db_insert()
