"""Items that have no usable code in Xero, and prices that are missing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import frappe
from frappe import _
from frappe.utils import nowdate

from xero_connector.desk.audit.findings import ITEMS, MUST, PRICES, SHOULD, SHOWN, Finding, Found
from xero_connector.desk.permissions import seen_by_manager
from xero_connector.mapping.item import CODE_FIELD, CODE_LENGTH

CODE = f"if(ifnull(trim(`tabItem`.{CODE_FIELD}), '') = '', `tabItem`.item_code, trim(`tabItem`.{CODE_FIELD}))"
"""What an item is called in Xero, as the mapping says it."""

EXACT = f"convert(lower({CODE}) using utf8mb4) collate utf8mb4_bin"

ADVICE = "Fill Xero Item Code on the item with a short code that no other item has."


def codes(limit: int = SHOWN) -> Found:
	"""Codes that are too long for Xero, and codes that two items would share: it takes one in any case."""
	found = [*_too_long(), *_shared()]
	return Found(ITEMS, len(found), found[:limit])


def _too_long() -> Iterator[Finding]:
	for name, code in frappe.db.sql(
		f"select `tabItem`.name, {CODE} from `tabItem`"
		f" where {_sold()} and char_length({CODE}) > {CODE_LENGTH} order by `tabItem`.name",
		{"": ""},
	):
		what = _("The code {0} has {1} characters; Xero takes {2}.").format(code, len(code), CODE_LENGTH)
		yield Finding(ITEMS, MUST, what, _(ADVICE), "Item", name)


def _shared() -> Iterator[Finding]:
	sharing: dict[str, list[str]] = {}
	for code, name in frappe.db.sql(
		f"""
		select shared.code, `tabItem`.name from `tabItem` join (
			select {EXACT} as code from `tabItem` where {_sold()} group by code having count(*) > 1
		) shared on shared.code = {EXACT} where {_sold()} order by `tabItem`.name
		""",
		{"": ""},
	):
		sharing.setdefault(code, []).append(name)
	for code, names in sorted(sharing.items()):
		for name in names:
			others = ", ".join(other for other in names if other != name)
			what = _("{0} would have the code {1} in Xero, as would {2}.").format(name, code, others)
			yield Finding(ITEMS, MUST, what, _(ADVICE), "Item", name)


def prices(settings: dict[str, Any] | None) -> Found:
	"""What is sold and has no price that would go to Xero. One finding: they may be many."""
	chosen = (settings or {}).get("price_list")
	if not settings:
		return Found(PRICES, 0)
	if chosen and not frappe.db.get_value("Price List", chosen, "enabled"):
		what = _("The price list {0}, which prices in Xero come from, is disabled.").format(chosen)
		advice = _("Choose another Price List on the organisation, or enable it.")
		return Found(PRICES, 1, [Finding(PRICES, MUST, what, advice, "Price List", chosen)])
	any_price = """
		exists (
			select 1 from `tabItem Price` price where price.item_code = `tabItem`.name and price.selling = 1
			and price.currency = %(currency)s and ifnull(price.customer, '') = ''
			and ifnull(price.valid_upto, '9999-12-31') >= %(today)s
			and (%(chosen)s = '' or price.price_list = %(chosen)s)
		)
	"""
	without = f"not {any_price}" if chosen else f"ifnull(`tabItem`.standard_rate, 0) = 0 and not {any_price}"
	values = {"currency": settings.get("base_currency") or "", "today": nowdate(), "chosen": chosen or ""}
	count, example = frappe.db.sql(
		f"select count(*), min(`tabItem`.name) from `tabItem` where {_sold()} and {without}", values
	)[0]
	if not count:
		return Found(PRICES, 0)
	where = _("in {0}").format(chosen) if chosen else _("in any price list")
	what = _("{0} items have no selling price {1}, in {2}; the first is {3}.").format(
		count, where, values["currency"], example
	)
	advice = _("They go to Xero without a price. Add Item Prices if finance makes invoices with them.")
	return Found(PRICES, count, [Finding(PRICES, SHOULD, what, advice, "Item", example, documents=count)])


def _sold() -> str:
	seen = seen_by_manager("Item").replace("%", "%%")
	sold = "`tabItem`.disabled = 0 and `tabItem`.is_sales_item = 1 and `tabItem`.has_variants = 0"
	return f"{sold} and ({seen})" if seen else sold
