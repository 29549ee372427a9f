from __future__ import annotations

from decimal import Decimal as D
from typing import Any

import pytest
from simulator_kit import Xero, read

DETAILS = {"UnitPrice": D("19.955"), "AccountCode": "200", "TaxType": "OUTPUT2"}


def test_an_item_is_read_by_code_and_by_id(xero: Xero) -> None:
	created = xero.create("Items", Code="BOOK", Name="Book", Description="A book", SalesDetails=DETAILS)
	assert created["SalesDetails"] == {"UnitPrice": D("19.96"), "AccountCode": "200", "TaxType": "OUTPUT2"}
	assert xero.one("Items", "BOOK")["ItemID"] == xero.one("Items", created["ItemID"])["ItemID"]
	assert "Name" in xero.create("Items", Code="BARE")


def test_prices_of_four_places(xero: Xero) -> None:
	body = {"Items": [{"Code": "BOOK", "SalesDetails": DETAILS}]}
	assert read(xero.put("Items", body, unitdp=4))["Items"][0]["SalesDetails"]["UnitPrice"] == D("19.9550")
	assert xero.one("Items", "BOOK")["SalesDetails"]["UnitPrice"] == D("19.96")


def test_a_post_finds_an_item_by_its_code_and_touches_only_what_is_given(xero: Xero) -> None:
	created = xero.create("Items", Code="BOOK", Name="Book", SalesDetails=DETAILS)
	changed = xero.change("Items", Code="BOOK", SalesDetails={"UnitPrice": 25})
	assert (changed["ItemID"], changed["Name"]) == (created["ItemID"], "Book")
	assert changed["SalesDetails"] == {"UnitPrice": D("25.00"), "AccountCode": "200", "TaxType": "OUTPUT2"}


@pytest.mark.parametrize(
	("fields", "sentence"),
	[
		({"Code": "book"}, "Price List Item with Code 'book' already exists"),
		({"Name": "No code"}, "Price List Item Code must be specified"),
		({"Code": "x" * 31}, "The field Code must be a string with a maximum length of 30."),
		({"Code": "x", "Name": "n" * 51}, "The field Name must be a string with a maximum length of 50."),
		(
			{"Code": "x", "Description": "d" * 4001},
			"The field Description must be a string with a maximum length of 4000.",
		),
		(
			{"Code": "x", "SalesDetails": {"AccountCode": "999"}},
			"Account code '999' is not a valid code for this document.",
		),
		(
			{"Code": "x", "SalesDetails": {"AccountCode": "200", "TaxType": "INPUT2"}},
			"The TaxType code 'INPUT2' cannot be used with account code '200'.",
		),
	],
)
def test_items_that_are_refused(xero: Xero, fields: dict[str, Any], sentence: str) -> None:
	xero.create("Items", Code="BOOK")
	assert xero.refusal("Items", **fields) == sentence


def test_items_come_in_one_list_and_at_most_500_go_in_one_request(xero: Xero) -> None:
	codes = [f"C{number:03d}" for number in range(500)]
	assert xero.put("Items", {"Items": [{"Code": code} for code in codes]}).status_code == 200
	body = read(xero.get("Items", page=2, pageSize=10))
	assert len(body["Items"]) == 500 and "pagination" not in body
	assert xero.put("Items", {"Items": [{"Code": f"D{code}"} for code in [*codes, "x"]]}).status_code == 400
