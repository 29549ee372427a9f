"""Where lines go in the books: accounts, tax rates, tracking, by what the admin chose."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.conftest import line, order, vat
from tests.mapping.kit import ACCOUNT_TYPES, FREIGHT, RATES, VAT, assert_known, d, freight, lines, plan, sold
from tests.mapping.kit import problems as all_problems
from tests.mapping.sources import invoice, opportunity, quotation
from xero_connector.mapping.books import TaxRate, TaxRule
from xero_connector.mapping.document import Facts

LEVY = "Levy - WP"
COMBINED = {
	**RATES,
	"TAX25": TaxRate("TAX25", Decimal(25), "VAT and levy", (Decimal(5), Decimal(20))),
	"TAX25B": TaxRate("TAX25B", Decimal(25), "High rate", (Decimal(25),)),
}


# accounts


def account(*, item: str = "BLADE", groups: tuple[str, ...] = ("Blades", "Products"), **own: Any) -> str:
	"""The account of a line, where the admin has chosen several."""
	facts = Facts(ACCOUNT_TYPES, item_groups={"BLADE": groups})
	choices = {
		("Item", "TOWER"): "201",
		("Item Group", "Products"): "202",
		("Item Group", "Blades"): "203",
		("Item Group", "Services"): "204",
	}
	doc = invoice(items=[line(item_code=item, **own)])
	(row,) = lines(doc, facts=facts, item_accounts=choices, accounts={"Sales EU - WP": "205"})
	return str(row["AccountCode"])


def test_the_nearest_choice_counts() -> None:
	assert account(item="TOWER", item_group="Services") == "201", "the item before its group"
	assert account() == "203", "the group before its parent"
	assert account(groups=("Rotors", "Products")) == "202", "the parent before nothing"
	assert account(groups=("Rotors",)) == "200", "else the sales account"


def test_the_lines_own_group_counts_where_no_other_is_known() -> None:
	assert account(item="UNKNOWN", item_group="Services") == "204"


def test_the_lines_own_income_account_counts_before_the_sales_account() -> None:
	assert account(groups=(), income_account="Sales EU - WP") == "205"
	assert account(groups=(), income_account="Sales - WP") == "200", "that one is not mapped"
	assert account(income_account="Sales EU - WP") == "203", "what the admin chose for the item is nearer"


def test_freight_goes_where_its_own_account_goes() -> None:
	choices = {("Item Group", ""): "202"}
	doc = sold(line(), taxes=[vat(20.0), freight(45.0)], total=165.0)
	assert [row["AccountCode"] for row in lines(doc, item_accounts=choices)] == ["202", "200"]
	assert [row["AccountCode"] for row in lines(doc, accounts={FREIGHT: "425"})] == ["200", "425"]


# tax rates


def rule(to: str, **narrowing: str) -> TaxRule:
	return TaxRule(VAT, Decimal(20), to, **narrowing)


TWENTIES = {
	**RATES,
	**{name: TaxRate(name, Decimal(20), name) for name in ("ABROAD", "SCOTLAND", "RETAIL", "EXPORT")},
}


@pytest.mark.parametrize(
	("given", "expected"),
	[
		({}, "OUTPUT2"),
		({"address": {"country": "United Kingdom", "state": ""}}, "OUTPUT2"),
		({"address": {"country": "Germany", "state": ""}}, "ABROAD"),
		({"address": {"country": "United Kingdom", "state": "Scotland"}}, "SCOTLAND"),
		({"address": {"country": "Germany", "state": "Scotland"}}, "ABROAD"),
		({"tax_category": "Retail"}, "RETAIL"),
		({"taxes_and_charges": "Export - WP"}, "EXPORT"),
		({"taxes_and_charges": "Export - WP", "tax_category": "Retail"}, "EXPORT"),
	],
)
def test_the_narrowest_rule_wins(given: dict[str, Any], expected: str) -> None:
	rules = (
		rule("OUTPUT2"),
		rule("ABROAD", country="Germany"),
		rule("SCOTLAND", country="United Kingdom", state="Scotland"),
		rule("EXPORT", template="Export - WP"),
		rule("RETAIL", tax_category="Retail"),
	)
	address = given.pop("address", None)
	facts = Facts(ACCOUNT_TYPES, address=address)
	(row,) = lines(order(**given), tax_rules=rules, facts=facts, rates=TWENTIES)
	assert row["TaxType"] == expected


def test_two_taxes_find_the_rate_that_is_made_of_them() -> None:
	doc = sold(line(), taxes=[vat(20.0), vat(5.0, 5.0, account_head=LEVY)], total=125.0)
	found = plan(doc, rates=COMBINED)
	assert [row["TaxType"] for row in found.payload["LineItems"]] == ["TAX25"]
	assert (found.totals.total, found.totals.total_tax) == (d("125.00"), d("25.00"))


def test_tax_on_tax_takes_its_effective_rate() -> None:
	on_vat = vat(1.0, 5.0, account_head=LEVY, charge_type="On Previous Row Amount", row_id="1")
	doc = sold(line(), taxes=[vat(20.0), on_vat], total=121.0)
	compound = TaxRate("TAX21", Decimal(21), "VAT, and levy on it", (Decimal(20), Decimal(5)))
	assert lines(doc, rates={**RATES, "TAX21": compound})[0]["TaxType"] == "TAX21"
	(found,) = all_problems(doc, rates=COMBINED)
	assert "VAT - WP 20 %, Levy - WP 5 %" in found.message and "no rate of 21 %" in found.message


def test_two_taxes_are_no_single_tax_of_the_same_percentage() -> None:
	"""15 % and a levy of 5 % come to 20 %; to report them as 20 % VAT would be wrong."""
	doc = sold(line(), taxes=[vat(15.0, 15.0), vat(5.0, 5.0, account_head=LEVY)], total=120.0)
	(found,) = all_problems(doc)
	assert found.cause == "several-taxes"
	assert found.advice.endswith("choose one of 20 % in the tax map, for VAT - WP at 20 %.")


@pytest.mark.parametrize("head", [VAT, LEVY])
def test_the_admin_may_choose_a_rate_for_two_taxes(head: str) -> None:
	doc = sold(line(), taxes=[vat(15.0, 15.0), vat(5.0, 5.0, account_head=LEVY)], total=120.0)
	(row,) = lines(doc, taxes={(head, d("20")): "OUTPUT2"})
	assert row["TaxType"] == "OUTPUT2"


def test_a_tax_taken_off_is_never_netted_by_itself() -> None:
	"""20 % VAT less 5 % withheld is not 15 % VAT."""
	doc = sold(line(), taxes=[vat(20.0), vat(-5.0, -5.0, account_head=LEVY)], total=115.0)
	(found,) = all_problems(doc)
	assert found.cause == "several-taxes"


def test_a_fixed_tax_stands_on_its_own_line_without_tax() -> None:
	doc = sold(line(), taxes=[vat(20.0), freight(7.5, account_head=LEVY, description="Stamp")], total=127.5)
	facts = Facts({**ACCOUNT_TYPES, LEVY: "Tax"})
	(found,) = all_problems(doc, facts=facts)
	assert found.cause == "tax-not-a-rate" and "map Levy - WP to a Xero account" in found.advice
	rows = lines(doc, facts=facts, accounts={LEVY: "835"})
	assert [(row["AccountCode"], row["TaxType"], row["LineAmount"]) for row in rows] == [
		("200", "OUTPUT2", d("100.00")),
		("835", "NONE", d("7.50")),
	]


def test_lines_without_tax_may_have_a_rule() -> None:
	exempt = TaxRule("", Decimal(0), "EXEMPTOUTPUT", country="Jersey")
	doc = sold(line(), taxes=[], total=100.0)
	assert "TaxType" not in lines(doc, tax_rules=(exempt,))[0]
	abroad = Facts(ACCOUNT_TYPES, address={"country": "Jersey", "state": ""})
	assert lines(doc, tax_rules=(exempt,), facts=abroad)[0]["TaxType"] == "EXEMPTOUTPUT"
	beside = sold(line(), taxes=[vat(20.0), freight(10.0)], total=130.0)
	rows = lines(beside, tax_rules=(exempt,), facts=abroad)
	assert [row["TaxType"] for row in rows] == ["OUTPUT2", "EXEMPTOUTPUT"]


def test_a_rule_for_lines_without_tax_may_not_add_tax() -> None:
	wrong = TaxRule("", Decimal(0), "OUTPUT2")
	(found,) = all_problems(sold(line(), taxes=[], total=100.0), tax_rules=(wrong,))
	assert found.cause == "tax-rate-differs"
	assert found.message == "A line without tax is mapped to 20% (VAT on Income), which is 20 %."


def test_an_opportunity_is_taxed_on_top_where_the_admin_says_so() -> None:
	found = plan(opportunity(), tax_rules=(TaxRule("", Decimal(20), "OUTPUT2"),))
	assert found.payload["LineItems"][0]["TaxType"] == "OUTPUT2"
	assert (found.totals.total, found.totals.total_tax) == (d("180.00"), d("30.00"))
	assert plan(order(), tax_rules=(TaxRule("", Decimal(20), "OUTPUT2"),)).totals.total == d("120.00")


# tracking

TRACKING = {
	("Cost Center", "North - WP"): ("Region", "North"),
	("Cost Center", "South - WP"): ("Region", "South"),
	("Project", "P-1"): ("Project", "One"),
	("Territory", "Scotland"): ("Region", "East"),
	("Sales Person", "Ailsa"): ("Seller", "AC"),
	("Sales Person", "Hamish"): ("Seller", "HG"),
}


def tracked(doc: dict[str, Any], sales_person: str = "") -> list[list[tuple[str, str]]]:
	facts = Facts(ACCOUNT_TYPES, sales_person=sales_person)
	found = plan(doc, tracking=TRACKING, facts=facts)
	assert_known(found.payload, "Invoice" if "InvoiceNumber" in found.payload else "Quote")
	return [
		[(part["Name"], part["Option"]) for part in row.get("Tracking", [])]
		for row in found.payload["LineItems"]
	]


def test_what_the_line_says_counts_before_what_the_document_says() -> None:
	items = [line(cost_center="South - WP"), line()]
	doc = sold(*items, taxes=[vat(40.0)], total=240.0, cost_center="North - WP", territory="Scotland")
	assert tracked(doc) == [[("Region", "South")], [("Region", "North")]]


def test_two_categories_at_most() -> None:
	doc = order(items=[line(cost_center="North - WP", project="P-1")])
	assert tracked(doc, "Ailsa") == [[("Region", "North"), ("Project", "One")]]


def test_territory_and_sales_person() -> None:
	assert tracked(quotation(territory="Scotland"), "Ailsa") == [[("Region", "East"), ("Seller", "AC")]]
	team = [
		{"sales_person": "Ailsa", "allocated_percentage": 40.0},
		{"sales_person": "Hamish", "allocated_percentage": 60.0},
	]
	assert tracked(order(sales_team=team), "Ailsa") == [[("Seller", "HG")]], "who has most of it"


def test_freight_has_a_cost_centre_of_its_own() -> None:
	taxes = [vat(20.0), freight(10.0, cost_center="South - WP")]
	doc = sold(line(), taxes=taxes, total=130.0, cost_center="North - WP")
	assert tracked(doc) == [[("Region", "North")], [("Region", "South")]]


def test_nothing_mapped_is_nothing_tracked() -> None:
	assert tracked(order(cost_center="Main - WP", territory="Wales"), "Nobody") == [[]]
