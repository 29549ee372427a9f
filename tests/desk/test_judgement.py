"""What needs a person, worst first, and nothing twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from xero_connector.desk.judgement import BLUE, LEVELS, RED, SCHEDULER, SILENT, Facts, all_is_well, judge

HOUR = timedelta(hours=1)
WELL = Facts(
	login_left=timedelta(days=50),
	oldest_queued=timedelta(minutes=2),
	queued=3,
	calls_left=900,
	last_read=HOUR,
	webhook="ok",
)


def keys(**values: object) -> list[str]:
	return [need.key for need in judge(replace(WELL, **values))]


def test_all_is_well() -> None:
	assert judge(WELL) == []
	assert judge(Facts()) == []
	assert all_is_well([])


@pytest.mark.parametrize(
	("values", "key"),
	[
		({"queue_up": False, "workers": False}, "queue-down"),
		({"workers": False}, "workers-off"),
		*(({"scheduler": why}, why) for why in SCHEDULER),
		({"status": "Reconnect Needed"}, "reconnect"),
		({"status": "Disconnected"}, "disconnected"),
		({"status": "Not Confirmed", "enabled": False, "live": False}, "not-confirmed"),
		({"enabled": False}, "switched-off"),
		({"live": False}, "not-live"),
		({"paused_push": True}, "paused-push"),
		({"paused_pull": True}, "paused-pull"),
		({"login_left": timedelta(days=13)}, "login-ends"),
		({"held": 1}, "held"),
		({"matches": 1}, "matches"),
		({"conflicts": 1}, "conflicts"),
		({"entries_held": 1}, "entries-held"),
		({"not_applied": 1}, "not-applied"),
		({"import_failed": True}, "import-failed"),
		({"calls_left": 100}, "few-calls"),
		({"oldest_queued": HOUR}, "slow"),
		({"oldest_uncertain": HOUR, "uncertain": 1}, "uncertain"),
		({"stuck": 1}, "stuck"),
		({"last_read": 4 * HOUR}, "reading-late"),
		({"webhook": SILENT}, "webhook-silent"),
		({"sales_account": False}, "no-sales-account"),
		({"message": "Xero cannot be reached."}, "last-run"),
	],
)
def test_each_thing_that_is_wrong_is_one_need(values: dict[str, object], key: str) -> None:
	assert keys(**values) == [key]


def test_the_worst_comes_first() -> None:
	found = judge(replace(WELL, held=4, matches=2, paused_pull=True, workers=False, live=False))
	assert [need.key for need in found] == ["workers-off", "held", "paused-pull", "matches", "not-live"]
	levels = [LEVELS.index(need.level) for need in found]
	assert levels == sorted(levels)
	assert found[1].count == 4


def test_what_is_good_to_know_is_nothing_wrong() -> None:
	(need,) = judge(replace(WELL, live=False))
	assert need.level == BLUE
	assert all_is_well([need])
	assert not all_is_well(judge(replace(WELL, held=1)))


def test_what_follows_from_something_worse_is_not_said() -> None:
	late = {
		"oldest_queued": HOUR,
		"stuck": 1,
		"last_read": 4 * HOUR,
		"oldest_uncertain": HOUR,
		"webhook": SILENT,
	}
	for values, key in (
		({"workers": False}, "workers-off"),
		({"queue_up": False}, "queue-down"),
		({"scheduler": "scheduler-off"}, "scheduler-off"),
		({"status": "Reconnect Needed", "message": "Gone."}, "reconnect"),
		({"status": "Disconnected"}, "disconnected"),
		({"enabled": False, "paused_push": True, "sales_account": False}, "switched-off"),
	):
		assert keys(**late, **values) == [key]
	assert keys(**late, paused_push=True, message="Sending is paused.") == [
		"paused-push",
		"reading-late",
		"webhook-silent",
	]
	assert keys(**late, paused_pull=True) == ["paused-pull", "slow", "uncertain", "stuck"]
	assert keys(oldest_queued=HOUR, calls_left=0, message="Kept for more urgent work.") == ["few-calls"]


def test_what_waits_for_a_person_does_so_whatever_else_is_wrong() -> None:
	found = judge(replace(WELL, status="Disconnected", held=1, conflicts=1))
	assert [need.key for need in found] == ["held", "disconnected", "conflicts"]
	assert found[0].level == RED


def test_what_is_just_in_time_is_not_late() -> None:
	assert keys(oldest_queued=timedelta(minutes=30), last_read=3 * HOUR, login_left=timedelta(days=14)) == []
	assert keys(calls_left=101) == []
