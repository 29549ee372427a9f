"""What every part of the engine is given: the store, Xero, the organisation, the clock."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, Protocol

from xero_connector.clock import Clock, utc_text
from xero_connector.store.protocol import Doc, Store
from xero_connector.xero.budget import Budget
from xero_connector.xero.client import Answer
from xero_connector.xero.usage import Priority


class Api(Protocol):
	"""Xero's API for one organisation, as the engine uses it. See ``xero_connector.xero.XeroApi``."""

	priority: Priority

	@property
	def calls(self) -> int: ...

	def at(self, priority: Priority) -> Api: ...

	def within(self, budget: Budget) -> Api: ...

	def get(
		self, path: str, params: Mapping[str, Any] | None = None, *, modified_since: str | None = None
	) -> Answer: ...

	def send(
		self,
		method: str,
		path: str,
		body: bytes,
		*,
		key: str,
		params: Mapping[str, Any] | None = None,
		before: Callable[[], None] | None = None,
	) -> Answer: ...


PORTION = 100
"""Names or ids in one query."""


def random_id() -> str:
	"""A random UUID as text."""
	return str(uuid.uuid4())


@dataclass(frozen=True)
class Context:
	"""One engine's surroundings: ``organisation`` is a tenant id, ``new_id`` makes keys that never repeat,
	``site_url`` is where documents are opened (empty: nowhere).
	"""

	store: Store
	api: Api
	organisation: str
	clock: Clock
	new_id: Callable[[], str] = field(default=random_id)
	site_url: str = ""

	def now(self) -> str:
		"""The present instant, as it is stored."""
		return utc_text(self.clock.now())

	def at(self, priority: Priority) -> Context:
		"""The same surroundings, for work of this priority."""
		return replace(self, api=self.api.at(priority))

	def settings(self) -> Doc:
		"""The **Xero Organisation**."""
		doc = self.store.get("Xero Organisation", self.organisation)
		if doc is None:
			raise LookupError(f"There is no Xero Organisation {self.organisation}.")
		return doc


@dataclass
class Report:
	"""What one run did. Counts of documents, and of calls to Xero; ``stopped`` says why it ended early."""

	sent: int = 0
	unchanged: int = 0
	held: int = 0
	waiting: int = 0
	uncertain: int = 0
	applied: int = 0
	calls: int = 0
	stopped: str = ""

	def __add__(self, other: Report) -> Report:
		return Report(
			**{
				each.name: getattr(self, each.name) + getattr(other, each.name)
				for each in fields(self)
				if each.name != "stopped"
			},
			stopped=self.stopped or other.stopped,
		)


def put(
	store: Store, doctype: str, key: Mapping[str, Any], values: Mapping[str, Any]
) -> tuple[str, list[str]]:
	"""Insert or update the document with this unique key; write only what differs.

	Returns its name and the fields that changed (all of them for a new one, none for an echo).
	"""
	return write(store, doctype, first(store, doctype, key), {**key, **values})


def write(store: Store, doctype: str, known: Doc | None, values: Mapping[str, Any]) -> tuple[str, list[str]]:
	"""Insert the document if it is not ``known``, else update what differs; returns as ``put`` does."""
	if known is None:
		return store.insert({"doctype": doctype, **values}), list(values)
	changed = {name: value for name, value in values.items() if not same(known.get(name), value)}
	if changed:
		store.update(doctype, known["name"], changed)
	return known["name"], list(changed)


def first(store: Store, doctype: str, filters: Mapping[str, Any]) -> Doc | None:
	"""The one document that matches, or the first by name."""
	found = store.find(doctype, filters, limit=1)
	return found[0] if found else None


def same(stored: Any, new: Any) -> bool:
	"""Whether a stored value is this value; what was never set equals what is empty."""
	return stored == new or (not stored and not new)


def portions(names: Sequence[str]) -> Iterator[Sequence[str]]:
	"""So many at a time as one query may ask for."""
	for at in range(0, len(names), PORTION):
		yield names[at : at + PORTION]
