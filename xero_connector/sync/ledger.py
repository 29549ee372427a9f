"""The ledger of an organisation's calls in the store, shared by every process that works on it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import simplejson

from xero_connector.clock import parse_utc, utc_text
from xero_connector.store.protocol import Doc, Duplicate, Store
from xero_connector.xero.usage import DayLeft, Hold, Usage

DOCTYPE = "Xero Call Budget"


class StoreLedger:
	"""The **Xero Call Budget** of one organisation, made when it is first needed.

	Reading and writing are short transactions of their own, so none is open while a call waits or runs;
	``version`` tells whether another process wrote between the two.
	"""

	def __init__(self, store: Store, organisation: str) -> None:
		self.store = store
		self.organisation = organisation

	def change(self, step: Callable[[Usage], Usage]) -> Usage:
		while True:
			row = self._row()
			if row is None:
				self._make()
				continue
			usage = _usage(row)
			after = step(usage)
			if after == usage or self._replace(int(row.get("version") or 0), after):
				return after

	def look(self) -> tuple[Usage, str]:
		"""What is kept now, and when the last poll began (UTC text, empty if there was none)."""
		row = self._row() or {}
		return _usage(row), str(row.get("polled_at") or "")

	def note_poll(self, at: str) -> None:
		"""A poll begins at this instant (UTC text)."""
		if not self._row():
			self._make()
		with self.store.transaction():
			self.store.update(DOCTYPE, self.organisation, {"polled_at": at})

	def _row(self) -> Doc | None:
		with self.store.transaction():  # what others have committed last
			found = self.store.find(DOCTYPE, {"name": self.organisation}, limit=1)
		return found[0] if found else None

	def _make(self) -> None:
		with suppress(Duplicate), self.store.transaction():  # another process may need it first too
			self.store.insert(
				{"doctype": DOCTYPE, "name": self.organisation, "organisation": self.organisation}
			)

	def _replace(self, version: int, usage: Usage) -> bool:
		values = {**_fields(usage), "version": version + 1}
		with self.store.transaction():
			return self.store.update_if(DOCTYPE, self.organisation, {"version": version}, values)


def _usage(row: Doc) -> Usage:
	asked = day = limit = None
	if row.get("not_before"):
		asked = Hold(parse_utc(row["not_before"]), row["problem"], parse_utc(row["asked_at"]))
	if row.get("day_at"):
		day = DayLeft(int(row["day_remaining"]), parse_utc(row["day_at"]))
	if row.get("limit_at"):
		limit = DayLeft(int(row["day_limit"]), parse_utc(row["limit_at"]))
	return Usage(
		recent=tuple(parse_utc(at) for at in simplejson.loads(row.get("recent") or "[]")),
		in_flight={
			call: parse_utc(until) for call, until in simplejson.loads(row.get("in_flight") or "{}").items()
		},
		asked=asked,
		day=day,
		limit=limit,
	)


def _fields(usage: Usage) -> dict[str, Any]:
	asked, day, limit = usage.asked, usage.day, usage.limit
	return {
		"recent": simplejson.dumps([utc_text(at) for at in usage.recent]),
		"in_flight": simplejson.dumps({call: utc_text(until) for call, until in usage.in_flight.items()}),
		"not_before": asked and utc_text(asked.until),
		"problem": asked and asked.problem,
		"asked_at": asked and utc_text(asked.since),
		"day_remaining": day and day.calls,
		"day_at": day and utc_text(day.at),
		"day_limit": limit and limit.calls,
		"limit_at": limit and utc_text(limit.at),
	}
