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
	credit_notes: dict[str, set[str]] = field(default_factory=_sets)
	"""The customers' credit notes by number."""
	used: set[str] = field(default_factory=set)
	"""Credit notes that are allocated, refunded or voided."""
	locked_until: str = ""

	def note(self, truth: Truth) -> Facts:
		"""Add what is so now."""
		for invoice in truth.sales():
			self.invoices[invoice["InvoiceNumber"]].add(invoice["InvoiceID"])
			if is_settled(invoice):
				self.settled.add(invoice["InvoiceID"])
			if invoice["Status"] in DEAD:
				self.dead.add(invoice["InvoiceID"])
		for note in truth.records["CreditNotes"].values():
			self.credit_notes[note.get("CreditNoteNumber") or ""].add(note["CreditNoteID"])
			if note["Status"] in DEAD or note["RemainingCredit"] != note["Total"]:
				self.used.add(note["CreditNoteID"])
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
	if doc and doctype == "Xero Link":  # what is done afterwards
		doctype, name = doc["reference_doctype"], doc["reference_name"]
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


def waits_for_a_person(store: Store, row: Doc) -> bool:
	"""Whether a row waits for one that is held, or for one that waits for such."""
	ahead = store.get("Xero Outbox", str(row.get("waits_for") or ""))
	if row["status"] != outbox.WAITING or ahead is None:
		return False
	return ahead["status"] == outbox.HELD or waits_for_a_person(store, ahead)


def _invoice_final(held: Held) -> bool:
	ids = {held.link["xero_id"]} if held.link else held.facts.invoices[held.doc["name"]]
	return bool(ids & (held.facts.settled | held.facts.dead))


def _changed_in_xero(held: Held) -> bool:
	return held.link is not None and held.link["xero_id"] in held.journal.finance_invoices


def _contact_archived(held: Held) -> bool:
	link = held.link if held.doc["doctype"] == "Customer" else held.customer
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
	day = held.doc.get("posting_date") or held.doc.get("transaction_date")
	return str(day or "") <= held.facts.locked_until


def _amends(held: Held) -> bool:
	"""What it, or its order, amends stands in Xero."""
	return any(_stands(held, name) for name in _others(held, held.doc["name"]))


def _billed_by_others(held: Held) -> bool:
	"""An invoice of the same sale stands in Xero."""
	return any(_stands(held, name) for name in _others(held, held.doc["name"]))


def _others(held: Held, own: str) -> list[str]:
	"""The other documents of a sale."""
	journal = held.journal
	names = {name for pair in journal.made_from.items() for name in pair}
	return sorted(name for name in names if name != own and journal.sale(name) == journal.sale(own))


def _stands(held: Held, name: str) -> bool:
	return bool(held.facts.invoices[name])


def _not_allocated(held: Held) -> bool:
	"""The credit note was used, or the invoice of what is returned paid or voided, before the allocation."""
	against = str(held.doc.get("return_against"))
	invoices = {
		xero_id for name in (against, *_others(held, against)) for xero_id in held.facts.invoices[name]
	}
	return _credit_note_final(held) or bool(invoices & (held.facts.settled | held.facts.dead))


def _credit_note_final(held: Held) -> bool:
	return bool(held.facts.credit_notes[held.doc["name"]] & held.facts.used)


CAUSES: dict[str, Callable[[Held], bool]] = {
	"invoice-final": _invoice_final,
	"changed-in-xero": _changed_in_xero,
	"contact-archived": _contact_archived,
	"name-taken": _name_taken,
	"several-candidates": _several_candidates,
	"number-taken": _number_taken,
	"period-locked": _period_locked,
	"amends-what-is-billed": _amends,
	"billed-by-others": _billed_by_others,
	"credit-note-final": _credit_note_final,
	"refused": _not_allocated,
}
"""What may be a cause in a simulated world; any other is a fault of the engine."""
