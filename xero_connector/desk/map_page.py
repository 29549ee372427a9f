"""The page *Map to Xero*: what it shows, and what it saves."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document

from xero_connector.desk import unmapped
from xero_connector.desk.permissions import need_manager
from xero_connector.mapping.money import decimal_of
from xero_connector.mapping.terms import to_payment_terms
from xero_connector.store.frappe import FrappeStore
from xero_connector.xero_connector.doctype.xero_tax_map.xero_tax_map import NARROWED_BY

SOURCE = ("source_doctype", "source_name")

PLACES = {
	"taxes": ("taxes", ("account", "rate"), "tax_rate"),
	"accounts": ("accounts", ("account",), "xero_account"),
	"items": ("item_accounts", SOURCE, "xero_account"),
	"payments": ("payment_accounts", ("xero_account",), "account"),
	"tracking": ("tracking", SOURCE, "tracking_option"),
}
"""Where the choices of each section are kept: the table, what tells its rows, and what is chosen."""

NOTICE_SECONDS = 5 * 60

GENERAL = ("sales_account", "no_tax_rate", "rounding_account")

TERMS = {
	"DAYSAFTERBILLDATE": "{0} days after the invoice date",
	"DAYSAFTERBILLMONTH": "{0} days after the end of the invoice month",
	"OFFOLLOWINGMONTH": "On day {0} of the following month",
}


@frappe.whitelist(methods=["GET"])
def load(organisation: str) -> dict[str, Any]:
	"""What the page shows: what ``unmapped.look`` says, the ``organisation``, and ``terms``, how the payment
	terms are understood.
	"""
	need_manager()
	doc = frappe.get_doc("Xero Organisation", organisation)
	doc.check_permission("read")
	shown = ("name", "organisation_name", "company", "status", "is_demo", "make_payment_entries")
	return {
		"organisation": {
			**{field: doc.get(field) for field in shown},
			"modified": str(doc.modified),
			"price_list": doc.price_list or "",
			"tracking": len(doc.tracking),
		},
		"terms": _terms(),
		**unmapped.look(organisation),
	}


@frappe.whitelist(methods=["GET"])
def left(organisation: str) -> dict[str, int]:
	"""How much keeps documents or payments waiting, by section of the page: for a notice, so it may be
	``NOTICE_SECONDS`` old if nobody has chosen anything since.
	"""
	need_manager()
	doc = frappe.get_doc("Xero Organisation", organisation)
	doc.check_permission("read")
	key = f"xero_unmapped|{doc.name}|{doc.modified}|{doc.reference_updated}"
	counts = frappe.cache.get_value(key, expires=True)
	if counts is None:
		counts = unmapped.look(organisation)["counts"]
		frappe.cache.set_value(key, counts, expires_in_sec=NOTICE_SECONDS)
	return counts


@frappe.whitelist(methods=["POST"])
def save(organisation: str, modified: str, chosen: str | list[dict[str, Any]]) -> dict[str, Any]:
	"""Write choices into the organisation; returns what ``load`` does.

	``chosen``: each with ``section``, ``choice`` (what tells the row) and ``value``, empty to take it away.
	``modified`` is when the organisation was last saved, as the page knows it: if somebody saved it since,
	nothing is written. Raises ``frappe.TimestampMismatchError`` for that.
	"""
	need_manager()
	doc = frappe.get_doc("Xero Organisation", organisation, for_update=True)
	doc.check_permission("write")
	if str(doc.modified) != modified:
		frappe.throw(
			_(
				"{0} has saved this organisation meanwhile, so nothing was written. What you chose is still"
				" here: press Refresh, look at it again and save."
			).format(frappe.utils.get_fullname(doc.modified_by)),
			frappe.TimestampMismatchError,
			title=_("Not Saved"),
		)
	for each in frappe.parse_json(chosen):
		_write(doc, str(each.get("section")), each.get("choice") or {}, each.get("value") or None)
	doc.save()
	return load(organisation)


def _write(doc: Document, section: str, choice: dict[str, Any], value: str | None) -> None:
	if section == "general" and choice.get("field") in GENERAL:
		doc.set(choice["field"], value)
		return
	table, keys, field = PLACES.get(section, ("", (), ""))
	if not table or set(choice) != set(keys):
		frappe.throw(_("This page is of another version. Reload it."))
	row = next((row for row in doc.get(table) if _is_row(row, choice)), None)
	if row and value:
		row.set(field, value)
	elif row:
		doc.remove(row)
	elif value:
		doc.append(table, {**choice, field: value})


def _is_row(row: Document, choice: dict[str, Any]) -> bool:
	if any(row.get(field) for field in NARROWED_BY):
		return False
	return all(
		decimal_of(row.get(field)) == decimal_of(value)
		if field == "rate"
		else (row.get(field) or "") == (value or "")
		for field, value in choice.items()
	)


def _terms() -> list[dict[str, str]]:
	"""Each Payment Terms Template with what Xero makes of it."""
	store = FrappeStore()
	names = frappe.get_all("Payment Terms Template", pluck="name", order_by="name", limit=50)
	return [{"name": name, "meaning": _meaning(store.get("Payment Terms Template", name))} for name in names]


def _meaning(template: dict[str, Any] | None) -> str:
	found = to_payment_terms(template)
	if not found:
		return _("Xero has no word for it. The due date of each invoice goes along.")
	return _(TERMS[found["Type"]]).format(found["Day"])
