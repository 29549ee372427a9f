"""The rules of quotes.

As chosen here: PUT always creates, as DRAFT or SENT. POST finds the quote to change by QuoteID only, and a
number that is taken, if by a deleted quote, is refused. Sentences of refusals follow those for invoices;
Xero's own are not recorded.

Two habits are reported by an integrator who saw them in a live organisation: DRAFT and ACCEPTED cannot become
DECLINED, and a POST clears the texts that it leaves out and takes its lines as EXCLUSIVE if it does not say
how they are meant.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xero_connector.simulator import contacts, documents, invoices
from xero_connector.simulator.books import Books, Written
from xero_connector.simulator.errors import Refused
from xero_connector.simulator.kinds import QUOTE
from xero_connector.simulator.lines import LineRules
from xero_connector.simulator.values import Body

NEXT_STATUS = {
	"DRAFT": ("SENT", "DELETED"),
	"SENT": ("ACCEPTED", "DECLINED", "INVOICED", "DELETED"),
	"ACCEPTED": ("INVOICED", "DELETED"),
	"DECLINED": ("DELETED",),
}
FIRST_STATUS = ("DRAFT", "SENT")

LINE_AMOUNT_TYPES = {spelling.upper(): spelling for spelling in documents.LINE_AMOUNT_TYPES}
"""How quotes spell what other documents spell in mixed case, as the simulator keeps it."""

TEXTS = {"QuoteNumber": 255, "Reference": 4000, "Title": 100, "Summary": 3000, "Terms": 4000}
CLEARED = ("Reference", "Title", "Summary", "Terms")

NOT_VALID = "Quote not of valid status for modification"
NOT_UNIQUE = "Quote # must be unique."

CARRIED_TO_INVOICE = (
	"Description",
	"Quantity",
	"UnitAmount",
	"ItemCode",
	"AccountCode",
	"TaxType",
	"TaxAmount",
	"DiscountAmount",
	"DiscountRate",
	"Tracking",
)


def create(books: Books, given: Mapping[str, Any]) -> Written:
	"""A new quote from the fields of a request. Raises Refused."""
	status = given.get("Status") or "DRAFT"
	if status not in FIRST_STATUS:
		raise Refused("Quote not of valid status for creation")
	if not given.get("LineItems"):
		raise Refused(documents.NO_LINES)
	contact = contacts.for_document(books, given.get("Contact"))
	quote: Body = {
		"QuoteID": books.new_id(),
		"QuoteNumber": given.get("QuoteNumber") or _next_number(books),
		**dict.fromkeys(CLEARED, ""),
		"Status": status,
		"Contact": {"ContactID": contact["ContactID"]},
		"Date": books.today,
		"LineAmountTypes": "Exclusive",
		"CurrencyCode": books.organisation["BaseCurrency"],
		"LineItems": [],
	}
	written = _apply(books, quote, {name: value for name, value in given.items() if name != "Contact"})
	documents.note(books, quote["QuoteID"], "Created", f"{quote['QuoteNumber']} for {quote['Total']}")
	return written


def create_or_update(books: Books, given: Mapping[str, Any]) -> Written:
	"""POST: change the quote that QuoteID names, else create one. Raises Refused."""
	found = books.given_by_id(QUOTE, given, "quote")
	if found is None:
		return create(books, given)
	implied: Body = dict.fromkeys(CLEARED, "")
	if "LineItems" in given:
		implied["LineAmountTypes"] = "EXCLUSIVE"
	return update(books, found, {**implied, **given})


def update(books: Books, quote: Body, given: Mapping[str, Any]) -> Written:
	"""Change the fields given, or move the status on. Raises Refused."""
	held, asked = quote["Status"], given.get("Status") or quote["Status"]
	if held not in NEXT_STATUS or asked not in (held, *NEXT_STATUS[held]):
		raise Refused(NOT_VALID)
	quote["Status"] = asked
	documents.note(books, quote["QuoteID"], "Edited" if asked == held else asked.title(), "")
	if asked == "DELETED":
		return Written(books.save(QUOTE, quote), [])
	return _apply(books, quote, given)


def to_invoice(books: Books, quote: Body) -> Body:
	"""Make a draft invoice of a quote, as Xero's own screen does; answers the invoice. Raises Refused."""
	update(books, quote, {"Status": "INVOICED"})
	named = ("Contact", "LineAmountTypes", "CurrencyCode", "CurrencyRate", "BrandingThemeID")
	lines = [{name: line[name] for name in CARRIED_TO_INVOICE if name in line} for line in quote["LineItems"]]
	return invoices.create(
		books,
		{
			"Type": "ACCREC",
			"Reference": quote["QuoteNumber"],
			"LineItems": lines,
			**{name: quote[name] for name in named if name in quote},
		},
	).body


def _apply(books: Books, quote: Body, given: Mapping[str, Any]) -> Written:
	documents.set_texts(quote, given, TEXTS)
	other = books.by_number(QUOTE, quote["QuoteNumber"])
	if other and other["QuoteID"] != quote["QuoteID"]:
		raise Refused(NOT_UNIQUE)
	documents.set_dates(quote, given, ("Date", "ExpiryDate"))
	if "Contact" in given:
		quote["Contact"] = {"ContactID": contacts.for_document(books, given["Contact"])["ContactID"]}
	documents.set_theme(books, quote, given)
	documents.set_currency(books, quote, given)
	# A quote's answer has no field for warnings, so what does not fit is refused.
	rules = LineRules(books, is_sale=True, approved=False, drops_accounts=False)
	documents.set_lines(quote, _read_line_amount_types(given), rules)
	documents.set_totals(quote)
	return Written(books.save(QUOTE, quote), [])


def _read_line_amount_types(given: Mapping[str, Any]) -> Mapping[str, Any]:
	asked = given.get("LineAmountTypes")
	if asked is None:
		return given
	if asked not in LINE_AMOUNT_TYPES:
		raise Refused(f"The LineAmountTypes '{asked}' is not valid.")
	return {**given, "LineAmountTypes": LINE_AMOUNT_TYPES[asked]}


def _next_number(books: Books) -> str:
	counter = books.count(QUOTE)
	while True:
		counter += 1
		number = f"QU-{counter:04d}"
		if books.by_number(QUOTE, number) is None:
			return number
