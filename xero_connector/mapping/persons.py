"""The other people at a customer, as Xero's contact persons.

Xero replaces the list whole, so it is always sent whole: with the persons that finance has added.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

PATH = "ContactPersons"
"""Where they stand in a flat contact, as a list; ``""`` if there are none."""

MOST = 5
"""Persons that Xero keeps of a contact, besides the main one."""

Person = dict[str, Any]
"""``FirstName``, ``LastName``, ``EmailAddress``, ``IncludeInEmails``."""


def persons_of(contacts: Sequence[Mapping[str, Any]]) -> list[Person] | str:
	"""The persons that these Contacts are. Who is marked as a billing contact gets the emails."""
	found = [
		{
			"FirstName": contact.get("first_name") or "",
			"LastName": contact.get("last_name") or "",
			"EmailAddress": contact.get("email_id") or "",
			"IncludeInEmails": bool(contact.get("is_billing_contact")),
		}
		for contact in contacts
	]
	return found or ""


def seen_persons(contact: Mapping[str, Any]) -> list[Person] | str:
	"""The persons of a contact in Xero. Raises ``ValueError`` if they are none."""
	rows = contact.get(PATH) or []
	if not all(isinstance(row, Mapping) for row in rows):
		raise ValueError("Xero sent contact persons that are none")
	found = [
		{
			**{field: row.get(field) or "" for field in ("FirstName", "LastName", "EmailAddress")},
			"IncludeInEmails": row.get("IncludeInEmails") is True,
		}
		for row in rows
	]
	return found or ""


def together(
	ours: Sequence[Person] | str, before: Sequence[Person] | str, theirs: Sequence[Person] | str
) -> list[Person]:
	"""What to send: the persons that only finance knows, then ours, as many as Xero keeps.

	``before`` are those that we sent last: who is no longer among ours has left. ``theirs`` is what Xero has.
	"""
	known = {_key(person) for person in [*ours, *before]}
	others = [person for person in theirs if _key(person) not in known]
	return [*others, *ours][: max(MOST, len(others))]


def _key(person: Any) -> str:
	"""Who a person is: the email, else the name."""
	email = str(person["EmailAddress"]).strip().casefold()
	return email or f"{person['FirstName']} {person['LastName']}".strip().casefold()
