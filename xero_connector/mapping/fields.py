"""The field map: which ERPNext field fills which field of a Xero contact.

A Xero field is named by its path in the contact. Addresses and phones are lists by type, so their paths carry
the type: ``Addresses[POBOX].City``, ``Phones[DEFAULT].PhoneNumber``. A contact seen as ``{path: value}`` is
*flat*: easy to compare, to keep as the base of a merge, and to send in part.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

FieldMapLine = Mapping[str, Any]
"""``erp_doctype`` (one of ``SOURCES``), ``erp_field``, ``xero_field``, ``direction``, ``policy``,
``enabled``.
"""

SHIPPING = "Shipping Address"
SOURCES = {"Customer": "Customer", "Address": "Address", SHIPPING: "Address", "Contact": "Contact"}
"""What a line may name as its document, and the DocType that this is. *Address* and *Contact* are the main
ones of the customer.
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


FIRST_LINES: list[dict[str, Any]] = [
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
"""What the first installations started with. POBOX is Xero's name for the billing address. The currency that
a customer buys in is for sales to choose, so it goes one way.
"""

ADDED_LINES: list[dict[str, Any]] = [
	_line("Customer.website", "Website", FROM_XERO),
	_line(f"{SHIPPING}.address_line1", "Addresses[STREET].AddressLine1", TO_XERO),
	_line(f"{SHIPPING}.address_line2", "Addresses[STREET].AddressLine2", TO_XERO),
	_line(f"{SHIPPING}.city", "Addresses[STREET].City", TO_XERO),
	_line(f"{SHIPPING}.state", "Addresses[STREET].Region", TO_XERO),
	_line(f"{SHIPPING}.pincode", "Addresses[STREET].PostalCode", TO_XERO),
	_line(f"{SHIPPING}.country", "Addresses[STREET].Country", TO_XERO),
]
"""What came with the delivery address. Xero lets nobody write a website; where goods go, sales decides."""

DEFAULT_FIELD_MAP = [*FIRST_LINES, *ADDED_LINES]
"""What a new installation starts with."""

TEXT, NUMBER = "text", "number"


@dataclass(frozen=True)
class XeroField:
	"""A field of Xero's contact that a line may name. ``length`` in characters, ``None`` where Xero names no
	limit; ``read_only``: Xero tells it and does not take it.
	"""

	path: str
	label: str
	length: int | None = None
	kind: str = TEXT
	read_only: bool = False


ADDRESS_TYPES = {"POBOX": "Billing Address", "STREET": "Delivery Address"}
PHONE_TYPES = {"DEFAULT": "Phone", "MOBILE": "Mobile", "DDI": "Direct Dial", "FAX": "Fax"}

ADDRESS_FIELDS = {
	"AttentionTo": ("Attention", 255),
	"AddressLine1": ("Line 1", 500),
	"AddressLine2": ("Line 2", 500),
	"AddressLine3": ("Line 3", 500),
	"AddressLine4": ("Line 4", 500),
	"City": ("City", 255),
	"Region": ("Region", 255),
	"PostalCode": ("Postal Code", 50),
	"Country": ("Country", 50),
}
PHONE_FIELDS = {
	"PhoneCountryCode": ("Country Code", 20),
	"PhoneAreaCode": ("Area Code", 10),
	"PhoneNumber": ("Number", 50),
}
"""Fields of an address and of a phone: label and longest text."""

XERO_FIELDS: dict[str, XeroField] = {
	field.path: field
	for field in (
		XeroField("Name", "Name", 255),
		XeroField("FirstName", "First Name", 255),
		XeroField("LastName", "Last Name", 255),
		XeroField("EmailAddress", "Email", 255),
		XeroField("AccountNumber", "Account Number", 50),
		XeroField("CompanyNumber", "Company Registration Number", 50),
		XeroField("TaxNumber", "Tax Number", 50),
		XeroField("TaxNumberType", "Type of Tax Number (SSN, EIN, ITIN or ATIN)"),
		XeroField("DefaultCurrency", "Currency", 3),
		XeroField("AccountsReceivableTaxType", "Sales Tax Type"),
		XeroField("SalesDefaultAccountCode", "Sales Account Code", 10),
		XeroField("XeroNetworkKey", "Xero Network Key"),
		XeroField("Website", "Website", read_only=True),
		XeroField("Discount", "Discount (Percent)", kind=NUMBER, read_only=True),
		*(
			XeroField(f"Addresses[{kind}].{field}", f"{where}: {label}", length)
			for kind, where in ADDRESS_TYPES.items()
			for field, (label, length) in ADDRESS_FIELDS.items()
		),
		*(
			XeroField(f"Phones[{kind}].{field}", f"{what}: {label}", length)
			for kind, what in PHONE_TYPES.items()
			for field, (label, length) in PHONE_FIELDS.items()
		),
	)
}
"""All that a line of the map may name, by path. Source of lengths and of what is read-only: Xero's OpenAPI
16.1.
"""

_ENGINE = "The engine keeps it."
_NO_DATA = "It is about the answer, not about the contact."
_BUYING = "It is about what the contact sells to us."
_STALE = "Xero does not say when it changes."
_LISTS = "It is a list of records, which no field holds."

LEFT_OUT = {
	"ContactID": _ENGINE,
	"ContactNumber": _ENGINE,
	"ContactStatus": _ENGINE,
	"MergedToContactID": _ENGINE,
	"UpdatedDateUTC": _ENGINE,
	"PaymentTerms": "Its sales part is filled from the Payment Terms Template.",
	"ContactPersons": "They are sent whole, by a choice of the organisation.",
	"ContactGroups": "They follow the Customer Group, by a choice of the organisation.",
	"BankAccountDetails": "Whoever may edit a customer would say where refunds are paid to.",
	"BatchPayments": "Whoever may edit a customer would say where refunds are paid to.",
	"AccountsPayableTaxType": _BUYING,
	"PurchasesDefaultAccountCode": _BUYING,
	"PurchasesDefaultLineAmountType": _BUYING,
	"PurchasesTrackingCategories": _BUYING,
	"SalesDefaultLineAmountType": "Every document says by itself whether its prices include tax.",
	"SalesTrackingCategories": _LISTS,
	"TrackingCategoryName": _LISTS,
	"TrackingCategoryOption": _LISTS,
	"BrandingTheme": "The organisation's choice goes with each document.",
	"IsCustomer": _STALE,
	"IsSupplier": _STALE,
	"Balances": _STALE,
	"Attachments": _LISTS,
	"HasAttachments": _NO_DATA,
	"ValidationErrors": _NO_DATA,
	"HasValidationErrors": _NO_DATA,
	"StatusAttributeString": _NO_DATA,
}
"""Fields of Xero's contact that no line may name, and why."""

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
