"""The outbox: what has changed here and is on its way to Xero.

One row per organisation and document, for good: its name is a hash of the two, so a second edit cannot make a
second row whatever runs beside it. The row carries the document's place in the queue; the history is in the
log.

    Queued ──► Sending ──► Done            Held: a person must fix something; saving it queues it again
      ▲           │  └───► Uncertain       Waiting: goes again at ``next_try``, or after ``waits_for``
      └───────────┘                        Cancelled: there was nothing to send

``version`` changes with every edit. A batch remembers the version that it froze: if the row has another one
when the answer comes, it goes back to *Queued*, and no edit is lost.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from xero_connector.clock import Clock, utc_text
from xero_connector.mapping.problem import Problem
from xero_connector.store.protocol import Doc, Duplicate, Filters, Store
from xero_connector.sync.context import Context, portions, random_id

QUEUED, SENDING, UNCERTAIN = "Queued", "Sending", "Uncertain"
WAITING, HELD, DONE, CANCELLED = "Waiting", "Held", "Done", "Cancelled"
UPSERT, VOID = "Upsert", "Void"

PERSON_WAITS, USUAL = 0, 5
"""Priorities: lower goes first."""

JITTER = 0.25
"""The part of a wait that differs from row to row."""

PORTION = 500
"""Rows that are planned together: as many as keep in memory well, and whole batches of Xero's size."""

FIRST_RETRY, LAST_RETRY = timedelta(minutes=1), timedelta(hours=1)

XERO_FAILED = "xero-failed"
"""The cause on rows of a batch that Xero answered with a 500: one of them may be why, so each goes alone."""

DISABLED = "disabled"
"""The cause on the row of a customer that was disabled here before it was sent."""

STOPPED = "stopped"
"""The cause on the row of what a person took back from the pilot."""

WORDS = ("cause", "message", "advice", "fix_doctype", "fix_name", "fix_field")
"""What a row says of why it stands where it does, and where that is to be fixed."""


def row_name(organisation: str, doctype: str, name: str) -> str:
	"""The name of the outbox row of a document."""
	return hashlib.sha256(f"{organisation}|{doctype}|{name}".encode()).hexdigest()[:32]


def enqueue(
	store: Store,
	clock: Clock,
	organisation: str,
	doctype: str,
	name: str,
	*,
	action: str = UPSERT,
	user: str | None = None,
	priority: int = USUAL,
) -> str:
	"""Note that a document changed; returns the row's name. Call it in the transaction that changes the
	document.
	"""
	row = row_name(organisation, doctype, name)
	edit = {
		"version": random_id(),
		"action": action,
		"triggered_by": user,
		"edited_at": utc_text(clock.now()),
	}
	queued = {
		**edit,
		"status": QUEUED,
		"priority": priority,
		"queued_at": utc_text(clock.now()),
		"attempts": 0,
		"next_try": None,
		"waits_for": None,
		**words(),
	}
	new = {
		"doctype": "Xero Outbox",
		"name": row,
		"organisation": organisation,
		"reference_doctype": doctype,
		"reference_name": name,
		**queued,
	}
	# Looking first is for the locks only: an insert that fails shares a lock on the row, and two who share it
	# and both want to write are a deadlock.
	if not store.find("Xero Outbox", {"name": row}, fields=["name"]):
		try:
			return store.insert(new)
		except Duplicate:
			pass
	# A row that is on its way keeps its state; the new version brings it back when the answer has come.
	on_its_way = (SENDING, UNCERTAIN)
	if store.update_if("Xero Outbox", row, {"status": ("not in", on_its_way)}, queued):
		return row
	if store.update_if("Xero Outbox", row, {"status": ("in", on_its_way)}, edit):
		return row
	return store.insert(new)  # it was cleared away since this transaction first looked


def enqueue_again(
	store: Store, clock: Clock, row: Doc, user: str | None = None, priority: int = PERSON_WAITS
) -> str:
	"""A person wants a row tried again, ahead of the others; returns its name."""
	return enqueue(
		store,
		clock,
		row["organisation"],
		row["reference_doctype"],
		row["reference_name"],
		action=row["action"],
		user=user,
		priority=priority,
	)


def due(context: Context, doctype: str) -> list[Doc]:
	"""The rows of one doctype that may be sent now, first come first, at most a portion."""
	return context.store.find(
		"Xero Outbox",
		{
			"organisation": context.organisation,
			"reference_doctype": doctype,
			"status": ("in", (QUEUED, WAITING)),
			"next_try": ("<=", context.now()),
		},
		order_by="priority, queued_at, name",
		limit=PORTION,
	)


def person_waits(context: Context) -> bool:
	"""Whether a person waits for a row that may be sent now."""
	asked = {
		"organisation": context.organisation,
		"status": ("in", (QUEUED, WAITING)),
		"priority": PERSON_WAITS,
		"next_try": ("<=", context.now()),
	}
	return bool(context.store.find("Xero Outbox", asked, fields=["name"], limit=1))


def close(context: Context, row: Doc, status: str, **values: Any) -> bool:
	"""End a row that was never sent, unless the document changed or another worker took it meanwhile; tells
	whether it did.
	"""
	closed = context.store.update_if(
		"Xero Outbox",
		row["name"],
		_still_open(row),
		{"status": status, "batch": None, "done_at": context.now(), **words(**values)},
	)
	if closed and status == DONE:
		release_waiting(context, [row["name"]])
	return closed


def hold(
	context: Context, row: Doc, cause: str, message: str, advice: str, fix: Mapping[str, str] | None = None
) -> bool:
	"""Leave a row to a person; saving the document queues it again. ``fix`` says where, as ``place`` does."""
	return close(context, row, HELD, cause=cause, message=message, advice=advice, **(fix or {}))


def place(problem: Problem) -> dict[str, str]:
	"""Where a problem is to be fixed, as a row keeps it. Without a field it is the document as a whole."""
	field = "" if problem.field == "name" else problem.field
	return {"fix_doctype": problem.doctype, "fix_name": problem.name, "fix_field": field}


def backoff(attempts: int, row: str = "") -> timedelta:
	"""How long to wait after so many attempts: twice as long each time, an hour at most.

	Each row waits up to a quarter less, by its name and the attempt, so that rows that failed together do not
	come back together.
	"""
	whole = min(FIRST_RETRY * (1 << min(attempts, 10)), LAST_RETRY)
	share = hashlib.sha256(f"{row}|{attempts}".encode()).digest()[0] / 255
	return whole * (1 - JITTER * share)


def wait(context: Context, row: Doc, cause: str, message: str, *, waits_for: str | None = None) -> None:
	"""Let a row try again by itself, later each time, and at once when the row it waits for is done."""
	attempts = int(row.get("attempts") or 0)
	context.store.update_if(
		"Xero Outbox",
		row["name"],
		_still_open(row),
		{
			"status": WAITING,
			"attempts": attempts + 1,
			"next_try": utc_text(context.clock.now() + backoff(attempts, row["name"])),
			"waits_for": waits_for,
			**words(cause=cause, message=message),
		},
	)


def release_waiting(context: Context, rows: Sequence[str]) -> None:
	"""What these rows kept waiting may go now."""
	for part in portions(rows):
		waits = {"organisation": context.organisation, "status": WAITING, "waits_for": ("in", part)}
		for waiting in context.store.find("Xero Outbox", waits, fields=["waits_for"]):
			context.store.update_if(
				"Xero Outbox",
				waiting["name"],
				{"status": WAITING, "waits_for": waiting["waits_for"]},
				{"status": QUEUED, "next_try": None, "waits_for": None, "attempts": 0},
			)


def _still_open(row: Doc) -> Filters:
	"""Whether a row is as it was planned: a lease may have run out meanwhile, and another worker sent it."""
	return {"version": row["version"], "status": ("in", (QUEUED, WAITING))}


def words(**said: Any) -> dict[str, Any]:
	"""All the words of a row: these, and none else."""
	return {key: said.get(key) for key in WORDS}
