"""What a Sales Order bills, read from what ERPNext stored."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from tests.conftest import line, order, vat
from tests.mapping.kit import ACCOUNT_TYPES, FREIGHT, VAT, d, freight, sold
from xero_connector.mapping.problem import Problem
from xero_connector.mapping.sales import BilledLine, read_document
from xero_connector.mapping.taxes import Tax

ON_TOTAL: dict[str, Any] = {"charge_type": "On Previous Row Total", "row_id": "1"}
UP_TO_2: dict[str, Any] = {"charge_type": "On Previous Row Total", "row_id": "2"}
ON_ROW: dict[str, Any] = {"charge_type": "On Previous Row Amount", "row_id": "1"}


def read(*items: dict[str, Any], taxes: list[dict[str, Any]], **values: Any) -> tuple[BilledLine, ...]:
	return read_document(sold(*items, taxes=taxes, total=120.0, **values), ACCOUNT_TYPES).lines


def taxed(*items: dict[str, Any], taxes: list[dict[str, Any]]) -> list[tuple[str, str] | None]:
	"""The tax of each line, as (account, rate)."""
	return [
		found.tax and (found.tax.accounts[0], f"{found.tax.rate:f}") for found in read(*items, taxes=taxes)
	]


def problem(taxes: list[dict[str, Any]], **types: str) -> Problem:
	(found,) = read_document(order(taxes=taxes), {**ACCOUNT_TYPES, **types}).problems
	return found


def test_a_plain_line() -> None:
	assert read(line(item_code="SVC", description="<p>Work</p>"), taxes=[vat(20.0)]) == (
		BilledLine(
			description="Work",
			quantity=Decimal(2),
			price=Decimal(50),
			net=d("100.00"),
			gross=None,
			tax=Tax((VAT,), d("2E+1"), (d("2E+1"),)),
			item_code="SVC",
			account=None,
		),
	)


def test_what_a_line_is_called() -> None:
	bare: dict[str, Any] = {"description": None, "item_name": None, "item_code": None}
	assert read(line(**bare), taxes=[])[0].description == ""
	assert read(line(**{**bare, "item_code": "SVC"}), taxes=[])[0].description == "SVC"
	assert read(line(**{**bare, "item_name": "Work"}), taxes=[])[0].description == "Work"
	assert read(line(description="d" * 4001), taxes=[])[0].description == "d" * 4000


def test_the_list_price_is_the_price_where_something_was_taken_off() -> None:
	assert read(line(2, 50.0, price_list_rate=60.0), taxes=[])[0].price == 60
	assert read(line(2, 50.0, price_list_rate=40.0), taxes=[])[0].price == 50, "a margin is no discount"
	assert read(line(2, 50.0, price_list_rate=None), taxes=[])[0].price == 50
	assert read(line(2, 0.0, price_list_rate=60.0), taxes=[])[0].price == 0, "free is free"


def test_a_charge_stands_on_its_own_account() -> None:
	_, charge = read(line(), taxes=[freight(45.0), vat(20.0)])
	assert charge == BilledLine(
		"Freight", Decimal(1), d("45.00"), d("45.00"), None, None, account=FREIGHT, is_charge=True
	)
	bare = freight(45.0, description=None)
	assert read(line(), taxes=[bare, vat(20.0)])[1].description == FREIGHT


def test_the_amount_after_discount_counts() -> None:
	_, charge = read(line(), taxes=[freight(45.0, tax_amount_after_discount_amount=40.5)])
	assert charge.net == d("40.50")
	bill = read_document(order(taxes=[vat(20.0, tax_amount_after_discount_amount=18.0)]), ACCOUNT_TYPES)
	assert bill.tax == d("18.00")
	bill = read_document(order(taxes=[vat(20.0, tax_amount_after_discount_amount=None)]), ACCOUNT_TYPES)
	assert bill.tax == d("20.00")
	bill = read_document(order(taxes=[vat(20.0, tax_amount_after_discount_amount=0.0)]), ACCOUNT_TYPES)
	assert bill.tax == d("0.00")


@pytest.mark.parametrize(
	("taxes", "expected"),
	[
		([], [None]),
		([vat(20.0)], [(VAT, "20")]),
		([vat(17.5, 17.5)], [(VAT, "17.5")]),
		([vat(0.0, 0.0)], [(VAT, "0")]),
		([freight(10.0), vat(20.0)], [(VAT, "20"), None]),
		([freight(10.0), vat(22.0, **ON_TOTAL)], [(VAT, "20"), (VAT, "20")]),
		([vat(20.0), freight(10.0)], [(VAT, "20"), None]),
		(
			[freight(10.0), vat(2.0, charge_type="On Previous Row Amount", row_id="1")],
			[None, (VAT, "20")],
		),
		(
			[vat(20.0), freight(10.0), vat(2.0, charge_type="On Previous Row Amount", row_id="2")],
			[(VAT, "20"), (VAT, "20")],
		),
		(
			[freight(10.0, name="a"), freight(5.0, name="b"), vat(22.0, **ON_TOTAL)],
			[(VAT, "20"), (VAT, "20"), None],
		),
		(
			[freight(10.0, name="a"), freight(5.0, name="b"), vat(23.0, **{**ON_TOTAL, "row_id": "2"})],
			[(VAT, "20"), (VAT, "20"), (VAT, "20")],
		),
	],
)
def test_which_tax_touches_what(taxes: list[dict[str, Any]], expected: list[tuple[str, str] | None]) -> None:
	assert taxed(line(), taxes=taxes) == expected


@pytest.mark.parametrize(
	("own", "rate"),
	[
		({}, "20"),
		({VAT: 5.0}, "5"),
		({VAT: 0.0}, "0"),
		({"Other - WP": 5.0}, "20"),
		({VAT: "N/A"}, None),
	],
)
def test_an_items_own_rate(own: dict[str, Any], rate: str | None) -> None:
	expected = [rate and (VAT, rate)]
	assert taxed(line(item_tax_rate=json.dumps(own)), taxes=[vat(20.0)]) == expected
	assert taxed(line(item_tax_rate=own), taxes=[vat(20.0)]) == expected


def test_a_rate_of_its_own_does_not_touch_the_next_line() -> None:
	items = [line(item_tax_rate='{"VAT - WP": 5.0}'), line(item_tax_rate=None), line(item_tax_rate="")]
	assert taxed(*items, taxes=[vat(20.0)]) == [(VAT, "5"), (VAT, "20"), (VAT, "20")]


HANDLING = "Handling - WP"


def handled(taxes: list[dict[str, Any]], **types: str) -> list[tuple[str, str | None]]:
	"""The lines of an order with a handling charge, as (amount, rate)."""
	bill = read_document(sold(line(), taxes=taxes, total=126.0), {**ACCOUNT_TYPES, **types})
	assert bill.tax == sum((d(str(tax["tax_amount"])) for tax in taxes if tax["account_head"] == VAT), d("0"))
	return [(f"{found.net}", found.tax and f"{found.tax.rate:f}") for found in bill.lines]


def test_a_charge_in_percent_or_by_quantity() -> None:
	handling = vat(5.0, 5.0, account_head=HANDLING)
	for account_type in ("Income Account", "Chargeable"):
		types = {HANDLING: account_type}
		assert handled([handling], **types) == [("100.00", None), ("5.00", None)]
		assert handled([vat(20.0), handling], **types) == [("100.00", "20"), ("5.00", None)]
		assert handled([handling, vat(21.0, **ON_TOTAL)], **types) == [("100.00", "20"), ("5.00", "20")]
		each = {**handling, "charge_type": "On Item Quantity"}
		assert handled([vat(20.0), each], **types) == [("100.00", "20"), ("5.00", None)]


def test_an_account_without_a_type_is_known_by_its_row() -> None:
	row = vat(5.0, 5.0, account_head=HANDLING)
	for types in ({}, {HANDLING: ""}):
		assert read_document(order(taxes=[row]), types).lines[0].tax == Tax((HANDLING,), d("5"), (d("5"),))
		assert read_document(order(taxes=[{**row, "charge_type": "Actual"}]), types).lines[1].net == d("5.00")


def test_amounts_of_more_places_add_up_in_cents() -> None:
	items = [line(1, net, net_amount=net) for net in (1.0034, 2.0033, 3.0033)]
	assert [found.net for found in read(*items, taxes=[])] == [d("1.01"), d("2.00"), d("3.00")]


REDUCED: dict[str, Any] = {"item_tax_rate": '{"VAT - WP": 5.0}'}
"""An item with a rate of its own."""


def charged(*items: dict[str, Any], amount: float) -> list[tuple[str, str]]:
	"""The lines of a charge that is taxed with these items, as (amount, rate)."""
	found = read(*items, taxes=[freight(amount), vat(1.0, **ON_TOTAL)])[len(items) :]
	assert all(part.account == FREIGHT and part.net == part.price and part.tax for part in found)
	return [(f"{part.net}", f"{part.tax.rate:f}") for part in found if part.tax]


def test_a_charge_is_taxed_as_the_items_are() -> None:
	assert charged(line(2, 50.0, **REDUCED), amount=15.0) == [("15.00", "5")]
	assert charged(line(2, 50.0), line(1, 50.0, **REDUCED), amount=15.0) == [("10.00", "20"), ("5.00", "5")]
	assert charged(line(2, 50.0), line(1, 50.0, **REDUCED), amount=-15.0) == [
		("-10.00", "20"),
		("-5.00", "5"),
	]


def test_the_shares_of_a_charge_add_up() -> None:
	items = [line(1, 10.0), line(1, 20.0, **REDUCED), line(1, 0.0, item_tax_rate='{"VAT - WP": 0}')]
	assert charged(*items, amount=10.0) == [("3.33", "20"), ("6.67", "5")], "and no line for no share"


def test_a_charge_on_goods_worth_nothing_goes_with_the_last() -> None:
	assert charged(line(1, 0.0), line(1, 0.0, **REDUCED), amount=10.0) == [("10.00", "5")]


def test_a_tax_on_the_charge_alone_follows_the_items_rates_too() -> None:
	on_freight = vat(2.0, charge_type="On Previous Row Amount", row_id="2")
	items = [line(2, 50.0), line(1, 50.0, **REDUCED)]
	assert taxed(*items, taxes=[vat(20.0), freight(15.0), on_freight]) == [
		(VAT, "20"),
		(VAT, "5"),
		(VAT, "20"),
		(VAT, "5"),
	]


def test_the_one_tax_that_is_not_zero_wins() -> None:
	levy = vat(0.0, 0.0, account_head="Levy - WP")
	assert taxed(line(), taxes=[levy, vat(20.0)]) == [(VAT, "20")]
	assert taxed(line(), taxes=[vat(20.0), levy]) == [(VAT, "20")]
	assert taxed(line(), taxes=[levy, vat(0.0, 0.0)]) == [("Levy - WP", "0")]


LEVY = "Levy - WP"


@pytest.mark.parametrize(
	("taxes", "rate", "rates"),
	[
		([vat(20.0), vat(2.0, 2.0, account_head=LEVY)], "22", ["20", "2"]),
		([vat(20.0), vat(1.0, 5.0, account_head=LEVY, **ON_ROW)], "21", ["20", "5"]),
		([vat(20.0), vat(6.0, 5.0, account_head=LEVY, **ON_TOTAL)], "26", ["20", "5"]),
		([vat(8.875, 8.875), vat(1.0, 0.1253, account_head=LEVY)], "9.0003", ["8.875", "0.1253"]),
		([vat(10.0, 10.0), vat(0.3333, 3.3333, account_head=LEVY, **ON_ROW)], "10.3333", ["10", "3.3333"]),
	],
)
def test_several_taxes_come_to_one_rate(taxes: list[dict[str, Any]], rate: str, rates: list[str]) -> None:
	(found,) = read(line(), taxes=taxes)
	assert found.tax == Tax((VAT, LEVY), d(rate), tuple(d(each) for each in rates))


def test_tax_on_tax_and_on_freight() -> None:
	"""ERPNext takes the levy of the total up to the VAT, which has the freight and its VAT in it."""
	taxes = [freight(10.0), vat(22.0, **ON_TOTAL), vat(6.6, 5.0, account_head=LEVY, **UP_TO_2)]
	assert [found.tax and f"{found.tax.rate:f}" for found in read(line(), taxes=taxes)] == ["26", "26"]


def test_a_tax_on_the_items_tax_does_not_touch_the_freight() -> None:
	taxes = [vat(20.0), freight(10.0), vat(1.0, 5.0, account_head=LEVY, **ON_ROW)]
	goods, charge = read(line(), taxes=taxes)
	assert goods.tax == Tax((VAT, LEVY), d("21"), (d("2E+1"), d("5")))
	assert charge.tax is None


def test_an_item_may_be_free_of_one_of_two_taxes() -> None:
	own = line(item_tax_rate='{"Levy - WP": 0}')
	assert taxed(own, line(), taxes=[vat(20.0), vat(2.0, 2.0, account_head=LEVY)]) == [
		(VAT, "20"),
		(VAT, "22"),
	]


def test_a_fixed_amount_of_tax() -> None:
	row = freight(7.5, account_head=VAT, description="VAT adjustment")
	assert problem([vat(20.0), row]) == Problem(
		"tax-not-a-rate",
		"The tax VAT adjustment is a fixed amount; Xero takes tax as a rate on lines.",
		"Use a tax row with a rate; or map VAT - WP to a Xero account in the account map: it is then"
		" billed on a line of its own, and is on no tax return.",
		"Sales Order",
		"SAL-ORD-2026-00001",
		"taxes",
	)
	assert problem([vat(7.5, charge_type="On Item Quantity")]).cause == "tax-not-a-rate"
	assert problem([freight(1.0)], **{FREIGHT: "Tax"}).cause == "tax-not-a-rate"


def test_a_fixed_amount_of_tax_is_a_charge_where_the_admin_maps_its_account() -> None:
	"""It is billed, on an account of its own; a rate on the same account stays a tax."""
	stamp = freight(7.5, account_head=VAT, description="Stamp duty")
	doc = sold(line(), taxes=[vat(20.0), stamp], total=127.5)
	bill = read_document(doc, ACCOUNT_TYPES, {VAT})
	goods, duty = bill.lines
	assert goods.tax == Tax((VAT,), d("2E+1"), (d("2E+1"),))
	assert (duty.description, duty.net, duty.tax, duty.account) == ("Stamp duty", d("7.50"), None, VAT)
	assert bill.tax == d("20.00")


def test_so_much_a_piece_is_spread_by_pieces() -> None:
	each = vat(30.0, charge_type="On Item Quantity", account_head=LEVY)
	items = [line(1, 100.0), line(2, 50.0, item_tax_rate='{"VAT - WP": 5.0}')]
	doc = sold(*items, taxes=[each, vat(25.0, **ON_TOTAL)], total=255.0)
	bill = read_document(doc, {**ACCOUNT_TYPES, LEVY: "Tax"}, {LEVY})
	assert [(f"{part.net}", part.tax and f"{part.tax.rate:f}") for part in bill.lines[2:]] == [
		("10.00", "20"),
		("20.00", "5"),
	]


@pytest.mark.parametrize(
	("values", "owed", "rounding"),
	[
		({"disable_rounded_total": 1, "grand_total": 120.0}, "120.00", "0.00"),
		(
			{
				"disable_rounded_total": 0,
				"grand_total": 119.6,
				"rounded_total": 120.0,
				"rounding_adjustment": 0.4,
			},
			"120.00",
			"0.40",
		),
		(
			{
				"disable_rounded_total": 1,
				"grand_total": 119.6,
				"rounded_total": 120.0,
				"rounding_adjustment": 0.4,
			},
			"119.60",
			"0.00",
		),
		({"disable_rounded_total": 0, "grand_total": 119.6, "rounded_total": 0.0}, "119.60", "0.00"),
		({"disable_rounded_total": 0, "grand_total": 119.6, "rounded_total": None}, "119.60", "0.00"),
	],
)
def test_what_the_customer_owes(values: dict[str, Any], owed: str, rounding: str) -> None:
	bill = read_document(order(**values), ACCOUNT_TYPES)
	assert (bill.owed, bill.rounding) == (d(owed), d(rounding))


def test_printed_amounts_count_where_prices_hold_tax() -> None:
	included = vat(20.0, included_in_print_rate=1)
	item = line(2, 60.0, net_amount=100.0)
	assert read(item, taxes=[included])[0].gross == d("120.00")
	assert read(item, taxes=[vat(20.0)])[0].gross is None
	assert read(item, taxes=[included], discount_amount=5.0)[0].gross is None
	assert read_document(order(taxes=[included]), ACCOUNT_TYPES).inclusive is True
	assert read_document(order(taxes=[vat(20.0)]), ACCOUNT_TYPES).inclusive is False


def test_a_price_is_printed_with_tax_only_if_it_is_all_that_the_item_comes_to() -> None:
	included, item = vat(20.0, included_in_print_rate=1), line(2, 61.0, net_amount=100.0)
	levy = vat(2.0, 2.0, account_head=LEVY)
	handling = vat(5.0, 5.0, account_head=FREIGHT, included_in_print_rate=1)
	on_freight = vat(2.0, charge_type="On Previous Row Amount", row_id="2")
	assert read(item, taxes=[included, freight(10.0), on_freight])[0].gross == d("122.00")
	assert read(item, taxes=[included, vat(0.0, 0.0, account_head=LEVY)])[0].gross == d("122.00")
	assert read(item, taxes=[included, levy])[0].gross is None, "the levy comes on top"
	assert read(item, taxes=[included, handling])[0].gross is None, "the handling is in it"


def test_a_cash_discount_changes_no_printed_price() -> None:
	given_off = {
		"is_cash_or_non_trade_discount": 1,
		"apply_discount_on": "Grand Total",
		"discount_amount": 5.0,
	}
	item = line(2, 60.0, net_amount=100.0)
	goods, discount = read(item, taxes=[vat(20.0, included_in_print_rate=1)], **given_off)
	assert (goods.gross, discount.net, discount.tax) == (d("120.00"), d("-5.00"), None)
