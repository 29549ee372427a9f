"""Item to a Xero item."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from xero_connector.mapping.money import plain
from xero_connector.mapping.problem import MappingError, Problem

CODE_LENGTH, NAME_LENGTH, DESCRIPTION_LENGTH = 30, 50, 4000
"""Longest texts that Xero takes. Source: Xero's OpenAPI 16.1."""

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

	Sent whole each time: Code, Name, Description and the sales details that are known. Raises
	``MappingError`` for a code that Xero does not take.
	"""
	code = str(item["item_code"])
	if len(code) > CODE_LENGTH:
		raise MappingError(
			[
				Problem(
					"item-code-too-long",
					f"Xero takes item codes of at most {CODE_LENGTH} characters; {code} has {len(code)}.",
					"Rename the item to a shorter code.",
					"Item",
					str(item["name"]),
					"item_code",
				)
			]
		)
	sales: dict[str, Any] = {}
	if price is not None:
		sales["UnitPrice"] = plain(price)
	if account_code:
		sales["AccountCode"] = account_code
	if tax_type:
		sales["TaxType"] = tax_type
	description = plain_text(item.get("description")) or str(item.get("item_name") or code)
	return {
		"Code": code,
		"Name": str(item.get("item_name") or code)[:NAME_LENGTH],
		"Description": description[:DESCRIPTION_LENGTH],
		"IsSold": True,
		"SalesDetails": sales,
	}
