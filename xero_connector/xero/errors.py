"""What can go wrong with a call to Xero, by what one may do next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

LONGEST = 2000
"""Characters of a message."""


class XeroError(Exception):
	"""Any failed call. ``status`` is the HTTP status (0: there was no answer).

	A message is kept and shown: of what Xero says, as much as a person reads.
	"""

	def __init__(self, message: str, *, status: int = 0, correlation_id: str = "") -> None:
		super().__init__(message[:LONGEST])
		self.status = status
		self.correlation_id = correlation_id


class Unreachable(XeroError):
	"""Xero was not reached, or a read got no usable answer. Nothing was written; try again later."""


class Uncertain(XeroError):
	"""A write went out and nobody knows whether Xero did it.

	``replayable``: the same body may go again under the same idempotency key while Xero keeps it. After a 500
	it may not, because the key now stands for that error.
	"""

	def __init__(
		self, message: str, *, replayable: bool = True, status: int = 0, correlation_id: str = ""
	) -> None:
		super().__init__(message, status=status, correlation_id=correlation_id)
		self.replayable = replayable


class RateLimited(XeroError):
	"""A limit of Xero's.

	Nothing was written. ``retry_after`` in seconds; ``problem`` is minute, day or concurrent.
	"""

	def __init__(
		self, message: str, *, retry_after: float, problem: str, status: int = 429, correlation_id: str = ""
	) -> None:
		super().__init__(message, status=status, correlation_id=correlation_id)
		self.retry_after = retry_after
		self.problem = problem


class Disconnected(XeroError):
	"""The organisation or the login is no longer ours to use: somebody must connect again."""


class LoginRefused(XeroError):
	"""The login server did not accept the app's id, secret, code or redirect.

	The message says which to check.
	"""


class Missing(XeroError):
	"""There is no such record in Xero."""


class Refused(XeroError):
	"""Xero understood and said no (400).

	``elements`` are the records with their ``ValidationErrors``, if any.
	"""

	def __init__(
		self,
		message: str,
		*,
		elements: Sequence[Mapping[str, Any]] = (),
		status: int = 400,
		correlation_id: str = "",
	) -> None:
		super().__init__(message, status=status, correlation_id=correlation_id)
		self.elements = list(elements)


class BadAnswer(XeroError):
	"""An answer that is not what Xero's API promises: not JSON, a redirect, another shape."""
