"""Item to a Xero item."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.mapping.kit import assert_known, d
from xero_connector.mapping.item import plain_text, to_item
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
	assert (long["Name"], long["Description"]) == ("n" * 50, "d" * 4000)
	assert mapped(item(description="<p> </p>"))["Description"] == "Turbine Blade 12m"


def test_a_code_that_xero_does_not_take() -> None:
	assert mapped(item(item_code="c" * 30))["Code"] == "c" * 30
	with pytest.raises(MappingError) as caught:
		mapped(item(item_code="c" * 31))
	assert caught.value.problems == [
		Problem(
			"item-code-too-long",
			f"Xero takes item codes of at most 30 characters; {'c' * 31} has 31.",
			"Rename the item to a shorter code.",
			"Item",
			"WT-BLADE-12",
			"item_code",
		)
	]


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
