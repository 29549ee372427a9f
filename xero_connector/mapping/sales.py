"""What a document of sales bills, as ERPNext stored it: lines, charges, taxes, what is owed.

Nothing is recomputed that ERPNext has decided. A line's worth is its ``net_amount`` (after every discount,
without tax); a tax row's worth is ``tax_amount_after_discount_amount``; what the customer owes is
``rounded_total`` where rounding is on, else ``grand_total``.

Advances, loyalty points, money taken at a till and a write-off lower a Sales Invoice's
``outstanding_amount`` and not its total. They are ways of settling it, and no part of what is billed.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from xero_connector.mapping.document import Doc
from xero_connector.mapping.item import DESCRIPTION_LENGTH, plain_text
from xero_connector.mapping.money import ZERO, allocate, cents, decimal_of
from xero_connector.mapping.problem import Problem
from xero_connector.mapping.taxes import FIXED, Tax, amount_of, is_charge, prices_hold_tax, tax_on

Dimensions = tuple[tuple[str, str], ...]
"""(doctype, name) of what a line is credited to: its cost centre, its project."""

RETURNED = ("grand_total", "rounded_total", "rounding_adjustment", "discount_amount")
RETURNED_ITEM = ("qty", "amount", "net_amount")
RETURNED_TAX = ("tax_amount", "tax_amount_after_discount_amount")
"""The fields that ERPNext stores below zero in a return."""


@dataclass(frozen=True)
class BilledLine:
	"""One line to bill, in the document's currency.

	``net`` is its taxable value, ``gross`` its printed amount where prices hold all tax and no document
	discount changed it, ``price`` the unit price before discounts. ``account`` is the ERPNext account, if the
	line has one. ``is_charge``: it stands without tax even where prices hold it.
	"""

	description: str
	quantity: Decimal
	price: Decimal
	net: Decimal
	gross: Decimal | None
	tax: Tax | None
	item_code: str | None = None
	item_group: str | None = None
	account: str | None = None
	is_charge: bool = False
	dimensions: Dimensions = ()


@dataclass(frozen=True)
class Bill:
	"""A whole document as it is to be billed. Money in the document's currency.

	``tax`` is all tax on the lines, ``owed`` what the customer is to pay, ``rounding`` ERPNext's own rounding
	to whole coins, part of it. ``problems``: what no Xero line can carry.
	"""

	lines: tuple[BilledLine, ...]
	inclusive: bool
	tax: Decimal
	owed: Decimal
	rounding: Decimal
	problems: tuple[Problem, ...] = ()


def amount_owed(doc: Doc) -> Decimal:
	"""What the customer is to pay, in the document's currency: of a return what is given back, above zero; of
	an Opportunity what its prices come to, without any tax.
	"""
	return _owed(_as_billed(doc))


def read_document(doc: Doc, account_types: Mapping[str, str], as_charges: Collection[str] = ()) -> Bill:
	"""Read a Sales Order, Sales Invoice, Quotation or Opportunity. A return is read as what it gives back, in
	positive amounts.

	``account_types``: the Account type of each head in its taxes table that has one. ``as_charges``: the tax
	accounts whose fixed amounts are billed as charges.
	"""
	doc = _as_billed(doc)
	rows = list(doc.get("taxes") or [])
	charges = {at for at, row in enumerate(rows) if is_charge(row, account_types, as_charges)}
	taxes = [row for at, row in enumerate(rows) if at not in charges]
	inclusive = any(row.get("included_in_print_rate") for row in taxes)
	given_off = _cash_discount(doc)
	whole = bool(given_off) or not decimal_of(doc.get("discount_amount"))
	printed = inclusive and whole and prices_hold_tax(rows, charges)
	items = list(doc["items"])
	own = [_own_rates(item) for item in items]
	lines = [
		_item_line(item, net, tax_on(None, rows, charges, rates), gross=printed)
		for item, net, rates in zip(items, _net_amounts(items), own, strict=True)
	]
	for at in sorted(charges):
		shares = [tax_on(at, rows, charges, rates) for rates in own]
		lines += _charge_lines(rows[at], list(zip(items, shares, strict=True)))
	return Bill(
		lines=(*lines, *given_off),
		inclusive=inclusive,
		tax=sum((amount_of(row) for row in taxes), ZERO),
		owed=_owed(doc),
		rounding=cents(doc.get("rounding_adjustment")) if _is_rounded(doc) else ZERO,
		problems=tuple(_no_rate(doc, row) for row in taxes if row["charge_type"] in FIXED),
	)


def _as_billed(doc: Doc) -> Doc:
	"""The document in the shape of an order: what is only offered left out, a return turned round."""
	items = [row for row in doc.get("items") or [] if not row.get("is_alternative")]
	if doc["doctype"] == "Opportunity":
		items = [{**row, "net_amount": row.get("amount")} for row in items]
		return {**doc, "items": items, "grand_total": doc.get("total")}
	if not doc.get("is_return"):
		return {**doc, "items": items}
	return {
		**_turned(doc, RETURNED),
		"items": [_turned(row, RETURNED_ITEM) for row in items],
		"taxes": [_turned(row, RETURNED_TAX) for row in doc.get("taxes") or []],
	}


def _turned(doc: Doc, fields: Sequence[str]) -> Doc:
	return {**doc, **{field: -decimal_of(doc[field]) for field in fields if doc.get(field)}}


def _is_rounded(doc: Doc) -> bool:
	return not doc.get("disable_rounded_total") and bool(decimal_of(doc.get("rounded_total")))


def _owed(doc: Doc) -> Decimal:
	return cents(doc["rounded_total"] if _is_rounded(doc) else doc["grand_total"])


def _no_rate(doc: Doc, row: Doc) -> Problem:
	return Problem(
		"tax-not-a-rate",
		f"The tax {row.get('description') or row['account_head']} is a fixed amount;"
		" Xero takes tax as a rate on lines.",
		f"Use a tax row with a rate; or map {row['account_head']} to a Xero account in the account map:"
		" it is then billed on a line of its own, and is on no tax return.",
		str(doc["doctype"]),
		str(doc["name"]),
		"taxes",
	)


def _own_rates(item: Doc) -> dict[str, Any]:
	own = item.get("item_tax_rate") or "{}"
	return dict(json.loads(own) if isinstance(own, str) else own)


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
		item_group=row.get("item_group"),
		account=row.get("income_account"),
		dimensions=dimensions_of(row),
	)


def _charge_lines(row: Doc, items: list[tuple[Doc, Tax | None]]) -> list[BilledLine]:
	"""A charge: one line, or one for each rate where its tax follows the items' own rates.

	``items``: each with the tax of its share of the charge. ERPNext spreads a charge over the items by their
	net amounts (by their quantities, if it is so much a piece); the last one has it all where they are worth
	nothing.
	"""
	by = "qty" if row["charge_type"] == "On Item Quantity" else "net_amount"
	amount, worth = amount_of(row), dict[Tax | None, Decimal]()
	for item, tax in items:
		worth[tax] = worth.get(tax, ZERO) + decimal_of(item.get(by))
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
		is_charge=True,
		dimensions=dimensions_of(row),
	)


def _cash_discount(doc: Doc) -> list[BilledLine]:
	"""A *cash or non trade discount* is taken from the grand total and touches neither lines nor tax."""
	amount, on = cents(doc.get("discount_amount")), doc.get("apply_discount_on")
	if not (amount and doc.get("is_cash_or_non_trade_discount") and on == "Grand Total"):
		return []
	account = str(doc.get("additional_discount_account") or "")
	line = BilledLine("Discount", Decimal(1), -amount, -amount, None, None, account=account, is_charge=True)
	return [line]


def dimensions_of(row: Doc) -> Dimensions:
	"""The cost centre and the project that a line or a document names."""
	named = [("Cost Center", row.get("cost_center")), ("Project", row.get("project"))]
	return tuple((doctype, str(name)) for doctype, name in named if name)
