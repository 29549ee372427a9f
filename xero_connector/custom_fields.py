"""The fields that the connector adds to ERPNext's documents: one list, which makes them and removes them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import frappe
from frappe.custom.doctype.custom_field.custom_field import create_custom_fields

Field = dict[str, Any]

MONEY_LEVEL = 7
"""The permission level of amounts; who has it, ``field_permissions`` says. ERPNext gives level 1 to all of
Sales, and uses none above.
"""


def _field(fieldname: str, fieldtype: str, label: str, **properties: Any) -> Field:
	return {
		"fieldname": fieldname,
		"fieldtype": fieldtype,
		"label": label,
		"read_only": 1,
		"no_copy": 1,
		"allow_on_submit": 1,
		"print_hide": 1,
		"module": "Xero Connector",
		**properties,
	}


def _money(fieldname: str, label: str, currency: str, **properties: Any) -> Field:
	return _field(
		fieldname, "Currency", label, options=currency, precision="2", permlevel=MONEY_LEVEL, **properties
	)


def _invoice_money(fieldname: str, label: str) -> Field:
	"""An amount of the invoice of a document, in the document's currency."""
	return _money(fieldname, label, "currency", depends_on="xero_invoice_number")


def _base_money(fieldname: str, label: str) -> Field:
	"""An amount in the company's currency, shown where the document has another."""
	company = "Company:company:default_currency"
	shown = "eval:doc.xero_invoice_number && doc.conversion_rate != 1"
	return _money(fieldname, label, company, depends_on=shown)


def _section(insert_after: str, **properties: Any) -> Field:
	return _field("xero_section", "Section Break", "Xero", insert_after=insert_after, **properties)


def _column(fieldname: str) -> Field:
	return _field(fieldname, "Column Break", "")


IS_SHOWN = "eval:doc.xero_invoice_number || doc.xero_sync_message"


def _invoice_fields() -> list[Field]:
	"""What a document shows of its invoice, or of the sum of several."""
	return [
		_field("xero_invoice", "Link", "Invoice in Xero", options="Xero Invoice"),
		_field("xero_invoice_number", "Data", "Invoice Number in Xero", length=255),
		_field("xero_payment_status", "Data", "Payment Status in Xero", in_standard_filter=1),
		_field("xero_due_date", "Date", "Due Date in Xero"),
		_field("xero_payment_url", "Data", "Payment Link", options="URL", length=500),
		_column("xero_column"),
		_invoice_money("xero_total", "Total in Xero"),
		_invoice_money("xero_paid", "Paid"),
		_invoice_money("xero_due", "Due"),
		_invoice_money("xero_overdue", "Overdue"),
		_base_money("xero_base_total", "Total in Xero (Company Currency)"),
		_base_money("xero_base_paid", "Paid (Company Currency)"),
		_base_money("xero_base_due", "Due (Company Currency)"),
		_base_money("xero_base_overdue", "Overdue (Company Currency)"),
		_field("xero_sync_message", "Small Text", "Message", depends_on="xero_sync_message"),
	]


CUSTOM_FIELDS: dict[str, list[Field]] = {
	"Customer": [
		_section("image", depends_on="eval:!doc.__islocal"),
		_field("xero_sync_message", "Small Text", "Message", depends_on="xero_sync_message"),
		_field("xero_panel", "HTML", "Xero Invoices and Payments"),
		_field("xero_amounts_section", "Section Break", "", depends_on="eval:!doc.__islocal"),
		_field(
			"xero_payment_status",
			"Select",
			"Payment Status in Xero",
			options="\nSent\nPart Paid\nPaid\nOverdue",
			in_standard_filter=1,
		),
		_money("xero_due", "Due", "xero_currency"),
		_money("xero_overdue", "Overdue", "xero_currency"),
		_column("xero_column"),
		_money("xero_invoiced", "Invoiced", "xero_currency"),
		_money("xero_paid", "Paid", "xero_currency"),
		_money("xero_credit", "Credit", "xero_currency"),
		_field("xero_currency", "Link", "Currency in Xero", options="Currency", hidden=1),
		_field("xero_updated", "Data", "Read From Xero At (UTC)", hidden=1),
	],
	"Item": [
		_field(
			"xero_item_code",
			"Data",
			"Xero Item Code",
			insert_after="item_group",
			read_only=0,
			length=30,
			description="What the item is called in Xero, if its own code is too long or taken there.",
		),
		_field("xero_check", "Small Text", "Check by Xero Connector", depends_on="xero_check"),
	],
	"Sales Order": [_section("billing_status", depends_on=IS_SHOWN), *_invoice_fields()],
	"Sales Invoice": [_section("remarks", depends_on=IS_SHOWN), *_invoice_fields()],
	"Quotation": [
		_section("order_lost_reason", depends_on=f"{IS_SHOWN} || doc.xero_quote_number"),
		_field("xero_quote", "Link", "Quote in Xero", options="Xero Quote"),
		_field("xero_quote_number", "Data", "Quote Number in Xero", length=255),
		_field("xero_quote_status", "Data", "Quote Status in Xero", in_standard_filter=1),
		*_invoice_fields(),
	],
	"Opportunity": [_section("total", depends_on=IS_SHOWN), *_invoice_fields()],
	"Payment Entry": [
		_field(
			"xero_payment",
			"Link",
			"Payment in Xero",
			options="Xero Payment",
			insert_after="reference_date",
			depends_on="xero_payment",
		),
	],
}


def make() -> None:
	"""Make or update the fields; their place follows the order of the list."""
	placed = {doctype: list(_in_order(fields)) for doctype, fields in CUSTOM_FIELDS.items()}
	create_custom_fields(placed, ignore_validate=True)


def remove() -> None:
	"""Remove the fields with their columns and with what people customised on them."""
	for doctype, fields in CUSTOM_FIELDS.items():
		names = [field["fieldname"] for field in fields]
		frappe.db.delete("Custom Field", {"dt": doctype, "fieldname": ("in", names)})
		frappe.db.delete("Property Setter", {"doc_type": doctype, "field_name": ("in", names)})
		frappe.clear_cache(doctype=doctype)
		drops = ", ".join(f"DROP COLUMN IF EXISTS `{name}`" for name in names)
		frappe.db.sql_ddl(f"ALTER TABLE `tab{doctype}` {drops}")


def _in_order(fields: list[Field]) -> Iterator[Field]:
	previous = None
	for field in fields:
		yield {"insert_after": previous, **field}
		previous = field["fieldname"]
