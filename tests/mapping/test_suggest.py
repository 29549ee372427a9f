"""What is suggested for what ERPNext has."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.mapping.kit import RATES, VAT
from xero_connector.mapping.books import TaxRate
from xero_connector.mapping.suggest import closest, likeness, tax_rate, words
from xero_connector.mapping.taxes import Tax

CHART = {
	"200": "Sales",
	"210": "Service Income",
	"260": "Other Revenue",
	"265": "Delivery Income",
	"425": "Postage, Freight and Courier",
}


def tax(rate: str, *rates: str, account: str = VAT) -> Tax:
	each = tuple(Decimal(part) for part in rates or (rate,))
	return Tax((account,) * len(each), Decimal(rate), each)


@pytest.mark.parametrize(
	("name", "said"),
	[
		("4110 - Sales - WP", "sales"),
		("Sales - WP", "sales"),
		("SALES - wp", "sales"),
		("  Sales ", "sales"),
		("4110.01 - Sales & Service - WP", "sales service"),
		("A410 - Freight-out - WP", "freight out"),
		("Output VAT 17.5% - WP", "output vat 17.5"),
		("Sales - EU - WP", "sales eu"),
		("3 Year Warranty - WP", "3 year warranty"),
		("", ""),
	],
)
def test_the_words_of_a_name(name: str, said: str) -> None:
	assert words(name, "WP") == said


@pytest.mark.parametrize(
	("name", "code"),
	[
		("Sales - WP", "200"),
		("4100 - sales - WP", "200"),
		("Service - WP", None),
		("Income from Service - WP", "210"),
		("Service Incomes - WP", "210"),
		("Freight, Postage & Courier - WP", "425"),
		("Delivery - WP", "265"),
		("Round Off - WP", None),
		("", None),
	],
)
def test_the_closest_account(name: str, code: str | None) -> None:
	assert closest([name], CHART, abbr="WP") == code


def test_of_two_that_are_as_close_none() -> None:
	assert closest(["Sales"], {"1": "Sales", "2": "SALES"}) is None


def test_any_of_several_names_will_do() -> None:
	assert closest(["4110 - Umsatz", "Sales"], CHART) == "200"


def test_order_of_words_does_not_matter() -> None:
	assert likeness("income service", "service income") == 1


@pytest.mark.parametrize(
	("found", "names", "tax_type"),
	[
		(tax("20"), [VAT], "OUTPUT2"),
		(tax("5"), [VAT], "RROUTPUT"),
		(tax("17.5"), [VAT], None),
		(tax("0"), [VAT], None),
		(tax("0"), ["VAT 0% - WP", "UK Tax"], None),
		(tax("0"), [VAT, "Zero Rated"], "ZERORATEDOUTPUT"),
		(tax("0"), [VAT, "UK VAT - Zero Rated Sales - WP"], "ZERORATEDOUTPUT"),
		(tax("0"), [VAT, "UK VAT exempt income"], "EXEMPTOUTPUT"),
		(tax("0"), [VAT, "No VAT"], "NONE"),
		(tax("0"), ["Output Tax 0% - WP"], None),
	],
)
def test_a_tax_is_suggested_its_percentage_and_name(
	found: Tax, names: list[str], tax_type: str | None
) -> None:
	rate = tax_rate(found, names, RATES.values(), abbr="WP")
	assert (rate.tax_type if rate else None) == tax_type


def test_a_lone_zero_rate_is_not_suggested_for_every_zero() -> None:
	assert tax_rate(tax("0"), [VAT], [RATES["EXEMPTOUTPUT"]]) is None


TWICE = [
	TaxRate("OUTPUT2", Decimal(20), "20% (VAT on Income)"),
	TaxRate("CAPITAL", Decimal(20), "20% (VAT on Capital Sales)"),
]


def test_of_the_same_percentage_the_closest_name() -> None:
	found = tax_rate(tax("20"), ["VAT on capital sales"], TWICE)
	assert found and found.tax_type == "CAPITAL"


def test_where_names_say_nothing_the_tax_of_the_sales_account() -> None:
	assert tax_rate(tax("20"), ["Mehrwertsteuer"], TWICE) is None
	found = tax_rate(tax("20"), ["Mehrwertsteuer"], TWICE, preferred="CAPITAL")
	assert found and found.tax_type == "CAPITAL"


def test_several_taxes_are_suggested_the_rate_made_of_them() -> None:
	rates = [
		TaxRate("IGST", Decimal(18), "IGST 18%", (Decimal(18),)),
		TaxRate("GST", Decimal(18), "GST 18%", (Decimal(9), Decimal(9))),
	]
	found = tax_rate(tax("18", "9", "9"), ["CGST", "SGST"], rates)
	assert found and found.tax_type == "GST"
