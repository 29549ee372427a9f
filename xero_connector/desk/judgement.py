"""Is all well with an organisation? If not, what does a person have to know, worst first?

Pure: facts in, needs out. What a need is called and how it is fixed, ``health_words`` knows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from xero_connector.sync import organisations
from xero_connector.xero.usage import KEPT, Priority

RED, ORANGE, BLUE = "red", "orange", "blue"
LEVELS = (RED, ORANGE, BLUE)
"""Nothing moves or money waits for a person; a person should look; good to know, and nothing is wrong."""

SLOW = timedelta(minutes=30)
"""Longer than anything waits that may go: the sweep comes every minute."""

LATE = timedelta(hours=3)
"""Longer than any two polls lie apart: even with few calls left it is an hour."""

STUCK = timedelta(days=1)
"""How long rows may wait for something else before a person should look why."""

LOGIN_ENDS = timedelta(days=14)

SILENT = "silent"
"""The webhook has a key, and announces nothing though things change in Xero."""


@dataclass(frozen=True)
class Facts:
	"""How an organisation is. Ages are ``None`` where there is nothing that could be old."""

	status: str = organisations.CONNECTED
	message: str = ""
	enabled: bool = True
	live: bool = True
	paused_push: bool = False
	paused_pull: bool = False
	sales_account: bool = True
	login_left: timedelta | None = None

	queue_up: bool = True
	workers: bool = True
	scheduler: str = ""
	"""Why nothing goes by itself: a key of ``SCHEDULER``, empty if it does."""

	held: int = 0
	oldest_queued: timedelta | None = None
	stuck: int = 0
	"""Rows that have waited for longer than ``STUCK`` for something else."""
	oldest_uncertain: timedelta | None = None
	uncertain: int = 0
	queued: int = 0

	matches: int = 0
	conflicts: int = 0
	not_applied: int = 0
	entries_held: int = 0
	import_failed: bool = False

	calls_left: int | None = None
	last_read: timedelta | None = None
	webhook: str = ""

	@property
	def runs(self) -> bool:
		"""Whether jobs run on this site."""
		return self.queue_up and self.workers and not self.scheduler

	@property
	def syncs(self) -> bool:
		return self.status == organisations.CONNECTED and self.enabled

	@property
	def few_calls(self) -> bool:
		return self.calls_left is not None and self.calls_left <= KEPT[Priority.POLL].day


SCHEDULER = ("scheduler-off", "scheduler-silent", "sweep-stopped")


@dataclass(frozen=True)
class Need:
	"""Something a person has to know. ``count``: of how many rows, where it is of rows."""

	key: str
	level: str
	count: int = 0


def judge(facts: Facts) -> list[Need]:
	"""What needs a person, worst first; empty if all is well.

	What only follows from something worse is left out: nobody who has no workers has to read that the queue
	is slow.
	"""
	return sorted(_needs(facts), key=lambda need: LEVELS.index(need.level))


def all_is_well(needs: list[Need]) -> bool:
	"""Whether nobody has to do anything."""
	return all(need.level == BLUE for need in needs)


def _needs(facts: Facts) -> Iterator[Need]:
	yield from _machine(facts)
	yield from _connection(facts)
	yield from _rows(facts)
	if facts.syncs:
		yield from _traffic(facts)


def _machine(facts: Facts) -> Iterator[Need]:
	if not facts.queue_up:
		yield Need("queue-down", RED)
	elif not facts.workers:
		yield Need("workers-off", RED)
	if facts.scheduler:
		yield Need(facts.scheduler, RED)


def _connection(facts: Facts) -> Iterator[Need]:
	if facts.status == organisations.RECONNECT_NEEDED:
		yield Need("reconnect", RED)
	elif facts.status == organisations.DISCONNECTED:
		yield Need("disconnected", ORANGE)
	elif facts.status == organisations.NOT_CONFIRMED:
		yield Need("not-confirmed", ORANGE)
	elif not facts.enabled:
		yield Need("switched-off", ORANGE)
	elif not facts.live:
		yield Need("not-live", BLUE)
	if facts.syncs and facts.paused_push:
		yield Need("paused-push", ORANGE)
	if facts.syncs and facts.paused_pull:
		yield Need("paused-pull", ORANGE)
	if facts.syncs and facts.login_left is not None and facts.login_left < LOGIN_ENDS:
		yield Need("login-ends", ORANGE)


def _rows(facts: Facts) -> Iterator[Need]:
	"""What waits for a person, whether or not the organisation syncs now."""
	counted = (
		("held", RED, facts.held),
		("matches", ORANGE, facts.matches),
		("conflicts", ORANGE, facts.conflicts),
		("entries-held", ORANGE, facts.entries_held),
		("not-applied", ORANGE, facts.not_applied),
		("import-failed", ORANGE, int(facts.import_failed)),
	)
	yield from (Need(key, level, count) for key, level, count in counted if count)


def _traffic(facts: Facts) -> Iterator[Need]:
	if facts.few_calls:
		yield Need("few-calls", ORANGE, facts.calls_left or 0)
	if facts.runs and not facts.paused_push:
		if _over(facts.oldest_queued, SLOW) and not facts.few_calls:
			yield Need("slow", ORANGE, facts.queued)
		if _over(facts.oldest_uncertain, SLOW):
			yield Need("uncertain", ORANGE, facts.uncertain)
		if facts.stuck:
			yield Need("stuck", ORANGE, facts.stuck)
	if facts.runs and not facts.paused_pull:
		if _over(facts.last_read, LATE):
			yield Need("reading-late", ORANGE)
		if facts.webhook == SILENT:
			yield Need("webhook-silent", ORANGE)
	if not facts.sales_account:
		yield Need("no-sales-account", ORANGE)
	if facts.message and not (facts.few_calls or facts.paused_push or facts.paused_pull):
		yield Need("last-run", ORANGE)


def _over(age: timedelta | None, limit: timedelta) -> bool:
	return age is not None and age > limit
