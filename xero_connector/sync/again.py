"""Records that are to be read again by their id, in the next cycle."""

from __future__ import annotations

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
