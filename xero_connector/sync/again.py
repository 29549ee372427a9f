"""Records that are to be read again by their id, in the next cycle."""

from __future__ import annotations

from collections.abc import Iterable

from xero_connector.store.protocol import Store
from xero_connector.sync import log
from xero_connector.sync.context import Context, put

RETRY, ASKED = "RETRY", "ASKED"
"""The type of event that stands for such a record: of one that could not be applied, and of one that a person
wants to see as it is now. Xero sends CREATE and UPDATE.
"""


def read_again(context: Context, entity: str, xero_id: str, message: str, event_type: str = RETRY) -> None:
	"""Note it, in the transaction that knows why; it stays noted until the record was applied."""
	put(
		context.store,
		"Xero Webhook Event",
		{"event_key": f"retry-{xero_id}"},
		{
			"organisation": context.organisation,
			"category": entity.upper(),
			"event_type": event_type,
			"resource_id": xero_id,
			"received_at": context.now(),
			"status": "New",
			"message": log.without_emails(message),
		},
	)


def is_awaited(store: Store, xero_ids: Iterable[str]) -> bool:
	"""Whether one of these records is still to be read again because a person asked for it."""
	keys = [f"retry-{xero_id}" for xero_id in xero_ids]
	asked = {"event_key": ("in", keys), "event_type": ASKED, "status": "New"}
	return bool(store.find("Xero Webhook Event", asked, fields=["name"], limit=1))


def was_read(context: Context, ids: Iterable[str]) -> None:
	"""These records were read again and applied before their turn came."""
	with context.store.transaction():
		for xero_id in ids:
			noted = {"event_key": f"retry-{xero_id}", "status": "New"}
			for event in context.store.find("Xero Webhook Event", noted, fields=["name"]):
				context.store.update("Xero Webhook Event", event["name"], {"status": "Done"})
