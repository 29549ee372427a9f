"""Runs the cases: each is prepared once, and each way of doing it gets a process and a copy of its own."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from xero_connector.benchmark import books, history, payments, push
from xero_connector.benchmark.meter import Cost
from xero_connector.benchmark.results import Compared, Grown, Line, Results, Target
from xero_connector.benchmark.world import MEASURED, World

Way = Callable[[World, int, Path], Cost]
"""One way of doing a case: on this world, so many records; the last is the store that the engine left."""

IMPORTED = 50
"""Invoices of the import, for each record of the other cases."""

TURNS = 3

NAMES = ("push", "pull_payments", "idle_1k", "idle_100k", "import")
"""The cases that are shown; books of the size between are only for the growth."""

SIZES = (1, 10, 100)
"""Links in the books that grow, for each record of the other cases."""


@dataclass(frozen=True)
class Case:
	"""Something that is measured. ``size`` is what it is prepared with, ``records`` how many it moves or
	keeps; ``spared`` are calls of it that have nothing to do with those. What is over in a second or two
	is measured in several ``turns``.
	"""

	name: str
	size: int
	records: int
	floor: int
	prepare: Callable[[Path, int], None]
	ways: Mapping[str, Way]
	target: Target
	spared: int = 0
	turns: int = 1


def cases(records: int) -> list[Case]:
	"""The cases for this many records, with their targets."""
	imported, floor = IMPORTED * records, push.floor(records)
	return [
		Case(
			"push",
			records,
			2 * records,
			floor,
			push.prepare,
			{"engine": push.engine, "bare": push.bare, "usual": push.usual},
			Target(calls=floor + push.LOOKUPS),
			turns=TURNS,
		),
		Case(
			"pull_payments",
			records,
			records,
			payments.floor(records),
			payments.prepare,
			{"engine": payments.engine, "bare": payments.bare, "usual": payments.usual},
			Target(calls=payments.floor(records) + 1),
			spared=payments.idle_calls(),
			turns=TURNS,
		),
		_books("idle_1k", SIZES[0] * records),
		_books("idle_10k", SIZES[1] * records),
		_books("idle_100k", SIZES[2] * records),
		Case(
			"import",
			imported,
			imported,
			history.floor(imported),
			history.prepare,
			{"engine": history.engine, "bare": history.bare},
			Target(mb=64),
		),
	]


def _books(name: str, links: int) -> Case:
	floor = books.idle_floor()
	ways = {"engine": books.idle, "bare": books.bare, "changed": books.changed}
	return Case(name, links, links, floor, books.prepare, ways, Target(calls=floor))


def run(records: int, tell: Callable[[str], None] = lambda what: None) -> Results:
	"""Measure everything; ``tell`` hears what is being done."""
	results = Results()
	for case in cases(records):
		tell(case.name)
		costs = _measure(case)
		own, changed = costs["engine"], costs.pop("changed", None)
		if changed:
			grown = Grown(case.size, books.changes(case.size), changed.calls, changed.cpu, own.calls, own.cpu)
			results.growth.append(grown)
		if case.name not in NAMES:
			continue
		results.cases.append(_line(case, own, costs["bare"]))
		results.targets.append(case.target)
		results.compared += [Compared.of(case.name, way, costs[way], own) for way in costs if way != "engine"]
		results.import_mb = list(own.peaks_mb)  # the import is the last
	return results


def _line(case: Case, own: Cost, bare: Cost) -> Line:
	calls = own.calls - case.spared
	return Line(
		case=case.name,
		records=case.records,
		calls=calls,
		floor=case.floor,
		ratio=calls / case.floor,
		virtual_minutes=own.minutes,
		cpu_ms_per_record=None if case.name.startswith("idle") else 1000 * own.cpu / case.records,
		peak_mb=own.peak_mb,
		cpu_vs_bare=own.cpu / bare.cpu,
	)


def _measure(case: Case) -> dict[str, Cost]:
	"""The cost of each way, the engine's first; of several turns the middle one by processor time."""
	with TemporaryDirectory(prefix="xero-benchmark-") as name:
		folder = Path(name)
		prepared = folder / "prepared"
		prepared.mkdir()
		_apart(case.prepare, prepared, case.size)
		costs = {}
		for way, work in case.ways.items():
			taken = []
			for turn in range(1 if way == "usual" else case.turns):
				mine, done = folder / f"{way}-{turn}", folder / "engine-0" / "store.sqlite"
				shutil.copytree(prepared, mine)
				taken.append(_apart(_work, work, mine, case.size, done))
			costs[way] = sorted(taken, key=lambda cost: cost.cpu)[len(taken) // 2]
	return costs


def _work(way: Way, folder: Path, size: int, done: Path) -> Cost:
	return way(World(folder, MEASURED), size, done)


def _apart(work: Callable[..., Any], *arguments: Any) -> Any:
	"""Do it in a process of its own, which begins with nothing."""
	with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
		return pool.submit(work, *arguments).result()
