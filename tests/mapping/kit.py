"""Books and orders to map, and two independent judges: Xero's arithmetic, and Xero's vocabulary."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from xero_python.accounting import models  # type: ignore[import-untyped]

from tests.conftest import order
from xero_connector.mapping.books import Books, TaxRate, TaxRule
from xero_connector.mapping.document import DocumentPlan, Facts, Part
from xero_connector.mapping.invoice import to_credit_note, to_invoice
from xero_connector.mapping.problem import MappingError, Problem
from xero_connector.mapping.quote import to_quote

CONTACT = "5c2b7d1e-0f0a-4b53-8e43-0a2f0a7c0001"
VAT, FREIGHT = "VAT - WP", "Freight - WP"
ACCOUNT_TYPES = {VAT: "Tax", FREIGHT: "Chargeable"}
RATES = {
	"OUTPUT2": TaxRate("OUTPUT2", Decimal(20), "20% (VAT on Income)"),
	"OUTPUT15": TaxRate("OUTPUT15", Decimal(15), "15% (VAT on Income)"),
	"RROUTPUT": TaxRate("RROUTPUT", Decimal(5), "5% (VAT on Income)"),
	"ZERORATEDOUTPUT": TaxRate("ZERORATEDOUTPUT", Decimal(0), "Zero Rated Income"),
	"EXEMPTOUTPUT": TaxRate("EXEMPTOUTPUT", Decimal(0), "Exempt Income"),
	"NONE": TaxRate("NONE", Decimal(0), "No VAT"),
}


def d(text: str) -> Decimal:
	return Decimal(text)


def books(**choices: Any) -> Books:
	"""A UK organisation whose admin has chosen the accounts.

	``taxes`` is short for rules that nothing narrows: by (ERPNext tax account, rate) the Xero rate.
	"""
	taxes = choices.pop("taxes", {})
	rules = tuple(TaxRule(account, rate, tax_type) for (account, rate), tax_type in taxes.items())
	given = {
		"organisation": "org-1",
		"base_currency": "GBP",
		"currencies": ("GBP", "USD", "EUR"),
		"sales_account": "200",
		"sales_account_tax_type": "OUTPUT2",
		"rounding_account": "860",
		"no_tax_type": "NONE",
		"rates": RATES,
		"tax_rules": rules,
	}
	return Books(**{**given, **choices})


def plan(
	doc: Mapping[str, Any], *, facts: Facts | None = None, part: Part | None = None, **choices: Any
) -> DocumentPlan:
	"""What the document becomes in Xero by itself: a return a credit note, a Quotation a quote."""
	given = (doc, CONTACT, books(**choices), facts or Facts(ACCOUNT_TYPES))
	if doc.get("is_return"):
		return to_credit_note(*given)
	if doc["doctype"] == "Quotation" and part is None:
		return to_quote(*given)
	return to_invoice(*given, part=part)


def lines(doc: Mapping[str, Any], **choices: Any) -> list[dict[str, Any]]:
	return list(plan(doc, **choices).payload["LineItems"])


def problems(doc: Mapping[str, Any], **choices: Any) -> list[Problem]:
	"""What stands in the order's way; fails where nothing does."""
	try:
		plan(doc, **choices)
	except MappingError as error:
		assert str(error) == " ".join(problem.message for problem in error.problems)
		return error.problems
	raise AssertionError("nothing stands in the way of this order")


def sold(*items: dict[str, Any], taxes: list[Any], total: float, **values: Any) -> dict[str, Any]:
	"""An order of these lines and taxes as ERPNext stored it; ``total`` is the grand total."""
	return order(items=list(items), taxes=taxes, grand_total=total, **values)


def freight(amount: float, **values: Any) -> dict[str, Any]:
	return {
		"charge_type": "Actual",
		"account_head": FREIGHT,
		"description": "Freight",
		"rate": 0.0,
		"tax_amount": amount,
		"tax_amount_after_discount_amount": amount,
		"included_in_print_rate": 0,
		**values,
	}


def half_up(amount: Decimal) -> Decimal:
	return amount.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


FORMS = {
	"CreditNoteNumber": ("NoTax", "Exclusive", "Inclusive"),
	"InvoiceNumber": ("NoTax", "Exclusive", "Inclusive"),
	"QuoteNumber": ("NOTAX", "EXCLUSIVE", "INCLUSIVE"),
}
"""How each kind of document, told by the field of its number, spells its form."""


def total_in_xero(
	payload: Mapping[str, Any], rates: Mapping[str, TaxRate] = RATES
) -> tuple[Decimal, Decimal]:
	"""(total, tax) as Xero would compute them: each line taxed by itself, rounded half up, summed.

	Fails for a line that Xero would refuse.
	"""
	amounts = tax = Decimal(0)
	(number,) = FORMS.keys() & payload.keys()
	assert payload["LineAmountTypes"] in FORMS[number]
	form = payload["LineAmountTypes"].lower()
	for line in payload["LineItems"]:
		amount = half_up(line["Quantity"] * line["UnitAmount"]) - line.get("DiscountAmount", Decimal(0))
		assert line["LineAmount"] == amount, line
		for value, places in ((line["Quantity"], 4), (line["UnitAmount"], 4), (line["LineAmount"], 2)):
			assert value == round(value, places), line
		assert line["Description"], "an approved line must say what it is"
		assert line["AccountCode"]
		amounts += amount
		assert number != "CreditNoteNumber" or "DiscountAmount" not in line, line
		if form == "notax":
			assert "TaxType" not in line
			continue
		rate = rates[line["TaxType"]].rate / 100
		tax += half_up(amount * rate) if form == "exclusive" else amount - half_up(amount / (1 + rate))
	return (amounts if form == "inclusive" else amounts + tax), tax


def assert_known(record: Mapping[str, Any], model_name: str) -> None:
	"""Every field is one that xero-python's model knows, down through lists and parts."""
	model = getattr(models, model_name)
	kinds = {field: model.openapi_types[name] for name, field in model.attribute_map.items()}
	for field, value in record.items():
		assert field in kinds, f"{model_name} has no {field}"
		inner = re.sub(r"^list\[(\w+)\]$", r"\1", kinds[field])
		for part in value if isinstance(value, list) else [value]:
			if isinstance(part, Mapping):
				assert_known(part, inner)
			else:
				assert isinstance(value, list) == kinds[field].startswith("list["), field
