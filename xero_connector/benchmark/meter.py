"""The way to the simulated Xero, metered; and what one way of doing a case took."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import requests

from xero_connector.clock import ManualClock
from xero_connector.simulator import InProcessAdapter, Simulator

LATENCY = 0.5
"""Seconds of virtual time that each call takes."""

API = "/api.xro/"


@dataclass(frozen=True)
class Cost:
	"""What was spent between start and end.

	``calls`` go to the accounting API, which Xero limits; ``logins`` to its login hosts. ``minutes`` are
	virtual. ``cpu`` is this process's time in seconds, the simulated Xero's in it; ``own_cpu`` is without
	that. ``peak_mb`` is the memory at its highest above the start, in megabytes; ``peaks_mb`` the same after
	each call.
	"""

	calls: int
	logins: int
	minutes: float
	cpu: float
	own_cpu: float
	peak_mb: float
	peaks_mb: tuple[float, ...]

	def each(self, times: int) -> Cost:
		"""The cost of one, where the same was done so many times; memory is not shared out."""
		return replace(
			self,
			calls=self.calls // times,
			minutes=self.minutes / times,
			cpu=self.cpu / times,
			own_cpu=self.own_cpu / times,
		)


class Wire(InProcessAdapter):
	"""The simulator in this process: counts calls, lets virtual time pass, and knows its own share."""

	def __init__(self, simulator: Simulator, clock: ManualClock) -> None:
		super().__init__(simulator)
		self.clock = clock
		self.calls = self.logins = 0
		self.cpu = 0.0
		self.peaks: list[float] = []

	def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
		began = time.process_time()
		response = super().send(request, *args, **kwargs)
		self.cpu += time.process_time() - began
		self.clock.sleep(LATENCY)
		if API in str(request.url):
			self.calls += 1
			self.peaks.append(peak_mb())
		else:
			self.logins += 1
		return response


class Meter:
	"""Adds up what happens while it runs; it may be stopped and run on."""

	def __init__(self, wire: Wire) -> None:
		self.wire = wire
		self._start_mb = peak_mb()
		self._calls = self._logins = 0
		self._minutes = self._cpu = self._wire_cpu = 0.0
		self._peaks: list[float] = []

	@contextmanager
	def running(self) -> Iterator[None]:
		"""Count what is done inside."""
		wire = self.wire
		calls, logins, wire_cpu, peaks = wire.calls, wire.logins, wire.cpu, len(wire.peaks)
		now, cpu = wire.clock.now(), time.process_time()
		yield
		self._cpu += time.process_time() - cpu
		self._wire_cpu += wire.cpu - wire_cpu
		self._minutes += (wire.clock.now() - now).total_seconds() / 60
		self._calls += wire.calls - calls
		self._logins += wire.logins - logins
		self._peaks += wire.peaks[peaks:]

	def cost(self) -> Cost:
		"""What it came to."""
		return Cost(
			calls=self._calls,
			logins=self._logins,
			minutes=self._minutes,
			cpu=self._cpu,
			own_cpu=self._cpu - self._wire_cpu,
			peak_mb=peak_mb() - self._start_mb,
			peaks_mb=tuple(peak - self._start_mb for peak in self._peaks),
		)


def peak_mb() -> float:
	"""The most memory that this process has had so far, in megabytes.

	Linux counts in ``ru_maxrss`` what the parent had when it started this process, so there the process's own
	mark is read.
	"""
	status = Path("/proc/self/status")
	if status.exists():
		for line in status.read_text().splitlines():
			if line.startswith("VmHWM:"):
				return int(line.split()[1]) / 1024
	peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
	return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)
