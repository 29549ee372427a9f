"""Does the app leave a site as it found it? Install it, use it, uninstall it, and compare the databases.

On a site that may be thrown away, without the app installed, from the bench's ``sites`` folder::

    ../env/bin/python -m xero_connector.tests.leftovers SITE

Prints every table, column, row and file that stayed, and ends with exit code 1 if there is one.
"""

from __future__ import annotations

import sys
from pathlib import Path

import frappe
from frappe.installer import install_app, remove_app

from xero_connector.desk import connect, jobs
from xero_connector.tests.base import remove, save_settings

APP = "xero_connector"
USER = "leftovers@example.com"

OTHERS = {
	"__global_search",
	"tabAccess Log",
	"tabActivity Log",
	"tabDefaultValue",
	"tabError Log",
	"tabInstalled Application",
	"tabScheduled Job Log",
}
"""Tables in which Frappe writes by itself meanwhile."""

Fingerprint = set[tuple[str, ...]]


def fingerprint() -> Fingerprint:
	"""Tables, columns, names of rows, and private files of the site."""
	found: Fingerprint = set()
	tables: dict[str, list[str]] = {}
	for table, column in frappe.db.sql(
		"select table_name, column_name from information_schema.columns where table_schema = database()"
	):
		tables.setdefault(table, []).append(column)
		found.add(("column", table, column))
	keys = {"tabSingles": ("doctype", "field"), "__Auth": ("doctype", "name", "fieldname")}
	for table, columns in tables.items():
		if table in OTHERS:
			continue
		key = keys.get(table) or (("name",) if "name" in columns else tuple(columns))
		wanted = ", ".join(f"`{column}`" for column in key)
		for row in frappe.db.sql(f"select {wanted} from `{table}`"):
			found.add(("row", table, *map(str, row)))
	private = Path(frappe.get_site_path("private"))
	found.update(("file", str(path)) for path in private.rglob("*") if "backups" not in path.parts)
	return found


def use() -> None:
	"""Whatever makes rows: a login, a sync, secrets, roles, customisations, comments."""
	frappe.set_user("Administrator")
	save_settings(client_id="leftovers", client_secret="leftovers-secret", webhook_key="leftovers-key")
	organisation = connect.connect_demo()
	frappe.db.commit()
	jobs.cycle(organisation)
	doc = frappe.get_doc("Xero Organisation", organisation)
	doc.invoice_status = "Authorised"
	doc.save()
	doc.add_comment("Comment", "leftovers")
	frappe.get_doc("Xero Settings").save()
	user = frappe.get_doc(
		{"doctype": "User", "email": USER, "first_name": "Left", "send_welcome_email": 0}
	).insert()
	user.add_roles("Xero Manager", "Xero Viewer")
	frappe.share.add("Xero Organisation", organisation, user.name)
	frappe.get_doc(
		{
			"doctype": "User Permission",
			"user": user.name,
			"allow": "Xero Organisation",
			"for_value": organisation,
		}
	).insert()
	for doctype, field in (("Xero Organisation", "enabled"), ("Customer", "xero_due")):
		frappe.make_property_setter(
			{
				"doctype": doctype,
				"fieldname": field,
				"property": "label",
				"value": "Left",
				"property_type": "Data",
			}
		)
	frappe.permissions.add_permission("Customer", "Xero Viewer")
	frappe.db.commit()


def without_use() -> None:
	"""Take back what was made outside of the app: Frappe's copy of Customer's permissions, and a user."""
	remove("User", USER)
	frappe.db.delete("Custom DocPerm", {"parent": "Customer"})
	frappe.db.delete("Deleted Document", {"deleted_name": USER})
	frappe.db.delete("Comment", {"reference_doctype": ("in", ("User", "Notification Settings"))})
	frappe.db.delete("Version", {"docname": USER})
	frappe.db.commit()


def main(site: str) -> int:
	frappe.init(site=site, sites_path=".")
	frappe.connect()
	if APP in frappe.get_installed_apps():
		print(f"{APP} is installed on {site}. This needs a site without it, which may be thrown away.")
		return 2
	before = fingerprint()
	install_app(APP, verbose=False)
	use()
	remove_app(APP, yes=True, no_backup=True)
	without_use()
	left = sorted(fingerprint() - before)
	gone = sorted(before - fingerprint())
	for word, rows in (("left", left), ("gone", gone)):
		for row in rows:
			print(word, *row, sep="  ")
	print(f"leftovers: left={len(left)} gone={len(gone)}")
	frappe.destroy()
	return int(bool(left or gone))


if __name__ == "__main__":
	sys.exit(main(sys.argv[1]))
