"""What a document shows of what became of it in Xero."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from xero_connector.mapping.document import Doc
from xero_connector.mapping.mirror import (
	DEAD,
	DRAFT,
	NOT_CREDITED,
	OVERDUE,
	PAID,
	PART_PAID,
	SENT,
	VOIDED,
	base_amount,
)
from xero_connector.mapping.money import ZERO, cents

WORST_FIRST = (OVERDUE, PART_PAID, SENT, DRAFT, PAID, VOIDED)
NUMBERS_LENGTH = 255
SUMS = ("total", "paid", "due", "overdue")


def shown_fields(invoice: Doc) -> dict[str, Any]:
	"""What a document shows of its mirrored invoice, in its own currency and (``base``) in the company's.

	*Paid* is money received; a credit note lowers what is due without being paid.
	"""
	received = cents(invoice.get("amount_paid")) + cents(invoice.get("amount_credited"))
	due = cents(invoice.get("amount_due"))
	return {
		"xero_invoice": invoice["name"],
		"xero_invoice_number": invoice.get("invoice_number"),
		"xero_payment_status": invoice.get("payment_status"),
		"xero_total": cents(invoice.get("total")),
		"xero_paid": received - cents(invoice.get("credit_notes")),
		"xero_due": due,
		"xero_overdue": due if invoice.get("payment_status") == OVERDUE else ZERO,
		**{f"xero_base_{each}": cents(invoice.get(f"base_{each}")) for each in SUMS},
		"xero_due_date": invoice.get("due_date"),
	}


def invoice_fields(invoices: Sequence[Doc]) -> dict[str, Any]:
	"""Of its mirrored invoices, one or more: sums, the worst status, the next day on which something is due.
	Voided ones count only where there is no other.
	"""
	live = [invoice for invoice in invoices if invoice.get("xero_status") not in DEAD] or list(invoices)
	shown = [
		{**shown_fields(invoice), "xero_payment_url": invoice.get("xero_payment_url")} for invoice in live
	]
	if len(shown) == 1:
		return shown[0]
	days = [str(each["xero_due_date"]) for each in shown if each["xero_due"] and each["xero_due_date"]]
	return {
		"xero_invoice": None,
		"xero_invoice_number": ", ".join(sorted(str(each["xero_invoice_number"]) for each in shown))[
			:NUMBERS_LENGTH
		],
		"xero_payment_status": min((each["xero_payment_status"] for each in shown), key=WORST_FIRST.index),
		**{
			field: sum((each[field] for each in shown), ZERO)
			for name in SUMS
			for field in (f"xero_{name}", f"xero_base_{name}")
		},
		"xero_due_date": min(days, default=None),
		"xero_payment_url": None,
	}


def credit_note_fields(credit_note: Doc) -> dict[str, Any]:
	"""Of the mirrored credit note (a **Xero Payment**) of a return, whose amounts are below zero here: *due*
	is what is neither allocated nor refunded yet.
	"""
	status, amount = str(credit_note["xero_status"]), cents(credit_note["amount"])
	left = cents(credit_note.get("remaining_credit"))
	used = ZERO if status in NOT_CREDITED else amount - left
	return {
		"xero_invoice": None,
		"xero_invoice_number": credit_note.get("reference"),
		"xero_payment_status": _credit_status(status, left, used),
		"xero_total": -amount,
		"xero_paid": -used,
		"xero_due": -left,
		"xero_overdue": ZERO,
		"xero_base_total": -cents(credit_note.get("base_amount")),
		"xero_base_paid": -base_amount(credit_note, used),
		"xero_base_due": -base_amount(credit_note, left),
		"xero_base_overdue": ZERO,
		"xero_due_date": None,
	}


def _credit_status(status: str, left: Decimal, used: Decimal) -> str:
	if status in DEAD:
		return VOIDED
	if status in NOT_CREDITED:
		return DRAFT
	if not left:
		return PAID
	return PART_PAID if used else SENT


def quote_fields(quote: Doc) -> dict[str, Any]:
	"""Of the mirrored quote of a quotation."""
	return {
		"xero_quote": quote["name"],
		"xero_quote_number": quote.get("quote_number"),
		"xero_quote_status": str(quote.get("xero_status") or "").title(),
	}
