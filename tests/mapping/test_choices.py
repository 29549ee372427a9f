"""What can be chosen for what."""

from __future__ import annotations

from typing import Any

import pytest

from xero_connector.mapping.choices import Refusal, line_account, payment_account, tax_rate

SALES = {"code": "200", "account_name": "Sales", "account_type": "REVENUE", "status": "ACTIVE"}
BANK = {"code": "090", "account_name": "Business", "account_type": "BANK", "status": "ACTIVE"}
VAT = {"rate_name": "20% VAT", "effective_rate": 20.0, "can_apply_to_revenue": 1, "status": "ACTIVE"}


def said(refusal: Refusal | None) -> str:
	return refusal.message if refusal else ""


@pytest.mark.parametrize(
	("changes", "message"),
	[
		({}, ""),
		({"system_account": "ROUNDING"}, ""),
		({"status": "ARCHIVED"}, "200 Sales is archived in Xero."),
		({"status": "DELETED"}, "200 Sales was deleted in Xero."),
		({"account_type": "BANK"}, "200 Sales is a bank account: no line of an invoice can use it."),
		({"system_account": "DEBTORS"}, "Xero keeps 200 Sales for itself: no line can use it."),
		({"code": None}, "Sales has no code in Xero."),
	],
)
def test_an_account_of_lines(changes: dict[str, Any], message: str) -> None:
	assert said(line_account({**SALES, **changes})) == message


@pytest.mark.parametrize(
	("account", "currency", "message"),
	[
		(BANK, "GBP", ""),
		({**BANK, "code": None}, "GBP", ""),
		({**SALES, "enable_payments": 1}, "GBP", ""),
		(SALES, "GBP", "200 Sales takes no payments in Xero."),
		({**BANK, "status": "ARCHIVED"}, "GBP", "090 Business is archived in Xero."),
		(BANK, "USD", "090 Business is kept in GBP, the account here in USD."),
		({**BANK, "currency": "USD"}, "GBP", "090 Business is kept in USD, the account here in GBP."),
		({**BANK, "currency": "USD"}, "USD", ""),
	],
)
def test_an_account_of_payments(account: dict[str, Any], currency: str, message: str) -> None:
	assert said(payment_account(account, "GBP", currency)) == message


@pytest.mark.parametrize(
	("changes", "percent", "message"),
	[
		({}, 20.0, ""),
		({}, "20.0000", ""),
		({}, 17.5, "20% VAT is 20 %, and the tax is 17.5 %."),
		({}, None, "20% VAT is 20 %, and the tax is 0 %."),
		({"effective_rate": None}, None, ""),
		({"status": "ARCHIVED"}, 20, "20% VAT is archived in Xero."),
		({"can_apply_to_revenue": 0}, 20, "20% VAT is not for sales in Xero."),
	],
)
def test_a_tax_rate(changes: dict[str, Any], percent: Any, message: str) -> None:
	assert said(tax_rate({**VAT, **changes}, percent)) == message
