"""The dry run: what would become of documents in Xero, said by the planner that a push asks.

It plans inside a transaction that is undone, so nothing is kept; what has to go first (the customer, the
items) counts as gone. The contacts that customers are matched with are read, nothing is sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import partial
from typing import Any, TypeVar, cast

from xero_connector.mapping.contact import seen_contact
from xero_connector.mapping.problem import MappingError, Problem
from xero_connector.mapping.side_by_side import Field, contact_fields, document_fields
from xero_connector.store.protocol import Doc, Store
from xero_connector.sync import links, outbox, triggers
from xero_connector.sync.billed import Key, made_from
from xero_connector.sync.contacts import base_of
from xero_connector.sync.context import Context
from xero_connector.sync.entities import COLLECTION, OPPORTUNITY, ORDER, QUOTATION, REQUEST
from xero_connector.sync.errors import ODD_DATA, SyncError
from xero_connector.sync.leads import FIRMS
from xero_connector.sync.mirror import Mirror
from xero_connector.sync.plan import CREATE, Ask, Look, Plan, Send, Wait, problem_of
from xero_connector.sync.planner import Planner
from xero_connector.sync.pull import contacts_by_id
from xero_connector.sync.reference import load_books
from xero_connector.xero.errors import Missing

CREATE_IT, UPDATE_IT, MATCH_IT = "Create", "Update", "Match"
NOTHING, HELD, WAITS = "Nothing", "Held", "Waits"

R = TypeVar("R")

NOT_YET = "(made first)"
"""Stands in a payload for the id of what goes first and has none yet."""


@dataclass(frozen=True)
class Preview:
	"""What would become of one document.

	``outcome``: one of the words above. ``payload``: exactly the element that would be sent, empty where
	nothing would be. ``fields``: it beside the document and what Xero has now. ``message``: why it would not
	go, or a remark; ``problems``: what to fix. ``before``: what would go first.
	"""

	doctype: str
	name: str
	outcome: str
	entity: str = ""
	payload: Mapping[str, Any] = field(default_factory=dict)
	fields: Sequence[Field] = ()
	message: str = ""
	problems: Sequence[Problem] = ()
	before: Sequence[Preview] = ()

	@property
	def key(self) -> Key:
		return self.doctype, self.name


class _Undo(Exception):
	"""Ends the transaction of a dry run."""


class _Undone:
	"""A store within one transaction: those that the engine begins itself are part of it."""

	def __init__(self, store: Store) -> None:
		self._store = store

	def __getattr__(self, name: str) -> Any:
		return getattr(self._store, name)

	@contextmanager
	def transaction(self) -> Iterator[None]:
		yield


def undone(context: Context, work: Callable[[Context], R]) -> R:
	"""Do it with a store that forgets everything afterwards; returns what it returned."""
	results: list[R] = []
	try:
		with context.store.transaction():
			results.append(work(replace(context, store=cast(Store, _Undone(context.store)))))
			raise _Undo
	except _Undo:
		return results[0]


def preview(context: Context, keys: Sequence[Key]) -> list[Preview]:
	"""What would become of these documents, as (doctype, name). Raises ``XeroError``."""
	wanted: set[str] = undone(context, lambda within: _Previews(within, {}).looks(keys))
	records = contacts_by_id(context, sorted(wanted))
	found: list[Preview] = undone(context, lambda within: _Previews(within, records).of(keys))
	return found


def compare(context: Context, doctype: str, name: str) -> Sequence[Field]:
	"""A document, and what it says in Xero's terms, beside its record as Xero has it now (one call); empty if
	it has none. Raises ``XeroError``.
	"""
	link = links.of_document(context.store, context.organisation, doctype, name)
	doc = context.store.get(doctype, name)
	if link is None or doc is None:
		return []
	collection = COLLECTION[link["xero_entity"]]
	try:
		records = context.api.get(f"{collection}/{link['xero_id']}").records(collection)
	except Missing:
		return []
	record: Mapping[str, Any] = next(iter(records), {})
	return undone(context, lambda within: _Previews(within, {}).beside(link, doc, record))


class _Previews:
	"""Plans documents in the order of dependence, each once."""

	def __init__(self, context: Context, records: Mapping[str, Doc]) -> None:
		self.context = context
		self.store = context.store
		self.planner = Planner(
			context, load_books(self.store, context.organisation, context.site_url), Mirror(context)
		)
		self.contacts = self.planner.contacts.contacts
		self.records = records
		self.planner.contacts.records = {
			key: record for key, record in records.items() if self.contacts.can_read(record)
		}
		self._found: dict[Key, Preview] = {}

	def looks(self, keys: Sequence[Key]) -> set[str]:
		"""The ids of the contacts that must be read for these documents."""
		wanted = set()
		for carrier in (each for key in keys for each in self._carriers(key)[0]):
			for each in (*self._dependencies(carrier), carrier):
				if each[0] in FIRMS:
					plan = self._plan(each)
					if isinstance(plan, Look):
						wanted.add(plan.xero_id)
		return wanted

	def of(self, keys: Sequence[Key]) -> list[Preview]:
		return [self._whole(key) for key in keys]

	def _whole(self, key: Key) -> Preview:
		"""What would become of a document: of several invoices it is the last, and the others go before."""
		carriers, why = self._carriers(key)
		if why:
			return Preview(*key, HELD, message=why)
		*others, last = map(self._of, carriers)
		before = dict.fromkeys(need.key for part in (*others, last) for need in part.before)
		needs = [self._of(need) for need in before]
		return replace(last, doctype=key[0], name=key[1], before=(*needs, *others))

	def _carriers(self, key: Key) -> tuple[list[Key], str]:
		"""What goes to Xero for a document, itself or the invoice requests that sending it makes; with why
		nothing does, if so.
		"""
		doc = self.store.get(*key) if key[0] in (ORDER, OPPORTUNITY, QUOTATION) else None
		if doc is None or not self._is_invoiced(doc):
			return [key], ""
		try:
			made = triggers.request_invoice(self.store, self.context.clock, doc, pilot=True)["requests"]
		except SyncError as error:
			return [], str(error)
		return [(REQUEST, name) for name in made] or [key], ""

	def _is_invoiced(self, doc: Doc) -> bool:
		"""Whether sending it asks for its invoice: not that of an order that is in Xero itself, and of
		quotations only what goes by itself because they are won; of others, the quote goes.
		"""
		if doc["doctype"] == QUOTATION:
			return triggers.is_won(self.context.settings(), doc)
		return not links.of_document(self.store, self.context.organisation, doc["doctype"], str(doc["name"]))

	def _of(self, key: Key) -> Preview:
		if key not in self._found:
			before = [self._of(needed) for needed in self._dependencies(key)]
			plan = self._plan(key)
			self._found[key] = self._said(key, plan, before)
			if isinstance(plan, Send) and plan.kind == CREATE:
				self._as_if_sent(key, plan)
		return self._found[key]

	def beside(self, link: Doc, doc: Doc, record: Mapping[str, Any]) -> Sequence[Field]:
		"""The document of a link beside its record."""
		if doc["doctype"] in FIRMS:
			here = self.contacts.held(doc)
			return contact_fields(self.contacts.field_map, here, {}, seen_contact(record, list(here)))
		source = self._source(doc)
		try:
			plan = self.planner.documents.mapped(link["xero_entity"], doc, source, "")
		except (MappingError, *ODD_DATA):  # what was sent then could not be today
			return document_fields(source, {}, record)
		return document_fields(source, plan.payload, record, plan.totals.total)

	def _source(self, doc: Doc) -> Doc:
		"""The document with the lines: a request has none of its own."""
		return (self.store.get(*made_from(doc)[0]) if doc["doctype"] == REQUEST else None) or doc

	def _row(self, key: Key) -> Doc:
		row = outbox.row_name(self.context.organisation, *key)
		fresh = {"action": outbox.UPSERT, "version": "", "cause": None}
		return {**fresh, "name": row, "reference_doctype": key[0], "reference_name": key[1]}

	def _dependencies(self, key: Key) -> list[Key]:
		try:
			return self.planner.dependencies(self._row(key))
		except ODD_DATA:
			return []  # its plan says what is wrong with it

	def _plan(self, key: Key) -> Plan:
		row = self._row(key)
		try:
			return self.planner.plan(row)
		except ODD_DATA as error:
			message = f"{key[0]} {key[1]} cannot be read: {type(error).__name__}: {error}"
			return Ask(row, [problem_of(row, "not-understood", message, "Correct what is unusual about it.")])

	def _as_if_sent(self, key: Key, plan: Send) -> None:
		"""Those that need it are planned as if it was in Xero."""
		number = str(plan.element.get("Code") or "")
		links.add(
			self.context, *key, plan.entity, f"{NOT_YET} {key[1]}", number=number, base={"local": plan.local}
		)

	def _said(self, key: Key, plan: Plan, before: Sequence[Preview]) -> Preview:
		said = partial(Preview, *key, before=before)
		if isinstance(plan, Send):
			return said(
				CREATE_IT if plan.kind == CREATE else self._changes(key),
				entity=plan.entity,
				payload=_without_stand_ins(plan.element),
				fields=self._fields(key, plan.element, plan.total),
				message=" ".join(filter(None, (plan.warning, plan.note))),
			)
		if isinstance(plan, Ask):
			words = " ".join(problem.message for problem in plan.problems)
			return said(HELD, message=words, problems=plan.problems)
		if isinstance(plan, Wait):
			return said(WAITS, message=plan.message)
		if isinstance(plan, Look):
			return said(WAITS, message="The contact that it matches cannot be read in Xero.")
		outcome = MATCH_IT if self._is_matched(key) else NOTHING
		return said(outcome, message=plan.message, fields=self._fields(key, {}))

	def _is_matched(self, key: Key) -> bool:
		"""Whether the dry run itself linked it with a record that Xero has."""
		link = links.of_document(self.store, self.context.organisation, *key)
		return bool(link and link["xero_id"] in self.records)

	def _changes(self, key: Key) -> str:
		return MATCH_IT if self._is_matched(key) else UPDATE_IT

	def _fields(self, key: Key, element: Mapping[str, Any], total: Decimal | None = None) -> Sequence[Field]:
		doc = self.store.get(*key)
		if doc is None or key[0] == "Item":
			return []
		link = links.of_document(self.store, self.context.organisation, *key)
		if key[0] not in FIRMS:
			return document_fields(self._source(doc), element, None, total) if element else []
		try:
			here = self.contacts.outgoing(doc, self.planner.contacts.books.currencies)
		except MappingError:
			return []
		there = base_of(link).latest if link else None
		sent = seen_contact(element, list(here)) if element else {}
		return contact_fields(
			self.contacts.field_map, here, {k: v for k, v in sent.items() if v != ""}, there
		)


def _without_stand_ins(value: Any) -> Any:
	"""A payload in which what has no id yet says so."""
	if isinstance(value, Mapping):
		return {key: _without_stand_ins(inner) for key, inner in value.items()}
	if isinstance(value, (list, tuple)):
		return [_without_stand_ins(inner) for inner in value]
	return NOT_YET if isinstance(value, str) and value.startswith(NOT_YET) else value
