"""What a benchmark found: as JSON, and as tables for people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from xero_connector.benchmark.meter import Cost

MOST_CPU = 3.0
"""How many times the processor time of the bare loop the engine may take."""


@dataclass(frozen=True)
class Line:
	"""One case. ``calls`` and ``floor`` are calls to the accounting API; ``cpu_ms_per_record`` is the process's
	time in milliseconds, the simulated Xero's in it; ``peak_mb`` is above the start; ``cpu_vs_bare`` is the
	engine's processor time for one of the bare loop's. ``None`` where a value has no meaning.
	"""

	case: str
	records: int
	calls: int
	floor: int
	ratio: float
	virtual_minutes: float
	cpu_ms_per_record: float | None
	peak_mb: float
	cpu_vs_bare: float
	most_calls: int | None
	most_mb: float | None

	@property
	def target(self) -> str:
		"""What it should keep, in words."""
		calls = f"{self.most_calls} calls, " if self.most_calls is not None else ""
		memory = f"{self.most_mb:.0f} MB, " if self.most_mb is not None else ""
		return f"≤ {calls}{memory}{MOST_CPU:.0f} × bare"

	@property
	def met(self) -> bool:
		"""Whether it does."""
		return (
			(self.most_calls is None or self.calls <= self.most_calls)
			and (self.most_mb is None or self.peak_mb <= self.most_mb)
			and self.cpu_vs_bare <= MOST_CPU
		)


TARGETS = ("most_calls", "most_mb")


@dataclass(frozen=True)
class Compared:
	"""Another way of doing a case: ``bare`` posts ready-made batches or only reads the pages, ``usual`` makes
	one call a record. The ratios say how many times the engine's figure it takes; ``own_cpu_ratio`` leaves out
	the simulated Xero on both sides.
	"""

	case: str
	way: str
	calls: int
	virtual_minutes: float
	cpu_seconds: float
	calls_ratio: float
	minutes_ratio: float
	cpu_ratio: float
	own_cpu_ratio: float

	@classmethod
	def of(cls, case: str, way: str, cost: Cost, engine: Cost) -> Compared:
		return cls(
			case,
			way,
			cost.calls,
			cost.minutes,
			cost.cpu,
			cost.calls / engine.calls,
			cost.minutes / engine.minutes,
			cost.cpu / engine.cpu,
			cost.own_cpu / engine.own_cpu,
		)


@dataclass(frozen=True)
class Grown:
	"""Books of one size: a cycle after the same changes, and an idle one; processor time in seconds."""

	links: int
	changes: int
	calls: int
	cpu_seconds: float
	idle_calls: int
	idle_cpu_seconds: float


@dataclass(frozen=True)
class Results:
	"""Everything. ``import_mb`` is the peak of memory above the start after each call of the import."""

	cases: list[Line]
	compared: list[Compared]
	growth: list[Grown]
	import_mb: list[float]

	def as_json(self) -> dict[str, Any]:
		"""For ``--json``."""
		return {
			"cases": [
				{field: value for field, value in _rounded(line).items() if field not in TARGETS}
				for line in self.cases
			],
			"compared": list(map(_rounded, self.compared)),
			"growth": list(map(_rounded, self.growth)),
			"import_mb": [round(peak, 1) for peak in self.import_mb],
		}

	def as_text(self) -> str:
		"""For people."""
		tenth = max(len(self.import_mb) // 10, 1)
		return "\n\n".join(
			[
				_table(
					("case", "records", "calls", "floor", "ratio", "virtual min", "CPU ms/record", "peak MB")
					+ ("CPU × bare", "target", "met"),
					(
						(line.case, line.records, line.calls, line.floor, line.ratio, line.virtual_minutes)
						+ (line.cpu_ms_per_record, line.peak_mb, line.cpu_vs_bare, line.target)
						+ ("yes" if line.met else "NO",)
						for line in self.cases
					),
				),
				"The same by a bare loop and the usual way: how many times the engine's\n"
				+ _table(
					("case", "way", "calls", "virtual min", "CPU s", "× calls", "× virtual min", "× CPU")
					+ ("× own CPU",),
					([getattr(each, field.name) for field in fields(each)] for each in self.compared),
				),
				"Books that grow\n"
				+ _table(
					("links", "changes", "calls", "CPU s", "idle calls", "idle CPU s"),
					([getattr(each, field.name) for field in fields(each)] for each in self.growth),
				),
				"Memory of the import, peak MB above the start\n"
				+ _table(
					("after calls", "peak MB"),
					(
						(at + 1, peak)
						for at, peak in enumerate(self.import_mb)
						if (at + 1) % tenth == 0 or at + 1 == len(self.import_mb)
					),
				),
			]
		)


def _rounded(row: Any) -> dict[str, Any]:
	return {
		field: round(value, 4) if isinstance(value, float) else value for field, value in asdict(row).items()
	}


def _table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
	"""The first column to the left, the others to the right."""
	body = [list(columns), *([_text(value) for value in row] for row in rows)]
	widths = [max(len(line[at]) for line in body) for at in range(len(columns))]
	return "\n".join(
		"  ".join(
			cell.rjust(width) if at else cell.ljust(width)
			for at, (cell, width) in enumerate(zip(line, widths, strict=True))
		)
		for line in body
	)


def _text(value: Any) -> str:
	if value is None:
		return "–"
	if isinstance(value, float):
		return f"{value:,.3f}" if abs(value) < 1 else f"{value:,.2f}"
	return f"{value:,}" if isinstance(value, int) else str(value)
