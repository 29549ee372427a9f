"""What the engine says to the person who asked it for something."""

from __future__ import annotations


class SyncError(Exception):
	"""It cannot be done as asked; the message says why and what to do, in plain words."""


class LeaseLost(Exception):
	"""Another worker has taken the organisation over: stop without another write."""
