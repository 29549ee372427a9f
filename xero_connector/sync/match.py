"""Which Xero contact a document already is: by the admin's rules, never by guess.

Matching reads the local index of Xero's contacts (**Xero Contact**), which the pull keeps, so it costs no
calls. One candidate links, several open a review (``sync/matches.py``), and so does a doubtful one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from xero_connector.mapping.contact import contact_number
from xero_connector.store.protocol import Doc
from xero_connector.sync import links, matches
from xero_connector.sync.context import Context
from xero_connector.sync.matches import CHOOSE, Review

ACTIVE = "ACTIVE"

CONTACT_NUMBER, ACCOUNT_NUMBER, EMAIL = "Contact Number", "Account Number", "Email"
TAX_NUMBER, NAME = "Tax Number", "Name"

DEFAULT_RULES = (CONTACT_NUMBER, EMAIL, NAME)
"""The order where the admin has chosen none."""

INDEX_FIELD = {
	CONTACT_NUMBER: "contact_number",
	ACCOUNT_NUMBER: "account_number",
	EMAIL: "email",
	TAX_NUMBER: "tax_number",
	NAME: "name_key",
}
"""The field of a **Xero Contact** that a rule looks in."""

RENAME = "Xero takes a name once. If it is the same customer, choose it in Xero Match; if not, rename one."


@dataclass(frozen=True)
class Match:
	"""What was found: a contact and the rule that found it, or what a person must decide, or nothing."""

	xero_id: str = ""
	rule: str = ""
	review: Review | None = None


class Matcher:
	"""Finds contacts for the documents of one organisation, by the rules as they are now."""

	def __init__(self, context: Context) -> None:
		self.context = context
		rows = context.settings().get("match_rules")
		self.rules = tuple(row["rule"] for row in rows if row.get("enabled")) if rows else DEFAULT_RULES

	def find(self, doc: Doc, flat: Mapping[str, Any]) -> Match:
		"""The contact for a document without a link; ``flat`` is what it would send.

		A rule with one free candidate links; with several it asks. A name that is taken by a contact with
		another email is asked about too: Xero allows a name once, and two emails may be two firms.
		"""
		decided = (
			matches.of_document(self.context.store, self.context.organisation, doc["doctype"], doc["name"])
			or {}
		)
		if decided.get("status") == matches.LINKED:
			chosen = self._known({"xero_id": decided["chosen"]})
			if self._free(chosen):
				return Match(decided["chosen"], matches.A_PERSON)
		is_new = decided.get("status") == matches.NEW
		for rule in (CONTACT_NUMBER,) if is_new else self.rules:
			found = self._by(rule, doc, flat)
			if found:
				return found
		return self._by_taken_name(flat)

	def _by(self, rule: str, doc: Doc, flat: Mapping[str, Any]) -> Match | None:
		value = _value(rule, doc, flat)
		free = self._free(self._known({INDEX_FIELD[rule]: value})) if value else []
		if rule == EMAIL:
			free = [row for row in free if not self._is_anothers(doc, flat, row)]
		if rule == NAME and any(_emails_differ(flat, row) for row in free):
			return self._ask("name-taken", _name_taken(flat), CHOOSE, free, rule)
		if len(free) > 1:
			names = ", ".join(sorted(str(row["contact_name"]) for row in free))
			message = f"Several contacts in Xero have the customer's {rule.lower()}: {names}."
			return self._ask("several-candidates", message, CHOOSE, free, rule)
		return Match(free[0]["xero_id"], rule.lower()) if free else None

	def _by_taken_name(self, flat: Mapping[str, Any]) -> Match:
		"""Whatever the rules say: under a name that is taken Xero makes no contact."""
		name = _value(NAME, {}, flat)
		namesakes = self._known({"name_key": name}) if name else []
		if not namesakes:
			return Match()
		return self._ask("name-taken", _name_taken(flat), RENAME, namesakes, NAME)

	def _ask(self, cause: str, message: str, advice: str, found: list[Doc], rule: str) -> Match:
		candidates = matches.candidates(
			self.context.store, self.context.organisation, found, f"The same {rule.lower()}."
		)
		return Match(review=Review(cause, message, advice, candidates))

	def _is_anothers(self, doc: Doc, flat: Mapping[str, Any], contact: Doc) -> bool:
		"""Whether a contact with our email bears the name of another customer here, who shares the email."""
		name = str(contact["contact_name"])
		if name.casefold() == str(flat.get("Name") or "").casefold():
			return False
		namesakes = self.context.store.find("Customer", {"customer_name": name}, fields=["customer_name"])
		own = doc["name"] if doc["doctype"] == "Customer" else None
		return any(row["name"] != own and row["customer_name"] == name for row in namesakes)

	def _known(self, filters: dict[str, Any]) -> list[Doc]:
		found = self.context.store.find(
			"Xero Contact",
			{"organisation": self.context.organisation, "status": ACTIVE, **filters},
			order_by="contact_name, xero_id",
		)
		# A database may take Müller for Muller, and はな for ハナ.
		return [row for row in found if all(row.get(field) == value for field, value in filters.items())]

	def _free(self, contacts: list[Doc]) -> list[Doc]:
		"""Those that no document here is linked to."""
		store, organisation = self.context.store, self.context.organisation
		return [
			row for row in contacts if links.of_record(store, organisation, "Contact", row["xero_id"]) is None
		]


def _value(rule: str, doc: Mapping[str, Any], flat: Mapping[str, Any]) -> str:
	"""What a rule compares, as the index holds it; empty where there is nothing to compare."""
	if rule == CONTACT_NUMBER:
		return contact_number(doc["name"], doc["doctype"])
	path = {ACCOUNT_NUMBER: "AccountNumber", EMAIL: "EmailAddress", TAX_NUMBER: "TaxNumber", NAME: "Name"}[
		rule
	]
	value = str(flat.get(path) or "").strip()
	return value.casefold() if rule in (EMAIL, NAME) else value


def _emails_differ(flat: Mapping[str, Any], contact: Doc) -> bool:
	return bool(flat.get("EmailAddress") and contact.get("email"))


def _name_taken(flat: Mapping[str, Any]) -> str:
	name = flat.get("Name")
	return f"Xero already has a contact named {name}, with another email or linked to another customer."
