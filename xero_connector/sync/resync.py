"""Trying many rows of the outbox again: a portion is queued and sent before the next.

What was chosen is a **Xero Resync**. Its position is committed with each portion, so a process that is killed
repeats nothing, and two that are at it share the work. Whoever stops it leaves what is not queued yet as it
was.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import simplejson

from xero_connector.clock import Clock, utc_text
from xero_connector.store.protocol import Doc, Store
from xero_connector.sync import organisations, outbox

DOCTYPE = "Xero Resync"
QUEUED, RUNNING, DONE, STOPPED = "Queued", "Running", "Done", "Stopped"
OPEN = (QUEUED, RUNNING)

STUCK = (outbox.HELD, outbox.WAITING)
"""What may be tried again."""

PORTION = 50
"""Rows that are queued together: a request to Xero."""


def ask(store: Store, clock: Clock, organisation: str, rows: Sequence[str], user: str | None = None) -> str:
	"""A person wants these rows of an organisation tried again; returns the name of the Xero Resync."""
	return store.insert(
		{
			"doctype": DOCTYPE,
			"organisation": organisation,
			"status": QUEUED,
			"asked_by": user,
			"started_at": utc_text(clock.now()),
			"total": len(rows),
			"rows": simplejson.dumps(list(rows)),
		}
	)


def stop(store: Store, clock: Clock, name: str) -> bool:
	"""End one after the portion it is at; tells whether it was open."""
	ended = {"status": STOPPED, "finished_at": utc_text(clock.now())}
	return store.update_if(DOCTYPE, name, {"status": ("in", OPEN)}, ended)


def waiting(store: Store) -> list[str]:
	"""The organisations that have one to go on with."""
	sending = {row["name"] for row in organisations.syncing(store, pause_push=0)}
	found = store.find(DOCTYPE, {"status": ("in", OPEN)}, fields=["organisation"])
	return sorted({row["organisation"] for row in found} & sending)


def go_on(store: Store, clock: Clock, organisation: str) -> bool:
	"""Queue the next portion of the oldest one; tells whether there was any. What is neither held nor waits
	by now is passed over.
	"""
	ours = {"organisation": organisation, "status": ("in", OPEN)}
	for row in store.find(DOCTYPE, ours, order_by="started_at, name", limit=1):
		with store.transaction():
			doc = store.get(DOCTYPE, row["name"], for_update=True)
			if doc and doc["status"] in OPEN:
				store.update(DOCTYPE, doc["name"], _portion(store, clock, doc))
		return True
	return False


def _portion(store: Store, clock: Clock, doc: Doc) -> dict[str, Any]:
	names: list[str] = simplejson.loads(doc["rows"])
	at = int(doc.get("position") or 0)
	part = names[at : at + PORTION]
	again = 0
	for row in store.find("Xero Outbox", {"name": ("in", part), "status": ("in", STUCK)}):
		outbox.enqueue_again(store, clock, row, doc.get("asked_by"), outbox.USUAL)
		again += 1
	position = at + len(part)
	values: dict[str, Any] = {
		"status": RUNNING,
		"position": position,
		"queued": int(doc.get("queued") or 0) + again,
		"progress": 100 * position // len(names) if names else 100,
	}
	if position >= len(names):
		values |= {"status": DONE, "finished_at": utc_text(clock.now())}
	return values
