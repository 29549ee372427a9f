"""What a document of sales bills, as ERPNext stored it: lines, charges, taxes, what is owed.

Nothing is recomputed that ERPNext has decided. A line's worth is its ``net_amount`` (after every discount,
without tax); a tax row's worth is ``tax_amount_after_discount_amount``; what the customer owes is
``rounded_total`` where rounding is on, else ``grand_total``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from xero_connector.mapping.document import Doc
from xero_connector.mapping.item import DESCRIPTION_LENGTH, plain_text
from xero_connector.mapping.money import ZERO, allocate, cents, decimal_of
from xero_connector.mapping.problem import MappingError, Problem

Tax = tuple[str, Decimal]
"""(ERPNext tax account, rate in percent)."""
NOT_APPLICABLE = "N/A"
"""What ERPNext 16 writes into ``item_tax_rate`` instead of a rate, where the tax does not touch the item."""
RETURNED = ("grand_total", "rounded_total", "rounding_adjustment", "discount_amount")
RETURNED_ITEM = ("qty", "amount", "net_amount")
RETURNED_TAX = ("tax_amount", "tax_amount_after_discount_amount")
"""The fields that ERPNext stores below zero in a return."""


@dataclass(frozen=True)
class BilledLine:
	"""One line to bill, in the order's currency.

	``net`` is its taxable value, ``gross`` its printed amount where prices include tax and no document
	discount changed it, ``price`` the unit price before discounts. ``account`` is the ERPNext account, if the
	line has one.
	"""

	description: str
	quantity: Decimal
	price: Decimal
	net: Decimal
	gross: Decimal | None
	tax: Tax | None
	item_code: str | None = None
	account: str | None = None


@dataclass(frozen=True)
class Bill:
	"""A whole order as it is to be billed. Money in the order's currency.

	``owed`` is what the customer is to pay; ``rounding`` ERPNext's own rounding to whole coins, part of it.
	"""

	lines: tuple[BilledLine, ...]
	inclusive: bool
	tax: Decimal
	owed: Decimal
	rounding: Decimal


def read_document(doc: Doc, account_types: Mapping[str, str]) -> Bill:
	"""Read a Sales Order, Sales Invoice, Quotation or Opportunity. A return is read as what it gives back, in
	positive amounts. ``account_types``: the Account type of each head in its taxes table that has one.

	Raises ``MappingError`` for taxes that no Xero line can carry.
	"""
	order = _as_billed(doc)
	rows = list(order.get("taxes") or [])
	charges = [row for row in rows if _is_charge(row, account_types)]
	taxes = [row for row in rows if not _is_charge(row, account_types)]
	problems = [
		Problem(
			"tax-not-a-rate",
			f"The tax {row.get('description') or row['account_head']} is a fixed amount;"
			" Xero takes tax as a rate on lines.",
			"Use a tax row with a rate, or an account that is not of type Tax if this is a charge.",
			str(order["doctype"]),
			str(order["name"]),
			"taxes",
		)
		for row in taxes
		if row["charge_type"] in ("Actual", "On Item Quantity")
	]
	if problems:
		raise MappingError(problems)

	discounted = bool(decimal_of(order.get("discount_amount")))
	inclusive = any(row.get("included_in_print_rate") for row in taxes)
	items = list(order.get("items") or [])
	on_items = [row for row in taxes if _covers_items(row, taxes, rows)]
	lines = [
		_item_line(item, net, _only_tax(order, item, on_items), gross=inclusive and not discounted)
		for item, net in zip(items, _net_amounts(items), strict=True)
	]
	for charge in charges:
		on_charge = [row for row in taxes if _covers_charge(row, charge, rows)]
		lines += _charge_lines(charge, [(item, _only_tax(order, item, on_charge)) for item in items])
	rounded = not order.get("disable_rounded_total") and bool(decimal_of(order.get("rounded_total")))
	return Bill(
		lines=tuple(lines),
		inclusive=inclusive,
		tax=sum((_amount(row) for row in taxes), ZERO),
		owed=cents(order["rounded_total"] if rounded else order["grand_total"]),
		rounding=cents(order.get("rounding_adjustment")) if rounded else ZERO,
	)


def _as_billed(doc: Doc) -> Doc:
	"""The document in the shape of an order: what is only offered left out, a return turned round."""
	if doc["doctype"] == "Opportunity":
		items = [{**row, "net_amount": row["amount"]} for row in doc.get("items") or []]
		return {**doc, "items": items, "grand_total": doc.get("total")}
	items = [row for row in doc.get("items") or [] if not row.get("is_alternative")]
	if not doc.get("is_return"):
		return {**doc, "items": items}
	return {
		**_turned(doc, RETURNED),
		"items": [_turned(row, RETURNED_ITEM) for row in items],
		"taxes": [_turned(row, RETURNED_TAX) for row in doc.get("taxes") or []],
	}


def _turned(doc: Doc, fields: Sequence[str]) -> Doc:
	return {**doc, **{field: -decimal_of(doc[field]) for field in fields if doc.get(field)}}


def _is_charge(row: Doc, account_types: Mapping[str, str]) -> bool:
	"""Shipping and the like stand in ERPNext's taxes table too, as an amount or in percent.

	The type of the account tells. Where it has none, an *Actual* row is a charge and a rate is a tax.
	"""
	account_type = account_types.get(row["account_head"])
	return account_type != "Tax" if account_type else row["charge_type"] == "Actual"


def _amount(row: Doc) -> Decimal:
	after_discount = row.get("tax_amount_after_discount_amount")
	return cents(row.get("tax_amount") if after_discount is None else after_discount)


def _covers_items(row: Doc, taxes: list[Doc], rows: list[Doc]) -> bool:
	"""A tax on the freight alone does not touch the items."""
	return row["charge_type"] != "On Previous Row Amount" or _previous(row, rows) in taxes


def _covers_charge(row: Doc, charge: Doc, rows: list[Doc]) -> bool:
	previous = _previous(row, rows)
	if previous is None:
		return False
	if row["charge_type"] == "On Previous Row Total":
		return rows.index(charge) <= rows.index(previous)
	return previous is charge


def _previous(row: Doc, rows: list[Doc]) -> Doc | None:
	"""The row that an *On Previous Row* tax refers to, by its number in the table."""
	if not str(row["charge_type"]).startswith("On Previous Row"):
		return None
	at = int(row.get("row_id") or 0) - 1
	return rows[at] if 0 <= at < len(rows) else None


def _only_tax(order: Doc, item: Doc, rows: list[Doc]) -> Tax | None:
	"""A Xero line carries one tax rate: the one above zero, else a zero rate that was named, else none.

	``rows``: the taxes that cover the line, each at the item's own rate where it has one.
	"""
	own = item.get("item_tax_rate") or "{}"
	overrides = json.loads(own) if isinstance(own, str) else own
	given = [(str(row["account_head"]), overrides.get(row["account_head"], row.get("rate"))) for row in rows]
	found = [(head, decimal_of(rate).normalize()) for head, rate in given if rate != NOT_APPLICABLE]
	charged = [tax for tax in found if tax[1]]
	if len(charged) > 1:
		names = ", ".join(f"{account} {rate:f} %" for account, rate in charged)
		raise MappingError(
			[
				Problem(
					"several-taxes",
					f"More than one tax applies to the same line: {names}. A Xero line carries one rate.",
					"Combine them into one rate in the taxes table, as Xero does with components of a rate.",
					str(order["doctype"]),
					str(order["name"]),
					"taxes",
				)
			]
		)
	return next(iter(charged or found), None)


def _net_amounts(items: list[Doc]) -> list[Decimal]:
	"""In cents that add up: a site may keep more places, and lines rounded one by one would drift apart."""
	stored = [decimal_of(item.get("net_amount")) for item in items]
	return allocate(cents(sum(stored, ZERO)), stored)


def _item_line(row: Doc, net: Decimal, tax: Tax | None, *, gross: bool) -> BilledLine:
	rate, list_price = decimal_of(row.get("rate")), decimal_of(row.get("price_list_rate"))
	description = plain_text(row.get("description")) or str(
		row.get("item_name") or row.get("item_code") or ""
	)
	return BilledLine(
		description=description[:DESCRIPTION_LENGTH],
		quantity=decimal_of(row.get("qty")),
		price=list_price if list_price > rate > 0 else rate,
		net=net,
		gross=cents(row.get("amount")) if gross else None,
		tax=tax,
		item_code=row.get("item_code"),
	)


def _charge_lines(row: Doc, items: list[tuple[Doc, Tax | None]]) -> list[BilledLine]:
	"""A charge: one line, or one for each rate where its tax follows the items' own rates.

	``items``: each with the tax of its share of the charge. ERPNext spreads a charge over the items by their
	net amounts; the last one has it all where they are worth nothing.
	"""
	amount, worth = _amount(row), dict[Tax | None, Decimal]()
	for item, tax in items:
		worth[tax] = worth.get(tax, ZERO) + decimal_of(item.get("net_amount"))
	whole = sum(worth.values(), ZERO)
	if len(worth) < 2 or not whole:
		return [_charge_line(row, tax, amount) for _, tax in items[-1:]]
	parts = allocate(amount, [amount * share / whole for share in worth.values()])
	return [_charge_line(row, tax, part) for tax, part in zip(worth, parts, strict=True) if part]


def _charge_line(row: Doc, tax: Tax | None, amount: Decimal) -> BilledLine:
	return BilledLine(
		description=(plain_text(row.get("description")) or str(row["account_head"]))[:DESCRIPTION_LENGTH],
		quantity=Decimal(1),
		price=amount,
		net=amount,
		gross=None,
		tax=tax,
		account=str(row["account_head"]),
	)
