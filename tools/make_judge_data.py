"""Have a real ERPNext 15 calculate several hundred varied sales documents, and save them as the tests' judge.

Needs a bench with a site on which ERPNext is installed and nothing has been entered yet, as
``make_demo_data.py`` does. From the bench's ``sites`` folder::

	../env/bin/python TOOL SITE FOLDER

where TOOL is this file; the project keeps FOLDER as ``tests/data/erpnext``. Everything is made in one
transaction and rolled back. Each kind of taxes table meets each way a site may round; lines, discounts,
currency and terms are drawn from ``--seed``. The same seed gives the same files:

``sales_orders.json``
	Sales Orders.
``quotations.json``
	Quotations.
``sales_invoices.json``
	Sales Invoices, half of them with their ``returns``: of all, of a part, of a part and then the rest.
``orders_in_parts.json``
	Sales Orders with the two or three Sales Invoices that bill them, made from the order one after the other.

A file holds what the connector reads of a document, its totals, and ``item_wise_tax_detail``: ERPNext's own
split of each tax row over the items, in the company's currency.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import frappe
from erpnext.accounts.doctype.sales_invoice.sales_invoice import make_sales_return
from erpnext.selling.doctype.sales_order.sales_order import make_sales_invoice
from frappe.custom.doctype.property_setter.property_setter import make_property_setter
from make_demo_data import (
	ABBR,
	COMPANY,
	COST_CENTER,
	CURRENCY,
	DEBTORS,
	FREIGHT,
	REFERENCE_DATE,
	VAT,
	Values,
	insert,
	make_accounts,
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
SET = "JUDGE-SET"
"""A product bundle of the first two items."""


class Goods(NamedTuple):
	"""What documents are made of: the items, and how many lines there may be."""

	codes: list[str]
	lines: tuple[int, ...]


MANY = Goods(ITEMS, (1, 2, 2, 3, 3, 5, 5, 8, 12, 20))
FEW = Goods([*ITEMS, SET], (1, 2, 2, 3, 3, 5, 8))


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
TABLE_OF_ROWS = {
	"items": """item_code item_name qty price_list_rate rate amount net_amount item_tax_rate
		is_free_item is_alternative sales_order""".split(),
	"taxes": """charge_type account_head description rate row_id included_in_print_rate tax_amount
		tax_amount_after_discount_amount item_wise_tax_detail""".split(),
	"payment_schedule": ["due_date", "payment_amount"],
	"packed_items": ["parent_item", "item_code", "qty", "rate"],
}
KEPT = """doctype name docstatus company customer quotation_to party_name transaction_date valid_till
	posting_date due_date is_return return_against debit_to currency conversion_rate apply_discount_on
	additional_discount_percentage discount_amount net_total total_taxes_and_charges grand_total
	disable_rounded_total rounding_adjustment rounded_total write_off_amount total_advance
	outstanding_amount""".split()


class Case(NamedTuple):
	"""What a document is to show: how the site rounds (name and settings), and the kind of taxes table."""

	setting: str
	site: Site
	table: str

	def row(self, **made: Any) -> Values:
		"""A row of a file."""
		return {"site": self.setting, "table": self.table, **made}


def main() -> None:
	"""Command line: see the module."""
	parser = argparse.ArgumentParser(description="Have ERPNext calculate varied sales documents, as JSON.")
	parser.add_argument("site")
	parser.add_argument("folder", type=Path)
	parser.add_argument("--seed", type=int, default=5)
	given = parser.parse_args()
	folder = given.folder.resolve()
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
		for at, (name, (rows, make)) in enumerate(FILES.items()):
			frappe.db.savepoint("masters")
			write(folder / f"{name}.json", rows, list(make(Random(given.seed + at))))
			frappe.db.rollback(save_point="masters")
	finally:
		frappe.db.rollback()
		frappe.clear_cache()
		frappe.destroy()


def make_masters() -> None:
	"""What the documents name: accounts, customers, items, templates."""
	make_accounts()
	parents = {"Tax": f"Duties and Taxes - {ABBR}", "Income Account": f"Direct Income - {ABBR}"}
	for account, kind in ACCOUNTS.items():
		insert(
			"Account",
			account_name=short(account),
			company=COMPANY,
			parent_account=parents.get(kind, f"Indirect Expenses - {ABBR}"),
			account_type=kind,
		)
	customer = {"customer_group": "Commercial", "territory": "All Territories"}
	insert("Customer", customer_name=CUSTOMER, **customer)
	for currency in FOREIGN:
		receivable = [{"company": COMPANY, "account": DEBTORS[currency]}]
		named = {"customer_name": customer_of(currency), "default_currency": currency}
		insert("Customer", **customer, **named, accounts=receivable)
	for code in [*ITEMS, SET]:
		insert("Item", item_code=code, item_group="Services", stock_uom="Hour", is_stock_item=0)
	parts = [{"item_code": code, "qty": at} for at, code in enumerate(ITEMS[:2], 1)]
	insert("Product Bundle", new_item_code=SET, items=parts)
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
	# a customer whose receivable is in the company's currency is billed in others too
	single = "allow_multi_currency_invoices_against_single_party_account"
	frappe.db.set_single_value("Accounts Settings", single, 1)
	# parts of a line, each rounded, may come to a cent more than the line
	frappe.db.set_single_value("Accounts Settings", "over_billing_allowance", 1)


def customer_of(currency: str) -> str:
	"""The customer whose receivable is in this foreign currency."""
	return f"{CUSTOMER} {currency}"


def template_of(rates: dict[str, float]) -> str:
	"""The title of the Item Tax Template with these rates."""
	return "Judge " + ", ".join(f"{short(account)} {rate}" for account, rate in rates.items())


def short(account: str) -> str:
	"""The account's name without the company."""
	return account.removesuffix(f" - {ABBR}")


def each_case(rounds: int = 1) -> Iterator[Case]:
	"""Each way a site may round × each taxes table × ``rounds``. The site is set to it."""
	for setting, site in SITES.items():
		set_site(site)
		for table in list(TABLES) * rounds:
			yield Case(setting, site, table)


def set_site(site: Site) -> None:
	"""Set the site; rolled back with everything else."""
	frappe.db.set_single_value("System Settings", "rounding_method", site.rounding)
	frappe.db.set_single_value("Accounts Settings", "round_row_wise_tax", site.by_row)
	frappe.db.set_value(
		"Currency", {"name": ("in", [CURRENCY, *FOREIGN])}, "smallest_currency_fraction_value", site.coin
	)
	frappe.db.set_default("float_precision", site.quantity_places)
	frappe.db.set_default("currency_precision", site.amount_places)
	for doctype in ("Sales Order Item", "Quotation Item", "Sales Invoice Item"):
		for field in ("rate", "price_list_rate"):
			make_property_setter(doctype, field, "precision", str(site.price_places), "Select")
	frappe.clear_cache()
	frappe.db.value_cache.clear()
	frappe.local.system_settings = None


def make_orders(dice: Random) -> Iterator[Values]:
	"""Sales Orders, two of each case."""
	for at, case in enumerate(each_case(rounds=2), 1):
		asked = ask(dice, "Sales Order", case, MANY)
		yield case.row(order=tidy(submit(frappe.get_doc(asked), f"SO-JUDGE-{at:04d}")))


def make_quotations(dice: Random) -> Iterator[Values]:
	"""Quotations, one of each case; some offer an alternative, which their total leaves out."""
	for at, case in enumerate(each_case(), 1):
		asked = ask(dice, "Quotation", case, FEW)
		if len(asked["items"]) > 1 and dice.random() < 0.2:
			asked["items"][-1]["is_alternative"] = 1
		yield case.row(quotation=tidy(submit(frappe.get_doc(asked), f"QTN-JUDGE-{at:04d}")))


def make_invoices(dice: Random) -> Iterator[Values]:
	"""Sales Invoices, one of each case, and returns of every second one."""
	pay_ahead()
	for at, case in enumerate(each_case(), 1):
		with_returns = at % 2 == list(SITES).index(case.setting) % 2
		yield until_accepted(partial(make_invoice, dice, f"SI-JUDGE-{at:04d}", case, with_returns))


def make_invoice(dice: Random, name: str, case: Case, with_returns: bool) -> Values:
	"""A Sales Invoice and its credit notes."""
	asked = ask(dice, "Sales Invoice", case, FEW)
	choose_customer(dice, asked)
	settle(dice, asked)
	invoice = submit(frappe.get_doc(asked), name)
	returns = make_returns(dice, invoice, case.site) if with_returns else []
	return case.row(invoice=tidy(invoice), returns=returns)


def make_orders_in_parts(dice: Random) -> Iterator[Values]:
	"""Two Sales Orders for each taxes table, billed by two Sales Invoices or by three."""
	cases = (case for at, case in enumerate(each_case()) if (at - at // len(TABLES)) % len(SITES) in (0, 3))
	for at, case in enumerate(cases, 1):
		make = partial(make_order_in_parts, dice, f"SO-PART-{at:04d}", case)
		yield until_accepted(partial(make, parts=2 + at % 2, fixed_once=at % 3 > 0))


def make_order_in_parts(dice: Random, name: str, case: Case, parts: int, fixed_once: bool) -> Values:
	"""A Sales Order and its invoices."""
	asked = ask(dice, "Sales Order", case, FEW)
	choose_customer(dice, asked)
	order = submit(frappe.get_doc(asked), name)
	return case.row(order=tidy(order), invoices=bill_in_parts(dice, order, case.site, parts, fixed_once))


def until_accepted(make: Callable[[], Values]) -> Values:
	"""What was made at last, after what ERPNext itself refuses: its ledger may not balance."""
	while True:
		frappe.db.savepoint("untried")
		try:
			return make()
		except frappe.ValidationError as refusal:
			print(f"drawn again: {refusal}")
			frappe.db.rollback(save_point="untried")


# by file: what its rows are called, and what makes them
FILES: dict[str, tuple[str, Callable[[Random], Iterator[Values]]]] = {
	"sales_orders": ("orders", make_orders),
	"quotations": ("quotations", make_quotations),
	"sales_invoices": ("invoices", make_invoices),
	"orders_in_parts": ("orders", make_orders_in_parts),
}


def ask(dice: Random, doctype: str, case: Case, goods: Goods) -> Values:
	"""What a person types in: an order, a quotation or an invoice."""
	rows, own_rates = TABLES[case.table]
	site = case.site
	items = make_items(dice, site, own_rates, goods)
	# of tax rounded by row, ERPNext keeps the split only in the company's currency
	currency = CURRENCY if site.by_row else dice.choice([CURRENCY] * 3 + [*FOREIGN])
	day = REFERENCE_DATE - timedelta(days=dice.randrange(90))
	party = {"quotation_to": "Customer", "party_name": CUSTOMER}
	return {
		"doctype": doctype,
		"company": COMPANY,
		**(party if doctype == "Quotation" else {"customer": CUSTOMER}),
		"currency": currency,
		"conversion_rate": FOREIGN.get(currency, 1),
		"ignore_pricing_rule": 1,
		**dated(doctype, day),
		"payment_terms_template": dice.choice([None, *TERMS]),
		"disable_rounded_total": int(dice.random() < (0.5 if site.coin == 0.01 else 0.2)),
		"items": items,
		"taxes": [make_tax(dice, row) for row in rows],
		**make_discount(dice, items),
	}


def dated(doctype: str, day: date) -> Values:
	"""The document's dates."""
	if doctype == "Sales Invoice":
		return {"set_posting_time": 1, "posting_date": day.isoformat()}
	later = "valid_till" if doctype == "Quotation" else "delivery_date"
	return {"transaction_date": day.isoformat(), later: (day + timedelta(days=7)).isoformat()}


def submit(document: Any, name: str) -> Any:
	"""The document as ERPNext calculates, names and submits it."""
	document.insert(set_name=name)
	document.submit()
	document.reload()
	return document


def choose_customer(dice: Random, asked: Values) -> None:
	"""In another currency, half of the time one whose receivable is in it."""
	if asked["currency"] != CURRENCY and dice.random() < 0.5:
		asked["customer"] = customer_of(asked["currency"])


def settle(dice: Random, asked: Values) -> None:
	"""When an invoice is due, and what was paid or is forgiven on the day: that is owed all the same."""
	if not asked["payment_terms_template"] and dice.random() < 0.5:
		asked["due_date"] = (date.fromisoformat(asked["posting_date"]) + timedelta(days=14)).isoformat()
	way = dice.choice(["nothing"] * 8 + ["advance", "write off"])
	if way == "advance" and asked["currency"] == CURRENCY:
		asked["allocate_advances_automatically"] = 1
	if way == "write off":
		asked |= {
			"write_off_amount": round(dice.uniform(0.01, 0.05), 2),
			"write_off_account": f"Write Off - {ABBR}",
			"write_off_cost_center": COST_CENTER,
		}


def pay_ahead() -> None:
	"""A payment that invoices may take as their advance."""
	amount = 1000000.0
	payment = insert(
		"Payment Entry",
		payment_type="Receive",
		posting_date=(REFERENCE_DATE - timedelta(days=120)).isoformat(),
		company=COMPANY,
		party_type="Customer",
		party=CUSTOMER,
		paid_from=DEBTORS[CURRENCY],
		paid_to=f"Cash - {ABBR}",
		paid_amount=amount,
		received_amount=amount,
	)
	payment.submit()


def make_returns(dice: Random, invoice: Any, site: Site) -> list[Values]:
	"""The credit notes of an invoice: of all of it, of a part, or of a part and then the rest."""
	way = dice.choice(["whole", "whole", "part", "part and rest"])
	share = 1.0 if way == "whole" else round(dice.uniform(0.2, 0.8), 2)
	shares = [share, 1 - share] if way == "part and rest" else [share]
	made = []
	for at, fixed in enumerate(shares, 1):
		document = make_sales_return(invoice.name)
		document.update({**dated("Sales Invoice", REFERENCE_DATE), "due_date": None})
		document.update({"allocate_advances_automatically": 0, "advances": []})
		if at == 1 and way != "whole":
			take_part(dice, document, site)
		keep_of_fixed(document, fixed)
		made.append(tidy(submit(document, f"{invoice.name}-R{at}")))
	return made


def bill_in_parts(dice: Random, order: Any, site: Site, parts: int, fixed_once: bool) -> list[Values]:
	"""The invoices of an order: parts of its lines, and at last what is left.

	ERPNext puts a fixed discount onto the first only, but fixed charges onto each of them. ``fixed_once``:
	somebody noticed, and leaves those on the first one too.
	"""
	made = []
	for at in range(1, parts + 1):
		document = make_sales_invoice(order.name)
		day = date.fromisoformat(str(order.transaction_date)) + timedelta(days=7 * at)
		document.update({**dated("Sales Invoice", day), "due_date": None})
		if at < parts:
			take_part(dice, document, site)
		keep_of_fixed(document, 0 if fixed_once and at > 1 else 1)
		made.append(tidy(submit(document, f"{order.name}-{at}")))
	return made


def take_part(dice: Random, document: Any, site: Site) -> None:
	"""Only a part of the lines: the first, most of the others, and less of each."""
	document.items = [row for row in document.items if row.idx == 1 or dice.random() < 0.8]
	for row in document.items:
		row.qty = round(row.qty * dice.uniform(0.2, 0.8), site.quantity_places) or row.qty


def keep_of_fixed(document: Any, share: float) -> None:
	"""Only this share, 0 to 1, of the charges and the discount that are fixed amounts."""
	for row in document.taxes:
		if row.charge_type == "Actual":
			row.tax_amount = round(row.tax_amount * share, 2)
	if not document.additional_discount_percentage:
		document.discount_amount = round((document.discount_amount or 0) * share, 2)


def make_items(
	dice: Random, site: Site, own_rates: tuple[dict[str, float], ...], goods: Goods
) -> list[Values]:
	"""One to twenty lines, each of another item; sometimes one that is free, or takes something off."""
	rows = []
	for at, code in enumerate(dice.sample(goods.codes, dice.choice(goods.lines))):
		whole = [1.0, 2.0, 3.0, 7.0, 12.0]
		parts = [round(dice.uniform(0.001, 30), site.quantity_places) for _ in range(3)]
		row: Values = {"item_code": code, "qty": dice.choice([*whole, *parts])}
		scale = dice.choice([20.0, 1.0, 0.1]) if at else 20.0  # so that the whole is more than nothing
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
	"""A discount on the whole document, for two in five."""
	if dice.random() < 0.6:
		return {}
	on = {"apply_discount_on": dice.choice(["Net Total", "Grand Total"])}
	if dice.random() < 0.5:
		return {**on, "additional_discount_percentage": dice.choice([1.5, 5, 7.25, 10])}
	first = items[0]
	worth = first["qty"] * first["price_list_rate"] * 0.3
	return {**on, "discount_amount": round(max(worth, 0.05) * dice.uniform(0.05, 1), 2)}


def tidy(document: Any) -> Values:
	"""Only what is kept of a document."""
	stored = document.as_dict(convert_dates_to_str=True)
	kept = keep(stored, KEPT)
	for table, fields in TABLE_OF_ROWS.items():
		if stored.get(table) or table != "packed_items":
			kept[table] = [keep(row, fields) for row in stored[table]]
	return kept


def keep(stored: Values, fields: list[str]) -> Values:
	"""These fields, without what is empty."""
	kept = {field: stored[field] for field in fields if stored.get(field) not in (None, "")}
	if "item_wise_tax_detail" in kept:
		split = json.loads(kept["item_wise_tax_detail"])
		kept["item_wise_tax_detail"] = {code: [rate, round(tax, 8)] for code, (rate, tax) in split.items()}
	return kept


def write(file: Path, rows: str, made: list[Values]) -> None:
	"""One row a line, so that a difference can be read."""
	lines = ",\n".join(json.dumps(row, sort_keys=True, separators=(",", ":")) for row in made)
	types = json.dumps(account_types())
	file.parent.mkdir(parents=True, exist_ok=True)
	file.write_text(f'{{"account_types":{types},\n"{rows}":[\n{lines}\n]}}\n', encoding="utf-8")
	print(f"{file.name}: {len(made)} {rows}, {file.stat().st_size} bytes")


def account_types() -> dict[str, str]:
	"""The Account type of each head in the taxes tables."""
	heads = sorted({row["account_head"] for rows, _ in TABLES.values() for row in rows})
	return {head: frappe.db.get_value("Account", head, "account_type") or "" for head in heads}


if __name__ == "__main__":
	main()
