"""The call budget of one organisation: what Xero allows per minute and per day, and when it said to wait."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta

from xero_connector.clock import Clock
from xero_connector.xero.errors import RateLimited

MINUTE = timedelta(seconds=60)
_SECONDS = re.compile(r"[0-9]{1,9}")


class Budget:
	"""Counts calls and holds them back: at most ``per_minute`` in any 60 seconds, none before *Retry-After*.

	A short wait is slept on the clock; a long one (the day's limit) raises ``RateLimited`` at once, so that
	the work can be parked instead of a worker. Xero's own limits: 60 a minute per organisation, 5 in flight,
	and 1,000 or 5,000 a day by plan. One engine works on an organisation at a time and calls one after the
	other, so the limit in flight holds by construction.
	"""

	def __init__(self, clock: Clock, *, per_minute: int = 60, longest_wait: float = 60) -> None:
		self.clock = clock
		self.per_minute = per_minute
		self.longest_wait = longest_wait
		self.calls = 0
		self.day_remaining: int | None = None
		self._recent: deque[datetime] = deque()
		self._not_before: datetime | None = None
		self._problem = ""

	@contextmanager
	def call(self) -> Iterator[None]:
		"""Wait until one call may go out, and count it. Raises ``RateLimited`` if that is too far away."""
		now = self.clock.now()
		while self._recent and self._recent[0] <= now - MINUTE:
			self._recent.popleft()
		ready, problem = now, "minute"
		if len(self._recent) >= self.per_minute:
			ready = self._recent[0] + MINUTE
		if self._not_before and self._not_before > ready:
			ready, problem = self._not_before, self._problem
		wait = (ready - now).total_seconds()
		if wait > self.longest_wait:
			raise RateLimited(
				f"Xero asked to wait {wait:.0f} seconds ({problem} limit).", retry_after=wait, problem=problem
			)
		if wait > 0:
			self.clock.sleep(wait)
		self._recent.append(self.clock.now())
		self.calls += 1
		yield

	def note(self, headers: Mapping[str, str]) -> None:
		"""Learn from an answer's headers what is left of the day."""
		left = headers.get("X-DayLimit-Remaining", "")
		if left.isdigit():
			self.day_remaining = int(left)

	def refused(self, headers: Mapping[str, str]) -> RateLimited:
		"""Take a 429 to heart: no call before *Retry-After*; without one (concurrency), five seconds."""
		problem = headers.get("X-Rate-Limit-Problem", "minute").lower()
		said = headers.get("Retry-After", "")
		seconds = float(said) if _SECONDS.fullmatch(said) else 5.0
		self._not_before = self.clock.now() + timedelta(seconds=seconds)
		self._problem = problem
		return RateLimited(
			f"Xero's {problem} limit is reached; it asked to wait {seconds:.0f} seconds.",
			retry_after=seconds,
			problem=problem,
			correlation_id=headers.get("xero-correlation-id", ""),
		)
