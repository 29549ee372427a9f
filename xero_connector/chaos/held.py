"""Whether what is held is held for a reason: one test for each cause, by what is in Xero."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from xero_connector.chaos.journal import Journal
from xero_connector.chaos.truth import DEAD, Truth, is_settled
from xero_connector.chaos.world import TENANT
from xero_connector.store.protocol import Doc, Store
from xero_connector.sync import links, outbox


def _sets() -> Any:
	return defaultdict(set)


@dataclass
class Facts:
	"""What is so in Xero now; or, when it is noted again and again, what has ever been so."""

	settled: set[str] = field(default_factory=set)
	"""Invoices that money stands against."""
	dead: set[str] = field(default_factory=set)
	archived: set[str] = field(default_factory=set)
	"""Contacts, by id."""
	names: dict[str, set[str]] = field(default_factory=_sets)
	"""Active contacts by name, in lower case."""
	emails: dict[str, set[str]] = field(default_factory=_sets)
	numbers: dict[str, set[str]] = field(default_factory=_sets)
	"""All contacts by our number."""
	invoices: dict[str, set[str]] = field(default_factory=_sets)
	"""Sales invoices by number."""
	locked_until: str = ""

	def note(self, truth: Truth) -> Facts:
		"""Add what is so now."""
		for invoice in truth.sales():
			self.invoices[invoice["InvoiceNumber"]].add(invoice["InvoiceID"])
			if is_settled(invoice):
				self.settled.add(invoice["InvoiceID"])
			if invoice["Status"] in DEAD:
				self.dead.add(invoice["InvoiceID"])
		for contact in truth.contacts.values():
			self.numbers[contact.get("ContactNumber") or ""].add(contact["ContactID"])
			if contact["ContactStatus"] == "ARCHIVED":
				self.archived.add(contact["ContactID"])
			else:
				self.names[contact["Name"].casefold()].add(contact["ContactID"])
				self.emails[(contact.get("EmailAddress") or "").casefold()].add(contact["ContactID"])
		self.locked_until = max(self.locked_until, truth.locked_until)
		return self


@dataclass(frozen=True)
class Held:
	"""A held row with all that may justify it."""

	row: Doc
	doc: Doc
	link: Doc | None
	contact: Doc | None
	"""The customer's Contact document."""
	customer: Doc | None
	"""The link of the order's customer."""
	facts: Facts
	journal: Journal


def is_justified(store: Store, row: Doc, facts: Facts, journal: Journal) -> bool:
	"""Whether the cause of a held row is true by these facts."""
	doctype, name = row["reference_doctype"], row["reference_name"]
	doc = store.get(doctype, name)
	if doc is None and row["action"] == outbox.VOID:  # deleted, and what it made is still taken back
		doc = {"doctype": doctype, "name": name}
	test = CAUSES.get(str(row.get("cause")))
	if doc is None or test is None:
		return False
	contact = store.get("Contact", str(doc.get("customer_primary_contact") or ""))
	customer = links.of_document(store, TENANT, "Customer", str(doc.get("customer") or ""))
	link = links.of_document(store, TENANT, doctype, name)
	return test(Held(row, doc, link, contact, customer, facts, journal))


def _invoice_final(held: Held) -> bool:
	ids = {held.link["xero_id"]} if held.link else held.facts.invoices[held.doc["name"]]
	return bool(ids & (held.facts.settled | held.facts.dead))


def _changed_in_xero(held: Held) -> bool:
	return held.link is not None and held.link["xero_id"] in held.journal.finance_invoices


def _contact_archived(held: Held) -> bool:
	link = held.customer if held.doc["doctype"] == "Sales Order" else held.link
	ids = {link["xero_id"]} if link else held.facts.numbers[held.doc["name"]]
	return bool(ids & held.facts.archived)


def _name_taken(held: Held) -> bool:
	"""By a contact that is not our own: neither linked, nor under our number."""
	own = held.facts.numbers[held.doc["name"]] | ({held.link["xero_id"]} if held.link else set())
	return bool(held.facts.names[str(held.doc["customer_name"]).casefold()] - own)


def _several_candidates(held: Held) -> bool:
	email = str((held.contact or {}).get("email_id") or "").casefold()
	return len(held.facts.emails[email]) > 1


def _number_taken(held: Held) -> bool:
	"""By an invoice that finance has changed, voided, or moved to another contact since it was ours."""
	merged = held.customer is not None and held.customer["xero_id"] in held.facts.archived
	changed = held.facts.invoices[held.doc["name"]] & (held.journal.finance_invoices | held.facts.dead)
	return merged or bool(changed)


def _period_locked(held: Held) -> bool:
	return str(held.doc.get("transaction_date") or "") <= held.facts.locked_until


def _amends(held: Held) -> bool:
	"""What it amends stands in Xero."""
	return bool(held.facts.invoices[str(held.doc.get("amended_from"))] - held.facts.dead)


CAUSES: dict[str, Callable[[Held], bool]] = {
	"invoice-final": _invoice_final,
	"changed-in-xero": _changed_in_xero,
	"contact-archived": _contact_archived,
	"name-taken": _name_taken,
	"several-candidates": _several_candidates,
	"number-taken": _number_taken,
	"period-locked": _period_locked,
	"amends-what-is-billed": _amends,
}
"""What may be a cause in a simulated world; any other is a fault of the engine."""
