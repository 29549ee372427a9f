"""Xero's arithmetic. Every amount is a Decimal in the document's own currency."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple

ZERO = Decimal("0.00")


class Totals(NamedTuple):
	"""What the lines of a document add up to."""

	sub_total: Decimal
	total_tax: Decimal
	total: Decimal
	total_discount: Decimal


def rounded(amount: Decimal, places: int = 2) -> Decimal:
	"""Half away from zero, as Xero rounds: 0.125 becomes 0.13."""
	return amount.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def truncated(rate: Decimal, places: int) -> Decimal:
	"""Digits beyond `places` are cut off."""
	return rate.quantize(Decimal(1).scaleb(-places), rounding=ROUND_DOWN)


def line_tax(amount: Decimal, rate: Decimal, line_amount_types: str) -> Decimal:
	"""The tax of one line, rounded to 2 by itself (Xero: tax is computed per line, then summed).

	`rate` is a percentage (20 for 20 %). With inclusive amounts the tax is what remains of the amount when
	its rounded net value is taken out: 541.25 at 15 % holds 70.60.
	"""
	if line_amount_types == "NoTax":
		return ZERO
	if line_amount_types == "Inclusive":
		return amount - rounded(amount / (1 + rate / 100))
	return rounded(amount * rate / 100)


def totals(lines: Iterable[Mapping[str, Any]], line_amount_types: str) -> Totals:
	"""Sums over priced lines (`LineAmount`, `TaxAmount`, and the discount taken off as `Discount`)."""
	amount = tax = discount = ZERO
	for line in lines:
		amount += line.get("LineAmount", ZERO)
		tax += line.get("TaxAmount", ZERO)
		discount += line.get("Discount", ZERO)
	sub_total = amount - tax if line_amount_types == "Inclusive" else amount
	return Totals(sub_total, tax, sub_total + tax, discount)


def cents(amount: Decimal) -> int:
	"""The amount in hundredths, for sums the database makes."""
	return int(rounded(amount) * 100)


def from_cents(hundredths: int) -> Decimal:
	"""The amount of a number of hundredths, with two decimals."""
	return Decimal(hundredths).scaleb(-2).quantize(ZERO)
