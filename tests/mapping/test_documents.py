"""The other documents of sales: what ERPNext stores of each, and the exact JSON that becomes of it."""

from __future__ import annotations

from typing import Any

from tests.conftest import COMPANY, line, order, vat
from tests.mapping.kit import ACCOUNT_TYPES, CONTACT, assert_known, books, d, total_in_xero
from xero_connector.mapping.document import DocumentPlan, Facts
from xero_connector.mapping.invoice import to_credit_note, to_invoice
from xero_connector.mapping.quote import to_quote
from xero_connector.xero.reading import write_json

FACTS = Facts(ACCOUNT_TYPES)


def invoice(**values: Any) -> dict[str, Any]:
	"""A Sales Invoice of one line, 2 at 50.00, with 20 % VAT on top: 120.00."""
	return order(
		**{
			"doctype": "Sales Invoice",
			"name": "ACC-SINV-2026-00001",
			"transaction_date": None,
			"posting_date": "2026-11-20",
			"due_date": "2026-12-20",
			**values,
		}
	)


def credit(**values: Any) -> dict[str, Any]:
	"""The return of all of it."""
	return invoice(
		**{
			"name": "ACC-SINV-2026-00002",
			"is_return": 1,
			"return_against": "ACC-SINV-2026-00001",
			"items": [line(-2.0, 50.0)],
			"taxes": [vat(-20.0)],
			"grand_total": -120.0,
			"payment_schedule": [],
			**values,
		}
	)


def quotation(**values: Any) -> dict[str, Any]:
	return order(
		**{
			"doctype": "Quotation",
			"name": "SAL-QTN-2026-00001",
			"customer": None,
			"quotation_to": "Customer",
			"party_name": "Northern Breeze Ltd",
			"valid_till": "2026-12-22",
			**values,
		}
	)


def opportunity(**values: Any) -> dict[str, Any]:
	return {
		"doctype": "Opportunity",
		"name": "CRM-OPP-2026-00001",
		"company": COMPANY,
		"party_name": "Northern Breeze Ltd",
		"transaction_date": "2026-11-20",
		"currency": "GBP",
		"conversion_rate": 1.0,
		"items": [{"item_name": "Blade", "description": "Blade", "qty": 3.0, "rate": 50.0, "amount": 150.0}],
		"total": 150.0,
		**values,
	}


def text(found: DocumentPlan, model: str) -> str:
	assert_known(found.payload, model)
	form = {"EXCLUSIVE": "Exclusive", "INCLUSIVE": "Inclusive", "NOTAX": "NoTax"}
	said = found.payload["LineAmountTypes"]
	payload = {**found.payload, "LineAmountTypes": form.get(said, said)}
	assert total_in_xero(payload) == (found.totals.total, found.totals.total_tax)
	return write_json(found.payload).decode()


def test_a_sales_invoice() -> None:
	assert text(to_invoice(invoice(), CONTACT, books(), FACTS), "Invoice") == (
		'{"Contact":{"ContactID":"' + CONTACT + '"},"CurrencyCode":"GBP","Date":"2026-11-20",'
		'"DueDate":"2026-12-20","InvoiceNumber":"ACC-SINV-2026-00001","LineAmountTypes":"Exclusive",'
		'"LineItems":[{"AccountCode":"200","Description":"Installation","LineAmount":100.00,"Quantity":2,'
		'"TaxType":"OUTPUT2","UnitAmount":50}],"Status":"DRAFT","Type":"ACCREC"}'
	)


def test_a_sales_invoice_without_a_schedule_has_a_due_date_of_its_own() -> None:
	doc = invoice(payment_schedule=[], due_date="2026-12-05")
	assert to_invoice(doc, CONTACT, books(), FACTS).payload["DueDate"] == "2026-12-05"


def test_a_return() -> None:
	assert text(to_credit_note(credit(), CONTACT, books(), FACTS), "CreditNote") == (
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
	assert text(to_quote(doc, CONTACT, books(), FACTS), "Quote") == (
		'{"Contact":{"ContactID":"' + CONTACT + '"},"CurrencyCode":"GBP","Date":"2026-11-20",'
		'"ExpiryDate":"2026-12-22","LineAmountTypes":"EXCLUSIVE",'
		'"LineItems":[{"AccountCode":"200","Description":"Installation","LineAmount":100.00,"Quantity":2,'
		'"TaxType":"OUTPUT2","UnitAmount":50}],"QuoteNumber":"SAL-QTN-2026-00001","Status":"DRAFT",'
		'"Terms":"Prices hold for 30 days.\\nE&OE","Title":"Northern Breeze Ltd"}'
	)


def test_what_a_quotation_only_offers_instead_is_not_counted() -> None:
	doc = quotation(items=[line(), line(1, 999.0, is_alternative=1)])
	(row,) = to_quote(doc, CONTACT, books(), FACTS).payload["LineItems"]
	assert row["LineAmount"] == d("100.00")


def test_an_opportunity() -> None:
	assert text(to_invoice(opportunity(), CONTACT, books(), FACTS), "Invoice") == (
		'{"Contact":{"ContactID":"' + CONTACT + '"},"CurrencyCode":"GBP","Date":"2026-11-20",'
		'"DueDate":"2026-11-20","InvoiceNumber":"CRM-OPP-2026-00001","LineAmountTypes":"NoTax",'
		'"LineItems":[{"AccountCode":"200","Description":"Blade","LineAmount":150.00,"Quantity":3,'
		'"UnitAmount":50}],"Status":"DRAFT","Type":"ACCREC"}'
	)
