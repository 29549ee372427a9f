"""Identifiers that a seed decides."""

from __future__ import annotations

import random
import uuid


class Ids:
	"""A source of identifiers: the same seed and purpose, the same row of them."""

	def __init__(self, seed: int, purpose: str) -> None:
		self._random = random.Random(f"{seed}/{purpose}")

	def uuid(self) -> str:
		"""A UUID as text."""
		return str(uuid.UUID(int=self._random.getrandbits(128), version=4))

	def name(self) -> str:
		"""A document name of ten hexadecimal digits."""
		return f"{self._random.getrandbits(40):010x}"
