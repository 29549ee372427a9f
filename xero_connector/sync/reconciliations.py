"""The life of a **Xero Reconciliation**: asked for, under way, done or stopped, with how far it is.

    Queued ──► Running ──► Done
       └──────────┴──────► Stopped    by a person, by Xero, or because its process was killed

What was repaired before it stopped stays repaired; the next one begins anew.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from xero_connector.clock import Clock, utc_text
from xero_connector.store.protocol import Doc, Store
from xero_connector.sync import organisations
from xero_connector.sync.context import Context
from xero_connector.sync.errors import SyncError

DOCTYPE = "Xero Reconciliation"
QUEUED, RUNNING, DONE, STOPPED = "Queued", "Running", "Done", "Stopped"
OPEN = (QUEUED, RUNNING)

REPAIRED, SENT_AGAIN, TOLD = "Repaired", "Queued", "Told"
"""What became of a finding: put right here, on its way to Xero, or left to a person."""

INTERRUPTED = "It was interrupted. What it had repaired stays repaired."
ELSEWHERE = "Somebody else asked for one at the same time. It is {}."
BY_PERSON = "It was stopped. What it had repaired stays repaired."

MOST_FINDINGS = 500
"""How many findings are kept one by one; all are counted."""

PORTION = 50
"""Documents and other small things between two looks whether to stop."""


class StoppedByPerson(Exception):
	"""Somebody pressed *Stop*."""


def ask(store: Store, clock: Clock, organisation: str) -> str:
	"""A person asks for one; returns its name, or that of the open one. Raises ``SyncError``."""
	known = store.find(DOCTYPE, {"organisation": organisation, "status": ("in", OPEN)}, limit=1)
	if known:
		return str(known[0]["name"])
	syncing = organisations.syncing(store, name=organisation)
	if not syncing:
		raise SyncError("The organisation is not syncing. Connect it and confirm its company first.")
	if syncing[0].get("pause_pull"):
		raise SyncError("Reading is paused on the organisation. Let it go on first.")
	return store.insert(
		{
			"doctype": DOCTYPE,
			"organisation": organisation,
			"status": QUEUED,
			"started_at": utc_text(clock.now()),
		}
	)


def stop(store: Store, clock: Clock, name: str) -> bool:
	"""End one after the page or portion it is at; tells whether it was open."""
	ended = {"status": STOPPED, "message": BY_PERSON, "finished_at": utc_text(clock.now())}
	return store.update_if(DOCTYPE, name, {"status": ("in", OPEN)}, ended)


def waiting(store: Store) -> list[str]:
	"""The organisations whose reconciliation has not begun."""
	reading = {row["name"] for row in organisations.syncing(store, pause_pull=0)}
	found = store.find(DOCTYPE, {"status": QUEUED}, fields=["organisation"])
	return sorted({row["organisation"] for row in found} & reading)


def end_interrupted(store: Store, clock: Clock) -> None:
	"""Mark those as stopped whose process was killed: the lease that they ran under has run out."""
	now = utc_text(clock.now())
	for row in store.find(DOCTYPE, {"status": RUNNING}, fields=["organisation"]):
		lease = {"organisation": row["organisation"], "purpose": "pull", "until": (">", now)}
		if not store.find("Xero Lease", lease, fields=["name"], limit=1):
			ended = {"status": STOPPED, "finished_at": now, "message": INTERRUPTED}
			store.update_if(DOCTYPE, row["name"], {"status": RUNNING}, ended)


class Record:
	"""The document of the reconciliation that runs, under the lease of the pull: findings and progress."""

	def __init__(self, context: Context) -> None:
		self.context = context
		self.store = context.store
		self.findings: list[Doc] = []
		self.counts: Counter[str] = Counter()
		self.read = 0
		self.name = ""
		self._calls = context.api.calls
		self._kept = -1
		self._done, self._expected = 0, 0
		self._step = ""

	def begin(self) -> None:
		"""Take up what was asked for, or begin one nobody asked for. Whichever ran before held the lease that
		is ours now: its process was killed.
		"""
		now, ours = self.context.now(), {"organisation": self.context.organisation}
		with self.store.transaction():
			for row in self.store.find(DOCTYPE, {**ours, "status": RUNNING}, fields=["name"]):
				ended = {"status": STOPPED, "finished_at": now, "message": INTERRUPTED}
				self.store.update(DOCTYPE, row["name"], ended)
			started = {"status": RUNNING, "started_at": now}
			queued = self.store.find(DOCTYPE, {**ours, "status": QUEUED}, order_by="started_at, name")
			for row in queued:
				here = {"status": STOPPED, "finished_at": now, "message": ELSEWHERE.format(self.name)}
				values = here if self.name else started
				taken = self.store.update_if(DOCTYPE, row["name"], {"status": QUEUED}, values)
				self.name = self.name or (row["name"] if taken else "")
			self.name = self.name or self.store.insert({"doctype": DOCTYPE, **ours, **started})

	def expect(self, count: int) -> None:
		"""There are so many things to look at, as far as is known."""
		self._expected += count

	def step(self, words: str) -> None:
		"""Say what is being done now. Raises ``StoppedByPerson``."""
		self._step = words
		self.advance(0)

	def advance(self, count: int) -> None:
		"""So many more were looked at: keep how far it is. Raises ``StoppedByPerson``."""
		self._done += count
		with self.store.transaction():
			running = self.store.update_if(DOCTYPE, self.name, {"status": RUNNING}, self._values())
		if not running:
			raise StoppedByPerson

	def add(
		self, outcome: str, kind: str, message: str, reference: Mapping[str, str], count: int = 1
	) -> None:
		"""Add a finding. ``reference``: ``reference_doctype`` and ``reference_name``, ``xero_entity`` and
		``xero_id``. ``count`` records of which it is true.
		"""
		self.counts[outcome] += count
		if len(self.findings) < MOST_FINDINGS:
			self.findings.append({"outcome": outcome, "kind": kind, "message": message, **reference})

	def end(self, status: str, message: str = "") -> None:
		"""Write down how it ended; that somebody stopped it stays."""
		values = {**self._values(), "finished_at": self.context.now()}
		if status == DONE:
			values |= {"progress": 100, "step": None}
		with self.store.transaction():
			ended = {**values, "status": status, "message": message}
			if not self.store.update_if(DOCTYPE, self.name, {"status": RUNNING}, ended):
				self.store.update_if(DOCTYPE, self.name, {"status": STOPPED}, values)

	def _values(self) -> dict[str, Any]:
		share = 100 * self._done // self._expected if self._expected else 0
		values: dict[str, Any] = {
			"read": self.read,
			"calls": self.context.api.calls - self._calls,
			"repaired": self.counts[REPAIRED],
			"queued": self.counts[SENT_AGAIN],
			"told": self.counts[TOLD],
			"progress": min(share, 99),
			"step": self._step,
		}
		if len(self.findings) > self._kept:
			values["findings"], self._kept = self.findings, len(self.findings)
		return values


def in_portions(record: Record, things: list[Doc], look: Callable[[Doc], None]) -> None:
	"""Look at each of these things, and keep how far it is after some. Raises ``StoppedByPerson``."""
	for at in range(0, len(things), PORTION):
		part = things[at : at + PORTION]
		for thing in part:
			look(thing)
		record.advance(len(part))
