"""The rules of sales invoices (ACCREC) and bills (ACCPAY).

Matching, as chosen here: PUT always creates. POST finds the invoice to change by InvoiceID, else (sales only)
by InvoiceNumber, as integrators report of Xero; a number that belongs to a voided or deleted invoice stays
taken.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xero_connector.simulator import contacts, documents
from xero_connector.simulator.books import Books, Written
from xero_connector.simulator.errors import Refused
from xero_connector.simulator.kinds import ALLOCATION, CONTACT, INVOICE, PAYMENT
from xero_connector.simulator.lines import LineRules
from xero_connector.simulator.money import ZERO, rounded
from xero_connector.simulator.values import Body

NEXT_STATUS = {
	"DRAFT": ("SUBMITTED", "AUTHORISED", "DELETED"),
	"SUBMITTED": ("DRAFT", "AUTHORISED", "DELETED"),
	"AUTHORISED": ("VOIDED",),
	"PAID": (),
	"VOIDED": (),
	"DELETED": (),
}
FIRST_STATUS = ("DRAFT", "SUBMITTED", "AUTHORISED")
FINAL_STATUS = ("VOIDED", "DELETED")
APPROVED_STATUS = ("AUTHORISED", "PAID")

OPEN_WHEN_ALLOCATED = ("DueDate", "SentToContact", "ExpectedPaymentDate", "PlannedPaymentDate")
"""What may still change on a document with payments; what else Xero allows is not known, so it is refused."""

UNMOVED_BY = ("DueDate", "SentToContact")
"""On a part-paid document, changing these does not move UpdatedDateUTC."""

DATES = ("Date", "DueDate", "ExpectedPaymentDate", "PlannedPaymentDate")
TEXTS = {"InvoiceNumber": 255, "Reference": 255, "Url": 2000}
CHANGEABLE = (
	*DATES,
	*TEXTS,
	"SentToContact",
	"BrandingThemeID",
	"LineAmountTypes",
	"CurrencyCode",
	"CurrencyRate",
	"LineItems",
	"Contact",
)

NOT_VALID = "Invoice not of valid status for modification"
ALLOCATED = "This document cannot be edited as it has a payment or credit note allocated to it."
NOT_UNIQUE = "Invoice # must be unique."
APPROVAL_LIMIT = "You have reached the limit of invoices you can approve"


def create(books: Books, given: Mapping[str, Any]) -> Written:
	"""A new invoice from the fields of a request. Raises Refused."""
	kind = given.get("Type")
	if kind not in ("ACCREC", "ACCPAY"):
		raise Refused(f"The invoice type '{kind}' is not valid.")
	status = given.get("Status") or "DRAFT"
	if status not in FIRST_STATUS:
		raise Refused("Invoice not of valid status for creation")
	if not given.get("LineItems"):
		raise Refused(documents.NO_LINES)
	currency = books.organisation["BaseCurrency"]
	invoice: Body = {
		"Type": kind,
		"InvoiceID": books.new_id(),
		"InvoiceNumber": "",
		"Reference": "",
		"Status": status,
		"Date": books.today,
		"LineAmountTypes": "Exclusive",
		"CurrencyCode": currency,
		"SentToContact": False,
		"HasAttachments": False,
		"LineItems": [],
	}
	contact = contacts.for_document(books, given.get("Contact"))
	invoice["Contact"] = {"ContactID": contact["ContactID"]}
	if kind == "ACCREC" and not given.get("InvoiceNumber"):
		invoice["InvoiceNumber"] = _next_number(books)
	written = _apply(books, invoice, {name: value for name, value in given.items() if name != "Contact"})
	documents.note(
		books, invoice["InvoiceID"], "Created", f"{invoice['InvoiceNumber']} for {invoice['Total']}"
	)
	return written


def create_or_update(books: Books, given: Mapping[str, Any]) -> Written:
	"""POST: change the invoice that InvoiceID or InvoiceNumber names, else create one. Raises Refused."""
	found = books.given_by_id(INVOICE, given, "invoice")
	if found:
		return update(books, found, given)
	found = sales_invoice(books, str(given.get("InvoiceNumber") or ""))
	if found is None:
		return create(books, given)
	if found["Status"] in FINAL_STATUS:
		raise Refused(NOT_UNIQUE)
	return update(books, found, given)


def update(books: Books, invoice: Body, given: Mapping[str, Any]) -> Written:
	"""Change the fields given, or move the status on. Raises Refused."""
	held, asked = invoice["Status"], given.get("Status") or invoice["Status"]
	if held in FINAL_STATUS:
		raise Refused(NOT_VALID)
	allocated = is_allocated(books, invoice)
	if asked != held:
		if allocated and asked == "VOIDED":
			raise Refused(ALLOCATED)
		if asked not in NEXT_STATUS[held]:
			raise Refused(NOT_VALID)
	documents.check_lock(books, invoice["Date"])
	if asked in FINAL_STATUS:
		invoice["Status"] = asked
		documents.note(books, invoice["InvoiceID"], asked.title(), "")
		return Written(books.save(INVOICE, invoice), [])
	changed = [name for name in CHANGEABLE if name in given and _differs(invoice, name, given[name])]
	if allocated:
		if any(name not in OPEN_WHEN_ALLOCATED for name in changed):
			raise Refused(ALLOCATED)
		touch = any(name not in UNMOVED_BY for name in changed)
		return _apply(books, invoice, {name: given[name] for name in changed}, touch=touch)
	invoice["Status"] = asked
	written = _apply(books, invoice, given)
	approved = asked != held and asked == "AUTHORISED"
	documents.note(books, invoice["InvoiceID"], "Approved" if approved else "Edited", "")
	return written


def email(books: Books, invoice: Body) -> None:
	"""Send an approved sales invoice to its contact: marks it as sent and notes it. Raises Refused."""
	contact = books.one(CONTACT, invoice["Contact"]["ContactID"])
	if invoice["Type"] != "ACCREC" or invoice["Status"] not in ("SUBMITTED", *APPROVED_STATUS):
		raise Refused("Only submitted, authorised or paid sales invoices can be emailed")
	if not contact.get("EmailAddress"):
		raise Refused("The contact has no email address to send the invoice to")
	invoice["SentToContact"] = True
	books.save(INVOICE, invoice, touch=not is_allocated(books, invoice))
	documents.note(
		books,
		invoice["InvoiceID"],
		"Invoice sent",
		f"This invoice has been sent to {contact['EmailAddress']}",
	)


def online_url(invoice: Body) -> str:
	"""Where the customer pays. Only authorised sales invoices have one, else Refused."""
	if invoice["Type"] != "ACCREC" or invoice["Status"] not in APPROVED_STATUS:
		raise Refused("An online invoice is only available for authorised sales invoices")
	return f"https://in.xero.com/{invoice['InvoiceID'].replace('-', '')}"


def sales_invoice(books: Books, number: str) -> Body | None:
	"""The sales invoice with this number, whatever its status."""
	found = books.where(INVOICE, "number = ? AND type = 'ACCREC'", number.casefold()) if number else []
	return found[0] if found else None


def is_allocated(books: Books, invoice: Body) -> bool:
	"""Whether a living payment or an allocated credit stands against the invoice."""
	invoice_id = invoice["InvoiceID"]
	return bool(
		books.count(PAYMENT, "parent = ? AND status = 'AUTHORISED'", invoice_id)
		or books.count(ALLOCATION, "parent = ? AND status = 'AUTHORISED'", invoice_id)
	)


def settle(books: Books, invoice: Body) -> Body:
	"""Recompute what is paid, credited and due after a payment or an allocation came or went.

	PAID is set here and taken back. The amounts are Decimals in the invoice's currency.
	"""
	invoice_id = invoice["InvoiceID"]
	payments = books.where(PAYMENT, "parent = ? AND status = 'AUTHORISED'", invoice_id)
	allocations = books.where(ALLOCATION, "parent = ? AND status = 'AUTHORISED'", invoice_id)
	invoice["AmountPaid"] = sum((payment["Amount"] for payment in payments), ZERO)
	invoice["AmountCredited"] = sum((allocation["Amount"] for allocation in allocations), ZERO)
	invoice["AmountDue"] = invoice["Total"] - invoice["AmountPaid"] - invoice["AmountCredited"]
	invoice.pop("FullyPaidOnDate", None)
	if invoice["AmountDue"] > 0:
		invoice["Status"] = "AUTHORISED"
	else:
		invoice["Status"] = "PAID"
		invoice["FullyPaidOnDate"] = max(each["Date"] for each in (*payments, *allocations))
	return books.save(INVOICE, invoice)


def _differs(invoice: Body, name: str, value: Any) -> bool:
	held = invoice.get(name)
	if name == "Contact":
		value, held = (value or {}).get("ContactID"), invoice["Contact"]["ContactID"]
	elif name in DATES and value:
		value = documents.read_date(name, value)
	elif name == "CurrencyRate" and value is not None:
		value = rounded(documents.read_decimal(name, value), 6)
	return bool(value != held)


def _apply(books: Books, invoice: Body, given: Mapping[str, Any], *, touch: bool = True) -> Written:
	documents.set_texts(invoice, given, TEXTS)
	_check_number(books, invoice)
	documents.set_dates(invoice, given, DATES)
	documents.check_lock(books, invoice["Date"])
	if "Contact" in given:
		invoice["Contact"] = {"ContactID": contacts.for_document(books, given["Contact"])["ContactID"]}
	approved = invoice["Status"] in APPROVED_STATUS
	if approved and not invoice.get("DueDate"):
		raise Refused("The Due Date must be specified")
	_check_approval(books, invoice)
	if "SentToContact" in given and approved:
		invoice["SentToContact"] = given["SentToContact"] is True
	documents.set_theme(books, invoice, given)
	documents.set_currency(books, invoice, given)
	rules = LineRules(books, is_sale=invoice["Type"] == "ACCREC", approved=approved)
	warnings = documents.set_lines(invoice, given, rules)
	documents.set_totals(invoice)
	_set_due(invoice)
	return Written(books.save(INVOICE, invoice, touch=touch), warnings)


def _set_due(invoice: Body) -> None:
	paid, credited = invoice.get("AmountPaid", ZERO), invoice.get("AmountCredited", ZERO)
	invoice |= {
		"AmountDue": invoice["Total"] - paid - credited,
		"AmountPaid": paid,
		"AmountCredited": credited,
		"IsDiscounted": "TotalDiscount" in invoice,
	}


def _check_number(books: Books, invoice: Body) -> None:
	other = sales_invoice(books, invoice["InvoiceNumber"]) if invoice["Type"] == "ACCREC" else None
	if other and other["InvoiceID"] != invoice["InvoiceID"]:
		raise Refused(NOT_UNIQUE)


def _check_approval(books: Books, invoice: Body) -> None:
	"""Refuse to approve more sales invoices than the organisation's plan allows in a month.

	As chosen here they are counted by the month of their date; of Xero's small plans only the limit is known.
	"""
	limit = books.organisation.get("ApprovalLimit")
	if limit is None or invoice["Type"] != "ACCREC" or invoice["Status"] != "AUTHORISED":
		return
	others = "type = 'ACCREC' AND status IN ('AUTHORISED', 'PAID', 'VOIDED') AND date LIKE ? AND id <> ?"
	if books.count(INVOICE, others, f"{invoice['Date'][:7]}-%", invoice["InvoiceID"]) >= limit:
		raise Refused(APPROVAL_LIMIT)


def _next_number(books: Books) -> str:
	while True:
		books.store.execute(
			"UPDATE organisations SET invoice_counter = invoice_counter + 1 WHERE tenant = ?", books.tenant
		)
		counter = books.store.value(
			"SELECT invoice_counter FROM organisations WHERE tenant = ?", books.tenant
		)
		number = f"INV-{counter:04d}"
		if sales_invoice(books, number) is None:
			return number
