"""Webhooks: stored first, answered at once, fetched by a job; many ids to a call."""

from __future__ import annotations

from xero_connector.clock import Clock, utc_text
from xero_connector.store.protocol import Doc, Duplicate, Store
from xero_connector.sync.again import RETRY
from xero_connector.sync.context import Context
from xero_connector.sync.pull import CYCLE, ITEMS, OVERPAYMENTS, PAYMENTS, QUOTES, Pull
from xero_connector.xero.webhook import read_events

NEW, DONE, IGNORED = "New", "Done", "Ignored"

FETCHED = {polled.entity.upper(): polled for polled in (*CYCLE, ITEMS, QUOTES)}
"""What the engine reads when an event names it. Xero announces neither payments nor items nor quotes: those
could not be applied before.
"""


def receive(store: Store, clock: Clock, raw_body: bytes) -> int:
	"""Keep the events of a body whose signature was verified; returns how many are new.

	An event that was delivered before is not kept again; one for an organisation that is not ours is kept as
	ignored. Raises ``ValueError`` for a body that is not a webhook of Xero's.
	"""
	new = 0
	for event in read_events(raw_body):
		known = store.get("Xero Organisation", event.tenant_id) is not None
		handled = known and event.category in FETCHED
		try:
			store.insert(
				{
					"doctype": "Xero Webhook Event",
					"organisation": event.tenant_id,
					"category": event.category,
					"event_type": event.event_type,
					"resource_id": event.resource_id,
					"event_date": event.event_date,
					"event_key": event.key,
					"received_at": utc_text(clock.now()),
					"status": NEW if handled else IGNORED,
				}
			)
		except Duplicate:
			continue
		new += handled
	return new


def announced(store: Store) -> list[str]:
	"""The organisations with events from Xero that nobody has fetched yet."""
	events = store.find(
		"Xero Webhook Event", {"status": NEW, "event_type": ("!=", RETRY)}, fields=["organisation"]
	)
	return sorted({event["organisation"] for event in events})


def fetch(context: Context, pull: Pull) -> int:
	"""Read what the waiting events name, in the order they came; returns how many records changed something
	here.

	An event is done only after what it names was applied: if Xero cannot be read now, or a record cannot be
	applied, it waits.
	"""
	store, applied = context.store, 0
	events = store.find(
		"Xero Webhook Event",
		{"organisation": context.organisation, "status": NEW},
		order_by="received_at, name",
	)
	for category, polled in FETCHED.items():
		named: list[Doc] = [event for event in events if event["category"] == category]
		if not named:
			continue
		applied += pull.fetch(polled, [event["resource_id"] for event in named])
		with store.transaction():
			for event in named:
				# A retry that failed again was noted anew meanwhile, and stays.
				unchanged = {"received_at": event["received_at"]}
				store.update_if("Xero Webhook Event", event["name"], unchanged, {"status": DONE})
	if pull.mirror.balance.lacks_payments():  # Xero announces the invoice or the credit, not what paid it
		applied += pull.poll(OVERPAYMENTS) + pull.poll(PAYMENTS)
	applied += pull.balance()
	pull.recheck()
	return applied
