"""A document of sales, planned: what invoices, credit notes and quotes have in common.

What is billed is read, posted to accounts and rates, checked, and said in lines. Where Xero's way of rounding
still makes another total, a visible rounding line makes up for it, or the document is held with both numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from urllib.parse import quote, urlsplit

from xero_connector.mapping.books import Books
from xero_connector.mapping.document import Doc, DocumentPlan, Facts, Part, Totals
from xero_connector.mapping.lines import (
	NO_TAX,
	Draft,
	best_form,
	form_with_tax,
	payload_lines,
	take_part,
	with_rounding_line,
)
from xero_connector.mapping.money import CENT, ZERO, decimal_of, exclusive_tax, plain, round_cents
from xero_connector.mapping.posting import Posting, postings_of, whereabouts
from xero_connector.mapping.preflight import check_head, check_lines, no_tax_type_missing
from xero_connector.mapping.problem import MappingError, Problem
from xero_connector.mapping.sales import Bill, read_document
from xero_connector.mapping.terms import document_date

INVOICE, CREDIT_NOTE, QUOTE = "Invoice", "CreditNote", "Quote"
NOWHERE = ("", "localhost")
"""Hosts that Xero takes in no link."""


@dataclass(frozen=True)
class PlannedLines:
	"""All lines of a payload in one form, with the totals that Xero will show."""

	form: str
	lines: list[dict[str, Any]]
	totals: Totals
	rounding_line: Decimal
	tax_difference: Decimal

	def plan(self, payload: dict[str, Any]) -> DocumentPlan:
		"""The document that carries these lines."""
		payload["LineItems"] = self.lines
		return DocumentPlan(payload, self.totals, self.rounding_line, self.tax_difference)


def head(doc: Doc, contact_id: str, books: Books, date: str = "") -> dict[str, Any]:
	"""The fields that every kind has; ``date`` (``YYYY-MM-DD``) instead of the document's own."""
	fields: dict[str, Any] = {
		"Contact": {"ContactID": contact_id},
		"Date": date or document_date(doc),
		"CurrencyCode": str(doc["currency"]),
	}
	if doc["currency"] != books.base_currency:
		fields["CurrencyRate"] = currency_rate(doc.get("conversion_rate"))
	if books.branding_theme_id:
		fields["BrandingThemeID"] = books.branding_theme_id
	return fields


def currency_rate(conversion_rate: Any) -> Decimal:
	"""Xero's rate, in units of the document's currency per unit of base currency, six decimals.

	ERPNext's ``conversion_rate`` is the other way round.
	"""
	return plain((1 / decimal_of(conversion_rate)).quantize(Decimal("0.000001")))


def back_link(doc: Doc, books: Books) -> str | None:
	"""Where the document is in ERPNext; ``None`` if no one else could get there."""
	site = urlsplit(books.site_url)
	if site.scheme not in ("http", "https") or (site.hostname or "") in NOWHERE:
		return None
	page = str(doc["doctype"]).lower().replace(" ", "-")
	return f"{books.site_url.rstrip('/')}/app/{page}/{quote(str(doc['name']), safe='')}"


def plan_lines(
	doc: Doc, books: Books, facts: Facts, *, entity: str = INVOICE, part: Part | None = None
) -> PlannedLines:
	"""The lines of a document, or of a part of it, as this kind of Xero document says them.

	Raises ``MappingError`` with everything that stands in the way.
	"""
	bill, postings = posted(doc, books, facts)
	problems = [
		*bill.problems,
		*check_head(doc, bill, books, entity, part),
		*check_lines(doc, bill.lines, postings, books),
	]
	if problems:
		raise MappingError(list(dict.fromkeys(problems)))
	in_parts = part is not None and part.of(bill.owed) != bill.owed
	draft = (form_with_tax if in_parts else best_form)(bill, postings)
	_check_tax_total(doc, bill, draft, books)
	gap = bill.owed - draft.totals.total
	if gap:
		draft = with_rounding_line(draft, gap, _rounding_account(doc, draft, bill, gap, books))
	tax = bill.tax
	if part is not None and in_parts:
		amount = part.of(bill.owed)
		draft = take_part(draft, part.before, amount, part.label or f"Part of {doc['name']}")
		gap = draft.entries[-1].amount if gap else ZERO
		tax = _share(tax, part.before + amount, bill.owed) - _share(tax, part.before, bill.owed)
	lines = payload_lines(draft, books, discounts=entity != CREDIT_NOTE)
	return PlannedLines(draft.form, lines, draft.totals, gap, draft.totals.total_tax - tax)


def posted(doc: Doc, books: Books, facts: Facts) -> tuple[Bill, list[Posting]]:
	"""What a document bills, and where each of its lines goes, unchecked."""
	mapped = {rule.account: "Tax" for rule in books.tax_rules}
	bill = read_document(doc, {**facts.account_types, **mapped}, books.accounts)
	if doc["doctype"] == "Opportunity":
		bill = _with_tax_on_top(bill, doc, books, facts)
	return bill, postings_of(bill.lines, doc, books, facts)


def _with_tax_on_top(bill: Bill, doc: Doc, books: Books, facts: Facts) -> Bill:
	"""An Opportunity knows no taxes: where the admin has a rule for that, tax comes on top of its prices."""
	tax = books.tax_beside(whereabouts(doc, facts))
	if tax is None:
		return bill
	lines = tuple(replace(line, tax=tax) for line in bill.lines)
	amount = sum((exclusive_tax(line.net, tax.rate) for line in lines), ZERO)
	return replace(bill, lines=lines, tax=amount, owed=bill.owed + amount)


def _share(amount: Decimal, reached: Decimal, whole: Decimal) -> Decimal:
	return round_cents(amount * reached / whole)


def _check_tax_total(doc: Doc, bill: Bill, draft: Draft, books: Books) -> None:
	if abs(draft.totals.total_tax - bill.tax) <= books.rounding_limit + CENT * len(bill.lines):
		return
	advice = f"Correct the {doc['doctype']}: the rates of its lines do not add up to the tax it states."
	where = str(doc["doctype"]), str(doc["name"]), "taxes"
	raise MappingError([Problem("totals-differ", _numbers(doc, bill, draft), advice, *where)])


def _numbers(doc: Doc, bill: Bill, draft: Draft) -> str:
	return (
		f"ERPNext says {bill.owed} {doc['currency']}, Xero would make it {draft.totals.total}"
		f" (tax {bill.tax} here, {draft.totals.total_tax} in Xero)."
	)


def _rounding_account(doc: Doc, draft: Draft, bill: Bill, gap: Decimal, books: Books) -> str:
	"""The account for an explicit rounding line. Raises ``MappingError`` where there may be none."""
	beyond = gap - bill.rounding
	numbers = _numbers(doc, bill, draft)
	if abs(beyond) > books.rounding_limit or (beyond and not books.add_rounding_line):
		cause, message = "totals-differ", numbers
		advice = (
			f"Allow a rounding line of up to {abs(beyond)}, or change the {doc['doctype']}: both must agree."
		)
		field = "rounding_limit" if books.add_rounding_line else "rounding_policy"
	elif not books.rounding_account:
		cause, field = "rounding-account-missing", "rounding_account"
		message = f"{numbers} The organisation has no account for the difference."
		advice = "Choose the rounding account."
	elif draft.form != NO_TAX and not books.no_tax_type:
		raise MappingError([no_tax_type_missing(f"{numbers} The rounding line carries no tax.", books)])
	else:
		return books.rounding_account
	raise MappingError([Problem(cause, message, advice, "Xero Organisation", books.organisation, field)])
