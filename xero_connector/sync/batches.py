"""Frozen batches: what is sent is written down first, so that whatever happens next, it can be told what
happened.

A batch is committed (body, hash, idempotency key, time, the rows in it) before the call. Until it is settled,
its rows are *Sending*; if nobody knows what Xero did, *Uncertain*. Both outlive a killed process: the next
run settles them, by the same call under the same key while Xero still keeps that, else by reading back.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from typing import Any

import simplejson

from xero_connector.clock import parse_utc, utc_text
from xero_connector.mapping.contact import seen_contact
from xero_connector.mapping.fields import unflatten
from xero_connector.mapping.mirror import DEAD
from xero_connector.mapping.money import cents, decimal_of
from xero_connector.store.protocol import Doc, Duplicate
from xero_connector.sync import billed, conflicts, links, log, matches, outbox
from xero_connector.sync.advice import (
	CODE_TAKEN,
	INVOICE_FINAL,
	NAME_TAKEN,
	NUMBER_TAKEN,
	PERIOD_LOCKED,
	Advice,
	advice_for,
)
from xero_connector.sync.again import read_again
from xero_connector.sync.contacts import as_dict
from xero_connector.sync.context import Context, Report, same
from xero_connector.sync.entities import (
	COLLECTION,
	ID_FIELD,
	KEY_FIELD,
	NOUN,
	taken_back,
)
from xero_connector.sync.errors import ODD_DATA
from xero_connector.sync.links import is_saved
from xero_connector.sync.mirror import Mirror, kept_in
from xero_connector.sync.plan import CREATE, Send
from xero_connector.sync.tell import tell
from xero_connector.xero.errors import LONGEST, BadAnswer
from xero_connector.xero.reading import write_json

FROZEN, UNCERTAIN, SETTLED = "Frozen", "Uncertain", "Settled"

MAX_ELEMENTS = 50
MAX_BYTES = 3_500_000
"""Xero's advice for one request: about 50 elements, at most 3.5 MB."""

REPLAY_WITHIN = timedelta(minutes=4, seconds=30)
"""Xero keeps an idempotency key for six minutes from the first call; this leaves room for a slow clock."""

TAKEN = {"Contact": NAME_TAKEN, "Item": CODE_TAKEN, **dict.fromkeys(NOUN, NUMBER_TAKEN)}
"""The cause of a refusal that our own record may stand behind."""

DATED_BY = {"Sales Invoice": "posting_date"}
"""The field of a document's date, where it is not *transaction_date*."""

RECORD = Mapping[str, Any]


def cut(sends: Sequence[Send]) -> Iterator[list[Send]]:
	"""Parts that fit one request, in order; last and alone, what Xero may have failed on."""
	part: list[Send] = []
	size = 0
	suspects: list[Send] = []
	for send in sends:
		if send.row.get("cause") == outbox.XERO_FAILED:
			suspects.append(send)
			continue
		weight = len(write_json(send.element)) + 1
		if part and (len(part) == MAX_ELEMENTS or size + weight > MAX_BYTES):
			yield part
			part, size = [], 0
		part.append(send)
		size += weight
	if part:
		yield part
	yield from ([send] for send in suspects)


def freeze(context: Context, sends: Sequence[Send]) -> Doc | None:
	"""Claim the rows and write the batch down, in one transaction. Rows that changed meanwhile stay out of
	it.

	All of one entity and one kind. ``None`` if no row is left.
	"""
	store, name = context.store, context.new_id()
	entity = sends[0].entity
	with store.transaction():
		claimed = [
			send
			for send in sends
			if store.update_if(
				"Xero Outbox",
				send.row["name"],
				{"version": send.row["version"], "status": ("in", (outbox.QUEUED, outbox.WAITING))},
				{"status": outbox.SENDING, "batch": name},
			)
		]
		if not claimed:
			return None
		body = write_json({COLLECTION[entity]: [send.element for send in claimed]})
		batch: Doc = {
			"doctype": "Xero Batch",
			"name": name,
			"organisation": context.organisation,
			"entity": entity,
			"method": "PUT" if claimed[0].kind == CREATE else "POST",
			"path": COLLECTION[entity],
			"body": body.decode(),
			"body_hash": hashlib.sha256(body).hexdigest(),
			"idempotency_key": context.new_id(),
			"frozen_at": context.now(),
			"status": FROZEN,
			"replayable": 1,
			"rows": simplejson.dumps(
				[_entry(send) for send in claimed], use_decimal=True, ensure_ascii=False
			),
		}
		store.insert(batch)
		for send in claimed:
			document = (send.row["reference_doctype"], send.row["reference_name"])
			billed.note(store, context.organisation, document, send.bills, send.total or Decimal(0))
	return batch


def _entry(send: Send) -> dict[str, Any]:
	return {
		"row": send.row["name"],
		"version": send.row["version"],
		"doctype": send.row["reference_doctype"],
		"name": send.row["reference_name"],
		"user": send.row.get("triggered_by"),
		"kind": send.kind,
		"key": send.element.get(KEY_FIELD[send.entity], ""),
		"xero_id": send.element.get(ID_FIELD[send.entity], ""),
		"local": send.local,
		"payload_hash": send.payload_hash,
		"total": send.total,
		"note": send.note,
		"warning": send.warning,
		"bills": send.bills,
	}


def entries(batch: Doc) -> list[dict[str, Any]]:
	"""The rows of a batch, in the order of its elements, with all that settling needs."""
	rows: list[dict[str, Any]] = simplejson.loads(batch["rows"], use_decimal=True)
	return rows


def elements(batch: Doc) -> list[dict[str, Any]]:
	"""What was sent, element by element."""
	body = simplejson.loads(batch["body"], use_decimal=True)
	sent: list[dict[str, Any]] = body[batch["path"]]
	return sent


def unsettled(context: Context) -> list[Doc]:
	"""Batches that an earlier run left open, oldest first."""
	return context.store.find(
		"Xero Batch",
		{"organisation": context.organisation, "status": ("in", (FROZEN, UNCERTAIN))},
		order_by="frozen_at, name",
	)


def may_replay(context: Context, batch: Doc) -> bool:
	"""Whether the identical call is still safe under its key."""
	age = context.clock.now() - parse_utc(batch["frozen_at"])
	return bool(batch.get("replayable")) and age < REPLAY_WITHIN


class Settlement:
	"""Turns what is known about a batch into links, log rows and outbox states, committed together."""

	def __init__(self, context: Context, mirror: Mirror, batch: Doc) -> None:
		self.context = context
		self.store = context.store
		self.mirror = mirror
		self.batch = batch
		self.entity: str = batch["entity"]
		self.entries = entries(batch)
		self.elements = elements(batch)
		self._linked: dict[str, Doc] = {}
		self._done: list[str] = []
		self.correlation_id = ""
		"""Xero's id of the call that is being settled, for its support."""

	def uncertain(self, message: str, *, replayable: bool) -> Report:
		"""Nobody knows whether Xero did it."""
		with self.store.transaction():
			self._end_batch(
				UNCERTAIN, message, replayable=int(replayable and bool(self.batch.get("replayable")))
			)
			for entry in self.entries:
				self.store.update_if(
					"Xero Outbox",
					entry["row"],
					{"batch": self.batch["name"]},
					{"status": outbox.UNCERTAIN, "message": message},
				)
		return Report(uncertain=len(self.entries))

	def release(self, message: str, *, delay: float = 0) -> Report:
		"""Xero did nothing: every row goes back to the queue, to be tried after ``delay`` seconds."""
		with self.store.transaction():
			self._end_batch(SETTLED, message)
			for entry in self.entries:
				self._requeue(entry, message, delay)
		return Report(waiting=len(self.entries))

	def answered(self, records: Sequence[RECORD], found: Mapping[str, RECORD] | None = None) -> Report:
		"""Xero's answer, one element each in the order sent. Raises ``BadAnswer`` if they do not pair up.

		``found`` is what Xero has under those of our keys (in lower case) that it says are taken.
		"""
		if len(records) != len(self.entries):
			raise BadAnswer(f"Xero answered {len(records)} elements to {len(self.entries)}.")
		if not all(is_refusal(record) or is_saved(record.get(ID_FIELD[self.entity])) for record in records):
			raise BadAnswer(f"Xero answered without the {ID_FIELD[self.entity]} of what it took.")
		report = Report()
		with self.store.transaction(), self.mirror.looked_up(self.entity, records):
			for entry, element, record in zip(self._named(), self.elements, records, strict=True):
				ours = (found or {}).get(str(entry["key"]).casefold())
				if ours and is_taken(self.entity, entry, record) and self.is_ours(entry, element, ours):
					report += self._accepted(entry, element, self._as_sent(entry, ours))
				elif is_refusal(record):
					errors = " ".join(_messages(record, "ValidationErrors"))
					report += self._refused(entry, element, errors or "Xero refused it without a reason.")
				else:
					report += self._accepted(entry, element, record)
			self.mirror.settle()
			outbox.release_waiting(self.context, self._done)
			self._end_batch(SETTLED, "answered")
		return report

	def refused_some(self, records: Sequence[RECORD]) -> Report:
		"""Xero refused the whole request and named the elements at fault: those are held, the others go
		again.
		"""
		report = Report()
		with self.store.transaction():
			for entry, element, record in zip(self._named(), self.elements, records, strict=True):
				errors = _messages(record, "ValidationErrors")
				if errors:
					report += self._refused(entry, element, " ".join(errors))
				else:
					self._requeue(entry, "Another element of its batch was refused.", 0)
					report += Report(waiting=1)
			self._end_batch(SETTLED, "refused as a whole")
		return report

	def read_back(self, found: Mapping[str, RECORD]) -> Report:
		"""Settle by what is in Xero now: ``found`` by our key. What is proven absent, and every update, goes
		again.
		"""
		report = Report()
		with self.store.transaction():
			for entry, element in zip(self._named(), self.elements, strict=True):
				record = found.get(str(entry["key"]).casefold())
				if entry["kind"] == CREATE and record is not None:
					if self.is_ours(entry, element, record):
						report += self._accepted(entry, element, self._as_sent(entry, record))
					else:
						report += self._hold_taken(entry, element)
				elif self.batch.get("replayable"):
					self._requeue(entry, "Read back from Xero: not there yet.", 0)
					report += Report(waiting=1)
				else:
					self._requeue_suspect(entry)
					report += Report(waiting=1)
			self.mirror.settle()
			outbox.release_waiting(self.context, self._done)
			self._end_batch(SETTLED, "settled by reading back")
		return report

	def _named(self) -> list[dict[str, Any]]:
		"""The entries by the names that their documents have now: frozen ones may have been renamed since.
		Their links are looked up with them.
		"""
		rows = {"name": ("in", [entry["row"] for entry in self.entries])}
		found = self.store.find("Xero Outbox", rows, fields=["reference_name"])
		names = {row["name"]: row["reference_name"] for row in found}
		named = [{**entry, "name": names.get(entry["row"], entry["name"])} for entry in self.entries]
		self._linked = links.of_documents(
			self.store, self.context.organisation, named[0]["doctype"], [entry["name"] for entry in named]
		)
		return named

	def is_ours(self, entry: Mapping[str, Any], element: RECORD, record: RECORD) -> bool:
		"""Whether a record under our number is the one we sent: a document by its contact and its lines' sum,
		or by its total where a list shows no lines. Raises ``BadAnswer`` if that cannot be told.
		"""
		if self.entity not in NOUN:
			return True
		try:
			return self._is_our_document(entry, element, record)
		except ODD_DATA as error:
			raise BadAnswer(f"Xero's {NOUN[self.entity]} {entry['key']} cannot be read: {error}") from error

	def _is_our_document(self, entry: Mapping[str, Any], element: RECORD, record: RECORD) -> bool:
		contact = (record.get("Contact") or {}).get("ContactID")
		if contact == element["Contact"]["ContactID"] and not record.get("LineItems"):
			return cents(record.get("Total")) == cents(entry["total"])
		lines = sum((decimal_of(line.get("LineAmount")) for line in element["LineItems"]), Decimal(0))
		theirs = sum(
			(decimal_of(line.get("LineAmount")) for line in record.get("LineItems") or []), Decimal(0)
		)
		return bool(contact == element["Contact"]["ContactID"]) and cents(lines) == cents(theirs)

	def _is_answer_to(self, entry: Mapping[str, Any], record: RECORD) -> bool:
		"""Whether a new record bears our number: to link that of another would bill the wrong one."""
		number = record.get(KEY_FIELD[self.entity]) or entry["key"]
		return str(number).strip().casefold() == str(entry["key"]).strip().casefold()

	def _hold_taken(self, entry: Mapping[str, Any], element: RECORD) -> Report:
		message = f"Xero has another {NOUN[self.entity]} {entry['key']}, with another contact or total."
		return self._hold(entry, element, NUMBER_TAKEN, message, "Look it up in Xero.")

	def _hold_other(self, entry: Mapping[str, Any], element: RECORD, what: str) -> Report:
		message = f"Xero answered {self.entity} {what}."
		advice = "Look both up in Xero, then save this record again. If merged, delete the Xero Link."
		return self._hold(entry, element, "answered-with-another", message, advice)

	def _readable(self, entry: Mapping[str, Any], element: RECORD, record: RECORD) -> RECORD:
		"""The record, or what was sent where it cannot be read: Xero has it, and it is read again by its
		id.
		"""
		try:
			self._base(None, entry, record)
			self._difference(entry, record)
		except ODD_DATA:
			xero_id = record[ID_FIELD[self.entity]]
			read_again(self.context, self.entity, xero_id, "Xero's answer could not be read.")
			return {**element, ID_FIELD[self.entity]: xero_id}
		return record

	def _accepted(self, entry: Mapping[str, Any], element: RECORD, record: RECORD) -> Report:
		context, record = self.context, self._readable(entry, element, record)
		xero_id = str(record[ID_FIELD[self.entity]])
		created = entry["kind"] == CREATE
		if created and not self._is_answer_to(entry, record):
			return self._hold_other(entry, element, f"{entry['key']} with {record[KEY_FIELD[self.entity]]}")
		link = self._linked.get(entry["name"])
		base = self._base(link, entry, record)
		values = {
			"base": links.dump_base(base),
			"payload_hash": entry["payload_hash"],
			"xero_number": str(record.get(KEY_FIELD[self.entity]) or ""),
			"pushed_at": context.now(),
		}
		if link is None:
			try:
				links.add(
					context,
					entry["doctype"],
					entry["name"],
					self.entity,
					xero_id,
					number=values["xero_number"],
					base=base,
					payload_hash=entry["payload_hash"],
				)
			except Duplicate:
				message = f"Xero's {self.entity} {xero_id} is linked to another record here already."
				return self._hold(
					entry, element, "already-linked", message, "Give each record a number of its own."
				)
		elif link["xero_id"] == xero_id:
			self.store.update("Xero Link", link["name"], values)
			conflicts.close(context, link["name"], entry["local"], conflicts.ERPNEXT)
		elif created:
			message = f"It is {self.entity} {link['xero_id']} in Xero already, and now {xero_id} too."
			return self._hold(entry, element, "already-linked", message, "Merge the two in Xero.")
		elif link["xero_id"] != entry["xero_id"]:
			self._requeue(entry, "Merged into another while it was being sent.", 0)
			return Report(waiting=1)
		else:
			return self._hold_other(entry, element, f"{link['xero_id']} with {xero_id}")
		with suppress(*ODD_DATA):  # the poll brings it again, and tells what is odd about it
			self.mirror.apply(self.entity, record, own=True)
		if self.entity == "Contact" and link is None:
			matches.settle(
				context.store, context.clock, context.organisation, entry["doctype"], entry["name"]
			)
			if entry["doctype"] == "Customer":
				self.mirror.adopt_contact(record, entry["name"])
		warnings = _messages(record, "Warnings")
		difference = self._difference(entry, record)
		if warnings or difference:
			message = " ".join([*warnings, difference]).strip()
			cause = "totals-differ" if difference else "warning"
			advice = "Check the record in Xero, correct the cause, and save this one again."
			return self._hold(entry, element, cause, message, advice, outcome=log.WARNING)
		log.write(
			context,
			log.PUSH,
			"Create" if created else "Update",
			log.WARNING if entry["warning"] else log.OK,
			doctype=entry["doctype"],
			name=entry["name"],
			xero_entity=self.entity,
			xero_id=xero_id,
			changed=list(element),
			differences=_differences(link, entry),
			sent=element,
			answer=" ".join(filter(None, (entry["note"], entry["warning"]))),
			correlation_id=self.correlation_id,
			triggered_by=entry["user"],
		)
		if created:
			self.mirror.follow_created(self.entity, (entry["doctype"], entry["name"]))
			self.mirror.follow_quotes((doctype, name) for doctype, name in entry["bills"])
		self._finish(entry)
		return Report(sent=1)

	def _as_sent(self, entry: Mapping[str, Any], record: RECORD) -> RECORD:
		"""What Xero must have answered. A contact that holds something else by now was edited there: it is
		read again, and merged.
		"""
		with suppress(*ODD_DATA):  # what cannot be read is something else too
			if self.entity != "Contact" or seen_contact(record, list(entry["local"])) == entry["local"]:
				return record
		read_again(self.context, "Contact", record["ContactID"], "Changed before its answer was known.")
		return {**record, **unflatten(entry["local"])}

	def _base(self, link: Doc | None, entry: Mapping[str, Any], record: RECORD) -> dict[str, Any]:
		"""What both sides hold now, for the link."""
		if self.entity == "Contact":
			current = self.store.get("Xero Link", link["name"], for_update=True) if link else None
			return as_dict(self.mirror.contacts.sent(current or {}, entry["local"], record))
		base: dict[str, Any] = {
			"local": entry["local"],
			"line_ids": [line.get("LineItemID") for line in record.get("LineItems") or []],
		}
		if record.get("Total") is not None:
			base["total"] = record["Total"]
		return base

	def _difference(self, entry: Mapping[str, Any], record: RECORD) -> str:
		"""Both totals in words if Xero shows another one than was sent."""
		if entry["total"] is None or record.get("Total") is None:
			return ""
		if cents(record["Total"]) == cents(entry["total"]):
			return ""
		return f"The total in Xero is {cents(record.get('Total'))}, here it is {cents(entry['total'])}."

	def _refused(self, entry: Mapping[str, Any], element: RECORD, message: str) -> Report:
		advice = advice_for(message)
		if advice.passes:
			self._requeue(entry, message, outbox.LAST_RETRY.total_seconds())
			return Report(waiting=1)
		if advice.cause == INVOICE_FINAL and self._goes_otherwise(entry, element):
			self._requeue(entry, "Its status was changed in Xero meanwhile.", 0)
			return Report(waiting=1)
		if self.entity == "Contact" and entry["kind"] == CREATE and advice.cause in matches.REFUSALS:
			matches.note(
				self.context.store,
				self.context.clock,
				self.context.organisation,
				entry["doctype"],
				entry["name"],
				self._found(entry, element, message),
			)
			return self._hold(entry, element, advice.cause, message, matches.CHOOSE)
		place = self._place(entry, advice)
		return self._hold(entry, element, advice.cause, message, advice.advice, place=place)

	def _place(self, entry: Mapping[str, Any], advice: Advice) -> dict[str, str]:
		"""Where a refusal is put right, as far as the advice knows it."""
		where = (entry["doctype"], entry["name"])
		doctype, name = ("Xero Organisation", self.context.organisation) if advice.chosen else where
		dated = DATED_BY.get(doctype, "transaction_date") if advice.cause == PERIOD_LOCKED else ""
		return {"fix_doctype": doctype, "fix_name": name, "fix_field": advice.field or dated}

	def _found(self, entry: Mapping[str, Any], element: RECORD, message: str) -> matches.Review:
		"""The contacts that stand behind Xero's refusal of a new one."""
		found = matches.namesakes(self.context, str(element.get("Name") or ""), str(entry["key"]))
		candidates = matches.candidates(
			self.store, self.context.organisation, found, "Xero says that it is taken."
		)
		return matches.Review(advice_for(message).cause, message, matches.CHOOSE, candidates)

	def _goes_otherwise(self, entry: Mapping[str, Any], element: RECORD) -> bool:
		"""Whether a document that was to be voided is gone, or goes by another status, as it is by now."""
		known = self.mirror.known(kept_in(self.entity), str(entry["xero_id"]))
		if known is None or "Status" not in element:
			return False
		status = str(known["xero_status"])
		return (
			status in DEAD or taken_back(self.entity, entry["xero_id"], status)["Status"] != element["Status"]
		)

	def _hold(
		self,
		entry: Mapping[str, Any],
		element: RECORD,
		cause: str,
		message: str,
		advice: str,
		*,
		outcome: str = log.HELD,
		place: Mapping[str, str] | None = None,
	) -> Report:
		log.write(
			self.context,
			log.PUSH,
			"Create" if entry["kind"] == CREATE else "Update",
			outcome,
			doctype=entry["doctype"],
			name=entry["name"],
			xero_entity=self.entity,
			changed=list(element),
			sent=element,
			answer=message,
			advice=advice,
			cause=cause,
			correlation_id=self.correlation_id,
			triggered_by=entry["user"],
		)
		tell(self.context, entry["doctype"], entry["name"], f"{message} {advice}")
		where = place or {"fix_doctype": entry["doctype"], "fix_name": entry["name"]}
		self._finish(entry, outbox.HELD, cause=cause, message=message, advice=advice, **where)
		return Report(held=1)

	def _finish(self, entry: Mapping[str, Any], status: str = outbox.DONE, **words: str) -> None:
		"""End the row, unless the document changed while it was on its way: then it goes again."""
		ended = self.store.update_if(
			"Xero Outbox",
			entry["row"],
			{"batch": self.batch["name"], "version": entry["version"]},
			{
				"status": status,
				"batch": None,
				"attempts": 0,
				"done_at": self.context.now(),
				**outbox.words(**words),
			},
		)
		if not ended:
			self._requeue(entry, "Changed while it was being sent.", 0)
		if status == outbox.DONE:
			self._done.append(entry["row"])
			tell(self.context, entry["doctype"], entry["name"], entry["warning"])

	def _requeue(self, entry: Mapping[str, Any], message: str, delay: float) -> None:
		next_try = utc_text(self.context.clock.now() + timedelta(seconds=delay)) if delay else None
		self.store.update_if(
			"Xero Outbox",
			entry["row"],
			{"batch": self.batch["name"]},
			{"status": outbox.QUEUED, "batch": None, "next_try": next_try, "message": message},
		)

	def _requeue_suspect(self, entry: Mapping[str, Any]) -> None:
		"""After a 500: at once by itself, then later each time, so that it cannot keep the others waiting."""
		row = self.store.get("Xero Outbox", entry["row"]) or {}
		attempts = int(row.get("attempts") or 0)
		delay = outbox.backoff(attempts - 1, entry["row"]).total_seconds() if attempts else 0
		self._requeue(entry, "Xero failed on it, or on another of its batch. It goes again by itself.", delay)
		suspect = {"attempts": attempts + 1, "cause": outbox.XERO_FAILED}
		self.store.update_if("Xero Outbox", entry["row"], {"status": outbox.QUEUED, "batch": None}, suspect)

	def _end_batch(self, status: str, answer: str, **values: Any) -> None:
		self.store.update("Xero Batch", self.batch["name"], {"status": status, "answer": answer, **values})


def _differences(link: Doc | None, entry: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
	"""What an update changes in Xero, as far as the base of the link knows what was there."""
	if link is None:
		return {}
	base, local = links.base_of(link), dict(entry["local"])
	before = dict(base.get("local") or {})
	if entry["total"] is not None and base.get("total") is not None:
		before["Total"], local["Total"] = cents(base["total"]), cents(entry["total"])
	return {
		path: (before.get(path), value)
		for path, value in local.items()
		if isinstance(value, (str, int, Decimal)) and not same(before.get(path), value)
	}


def is_taken(entity: str, entry: RECORD, record: RECORD) -> bool:
	"""Whether Xero refused a new record because its number, code or name is there already."""
	message = " ".join(_messages(record, "ValidationErrors"))
	return entry["kind"] == CREATE and advice_for(message).cause == TAKEN[entity]


def is_refusal(record: RECORD) -> bool:
	"""Whether an element of an answer says that Xero did not take it."""
	return bool(
		_messages(record, "ValidationErrors")
		or record.get("StatusAttributeString") == "ERROR"
		or record.get("HasErrors")
	)


def _messages(record: RECORD, field: str) -> list[str]:
	faults = record.get(field)
	if not isinstance(faults, list):
		return []
	return [str(fault.get("Message") or "")[:LONGEST] for fault in faults if isinstance(fault, dict)]
