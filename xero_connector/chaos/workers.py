"""Workers: runs of the real engine that stop at every step outside the process, and may be killed there.

Each run has a thread, but only one thread ever moves: whoever holds the baton. The plan hands it to a worker
for a number of *points*; a point is a moment before or after anything that others can see (a read or a write
of the store, a commit, a call to Xero, waking up). There the worker gives the baton back, or dies.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from xero_connector.chaos.clock import OurClock, WorldTime
from xero_connector.store.protocol import Doc, Filters
from xero_connector.store.sqlite import SQLiteStore

Job = Callable[["Worker"], str]
"""The work of a run; it answers what it did, in a few words."""

ENDLESS = 1_000_000
"""More points than any run has."""


class Killed(BaseException):
	"""The process is gone. Whatever still unwinds reaches neither the store nor Xero."""


class Worker:
	"""One worker process. Between two runs it is idle."""

	def __init__(self, name: str, time: WorldTime) -> None:
		self.name = name
		self.time = time
		self.dead = False
		self.error: BaseException | None = None
		self.where = ""
		self.outcome = ""
		self.run = 0
		self.lease: tuple[str, str | None] | None = None
		"""The lease that it took last, and its name as the holder; none once it was given back."""
		self.writes_too_late = 0
		"""Writes to Xero in this run after its lease had passed to another."""
		self._thread: threading.Thread | None = None
		self._go, self._back = threading.Lock(), threading.Lock()
		self._left = 0
		self._until = ""
		self._doom = ENDLESS
		self._wakes: datetime | None = None

	@property
	def busy(self) -> bool:
		"""Whether a run is under way."""
		return self._thread is not None

	@property
	def asleep_until(self) -> datetime | None:
		"""When it goes on by itself, if it sleeps now."""
		return self._wakes if self._wakes and self._wakes > self.time.now else None

	def start(self, job: Job) -> None:
		"""Begin a run; it does not move before `proceed`."""
		self.run += 1
		self.dead, self.error, self._doom, self._wakes = False, None, ENDLESS, None
		self.lease, self.writes_too_late = None, 0
		self._go, self._back = threading.Lock(), threading.Lock()
		self._go.acquire()
		self._back.acquire()
		self._thread = threading.Thread(target=self._work, args=(job,), daemon=True)
		self._thread.start()

	def proceed(self, points: int = ENDLESS, *, until: str = "") -> None:
		"""Let it pass so many points, or come to one that begins like ``until``, or to its end.

		One that sleeps stays asleep.
		"""
		if self._thread is None or (self.asleep_until and not self.dead):
			return
		self._left, self._until = points, until
		self._go.release()
		self._back.acquire()
		if self.where == "":
			self._thread.join()
			self._thread = None

	def die_after(self, points: int) -> None:
		"""Let it pass so many points, counting those inside transactions too, and kill it there."""
		self._doom = points
		self.proceed()

	def kill(self) -> None:
		"""Kill it where it stands."""
		if self._thread is not None:
			self.dead = True
			self.proceed()

	def point(self, where: str, *, inside: bool = False) -> None:
		"""Called by the run. ``inside`` a transaction nobody else may move, but the process may die."""
		self._doom -= 1
		if self._doom <= 0:
			self.dead = True
		if self.dead:
			raise Killed
		self.where = where
		if not inside:
			self._left -= 1
			if self._left <= 0 or (self._until and where.startswith(self._until)):
				self.pause(where)

	def pause(self, where: str) -> None:
		"""Called by the run: give the baton back now."""
		self.where = where
		self._back.release()
		self._go.acquire()
		if self.dead:
			raise Killed

	def sleep(self, seconds: float) -> None:
		"""Called by the run: go on when this much true time has passed."""
		self._wakes = self.time.now + timedelta(seconds=seconds)
		while self.asleep_until:
			self.pause("asleep")
		self._wakes = None

	def _work(self, job: Job) -> None:
		self._go.acquire()
		self.where = "starts"
		try:
			if self.dead:
				raise Killed
			self.outcome = job(self)
		except Killed:
			self.outcome = "killed"
		except Exception as error:  # the engine promises not to raise: the run's verdict says so
			self.error, self.outcome = error, f"raised {type(error).__name__}: {error}"
		self.where = ""
		self._back.release()


class WorkerClock(OurClock):
	"""Our clock as a worker has it: sleeping lets others go on."""

	def __init__(self, worker: Worker) -> None:
		super().__init__(worker.time)
		self._worker = worker

	def sleep(self, seconds: float) -> None:
		self._worker.sleep(seconds)


class WorkerStore:
	"""The store as a worker has it: each step outside a transaction is a point, and so is each commit."""

	def __init__(self, worker: Worker, store: SQLiteStore) -> None:
		self._worker = worker
		self._store = store

	def _point(self, what: str, doctype: str) -> None:
		self._worker.point(f"{what} {doctype}", inside=self._store.in_transaction())

	def get(self, doctype: str, name: str, *, for_update: bool = False) -> Doc | None:
		self._point("get", doctype)
		return self._store.get(doctype, name, for_update=for_update)

	def find(
		self,
		doctype: str,
		filters: Filters | None = None,
		*,
		fields: Iterable[str] | None = None,
		order_by: str | None = None,
		limit: int | None = None,
	) -> list[Doc]:
		self._point("find", doctype)
		return self._store.find(doctype, filters, fields=fields, order_by=order_by, limit=limit)

	def find_by_row(self, doctype: str, table: str, row: Mapping[str, str]) -> list[Doc]:
		self._point("find", doctype)
		return self._store.find_by_row(doctype, table, row)

	def insert(self, doc: Mapping[str, Any]) -> str:
		self._point("insert", str(doc["doctype"]))
		return self._store.insert(doc)

	def update(self, doctype: str, name: str, values: Mapping[str, Any]) -> None:
		self._point("update", doctype)
		self._store.update(doctype, name, values)

	def update_if(self, doctype: str, name: str, filters: Filters, values: Mapping[str, Any]) -> bool:
		self._point("update", doctype)
		done = self._store.update_if(doctype, name, filters, values)
		if done and doctype == "Xero Lease" and "holder" in values:
			self._worker.lease = (name, values["holder"])
		return done

	def delete(self, doctype: str, name: str) -> None:
		self._point("delete", doctype)
		self._store.delete(doctype, name)

	@contextmanager
	def transaction(self) -> Iterator[None]:
		self._worker.point("begin", inside=self._store.in_transaction())
		with self._store.transaction():
			yield
			self._worker.point("commit", inside=True)
		self._worker.point("committed")

	def in_transaction(self) -> bool:
		return self._store.in_transaction()
