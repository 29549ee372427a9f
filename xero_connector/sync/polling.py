"""When to poll: the fewer calls are left of the day, the more rarely."""

from __future__ import annotations

from datetime import timedelta

from xero_connector.clock import Clock, parse_utc
from xero_connector.store.protocol import Store
from xero_connector.sync import organisations
from xero_connector.sync.context import Context
from xero_connector.sync.ledger import StoreLedger
from xero_connector.sync.pull import CYCLE, polled_by
from xero_connector.xero.usage import DAY, KEPT, Priority

FREE_PLAN = 1000
"""Calls of a day on Xero's free plan: what is assumed until Xero says more."""

SHARE = 0.75
"""Of the calls that are left above the reserve, those that polls may use if nothing else happens."""

FASTEST, SLOWEST = timedelta(minutes=2), timedelta(hours=1)


def interval(left: int | None, calls: int = len(CYCLE)) -> timedelta:
	"""How long after one poll the next begins, with so many calls ``left`` of the day (``None``: not known).

	``calls`` is what one poll costs where nothing changed. Even with nothing to spare it is an hour and not
	longer: the day's window slides, and only an answer tells.
	"""
	spare = (FREE_PLAN if left is None else left) - KEPT[Priority.POLL].day
	if spare <= 0:
		return SLOWEST
	return min(max(calls * DAY / (spare * SHARE), FASTEST), SLOWEST)


def due(store: Store, clock: Clock) -> list[str]:
	"""The organisations that sync now and whose next poll is due."""
	return [
		row["name"]
		for row in organisations.syncing(store, pause_pull=0)
		if _due(StoreLedger(store, row["name"]), clock, len(polled_by(store, row["name"])))
	]


def begun(context: Context) -> None:
	"""A poll begins, whoever asked for it: the next is due an interval later."""
	StoreLedger(context.store, context.organisation).note_poll(context.now())


def _due(ledger: StoreLedger, clock: Clock, calls: int) -> bool:
	now, (usage, polled_at) = clock.now(), ledger.look()
	usage = usage.seen(now)
	if usage.bar(now, Priority.POLL):
		return False
	since = now - parse_utc(polled_at) if polled_at else SLOWEST
	# A clock that was set back must not put the next poll off.
	return since < timedelta() or since >= interval(usage.day.calls if usage.day else None, calls)
