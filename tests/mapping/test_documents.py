"""The other documents of sales: what ERPNext stores of each, and the exact JSON that becomes of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.conftest import line, order, vat
from tests.mapping.erpnext import Draft, drafts
from tests.mapping.kit import CONTACT, VAT, assert_known, d, freight, plan, total_in_xero
from tests.mapping.sources import (
	as_invoice,
	as_opportunity,
	as_quotation,
	as_return,
	credit,
	invoice,
	opportunity,
	quotation,
)
from xero_connector.mapping.document import DocumentPlan
from xero_connector.mapping.problem import MappingError
from xero_connector.mapping.sales import amount_owed
from xero_connector.xero.reading import write_json


def text(found: DocumentPlan, model: str) -> str:
	assert_known(found.payload, model)
	assert total_in_xero(found.payload) == (found.totals.total, found.totals.total_tax)
	return write_json(found.payload).decode()


def test_a_sales_invoice() -> None:
	assert text(plan(invoice()), "Invoice") == (
		'{"Contact":{"ContactID":"' + CONTACT + '"},"CurrencyCode":"GBP","Date":"2026-11-20",'
		'"DueDate":"2026-12-20","InvoiceNumber":"ACC-SINV-2026-00001","LineAmountTypes":"Exclusive",'
		'"LineItems":[{"AccountCode":"200","Description":"Installation","LineAmount":100.00,"Quantity":2,'
		'"TaxType":"OUTPUT2","UnitAmount":50}],"Status":"DRAFT","Type":"ACCREC"}'
	)


def test_a_sales_invoice_without_a_schedule_has_a_due_date_of_its_own() -> None:
	doc = invoice(payment_schedule=[], due_date="2026-12-05")
	assert plan(doc).payload["DueDate"] == "2026-12-05"


def test_a_return() -> None:
	assert text(plan(credit()), "CreditNote") == (
		'{"Contact":{"ContactID":"' + CONTACT + '"},"CreditNoteNumber":"ACC-SINV-2026-00002",'
		'"CurrencyCode":"GBP","Date":"2026-11-20","LineAmountTypes":"Exclusive",'
		'"LineItems":[{"AccountCode":"200","Description":"Installation","LineAmount":100.00,"Quantity":2,'
		'"TaxType":"OUTPUT2","UnitAmount":50}],"Reference":"ACC-SINV-2026-00001","Status":"DRAFT",'
		'"Type":"ACCRECCREDIT"}'
	)


def test_a_quotation() -> None:
	doc = quotation(
		title="Northern Breeze Ltd", terms="<p>Prices hold for <b>30</b> days.</p><p>E&amp;OE</p>"
	)
	assert text(plan(doc), "Quote") == (
		'{"Contact":{"ContactID":"' + CONTACT + '"},"CurrencyCode":"GBP","Date":"2026-11-20",'
		'"ExpiryDate":"2026-12-22","LineAmountTypes":"EXCLUSIVE",'
		'"LineItems":[{"AccountCode":"200","Description":"Installation","LineAmount":100.00,"Quantity":2,'
		'"TaxType":"OUTPUT2","UnitAmount":50}],"QuoteNumber":"SAL-QTN-2026-00001","Status":"DRAFT",'
		'"Terms":"Prices hold for 30 days.\\nE&OE","Title":"Northern Breeze Ltd"}'
	)


def test_what_a_quotation_only_offers_instead_is_not_counted() -> None:
	doc = quotation(items=[line(), line(1, 999.0, is_alternative=1)])
	(row,) = plan(doc).payload["LineItems"]
	assert row["LineAmount"] == d("100.00")


def test_an_opportunity() -> None:
	assert text(plan(opportunity()), "Invoice") == (
		'{"Contact":{"ContactID":"' + CONTACT + '"},"CurrencyCode":"GBP","Date":"2026-11-20",'
		'"DueDate":"2026-11-20","InvoiceNumber":"CRM-OPP-2026-00001","LineAmountTypes":"NoTax",'
		'"LineItems":[{"AccountCode":"200","Description":"Blade","LineAmount":150.00,"Quantity":3,'
		'"UnitAmount":50}],"Status":"DRAFT","Type":"ACCREC"}'
	)


def test_a_credit_note_has_prices_after_discount_and_no_discounts() -> None:
	items = [line(8, 80.0, price_list_rate=100.0), line(3, 33.34, amount=100.01, net_amount=100.01)]
	doc = credit(items=items, taxes=[vat(148.0)], grand_total=888.01)
	found = plan(doc)
	assert text(found, "CreditNote")
	assert [(row["Quantity"], row["UnitAmount"]) for row in found.payload["LineItems"]] == [
		(8, d("80")),
		(3, d("33.3367")),
	]


def test_a_credit_note_of_a_discounted_document() -> None:
	items = [line(2, 50.0, net_amount=90.0), line(1, 50.0, net_amount=45.0)]
	found = plan(credit(items=items, taxes=[vat(27.0)], grand_total=162.0, discount_amount=15.0))
	assert text(found, "CreditNote")
	assert [row["UnitAmount"] for row in found.payload["LineItems"]] == [45, 45]
	assert found.totals.total == d("162.00")


def test_a_return_of_freight_and_of_rounded_totals() -> None:
	rounded = {"disable_rounded_total": 0, "rounded_total": 165.0, "rounding_adjustment": -0.2}
	doc = credit(items=[line(2, 50.1)], taxes=[vat(20.04), freight(44.96)], grand_total=165.2, **rounded)
	found = plan(doc)
	assert text(found, "CreditNote")
	assert [row["LineAmount"] for row in found.payload["LineItems"]] == [d("100.20"), d("44.96"), d("-0.20")]
	assert found.totals.total == d("165.00")


def test_what_lowers_what_is_outstanding_is_no_part_of_the_bill() -> None:
	"""Advances, loyalty points, a till and write-offs settle the invoice; they do not change what it is."""
	settled = {
		"outstanding_amount": 20.0,
		"advances": [{"allocated_amount": 50.0}],
		"total_advance": 50.0,
		"write_off_amount": 30.0,
		"loyalty_amount": 20.0,
		"redeem_loyalty_points": 1,
		"paid_amount": 20.0,
	}
	assert plan(invoice(**settled)).payload == plan(invoice()).payload


def test_an_invoice_is_in_its_own_currency_whatever_the_receivable_account_is_in() -> None:
	doc = invoice(currency="USD", conversion_rate=0.8, party_account_currency="GBP", debit_to="Debtors - WP")
	payload = plan(doc).payload
	assert (payload["CurrencyCode"], str(payload["CurrencyRate"])) == ("USD", "1.25")
	assert plan(doc).totals.total == d("120.00")


def test_a_cash_discount_is_a_line_and_touches_no_tax() -> None:
	"""ERPNext takes it from the grand total only: lines and tax stay whole."""
	given_off: dict[str, Any] = {
		"is_cash_or_non_trade_discount": 1,
		"apply_discount_on": "Grand Total",
		"discount_amount": 10.0,
		"additional_discount_account": "Discount Allowed - WP",
		"grand_total": 110.0,
	}
	found = plan(invoice(**given_off), accounts={"Discount Allowed - WP": "290"})
	assert text(found, "Invoice")
	assert [
		(row["LineAmount"], row["AccountCode"], row["TaxType"]) for row in found.payload["LineItems"]
	] == [
		(d("100.00"), "200", "OUTPUT2"),
		(d("-10.00"), "290", "NONE"),
	]
	assert (found.totals.total, found.totals.total_tax) == (d("110.00"), d("20.00"))
	back = plan(credit(**given_off))
	assert text(back, "CreditNote")
	assert back.totals == found.totals


def test_a_bundle_is_billed_by_its_own_line() -> None:
	packed = [{"item_code": "BLADE", "qty": 6.0, "rate": 25.0}, {"item_code": "HUB", "qty": 2.0}]
	assert plan(invoice(packed_items=packed)).payload == plan(invoice()).payload


def test_a_free_item_stands_as_free() -> None:
	free = line(1, 0.0, price_list_rate=10.0, is_free_item=1, description="Manual")
	found = plan(credit(items=[line(), free]))
	row = found.payload["LineItems"][1]
	assert (row["UnitAmount"], row["LineAmount"], row["TaxType"]) == (0, d("0.00"), "OUTPUT2")


def test_the_way_back() -> None:
	site = "https://erp.example"
	assert plan(order(), site_url=site).payload["Url"] == f"{site}/app/sales-order/SAL-ORD-2026-00001"
	assert plan(invoice(), site_url=site + "/").payload["Url"].startswith(f"{site}/app/sales-invoice/ACC")
	odd = order("SO/2026 #1")
	assert plan(odd, site_url=site).payload["Url"] == f"{site}/app/sales-order/SO%2F2026%20%231"
	for nowhere in ("", "http://localhost:8000", "https://", "erp.example", "ftp://erp.example"):
		assert "Url" not in plan(order(), site_url=nowhere).payload
	for other in (credit(), quotation()):
		assert "Url" not in plan(other, site_url=site).payload, "Xero has no such field there"


def test_the_branding_theme() -> None:
	theme = "7f0e8c5c-2ba0-4d8b-9a37-0f9c2e7b0001"
	for doc in (order(), invoice(), credit(), quotation(), opportunity()):
		assert plan(doc, branding_theme_id=theme).payload["BrandingThemeID"] == theme
		assert "BrandingThemeID" not in plan(doc).payload


def test_the_status_by_choice() -> None:
	choices = {"invoice_status": "AUTHORISED", "quote_status": "SENT"}
	statuses = [plan(doc, **choices).payload["Status"] for doc in (invoice(), credit(), quotation())]
	assert statuses == ["AUTHORISED", "AUTHORISED", "SENT"]


def test_long_titles_and_terms_are_cut() -> None:
	payload = plan(quotation(title="t" * 101, terms="<p>" + "w" * 4001 + "</p>")).payload
	assert (payload["Title"], payload["Terms"]) == ("t" * 100, "w" * 4000)
	bare = plan(quotation(valid_till=None, terms="<p> </p>")).payload
	assert not {"Title", "Terms", "ExpiryDate"} & set(bare)


def test_a_reference_is_the_customers_order_or_the_invoice_given_back() -> None:
	assert plan(invoice(po_no="PO-7781")).payload["Reference"] == "PO-7781"
	assert "Reference" not in plan(credit(return_against=None, po_no="PO-7781")).payload


MODELS = {"InvoiceNumber": "Invoice", "CreditNoteNumber": "CreditNote", "QuoteNumber": "Quote"}


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(drafts(), st.sampled_from([as_invoice, as_return, as_quotation, as_opportunity]))
def test_any_document_comes_to_what_is_owed_or_is_held(draft: Draft, kind: Callable[..., Any]) -> None:
	doc = kind(draft.saved())
	owed = amount_owed(doc)
	try:
		found = plan(doc, taxes={(VAT, d("0")): "ZERORATEDOUTPUT"})
	except MappingError as error:
		(problem,) = error.problems
		assert problem.cause == ("negative-total" if owed < 0 else "totals-differ")
		return
	assert text(found, next(model for number, model in MODELS.items() if number in found.payload))
	assert total_in_xero(found.payload)[0] == owed
	assert sum(
		row["LineAmount"] for row in found.payload["LineItems"] if row["Description"] == "Rounding"
	) == (found.rounding_line)


@settings(max_examples=100, deadline=None)
@given(drafts())
def test_a_return_of_all_is_the_mirror_of_its_invoice(draft: Draft) -> None:
	"""What is given back comes to what was billed, tax included."""
	billed, back = as_invoice(draft.saved()), as_return(draft.saved())
	assume(amount_owed(billed) >= 0)
	choices = {"taxes": {(VAT, d("0")): "ZERORATEDOUTPUT"}}
	try:
		assert plan(back, **choices).totals == plan(billed, **choices).totals
	except MappingError as error:
		assert {problem.cause for problem in error.problems} == {"totals-differ"}
