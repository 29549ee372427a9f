"""Which customer here a contact in Xero already is: the rules of matching, turned round.

An import meets all contacts at once, in Xero's order and not in ours. So a rule counts only where it points
both ways to one: one customer, one contact, and no contact that fits the customer by a better rule.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from xero_connector.mapping.contact import contact_number
from xero_connector.mapping.mirror import mirrored_contact
from xero_connector.store.protocol import Doc
from xero_connector.sync.context import Context

NUMBER, EMAIL, TAX, NAME = "contact number", "email", "tax number", "name"
DEFAULT = (NUMBER, EMAIL, TAX, NAME)

Keys = dict[str, str]
"""What a customer or a contact is found by, for each rule; empty where it has nothing of that kind."""


@dataclass(frozen=True)
class Recognised:
	"""The customer and the rule that found it; or why it is not clear which one it is; or nothing."""

	customer: str = ""
	rule: str = ""
	doubt: str = ""


class Recogniser:
	"""Knows the customers and the contacts that have no link yet, as they are when it is made.

	Made after the index of contacts was brought up to date.
	"""

	def __init__(self, context: Context) -> None:
		linked = _linked(context)
		self.rules = _rules(context.settings())
		self._customers: dict[tuple[str, str], set[str]] = defaultdict(set)
		self._keys: dict[str, Keys] = {}
		self._names: dict[str, set[str]] = defaultdict(set)
		fields = ("customer_name", "email_id", "tax_id")
		for customer in context.store.find("Customer", fields=fields):
			name, keys = str(customer["name"]), _keys_of_customer(customer)
			self._names[keys[NAME]].add(name)
			if name not in linked["Customer"]:
				self._keys[name] = keys
				for rule, key in keys.items():
					self._customers[rule, key].add(name)
		self._contacts: Counter[tuple[str, str]] = Counter()
		active = {"organisation": context.organisation, "status": "ACTIVE"}
		for contact in context.store.find("Xero Contact", active):
			if contact["xero_id"] not in linked["Contact"]:
				self._contacts.update(_keys_of_contact(contact).items())

	def find(self, record: Mapping[str, Any]) -> Recognised:
		"""The customer of a contact without a link."""
		theirs = _keys_of_contact(mirrored_contact(record))
		for rule in self.rules:
			if not theirs[rule]:
				continue
			ours = self._candidates(rule, theirs)
			if len(ours) > 1:
				return Recognised(doubt=f"Several customers have its {rule}: {', '.join(sorted(ours))}.")
			for customer in ours:
				doubt = self._doubt(customer, rule, theirs)
				return Recognised(doubt=doubt) if doubt else Recognised(customer, rule)
		return Recognised()

	def linked(self, customer: str) -> None:
		"""The customer has its contact now."""
		for key in self._keys.pop(customer, {}).items():
			self._customers[key].discard(customer)

	def _candidates(self, rule: str, theirs: Keys) -> set[str]:
		"""The free customers that this rule finds, without those that another contact fits better."""
		found = {each for each in self._customers[rule, theirs[rule]] if not self._fits_better(each, rule)}
		if rule in (NUMBER, NAME):
			return found
		namesakes = self._names[theirs[NAME]]  # firms of one group share an email and a tax number
		return found & namesakes if namesakes else found

	def _fits_better(self, customer: str, rule: str) -> bool:
		better = self.rules[: self.rules.index(rule)]
		keys = self._keys[customer]
		return any(keys[each] and self._contacts[each, keys[each]] for each in better)

	def _doubt(self, customer: str, rule: str, theirs: Keys) -> str:
		"""Why the only customer that fits need not be the one."""
		ours = self._keys[customer]
		if rule == NAME and ours[EMAIL] and theirs[EMAIL] and ours[EMAIL] != theirs[EMAIL]:
			return f"The customer {customer} has its name, and another email."
		if self._contacts[rule, theirs[rule]] > 1 and ours[NAME] != theirs[NAME]:
			return f"The customer {customer} has its {rule}, and so have several contacts in Xero."
		return ""


def _rules(settings: Doc) -> tuple[str, ...]:
	"""The rules in the admin's order. An account number is no field of a Customer."""
	chosen = [str(row["rule"]).lower() for row in settings.get("match_rules") or [] if row.get("enabled")]
	return tuple(rule for rule in chosen if rule in DEFAULT) or DEFAULT


def _linked(context: Context) -> dict[str, set[str]]:
	"""The customers that have a contact, and the contacts that have a document."""
	ours = {"organisation": context.organisation, "xero_entity": "Contact"}
	links = context.store.find("Xero Link", ours, fields=["reference_doctype", "reference_name", "xero_id"])
	customers = {row["reference_name"] for row in links if row["reference_doctype"] == "Customer"}
	return {"Customer": customers, "Contact": {row["xero_id"] for row in links}}


def _keys_of_customer(customer: Doc) -> Keys:
	return {
		NUMBER: contact_number(str(customer["name"])),
		EMAIL: _folded(customer.get("email_id")),
		TAX: _folded(customer.get("tax_id")),
		NAME: _folded(customer.get("customer_name")),
	}


def _keys_of_contact(contact: Mapping[str, Any]) -> Keys:
	return {
		NUMBER: str(contact.get("contact_number") or ""),
		EMAIL: _folded(contact.get("email")),
		TAX: _folded(contact.get("tax_number")),
		NAME: _folded(contact.get("contact_name")),
	}


def _folded(value: Any) -> str:
	return " ".join(str(value or "").split()).casefold()
