"""ERPNext's own arithmetic is the judge: documents of a real ERPNext 15, and what Xero makes of them.

``tools/make_judge_data.py`` made the documents: orders, quotations, invoices, returns, and orders that are
billed in parts. Each is mapped, sent to the simulator, and what that computes is held against ERPNext's
numbers: the amount owed, the tax of each rate, the dates. Nothing here asks the mapping what it expects. With
``-s`` the counts are printed.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.conftest import World
from tests.mapping.kit import CONTACT, RATES, assert_known, books, d, half_up
from xero_connector.mapping.books import Books, TaxRate
from xero_connector.mapping.document import DocumentPlan, Facts
from xero_connector.mapping.invoice import to_credit_note, to_invoice
from xero_connector.mapping.problem import MappingError
from xero_connector.mapping.quote import to_quote
from xero_connector.simulator.kinds import TAX_RATE
from xero_connector.xero.reading import write_json

FOLDER = Path(__file__).parents[1] / "data" / "erpnext"
ZERO = Decimal(0)
VAT, EXEMPT, REDUCED, LEVY = "VAT - HLS", "VAT Exempt - HLS", "VAT Reduced - HLS", "Levy - HLS"
SALES_TAX = TaxRate("TAX001", d("8.875"), "Sales Tax 8.875%")
CHARGES = {"Freight and Forwarding Charges - HLS": "265", "Handling - HLS": "260"}
BOOKS = books(
	accounts=CHARGES,
	taxes={
		(VAT, ZERO): "ZERORATEDOUTPUT",
		(REDUCED, ZERO): "ZERORATEDOUTPUT",
		(EXEMPT, ZERO): "EXEMPTOUTPUT",
	},
	rates={**RATES, SALES_TAX.tax_type: SALES_TAX},
)
TOGETHER = TaxRate("TAX002", d("25"), "VAT and levy 25%", components=(d("20"), d("5")))
ON_TOP = TaxRate("TAX003", d("21"), "VAT and levy on it 21%", components=(d("20"), d("5")))
FULLER_BOOKS = replace(
	BOOKS,
	accounts={**CHARGES, VAT: "270", LEVY: "270"},
	rates={**BOOKS.rates, TOGETHER.tax_type: TOGETHER, ON_TOP.tax_type: ON_TOP},
)
"""With a rate for each combination of taxes, and an account for taxes that are no rate."""
CENT = d("0.01")
WRONG, HELD = "wrong", "held"
EQUAL, OWN_ROUNDING, TAX_DIFFERS, ROUNDING_LINE = (
	"equal",
	"equal but for the line of ERPNext's own rounding to coins",
	"tax differs by cents, the amount owed does not",
	"rounding line",
)

OWN_CENTS = "cents by which ERPNext's invoices are not its order: each rounds by itself"
COPIED = "ERPNext copied a fixed charge or tax onto each invoice"
SHIFTED = "a fixed charge or discount is taxed by the goods of its invoice, which are not all of the order's"
Doc = Mapping[str, Any]


class Kind(NamedTuple):
	"""What a document becomes in Xero: the endpoint, xero-python's model, the mapping."""

	path: str
	model: str
	map: Callable[..., DocumentPlan]


INVOICE = Kind("Invoices", "Invoice", to_invoice)
KINDS = {
	"orders": INVOICE,
	"quotations": Kind("Quotes", "Quote", to_quote),
	"invoices": INVOICE,
	"returns": Kind("CreditNotes", "CreditNote", to_credit_note),
	"invoices of a part": INVOICE,
}
COUNTS = {
	"orders": {
		EQUAL: 213,
		OWN_ROUNDING: 50,
		ROUNDING_LINE: 42,
		TAX_DIFFERS: 29,
		f"{HELD}: several-taxes": 28,
		f"{HELD}: tax-not-a-rate": 28,
		f"{HELD}: totals-differ": 2,
	},
	"quotations": {
		EQUAL: 111,
		OWN_ROUNDING: 24,
		ROUNDING_LINE: 23,
		TAX_DIFFERS: 8,
		f"{HELD}: several-taxes": 14,
		f"{HELD}: tax-not-a-rate": 14,
		f"{HELD}: totals-differ": 2,
	},
	"invoices": {
		EQUAL: 113,
		OWN_ROUNDING: 31,
		ROUNDING_LINE: 12,
		TAX_DIFFERS: 11,
		f"{HELD}: several-taxes": 14,
		f"{HELD}: tax-not-a-rate": 14,
		f"{HELD}: totals-differ": 1,
	},
	"returns": {
		EQUAL: 70,
		OWN_ROUNDING: 15,
		ROUNDING_LINE: 12,
		TAX_DIFFERS: 9,
		f"{HELD}: several-taxes": 9,
		f"{HELD}: tax-not-a-rate": 8,
		f"{HELD}: totals-differ": 1,
	},
	"invoices of a part": {
		EQUAL: 85,
		OWN_ROUNDING: 15,
		ROUNDING_LINE: 11,
		TAX_DIFFERS: 11,
		f"{HELD}: several-taxes": 9,
		f"{HELD}: tax-not-a-rate": 8,
		f"{HELD}: totals-differ": 1,
	},
}
PARTS = {
	OWN_CENTS: 20,
	EQUAL: 17,
	HELD: 9,
	COPIED: 8,
	SHIFTED: 2,
}
FULLER_COUNTS = {
	"orders": {
		EQUAL: 43,
		OWN_ROUNDING: 4,
		ROUNDING_LINE: 6,
		TAX_DIFFERS: 3,
	},
	"quotations": {
		EQUAL: 19,
		OWN_ROUNDING: 3,
		ROUNDING_LINE: 5,
		TAX_DIFFERS: 1,
	},
	"invoices": {
		EQUAL: 19,
		OWN_ROUNDING: 7,
		ROUNDING_LINE: 1,
		TAX_DIFFERS: 1,
	},
	"returns": {
		EQUAL: 11,
		OWN_ROUNDING: 3,
		ROUNDING_LINE: 3,
	},
	"invoices of a part": {
		EQUAL: 11,
		OWN_ROUNDING: 2,
		ROUNDING_LINE: 2,
		TAX_DIFFERS: 2,
	},
}
NO_RATE = ("Actual", "On Item Quantity")


@dataclass
class Verdict:
	"""What became of a document. ``taxes``: by rate in percent, what ERPNext says and what Xero says;
	``total``: what Xero says is owed, if it is not held.
	"""

	name: str
	outcome: str
	taxes: dict[Decimal, tuple[Decimal, Decimal]] = field(default_factory=dict)
	total: Decimal | None = None


def read_file(name: str) -> dict[str, Any]:
	return dict(json.loads((FOLDER / f"{name}.json").read_text()))


def read_documents(source: str) -> list[Doc]:
	"""All documents of one of the ``KINDS``."""
	if source == "orders":
		return [made["order"] for made in read_file("sales_orders")["orders"]]
	if source == "quotations":
		return [made["quotation"] for made in read_file("quotations")["quotations"]]
	if source == "invoices of a part":
		return [doc for made in read_file("orders_in_parts")["orders"] for doc in made["invoices"]]
	made = read_file("sales_invoices")["invoices"]
	return [doc for row in made for doc in (row["returns"] if source == "returns" else [row["invoice"]])]


ACCOUNT_TYPES: dict[str, str] = read_file("sales_orders")["account_types"]


def exact(number: float) -> Decimal:
	return Decimal(str(number))


def given(doc: Doc, amount: float) -> Decimal:
	"""An amount of the document; ERPNext says what a return gives back below zero."""
	return -exact(amount) if doc.get("is_return") else exact(amount)


def tax_by_rate(doc: Doc) -> dict[Decimal, Decimal]:
	"""ERPNext's tax of each rate that has any, not rounded, in the document's currency. Several taxes on an
	item are one, of the rate that they come to; what is no rate is left out.
	"""
	found: dict[Decimal, Decimal] = defaultdict(Decimal)
	on_items = item_taxes(doc)
	for row in tax_rows(doc):
		for code, (rate, amount) in row["item_wise_tax_detail"].items():
			whole = combined_rate(on_items, code) if row in on_items else exact(rate)
			if row["charge_type"] not in NO_RATE:
				found[whole.normalize()] += given(doc, amount) / exact(doc["conversion_rate"])
	return {rate: amount for rate, amount in found.items() if half_up(amount)}


def combined_rate(taxes: list[Doc], code: str) -> Decimal:
	"""What several taxes on an item come to, in percent; one of them may be taken of the one before."""
	whole = ZERO
	for row in taxes:
		rate = exact(row["item_wise_tax_detail"][code][0])
		whole += rate * whole / 100 if row["charge_type"] == "On Previous Row Amount" else rate
	return whole


def item_taxes(doc: Doc) -> list[Doc]:
	"""The taxes on items, in percent: all but those that are taken of a charge alone."""
	taxes = tax_rows(doc)
	return [
		row
		for row in taxes
		if row["charge_type"] not in NO_RATE
		and (row["charge_type"] != "On Previous Row Amount" or doc["taxes"][int(row["row_id"]) - 1] in taxes)
	]


def tax_in_xero(record: Mapping[str, Any]) -> dict[Decimal, Decimal]:
	"""Xero's tax of each rate that has any."""
	found: dict[Decimal, Decimal] = defaultdict(Decimal)
	for line in record["LineItems"]:
		found[FULLER_BOOKS.rates[line["TaxType"]].rate.normalize()] += line["TaxAmount"]
	return {rate: amount for rate, amount in found.items() if amount}


def owed(doc: Doc) -> Decimal:
	return half_up(given(doc, doc["rounded_total"] or doc["grand_total"]))


def judge(doc: Doc, record: Mapping[str, Any]) -> Verdict:
	"""Hold what Xero computed against the document."""
	rows = record["LineItems"]
	ours, theirs = tax_by_rate(doc), tax_in_xero(record)
	taxes = {rate: (ours.get(rate, ZERO), theirs.get(rate, ZERO)) for rate in {*ours, *theirs}}
	rounding = sum((row["LineAmount"] for row in rows if row["AccountCode"] == "860"), ZERO)
	beyond = rounding - half_up(given(doc, doc["rounding_adjustment"]))
	wrong = unlike(doc, record)
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
	return Verdict(doc["name"], outcome, taxes, record["Total"])


def unlike(doc: Doc, record: Mapping[str, Any]) -> list[str]:
	"""What Xero may not say otherwise than ERPNext: what is owed, when, in which money, and for what."""
	rate, nets = exact(doc["conversion_rate"]), nets_in_xero(record)
	sold = [row for row in doc["items"] if not row.get("is_alternative")]
	checks = {
		"owed": record["Total"] == owed(doc),
		"dates": {name: record[name][:10] for name in dates(doc)} == dates(doc),
		"currency": record["CurrencyCode"] == doc["currency"],
		"exchange rate": abs(record["CurrencyRate"] * rate - 1) < d("0.000001"),
		"items": nets.keys() == {row["item_code"] for row in sold},
		"worth of an item": all(
			abs(nets[row["item_code"]] - half_up(given(doc, row["net_amount"]))) <= CENT for row in sold
		),
	}
	return [name for name, holds in checks.items() if not holds]


def dates(doc: Doc) -> dict[str, str]:
	"""By Xero's name: the day of the document, and when it is due or expires. A return is never due."""
	if doc["doctype"] == "Quotation":
		return {"Date": doc["transaction_date"], "ExpiryDate": doc["valid_till"]}
	if doc.get("is_return"):
		return {"Date": doc["posting_date"]}
	due = max(part["due_date"] for part in doc["payment_schedule"])
	assert doc.get("due_date", due) == due
	return {"Date": doc.get("posting_date") or doc["transaction_date"], "DueDate": due}


def nets_in_xero(record: Mapping[str, Any]) -> dict[str, Decimal]:
	"""What each item came to without tax."""
	inclusive = record["LineAmountTypes"].casefold() == "inclusive"
	return {
		row["ItemCode"]: row["LineAmount"] - (row["TaxAmount"] if inclusive else ZERO)
		for row in record["LineItems"]
		if "ItemCode" in row
	}


def leeway(rows: list[dict[str, Any]], rate: Decimal) -> Decimal:
	"""How far rounding can take the tax of a rate: a cent a line, and the last half cent of the sum."""
	return CENT * sum(FULLER_BOOKS.rates[row["TaxType"]].rate == rate for row in rows) + CENT / 2


def held(doc: Doc, error: MappingError) -> Verdict:
	"""A document that is not sent: wrong, unless what ERPNext stored says the same."""
	(cause,) = {problem.cause for problem in error.problems}
	outcome = f"{HELD}: {cause}" if TRUE[cause](doc) else f"{WRONG}: held by {cause}"
	return Verdict(doc["name"], outcome)


def tax_rows(doc: Doc) -> list[Doc]:
	return [row for row in doc["taxes"] if ACCOUNT_TYPES[row["account_head"]] == "Tax"]


def has_two_taxes_on_an_item(doc: Doc) -> bool:
	"""More than one tax row took something of the same item."""
	split = [row["item_wise_tax_detail"] for row in item_taxes(doc)]
	taxed = Counter(code for row in split for code, (_, amount) in row.items() if amount)
	return max(taxed.values(), default=0) > 1


def has_a_tax_without_a_rate(doc: Doc) -> bool:
	return any(row["charge_type"] in NO_RATE for row in tax_rows(doc))


def is_held_for_its_taxes(doc: Doc) -> bool:
	return has_two_taxes_on_an_item(doc) or has_a_tax_without_a_rate(doc)


def does_not_add_up(doc: Doc) -> bool:
	"""ERPNext's own lines, charges and taxes are not its own grand total."""
	parts = [exact(row["net_amount"]) for row in doc["items"] if not row.get("is_alternative")]
	parts += [exact(row["tax_amount_after_discount_amount"]) for row in doc["taxes"]]
	return abs(sum(parts) - exact(doc["grand_total"])) > BOOKS.rounding_limit


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


def print_counts(source: str, verdicts: list[Verdict]) -> None:
	counts = Counter(verdict.outcome for verdict in verdicts)
	print(f"\n{len(verdicts)} {source}")
	for outcome, count in counts.most_common():
		print(f"{count:5} {outcome}")
	off = [pair for verdict in verdicts if verdict.outcome == TAX_DIFFERS for pair in verdict.taxes.values()]
	here, there = (half_up(sum((pair[side] for pair in off), ZERO)) for side in (0, 1))
	most = max((abs(half_up(one) - other) for one, other in off), default=ZERO)
	print(
		f"Where only the tax differs it is {here} in ERPNext and {there} in Xero, at most {most} in a rate."
	)


@pytest.fixture
def contact(world: World) -> str:
	"""The customer of all the documents; the organisation also gets the items and the rates they need."""
	with world.simulator.store.transaction():
		xero = world.simulator.books(world.tenant, world.simulator.now())
		for rate in (SALES_TAX, TOGETHER, ON_TOP):
			told = {"TaxType": rate.tax_type, "Name": rate.name}
			percent = {"EffectiveRate": rate.rate, "DisplayTaxRate": rate.rate}
			xero.save(TAX_RATE, xero.one(TAX_RATE, "OUTPUT2") | told | percent)
	codes = {row["item_code"] for source in KINDS for doc in read_documents(source) for row in doc["items"]}
	send(world, "Items", [{"Code": code, "Name": code} for code in sorted(codes)])
	return str(send(world, "Contacts", [{"Name": "Judge Test Customer"}])[0]["ContactID"])


def verdicts(
	source: str, world: World, contact: str, books: Books = BOOKS, only: Callable[[Doc], bool] = bool
) -> list[Verdict]:
	"""What became of every document, first the held ones."""
	kind = KINDS[source]
	found, sent, payloads = [], [], []
	for doc in filter(only, read_documents(source)):
		try:
			plan = kind.map(doc, contact, books, Facts(ACCOUNT_TYPES))
		except MappingError as error:
			found.append(held(doc, error))
			continue
		assert_known(plan.payload, kind.model)
		sent.append(doc)
		payloads.append(plan.payload)
	records = send(world, kind.path, payloads)
	return found + [judge(doc, record) for doc, record in zip(sent, records, strict=True)]


@pytest.mark.parametrize("source", KINDS)
def test_xero_makes_of_every_document_what_erpnext_made_of_it(
	source: str, world: World, contact: str
) -> None:
	found = verdicts(source, world, contact)
	print_counts(source, found)
	assert not [verdict for verdict in found if verdict.outcome.startswith(WRONG)]
	assert Counter(verdict.outcome for verdict in found) == COUNTS[source]


def fixed(doc: Doc) -> Decimal:
	"""What stands in the document as a fixed amount: charges and taxes, less a discount."""
	amounts = [exact(row["tax_amount"]) for row in doc["taxes"] if row["charge_type"] == "Actual"]
	if not doc.get("additional_discount_percentage"):
		amounts.append(-exact(doc["discount_amount"]))
	return sum(amounts, ZERO)


def judge_parts(order: Doc, invoices: list[Doc], verdicts: Mapping[str, Verdict]) -> str:
	"""Whether Xero's invoices of an order come to the order, and if not, what ERPNext did."""
	totals = [verdicts[doc["name"]].total for doc in invoices]
	if None in totals:
		return HELD
	difference = sum((total for total in totals if total), ZERO) - owed(order)
	if difference != sum(map(owed, invoices), ZERO) - owed(order):
		return f"{WRONG}: {order['name']}"
	if not difference:
		return EQUAL
	if sum(map(fixed, invoices), ZERO) != fixed(order):
		return COPIED
	coins = sum(abs(exact(doc["rounding_adjustment"])) for doc in [order, *invoices])
	lines = sum(len(doc["items"]) + len(doc["taxes"]) for doc in [order, *invoices])
	cents = coins + CENT * lines
	if abs(difference) <= cents:
		return OWN_CENTS
	rates = {exact(rate) for row in tax_rows(order) for rate, _ in row["item_wise_tax_detail"].values()}
	if len(rates) > 1 and abs(difference) <= cents + abs(fixed(order)) * max(rates) / 100:
		return SHIFTED
	return f"{WRONG}: {order['name']} {difference}"


def test_the_invoices_of_an_order_come_to_the_order(world: World, contact: str) -> None:
	"""Else ERPNext's own invoices do not either: each rounds by itself, fixed amounts are copied whole."""
	found = {verdict.name: verdict for verdict in verdicts("invoices of a part", world, contact)}
	made = read_file("orders_in_parts")["orders"]
	counts = Counter(judge_parts(row["order"], row["invoices"], found) for row in made)
	print(f"\n{len(made)} orders in parts")
	for outcome, count in counts.most_common():
		print(f"{count:5} {outcome}")
	assert not [outcome for outcome in counts if outcome.startswith(WRONG)]
	assert counts == PARTS


@pytest.mark.parametrize("source", KINDS)
def test_several_taxes_and_fixed_ones_go_where_the_books_know_them(
	source: str, world: World, contact: str
) -> None:
	"""Several taxes on a line take the rate that they come to; a fixed tax is a line on its account."""
	found = verdicts(source, world, contact, FULLER_BOOKS, only=is_held_for_its_taxes)
	print_counts(f"{source} with several taxes or a fixed one", found)
	assert not [verdict for verdict in found if verdict.outcome.startswith(WRONG)]
	assert Counter(verdict.outcome for verdict in found) == FULLER_COUNTS[source]


@pytest.mark.parametrize(
	("table", "tax_type"), [("zero-rated", "ZERORATEDOUTPUT"), ("exempt", "EXEMPTOUTPUT"), ("no tax", None)]
)
def test_no_tax_for_the_right_reason(table: str, tax_type: str | None) -> None:
	"""Zero-rated, exempt and untaxed come to the same amount, and are different things to a tax office."""
	orders = [made["order"] for made in read_file("sales_orders")["orders"] if made["table"] == table]
	plans = [to_invoice(order, CONTACT, BOOKS, Facts(ACCOUNT_TYPES)) for order in orders]
	lines = [line for plan in plans for line in plan.payload["LineItems"] if "ItemCode" in line]
	assert lines
	assert {line.get("TaxType") for line in lines} == {tax_type}
