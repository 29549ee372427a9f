"""What a field offers to choose from, where plain filters cannot say it."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.model import no_value_fields

from xero_connector.desk import permissions
from xero_connector.sync.entities import SHOWN_ON

CHARGE_TYPES = ("Tax", "Chargeable", "Income Account", "Expenses Included In Valuation")
"""The types of the accounts that ERPNext offers in the taxes table of a sales document."""


@frappe.whitelist(methods=["GET", "POST"])
@frappe.validate_and_sanitize_search_inputs
def payment_accounts(
	doctype: str, txt: str, searchfield: str, start: int, page_len: int, filters: dict[str, Any]
) -> list[tuple[str, str, str]]:
	"""The active accounts of an organisation (``filters["organisation"]``) that money can be paid into.

	They are its banks, and those that Xero lets take payments. Rows of name, title and type.
	"""
	permissions.need_manager()
	found = frappe.get_all(
		"Xero Account",
		filters={"organisation": filters["organisation"], "status": "ACTIVE", "title": ("like", f"%{txt}%")},
		or_filters={"account_type": "BANK", "enable_payments": 1},
		fields=["name", "title", "account_type"],
		order_by="code",
		limit_start=start,
		limit_page_length=page_len,
	)
	return [(row.name, row.title, row.account_type or "") for row in found]


@frappe.whitelist(methods=["GET", "POST"])
@frappe.validate_and_sanitize_search_inputs
def charge_accounts(
	doctype: str, txt: str, searchfield: str, start: int, page_len: int, filters: dict[str, Any]
) -> list[tuple[str]]:
	"""The accounts of a company (``filters["company"]``) that a charge or a line of an invoice may bear: what
	ERPNext offers in the taxes table, and all of its income. Rows of the name.
	"""
	permissions.need_manager()
	found = frappe.get_all(
		"Account",
		filters={"company": filters["company"], "is_group": 0, "disabled": 0, "name": ("like", f"%{txt}%")},
		or_filters={"account_type": ("in", CHARGE_TYPES), "root_type": "Income"},
		order_by="name",
		limit_start=start,
		limit_page_length=page_len,
		pluck="name",
	)
	return [(name,) for name in found]


@frappe.whitelist(methods=["GET", "POST"])
def condition_fields(document_type: str | None = None, txt: str = "") -> list[dict[str, str]]:
	"""The fields that a condition on documents of this type may ask about, each with ``value``, ``label`` and
	``description``. What was typed (``txt``) is looked for by the form.
	"""
	permissions.need_manager()
	if document_type not in SHOWN_ON:
		return []
	return [
		{"value": field.fieldname, "label": field.fieldname, "description": field.label or ""}
		for field in frappe.get_meta(document_type).fields
		if field.fieldtype not in no_value_fields
	]
