"""The rules of contact groups: at most a hundred, by unique names, each with any number of contacts.

The sentences about names and numbers stand in examples of Xero's OpenAPI. Choices made here: joining or
leaving a group does not move a contact's UpdatedDateUTC, and an archived contact cannot join.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xero_connector.simulator.books import Books
from xero_connector.simulator.contacts import MATCHED_ARCHIVED
from xero_connector.simulator.errors import Refused
from xero_connector.simulator.kinds import CONTACT, CONTACT_GROUP, fold
from xero_connector.simulator.values import Body

LARGEST_NUMBER = 100
NAME_LIMIT = 255
NOT_UNIQUE = "Please enter a unique Name."
TOO_MANY = f"You’ve reached the limit of {LARGEST_NUMBER} contact groups."  # noqa: RUF001


def create(books: Books, given: Mapping[str, Any]) -> Body:
	"""A new group. Raises Refused."""
	if books.count(CONTACT_GROUP, "status = 'ACTIVE'") >= LARGEST_NUMBER:
		raise Refused(TOO_MANY)
	group: Body = {"ContactGroupID": books.new_id(), "Status": "ACTIVE", "Members": []}
	return _apply(books, group, {"Name": "", **given})


def update(books: Books, given: Mapping[str, Any]) -> Body:
	"""Rename the group that ContactGroupID names, or delete it by Status DELETED. Raises Refused."""
	group = books.given_by_id(CONTACT_GROUP, given, "contact group")
	if group is None or group["Status"] != "ACTIVE":
		raise Refused("The contact group with the specified ContactGroupID could not be found")
	return _apply(books, group, given)


def add(books: Books, group: Body, contact_id: str) -> Body:
	"""Put a contact into a group; answers the contact. Raises Refused."""
	contact = books.find(CONTACT, contact_id)
	if contact is None:
		raise Refused("The contact with the specified ContactID could not be found")
	if contact["ContactStatus"] == "ARCHIVED":
		raise Refused(MATCHED_ARCHIVED)
	if contact["ContactID"] not in group["Members"]:
		group["Members"].append(contact["ContactID"])
		books.save(CONTACT_GROUP, group)
	return contact


def remove(books: Books, group: Body, contact_id: str | None = None) -> None:
	"""Take one contact, or all, out of a group. Raises Refused when that one is not in it."""
	if contact_id is None:
		group["Members"] = []
	elif contact_id.lower() in group["Members"]:
		group["Members"].remove(contact_id.lower())
	else:
		raise Refused("The contact with the specified ContactID could not be found")
	books.save(CONTACT_GROUP, group)


def _apply(books: Books, group: Body, given: Mapping[str, Any]) -> Body:
	if "Name" in given:
		group["Name"] = _name(books, group, given["Name"])
	status = given.get("Status", "ACTIVE")
	if status not in ("ACTIVE", "DELETED"):
		raise Refused(f"The contact group status '{status}' is not valid.")
	group["Status"] = status
	return books.save(CONTACT_GROUP, group)


def _name(books: Books, group: Body, name: Any) -> str:
	if not isinstance(name, str) or not 0 < len(name) <= NAME_LIMIT:
		raise Refused(f"The field Name must be a string with 1 to {NAME_LIMIT} characters.")
	same = books.where(CONTACT_GROUP, "name = ? AND status = 'ACTIVE'", fold(name))
	if any(other["ContactGroupID"] != group["ContactGroupID"] for other in same):
		raise Refused(NOT_UNIQUE)
	return name
