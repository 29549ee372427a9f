"""Money, exactly: ``Decimal`` in, ``Decimal`` out, Xero's rounding in one place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

CENT = Decimal("0.01")
ZERO = Decimal(0)

SHOWN = 40
"""Characters of a value that is no number, in what is said of it."""


def decimal_of(value: Any) -> Decimal:
	"""The number as a person would read it: ``10.1`` is 10.1, not the binary float next to it.

	``None`` and ``""`` are zero, as an empty Currency field is in Frappe. Raises ``ValueError`` for anything
	that is not a finite number.
	"""
	if value is None or value == "":
		return ZERO
	try:
		number = value if isinstance(value, Decimal) else Decimal(str(value))
	except InvalidOperation as error:
		raise ValueError(f"{repr(value)[:SHOWN]} is not a number") from error
	if not number.is_finite():
		raise ValueError(f"{repr(value)[:SHOWN]} is not a finite number")
	return number


def round_cents(amount: Decimal) -> Decimal:
	"""Rounded half up (away from zero) to two decimals, which is how Xero rounds tax and line amounts."""
	return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def cents(value: Any) -> Decimal:
	"""A stored amount with its two decimals."""
	return round_cents(decimal_of(value))


def exclusive_tax(net: Decimal, rate: Decimal) -> Decimal:
	"""Xero's tax on a line whose amount is without tax; ``rate`` in percent."""
	return round_cents(net * rate / 100)


def inclusive_tax(gross: Decimal, rate: Decimal) -> Decimal:
	"""Xero's tax in a line with tax: line − round(line ÷ (1 + rate)). 541.25 at 15 % holds 70.60."""
	return gross - round_cents(gross / (1 + rate / 100))


def allocate(total: Decimal, ideals: Sequence[Decimal]) -> list[Decimal]:
	"""Split ``total`` into cents near ``ideals``, so that the parts add up to it exactly.

	Largest remainder: every part is its ideal rounded down, and the cents left over go to the parts that lost
	most (the first of equals). A total further from the ideals than one cent each is spread evenly.
	"""
	if not ideals:
		return []
	parts = [ideal.quantize(CENT, rounding=ROUND_FLOOR) for ideal in ideals]
	left = int((total - sum(parts)) / CENT)
	everyone, rest = divmod(left, len(parts))
	by_loss = sorted(range(len(parts)), key=lambda at: parts[at] - ideals[at])
	lucky = set(by_loss[:rest])
	return [part + CENT * (everyone + (at in lucky)) for at, part in enumerate(parts)]


def allocate_taxed(
	total: Decimal, tax: Decimal, ideals: Sequence[Decimal], tax_of: Callable[[int, Decimal], Decimal]
) -> list[Decimal] | None:
	"""Round each of ``ideals`` to a cent, up or down, so that they add up to ``total`` and their taxes to
	``tax``; ``None`` where that cannot be. ``tax_of(at, amount)`` is Xero's tax on one of them.

	A cent more on an amount is a cent more tax on it, or none. So it is known how many of each kind must be
	rounded up, and those are that lose most by being rounded down.
	"""
	low = [ideal.quantize(CENT, rounding=ROUND_FLOOR) for ideal in ideals]
	taxes = [tax_of(at, amount) for at, amount in enumerate(low)]
	by_loss = sorted(range(len(low)), key=lambda at: low[at] - ideals[at])
	open_ones = [at for at in by_loss if low[at] != ideals[at]]
	taxing = [at for at in open_ones if tax_of(at, low[at] + CENT) != taxes[at]]
	others = [at for at in open_ones if at not in taxing]
	more_tax = int((tax - sum(taxes)) / CENT)
	more_net = int((total - sum(low)) / CENT) - more_tax
	if not (0 <= more_tax <= len(taxing) and 0 <= more_net <= len(others)):
		return None
	up = {*taxing[:more_tax], *others[:more_net]}
	return [amount + CENT * (at in up) for at, amount in enumerate(low)]


def plain(number: Decimal) -> Decimal:
	"""Without trailing zeros and never in exponent form: what goes into a payload."""
	return number.quantize(Decimal(1)) if number == number.to_integral_value() else number.normalize()
