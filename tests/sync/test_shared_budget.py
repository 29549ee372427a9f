"""One budget for all processes that work on an organisation, kept in the store."""

from __future__ import annotations

import threading
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.conftest import START, World, customer, order
from xero_connector.clock import ManualClock
from xero_connector.simulator import Limits
from xero_connector.store.protocol import Store
from xero_connector.store.sqlite import SQLiteStore
from xero_connector.sync import batches, outbox
from xero_connector.sync.engine import Engine
from xero_connector.sync.ledger import DOCTYPE, StoreLedger
from xero_connector.xero import Budget, Priority, RateLimited
from xero_connector.xero.budget import Flight
from xero_connector.xero.usage import LONGEST_CALL, MINUTE, DayLeft, Hold, Usage

TENANT = "tenant-1"


def budget_on(store: Store, clock: ManualClock) -> Budget:
	return Budget(clock, StoreLedger(store, TENANT))


def kept(world: World) -> Usage:
	return StoreLedger(world.store, world.tenant).look()[0]


# several processes


@dataclass
class Workers:
	"""Processes that call, each with a budget of its own on the one store, and what really happened."""

	clock: ManualClock = field(default_factory=lambda: ManualClock(START))
	store: SQLiteStore = field(default_factory=SQLiteStore)
	went: list[datetime] = field(default_factory=list)
	flying: list[tuple[datetime, AbstractContextManager[Flight], Flight]] = field(default_factory=list)
	not_before: datetime = START

	def go(self, priority: Priority) -> bool:
		"""One of them begins a call, if it may; checks the limits."""
		call = budget_on(self.store, self.clock).call(priority)
		try:
			flight = call.__enter__()
		except RateLimited:
			return False
		now = self.clock.now()
		self.went.append(now)
		self.flying.append((now, call, flight))
		assert now >= self.not_before
		assert sum(at > now - MINUTE for at in self.went) <= 60
		assert sum(at > now - LONGEST_CALL for at, _, _ in self.flying) <= 5
		return True

	def land(self) -> None:
		"""The oldest call ends."""
		if self.flying:
			_, call, _ = self.flying.pop(0)
			call.__exit__(None, None, None)

	def refuse(self, seconds: int) -> None:
		"""The oldest call is answered 429."""
		if self.flying:
			self.flying[0][2].answered(429, {"Retry-After": str(seconds)})
			self.land()
			self.not_before = max(self.not_before, self.clock.now() + timedelta(seconds=seconds))

	def crowd(self, priority: Priority) -> None:
		"""Three calls side by side."""
		for _ in range(3):
			self.go(priority)

	def burst(self, priority: Priority) -> None:
		"""Forty calls, one after the other."""
		for _ in range(40):
			if self.go(priority):
				_, call, _ = self.flying.pop()
				call.__exit__(None, None, None)


STEPS = st.one_of(
	st.tuples(st.sampled_from(["crowd", "burst"]), st.sampled_from(Priority)),
	st.tuples(st.just("land")),
	st.tuples(st.just("refuse"), st.integers(0, 90)),
	st.tuples(st.just("sleep"), st.floats(0, 40)),
)
"""What may happen next. A call that never lands is one whose process was killed."""


@settings(deadline=None, max_examples=60)
@given(st.lists(STEPS, max_size=30))
@example([("burst", Priority.PERSON)] * 2)
@example([("crowd", Priority.WEBHOOK)] * 2)
def test_whatever_they_do_xeros_limits_hold(steps: list[tuple[Any, ...]]) -> None:
	workers = Workers()
	for step, *arguments in steps:
		if step == "sleep":
			workers.clock.sleep(*arguments)
		else:
			getattr(workers, step)(*arguments)
	workers.clock.sleep(91 + LONGEST_CALL.total_seconds())
	assert workers.go(Priority.PERSON), "nothing waits for ever"


def test_claims_at_the_same_time_are_all_counted(tmp_path: Path) -> None:
	clock, path = ManualClock(START), tmp_path / "store.sqlite"
	SQLiteStore(path).close()
	start = threading.Barrier(4)

	def work() -> None:
		store = SQLiteStore(path)
		start.wait(timeout=30)
		for _ in range(10):
			with budget_on(store, clock).call():
				pass
		store.close()

	workers = [threading.Thread(target=work) for _ in range(4)]
	for worker in workers:
		worker.start()
	for worker in workers:
		worker.join(timeout=60)
	assert len(StoreLedger(SQLiteStore(path), TENANT).look()[0].recent) == 40


def test_what_another_wrote_meanwhile_is_not_written_over(
	clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
	store = SQLiteStore()
	with budget_on(store, clock).call():
		pass
	old, find = store.find(DOCTYPE), SQLiteStore.find
	with budget_on(store, clock).call():
		pass
	stale = [old]
	monkeypatch.setattr(
		SQLiteStore,
		"find",
		lambda store, *arguments, **options: stale.pop() if stale else find(store, *arguments, **options),
	)
	with budget_on(store, clock).call():
		pass
	assert len(StoreLedger(store, TENANT).look()[0].recent) == 3


def test_what_is_kept_reads_as_it_was_written() -> None:
	store = SQLiteStore()
	written = Usage(
		recent=(START, START + timedelta(microseconds=1)),
		in_flight={"call-1": START + LONGEST_CALL},
		asked=Hold(START + timedelta(hours=1), "day", START),
		day=DayLeft(0, START),
		limit=DayLeft(5000, START),
	)
	StoreLedger(store, TENANT).change(lambda usage: written)
	assert StoreLedger(store, TENANT).look() == (written, "")
	StoreLedger(store, TENANT).change(lambda usage: Usage())
	assert StoreLedger(store, TENANT).look() == (Usage(), "")


# engines


def ask_for(world: World, priority: int, count: int) -> None:
	"""Customers to send, each in a call of its own."""
	for at in range(count):
		name = f"Firm {at}"
		world.store.insert(customer(name, email_id=f"firm{at}@wind.example"))
		outbox.enqueue(world.store, world.clock, world.tenant, "Customer", name, priority=priority)


def test_retry_after_holds_for_every_worker(world: World) -> None:
	world.simulator.limits = Limits(day=world.api.calls)
	assert "day limit" in world.engine.pull().stopped
	calls = len(world.wire.sent)
	world.clock.sleep(23 * 3600)
	for run in ("push", "pull", "fetch_webhook_events", "refresh_reference"):
		report = getattr(world.engine_again(), run)()
		assert report.stopped == "Xero asked to wait until 2026-11-23T09:00:00.000000Z.", run
	assert len(world.wire.sent) == calls
	world.clock.sleep(3600)
	assert world.engine_again().refresh_reference().stopped == ""


def test_the_days_limit_costs_no_row_an_attempt(world: World) -> None:
	world.simulator.limits = Limits(day=world.api.calls + 1)
	ask_for(world, outbox.PERSON_WAITS, 1)
	assert "day limit" in world.engine.push().stopped
	row = world.outbox("Customer", "Firm 0")
	assert (row["status"], row["attempts"]) == ("Queued", 0)
	world.simulator.limits = Limits()
	world.clock.sleep(24 * 3600)
	assert world.engine.push().sent == 1


@pytest.mark.parametrize(
	("priority", "seconds"),
	[
		(outbox.USUAL, [46, 50, 34]),  # four of the first minute went before, ten are left to others
		(outbox.PERSON_WAITS, [56, 60, 14]),
	],
)
def test_a_push_of_130_calls_takes_as_long_as_xero_asks(
	world: World, monkeypatch: pytest.MonkeyPatch, priority: int, seconds: list[int]
) -> None:
	monkeypatch.setattr(batches, "MAX_ELEMENTS", 1)
	ask_for(world, priority, 130)
	report = world.engine.push()
	assert (report.sent, report.calls, report.stopped) == (130, 131, "")
	calls = [call.time for call in world.simulator.calls if call.method == "PUT"]
	assert [calls.count(START + timedelta(minutes=at)) for at in range(3)] == seconds
	assert {call.status for call in world.simulator.calls} == {200}


def test_a_day_that_is_nearly_over_stops_polls_and_no_person(world: World) -> None:
	world.engine.pull()
	world.simulator.limits = Limits(day=90)
	assert world.engine.pull().calls == 1, "the first answer says so"
	report = world.engine.pull()
	assert "kept for more urgent work, until 2026-11-22T10:00:00" in report.stopped
	assert report.calls == 0
	world.save(customer(), order())
	report = world.engine.push()
	assert (report.sent, report.stopped) == (2, "")
	world.simulator.limits = Limits(day=35)
	world.save(customer(website="https://example.com"))
	assert "limit" not in world.engine.push().stopped


def test_only_a_person_gets_the_last_calls(world: World) -> None:
	world.simulator.limits = Limits(day=30)
	world.engine.refresh_reference()
	ask_for(world, outbox.USUAL, 1)
	assert "more urgent" in world.engine.push().stopped
	row = world.outbox("Customer", "Firm 0")
	world.store.update("Xero Outbox", row["name"], {"priority": outbox.PERSON_WAITS})
	assert world.engine.push().sent == 1


def test_a_first_reading_leaves_most_of_the_day(world: World) -> None:
	world.simulator.limits = Limits(day=250)
	world.engine.refresh_reference()
	assert "more urgent" in world.engine.pull().stopped
	world.save(customer())
	assert world.engine.push().sent == 1, "a push that needs it first reads on"
	world.simulator.limits = Limits()
	world.clock.sleep(3600)
	assert world.engine.pull().stopped == ""
	world.simulator.limits = Limits(day=250)
	assert world.engine.pull().stopped == ""
	assert world.engine.pull().stopped == "", "a poll may go on for longer"


def test_a_call_leaves_nothing_in_flight(world: World) -> None:
	world.engine.pull()
	usage = kept(world)
	assert usage.in_flight == {}
	assert len(usage.recent) == len(world.simulator.calls)
	assert usage.day and usage.day.calls == 5000 - len(world.simulator.calls)


def test_every_engine_on_a_store_has_the_same_budget(world: World) -> None:
	other, made = Engine(world.store, world.api, world.tenant, world.clock), world.api.calls
	for at in range(60 - made):
		engine = (world.engine, other.on(world.store))[at % 2]
		engine.context.api.get("Organisation")
	assert world.clock.now() == START
	world.api.get("Organisation")
	assert world.clock.now() == START + timedelta(minutes=1)
