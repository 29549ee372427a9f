"""The rules of payments and overpayments.

A payment stands against one authorised invoice; it is made or deleted, never edited. What a customer pays
beyond the amount due becomes an overpayment, which can be allocated to other invoices of the contact.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from xero_connector.simulator import invoices
from xero_connector.simulator.books import Books
from xero_connector.simulator.errors import Refused
from xero_connector.simulator.kinds import ACCOUNT, ALLOCATION, INVOICE, OVERPAYMENT, PAYMENT
from xero_connector.simulator.money import ZERO, rounded
from xero_connector.simulator.reference import active_account
from xero_connector.simulator.values import Body, decimal, parse_date

EXCEEDS = "Payment amount exceeds the amount outstanding on this document"
NOT_AUTHORISED = "Payments can only be made against Authorised documents"


def create(books: Books, given: Mapping[str, Any]) -> Body:
	"""A payment of an invoice: Invoice, Account, Amount, and by choice Date, CurrencyRate, Reference.

	Amount is in the invoice's currency; BankAmount is answered in the organisation's. Raises Refused.
	"""
	invoice = _invoice(books, given)
	account = _account(books, given)
	amount = _amount(given)
	if invoice["Status"] not in invoices.APPROVED_STATUS:
		raise Refused(NOT_AUTHORISED)
	if amount > invoice["AmountDue"]:
		raise Refused(EXCEEDS)
	day = _day(books, given)
	invoices.check_lock(books, day)
	rate = _rate(given, invoice)
	payment = books.save(
		PAYMENT,
		{
			"PaymentID": books.new_id(),
			"Date": day,
			"Amount": amount,
			"BankAmount": rounded(amount / rate),
			"CurrencyRate": rate,
			"Reference": str(given.get("Reference") or ""),
			"PaymentType": "ACCRECPAYMENT" if invoice["Type"] == "ACCREC" else "ACCPAYPAYMENT",
			"Status": "AUTHORISED",
			"IsReconciled": given.get("IsReconciled") is True,
			"Account": {"AccountID": account["AccountID"], "Code": account["Code"], "Name": account["Name"]},
			"Invoice": {"InvoiceID": invoice["InvoiceID"]},
		},
	)
	invoices.settle(books, invoice)
	invoices.note(books, invoice["InvoiceID"], "Payment received", f"{amount} on {day}")
	return payment


def delete(books: Books, payment: Body) -> Body:
	"""Take a payment back: it stays with the status DELETED and its invoice is due again. Raises Refused."""
	if payment["Status"] == "DELETED":
		raise Refused("This payment has already been deleted")
	invoices.check_lock(books, payment["Date"])
	payment["Status"] = "DELETED"
	books.save(PAYMENT, payment)
	invoice = invoices.settle(books, books.one(INVOICE, payment["Invoice"]["InvoiceID"]))
	invoices.note(books, invoice["InvoiceID"], "Payment removed", f"{payment['Amount']}")
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
	line = {"Description": f"Overpayment of {invoice['InvoiceNumber']}", "Quantity": Decimal("1.0000")}
	money = {"UnitAmount": excess, "LineAmount": excess, "TaxAmount": ZERO, "TaxType": "NONE"}
	return books.save(
		OVERPAYMENT,
		{
			"OverpaymentID": books.new_id(),
			"Type": "RECEIVE-OVERPAYMENT" if invoice["Type"] == "ACCREC" else "SPEND-OVERPAYMENT",
			"Contact": {"ContactID": invoice["Contact"]["ContactID"]},
			"Date": day,
			"Status": "AUTHORISED",
			"LineAmountTypes": "NoTax",
			"LineItems": [{**line, **money, "Tracking": []}],
			"SubTotal": excess,
			"TotalTax": ZERO,
			"Total": excess,
			"CurrencyCode": invoice["CurrencyCode"],
			"CurrencyRate": invoice["CurrencyRate"],
			"RemainingCredit": excess,
			"Reference": reference,
			"HasAttachments": False,
		},
	)


def allocate(books: Books, overpayment: Body, invoice: Body, amount: Decimal, day: str) -> Body:
	"""Use credit of an overpayment for an invoice of the same contact and currency. Raises Refused."""
	amount = rounded(amount)
	if invoice["Status"] != "AUTHORISED":
		raise Refused(NOT_AUTHORISED)
	if amount <= 0 or amount > overpayment["RemainingCredit"]:
		raise Refused("The amount exceeds the remaining credit of the overpayment")
	if amount > invoice["AmountDue"]:
		raise Refused(EXCEEDS)
	for field in ("Contact", "CurrencyCode"):
		if overpayment[field] != invoice[field]:
			raise Refused(
				"An overpayment can only be allocated to an invoice of the same contact and currency"
			)
	allocation = books.save(
		ALLOCATION,
		{
			"AllocationID": books.new_id(),
			"OverpaymentID": overpayment["OverpaymentID"],
			"Invoice": {"InvoiceID": invoice["InvoiceID"], "InvoiceNumber": invoice["InvoiceNumber"]},
			"Amount": amount,
			"Date": day,
		},
	)
	overpayment["RemainingCredit"] -= amount
	overpayment["Status"] = "AUTHORISED" if overpayment["RemainingCredit"] else "PAID"
	books.save(OVERPAYMENT, overpayment)
	invoices.settle(books, invoice)
	return allocation


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


def _rate(given: Mapping[str, Any], invoice: Body) -> Decimal:
	if given.get("CurrencyRate") is None:
		return Decimal(invoice["CurrencyRate"])
	try:
		rate = rounded(decimal(given["CurrencyRate"], "CurrencyRate"), 6)
	except ValueError as error:
		raise Refused(str(error)) from None
	if rate <= 0:
		raise Refused("The currency rate must be greater than zero")
	return rate
