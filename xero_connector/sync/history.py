"""History: what Xero has of the last years, brought onto the customers that are here.

Contacts first: one that is a customer here is linked to it, none becomes a new customer. Then the invoices,
credits and payments since a day, through the same mirror as every poll.

Where it stands is a **Xero Import**: the entity, and the ``UpdatedDateUTC`` up to which it was applied. Each
page is the first one since then, as in every poll, so nothing is skipped when the list changes meanwhile: a
record that changes moves to the end of the list and is met there. The position is committed after its page
was applied. So an import that is killed repeats one page, and applying a record again changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from xero_connector.clock import Clock, utc_text
from xero_connector.store.protocol import Doc, Duplicate, Store
from xero_connector.sync import links, log, organisations
from xero_connector.sync.contacts import as_dict
from xero_connector.sync.context import Context, Report, portions
from xero_connector.sync.errors import ODD_DATA, SyncError
from xero_connector.sync.lease import Lease
from xero_connector.sync.ledger import StoreLedger
from xero_connector.sync.mirror import stamp
from xero_connector.sync.pull import (
	CONTACTS,
	CREDIT_NOTES,
	INVOICES,
	OVERPAYMENTS,
	PAYMENTS,
	PREPAYMENTS,
	Polled,
	Pull,
)
from xero_connector.sync.recognise import Recognised, Recogniser
from xero_connector.xero.errors import Missing, Refused, XeroError
from xero_connector.xero.usage import Priority

DOCTYPE = "Xero Import"
QUEUED, RUNNING, PAUSED, FINISHED, FAILED = "Queued", "Running", "Paused", "Finished", "Failed"
OPEN = (QUEUED, RUNNING)

COUNTED = {
	CONTACTS: "contacts",
	INVOICES: "invoices",
	CREDIT_NOTES: "credits",
	OVERPAYMENTS: "credits",
	PREPAYMENTS: "credits",
	PAYMENTS: "payments",
}
"""What is read, in the order of dependence, and the field that counts it."""

STEPS = tuple(COUNTED)
DATED = (INVOICES, CREDIT_NOTES, PAYMENTS)
"""What is read since a day. Contacts have none; over- and prepayments are few, and old ones may still be a
customer's credit.
"""

TURN = timedelta(minutes=5)
"""How long an import goes on before polls and webhooks, which need the same lease, get theirs."""

TRY_AGAIN = timedelta(minutes=15)
"""After Xero could not be read."""

MOST_FINDINGS = 500
"""How many contacts without a customer are listed; all are counted."""


class _Interrupted(Exception):
	"""A person stopped the import, or its turn is over."""


def ask(store: Store, clock: Clock, organisation: str, from_date: date) -> str:
	"""A person asks for the history since a day; returns the name of the import. Raises ``SyncError``."""
	if from_date >= clock.today():
		raise SyncError("Choose a day in the past.")
	if not organisations.syncing(store, name=organisation):
		raise SyncError("The organisation is not syncing. Connect it and confirm its company first.")
	known = {"organisation": organisation, "status": ("in", (*OPEN, PAUSED))}
	if store.find(DOCTYPE, known, fields=["name"], limit=1):
		raise SyncError("An import of this organisation is not at its end. Resume that one.")
	return store.insert(
		{
			"doctype": DOCTYPE,
			"organisation": organisation,
			"from_date": from_date.isoformat(),
			"status": QUEUED,
			"asked_at": utc_text(clock.now()),
		}
	)


def stop(store: Store, name: str) -> bool:
	"""End an import after the page it is at; tells whether it was under way."""
	return store.update_if(DOCTYPE, name, {"status": ("in", OPEN)}, {"status": PAUSED, "message": None})


def resume(store: Store, name: str) -> bool:
	"""Let an import go on where it ended; tells whether it had ended early."""
	values = {"status": QUEUED, "message": None, "not_before": None}
	return store.update_if(DOCTYPE, name, {"status": ("in", (PAUSED, FAILED))}, values)


def waiting(store: Store, clock: Clock) -> list[str]:
	"""The organisations that have an import to go on with, and calls for it."""
	now = clock.now()
	reading = {row["name"] for row in organisations.syncing(store, pause_pull=0)}
	due = {"status": ("in", OPEN), "not_before": ("<=", utc_text(now))}
	found = {row["organisation"] for row in store.find(DOCTYPE, due, fields=["organisation"])}
	return [
		organisation
		for organisation in sorted(found & reading)
		if not StoreLedger(store, organisation).look()[0].seen(now).bar(now, Priority.IMPORT)
	]


def note_barred(context: Context, message: str) -> None:
	"""Say on the import why it does not go on just now."""
	known = {"organisation": context.organisation, "status": ("in", OPEN)}
	with context.store.transaction():
		for row in context.store.find(DOCTYPE, known, fields=["name"]):
			context.store.update(DOCTYPE, row["name"], {"message": message})


class History:
	"""One turn of an organisation's import, under the lease of the pull."""

	def __init__(self, context: Context, lease: Lease) -> None:
		self.context = context
		self.store = context.store
		self.pull = Pull(context, lease)
		self.began = context.clock.now()
		self.calls = context.api.calls
		self.applied = 0
		self.doc: Doc = {}
		"""The **Xero Import**, with what is not committed yet."""
		self.recogniser: Recogniser | None = None

	def run(self) -> Report:
		"""Go on until the end, or until the turn is over. Raises ``XeroError`` when Xero cannot be read; the
		import says so, and goes on later.
		"""
		if not self._begin():
			return Report()
		try:
			self._read()
		except _Interrupted:
			self._end(QUEUED, "")
		except XeroError as error:
			# What Xero refuses it will refuse again: a person has to look. The rest passes.
			self._end(FAILED if isinstance(error, (Refused, Missing)) else QUEUED, str(error))
			raise
		except ODD_DATA as error:
			self._end(FAILED, f"{type(error).__name__}: {error}")
			raise
		else:
			self._end(FINISHED, "")
		return Report(applied=self.applied)

	def _begin(self) -> bool:
		"""Take up the import; tells whether there is one. One that is *Running* was that of a process that
		was killed: the lease is ours.
		"""
		open_ones = {"organisation": self.context.organisation, "status": ("in", OPEN)}
		now = self.context.now()
		for row in self.store.find(DOCTYPE, open_ones, order_by="asked_at", limit=1):
			with self.store.transaction():
				doc = self.store.get(DOCTYPE, row["name"], for_update=True)
				if doc is None or doc["status"] not in OPEN:
					return False
				started = {"status": RUNNING, "message": None, "started_at": doc.get("started_at") or now}
				self.store.update(DOCTYPE, doc["name"], started)
			self.doc = {**doc, **started}
			return True
		return False

	def _read(self) -> None:
		if not self.doc.get("entity"):
			self.pull.poll(CONTACTS)  # which contact a customer is, only all of them together tell
			self.doc["expected"] = sum(self._count(self._since(polled)) for polled in STEPS)
			self._keep_step(CONTACTS.entity)
		names = [polled.entity for polled in STEPS]
		for polled in STEPS[names.index(self.doc["entity"]) :]:
			if polled.entity != self.doc["entity"]:
				self._keep_step(polled.entity)
			self._read_all(polled)

	def _read_all(self, polled: Polled) -> None:
		start, dated = str(self.doc.get("position") or ""), self._since(polled)
		self.pull.imports = dated
		for page in self.pull.pages(dated, start, self._keep_position):
			if polled is CONTACTS:
				self._link(page)
			self.applied += self.pull.apply(dated, page)
			# After an interruption the first page overlaps with what was counted before it.
			new = [row for row in page if not start or stamp(row, self.context.clock.now()) > start]
			self._add(COUNTED[polled], len(new))
			self._list_unmatched(new if polled is CONTACTS else [])

	def _since(self, polled: Polled) -> Polled:
		"""How this is read for the import: where it has a date, since the day that was asked for."""
		if polled not in DATED:
			return replace(polled)
		day = date.fromisoformat(str(self.doc["from_date"])[:10])
		where = f"Date >= DateTime({day.year}, {day.month:02}, {day.day:02})"
		params = dict(polled.params)
		params["where"] = f"{params['where']} AND {where}" if "where" in params else where
		return replace(polled, params=tuple(params.items()))

	def _count(self, polled: Polled) -> int:
		"""How many there are, as far as Xero says it: one call."""
		try:
			answer = self.context.api.get(
				polled.collection, {**dict(polled.params), "page": 1, "pageSize": 1}
			)
		except Missing:
			return 0
		said = answer.data.get("pagination")
		count = said.get("itemCount") if isinstance(said, dict) else None
		return count if isinstance(count, int) else 0

	# contacts

	def _link(self, page: Sequence[Doc]) -> None:
		"""Link those contacts of a page that are customers here. Where both have something it stays; what is
		empty here is filled when the page is applied.
		"""
		self.recogniser = self.recogniser or Recogniser(self.context)
		for record in self._unlinked(page):
			found = self._recognised(record)
			customer = self.store.get("Customer", found.customer) if found.customer else None
			if customer is None or not self.pull.mirror.contacts.can_read(record):
				continue
			try:
				self._link_one(record, customer, found.rule)
			except Duplicate:
				pass  # somebody was faster
			self.recogniser.linked(found.customer)

	def _link_one(self, record: Doc, customer: Doc, rule: str) -> None:
		mirror, name, xero_id = self.pull.mirror, str(customer["name"]), str(record["ContactID"])
		base = as_dict(mirror.contacts.first_base(customer, record))
		with self.store.transaction():
			links.add(self.context, "Customer", name, "Contact", xero_id, base=base, matched_by=rule)
			log.write(
				self.context,
				log.PULL,
				"Match",
				log.OK,
				doctype="Customer",
				name=name,
				xero_entity="Contact",
				xero_id=xero_id,
				answer=f"Matched by {rule}.",
			)
			mirror.adopt_contact(record, name)
			mirror.touched.clear()  # the sums of all customers follow at the end
		self._add("linked", 1)

	def _unlinked(self, page: Sequence[Doc]) -> list[Doc]:
		"""The active contacts of a page that no document here is linked to."""
		known: dict[str, Doc] = {}
		for ids in portions([str(record["ContactID"]) for record in page]):
			known |= links.of_records(self.store, self.context.organisation, "Contact", ids)
		return [
			record
			for record in page
			if record["ContactID"] not in known and record.get("ContactStatus") == "ACTIVE"
		]

	def _recognised(self, record: Doc) -> Recognised:
		assert self.recogniser is not None
		try:
			return self.recogniser.find(record)
		except ODD_DATA as error:  # the log says it when the page is applied
			return Recognised(doubt=f"It cannot be read: {error}")

	def _list_unmatched(self, page: Sequence[Doc]) -> None:
		"""Note the contacts that are customers in Xero, and none here or not clear which."""
		findings = list(self.doc.get("findings") or [])
		for record in self._unlinked(page):
			if record.get("IsCustomer") is False:
				continue
			self._add("unmatched", 1)
			why = (
				self._recognised(record).doubt
				or "No customer here has its number, email, tax number or name."
			)
			if len(findings) < MOST_FINDINGS:
				findings.append(
					{
						"outcome": "Told",
						"kind": "unmatched",
						"message": f"{record.get('Name')}: {why}",
						"xero_entity": "Contact",
						"xero_id": record["ContactID"],
					}
				)
		self.doc["findings"] = findings

	# where it stands

	def _add(self, field: str, count: int) -> None:
		self.doc[field] = int(self.doc.get(field) or 0) + count

	def _keep_step(self, entity: str) -> None:
		self.doc["entity"] = entity
		self._keep_position("")

	def _keep_position(self, position: str) -> None:
		"""A page was applied: commit how far the import is. Raises ``_Interrupted`` if it is to end here."""
		self.doc["position"] = position
		with self.store.transaction():
			self.store.update(DOCTYPE, self.doc["name"], self._progress())
			current = self.store.get(DOCTYPE, self.doc["name"], for_update=True) or {}
		if current.get("status") != RUNNING or self.context.clock.now() - self.began >= TURN:
			raise _Interrupted

	def _progress(self) -> dict[str, Any]:
		"""All that the import says of how far it is."""
		counts = {field: int(self.doc.get(field) or 0) for field in dict.fromkeys(COUNTED.values())}
		done, expected = sum(counts.values()), int(self.doc.get("expected") or 0)
		calls, self.calls = self.context.api.calls - self.calls, self.context.api.calls
		self._add("calls", calls)
		self.doc["progress"] = min(100 * done // expected, 100) if expected else 0
		said = ("entity", "position", "expected", "progress", "linked", "unmatched", "calls", "findings")
		return counts | {field: self.doc[field] for field in said if field in self.doc}

	def _end(self, status: str, message: str) -> None:
		"""The sums of all customers, then how it ended; what a person has said meanwhile stays."""
		self.pull.imports = None
		self.pull.sum_up()
		self.pull.recheck()
		values: dict[str, Any] = {"status": status, "message": message}
		if status == FINISHED:
			values |= {**self._progress(), "progress": 100, "finished_at": self.context.now()}
		if status == QUEUED and message:
			values["not_before"] = utc_text(self.context.clock.now() + TRY_AGAIN)
		with self.store.transaction():
			self.store.update_if(DOCTYPE, self.doc["name"], {"status": RUNNING}, values)
