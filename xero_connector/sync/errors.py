"""What the engine says to the person who asked it for something."""

from __future__ import annotations

from xero_connector.store.protocol import StoreError

ODD_DATA = (
	StoreError,
	ValueError,
	TypeError,
	LookupError,
	ArithmeticError,
	AttributeError,
	AssertionError,
	RecursionError,
)
"""What one odd document or record can raise. It is told of and set aside, and holds back no other."""


class SyncError(Exception):
	"""It cannot be done as asked; the message says why and what to do, in plain words."""


class NotTaken(StoreError):
	"""ERPNext refuses what was changed in Xero; the message says why, ``doctype`` in which document."""

	def __init__(self, doctype: str, message: str) -> None:
		super().__init__(message)
		self.doctype = doctype


class LeaseLost(Exception):
	"""Another worker has taken the organisation over: stop without another write."""
