"""Where a document stands on its way to Xero: what its form shows of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import frappe
from frappe import _

from xero_connector.desk.wiring import SiteClock
from xero_connector.store.frappe import FrappeStore
from xero_connector.store.protocol import Doc
from xero_connector.store.schema import is_own
from xero_connector.sync import again, links, now, organisations, outbox
from xero_connector.sync.entities import REQUEST
from xero_connector.sync.leads import SENT_BY

ORDER_OF_STATES = (outbox.SENDING, outbox.UNCERTAIN, outbox.QUEUED, outbox.HELD, outbox.WAITING, outbox.DONE)
"""Of several rows, the one that is most worth telling of comes first."""

ORGANISATION = (
	"organisation_name",
	"status",
	"enabled",
	"pause_push",
	"pause_pull",
	"status_message",
	"is_demo",
)


def standing(doc: Doc, found: Sequence[Doc]) -> dict[str, Any]:
	"""How a document stands with these organisations.

	``connected``: one of them is live. ``goes``: something of it is in Xero, or goes there. ``status``: that
	of its row. ``message``: why it is held, ``fix``: where that is put right (see ``fix_of``). ``stuck``: why
	what is on its way does not move. ``blocked``: why nothing can be sent now. ``awaited``: it is being read
	from Xero. ``url``: its page in Xero.
	"""
	store = FrappeStore()
	names = [row["name"] for row in found]
	known = states_of(names)
	keys = now.rows_of(store, doc)
	rows = [row for name in names for row in _rows(store, name, keys)]
	linked = [link for name in names for key in keys if (link := links.of_document(store, name, *key))]
	first = min(rows, key=_rank, default={})
	held = first if first.get("status") in (outbox.HELD, outbox.WAITING) else {}
	return {
		"connected": any(map(organisations.is_live, found)),
		"goes": bool(rows or linked or doc.get("xero_invoice")) or _is_taken(doc, found),
		"status": first.get("status"),
		"message": " ".join(filter(None, (held.get("message"), held.get("advice")))),
		"fix": fix_of(held),
		"stuck": _stuck(known, first),
		"blocked": blocked(known),
		"awaited": _awaited(store, doc, known, linked),
		"url": _url(known, linked),
	}


def _is_taken(doc: Doc, found: Iterable[Doc]) -> bool:
	"""Whether one of these organisations takes all customers, if it is one."""
	choice = SENT_BY.get(doc["doctype"])
	return bool(choice) and any(row.get(choice) for row in filter(organisations.is_live, found))


def trouble(organisation: str) -> str:
	"""Why work with an organisation does not move just now, if anything is known."""
	known = states_of([organisation])
	paused = [_("Reading is paused.") for row in known if row["pause_pull"]]
	said = [row["status_message"] for row in known if row.get("status_message")]
	return next(filter(None, [blocked(known), *paused, *said]), "")


def states_of(names: Sequence[str]) -> list[Doc]:
	"""How these organisations stand: what ``blocked`` asks for."""
	if not names:
		return []
	return FrappeStore().find("Xero Organisation", {"name": ("in", names)}, fields=ORGANISATION)


def blocked(known: Iterable[Doc]) -> str:
	"""Why nothing is sent now to any of these organisations; empty if one takes it."""
	reasons = [_reason(organisation) for organisation in known]
	if not reasons:
		return _("No Xero organisation syncs. Connect one and confirm its company first.")
	return "" if "" in reasons else reasons[0]


def _reason(organisation: Doc) -> str:
	name = organisation["organisation_name"]
	if organisation["status"] == organisations.RECONNECT_NEEDED:
		return _("{0} has to be connected to Xero again. What changes here waits until then.").format(name)
	if organisation["status"] != organisations.CONNECTED:
		return _("{0} is not connected to Xero.").format(name)
	if not organisation["enabled"]:
		return _("The sync with {0} is switched off. What changes here waits.").format(name)
	if organisation["pause_push"]:
		return _("Sending to {0} is paused. What changes here waits.").format(name)
	return ""


def fix_of(row: Doc) -> dict[str, str] | None:
	"""Where what is held is put right, if the caller may read that: ``doctype``, ``name`` and ``title``, with
	``field`` and ``label`` where it is one field. What waits for a held document is put right there.
	"""
	store = FrappeStore()
	if row.get("status") == outbox.WAITING and row.get("waits_for"):
		row = store.get("Xero Outbox", row["waits_for"]) or {}
	doctype, name = row.get("fix_doctype"), row.get("fix_name")
	if row.get("status") != outbox.HELD or not doctype or not name:
		return None
	if doctype == REQUEST:
		source = store.get(REQUEST, name) or {}
		doctype, name = source.get("source_doctype"), source.get("source_name")
	if not (doctype and frappe.db.exists(doctype, name) and frappe.has_permission(doctype, "read", name)):
		return None
	meta = frappe.get_meta(doctype)
	field = meta.get_field(row.get("fix_field") or "")
	title = frappe.db.get_value(doctype, name, meta.get_title_field()) if is_own(doctype) else name
	return {
		"doctype": doctype,
		"name": name,
		"title": title or name,
		"field": field.fieldname if field else "",
		"label": _(field.label) if field and field.label else "",
	}


def state_of(store: FrappeStore, organisation: str, doctype: str, name: str) -> str | None:
	"""The status of an outbox row, if there is one."""
	row = store.get("Xero Outbox", outbox.row_name(organisation, doctype, name))
	return row["status"] if row else None


def _rows(store: FrappeStore, organisation: str, keys: Iterable[tuple[str, str]]) -> list[Doc]:
	names = [outbox.row_name(organisation, *key) for key in keys]
	return store.find("Xero Outbox", {"name": ("in", names)})


def _rank(row: Doc) -> int:
	status = row["status"]
	return ORDER_OF_STATES.index(status) if status in ORDER_OF_STATES else len(ORDER_OF_STATES)


def _stuck(known: Sequence[Doc], row: Doc) -> str:
	"""Why a row that is on its way does not move just now."""
	if row.get("status") not in (outbox.QUEUED, outbox.UNCERTAIN, outbox.WAITING):
		return ""
	mine = [organisation for organisation in known if organisation["name"] == row["organisation"]]
	if reason := blocked(mine):
		return reason
	waits = (row.get("next_try") or "") > SiteClock().now().strftime("%Y-%m-%dT%H:%M:%S")
	message = (row.get("message") if waits else "") or mine[0].get("status_message")
	return _("{0} It goes again by itself.").format(message) if message else ""


def _awaited(store: FrappeStore, doc: Doc, known: Iterable[Doc], linked: Iterable[Doc]) -> bool:
	"""Whether somebody has asked for it to be read, and it was not read yet."""
	reading = {row["name"] for row in known if not _reason(row) and not row["pause_pull"]}
	ids = {link["xero_id"] for link in linked if link["organisation"] in reading}
	for organisation, records in now.shown_on(store, doc).items():
		ids |= {xero_id for _entity, xero_id in records if organisation in reading}
	return bool(ids) and again.is_awaited(store, sorted(ids))


def _url(known: Iterable[Doc], linked: Iterable[Doc]) -> str:
	"""Its page in Xero; a demo organisation has none that anybody can open."""
	real = {organisation["name"] for organisation in known if not organisation["is_demo"]}
	urls = [link["url"] for link in linked if link["organisation"] in real and link.get("url")]
	return urls[0] if urls else ""
