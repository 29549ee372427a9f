"""Xero's limits: calls a minute and a day per organisation, calls in flight, calls a minute per app.

The windows slide and follow the simulator's clock. Calls that were answered 429 do not count against them.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from xero_connector.simulator.errors import Problem
from xero_connector.simulator.state import Store
from xero_connector.simulator.values import DAY, MINUTE, SECOND


@dataclass(frozen=True)
class Limits:
	"""Calls allowed per organisation and app; None switches a limit off.

	5,000 a day holds for Xero's paid plans, 1,000 for the free one.
	"""

	minute: int | None = 60
	day: int | None = 5000
	concurrent: int | None = 5
	app_minute: int | None = 10000


@dataclass
class Flights:
	"""Calls being answered right now, counted per access token and organisation.

	Only this process is seen, not others on the same file; a call refused here is not written to the calls.
	"""

	_counts: Counter[tuple[str, str]] = field(default_factory=Counter)
	_lock: threading.Lock = field(default_factory=threading.Lock)

	@contextmanager
	def enter(self, token: str, tenant: str, limit: int | None) -> Iterator[bool]:
		"""Count a call in for as long as it lasts; answers whether it is within the limit."""
		key = (token, tenant)
		with self._lock:
			admitted = limit is None or self._counts[key] < limit
			self._counts[key] += admitted
		try:
			yield admitted
		finally:
			with self._lock:
				self._counts[key] -= admitted


def too_many(problem: str, retry_after: int | None = None) -> Problem:
	"""429 with an empty body; `retry_after` in seconds."""
	headers = {"X-Rate-Limit-Problem": problem}
	if retry_after is not None:
		headers["Retry-After"] = str(retry_after)
	return Problem(429, "", headers=headers)


def spend(store: Store, limits: Limits, client_id: str, tenant: str, now: int) -> dict[str, str]:
	"""Admit one more call, or raise Problem (429). Answers the headers that say what remains after it.

	Retry-After is the time until the window next has room, rounded up to whole seconds.
	"""
	per_tenant = "client_id = ? AND tenant = ? AND counted = 1"
	per_app = "client_id = ? AND counted = 1"
	budgets = (
		("day", "X-DayLimit-Remaining", limits.day, DAY, per_tenant, (client_id, tenant)),
		("minute", "X-MinLimit-Remaining", limits.minute, MINUTE, per_tenant, (client_id, tenant)),
		("appminute", "X-AppMinLimit-Remaining", limits.app_minute, MINUTE, per_app, (client_id,)),
	)
	headers: dict[str, str] = {}
	refusal: Problem | None = None
	for problem, header, limit, window, condition, values in budgets:
		if limit is None:
			continue
		since = now - window
		used = store.value(f"SELECT COUNT(*) FROM calls WHERE {condition} AND at > ?", *values, since)
		headers[header] = str(max(limit - used - 1, 0))
		if used >= limit and refusal is None:
			frees = store.value(
				f"SELECT at FROM calls WHERE {condition} AND at > ? ORDER BY at LIMIT 1 OFFSET ?",
				*values,
				since,
				used - limit,
			)
			oldest = now if frees is None else frees
			refusal = too_many(problem, -(-(oldest + window - now) // SECOND))
	if refusal is not None:
		refusal.headers.update(headers)
		raise refusal
	return headers
