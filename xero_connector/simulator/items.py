"""The rules of items (products and services)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xero_connector.simulator.books import Books
from xero_connector.simulator.errors import Refused
from xero_connector.simulator.kinds import ITEM
from xero_connector.simulator.money import rounded
from xero_connector.simulator.reference import active_account, can_apply, tax_rate
from xero_connector.simulator.values import Body, decimal

TEXT_LIMITS = {"Code": 30, "Name": 50, "Description": 4000, "PurchaseDescription": 4000}
BATCH_LIMIT = 500
"""Xero takes at most this many items in one request."""


def create(books: Books, given: Mapping[str, Any]) -> Body:
	"""A new item. Raises Refused, for a code that is taken among others."""
	if not given.get("Code"):
		raise Refused("Price List Item Code must be specified")
	item: Body = {
		"ItemID": books.new_id(),
		"Name": given.get("Name") or given["Code"],
		"IsTrackedAsInventory": False,
		"IsSold": True,
		"IsPurchased": True,
		"PurchaseDetails": {},
		"SalesDetails": {},
	}
	return _apply(books, item, given)


def create_or_update(books: Books, given: Mapping[str, Any]) -> Body:
	"""POST: change the item that ItemID or Code names, else create one. Raises Refused."""
	item = books.given_by_id(ITEM, given, "item")
	if item is None and given.get("Code"):
		item = books.by_number(ITEM, str(given["Code"]))
	return _apply(books, item, given) if item else create(books, given)


def _apply(books: Books, item: Body, given: Mapping[str, Any]) -> Body:
	for field, limit in TEXT_LIMITS.items():
		value = given.get(field)
		if value is None:
			continue
		if not isinstance(value, str) or len(value) > limit:
			raise Refused(f"The field {field} must be a string with a maximum length of {limit}.")
		item[field] = value
	other = books.by_number(ITEM, item["Code"])
	if other and other["ItemID"] != item["ItemID"]:
		raise Refused(f"Price List Item with Code '{item['Code']}' already exists")
	for flag in ("IsSold", "IsPurchased"):
		if flag in given:
			item[flag] = given[flag] is True
	for side, account_class in (("SalesDetails", "REVENUE"), ("PurchaseDetails", "EXPENSE")):
		if isinstance(given.get(side), Mapping):
			item[side] = {**item[side], **_details(books, given[side], account_class)}
	return books.save(ITEM, item)


def _details(books: Books, given: Mapping[str, Any], account_class: str) -> Body:
	details: Body = {}
	if given.get("UnitPrice") is not None:
		try:
			details["UnitPrice"] = rounded(decimal(given["UnitPrice"], "UnitPrice"), books.unit_places)
		except ValueError as error:
			raise Refused(str(error)) from None
	if given.get("AccountCode"):
		account = active_account(books, str(given["AccountCode"]))
		if account is None:
			raise Refused(f"Account code '{given['AccountCode']}' is not a valid code for this document.")
		details["AccountCode"] = account["Code"]
		account_class = account["Class"]
	if given.get("TaxType"):
		rate = tax_rate(books, given["TaxType"])
		if not can_apply(rate, account_class):
			raise Refused(
				f"The TaxType code '{rate['TaxType']}' cannot be used with account code "
				f"'{details.get('AccountCode', '')}'."
			)
		details["TaxType"] = rate["TaxType"]
	return details
