"""What the rep sees on a Customer: the mirror of Xero's books, from local data, in one request."""

from __future__ import annotations

from typing import Any

import frappe

INVOICES = 20
PAYMENTS = 10

INVOICE_FIELDS = (
	"name",
	"invoice_number",
	"payment_status",
	"invoice_date",
	"due_date",
	"currency",
	"total",
	"amount_due",
	"url",
	"reference_doctype",
	"reference_name",
	"organisation",
)
PAYMENT_FIELDS = (
	"name",
	"kind",
	"payment_date",
	"currency",
	"amount",
	"remaining_credit",
	"reference",
	"invoice",
)
STANDING = ("AUTHORISED", "PAID")


@frappe.whitelist(methods=["GET"])
def customer_panel(customer: str) -> dict[str, Any]:
	"""Sums, newest invoices and newest payments of a customer that the caller may read."""
	doc = frappe.get_doc("Customer", customer)
	doc.check_permission("read")
	frappe.has_permission("Xero Invoice", "read", throw=True)
	invoices = frappe.get_all(
		"Xero Invoice",
		filters={"customer": doc.name},
		fields=list(INVOICE_FIELDS),
		order_by="invoice_date desc, invoice_number desc",
		limit=INVOICES,
	)
	demo = set(frappe.get_all("Xero Organisation", {"is_demo": 1}, pluck="name"))
	for invoice in invoices:
		if invoice.pop("organisation") in demo:
			invoice.url = None  # nobody can open it in Xero
	payments = frappe.get_all(
		"Xero Payment",
		filters={"customer": doc.name, "xero_status": ("in", STANDING)},
		fields=list(PAYMENT_FIELDS),
		order_by="payment_date desc, creation desc",
		limit=PAYMENTS,
	)
	numbers = _numbers({payment.invoice for payment in payments if payment.invoice})
	for payment in payments:
		payment.invoice_number = numbers.get(payment.invoice)
	return {
		"customer": doc.name,
		"status": doc.xero_payment_status,
		"currency": doc.xero_currency,
		"due": doc.xero_due,
		"overdue": doc.xero_overdue,
		"invoiced": doc.xero_invoiced,
		"paid": doc.xero_paid,
		"credit": doc.xero_credit,
		"updated": doc.xero_updated,
		"invoices": invoices,
		"payments": payments,
		"invoice_count": frappe.db.count("Xero Invoice", {"customer": doc.name}),
	}


def _numbers(invoices: set[str]) -> dict[str, str]:
	rows = frappe.get_all(
		"Xero Invoice", filters={"name": ("in", list(invoices))}, fields=["name", "invoice_number"]
	)
	return {row.name: row.invoice_number for row in rows}
