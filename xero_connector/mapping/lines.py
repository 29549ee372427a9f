"""The lines of a bill as Xero computes them, to the cent.

Xero computes tax per line, rounds it half up to cents and adds the cents; ERPNext adds unrounded tax and
rounds the sum. So the lines are computed forward with Xero's own rule before they are sent. Where the two
ways differ, the same bill is said in the other form (prices with tax instead of without). The amounts of that
form are printed nowhere, so each may be rounded up or down; those of the bill's own form never move.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from xero_connector.mapping.books import Books
from xero_connector.mapping.document import Totals
from xero_connector.mapping.item import DESCRIPTION_LENGTH
from xero_connector.mapping.money import (
	CENT,
	ZERO,
	allocate,
	allocate_taxed,
	exclusive_tax,
	inclusive_tax,
	plain,
	round_cents,
)
from xero_connector.mapping.posting import Posting
from xero_connector.mapping.sales import Bill, BilledLine

Line = dict[str, Any]

EXCLUSIVE, INCLUSIVE, NO_TAX = "Exclusive", "Inclusive", "NoTax"
UNIT_STEP = Decimal("0.0001")
"""Xero keeps four decimals of a quantity, and of a unit price when asked with ``unitdp=4``."""


@dataclass(frozen=True)
class Entry:
	"""A line in one of the forms: its unit price and ``amount`` hold tax, or do not, as the form says."""

	billed: BilledLine
	amount: Decimal
	posting: Posting

	@property
	def percent(self) -> Decimal:
		"""The rate of tax that Xero takes."""
		return self.posting.rate.rate if self.posting.rate else ZERO


@dataclass(frozen=True)
class Draft:
	"""All lines in one form."""

	form: str
	entries: tuple[Entry, ...]

	@property
	def totals(self) -> Totals:
		"""What Xero makes of it."""
		amount = sum((entry.amount for entry in self.entries), ZERO)
		tax = sum((tax_in_xero(self.form, entry.amount, entry.percent) for entry in self.entries), ZERO)
		if self.form == INCLUSIVE:
			return Totals(amount - tax, tax, amount)
		return Totals(amount, tax, amount + tax)


def tax_in_xero(form: str, amount: Decimal, percent: Decimal) -> Decimal:
	"""Xero's tax on one line."""
	if form == NO_TAX:
		return ZERO
	return (inclusive_tax if form == INCLUSIVE else exclusive_tax)(amount, percent)


def best_form(bill: Bill, postings: Sequence[Posting]) -> Draft:
	"""The bill as it was written, unless only another way gives the same total and tax."""
	wanted = (bill.owed - bill.rounding, bill.tax)
	ways = _ways(bill, postings)
	own = next(ways)
	for draft in (own, *ways):
		if (draft.totals.total, draft.totals.total_tax) == wanted:
			return draft
	return own


def form_with_tax(bill: Bill, postings: Sequence[Posting]) -> Draft:
	"""The bill with tax in its prices, so that its amounts add up to what is owed."""
	if not _is_taxed(postings):
		return next(_ways(bill, postings))
	amounts = _chosen(INCLUSIVE, bill, postings) or _gross_amounts(bill, postings)
	return _draft(INCLUSIVE, bill, postings, amounts)


def _ways(bill: Bill, postings: Sequence[Posting]) -> Iterator[Draft]:
	"""The ways to say the bill, the one it was written in first."""
	nets = [line.net for line in bill.lines]
	if not _is_taxed(postings):
		yield _draft(NO_TAX, bill, postings, nets)
		return
	if bill.inclusive:
		yield _draft(INCLUSIVE, bill, postings, _gross_amounts(bill, postings))
	yield _draft(EXCLUSIVE, bill, postings, nets)
	for form in (INCLUSIVE, EXCLUSIVE) if bill.inclusive else (INCLUSIVE,):
		amounts = _chosen(form, bill, postings)
		if amounts:
			yield _draft(form, bill, postings, amounts)


def _is_taxed(postings: Sequence[Posting]) -> bool:
	return any(posting.rate for posting in postings)


def _percents(postings: Sequence[Posting]) -> list[Decimal]:
	return [posting.rate.rate if posting.rate else ZERO for posting in postings]


def _ideals(bill: Bill, postings: Sequence[Posting]) -> list[Decimal]:
	"""The amounts with tax: as the customer has read them, else not rounded."""
	return [
		line.net * (1 + percent / 100) if line.gross is None else line.gross
		for line, percent in zip(bill.lines, _percents(postings), strict=True)
	]


def _gross_amounts(bill: Bill, postings: Sequence[Posting]) -> list[Decimal]:
	"""Line amounts with tax that add up to the grand total.

	Where a line would have to move by a whole cent, it is not rounding that is missing: the nearest cents.
	"""
	ideals = _ideals(bill, postings)
	amounts = allocate(bill.owed - bill.rounding, ideals)
	if any(abs(amount - ideal) >= CENT for amount, ideal in zip(amounts, ideals, strict=True)):
		return [round_cents(ideal) for ideal in ideals]
	return amounts


def _chosen(form: str, bill: Bill, postings: Sequence[Posting]) -> list[Decimal] | None:
	"""Amounts rounded so that total and tax are those of ERPNext, if there are such."""
	total, percents, ideals = bill.owed - bill.rounding, _percents(postings), _ideals(bill, postings)
	if form == EXCLUSIVE:
		total -= bill.tax
		ideals = [ideal / (1 + percent / 100) for ideal, percent in zip(ideals, percents, strict=True)]
	return allocate_taxed(total, bill.tax, ideals, lambda at, amount: tax_in_xero(form, amount, percents[at]))


def _draft(form: str, bill: Bill, postings: Sequence[Posting], amounts: Sequence[Decimal]) -> Draft:
	entries = []
	for billed, posting, amount in zip(bill.lines, postings, amounts, strict=True):
		entry = Entry(billed, amount, posting)
		if form != NO_TAX and (bill.inclusive and not billed.is_charge) != (form == INCLUSIVE):
			entry = _in_other_form(entry, form)
		entries.append(entry)
	return Draft(form, tuple(entries))


def _in_other_form(entry: Entry, form: str) -> Entry:
	"""The line with its unit price as this form says prices, with tax or without. A charge stands without."""
	billed, factor = entry.billed, 1 + entry.percent / 100
	price = billed.price * factor if form == INCLUSIVE else billed.price / factor
	if billed.quantity and abs(round_cents(billed.quantity * price) - entry.amount) <= CENT:
		price = entry.amount / billed.quantity  # a cent of rounding is no discount
	return replace(entry, billed=replace(billed, price=price))


def with_rounding_line(draft: Draft, gap: Decimal, account: str) -> Draft:
	"""The draft with an explicit line, without tax, for what is missing."""
	billed = BilledLine("Rounding", Decimal(1), gap, gap, None, None, is_charge=True)
	entry = Entry(billed, gap, Posting(account, "rounding_account", None))
	return Draft(draft.form, (*draft.entries, entry))


def take_part(draft: Draft, before: Decimal, amount: Decimal, label: str) -> Draft:
	"""The part of a bill from ``before`` to ``before`` + ``amount``, both with tax: of each line its share.

	A share is what all parts so far come to, less what the earlier ones did. So parts that together are the
	whole bill add up to each of its lines, in amount and in quantity. The draft must hold tax in its prices.
	"""
	whole = draft.totals.total
	amounts = [entry.amount for entry in draft.entries]

	def until(reached: Decimal) -> list[Decimal]:
		return allocate(reached, [amount * reached / whole for amount in amounts])

	entries = []
	for entry, old, new in zip(draft.entries, until(before), until(before + amount), strict=True):
		billed, quantities = entry.billed, (before, before + amount)
		first, last = ((billed.quantity * reached / whole).quantize(UNIT_STEP) for reached in quantities)
		description = f"{label}: {billed.description or billed.item_code}"[:DESCRIPTION_LENGTH]
		shared = replace(billed, description=description, quantity=last - first)
		entries.append(replace(entry, billed=shared, amount=new - old))
	return Draft(draft.form, tuple(entries))


def payload_lines(draft: Draft, books: Books, *, discounts: bool) -> list[Line]:
	"""The lines as they go to Xero. ``discounts``: whether this kind of document knows them."""
	return [_payload_line(entry, draft.form, books, discounts=discounts) for entry in draft.entries]


def _payload_line(entry: Entry, form: str, books: Books, *, discounts: bool) -> Line:
	line = price_line(entry.billed, entry.amount, discounts=discounts)
	line["AccountCode"] = entry.posting.account
	if form != NO_TAX:
		line["TaxType"] = entry.posting.rate.tax_type if entry.posting.rate else books.no_tax_type
	if entry.posting.tracking:
		line["Tracking"] = [
			{"Name": category, "Option": option} for category, option in entry.posting.tracking
		]
	return line


def price_line(billed: BilledLine, amount: Decimal, *, discounts: bool = True) -> Line:
	"""Quantity, unit price and discount that Xero computes to exactly ``amount``.

	The document's own quantity and price, with the rest as a discount *amount* (a percentage can be
	truncated); where there may be no discount, or none fits, the price that does; else one unit at the amount
	itself, with the quantity in the description.
	"""
	line: Line = {"Description": billed.description or billed.item_code or ""}
	if billed.item_code:
		line["ItemCode"] = billed.item_code
	quantity, price = billed.quantity, billed.price.quantize(UNIT_STEP)
	discount, fits = round_cents(quantity * price) - amount, True
	if discount and not (discounts and 0 < discount <= round_cents(quantity * price)):
		price = (amount / quantity).quantize(UNIT_STEP) if quantity else price
		discount = round_cents(quantity * price) - amount
		fits = not discount
	if not fits or quantity != quantity.quantize(UNIT_STEP):
		line["Description"] = f"{plain(quantity):f} × {line['Description']}"[:DESCRIPTION_LENGTH]
		quantity, price, discount = Decimal(1), amount, ZERO
	line["Quantity"], line["UnitAmount"] = plain(quantity), plain(price)
	if discount:
		line["DiscountAmount"] = discount
	line["LineAmount"] = amount
	return line
