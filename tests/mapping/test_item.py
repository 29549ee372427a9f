"""Item to a Xero item."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.mapping.kit import assert_known, books, d
from xero_connector.mapping.books import TaxRule
from xero_connector.mapping.item import item_price, plain_text, sales_account, sales_tax, to_item
from xero_connector.mapping.problem import MappingError, Problem
from xero_connector.xero.reading import write_json


def item(**values: Any) -> dict[str, Any]:
	return {
		"doctype": "Item",
		"name": "WT-BLADE-12",
		"item_code": "WT-BLADE-12",
		"item_name": "Turbine Blade 12m",
		"description": "<div><p>Blade, 12&nbsp;m</p><p>Carbon &amp; glass</p></div>",
		**values,
	}


def mapped(doc: dict[str, Any], price: Decimal | None = None) -> dict[str, Any]:
	found = to_item(doc, price=price, account_code=None, tax_type=None)
	assert_known(found, "Item")
	return found


def test_the_exact_payload() -> None:
	payload = to_item(item(), price=d("1250.00"), account_code="200", tax_type="OUTPUT2")
	assert_known(payload, "Item")
	assert write_json(payload).decode() == (
		'{"Code":"WT-BLADE-12","Description":"Blade, 12\xa0m\\nCarbon & glass","IsSold":true,'
		'"Name":"Turbine Blade 12m",'
		'"SalesDetails":{"AccountCode":"200","TaxType":"OUTPUT2","UnitPrice":1250}}'
	)


def test_what_is_not_known_is_not_sent() -> None:
	assert mapped(item())["SalesDetails"] == {}
	assert mapped(item(), price=d("0"))["SalesDetails"] == {"UnitPrice": d("0")}
	assert mapped(item(), price=d("0.3350"))["SalesDetails"] == {"UnitPrice": d("0.335")}


def test_names_fall_back_and_are_cut() -> None:
	bare = mapped(item(item_name=None, description=None))
	assert (bare["Name"], bare["Description"]) == ("WT-BLADE-12", "WT-BLADE-12")
	long = mapped(item(item_name="n" * 51, description="d" * 4001))
	assert (long["Name"], long["Description"]) == ("n" * 50, f"{'n' * 51}\n{'d' * 3948}")
	named = mapped(item(item_name="n" * 51, description=f"A {'n' * 51}"))
	assert named["Description"] == f"A {'n' * 51}"
	assert mapped(item(description="<p> </p>"))["Description"] == "Turbine Blade 12m"


def test_a_code_that_xero_does_not_take() -> None:
	assert mapped(item(item_code="c" * 30))["Code"] == "c" * 30
	with pytest.raises(MappingError) as caught:
		mapped(item(item_code="c" * 31))
	assert caught.value.problems == [
		Problem(
			"item-code-too-long",
			f"Xero takes item codes of at most 30 characters; {'c' * 31} has 31.",
			"Fill Xero Item Code on the item with a short code that no other item has.",
			"Item",
			"WT-BLADE-12",
			"xero_item_code",
		)
	]
	assert mapped(item(item_code="c" * 31, xero_item_code=" SHORT "))["Code"] == "SHORT"


TODAY = date(2026, 11, 22)


def price(rate: float, name: str = "P", **values: Any) -> dict[str, Any]:
	return {"name": name, "price_list_rate": rate, "currency": "GBP", "uom": "Nos", **values}


@pytest.mark.parametrize(
	("prices", "found"),
	[
		([], None),
		([price(10)], 10),
		([price(10, uom=None)], 10),
		([price(10, uom="Box")], None),
		([price(10, currency="USD")], None),
		([price(10, customer="Northern Breeze Ltd")], None),
		([price(10, batch_no="B-1")], None),
		([price(10, valid_from="2026-11-22", valid_upto="2026-11-22")], 10),
		([price(10, valid_from="2026-11-23")], None),
		([price(10, valid_upto="2026-11-21")], None),
		([price(10), price(12, valid_from="2026-01-01"), price(11, valid_from="2025-01-01")], 12),
		([price(10), price(0, valid_from="2026-01-01")], 0),
	],
)
def test_the_price_of_a_price_list(prices: list[dict[str, Any]], found: int | None) -> None:
	assert item_price(item(stock_uom="Nos"), prices, "GBP", TODAY) == found


def test_the_account_of_an_item_its_nearest_group_or_the_organisation() -> None:
	choices = {("Item", "FAN"): "201", ("Item Group", "Products"): "202", ("Item Group", "All"): "203"}
	mapped_accounts = books(item_accounts=choices)
	assert sales_account("FAN", ["Products", "All"], mapped_accounts) == "201"
	assert sales_account("BLADE", ["Products", "All"], mapped_accounts) == "202"
	assert sales_account("BLADE", ["Services", "All"], mapped_accounts) == "203"
	assert sales_account("BLADE", [], mapped_accounts) == "200"


def test_the_tax_of_an_item_is_that_of_its_template_or_the_accounts_own() -> None:
	def row(rate: float, account: str = "VAT - WP") -> dict[str, Any]:
		return {"tax_type": account, "tax_rate": rate}

	assert sales_tax(None, "200", books()) == "OUTPUT2"
	assert sales_tax(None, "201", books()) is None
	assert sales_tax([row(5.0)], "200", books()) == "RROUTPUT"
	assert sales_tax([row(20.0), row(5.0)], "200", books()) is None
	assert sales_tax([row(0.0)], "200", books()) is None  # zero-rated or exempt: nobody has said
	zero = (TaxRule("VAT - WP", d("0"), "ZERORATEDOUTPUT"),)
	assert sales_tax([row(0.0)], "200", books(tax_rules=zero)) == "ZERORATEDOUTPUT"


@pytest.mark.parametrize(
	("html", "text"),
	[
		(None, ""),
		("", ""),
		("plain", "plain"),
		("one<br>two<br/>three<BR />four", "one\ntwo\nthree\nfour"),
		("<div>a</div><div>b</div>", "a\nb"),
		("<ul><li>a</li><li>b</li></ul>", "a\nb"),
		('<div class="ql-editor read-mode"><p>Blade</p></div>', "Blade"),
		("&lt;b&gt; stays, &amp; too", "<b> stays, & too"),
		("  spaced \n\n\n out  ", "spaced\nout"),
	],
)
def test_the_words_of_a_description(html: str | None, text: str) -> None:
	assert plain_text(html) == text
