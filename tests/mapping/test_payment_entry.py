"""A payment in Xero as a Payment Entry: both sides to the cent, whatever the currencies."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xero_connector.mapping.money import round_cents
from xero_connector.mapping.payment_entry import Facts, NoEntry, to_payment_entry

COMPANY = {
	"name": "Wind Power LLC",
	"default_currency": "GBP",
	"exchange_gain_loss_account": "Exchange Gain/Loss - WP",
	"cost_center": "Main - WP",
}


def account(currency: str) -> dict[str, Any]:
	return {"name": f"{currency} Bank - WP", "account_currency": currency}


POUNDS = Facts(company=COMPANY, bank=account("GBP"), xero_currency="GBP")
DOLLARS = Facts(company=COMPANY, bank=account("USD"), xero_currency="USD")


def payment(amount: str = "120", currency: str = "GBP", **values: Any) -> dict[str, Any]:
	"""A mirrored payment."""
	return {
		"name": "pay-1",
		"xero_id": "f3b1-1",
		"kind": "Payment",
		"payment_date": "2026-11-22",
		"amount": Decimal(amount),
		"currency": currency,
		"base_currency": "GBP",
		"base_amount": Decimal(amount),
		"reference": "",
		**values,
	}


def invoice(owed: str = "120", currency: str = "GBP", debtors: str = "GBP", **values: Any) -> dict[str, Any]:
	return {
		"name": "SINV-1",
		"customer": "Northern Breeze Ltd",
		"currency": currency,
		"conversion_rate": Decimal("1"),
		"debit_to": f"Debtors {debtors} - WP",
		"party_account_currency": debtors,
		"outstanding_amount": Decimal(owed),
		**values,
	}


def balance(entry: dict[str, Any]) -> tuple[Decimal, Decimal]:
	"""What ERPNext makes of a received one in the books' currency: what is neither allocated nor deducted,
	and the exchange difference between its two sides.
	"""
	paid = round_cents(entry["paid_amount"] * entry["source_exchange_rate"])
	received = round_cents(entry["received_amount"] * entry["target_exchange_rate"])
	rate = entry["source_exchange_rate"]
	allocated = sum(round_cents(row["allocated_amount"] * rate) for row in entry["references"])
	deducted = sum(row["amount"] for row in entry["deductions"])
	return paid + deducted - allocated, paid - received


def test_in_one_currency() -> None:
	entry = to_payment_entry(payment("50", reference="BACS 7"), invoice(), POUNDS)
	assert (entry["paid_from"], entry["paid_to"]) == ("Debtors GBP - WP", "GBP Bank - WP")
	assert (entry["paid_amount"], entry["received_amount"]) == (50, 50)
	assert (entry["source_exchange_rate"], entry["target_exchange_rate"]) == (1, 1)
	assert entry["references"] == [
		{"reference_doctype": "Sales Invoice", "reference_name": "SINV-1", "allocated_amount": 50}
	]
	assert (entry["reference_no"], entry["reference_date"]) == ("BACS 7", "2026-11-22")
	assert (entry["posting_date"], entry["cost_center"], entry["docstatus"]) == ("2026-11-22", "Main - WP", 1)


def test_without_a_reference_it_bears_xeros_id() -> None:
	assert to_payment_entry(payment(), invoice(), POUNDS)["reference_no"] == "f3b1-1"


def test_dollars_owed_in_dollars_into_a_bank_in_pounds() -> None:
	paid = payment("120", "USD", base_amount=Decimal("95.99"), bank_amount=Decimal("96.00"))
	entry = to_payment_entry(paid, invoice("120", "USD", "USD"), POUNDS)
	assert (entry["paid_amount"], entry["received_amount"]) == (120, 96)
	assert entry["source_exchange_rate"] == Decimal("0.8")
	assert entry["references"][0]["allocated_amount"] == 120
	assert balance(entry) == (0, 0)


def test_dollars_owed_in_dollars_into_a_bank_in_dollars() -> None:
	paid = payment("120", "USD", base_amount=Decimal("96"))
	entry = to_payment_entry(paid, invoice("120", "USD", "USD"), DOLLARS)
	assert (entry["paid_amount"], entry["received_amount"]) == (120, 120)
	assert entry["source_exchange_rate"] == entry["target_exchange_rate"] == Decimal("0.8")


@pytest.mark.parametrize(("received", "deducted"), [("90", 6), ("99", -3)])
def test_dollars_owed_in_pounds_gain_or_lose_by_the_day(received: str, deducted: int) -> None:
	"""The invoice was worth 96 pounds when it was made."""
	owed = invoice("96", "USD", conversion_rate=Decimal("0.8"))
	paid = payment("120", "USD", base_amount=Decimal(received), bank_amount=Decimal(received))
	entry = to_payment_entry(paid, owed, POUNDS)
	assert (entry["paid_amount"], entry["received_amount"]) == (Decimal(received), Decimal(received))
	assert entry["references"][0]["allocated_amount"] == 96
	(row,) = entry["deductions"]
	assert (row["account"], row["amount"]) == ("Exchange Gain/Loss - WP", deducted)
	assert balance(entry) == (0, 0)


def test_dollars_owed_in_pounds_into_a_bank_in_dollars() -> None:
	owed = invoice("96", "USD", conversion_rate=Decimal("0.8"))
	entry = to_payment_entry(payment("120", "USD", base_amount=Decimal("90")), owed, DOLLARS)
	assert (entry["paid_amount"], entry["received_amount"]) == (90, 120)
	assert entry["target_exchange_rate"] == Decimal("0.75")
	assert balance(entry) == (0, 0)


def test_the_last_payment_takes_the_cent_that_rounding_left() -> None:
	paid = payment("33.34", "USD", base_amount=Decimal("26.67"))
	owed = invoice("26.68", "USD", conversion_rate=Decimal("0.8"))
	left_over = to_payment_entry(paid, owed, POUNDS)
	assert left_over["references"][0]["allocated_amount"] == Decimal("26.67")
	settled = to_payment_entry(paid, owed, replace(POUNDS, settles=True))
	assert settled["references"][0]["allocated_amount"] == Decimal("26.68")
	assert balance(settled) == (0, 0)


def test_the_last_payment_takes_no_more_than_rounding() -> None:
	paid = payment("33.34", "USD", base_amount=Decimal("26.67"))
	owed = invoice("30", "USD", conversion_rate=Decimal("0.8"))
	entry = to_payment_entry(paid, owed, replace(POUNDS, settles=True))
	assert entry["references"][0]["allocated_amount"] == Decimal("26.67")


def test_terms_that_ask_for_it_are_paid_oldest_first() -> None:
	terms = [
		{"payment_term": "Balance", "due_date": "2026-12-31", "outstanding": 90},
		{"payment_term": "Paid", "due_date": "2026-11-01", "outstanding": 0},
		{"payment_term": "Deposit", "due_date": "2026-11-30", "outstanding": 30},
	]
	entry = to_payment_entry(payment("50"), invoice(payment_schedule=terms), replace(POUNDS, by_term=True))
	rows = [(row["payment_term"], row["allocated_amount"]) for row in entry["references"]]
	assert rows == [("Deposit", 30), ("Balance", 20)]
	with pytest.raises(NoEntry, match=r"leave 70\.00 of it over"):
		to_payment_entry(payment("100"), invoice(payment_schedule=terms[2:]), replace(POUNDS, by_term=True))


def test_a_refund_goes_the_other_way() -> None:
	refund = payment("40", kind="Refund")
	entry = to_payment_entry(refund, invoice("-40"), POUNDS)
	assert (entry["payment_type"], entry["paid_from"], entry["paid_to"]) == (
		"Pay",
		"GBP Bank - WP",
		"Debtors GBP - WP",
	)
	assert entry["references"][0]["allocated_amount"] == -40


def test_a_refund_of_dollars_owed_in_pounds() -> None:
	refund = payment("120", "USD", kind="Refund", base_amount=Decimal("90"))
	owed = invoice("-96", "USD", conversion_rate=Decimal("0.8"))
	entry = to_payment_entry(refund, owed, POUNDS)
	assert (entry["paid_amount"], entry["received_amount"]) == (90, 90)
	assert [row["amount"] for row in entry["deductions"]] == [-6]


@pytest.mark.parametrize(
	("paid", "owed", "facts", "words"),
	[
		(payment("130"), invoice(), POUNDS, r"owes 120\.00 GBP here, and 130\.00 was paid"),
		(payment(currency="EUR"), invoice(), POUNDS, "is in GBP, its payment in EUR"),
		(payment(currency="EUR"), invoice("9", "EUR", "USD"), POUNDS, "Debtors USD - WP is kept in USD"),
		(
			payment(),
			invoice(),
			replace(DOLLARS, xero_currency="GBP"),
			"kept in USD, its account in Xero in GBP",
		),
		(payment(), invoice(), DOLLARS, "does not say how much USD"),
		(
			payment("120", "USD", base_amount=Decimal("90")),
			invoice("96", "USD", conversion_rate=Decimal("0.8")),
			replace(POUNDS, company={**COMPANY, "exchange_gain_loss_account": None}),
			"Set the Exchange Gain / Loss Account",
		),
	],
)
def test_what_cannot_be_entered_is_said(
	paid: dict[str, Any], owed: dict[str, Any], facts: Facts, words: str
) -> None:
	with pytest.raises(NoEntry, match=words):
		to_payment_entry(paid, owed, facts)


money = st.decimals(min_value="0.01", max_value="999999.99", places=2)
rate = st.decimals(min_value="0.2", max_value="5", places=6)


@given(
	amount=money,
	was=rate,
	now=rate,
	debtors=st.sampled_from(["GBP", "USD"]),
	facts=st.sampled_from([POUNDS, DOLLARS]),
)
def test_every_entry_balances(
	amount: Decimal, was: Decimal, now: Decimal, debtors: str, facts: Facts
) -> None:
	"""Nothing is left unallocated and no side is worth more than the other, at any two rates."""
	in_pounds, worth = round_cents(amount * now), round_cents(amount * was)
	if not in_pounds or not worth:
		return
	owed = invoice(str(amount if debtors == "USD" else worth), "USD", debtors, conversion_rate=was)
	paid = payment(str(amount), "USD", base_amount=in_pounds, bank_amount=in_pounds)
	assert balance(to_payment_entry(paid, owed, facts)) == (0, 0)
