"""What is to be cleaned before data goes to Xero, each with a link to the record."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _

from xero_connector.desk import audit
from xero_connector.desk.audit.findings import KINDS, MUST, Found
from xero_connector.desk.permissions import need_manager
from xero_connector.desk.refusals import refuse

Columns = list[dict[str, Any]]
Rows = list[dict[str, Any]]


def execute(filters: dict[str, Any] | None = None) -> tuple[Columns, Rows, str | None, None, Rows]:
	"""Columns, rows (what must be fixed first), what is not listed, no chart, and how much there is."""
	need_manager()
	organisation, kind = ((filters or {}).get(field) for field in ("organisation", "kind"))
	if organisation:
		frappe.has_permission("Xero Organisation", "read", organisation, throw=True)
	if kind and kind not in KINDS:
		refuse(_("{0} is no kind of finding.").format(kind), title=_("Xero"))
	found = audit.findings(organisation, kind)
	listed = [finding for each in found for finding in each.listed]
	rows = [_row(finding) for finding in sorted(listed, key=lambda finding: finding.severity != MUST)]
	return _columns(), rows, _not_listed(found), None, _summary(found)


def _row(finding: Any) -> dict[str, Any]:
	return {
		"severity": finding.severity,
		"kind": finding.kind,
		"what": finding.what,
		"advice": finding.advice,
		"reference_doctype": finding.doctype,
		"reference_name": finding.name,
		"documents": finding.documents or None,
		"group": list(finding.group),
		"action": "",
	}


def _not_listed(found: list[Found]) -> str | None:
	more = [
		_("{0}: {1}, of which {2} are listed.").format(_(each.kind), each.total, len(each.listed))
		for each in found
		if each.total > len(each.listed) > 1
	]
	return " ".join(more) or None


def _summary(found: list[Found]) -> Rows:
	must = sum(finding.severity == MUST for each in found for finding in each.listed)
	listed = sum(len(each.listed) for each in found)
	return [
		{"label": _("Must Fix"), "value": must, "datatype": "Int", "indicator": "Red" if must else "Green"},
		{"label": _("Should Fix"), "value": listed - must, "datatype": "Int", "indicator": "Orange"},
	]


def _columns() -> Columns:
	return [
		{"fieldname": "severity", "label": _("Severity"), "fieldtype": "Data", "width": 110},
		{"fieldname": "kind", "label": _("Kind"), "fieldtype": "Data", "width": 170},
		{
			"fieldname": "reference_name",
			"label": _("Record"),
			"fieldtype": "Dynamic Link",
			"options": "reference_doctype",
			"width": 180,
		},
		{"fieldname": "what", "label": _("Finding"), "fieldtype": "Data", "width": 430},
		{"fieldname": "action", "label": _("Action"), "fieldtype": "Data", "width": 90},
		{"fieldname": "advice", "label": _("What to Do"), "fieldtype": "Data", "width": 430},
		{"fieldname": "documents", "label": _("Documents"), "fieldtype": "Int", "width": 100},
		{"fieldname": "reference_doctype", "label": _("Type"), "fieldtype": "Data", "width": 130},
	]
