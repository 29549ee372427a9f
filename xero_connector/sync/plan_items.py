"""Planning of items: matched by code, made where there is none, then followed."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import cached_property
from typing import Any

from xero_connector.mapping.books import Books
from xero_connector.mapping.fields import unflatten
from xero_connector.mapping.item import code_problem
from xero_connector.mapping.money import decimal_of
from xero_connector.mapping.problem import MappingError
from xero_connector.store.protocol import Doc
from xero_connector.sync import links
from xero_connector.sync.change_check import check_sale, in_words
from xero_connector.sync.context import Context
from xero_connector.sync.item_facts import ItemFacts
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
		self._known_facts: ItemFacts | None = None
		self._claimed: dict[str, str] = {}
		"""Codes that items of this round are about to take, in lower case, and by which item."""

	def plan(self, row: Doc, item: Doc) -> Plan:
		"""What an item means for its Xero item."""
		facts = self._facts
		flat = _flat_item(facts.element(item))
		link = self.known.link("Item", item["name"])
		if link is None:
			found = self._in_xero.get(flat["Code"].casefold())
			self._claim(item, flat["Code"], found)
			if found is None:
				return Send(row, CREATE, "Item", unflatten(flat), flat)
			with self.store.transaction():
				links.add(
					self.context,
					"Item",
					item["name"],
					"Item",
					found["xero_id"],
					number=found["code"],
					base={"local": flat},
					matched_by="code",
				)
			self._check(facts, item)
			return Nothing(row)
		if link["status"] != links.LINKED:
			return unusable(row, link)
		self._check(facts, item)
		known = links.base_of(link).get("local", {})
		changes = {path: value for path, value in flat.items() if not _equal(value, known.get(path))}
		if not changes:
			return Nothing(row)
		if "Code" in changes:
			self._claim(item, flat["Code"], self._in_xero.get(flat["Code"].casefold()))
		code = link["xero_number"] or flat["Code"]  # as Xero knows it: it may be renamed there
		element = {"ItemID": link["xero_id"], **unflatten({"Code": code, **changes})}
		return Send(row, UPDATE, "Item", element, flat)

	def _check(self, facts: ItemFacts, item: Doc) -> None:
		"""Show on the item what would be in the way of its next invoice."""
		said = in_words(check_sale(facts, item))
		if said != (item.get("xero_check") or ""):
			with self.store.transaction():
				self.store.update("Item", item["name"], {"xero_check": said})

	@property
	def _facts(self) -> ItemFacts:
		"""The facts as the books at hand have them."""
		if self._known_facts is None or self._known_facts.books is not self.books:
			self._known_facts = ItemFacts(self.store, self.context.clock, self.context.settings(), self.books)
		return self._known_facts

	@cached_property
	def _in_xero(self) -> dict[str, Doc]:
		"""The items that Xero has, by code in lower case: it takes a code once, in whatever case."""
		rows = self.store.find(
			"Xero Item", {"organisation": self.organisation}, fields=["code", "xero_id"], order_by="xero_id"
		)
		return {str(row.get("code") or "").casefold(): row for row in rows}

	def _claim(self, item: Doc, code: str, found: Doc | None) -> None:
		"""Take a code for this item. Raises ``MappingError`` if another item here has it."""
		link = links.of_record(self.store, self.organisation, "Item", found["xero_id"]) if found else None
		taken_by = link["reference_name"] if link else self._claimed.get(code.casefold())
		if taken_by not in (None, item["name"]):
			message = f"The item {taken_by} goes by the code {code} in Xero already."
			raise MappingError([code_problem(item, "item-code-taken", message)])
		self._claimed[code.casefold()] = str(item["name"])


def _flat_item(item: Mapping[str, Any]) -> dict[str, Any]:
	flat = {key: value for key, value in item.items() if key != "SalesDetails"}
	flat.update({f"SalesDetails.{key}": value for key, value in item["SalesDetails"].items()})
	return flat


def _equal(value: Any, known: Any) -> bool:
	if isinstance(value, Decimal):
		return known is not None and decimal_of(known) == value
	return bool(value == known)
