"""Pull: what changed in Xero arrives here.

Each polled entity has a cursor, the ``UpdatedDateUTC`` of the newest record that was applied. A poll reads
what changed since a little before it, oldest first, always the first page: reading on by page number would
skip rows when the list changes meanwhile. The cursor moves only past what has been applied, never to *now*.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from xero_connector.clock import parse_utc
from xero_connector.store.protocol import Changed, Doc, Duplicate, Store
from xero_connector.sync import log, payment_entries
from xero_connector.sync.again import read_again, was_read
from xero_connector.sync.context import Api, Context, Report, put
from xero_connector.sync.errors import ODD_DATA, NotTaken
from xero_connector.sync.lease import Lease
from xero_connector.sync.links import has_id
from xero_connector.sync.mirror import Mirror, stamp
from xero_connector.xero.client import Answer
from xero_connector.xero.errors import BadAnswer, Missing, XeroError
from xero_connector.xero.usage import Priority

PAGE = 1000
SMALLEST_PAGE = 100
"""What Xero gives where it does not heed the page size that it was asked for."""

OVERLAP = timedelta(seconds=2)
"""How far before the cursor a poll begins: If-Modified-Since has whole seconds, and may leave out its own."""

NOT_MODIFIED = 304
"""Another way to say that nothing changed."""

TOGETHER = 50
"""Records that are applied in one transaction."""

TRIES = 4
"""How often a record is applied again at once: where somebody else was faster, and without each document that
does not take it.
"""

IDS_PER_CALL = 40
"""Record ids in one request: they go into the URL, which servers cut at about 2,000 characters."""


@dataclass(frozen=True)
class Polled:
	"""How one entity is read.

	``paged``: Xero gives it in pages; else all changes come at once. ``by_ids``: many can be read again in
	one call by their ids; else one by one. ``optional``: not every server that speaks Xero's API has it.
	"""

	entity: str
	collection: str
	id_field: str
	paged: bool = True
	by_ids: bool = False
	optional: bool = False
	params: tuple[tuple[str, str], ...] = ()


CONTACTS = Polled("Contact", "Contacts", "ContactID", by_ids=True, params=(("includeArchived", "true"),))
ITEMS = Polled("Item", "Items", "ItemID", paged=False)
INVOICES = Polled("Invoice", "Invoices", "InvoiceID", by_ids=True, params=(("where", 'Type=="ACCREC"'),))
PAYMENTS = Polled("Payment", "Payments", "PaymentID")
OVERPAYMENTS = Polled("Overpayment", "Overpayments", "OverpaymentID", optional=True)
PREPAYMENTS = Polled("Prepayment", "Prepayments", "PrepaymentID", optional=True)
CREDIT_NOTES = Polled(
	"CreditNote",
	"CreditNotes",
	"CreditNoteID",
	optional=True,
	params=(("where", 'Type=="ACCRECCREDIT"'),),
)
QUOTES = Polled("Quote", "Quotes", "QuoteID", optional=True)
CREDITS = {polled.entity: polled for polled in (CREDIT_NOTES, OVERPAYMENTS, PREPAYMENTS)}

CYCLE = (CONTACTS, INVOICES, *CREDITS.values(), PAYMENTS)
"""What every poll reads, in the order of dependence. Items are read when a push needs them."""

DOCUMENTS = {polled.entity: polled for polled in (INVOICES, CREDIT_NOTES, QUOTES)}
"""How documents that a push makes are read again."""


def polled_by(store: Store, organisation: str) -> tuple[Polled, ...]:
	"""What a poll of this organisation reads: quotes only where it has sent one."""
	sent = {"organisation": organisation, "xero_entity": QUOTES.entity}
	return (*CYCLE, QUOTES) if store.find("Xero Link", sent, fields=["name"], limit=1) else CYCLE


def contacts_by_id(
	context: Context, ids: Sequence[str], before_each: Callable[[], object] = lambda: None
) -> dict[str, Doc]:
	"""These contacts as Xero has them, by id, many to a call. Nothing is applied."""
	wanted, found = list(dict.fromkeys(ids)), dict[str, Doc]()
	for at in range(0, len(wanted), IDS_PER_CALL):
		before_each()
		part = wanted[at : at + IDS_PER_CALL]
		params = {"IDs": ",".join(part), "page": 1, "pageSize": IDS_PER_CALL}
		for record in context.api.get("Contacts", params).records("Contacts"):
			found[str(record.get("ContactID"))] = record
	return found


class Pull:
	"""The pull of one organisation. It keeps a mirror for as long as it runs, and the lease it runs under."""

	def __init__(self, context: Context, lease: Lease | None = None) -> None:
		self.context = context
		self.store = context.store
		self.lease = lease
		self.mirror = Mirror(context)
		self.imports: Polled | None = None
		"""The entity that is being imported: the sums of all customers follow at the end."""

	def run(self) -> Report:
		"""Poll everything once. Raises ``XeroError`` when Xero cannot be read; what was applied stays
		applied.
		"""
		try:
			report = self._run()
		except XeroError:
			self.recheck()
			raise
		self.recheck()
		return report

	def _run(self) -> Report:
		report = Report()
		for polled in polled_by(self.store, self.context.organisation):
			report.applied += self.poll(polled)
		report.applied += self.balance()
		with self.store.transaction():
			report.applied += self.mirror.age()
			self.mirror.settle()
		return report

	def balance(self) -> int:
		"""Read again by id what does not add up: invoices, credits, payments that are gone; returns how many
		records changed something here.
		"""
		balance = self.mirror.balance
		applied = self.fetch(INVOICES, balance.stale_invoices())
		for entity, ids in balance.stale_credits().items():
			applied += self.fetch(CREDITS[entity], ids)
		removed = balance.removed()
		applied += self.fetch(PAYMENTS, removed)
		was_read(self.context, removed)
		return applied

	def recheck(self) -> None:
		"""End a run: see that the sums it wrote hold beside what others wrote at the same time, and make the
		Payment Entries of what was paid.
		"""
		with self.store.transaction():
			self.mirror.resettle()
		payment_entries.make(self.context, self.lease)

	def poll(self, polled: Polled) -> int:
		"""Bring one entity up to date; returns how many records changed something here."""
		return sum(self.apply(polled, page) for page in self._changes(polled))

	def all_of(self, polled: Polled) -> Iterator[list[Doc]]:
		"""All records of an entity, in pages; its cursor stays where it is."""
		return self.pages(polled)

	def exists(self, polled: Polled, xero_id: str) -> bool:
		"""Whether Xero still finds a record by its id; if so, it is brought up to date."""
		records = self._one(polled, xero_id)
		self.apply(polled, records)
		return bool(records)

	def _one(self, polled: Polled, xero_id: str) -> list[Doc]:
		"""The record with this id, if Xero still finds it."""
		try:
			answer = self.context.api.get(f"{polled.collection}/{xero_id}")
		except Missing:
			return []
		return answer.records(polled.collection)

	def fetch(self, polled: Polled, ids: Iterable[str]) -> int:
		"""Read these records again by id, many to a call where Xero can; one that is gone is left out."""
		wanted, applied = list(dict.fromkeys(ids)), 0
		if not polled.by_ids:
			return sum([self.apply(polled, self._one(polled, xero_id)) for xero_id in wanted])
		for at in range(0, len(wanted), IDS_PER_CALL):
			params: dict[str, Any] = {
				"IDs": ",".join(wanted[at : at + IDS_PER_CALL]),
				"page": 1,
				"pageSize": PAGE,
			}
			if polled is CONTACTS:
				params["includeArchived"] = "true"
			records = self.context.api.get(polled.collection, params).records(polled.collection)
			applied += self.apply(polled, records)
		return applied

	def apply(self, polled: Polled, records: Sequence[Doc]) -> int:
		"""Apply records, some in one transaction together with the sums that they change; returns how many
		changed anything.

		One that the store refuses never holds back the others: the log says why, and it is read again by id
		in the next cycle, until it can be applied.
		"""
		applied = 0
		if not all(has_id(record.get(polled.id_field)) for record in records):
			raise BadAnswer(f"Xero's answer has {polled.collection} without a {polled.id_field}.")
		for at in range(0, len(records), TOGETHER):
			part = records[at : at + TOGETHER]
			if self.lease:
				self.lease.keep()
			try:
				applied += self._apply(polled, part)
			except ODD_DATA:
				applied += sum([self._apply_one(polled, record) for record in part])
		return applied

	def _apply_one(self, polled: Polled, record: Doc) -> int:
		try:
			for _ in range(TRIES):
				try:
					return self._apply(polled, [record])
				except (Duplicate, Changed):  # another was first to make it, or to save what it changes
					continue
				except NotTaken as error:  # a person decides what becomes of those fields
					refusals = self.mirror.refusals.setdefault(str(record[polled.id_field]), {})
					refusals[error.doctype] = str(error)
			return self._apply(polled, [record])
		except ODD_DATA as error:
			self._remember_failure(polled, record, error)
			return 0

	def _apply(self, polled: Polled, records: Sequence[Doc]) -> int:
		with self.store.transaction():
			return self.mirror.apply_all(polled.entity, records, importing=polled is self.imports)

	def _remember_failure(self, polled: Polled, record: Doc, error: Exception) -> None:
		xero_id = str(record.get(polled.id_field) or "")
		with self.store.transaction():
			self._tell(polled, f"{type(error).__name__}: {error}", xero_id)
			read_again(self.context, polled.entity, xero_id, str(error))

	def _tell(self, polled: Polled, answer: str, xero_id: str = "") -> None:
		log.write(
			self.context,
			log.PULL,
			"Apply",
			log.ERROR,
			xero_entity=polled.entity,
			xero_id=xero_id,
			answer=answer,
			cause="not-applied",
		)

	def _changes(self, polled: Polled) -> Iterator[list[Doc]]:
		"""Pages of changed records, all of them at first; moves the cursor after each page is used.

		A first reading is an import. It can wait, unless more than a poll waits for it. And each of its pages
		holds records of most customers, so their sums are written once at its end, and not with every part of
		every page.
		"""
		cursor, api = self._cursor(polled), self.context.api
		position, keep = str(cursor.get("position") or ""), partial(self._move, cursor)
		if cursor.get("read_once"):
			yield from self.pages(polled, position, keep)
			return
		self.imports = polled
		first = Priority.IMPORT if api.priority is Priority.POLL else api.priority
		brought = bool(position)  # before the import was interrupted
		for page in self.pages(polled, position, keep, api.at(first)):
			brought = True
			yield page
		if brought:
			self.sum_up()
		with self.store.transaction():
			self.store.update("Xero Cursor", cursor["name"], {"read_once": 1})
		self.imports = None

	def sum_up(self) -> None:
		"""Write the sums of every customer that has a contact."""
		contacts = {"organisation": self.context.organisation, "xero_entity": CONTACTS.entity}
		links = self.store.find("Xero Link", contacts, fields=["reference_name"])
		for at in range(0, len(links), TOGETHER):
			if self.lease:
				self.lease.keep()
			with self.store.transaction():
				self.mirror.touched |= {link["reference_name"] for link in links[at : at + TOGETHER]}
				self.mirror.settle()

	def pages(
		self,
		polled: Polled,
		position: str = "",
		keep: Callable[[str], None] | None = None,
		api: Api | None = None,
	) -> Iterator[list[Doc]]:
		"""Pages of records, oldest first, each record version once: those changed since ``position`` (UTC
		text), or all there are. ``keep`` is given the new position after each page that was used.

		Should the pages not be in order, they are read on by number, and the position moves after the last.
		"""
		api, newest = api or self.context.api, position
		seen: dict[str, str] = {}
		before: list[Doc] = []
		since, page, in_order = _since(position), 1, True
		while True:
			if self.lease:
				self.lease.keep()
			params: dict[str, Any] = dict(polled.params)
			if polled.paged:
				params |= {
					"page": page,
					"pageSize": PAGE,
					"order": f"UpdatedDateUTC ASC, {polled.id_field} ASC",
				}
			try:
				answer = api.get(polled.collection, params, modified_since=since)
			except Missing:
				if polled.optional:
					return
				raise
			except BadAnswer as error:
				if error.status == NOT_MODIFIED and since:
					return
				raise
			rows = answer.records(polled.collection)
			records = [row for row in rows if has_id(row.get(polled.id_field))]
			if len(records) < len(rows):
				count = len(rows) - len(records)
				with self.store.transaction():
					self._tell(polled, f"Xero sent {count} {polled.collection} without a {polled.id_field}.")
				keep = None  # what has no id can only come again with the page
			stamps = [stamp(row, self.context.clock.now()) for row in records]
			read = {row[polled.id_field]: stamp for row, stamp in zip(records, stamps, strict=True)}
			fresh = [row for row in records if seen.get(row[polled.id_field]) != read[row[polled.id_field]]]
			# A server that knows no page numbers gives the same page again.
			last = not polled.paged or _is_last(answer, polled, page) or (page > 1 and records == before)
			if fresh:
				yield fresh
				seen |= read
				newest = max(newest, *stamps)
			in_order = in_order and stamps == sorted(stamps)
			if newest > position and (in_order or last):
				position = newest
				if keep:
					keep(position)
			if last:
				return
			following, before = _since(position), records
			# A whole page within one second (a bulk import in Xero) is the one case that needs page numbers.
			since, page = (following, 1) if following != since else (since, page + 1)
			# What can come again: since then, or at no time that Xero tells.
			seen = {key: stamp for key, stamp in seen.items() if not stamp or stamp >= (since or "")}

	def _cursor(self, polled: Polled) -> Doc:
		key = {"organisation": self.context.organisation, "entity": polled.entity}
		with self.store.transaction():
			name, _ = put(self.store, "Xero Cursor", key, {"last_run": self.context.now()})
		cursor = self.store.get("Xero Cursor", name)
		assert cursor is not None
		return cursor

	def _move(self, cursor: Doc, position: str) -> None:
		with self.store.transaction():
			self.store.update("Xero Cursor", cursor["name"], {"position": position})


def _is_last(answer: Answer, polled: Polled, page: int) -> bool:
	"""Whether this is the last page: as the answer says, else by its length."""
	said = answer.data.get("pagination")
	pages = said.get("pageCount") if isinstance(said, dict) else None
	if isinstance(pages, int):
		return page >= pages
	return len(answer.records(polled.collection)) < min(PAGE, SMALLEST_PAGE)


def _since(position: str) -> str | None:
	"""The If-Modified-Since for a cursor: the whole second, less the overlap."""
	if not position:
		return None
	return (parse_utc(position) - OVERLAP).strftime("%Y-%m-%dT%H:%M:%S")
