"""What stands in an order's way: every problem, in words, with the place to fix it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.conftest import line, order, vat
from tests.mapping.kit import FREIGHT, RATES, VAT, d, freight, plan, problems, sold
from tests.mapping.sources import credit, invoice, quotation
from xero_connector.mapping.books import Account, TaxRate
from xero_connector.mapping.document import Part
from xero_connector.mapping.problem import MappingError, Problem

ORDER = ("Sales Order", "SAL-ORD-2026-00001")
ORGANISATION = ("Xero Organisation", "org-1")


def only(doc: dict[str, Any], **choices: Any) -> Problem:
	(found,) = problems(doc, **choices)
	return found


def where(found: Problem) -> tuple[str, str, str, str]:
	return found.cause, found.doctype, found.name, found.field


def test_an_error_says_all_of_its_problems() -> None:
	first = Problem("a", "One.", "Do one.", "Item", "X", "code")
	second = Problem("b", "Two.", "Do two.", "Item", "Y", "code")
	error = MappingError((first, second))
	assert str(error) == "One. Two."
	assert error.problems == [first, second]


def test_several_problems_at_once() -> None:
	doc = order(currency="JPY", conversion_rate=0.005, items=[line(), line()], taxes=[vat(20.0, 17.5)])
	found = problems(doc, sales_account=None, locked_until="2026-11-20")
	assert [where(problem) for problem in found] == [
		("currency-not-enabled", *ORDER, "currency"),
		("period-locked", *ORDER, "transaction_date"),
		("account-missing", *ORGANISATION, "sales_account"),
		("tax-not-mapped", *ORGANISATION, "taxes"),
	], "each once, however many lines it touches"


def test_a_currency_that_is_not_enabled() -> None:
	found = only(order(currency="JPY"))
	assert found.message == "The currency JPY is not switched on in this Xero organisation."
	assert found.advice == "Add JPY in Xero (Settings, Currencies), then refresh the organisation."
	assert plan(order(currency="JPY"), currencies=())


@pytest.mark.parametrize(
	("dated", "locked_until", "locked"),
	[
		("2026-11-20", "2026-11-20", True),
		("2026-11-20", "2026-12-31", True),
		("2026-11-20", "2026-11-19", False),
		("2026-11-20", None, False),
		(date(2026, 11, 20), "2026-11-20", True),
	],
)
def test_a_locked_period(dated: Any, locked_until: str | None, locked: bool) -> None:
	doc = order(transaction_date=dated)
	if not locked:
		assert plan(doc, locked_until=locked_until)
		return
	found = only(doc, locked_until=locked_until)
	assert where(found) == ("period-locked", *ORDER, "transaction_date")
	assert found.message == (
		f"The books in Xero are locked up to {locked_until}; the Sales Order is dated 2026-11-20."
	)


def test_a_missing_sales_account() -> None:
	assert where(only(order(), sales_account=None)) == ("account-missing", *ORGANISATION, "sales_account")
	charged = sold(line(), taxes=[vat(20.0), freight(10.0)], total=130.0)
	both = {"accounts": {FREIGHT: "425"}, "sales_account": None}
	assert where(only(charged, **both)) == ("account-missing", *ORGANISATION, "sales_account")


def test_an_order_of_nothing() -> None:
	assert where(only(order(items=[], taxes=[], grand_total=0.0))) == ("no-lines", *ORDER, "items")


def test_a_negative_total() -> None:
	doc = sold(line(-2.0), taxes=[vat(-20.0)], total=-120.0)
	found = only(doc)
	assert where(found) == ("negative-total", *ORDER, "items")
	assert "(-120.00)" in found.message


def test_zero_rated_is_never_guessed() -> None:
	doc = sold(line(), taxes=[vat(0.0, 0.0)], total=100.0)
	found = only(doc)
	assert where(found) == ("tax-not-mapped", *ORGANISATION, "taxes")
	assert found.message == "The tax VAT - WP at 0 % has no Xero tax rate."
	one_zero = {"ZERORATEDOUTPUT": TaxRate("ZERORATEDOUTPUT", d("0"), "Zero Rated Income")}
	assert only(doc, rates=one_zero, sales_account_tax_type="ZERORATEDOUTPUT") == found


def test_a_rate_that_several_could_be_meant_by_is_not_guessed() -> None:
	doc = sold(line(), taxes=[vat(5.0, 5.0)], total=105.0)
	rates = plan_rates("RROUTPUT", "CAPEX5")
	assert only(doc, rates=rates).cause == "tax-not-mapped"
	chosen = plan(doc, rates=rates, taxes={(VAT, d("5")): "RROUTPUT"})
	assert chosen.payload["LineItems"][0]["TaxType"] == "RROUTPUT"
	own = plan(doc, rates=rates, sales_account_tax_type="CAPEX5")
	assert own.payload["LineItems"][0]["TaxType"] == "CAPEX5"


def plan_rates(*types: str) -> dict[str, Any]:
	return {name: TaxRate(name, Decimal(5), name) for name in types}


def test_a_rate_mapped_to_another_percentage() -> None:
	found = only(order(), taxes={(VAT, d("20")): "RROUTPUT"})
	assert where(found) == ("tax-rate-differs", *ORGANISATION, "taxes")
	assert found.message == "The tax VAT - WP at 20 % is mapped to 5% (VAT on Income), which is 5 %."


def test_lines_without_tax_beside_lines_with_tax_need_a_rate_for_them() -> None:
	doc = sold(line(), taxes=[vat(20.0), freight(10.0)], total=130.0)
	found = only(doc, no_tax_type=None)
	assert where(found) == ("no-tax-type-missing", *ORGANISATION, "no_tax_rate")
	assert plan(doc)


def test_a_tax_that_is_a_fixed_amount() -> None:
	assert only(order(taxes=[freight(20.0, account_head=VAT)])).cause == "tax-not-a-rate"


def test_two_taxes_on_one_line() -> None:
	doc = order(taxes=[vat(20.0), vat(5.0, 5.0, account_head="Levy - WP")])
	assert where(only(doc)) == ("several-taxes", *ORGANISATION, "taxes")


def test_a_rate_that_is_archived_or_not_for_sales() -> None:
	found = only(order(), taxes={(VAT, d("20")): "INPUT2"})
	assert where(found) == ("tax-rate-unfit", *ORGANISATION, "taxes")
	assert found.message == "The Xero tax rate INPUT2 in the tax map is archived in Xero, or not for sales."


SALES = Account("200", "REVENUE", "REVENUE", name="Sales")


@pytest.mark.parametrize(
	("account", "cause", "message"),
	[
		(SALES, None, ""),
		(Account("200", "CURRLIAB", "LIABILITY", name="Deposits"), None, ""),
		(
			Account("200", "REVENUE", "REVENUE", name="Sales", active=False),
			"account-archived",
			"The account 200 Sales is archived in Xero.",
		),
		(
			Account("200", "CURRLIAB", "LIABILITY", "GST", "VAT"),
			"account-unfit",
			"Xero keeps the account 200 VAT for itself: no line can use it.",
		),
		(
			Account("200", "BANK", "ASSET", name="Bank"),
			"account-unfit",
			"Xero keeps the account 200 Bank for itself: no line can use it.",
		),
		(
			Account("200", "EXPENSE", "EXPENSE", name="Gifts"),
			"account-unfit",
			"Xero's tax rate 20% cannot be used with the account 200 Gifts.",
		),
	],
)
def test_an_account_that_no_line_can_use(account: Account, cause: str | None, message: str) -> None:
	fits = frozenset({"ASSET", "EQUITY", "LIABILITY", "REVENUE"})
	choices: dict[str, Any] = {
		"rates": {"OUTPUT2": TaxRate("OUTPUT2", Decimal(20), "20%", classes=fits)},
		"chart": {"200": account},
	}
	if cause is None:
		assert plan(order(), **choices)
		return
	found = only(order(), **choices)
	assert where(found) == (cause, *ORGANISATION, "sales_account")
	assert found.message == message


def test_the_rate_of_lines_without_tax_must_fit_their_account_too() -> None:
	sales_only = TaxRate("NONE", Decimal(0), "No VAT", classes=frozenset({"REVENUE"}))
	choices: dict[str, Any] = {
		"accounts": {FREIGHT: "425"},
		"chart": {"425": Account("425", "OVERHEADS", "EXPENSE", name="Freight")},
		"rates": {**RATES, "NONE": sales_only},
	}
	doc = sold(line(), taxes=[vat(20.0), freight(10.0)], total=130.0)
	found = only(doc, **choices)
	assert where(found) == ("account-unfit", *ORGANISATION, "accounts")
	assert found.message == "Xero's tax rate No VAT cannot be used with the account 425 Freight."
	assert plan(sold(line(), taxes=[freight(10.0)], total=110.0), **choices), "no line carries a rate"


def test_the_field_says_where_an_account_was_chosen() -> None:
	gone = {"chart": {"425": Account("425", name="Freight", active=False)}}
	doc = sold(line(item_group="Services"), taxes=[vat(20.0), freight(10.0)], total=130.0)
	assert only(doc, accounts={FREIGHT: "425"}, **gone).field == "accounts"
	assert only(doc, item_accounts={("Item Group", "Services"): "425"}, **gone).field == "item_accounts"


def test_a_line_that_says_nothing() -> None:
	silent = line(item_name=None, description="<p> </p>")
	found = only(order(items=[silent]))
	assert where(found) == ("description-missing", *ORDER, "items")
	assert found.message == "Line 1 says nothing; Xero takes no line without a description."


@pytest.mark.parametrize(("length", "fits"), [(255, True), (256, False)])
def test_how_long_number_and_reference_may_be(length: int, fits: bool) -> None:
	text = "N" * length
	if fits:
		payload = plan(order(text, po_no=text)).payload
		assert (payload["InvoiceNumber"], payload["Reference"]) == (text, text)
		return
	assert where(only(order(po_no=text))) == ("reference-too-long", *ORDER, "po_no")
	assert where(only(order(text))) == ("number-too-long", "Sales Order", text, "name")
	part = Part(text, d("10"))
	assert where(only(order(), part=part)) == ("number-too-long", *ORDER, "name")


def test_a_quote_that_ends_before_it_begins() -> None:
	found = only(quotation(valid_till="2026-11-19"))
	assert where(found) == ("expiry-before-date", "Quotation", "SAL-QTN-2026-00001", "valid_till")
	assert plan(quotation(valid_till="2026-11-20")).payload["ExpiryDate"] == "2026-11-20"
	late = Part("SAL-QTN-2026-00001/1")
	assert plan(quotation(valid_till="2026-11-19"), part=late), "an invoice of it is another matter"


def test_the_lock_date_holds_what_is_in_the_books() -> None:
	locked = "2026-11-30"
	assert plan(quotation(), locked_until=locked), "a quote is not"
	assert only(invoice(), locked_until=locked).field == "posting_date"
	assert only(credit(), locked_until=locked).field == "posting_date"
	assert only(quotation(), part=Part("Q/1"), locked_until=locked).field == "transaction_date"
	assert plan(order(), part=Part("O/1", date="2026-12-01"), locked_until=locked)


def test_a_return_that_gives_nothing_back() -> None:
	found = only(credit(items=[line(-1.0, 50.0)], taxes=[vat(-10.0)], grand_total=-60.0))
	assert where(found) == ("negative-total", "Sales Invoice", "ACC-SINV-2026-00002", "items")
	assert found.message == "The return charges 60.00 more than it gives back; that is no credit note."


# totals that cannot be made equal

TWO_AT_TWENTY = sold(line(1, 10.02), line(1, 10.02), taxes=[vat(4.01)], total=24.05)


def test_a_cent_is_held_with_both_numbers_where_no_line_may_make_up_for_it() -> None:
	found = only(TWO_AT_TWENTY, add_rounding_line=False)
	assert where(found) == ("totals-differ", *ORGANISATION, "rounding_policy")
	assert found.message == (
		"ERPNext says 24.05 GBP, Xero would make it 24.04 (tax 4.01 here, 4.00 in Xero)."
	)
	assert found.advice.startswith("Allow a rounding line of up to 0.01,")


@pytest.mark.parametrize(
	("total", "held"), [(120.10, False), (120.11, True), (119.90, False), (119.89, True)]
)
def test_the_limit_of_a_rounding_line(total: float, held: bool) -> None:
	doc = order(grand_total=total)
	if not held:
		assert plan(doc).rounding_line == d("0.1").copy_sign(plan(doc).rounding_line)
		return
	found = only(doc)
	assert where(found) == ("totals-differ", *ORGANISATION, "rounding_limit")
	assert f"ERPNext says {total:.2f} GBP, Xero would make it 120.00" in found.message


def test_a_higher_limit_lets_more_pass() -> None:
	assert plan(order(grand_total=120.5), rounding_limit=d("0.50")).rounding_line == d("0.50")


def test_a_rounding_line_needs_its_account_and_its_rate() -> None:
	found = only(TWO_AT_TWENTY, rounding_account=None)
	assert where(found) == ("rounding-account-missing", *ORGANISATION, "rounding_account")
	assert "24.05" in found.message and "24.04" in found.message
	found = only(TWO_AT_TWENTY, no_tax_type=None)
	assert where(found) == ("no-tax-type-missing", *ORGANISATION, "no_tax_rate")
	assert "24.05" in found.message and "24.04" in found.message


@pytest.mark.parametrize("inclusive", [0, 1])
def test_tax_that_the_rates_do_not_explain_is_held(inclusive: int) -> None:
	"""Also where prices hold tax, and spreading the total over the lines would hide it."""
	rate = 60.0 if inclusive else 50.0
	row = vat(12.5, included_in_print_rate=inclusive)
	doc = sold(line(2, rate, net_amount=100.0), taxes=[row], total=112.5)
	found = only(doc)
	assert found.cause == "totals-differ"
	assert "ERPNext says 112.50 GBP" in found.message
	assert "tax 12.50 here" in found.message
