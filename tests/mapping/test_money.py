"""Xero's arithmetic, and splitting a total so that nothing is lost."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.mapping.kit import d
from xero_connector.mapping.money import (
	allocate,
	allocate_taxed,
	cents,
	decimal_of,
	exclusive_tax,
	inclusive_tax,
	plain,
	round_cents,
)


@pytest.mark.parametrize(
	("value", "number"),
	[
		(10.1, "10.1"),
		(0.1 + 0.2, "0.30000000000000004"),
		("10.10", "10.10"),
		(3, "3"),
		(None, "0"),
		("", "0"),
		(Decimal("1.5"), "1.5"),
		(-0.335, "-0.335"),
	],
)
def test_a_number_as_a_person_reads_it(value: object, number: str) -> None:
	assert str(decimal_of(value)) == number


@pytest.mark.parametrize(
	"value", ["ten", "N/A", float("nan"), float("inf"), Decimal("NaN"), Decimal("-Infinity")]
)
def test_what_is_no_number(value: object) -> None:
	with pytest.raises(ValueError, match="is not a"):
		decimal_of(value)


@pytest.mark.parametrize(
	("exact", "rounded"),
	[
		("0.125", "0.13"),
		("0.135", "0.14"),
		("1.005", "1.01"),
		("-0.125", "-0.13"),
		("0.124999", "0.12"),
		("7", "7.00"),
	],
)
def test_half_a_cent_goes_away_from_zero(exact: str, rounded: str) -> None:
	assert str(round_cents(d(exact))) == rounded


def test_a_stored_amount_has_two_decimals() -> None:
	assert str(cents(1.005)) == "1.01"
	assert str(cents(None)) == "0.00"


def test_tax_is_rounded_line_by_line() -> None:
	"""Xero's own example: 11.44, where the sum of the lines would hold 11.45."""
	nets = [d("25.06"), d("25.61"), d("25.63")]
	assert [exclusive_tax(net, d("15")) for net in nets] == [d("3.76"), d("3.84"), d("3.84")]
	assert exclusive_tax(sum(nets, d("0")), d("15")) == d("11.45")


@pytest.mark.parametrize(
	("gross", "rate", "tax"),
	[
		("541.25", "15", "70.60"),
		("120", "20", "20.00"),
		("12.02", "20", "2.00"),
		("-541.25", "15", "-70.60"),
		("99.99", "0", "0.00"),
		("105", "5", "5.00"),
	],
)
def test_tax_in_an_amount(gross: str, rate: str, tax: str) -> None:
	assert inclusive_tax(d(gross), d(rate)) == d(tax)


@pytest.mark.parametrize(
	("total", "ideals", "parts"),
	[
		("10.00", ["3.3333", "3.3333", "3.3333"], ["3.34", "3.33", "3.33"]),
		("24.05", ["12.024", "12.024"], ["12.03", "12.02"]),
		("10.00", ["3.331", "3.334", "3.335"], ["3.33", "3.33", "3.34"]),
		("-0.01", ["-0.003", "-0.007"], ["0.00", "-0.01"]),
		("1.00", ["0", "0"], ["0.50", "0.50"]),
		("0.05", ["1", "2"], ["-0.47", "0.52"]),
		("5.00", ["5"], ["5.00"]),
	],
)
def test_parts_of_a_total(total: str, ideals: list[str], parts: list[str]) -> None:
	assert [str(part) for part in allocate(d(total), [d(ideal) for ideal in ideals])] == parts


def test_nothing_to_split() -> None:
	assert allocate(d("0.00"), []) == []


AMOUNTS = st.decimals(-100_000, 100_000, places=2)


@settings(deadline=None)
@given(AMOUNTS, st.lists(st.decimals(-100_000, 100_000, places=5), min_size=1, max_size=12))
def test_parts_always_add_up(total: Decimal, ideals: list[Decimal]) -> None:
	parts = allocate(total, ideals)
	assert sum(parts) == total
	assert len(parts) == len(ideals)
	assert all(part == round(part, 2) for part in parts)


@settings(deadline=None)
@given(st.lists(st.decimals(-1000, 1000, places=5), min_size=1, max_size=12))
def test_a_total_near_the_ideals_moves_no_part_by_a_cent(ideals: list[Decimal]) -> None:
	total = round_cents(sum(ideals, d("0")))
	for part, ideal in zip(allocate(total, ideals), ideals, strict=True):
		assert abs(part - ideal) < d("0.01")


def gross_tax(percent: str) -> Callable[[int, Decimal], Decimal]:
	return lambda at, amount: inclusive_tax(amount, d(percent))


def net_tax(percent: str) -> Callable[[int, Decimal], Decimal]:
	return lambda at, amount: exclusive_tax(amount, d(percent))


def test_amounts_are_rounded_so_that_total_and_tax_both_come_out() -> None:
	"""4.78, 19.93 and 27.87 with 20 % in them: rounding to the nearest cents leaves the tax a cent off."""
	ideals = [d(gross) / d("1.2") for gross in ("4.78", "19.93", "27.87")]
	nearest = allocate(d("43.82"), ideals)
	assert sum(exclusive_tax(amount, d("20")) for amount in nearest) == d("8.77")
	found = allocate_taxed(d("43.82"), d("8.76"), ideals, net_tax("20"))
	assert found == [d("3.99"), d("16.61"), d("23.22")]
	assert sum(exclusive_tax(amount, d("20")) for amount in found) == d("8.76")


def test_where_they_cannot_there_is_no_answer() -> None:
	twice = [d("12.024"), d("12.024")]
	assert allocate_taxed(d("24.05"), d("4.01"), twice, gross_tax("20")) is None
	assert allocate_taxed(d("24.08"), d("4.00"), twice, gross_tax("20")) is None
	assert allocate_taxed(d("24.00"), d("4.00"), [d("24")], gross_tax("20")) == [d("24.00")]
	assert allocate_taxed(d("24.01"), d("4.00"), [d("24")], gross_tax("20")) is None, "it is on a cent"


@settings(deadline=None)
@given(
	st.lists(st.tuples(st.decimals(-1000, 1000, places=4), st.booleans()), min_size=1, max_size=10),
	st.sampled_from(["5", "8.875", "15", "20"]),
)
def test_whatever_can_be_rounded_is_found(rounded: list[tuple[Decimal, bool]], percent: str) -> None:
	"""Round each up or down at will: the same total and tax are found again."""
	tax_of, cent = gross_tax(percent), d("0.01")
	ideals = [ideal for ideal, _ in rounded]
	wanted = [ideal.quantize(cent, ROUND_CEILING if up else ROUND_FLOOR) for ideal, up in rounded]
	total, tax = sum(wanted, d("0")), sum((tax_of(0, amount) for amount in wanted), d("0"))
	found = allocate_taxed(total, tax, ideals, tax_of)
	assert found is not None
	assert (sum(found), sum(tax_of(0, amount) for amount in found)) == (total, tax)
	assert all(abs(amount - ideal) < cent for amount, ideal in zip(found, ideals, strict=True))


@pytest.mark.parametrize(
	("number", "text"),
	[
		("100", "100"),
		("1E+2", "100"),
		("2.500", "2.5"),
		("0.0001", "0.0001"),
		("0E-4", "0"),
		("-3.10", "-3.1"),
	],
)
def test_plain_numbers(number: str, text: str) -> None:
	assert str(plain(d(number))) == text
