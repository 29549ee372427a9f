"""Customer, with its primary Address and Contact, to a Xero contact and back."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from xero_connector.mapping.fields import (
	FROM_XERO,
	SHIPPING,
	SOURCES,
	TEXT,
	TO_XERO,
	XERO_FIELDS,
	FieldMapLine,
	flatten,
	unflatten,
)
from xero_connector.mapping.merge import Rule, rules_of
from xero_connector.mapping.persons import PATH as PERSONS
from xero_connector.mapping.persons import persons_of, seen_persons
from xero_connector.mapping.problem import MappingError, Problem
from xero_connector.mapping.terms import to_payment_terms

Doc = Mapping[str, Any]

TERMS_PATHS = ("PaymentTerms.Sales.Day", "PaymentTerms.Sales.Type")
"""Filled from the customer's Payment Terms Template, which no single field holds."""

PERSON_EMAIL = "Xero does not take the email address of one of the customer's contacts."

ROWS_OF = {
	"email_id": ("email_ids", "email_id", "is_primary"),
	"phone": ("phone_nos", "phone", "is_primary_phone"),
	"mobile_no": ("phone_nos", "phone", "is_primary_mobile_no"),
}
"""Fields of a Contact that ERPNext takes from the primary row of a table: table, its field, its mark."""

_EMAIL = re.compile(r"^[^@\s]+@[^@\s.]+(\.[^@\s.]+)+$")


@dataclass(frozen=True)
class Party:
	"""The documents that make up one contact: a Customer with its main Address and Contact, its shipping
	Address, and its Payment Terms Template.
	"""

	customer: Doc
	address: Doc | None = None
	contact: Doc | None = None
	shipping: Doc | None = None
	terms: Doc | None = None
	persons: Sequence[Doc] | None = None
	"""Its other Contacts, where those are sent."""


def contact_number(name: str, doctype: str = "Customer") -> str:
	"""Our key in Xero's ContactNumber, at most 50 characters: the customer's name, hashed where too long.

	What is no customer yet says so, because a Prospect and a Customer may bear one name.
	"""
	key = name if doctype == "Customer" else f"{doctype} {name}"
	return key if len(key) <= 50 else f"{key[:37]}-{hashlib.sha256(key.encode()).hexdigest()[:12]}"


def is_before_customer(number: str) -> bool:
	"""Whether a contact has the number of a Lead or Prospect."""
	return number.startswith(("Lead ", "Prospect "))


def contact_rules(field_map: Sequence[FieldMapLine]) -> dict[str, Rule]:
	"""How each path is merged: as the map says; the payment terms go to Xero."""
	return {**rules_of(field_map), **dict.fromkeys(TERMS_PATHS, Rule(TO_XERO))}


def held(party: Party, field_map: Sequence[FieldMapLine]) -> dict[str, Any]:
	"""What ERPNext holds of a customer, as a flat Xero contact: every path of the map, ``""`` where there is
	nothing, and the payment terms where Xero has a word for them.
	"""
	sources = _sources(party)
	flat = {
		line["xero_field"]: _as_xero(line["xero_field"], sources[line["erp_doctype"]].get(line["erp_field"]))
		for line in _enabled(field_map)
	}
	if party.persons is not None:
		flat[PERSONS] = persons_of(party.persons)
	xero_terms = to_payment_terms(party.terms)
	if xero_terms:
		flat.update(zip(TERMS_PATHS, (xero_terms["Day"], xero_terms["Type"]), strict=True))
	return flat


def to_contact(
	party: Party, field_map: Sequence[FieldMapLine], *, currencies: Sequence[str] = ()
) -> dict[str, Any]:
	"""The part of ``held`` that goes to Xero, fit to be sent.

	``currencies`` are those that the organisation has switched on; none given, none is checked. Raises
	``MappingError`` with everything that Xero would refuse.
	"""
	outgoing = [line for line in _enabled(field_map) if _goes_out(line)]
	flat = held(party, outgoing)
	sources, customer = _sources(party), party.customer
	problems: list[Problem] = []
	for line in outgoing:
		problem = refusal(line["xero_field"], flat[line["xero_field"]], currencies)
		if problem:
			cause, message, advice = problem
			own = sources[line["erp_doctype"]].get("name")  # without a Contact, the Customer has copies of it
			doctype = sources[line["erp_doctype"]].get("doctype") or SOURCES[line["erp_doctype"]]
			where, name = (doctype, own) if own else (customer.get("doctype", "Customer"), customer["name"])
			problems.append(Problem(cause, message, advice, where, str(name), line["erp_field"]))
	for person in party.persons or ():
		problem = refusal("EmailAddress", person.get("email_id"), ())
		if problem:
			problems.append(
				Problem(problem[0], PERSON_EMAIL, problem[2], "Contact", str(person["name"]), "email_id")
			)
	if problems:
		raise MappingError(problems)
	return flat


def from_contact(changes: Mapping[str, Any], field_map: Sequence[FieldMapLine]) -> dict[str, dict[str, Any]]:
	"""These paths of a Xero contact as ``{doctype: {field: value}}``; for lines that may come."""
	values: dict[str, dict[str, Any]] = {}
	for line in _enabled(field_map):
		if line["xero_field"] in changes and line["direction"] != TO_XERO:
			values.setdefault(line["erp_doctype"], {})[line["erp_field"]] = changes[line["xero_field"]]
	return values


def with_rows(contact: Doc, values: Mapping[str, Any]) -> dict[str, Any]:
	"""The values, with the tables of a Contact that ERPNext takes its email and phones from.

	The primary row changes, or is added; an emptied one goes. Other rows stay as they are.
	"""
	result = dict(values)
	for field, (table, column, mark) in ROWS_OF.items():
		if field not in values:
			continue
		rows = [dict(row) for row in (result[table] if table in result else contact.get(table)) or []]
		current = contact.get(field)
		at = next((row for row in rows if row.get(mark)), None)
		at = at or next((row for row in rows if current and row.get(column) == current), None)
		if not values[field]:
			rows = [row for row in rows if row is not at]
		elif at is None:
			rows.append({column: values[field], mark: 1})
		elif table == "phone_nos" and at.get("is_primary_phone") and at.get("is_primary_mobile_no"):
			at[mark] = 0  # one number was both: the other meaning keeps it
			rows.append({column: values[field], mark: 1})
		else:
			at.update({column: values[field], mark: 1})
		result[table] = rows
	return result


def new_contact(flat: Mapping[str, Any], number: str) -> dict[str, Any]:
	"""The payload that creates a contact: what is filled, under our number."""
	return {
		"ContactNumber": number,
		**unflatten({path: value for path, value in flat.items() if value != ""}),
	}


def changed_contact(contact_id: str, changes: Mapping[str, Any]) -> dict[str, Any]:
	"""The payload that changes these paths of a contact and leaves everything else as it is."""
	return {"ContactID": contact_id, **unflatten(changes)}


def seen_contact(contact: Mapping[str, Any], paths: Sequence[str]) -> dict[str, Any]:
	"""A Xero contact as ``{path: value}``, for the base snapshot. Paths of a list that the record does not
	have at all are left out: nothing is known of them. Raises ``ValueError`` for a field that holds more than
	one value.
	"""
	known = [path for path in paths if "[" not in path or contact.get(path.partition("[")[0]) is not None]
	plain = [path for path in known if path != PERSONS]
	flat = {path: _text(value) for path, value in flatten(contact, plain).items()}
	for path, value in flat.items():
		if isinstance(value, (dict, list)):
			raise ValueError(f"Xero sent a {type(value).__name__} as {path}")
	if PERSONS in paths and contact.get(PERSONS) is not None:
		flat[PERSONS] = seen_persons(contact)
	return flat


def _enabled(field_map: Sequence[FieldMapLine]) -> list[FieldMapLine]:
	return [line for line in field_map if line.get("enabled")]


def _goes_out(line: FieldMapLine) -> bool:
	return bool(line["direction"] != FROM_XERO)


def _sources(party: Party) -> dict[str, Doc]:
	return {
		"Customer": party.customer,
		"Address": party.address or {},
		SHIPPING: party.shipping or {},
		"Contact": party.contact or _copies(party.customer),
	}


def _copies(customer: Doc) -> Doc:
	"""A customer without a Contact document still carries copies of the main fields."""
	return {field: customer.get(field) for field in ("first_name", "last_name", "email_id", "mobile_no")}


def _text(value: Any) -> Any:
	return " ".join(value.split()) if isinstance(value, str) else ("" if value is None else value)


def _as_xero(path: str, value: Any) -> Any:
	"""A value of a document in the type of its path: a number in a text is the number as people write it."""
	known = XERO_FIELDS.get(path)
	if known and known.kind == TEXT and isinstance(value, (int, float, Decimal)):
		return f"{Decimal(str(value)).normalize():f}"
	return _text(value)


def refusal(path: str, value: Any, currencies: Sequence[str]) -> tuple[str, str, str] | None:
	"""What Xero would say against this value: (cause, message, advice)."""
	if path == "Name":
		if not value:
			return "name-missing", "The customer has no name.", "Give the customer a name."
		if "<" in value or ">" in value:
			return (
				"name-refused",
				f"Xero does not take < or > in a contact's name: {value}",
				"Remove the angle brackets from the customer's name.",
			)
	if not value:
		return None
	if path == "EmailAddress" and (not _EMAIL.match(value) or not value.isascii()):
		return (
			"email-invalid",
			"Xero does not take the email address of the customer's primary contact.",
			"Correct the email address of the primary contact.",
		)
	if path == "DefaultCurrency" and currencies and value not in currencies:
		return (
			"currency-not-enabled",
			f"The currency {value} is not switched on in this Xero organisation.",
			f"Add {value} in Xero (Settings, Currencies), or change the customer's billing currency.",
		)
	known = XERO_FIELDS.get(path)
	limit = known.length if known else None
	if limit and len(str(value)) > limit:
		return (
			"too-long",
			f"Xero takes at most {limit} characters in {path}, this has {len(str(value))}.",
			"Shorten it.",
		)
	return None
