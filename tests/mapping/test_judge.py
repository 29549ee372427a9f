"""ERPNext's own arithmetic is the judge: orders that a real ERPNext 15 calculated, and what Xero makes of it.

``tools/make_judge_data.py`` made the orders. Each is mapped, sent to the simulator, and what that computes is
held against ERPNext's numbers: the amount owed, the tax of each rate, the due date. Nothing here asks the
mapping what it expects. With ``-s`` the counts are printed.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import World
from tests.mapping.kit import CONTACT, RATES, assert_known, books, d, half_up
from xero_connector.mapping.books import TaxRate
from xero_connector.mapping.document import Facts
from xero_connector.mapping.invoice import to_invoice
from xero_connector.mapping.problem import MappingError
from xero_connector.simulator.kinds import TAX_RATE
from xero_connector.xero.reading import write_json

FILE = Path(__file__).parents[1] / "data" / "erpnext" / "sales_orders.json"
ZERO = Decimal(0)
VAT, EXEMPT, REDUCED = "VAT - HLS", "VAT Exempt - HLS", "VAT Reduced - HLS"
SALES_TAX = TaxRate("TAX001", d("8.875"), "Sales Tax 8.875%")
BOOKS = books(
	accounts={"Freight and Forwarding Charges - HLS": "265", "Handling - HLS": "260"},
	taxes={
		(VAT, ZERO): "ZERORATEDOUTPUT",
		(REDUCED, ZERO): "ZERORATEDOUTPUT",
		(EXEMPT, ZERO): "EXEMPTOUTPUT",
	},
	rates={**RATES, SALES_TAX.tax_type: SALES_TAX},
)
CENT = d("0.01")
WRONG, HELD = "wrong", "held"
EQUAL, OWN_ROUNDING, TAX_DIFFERS, ROUNDING_LINE = (
	"equal",
	"equal but for the line of ERPNext's own rounding to coins",
	"tax differs by cents, the amount owed does not",
	"rounding line",
)

COUNTS = {
	EQUAL: 213,
	OWN_ROUNDING: 50,
	ROUNDING_LINE: 42,
	TAX_DIFFERS: 29,
	f"{HELD}: several-taxes": 28,
	f"{HELD}: tax-not-a-rate": 28,
	f"{HELD}: totals-differ": 2,
}


@dataclass
class Verdict:
	"""What became of one order. ``taxes``: by rate in percent, what ERPNext says and what Xero says."""

	name: str
	outcome: str
	taxes: dict[Decimal, tuple[Decimal, Decimal]] = field(default_factory=dict)


def read_judged() -> dict[str, Any]:
	return dict(json.loads(FILE.read_text()))


def exact(number: float) -> Decimal:
	return Decimal(str(number))


def tax_by_rate(order: Mapping[str, Any], account_types: Mapping[str, str]) -> dict[Decimal, Decimal]:
	"""ERPNext's tax of each rate that has any, not rounded, in the order's currency."""
	found: dict[Decimal, Decimal] = defaultdict(Decimal)
	for row in order["taxes"]:
		if account_types[row["account_head"]] == "Tax":
			for rate, amount in row["item_wise_tax_detail"].values():
				found[exact(rate).normalize()] += exact(amount) / exact(order["conversion_rate"])
	return {rate: amount for rate, amount in found.items() if half_up(amount)}


def tax_in_xero(invoice: Mapping[str, Any]) -> dict[Decimal, Decimal]:
	"""Xero's tax of each rate that has any."""
	found: dict[Decimal, Decimal] = defaultdict(Decimal)
	for line in invoice["LineItems"]:
		found[BOOKS.rates[line["TaxType"]].rate.normalize()] += line["TaxAmount"]
	return {rate: amount for rate, amount in found.items() if amount}


def owed(order: Mapping[str, Any]) -> Decimal:
	return half_up(exact(order["rounded_total"] or order["grand_total"]))


def judge(made: Mapping[str, Any], invoice: Mapping[str, Any], types: Mapping[str, str]) -> Verdict:
	"""Hold what Xero computed against the order."""
	order, rows = made["order"], invoice["LineItems"]
	ours, theirs = tax_by_rate(order, types), tax_in_xero(invoice)
	taxes = {rate: (ours.get(rate, ZERO), theirs.get(rate, ZERO)) for rate in {*ours, *theirs}}
	rounding = sum((row["LineAmount"] for row in rows if row["AccountCode"] == "860"), ZERO)
	beyond = rounding - half_up(exact(order["rounding_adjustment"]))
	wrong = unlike(order, invoice)
	if any(abs(there - here) > leeway(rows, rate) for rate, (here, there) in taxes.items()):
		wrong.append("tax")
	if abs(beyond) > BOOKS.rounding_limit:
		wrong.append(f"a rounding line of {rounding}")
	if wrong:
		outcome = f"{WRONG}: {', '.join(wrong)}"
	elif beyond:
		outcome = ROUNDING_LINE
	elif any(abs(there - here) > CENT / 2 for here, there in taxes.values()):
		outcome = TAX_DIFFERS
	else:
		outcome = OWN_ROUNDING if rounding else EQUAL
	return Verdict(order["name"], outcome, taxes)


def unlike(order: Mapping[str, Any], invoice: Mapping[str, Any]) -> list[str]:
	"""What Xero may not say otherwise than ERPNext: what is owed, when, in which money, and for what."""
	rate = exact(order["conversion_rate"])
	checks = {
		"owed": invoice["Total"] == owed(order),
		"due date": invoice["DueDate"][:10] == max(part["due_date"] for part in order["payment_schedule"]),
		"currency": invoice["CurrencyCode"] == order["currency"],
		"exchange rate": abs(invoice["CurrencyRate"] * rate - 1) < d("0.000001"),
		"items": nets_in_xero(invoice).keys() == {row["item_code"] for row in order["items"]},
		"worth of an item": all(
			abs(nets_in_xero(invoice)[row["item_code"]] - half_up(exact(row["net_amount"]))) <= CENT
			for row in order["items"]
		),
	}
	return [name for name, holds in checks.items() if not holds]


def nets_in_xero(invoice: Mapping[str, Any]) -> dict[str, Decimal]:
	"""What each item came to without tax."""
	inclusive = invoice["LineAmountTypes"] == "Inclusive"
	return {
		row["ItemCode"]: row["LineAmount"] - (row["TaxAmount"] if inclusive else ZERO)
		for row in invoice["LineItems"]
		if "ItemCode" in row
	}


def leeway(rows: list[dict[str, Any]], rate: Decimal) -> Decimal:
	"""How far rounding can take the tax of a rate: a cent a line, and the last half cent of the sum."""
	return CENT * sum(BOOKS.rates[row["TaxType"]].rate == rate for row in rows) + CENT / 2


def held(made: Mapping[str, Any], error: MappingError, types: Mapping[str, str]) -> Verdict:
	"""An order that is not sent: wrong, unless what ERPNext stored says the same."""
	(cause,) = {problem.cause for problem in error.problems}
	outcome = f"{HELD}: {cause}" if TRUE[cause](made["order"], types) else f"{WRONG}: held by {cause}"
	return Verdict(made["order"]["name"], outcome)


def has_two_taxes_on_an_item(order: Mapping[str, Any], types: Mapping[str, str]) -> bool:
	"""More than one tax row took something of the same item."""
	split = [row["item_wise_tax_detail"] for row in order["taxes"] if types[row["account_head"]] == "Tax"]
	taxed = Counter(code for row in split for code, (_, amount) in row.items() if amount)
	return max(taxed.values()) > 1


def has_a_tax_without_a_rate(order: Mapping[str, Any], types: Mapping[str, str]) -> bool:
	kinds = {row["charge_type"] for row in order["taxes"] if types[row["account_head"]] == "Tax"}
	return bool(kinds & {"Actual", "On Item Quantity"})


def does_not_add_up(order: Mapping[str, Any], types: Mapping[str, str]) -> bool:
	"""ERPNext's own lines, charges and taxes are not its own grand total."""
	parts = [exact(row["net_amount"]) for row in order["items"]]
	parts += [exact(row["tax_amount_after_discount_amount"]) for row in order["taxes"]]
	return abs(sum(parts) - exact(order["grand_total"])) > BOOKS.rounding_limit


TRUE = {
	"several-taxes": has_two_taxes_on_an_item,
	"tax-not-a-rate": has_a_tax_without_a_rate,
	"totals-differ": does_not_add_up,
}
"""Whether a cause is true, by what ERPNext stored."""


def send(world: World, path: str, elements: list[dict[str, Any]]) -> list[dict[str, Any]]:
	"""Create records in batches of fifty, as the engine does; answers them in the same order."""
	found: list[dict[str, Any]] = []
	for at in range(0, len(elements), 50):
		answer = world.api.send(
			"PUT",
			path,
			write_json({path: elements[at : at + 50]}),
			key=f"{path} {at}",
			params={"summarizeErrors": "false", "unitdp": 4},
		)
		found += answer.records(path)
	for element in found:
		assert element["StatusAttributeString"] == "OK", element
	return found


def print_counts(verdicts: list[Verdict]) -> None:
	counts = Counter(verdict.outcome for verdict in verdicts)
	print(f"\n{len(verdicts)} orders")
	for outcome, count in counts.most_common():
		print(f"{count:5} {outcome}")
	off = [pair for verdict in verdicts if verdict.outcome == TAX_DIFFERS for pair in verdict.taxes.values()]
	here, there = (half_up(sum(numbers)) for numbers in zip(*off, strict=True))
	most = max(abs(half_up(one) - other) for one, other in off)
	print(
		f"Where only the tax differs it is {here} in ERPNext and {there} in Xero, at most {most} in a rate."
	)


@pytest.fixture
def contact(world: World) -> str:
	"""The customer of all the orders; the organisation also gets the items and the rate they need."""
	with world.simulator.store.transaction():
		xero = world.simulator.books(world.tenant, world.simulator.now())
		rate = xero.one(TAX_RATE, "OUTPUT2") | {
			"TaxType": SALES_TAX.tax_type,
			"Name": SALES_TAX.name,
			"EffectiveRate": SALES_TAX.rate,
			"DisplayTaxRate": SALES_TAX.rate,
		}
		xero.save(TAX_RATE, rate)
	codes = {row["item_code"] for made in read_judged()["orders"] for row in made["order"]["items"]}
	send(world, "Items", [{"Code": code, "Name": code} for code in sorted(codes)])
	return str(send(world, "Contacts", [{"Name": "Judge Test Customer"}])[0]["ContactID"])


@pytest.fixture
def verdicts(world: World, contact: str) -> list[Verdict]:
	"""What became of every order, first the held ones."""
	judged = read_judged()
	types = judged["account_types"]
	found, sent, payloads = [], [], []
	for made in judged["orders"]:
		try:
			plan = to_invoice(made["order"], contact, BOOKS, Facts(types))
		except MappingError as error:
			found.append(held(made, error, types))
			continue
		assert_known(plan.payload, "Invoice")
		sent.append(made)
		payloads.append(plan.payload)
	invoices = send(world, "Invoices", payloads)
	return found + [judge(made, invoice, types) for made, invoice in zip(sent, invoices, strict=True)]


def test_xero_makes_of_every_order_what_erpnext_made_of_it(verdicts: list[Verdict]) -> None:
	print_counts(verdicts)
	assert not [verdict for verdict in verdicts if verdict.outcome.startswith(WRONG)]
	assert Counter(verdict.outcome for verdict in verdicts) == COUNTS


@pytest.mark.parametrize(
	("table", "tax_type"), [("zero-rated", "ZERORATEDOUTPUT"), ("exempt", "EXEMPTOUTPUT"), ("no tax", None)]
)
def test_no_tax_for_the_right_reason(table: str, tax_type: str | None) -> None:
	"""Zero-rated, exempt and untaxed come to the same amount, and are different things to a tax office."""
	judged = read_judged()
	orders = [made["order"] for made in judged["orders"] if made["table"] == table]
	plans = [to_invoice(order, CONTACT, BOOKS, Facts(judged["account_types"])) for order in orders]
	lines = [line for plan in plans for line in plan.payload["LineItems"] if "ItemCode" in line]
	assert lines
	assert {line.get("TaxType") for line in lines} == {tax_type}
