"""The change check: would an item's next invoice go through?

A one-line order for the item, with its price of today and the company's default taxes, is mapped with the
organisation's accounts and rates as a real one would be. Nothing is sent, and nothing is kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

import simplejson

from xero_connector.clock import Clock
from xero_connector.mapping.document import DocumentPlan, Facts
from xero_connector.mapping.invoice import to_invoice
from xero_connector.mapping.item import xero_code
from xero_connector.mapping.money import ZERO, cents, decimal_of
from xero_connector.mapping.problem import MappingError, Problem
from xero_connector.store.protocol import Doc, Store
from xero_connector.sync.errors import ODD_DATA
from xero_connector.sync.item_facts import ItemFacts
from xero_connector.sync.reference import load_books

TEMPLATE = "Sales Taxes and Charges Template"
ANY_PRICE = Decimal(1)
"""What an item without a price is checked with: its account and tax can be wrong all the same."""


@dataclass(frozen=True)
class SaleCheck:
	"""What was found: what is in the way, or the invoice that would be sent.

	Money in the organisation's base currency; ``price`` as it stands in ERPNext, ``None`` if there is none.
	"""

	currency: str
	price: Decimal | None
	problems: list[Problem] = field(default_factory=list)
	invoice: DocumentPlan | None = None

	@property
	def line(self) -> Mapping[str, Any]:
		"""The item's line on the invoice; empty where there is none."""
		return self.invoice.payload["LineItems"][0] if self.invoice else {}


def check(store: Store, clock: Clock, organisation: str, item: str) -> SaleCheck:
	"""Check the sale of an item. Raises ``LookupError`` for one that is not there."""
	settings, doc = store.get("Xero Organisation", organisation), store.get("Item", item)
	if settings is None or doc is None:
		raise LookupError(f"There is no Item {item}, or no Xero Organisation {organisation}.")
	return check_sale(ItemFacts(store, clock, settings, load_books(store, organisation)), doc)


def check_sale(facts: ItemFacts, item: Doc) -> SaleCheck:
	"""Check the sale of an item, with the organisation's books at hand."""
	price, currency = facts.price(item), facts.books.base_currency
	template = _default_template(facts)
	problems: list[Problem] = []
	invoice = None
	try:
		facts.element(item)
	except MappingError as error:
		problems += error.problems
	try:
		order = _order(facts, item, ANY_PRICE if price is None else price, template)
		invoice = to_invoice(order, "", facts.books, _facts_of(facts, item, order))
		invoice.payload["LineItems"][0]["ItemCode"] = xero_code(item)
	except MappingError as error:
		problems += [_placed(problem, item, template) for problem in error.problems]
	except ODD_DATA as error:
		problems.append(_odd(item, error))
	return SaleCheck(currency, price, problems, None if problems else invoice)


def in_words(found: SaleCheck) -> str:
	"""What is in the way, with what to do about it; empty where nothing is."""
	return " ".join(f"{problem.message} {problem.advice}" for problem in found.problems)


def _default_template(facts: ItemFacts) -> Doc | None:
	"""The taxes that an order of the company starts with."""
	wanted = {"company": facts.settings.get("company"), "is_default": 1, "disabled": 0}
	found = facts.store.find(TEMPLATE, wanted, fields=["name"], limit=1)
	return facts.store.get(TEMPLATE, found[0]["name"]) if found else None


def _order(facts: ItemFacts, item: Doc, price: Decimal, template: Doc | None) -> Doc:
	"""One piece of the item, ordered today, as ERPNext would calculate it."""
	own = facts.tax_template(item, facts.groups(item))
	rates = {str(row["tax_type"]): decimal_of(row.get("tax_rate")) for row in (own or {}).get("taxes") or []}
	rows = [dict(row) for row in (template or {}).get("taxes") or []]
	heads = {row["account_head"] for row in rows}
	# ERPNext adds what only the item's template names, unless its Accounts Settings say otherwise.
	rows += [
		{"charge_type": "On Net Total", "account_head": head, "description": head, "rate": ZERO}
		for head in rates
		if head not in heads
	]
	net = _calculate(rows, rates, price)
	included = any(row.get("included_in_print_rate") for row in rows)
	on_top = [row["tax_amount"] for row in rows if not row.get("included_in_print_rate")]
	return {
		"doctype": "Sales Order",
		"name": f"Check of {item['name']}"[:140],
		"company": facts.settings.get("company"),
		"transaction_date": facts.clock.today().isoformat(),
		"currency": facts.books.base_currency,
		"conversion_rate": 1,
		"disable_rounded_total": 1,
		"taxes_and_charges": (template or {}).get("name"),
		"items": [
			{
				"item_code": item["item_code"],
				"item_name": item.get("item_name"),
				"description": item.get("description"),
				"item_group": item.get("item_group"),
				"qty": 1,
				"rate": price,
				"amount": cents(price),
				"net_amount": net,
				"item_tax_rate": simplejson.dumps(rates, use_decimal=True),
			}
		],
		"taxes": rows,
		"net_total": net,
		"grand_total": sum(on_top, cents(price) if included else net),
	}


def _calculate(rows: Sequence[dict[str, Any]], rates: Mapping[str, Decimal], price: Decimal) -> Decimal:
	"""Put the amounts of one piece into the rows of a taxes table; returns its worth without tax."""
	percent = [rates.get(row["account_head"], decimal_of(row.get("rate"))) for row in rows]
	included = [rate for row, rate in zip(rows, percent, strict=True) if row.get("included_in_print_rate")]
	net = cents(price / (1 + sum(included, ZERO) / 100))
	total, totals = net, list[Decimal]()
	for row, rate in zip(rows, percent, strict=True):
		at = int(row.get("row_id") or 0) - 1
		kind, known = row["charge_type"], 0 <= at < len(totals)
		if kind == "Actual":
			amount = decimal_of(row.get("tax_amount"))
		elif kind == "On Item Quantity":
			amount = rate
		elif kind == "On Previous Row Amount":
			amount = rows[at]["tax_amount"] * rate / 100 if known else ZERO
		else:
			worth = totals[at] if kind == "On Previous Row Total" and known else net
			amount = worth * rate / 100
		row["tax_amount"] = row["tax_amount_after_discount_amount"] = cents(amount)
		total += row["tax_amount"]
		totals.append(total)
	return net


def _facts_of(facts: ItemFacts, item: Doc, order: Doc) -> Facts:
	heads = {str(row["account_head"]) for row in order["taxes"]}
	accounts = {head: facts.store.get("Account", head) or {} for head in sorted(heads)}
	return Facts(
		account_types={head: str(account.get("account_type") or "") for head, account in accounts.items()},
		item_groups={str(item["item_code"]): [group["name"] for group in facts.groups(item)]},
	)


def _placed(problem: Problem, item: Doc, template: Doc | None) -> Problem:
	"""A problem of the order that was made up, said of what a person can change."""
	if problem.doctype != "Sales Order":
		return problem
	if problem.field == "taxes" and template:
		return replace(problem, doctype=TEMPLATE, name=str(template["name"]))
	return replace(problem, doctype="Item", name=str(item["name"]))


def _odd(item: Doc, error: Exception) -> Problem:
	message = f"The sale of {item['name']} cannot be checked: {type(error).__name__}: {error}."
	advice = "Look for what is unusual about the item, its price or its taxes."
	return Problem("not-understood", message, advice, "Item", str(item["name"]), "name")
