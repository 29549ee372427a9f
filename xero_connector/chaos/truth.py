"""What is in Xero: read from the simulator's books themselves, not through the API that is under test."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from xero_connector.simulator import Simulator
from xero_connector.simulator.values import loads

Record = dict[str, Any]

DEAD = ("VOIDED", "DELETED")
OPEN = ("DRAFT", "SUBMITTED")

CREDITS = ("CreditNotes", "Overpayments", "Prepayments")
KINDS = ("Contacts", "Items", "Invoices", "Payments", *CREDITS, "Allocations", "Organisations")


class Truth:
	"""Xero's records by collection and id, oldest first, as they are now. Moments are in milliseconds."""

	def __init__(self, simulator: Simulator) -> None:
		self._simulator = simulator
		self._parsed: dict[str, Record] = {}
		self.records: dict[str, dict[str, Record]] = {}

	def read(self) -> Truth:
		"""Look again. Records that did not change are the same objects as before."""
		marks = ", ".join("?" for _ in KINDS)
		sql = f"SELECT kind, id, body FROM records WHERE kind IN ({marks}) ORDER BY sequence"
		parsed: dict[str, Record] = {}
		self.records = {kind: {} for kind in KINDS}
		for row in self._simulator.store.rows(sql, *KINDS):
			body = row["body"]
			record = parsed[body] = self._parsed.get(body) or loads(body)
			self.records[row["kind"]][row["id"]] = record
		self._parsed = parsed
		return self

	@property
	def contacts(self) -> dict[str, Record]:
		return self.records["Contacts"]

	@property
	def invoices(self) -> dict[str, Record]:
		return self.records["Invoices"]

	@property
	def payments(self) -> dict[str, Record]:
		return self.records["Payments"]

	@property
	def credits(self) -> dict[str, Record]:
		"""Credit notes, overpayments and prepayments."""
		return {xero_id: row for kind in CREDITS for xero_id, row in self.records[kind].items()}

	@property
	def allocations(self) -> dict[str, Record]:
		return self.records["Allocations"]

	def noted(self, invoice: Record) -> Decimal:
		"""What credit notes pay of an invoice: no money was received for that."""
		rows = (row for row in self.allocations.values() if row["Status"] not in DEAD)
		own = (row for row in rows if row["Invoice"]["InvoiceID"] == invoice["InvoiceID"])
		return sum((row["Amount"] for row in own if row["Credit"] == "CreditNotes"), Decimal(0))

	@property
	def locked_until(self) -> str:
		"""The later of the lock dates; empty if there is none."""
		(organisation,) = self.records["Organisations"].values()
		return max(str(organisation.get(field) or "") for field in ("PeriodLockDate", "EndOfYearLockDate"))

	def sales(self) -> Iterator[Record]:
		"""The sales invoices."""
		return (row for row in self.invoices.values() if row["Type"] == "ACCREC")

	def active_contacts(self) -> Iterator[Record]:
		return (row for row in self.contacts.values() if row["ContactStatus"] == "ACTIVE")

	def contact_of(self, customer: str) -> Record | None:
		"""The active contact under a customer's number."""
		return next((row for row in self.active_contacts() if row.get("ContactNumber") == customer), None)


def is_settled(invoice: Record) -> bool:
	"""Whether money stands against the invoice."""
	return bool(paid(invoice))


def paid(invoice: Record) -> Decimal:
	"""What was paid or credited, in the invoice's currency."""
	return Decimal(invoice["AmountPaid"]) + Decimal(invoice["AmountCredited"])
