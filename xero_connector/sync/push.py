"""Push: the outbox drains to Xero, in the order of dependence, in frozen batches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from xero_connector.mapping.books import Books
from xero_connector.mapping.problem import Problem
from xero_connector.store.protocol import Changed, Doc, Duplicate
from xero_connector.sync import batches, billed, links, log, matches, outbox, reference
from xero_connector.sync.advice import PERIOD_LOCKED
from xero_connector.sync.afterwards import LINK, Afterwards
from xero_connector.sync.batches import Settlement
from xero_connector.sync.context import Context, Report
from xero_connector.sync.entities import COLLECTION, CREDIT_NOTE, DOCUMENTS, ID_FIELD, KEY_FIELD, QUOTE
from xero_connector.sync.errors import ODD_DATA
from xero_connector.sync.groups import Groups
from xero_connector.sync.leads import FIRMS
from xero_connector.sync.lease import Lease
from xero_connector.sync.links import is_saved
from xero_connector.sync.plan import (
	CREATE,
	UPDATE,
	Ask,
	Look,
	Nothing,
	Plan,
	Send,
	Wait,
	problem_of,
)
from xero_connector.sync.planner import Planner
from xero_connector.sync.pull import CONTACTS, ITEMS, Pull, contacts_by_id
from xero_connector.sync.pull import DOCUMENTS as READ_AGAIN
from xero_connector.sync.tell import tell
from xero_connector.xero.client import Answer
from xero_connector.xero.errors import (
	BadAnswer,
	Disconnected,
	Missing,
	RateLimited,
	Refused,
	Uncertain,
	XeroError,
)

STAGES = (*FIRMS, "Item", *DOCUMENTS)
"""Doctypes in the order of dependence."""

CURRENCY = {"Customer": "default_currency", **dict.fromkeys(DOCUMENTS, "currency")}
"""The field of a document that names its currency."""

INDEX = {**dict.fromkeys(FIRMS, CONTACTS), "Item": ITEMS}
"""What must be known of Xero before something new of this kind is matched or made."""

LOCK_DATES = "lock dates"
"""Also known once per run: finance opens a period for an hour, and nobody should wait a day to see it."""

LIST_IN_URL = 1500
"""Characters of a list in a URL, which servers cut at about 2,000."""

RETRY_AFTER_FAULT = 60.0
"""Seconds until rows go again that a fault, not Xero's word, has stopped."""


class Stopped(Exception):
	"""Xero cannot be worked with now. What was begun is settled; the rest stays queued."""

	def __init__(self, error: XeroError, report: Report) -> None:
		super().__init__(str(error))
		self.error = error
		self.report = report


class Push:
	"""Drains the outbox of one organisation, under a lease."""

	def __init__(self, context: Context, lease: Lease) -> None:
		self.context = context
		self.store = context.store
		self.lease = lease
		self.pull = Pull(context, lease)
		self.mirror = self.pull.mirror
		self.fresh: set[str] = set()

	def run(self) -> Report:
		"""Send until nothing is due. Raises ``Stopped`` when Xero cannot be worked with now."""
		report = Report()
		try:
			for batch in batches.unsettled(self.context):
				report += self._settle_leftover(batch)
			while True:
				done = self._round()
				report += done
				if done == Report():
					break
			report += Groups(self.context, self.lease).run()
		except XeroError as error:
			self.pull.recheck()
			raise Stopped(error, report) from error
		except Stopped as stop:
			self.pull.recheck()
			stop.report = report + stop.report
			raise
		self.pull.recheck()
		return report

	def _round(self) -> Report:
		"""One pass over what is due, contacts first. All customers and items go before any document, which
		would only wait for them; of documents one portion of each kind, for which its own dependencies were
		queued. Last comes what is done once they are in Xero.
		"""
		report = Report()
		ready = self._queue_dependencies()
		for doctype in STAGES:
			while rows := outbox.due(self.context, doctype):
				if doctype in DOCUMENTS:  # one that came meanwhile would wait for items that nobody queued
					rows = [row for row in rows if row["name"] in ready]
				done = self._send_due(doctype, rows)
				report += done
				if doctype in DOCUMENTS or len(rows) < outbox.PORTION or done == Report():
					break
		for row in outbox.due(self.context, LINK):
			self.lease.renew()
			report += self._afterwards(row)
		return report

	def _afterwards(self, row: Doc) -> Report:
		"""Do what remains to be done about a record in Xero. Raises ``Stopped`` when the rest must wait."""
		try:
			return Afterwards(self.context, self.pull, self.lease).run(row)
		except XeroError as error:
			uncertain = isinstance(error, (Uncertain, BadAnswer))
			with self.store.transaction():
				outbox.wait(self.context, row, "uncertain" if uncertain else "fault", str(error))
			raise Stopped(error, Report(waiting=1)) from error

	def _send_due(self, doctype: str, rows: Sequence[Doc]) -> Report:
		"""Plan and send these rows, which are all of one doctype."""
		report = Report()
		self._refresh_index(doctype, rows)
		self._know_currencies(doctype, rows)
		planner = self._planner()
		sends: dict[str, Send] = {}
		looks: list[Look] = []
		for row in rows:
			self.lease.keep()
			report += self._plan(planner, row, sends, looks)
		contacts = contacts_by_id(self.context, [look.xero_id for look in looks], self.lease.keep)
		planner.contacts.records = {
			key: row for key, row in contacts.items() if self.mirror.contacts.can_read(row)
		}
		for look in looks:
			self.lease.keep()
			report += self._plan(planner, look.row, sends)
		for entity in dict.fromkeys(send.entity for send in sends.values()):
			for kind in (CREATE, UPDATE):
				alike = [send for send in sends.values() if (send.entity, send.kind) == (entity, kind)]
				for part in batches.cut(alike):
					self.lease.renew()
					batch = batches.freeze(self.context, part)
					if batch:
						report += self._send(batch)
		return report

	def _planner(self) -> Planner:
		return Planner(self.context, self._books(), self.mirror)

	def _books(self) -> Books:
		return reference.load_books(self.store, self.context.organisation, self.context.site_url)

	def _queue_dependencies(self) -> set[str]:
		"""A document brings its customer and its items along. Returns the rows of the documents that did."""
		context, planner = self.context, self._planner()
		ready = [row for doctype in DOCUMENTS for row in outbox.due(context, doctype)]
		for row in ready:
			try:
				needed = planner.dependencies(row)
			except ODD_DATA:
				continue  # its plan says what is wrong with it
			for doctype, name in needed:
				known = self.store.get("Xero Outbox", outbox.row_name(context.organisation, doctype, name))
				if known and known["status"] not in (outbox.DONE, outbox.CANCELLED):
					continue
				with self.store.transaction():
					outbox.enqueue(
						self.store,
						context.clock,
						context.organisation,
						doctype,
						name,
						user=row.get("triggered_by"),
						priority=int(row.get("priority") or 0),
					)
		return {row["name"] for row in ready}

	def _refresh_index(self, doctype: str, rows: Sequence[Doc]) -> None:
		"""Before something is matched, made or changed, know what Xero has; once per run."""
		polled = INDEX.get(doctype)
		if polled is None or polled.entity in self.fresh:
			return
		planner = self._planner()
		if all(self._linked(row) and not _would_send(planner, row) for row in rows):
			return
		self.lease.renew()
		self.pull.poll(polled)
		self.fresh.add(polled.entity)

	def _know_currencies(self, doctype: str, rows: Sequence[Doc]) -> None:
		"""Read the organisation's currencies when a document comes that is in another than its own."""
		field, settings = CURRENCY.get(doctype), self.context.settings()
		if field is None or settings.get("currencies"):
			return
		own = ("", settings.get("base_currency") or "")
		foreign = {"name": ("in", [row["reference_name"] for row in rows]), field: ("not in", own)}
		if self.store.find(doctype, foreign, fields=["name"], limit=1):
			self.lease.renew()
			reference.read_currencies(self.context)

	def _linked(self, row: Doc) -> bool:
		doctype, name = row["reference_doctype"], row["reference_name"]
		return links.of_document(self.store, self.context.organisation, doctype, name) is not None

	def _plan(
		self, planner: Planner, row: Doc, sends: dict[str, Send], looks: list[Look] | None = None
	) -> Report:
		"""Plan one row: keep what is to be sent (by document) or looked at, write down everything else."""
		plan: Plan
		try:
			plan = planner.plan(row)
		except (Duplicate, Changed) as error:
			plan = Wait(row, f"Somebody else is at it just now ({error}).", "")
		except ODD_DATA as error:
			plan = Ask(row, [_odd(row, error)])
		if isinstance(plan, Ask) and plan.problems[0].cause == PERIOD_LOCKED and LOCK_DATES not in self.fresh:
			reference.refresh(self.context)
			self.fresh.add(LOCK_DATES)
			planner.use(self._books())
			return self._plan(planner, row, sends, looks)
		if isinstance(plan, Send):
			# A second row of a renamed document comes after the first.
			sends.setdefault(row["reference_name"], plan)
			return Report()
		if isinstance(plan, Look):
			if looks is not None:
				looks.append(plan)
				return Report()
			plan = Wait(row, "The contact that it matches cannot be read in Xero just now.", "")
		with self.store.transaction():
			if isinstance(plan, Nothing):
				self._close(row, plan)
				return Report(unchanged=1)
			if isinstance(plan, Ask):
				return self._ask(row, plan)
			outbox.wait(self.context, row, "waits", plan.message, waits_for=plan.waits_for)
			tell(self.context, row["reference_doctype"], row["reference_name"], plan.message)
			return Report(waiting=1)

	def _close(self, row: Doc, plan: Nothing) -> None:
		"""Nothing is to be sent. What another document's invoice bills shows that one."""
		document = (row["reference_doctype"], row["reference_name"])
		outbox.close(self.context, row, plan.status, cause=plan.cause, message=plan.message)
		tell(self.context, *document, "")
		for key in plan.billed_by:
			billed.note(self.store, self.context.organisation, key, [document], Decimal(0))
		if plan.billed_by:
			self.mirror.show_on(document)

	def _ask(self, row: Doc, plan: Ask) -> Report:
		message = " ".join(problem.message for problem in plan.problems)
		advice = " ".join(dict.fromkeys(problem.advice for problem in plan.problems))
		first = plan.problems[0]
		held = outbox.hold(self.context, row, first.cause, message, advice, outbox.place(first))
		if held and plan.review:
			place = (self.store, self.context.clock, self.context.organisation)
			matches.note(*place, row["reference_doctype"], row["reference_name"], plan.review)
		tell(self.context, row["reference_doctype"], row["reference_name"], f"{message} {advice}")
		log.write(
			self.context,
			log.PUSH,
			"Check",
			log.HELD,
			doctype=row["reference_doctype"],
			name=row["reference_name"],
			answer=message,
			advice=advice,
			cause=first.cause,
			changed=[f"{problem.doctype}.{problem.field}" for problem in plan.problems],
			triggered_by=row.get("triggered_by"),
		)
		return Report(held=1)

	def _send(self, batch: Doc, *, again: bool = False) -> Report:
		"""Send a frozen batch and settle it by the answer. Raises ``Stopped`` when the rest must wait.

		``again``: an earlier run may have sent it too, so a call that fails on its way proves nothing.
		"""
		context, settlement = self.context, Settlement(self.context, self.mirror, batch)
		assert not self.store.in_transaction(), "a call to Xero inside an open transaction"
		params: dict[str, Any] = {"summarizeErrors": "false"}
		if batch["entity"] != "Contact":
			params["unitdp"] = 4
		try:
			answer = context.api.send(
				batch["method"],
				batch["path"],
				batch["body"].encode(),
				key=batch["idempotency_key"],
				params=params,
				before=self.lease.keep,
			)
		except Refused as error:
			return self._refused(batch, settlement, error)
		except Missing as error:  # one of the records that it changes is gone
			return self._refused(batch, settlement, Refused(str(error), correlation_id=error.correlation_id))
		except (Uncertain, BadAnswer) as error:
			replayable = not isinstance(error, Uncertain) or error.replayable
			raise Stopped(error, settlement.uncertain(str(error), replayable=replayable)) from error
		except XeroError as error:
			raise Stopped(error, self._never_arrived(settlement, error, again=again)) from error
		return self._answered(batch, settlement, answer)

	def _never_arrived(self, settlement: Settlement, error: XeroError, *, again: bool) -> Report:
		"""This call did nothing in Xero; whether an earlier one did is as open as before."""
		if again:
			return settlement.uncertain(str(error), replayable=True)
		if isinstance(
			error, (Disconnected, RateLimited)
		):  # the login and the budget keep runs from beginning
			return settlement.release(str(error))
		return settlement.release(str(error), delay=RETRY_AFTER_FAULT)

	def _answered(self, batch: Doc, settlement: Settlement, answer: Answer) -> Report:
		"""Xero did it: whatever fails while its answer is read, the batch stays open until it is settled."""
		try:
			records = answer.records(batch["path"])
			ours = self._taken(settlement, records)
			self._look_at_refused(settlement, records)
			settlement.correlation_id = answer.correlation_id
			self.lease.renew()
			return settlement.answered(records, ours)
		except XeroError as error:
			raise Stopped(error, settlement.uncertain(str(error), replayable=True)) from error

	def _refused(self, batch: Doc, settlement: Settlement, error: Refused) -> Report:
		"""Xero refused the request as a whole: by its elements if it named them, else each row by itself."""
		settlement.correlation_id = error.correlation_id
		entries = batches.entries(batch)
		named = any(batches.is_refusal(element) for element in error.elements)
		if named and len(error.elements) == len(entries) > 1:
			return settlement.refused_some(error.elements)
		if len(entries) == 1:
			return settlement.answered([{"ValidationErrors": [{"Message": str(error)}]}])
		settlement.release(f"Xero refused the batch: {error}")
		report = Report()
		for entry, element in zip(entries, batches.elements(batch), strict=True):
			row = self.store.get("Xero Outbox", entry["row"])
			if row is None or row["version"] != entry["version"]:
				continue
			send = Send(
				row,
				entry["kind"],
				batch["entity"],
				element,
				entry["local"],
				entry["payload_hash"],
				entry["total"],
				entry["note"],
				entry["warning"],
				tuple((doctype, name) for doctype, name in entry["bills"]),
			)
			self.lease.renew()
			single = batches.freeze(self.context, [send])
			if single:
				report += self._send(single)
		return report

	def _taken(self, settlement: Settlement, records: Sequence[Doc]) -> Mapping[str, Doc]:
		"""What Xero has under those of our keys of which it says that they, or their names, are taken.

		A store that was lost, or restored from before, does not know what it sent; nor does a worker whose
		predecessor only stalled, and sent after all. Xero does.
		"""
		pairs = zip(settlement.entries, records, strict=False)
		return self._under_our_keys(
			settlement.entity,
			[entry["key"] for entry, record in pairs if batches.is_taken(settlement.entity, entry, record)],
		)

	def _look_at_refused(self, settlement: Settlement, records: Sequence[Doc]) -> None:
		"""A document that Xero does not let us change is not what we took it for: read it again."""
		if settlement.entity in READ_AGAIN:
			pairs = zip(settlement.entries, records, strict=False)
			ids = [entry["xero_id"] for entry, record in pairs if batches.is_refusal(record)]
			self.pull.fetch(READ_AGAIN[settlement.entity], filter(None, ids))

	def _settle_leftover(self, batch: Doc) -> Report:
		"""A batch that an earlier run left open: the identical call while its key lives, else what Xero has
		now.
		"""
		self.lease.renew()
		if batches.may_replay(self.context, batch):
			return self._send(batch, again=True)
		if batch["entity"] in READ_AGAIN:  # what a lost update or void did, the next plan must know
			updated = [entry["xero_id"] for entry in batches.entries(batch)]
			self.pull.fetch(READ_AGAIN[batch["entity"]], filter(None, updated))
		found = self._read_back(batch)
		self.lease.renew()
		return Settlement(self.context, self.mirror, batch).read_back(found)

	def _read_back(self, batch: Doc) -> Mapping[str, Doc]:
		"""The records that Xero has under the keys of a batch's new elements, by key in lower case."""
		new = [entry["key"] for entry in batches.entries(batch) if entry["kind"] == CREATE]
		return self._under_our_keys(batch["entity"], new)

	def _under_our_keys(self, entity: str, wanted: Sequence[str]) -> Mapping[str, Doc]:
		"""The live records that Xero has under these keys of ours, by key in lower case."""
		field, keys = KEY_FIELD[entity], {str(key).casefold() for key in wanted if key}
		if not keys:
			return {}
		read = {
			"Contact": self._contacts_by_number,
			"Item": self._items,
			"Invoice": self._invoices,
			QUOTE: self._quotes,
			CREDIT_NOTE: self._credit_notes,
		}[entity]
		found = {
			str(record[field]).casefold(): record
			for record in read([str(key) for key in wanted if key])
			if str(record.get(field) or "").casefold() in keys
			and record.get("ContactStatus", "ACTIVE") == "ACTIVE"
		}
		if not all(is_saved(record.get(ID_FIELD[entity])) for record in found.values()):
			raise BadAnswer(f"Xero's answer has {COLLECTION[entity]} without a {ID_FIELD[entity]}.")
		return found

	def _contacts_by_number(self, wanted: Sequence[str]) -> list[Doc]:
		self.pull.poll(CONTACTS)
		known = {"organisation": self.context.organisation, "contact_number": ("in", wanted)}
		ids = [row["xero_id"] for row in self.store.find("Xero Contact", known, fields=["xero_id"])]
		return list(contacts_by_id(self.context, ids, self.lease.keep).values())

	def _items(self, wanted: Sequence[str]) -> list[Doc]:
		return self.context.api.get(COLLECTION["Item"]).records(COLLECTION["Item"])

	def _invoices(self, wanted: Sequence[str]) -> list[Doc]:
		"""The invoices with these numbers, many to a call."""
		records: list[Doc] = []
		for numbers in _in_url(wanted):
			params = {"InvoiceNumbers": numbers, "page": 1, "pageSize": 2 * batches.MAX_ELEMENTS}
			records += self.context.api.get("Invoices", params).records("Invoices")
		return records

	def _quotes(self, wanted: Sequence[str]) -> list[Doc]:
		"""The quotes with these numbers; Xero finds one at a time."""
		records: list[Doc] = []
		for number in wanted:
			self.lease.keep()
			records += self.context.api.get("Quotes", {"QuoteNumber": number}).records("Quotes")
		return records

	def _credit_notes(self, wanted: Sequence[str]) -> list[Doc]:
		"""The customers' credit notes with these numbers, one at a time: a name may hold what would end a
		*where*.
		"""
		records: list[Doc] = []
		for number in wanted:
			self.lease.keep()
			try:
				answer = self.context.api.get(f"CreditNotes/{quote(number, safe='')}")
			except Missing:
				continue
			records += answer.records("CreditNotes")
		return [record for record in records if record.get("Type") == "ACCRECCREDIT"]


def _would_send(planner: Planner, row: Doc) -> bool:
	"""Whether the document of a linked row has changes for Xero. One that cannot be planned has not."""
	try:
		return isinstance(planner.plan(row), (Send, Look))
	except ODD_DATA:
		return False


def _in_url(values: Sequence[str]) -> Iterator[str]:
	"""The values in comma lists that are short enough for a URL."""
	part: list[str] = []
	for value in values:
		if part and len(quote(",".join([*part, value]))) > LIST_IN_URL:
			yield ",".join(part)
			part = []
		part.append(value)
	if part:
		yield ",".join(part)


def _odd(row: Doc, error: Exception) -> Problem:
	"""A document that our own code stumbles over: told of, and set aside."""
	return problem_of(
		row,
		"not-understood",
		f"{row['reference_doctype']} {row['reference_name']} cannot be read: {type(error).__name__}: {error}",
		"Correct what is unusual about it and save it again; if nothing is, report this as an error.",
	)
