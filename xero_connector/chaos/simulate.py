"""Many seeds: each run by itself, in any number of processes, and told of together."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from typing import Any

import simplejson

from xero_connector.chaos.broken import without
from xero_connector.chaos.plan import STEPS, Event, Plan, draw
from xero_connector.chaos.run import Outcome, run

TRIES = 200
"""Runs that shortening one plan may take."""

AT_ONCE = 100
"""Seeds between two lines of progress of a soak."""


@dataclass
class Summary:
	"""What a number of seeds came to. ``outcomes`` are those that broke a promise, by seed."""

	seeds: int = 0
	steps: int = 0
	crashes: int = 0
	faults: Counter[str] = field(default_factory=Counter)
	outcomes: list[Outcome] = field(default_factory=list)
	seconds: float = 0.0

	def add(self, outcome: Outcome) -> None:
		"""Count one seed in."""
		self.seeds += 1
		self.steps += outcome.steps
		self.crashes += outcome.crashes
		self.faults += outcome.faults
		if outcome.violations:
			self.outcomes.append(outcome)

	def as_dict(self) -> dict[str, Any]:
		"""For ``--json``."""
		return {
			"seeds": self.seeds,
			"steps": self.steps,
			"faults": dict(sorted(self.faults.items())),
			"crashes": self.crashes,
			"violations": [
				{"seed": outcome.seed, "promise": promise, "detail": detail}
				for outcome in self.outcomes
				for promise, detail in outcome.violations
			],
			"seconds": round(self.seconds, 1),
		}


def simulate(seeds: Iterable[int], steps: int = STEPS, broken: str = "") -> Summary:
	"""Run these seeds, on all processors. ``broken`` names a safeguard to do without."""
	summary, began = Summary(), time.perf_counter()
	for outcome in _outcomes([(seed, steps, broken) for seed in seeds]):
		summary.add(outcome)
	summary.seconds = time.perf_counter() - began
	return summary


def _outcomes(tasks: Sequence[tuple[int, int, str]]) -> Iterator[Outcome]:
	"""The outcomes in the order of the seeds, however many processes work on them."""
	processes = min(os.cpu_count() or 1, len(tasks))
	if processes == 1:
		yield from map(_one, tasks)
		return
	with multiprocessing.get_context("spawn").Pool(processes) as pool:
		yield from pool.imap(_one, tasks, chunksize=max(1, min(8, len(tasks) // processes)))


def _one(task: tuple[int, int, str]) -> Outcome:
	seed, steps, broken = task
	with without(broken) if broken else nullcontext():
		return run(draw(seed, steps))


def shortest(outcome: Outcome, steps: int = STEPS, broken: str = "") -> Outcome:
	"""The shortest run found that breaks the same promise first: halves of the plan are left out, then
	quarters, down to single events, as long as `TRIES` allow.
	"""
	plan, best = draw(outcome.seed, steps), outcome
	promise, tries = outcome.violations[0][0], 0
	events, part = list(plan.events), max(1, len(plan.events) // 2)
	while tries < TRIES:
		at, before = 0, len(events)
		while at < len(events) and tries < TRIES:
			fewer = events[:at] + events[at + part :]
			tries += 1
			again = _again(plan, fewer, broken)
			if again.violations and again.violations[0][0] == promise:
				events, best = fewer, again
			else:
				at += part
		if part == 1 and len(events) == before:
			break
		part = max(1, part // 2)
	return best


def _again(plan: Plan, events: Sequence[Event], broken: str) -> Outcome:
	with without(broken) if broken else nullcontext():
		return run(replace(plan, events=events))


def command(seeds: int, first: int, steps: int, broken: str, *, as_json: bool) -> int:
	"""``xero-connector simulate``: run, tell, and answer the exit code."""
	summary = simulate(range(first, first + seeds), steps, broken)
	if as_json:
		print(simplejson.dumps(summary.as_dict(), indent=1))
	else:
		_tell(summary, steps, broken)
	return 1 if summary.outcomes else 0


def soak(seconds: float, first: int, steps: int) -> int:
	"""Run new seeds for so long (0: for ever), and stop at the first broken promise."""
	ends, seed, total = time.monotonic() + seconds, first, 0
	while not seconds or time.monotonic() < ends:
		summary = simulate(range(seed, seed + AT_ONCE), steps)
		seed, total = seed + AT_ONCE, total + summary.seeds
		print(f"seeds {first} to {seed - 1}: {total} runs, {len(summary.outcomes)} broken", flush=True)
		if summary.outcomes:
			_tell(summary, steps, "")
			return 1
	return 0


def _tell(summary: Summary, steps: int, broken: str) -> None:
	faults = ", ".join(f"{name} {count}" for name, count in sorted(summary.faults.items()))
	print(f"{summary.seeds} seeds, {summary.steps} steps, {summary.crashes} crashes")
	print(f"faults: {faults or 'none'}")
	print(f"{len(summary.outcomes)} seeds broke a promise, in {summary.seconds:.1f} s")
	for outcome in summary.outcomes:
		shown = shortest(outcome, steps, broken)
		option = f" --break {broken}" if broken else ""
		print(f"\nseed {outcome.seed}, its shortest known trace:")
		print("\n".join(shown.trace))
		print(f"again: xero-connector simulate --seeds 1 --seed {outcome.seed} --steps {steps}{option}")
