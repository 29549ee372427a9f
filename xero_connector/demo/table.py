"""Plain tables for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

WIDEST = 60


def table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
	"""Columns as wide as their content (60 at most), numbers to the right."""
	raw = [list(row) for row in rows]
	body = [[_text(value) for value in row] for row in raw]
	widths = [max(len(line[at]) for line in [list(columns), *body]) for at in range(len(columns))]
	numeric = [
		all(isinstance(row[at], (int, Decimal)) for row in raw) and bool(raw) for at in range(len(columns))
	]

	def line(cells: Sequence[str]) -> str:
		padded = (
			cell.rjust(width) if right else cell.ljust(width)
			for cell, width, right in zip(cells, widths, numeric, strict=True)
		)
		return "  ".join(padded).rstrip()

	return "\n".join([line(columns), line(["-" * width for width in widths]), *map(line, body)])


def _text(value: Any) -> str:
	text = "" if value is None else f"{value:,}" if isinstance(value, Decimal) else str(value)
	text = " ".join(text.split())
	return text if len(text) <= WIDEST else text[: WIDEST - 1] + "…"
