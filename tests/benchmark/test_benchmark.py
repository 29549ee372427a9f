"""The benchmark measures what it says: calls are exact, and its figures agree with each other."""

from __future__ import annotations

from pathlib import Path

import pytest
import simplejson

from xero_connector import cli
from xero_connector.benchmark import push, run
from xero_connector.benchmark.results import MOST_CPU, Line, Target
from xero_connector.benchmark.world import MEASURED, World, order
from xero_connector.sync.pull import CYCLE

CASES = ["push", "pull_payments", "idle_1k", "idle_100k", "import"]
KEYS = {"case", "records", "calls", "floor", "ratio", "virtual_minutes", "cpu_ms_per_record", "peak_mb"}


def test_the_command_prints_its_figures_as_json(capsys: pytest.CaptureFixture[str]) -> None:
	assert cli.main(["benchmark", "--records", "20", "--json"]) == 0
	found = simplejson.loads(capsys.readouterr().out)
	lines = {line["case"]: line for line in found["cases"]}
	assert list(lines) == CASES
	assert all(set(line) == KEYS | {"cpu_vs_bare"} for line in lines.values())
	assert {case: line["records"] for case, line in lines.items()} == {
		"push": 40,
		"pull_payments": 20,
		"idle_1k": 20,
		"idle_100k": 2000,
		"import": 1000,
	}
	assert {case: line["calls"] for case, line in lines.items()} == {
		"push": 2 + push.LOOKUPS,
		"pull_payments": 2,
		"idle_1k": len(CYCLE),
		"idle_100k": len(CYCLE),
		"import": len(CYCLE),
	}
	for line in lines.values():
		assert line["ratio"] == pytest.approx(line["calls"] / line["floor"], abs=0.001)
		assert line["virtual_minutes"] > 0
		assert line["cpu_vs_bare"] > 0
		assert (line["cpu_ms_per_record"] is None) == line["case"].startswith("idle")
	_other_ways_agree(found, lines)


def _other_ways_agree(found: dict[str, list[dict[str, float]]], lines: dict[str, dict[str, float]]) -> None:
	compared = {(row["case"], row["way"]): row for row in found["compared"]}
	assert {case for case, way in compared if way == "bare"} == set(CASES)
	assert compared["push", "usual"]["calls"] == 3 * 20
	assert compared["push", "bare"]["calls"] == lines["push"]["floor"]
	assert compared["pull_payments", "usual"]["calls"] == 20
	for (case, way), row in compared.items():
		if way == "bare":
			assert row["cpu_ratio"] == pytest.approx(1 / lines[case]["cpu_vs_bare"], rel=0.01)
			assert row["own_cpu_ratio"] < row["cpu_ratio"]  # Xero's own time is in both, and levels them
	assert [row["links"] for row in found["growth"]] == [20, 200, 2000]
	assert {row["idle_calls"] for row in found["growth"]} == {len(CYCLE)}
	assert [row["changes"] for row in found["growth"]] == [20, 100, 100]
	assert {row["calls"] for row in found["growth"]} == {len(CYCLE) + 2}  # a look at the contacts, a batch
	assert len(found["import_mb"]) == lines["import"]["calls"]


def test_a_push_takes_full_batches_and_four_calls_more(tmp_path: Path) -> None:
	"""More customers and orders than are planned together, in an order that does not match: the rule of
	1,000 and 1,000 in 44 calls at a smaller size.
	"""
	push.prepare(tmp_path, 520)
	cost = push.engine(World(tmp_path, MEASURED), 520, tmp_path)
	assert (cost.calls, cost.logins) == (push.floor(520) + 4, 2)
	assert push.floor(1000) + push.LOOKUPS == 44


def test_a_run_that_did_not_go_through_gives_no_figures(tmp_path: Path) -> None:
	world = World.found(tmp_path)
	world.save({**order(0, of=0), "customer": "Nobody"})
	with pytest.raises(RuntimeError, match="did not go through"):
		push.engine(World(tmp_path, MEASURED), 1, tmp_path)


def test_a_target_that_is_missed_says_so() -> None:
	line = Line("push", 2000, 45, 40, 45 / 40, 0.4, 1.5, 20.0, 2.5)
	assert not line.meets(Target(calls=44))
	assert line.meets(Target(calls=45))
	assert not line.meets(Target(mb=19))
	assert not Line("push", 2000, 44, 40, 1.1, 0.4, 1.5, 20.0, MOST_CPU + 0.1).meets(Target(calls=44))
	assert str(Target(calls=44)) == "≤ 44 calls, 3 × bare"


def test_the_floors_at_full_size() -> None:
	assert [case.name for case in run.cases(1000) if case.name in run.NAMES] == CASES
	floors = {case.name: case.floor for case in run.cases(1000)}
	assert (floors["push"], floors["pull_payments"], floors["import"]) == (40, 2, 50 + len(CYCLE) - 1)


@pytest.mark.parametrize("count", ["1", "0", "-5", "many", "1.5"])
def test_a_number_of_records_that_makes_no_benchmark(count: str, capsys: pytest.CaptureFixture[str]) -> None:
	with pytest.raises(SystemExit):
		cli.main(["benchmark", "--records", count])
	assert "2 or more" in capsys.readouterr().err
