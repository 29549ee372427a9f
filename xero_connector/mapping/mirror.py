"""Xero invoices, payments, contacts, accounts as the connector mirrors them, and what a customer owes.

Input is Xero's JSON as ``xero_connector.xero`` reads it: money as ``Decimal``, every ``/Date()/`` as UTC
text. A business date is the first ten characters of that text, never a local time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from xero_connector.mapping.money import ZERO, cents, decimal_of, plain, round_cents

Record = Mapping[str, Any]

DRAFT, SENT, PART_PAID, PAID, OVERDUE, VOIDED = "Draft", "Sent", "Part Paid", "Paid", "Overdue", "Voided"
DEAD = ("VOIDED", "DELETED")

CREDITS = {"CreditNote": "Credit Note", "Overpayment": "Overpayment", "Prepayment": "Prepayment"}
"""What a customer may have to its credit: as Xero calls it, and the kind of **Xero Payment** it becomes."""

PAYMENT, REFUND, ALLOCATION = "Payment", "Refund", "Allocation"
"""The other kinds of **Xero Payment**: of an invoice, of a credit, of a credit to an invoice."""

REFUND_TYPES = {
	"ARCREDITPAYMENT": "CreditNote",
	"AROVERPAYMENTPAYMENT": "Overpayment",
	"ARPREPAYMENTPAYMENT": "Prepayment",
}
CREDIT_TYPES = {"ACCRECCREDIT": "CreditNote", "AROVERPAYMENT": "Overpayment", "ARPREPAYMENT": "Prepayment"}
"""Which credit of a customer is meant: by a payment's type, and by the type of the invoice that it names."""

NOT_CREDITED = ("DRAFT", "SUBMITTED", *DEAD)

REFERENCE_LENGTH = 255
"""As much as is kept of a quote's reference, which may have 4,000 characters."""


def payment_status(xero_status: str, due: Decimal, paid: Decimal, due_on: str | None, today: date) -> str:
	"""One word for where an invoice stands: Draft, Sent, Part Paid, Paid, Overdue or Voided.

	``due`` and ``paid`` in the invoice's currency, ``paid`` with credits. Overdue starts the day after the
	due date.
	"""
	if xero_status in DEAD:
		return VOIDED
	if xero_status in ("DRAFT", "SUBMITTED"):
		return DRAFT
	if xero_status == "PAID" or due <= 0:
		return PAID
	if due_on and due_on < today.isoformat():
		return OVERDUE
	return PART_PAID if paid > 0 else SENT


def mirrored_invoice(record: Record, base_currency: str, today: date) -> dict[str, Any]:
	"""The fields of a **Xero Invoice**.

	A voided invoice still shows an amount due in Xero; here it owes nothing. ``base_paid`` is money received:
	payments, and what was allocated of over- and prepayments. What credit notes took off is not.
	"""
	_needs(record, "Status", "Total")
	xero_status = text(record.get("Status"))
	dead = xero_status in DEAD
	currency = text(record.get("CurrencyCode")) or base_currency
	rate = _rate(record)
	total = cents(record.get("Total"))
	paid, credited = cents(record.get("AmountPaid")), cents(record.get("AmountCredited"))
	noted = sum((cents(note.get("AppliedAmount")) for note in record.get("CreditNotes") or []), ZERO)
	due = total - paid - credited if record.get("AmountDue") is None else cents(record["AmountDue"])
	due = ZERO if dead else due
	due_on = day(record.get("DueDate"))
	contact = record.get("Contact") or {}
	status = payment_status(xero_status, due, paid + credited, due_on, today)
	in_base = _converter(rate if currency != base_currency else Decimal(1))
	return {
		"xero_id": record["InvoiceID"],
		"invoice_number": text(record.get("InvoiceNumber")),
		"invoice_type": text(record.get("Type")),
		"reference": text(record.get("Reference")),
		"contact_id": text(contact.get("ContactID")),
		"contact_name": text(contact.get("Name")),
		"xero_status": xero_status,
		"payment_status": status,
		"invoice_date": day(record.get("Date")),
		"due_date": due_on,
		"currency": currency,
		"currency_rate": rate,
		"sub_total": cents(record.get("SubTotal")),
		"total_tax": cents(record.get("TotalTax")),
		"total": total,
		"amount_due": due,
		"amount_paid": paid,
		"amount_credited": credited,
		"credit_notes": noted,
		"base_currency": base_currency,
		"base_total": ZERO if dead else in_base(total),
		"base_due": in_base(due),
		"base_paid": in_base(paid + credited - noted),
		"base_overdue": in_base(due) if status == OVERDUE else ZERO,
		"paid_on": day(record.get("FullyPaidOnDate")),
		"sent_to_contact": int(bool(record.get("SentToContact"))),
		"updated_utc": text(record.get("UpdatedDateUTC")),
	}


def mirrored_quote(record: Record, base_currency: str) -> dict[str, Any]:
	"""The fields of a **Xero Quote**."""
	_needs(record, "Status", "Total")
	contact = record.get("Contact") or {}
	return {
		"xero_id": record["QuoteID"],
		"quote_number": text(record.get("QuoteNumber")),
		"reference": text(record.get("Reference"))[:REFERENCE_LENGTH],
		"contact_id": text(contact.get("ContactID")),
		"contact_name": text(contact.get("Name")),
		"xero_status": text(record.get("Status")),
		"quote_date": day(record.get("Date")),
		"expiry_date": day(record.get("ExpiryDate")),
		"currency": text(record.get("CurrencyCode")) or base_currency,
		"total": cents(record.get("Total")),
		"updated_utc": text(record.get("UpdatedDateUTC")),
	}


def aged(invoice: Record, today: date) -> dict[str, Any]:
	"""The mirrored fields that change only because a day has passed."""
	due = cents(invoice.get("amount_due"))
	paid = cents(invoice.get("amount_paid")) + cents(invoice.get("amount_credited"))
	status = payment_status(str(invoice.get("xero_status")), due, paid, day(invoice.get("due_date")), today)
	return {
		"payment_status": status,
		"base_overdue": cents(invoice.get("base_due")) if status == OVERDUE else ZERO,
	}


def gone(doctype: str) -> dict[str, Any]:
	"""The fields of a mirrored document whose record is no longer in Xero: it counts for nothing."""
	if doctype == "Xero Contact":
		return {"status": "DELETED"}
	dead: dict[str, Any] = {"xero_status": "DELETED"}
	if doctype == "Xero Quote":
		return dead
	if doctype == "Xero Payment":
		return {**dead, "remaining_credit": ZERO}
	sums = ("amount_due", "base_total", "base_due", "base_paid", "base_overdue")
	return {**dead, "payment_status": VOIDED, **dict.fromkeys(sums, ZERO)}


def is_receipt(record: Record) -> bool:
	"""Whether one of Xero's payments is money received for an invoice of ours: by its own word, else by the
	invoice that it names.
	"""
	kind, invoice = record.get("PaymentType"), record.get("Invoice") or {}
	if kind:
		return bool(kind == "ACCRECPAYMENT")
	return bool(invoice) and (invoice.get("Type") or "ACCREC") == "ACCREC"


def is_refund(record: Record) -> bool:
	"""Whether one of Xero's payments pays a customer's credit back: by its own word, else by the credit that
	it names.
	"""
	kind, (_, credit) = record.get("PaymentType"), refunded(record)
	if kind:
		return kind in REFUND_TYPES
	return bool(credit) and is_from_customer(credit)


def refunded(record: Record) -> tuple[str, Record]:
	"""The credit that one of Xero's payments names: what Xero calls its kind, and what the payment says.

	Xero's OpenAPI has a field for each kind, and an example where it is an *Invoice* of the credit's type.
	"""
	for entity in CREDITS:
		if record.get(entity):
			return entity, record[entity]
	invoice = record.get("Invoice") or {}
	by_invoice = CREDIT_TYPES.get(str(invoice.get("Type")), "")
	entity = by_invoice or REFUND_TYPES.get(str(record.get("PaymentType")), "")
	return entity, {**invoice, f"{entity}ID": invoice.get("InvoiceID")} if entity else {}


def paid_invoice(record: Record) -> Record:
	"""The invoice that one of Xero's payments pays, as far as the payment says; empty for a refund."""
	return {} if refunded(record)[0] else record.get("Invoice") or {}


def crediting(invoice: Record) -> dict[str, str]:
	"""The credits that an invoice names as allocated to it, by Xero's id, with what Xero calls their kind."""
	return {
		credit[f"{entity}ID"]: entity
		for entity in CREDITS
		for credit in invoice.get(f"{entity}s") or []
		if credit.get(f"{entity}ID")
	}


def is_from_customer(credit: Record) -> bool:
	"""Whether a credit note, overpayment or prepayment is a customer's and not one at a supplier."""
	return not str(credit.get("Type") or "").startswith(("SPEND", "AP", "ACCPAY"))


def entity_of(kind: str) -> str:
	"""What Xero calls a kind of credit."""
	return next(entity for entity, name in CREDITS.items() if name == kind)


def mirrored_payment(record: Record, base_currency: str, document_currency: str) -> dict[str, Any]:
	"""The fields of a **Xero Payment** from Xero's Payments: a payment of an invoice, or the refund of a
	credit, in the currency of either.

	``document_currency`` is what we know of that invoice or credit, where the payment itself does not say.
	"""
	_needs(record, "Status", "Amount")
	invoice, (entity, credit) = paid_invoice(record), refunded(record)
	document = invoice or credit
	currency = text(document.get("CurrencyCode")) or document_currency
	return {
		"xero_id": record["PaymentID"],
		"kind": REFUND if is_refund(record) else PAYMENT,
		"invoice_xero_id": text(invoice.get("InvoiceID")),
		"credit_xero_id": text(credit.get(f"{entity}ID")),
		"contact_id": text((document.get("Contact") or {}).get("ContactID")),
		"payment_date": day(record.get("Date")),
		"remaining_credit": ZERO,
		**_amounts(cents(record.get("Amount")), currency, _rate(record), base_currency),
		"bank_amount": cents(record.get("BankAmount")),
		"reference": text(record.get("Reference")),
		"account_code": text((record.get("Account") or {}).get("Code")),
		"account_id": text((record.get("Account") or {}).get("AccountID")),
		"xero_status": text(record.get("Status")),
		"updated_utc": text(record.get("UpdatedDateUTC")),
	}


def mirrored_credit(entity: str, record: Record, base_currency: str) -> dict[str, Any]:
	"""The fields of a **Xero Payment** for what a customer has to its credit (``entity`` of ``CREDITS``): a
	credit note, or money received beyond what was due (overpayment) or before it was (prepayment).

	``remaining_credit`` is what is neither allocated nor refunded; a draft gives no credit yet.
	"""
	_needs(record, "Status", "Total")
	currency, status = text(record.get("CurrencyCode")) or base_currency, text(record.get("Status"))
	amount = cents(record.get("Total"))
	remaining = record.get("RemainingCredit")
	if remaining is None:
		used = [*(record.get("Allocations") or []), *(record.get("Payments") or [])]
		remaining = amount - sum((cents(each.get("Amount")) for each in used), ZERO)
	return {
		"xero_id": record[f"{entity}ID"],
		"kind": CREDITS[entity],
		"invoice_xero_id": "",
		"credit_xero_id": "",
		"contact_id": text((record.get("Contact") or {}).get("ContactID")),
		"payment_date": day(record.get("Date")),
		"remaining_credit": ZERO if status in NOT_CREDITED else cents(remaining),
		**_amounts(amount, currency, _rate(record), base_currency),
		"reference": _credit_name(record),
		"account_code": "",
		"xero_status": status,
		"updated_utc": text(record.get("UpdatedDateUTC")),
	}


def mirrored_allocations(entity: str, record: Record, base_currency: str) -> list[dict[str, Any]] | None:
	"""The fields of a **Xero Payment** for each allocation of a credit to an invoice; None where the record
	does not say what it is allocated to.

	An allocation without an id of its own gets one from its credit, its invoice and its place among those of
	that invoice. Its version is that of the credit, so it has no time stamp.
	"""
	if record.get("Status") in NOT_CREDITED:
		return []
	if record.get("Allocations") is None:
		return None
	currency, credit_id = text(record.get("CurrencyCode")) or base_currency, record[f"{entity}ID"]
	rows, places = [], Counter[str]()
	for allocation in record["Allocations"]:
		if allocation.get("IsDeleted"):
			continue
		invoice_id = text((allocation.get("Invoice") or {}).get("InvoiceID"))
		places[invoice_id] += 1
		rows.append(
			{
				"xero_id": allocation.get("AllocationID") or f"{credit_id}/{invoice_id}/{places[invoice_id]}",
				"kind": ALLOCATION,
				"invoice_xero_id": invoice_id,
				"credit_xero_id": credit_id,
				"contact_id": text((record.get("Contact") or {}).get("ContactID")),
				"payment_date": day(allocation.get("Date")),
				"remaining_credit": ZERO,
				**_amounts(cents(allocation.get("Amount")), currency, _rate(record), base_currency),
				"reference": _credit_name(record),
				"account_code": "",
				"xero_status": "AUTHORISED",
				"updated_utc": "",
			}
		)
	return rows


def adopted_refund(refund: Record, credit: Record) -> dict[str, Any]:
	"""What a mirrored refund takes from its credit, where it was here before it."""
	rate = decimal_of(refund.get("currency_rate")) or Decimal(1)
	amounts = _amounts(cents(refund.get("amount")), credit["currency"], rate, credit["base_currency"])
	return {"contact_id": credit["contact_id"], "customer": credit["customer"], **amounts}


def refunds_due(credit: Record, allocations: Iterable[Record]) -> Decimal:
	"""What the refunds of a mirrored credit must add up to, in its currency: all that is neither left nor
	allocated.
	"""
	if credit.get("xero_status") in NOT_CREDITED:
		return ZERO
	allocated = sum((cents(row.get("amount")) for row in allocations), ZERO)
	return cents(credit.get("amount")) - cents(credit.get("remaining_credit")) - allocated


def _credit_name(record: Record) -> str:
	return text(record.get("CreditNoteNumber")) or text(record.get("Reference"))


def _amounts(amount: Decimal, currency: str, rate: Decimal, base_currency: str) -> dict[str, Any]:
	in_base = _converter(rate if currency != base_currency else Decimal(1))
	return {
		"amount": amount,
		"currency": currency,
		"currency_rate": rate,
		"base_currency": base_currency,
		"base_amount": in_base(amount),
	}


def mirrored_contact(record: Record) -> dict[str, Any]:
	"""The fields of a **Xero Contact**, the local index that matching reads."""
	_needs(record, "Name")
	name = text(record.get("Name"))
	return {
		"xero_id": record["ContactID"],
		"contact_name": name,
		"name_key": name.casefold(),
		"email": text(record.get("EmailAddress")).strip().casefold(),
		"contact_number": text(record.get("ContactNumber")),
		"account_number": text(record.get("AccountNumber")),
		"tax_number": text(record.get("TaxNumber")),
		"status": text(record.get("ContactStatus")),
		"merged_to": text(record.get("MergedToContactID")),
		"updated_utc": text(record.get("UpdatedDateUTC")),
	}


def mirrored_item(record: Record) -> dict[str, Any]:
	"""The fields of a **Xero Item**."""
	return {
		"xero_id": record["ItemID"],
		"code": text(record.get("Code")),
		"item_name": text(record.get("Name")),
		"updated_utc": text(record.get("UpdatedDateUTC")),
	}


def mirrored_account(record: Record) -> dict[str, Any]:
	"""The fields of a **Xero Account**."""
	code, name = text(record.get("Code")), text(record.get("Name"))
	return {
		"xero_id": record["AccountID"],
		"code": code,
		"account_name": name,
		"title": f"{code} · {name}" if code else name,
		"account_type": text(record.get("Type")),
		"account_class": text(record.get("Class")),
		"status": text(record.get("Status")) or "ACTIVE",
		"tax_type": text(record.get("TaxType")),
		"system_account": text(record.get("SystemAccount")),
		"enable_payments": int(bool(record.get("EnablePaymentsToAccount"))),
		"currency": text(record.get("CurrencyCode")),
	}


ACCOUNT_CLASSES = {
	"ASSET": "CanApplyToAssets",
	"EQUITY": "CanApplyToEquity",
	"EXPENSE": "CanApplyToExpenses",
	"LIABILITY": "CanApplyToLiabilities",
	"REVENUE": "CanApplyToRevenue",
}
"""By account class, the field of a tax rate that says whether it may stand beside it."""


def mirrored_branding_theme(record: Record) -> dict[str, Any]:
	"""The fields of a **Xero Branding Theme**."""
	return {
		"xero_id": record["BrandingThemeID"],
		"theme_name": text(record.get("Name")),
		"status": "ACTIVE",
	}


def mirrored_tracking_options(record: Record) -> list[dict[str, Any]]:
	"""The fields of a **Xero Tracking Option** for each option of a tracking category. One of an archived
	category is archived.
	"""
	category, status = text(record.get("Name")), text(record.get("Status")) or "ACTIVE"
	return [
		{
			"xero_id": option["TrackingOptionID"],
			"category_id": record["TrackingCategoryID"],
			"category_name": category,
			"option_name": text(option.get("Name")),
			"title": f"{category} · {text(option.get('Name'))}",
			"status": status if status != "ACTIVE" else text(option.get("Status")) or "ACTIVE",
		}
		for option in record.get("Options") or []
	]


def mirrored_tax_rate(record: Record) -> dict[str, Any]:
	"""The fields of a **Xero Tax Rate**; the rate, and those it is made of, in percent."""
	return {
		"tax_type": record["TaxType"],
		"rate_name": text(record.get("Name")),
		"effective_rate": decimal_of(record.get("EffectiveRate", record.get("DisplayTaxRate"))),
		"status": text(record.get("Status")) or "ACTIVE",
		"can_apply_to_revenue": int(bool(record.get("CanApplyToRevenue", True))),
		"account_classes": ", ".join(name for name, field in ACCOUNT_CLASSES.items() if record.get(field)),
		"components": ", ".join(
			f"{plain(decimal_of(part.get('Rate'))):f}" for part in record.get("TaxComponents") or []
		),
	}


def customer_fields(invoices: Iterable[Record], payments: Iterable[Record]) -> dict[str, Any]:
	"""What a Customer shows: sums over its mirrored invoices and what credit is left, in the base currency.

	No money counts twice. What was received is *paid* as far as it settles an invoice, by a payment or by the
	allocation of an over- or prepayment, and *credit* as far as it does not. A credit note is not a payment:
	it is *credit* until it is allocated, and then lowers what is *due* and nothing else. A refund is neither:
	it lowers the *credit*. So all comes from the invoices and from what is left of each credit; payments,
	refunds and allocations are shown, but not added.

	Customers may buy from companies with different base currencies. Such sums would be wrong in any one of
	them, so then the amounts stay empty and only the status, which needs no currency, is set.
	"""
	live = [invoice for invoice in invoices if invoice["payment_status"] not in (VOIDED, DRAFT)]
	credits = [payment for payment in payments if cents(payment.get("remaining_credit"))]
	statuses = {invoice["payment_status"] for invoice in live}
	status = next((word for word in (OVERDUE, PART_PAID, SENT, PAID) if word in statuses), "")
	currencies = {str(record["base_currency"]) for record in [*live, *credits]}
	same = len(currencies) == 1

	def sum_of(field: str) -> Decimal:
		return sum((cents(invoice.get(field)) for invoice in live), ZERO) if same else ZERO

	return {
		"xero_payment_status": status,
		"xero_currency": currencies.pop() if same else None,
		"xero_invoiced": sum_of("base_total"),
		"xero_paid": sum_of("base_paid"),
		"xero_due": sum_of("base_due"),
		"xero_overdue": sum_of("base_overdue"),
		"xero_credit": sum((base_amount(each, each.get("remaining_credit")) for each in credits), ZERO)
		if same
		else ZERO,
	}


def base_amount(payment: Record, amount: Any) -> Decimal:
	"""An amount of a mirrored payment or credit in the currency of the books, at its own rate."""
	foreign = payment.get("currency") != payment.get("base_currency")
	rate = decimal_of(payment.get("currency_rate")) if foreign else Decimal(1)
	return _converter(rate or Decimal(1))(cents(amount))


class _converter:
	"""From a document's currency to the base currency, by Xero's rate (document units per base unit)."""

	def __init__(self, rate: Decimal) -> None:
		self.rate = rate

	def __call__(self, amount: Decimal) -> Decimal:
		return round_cents(amount / self.rate)


def _rate(record: Record) -> Decimal:
	"""Xero's rate, to the nine decimals that both stores keep; one where there is none."""
	return decimal_of(record.get("CurrencyRate")).quantize(Decimal("1E-9")).normalize() or Decimal(1)


def day(value: Any) -> str | None:
	"""The business date in a value of Xero's: its first ten characters, never a local time. Raises
	``ValueError`` for what is none.
	"""
	return date.fromisoformat(str(value)[:10]).isoformat() if value else None


def text(value: Any) -> str:
	"""A text of Xero's; empty where there is none. Raises ``ValueError`` for what is none."""
	if isinstance(value, (dict, list)):
		raise ValueError(f"Xero sent a {type(value).__name__} where a text belongs")
	return "" if value is None else str(value)


def _needs(record: Record, *fields: str) -> None:
	"""Raises ``ValueError`` for a record that lacks what Xero always says."""
	for field in fields:
		if record.get(field) in (None, ""):
			raise ValueError(f"Xero sent no {field}")
