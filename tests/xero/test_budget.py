"""No call more than Xero allows, none before it said, and room for whoever waits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import World
from tests.xero.wire import START, Recorded, answer, api_on
from xero_connector.clock import ManualClock
from xero_connector.xero import Budget, Priority, RateLimited
from xero_connector.xero.budget import MemoryLedger
from xero_connector.xero.client import TIMEOUT
from xero_connector.xero.usage import DAY, KEPT, LONGEST_CALL, PER_MINUTE, Usage

LOWER_FIRST = sorted(Priority, reverse=True)


def call(
	budget: Budget, priority: Priority = Priority.PERSON, status: int = 200, **headers: str | int
) -> float:
	"""Make a call that is answered so; tells at which second it went out."""
	with budget.call(priority) as flight:
		flight.answered(status, {name.replace("_", "-"): str(value) for name, value in headers.items()})
		return (budget.clock.now() - START).total_seconds()


def day_left(budget: Budget, left: int) -> None:
	"""Let Xero say how many calls of the day are left."""
	call(budget, X_DayLimit_Remaining=left)


def left_of_day(budget: Budget) -> int | None:
	day = budget.ledger.change(lambda usage: usage).day
	return day and day.calls


# the minute


def test_sixty_a_minute_in_a_sliding_window(clock: ManualClock) -> None:
	budget = Budget(clock)
	assert {call(budget) for _ in range(30)} == {0}
	clock.sleep(40)
	assert {call(budget) for _ in range(30)} == {40}
	assert call(budget) == 60, "waits for the first thirty to leave the window"
	assert {call(budget) for _ in range(29)} == {60}
	assert call(budget) == 100, "not two windows back to back"
	assert budget.calls == 91


@settings(deadline=None, max_examples=30)
@given(st.lists(st.floats(0, 3), min_size=61, max_size=150))
def test_no_window_of_a_minute_holds_more(pauses: list[float]) -> None:
	budget = Budget(ManualClock(START))
	at = []
	for pause in pauses:
		budget.clock.sleep(pause)
		at.append(call(budget))
	for first, over in zip(at, at[PER_MINUTE:], strict=False):
		assert over - first >= 60 - 1e-5


def test_a_call_that_fails_counts(clock: ManualClock) -> None:
	budget = Budget(clock)
	for _ in range(60):
		with pytest.raises(OSError, match="gone"), budget.call():
			raise OSError("gone")
	assert call(budget) == 60


def test_calls_of_others_count_where_xero_says_so(clock: ManualClock) -> None:
	budget = Budget(clock)
	call(budget, X_MinLimit_Remaining=2)  # one of ours, and 57 that somebody else made
	assert [call(budget, X_MinLimit_Remaining=left) for left in (1, 0)] == [0, 0]
	assert call(budget) == 60


def test_xero_knows_no_better_of_our_own_calls(clock: ManualClock) -> None:
	budget = Budget(clock)
	assert {call(budget, X_MinLimit_Remaining=60) for _ in range(60)} == {0}
	assert call(budget, X_MinLimit_Remaining="many") == 60


# Retry-After


def test_nothing_goes_out_before_retry_after(clock: ManualClock) -> None:
	budget = Budget(clock)
	call(budget, status=429, X_Rate_Limit_Problem="minute", X_MinLimit_Remaining=0, Retry_After=30)
	clock.sleep(12)
	assert call(budget) == 30
	assert call(budget) == 30


def test_without_a_word_how_long_it_is_five_seconds(clock: ManualClock) -> None:
	budget = Budget(clock)
	call(budget, status=429, X_Rate_Limit_Problem="concurrent")
	assert call(budget) == 5


@pytest.mark.parametrize(("said", "kept"), [("", "minute"), ("x" * 300, "x" * 40), ("Day", "day")])
def test_a_strange_word_for_the_limit_can_be_kept(clock: ManualClock, said: str, kept: str) -> None:
	budget = Budget(clock)
	call(budget, status=429, X_Rate_Limit_Problem=said, Retry_After=30)
	bar = budget.bar(Priority.PERSON)
	assert bar and bar.problem == kept


def test_a_shorter_wait_does_not_end_a_longer_one(clock: ManualClock) -> None:
	budget = Budget(clock)
	with budget.call() as second, budget.call() as first:
		first.answered(429, {"X-Rate-Limit-Problem": "day", "Retry-After": "3600"})
		second.answered(429, {"X-Rate-Limit-Problem": "minute", "Retry-After": "5"})
	clock.sleep(60)
	with pytest.raises(RateLimited) as caught:
		call(budget)
	assert (caught.value.problem, caught.value.retry_after) == ("day", 3540)


def test_a_long_wait_is_raised_and_not_slept(clock: ManualClock) -> None:
	budget = Budget(clock)
	call(budget, status=429, X_Rate_Limit_Problem="day", Retry_After=64800)
	clock.sleep(800)
	with pytest.raises(RateLimited) as caught:
		call(budget)
	assert (caught.value.problem, caught.value.retry_after) == ("day", 64000)
	assert str(caught.value) == "Xero asked to wait 64000 seconds (day limit)."
	assert clock.now() == START + timedelta(seconds=800)
	assert budget.calls == 1, "a call held back is not counted"
	clock.sleep(64000)
	assert call(budget) == 64800


@pytest.mark.parametrize(("seconds", "slept"), [(65, True), (66, False)])
def test_the_longest_wait_that_is_slept(clock: ManualClock, seconds: int, slept: bool) -> None:
	budget = Budget(clock)
	call(budget, status=429, Retry_After=seconds)
	if slept:
		assert call(budget) == seconds
	else:
		with pytest.raises(RateLimited):
			call(budget)


def test_no_wait_is_longer_than_a_day(clock: ManualClock) -> None:
	budget = Budget(clock)
	call(budget, status=429, Retry_After=999999999)
	bar = budget.bar(Priority.PERSON)
	assert bar and bar.until == START + timedelta(days=1)


def test_a_clock_that_is_set_back_makes_no_wait_longer(clock: ManualClock) -> None:
	budget = Budget(clock)
	for _ in range(60):
		call(budget)
	clock.sleep(-7200)
	assert call(budget) == -7200 + 60
	call(budget, status=429, X_Rate_Limit_Problem="day", Retry_After=3600)
	clock.sleep(-7200)
	assert call(budget) == -2 * 7200 + 60, "Xero will say it again"
	day_left(budget, 0)
	clock.sleep(-7200)
	bar = budget.bar(Priority.POLL)
	assert bar and bar.until == clock.now() + timedelta(hours=1)


def test_a_clock_that_is_set_back_keeps_no_call_in_flight(clock: ManualClock) -> None:
	budget = Budget(clock)
	killed = [budget.call() for _ in range(5)]
	for each in killed:
		each.__enter__()
	clock.sleep(-7200)
	with pytest.raises(RateLimited):
		call(budget)
	assert call(budget) == -7200 + LONGEST_CALL.total_seconds()


# in flight


def test_five_in_flight(clock: ManualClock) -> None:
	budget = Budget(clock)
	with ExitStack() as flying:
		for _ in range(5):
			flying.enter_context(budget.call())
		with pytest.raises(RateLimited) as caught:
			call(budget)
	assert caught.value.problem == "concurrent"
	assert call(budget) == 65, "the others have ended"


def test_a_call_whose_process_was_killed_is_in_flight_no_longer_than_a_call_may_last(
	clock: ManualClock,
) -> None:
	assert LONGEST_CALL.total_seconds() == sum(TIMEOUT)
	budget = Budget(clock)
	killed = [budget.call() for _ in range(5)]
	for each in killed:
		each.__enter__()
	clock.sleep(30)
	assert call(budget) == LONGEST_CALL.total_seconds()


# priorities


def test_each_leaves_room_in_the_minute_for_those_before_it(clock: ManualClock) -> None:
	budget = Budget(clock)
	for priority in LOWER_FIRST:
		at = [call(budget, priority) for _ in range(PER_MINUTE - KEPT[priority].minute - budget.calls)]
		assert set(at) == {0}, priority
	assert budget.calls == PER_MINUTE
	assert call(budget, Priority.IMPORT) == 60


def test_each_leaves_room_in_flight_for_those_before_it(clock: ManualClock) -> None:
	for priority in Priority:
		budget = Budget(clock)
		with ExitStack() as flying:
			for _ in range(5 - KEPT[priority].in_flight):
				flying.enter_context(budget.call(priority))
			with pytest.raises(RateLimited):
				call(budget, priority)


@pytest.mark.parametrize("priority", [each for each in Priority if KEPT[each].day])
def test_each_leaves_calls_of_the_day_for_those_before_it(clock: ManualClock, priority: Priority) -> None:
	budget = Budget(clock)
	day_left(budget, KEPT[priority].day + 1)
	call(budget, priority)
	with pytest.raises(RateLimited, match="kept for more urgent work") as caught:
		call(budget, priority)
	assert (caught.value.problem, caught.value.retry_after) == ("reserve", 3600)
	for before in Priority:
		if before < priority:
			call(budget, before)


def test_a_person_gets_the_last_call_of_the_day(clock: ManualClock) -> None:
	budget = Budget(clock)
	day_left(budget, 0)
	assert call(budget) == 0, "what to wait for then, Xero says"


def test_every_priority_keeps_at_least_what_the_one_before_it_keeps() -> None:
	for before, after in zip(Priority, list(Priority)[1:], strict=False):
		assert KEPT[before].minute <= KEPT[after].minute
		assert KEPT[before].in_flight <= KEPT[after].in_flight
		assert KEPT[before].day < KEPT[after].day


def test_after_an_hour_one_call_may_ask_what_is_left(clock: ManualClock) -> None:
	budget = Budget(clock)
	day_left(budget, 0)
	clock.sleep(3500)
	with pytest.raises(RateLimited):
		call(budget, Priority.POLL)
	clock.sleep(100)
	with budget.call(Priority.POLL) as asks:
		with pytest.raises(RateLimited):
			call(budget, Priority.POLL)
		asks.answered(200, {"X-DayLimit-Remaining": "900"})
	assert call(budget, Priority.POLL) == 3600


# the day


@pytest.mark.parametrize(
	("headers", "left"),
	[
		({"X_DayLimit_Remaining": "4987"}, 4987),
		({"X_DayLimit_Remaining": "0"}, 0),
		({}, None),
		({"X_DayLimit_Remaining": "many"}, None),
	],
)
def test_what_is_left_of_the_day(clock: ManualClock, headers: Mapping[str, str], left: int | None) -> None:
	budget = Budget(clock)
	call(budget, **headers)
	assert left_of_day(budget) == left


def test_an_answer_that_does_not_say_keeps_what_is_known_less_its_own_call(clock: ManualClock) -> None:
	budget = Budget(clock)
	day_left(budget, 12)
	call(budget)
	assert left_of_day(budget) == 11


def test_the_plan_is_the_smallest_that_fits_what_was_left_of_late(clock: ManualClock) -> None:
	budget = Budget(clock)

	def limit() -> int | None:
		known = budget.ledger.change(lambda usage: usage).limit
		return known and known.calls

	call(budget)
	assert limit() is None
	day_left(budget, 990)
	assert limit() == 1000
	day_left(budget, 4200)
	assert limit() == 5000
	day_left(budget, 12)
	assert limit() == 5000, "a day that is nearly over is no smaller plan"
	clock.sleep(2 * DAY.total_seconds())
	day_left(budget, 900)
	assert limit() == 1000, "nothing has proven the larger plan for two days"
	day_left(budget, 7000)
	assert limit() == 7000, "a plan that nobody knows yet"


def test_calls_in_flight_are_taken_off_what_xero_says(clock: ManualClock) -> None:
	budget = Budget(clock)
	day_left(budget, 100)
	with budget.call(), budget.call():
		day_left(budget, 99)
		assert left_of_day(budget) == 97, "it may not have counted those two yet"


# through the client


def test_the_client_waits_out_a_429(clock: ManualClock) -> None:
	wire = Recorded(
		answer(429, b"", "text/plain", Retry_After="7", X_Rate_Limit_Problem="minute"),
		answer(200, b"{}", X_DayLimit_Remaining="41"),
	)
	api = api_on(wire, clock)
	with pytest.raises(RateLimited) as caught:
		api.get("Invoices")
	assert str(caught.value) == "Xero's minute limit is reached; it asked to wait 7 seconds."
	assert clock.now() == START
	api.get("Invoices")
	assert clock.now() == START + timedelta(seconds=7)
	assert left_of_day(api.budget) == 41
	assert api.calls == 2


def test_the_client_sends_nothing_while_the_day_is_over(clock: ManualClock) -> None:
	wire = Recorded(answer(429, b"", "text/plain", Retry_After="3600", X_Rate_Limit_Problem="day"))
	api = api_on(wire, clock)
	for _ in range(2):
		with pytest.raises(RateLimited) as caught:
			api.send("PUT", "Invoices", b"{}", key="key-1")
		assert caught.value.retry_after == 3600
	assert len(wire.sent) == 1


def test_the_same_client_at_another_priority_has_the_same_budget(clock: ManualClock) -> None:
	api = api_on(Recorded(*[answer(200, b"{}", X_DayLimit_Remaining="50")] * 2), clock)
	api.get("Invoices")
	polls = api.at(Priority.POLL)
	with pytest.raises(RateLimited, match="more urgent"):
		polls.get("Invoices")
	api.get("Invoices")
	assert (api.calls, polls.calls) == (2, 2)


def test_the_simulator_never_has_to_say_no(world: World) -> None:
	for _ in range(125):
		world.api.get("Organisation")
	assert {seen.status for seen in world.simulator.calls} == {200}
	assert world.clock.now() - START >= timedelta(seconds=120)


def test_a_process_that_stalls_before_it_reads_the_ledger_forgets_nothing() -> None:
	clock, shared = ManualClock(START), MemoryLedger()

	class Stalling:
		def change(self, step: Callable[[Usage], Usage]) -> Usage:
			clock.sleep(67)
			with Budget(clock, shared).call() as flight:
				flight.answered(429, {"Retry-After": "25200", "X-Rate-Limit-Problem": "day"})
			clock.sleep(300)
			self.change = shared.change  # type: ignore[method-assign]
			return shared.change(step)

	stalled = Budget(clock, Stalling())
	with pytest.raises(RateLimited), stalled.call():
		pass
	hold = Budget(clock, shared).bar(Priority.PERSON)
	assert hold is not None
	assert hold.problem == "day"
