"""What a company uses, and what of it has no place in Xero yet: each with a suggestion."""

from __future__ import annotations

from typing import Any

import frappe

from xero_connector.desk.unmapped.accounts import general, item_groups, lines
from xero_connector.desk.unmapped.payments import payment_accounts
from xero_connector.desk.unmapped.taxes import taxes
from xero_connector.desk.unmapped.tracking import tracking
from xero_connector.desk.unmapped.world import OPEN, STATES, Row, Section, world_of

SECTIONS = (general, taxes, lines, item_groups, payment_accounts, tracking)


def look(organisation: str) -> dict[str, Any]:
	"""What can be mapped for an organisation.

	``sections``: each as ``world.Section`` says, its rows with what is left to do first. ``counts``: by
	section, how many rows keep documents or payments waiting. ``suggested``: how many of those have a
	suggestion.
	"""
	world = world_of(organisation)
	sections = [section for section in (make(world) for make in SECTIONS) if section.rows]
	for section in sections:
		_add_titles(section)
		section.rows.sort(key=lambda row: (STATES.index(row["state"]), -row["used"], row["label"]))
	left = {section.key: [row for row in section.rows if row["state"] in OPEN] for section in sections}
	return {
		"sections": [section._asdict() for section in sections],
		"counts": {key: len(rows) for key, rows in left.items()},
		"suggested": sum(bool(row["suggested"]) for rows in left.values() for row in rows),
	}


def _add_titles(section: Section) -> None:
	"""Say of what is chosen and suggested in each row what people call it."""
	by_doctype: dict[str, list[Row]] = {}
	for row in section.rows:
		by_doctype.setdefault(row.setdefault("picks", section.picks), []).append(row)
	for doctype, rows in by_doctype.items():
		names = {row[field] for row in rows for field in ("chosen", "suggested") if row[field]}
		title = frappe.get_meta(doctype).get_title_field()
		found = frappe.get_all(doctype, {"name": ("in", [*names, ""])}, ["name", f"{title} as title"])
		titles = {each.name: each.title for each in found}
		for row in rows:
			for field in ("chosen", "suggested"):
				row[f"{field}_title"] = titles.get(row[field]) or row[field]
