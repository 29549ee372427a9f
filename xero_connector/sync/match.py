"""Which Xero contact a customer already is: by rule, never by guess.

Matching reads the local index of Xero's contacts (**Xero Contact**), which the pull keeps, so it costs no
calls.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from xero_connector.mapping.contact import contact_number
from xero_connector.store.protocol import Doc
from xero_connector.sync import links
from xero_connector.sync.context import Context

ACTIVE = "ACTIVE"


@dataclass(frozen=True)
class Match:
	"""What was found: a contact and the rule that found it, or the reason why a person must decide, or
	nothing.
	"""

	xero_id: str = ""
	rule: str = ""
	cause: str = ""
	message: str = ""
	advice: str = ""


def find_contact(context: Context, customer: str, flat: Mapping[str, Any]) -> Match:
	"""The contact for a customer without a link: by our own number, then email, then exact name.

	A rule with one free candidate links; with several it asks. A name that is taken by a contact with another
	email is asked about too: Xero allows a name once, and two emails may be two firms.
	"""
	own = _free(context, {"contact_number": contact_number(customer)})
	if own:
		return Match(own[0]["xero_id"], "contact number")
	email = str(flat.get("EmailAddress") or "").strip().casefold()
	if email:
		free = _free(context, {"email": email})
		found = [row for row in free if not _is_anothers(context, customer, flat, row)]
		if len(found) > 1:
			names = ", ".join(sorted(str(row["contact_name"]) for row in found))
			return Match(
				cause="several-candidates",
				message=f"Several contacts in Xero have the customer's email: {names}.",
				advice="Merge them in Xero, or change the email of those that are someone else.",
			)
		if found:
			return Match(found[0]["xero_id"], "email")
	name = str(flat.get("Name") or "")
	namesakes = _known(context, {"name_key": name.casefold()})
	if not namesakes:
		return Match()
	free = _free(context, {"name_key": name.casefold()})
	if free and (not email or not free[0].get("email")):
		return Match(free[0]["xero_id"], "name")
	return Match(
		cause="name-taken",
		message=f"Xero already has a contact named {name}, with another email or linked to another customer.",
		advice="If it is the same customer, give both the same email. If not, rename one of them.",
	)


def _is_anothers(context: Context, customer: str, flat: Mapping[str, Any], contact: Doc) -> bool:
	"""Whether a contact with our email bears the name of another customer here, who shares the email."""
	name = str(contact["contact_name"])
	if name.casefold() == str(flat.get("Name") or "").casefold():
		return False
	namesakes = context.store.find("Customer", {"customer_name": name}, fields=["customer_name"])
	return any(row["name"] != customer and row["customer_name"] == name for row in namesakes)


def _known(context: Context, filters: dict[str, Any]) -> list[Doc]:
	found = context.store.find(
		"Xero Contact",
		{"organisation": context.organisation, "status": ACTIVE, **filters},
		order_by="contact_name, xero_id",
	)
	# A database may take Müller for Muller, and はな for ハナ.
	return [row for row in found if all(row.get(field) == value for field, value in filters.items())]


def _free(context: Context, filters: dict[str, Any]) -> list[Doc]:
	"""Active contacts that no document here is linked to."""
	return [
		row
		for row in _known(context, filters)
		if links.of_record(context.store, context.organisation, "Contact", row["xero_id"]) is None
	]
