"""The rules of contacts.

Matching, as chosen here: PUT always creates. POST finds the contact to change by ContactID, else by
ContactNumber; with neither it creates. A name alone never finds a contact on this endpoint: the example of a
400 answer in Xero's OpenAPI (POST /Contacts) refuses a name that is taken, so the simulator does too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from xero_connector.simulator.books import Books
from xero_connector.simulator.errors import Refused
from xero_connector.simulator.kinds import CONTACT, CREDITS, INVOICE, QUOTE, fold
from xero_connector.simulator.reference import enabled_currency, tax_rate
from xero_connector.simulator.values import Body

ADDRESS_TYPES = ("STREET", "POBOX")
SHOWN_WHEN_EMPTY = ("City", "Region", "PostalCode", "Country")
"""What an address holds that nobody has filled in."""

PHONE_TYPES = ("DDI", "DEFAULT", "FAX", "MOBILE")
PHONE_FIELDS = ("PhoneNumber", "PhoneAreaCode", "PhoneCountryCode")
TERM_TYPES = ("DAYSAFTERBILLDATE", "DAYSAFTERBILLMONTH", "OFCURRENTMONTH", "OFFOLLOWINGMONTH")

TEXT_LIMITS = {
	"Name": 255,
	"FirstName": 255,
	"LastName": 255,
	"EmailAddress": 255,
	"ContactNumber": 50,
	"AccountNumber": 50,
	"TaxNumber": 50,
	"CompanyNumber": 50,
}
ADDRESS_LIMITS = {
	**dict.fromkeys(("AddressLine1", "AddressLine2", "AddressLine3", "AddressLine4"), 500),
	**dict.fromkeys(("City", "Region", "AttentionTo"), 255),
	**dict.fromkeys(("PostalCode", "Country"), 50),
}
PHONE_LIMITS = {"PhoneNumber": 50, "PhoneAreaCode": 10, "PhoneCountryCode": 20}

PLAIN_FIELDS = (
	"FirstName",
	"LastName",
	"CompanyNumber",
	"ContactNumber",
	"AccountNumber",
	"BankAccountDetails",
	"TaxNumber",
	"SalesDefaultLineAmountType",
	"PurchasesDefaultLineAmountType",
	"SalesDefaultAccountCode",
	"PurchasesDefaultAccountCode",
	"XeroNetworkKey",
)

EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
MATCHED_ARCHIVED = (
	"The specified contact details matched an archived contact. "
	"Archived contacts cannot currently be edited via the API."
)
HAS_BEEN_ARCHIVED = (
	"The contact with the specified contact details has been archived. "
	"The contact must be un-archived before creating new invoices or credit notes."
)


def create(books: Books, given: Mapping[str, Any]) -> Body:
	"""A new contact from the fields of a request. Raises Refused."""
	if not given.get("Name"):
		raise Refused("The contact name must be specified.")
	contact: Body = {
		"ContactID": books.new_id(),
		"ContactStatus": "ACTIVE",
		"BankAccountDetails": "",
		"Addresses": [{"AddressType": kind, **dict.fromkeys(SHOWN_WHEN_EMPTY, "")} for kind in ADDRESS_TYPES],
		"Phones": [{"PhoneType": kind, **dict.fromkeys(PHONE_FIELDS, "")} for kind in PHONE_TYPES],
		"ContactGroups": [],
		"ContactPersons": [],
		"HasAttachments": False,
	}
	return _apply(books, contact, given)


def update(books: Books, contact: Body, given: Mapping[str, Any]) -> Body:
	"""Change the fields given, leave all others. Raises Refused, for an archived contact always."""
	if contact["ContactStatus"] == "ARCHIVED":
		raise Refused(MATCHED_ARCHIVED)
	return _apply(books, contact, given)


def create_or_update(books: Books, given: Mapping[str, Any]) -> Body:
	"""POST: change the contact that ContactID or ContactNumber names, else create one. Raises Refused."""
	found = books.given_by_id(CONTACT, given, "contact")
	if found is None and given.get("ContactNumber"):
		found = books.by_number(CONTACT, str(given["ContactNumber"]))
	return update(books, found, given) if found else create(books, given)


def archive(books: Books, contact: Body) -> Body:
	"""Archive a contact; it keeps its ContactNumber. Raises Refused when it is archived already."""
	return update(books, contact, {"ContactStatus": "ARCHIVED"})


def restore(books: Books, contact: Body) -> Body:
	"""Make an archived contact active again. Raises Refused when its name was taken meanwhile."""
	_name(books, contact, contact["Name"])
	contact["ContactStatus"] = "ACTIVE"
	return books.save(CONTACT, contact)


def for_document(books: Books, given: Any) -> Body:
	"""The contact of a new or changed document: by ContactID, ContactNumber or Name, else a new one.

	Fields beside the ones it was found by change the contact, and its ContactPersons are dropped unless they
	are sent again (so a document should carry ContactID only). Raises Refused.
	"""
	if not isinstance(given, Mapping) or not any(
		given.get(key) for key in ("ContactID", "ContactNumber", "Name")
	):
		raise Refused("A Contact must be specified for this type of transaction")
	contact, key = _look_up(books, given)
	if contact is None:
		return create(books, given)
	if contact["ContactStatus"] == "ARCHIVED":
		raise Refused(HAS_BEEN_ARCHIVED)
	if set(given) - {key, "ContactID"}:
		return update(books, contact, {"ContactPersons": [], **given})
	return contact


def _look_up(books: Books, given: Mapping[str, Any]) -> tuple[Body | None, str]:
	if given.get("ContactID"):
		contact = books.find(CONTACT, str(given["ContactID"]))
		if contact is None:
			raise Refused("The contact with the specified ContactID could not be found")
		return contact, "ContactID"
	if given.get("ContactNumber"):
		return books.by_number(CONTACT, str(given["ContactNumber"])), "ContactNumber"
	return active_by_name(books, str(given["Name"])), "Name"


def active_by_name(books: Books, name: str) -> Body | None:
	"""The active contact of this name, ignoring case."""
	found = books.where(CONTACT, "name = ? AND status = 'ACTIVE'", fold(name))
	return found[0] if found else None


def merge(books: Books, source: Body, target: Body) -> Body:
	"""Archive `source` into `target` and move its documents there; answers the archived source.

	As in Xero's own screen. The source then carries MergedToContactID. Raises Refused.
	"""
	if source["ContactID"] == target["ContactID"]:
		raise Refused("A contact cannot be merged into itself")
	if target["ContactStatus"] == "ARCHIVED":
		raise Refused("A contact cannot be merged into an archived contact")
	for kind in (INVOICE, QUOTE, *CREDITS):
		for document in books.where(kind, "parent = ?", source["ContactID"]):
			document["Contact"] = {"ContactID": target["ContactID"]}
			books.save(kind, document)
	source["MergedToContactID"] = target["ContactID"]
	return archive(books, source)


def _apply(books: Books, contact: Body, given: Mapping[str, Any]) -> Body:
	_check_texts(given, TEXT_LIMITS)
	if "Name" in given:
		contact["Name"] = _name(books, contact, given["Name"])
	if "EmailAddress" in given:
		contact["EmailAddress"] = _email(given["EmailAddress"])
	if given.get("ContactNumber"):
		_check_number(books, contact, given["ContactNumber"])
	for field in PLAIN_FIELDS:
		if field in given:
			contact[field] = given[field]
	for field in ("AccountsReceivableTaxType", "AccountsPayableTaxType"):
		if given.get(field):
			contact[field] = tax_rate(books, given[field])["TaxType"]
	if given.get("DefaultCurrency"):
		contact["DefaultCurrency"] = enabled_currency(books, given["DefaultCurrency"])
	if "ContactStatus" in given:
		contact["ContactStatus"] = _status(given["ContactStatus"])
	if "PaymentTerms" in given:
		contact["PaymentTerms"] = _terms(contact.get("PaymentTerms", {}), given["PaymentTerms"])
	if "ContactPersons" in given:
		contact["ContactPersons"] = _persons(given["ContactPersons"])
	for change in given.get("Addresses") or ():
		_merge_typed(contact["Addresses"], change, "AddressType", ADDRESS_LIMITS)
	for change in given.get("Phones") or ():
		_merge_typed(contact["Phones"], change, "PhoneType", PHONE_LIMITS)
	return books.save(CONTACT, contact)


def _check_texts(given: Mapping[str, Any], limits: Mapping[str, int]) -> None:
	for field, limit in limits.items():
		value = given.get(field)
		if value is not None and not isinstance(value, str):
			raise Refused(f"The field {field} must be a string.")
		if value and len(value) > limit:
			raise Refused(f"The field {field} must be a string with a maximum length of {limit}.")


def _name(books: Books, contact: Body, name: str | None) -> str:
	if not name:
		raise Refused("The contact name must be specified.")
	if "<" in name or ">" in name:
		raise Refused("The contact name cannot contain angle brackets.")
	if "  " in name:
		raise Refused("The contact name cannot contain double spaces.")
	taken = active_by_name(books, name)
	if taken and taken["ContactID"] != contact["ContactID"]:
		raise Refused(
			f"The contact name {name} is already assigned to another contact. "
			"The contact name must be unique across all active contacts."
		)
	return name


def _email(address: str | None) -> str:
	if address and EMAIL.fullmatch(address) is None:
		raise Refused("Email address must be valid.")
	return address or ""


def _check_number(books: Books, contact: Body, number: str) -> None:
	other = books.by_number(CONTACT, number)
	if other is None or other["ContactID"] == contact["ContactID"]:
		return
	if other["ContactStatus"] == "ARCHIVED":
		raise Refused(MATCHED_ARCHIVED)
	raise Refused(f"The contact number {number} is already assigned to another contact.")


def _status(status: str) -> str:
	if status not in ("ACTIVE", "ARCHIVED"):
		raise Refused(f"The contact status '{status}' is not valid.")
	return status


def _terms(current: Mapping[str, Any], given: Any) -> Body:
	terms = dict(current)
	for side in ("Bills", "Sales"):
		term = (given or {}).get(side)
		if not term:
			continue
		day = term.get("Day")
		if term.get("Type") not in TERM_TYPES or isinstance(day, bool) or not isinstance(day, int) or day < 0:
			raise Refused(f"The payment terms for {side} are not valid.")
		terms[side] = {"Day": day, "Type": term["Type"]}
	return terms


def _persons(given: Any) -> list[Body]:
	persons = [person for person in given or () if isinstance(person, Mapping)]
	if len(persons) > 5:
		raise Refused("A contact can have a maximum of 5 contact persons.")
	return [
		{
			"FirstName": person.get("FirstName") or "",
			"LastName": person.get("LastName") or "",
			"EmailAddress": _email(person.get("EmailAddress")),
			"IncludeInEmails": person.get("IncludeInEmails") is True,
		}
		for person in persons
	]


def _merge_typed(held: list[Body], change: Any, type_field: str, limits: Mapping[str, int]) -> None:
	kind = change.get(type_field) if isinstance(change, Mapping) else None
	slot = next((each for each in held if each[type_field] == kind), None)
	if slot is None:
		raise Refused(f"The {type_field} '{kind}' is not valid.")
	_check_texts(change, limits)
	slot.update({field: change[field] or "" for field in limits if field in change})
