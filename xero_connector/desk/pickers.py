"""What a Link field offers, where plain filters cannot say it."""

from __future__ import annotations

from typing import Any

import frappe

from xero_connector.desk import permissions


@frappe.whitelist(methods=["GET", "POST"])
@frappe.validate_and_sanitize_search_inputs
def payment_accounts(
	doctype: str, txt: str, searchfield: str, start: int, page_len: int, filters: dict[str, Any]
) -> list[tuple[str, str, str]]:
	"""The active accounts of an organisation (``filters["organisation"]``) that money can be paid into.

	They are its banks, and those that Xero lets take payments. Rows of name, code and title.
	"""
	permissions.need_manager()
	found = frappe.get_all(
		"Xero Account",
		filters={"organisation": filters["organisation"], "status": "ACTIVE", "title": ("like", f"%{txt}%")},
		or_filters={"account_type": "BANK", "enable_payments": 1},
		fields=["name", "code", "title"],
		order_by="code",
		limit_start=start,
		limit_page_length=page_len,
	)
	return [(row.name, row.code or "", row.title) for row in found]
