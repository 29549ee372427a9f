"""*Sync Needs You* begins switched on, as on a new site."""

from __future__ import annotations

import frappe


def execute() -> None:
	if "tell_needs" not in frappe.db.get_singles_dict("Xero Settings"):
		frappe.db.set_single_value("Xero Settings", "tell_needs", 1)
