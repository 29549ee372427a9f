"""The fault simulation: it repeats itself exactly, keeps what it finds short, and says how it went."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from xero_connector.chaos.broken import without
from xero_connector.chaos.plan import draw
from xero_connector.chaos.run import run
from xero_connector.chaos.simulate import shortest, simulate
from xero_connector.cli import main

TRACES = """
from xero_connector.chaos.plan import draw
from xero_connector.chaos.run import run
for seed in range(5):
	print("\\n".join(run(draw(seed)).trace))
"""


def trace(hash_seed: str) -> bytes:
	environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
	return subprocess.run(
		[sys.executable, "-c", TRACES], check=True, capture_output=True, env=environment
	).stdout


def test_the_same_seed_gives_the_same_trace_byte_for_byte_in_any_process() -> None:
	first = trace("1")
	assert first == trace("2")
	assert len(first.splitlines()) > 5 * 60


def test_a_handful_of_seeds_keeps_every_promise() -> None:
	summary = simulate(range(12))
	assert [(outcome.seed, outcome.violations) for outcome in summary.outcomes] == []
	assert summary.seeds == 12
	assert summary.crashes and summary.faults


def test_taking_an_event_out_leaves_the_others_as_they_are() -> None:
	plan = draw(3)
	assert plan.events[5] == draw(3, steps=30).events[5]
	assert len({event.seed for event in plan.events}) == len(plan.events)


def test_a_failing_seed_is_cut_down_to_what_it_takes() -> None:
	with without("webhook-once"):
		outcome = next(outcome for outcome in map(run, map(draw, range(20))) if outcome.violations)
	short = shortest(outcome, broken="webhook-once")
	assert short.violations[0][0] == outcome.violations[0][0] == "a webhook is kept once"
	assert short.steps <= 3


def test_the_command_prints_one_object_and_answers_0_only_without_violations(
	capsys: pytest.CaptureFixture[str],
) -> None:
	assert main(["simulate", "--seeds", "1", "--seed", "1", "--json"]) == 0
	told = json.loads(capsys.readouterr().out)
	assert list(told) == ["seeds", "steps", "faults", "crashes", "violations", "seconds"]
	assert (told["seeds"], told["steps"], told["violations"]) == (1, 60, [])
	assert main(["simulate", "--seeds", "1", "--break", "echo-stop", "--json"]) == 1
	told = json.loads(capsys.readouterr().out)
	assert told["violations"][0]["seed"] == 0
	assert told["violations"][0]["promise"] == "a cycle at rest writes nothing"


def test_a_failing_seed_is_told_with_its_trace_and_how_to_repeat_it(
	capsys: pytest.CaptureFixture[str],
) -> None:
	assert main(["simulate", "--seeds", "1", "--break", "echo-stop"]) == 1
	told = capsys.readouterr().out
	assert "seed 0, its shortest known trace:" in told
	assert "BROKEN a cycle at rest writes nothing" in told
	assert "again: xero-connector simulate --seeds 1 --seed 0 --steps 60 --break echo-stop" in told


def test_the_makefile_runs_it() -> None:
	makefile = (Path(__file__).parents[2] / "Makefile").read_text()
	assert "simulate:" in makefile and "soak:" in makefile
