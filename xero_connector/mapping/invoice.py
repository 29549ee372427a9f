"""Sales Order to Xero invoice, to the cent; and the mirrored invoice back.

Xero computes tax per line, rounds it half up to cents and adds the cents; ERPNext adds unrounded tax and
rounds the sum. So the payload is computed forward with Xero's own rule before it is sent. Where the two ways
differ, the same bill is said in the other form (prices with tax instead of without); where that differs too,
a visible rounding line makes up for it, or the order is held with both numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from xero_connector.mapping.books import Books, TaxRate
from xero_connector.mapping.item import DESCRIPTION_LENGTH
from xero_connector.mapping.money import (
	CENT,
	ZERO,
	allocate,
	cents,
	decimal_of,
	exclusive_tax,
	inclusive_tax,
	plain,
	round_cents,
)
from xero_connector.mapping.order import Bill, BilledLine, read_order
from xero_connector.mapping.problem import MappingError, Problem
from xero_connector.mapping.terms import due_date

Doc = Mapping[str, Any]
Line = dict[str, Any]

EXCLUSIVE, INCLUSIVE, NO_TAX = "Exclusive", "Inclusive", "NoTax"
STATUS = {"Draft": "DRAFT", "Submitted": "SUBMITTED", "Authorised": "AUTHORISED"}
UNIT_STEP = Decimal("0.0001")
"""Xero keeps four decimals of a quantity, and of a unit price when asked with ``unitdp=4``."""


@dataclass(frozen=True)
class Totals:
	"""What Xero will show, in the document's currency."""

	sub_total: Decimal
	total_tax: Decimal
	total: Decimal


@dataclass(frozen=True)
class InvoicePlan:
	"""A payload and the totals that Xero's answer must show.

	``rounding_line`` is the amount of the explicit rounding line (zero: there is none). ``tax_difference`` is
	Xero's tax less ERPNext's: the amount owed is the same, and the cent is said in the log.
	"""

	payload: dict[str, Any]
	totals: Totals
	rounding_line: Decimal
	tax_difference: Decimal


@dataclass(frozen=True)
class _Draft:
	"""The lines in one of the two forms, before rounding."""

	form: str
	lines: list[Line]
	totals: Totals


def to_invoice(order: Doc, contact_id: str, books: Books, account_types: Mapping[str, str]) -> InvoicePlan:
	"""The invoice of a submitted Sales Order.

	``account_types``: Account type by ERPNext account, for the heads of the taxes table; what the admin
	mapped as a tax is one, whatever its type. Raises ``MappingError`` with everything that stands in the way.
	"""
	bill = read_order(order, {**account_types, **{account: "Tax" for account, _ in books.taxes}})
	rates, problems = _preflight(order, bill, books)
	if problems:
		raise MappingError(problems)
	draft = _best_form(bill, rates, books)
	if abs(draft.totals.total_tax - bill.tax) > books.rounding_limit + CENT * len(bill.lines):
		raise MappingError(
			[
				Problem(
					"totals-differ",
					_numbers(order, bill, draft),
					"Correct the order: the rates of its lines do not add up to the tax it states.",
					"Sales Order",
					str(order["name"]),
					"taxes",
				)
			]
		)
	gap = bill.owed - draft.totals.total
	if gap:
		draft = _with_rounding_line(order, draft, bill, gap, books)
	payload: dict[str, Any] = {
		"Type": "ACCREC",
		"InvoiceNumber": str(order["name"]),
		"Contact": {"ContactID": contact_id},
		"Date": str(order["transaction_date"])[:10],
		"DueDate": due_date(order),
		"CurrencyCode": str(order["currency"]),
		"LineAmountTypes": draft.form,
		"Status": books.invoice_status,
		"LineItems": draft.lines,
	}
	if order.get("po_no"):
		payload["Reference"] = str(order["po_no"])
	if order["currency"] != books.base_currency:
		payload["CurrencyRate"] = currency_rate(order.get("conversion_rate"))
	return InvoicePlan(payload, draft.totals, gap, draft.totals.total_tax - bill.tax)


def currency_rate(conversion_rate: Any) -> Decimal:
	"""Xero's rate, in units of the document's currency per unit of base currency, six decimals.

	ERPNext's ``conversion_rate`` is the other way round.
	"""
	return plain((1 / decimal_of(conversion_rate)).quantize(Decimal("0.000001")))


def void_invoice(invoice_id: str, xero_status: str) -> dict[str, Any]:
	"""The payload that takes an unpaid invoice out of the books. A status change alone sends no lines."""
	return {"InvoiceID": invoice_id, "Status": "VOIDED" if xero_status == "AUTHORISED" else "DELETED"}


def _best_form(bill: Bill, rates: Sequence[TaxRate | None], books: Books) -> _Draft:
	"""The bill in the form it was written in, unless only the other form gives the same total and tax."""
	wanted = (bill.owed - bill.rounding, bill.tax)
	if not any(bill.lines[at].tax for at in range(len(bill.lines))):
		return _draft(NO_TAX, bill, rates, [line.net for line in bill.lines], books)
	forms: list[Callable[[], _Draft]] = [
		lambda: _draft(EXCLUSIVE, bill, rates, [line.net for line in bill.lines], books),
		lambda: _draft(INCLUSIVE, bill, rates, _gross_amounts(bill, rates), books),
	]
	if bill.inclusive:
		forms.reverse()
	own = forms[0]()
	if (own.totals.total, own.totals.total_tax) == wanted:
		return own
	other = forms[1]()
	return other if (other.totals.total, other.totals.total_tax) == wanted else own


def _gross_amounts(bill: Bill, rates: Sequence[TaxRate | None]) -> list[Decimal]:
	"""Line amounts with tax that add up to the grand total: as printed if they do, else cents beside them.

	Where a line would have to move by a whole cent, it is not rounding that is missing: the nearest cents.
	"""
	total = bill.owed - bill.rounding
	printed = [line.net if line.gross is None else line.gross for line in bill.lines]
	if bill.inclusive and all(
		line.gross is not None or not _percent(rate) for line, rate in zip(bill.lines, rates, strict=True)
	):
		if sum(printed, ZERO) == total:
			return printed
	ideals = [line.net * (1 + _percent(rate) / 100) for line, rate in zip(bill.lines, rates, strict=True)]
	amounts = allocate(total, ideals)
	if any(abs(amount - ideal) >= CENT for amount, ideal in zip(amounts, ideals, strict=True)):
		return [round_cents(ideal) for ideal in ideals]
	return amounts


def _percent(rate: TaxRate | None) -> Decimal:
	return rate.rate if rate else ZERO


def _draft(
	form: str, bill: Bill, rates: Sequence[TaxRate | None], amounts: Sequence[Decimal], books: Books
) -> _Draft:
	lines, tax = [], ZERO
	for billed, rate, amount in zip(bill.lines, rates, amounts, strict=True):
		if form != NO_TAX and (bill.inclusive and billed.account is None) != (form == INCLUSIVE):
			billed = _in_other_form(billed, amount, _percent(rate), form)
		line = price_line(billed, amount)
		line["AccountCode"] = _account_of(billed, books)
		if form != NO_TAX:
			line["TaxType"] = rate.tax_type if rate else books.no_tax_type
			tax += (inclusive_tax if form == INCLUSIVE else exclusive_tax)(amount, _percent(rate))
		lines.append(line)
	total = sum(amounts, ZERO)
	if form == INCLUSIVE:
		return _Draft(form, lines, Totals(total - tax, tax, total))
	return _Draft(form, lines, Totals(total, tax, total + tax))


def _in_other_form(billed: BilledLine, amount: Decimal, percent: Decimal, form: str) -> BilledLine:
	"""The line with its unit price as this form says prices, with tax or without. A charge stands without."""
	factor = 1 + percent / 100
	price = billed.price * factor if form == INCLUSIVE else billed.price / factor
	if billed.quantity and abs(round_cents(billed.quantity * price) - amount) <= CENT:
		price = amount / billed.quantity  # a cent of rounding is no discount
	return replace(billed, price=price)


def price_line(billed: BilledLine, amount: Decimal) -> Line:
	"""Quantity, unit price and discount that Xero computes to exactly ``amount``.

	The order's own quantity and price, with the rest as a discount *amount* (a percentage can be truncated);
	where the price is rounded so that no discount fits, the price that does; else one unit at the amount
	itself, with the quantity in the description.
	"""
	line: Line = {"Description": billed.description or billed.item_code or ""}
	if billed.item_code:
		line["ItemCode"] = billed.item_code
	quantity, price = billed.quantity, billed.price.quantize(UNIT_STEP)
	discount, fits = round_cents(quantity * price) - amount, True
	if discount and not (0 < discount <= round_cents(quantity * price)):
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


def _numbers(order: Doc, bill: Bill, draft: _Draft) -> str:
	return (
		f"ERPNext says {bill.owed} {order['currency']}, Xero would make it {draft.totals.total}"
		f" (tax {bill.tax} here, {draft.totals.total_tax} in Xero)."
	)


def _no_tax_type_missing(message: str, books: Books) -> Problem:
	return Problem(
		"no-tax-type-missing",
		message,
		"Choose the rate for lines without tax.",
		"Xero Organisation",
		books.organisation,
		"no_tax_rate",
	)


def _with_rounding_line(order: Doc, draft: _Draft, bill: Bill, gap: Decimal, books: Books) -> _Draft:
	"""The draft with an explicit line for what the two ways of rounding differ by."""
	beyond = gap - bill.rounding
	numbers = _numbers(order, bill, draft)
	if abs(beyond) > books.rounding_limit or (beyond and not books.add_rounding_line):
		raise MappingError(
			[
				Problem(
					"totals-differ",
					numbers,
					f"Allow a rounding line of up to {abs(beyond)}, or change the order so that both agree.",
					"Xero Organisation",
					books.organisation,
					"rounding_limit" if books.add_rounding_line else "rounding_policy",
				)
			]
		)
	if not books.rounding_account:
		raise MappingError(
			[
				Problem(
					"rounding-account-missing",
					f"{numbers} The organisation has no account for the difference.",
					"Choose the rounding account.",
					"Xero Organisation",
					books.organisation,
					"rounding_account",
				)
			]
		)
	if draft.form != NO_TAX and not books.no_tax_type:
		raise MappingError([_no_tax_type_missing(f"{numbers} The rounding line carries no tax.", books)])
	line: Line = {
		"Description": "Rounding",
		"Quantity": Decimal(1),
		"UnitAmount": gap,
		"LineAmount": gap,
		"AccountCode": books.rounding_account,
	}
	if draft.form != NO_TAX:
		line["TaxType"] = books.no_tax_type
	totals = draft.totals
	return _Draft(
		draft.form,
		[*draft.lines, line],
		Totals(totals.sub_total + gap, totals.total_tax, totals.total + gap),
	)


def _account_of(line: BilledLine, books: Books) -> str | None:
	return books.accounts.get(line.account, books.sales_account) if line.account else books.sales_account


def _preflight(order: Doc, bill: Bill, books: Books) -> tuple[list[TaxRate | None], list[Problem]]:
	"""The Xero rate of each line, and everything that Xero would refuse, all at once."""
	name, problems = str(order["name"]), []

	def problem(cause: str, message: str, advice: str, doctype: str, where: str, field: str) -> None:
		found = Problem(cause, message, advice, doctype, where, field)
		if found not in problems:
			problems.append(found)

	if not bill.lines:
		problem("no-lines", "The order has no items.", "Add an item.", "Sales Order", name, "items")
	if bill.owed < 0:
		problem(
			"negative-total",
			f"The order's total is negative ({bill.owed}); Xero takes that as a credit note only.",
			"Correct the order's lines.",
			"Sales Order",
			name,
			"items",
		)
	currency = str(order["currency"])
	if books.currencies and currency not in books.currencies:
		problem(
			"currency-not-enabled",
			f"The currency {currency} is not switched on in this Xero organisation.",
			f"Add {currency} in Xero (Settings, Currencies), then refresh the organisation.",
			"Sales Order",
			name,
			"currency",
		)
	if currency != books.base_currency and decimal_of(order.get("conversion_rate")) <= 0:
		problem(
			"exchange-rate-missing",
			f"The order is in {currency} and has no exchange rate.",
			"Set the exchange rate on the order.",
			"Sales Order",
			name,
			"conversion_rate",
		)
	date = str(order["transaction_date"])[:10]
	if books.locked_until and date <= books.locked_until:
		problem(
			"period-locked",
			f"The books in Xero are locked up to {books.locked_until}; the order is dated {date}.",
			"Ask finance to move the lock date, or date the order later.",
			"Sales Order",
			name,
			"transaction_date",
		)
	rates: list[TaxRate | None] = []
	for line in bill.lines:
		if not _account_of(line, books):
			problem(
				"account-missing",
				"No Xero account is chosen for sales.",
				"Choose the sales account.",
				"Xero Organisation",
				books.organisation,
				"sales_account",
			)
		rate = books.tax_for(*line.tax) if line.tax else None
		rates.append(rate)
		if line.tax and rate is None:
			account, percent = line.tax
			problem(
				"tax-not-mapped",
				f"The tax {account} at {percent:f} % has no Xero tax rate.",
				"Choose the Xero tax rate for it in the tax map.",
				"Xero Organisation",
				books.organisation,
				"taxes",
			)
		elif rate and line.tax and rate.rate != line.tax[1]:
			problem(
				"tax-rate-differs",
				f"The tax {line.tax[0]} at {line.tax[1]:f} % is mapped to {rate.name or rate.tax_type},"
				f" which is {rate.rate:f} %.",
				"Choose a Xero tax rate of the same percentage.",
				"Xero Organisation",
				books.organisation,
				"taxes",
			)
	if any(line.tax for line in bill.lines) and None in rates and not problems and not books.no_tax_type:
		problems.append(
			_no_tax_type_missing(
				"Some lines carry no tax, and no Xero tax rate is chosen for lines without tax.", books
			)
		)
	return rates, problems


def order_fields(invoice: Doc) -> dict[str, Any]:
	"""What a Sales Order shows of its mirrored invoice, in its own currency and (``base``) in the company's.

	*Paid* is money received; a credit note lowers what is due without being paid.
	"""
	return {
		"xero_invoice": invoice["name"],
		"xero_invoice_number": invoice.get("invoice_number"),
		"xero_payment_status": invoice.get("payment_status"),
		"xero_total": cents(invoice.get("total")),
		"xero_paid": cents(invoice.get("amount_paid"))
		+ cents(invoice.get("amount_credited"))
		- cents(invoice.get("credit_notes")),
		"xero_due": cents(invoice.get("amount_due")),
		"xero_overdue": cents(invoice.get("amount_due"))
		if invoice.get("payment_status") == "Overdue"
		else ZERO,
		"xero_base_total": cents(invoice.get("base_total")),
		"xero_base_paid": cents(invoice.get("base_paid")),
		"xero_base_due": cents(invoice.get("base_due")),
		"xero_base_overdue": cents(invoice.get("base_overdue")),
		"xero_due_date": invoice.get("due_date"),
	}
