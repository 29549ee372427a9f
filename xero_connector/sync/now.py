"""A person wants a document in Xero now, and to see it as Xero has it."""

from __future__ import annotations

from collections.abc import Iterator

from xero_connector.clock import Clock
from xero_connector.store.protocol import Doc, Store
from xero_connector.sync import leads, links, organisations, outbox, requests, triggers
from xero_connector.sync.entities import REQUEST, SHOWN_ON
from xero_connector.sync.errors import SyncError

Records = set[tuple[str, str]]
"""Records in Xero, as (entity, id)."""

GOES_LATER = "{} {} is not in Xero. It goes there with the first document that needs it."
NOT_ASKED_FOR = (
	"{} {} is not in Xero, and nothing of it is on its way there. Ask for its invoice or quote first."
)


def send_now(store: Store, clock: Clock, doc: Doc, user: str | None = None) -> dict[str, Records]:
	"""Queue a document ahead of the others, with what else carries it to Xero; returns, by organisation, what
	is there of it. Raises ``SyncError`` if nothing of it goes to Xero.
	"""
	there = shown_on(store, doc)
	for tenant, doctype, name in carriers(store, doc):
		row = store.get("Xero Outbox", outbox.row_name(tenant, doctype, name)) or {}
		action = row.get("action") or outbox.UPSERT
		priority = outbox.PERSON_WAITS
		outbox.enqueue(store, clock, tenant, doctype, name, action=action, user=user, priority=priority)
		link = links.of_document(store, tenant, doctype, name)
		there.setdefault(tenant, set()).update({(link["xero_entity"], link["xero_id"])} if link else ())
	if not there:
		words = NOT_ASKED_FOR if doc["doctype"] in SHOWN_ON else GOES_LATER
		raise SyncError(words.format(doc["doctype"], doc["name"]))
	return there


def carriers(store: Store, doc: Doc) -> Iterator[tuple[str, str, str]]:
	"""What carries a document to Xero: organisation, doctype and name of what has a row, or may have one."""
	doctype, name = doc["doctype"], str(doc["name"])
	if doctype in leads.SENT_BY:
		for tenant in sorted(triggers.takers(store, doctype, name)):
			yield tenant, doctype, name
		return
	company = {"company": doc.get("company")} if doctype in SHOWN_ON else {}
	for organisation in organisations.accepting(store, **company):
		tenant = organisation["name"]
		for key in rows_of(store, doc):
			known = store.get("Xero Outbox", outbox.row_name(tenant, *key))
			is_there = known or links.of_document(store, tenant, *key)
			if is_there and organisations.takes_changes(store, organisation, *key):
				yield tenant, *key


def rows_of(store: Store, doc: Doc) -> list[tuple[str, str]]:
	"""The documents that stand for this one in the outbox: itself, and its invoice requests that stand."""
	doctype, name = doc["doctype"], str(doc["name"])
	parts = requests.live(store, doctype, name) if doctype in SHOWN_ON else ()
	return [(doctype, name), *((REQUEST, str(part["name"])) for part in parts)]


def shown_on(store: Store, doc: Doc) -> dict[str, Records]:
	"""The invoice that a document shows, which may be that of another, by its organisation."""
	invoice = store.get("Xero Invoice", doc["xero_invoice"]) if doc.get("xero_invoice") else None
	return {invoice["organisation"]: {("Invoice", invoice["xero_id"])}} if invoice else {}
