"""Full reconciliation: everything in Xero is read and compared with what is here; what differs is repaired
or told of.

The poll trusts its cursors and the outbox its events. This trusts neither. It takes one call per 1,000
records of each kind, and no more for what is in order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from xero_connector.mapping import mirror as mapping
from xero_connector.mapping.money import cents
from xero_connector.store.protocol import Doc
from xero_connector.sync import links, outbox, payment_entries, triggers
from xero_connector.sync.context import Context, Report
from xero_connector.sync.entities import BILLING
from xero_connector.sync.errors import ODD_DATA, LeaseLost
from xero_connector.sync.lease import Lease
from xero_connector.sync.mirror import kept_in, write_sums
from xero_connector.sync.plan import Ask, Send
from xero_connector.sync.planner import Planner
from xero_connector.sync.pull import Polled, Pull, polled_by
from xero_connector.sync.reference import load_books
from xero_connector.xero.errors import XeroError

RUNNING, DONE, STOPPED = "Running", "Done", "Stopped"
REPAIRED, QUEUED, TOLD = "Repaired", "Queued", "Told"
"""What became of a finding: put right here, on its way to Xero, or left to a person."""

INTERRUPTED = "It was interrupted. What it had repaired stays repaired."

MOST_FINDINGS = 500
"""How many findings are kept one by one; all are counted."""

MONEY = ("xero_id", "invoice_number", "amount_paid", "amount_credited")


@dataclass
class Findings:
	"""What was found, with what became of it."""

	rows: list[Doc] = field(default_factory=list)
	counts: Counter[str] = field(default_factory=Counter)

	def add(
		self, outcome: str, kind: str, message: str, reference: Mapping[str, str], count: int = 1
	) -> None:
		"""``reference``: ``reference_doctype`` and ``reference_name``, ``xero_entity`` and ``xero_id``.
		``count`` records of which it is true.
		"""
		self.counts[outcome] += count
		if len(self.rows) < MOST_FINDINGS:
			self.rows.append({"outcome": outcome, "kind": kind, "message": message, **reference})


class Reconciliation:
	"""One reconciliation of an organisation, under the lease of the pull. It is kept as a document of its
	own.
	"""

	def __init__(self, context: Context, lease: Lease) -> None:
		self.context = context
		self.store = context.store
		self.lease = lease
		self.pull = Pull(context, lease)
		self.findings = Findings()
		self.read = 0

	def run(self) -> Report:
		"""Read, compare, repair, report. Raises ``XeroError`` when Xero cannot be read; the document says how
		far it came.
		"""
		self._end_interrupted()
		with self.store.transaction():
			name = self.store.insert(
				{
					"doctype": "Xero Reconciliation",
					"organisation": self.context.organisation,
					"status": RUNNING,
					"started_at": self.context.now(),
				}
			)
		calls = self.context.api.calls
		try:
			report = self.pull.run()  # what is only new is no finding
			for polled in polled_by(self.store, self.context.organisation):
				self._compare(polled)
			report.applied += self.pull.balance()
			self._documents()
			self._copies()
			self._money()
			self.pull.recheck()
		except (XeroError, LeaseLost, *ODD_DATA) as error:
			self._keep(name, STOPPED, calls, str(error))
			raise
		self._keep(name, DONE, calls, "")
		return report

	def _end_interrupted(self) -> None:
		"""Whoever ran before held the lease that is ours now: its process was killed."""
		running = {"organisation": self.context.organisation, "status": RUNNING}
		with self.store.transaction():
			for row in self.store.find("Xero Reconciliation", running, fields=["name"]):
				ended = {"status": STOPPED, "finished_at": self.context.now(), "message": INTERRUPTED}
				self.store.update("Xero Reconciliation", row["name"], ended)

	# Xero against the mirror

	def _compare(self, polled: Polled) -> None:
		"""Read all records of an entity; what differs here is made as it is there."""
		doctype, seen, behind = kept_in(polled.entity), set[str](), 0
		for page in self.pull.all_of(polled):
			behind += self.pull.apply(polled, page)
			seen |= {str(record[polled.id_field]) for record in page}
		self.read += len(seen)
		if behind:
			self.findings.add(
				REPAIRED,
				"behind",
				f"{behind} {polled.collection} were not here as they are in Xero. The Sync Log names them.",
				{"xero_entity": polled.entity},
				behind,
			)
		for missing in self._unseen(polled, doctype, seen):
			self._look_again(polled, doctype, missing)

	def _unseen(self, polled: Polled, doctype: str, seen: set[str]) -> list[Doc]:
		"""What is mirrored here, is not marked as gone, and did not come."""
		filters: dict[str, Any] = {"organisation": self.context.organisation}
		if doctype == "Xero Payment":
			filters["kind"] = ("in", KINDS[polled.entity])
		state = "status" if doctype == "Xero Contact" else "xero_status"
		known = self.store.find(doctype, filters, fields=["xero_id", state])
		return [row for row in known if row["xero_id"] not in seen and row.get(state) not in mapping.DEAD]

	def _look_again(self, polled: Polled, doctype: str, row: Doc) -> None:
		"""A list may leave out what an id still finds."""
		if self.pull.exists(polled, row["xero_id"]):
			return
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
		self.findings.add(
			TOLD, "gone-in-xero", f"The {polled.entity.lower()} is no longer in Xero.", reference
		)

	# documents here against Xero

	def _documents(self) -> None:
		"""What should be in Xero and is not on its way there, and what is there with other values."""
		tenant = self.context.organisation
		planner = Planner(
			self.context, load_books(self.store, tenant, self.context.site_url), self.pull.mirror
		)
		sent = {"organisation": tenant, "xero_entity": ("!=", payment_entries.ENTITY)}
		for link in self.store.find("Xero Link", sent):
			self.lease.keep()
			doctype, name = link["reference_doctype"], link["reference_name"]
			if self.store.get(doctype, name) is None:
				self.findings.add(
					TOLD, "document-gone", f"{doctype} {name} was deleted here.", _document(doctype, name)
				)
			elif not self._is_open(doctype, name):
				self._differs(planner, doctype, name)
		for doctype, name in triggers.unsent(self.store, tenant, self._live_since()):
			if self._queue(doctype, name):
				self.findings.add(
					QUEUED, "never-sent", f"{doctype} {name} never went to Xero.", _document(doctype, name)
				)

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
			self.findings.add(
				TOLD, "not-understood", f"{type(error).__name__}: {error}", _document(doctype, name)
			)
			return
		if isinstance(plan, Send):
			self._queue(doctype, name)
			self.findings.add(
				QUEUED, "differs", f"{doctype} {name} is another in Xero.", _document(doctype, name)
			)
		elif isinstance(plan, Ask):
			message = " ".join(problem.message for problem in plan.problems)
			self.findings.add(TOLD, plan.problems[0].cause, message, _document(doctype, name))

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

	def _copies(self) -> None:
		"""Invoices in Xero under the number of a document here that is not theirs."""
		tenant = self.context.organisation
		live = {"organisation": tenant, "xero_status": ("not in", mapping.DEAD)}
		for invoice in self.store.find("Xero Invoice", live, fields=["invoice_number", "xero_id"]):
			number = str(invoice.get("invoice_number") or "")
			link = links.of_record(self.store, tenant, "Invoice", invoice["xero_id"])
			named = (
				[doctype for doctype in BILLING if number and self.store.get(doctype, number)]
				if not link
				else []
			)
			for doctype in named:
				self.findings.add(
					TOLD,
					"not-linked",
					f"Invoice {number} in Xero bears the number of a {doctype} here, and is not its invoice.",
					{**_document(doctype, number), **_record("Invoice", invoice["xero_id"])},
				)

	# sums

	def _money(self) -> None:
		"""Invoices that say another sum was paid than their payments come to, and sums on customers."""
		tenant = self.context.organisation
		invoices = self.store.find("Xero Invoice", {"organisation": tenant}, fields=MONEY)
		gaps = self.pull.mirror.balance.gaps(row["xero_id"] for row in invoices)
		for invoice in invoices:
			paid, credited = gaps[invoice["xero_id"]]
			if paid or credited:
				self.findings.add(
					TOLD,
					"does-not-add-up",
					f"Invoice {invoice['invoice_number']} says {cents(invoice['amount_paid'])} was paid and"
					f" {cents(invoice['amount_credited'])} credited; here {paid} and {credited} are missing.",
					_record("Invoice", invoice["xero_id"]),
				)
		self._entries()
		self.lease.keep()
		with self.store.transaction():
			wrote = write_sums(self.store, self.context.clock, self._customers())
		for customer in wrote:
			self.findings.add(
				REPAIRED, "sums", "The customer showed other sums.", _document("Customer", customer)
			)

	def _entries(self) -> None:
		"""Payments that could not be entered here."""
		held = {"organisation": self.context.organisation, "entry_status": payment_entries.HELD}
		for payment in self.store.find("Xero Payment", held, fields=["xero_id", "entry_message"]):
			self.findings.add(
				TOLD, "payment-entry", payment["entry_message"], _record("Payment", payment["xero_id"])
			)

	def _customers(self) -> Iterator[str]:
		filters = {"organisation": self.context.organisation, "reference_doctype": "Customer"}
		for link in self.store.find("Xero Link", filters, fields=["reference_name"]):
			yield link["reference_name"]

	def _keep(self, name: str, status: str, calls: int, message: str) -> None:
		counts = self.findings.counts
		with self.store.transaction():
			self.store.update(
				"Xero Reconciliation",
				name,
				{
					"status": status,
					"finished_at": self.context.now(),
					"message": message,
					"read": self.read,
					"calls": self.context.api.calls - calls,
					"repaired": counts[REPAIRED],
					"queued": counts[QUEUED],
					"told": counts[TOLD],
					"findings": self.findings.rows,
				},
			)


KINDS = {
	"Payment": (mapping.PAYMENT, mapping.REFUND),
	**{entity: (kind,) for entity, kind in mapping.CREDITS.items()},
}
"""The kinds of Xero Payment that each polled entity becomes."""


def _document(doctype: str, name: str) -> dict[str, str]:
	return {"reference_doctype": doctype, "reference_name": name}


def _record(entity: str, xero_id: str) -> dict[str, str]:
	return {"xero_entity": entity, "xero_id": xero_id}
