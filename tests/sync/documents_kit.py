"""Documents of a sale for the tests, made from each other as ERPNext does it: 2 at 50.00 with 20 % VAT."""

from __future__ import annotations

from typing import Any

from tests.conftest import World, line, order, vat
from xero_connector.sync import links
from xero_connector.sync.triggers import request_invoice

ORDER, INVOICE, QUOTATION = "SAL-ORD-2026-00001", "ACC-SINV-2026-00001", "SAL-QTN-2026-00001"
OPPORTUNITY = "CRM-OPP-2026-00001"


def sales_invoice(name: str = INVOICE, of: str | None = None, **values: Any) -> dict[str, Any]:
	"""A submitted Sales Invoice, of a Sales Order if one is named."""
	return {
		**order(name),
		"doctype": "Sales Invoice",
		"posting_date": "2026-11-20",
		"due_date": "2026-12-20",
		"items": [line(sales_order=of)],
		**values,
	}


def returned(name: str = "ACC-SINV-RET-2026-00001", against: str = INVOICE, **values: Any) -> dict[str, Any]:
	"""A submitted return of all of a Sales Invoice."""
	return {
		**sales_invoice(name),
		"is_return": 1,
		"return_against": against,
		"items": [line(-2.0, 50.0)],
		"taxes": [vat(-20.0)],
		"net_total": -100.0,
		"total_taxes_and_charges": -20.0,
		"grand_total": -120.0,
		"payment_schedule": [],
		**values,
	}


def quotation(name: str = QUOTATION, **values: Any) -> dict[str, Any]:
	"""A submitted Quotation to a customer."""
	return {
		**order(name),
		"doctype": "Quotation",
		"customer": None,
		"quotation_to": "Customer",
		"party_name": "Northern Breeze Ltd",
		"valid_till": "2026-12-31",
		"title": "Northern Breeze Ltd",
		"status": "Open",
		"payment_schedule": [],
		**values,
	}


def opportunity(name: str = OPPORTUNITY, **values: Any) -> dict[str, Any]:
	"""A won Opportunity with one item, without tax: 100.00."""
	return {
		"doctype": "Opportunity",
		"name": name,
		"docstatus": 0,
		"company": "Wind Power LLC",
		"opportunity_from": "Customer",
		"party_name": "Northern Breeze Ltd",
		"status": "Converted",
		"transaction_date": "2026-11-20",
		"currency": "GBP",
		"conversion_rate": 1.0,
		"items": [line()],
		"total": 100.0,
		**values,
	}


def order_of(quotation_name: str = QUOTATION, name: str = ORDER, **values: Any) -> dict[str, Any]:
	"""A submitted Sales Order made from a Quotation."""
	return order(name, **{"items": [line(prevdoc_docname=quotation_name)], **values})


def shown(world: World, doctype: str, name: str) -> dict[str, Any]:
	"""A document as a person sees it."""
	doc = world.store.get(doctype, name)
	assert doc is not None
	return doc


def numbers(world: World) -> list[str]:
	"""The numbers of the invoices in Xero that stand."""
	invoices = world.accountant.invoices()
	return sorted(each["InvoiceNumber"] for each in invoices if each["Status"] not in ("VOIDED", "DELETED"))


def link(world: World, doctype: str, name: str) -> dict[str, Any]:
	"""The link of a document."""
	found = links.of_document(world.store, world.tenant, doctype, name)
	assert found is not None
	return found


def ask(world: World, doc: dict[str, Any], **options: Any) -> dict[str, Any]:
	"""Ask for an invoice by hand."""
	with world.store.transaction():
		stored = world.store.get(doc["doctype"], doc["name"]) or doc
		return request_invoice(world.store, world.clock, stored, "rep@example.com", **options)
