"""Time, passed in: the engine never asks the machine for it.

An instant is stored as UTC text of fixed width, ``2026-11-22T18:31:00.123456Z``, so that it sorts as text,
means the same in every time zone, and survives both stores unchanged.
"""

from __future__ import annotations

import time
from datetime import date, datetime, timedelta, timezone
from typing import Protocol

UTC = timezone.utc

WIDTH = len("2026-11-22T18:31:00.123456Z")


class Clock(Protocol):
	"""What the engine knows of time."""

	def now(self) -> datetime:
		"""The present instant, aware, in UTC."""
		...

	def today(self) -> date:
		"""The business date where the books are kept."""
		...

	def sleep(self, seconds: float) -> None:
		"""Let this much time pass."""
		...


class SystemClock:
	"""The machine's clock; the business date is the machine's local date."""

	def now(self) -> datetime:
		return datetime.now(UTC)

	def today(self) -> date:
		return date.today()

	def sleep(self, seconds: float) -> None:
		time.sleep(seconds)


class ManualClock:
	"""A clock that moves only when told: for tests, and wherever time must be exact."""

	def __init__(self, start: datetime) -> None:
		self._now = start.astimezone(UTC)

	def now(self) -> datetime:
		return self._now

	def today(self) -> date:
		return self._now.date()

	def sleep(self, seconds: float) -> None:
		self._now += timedelta(seconds=seconds)


def utc_text(instant: datetime) -> str:
	"""The instant as sortable text. Raises ``ValueError`` for a naive datetime."""
	if instant.tzinfo is None:
		raise ValueError("an instant without a time zone cannot be stored")
	return instant.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def parse_utc(text: str) -> datetime:
	"""The instant that ``utc_text`` wrote. Raises ``ValueError`` for any other text."""
	if len(text) != WIDTH or text[-1] != "Z":
		raise ValueError(f"{text!r} is not an instant as it is stored")
	return datetime.fromisoformat(text[:-1] + "+00:00")
