"""Warnings and notices begin as on a new site, and nobody is told of what was here before them."""

from __future__ import annotations

import frappe
from frappe.utils import nowdate

FIELDS = ("overdue_action", "overdue_days", "overdue_stages", "tell_overdue", "tell_payments")


def execute() -> None:
	settings = frappe.db.get_singles_dict("Xero Settings")
	for field in frappe.get_meta("Xero Settings").fields:
		if field.fieldname in FIELDS and field.fieldname not in settings:
			frappe.db.set_single_value("Xero Settings", field.fieldname, field.default)
	frappe.db.sql("update `tabXero Payment` set told = 1")
	frappe.db.sql(
		"update `tabXero Invoice` set told_days = datediff(%(today)s, due_date) where due_date < %(today)s",
		{"today": nowdate()},
	)
