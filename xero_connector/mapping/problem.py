"""What stands between a document and Xero, in words for the person who can change it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
	"""One thing to fix.

	``cause`` is a stable key (``account-missing``); ``message`` says what is wrong, ``advice`` what to do,
	and ``doctype``, ``name``, ``field`` where.
	"""

	cause: str
	message: str
	advice: str
	doctype: str
	name: str
	field: str


class MappingError(Exception):
	"""The document cannot be said in Xero's terms. Carries every problem found, not only the first."""

	def __init__(self, problems: Sequence[Problem]) -> None:
		super().__init__(" ".join(problem.message for problem in problems))
		self.problems = list(problems)
