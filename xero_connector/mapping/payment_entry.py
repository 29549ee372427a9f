"""A payment in Xero as ERPNext's Payment Entry, against the Sales Invoice that it pays.

Xero's rate is document units per unit of the books' currency, ERPNext's the other way round. Neither is used:
both sides of an entry come from amounts that Xero names, so that no cent appears by dividing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from xero_connector.mapping.mirror import REFUND
from xero_connector.mapping.money import ZERO, cents, decimal_of, round_cents

Doc = Mapping[str, Any]

ROUNDING = Decimal("0.05")
"""What the last payment of an invoice may differ from what is left, where the books keep that in their own
currency: a cent of rounding for each payment.
"""


class NoEntry(ValueError):
	"""A payment cannot become a Payment Entry; the message says why and what to do."""


@dataclass(frozen=True)
class Facts:
	"""What stands outside the payment and its invoice.

	``bank``: the account that the money went to, ``xero_currency`` what Xero's own account is kept in.
	``by_term``: the invoice's terms want a payment allocated to each of them. ``settles``: nothing is due in
	Xero after this payment, and the others of the invoice have their entries.
	"""

	company: Doc
	bank: Doc
	xero_currency: str
	mode_of_payment: str | None = None
	by_term: bool = False
	settles: bool = False


def to_payment_entry(payment: Doc, invoice: Doc, facts: Facts) -> dict[str, Any]:
	"""The Payment Entry, submitted, of a mirrored payment of a Sales Invoice, or of a mirrored refund of a
	return. Raises ``NoEntry``.
	"""
	refund = payment["kind"] == REFUND
	amount, books = cents(payment.get("amount")), str(facts.company["default_currency"])
	owed_in = str(invoice.get("party_account_currency") or books)
	_check_currencies(payment, invoice, facts, owed_in, books)
	banked = _banked(payment, facts)
	in_books = banked if _bank_currency(facts, books) == books else cents(payment.get("base_amount"))
	converted = owed_in != invoice["currency"]
	allocated = _converted(amount, invoice, facts) if converted else amount
	owed = abs(cents(invoice.get("outstanding_amount")))
	if allocated > owed:
		raise NoEntry(
			f"{invoice['name']} owes {owed} {owed_in} here, and {allocated} was paid in Xero."
			" Was it entered by hand before? Then nothing is left to do."
		)
	from_customer = in_books if converted else amount
	party = _side(str(invoice["debit_to"]), owed_in, from_customer, in_books, books)
	bank = _side(str(facts.bank["name"]), _bank_currency(facts, books), banked, in_books, books)
	paid, received = (bank, party) if refund else (party, bank)
	sign = -1 if refund else 1
	return {
		"doctype": "Payment Entry",
		"docstatus": 1,
		"payment_type": "Pay" if refund else "Receive",
		"company": facts.company["name"],
		"posting_date": payment["payment_date"],
		"mode_of_payment": facts.mode_of_payment,
		"party_type": "Customer",
		"party": invoice["customer"],
		"paid_from": paid.account,
		"paid_from_account_currency": paid.currency,
		"paid_amount": paid.amount,
		"source_exchange_rate": paid.rate,
		"paid_to": received.account,
		"paid_to_account_currency": received.currency,
		"received_amount": received.amount,
		"target_exchange_rate": received.rate,
		"reference_no": payment.get("reference") or payment["xero_id"],
		"reference_date": payment["payment_date"],
		"cost_center": invoice.get("cost_center") or facts.company.get("cost_center"),
		"project": invoice.get("project"),
		"references": [
			{"reference_doctype": "Sales Invoice", "reference_name": invoice["name"], **row}
			for row in _rows(sign * allocated, invoice, facts, converted)
		],
		"deductions": _deductions(sign * (allocated - from_customer), facts) if converted else [],
		"xero_payment": payment["name"],
	}


@dataclass(frozen=True)
class _Side:
	account: str
	currency: str
	amount: Decimal
	rate: Decimal
	"""Of the books' currency for one of this account's, unrounded."""


def _side(account: str, currency: str, amount: Decimal, in_books: Decimal, books: str) -> _Side:
	return _Side(account, currency, amount, Decimal(1) if currency == books else in_books / amount)


def _check_currencies(payment: Doc, invoice: Doc, facts: Facts, owed_in: str, books: str) -> None:
	if payment.get("currency") != invoice.get("currency"):
		raise NoEntry(
			f"{invoice['name']} is in {invoice.get('currency')}, its payment in {payment.get('currency')}."
			" Enter it by hand."
		)
	if owed_in not in (invoice["currency"], books):
		raise NoEntry(f"{invoice['debit_to']} is kept in {owed_in}. Enter the payment by hand.")
	bank_currency = _bank_currency(facts, books)
	if bank_currency != (facts.xero_currency or books):
		raise NoEntry(
			f"{facts.bank['name']} is kept in {bank_currency}, its account in Xero in {facts.xero_currency}."
			" Choose one in the same currency in Accounts of Payments."
		)


def _bank_currency(facts: Facts, books: str) -> str:
	return str(facts.bank.get("account_currency") or books)


def _banked(payment: Doc, facts: Facts) -> Decimal:
	"""What the bank received, in its own currency."""
	bank_currency = _bank_currency(facts, str(facts.company["default_currency"]))
	if bank_currency == payment["currency"]:
		return cents(payment.get("amount"))
	banked = cents(payment.get("bank_amount"))
	if not banked and bank_currency == payment.get("base_currency"):
		banked = cents(payment.get("base_amount"))
	if not banked:
		raise NoEntry(f"Xero does not say how much {bank_currency} the bank received. Enter it by hand.")
	return banked


def _converted(amount: Decimal, invoice: Doc, facts: Facts) -> Decimal:
	"""What an amount takes off an invoice that is owed in the books' currency: at the invoice's rate; the
	last payment takes what is left.
	"""
	converted = round_cents(amount * decimal_of(invoice.get("conversion_rate")))
	owed = abs(cents(invoice.get("outstanding_amount")))
	return owed if facts.settles and abs(owed - converted) <= ROUNDING else converted


def _rows(allocated: Decimal, invoice: Doc, facts: Facts, converted: bool) -> Iterator[dict[str, Any]]:
	"""What of a payment goes to which term, oldest first; to the invoice as a whole where its terms do not
	ask for it.
	"""
	if not facts.by_term:
		yield {"allocated_amount": allocated}
		return
	left, field = allocated, "base_outstanding" if converted else "outstanding"
	for term in sorted(invoice.get("payment_schedule") or [], key=lambda term: str(term.get("due_date"))):
		part = min(left, cents(term.get(field)))
		if part > 0:
			yield {"payment_term": term.get("payment_term"), "allocated_amount": part}
			left -= part
	if left:
		raise NoEntry(f"The payment terms of {invoice['name']} leave {left} of it over. Enter it by hand.")


def _deductions(difference: Decimal, facts: Facts) -> list[dict[str, Any]]:
	"""What the rate of the day gained or lost against the invoice's, in the books' currency."""
	account, cost_center = (
		facts.company.get("exchange_gain_loss_account"),
		facts.company.get("cost_center"),
	)
	if difference == ZERO:
		return []
	if not account or not cost_center:
		raise NoEntry(
			f"The exchange rate made a difference of {difference}. Set the Exchange Gain / Loss Account and"
			f" the default Cost Center of {facts.company['name']}."
		)
	return [{"account": account, "cost_center": cost_center, "amount": difference}]
