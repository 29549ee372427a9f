"""The rules of payments, and of what is paid too much or too early.

A payment stands against one authorised invoice, or refunds credit; it is made or deleted, never edited. What
a customer pays beyond the amount due becomes an overpayment, what comes before an invoice a prepayment.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from xero_connector.simulator import credits, documents, invoices
from xero_connector.simulator.books import Books
from xero_connector.simulator.errors import Refused
from xero_connector.simulator.kinds import ACCOUNT, CREDIT_NOTE, INVOICE, OVERPAYMENT, PAYMENT, PREPAYMENT
from xero_connector.simulator.money import rounded
from xero_connector.simulator.reference import active_account
from xero_connector.simulator.values import Body, decimal, parse_date

EXCEEDS = "Payment amount exceeds the amount outstanding on this document"
NOT_AUTHORISED = "Payments can only be made against Authorised documents"
CREDIT_FIELDS = {
	"CreditNote": (CREDIT_NOTE, "CREDITPAYMENT"),
	"Overpayment": (OVERPAYMENT, "OVERPAYMENTPAYMENT"),
	"Prepayment": (PREPAYMENT, "PREPAYMENTPAYMENT"),
}
"""By the field that names what a refund pays out: its kind, and how its PaymentType ends."""


def create(books: Books, given: Mapping[str, Any]) -> Body:
	"""A payment of an invoice, or a refund of credit: Invoice (or CreditNote, Overpayment, Prepayment),
	Account, Amount, and by choice Date, CurrencyRate, Reference.

	Amount is in the document's currency; BankAmount is answered in the organisation's. Raises Refused.
	"""
	if any(given.get(field) for field in CREDIT_FIELDS):
		return _refund(books, given)
	invoice = _invoice(books, given)
	amount = _amount(given)
	if invoice["Status"] not in invoices.APPROVED_STATUS:
		raise Refused(NOT_AUTHORISED)
	if amount > invoice["AmountDue"]:
		raise Refused(EXCEEDS)
	named = {"Invoice": {"InvoiceID": invoice["InvoiceID"]}}
	kind = "ACCRECPAYMENT" if invoice["Type"] == "ACCREC" else "ACCPAYPAYMENT"
	payment = _save(books, given, amount, _rate(given, invoice), {"PaymentType": kind, **named})
	invoices.settle(books, invoice)
	documents.note(books, invoice["InvoiceID"], "Payment received", f"{amount} on {payment['Date']}")
	return payment


def _refund(books: Books, given: Mapping[str, Any]) -> Body:
	field, (kind, suffix) = next((field, of) for field, of in CREDIT_FIELDS.items() if given.get(field))
	credit = books.find(kind, str(given[field].get(kind.id_field) or ""))
	if credit is None:
		raise Refused(f"{field} could not be found")
	amount = _amount(given)
	if credit["Status"] not in invoices.APPROVED_STATUS:
		raise Refused(NOT_AUTHORISED)
	if amount > credit["RemainingCredit"]:
		raise Refused(credits.EXCEEDS)
	side = "AR" if credits.is_sale(credit) else "AP"
	of_credit = {"Credit": kind.collection, "CreditID": credit[kind.id_field]}
	payment = _save(
		books, given, amount, _rate(given, credit), {"PaymentType": f"{side}{suffix}", **of_credit}
	)
	credits.settle(books, kind, credit)
	return payment


def _save(books: Books, given: Mapping[str, Any], amount: Decimal, rate: Decimal, fields: Body) -> Body:
	account, day = _account(books, given), _day(books, given)
	documents.check_lock(books, day)
	return books.save(
		PAYMENT,
		{
			"PaymentID": books.new_id(),
			"Date": day,
			"Amount": amount,
			"BankAmount": rounded(amount / rate),
			"CurrencyRate": rate,
			"Reference": str(given.get("Reference") or ""),
			"Status": "AUTHORISED",
			"IsReconciled": given.get("IsReconciled") is True,
			"Account": {"AccountID": account["AccountID"], "Code": account["Code"], "Name": account["Name"]},
			**fields,
		},
	)


def delete(books: Books, payment: Body) -> Body:
	"""Take a payment back: it stays with the status DELETED and its invoice is due again, or its credit there
	again. Raises Refused.
	"""
	if payment["Status"] == "DELETED":
		raise Refused("This payment has already been deleted")
	documents.check_lock(books, payment["Date"])
	payment["Status"] = "DELETED"
	books.save(PAYMENT, payment)
	if "CreditID" in payment:
		credits.settle(books, *credits.find(books, payment["CreditID"]))
		return payment
	invoice = invoices.settle(books, books.one(INVOICE, payment["Invoice"]["InvoiceID"]))
	documents.note(books, invoice["InvoiceID"], "Payment removed", f"{payment['Amount']}")
	return payment


def change(books: Books, payment: Body, given: Mapping[str, Any]) -> Body:
	"""POST on a payment: the only change Xero takes is Status DELETED. Raises Refused."""
	if given.get("Status") != "DELETED":
		raise Refused("Payments cannot be modified, only created and deleted.")
	return delete(books, payment)


def overpay(
	books: Books, invoice: Body, amount: Decimal, *, account_code: str, day: str, reference: str
) -> Body:
	"""A customer pays more than is due: one payment of what is due, one overpayment of the rest.

	`amount` is all that was paid, in the invoice's currency. Raises Refused.
	"""
	excess = rounded(amount) - invoice["AmountDue"]
	if invoice["Status"] != "AUTHORISED":
		raise Refused(NOT_AUTHORISED)
	if excess <= 0:
		raise Refused("The amount does not exceed the amount outstanding on this document")
	paid: Body = {
		"Invoice": {"InvoiceID": invoice["InvoiceID"]},
		"Account": {"Code": account_code},
		"Amount": invoice["AmountDue"],
		"Date": day,
		"Reference": reference,
	}
	create(books, paid)
	return credits.receive(
		books,
		OVERPAYMENT,
		excess,
		f"Overpayment of {invoice['InvoiceNumber']}",
		{
			"Type": "RECEIVE-OVERPAYMENT" if invoice["Type"] == "ACCREC" else "SPEND-OVERPAYMENT",
			"Contact": {"ContactID": invoice["Contact"]["ContactID"]},
			"Date": day,
			"CurrencyCode": invoice["CurrencyCode"],
			"CurrencyRate": invoice["CurrencyRate"],
			"Reference": reference,
		},
	)


def prepay(
	books: Books, contact: Body, amount: Decimal, *, account_code: str, day: str, reference: str, given: Body
) -> Body:
	"""A customer pays before there is an invoice; by choice CurrencyCode and CurrencyRate are given.

	In Xero the accountant enters it as a bank transaction. Raises Refused.
	"""
	account = _account(books, {"Account": {"Code": account_code}})
	if account["Type"] != "BANK":
		raise Refused("Prepayments can only be received into bank accounts")
	if amount <= 0:
		raise Refused("The payment amount must be greater than zero")
	documents.check_lock(books, day)
	fields: Body = {
		"Type": "RECEIVE-PREPAYMENT",
		"Contact": {"ContactID": contact["ContactID"]},
		"Date": day,
		"CurrencyCode": books.organisation["BaseCurrency"],
		"Reference": reference,
	}
	documents.set_currency(books, fields, given)
	return credits.receive(books, PREPAYMENT, amount, "Prepayment", fields)


def _invoice(books: Books, given: Mapping[str, Any]) -> Body:
	named = given.get("Invoice")
	named = named if isinstance(named, Mapping) else {}
	if named.get("InvoiceID"):
		found = books.find(INVOICE, str(named["InvoiceID"]))
	else:
		found = invoices.sales_invoice(
			books, str(named.get("InvoiceNumber") or given.get("InvoiceNumber") or "")
		)
	if found is None:
		raise Refused("Invoice could not be found")
	return found


def _account(books: Books, given: Mapping[str, Any]) -> Body:
	named = given.get("Account")
	named = named if isinstance(named, Mapping) else {}
	if named.get("AccountID"):
		account = books.find(ACCOUNT, str(named["AccountID"]))
	else:
		account = active_account(books, str(named.get("Code") or given.get("Code") or ""))
	if account is None or account["Status"] != "ACTIVE":
		raise Refused("Account could not be found")
	if account["Type"] != "BANK" and not account["EnablePaymentsToAccount"]:
		raise Refused("Payments can only be made to bank accounts or accounts that have payments enabled")
	return account


def _amount(given: Mapping[str, Any]) -> Decimal:
	try:
		amount = rounded(decimal(given.get("Amount"), "Amount"))
	except ValueError as error:
		raise Refused(str(error)) from None
	if amount <= 0:
		raise Refused("The payment amount must be greater than zero")
	return amount


def _day(books: Books, given: Mapping[str, Any]) -> str:
	try:
		return parse_date(given["Date"]) if given.get("Date") else books.today
	except ValueError:
		raise Refused(f"The Date '{given['Date']}' is not a valid date") from None


def _rate(given: Mapping[str, Any], document: Body) -> Decimal:
	if given.get("CurrencyRate") is None:
		return Decimal(document["CurrencyRate"])
	try:
		rate = rounded(decimal(given["CurrencyRate"], "CurrencyRate"), 6)
	except ValueError as error:
		raise Refused(str(error)) from None
	if rate <= 0:
		raise Refused("The currency rate must be greater than zero")
	return rate
