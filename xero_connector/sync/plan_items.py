"""Planning of items: matched by code, made where there is none, then followed."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from xero_connector.mapping.books import Books
from xero_connector.mapping.fields import unflatten
from xero_connector.mapping.item import to_item
from xero_connector.mapping.money import decimal_of
from xero_connector.store.protocol import Doc
from xero_connector.sync import links
from xero_connector.sync.context import Context
from xero_connector.sync.links import Known
from xero_connector.sync.plan import CREATE, UPDATE, Nothing, Plan, Send, unusable


class ItemPlanner:
	"""Plans what becomes an item."""

	def __init__(self, context: Context, books: Books, known: Known) -> None:
		self.context = context
		self.store = context.store
		self.organisation = context.organisation
		self.books = books
		self.known = known

	def plan(self, row: Doc, item: Doc) -> Plan:
		"""What an item means for its Xero item."""
		flat = _flat_item(
			to_item(
				item,
				price=self._price(item),
				account_code=self.books.sales_account,
				tax_type=self.books.sales_account_tax_type,
			)
		)
		link = self.known.link("Item", item["name"])
		if link is None:
			found = self.store.find(
				"Xero Item", {"organisation": self.organisation, "code": flat["Code"]}, limit=1
			)
			if not found:
				return Send(row, CREATE, "Item", unflatten(flat), flat)
			with self.store.transaction():
				links.add(
					self.context,
					"Item",
					item["name"],
					"Item",
					found[0]["xero_id"],
					number=flat["Code"],
					base={"local": flat},
					matched_by="code",
				)
			return Nothing(row)
		if link["status"] != links.LINKED:
			return unusable(row, link)
		known = links.base_of(link).get("local", {})
		changes = {path: value for path, value in flat.items() if not _equal(value, known.get(path))}
		if not changes:
			return Nothing(row)
		element = {"ItemID": link["xero_id"], **unflatten({"Code": flat["Code"], **changes})}
		return Send(row, UPDATE, "Item", element, flat)

	def _price(self, item: Doc) -> Decimal | None:
		"""The selling price in the base currency, if there is only one that can be meant."""
		standard = decimal_of(item.get("standard_rate"))
		if standard:
			return standard
		rows = self.store.find(
			"Item Price",
			{"item_code": item["item_code"], "selling": 1, "currency": self.books.base_currency},
			fields=["price_list_rate"],
		)
		prices = {decimal_of(row["price_list_rate"]) for row in rows}
		return prices.pop() if len(prices) == 1 else None


def _flat_item(item: Mapping[str, Any]) -> dict[str, Any]:
	flat = {key: value for key, value in item.items() if key != "SalesDetails"}
	flat.update({f"SalesDetails.{key}": value for key, value in item["SalesDetails"].items()})
	return flat


def _equal(value: Any, known: Any) -> bool:
	if isinstance(value, Decimal):
		return known is not None and decimal_of(known) == value
	return bool(value == known)
