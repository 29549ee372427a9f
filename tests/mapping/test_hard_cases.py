"""The cases that are known to be hard, in plain sight: what ERPNext says, and how it is said to Xero."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, NamedTuple

import pytest

from tests.conftest import line, vat
from tests.mapping.kit import RATES, d, freight, plan, problems, sold, total_in_xero
from tests.mapping.sources import as_invoice, as_quotation, as_return
from xero_connector.mapping.books import TaxRate

COINS = {"disable_rounded_total": 0}


class Case(NamedTuple):
	"""``lines``, ``taxes``, ``total``: as ERPNext stored them. ``form``, ``amounts``, ``tax``: as Xero gets
	and makes them. ``rounding``: the explicit line, the last of ``amounts``.
	"""

	what: str
	lines: list[dict[str, Any]]
	taxes: list[dict[str, Any]]
	total: float
	form: str
	amounts: str
	tax: str
	rounding: str = "0"
	values: dict[str, Any] = {}


def gross(amount: float, net: float) -> dict[str, Any]:
	return line(1, amount, net_amount=net)


def included(amount: float, rate: float = 20.0) -> dict[str, Any]:
	return vat(amount, rate, included_in_print_rate=1)


CASES = [
	Case(
		"Xero's own example, as half to even makes it",
		[line(1, 25.06), line(1, 25.61), line(1, 25.63)],
		[vat(11.44, 15.0)],
		87.74,
		"Exclusive",
		"25.06 25.61 25.63",
		"11.44",
	),
	Case(
		"Xero's own example, as half up makes it: said with tax",
		[line(1, 25.06), line(1, 25.61), line(1, 25.63)],
		[vat(11.45, 15.0)],
		87.75,
		"Inclusive",
		"28.82 29.45 29.48",
		"11.45",
	),
	Case(
		"the smallest case where both ways of rounding differ: neither form says it",
		[line(1, 10.02), line(1, 10.02)],
		[vat(4.01)],
		24.05,
		"Exclusive",
		"10.02 10.02 0.01",
		"4.00",
		"0.01",
	),
	Case(
		"a price with 15 % in it",
		[gross(541.25, 470.65)],
		[included(70.60, 15.0)],
		541.25,
		"Inclusive",
		"541.25",
		"70.60",
	),
	Case(
		"prices with tax whose tax only comes out without it, and then not at the nearest cents",
		[gross(3.68, 3.07), gross(25.8, 21.5), gross(1.53, 1.28)],
		[included(5.17)],
		31.01,
		"Exclusive",
		"3.06 21.50 1.28",
		"5.17",
	),
	Case(
		"cents that ERPNext has in its grand total and nowhere else",
		[gross(120.0, 100.0)],
		[included(20.0)],
		120.06,
		"Inclusive",
		"120.00 0.06",
		"20.00",
		"0.06",
	),
	Case(
		"yen, which ERPNext keeps with two decimals and rounds to whole ones",
		[line(3, 333.33)],
		[vat(100.0, 10.0)],
		1099.99,
		"Exclusive",
		"999.99 0.01",
		"100.00",
		"0.01",
		{
			"currency": "JPY",
			"conversion_rate": 0.005,
			**COINS,
			"rounded_total": 1100.0,
			"rounding_adjustment": 0.01,
		},
	),
	Case(
		"rounded to coins of 0.05",
		[line(1, 10.01)],
		[vat(2.0)],
		12.01,
		"Exclusive",
		"10.01 -0.01",
		"2.00",
		"-0.01",
		{**COINS, "rounded_total": 12.0, "rounding_adjustment": -0.01},
	),
	Case(
		"amounts that binary floats round down: 0.335 × 3 and 2.5 × 0.33",
		[line(3, 0.335, amount=1.00, net_amount=1.00), line(2.5, 0.33, amount=0.82, net_amount=0.82)],
		[vat(0.36)],
		2.18,
		"Exclusive",
		"1.00 0.82",
		"0.36",
	),
	Case(
		"a discount on the grand total with freight and tax",
		[line(2, 50.0, net_amount=90.0)],
		[vat(18.0), freight(10.0)],
		118.0,
		"Exclusive",
		"90.00 10.00",
		"18.00",
		"0",
		{"discount_amount": 12.0, "apply_discount_on": "Grand Total"},
	),
	Case("nothing to pay", [line(2, 0.0)], [vat(0.0)], 0.0, "Exclusive", "0.00", "0.00"),
	Case(
		"a line that takes off more than a cent of tax",
		[line(3, 33.33), line(-1, 10.1)],
		[vat(17.98)],
		107.87,
		"Exclusive",
		"99.99 -10.10",
		"17.98",
	),
	Case(
		"US sales tax with three decimals",
		[line(1, 19.99), line(1, 5.01)],
		[vat(2.22, 8.875)],
		27.22,
		"Inclusive",
		"21.76 5.46",
		"2.22",
	),
]

TABLE = {
	**RATES,
	"TEN": TaxRate("TEN", Decimal(10), "10%"),
	"TAX001": TaxRate("TAX001", d("8.875"), "Sales Tax"),
}


@pytest.mark.parametrize("case", CASES, ids=[case.what for case in CASES])
@pytest.mark.parametrize("kind", [dict, as_invoice, as_quotation, as_return])
def test_a_hard_case(case: Case, kind: Any) -> None:
	doc = kind(sold(*case.lines, taxes=case.taxes, total=case.total, **case.values))
	found = plan(doc, rates=TABLE, currencies=())
	rows = found.payload["LineItems"]
	assert found.payload["LineAmountTypes"].lower() == case.form.lower()
	assert " ".join(str(row["LineAmount"]) for row in rows) == case.amounts
	owed = d(str(case.values.get("rounded_total", case.total)))
	assert total_in_xero(found.payload, TABLE) == (owed, d(case.tax))
	assert found.rounding_line == d(case.rounding)


def test_twelve_hidden_cents_are_more_than_a_rounding_line_may_be() -> None:
	"""They were seen on a real site. Held with both numbers, until the admin allows as much."""
	doc = sold(gross(120.0, 100.0), taxes=[included(20.0)], total=120.12)
	(found,) = problems(doc)
	assert found.message.startswith("ERPNext says 120.12 GBP, Xero would make it 120.00")
	assert found.advice.startswith("Allow a rounding line of up to 0.12")
	assert plan(doc, rounding_limit=d("0.12")).totals.total == d("120.12")
