"""Deals: a quotation, its orders and their invoices are one sale, and it is billed once.

A document bills itself and everything that it was made from: its *sources*. Before a document goes to Xero
for the first time, its sources and what was made from it are looked at. What bills what is kept as **Xero
Billed**, written in the transaction that freezes the batch. A row counts while its invoice lives in Xero:
batches that were left open are settled before anything is planned, so by then every link is known.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from xero_connector.mapping.mirror import DEAD
from xero_connector.mapping.money import ZERO, cents
from xero_connector.store.protocol import Doc
from xero_connector.sync import links, outbox, requests
from xero_connector.sync.billed import BILLED_ALREADY, MADE_FROM, Key, billers, made_from, sources
from xero_connector.sync.context import Context
from xero_connector.sync.entities import BILLING, REQUEST
from xero_connector.sync.links import Known
from xero_connector.sync.mirror import Mirror, kept_in
from xero_connector.sync.plan import Ask, Nothing, Plan, Wait, problem_of

BILLED_BY_OTHERS = "billed-by-others"
BEYOND, IN_PARTS, AMENDS = "beyond-what-is-billed", "billed-in-parts", "amends-what-is-billed"


class Deals:
	"""Decides whether a document may be billed, for one round of planning."""

	def __init__(self, context: Context, mirror: Mirror, known: Known) -> None:
		self.context = context
		self.store = context.store
		self.organisation = context.organisation
		self.mirror = mirror
		self.known = known

	def refusal(self, row: Doc, doc: Doc, found: list[Key]) -> Plan | None:
		"""Why a document that is not in Xero yet may not be billed now. ``found``: its sources."""
		return (
			self._amends(row, [doc, *(self.store.get(*key) for key in found)])
			or self._in_parts(row, doc)
			or self._source_billed(row, doc, found)
			or self._billed_by_others(row, doc, found)
		)

	def amends(self, row: Doc, doc: Doc) -> Plan | None:
		"""Why an amended document must wait: what it amends is still in Xero."""
		return self._amends(row, [doc])

	def invoice_of(self, key: Key) -> Doc | None:
		"""The link of the live invoice that bills a document: its own, or that of another of its deal."""
		if self._lives(key):
			return self.known.link(*key)
		doc = self.store.get(*key)
		for source in sources(self.store, doc) if doc else ():
			if self._lives(source):
				return self.known.link(*source)
		return None

	def live_billers(self, source: Key) -> list[Key]:
		"""The documents made from this one whose invoices live in Xero."""
		return [key for key in billers(self.store, self.organisation, source) if self._lives(key)]

	def _lives(self, key: Key) -> bool:
		"""Whether a document has an invoice in Xero that is neither voided nor deleted."""
		link = self.known.link(*key) if key[0] in BILLING else None
		if link is None or link["status"] == links.GONE:
			return False
		mirrored = self.mirror.known(kept_in(link["xero_entity"]), link["xero_id"])
		return mirrored is None or mirrored["xero_status"] not in DEAD

	def _row(self, key: Key) -> Doc:
		return self.store.get("Xero Outbox", outbox.row_name(self.organisation, *key)) or {}

	def _amends(self, row: Doc, docs: Iterable[Doc | None]) -> Plan | None:
		for key in self._amended(docs):
			if not self._lives(key):
				continue
			ahead = self._row(key)
			if ahead.get("status") in (*requests.ON_ITS_WAY, outbox.HELD):
				reason = f" ({ahead['message']})" if ahead["status"] == outbox.HELD else ""
				message = f"{_said(key)}, which was amended, has to be taken back in Xero first{reason}."
				return Wait(row, message, ahead["name"])
			message = f"{_said(key)}, which was amended, still stands in Xero as {self._number(key)}."
			advice = "Ask finance to take that back in Xero, then save this document again."
			return Ask(row, [problem_of(row, AMENDS, message, advice)])
		return None

	def _amended(self, docs: Iterable[Doc | None]) -> Iterator[Key]:
		"""What these documents amend, and the requests of that."""
		for doc in docs:
			of = self.store.get(*made_from(doc)[0]) if doc and doc["doctype"] == REQUEST else doc
			while of and of.get("amended_from"):
				key = (of["doctype"], str(of["amended_from"]))
				yield key
				for request in requests.of_source(self.store, *key):
					yield (REQUEST, request["name"])
				of = self.store.get(*key)

	def _in_parts(self, row: Doc, doc: Doc) -> Plan | None:
		"""An order with requests is not billed as a whole; and those never come to more than it."""
		key = _bills(doc)
		if key[0] not in requests.SOURCES:
			return None
		parts = requests.live(self.store, *key)
		if doc["doctype"] != REQUEST:
			return self._ask_in_parts(row, key, parts) if parts else None
		source = self.store.get(*key)
		whole = requests.owed(source) if source else ZERO
		billed = sum((cents(part.get("amount")) or whole for part in parts), ZERO)
		if billed <= whole:
			return None
		message = f"The parts of {_said(key)} come to {billed}, it comes to {whole} itself."
		return Ask(row, [problem_of(row, IN_PARTS, message, "Take one of the parts back.")])

	def _ask_in_parts(self, row: Doc, key: Key, parts: list[Doc]) -> Ask:
		names = ", ".join(str(part["name"]) for part in parts)
		message = f"{_said(key)} is invoiced in parts: {names}."
		advice = "Invoice what is left of it as another part, or take the parts back."
		return Ask(row, [problem_of(row, IN_PARTS, message, advice)])

	def _source_billed(self, row: Doc, doc: Doc, found: list[Key]) -> Plan | None:
		whole: list[Key] = []
		by: list[Key] = []
		for key in found:
			parts = self._parts(key) if key != _bills(doc) else []
			ahead = [self._unsent(each) for each in (key, *parts)]
			if self._lives(key):
				whole.append(key)
				by.append(key)
			elif waits_for := next(filter(None, ahead), None):
				message = f"{waits_for['reference_name']}, which bills the same, goes first."
				return Wait(row, message, waits_for["name"])
			elif parts and self._covers(key, parts):
				whole.append(key)
				by += parts
			elif parts:
				return self._ask_in_parts(row, key, requests.live(self.store, *key))
		if not by:
			return None
		if beyond := self._beyond(doc, whole):
			message = f"{_said(by[0])} is invoiced in Xero as {self._number(by[0])}, and {beyond}."
			advice = "Bill what is more by a document of its own, or take that invoice back."
			return Ask(row, [problem_of(row, BEYOND, message, advice)])
		numbers = " and ".join(f"{self._number(key)} of {_said(key)}" for key in by)
		message = f"It is billed by the invoice {numbers}."
		return Nothing(row, outbox.CANCELLED, BILLED_ALREADY, message, billed_by=tuple(by))

	def _unsent(self, key: Key) -> Doc | None:
		"""The row of a document that is about to be billed itself. A part that is held is still to be billed;
		of what is billed as a whole, either document will do.
		"""
		if key[0] not in BILLING or self._lives(key):
			return None
		row = self._row(key)
		open_states = (*requests.ON_ITS_WAY, outbox.HELD) if key[0] == REQUEST else requests.ON_ITS_WAY
		return row if row.get("status") in open_states else None

	def _parts(self, key: Key) -> list[Key]:
		"""The requests of a document that are billed or about to be: neither voided in Xero nor given up."""
		keys = [(REQUEST, str(part["name"])) for part in requests.live(self.store, *key)]
		return [key for key in keys if self._lives(key) or self._unsent(key)]

	def _covers(self, key: Key, parts: list[Key]) -> bool:
		"""Whether these requests of a document bill all of it."""
		source, found = self.store.get(*key), [self.store.get(*part) or {} for part in parts]
		amounts = [cents(part.get("amount")) for part in found]
		return not all(amounts) or bool(source and sum(amounts, ZERO) >= requests.owed(source))

	def _beyond(self, doc: Doc, whole: list[Key]) -> str:
		"""What a document bills more than these sources, which are billed, in words."""
		if doc["doctype"] in MADE_FROM:
			field, source = MADE_FROM[doc["doctype"]]
			named = {line.get(field) for line in doc.get("items") or []}
			if not all(name and self._covered((source, str(name)), whole) for name in named):
				return "some of these lines are not of it"
		billed = sum((requests.owed(each) for key in whole if (each := self.store.get(*key))), ZERO)
		if doc["doctype"] != REQUEST and requests.owed(doc) > billed:
			return f"this comes to {requests.owed(doc)}, that to {billed}"
		return ""

	def _covered(self, key: Key, whole: list[Key]) -> bool:
		if key in whole:
			return True
		doc = self.store.get(*key)
		return bool(doc) and any(source in whole for source in sources(self.store, doc or {}))

	def _billed_by_others(self, row: Doc, doc: Doc, found: list[Key]) -> Plan | None:
		key = _bills(doc)
		siblings = {(REQUEST, each["name"]) for each in requests.of_source(self.store, *key)}
		others = [each for each in self.live_billers(key) if each not in (*found, *siblings, key)]
		if not others:
			return None
		for other in others:
			ahead = self._row(other)
			if ahead.get("status") in requests.ON_ITS_WAY and ahead.get("action") == outbox.VOID:
				return Wait(row, f"{_said(other)} is taken back in Xero first.", ahead["name"])
		names = ", ".join(f"{self._number(other)} of {_said(other)}" for other in others)
		message = f"{_said(key)} is billed in Xero already, by {names}."
		advice = "Bill what is left by documents made from it, or take those back."
		return Ask(row, [problem_of(row, BILLED_BY_OTHERS, message, advice)])

	def _number(self, key: Key) -> str:
		link = self.known.link(*key)
		return str((link or {}).get("xero_number") or key[1])


def _key(doc: Doc) -> Key:
	return doc["doctype"], str(doc["name"])


def _bills(doc: Doc) -> Key:
	"""The document that is billed: a request stands for its source."""
	return made_from(doc)[0] if doc["doctype"] == REQUEST else _key(doc)


def _said(key: Key) -> str:
	return f"{key[0]} {key[1]}"
