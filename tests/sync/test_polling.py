"""Polls become rare as the day's calls run out, and never take what work needs."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.conftest import START, World
from xero_connector.simulator import Limits
from xero_connector.sync import polling
from xero_connector.sync.polling import FASTEST, SLOWEST, interval
from xero_connector.sync.pull import CYCLE


@pytest.mark.parametrize(
	("left", "minutes"),
	[
		(5000, 2),
		(1000, 8.533),
		(None, 8.533),
		(700, 12.8),
		(400, 25.6),
		(250, 51.2),
		(200, 60),
		(100, 60),
		(0, 60),
	],
)
def test_the_fewer_calls_are_left_the_longer_it_takes(left: int | None, minutes: float) -> None:
	assert interval(left, calls=4) / timedelta(minutes=1) == pytest.approx(minutes, abs=0.001)


def test_what_costs_more_is_done_more_rarely() -> None:
	assert interval(1000, calls=8) == 2 * interval(1000, calls=4)
	assert interval(10**6) == FASTEST


def test_the_first_poll_is_due_at_once_and_the_next_an_interval_later(world: World) -> None:
	assert polling.due(world.store, world.clock) == [world.tenant]
	world.engine.pull()
	assert polling.due(world.store, world.clock) == []
	wait = interval(5000 - world.api.calls).total_seconds()
	world.clock.sleep(wait - 1)
	assert polling.due(world.store, world.clock) == []
	world.clock.sleep(2)
	assert polling.due(world.store, world.clock) == [world.tenant]


def test_a_free_plan_is_polled_more_rarely(world: World) -> None:
	world.simulator.limits = Limits(day=1000)
	world.engine.pull()
	world.clock.sleep(12 * 60)
	assert polling.due(world.store, world.clock) == []
	world.clock.sleep(120)
	assert polling.due(world.store, world.clock) == [world.tenant]


def test_a_poll_that_was_asked_for_counts(world: World) -> None:
	world.engine.pull()
	world.clock.sleep(100)
	world.engine.cycle()
	world.clock.sleep(100)
	assert polling.due(world.store, world.clock) == []


def test_nothing_is_due_while_xero_asked_to_wait_or_nobody_syncs(world: World) -> None:
	world.set(enabled=0)
	assert polling.due(world.store, world.clock) == []
	world.set(enabled=1)
	world.simulator.limits = Limits(day=world.api.calls)
	world.engine.pull()
	world.clock.sleep(SLOWEST.total_seconds())
	assert polling.due(world.store, world.clock) == []


def test_a_clock_that_was_set_back_puts_no_poll_off(world: World) -> None:
	world.engine.pull()
	world.clock.sleep(-3600)
	assert polling.due(world.store, world.clock) == [world.tenant]


def test_below_the_reserve_one_call_an_hour_asks(world: World) -> None:
	world.engine.pull()
	world.simulator.limits = Limits(day=80)
	world.clock.sleep(180)
	calls = [sweep(world) for _ in range(181)]
	assert sum(calls) == 4
	assert [calls.index(1, after) for after in (0, 1, 61, 121)] == [0, 60, 120, 180]
	world.simulator.limits = Limits()
	world.clock.sleep(3600)
	assert sweep(world) == len(CYCLE), "and finds the day's calls come back"


def test_polls_alone_use_less_than_half_of_a_free_plan(world: World) -> None:
	world.simulator.limits = Limits(day=1000)
	for _ in range(48 * 60):
		sweep(world)
	second = [call for call in world.simulator.calls if call.time >= START + timedelta(days=1)]
	assert 300 < len(second) < 450
	hours = {(call.time - START) // timedelta(hours=1) for call in second}
	assert len(hours) == 24, "in every hour"


def sweep(world: World) -> int:
	"""What happens every minute; returns how many calls it cost."""
	calls = sum(world.engine_again().pull().calls for _ in polling.due(world.store, world.clock))
	world.clock.sleep(60)
	return calls
