"""What the forms of the log and of the outbox say to a person."""

from __future__ import annotations

import json
import re
from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document

from xero_connector.desk.permissions import need_manager
from xero_connector.desk.standing import fix_of
from xero_connector.mapping.fields import XERO_FIELDS
from xero_connector.store.frappe import FrappeStore
from xero_connector.store.protocol import Doc
from xero_connector.sync import outbox
from xero_connector.sync.mirror import kept_in
from xero_connector.sync.resync import STUCK

HISTORY = 10
"""Rows of the log that the outbox shows of a document."""

TOLD = ("name", "at", "direction", "action", "outcome", "answer")


@frappe.whitelist(methods=["GET"])
def entry(name: str) -> dict[str, Any]:
	"""A row of the log in words: ``changes`` (each with ``label``, ``before`` and ``after``, which are empty
	where they are not known), ``sent``, ``answer`` and ``advice``; and ``row``, where its document stands now
	(see ``_standing``), if it is on its way.
	"""
	doc = _readable("Xero Sync Log", name)
	row = FrappeStore().get("Xero Outbox", _row_of(doc)) if doc.reference_name else None
	return {**_told(doc), "row": _standing(row) if row else None}


@frappe.whitelist(methods=["GET"])
def of_row(name: str) -> dict[str, Any]:
	"""Where a row of the outbox stands (``row``), what the log says of it last (``entry``, or None), and what
	it says of its document (``history``, the newest first).
	"""
	doc = _readable("Xero Outbox", name)
	about = {"reference_doctype": doc.reference_doctype, "reference_name": doc.reference_name}
	rows = FrappeStore().find(
		"Xero Sync Log",
		{"organisation": doc.organisation, **about},
		fields=TOLD,
		order_by="at desc, creation desc",
		limit=HISTORY,
	)
	pushed = [row["name"] for row in rows if row["direction"] == "Push"]
	newest = frappe.get_doc("Xero Sync Log", pushed[0]) if pushed else None
	row = FrappeStore().get("Xero Outbox", name)
	return {
		"row": _standing(row) if row else None,
		"entry": _told(newest) if newest else None,
		"history": rows,
	}


def _readable(doctype: str, name: str) -> Document:
	need_manager()
	doc = frappe.get_doc(doctype, name)
	doc.check_permission("read")
	return doc


def _row_of(doc: Document) -> str:
	return outbox.row_name(doc.organisation or "", doc.reference_doctype or "", doc.reference_name or "")


def _standing(row: Doc) -> dict[str, Any]:
	"""``name``, ``status``, ``message`` and ``advice`` of a row; ``stuck``: it may be tried again; ``fix``:
	where it is put right.
	"""
	shown = {field: row.get(field) for field in ("name", "status", "message", "advice", "next_try")}
	return {**shown, "stuck": row["status"] in STUCK, "fix": fix_of(row)}


def _told(doc: Document) -> dict[str, Any]:
	differences = _parsed(doc.differences, {})
	names = [*differences, *(name for name in _parsed(doc.changed, []) if name not in differences)]
	return {
		"name": doc.name,
		"at": doc.at,
		"direction": doc.direction,
		"action": doc.action,
		"outcome": doc.outcome,
		"changes": [
			{"label": _label(doc, name), **_values(differences.get(name))}
			for name in names
			if not _is_whole(name, differences)
		],
		"sent": _parsed(doc.sent, None),
		"answer": doc.answer or "",
		"advice": doc.advice or "",
	}


def _values(values: list[str] | None) -> dict[str, str]:
	before, after = values or ("", "")
	return {"before": before, "after": after}


def _is_whole(name: str, differences: dict[str, Any]) -> bool:
	"""Whether a name stands for fields that are told one by one (*Addresses*), or is the id of a record."""
	parts = [path for path in differences if path != name and re.match(rf"{re.escape(name)}[.\[]", path)]
	return bool(parts) or name.endswith("ID")


def _parsed(text: str | None, otherwise: Any) -> Any:
	try:
		return json.loads(text) if text else otherwise
	except ValueError:  # cut off by somebody who cleaned up by hand
		return otherwise


def _label(doc: Document, name: str) -> str:
	"""What people call a field: of Xero's contact, of the mirror, or of a document here."""
	if name in XERO_FIELDS:
		return _(XERO_FIELDS[name].label)
	where, _dot, field = name.rpartition(".")
	if where and frappe.db.exists("DocType", where):
		label = frappe.get_meta(where).get_label(field) if field != "name" else ""
		return " · ".join(filter(None, (_(where), _(label) if label else "")))
	mirror = kept_in(doc.xero_entity) if doc.xero_entity else ""
	if doc.direction == "Pull" and mirror and frappe.db.exists("DocType", mirror):
		known = frappe.get_meta(mirror).get_field(name)
		if known and known.label:
			return _(known.label)
	return _words(name)


def _words(name: str) -> str:
	"""*LineItems* as *Line Items*."""
	return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name.replace("_", " ").replace(".", " · "))
