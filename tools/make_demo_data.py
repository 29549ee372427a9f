"""Make the bundled demo data: documents of a small UK company, calculated by a real ERPNext 15.

Needs a bench with a site of its own on which ERPNext is installed and nothing has been entered yet; the
connector need not be installed there. From the bench's ``sites`` folder::

	../env/bin/python TOOL SITE FOLDER

where TOOL is this file and FOLDER takes one JSON file per doctype (the project keeps them in
``xero_connector/demo/data``). A site without a company gets one first, as the setup wizard would make it;
that stays. Everything else is made in one transaction, dumped, and rolled back, so that a second run on the
same site gives the same files. ``--keep`` commits instead, to look at the documents in the desk; such a site
cannot be used for another run.

All dates are counted from ``REFERENCE_DATE``, names are given or follow from the data, and the random names
of child rows are replaced by ones computed from their place: the same ERPNext gives the same files on any
day.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import frappe
from erpnext.accounts.doctype.sales_invoice.sales_invoice import make_sales_return
from erpnext.selling.doctype.quotation.quotation import make_sales_order
from erpnext.selling.doctype.sales_order.sales_order import make_sales_invoice

Values = dict[str, Any]

COMPANY, ABBR, CURRENCY = "Harbour Lane Supplies Ltd", "HLS", "GBP"
REFERENCE_DATE = date(2026, 11, 20)
VAT, FREIGHT, SALES = f"VAT - {ABBR}", f"Freight and Forwarding Charges - {ABBR}", f"Sales - {ABBR}"
ROUND_OFF, COST_CENTER = f"Round Off - {ABBR}", f"Main - {ABBR}"
DEBTORS = {"GBP": f"Debtors - {ABBR}", "USD": f"Debtors USD - {ABBR}", "EUR": f"Debtors EUR - {ABBR}"}
HOME_PRICES, DOLLAR_PRICES = "Standard Selling", "Export USD"

# date, pounds for a dollar, pounds for a euro
EXCHANGE_RATES = (
	("2026-08-01", 0.7512, 0.8634),
	("2026-09-15", 0.7438, 0.8671),
	("2026-10-15", 0.7561, 0.8702),
	("2026-11-10", 0.7609, 0.8788),
)

DAYS, MONTH_END = "Day(s) after invoice date", "Day(s) after the end of the invoice month"
# template: parts of (percent, days, counted from)
TERMS: dict[str, list[tuple[float, int, str]]] = {
	"Due on receipt": [(100, 0, DAYS)],
	"Net 7": [(100, 7, DAYS)],
	"Net 14": [(100, 14, DAYS)],
	"Net 30": [(100, 30, DAYS)],
	"End of month": [(100, 0, MONTH_END)],
	"30 days EOM": [(100, 30, MONTH_END)],
	"30% deposit, 70% in 30 days": [(30, 0, DAYS), (70, 30, DAYS)],
}
DEPOSIT = "30% deposit, 70% in 30 days"

VAT_20: Values = {"charge_type": "On Net Total", "account_head": VAT, "description": "VAT 20%", "rate": 20}
SHIPPING: Values = {"charge_type": "Actual", "account_head": FREIGHT, "description": "Shipping", "rate": 0}
TAXES: dict[str, list[Values]] = {
	"UK VAT 20%": [VAT_20],
	"UK VAT 20% included": [VAT_20 | {"included_in_print_rate": 1}],
	"UK VAT 20%, shipping taxed": [SHIPPING, VAT_20 | {"charge_type": "On Previous Row Total", "row_id": 1}],
	"UK VAT 20%, shipping untaxed": [VAT_20, SHIPPING],
	"UK VAT 20% included, shipping": [VAT_20 | {"included_in_print_rate": 1}, SHIPPING],
	"Export 0%": [VAT_20 | {"rate": 0, "description": "VAT 0% (export)"}],
	"Export 0%, shipping": [
		SHIPPING,
		VAT_20
		| {
			"charge_type": "On Previous Row Total",
			"row_id": 1,
			"rate": 0,
			"description": "VAT 0% (export)",
		},
	],
}
HOME, INCLUDED = "UK VAT 20%", "UK VAT 20% included"
TAXED_SHIPPING, UNTAXED_SHIPPING = "UK VAT 20%, shipping taxed", "UK VAT 20%, shipping untaxed"
INCLUDED_SHIPPING = "UK VAT 20% included, shipping"
EXPORT, EXPORT_SHIPPING = "Export 0%", "Export 0%, shipping"
ITEM_TAXES = {"VAT 5%": 5, "VAT 0%": 0}


class Article(NamedTuple):
	"""An item for sale: ``price`` in pounds, ``dollars`` where it is on that price list too."""

	code: str
	name: str
	price: float
	description: str
	unit: str = "Nos"
	tax: str | None = None
	dollars: float | None = None
	group: str | None = None


ROPE_HTML = (
	"<div><p>Braided polyester dock line, <strong>12 mm</strong> &times; 10 m.</p>"
	"<ul><li>Spliced eye</li><li>Navy &amp; white</li></ul></div>"
)
PAINT_HTML = (
	'<div class="ql-editor"><p>Hard antifouling, 2.5&nbsp;l</p><p><em>Not for aluminium hulls.</em></p></div>'
)
WORKSHOP = "Workshop"
"""An item group within Services."""

RIG_HTML = "<p>Rigging inspection by the hour, written report included.</p>"
ITEMS = (
	Article("ROPE-12", "Braided Dock Line 12 mm", 24.95, ROPE_HTML, dollars=34.95),
	Article("TAPE-25", "Sail Repair Tape 25 mm", 10.02, "Self-adhesive ripstop, 4.5 m roll"),
	Article("LAMP-DECK", "LED Deck Lamp", 25.06, "<p>LED deck lamp<br>12 V, IP67</p>", dollars=35.49),
	Article("LAMP-CABIN", "LED Cabin Lamp", 25.61, "LED cabin lamp, warm white"),
	Article("LAMP-MAST", "LED Masthead Lamp", 25.63, "LED masthead lamp, 2 nm"),
	Article("SCREW-A4-M5", "Stainless Screw A4 M5 x 40", 0.1875, "A4 stainless, slotted"),
	Article("CABLE-TINNED", "Tinned Marine Cable", 1.2345, "2 x 1.5 mm², per metre", unit="Meter"),
	Article("VARNISH-750", "Yacht Varnish 750 ml", 18.5, "High gloss, six coats recommended"),
	Article("ANTIFOUL-2L5", "Antifouling Paint 2.5 l", 64.33, PAINT_HTML),
	Article("LIFEJACKET-150N", "Lifejacket 150 N", 89.99, "Automatic, with harness loop", dollars=124),
	Article("SEAT-CHILD", "Child Safety Seat", 45.5, "Reduced rate of VAT", tax="VAT 5%"),
	Article("HEAT-LOG", "Heat Logs, 10 kg", 7.45, "Kiln dried, reduced rate of VAT", tax="VAT 5%"),
	Article("BOOK-TIDES-2027", "Tide Tables 2027", 8.99, "Printed book, zero-rated", tax="VAT 0%"),
	Article("CAP-PROMO", "Harbour Lane Cap", 6.5, "Embroidered cap, one size", dollars=9),
	Article("SVC-RIG", "Rigging Inspection", 65, RIG_HTML, unit="Hour"),
	Article("SVC-CONSULT", "Consulting", 92.5, "Consulting, per hour", unit="Hour"),
	Article("STORAGE-M", "Dry Storage per Metre and Month", 33.333, "Covered, per metre", unit="Meter"),
	Article("HIRE-PUMP", "Bilge Pump Hire", 41.75, "Per day, hoses included", unit="Day"),
	Article(
		"SVC-HEATER",
		"Cabin Heater Installation",
		118.4,
		"Per berth, reduced rate of VAT",
		tax="VAT 5%",
		group=WORKSHOP,
	),
)

OFFICE, LEDGER, BUYING = ("Accounts", "Payable"), ("Purchase", "Ledger"), ("Purchasing", "Office")
UK, WORLD = "United Kingdom", "Rest Of The World"
LONG_NAME = "The Incorporated Association of Estuary Pilots, Ferrymen and Lightkeepers of North Kent"


SERIES = {"Sales Order": "SAL-ORD", "Quotation": "SAL-QTN", "Sales Invoice": "ACC-SINV"}


class Buyer(NamedTuple):
	"""A customer; ``where`` is address line 1 and 2, city, county, state, postcode, country."""

	name: str
	currency: str
	terms: str | None
	tax_id: str | None
	where: tuple[str, str, str, str, str, str, str]
	role: tuple[str, str]
	email: str | None
	phone: str | None


# Kestrel Media Group and Hartwell Sims Ltd are in the simulator's demo organisation, under these addresses.
# Nobody can be reached here: phone numbers are of the ranges kept for fiction, tax ids and postcodes made up.
# fmt: off
CUSTOMERS = (
	Buyer("Bramble & Birch Interiors Ltd", "GBP", "Net 30", "GB999000101",
		("14 Milsom Yard", "", "Bath", "Somerset", "", "BA1 9ZZ", UK),
		OFFICE, "accounts@bramblebirch.example", "+44 117 496 0101"),
	Buyer("Kestrel Media Group Ltd", "GBP", "Net 14", "GB999000102",
		("Unit 9, Cable Works", "Canal Street", "London", "Greater London", "", "E1 9ZZ", UK),
		OFFICE, "info@kestrelmedia.example", "+44 20 7946 0102"),
	Buyer("Hartwell Sims Limited", "GBP", "30 days EOM", "GB999000103",
		("3 Tannery Row", "", "Leeds", "West Yorkshire", "", "LS1 9ZZ", UK),
		LEDGER, "info@hartwellsims.example", "+44 113 496 0103"),
	Buyer("Müller & Söhne GmbH", "EUR", "Net 30", "DE999000104",
		("Hafenstraße 27", "Hinterhaus", "Hamburg", "", "Hamburg", "20999", "Germany"),
		("Buchhaltung", ""), "rechnung@mueller-soehne.example", "+49 30 23125 104"),
	Buyer("O'Leary's Boatyard & Chandlery", "GBP", "Net 7", "GB999000105",
		("The Slipway", "Custom House Quay", "Falmouth", "Cornwall", "", "TR11 9ZZ", UK),
		BUYING, "yard@olearys-boatyard.example", "+44 1632 960105"),
	Buyer(LONG_NAME, "GBP", "Net 14", None,
		("Pilot House", "2 Royal Pier Road", "Gravesend", "Kent", "", "DA12 9ZZ", UK),
		("The", "Treasurer"), "treasurer@estuary-pilots.example", "+44 1632 960106"),
	Buyer("Pinecrest Outfitters LLC", "USD", DEPOSIT, "99-0000107",
		("4820 Alder Street", "Suite 210", "Portland", "Multnomah", "Oregon", "97299", "United States"),
		OFFICE, "ap@pinecrest-outfitters.example", "+1 503 555 0107"),
	Buyer("Cascade Ridge Supply Co.", "USD", "Net 30", "99-0000108",
		("77 Front Range Drive", "", "Boulder", "", "Colorado", "80399", "United States"),
		OFFICE, "payables@cascaderidge.example", "+1 303 555 0108"),
	Buyer("Dijkhaven Scheepsbenodigdheden B.V.", "EUR", "Net 14", "NL999000109B01",
		("Maaskade 8", "", "Rotterdam", "", "Zuid-Holland", "3099 ZZ", "Netherlands"),
		("Crediteuren", "Administratie"), "crediteuren@dijkhaven.example", None),
	Buyer("Atelier Côte d'Opale SARL", "EUR", "Due on receipt", "FR99999000110",
		("5 rue des Cordiers", "", "Saint-Malo", "", "Bretagne", "35499", "France"),
		("Service", "Comptabilité"), "compta@cote-opale.example", "+33 1 99 00 01 10"),
	Buyer("Quayside Coffee Roasters", "GBP", "Due on receipt", "GB999000111",
		("Arch 12, Fish Quay", "", "Newcastle upon Tyne", "Tyne and Wear", "", "NE1 9ZZ", UK),
		("The", "Manager"), None, "+44 191 498 0111"),
	Buyer("Saltmarsh Primary School", "GBP", "Net 30", None,
		("School Lane", "", "Maldon", "Essex", "", "CM9 9ZZ", UK),
		("School", "Office"), "office@saltmarsh-school.example", "+44 1632 960112"),
	Buyer("Thistle & Thorn Landscapes", "GBP", "End of month", "GB999000113",
		("41 Burnside", "", "Edinburgh", "Midlothian", "Scotland", "EH1 9ZZ", UK),
		OFFICE, "ledger@thistlethorn.example", "+44 131 496 0113"),
	Buyer("Northgate Dental Practice LLP", "GBP", "Net 14", None,
		("88 Northgate", "First floor", "Chester", "Cheshire", "", "CH1 9ZZ", UK),
		("Practice", "Manager"), "practice@northgate-dental.example", "+44 1632 960114"),
	Buyer("Wm. Pettigrew & Daughters", "GBP", DEPOSIT, "GB999000115",
		("Mill House", "", "Hay-on-Wye", "Herefordshire", "", "HR3 9ZZ", UK),
		LEDGER, "books@pettigrew-daughters.example", "+44 1632 960115"),
	Buyer("Gwynedd Kayak Hire Cyf", "GBP", "Net 7", "GB999000116",
		("Cei Llechi", "", "Caernarfon", "Gwynedd", "Wales", "LL55 9ZZ", UK),
		OFFICE, "cyfrifon@gwyneddkayak.example", "+44 1632 960116"),
	Buyer("Lantern Street Theatre Trust", "GBP", None, "GB999000117",
		("1 Lantern Street", "", "Manchester", "Greater Manchester", "", "M1 9ZZ", UK),
		("Finance", "Office"), "finance@lanternstreet.example", "+44 161 496 0117"),
)
# fmt: on

NET, GRAND = "Net Total", "Grand Total"


class Asked(NamedTuple):
	"""A document to make: ``customer`` is the start of a name, ``taxes`` the template's title."""

	customer: str
	taxes: str | None
	lines: tuple[Values, ...]
	more: Values


def order(customer: str, taxes: str | None, *lines: Values, **more: Any) -> Asked:
	"""An order, a quotation or an invoice. ``shipping`` is the amount of its freight; ``then`` says what
	happens instead of *submit*.
	"""
	return Asked(customer, taxes, lines, more)


def line(item_code: str, qty: float, **more: Any) -> Values:
	"""A line of an order; ``less`` is taken from the list price of each unit, as the desk does it."""
	return {"item_code": item_code, "qty": qty, **more}


def percent_off(base: str, percentage: float) -> Values:
	"""A discount on the whole order, in percent of its net or grand total."""
	return {"apply_discount_on": base, "additional_discount_percentage": percentage}


def amount_off(base: str, amount: float) -> Values:
	"""A discount on the whole order, as an amount in its currency."""
	return {"apply_discount_on": base, "discount_amount": amount}


SECOND_ROLL = line("TAPE-25", 1, description="<p>Second roll</p>")
FREE_CAPS = line("CAP-PROMO", 2, is_free_item=1, rate=0, price_list_rate=0)

# oldest first; the number of an order is its place here
ORDERS = (
	# 1 plain, 2 several lines
	order("Bramble", HOME, line("LIFEJACKET-150N", 2), po_no="BB-4471"),
	order(
		"Hartwell",
		HOME,
		line("ROPE-12", 4),
		line("VARNISH-750", 6),
		line("ANTIFOUL-2L5", 3),
		line("SCREW-A4-M5", 250),
		line("SVC-RIG", 1),
		po_no="PO/2026/0815",
	),
	# 3, 4: discounts on lines, in percent and as an amount
	order(
		"Kestrel Media",
		HOME,
		line("LAMP-DECK", 8, discount_percentage=10),
		line("LAMP-CABIN", 5, discount_percentage=12.5),
		line("SVC-CONSULT", 3),
	),
	order(
		"O'Leary",
		HOME,
		line("LIFEJACKET-150N", 10, less=7.5),
		line("ROPE-12", 12, less=1.05),
		line("TAPE-25", 3),
		po_no="YARD 88",
	),
	# 5 to 8: discounts on the order
	order(
		"Thistle",
		HOME,
		line("TAPE-25", 1),
		line("VARNISH-750", 9),
		line("ROPE-12", 7),
		**percent_off(NET, 5),
	),
	order("Northgate", HOME, line("SVC-CONSULT", 6), line("LAMP-CABIN", 11), **amount_off(NET, 25)),
	order(
		LONG_NAME,
		HOME,
		line("LAMP-MAST", 7),
		line("ROPE-12", 3),
		line("SVC-RIG", 4),
		**percent_off(GRAND, 7.5),
	),
	order(
		"Lantern",
		HOME,
		line("HIRE-PUMP", 3),
		line("CABLE-TINNED", 120),
		line("LAMP-CABIN", 9),
		**amount_off(GRAND, 30.01),
	),
	# 9 to 12: prices include VAT
	order("Quayside", INCLUDED, line("VARNISH-750", 3), line("TAPE-25", 5), line("CAP-PROMO", 7)),
	order(
		"Gwynedd",
		INCLUDED,
		line("LIFEJACKET-150N", 6, discount_percentage=15),
		line("ROPE-12", 9),
		po_no="GKH-12",
	),
	order(
		"Quayside",
		INCLUDED,
		line("LAMP-DECK", 3),
		line("LAMP-CABIN", 3),
		line("HIRE-PUMP", 2),
		**amount_off(GRAND, 12.34),
	),
	order(
		"Gwynedd",
		INCLUDED,
		line("ANTIFOUL-2L5", 2),
		line("VARNISH-750", 5),
		line("TAPE-25", 1),
		**percent_off(NET, 3),
	),
	# 13, 14: several rates
	order("Saltmarsh", HOME, line("SEAT-CHILD", 4), line("HEAT-LOG", 13), line("LIFEJACKET-150N", 3)),
	order(
		"Lantern",
		HOME,
		line("BOOK-TIDES-2027", 15),
		line("HEAT-LOG", 7),
		line("LAMP-CABIN", 2),
		line("SVC-RIG", 1.5),
		po_no="LST-0033",
		**percent_off(NET, 2.5),
	),
	# 15 to 17: shipping with VAT, without, with a discount over all
	order("Bramble", TAXED_SHIPPING, line("ANTIFOUL-2L5", 4), line("ROPE-12", 2), shipping=14.95),
	order("Hartwell", UNTAXED_SHIPPING, line("LIFEJACKET-150N", 5), line("TAPE-25", 4), shipping=9.5),
	order(
		"Thistle",
		TAXED_SHIPPING,
		line("LAMP-DECK", 13),
		line("VARNISH-750", 3),
		shipping=22.4,
		**percent_off(GRAND, 4),
	),
	# 18 to 22: other currencies; 20 to 22 at the pound's prices, converted
	order("Pinecrest", EXPORT, line("LIFEJACKET-150N", 12), line("CAP-PROMO", 30), po_no="PC-100233"),
	order(
		"Cascade",
		EXPORT_SHIPPING,
		line("ROPE-12", 25, discount_percentage=8),
		line("LAMP-DECK", 11),
		shipping=85,
		**percent_off(NET, 1.5),
	),
	order(
		"Müller",
		EXPORT,
		line("LAMP-MAST", 20),
		line("ANTIFOUL-2L5", 6),
		line("SCREW-A4-M5", 400),
		po_no="Best.-Nr. 2026/1187",
	),
	order(
		"Dijkhaven", EXPORT, line("CABLE-TINNED", 33.75), line("SVC-CONSULT", 2.5), line("STORAGE-M", 0.333)
	),
	order("Atelier", HOME, line("LIFEJACKET-150N", 3), line("SEAT-CHILD", 1), line("LAMP-CABIN", 2)),
	# 23: no tax at all
	order(LONG_NAME, None, line("HIRE-PUMP", 5), line("SVC-RIG", 2)),
	# 24: fractions
	order("Northgate", HOME, line("SVC-CONSULT", 2.5), line("STORAGE-M", 0.333), line("CABLE-TINNED", 7.125)),
	# 25 to 27: where the cents are hard
	order("Kestrel Media", HOME, line("TAPE-25", 1), SECOND_ROLL),
	order("O'Leary", HOME, line("LAMP-DECK", 3), line("LAMP-CABIN", 3), line("LAMP-MAST", 1)),
	order(
		"Quayside",
		INCLUDED,
		line("LAMP-DECK", 1),
		line("LAMP-CABIN", 1),
		line("LAMP-MAST", 1),
		line("TAPE-25", 1),
		line("TAPE-25", 2),
	),
	# 28: free goods, both ways
	order("Saltmarsh", HOME, line("VARNISH-750", 10), FREE_CAPS, line("TAPE-25", 1, discount_percentage=100)),
	# 29, 30: totals rounded to whole pounds, up and down
	order("Wm. Pettigrew", HOME, line("LAMP-DECK", 5), line("VARNISH-750", 1), disable_rounded_total=0),
	order(
		"Lantern",
		INCLUDED,
		line("LIFEJACKET-150N", 1),
		line("LAMP-MAST", 2),
		line("TAPE-25", 1),
		disable_rounded_total=0,
	),
	# 31: deposit; 32: shipping beside prices with VAT
	order("Wm. Pettigrew", HOME, line("SVC-RIG", 7.25), line("ANTIFOUL-2L5", 7), po_no="WP/77"),
	order("Gwynedd", INCLUDED_SHIPPING, line("ROPE-12", 2), line("CAP-PROMO", 5), shipping=6.95),
	# 33: cancelled, 34: draft; neither is to be billed
	order("Bramble", HOME, line("LIFEJACKET-150N", 40), then="cancel"),
	order("Thistle", HOME, line("SVC-CONSULT", 12), then="leave"),
)

# Sales of several documents. By place: the first is ordered, the others are not.
QUOTATIONS = (
	order("Bramble", HOME, line("LAMP-DECK", 7), line("ROPE-12", 3), line("SVC-HEATER", 2)),
	order("Cascade", EXPORT, line("LIFEJACKET-150N", 6), line("CAP-PROMO", 12), **percent_off(NET, 2)),
	order("Hartwell", HOME, line("ANTIFOUL-2L5", 5), line("TAPE-25", 2, discount_percentage=7.5)),
)
UPKEEP = order(
	"Northgate",
	HOME,
	line("SVC-RIG", 5),
	line("SVC-HEATER", 3),
	line("STORAGE-M", 9),
	order_type="Maintenance",
	po_no="ND-2026-19",
)
"""An order that is billed by two invoices, as the work gets done."""

OVER_THE_COUNTER = order(
	"Thistle", HOME, line("LIFEJACKET-150N", 4), line("BOOK-TIDES-2027", 6), line("LAMP-CABIN", 3)
)
TO_ROTTERDAM = order("Dijkhaven", EXPORT, line("LAMP-MAST", 9), line("VARNISH-750", 14), po_no="DH 7731")

# what follows only from the day or the machine, and display
NOISE = set(
	"""owner modified_by creation modified lft rgt old_parent other_charges_calculation in_words base_in_words
	address_display shipping_address dispatch_address company_address_display primary_address contact_display
	__onload __last_sync_on""".split()
)
# stock, production and purchasing, which orders of services and of goods without stock keeping do not use
LINE = set(
	"""actual_qty against_blanket_order blanket_order_rate company_total_stock delivered_by_supplier
	ensure_delivery_based_on_produced_serial_no grant_commission gross_profit ordered_qty page_break
	picked_qty planned_qty produced_qty production_plan_qty projected_qty reserve_stock returned_qty
	stock_reserved_qty subcontracted_qty total_weight valuation_rate weight_per_unit
	work_order_qty""".split()
)
# of an invoice also what it says of the day on which it is looked at, and of tills and fixed assets
UNUSED = {
	"Company": {"total_monthly_sales"},
	"Sales Order Item": LINE,
	"Quotation Item": LINE,
	"Sales Invoice Item": LINE
	| set(
		"""actual_batch_qty allow_zero_valuation_rate delivered_qty enable_deferred_revenue has_item_scanned
		incoming_rate is_fixed_asset use_serial_batch_fields""".split()
	),
	"Sales Invoice": set(
		"""base_change_amount change_amount is_cash_or_non_trade_discount is_consolidated is_discounted
		is_internal_customer only_include_allocated_payments remarks repost_required select_print_heading
		status total_billing_amount total_billing_hours total_net_weight unrealized_profit_loss_account
		update_billed_amount_in_delivery_note update_stock use_company_roundoff_cost_center""".split()
	),
	"Item": set(
		"""allow_alternative_item allow_negative_stock auto_create_assets create_new_batch
		default_material_request_type delivered_by_supplier has_batch_no has_expiry_date has_serial_no
		include_item_in_manufacturing inspection_required_before_delivery inspection_required_before_purchase
		is_customer_provided_item is_grouped_asset is_sub_contracted_item last_purchase_rate lead_time_days
		min_order_qty no_of_months no_of_months_exp opening_stock over_billing_allowance
		over_delivery_receipt_allowance retain_sample safety_stock sample_quantity shelf_life_in_days
		total_projected_qty valuation_rate variant_based_on weight_per_unit""".split()
	),
}

# fields of a line that name a line of another document
REFERS = {
	"quotation_item": "Quotation Item",
	"so_detail": "Sales Order Item",
	"sales_invoice_item": "Sales Invoice Item",
}


def main() -> None:
	"""Command line: see the module."""
	parser = argparse.ArgumentParser(description="Make the demo data on a bench site and dump it as JSON.")
	parser.add_argument("site")
	parser.add_argument("folder", type=Path)
	parser.add_argument("--keep", action="store_true", help="commit the documents instead of rolling back")
	given = parser.parse_args()
	folder = given.folder.resolve()
	frappe.init(given.site, sites_path=".")
	frappe.connect()
	try:
		frappe.set_user("Administrator")
		frappe.flags.mute_emails = True
		frappe.flags.mute_messages = True
		set_up_company()
		build()
		dump(folder)
		if given.keep:
			frappe.db.commit()
		else:
			frappe.db.rollback()
		frappe.clear_cache()
	finally:
		frappe.destroy()


def set_up_company() -> None:
	"""Complete the setup wizard, unless the company is there. Commits."""
	if frappe.db.exists("Company", COMPANY):
		return
	from frappe.desk.page.setup_wizard.setup_wizard import setup_complete

	setup_complete(
		{
			"language": "English",
			"lang": "en",
			"country": UK,
			"currency": CURRENCY,
			"timezone": "Europe/London",
			"full_name": "Administrator",
			"email": "",
			"password": "",
			"company_name": COMPANY,
			"company_abbr": ABBR,
			"chart_of_accounts": "Standard",
			"fy_start_date": f"{REFERENCE_DATE.year}-01-01",
			"fy_end_date": f"{REFERENCE_DATE.year}-12-31",
			"bank_account": "",
			"domain": "Distribution",
			"domains": ["Distribution"],
			"company_tagline": COMPANY,
			"setup_demo": 0,
			"enable_telemetry": 0,
		}
	)
	frappe.db.commit()
	if not frappe.db.exists("Company", COMPANY):
		raise SystemExit(f"The setup wizard made no company {COMPANY}: is it done already, for another one?")


def build() -> None:
	"""Insert everything, in the order of dependence."""
	if frappe.db.count("Sales Order"):
		raise SystemExit("This site holds orders already: take a new one.")
	settings = frappe.get_single("Global Defaults")
	settings.disable_rounded_total = 1
	settings.save()
	make_accounts()
	make_terms()
	make_taxes()
	make_items()
	for buyer in CUSTOMERS:
		make_customer(buyer)
	step = 90 / len(ORDERS)
	for at, asked in enumerate(ORDERS):
		make_sale("Sales Order", at + 1, 90 - round(at * step), asked)
	make_chains()


def make_chains() -> None:
	"""Sales of several documents: quoted, ordered, billed at once or in parts, taken back."""
	quotations = [make_sale("Quotation", at, 16 - at, asked) for at, asked in enumerate(QUOTATIONS, 1)]
	ordered = finish(make_sales_order(quotations[0].name), 35, 8)
	upkeep = make_sale("Sales Order", 36, 20, UPKEEP)
	sold = make_sale("Sales Invoice", 1, 18, OVER_THE_COUNTER)
	begun = make_sales_invoice(upkeep.name)
	begun.items[0].qty, begun.items[1].qty, begun.items[2].qty = 2, 1, 4
	finish(begun, 2, 14)
	finish(make_sales_invoice(upkeep.name), 3, 6)
	make_sale("Sales Invoice", 4, 10, TO_ROTTERDAM)
	finish(make_sales_invoice(ordered.name), 5, 5)
	returned = make_sales_return(sold.name)
	returned.items = [returned.items[0], returned.items[2]]
	returned.items[0].qty = -1
	finish(returned, 1, 2)


def insert(doctype: str, name: str | None = None, **values: Any) -> Any:
	"""Insert a document through ERPNext's document API; ``name`` where a series or a hash would not do."""
	return frappe.get_doc({"doctype": doctype, **values}).insert(set_name=name)


def make_accounts() -> None:
	"""Receivables and exchange rates for the other currencies, and their price list."""
	for currency in ("USD", "EUR"):
		insert(
			"Account",
			account_name=f"Debtors {currency}",
			company=COMPANY,
			parent_account=f"Accounts Receivable - {ABBR}",
			account_type="Receivable",
			account_currency=currency,
		)
	for day, dollar, euro in EXCHANGE_RATES:
		for currency, rate in (("USD", dollar), ("EUR", euro)):
			insert(
				"Currency Exchange",
				date=day,
				from_currency=currency,
				to_currency=CURRENCY,
				exchange_rate=rate,
			)
	insert("Price List", price_list_name=DOLLAR_PRICES, currency="USD", selling=1, enabled=1)


def make_terms() -> None:
	"""Payment terms and their templates."""
	for template, parts in TERMS.items():
		rows = []
		for share, days, based_on in parts:
			term = template if len(parts) == 1 else f"{share:g}% after {days} days"
			values: Values = {
				"invoice_portion": share,
				"due_date_based_on": based_on,
				"credit_days": days,
				"description": term,
			}
			insert("Payment Term", payment_term_name=term, **values)
			rows.append({"payment_term": term, **values})
		insert("Payment Terms Template", template_name=template, terms=rows)


def make_taxes() -> None:
	"""Templates for orders, and for items with a rate of their own. The wizard's template stays unused."""
	for title, rows in TAXES.items():
		taxes = [row | {"cost_center": COST_CENTER} for row in rows]
		insert("Sales Taxes and Charges Template", title=title, company=COMPANY, taxes=taxes)
	frappe.db.set_value("Sales Taxes and Charges Template", {"company": COMPANY}, "is_default", 0)
	for title, rate in ITEM_TAXES.items():
		insert("Item Tax Template", title=title, company=COMPANY, taxes=[{"tax_type": VAT, "tax_rate": rate}])


def make_items() -> None:
	"""Items without stock keeping, and their prices."""
	services = frappe.get_doc("Item Group", "Services")
	services.is_group = 1
	services.save()
	insert("Item Group", item_group_name=WORKSHOP, parent_item_group=services.name)
	for article in ITEMS:
		usual = "Products" if article.unit == "Nos" else "Services"
		insert(
			"Item",
			item_code=article.code,
			item_name=article.name,
			item_group=article.group or usual,
			stock_uom=article.unit,
			is_stock_item=0,
			description=article.description,
			item_defaults=[{"company": COMPANY, "income_account": SALES}],
			taxes=[{"item_tax_template": f"{article.tax} - {ABBR}"}] if article.tax else [],
		)
		make_price(article.code, HOME_PRICES, CURRENCY, article.price)
		if article.dollars:
			make_price(article.code, DOLLAR_PRICES, "USD", article.dollars)


def make_price(code: str, price_list: str, currency: str, price: float) -> None:
	"""An Item Price, under a name that can be foreseen."""
	insert(
		"Item Price",
		name=f"{code} {currency}",
		item_code=code,
		price_list=price_list,
		currency=currency,
		price_list_rate=price,
		valid_from=f"{REFERENCE_DATE.year}-01-01",
	)


def make_customer(buyer: Buyer) -> None:
	"""A customer with its address and contact."""
	line1, line2, city, county, state, pincode, country = buyer.where
	dollars, home = buyer.currency == "USD", buyer.currency == CURRENCY
	receivable = {"company": COMPANY, "account": DEBTORS[buyer.currency]}
	customer = insert(
		"Customer",
		customer_name=buyer.name,
		customer_type="Company",
		customer_group="Commercial",
		territory=UK if country == UK else WORLD,
		default_currency=buyer.currency,
		default_price_list=DOLLAR_PRICES if dollars else HOME_PRICES,
		payment_terms=buyer.terms,
		tax_id=buyer.tax_id,
		language="en",
		accounts=[] if home else [receivable],
	)
	links = [{"link_doctype": "Customer", "link_name": customer.name}]
	address = insert(
		"Address",
		address_title=buyer.name,
		address_type="Billing",
		address_line1=line1,
		address_line2=line2,
		city=city,
		county=county,
		state=state,
		pincode=pincode,
		country=country,
		email_id=buyer.email,
		phone=buyer.phone,
		is_primary_address=1,
		is_shipping_address=1,
		links=links,
	)
	first, last = buyer.role
	contact = insert(
		"Contact",
		first_name=first,
		last_name=last,
		company_name=buyer.name,
		is_primary_contact=1,
		is_billing_contact=1,
		email_ids=[{"email_id": buyer.email, "is_primary": 1}] if buyer.email else [],
		phone_nos=[{"phone": buyer.phone, "is_primary_phone": 1}] if buyer.phone else [],
		links=links,
	)
	customer.reload()
	customer.customer_primary_address = address.name
	customer.customer_primary_contact = contact.name
	customer.save()


def make_sale(doctype: str, number: int, days: int, asked: Asked) -> Any:
	"""A Sales Order, Quotation or Sales Invoice of so many days ago, filled as the desk would fill it,
	calculated and submitted by ERPNext.
	"""
	buyer = next(buyer for buyer in CUSTOMERS if buyer.name.startswith(asked.customer))
	more = dict(asked.more)
	shipping, then = more.pop("shipping", None), more.pop("then", "submit")
	lines = [{key: value for key, value in row.items() if key != "less"} for row in asked.lines]
	party = {"quotation_to": "Customer", "party_name": buyer.name}
	document = frappe.get_doc(
		{
			"doctype": doctype,
			"company": COMPANY,
			**(party if doctype == "Quotation" else {"customer": buyer.name}),
			"currency": buyer.currency,
			**dated(doctype, days),
			"po_date": day_ago(days) if "po_no" in more else None,
			"taxes_and_charges": f"{asked.taxes} - {ABBR}" if asked.taxes else None,
			"disable_rounded_total": 1,
			"items": lines,
			**more,
		}
	)
	document.set_missing_values()
	for row, given in zip(document.items, asked.lines, strict=True):
		if "less" in given:  # in the desk the form works out the rate from a discount amount
			row.discount_amount = given["less"]
			row.rate = row.price_list_rate - given["less"]
	if shipping is not None:
		next(row for row in document.taxes if row.charge_type == "Actual").tax_amount = shipping
	return settle(document, number, then)


def finish(document: Any, number: int, days: int) -> Any:
	"""A document that ERPNext made from another, dated and due anew, submitted."""
	document.update({**dated(document.doctype, days), "due_date": None, "payment_schedule": []})
	return settle(document, number)


def settle(document: Any, number: int, then: str = "submit") -> Any:
	"""Insert a document under its number; submit it too, or ``then`` *leave* or *cancel* it."""
	series = f"{SERIES[document.doctype]}-RET" if document.get("is_return") else SERIES[document.doctype]
	document.insert(set_name=f"{series}-{REFERENCE_DATE.year}-{number:05d}")
	if then != "leave":
		document.submit()
	if then == "cancel":
		document.cancel()
	return document


def day_ago(days: int) -> str:
	"""A day so long before ``REFERENCE_DATE``."""
	return (REFERENCE_DATE - timedelta(days=days)).isoformat()


def dated(doctype: str, days: int) -> Values:
	"""The dates of a document of so many days ago."""
	if doctype == "Sales Invoice":
		return {"set_posting_time": 1, "posting_date": day_ago(days), "posting_time": "10:00:00"}
	if doctype == "Quotation":
		return {"transaction_date": day_ago(days), "valid_till": day_ago(days - 30)}
	return {"transaction_date": day_ago(days), "delivery_date": day_ago(days - 7)}


def dump(folder: Path) -> None:
	"""Write one file per doctype."""
	folder.mkdir(parents=True, exist_ok=True)
	ours = {"company": COMPANY}
	prices = {"price_list": ("in", [HOME_PRICES, DOLLAR_PRICES])}
	heads = {VAT, FREIGHT, SALES, ROUND_OFF, *DEBTORS.values()}
	templates = [f"{title} - {ABBR}" for title in TAXES]
	customers = frappe.get_all("Customer", pluck="name")
	linked = {"link_doctype": "Customer", "link_name": ("in", customers)}
	write(folder, "Company", [COMPANY])
	write(folder, "Account", heads)
	write(folder, "Customer", customers)
	for doctype in ("Address", "Contact"):
		filters = {**linked, "parenttype": doctype}
		write(folder, doctype, frappe.get_all("Dynamic Link", filters=filters, pluck="parent"))
	write(folder, "Item", frappe.get_all("Item", pluck="name"))
	write(folder, "Item Price", frappe.get_all("Item Price", filters=prices, pluck="name"))
	write(folder, "Payment Terms Template", TERMS)
	write(folder, "Sales Taxes and Charges Template", templates)
	write(folder, "Item Tax Template", [f"{title} - {ABBR}" for title in ITEM_TAXES])
	write(folder, "Item Group", ["All Item Groups", "Products", "Services", WORKSHOP])
	for doctype in SERIES:
		write(folder, doctype, frappe.get_all(doctype, filters=ours, pluck="name"))


def write(folder: Path, doctype: str, names: Iterable[str]) -> None:
	"""Write the documents of one doctype, sorted by name."""
	found = [frappe.get_doc(doctype, name).as_dict(convert_dates_to_str=True) for name in sorted(names)]
	documents = [tidy(document) for document in found]
	text = json.dumps(documents, indent="\t", ensure_ascii=False, sort_keys=True)
	file = folder / f"{frappe.scrub(doctype)}.json"
	file.write_text(text + "\n", encoding="utf-8")
	print(f"{file.name}: {len(documents)} documents, {file.stat().st_size} bytes")


def tidy(document: Values, child: bool = False) -> Values:
	"""The document without noise and empty fields, its child rows under names that can be foreseen."""
	noise = NOISE | UNUSED.get(document["doctype"], set()) | (set() if child else {"idx"})
	kept: Values = {}
	for key, value in document.items():
		if isinstance(value, list):
			kept[key] = [tidy(row, child=True) for row in value]
		elif key not in noise and value not in (None, ""):
			kept[key] = value
	if child:
		kept["name"] = row_name(kept)
		for field in REFERS.keys() & kept.keys():
			kept[field] = row_name(frappe.get_doc(REFERS[field], kept[field]).as_dict())
	return kept


def row_name(row: Values) -> str:
	"""A name for a child row that follows from its place."""
	place = f"{row['parenttype']}/{row['parent']}/{row['parentfield']}/{row['idx']}"
	return hashlib.sha256(place.encode()).hexdigest()[:10]


if __name__ == "__main__":
	main()
