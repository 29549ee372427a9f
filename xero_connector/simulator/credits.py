"""The rules of a contact's credit: credit notes, overpayments and prepayments.

Credit is allocated to invoices of the same contact and currency, or refunded by a payment. What is left is
its RemainingCredit; without any it is PAID, and falls back when an allocation or a refund is removed.
"""

from __future__ import annotations

from decimal import Decimal

from xero_connector.simulator import documents, invoices
from xero_connector.simulator.books import Books
from xero_connector.simulator.errors import Refused
from xero_connector.simulator.kinds import ALLOCATION, CREDIT_NOTE, CREDITS, INVOICE, PAYMENT, Kind
from xero_connector.simulator.money import ZERO, rounded
from xero_connector.simulator.values import Body

EXCEEDS = "The amount exceeds the remaining credit on this document"


def find(books: Books, credit_id: str) -> tuple[Kind, Body]:
	"""The credit with this id, of whichever kind. Raises Refused."""
	for kind in CREDITS:
		credit = books.find(kind, credit_id)
		if credit is not None:
			return kind, credit
	raise Refused(f"There is no record {credit_id} in {', '.join(kind.collection for kind in CREDITS)}")


def is_sale(credit: Body) -> bool:
	"""Whether it stems from a customer, not from a supplier."""
	return not str(credit["Type"]).startswith(("SPEND", "AP", "ACCPAY"))


def receive(books: Books, kind: Kind, amount: Decimal, description: str, fields: Body) -> Body:
	"""An overpayment or a prepayment of `amount`, in the currency that `fields` names.

	As chosen here it carries no tax.
	"""
	line = {"Description": description, "Quantity": Decimal("1.0000"), "Tracking": list[Body]()}
	money = {"UnitAmount": amount, "LineAmount": amount, "TaxAmount": ZERO, "TaxType": "NONE"}
	return books.save(
		kind,
		{
			kind.id_field: books.new_id(),
			"Status": "AUTHORISED",
			"LineAmountTypes": "NoTax",
			"LineItems": [{**line, **money}],
			"SubTotal": amount,
			"TotalTax": ZERO,
			"Total": amount,
			"RemainingCredit": amount,
			"HasAttachments": False,
			**fields,
		},
	)


def allocate(books: Books, kind: Kind, credit: Body, invoice: Body, amount: Decimal, day: str) -> Body:
	"""Use credit for an invoice of the same contact and currency. Raises Refused."""
	amount = rounded(amount)
	if credit["Status"] not in invoices.APPROVED_STATUS or invoice["Status"] != "AUTHORISED":
		raise Refused("Credit can only be allocated from and to Authorised documents")
	if is_sale(credit) != (invoice["Type"] == "ACCREC") or any(
		credit[field] != invoice[field] for field in ("Contact", "CurrencyCode")
	):
		raise Refused("Credit can only be allocated to an invoice of the same contact and currency")
	if amount <= 0 or amount > credit["RemainingCredit"]:
		raise Refused(EXCEEDS)
	if amount > invoice["AmountDue"]:
		raise Refused("The amount exceeds the amount outstanding on this document")
	documents.check_lock(books, day)
	allocation = books.save(
		ALLOCATION,
		{
			"AllocationID": books.new_id(),
			"Status": "AUTHORISED",
			"Credit": kind.collection,
			"CreditID": credit[kind.id_field],
			"Invoice": {"InvoiceID": invoice["InvoiceID"], "InvoiceNumber": invoice["InvoiceNumber"]},
			"Amount": amount,
			"Date": day,
		},
	)
	settle(books, kind, credit)
	invoices.settle(books, invoice)
	documents.note(books, invoice["InvoiceID"], "Credit applied", f"{amount} on {day}")
	return allocation


def remove_allocation(books: Books, allocation: Body) -> Body:
	"""Take an allocation back: the invoice is due again, the credit is there again. Raises Refused."""
	if allocation["Status"] == "DELETED":
		raise Refused("This allocation has already been deleted")
	documents.check_lock(books, allocation["Date"])
	allocation["Status"] = "DELETED"
	books.save(ALLOCATION, allocation)
	settle(books, *find(books, allocation["CreditID"]))
	invoice = invoices.settle(books, books.one(INVOICE, allocation["Invoice"]["InvoiceID"]))
	documents.note(books, invoice["InvoiceID"], "Credit removed", f"{allocation['Amount']}")
	return allocation


def settle(books: Books, kind: Kind, credit: Body) -> Body:
	"""Recompute what is left after an allocation or a refund came or went; PAID is set here and taken back.

	RemainingCredit is a Decimal in the credit's currency.
	"""
	uses = _uses(books, credit[kind.id_field])
	credit["RemainingCredit"] = credit["Total"] - sum((use["Amount"] for use in uses), ZERO)
	credit["Status"] = "AUTHORISED" if credit["RemainingCredit"] else "PAID"
	credit.pop("FullyPaidOnDate", None)
	if kind is CREDIT_NOTE and credit["Status"] == "PAID":
		credit["FullyPaidOnDate"] = max(use["Date"] for use in uses)
	return books.save(kind, credit)


def void(books: Books, kind: Kind, credit: Body) -> Body:
	"""Void credit of which nothing is used. Raises Refused.

	That an allocation of only a part keeps it from being voided too is a choice made here.
	"""
	if credit["Status"] not in invoices.APPROVED_STATUS:
		raise Refused(invoices.NOT_VALID)
	if is_used(books, credit[kind.id_field]):
		raise Refused(invoices.ALLOCATED)
	documents.check_lock(books, credit["Date"])
	credit["Status"] = "VOIDED"
	return books.save(kind, credit)


def is_used(books: Books, credit_id: str) -> bool:
	"""Whether any of it is allocated or refunded."""
	return bool(_uses(books, credit_id))


def _uses(books: Books, credit_id: str) -> list[Body]:
	return [use for kind in (ALLOCATION, PAYMENT) for use in books.by_credit(kind, [credit_id])[credit_id]]
