"""What stands around an Item and counts for its sale: its groups, its tax template, its price."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from xero_connector.clock import Clock
from xero_connector.mapping.books import Books
from xero_connector.mapping.item import item_price, sales_account, sales_tax, to_item
from xero_connector.mapping.money import decimal_of
from xero_connector.store.protocol import Doc, Store


class ItemFacts:
	"""The facts of items for one organisation, whose **Xero Organisation** is ``settings``."""

	def __init__(self, store: Store, clock: Clock, settings: Doc, books: Books) -> None:
		self.store = store
		self.clock = clock
		self.settings = settings
		self.books = books
		self._groups: dict[str, Doc | None] = {}

	def element(self, item: Doc) -> dict[str, Any]:
		"""The Xero item that an Item should be. Raises ``MappingError`` for a code that Xero does not
		take.
		"""
		groups = self.groups(item)
		account = sales_account(str(item["name"]), [group["name"] for group in groups], self.books)
		template = self.tax_template(item, groups)
		return to_item(
			item,
			price=self.price(item),
			account_code=account,
			tax_type=sales_tax(template["taxes"] if template else None, account, self.books),
		)

	def groups(self, item: Doc) -> list[Doc]:
		"""The Item Group of an item and that one's parents, nearest first."""
		found: list[Doc] = []
		name = item.get("item_group")
		while name and name not in [group["name"] for group in found]:
			if name not in self._groups:
				self._groups[name] = self.store.get("Item Group", name)
			group = self._groups[name]
			if group is None:
				break
			found.append(group)
			name = group.get("parent_item_group")
		return found

	def tax_template(self, item: Doc, groups: list[Doc]) -> Doc | None:
		"""The Item Tax Template that ERPNext takes for an item by itself: its own, else that of its nearest
		group; of those that hold now for every customer and price the newest.
		"""
		today = self.clock.today().isoformat()
		for holder in (item, *groups):
			rows = [
				row
				for row in holder.get("taxes") or []
				if not row.get("tax_category")
				and not decimal_of(row.get("minimum_net_rate"))
				and not decimal_of(row.get("maximum_net_rate"))
				and str(row.get("valid_from") or "")[:10] <= today
			]
			for row in sorted(rows, key=lambda row: str(row.get("valid_from") or ""), reverse=True):
				template = self.store.get("Item Tax Template", row["item_tax_template"])
				if template and template.get("company") in (None, "", self.settings.get("company")):
					return template
		return None

	def price(self, item: Doc) -> Decimal | None:
		"""The selling price in the base currency: that of the chosen price list; without one, the only price
		that can be meant.
		"""
		price_list = self.settings.get("price_list")
		if price_list:
			wanted = {"item_code": item["name"], "price_list": price_list, "selling": 1}
			rows = self.store.find("Item Price", wanted)
			return item_price(item, rows, self.books.base_currency, self.clock.today())
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
