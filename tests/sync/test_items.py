"""Items: their code, price, account and tax in Xero, and the check of their next sale."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
import simplejson

from tests.conftest import COMPANY, World, customer, line, order
from xero_connector.sync import change_check, links
from xero_connector.sync.change_check import SaleCheck
from xero_connector.sync.triggers import items_changed

LONG = "WT-BLADE-12-CARBON-GLASS-HYBRID-2026"


def item(code: str = "BLADE", **values: Any) -> dict[str, Any]:
	return {
		"doctype": "Item",
		"name": code,
		"item_code": code,
		"item_name": "Blade",
		"item_group": "Products",
		"stock_uom": "Nos",
		"standard_rate": 10,
		**values,
	}


def price(rate: float, price_list: str = "Retail", **values: Any) -> dict[str, Any]:
	return {
		"doctype": "Item Price",
		"name": f"{price_list} {rate}",
		"item_code": "BLADE",
		"price_list": price_list,
		"price_list_rate": rate,
		"selling": 1,
		"currency": "GBP",
		**values,
	}


def account(world: World, code: str) -> str:
	return str(world.store.find("Xero Account", {"code": code})[0]["name"])


def sent(world: World) -> dict[str, Any]:
	"""The item that was sent last."""
	body = [call.body for call in world.writes() if "/Items" in str(call.url)][-1]
	element = simplejson.loads(body, use_decimal=True)["Items"]
	assert len(element) == 1
	return dict(element[0])


def in_xero(world: World) -> dict[str, dict[str, Any]]:
	"""The items in Xero by code."""
	return {row["Code"]: row for row in world.api.get("Items").records("Items")}


@pytest.fixture
def sold(world: World) -> World:
	"""An item that an order has brought to Xero, at 10.00."""
	world.save(
		{"doctype": "Item Group", "name": "All"},
		{"doctype": "Item Group", "name": "Products", "parent_item_group": "All"},
		{"doctype": "Account", "name": "VAT - WP", "account_type": "Tax"},
		customer(),
		item(),
		order(items=[line(item_code="BLADE")]),
	)
	world.engine.push()
	assert in_xero(world)["BLADE"]["SalesDetails"]["UnitPrice"] == 10
	return world


# codes


def test_a_code_that_is_too_long_is_held_until_a_person_gives_a_short_one(world: World) -> None:
	world.save(customer(), item(LONG), order(items=[line(item_code=LONG)]))
	world.engine.push()
	held = world.outbox("Item", LONG)
	assert (held["status"], held["cause"]) == ("Held", "item-code-too-long")
	assert held["advice"] == "Fill Xero Item Code on the item with a short code that no other item has."
	world.save(item(LONG, xero_item_code="WT-12-CGH"))
	world.engine.push()
	world.clock.sleep(3600)
	world.engine.push()
	assert set(in_xero(world)) == {"WT-12-CGH"}
	invoice = world.accountant.find_invoice("SAL-ORD-2026-00001")
	assert invoice["LineItems"][0]["ItemCode"] == "WT-12-CGH"


def test_two_items_never_share_a_code_whatever_its_case(sold: World) -> None:
	sold.save(item("FAN", xero_item_code="blade"), item("ROTOR", xero_item_code="R-1"))
	sold.save(item("HUB", xero_item_code="r-1"))
	lines = [line(item_code=code) for code in ("FAN", "ROTOR", "HUB")]
	sold.save(order("SAL-ORD-2026-00002", items=lines))
	sold.engine.push()
	causes = {code: sold.outbox("Item", code)["cause"] for code in ("FAN", "ROTOR", "HUB")}
	assert sorted(in_xero(sold), key=str.casefold) in (["BLADE", "R-1"], ["BLADE", "r-1"])
	assert causes["FAN"] == "item-code-taken"
	assert sorted([causes["ROTOR"] or "", causes["HUB"] or ""]) == ["", "item-code-taken"]


def test_an_item_that_xero_has_in_another_case_is_matched(world: World) -> None:
	world.api.send("PUT", "Items", b'{"Items":[{"Code":"blade","Name":"Theirs"}]}', key="1")
	world.save(customer(), item(), order(items=[line(item_code="BLADE")]))
	world.engine.push()
	assert set(in_xero(world)) == {"blade"}
	link = links.of_document(world.store, world.tenant, "Item", "BLADE") or {}
	assert (link["matched_by"], link["xero_number"]) == ("code", "blade")
	assert world.accountant.find_invoice("SAL-ORD-2026-00001")["LineItems"][0]["ItemCode"] == "blade"


def test_a_code_renamed_in_xero_is_followed_and_not_undone(sold: World) -> None:
	xero_id = in_xero(sold)["BLADE"]["ItemID"]
	body = simplejson.dumps({"Items": [{"ItemID": xero_id, "Code": "B-12"}]}).encode()
	sold.clock.sleep(5)
	sold.api.send("POST", "Items", body, key="1")
	sold.save(item(standard_rate=11))
	sold.engine.push()
	assert (sent(sold)["Code"], set(in_xero(sold))) == ("B-12", {"B-12"})
	assert in_xero(sold)["B-12"]["SalesDetails"]["UnitPrice"] == 11
	sold.save(order("SAL-ORD-2026-00002", items=[line(item_code="BLADE")]))
	sold.engine.push()
	assert sold.accountant.find_invoice("SAL-ORD-2026-00002")["LineItems"][0]["ItemCode"] == "B-12"


# prices


def test_the_price_is_that_of_the_chosen_list_and_follows_it(sold: World) -> None:
	sold.set(price_list="Retail")
	sold.save(price(12.5), price(99, "Wholesale"))
	assert sold.engine.push().sent == 1
	assert sent(sold)["SalesDetails"] == {"UnitPrice": Decimal("12.5")}
	sold.save(price(13, valid_from="2026-11-22"))
	sold.engine.push()
	assert sent(sold)["SalesDetails"] == {"UnitPrice": 13}
	assert sold.engine.push().sent == 0


def test_a_price_of_an_item_that_is_not_in_xero_sends_nothing(world: World) -> None:
	world.save(item(), price(12.5))
	assert world.store.find("Xero Outbox") == []


# accounts and taxes


def test_account_and_tax_follow_the_item_group_and_the_tax_template(sold: World) -> None:
	sold.set(
		item_accounts=[
			{"source_doctype": "Item Group", "source_name": "All", "xero_account": account(sold, "260")}
		]
	)
	sold.save(
		{
			"doctype": "Item Tax Template",
			"name": "Reduced",
			"company": COMPANY,
			"taxes": [{"tax_type": "VAT - WP", "tax_rate": 5.0}],
		},
		item(taxes=[{"item_tax_template": "Reduced"}]),
	)
	sold.engine.push()
	assert sent(sold)["SalesDetails"] == {"AccountCode": "260", "TaxType": "RROUTPUT"}


def test_a_new_choice_of_accounts_reaches_the_items_that_are_in_xero(sold: World) -> None:
	sold.set(sales_account=account(sold, "260"))
	assert items_changed(sold.store, sold.clock, sold.tenant) == 1
	assert sold.engine.push().sent == 1
	assert sent(sold)["SalesDetails"]["AccountCode"] == "260"


def test_the_group_s_template_counts_where_the_item_has_none_of_today(sold: World) -> None:
	def template(name: str, rate: float, company: str = COMPANY) -> dict[str, Any]:
		taxes = [{"tax_type": "VAT - WP", "tax_rate": rate}]
		return {"doctype": "Item Tax Template", "name": name, "company": company, "taxes": taxes}

	sold.save(
		template("Reduced", 5.0),
		template("Standard", 20.0),
		template("Elsewhere", 20.0, "Other Ltd"),
		{
			"doctype": "Item Group",
			"name": "Products",
			"parent_item_group": "All",
			"taxes": [{"item_tax_template": "Elsewhere"}, {"item_tax_template": "Reduced"}],
		},
		item(
			taxes=[
				{"item_tax_template": "Standard", "valid_from": "2027-01-01"},
				{"item_tax_template": "Standard", "tax_category": "Export"},
				{"item_tax_template": "Standard", "minimum_net_rate": 100},
			]
		),
	)
	sold.engine.push()
	assert sent(sold)["SalesDetails"] == {"TaxType": "RROUTPUT"}


# the change check


def checked(world: World, code: str = "BLADE") -> SaleCheck:
	return change_check.check(world.store, world.clock, world.tenant, code)


def default_taxes(world: World, *rows: dict[str, Any]) -> None:
	world.save(
		{
			"doctype": "Sales Taxes and Charges Template",
			"name": "UK VAT",
			"company": COMPANY,
			"is_default": 1,
			"disabled": 0,
			"taxes": list(rows),
		}
	)


def tax(rate: float = 20.0, **values: Any) -> dict[str, Any]:
	return {
		"charge_type": "On Net Total",
		"account_head": "VAT - WP",
		"description": "VAT",
		"rate": rate,
		**values,
	}


def test_the_check_says_what_would_be_sent_and_sends_nothing(sold: World) -> None:
	default_taxes(sold, tax())
	calls = len(sold.wire.sent)
	found = checked(sold)
	assert found.problems == []
	assert found.invoice is not None
	assert (found.price, found.invoice.totals.total, found.currency) == (10, 12, "GBP")
	assert [found.line[field] for field in ("ItemCode", "AccountCode", "TaxType")] == [
		"BLADE",
		"200",
		"OUTPUT2",
	]
	assert len(sold.wire.sent) == calls


@pytest.mark.parametrize(
	("rows", "total"),
	[
		([], 10),
		([tax(included_in_print_rate=1)], 10),
		([tax(), {"charge_type": "Actual", "account_head": "Freight - WP", "rate": 0, "tax_amount": 5}], 17),
		(
			[
				{"charge_type": "Actual", "account_head": "Freight - WP", "rate": 0, "tax_amount": 5},
				{**tax(), "charge_type": "On Previous Row Total", "row_id": "1"},
			],
			18,
		),
	],
)
def test_the_company_s_taxes_are_calculated_as_erpnext_does(
	sold: World, rows: list[dict[str, Any]], total: int
) -> None:
	default_taxes(sold, *rows)
	found = checked(sold)
	assert (found.problems, found.invoice and found.invoice.totals.total) == ([], total)


def test_the_item_s_own_tax_counts_even_where_the_company_has_none(sold: World) -> None:
	taxes = [{"tax_type": "VAT - WP", "tax_rate": 5.0}]
	sold.save({"doctype": "Item Tax Template", "name": "Reduced", "company": COMPANY, "taxes": taxes})
	sold.save(item(taxes=[{"item_tax_template": "Reduced"}]))
	found = checked(sold)
	assert found.invoice is not None
	assert (found.line["TaxType"], found.invoice.totals.total) == ("RROUTPUT", Decimal("10.50"))


def test_an_item_without_a_price_is_checked_all_the_same(sold: World) -> None:
	sold.save(item(standard_rate=0))
	found = checked(sold)
	assert (found.price, found.problems, found.line["UnitAmount"]) == (None, [], 1)


def test_problems_name_the_field_to_fix(sold: World) -> None:
	default_taxes(sold, tax(17.5))
	sold.set(sales_account=None)
	sold.store.update("Item", "BLADE", {"xero_item_code": "B" * 31})
	places = {(found.cause, found.doctype, found.field) for found in checked(sold).problems}
	assert places == {
		("item-code-too-long", "Item", "xero_item_code"),
		("account-missing", "Xero Organisation", "sales_account"),
		("tax-not-mapped", "Xero Organisation", "taxes"),
	}
	assert checked(sold).invoice is None


def test_what_only_the_made_up_order_has_is_said_of_the_template(sold: World) -> None:
	default_taxes(sold, tax(), tax(charge_type="Actual", tax_amount=5))
	assert [(found.doctype, found.name) for found in checked(sold).problems] == [
		("Sales Taxes and Charges Template", "UK VAT")
	]


def test_what_the_check_stumbles_over_is_said_and_holds_nothing(sold: World) -> None:
	default_taxes(sold, {"charge_type": None, "rate": "many", "account_head": "VAT - WP"})
	sold.save(item(standard_rate=11))
	assert sold.engine.push().sent == 1
	assert "cannot be checked" in (sold.store.get("Item", "BLADE") or {})["xero_check"]


def test_a_linked_item_shows_what_a_change_of_price_account_or_tax_broke(sold: World) -> None:
	def shown() -> str:
		return str((sold.store.get("Item", "BLADE") or {}).get("xero_check") or "")

	default_taxes(sold, tax(17.5))
	sold.save(item(standard_rate=11))
	sold.engine.push()
	assert shown() == (
		"The tax VAT - WP at 17.5 % has no Xero tax rate. Choose the Xero tax rate for it in the tax map."
	)
	default_taxes(sold, tax(20))
	items_changed(sold.store, sold.clock, sold.tenant)
	sold.engine.push()
	assert shown() == ""


def test_an_item_that_is_not_in_xero_is_not_checked_by_itself(world: World) -> None:
	default_taxes(world, tax(17.5))
	world.save(customer(), item())
	world.engine.push()
	assert links.of_document(world.store, world.tenant, "Item", "BLADE") is None
	assert "xero_check" not in (world.store.get("Item", "BLADE") or {})
