"""The call budget of one organisation, shared by everyone who calls for it."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Protocol

from xero_connector.clock import Clock
from xero_connector.xero.usage import Hold, Priority, Usage

LONGEST_WAIT = 65.0
"""Seconds that a call may be slept for: the minute's window, and a little for others who wait for it too.
What takes longer is raised, so that the work is parked instead of a worker.
"""


class Ledger(Protocol):
	"""Where an organisation's ``Usage`` is kept, for all processes that call for it."""

	def change(self, step: Callable[[Usage], Usage]) -> Usage:
		"""Replace what is kept by what ``step`` makes of it, as one, whoever else does so; returns the new.

		``step`` may run more than once.
		"""
		...


class MemoryLedger:
	"""A ledger for one process."""

	def __init__(self) -> None:
		self._usage = Usage()
		self._lock = threading.Lock()

	def change(self, step: Callable[[Usage], Usage]) -> Usage:
		with self._lock:
			self._usage = step(self._usage)
			return self._usage


class Flight:
	"""A call on its way."""

	def __init__(self, call: str) -> None:
		self.call = call
		self.status = 0
		self.headers: Mapping[str, str] = {}

	def answered(self, status: int, headers: Mapping[str, str]) -> None:
		"""Keep what the answer says of the limits."""
		self.status, self.headers = status, headers


class Budget:
	"""Holds calls back until Xero takes them: the minute, those in flight, the day, and *Retry-After*.

	``new_id`` names the calls in flight. ``calls`` counts those that this object let go.
	"""

	def __init__(
		self,
		clock: Clock,
		ledger: Ledger | None = None,
		*,
		new_id: Callable[[], str] = lambda: str(uuid.uuid4()),
	) -> None:
		self.clock = clock
		self.ledger = ledger or MemoryLedger()
		self.calls = 0
		self._new_id = new_id

	@contextmanager
	def call(self, priority: Priority = Priority.PERSON) -> Iterator[Flight]:
		"""Wait until one call may go out, and count it. Raises ``RateLimited`` if that is too far away."""
		flight = Flight(self._new_id())
		self._wait(flight.call, priority)
		self.calls += 1
		try:
			yield flight
		finally:
			self.ledger.change(
				lambda usage: usage.landed(flight.call, self.clock.now(), flight.status, flight.headers)
			)

	def bar(self, priority: Priority) -> Hold | None:
		"""Why work of this priority need not begin: Xero asked to wait, or the day is nearly over."""
		usage = self.ledger.change(lambda usage: usage.seen(self.clock.now()))
		return usage.bar(self.clock.now(), priority)

	def _wait(self, call: str, priority: Priority) -> None:
		"""Until ``call`` is in flight. It competes with others, who may be first when there is room again."""
		waited = 0.0
		while hold := self._try(call, priority):
			wait = (hold.until - hold.since).total_seconds()
			if waited + wait > LONGEST_WAIT:
				raise hold.error()
			self.clock.sleep(wait)
			waited += wait

	def _try(self, call: str, priority: Priority) -> Hold | None:
		"""Let the call go now, or say why not.

		*Now* is when the ledger was read. A process that stalled since an earlier *now* would take what
		others wrote meanwhile for that of a clock set back, and forget *Retry-After* for all.
		"""
		now = self.clock.now()

		def admit(usage: Usage) -> Usage:
			nonlocal now
			now = self.clock.now()
			return usage.admit(call, now, priority)

		usage = self.ledger.change(admit)
		return None if call in usage.in_flight else usage.hold(now, priority)
