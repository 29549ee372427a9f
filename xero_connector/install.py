"""Coming and going: what an installation starts with, and what an uninstallation takes away."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import frappe

from xero_connector import custom_fields, field_permissions
from xero_connector.desk.places import demo_file
from xero_connector.mapping.fields import DEFAULT_FIELD_MAP, FieldMapLine
from xero_connector.store.frappe import FrappeStore, add_keys
from xero_connector.store.schema import INDEX, UNIQUE

LOG = "Xero Sync Log"
LOG_DAYS = 400
ROLES = ("Xero Manager", "Xero Viewer")
"""Made by Frappe itself, from the permissions of the DocTypes."""

TRACES = {
	"Comment": "reference_doctype",
	"Custom DocPerm": "parent",
	"Deleted Document": "deleted_doctype",
	"DocShare": "share_doctype",
	"List Filter": "reference_doctype",
	"Logs To Clear": "ref_doctype",
	"Property Setter": "doc_type",
	"User Permission": "allow",
	"Version": "ref_doctype",
	"View Log": "reference_doctype",
	"__Auth": "doctype",
	"__UserSettings": "doctype",
}
"""Tables, with the column that names a DocType, where Frappe leaves rows of DocTypes that are gone."""


def after_install() -> None:
	custom_fields.make()
	field_permissions.grant()
	field_permissions.grant_where_customised()
	add_lines(DEFAULT_FIELD_MAP)
	keep_log_for(LOG_DAYS)


def add_lines(lines: Iterable[FieldMapLine]) -> None:
	"""Add lines to the field map, but none for what a person has mapped already, on or off."""
	store = FrappeStore()
	for line in lines:
		field = {"erp_doctype": line["erp_doctype"], "erp_field": line["erp_field"]}
		known = (store.find("Xero Field Map", key) for key in ({"xero_field": line["xero_field"]}, field))
		if not any(known):
			store.insert({"doctype": "Xero Field Map", **line})


def after_migrate() -> None:
	custom_fields.make()
	field_permissions.grant()
	for doctype in (*UNIQUE, *INDEX):  # one that was declared after its DocType was made
		add_keys(doctype)


def keep_log_for(days: int) -> None:
	"""Tell Frappe's nightly clearing of logs how long the Xero Sync Log is kept."""
	row = frappe.db.exists("Logs To Clear", {"ref_doctype": LOG})
	if row:
		frappe.db.set_value("Logs To Clear", row, "days", days)
	else:
		settings = {"parenttype": "Log Settings", "parent": "Log Settings", "parentfield": "logs_to_clear"}
		frappe.get_doc({"doctype": "Logs To Clear", **settings, "ref_doctype": LOG, "days": days}).insert(
			ignore_permissions=True
		)
	frappe.clear_document_cache("Log Settings", "Log Settings")


def before_uninstall() -> None:
	field_permissions.remove()
	custom_fields.remove()
	jobs = frappe.get_all("Scheduled Job Type", {"method": ("like", "xero_connector.%")}, pluck="name")
	for table, column in (("Scheduled Job Log", "scheduled_job_type"), ("Scheduled Job Type", "name")):
		frappe.db.delete(table, {column: ("in", jobs or [""])})
	for suffix in ("", "-wal", "-shm"):
		demo_file().with_name(demo_file().name + suffix).unlink(missing_ok=True)


def after_uninstall() -> None:
	doctypes = own_names("doctype")
	for table, column in TRACES.items():
		frappe.db.delete(table, {column: ("in", doctypes)})
	frappe.db.delete("Deleted Document", {"deleted_name": ("in", (*own_names("*"), "Xero Connector"))})
	for table, column in (("Has Role", "role"), ("Custom DocPerm", "role"), ("Role", "name")):
		frappe.db.delete(table, {column: ("in", ROLES)})
	frappe.db.delete("Patch Log", {"patch": ("like", "xero_connector.%")})
	frappe.db.commit()


def own_names(kind: str) -> list[str]:
	"""The names of the app's DocTypes (``doctype``), number cards and so on, or of all (``*``), from its
	files: the site may not know them any more.
	"""
	folder = Path(__file__).parent / "xero_connector"
	return sorted(json.loads(path.read_text())["name"] for path in folder.glob(f"{kind}/*/*.json"))
