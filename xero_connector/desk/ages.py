"""How late an amount is: the steps in which receivables are shown."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

from frappe import _

AGES = (0, 30, 60, 90)
"""Days after the due date at which a step ends: not due, to 30, to 60, to 90, and more."""


def labels() -> list[str]:
	ranges = [f"{start + 1}–{end}" for start, end in pairwise(AGES)]
	return [
		_("Not due"),
		*(_("{0} days").format(days) for days in ranges),
		_("Over {0} days").format(AGES[-1]),
	]


def step_sql(today: date) -> str:
	"""SQL for the step (0 to 4) of a Xero Invoice; one without a due date is never late."""
	borders = [(today - timedelta(days=days)).isoformat() for days in AGES]
	steps = " ".join(f"when due_date >= '{border}' then {step}" for step, border in enumerate(borders))
	return f"case when due_date is null then 0 {steps} else {len(AGES)} end"
