"""ERPNext's taxes table: which rows are charges, and what the taxes take of a line.

A row takes its rate of the net total, of one row before it, or of the total up to a row before it. All of
that is linear, so of one line each row takes a share that depends on the rates alone.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from xero_connector.mapping.document import Doc
from xero_connector.mapping.money import ZERO, cents, decimal_of

NOT_APPLICABLE = "N/A"
"""What ERPNext 16 writes into ``item_tax_rate`` instead of a rate, where the tax does not touch the item."""

FIXED = ("Actual", "On Item Quantity")
"""The rows that are no rate of anything."""

RATE_STEP = Decimal("0.0001")
"""Xero keeps four decimals of a rate in percent."""


class Tax(NamedTuple):
	"""What taxes take of a line, all together.

	``rate`` is in percent of the line. ``accounts`` and ``rates`` are those of each tax in the table's order;
	``rate`` is more than their sum where one is taken on top of another.
	"""

	accounts: tuple[str, ...]
	rate: Decimal
	rates: tuple[Decimal, ...]

	def __str__(self) -> str:
		each = zip(self.accounts, self.rates, strict=True)
		return ", ".join(f"{account} {rate:f} %" for account, rate in each)


def is_charge(row: Doc, account_types: Mapping[str, str], as_charges: Collection[str] = ()) -> bool:
	"""Shipping and the like stand in ERPNext's taxes table too, as an amount or in percent.

	The type of the account tells; where it has none, an *Actual* row is a charge and a rate is a tax.

	A fixed amount of tax (so much a piece, a stamp duty) is no rate of anything, and Xero's tax return is
	made of rates on lines. It can be billed as a charge, on an account of its own, but then it is on no line
	of that return. That is for the admin to say, by mapping its account (``as_charges``); never for us.
	"""
	head, kind = str(row["account_head"]), row["charge_type"]
	account_type = account_types.get(head)
	if account_type == "Tax":
		return kind in FIXED and head in as_charges
	return True if account_type else kind == "Actual"


def amount_of(row: Doc) -> Decimal:
	"""What a row of the table comes to, after a discount on the document."""
	after_discount = row.get("tax_amount_after_discount_amount")
	return cents(row.get("tax_amount") if after_discount is None else after_discount)


def prices_hold_tax(rows: Sequence[Doc], charges: Collection[int]) -> bool:
	"""Whether the price of an item is all that it comes to: all its taxes are in it, and nothing else is."""
	shares = _shares(None, rows, charges, {})
	held = {at for at, row in enumerate(rows) if row.get("included_in_print_rate")}
	return not held & set(charges) and held >= {at for at, share in enumerate(shares) if share}


def tax_on(
	charge: int | None, rows: Sequence[Doc], charges: Collection[int], own: Mapping[str, Any]
) -> Tax | None:
	"""What the taxes take of an item (``charge`` is ``None``), or of a charge, by its place in the table.

	``charges``: the places of all charges. ``own``: the item's own rates by account. Where no tax takes
	anything, the first that names a rate of zero, else ``None``.
	"""
	shares = _shares(charge, rows, charges, own)
	named = [(rows[at], share) for at, share in enumerate(shares) if share is not None and at not in charges]
	taken = [(row, share) for row, share in named if share] or named[:1]
	if not taken:
		return None
	whole = sum((share for _, share in taken), ZERO) * 100
	return Tax(
		accounts=tuple(str(row["account_head"]) for row, _ in taken),
		rate=whole.quantize(RATE_STEP).normalize(),
		rates=tuple(_rate(row, own) for row, _ in taken),
	)


def _shares(
	charge: int | None, rows: Sequence[Doc], charges: Collection[int], own: Mapping[str, Any]
) -> list[Decimal | None]:
	"""The share that each row takes of the line; ``None`` where it does not touch it. A charge is all of
	itself.
	"""
	found: list[Decimal | None] = []
	for at, row in enumerate(rows):
		if at in charges:
			found.append(Decimal(1) if at == charge else None)
			continue
		base = None if own.get(row["account_head"]) == NOT_APPLICABLE else _base(charge, row, found)
		found.append(None if base is None else _rate(row, own) / 100 * base)
	return found


def _base(charge: int | None, row: Doc, before: Sequence[Decimal | None]) -> Decimal | None:
	"""How much of the line a row takes its rate of, given the shares of the rows before it."""
	kind, row_id = row["charge_type"], int(row.get("row_id") or 0)
	if kind == "On Net Total":
		return Decimal(1) if charge is None else None
	if kind == "On Previous Row Amount":
		return before[row_id - 1] if 0 < row_id <= len(before) else None
	if kind == "On Previous Row Total":
		reached = sum((share for share in before[:row_id] if share is not None), ZERO)
		if charge is None:
			return 1 + reached
		return reached if charge < row_id else None
	return None


def _rate(row: Doc, own: Mapping[str, Any]) -> Decimal:
	return decimal_of(own.get(row["account_head"], row.get("rate"))).normalize()
