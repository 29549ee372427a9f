"""The field map on the site: what may be chosen, from ERPNext's meta, and whether a line can work."""

from __future__ import annotations

from typing import Any

import frappe

from xero_connector.custom_fields import CUSTOM_FIELDS
from xero_connector.desk.permissions import need_manager
from xero_connector.mapping.fields import SOURCES, XERO_FIELDS
from xero_connector.mapping.map_check import ErpField, can_be_mapped


@frappe.whitelist(methods=["GET"])
def choices(erp_doctype: str) -> dict[str, list[dict[str, Any]]]:
	"""What the form offers: ``fields`` of this document and ``paths`` of a contact in Xero, each with
	``value``, ``label`` and ``description``.
	"""
	need_manager()
	fields = [field for field in fields_of(erp_doctype).values() if can_be_mapped(field)]
	return {
		"fields": [
			{"value": field.fieldname, "label": field.label, "description": field.fieldname}
			for field in sorted(fields, key=lambda field: field.label)
		],
		"paths": [
			{"value": path, "label": field.label, "description": path} for path, field in XERO_FIELDS.items()
		],
	}


def fields_of(source: str) -> dict[str, ErpField]:
	"""The fields of a document that a line may name, by name; none for a document that is no choice.

	The connector's own fields are not among them: what they show comes from Xero.
	"""
	doctype = SOURCES.get(source)
	if doctype is None:
		return {}
	ours = {field["fieldname"] for field in CUSTOM_FIELDS.get(doctype, [])}
	fields = {
		field.fieldname: ErpField(
			field.fieldname,
			field.label or field.fieldname,
			field.fieldtype,
			field.options or "",
			field.length or 0,
			bool(field.read_only or field.is_virtual),
		)
		for field in frappe.get_meta(doctype).fields
		if field.fieldname not in ours
	}
	return {"name": ErpField("name", "ID", "Data", read_only=True), **fields}
