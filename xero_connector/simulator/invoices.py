"""The rules of sales invoices (ACCREC) and bills (ACCPAY).

Matching, as chosen here: PUT always creates. POST finds the invoice to change by InvoiceID, else (sales only)
by InvoiceNumber, as integrators report of Xero; a number that belongs to a voided or deleted invoice stays
taken.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from xero_connector.simulator import contacts
from xero_connector.simulator.books import Books, Written
from xero_connector.simulator.errors import Refused
from xero_connector.simulator.kinds import ALLOCATION, CONTACT, HISTORY, INVOICE, PAYMENT
from xero_connector.simulator.lines import LineRules
from xero_connector.simulator.money import ZERO, rounded, totals
from xero_connector.simulator.reference import default_rate, enabled_currency
from xero_connector.simulator.values import Body, decimal, parse_date

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
	"LineAmountTypes",
	"CurrencyCode",
	"CurrencyRate",
	"LineItems",
	"Contact",
)

NOT_VALID = "Invoice not of valid status for modification"
ALLOCATED = "This document cannot be edited as it has a payment or credit note allocated to it."
NOT_UNIQUE = "Invoice # must be unique."


def create(books: Books, given: Mapping[str, Any]) -> Written:
	"""A new invoice from the fields of a request. Raises Refused."""
	kind = given.get("Type")
	if kind not in ("ACCREC", "ACCPAY"):
		raise Refused(f"The invoice type '{kind}' is not valid.")
	status = given.get("Status") or "DRAFT"
	if status not in FIRST_STATUS:
		raise Refused("Invoice not of valid status for creation")
	if not given.get("LineItems"):
		raise Refused("One or more line items must be specified")
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
	note(books, invoice["InvoiceID"], "Created", f"{invoice['InvoiceNumber']} for {invoice['Total']}")
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
	check_lock(books, invoice["Date"])
	if asked in FINAL_STATUS:
		invoice["Status"] = asked
		note(books, invoice["InvoiceID"], asked.title(), "")
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
	note(books, invoice["InvoiceID"], "Approved" if approved else "Edited", "")
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
	note(
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


def note(books: Books, record_id: str, changes: str, details: str) -> Body:
	"""Add a line to a record's history."""
	return books.save(
		HISTORY,
		{
			"HistoryRecordID": books.new_id(),
			"RecordID": record_id,
			"Changes": changes,
			"Details": details,
			"User": "System Generated",
		},
	)


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


def check_lock(books: Books, day: str) -> None:
	"""Refuse a document dated on or before a lock date of the organisation.

	As chosen here the lock date itself is locked, and drafts are held to it too.
	"""
	organisation = books.organisation
	for field, label in (("PeriodLockDate", "period"), ("EndOfYearLockDate", "end of year")):
		locked = organisation.get(field)
		if locked and day <= locked:
			raise Refused(f"The document date cannot be before the {label} lock date {locked}")


def _differs(invoice: Body, name: str, value: Any) -> bool:
	held = invoice.get(name)
	if name == "Contact":
		value, held = (value or {}).get("ContactID"), invoice["Contact"]["ContactID"]
	elif name in DATES and value:
		value = read_date(name, value)
	elif name == "CurrencyRate" and value is not None:
		value = rounded(_decimal(value, name), 6)
	return bool(value != held)


def _apply(books: Books, invoice: Body, given: Mapping[str, Any], *, touch: bool = True) -> Written:
	_texts(books, invoice, given)
	for name in DATES:
		if given.get(name):
			invoice[name] = read_date(name, given[name])
	check_lock(books, invoice["Date"])
	if "Contact" in given:
		invoice["Contact"] = {"ContactID": contacts.for_document(books, given["Contact"])["ContactID"]}
	approved = invoice["Status"] in APPROVED_STATUS
	if approved and not invoice.get("DueDate"):
		raise Refused("The Due Date must be specified")
	if "SentToContact" in given and approved:
		invoice["SentToContact"] = given["SentToContact"] is True
	set_currency(books, invoice, given)
	warnings = set_lines(books, invoice, given, approved)
	_totals(invoice)
	return Written(books.save(INVOICE, invoice, touch=touch), warnings)


def _texts(books: Books, invoice: Body, given: Mapping[str, Any]) -> None:
	for name, limit in TEXTS.items():
		value = given.get(name)
		if value is None:
			continue
		if not isinstance(value, str) or len(value) > limit:
			raise Refused(f"The field {name} must be a string with a maximum length of {limit}.")
		if name != "InvoiceNumber" or value:
			invoice[name] = value
	if invoice["Type"] == "ACCREC":
		other = sales_invoice(books, invoice["InvoiceNumber"])
		if other and other["InvoiceID"] != invoice["InvoiceID"]:
			raise Refused(NOT_UNIQUE)


def set_currency(books: Books, invoice: Body, given: Mapping[str, Any]) -> None:
	"""Set currency and rate of an invoice or a credit note, as given or by default. Raises Refused."""
	base = books.organisation["BaseCurrency"]
	if given.get("CurrencyCode") and given["CurrencyCode"] != invoice["CurrencyCode"]:
		invoice["CurrencyCode"] = given["CurrencyCode"]
		invoice.pop("CurrencyRate", None)
	currency = enabled_currency(books, invoice["CurrencyCode"])
	if given.get("CurrencyRate") is not None and currency != base:
		rate = rounded(_decimal(given["CurrencyRate"], "CurrencyRate"), 6)
		if rate <= 0:
			raise Refused("The currency rate must be greater than zero")
		invoice["CurrencyRate"] = rate
	invoice.setdefault("CurrencyRate", default_rate(base, currency))


def set_lines(books: Books, invoice: Body, given: Mapping[str, Any], approved: bool) -> list[str]:
	"""Set the lines of an invoice or a credit note, as given or as they were; answers warnings.

	Raises Refused.
	"""
	retaxed = given.get("LineAmountTypes") not in (None, invoice["LineAmountTypes"])
	if retaxed:
		invoice["LineAmountTypes"] = given["LineAmountTypes"]
	if invoice["LineAmountTypes"] not in ("Exclusive", "Inclusive", "NoTax"):
		raise Refused(f"The LineAmountTypes '{invoice['LineAmountTypes']}' is not valid.")
	is_sale = invoice["Type"] in ("ACCREC", "ACCRECCREDIT")
	rules = LineRules(books, is_sale, invoice["LineAmountTypes"], approved)
	held = {line["LineItemID"]: line for line in invoice["LineItems"]}
	if "LineItems" in given:
		if not isinstance(given["LineItems"], list) or not given["LineItems"]:
			raise Refused("One or more line items must be specified")
		asked = given["LineItems"]
		invoice["LineItems"] = [rules.build(line, held.get(str(line.get("LineItemID")))) for line in asked]
	else:
		for line in held.values():
			if retaxed:
				line.pop("TaxAmount", None)
		invoice["LineItems"] = [rules.build({}, line) for line in held.values()]
	return rules.warnings


def _totals(invoice: Body) -> None:
	sums = totals(invoice["LineItems"], invoice["LineAmountTypes"])
	if sums.total < 0:
		raise Refused("The total of a document cannot be negative")
	paid, credited = invoice.get("AmountPaid", ZERO), invoice.get("AmountCredited", ZERO)
	invoice |= {
		"SubTotal": sums.sub_total,
		"TotalTax": sums.total_tax,
		"Total": sums.total,
		"AmountDue": sums.total - paid - credited,
		"AmountPaid": paid,
		"AmountCredited": credited,
		"IsDiscounted": sums.total_discount != 0,
	}
	invoice.pop("TotalDiscount", None)
	if sums.total_discount:
		invoice["TotalDiscount"] = sums.total_discount


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


def read_date(name: str, value: Any) -> str:
	"""A date of a request as `YYYY-MM-DD`. Raises Refused naming the field."""
	try:
		return parse_date(value)
	except ValueError:
		raise Refused(f"The {name} '{value}' is not a valid date") from None


def _decimal(value: Any, name: str) -> Decimal:
	try:
		return decimal(value, name)
	except ValueError as error:
		raise Refused(str(error)) from None
