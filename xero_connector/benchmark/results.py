"""What a benchmark found: as JSON, and as tables for people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from xero_connector.benchmark.meter import Cost

MOST_CPU = 3.0
"""How many times the processor time of the bare loop the engine may take."""


@dataclass(frozen=True)
class Target:
	"""What a case should keep beside ``MOST_CPU``; ``None`` where there is no such target."""

	calls: int | None = None
	mb: float | None = None

	def __str__(self) -> str:
		words = [f"{self.calls} calls"] if self.calls is not None else []
		words += [f"{self.mb:.0f} MB"] if self.mb is not None else []
		return "≤ " + ", ".join([*words, f"{MOST_CPU:.0f} × bare"])


@dataclass(frozen=True)
class Line:
	"""One case. ``calls`` and ``floor`` are calls to the accounting API. ``cpu_ms_per_record`` is the
	process's time in milliseconds, the simulated Xero's in it. ``peak_mb`` is above the start.
	``cpu_vs_bare`` is how many times the bare loop's processor time it took. ``None`` where a value has no
	meaning.
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

	def meets(self, target: Target) -> bool:
		"""Whether it keeps its target."""
		return (
			(target.calls is None or self.calls <= target.calls)
			and (target.mb is None or self.peak_mb <= target.mb)
			and self.cpu_vs_bare <= MOST_CPU
		)


@dataclass(frozen=True)
class Compared:
	"""Another way of doing a case: ``bare`` posts ready-made batches or only reads the pages, ``usual`` makes
	one call a record. The ratios say how many times the engine's figure it takes; ``own_cpu_ratio`` leaves
	out the simulated Xero on both sides.
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


CASES = (
	"case",
	"records",
	"calls",
	"floor",
	"ratio",
	"virtual min",
	"CPU ms/record",
	"peak MB",
	"CPU × bare",
	"target",
	"met",
)
COMPARED = (
	"case",
	"way",
	"calls",
	"virtual min",
	"CPU s",
	"× calls",
	"× virtual min",
	"× CPU",
	"× own CPU",
)
GROWTH = ("links", "changes", "calls", "CPU s", "idle calls", "idle CPU s")


@dataclass
class Results:
	"""Everything. ``import_mb`` is the peak of memory above the start after each call of the import."""

	cases: list[Line] = field(default_factory=list)
	targets: list[Target] = field(default_factory=list)
	compared: list[Compared] = field(default_factory=list)
	growth: list[Grown] = field(default_factory=list)
	import_mb: list[float] = field(default_factory=list)

	def as_json(self) -> dict[str, Any]:
		"""For ``--json``: lists of flat objects, and numbers."""
		return {
			"cases": list(map(_rounded, self.cases)),
			"compared": list(map(_rounded, self.compared)),
			"growth": list(map(_rounded, self.growth)),
			"import_mb": [round(peak, 1) for peak in self.import_mb],
		}

	def as_text(self) -> str:
		"""For people: a table of each."""
		cases = [
			[*_values(line), target, "yes" if line.meets(target) else "NO"]
			for line, target in zip(self.cases, self.targets, strict=True)
		]
		calls = len(self.import_mb)
		tenths = sorted({max(calls * tenth // 10, 1) for tenth in range(1, 11)})
		memory = [(call, self.import_mb[call - 1]) for call in tenths]
		return "\n\n".join(
			[
				_table(CASES, cases),
				"The same by a bare loop and in the usual way: how many times what the engine takes\n"
				+ _table(COMPARED, map(_values, self.compared)),
				"Books that grow\n" + _table(GROWTH, map(_values, self.growth)),
				"Memory of the import, peak above the start\n" + _table(("after calls", "MB"), memory),
			]
		)


def _values(row: Any) -> list[Any]:
	return [getattr(row, each.name) for each in fields(row)]


def _rounded(row: Any) -> dict[str, Any]:
	return {
		name: round(value, 4) if isinstance(value, float) else value for name, value in asdict(row).items()
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
