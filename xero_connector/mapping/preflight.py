"""Everything that Xero would refuse about a document, found before it is sent, all at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from xero_connector.mapping.books import Books, TaxRate
from xero_connector.mapping.document import Doc, Part
from xero_connector.mapping.money import ZERO, decimal_of
from xero_connector.mapping.posting import Posting
from xero_connector.mapping.problem import Problem
from xero_connector.mapping.sales import Bill, BilledLine
from xero_connector.mapping.terms import document_date

NUMBER_LENGTH, REFERENCE_LENGTH = 255, 255
"""Longest number and reference that Xero takes."""

NO_DOCUMENT_LINES = ("DEBTORS", "CREDITORS", "GST", "RETAINEDEARNINGS", "HISTORICAL")
"""System accounts that a line cannot stand on. The ROUNDING account is open."""


def check_head(
	doc: Doc, bill: Bill, books: Books, entity: str, part: Part | None = None
) -> Iterator[Problem]:
	"""What is wrong with the document as a whole, or with this part of it.

	``entity``: what it is to be in Xero, *Invoice*, *CreditNote* or *Quote*.
	"""
	yield from _check_amount(doc, bill, entity)
	yield from _check_texts(doc, part)
	yield from _check_currency(doc, books)
	yield from _check_dates(doc, books, entity, (part.date if part else "") or document_date(doc))
	if part:
		yield from _check_part(doc, bill, part)


def check_lines(
	doc: Doc, lines: Sequence[BilledLine], postings: Sequence[Posting], books: Books
) -> Iterator[Problem]:
	"""What is wrong with single lines; the same thing may come several times."""
	taxed = any(line.tax or posting.rate for line, posting in zip(lines, postings, strict=True))
	for at, (line, posting) in enumerate(zip(lines, postings, strict=True), start=1):
		if not (line.description or line.item_code):
			message = f"Line {at} says nothing; Xero takes no line without a description."
			yield _of_document(doc, "description-missing", "items", message, "Describe it.")
		untaxed = books.rates.get(books.no_tax_type or "") if taxed else None
		yield from _check_account(posting, posting.rate or untaxed, books)
		yield from _check_tax(line, posting, books)
		if taxed and not line.tax and not posting.rate and not books.no_tax_type:
			yield no_tax_type_missing(
				"Some lines carry no tax, and no Xero tax rate is chosen for lines without tax.", books
			)


def no_tax_type_missing(message: str, books: Books) -> Problem:
	"""A line without tax stands among others that have some."""
	advice = "Choose the rate for lines without tax."
	return _of_organisation(books, "no-tax-type-missing", "no_tax_rate", message, advice)


def _of_document(doc: Doc, cause: str, field: str, message: str, advice: str) -> Problem:
	return Problem(cause, message, advice, str(doc["doctype"]), str(doc["name"]), field)


def _of_organisation(books: Books, cause: str, field: str, message: str, advice: str) -> Problem:
	return Problem(cause, message, advice, "Xero Organisation", books.organisation, field)


def _check_amount(doc: Doc, bill: Bill, entity: str) -> Iterator[Problem]:
	kind = doc["doctype"]
	if not bill.lines:
		yield _of_document(doc, "no-lines", "items", f"The {kind} has no items.", "Add an item.")
	if bill.owed < 0:
		message = f"The {kind}'s total is negative ({bill.owed}); Xero takes that as a credit note only."
		if entity == "CreditNote":
			message = f"The return charges {-bill.owed} more than it gives back; that is no credit note."
		yield _of_document(doc, "negative-total", "items", message, f"Correct the {kind}'s lines.")


def _check_texts(doc: Doc, part: Part | None) -> Iterator[Problem]:
	number, reference = part.number if part else str(doc["name"]), str(doc.get("po_no") or "")
	if len(number) > NUMBER_LENGTH:
		message = f"Xero takes numbers of at most {NUMBER_LENGTH} characters; this one has {len(number)}."
		yield _of_document(doc, "number-too-long", "name", message, f"Rename the {doc['doctype']}.")
	if len(reference) > REFERENCE_LENGTH:
		message = (
			f"The customer's order number has {len(reference)} characters;"
			f" as a reference Xero takes {REFERENCE_LENGTH}."
		)
		yield _of_document(doc, "reference-too-long", "po_no", message, "Shorten it.")


def _check_currency(doc: Doc, books: Books) -> Iterator[Problem]:
	kind, currency = doc["doctype"], str(doc["currency"])
	if books.currencies and currency not in books.currencies:
		message = f"The currency {currency} is not switched on in this Xero organisation."
		advice = f"Add {currency} in Xero (Settings, Currencies), then refresh the organisation."
		yield _of_document(doc, "currency-not-enabled", "currency", message, advice)
	if currency != books.base_currency and decimal_of(doc.get("conversion_rate")) <= 0:
		message = f"The {kind} is in {currency} and has no exchange rate."
		advice = f"Set the exchange rate on the {kind}."
		yield _of_document(doc, "exchange-rate-missing", "conversion_rate", message, advice)


def _check_dates(doc: Doc, books: Books, entity: str, date: str) -> Iterator[Problem]:
	"""A quote is in no books: it may be older than the lock date, but may not have ended before it began."""
	kind, expiry = doc["doctype"], str(doc.get("valid_till") or "")[:10]
	if entity == "Quote":
		if expiry and expiry < date:
			message = f"The {kind} is valid until {expiry}, which is before its date, {date}."
			yield _of_document(doc, "expiry-before-date", "valid_till", message, "Correct one of both dates.")
	elif books.locked_until and date <= books.locked_until:
		message = f"The books in Xero are locked up to {books.locked_until}; the {kind} is dated {date}."
		advice = f"Ask finance to move the lock date, or date the {kind} later."
		field = "posting_date" if doc.get("posting_date") else "transaction_date"
		yield _of_document(doc, "period-locked", field, message, advice)


def _check_part(doc: Doc, bill: Bill, part: Part) -> Iterator[Problem]:
	left, amount = bill.owed - part.before, part.of(bill.owed)
	if 0 < amount <= left and part.before >= 0:
		return
	message = (
		f"The {doc['doctype']} comes to {bill.owed} {doc['currency']}, of which {part.before} is billed:"
		f" there is no part of {amount} left."
	)
	advice = f"Bill at most {max(left, ZERO)}, or take back an earlier part first."
	yield _of_document(doc, "part-exceeds", "grand_total", message, advice)


def _check_account(posting: Posting, rate: TaxRate | None, books: Books) -> Iterator[Problem]:
	code, field = posting.account, posting.chosen_in
	if not code:
		message = "No Xero account is chosen for sales."
		yield _of_organisation(books, "account-missing", field, message, "Choose the sales account.")
		return
	account = books.chart.get(code)
	if account is None:
		return
	if not account.active:
		cause, message = "account-archived", f"The account {account} is archived in Xero."
	elif account.account_type == "BANK" or account.system_account in NO_DOCUMENT_LINES:
		cause, message = "account-unfit", f"Xero keeps the account {account} for itself: no line can use it."
	elif rate and rate.classes and account.account_class not in rate.classes:
		cause = "account-unfit"
		message = f"Xero's tax rate {rate} cannot be used with the account {account}."
	else:
		return
	yield _of_organisation(books, cause, field, message, "Choose another account.")


def _check_tax(line: BilledLine, posting: Posting, books: Books) -> Iterator[Problem]:
	tax, rate = line.tax, posting.rate
	if posting.rule and rate is None:
		cause = "tax-rate-unfit"
		message = (
			f"The Xero tax rate {posting.rule.tax_type} in the tax map is archived in Xero, or not for sales."
		)
		advice = "Choose another Xero tax rate for it in the tax map."
	elif tax and rate is None and len(tax.rates) > 1:
		cause = "several-taxes"
		message = (
			f"More than one tax applies to the same line: {tax}. A Xero line carries one rate,"
			f" and no rate of {tax.rate:f} % with these components is known."
		)
		advice = (
			"Make a tax rate with these components in Xero and refresh the organisation; or choose one of"
			f" {tax.rate:f} % in the tax map, for {tax.accounts[0]} at {tax.rate:f} %."
		)
	elif tax and rate is None:
		cause = "tax-not-mapped"
		message = f"The tax {tax.accounts[0]} at {tax.rate:f} % has no Xero tax rate."
		advice = "Choose the Xero tax rate for it in the tax map."
	elif rate and rate.rate != (tax.rate if tax else 0):
		cause = "tax-rate-differs"
		what = f"The tax {tax.accounts[0]} at {tax.rate:f} %" if tax else "A line without tax"
		message = f"{what} is mapped to {rate}, which is {rate.rate:f} %."
		advice = "Choose a Xero tax rate of the same percentage."
	else:
		return
	yield _of_organisation(books, cause, "taxes", message, advice)
