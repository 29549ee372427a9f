"""Item to a Xero item."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from xero_connector.mapping.books import Books, Whereabouts, tax_key
from xero_connector.mapping.money import decimal_of, plain
from xero_connector.mapping.problem import MappingError, Problem
from xero_connector.mapping.taxes import Tax

CODE_LENGTH, NAME_LENGTH, DESCRIPTION_LENGTH = 30, 50, 4000
"""Longest texts that Xero takes. Source: Xero's OpenAPI 16.1."""

CODE_FIELD = "xero_item_code"
"""Where a person says what an item is called in Xero, if not by its own code."""

_TAG = re.compile(r"<[^>]*>")
_BREAK = re.compile(r"<\s*(br|/p|/div|/li)\b[^>]*>", re.IGNORECASE)


def plain_text(value: Any) -> str:
	"""The words of an ERPNext description, which is HTML."""
	text = html.unescape(_TAG.sub("", _BREAK.sub("\n", str(value or ""))))
	return "\n".join(line.strip() for line in text.splitlines() if line.strip())


def to_item(
	item: Mapping[str, Any], *, price: Decimal | None, account_code: str | None, tax_type: str | None
) -> dict[str, Any]:
	"""The Xero item of an ERPNext Item; ``price`` per unit in the organisation's currency, without tax.

	Sent whole each time: Code, Name, Description and the sales details that are known. A name that is cut
	stands whole in the description. Raises ``MappingError`` for a code that Xero does not take.
	"""
	code = xero_code(item)
	if len(code) > CODE_LENGTH:
		message = f"Xero takes item codes of at most {CODE_LENGTH} characters; {code} has {len(code)}."
		raise MappingError([code_problem(item, "item-code-too-long", message)])
	sales: dict[str, Any] = {}
	if price is not None:
		sales["UnitPrice"] = plain(price)
	if account_code:
		sales["AccountCode"] = account_code
	if tax_type:
		sales["TaxType"] = tax_type
	name = str(item.get("item_name") or code)
	description = plain_text(item.get("description")) or name
	if len(name) > NAME_LENGTH and name not in description:
		description = f"{name}\n{description}"
	return {
		"Code": code,
		"Name": name[:NAME_LENGTH],
		"Description": description[:DESCRIPTION_LENGTH],
		"IsSold": True,
		"SalesDetails": sales,
	}


def xero_code(item: Mapping[str, Any]) -> str:
	"""The code that an Item goes by in Xero: what a person has filled in for that, else its own."""
	return str(item.get(CODE_FIELD) or "").strip() or str(item["item_code"])


def code_problem(item: Mapping[str, Any], cause: str, message: str) -> Problem:
	"""A code that Xero does not take, with the way out."""
	advice = "Fill Xero Item Code on the item with a short code that no other item has."
	return Problem(cause, message, advice, "Item", str(item["name"]), CODE_FIELD)


def item_price(
	item: Mapping[str, Any], prices: Iterable[Mapping[str, Any]], currency: str, today: date
) -> Decimal | None:
	"""What an item costs by its Item Prices of one price list, per stock unit: of those for everybody, in
	this currency and valid today the newest; ``None`` if there is none.
	"""
	day, unit = today.isoformat(), ("", str(item.get("stock_uom") or ""))
	fitting = [
		row
		for row in prices
		if row.get("currency") == currency
		and not row.get("customer")
		and not row.get("batch_no")
		and str(row.get("uom") or "") in unit
		and str(row.get("valid_from") or "")[:10] <= day
		and day <= (str(row.get("valid_upto") or "")[:10] or day)
	]
	newest = max(fitting, key=lambda row: (str(row.get("valid_from") or ""), row["name"]), default=None)
	return decimal_of(newest["price_list_rate"]) if newest else None


def sales_account(name: str, groups: Sequence[str], books: Books) -> str | None:
	"""The account that an item is sold on: its own, that of its nearest group, else the organisation's.

	``groups``: the item's group and that one's parents, nearest first.
	"""
	places = [("Item", name), *(("Item Group", group) for group in groups)]
	return next((books.item_accounts[place] for place in places if place in books.item_accounts), None) or (
		books.sales_account
	)


def sales_tax(
	taxes: Sequence[Mapping[str, Any]] | None, account_code: str | None, books: Books
) -> str | None:
	"""The tax type that an item is sold with.

	``taxes`` are the rows of its Item Tax Template (account in ``tax_type``, percent in ``tax_rate``): it is
	the only Xero rate that they become. Without a template it is that of the organisation's sales account; on
	another account Xero takes that account's own.
	"""
	if taxes is None:
		return books.sales_account_tax_type if account_code == books.sales_account else None
	keys = [tax_key(str(row["tax_type"]), row.get("tax_rate")) for row in taxes]
	rates = [books.tax_for(Tax((account,), rate, (rate,)), Whereabouts()) for account, rate in keys]
	found = {rate.tax_type for rate in rates if rate}
	return found.pop() if len(found) == 1 else None
