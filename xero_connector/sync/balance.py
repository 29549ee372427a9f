"""Does it add up: what Xero says is paid, credited and left, against the payments and allocations mirrored.

Two sums must hold. What an invoice says is paid is the sum of its payments, and what it says is credited the
sum of its allocations. What a credit came to is what is left of it, its allocations and its refunds. That
paying, allocating or taking back moves the time stamp of all that takes part is not promised by Xero. So
where a sum does not hold, the records behind it are read again by id.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from xero_connector.mapping import mirror as mapping
from xero_connector.mapping.money import ZERO, cents
from xero_connector.store.protocol import Doc, Store
from xero_connector.sync.context import first, portions

NO_GAP = (ZERO, ZERO)

SAID = ("xero_id", "amount_paid", "amount_credited")
COUNTED = ("invoice_xero_id", "kind", "amount")


class Balance:
	"""The sums of one organisation, as far as this run touched them. All ids are Xero's."""

	def __init__(self, store: Store, organisation: str) -> None:
		self.store = store
		self.organisation = organisation
		self.invoices: set[str] = set()
		"""Invoices that changed here."""
		self.credits: set[str] = set()
		"""Credits that changed here."""
		self.named: set[str] = set()
		"""Invoices that payments and allocations name."""
		self.crediting: dict[str, dict[str, str]] = {}
		"""Invoices that changed here, with the credits that they name and the entity of each."""
		self.refunded: dict[str, str] = {}
		"""Credits that refunds name, with the entity of each."""

	def lacks_payments(self) -> bool:
		"""Whether an invoice or a credit that changed says that other sums were paid than are mirrored."""
		return any(paid for paid, _ in self.gaps(self.invoices).values()) or any(
			self._refund_gap(credit) for credit in self.credits
		)

	def stale_invoices(self) -> list[str]:
		"""Invoices that payments or allocations name, and that say otherwise or are not here.

		What adds up is not looked at again.
		"""
		named, self.named = self.named - {""}, set()
		looked_at = self.invoices | named
		gaps = self.gaps(looked_at)
		self.invoices = {invoice for invoice in looked_at if gaps.get(invoice) != NO_GAP}
		return sorted(self.invoices & named)

	def stale_credits(self) -> dict[str, list[str]]:
		"""Credits by entity: those that a refund names and that say otherwise or are not here, and those
		behind an invoice that says that another sum is credited.
		"""
		found = {credit: entity for credit, entity in self.refunded.items() if self._refund_gap(credit) != 0}
		for invoice, (_, credited) in self.gaps(self.invoices).items():
			if credited:
				found |= self.crediting.get(invoice, {})
				found |= self._allocated_to(invoice)
		self.refunded, self.crediting = {}, {}
		by_entity: dict[str, list[str]] = {}
		for credit, entity in sorted(found.items()):
			by_entity.setdefault(entity, []).append(credit)
		return by_entity

	def removed(self) -> list[str]:
		"""Payments of the invoices, and refunds of the credits, that changed, where they add up to more than
		Xero says.
		"""
		found: list[Doc] = []
		for invoice, (paid, _) in self.gaps(self.invoices).items():
			if paid < 0:
				found += _of_kind(self.standing("invoice_xero_id", invoice), mapping.PAYMENT)
		for credit in sorted(self.credits):
			if (self._refund_gap(credit) or ZERO) < 0:
				found += _of_kind(self.standing("credit_xero_id", credit), mapping.REFUND)
		self.invoices.clear()
		self.credits.clear()
		return [payment["xero_id"] for payment in found]

	def standing(self, field: str, xero_id: str) -> list[Doc]:
		"""The payments, refunds and allocations of an invoice or a credit that were not removed."""
		filters = {"organisation": self.organisation, field: xero_id, "xero_status": "AUTHORISED"}
		return self.store.find("Xero Payment", filters)

	def gaps(self, invoices: Iterable[str]) -> dict[str, tuple[Decimal, Decimal]]:
		"""What each invoice says is paid and credited, each less what is mirrored; those not here are left
		out.
		"""
		gaps: dict[str, tuple[Decimal, Decimal]] = {}
		for part in portions(sorted(invoices)):
			of_organisation = {"organisation": self.organisation}
			known = self.store.find("Xero Invoice", {**of_organisation, "xero_id": ("in", part)}, fields=SAID)
			standing = {**of_organisation, "invoice_xero_id": ("in", part), "xero_status": "AUTHORISED"}
			rows: dict[str, list[Doc]] = {}
			for row in self.store.find("Xero Payment", standing, fields=COUNTED):
				rows.setdefault(row["invoice_xero_id"], []).append(row)
			for invoice in known:
				counted = rows.get(invoice["xero_id"], [])
				gaps[invoice["xero_id"]] = (
					cents(invoice.get("amount_paid")) - _sum(_of_kind(counted, mapping.PAYMENT)),
					cents(invoice.get("amount_credited")) - _sum(_of_kind(counted, mapping.ALLOCATION)),
				)
		return gaps

	def _refund_gap(self, credit: str) -> Decimal | None:
		"""What the refunds of a credit must come to, less those that are mirrored; None for one not here."""
		known = self._known("Xero Payment", credit)
		if known is None:
			return None
		rows = self.standing("credit_xero_id", credit)
		due = mapping.refunds_due(known, _of_kind(rows, mapping.ALLOCATION))
		return due - _sum(_of_kind(rows, mapping.REFUND))

	def _allocated_to(self, invoice: str) -> dict[str, str]:
		"""The credits, with the entity of each, whose mirrored allocations stand against an invoice."""
		ids = {row["credit_xero_id"] for row in self.standing("invoice_xero_id", invoice)}
		credits = [self._known("Xero Payment", credit) for credit in ids if credit]
		return {credit["xero_id"]: mapping.entity_of(credit["kind"]) for credit in credits if credit}

	def _known(self, doctype: str, xero_id: str) -> Doc | None:
		return first(self.store, doctype, {"organisation": self.organisation, "xero_id": xero_id})


def _of_kind(rows: Iterable[Doc], kind: str) -> list[Doc]:
	return [row for row in rows if row["kind"] == kind]


def _sum(rows: Iterable[Doc]) -> Decimal:
	return sum((cents(row.get("amount")) for row in rows), ZERO)
