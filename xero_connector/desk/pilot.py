"""The pilot: a person chooses records, sees what would be sent, sends them, and compares."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

import frappe
import simplejson
from frappe import _

from xero_connector.desk import jobs, wiring
from xero_connector.desk.field_map import fields_of
from xero_connector.desk.permissions import need_manager, need_manager_of
from xero_connector.desk.refusals import refuse
from xero_connector.desk.standing import fix_of
from xero_connector.mapping.side_by_side import Field
from xero_connector.store.frappe import FrappeStore
from xero_connector.store.protocol import Doc
from xero_connector.sync import links, outbox, pilot
from xero_connector.sync.entities import REQUEST
from xero_connector.sync.errors import SyncError
from xero_connector.sync.preview import Preview

NO_PILOT = "Not in the Pilot"

ON_ITS_WAY = (outbox.QUEUED, outbox.SENDING, outbox.UNCERTAIN, outbox.WAITING)


@frappe.whitelist(methods=["GET"])
def choices() -> list[str]:
	"""The DocTypes that can be tried."""
	need_manager()
	return list(pilot.CHOOSABLE)


@frappe.whitelist(methods=["GET"])
def propose(organisation: str) -> list[dict[str, Any]]:
	"""Up to five records worth trying, each with ``doctype``, ``name``, ``title`` and ``why`` (words)."""
	need_manager_of(organisation)
	return [
		{
			"doctype": found.doctype,
			"name": found.name,
			"title": _title(found.doctype, found.name),
			"why": [_(word) for word in found.why],
		}
		for found in pilot.propose(FrappeStore(), organisation)
	]


@frappe.whitelist(methods=["POST"])
def dry_run(organisation: str, doctype: str, name: str) -> dict[str, Any]:
	"""What would become of a record, without sending or keeping anything; see ``sync.preview.Preview``.

	``payload`` is JSON text, empty where nothing would be sent. ``is_linked``: it is in Xero.
	"""
	need_manager_of(organisation)
	store = FrappeStore()
	with _refused():
		pilot.checked(store, store.get("Xero Organisation", organisation) or {}, doctype, name)
	found, why = wiring.engine(organisation).preview([(doctype, name)])
	if why:
		refuse(why, title=_("Xero"))
	linked = links.of_document(store, organisation, doctype, name)
	return {**_shown(found[0]), "is_linked": bool(linked)}


@frappe.whitelist(methods=["POST"])
def send(organisation: str, records: str | list[dict[str, str]]) -> int:
	"""Send chosen records (each ``doctype`` and ``name``) ahead of all others; returns how many.

	If one cannot go, none does.
	"""
	need_manager_of(organisation)
	chosen: list[dict[str, str]] = frappe.parse_json(records)
	if not chosen:
		frappe.throw(_("Choose a record first."), title=_(NO_PILOT))
	if len(chosen) > pilot.MOST:
		frappe.throw(_("A pilot is {0} records at most.").format(pilot.MOST), title=_(NO_PILOT))
	store, clock = FrappeStore(), wiring.SiteClock()
	with _refused():
		for record in chosen:
			pilot.send(store, clock, organisation, record["doctype"], record["name"], frappe.session.user)
	jobs.after_commit("drain", organisation)
	return len(chosen)


@frappe.whitelist(methods=["GET"])
def progress(organisation: str) -> dict[str, Any]:
	"""Where the records of the pilot are.

	``records``: each with ``doctype``, ``name``, ``title``, ``status``, ``message``, ``advice``,
	``is_linked``, ``url`` (its page in Xero), ``fix`` (where it is put right, see ``standing.fix_of``) and
	``moves``: it is on its way. ``done`` of ``all`` are not; ``paused``: sending is.
	"""
	need_manager_of(organisation)
	store = FrappeStore()
	settings = store.get("Xero Organisation", organisation) or {}
	rows = [_record(store, row) for row in pilot.sent(store, organisation)]
	for row in rows if settings.get("is_demo") else ():
		row["url"] = ""  # nobody can open it in Xero
	return {
		"records": rows,
		"all": len(rows),
		"done": sum(not row["moves"] for row in rows),
		"paused": bool(settings.get("pause_push") or not settings.get("enabled")),
	}


@frappe.whitelist(methods=["POST"])
def result(organisation: str, doctype: str, name: str) -> list[dict[str, Any]]:
	"""A record beside what Xero has of it now: ``mapping.side_by_side.Field``s; empty if it is not there."""
	need_manager_of(organisation)
	found, why = wiring.engine(organisation).compare(doctype, name)
	if why:
		refuse(why, title=_("Xero"))
	return _fields(found)


@frappe.whitelist(methods=["POST"])
def stop(organisation: str) -> int:
	"""Take back what was not begun yet; returns how many. Refused once the organisation is live."""
	need_manager_of(organisation)
	with _refused():
		return pilot.stop(FrappeStore(), organisation)


def _shown(preview: Preview) -> dict[str, Any]:
	payload = simplejson.dumps(preview.payload, use_decimal=True, ensure_ascii=False, indent=1)
	return {
		"doctype": preview.doctype,
		"name": preview.name,
		"title": _title(preview.doctype, preview.name),
		"outcome": preview.outcome,
		"entity": preview.entity,
		"payload": payload if preview.payload else "",
		"fields": _fields(preview.fields),
		"message": preview.message,
		"problems": [asdict(problem) for problem in preview.problems],
		"before": [_shown(each) for each in preview.before],
	}


def _fields(fields: Sequence[Field]) -> list[dict[str, Any]]:
	return [{**asdict(field), "label": _label(field)} for field in fields]


def _label(field: Field) -> str:
	"""What the desk calls a field, with that of ours which fills it."""
	if field.source is None:
		return str(_(field.label))
	document, name = field.source
	known = fields_of(document).get(name)
	return f"{_(field.label)} ({_(document)}: {_(known.label) if known else name})"


def _record(store: FrappeStore, row: Doc) -> dict[str, Any]:
	doctype, name = row["reference_doctype"], row["reference_name"]
	link = links.of_document(store, row["organisation"], doctype, name)
	return {
		"doctype": doctype,
		"name": name,
		"title": _title(doctype, name),
		"status": row["status"],
		"message": row.get("message"),
		"advice": row.get("advice"),
		"is_linked": bool(link),
		"url": link.get("url") if link else "",
		"fix": fix_of(row),
		"moves": row["status"] in ON_ITS_WAY and not pilot.is_stuck(store, row),
	}


def _title(doctype: str, name: str) -> str:
	"""What people call a record; a request goes by what it bills."""
	if doctype == REQUEST:
		return name
	field = frappe.get_meta(doctype).get_title_field()
	return str(frappe.db.get_value(doctype, name, field) or name)


@contextmanager
def _refused() -> Iterator[None]:
	"""What the engine refuses, to the person who asked; the request ends, so nothing of it is kept."""
	try:
		yield
	except SyncError as error:
		refuse(str(error), title=_(NO_PILOT))
