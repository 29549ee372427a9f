"""The field map: which ERPNext field fills which field of a Xero contact.

A Xero field is named by its path in the contact. Addresses and phones are lists by type, so their paths carry
the type: ``Addresses[POBOX].City``, ``Phones[DEFAULT].PhoneNumber``. A contact seen as ``{path: value}`` is
*flat*: easy to compare, to keep as the base of a merge, and to send in part.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

FieldMapLine = Mapping[str, Any]
"""``erp_doctype`` (Customer, Address, Contact), ``erp_field``, ``xero_field``, ``direction``, ``policy``,
``enabled``.
"""

TO_XERO = "To Xero"
FROM_XERO = "From Xero"
BOTH = "Both"


def _line(source: str, xero_field: str, direction: str = BOTH) -> dict[str, Any]:
	doctype, field = source.split(".")
	return {
		"erp_doctype": doctype,
		"erp_field": field,
		"xero_field": xero_field,
		"direction": direction,
		"policy": "Ask",
		"enabled": 1,
	}


DEFAULT_FIELD_MAP: list[dict[str, Any]] = [
	_line("Customer.customer_name", "Name"),
	_line("Customer.tax_id", "TaxNumber"),
	_line("Customer.default_currency", "DefaultCurrency", TO_XERO),
	_line("Contact.first_name", "FirstName"),
	_line("Contact.last_name", "LastName"),
	_line("Contact.email_id", "EmailAddress"),
	_line("Contact.phone", "Phones[DEFAULT].PhoneNumber"),
	_line("Contact.mobile_no", "Phones[MOBILE].PhoneNumber"),
	_line("Address.address_line1", "Addresses[POBOX].AddressLine1"),
	_line("Address.address_line2", "Addresses[POBOX].AddressLine2"),
	_line("Address.city", "Addresses[POBOX].City"),
	_line("Address.state", "Addresses[POBOX].Region"),
	_line("Address.pincode", "Addresses[POBOX].PostalCode"),
	_line("Address.country", "Addresses[POBOX].Country"),
]
"""What a new installation starts with. POBOX is Xero's name for the billing address. The currency that a
customer buys in is for sales to choose, so it goes one way.
"""

MAX_LENGTH = {
	"Name": 255,
	"FirstName": 255,
	"LastName": 255,
	"EmailAddress": 255,
	"TaxNumber": 50,
	"AccountNumber": 50,
	"ContactNumber": 50,
	"Phones[].PhoneNumber": 50,
	"Addresses[].AddressLine1": 500,
	"Addresses[].AddressLine2": 500,
	"Addresses[].City": 255,
	"Addresses[].Region": 255,
	"Addresses[].PostalCode": 50,
	"Addresses[].Country": 50,
}
"""Longest text Xero takes, by path with the type left out. Source: Xero's OpenAPI 16.1."""

_TYPED = re.compile(r"^(?P<list>\w+)\[(?P<type>\w+)\]\.(?P<field>\w+)$")
_TYPE_FIELD = {"Addresses": "AddressType", "Phones": "PhoneType"}


def flatten(contact: Mapping[str, Any], paths: Iterable[str]) -> dict[str, Any]:
	"""The values of these paths in a Xero contact; what is empty there is ``""``."""
	flat: dict[str, Any] = {}
	for path in paths:
		value: Any = contact
		typed = _TYPED.match(path)
		if typed:
			rows = contact.get(typed["list"]) or []
			type_field = _TYPE_FIELD[typed["list"]]
			row = next((row for row in rows if row.get(type_field) == typed["type"]), None)
			value = row.get(typed["field"]) if row else None
		else:
			for step in path.split("."):
				value = (value or {}).get(step)
		flat[path] = "" if value is None else value
	return flat


def unflatten(flat: Mapping[str, Any]) -> dict[str, Any]:
	"""The contact that these paths describe, in Xero's shape."""
	contact: dict[str, Any] = {}
	for path, value in flat.items():
		typed = _TYPED.match(path)
		if typed:
			rows = contact.setdefault(typed["list"], [])
			type_field = _TYPE_FIELD[typed["list"]]
			row = next((row for row in rows if row[type_field] == typed["type"]), None)
			if row is None:
				row = {type_field: typed["type"]}
				rows.append(row)
			row[typed["field"]] = value
		else:
			*parents, last = path.split(".")
			target = contact
			for step in parents:
				target = target.setdefault(step, {})
			target[last] = value
	return contact


def whole_addresses(
	changes: Mapping[str, Any], local: Mapping[str, Any], remote: Mapping[str, Any]
) -> dict[str, Any]:
	"""The changes, with the rest of each address that they touch.

	Whether Xero keeps or clears what is left out of an address is not documented; said whole, both mean the
	same. ``remote`` is what Xero was last seen to have (where it differs from ours it stays), ``local`` what
	we have.
	"""
	touched = {path.partition(".")[0] for path in changes if path.startswith("Addresses[")}
	rest = {
		path: remote.get(path, value)
		for path, value in local.items()
		if path.partition(".")[0] in touched and path not in changes
	}
	return {**changes, **rest}


def max_length(path: str) -> int | None:
	"""The longest text that Xero takes in this path."""
	return MAX_LENGTH.get(re.sub(r"\[\w+\]", "[]", path))
