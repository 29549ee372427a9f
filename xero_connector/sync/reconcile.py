"""Full reconciliation: everything in Xero is read and compared with what is here; what differs is repaired
or told of.

The poll trusts its cursors and the outbox its events. This trusts neither. It takes one call per 1,000
records of each kind, and no more for what is in order. How far it is, and that it is to stop, is kept on a
document of its own (``reconciliations``).
"""

from __future__ import annotations

from functools import partial
from typing import Any

from xero_connector.mapping import mirror as mapping
from xero_connector.mapping.money import cents
from xero_connector.store.protocol import Doc
from xero_connector.sync import links, organisations, outbox, payment_entries, reconciliations, triggers
from xero_connector.sync.context import Context, Report, portions
from xero_connector.sync.entities import BILLING
from xero_connector.sync.errors import ODD_DATA, LeaseLost
from xero_connector.sync.lease import Lease
from xero_connector.sync.mirror import kept_in, write_sums
from xero_connector.sync.plan import Ask, Send
from xero_connector.sync.planner import Planner
from xero_connector.sync.pull import Polled, Pull, polled_by
from xero_connector.sync.reconciliations import (
	DONE,
	REPAIRED,
	SENT_AGAIN,
	STOPPED,
	TOLD,
	Record,
	StoppedByPerson,
	in_portions,
)
from xero_connector.sync.reference import load_books
from xero_connector.xero.errors import XeroError

MONEY = ("invoice_number", "amount_paid", "amount_credited")

CHANGES, DOCUMENTS, INVOICES, SUMS = "What is new", "Documents here", "Numbers of invoices", "Sums"
"""What is being done, as the document says it; between the first two it names each kind of record."""


class Reconciliation:
	"""One reconciliation of an organisation, under the lease of the pull."""

	def __init__(self, context: Context, lease: Lease) -> None:
		self.context = context
		self.store = context.store
		self.lease = lease
		self.pull = Pull(context, lease)
		self.record = Record(context)
		self.report = Report()

	def run(self) -> Report:
		"""Read, compare, repair, report. Raises ``XeroError`` when Xero cannot be read; the document says how
		far it came.
		"""
		self.record.begin()
		try:
			self._run()
		except StoppedByPerson:
			self._end(STOPPED, reconciliations.BY_PERSON)
		except (XeroError, LeaseLost, *ODD_DATA) as error:
			self.record.end(STOPPED, str(error))
			raise
		else:
			self._end(DONE)
		return self.report

	def _run(self) -> None:
		self.record.step(CHANGES)
		self.report += self.pull.run()  # what is only new is no finding
		kinds = polled_by(self.store, self.context.organisation)
		known = {polled: len(self._known(polled)) for polled in kinds}
		sent, invoices = self._sent(), self._invoices("invoice_number", "xero_status")
		self.record.expect(sum(known.values()) + len(sent) + len(invoices) + len(self._customers()))
		for polled in kinds:
			self.record.step(polled.collection)
			self._compare(polled, known[polled])
		self.report.applied += self.pull.balance()
		self.record.step(DOCUMENTS)
		self._documents(sent)
		self.record.step(INVOICES)
		in_portions(self.record, invoices, self._look_for_namesake)
		self._money()

	def _end(self, status: str, message: str = "") -> None:
		"""However it ended, the sums that it wrote hold beside those of others."""
		self.pull.recheck()
		self.record.end(status, message)

	# Xero against the mirror

	def _compare(self, polled: Polled, expected: int) -> None:
		"""Read all records of an entity; what differs here is made as it is there."""
		seen, behind = set[str](), 0
		try:
			for page in self.pull.all_of(polled):
				behind += self.pull.apply(polled, page)
				seen |= {str(record[polled.id_field]) for record in page}
				self.record.read += len(page)
				self.record.advance(len(page))
		finally:
			if behind:
				self.record.add(
					REPAIRED,
					"behind",
					f"{behind} {polled.collection} were not here as they are in Xero."
					" The Sync Log names them.",
					{"xero_entity": polled.entity},
					behind,
				)
		for missing in self._unseen(polled, seen):
			self._look_again(polled, missing)
			self.record.advance(0)
		self.record.advance(max(expected - len(seen), 0))

	def _known(self, polled: Polled) -> list[Doc]:
		"""What is mirrored here of an entity."""
		doctype, filters = kept_in(polled.entity), dict[str, Any](organisation=self.context.organisation)
		if doctype == "Xero Payment":
			filters["kind"] = ("in", KINDS[polled.entity])
		return self.store.find(doctype, filters, fields=["xero_id", _state(doctype)])

	def _unseen(self, polled: Polled, seen: set[str]) -> list[Doc]:
		"""What is mirrored here, is not marked as gone, and did not come."""
		state = _state(kept_in(polled.entity))
		return [
			row
			for row in self._known(polled)
			if row["xero_id"] not in seen and row.get(state) not in mapping.DEAD
		]

	def _look_again(self, polled: Polled, row: Doc) -> None:
		"""A list may leave out what an id still finds."""
		if self.pull.exists(polled, row["xero_id"]):
			return
		doctype = kept_in(polled.entity)
		with self.store.transaction():
			self.store.update(doctype, row["name"], mapping.gone(doctype))
			link = links.of_record(self.store, self.context.organisation, polled.entity, row["xero_id"])
			if doctype == "Xero Payment":
				payment_entries.payment_gone(self.store, row["name"])
			elif link:
				self.store.update("Xero Link", link["name"], {"status": links.GONE})
		reference = _record(polled.entity, row["xero_id"])
		if link:
			reference |= {field: link[field] for field in ("reference_doctype", "reference_name")}
		self.record.add(TOLD, "gone-in-xero", f"The {polled.entity.lower()} is no longer in Xero.", reference)

	# documents here against Xero

	def _sent(self) -> list[Doc]:
		"""The links of the documents that went to Xero."""
		theirs = {
			"organisation": self.context.organisation,
			"xero_entity": ("!=", payment_entries.ENTITY),
		}
		return self.store.find("Xero Link", theirs, fields=["reference_doctype", "reference_name"])

	def _documents(self, sent: list[Doc]) -> None:
		"""What should be in Xero and is not on its way there, and what is there with other values."""
		tenant = self.context.organisation
		books = load_books(self.store, tenant, self.context.site_url)
		planner = Planner(self.context, books, self.pull.mirror)
		in_portions(self.record, sent, partial(self._look_at, planner))
		for doctype, name in triggers.unsent(self.store, tenant, self._live_since()):
			if self._queue(doctype, name):
				self.record.add(
					SENT_AGAIN,
					"never-sent",
					f"{doctype} {name} never went to Xero.",
					_document(doctype, name),
				)

	def _look_at(self, planner: Planner, link: Doc) -> None:
		self.lease.keep()
		doctype, name = link["reference_doctype"], link["reference_name"]
		if self.store.get(doctype, name) is None:
			self.record.add(
				TOLD, "document-gone", f"{doctype} {name} was deleted here.", _document(doctype, name)
			)
		elif not self._is_open(doctype, name):
			self._differs(planner, doctype, name)

	def _live_since(self) -> str:
		"""The day on which the sync began: what was there before goes when it is saved or asked for."""
		return str(self.context.settings().get("live_since") or "")[:10]

	def _differs(self, planner: Planner, doctype: str, name: str) -> None:
		tenant = self.context.organisation
		row = self.store.get("Xero Outbox", outbox.row_name(tenant, doctype, name)) or {
			"reference_doctype": doctype,
			"reference_name": name,
			"action": outbox.UPSERT,
		}
		try:
			plan = planner.plan(row)
		except ODD_DATA as error:
			self.record.add(
				TOLD, "not-understood", f"{type(error).__name__}: {error}", _document(doctype, name)
			)
			return
		if isinstance(plan, Send):
			goes = organisations.takes_changes(self.store, self.context.settings(), doctype, name)
			if goes:
				self._queue(doctype, name)
			self.record.add(
				SENT_AGAIN if goes else TOLD,
				"differs",
				f"{doctype} {name} is another in Xero.",
				_document(doctype, name),
			)
		elif isinstance(plan, Ask):
			message = " ".join(problem.message for problem in plan.problems)
			self.record.add(TOLD, plan.problems[0].cause, message, _document(doctype, name))

	def _is_open(self, doctype: str, name: str) -> bool:
		"""Whether the outbox has it in hand."""
		row = self.store.get("Xero Outbox", outbox.row_name(self.context.organisation, doctype, name))
		return bool(row and row["status"] not in (outbox.DONE, outbox.CANCELLED))

	def _queue(self, doctype: str, name: str) -> bool:
		if self._is_open(doctype, name):
			return False
		with self.store.transaction():
			triggers.queue(self.store, self.context.clock, self.context.organisation, doctype, name)
		return True

	def _invoices(self, *fields: str) -> list[Doc]:
		ours = {"organisation": self.context.organisation}
		return self.store.find("Xero Invoice", ours, fields=["xero_id", *fields])

	def _look_for_namesake(self, invoice: Doc) -> None:
		"""Tell of an invoice in Xero under the number of a document here that is not its own."""
		number, tenant = str(invoice.get("invoice_number") or ""), self.context.organisation
		if not number or invoice["xero_status"] in mapping.DEAD:
			return
		if links.of_record(self.store, tenant, "Invoice", invoice["xero_id"]):
			return
		for doctype in BILLING:
			if self.store.get(doctype, number):
				self.record.add(
					TOLD,
					"not-linked",
					f"Invoice {number} in Xero bears the number of a {doctype} here, and is not its invoice.",
					{**_document(doctype, number), **_record("Invoice", invoice["xero_id"])},
				)

	# sums

	def _money(self) -> None:
		"""Invoices that say another sum was paid than their payments come to, and sums on customers."""
		self.record.step(SUMS)
		invoices = self._invoices(*MONEY)
		gaps = self.pull.mirror.balance.gaps(row["xero_id"] for row in invoices)
		for invoice in invoices:
			paid, credited = gaps[invoice["xero_id"]]
			if paid or credited:
				self.record.add(
					TOLD,
					"does-not-add-up",
					f"Invoice {invoice['invoice_number']} says {cents(invoice['amount_paid'])} was paid and"
					f" {cents(invoice['amount_credited'])} credited; here {paid} and {credited} are missing.",
					_record("Invoice", invoice["xero_id"]),
				)
		self._entries()
		for part in portions(self._customers()):
			self.lease.keep()
			with self.store.transaction():
				wrote = write_sums(self.store, self.context.clock, part)
			for customer in wrote:
				self.record.add(
					REPAIRED, "sums", "The customer showed other sums.", _document("Customer", customer)
				)
			self.record.advance(len(part))

	def _entries(self) -> None:
		"""Payments that could not be entered here."""
		held = {"organisation": self.context.organisation, "entry_status": payment_entries.HELD}
		for payment in self.store.find("Xero Payment", held, fields=["xero_id", "entry_message"]):
			self.record.add(
				TOLD, "payment-entry", payment["entry_message"], _record("Payment", payment["xero_id"])
			)

	def _customers(self) -> list[str]:
		filters = {"organisation": self.context.organisation, "reference_doctype": "Customer"}
		found = self.store.find("Xero Link", filters, fields=["reference_name"])
		return [link["reference_name"] for link in found]


KINDS = {
	"Payment": (mapping.PAYMENT, mapping.REFUND),
	**{entity: (kind,) for entity, kind in mapping.CREDITS.items()},
}
"""The kinds of Xero Payment that each polled entity becomes."""


def _state(doctype: str) -> str:
	"""The field that says how a record stands in Xero."""
	return "status" if doctype == "Xero Contact" else "xero_status"


def _document(doctype: str, name: str) -> dict[str, str]:
	return {"reference_doctype": doctype, "reference_name": name}


def _record(entity: str, xero_id: str) -> dict[str, str]:
	return {"xero_entity": entity, "xero_id": xero_id}
