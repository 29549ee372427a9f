"""Reviews: customers of which a person must say which contact in Xero they are.

One **Xero Match** per organisation and document, for good: it opens, is decided or settles itself, and may
open again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from xero_connector.clock import Clock, utc_text
from xero_connector.store.protocol import Doc, Store
from xero_connector.sync import links, organisations, outbox
from xero_connector.sync.advice import CONTACT_ARCHIVED, NAME_TAKEN
from xero_connector.sync.context import Context, first, write
from xero_connector.sync.errors import SyncError

OPEN, LINKED, NEW, CLOSED = "Open", "Linked", "New", "Closed"
"""What was decided: a contact, or that there is none yet; *Closed* if it settled itself."""

A_PERSON = "a person"
"""Who matched, on the link."""

CHOOSE = "Choose the contact in Xero Match, or say there that it is a new customer."

REFUSALS = (NAME_TAKEN, CONTACT_ARCHIVED)
"""Causes of Xero's refusals behind which a contact stands that it has already."""

SHOWN = ("xero_id", "contact_name", "email", "contact_number", "account_number", "tax_number", "status")


@dataclass(frozen=True)
class Review:
	"""What a person must decide. ``cause`` is a stable key; ``candidates`` are rows of the **Xero Match**."""

	cause: str
	message: str
	advice: str
	candidates: list[Doc]


def of_document(store: Store, organisation: str, doctype: str, name: str) -> Doc | None:
	"""The review of a document, decided or not."""
	return first(store, "Xero Match", _key(organisation, doctype, name))


def candidates(store: Store, organisation: str, contacts: Iterable[Doc], why: str) -> list[Doc]:
	"""Contacts of the index as rows of a review, each with the document that it is linked to."""
	rows = []
	for contact in contacts:
		link = links.of_record(store, organisation, "Contact", contact["xero_id"]) or {}
		row = {field: contact.get(field) for field in SHOWN}
		row |= {"linked_doctype": link.get("reference_doctype"), "linked_name": link.get("reference_name")}
		rows.append({**row, "why": why})
	return rows


def namesakes(context: Context, name: str, number: str) -> list[Doc]:
	"""Contacts of this name or number, archived too: what Xero means when it says that they are taken."""
	found: dict[str, Doc] = {}
	for wanted in ({"name_key": name.casefold()}, {"contact_number": number}):
		for row in context.store.find("Xero Contact", {"organisation": context.organisation, **wanted}):
			if all(row.get(field) == value for field, value in wanted.items()):
				found[row["xero_id"]] = row
	return list(found.values())


def note(store: Store, clock: Clock, organisation: str, doctype: str, name: str, review: Review) -> None:
	"""Open the review of a document, or bring an open one up to date."""
	key = _key(organisation, doctype, name)
	known = first(store, "Xero Match", key)
	values = {
		"status": OPEN,
		"cause": review.cause,
		"message": f"{review.message} {review.advice}",
		"chosen": None,
		"resolved_by": None,
		"resolved_at": None,
	}
	if known is None or known["status"] != OPEN:
		values["opened_at"] = utc_text(clock.now())
	match, _ = write(store, "Xero Match", known, {**key, **values})
	store.update("Xero Match", match, {"candidates": review.candidates})


def settle(store: Store, clock: Clock, organisation: str, doctype: str, name: str) -> None:
	"""The document has its contact, or nothing is to be decided any more: an open review ends."""
	known = of_document(store, organisation, doctype, name)
	if known and known["status"] == OPEN:
		ended = {"status": CLOSED, "resolved_at": utc_text(clock.now())}
		store.update("Xero Match", known["name"], ended)


def choose(store: Store, clock: Clock, match: str, xero_id: str, user: str | None) -> set[str]:
	"""A person picks a candidate: the document is linked to it in the next push. Returns the organisations
	with work. Raises ``SyncError`` if that contact cannot be taken.
	"""
	review = _open(store, match)
	row = next((row for row in review.get("candidates") or [] if row["xero_id"] == xero_id), None)
	if row is None:
		raise SyncError("This contact is not one of the candidates. Reload the page.")
	tenant = review["organisation"]
	link = links.of_record(store, tenant, "Contact", xero_id)
	if link:
		raise SyncError(
			f"{row['contact_name']} is {link['reference_doctype']} {link['reference_name']} here already."
			f" If {review['reference_name']} is the same, merge the two here."
		)
	if links.of_document(store, tenant, review["reference_doctype"], review["reference_name"]):
		raise SyncError(f"{review['reference_name']} has a contact in Xero already.")
	if row.get("status") != "ACTIVE":
		raise SyncError(f"{row['contact_name']} is archived in Xero. Restore it there first.")
	return _decide(store, clock, review, {"status": LINKED, "chosen": xero_id}, user)


def make_new(store: Store, clock: Clock, match: str, user: str | None) -> set[str]:
	"""A person says that the document is none of the candidates. Returns the organisations with work.

	Raises ``SyncError`` if it has a contact already.
	"""
	review = _open(store, match)
	tenant, doctype, name = (
		review[field] for field in ("organisation", "reference_doctype", "reference_name")
	)
	if links.of_document(store, tenant, doctype, name):
		raise SyncError(f"{name} has a contact in Xero already.")
	return _decide(store, clock, review, {"status": NEW, "chosen": None}, user)


def _open(store: Store, match: str) -> Doc:
	review = store.get("Xero Match", match, for_update=True)
	if review is None or review["status"] != OPEN:
		raise SyncError("This was decided already. Reload the page.")
	return review


def _decide(store: Store, clock: Clock, review: Doc, values: Mapping[str, Any], user: str | None) -> set[str]:
	decided = {**values, "resolved_by": user, "resolved_at": utc_text(clock.now())}
	store.update("Xero Match", review["name"], decided)
	tenant, key = review["organisation"], (review["reference_doctype"], review["reference_name"])
	settings = store.get("Xero Organisation", tenant) or {}
	if not organisations.takes_changes(store, settings, *key):
		return set()
	outbox.enqueue(store, clock, tenant, *key, user=user, priority=outbox.PERSON_WAITS)
	return {tenant}


def _key(organisation: str, doctype: str, name: str) -> dict[str, str]:
	return {"organisation": organisation, "reference_doctype": doctype, "reference_name": name}
