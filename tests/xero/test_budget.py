"""No call more than Xero allows, and none before it said."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import World
from tests.xero.wire import START, Recorded, answer, api_on
from xero_connector.clock import ManualClock
from xero_connector.xero import Budget, RateLimited


def call(budget: Budget) -> float:
	"""Make a call; answers at which second it went out."""
	with budget.call():
		return (budget.clock.now() - START).total_seconds()


def refuse(budget: Budget, **headers: str) -> RateLimited:
	return budget.refused({name.replace("_", "-"): value for name, value in headers.items()})


def test_sixty_a_minute_in_a_sliding_window(clock: ManualClock) -> None:
	budget = Budget(clock)
	assert {call(budget) for _ in range(30)} == {0}
	clock.sleep(40)
	assert {call(budget) for _ in range(30)} == {40}
	assert call(budget) == 60, "waits for the first thirty to leave the window"
	assert {call(budget) for _ in range(29)} == {60}
	assert call(budget) == 100, "not two windows back to back"
	assert budget.calls == 91


@settings(deadline=None)
@given(st.lists(st.floats(0, 30), min_size=1, max_size=60), st.integers(1, 6))
def test_no_window_of_a_minute_holds_more(pauses: list[float], per_minute: int) -> None:
	budget = Budget(ManualClock(START), per_minute=per_minute)
	at = []
	for pause in pauses:
		budget.clock.sleep(pause)
		at.append(call(budget))
	for first, over in zip(at, at[per_minute:], strict=False):
		assert over - first >= 60 - 1e-5


def test_waits_no_longer_than_needed(clock: ManualClock) -> None:
	budget = Budget(clock, per_minute=2)
	assert [call(budget) for _ in range(5)] == [0, 0, 60, 60, 120]


def test_nothing_goes_out_before_retry_after(clock: ManualClock) -> None:
	budget = Budget(clock)
	error = refuse(budget, X_Rate_Limit_Problem="minute", Retry_After="30")
	assert str(error) == "Xero's minute limit is reached; it asked to wait 30 seconds."
	clock.sleep(12)
	assert call(budget) == 30
	assert call(budget) == 30


def test_a_long_wait_is_raised_and_not_slept(clock: ManualClock) -> None:
	budget = Budget(clock)
	refuse(budget, X_Rate_Limit_Problem="day", Retry_After="64800")
	clock.sleep(800)
	with pytest.raises(RateLimited) as caught:
		call(budget)
	assert (caught.value.problem, caught.value.retry_after) == ("day", 64000)
	assert str(caught.value) == "Xero asked to wait 64000 seconds (day limit)."
	assert clock.now() == START + timedelta(seconds=800)
	assert budget.calls == 0, "a call held back is not counted"
	clock.sleep(64000)
	assert call(budget) == 64800


def test_the_longest_wait_is_still_slept(clock: ManualClock) -> None:
	budget = Budget(clock, longest_wait=20)
	refuse(budget, Retry_After="20")
	assert call(budget) == 20
	refuse(budget, Retry_After="21")
	with pytest.raises(RateLimited):
		call(budget)


@pytest.mark.parametrize(
	("headers", "left"),
	[
		({"X-DayLimit-Remaining": "4987"}, 4987),
		({"X-DayLimit-Remaining": "0"}, 0),
		({}, None),
		({"X-DayLimit-Remaining": "many"}, None),
	],
)
def test_what_is_left_of_the_day(clock: ManualClock, headers: Mapping[str, str], left: int | None) -> None:
	budget = Budget(clock)
	budget.note(headers)
	assert budget.day_remaining == left


def test_an_answer_that_does_not_say_keeps_what_is_known(clock: ManualClock) -> None:
	budget = Budget(clock)
	budget.note({"X-DayLimit-Remaining": "12"})
	budget.note({})
	assert budget.day_remaining == 12


def test_the_client_waits_out_a_429(clock: ManualClock) -> None:
	wire = Recorded(
		answer(429, b"", "text/plain", Retry_After="7", X_Rate_Limit_Problem="minute"),
		answer(200, b"{}", X_DayLimit_Remaining="41"),
	)
	api = api_on(wire, clock)
	with pytest.raises(RateLimited):
		api.get("Invoices")
	assert clock.now() == START
	api.get("Invoices")
	assert clock.now() == START + timedelta(seconds=7)
	assert api.budget.day_remaining == 41
	assert api.calls == 2


def test_the_client_sends_nothing_while_the_day_is_over(clock: ManualClock) -> None:
	wire = Recorded(answer(429, b"", "text/plain", Retry_After="3600", X_Rate_Limit_Problem="day"))
	api = api_on(wire, clock)
	for _ in range(2):
		with pytest.raises(RateLimited) as caught:
			api.send("PUT", "Invoices", b"{}", key="key-1")
		assert caught.value.retry_after == 3600
	assert len(wire.sent) == 1


def test_the_simulator_never_has_to_say_no(world: World) -> None:
	for _ in range(125):
		world.api.get("Organisation")
	assert {seen.status for seen in world.simulator.calls} == {200}
	assert world.clock.now() - START >= timedelta(seconds=120)


def test_a_call_that_fails_counts(clock: ManualClock) -> None:
	budget = Budget(clock, per_minute=1)
	with pytest.raises(OSError, match="gone"), budget.call():
		raise OSError("gone")
	assert call(budget) == 60
