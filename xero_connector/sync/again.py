"""Records that are to be read again by their id, in the next cycle."""

from __future__ import annotations

from collections.abc import Iterable

from xero_connector.sync import log
from xero_connector.sync.context import Context, put

RETRY = "RETRY"
"""The type of event that stands for such a record. Xero sends CREATE and UPDATE."""


def read_again(context: Context, entity: str, xero_id: str, message: str) -> None:
	"""Note it, in the transaction that knows why; it stays noted until the record was applied."""
	put(
		context.store,
		"Xero Webhook Event",
		{"event_key": f"retry-{xero_id}"},
		{
			"organisation": context.organisation,
			"category": entity.upper(),
			"event_type": RETRY,
			"resource_id": xero_id,
			"received_at": context.now(),
			"status": "New",
			"message": log.without_emails(message),
		},
	)


def was_read(context: Context, ids: Iterable[str]) -> None:
	"""These records were read again and applied before their turn came."""
	with context.store.transaction():
		for xero_id in ids:
			noted = {"event_key": f"retry-{xero_id}", "status": "New"}
			for event in context.store.find("Xero Webhook Event", noted, fields=["name"]):
				context.store.update("Xero Webhook Event", event["name"], {"status": "Done"})
