"""A document billed in parts: deposits, payment schedules, the rest."""

from __future__ import annotations

import json
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.conftest import line, order, vat
from tests.mapping.erpnext import Draft, drafts
from tests.mapping.kit import (
	CONTACT,
	RATES,
	VAT,
	assert_known,
	books,
	d,
	half_up,
	plan,
	problems,
	sold,
	total_in_xero,
)
from tests.mapping.sources import as_invoice, as_quotation, opportunity
from xero_connector.mapping.books import TaxRate
from xero_connector.mapping.document import DocumentPlan, Facts, Part
from xero_connector.mapping.problem import MappingError
from xero_connector.mapping.sales import amount_owed
from xero_connector.xero.reading import write_json

ORDER = "SAL-ORD-2026-00001"
ZERO_RATED = {(VAT, d("0")): "ZERORATEDOUTPUT"}


def parts(doc: dict[str, Any], *amounts: str, **choices: Any) -> list[DocumentPlan]:
	"""The invoices of these parts, one after the other; ``0``: the rest."""
	found, before = [], d("0")
	for at, amount in enumerate(amounts, start=1):
		part = Part(f"{doc['name']}/{at}", d(amount), before, f"Part {at}")
		found.append(plan(doc, part=part, **choices))
		assert_known(found[-1].payload, "Invoice")
		assert total_in_xero(found[-1].payload, choices.get("rates", RATES))[0] == found[-1].totals.total
		before += found[-1].totals.total
	return found


def test_a_deposit() -> None:
	part = Part(f"{ORDER}/1", d("36"), label="Deposit", date="2026-11-22", due_date="2026-11-29")
	found = plan(order(po_no="PO-7781"), part=part)
	assert write_json(found.payload).decode() == (
		'{"Contact":{"ContactID":"' + CONTACT + '"},"CurrencyCode":"GBP","Date":"2026-11-22",'
		'"DueDate":"2026-11-29","InvoiceNumber":"SAL-ORD-2026-00001/1","LineAmountTypes":"Inclusive",'
		'"LineItems":[{"AccountCode":"200","Description":"Deposit: Installation","LineAmount":36.00,'
		'"Quantity":0.6,"TaxType":"OUTPUT2","UnitAmount":60}],"Reference":"PO-7781","Status":"DRAFT",'
		'"Type":"ACCREC"}'
	)
	assert (found.totals.total, found.totals.total_tax) == (d("36.00"), d("6.00"))
	assert (found.rounding_line, found.tax_difference) == (d("0"), d("0.00"))


def test_the_rest_is_what_is_left() -> None:
	deposit, rest = parts(order(), "36", "0")
	assert rest.payload["LineItems"][0]["Quantity"] == d("1.4")
	assert rest.totals.total == d("84.00")
	assert deposit.totals.total + rest.totals.total == d("120.00")


def test_the_dates_of_the_document_count_where_the_part_has_none() -> None:
	(found,) = parts(order(), "36")
	assert (found.payload["Date"], found.payload["DueDate"]) == ("2026-11-20", "2026-12-20")


def test_a_part_without_a_label_names_the_document() -> None:
	found = plan(order(), part=Part(f"{ORDER}/1", d("36")))
	assert found.payload["LineItems"][0]["Description"] == "Part of SAL-ORD-2026-00001: Installation"
	long = order(items=[line(description="d" * 4000)])
	found = plan(long, part=Part(f"{ORDER}/1", d("36"), label="Deposit"))
	assert found.payload["LineItems"][0]["Description"] == "Deposit: " + "d" * 3991


def test_the_whole_as_one_part_is_the_document_under_another_number() -> None:
	whole = plan(order()).payload
	for amount in ("0", "120"):
		found = plan(order(), part=Part(f"{ORDER}/1", d(amount), label="All")).payload
		assert found == {**whole, "InvoiceNumber": f"{ORDER}/1"}


def test_thirds_that_miss_a_cent() -> None:
	"""ERPNext's schedule of thirds may say 33.33 three times: the last part is what is left."""
	found = parts(sold(line(1, 83.33), taxes=[vat(16.67)], total=100.0), "33.33", "33.33", "0")
	assert [each.totals.total for each in found] == [d("33.33"), d("33.33"), d("33.34")]


def test_a_term_of_more_places_is_billed_in_cents() -> None:
	assert [each.totals.total for each in parts(order(), "40.005", "0")] == [d("40.01"), d("79.99")]


def test_every_line_takes_its_share() -> None:
	items = [line(1, 100.0), line(4, 25.0), line(1, 0.0, description="Manual")]
	doc = sold(*items, taxes=[vat(40.0)], total=240.0)
	for found in parts(doc, "80", "80", "0"):
		amounts = [row["LineAmount"] for row in found.payload["LineItems"]]
		assert amounts == [d("40.00"), d("40.00"), d("0.00")]


def test_the_rounding_line_is_shared_too() -> None:
	rounded = {"disable_rounded_total": 0, "rounded_total": 120.0, "rounding_adjustment": 0.4}
	doc = sold(line(1, 99.67), taxes=[vat(19.93)], total=119.6, **rounded)
	first, second = parts(doc, "60", "0")
	assert [row["LineAmount"] for row in first.payload["LineItems"]] == [d("59.80"), d("0.20")]
	assert first.rounding_line + second.rounding_line == d("0.40")
	assert first.totals.total + second.totals.total == d("120.00")


def test_parts_of_a_quotation_of_an_opportunity_and_without_tax() -> None:
	assert [each.totals.total for each in parts(as_quotation(order()), "50", "0")] == [d("50"), d("70")]
	found = parts(opportunity(), "50", "0")
	assert [each.totals.total for each in found] == [d("50"), d("100")]
	assert found[0].payload["LineAmountTypes"] == "NoTax"


@pytest.mark.parametrize(
	("amount", "before", "message"),
	[
		("120.01", "0", "there is no part of 120.01 left"),
		("60.01", "60", "of which 60 is billed: there is no part of 60.01 left"),
		("0", "120", "of which 120 is billed"),
		("0.004", "0", "there is no part of 0.00 left"),
		("-1", "0", "there is no part of -1.00 left"),
		("1", "-1", "of which -1 is billed"),
	],
)
def test_no_more_than_the_whole_is_billed(amount: str, before: str, message: str) -> None:
	(found,) = problems(order(), part=Part(f"{ORDER}/1", d(amount), d(before)))
	assert (found.cause, found.doctype, found.name) == ("part-exceeds", "Sales Order", ORDER)
	assert message in found.message


def test_what_may_be_billed_at_most_is_said() -> None:
	(found,) = problems(order(), part=Part(f"{ORDER}/2", d("100"), d("36")))
	assert found.advice == "Bill at most 84.00, or take back an earlier part first."


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(drafts(), st.lists(st.integers(1, 99), min_size=1, max_size=4, unique=True), st.booleans())
def test_parts_always_add_up_line_by_line(draft: Draft, percents: list[int], invoiced: bool) -> None:
	doc = as_invoice(draft.saved()) if invoiced else draft.saved()
	owed = amount_owed(doc)
	cuts = sorted({(owed * percent / 100).quantize(d("0.01")) for percent in percents} - {owed, d("0.00")})
	assume(owed > 0 and cuts)
	ends = [*cuts, owed]
	amounts = [str(end - start) for start, end in zip([Decimal(0), *cuts], ends, strict=True)]
	try:
		found = parts(doc, *amounts, taxes=ZERO_RATED)
	except MappingError as error:
		assert {problem.cause for problem in error.problems} == {"totals-differ"}
		return
	assert [f"{each.totals.total}" for each in found] == amounts
	limit = books().rounding_limit + d("0.01") * len(doc["items"]) * len(found)
	assert abs(sum(each.tax_difference for each in found)) <= limit
	for at, item in enumerate(doc["items"]):
		rows = [each.payload["LineItems"][at] for each in found]
		in_one_unit = any("×" in row["Description"] for row in rows)
		if not in_one_unit:
			assert sum(row["Quantity"] for row in rows) == d(str(item["qty"]))
		worth = sum((row["LineAmount"] for row in rows), d("0"))
		rate = 0 if not draft.rate_of(draft.rows[at]) else draft.rate_of(draft.rows[at])
		gross = d(str(item["net_amount"])) * (1 + d(str(rate)) / 100)
		assert abs(worth - gross) <= d("0.02")


def judged_orders() -> tuple[list[dict[str, Any]], dict[str, str]]:
	"""The orders that a real ERPNext calculated, and the types of their accounts."""
	file = Path(__file__).parents[1] / "data" / "erpnext" / "sales_orders.json"
	judged = json.loads(file.read_text())
	return [made["order"] for made in judged["orders"]], judged["account_types"]


def test_every_judged_order_may_be_billed_by_its_payment_schedule() -> None:
	"""One invoice for each payment term, the last with what is left; and a third, a third and the rest."""
	orders, types = judged_orders()
	rates = {**RATES, "TAX001": TaxRate("TAX001", d("8.875"), "Sales Tax")}
	zero = {(f"{tax} - HLS", d("0")): "ZERORATEDOUTPUT" for tax in ("VAT", "VAT Exempt", "VAT Reduced")}
	choices: dict[str, Any] = {"facts": Facts(types), "rates": rates, "taxes": zero}
	seen: Counter[str] = Counter()
	for doc in orders:
		if len(doc["payment_schedule"]) < 2:
			continue
		owed = amount_owed(doc)
		terms = [str(term["payment_amount"]) for term in doc["payment_schedule"][:-1]]
		third = str((owed / 3).quantize(d("0.01")))
		for amounts in ([*terms, "0"], [third, third, "0"]):
			try:
				found = parts(doc, *amounts, **choices)
			except MappingError as error:
				seen[error.problems[0].cause] += 1
				continue
			for each, amount in zip(found[:-1], amounts, strict=False):
				assert each.totals.total == half_up(d(amount))
			assert sum(each.totals.total for each in found) == owed
			seen["billed"] += 1
	assert seen == {"billed": 346, "several-taxes": 32, "tax-not-a-rate": 26, "totals-differ": 4}
