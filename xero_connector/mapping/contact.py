"""Customer, with its primary Address and Contact, to a Xero contact."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any

from xero_connector.mapping.fields import (
	BOTH,
	TO_XERO,
	FieldMapLine,
	flatten,
	max_length,
	unflatten,
)
from xero_connector.mapping.problem import MappingError, Problem
from xero_connector.mapping.terms import to_payment_terms

Doc = Mapping[str, Any]

TERMS_PATHS = ("PaymentTerms.Sales.Day", "PaymentTerms.Sales.Type")
"""Filled from the customer's Payment Terms Template, which no single field holds."""

_EMAIL = re.compile(r"^[^@\s]+@[^@\s.]+(\.[^@\s.]+)+$")


def contact_number(customer: str) -> str:
	"""Our key in Xero's ContactNumber, at most 50 characters: the customer's name, hashed where too long."""
	if len(customer) <= 50:
		return customer
	return f"{customer[:37]}-{hashlib.sha256(customer.encode()).hexdigest()[:12]}"


def paths_to_xero(field_map: Sequence[FieldMapLine]) -> list[str]:
	"""The paths of a Xero contact that ERPNext fills: the map's, and the payment terms."""
	return [line["xero_field"] for line in _outgoing(field_map)] + list(TERMS_PATHS)


def to_contact(
	customer: Doc,
	address: Doc | None,
	contact: Doc | None,
	terms: Doc | None,
	field_map: Sequence[FieldMapLine],
	*,
	currencies: Sequence[str] = (),
) -> dict[str, Any]:
	"""The flat Xero contact of a customer: every mapped path, ``""`` where ERPNext has nothing.

	``terms`` is the customer's Payment Terms Template. ``currencies`` are those that the organisation has
	switched on; none given, none is checked. Raises ``MappingError`` with everything that Xero would refuse.
	"""
	sources = {"Customer": customer, "Address": address or {}, "Contact": contact or _copies(customer)}
	flat: dict[str, Any] = {}
	problems: list[Problem] = []
	for line in _outgoing(field_map):
		doctype, field, path = line["erp_doctype"], line["erp_field"], line["xero_field"]
		value = _text(sources[doctype].get(field))
		flat[path] = value
		problem = _refusal(path, value, currencies)
		if problem:
			cause, message, advice = problem
			own = sources[doctype].get("name")  # a Customer without a Contact has copies of its fields
			where, name = (doctype, own) if own else ("Customer", customer["name"])
			problems.append(Problem(cause, message, advice, where, str(name), field))
	xero_terms = to_payment_terms(terms)
	if xero_terms:
		flat.update(zip(TERMS_PATHS, (xero_terms["Day"], xero_terms["Type"]), strict=True))
	if problems:
		raise MappingError(problems)
	return flat


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
	"""A Xero contact as ``{path: value}``, for the base snapshot."""
	return flatten(contact, paths)


def _outgoing(field_map: Sequence[FieldMapLine]) -> list[FieldMapLine]:
	return [line for line in field_map if line.get("enabled") and line["direction"] in (TO_XERO, BOTH)]


def _copies(customer: Doc) -> Doc:
	"""A customer without a Contact document still carries copies of the main fields."""
	return {field: customer.get(field) for field in ("first_name", "last_name", "email_id", "mobile_no")}


def _text(value: Any) -> Any:
	return " ".join(value.split()) if isinstance(value, str) else ("" if value is None else value)


def _refusal(path: str, value: Any, currencies: Sequence[str]) -> tuple[str, str, str] | None:
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
			f"Xero does not take {value} as an email address.",
			"Correct the email address of the primary contact.",
		)
	if path == "DefaultCurrency" and currencies and value not in currencies:
		return (
			"currency-not-enabled",
			f"The currency {value} is not switched on in this Xero organisation.",
			f"Add {value} in Xero (Settings, Currencies), or change the customer's billing currency.",
		)
	limit = max_length(path)
	if limit and len(str(value)) > limit:
		return (
			"too-long",
			f"Xero takes at most {limit} characters in {path}, this has {len(str(value))}.",
			"Shorten it.",
		)
	return None
