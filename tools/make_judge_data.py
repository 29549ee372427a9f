"""Have a real ERPNext 15 calculate a few hundred varied Sales Orders, and save them as the tests' judge.

Needs a bench with a site on which ERPNext is installed and nothing has been entered yet, as
``make_demo_data.py`` does. From the bench's ``sites`` folder::

	../env/bin/python TOOL SITE FILE

where TOOL is this file; the project keeps FILE as ``tests/data/erpnext/sales_orders.json``. Everything is
made in one transaction and rolled back. Each kind of taxes table meets each way a site may round; lines,
discounts, currency and terms are drawn from ``--seed``. The same seed gives the same file.

The file holds what the connector reads of an order, its totals, and ``item_wise_tax_detail``: ERPNext's own
split of each tax row over the items, in the company's currency.
"""

from __future__ import annotations

import argparse
import json
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import frappe
from frappe.custom.doctype.property_setter.property_setter import make_property_setter
from make_demo_data import (
	ABBR,
	COMPANY,
	COST_CENTER,
	CURRENCY,
	FREIGHT,
	REFERENCE_DATE,
	VAT,
	Values,
	insert,
	set_up_company,
)

CUSTOMER = "Judge Test Customer"
EXEMPT, LEVY, REDUCED = f"VAT Exempt - {ABBR}", f"Levy - {ABBR}", f"VAT Reduced - {ABBR}"
PACKING, HANDLING, SALES_TAX = f"Packing - {ABBR}", f"Handling - {ABBR}", f"Sales Tax - {ABBR}"
ACCOUNTS = {
	EXEMPT: "Tax",
	LEVY: "Tax",
	REDUCED: "Tax",
	SALES_TAX: "Tax",
	PACKING: "Chargeable",
	HANDLING: "Income Account",
}
FOREIGN = {"USD": 0.7609, "EUR": 0.878843}
TERMS = {
	"Judge 30 days": [(100, 30)],
	"Judge deposit": [(30, 0), (70, 30)],
	"Judge thirds": [(33.33, 10), (33.33, 40), (33.34, 70)],
}
ITEMS = [f"JUDGE-{at:02d}" for at in range(1, 23)]


class Site(NamedTuple):
	"""How the site is set: rounding, the smallest coin (zero: whole units), and places after the point."""

	rounding: str = "Banker's Rounding"
	by_row: int = 0
	coin: float = 0.01
	quantity_places: int = 3
	price_places: int = 2
	amount_places: int = 2


SITES = {
	"half to even": Site(),
	"half up": Site("Commercial Rounding"),
	"tax rounded by row": Site("Commercial Rounding", by_row=1),
	"whole coins": Site(coin=0.0),
	"coins of 0.05": Site("Commercial Rounding", coin=0.05),
	"fine prices": Site(quantity_places=6, price_places=6),
	"amounts of four places": Site("Commercial Rounding", quantity_places=4, price_places=4, amount_places=4),
}


def tax(account: str, rate: float, on: str = "On Net Total", row: int | None = None, **more: Any) -> Values:
	"""A row of the taxes table."""
	return {"charge_type": on, "account_head": account, "rate": rate, "row_id": row, **more}


def actual(account: str, most: float = 60.0) -> Values:
	"""A fixed amount, to be drawn between nothing and ``most``."""
	return tax(account, 0, "Actual", most=most)


INCLUDED = {"included_in_print_rate": 1}
OVER, OF = "On Previous Row Total", "On Previous Row Amount"
# by kind: the rows, and the rates that items may have of their own in it
MIXED = ({}, {}, {VAT: 5}, {VAT: 0})
BY_ACCOUNT = ({}, {VAT: 0, REDUCED: 5}, {VAT: 0, REDUCED: 0})
TABLES: dict[str, tuple[list[Values], tuple[dict[str, float], ...]]] = {
	"no tax": ([], ()),
	"one rate": ([tax(VAT, 20)], ()),
	"one rate of odd cents": ([tax(SALES_TAX, 8.875)], ()),
	"rates by item": ([tax(VAT, 20)], MIXED),
	"included": ([tax(VAT, 20, **INCLUDED)], ()),
	"included, rates by item": ([tax(VAT, 20, **INCLUDED)], MIXED),
	"zero-rated": ([tax(VAT, 0)], ()),
	"exempt": ([tax(EXEMPT, 0)], ()),
	"one of two is zero": ([tax(LEVY, 0), tax(VAT, 20)], ()),
	"an account for each rate": ([tax(VAT, 20), tax(REDUCED, 0)], BY_ACCOUNT),
	"charge, untaxed": ([tax(VAT, 20), actual(FREIGHT)], MIXED),
	"charge, taxed with the goods": ([actual(FREIGHT), tax(VAT, 20, OVER, 1)], ()),
	"charge, taxed with goods of several rates": ([actual(FREIGHT), tax(VAT, 20, OVER, 1)], MIXED),
	"charge, taxed by itself": ([tax(VAT, 20), actual(FREIGHT), tax(VAT, 20, OF, 2)], ()),
	"charge, taxed by itself, rates by item": ([tax(VAT, 20), actual(FREIGHT), tax(VAT, 20, OF, 2)], MIXED),
	"charge beside included": ([tax(VAT, 20, **INCLUDED), actual(FREIGHT)], MIXED),
	"charge beside included, taxed": (
		[tax(VAT, 20, **INCLUDED), actual(FREIGHT), tax(VAT, 20, OF, 2)],
		(),
	),
	"two charges, taxed": ([actual(FREIGHT), actual(PACKING), tax(VAT, 20, OVER, 2)], ()),
	"two charges, one taxed": ([actual(FREIGHT), actual(PACKING), tax(VAT, 20, OVER, 1)], ()),
	"only the charge is taxed": ([actual(FREIGHT), tax(VAT, 20, OF, 1)], ()),
	"charge that takes off": ([actual(FREIGHT, -5.0), tax(VAT, 20, OVER, 1)], ()),
	"charge in percent, taxed": ([tax(HANDLING, 2.5), tax(VAT, 20, OVER, 1)], ()),
	"charge in percent alone": ([tax(HANDLING, 5)], ()),
	"charge in percent, included": ([tax(HANDLING, 2.5, **INCLUDED), tax(VAT, 20, OVER, 1, **INCLUDED)], ()),
	"two taxes": ([tax(VAT, 20), tax(LEVY, 5)], ()),
	"tax on tax": ([tax(VAT, 20), tax(LEVY, 5, OF, 1)], ()),
	"fixed tax": ([tax(VAT, 20), actual(VAT, 9.0)], ()),
	"tax by quantity": ([tax(LEVY, 0.35, "On Item Quantity")], ()),
}
KEPT = {
	"order": """doctype name docstatus company customer transaction_date currency conversion_rate
		apply_discount_on additional_discount_percentage discount_amount net_total total_taxes_and_charges
		grand_total disable_rounded_total rounding_adjustment rounded_total""".split(),
	"items": """item_code item_name qty price_list_rate rate amount net_amount item_tax_rate
		is_free_item""".split(),
	"taxes": """charge_type account_head description rate row_id included_in_print_rate tax_amount
		tax_amount_after_discount_amount item_wise_tax_detail""".split(),
	"payment_schedule": ["due_date", "payment_amount"],
}


def main() -> None:
	"""Command line: see the module."""
	parser = argparse.ArgumentParser(description="Have ERPNext calculate varied Sales Orders, as JSON.")
	parser.add_argument("site")
	parser.add_argument("file", type=Path)
	parser.add_argument("--seed", type=int, default=5)
	parser.add_argument("--rounds", type=int, default=2, help="orders for each site and taxes table")
	given = parser.parse_args()
	file = given.file.resolve()
	frappe.init(given.site, sites_path=".")
	frappe.connect()
	try:
		frappe.set_user("Administrator")
		frappe.flags.mute_emails = True
		frappe.flags.mute_messages = True
		set_up_company()
		if frappe.db.count("Sales Order"):
			raise SystemExit("This site holds orders already: take a new one.")
		make_masters()
		write(file, make_orders(Random(given.seed), given.rounds))
	finally:
		frappe.db.rollback()
		frappe.clear_cache()
		frappe.destroy()


def make_masters() -> None:
	"""What the orders name: accounts, a customer, items, templates."""
	parents = {"Tax": f"Duties and Taxes - {ABBR}", "Income Account": f"Direct Income - {ABBR}"}
	for account, kind in ACCOUNTS.items():
		insert(
			"Account",
			account_name=short(account),
			company=COMPANY,
			parent_account=parents.get(kind, f"Indirect Expenses - {ABBR}"),
			account_type=kind,
		)
	insert("Customer", customer_name=CUSTOMER, customer_group="Commercial", territory="All Territories")
	for code in ITEMS:
		insert("Item", item_code=code, item_group="Services", stock_uom="Hour", is_stock_item=0)
	own = {template_of(rates): rates for _, choices in TABLES.values() for rates in choices if rates}
	for title, rates in own.items():
		taxes = [{"tax_type": account, "tax_rate": rate} for account, rate in rates.items()]
		insert("Item Tax Template", title=title, company=COMPANY, taxes=taxes)
	for title, parts in TERMS.items():
		based_on = "Day(s) after invoice date"
		terms = [
			{"invoice_portion": part, "due_date_based_on": based_on, "credit_days": days}
			for part, days in parts
		]
		insert("Payment Terms Template", template_name=title, terms=terms)
	frappe.db.set_single_value("Selling Settings", "allow_negative_rates_for_items", 1)


def template_of(rates: dict[str, float]) -> str:
	"""The title of the Item Tax Template with these rates."""
	return "Judge " + ", ".join(f"{short(account)} {rate}" for account, rate in rates.items())


def short(account: str) -> str:
	"""The account's name without the company."""
	return account.removesuffix(f" - {ABBR}")


def make_orders(dice: Random, rounds: int) -> list[Values]:
	"""Each site's way to round × each taxes table × ``rounds``."""
	made = []
	for setting, site in SITES.items():
		set_site(site)
		for kind in list(TABLES) * rounds:
			order = make_order(dice, f"SO-JUDGE-{len(made) + 1:04d}", site, kind)
			made.append({"site": setting, "table": kind, "order": order})
	return made


def set_site(site: Site) -> None:
	"""Set the site; rolled back with everything else."""
	frappe.db.set_single_value("System Settings", "rounding_method", site.rounding)
	frappe.db.set_single_value("Accounts Settings", "round_row_wise_tax", site.by_row)
	frappe.db.set_value(
		"Currency", {"name": ("in", [CURRENCY, *FOREIGN])}, "smallest_currency_fraction_value", site.coin
	)
	frappe.db.set_default("float_precision", site.quantity_places)
	frappe.db.set_default("currency_precision", site.amount_places)
	for field in ("rate", "price_list_rate"):
		make_property_setter("Sales Order Item", field, "precision", str(site.price_places), "Select")
	frappe.clear_cache()
	frappe.db.value_cache.clear()
	frappe.local.system_settings = None


def make_order(dice: Random, name: str, site: Site, kind: str) -> Values:
	"""A Sales Order as ERPNext calculates and submits it, cut down to what is kept."""
	rows, own_rates = TABLES[kind]
	items = make_items(dice, site, own_rates)
	# of tax rounded by row, ERPNext keeps the split only in the company's currency
	currency = CURRENCY if site.by_row else dice.choice([CURRENCY] * 3 + [*FOREIGN])
	ordered = REFERENCE_DATE - timedelta(days=dice.randrange(90))
	document = frappe.get_doc(
		{
			"doctype": "Sales Order",
			"company": COMPANY,
			"customer": CUSTOMER,
			"currency": currency,
			"conversion_rate": FOREIGN.get(currency, 1),
			"ignore_pricing_rule": 1,
			"transaction_date": ordered.isoformat(),
			"delivery_date": (ordered + timedelta(days=7)).isoformat(),
			"payment_terms_template": dice.choice([None, *TERMS]),
			"disable_rounded_total": int(dice.random() < (0.5 if site.coin == 0.01 else 0.2)),
			"items": items,
			"taxes": [make_tax(dice, row) for row in rows],
			**make_discount(dice, items),
		}
	)
	document.insert(set_name=name)
	document.submit()
	document.reload()
	return tidy(document.as_dict(convert_dates_to_str=True), "order")


def make_items(dice: Random, site: Site, own_rates: tuple[dict[str, float], ...]) -> list[Values]:
	"""One to twenty lines, each of another item; sometimes one that is free, or takes something off."""
	rows = []
	for at, code in enumerate(dice.sample(ITEMS, dice.choice([1, 2, 2, 3, 3, 5, 5, 8, 12, 20]))):
		whole = [1.0, 2.0, 3.0, 7.0, 12.0]
		parts = [round(dice.uniform(0.001, 30), site.quantity_places) for _ in range(3)]
		row: Values = {"item_code": code, "qty": dice.choice([*whole, *parts])}
		scale = dice.choice([20.0, 1.0, 0.1]) if at else 20.0  # so that the order comes to more than nothing
		price = round(scale * dice.uniform(1, 60), site.price_places)
		row |= make_price(dice, price, site, free=at > 0)
		rates = dice.choice(own_rates) if own_rates else {}
		if rates:
			row["item_tax_template"] = f"{template_of(rates)} - {ABBR}"
		rows.append(row)
	if len(rows) > 1 and dice.random() < 0.12:
		rows[-1] |= {"qty": 1.0, "price_list_rate": 0, "rate": -round(dice.uniform(1, 15), site.price_places)}
		rows[-1].pop("discount_percentage", None)
	return rows


def make_price(dice: Random, price: float, site: Site, free: bool) -> Values:
	"""The price of a line: as listed, less a percentage or an amount, more than listed, or free."""
	way = dice.choice(["listed"] * 4 + ["percent", "percent", "amount", "more"] + ["free"] * free)
	if way == "percent":
		return {"price_list_rate": price, "discount_percentage": dice.choice([2.5, 7, 10, 12.5, 33.333])}
	if way == "amount":
		return {"price_list_rate": price, "rate": round(price * dice.uniform(0.5, 1), site.price_places)}
	if way == "more":
		return {"price_list_rate": price, "rate": round(price * dice.uniform(1, 1.3), site.price_places)}
	if way == "free":
		return {"price_list_rate": 0, "rate": 0, "is_free_item": 1}
	return {"price_list_rate": price, "rate": price}


def make_tax(dice: Random, row: Values) -> Values:
	"""A row of the taxes table, a fixed amount drawn."""
	filled = {key: value for key, value in row.items() if key != "most"}
	if "most" in row:
		filled["tax_amount"] = round(row["most"] * dice.uniform(0.01, 1), 2)
	return {**filled, "description": short(row["account_head"]), "cost_center": COST_CENTER}


def make_discount(dice: Random, items: list[Values]) -> Values:
	"""A discount on the whole order, for two orders in five."""
	if dice.random() < 0.6:
		return {}
	on = {"apply_discount_on": dice.choice(["Net Total", "Grand Total"])}
	if dice.random() < 0.5:
		return {**on, "additional_discount_percentage": dice.choice([1.5, 5, 7.25, 10])}
	first = items[0]
	worth = first["qty"] * first["price_list_rate"] * 0.3
	return {**on, "discount_amount": round(max(worth, 0.05) * dice.uniform(0.05, 1), 2)}


def tidy(document: Values, part: str) -> Values:
	"""Only what is kept, without what is empty."""
	kept: Values = {}
	for field in KEPT[part]:
		if document.get(field) not in (None, ""):
			kept[field] = document[field]
	if "item_wise_tax_detail" in kept:
		split = json.loads(kept["item_wise_tax_detail"])
		kept["item_wise_tax_detail"] = {code: [rate, round(tax, 8)] for code, (rate, tax) in split.items()}
	if part == "order":
		for table in ("items", "taxes", "payment_schedule"):
			kept[table] = [tidy(row, table) for row in document[table]]
	return kept


def write(file: Path, orders: list[Values]) -> None:
	"""One order a line, so that a difference can be read."""
	heads = sorted({tax["account_head"] for made in orders for tax in made["order"]["taxes"]})
	types = {head: frappe.db.get_value("Account", head, "account_type") or "" for head in heads}
	lines = ",\n".join(json.dumps(made, sort_keys=True, separators=(",", ":")) for made in orders)
	file.parent.mkdir(parents=True, exist_ok=True)
	file.write_text(f'{{"account_types":{json.dumps(types)},\n"orders":[\n{lines}\n]}}\n', encoding="utf-8")
	print(f"{file.name}: {len(orders)} orders, {file.stat().st_size} bytes")


if __name__ == "__main__":
	main()
