"""Taking back what waits for an organisation and is not in Xero: its pilot was stopped, or it keeps the books
of another company now.
"""

from __future__ import annotations

from collections.abc import Collection

from xero_connector.store.protocol import Store
from xero_connector.sync import links, outbox, requests
from xero_connector.sync.entities import REQUEST


def withdraw(store: Store, organisation: str, message: str) -> int:
	"""Take back what waits or is held; returns how many. What was begun is finished, with the steps that come
	after it. Call it in a transaction.
	"""
	open_ones = {"status": ("in", (outbox.QUEUED, outbox.WAITING, outbox.HELD)), "action": outbox.UPSERT}
	own = {"organisation": organisation, "reference_doctype": ("!=", "Xero Link")}
	taken = []
	for row in store.find("Xero Outbox", {**own, **open_ones}):
		if links.of_document(store, organisation, row["reference_doctype"], row["reference_name"]):
			continue
		values = {"status": outbox.CANCELLED, **outbox.words(cause=outbox.STOPPED, message=message)}
		if store.update_if("Xero Outbox", row["name"], {"version": row["version"], **open_ones}, values):
			taken.append(row)
	_forget_requests(
		store,
		{
			str(row["reference_name"])
			for row in taken
			if row["reference_doctype"] == REQUEST and row["status"] != outbox.HELD  # Xero has looked at that
		},
	)
	return len(taken)


def _forget_requests(store: Store, taken: Collection[str]) -> None:
	"""Requests that never went would stand in the way of the invoice that their document gets later. Where
	one of its requests stays, so do the others: together they bill it.
	"""
	gone = []
	for name in taken:
		request = store.get(REQUEST, name) or {}
		source = str(request.get("source_doctype")), str(request.get("source_name"))
		if all(str(each["name"]) in taken for each in requests.live(store, *source)):
			gone.append(name)
	for name in gone:
		store.delete(REQUEST, name)
