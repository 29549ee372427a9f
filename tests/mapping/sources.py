"""Documents of sales as ERPNext stores them, each of one line, 2 at 50.00, with 20 % VAT on top: 120.00."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.conftest import COMPANY, order

Doc = dict[str, Any]


def invoice(**values: Any) -> Doc:
	"""A Sales Invoice."""
	return as_invoice({**order(), **values})


def credit(**values: Any) -> Doc:
	"""The return of all of it, or of what is given (in amounts above zero)."""
	return as_return({**order(payment_schedule=[]), **values})


def quotation(**values: Any) -> Doc:
	"""A Quotation to a Customer."""
	return as_quotation({**order(), **values})


def opportunity(**values: Any) -> Doc:
	"""An Opportunity with one item, 3 at 50.00; it knows no taxes."""
	return {
		"doctype": "Opportunity",
		"name": "CRM-OPP-2026-00001",
		"company": COMPANY,
		"opportunity_from": "Customer",
		"party_name": "Northern Breeze Ltd",
		"transaction_date": "2026-11-20",
		"currency": "GBP",
		"conversion_rate": 1.0,
		"items": [{"item_name": "Blade", "description": "Blade", "qty": 3.0, "rate": 50.0, "amount": 150.0}],
		"total": 150.0,
		**values,
	}


def as_invoice(order: Mapping[str, Any]) -> Doc:
	"""The Sales Invoice that ERPNext makes of an order."""
	own = {"doctype": "Sales Invoice", "name": "ACC-SINV-2026-00001", "transaction_date": None}
	dates = {"posting_date": order["transaction_date"], "due_date": "2026-12-20"}
	return {**dates, **order, **own}


def as_quotation(order: Mapping[str, Any]) -> Doc:
	"""A Quotation of the same."""
	own = {"doctype": "Quotation", "name": "SAL-QTN-2026-00001", "customer": None}
	party = {"quotation_to": "Customer", "party_name": order.get("customer"), "valid_till": "2026-12-22"}
	return {**party, **order, **own}


def as_opportunity(order: Mapping[str, Any]) -> Doc:
	"""An Opportunity of the same items."""
	items = [dict(item) for item in order["items"]]
	return opportunity(items=items, total=round(sum(item["amount"] for item in items), 2))


def as_return(order: Mapping[str, Any]) -> Doc:
	"""The Sales Invoice that gives back all of it: amounts below zero, prices as they were."""
	back = ("grand_total", "rounded_total", "rounding_adjustment", "discount_amount")
	doc = {
		**as_invoice(order),
		**_negative(order, back),
		"items": [{**row, **_negative(row, ("qty", "amount", "net_amount"))} for row in order["items"]],
		"taxes": [
			{**row, **_negative(row, ("tax_amount", "tax_amount_after_discount_amount"))}
			for row in order["taxes"]
		],
	}
	own = {"name": "ACC-SINV-2026-00002", "is_return": 1}
	return {"return_against": "ACC-SINV-2026-00001", **doc, **own}


def _negative(row: Mapping[str, Any], fields: tuple[str, ...]) -> Doc:
	return {field: -row[field] for field in fields if row.get(field)}
