"""The clocks of a simulated world: Xero's runs true, ours may be set wrong by a little."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from xero_connector.clock import UTC

OPENING = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
"""When every simulated world begins: a Monday morning."""

LARGEST_SKEW = timedelta(seconds=25)
"""How wrong our clock may be. Set back by more than a minute, the call budget forgets *Retry-After*: Xero
says it again.
"""


class WorldTime:
	"""Xero's true time (``now``), and by how much our clock is wrong (``skew``)."""

	def __init__(self) -> None:
		self.now = OPENING
		self.skew = timedelta(0)

	def xero(self) -> datetime:
		"""Xero's clock."""
		return self.now

	def pass_seconds(self, seconds: float) -> None:
		"""Let time pass for everyone."""
		self.now += timedelta(seconds=seconds)

	def set_ours(self, seconds: float) -> None:
		"""Set our clock so many seconds ahead of Xero's, or behind."""
		self.skew = max(-LARGEST_SKEW, min(LARGEST_SKEW, timedelta(seconds=seconds)))


class OurClock:
	"""The clock of the engine, for whoever does not mind that sleeping moves the whole world on."""

	def __init__(self, time: WorldTime) -> None:
		self.time = time

	def now(self) -> datetime:
		return self.time.now + self.time.skew

	def today(self) -> date:
		return self.now().date()

	def sleep(self, seconds: float) -> None:
		self.time.pass_seconds(seconds)
