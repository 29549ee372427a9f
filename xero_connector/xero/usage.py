"""What is known of the calls of one organisation, and what follows from it for the next one.

Pure: every method takes the present instant and gives a new ``Usage``. Xero's limits per organisation are 60
calls a minute, 5 in flight, and 1,000 or 5,000 a day by plan.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import IntEnum

from xero_connector.xero.errors import RateLimited

PER_MINUTE = 60
IN_FLIGHT = 5
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)

LONGEST_CALL = timedelta(seconds=70)
"""The client's time-outs, added. A call that has not ended by then was that of a process that was killed."""

LOOK_AGAIN = timedelta(seconds=1)
"""How long to wait for a call in flight to end: nobody knows when it will."""

ASK_AGAIN = timedelta(hours=1)
"""How long Xero's word on the day counts. Then one call may go and ask: the day's window slides, and whoever
makes no calls hears nothing.
"""

RESERVE = "reserve"
"""The problem when the day has calls left, but only for what is more urgent. The others are Xero's words."""

PLANS = (1000, 5000)
"""Calls a day, by Xero's plans. Xero says only how many are left."""

PLAN_HOLDS = 2 * DAY
"""How long a plan is believed in that Xero's answers no longer prove."""

_DIGITS = re.compile(r"[0-9]{1,9}")


class Priority(IntEnum):
	"""Who waits for a call. Lower goes first."""

	PERSON = 0
	WEBHOOK = 1
	PUSH = 2
	POLL = 3
	IMPORT = 4


@dataclass(frozen=True)
class Kept:
	"""How many calls a priority leaves to those before it: of a minute, of those in flight, of the day."""

	minute: int
	in_flight: int
	day: int


KEPT = {
	# Somebody looks at the screen: every call that there is, to the last.
	Priority.PERSON: Kept(0, 0, 0),
	# Leaves a click a minute, which costs about five calls (two indexes, customer, items, order); four a day.
	Priority.WEBHOOK: Kept(5, 0, 20),
	# Leaves a click and a webhook a minute, and as much of the day again.
	Priority.PUSH: Kept(10, 1, 40),
	# Leaves a third of the minute, so that a push beside it goes on, and a tenth of the free plan's day.
	Priority.POLL: Kept(20, 2, 100),
	# History can come tomorrow: leaves half of the minute, and of the day what polls and pushes still need.
	Priority.IMPORT: Kept(30, 3, 300),
}


@dataclass(frozen=True)
class Hold:
	"""Why a call waits, and until when. ``problem`` is minute, day, concurrent or reserve; it is known
	``since`` then.
	"""

	until: datetime
	problem: str
	since: datetime

	def error(self) -> RateLimited:
		"""The hold as an error, for work that does not wait."""
		wait = (self.until - self.since).total_seconds()
		if self.problem == RESERVE:
			message = "The calls that are left of the day are kept for more urgent work."
		else:
			message = f"Xero asked to wait {wait:.0f} seconds ({self.problem} limit)."
		return RateLimited(message, retry_after=wait, problem=self.problem)


@dataclass(frozen=True)
class DayLeft:
	"""How many calls of the day are left: what Xero said at ``at``, less those that went out since."""

	calls: int
	at: datetime


@dataclass(frozen=True)
class Usage:
	"""The calls of an organisation.

	``recent``: when those of the last minute went out, oldest first. ``in_flight``: until when each may last.
	``asked``: *Retry-After*. ``day``: ``None`` until Xero has said it. ``limit``: the calls of a whole day by
	the smallest plan that fits what was left of late, and when that was proven last.
	"""

	recent: tuple[datetime, ...] = ()
	in_flight: Mapping[str, datetime] = field(default_factory=dict)
	asked: Hold | None = None
	day: DayLeft | None = None
	limit: DayLeft | None = None

	def seen(self, now: datetime) -> Usage:
		"""What still counts now.

		Machines differ a little and clocks are set back, so an instant may lie in the future: it counts as
		now, and nothing waits longer than the limit's own window. A *Retry-After* from more than a minute
		ahead is forgotten; Xero will say it again.
		"""
		asked = self.asked
		if asked and (asked.until <= now or asked.since > now + MINUTE):
			asked = None
		return Usage(
			recent=tuple(sorted(min(at, now) for at in self.recent if at > now - MINUTE)),
			in_flight={
				call: min(until, now + LONGEST_CALL) for call, until in self.in_flight.items() if until > now
			},
			asked=asked,
			day=self.day and replace(self.day, at=min(self.day.at, now)),
			limit=self.limit and replace(self.limit, at=min(self.limit.at, now)),
		)

	def bar(self, now: datetime, priority: Priority) -> Hold | None:
		"""Why work of this priority need not begin at all: Xero asked to wait, or the day is nearly over."""
		kept = KEPT[priority].day
		if self.asked:
			return replace(self.asked, since=now)
		if kept and self.day and self.day.calls <= kept and self.day.at + ASK_AGAIN > now:
			return Hold(self.day.at + ASK_AGAIN, RESERVE, now)
		return None

	def hold(self, now: datetime, priority: Priority) -> Hold | None:
		"""Why the next call of this priority does not go now; ``None`` if it may."""
		kept, holds = KEPT[priority], []
		bar = self.bar(now, priority)
		if bar:
			holds.append(bar)
		over = len(self.recent) - (PER_MINUTE - kept.minute)
		if over >= 0:
			holds.append(Hold(self.recent[over] + MINUTE, "minute", now))
		if len(self.in_flight) >= IN_FLIGHT - kept.in_flight:
			holds.append(Hold(now + LOOK_AGAIN, "concurrent", now))
		return max(holds, key=lambda hold: hold.until, default=None)

	def admit(self, call: str, now: datetime, priority: Priority) -> Usage:
		"""With this call in flight, if it may go now."""
		usage = self.seen(now)
		if usage.hold(now, priority):
			return usage
		return replace(
			usage,
			recent=(*usage.recent, now),
			in_flight={**usage.in_flight, call: now + LONGEST_CALL},
			day=usage.day and _less_one(usage.day, now),
		)

	def landed(self, call: str, now: datetime, status: int, headers: Mapping[str, str]) -> Usage:
		"""With this call ended, and what its answer says. Without an answer ``headers`` are empty."""
		usage = self.seen(now)
		others = {other: until for other, until in usage.in_flight.items() if other != call}
		usage = replace(usage, in_flight=others)._told_of_day(now, headers)
		if status == 429:
			return usage._asked_to_wait(now, headers)
		return usage._told_of_minute(now, headers)

	def _told_of_day(self, now: datetime, headers: Mapping[str, str]) -> Usage:
		"""Xero's count, less the calls in flight: nobody knows whether it has those already."""
		left = _number(headers.get("X-DayLimit-Remaining"))
		if left is None:
			return self
		day = DayLeft(max(left - len(self.in_flight), 0), now)
		plan = next((calls for calls in PLANS if left <= calls), left)
		proven = not self.limit or plan >= self.limit.calls or self.limit.at + PLAN_HOLDS <= now
		return replace(self, day=day, limit=DayLeft(plan, now) if proven else self.limit)

	def _told_of_minute(self, now: datetime, headers: Mapping[str, str]) -> Usage:
		"""Calls that Xero has counted and nobody here has made count as made just now, by another app or
		site. What Xero has not counted yet, we know better.
		"""
		left = _number(headers.get("X-MinLimit-Remaining"))
		unknown = 0 if left is None else PER_MINUTE - left - len(self.recent)
		return replace(self, recent=self.recent + (now,) * unknown)

	def _asked_to_wait(self, now: datetime, headers: Mapping[str, str]) -> Usage:
		"""A shorter wait never ends a longer one."""
		error = rate_limited(headers)
		asked = Hold(now + timedelta(seconds=error.retry_after), error.problem, now)
		if self.asked and self.asked.until >= asked.until:
			return self
		return replace(self, asked=asked)


def rate_limited(headers: Mapping[str, str]) -> RateLimited:
	"""A 429 as an error. Without *Retry-After* (concurrency) five seconds; never more than the day's
	window.
	"""
	problem = (headers.get("X-Rate-Limit-Problem") or "minute").lower()[:40]
	said = _number(headers.get("Retry-After"))
	seconds = 5.0 if said is None else min(float(said), DAY.total_seconds())
	return RateLimited(
		f"Xero's {problem} limit is reached; it asked to wait {seconds:.0f} seconds.",
		retry_after=seconds,
		problem=problem,
		correlation_id=headers.get("xero-correlation-id", ""),
	)


def _less_one(day: DayLeft, now: datetime) -> DayLeft:
	"""One call fewer. Where Xero's word is old, this is the call that asks: no other needs to."""
	return DayLeft(max(day.calls - 1, 0), now if day.at + ASK_AGAIN <= now else day.at)


def _number(text: str | None) -> int | None:
	return int(text) if text and _DIGITS.fullmatch(text) else None
