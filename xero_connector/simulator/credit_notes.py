"""The rules of credit notes to customers (ACCRECCREDIT) and from suppliers (ACCPAYCREDIT).

They are written as invoices are, without a discount. As chosen here one that is used, even in part, can
neither be edited nor voided, and POST finds one by CreditNoteID, else by CreditNoteNumber.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xero_connector.simulator import contacts, credits, documents, invoices
from xero_connector.simulator.books import Books, Written
from xero_connector.simulator.errors import Refused
from xero_connector.simulator.kinds import CREDIT_NOTE
from xero_connector.simulator.lines import LineRules
from xero_connector.simulator.values import Body

TEXTS = {"CreditNoteNumber": 255, "Reference": 255}
NOT_UNIQUE = "Credit note # must be unique."
"""In the style of the sentence for invoices; Xero's own wording is not recorded."""

NO_DISCOUNT = "Discounts are only supported on sales invoices"


def create(books: Books, given: Mapping[str, Any]) -> Written:
	"""A new credit note from the fields of a request. Raises Refused."""
	kind = given.get("Type")
	if kind not in ("ACCRECCREDIT", "ACCPAYCREDIT"):
		raise Refused(f"The credit note type '{kind}' is not valid.")
	status = given.get("Status") or "DRAFT"
	if status not in invoices.FIRST_STATUS:
		raise Refused("Credit note not of valid status for creation")
	if not given.get("LineItems"):
		raise Refused(documents.NO_LINES)
	contact = contacts.for_document(books, given.get("Contact"))
	note: Body = {
		"Type": kind,
		"CreditNoteID": books.new_id(),
		"CreditNoteNumber": _next_number(books) if kind == "ACCRECCREDIT" else "",
		"Reference": "",
		"Status": status,
		"Contact": {"ContactID": contact["ContactID"]},
		"Date": books.today,
		"LineAmountTypes": "Exclusive",
		"CurrencyCode": books.organisation["BaseCurrency"],
		"HasAttachments": False,
		"LineItems": [],
	}
	return _apply(books, note, {name: value for name, value in given.items() if name != "Contact"})


def create_or_update(books: Books, given: Mapping[str, Any]) -> Written:
	"""POST: change the credit note that CreditNoteID or its number names, else create one. Raises Refused."""
	found = books.given_by_id(CREDIT_NOTE, given, "credit note")
	if found:
		return update(books, found, given)
	found = _by_number(books, given.get("CreditNoteNumber"))
	if found is None:
		return create(books, given)
	if found["Status"] in invoices.FINAL_STATUS:
		raise Refused(NOT_UNIQUE)
	return update(books, found, given)


def update(books: Books, note: Body, given: Mapping[str, Any]) -> Written:
	"""Change the fields given, or move the status on. Raises Refused."""
	asked = given.get("Status") or note["Status"]
	if asked == "VOIDED":
		return Written(credits.void(books, CREDIT_NOTE, note), [])
	if note["Status"] in invoices.FINAL_STATUS:
		raise Refused(invoices.NOT_VALID)
	if credits.is_used(books, note["CreditNoteID"]):
		raise Refused(invoices.ALLOCATED)
	if asked != note["Status"] and asked not in invoices.NEXT_STATUS[note["Status"]]:
		raise Refused(invoices.NOT_VALID)
	note["Status"] = asked
	if asked == "DELETED":
		return Written(books.save(CREDIT_NOTE, note), [])
	return _apply(books, note, given)


def _apply(books: Books, note: Body, given: Mapping[str, Any]) -> Written:
	documents.set_texts(note, given, TEXTS)
	_check_number(books, note)
	documents.set_dates(note, given, ("Date",))
	documents.check_lock(books, note["Date"])
	if "Contact" in given:
		note["Contact"] = {"ContactID": contacts.for_document(books, given["Contact"])["ContactID"]}
	documents.set_theme(books, note, given)
	documents.set_currency(books, note, given)
	discounts = ("DiscountRate", "DiscountAmount")
	if any(line.get(name) for line in given.get("LineItems", []) for name in discounts):
		raise Refused(NO_DISCOUNT)
	approved = note["Status"] in invoices.APPROVED_STATUS
	rules = LineRules(books, is_sale=note["Type"] == "ACCRECCREDIT", approved=approved)
	warnings = documents.set_lines(note, given, rules)
	documents.set_totals(note)
	note["RemainingCredit"] = note["Total"]
	return Written(books.save(CREDIT_NOTE, note), warnings)


def _by_number(books: Books, number: Any) -> Body | None:
	return books.by_number(CREDIT_NOTE, str(number)) if number else None


def _check_number(books: Books, note: Body) -> None:
	other = _by_number(books, note["CreditNoteNumber"])
	if other and note["Type"] == "ACCRECCREDIT" and other["CreditNoteID"] != note["CreditNoteID"]:
		raise Refused(NOT_UNIQUE)


def _next_number(books: Books) -> str:
	counter = books.count(CREDIT_NOTE, "type = 'ACCRECCREDIT'")
	while True:
		counter += 1
		number = f"CN-{counter:04d}"
		if books.by_number(CREDIT_NOTE, number) is None:
			return number
