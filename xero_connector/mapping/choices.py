"""Whether an account or a tax rate in Xero can be what somebody chooses it for."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from xero_connector.mapping.money import decimal_of
from xero_connector.mapping.preflight import NO_DOCUMENT_LINES

Row = Mapping[str, Any]
"""A **Xero Account**, **Xero Tax Rate**, **Xero Branding Theme** or **Xero Tracking Option**."""

ACTIVE = "ACTIVE"
ANOTHER = "Choose another account."


class Refusal(NamedTuple):
	"""Why something cannot be chosen (a sentence that begins with its name), and what to do."""

	message: str
	advice: str


def gone(row: Row, name: str) -> Refusal | None:
	"""Whether it is archived or deleted in Xero."""
	status = str(row.get("status") or ACTIVE)
	if status == ACTIVE:
		return None
	word = "was deleted" if status == "DELETED" else "is archived"
	return Refusal(f"{name} {word} in Xero.", "Choose an active one.")


def line_account(account: Row) -> Refusal | None:
	"""For an account that lines of invoices are to be booked on."""
	name = _name(account)
	if found := gone(account, name):
		return found
	if account.get("account_type") == "BANK":
		return Refusal(
			f"{name} is a bank account: no line of an invoice can use it.", "Choose another account."
		)
	if account.get("system_account") in NO_DOCUMENT_LINES:
		return Refusal(f"Xero keeps {name} for itself: no line can use it.", "Choose another account.")
	if not account.get("code"):
		return Refusal(
			f"{name} has no code in Xero.",
			"Give it a code there and press Read Accounts Again, or choose another.",
		)
	return None


def payment_account(account: Row, books: str, own_currency: str) -> Refusal | None:
	"""For an account that money is paid into. ``own_currency``: that of the account here; ``books``: the
	currency of the organisation, which an account that names none is in.
	"""
	name, currency = _name(account), str(account.get("currency") or books)
	if found := gone(account, name):
		return found
	if account.get("account_type") != "BANK" and not account.get("enable_payments"):
		advice = "Choose a bank account, or allow payments to this one in Xero and press Read Accounts Again."
		return Refusal(f"{name} takes no payments in Xero.", advice)
	if own_currency and currency and own_currency != currency:
		return Refusal(
			f"{name} is kept in {currency}, the account here in {own_currency}.",
			"Choose accounts in the same currency.",
		)
	return None


def tax_rate(rate: Row, percent: Any) -> Refusal | None:
	"""For a rate that a tax of so many ``percent`` becomes; 0 for lines without tax."""
	name, own = str(rate.get("rate_name") or rate.get("tax_type")), decimal_of(rate.get("effective_rate"))
	if found := gone(rate, name):
		return found
	if not rate.get("can_apply_to_revenue"):
		return Refusal(f"{name} is not for sales in Xero.", "Choose a tax rate that fits sales.")
	if own != decimal_of(percent):
		return Refusal(
			f"{name} is {_shown(own)} %, and the tax is {_shown(decimal_of(percent))} %.",
			"Choose a tax rate of the same percentage.",
		)
	return None


def _name(account: Row) -> str:
	parts = (account.get("code"), account.get("account_name"))
	return " ".join(str(part) for part in parts if part) or str(account.get("name"))


def _shown(percent: Decimal) -> str:
	return f"{percent.normalize():f}"
