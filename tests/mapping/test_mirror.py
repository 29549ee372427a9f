"""Xero's records as they are shown here."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.mapping.kit import d
from xero_connector.mapping import mirror
from xero_connector.mapping.mirror import (
	aged,
	customer_fields,
	mirrored_account,
	mirrored_allocations,
	mirrored_credit,
	mirrored_invoice,
	mirrored_item,
	mirrored_payment,
	mirrored_tax_rate,
	payment_status,
)
from xero_connector.mapping.shown import shown_fields
from xero_connector.xero.reading import read_json

TODAY = date(2026, 12, 20)
INVOICE = b"""{
	"Type": "ACCREC", "InvoiceID": "inv-1", "InvoiceNumber": "SAL-ORD-2026-00001", "Reference": "PO-7",
	"Contact": {"ContactID": "con-1", "Name": "Northern Breeze Ltd"},
	"DateString": "2026-11-20T00:00:00", "Date": "/Date(1795132800000+0000)/",
	"DueDate": "/Date(1797724800000+0000)/", "Status": "AUTHORISED", "LineAmountTypes": "Exclusive",
	"SubTotal": 100.00, "TotalTax": 20.00, "Total": 120.00, "AmountDue": 70.00, "AmountPaid": 40.00,
	"AmountCredited": 10.00, "CurrencyCode": "GBP", "CurrencyRate": 1.0000000000,
	"SentToContact": true, "UpdatedDateUTC": "/Date(1795341600123+0000)/"}"""


def invoice(**values: Any) -> dict[str, Any]:
	return {**read_json(INVOICE), **values}


def mirrored(base: str = "GBP", today: date = TODAY, **values: Any) -> dict[str, Any]:
	return mirrored_invoice(invoice(**values), base, today)


@pytest.mark.parametrize(
	("xero", "due", "paid", "due_on", "word"),
	[
		("DRAFT", "120", "0", "2026-01-01", "Draft"),
		("SUBMITTED", "120", "0", "2026-01-01", "Draft"),
		("AUTHORISED", "120", "0", "2026-12-21", "Sent"),
		("AUTHORISED", "120", "0", "2026-12-20", "Sent"),
		("AUTHORISED", "120", "0", "2026-12-19", "Overdue"),
		("AUTHORISED", "120", "0", None, "Sent"),
		("AUTHORISED", "0.01", "119.99", "2026-12-20", "Part Paid"),
		("AUTHORISED", "0.01", "119.99", "2026-12-19", "Overdue"),
		("AUTHORISED", "0", "120", "2026-12-19", "Paid"),
		("AUTHORISED", "0", "0", "2026-12-19", "Paid"),
		("PAID", "0", "120", "2026-12-19", "Paid"),
		("VOIDED", "120", "0", "2026-12-19", "Voided"),
		("DELETED", "120", "0", "2026-12-19", "Voided"),
	],
)
def test_one_word_for_where_an_invoice_stands(
	xero: str, due: str, paid: str, due_on: str | None, word: str
) -> None:
	assert payment_status(xero, d(due), d(paid), due_on, TODAY) == word


def test_an_invoice_whole() -> None:
	assert mirrored() == {
		"xero_id": "inv-1",
		"invoice_number": "SAL-ORD-2026-00001",
		"invoice_type": "ACCREC",
		"reference": "PO-7",
		"contact_id": "con-1",
		"contact_name": "Northern Breeze Ltd",
		"xero_status": "AUTHORISED",
		"payment_status": "Part Paid",
		"invoice_date": "2026-11-20",
		"due_date": "2026-12-20",
		"currency": "GBP",
		"currency_rate": d("1"),
		"sub_total": d("100.00"),
		"total_tax": d("20.00"),
		"total": d("120.00"),
		"amount_due": d("70.00"),
		"amount_paid": d("40.00"),
		"amount_credited": d("10.00"),
		"credit_notes": d("0"),
		"base_currency": "GBP",
		"base_total": d("120.00"),
		"base_due": d("70.00"),
		"base_paid": d("50.00"),
		"base_overdue": d("0"),
		"paid_on": None,
		"sent_to_contact": 1,
		"updated_utc": "2026-11-22T10:00:00.123000Z",
	}


def test_a_voided_invoice_owes_nothing_though_xero_shows_an_amount_due() -> None:
	for status in ("VOIDED", "DELETED"):
		shown = mirrored(Status=status, AmountPaid=d("0"), AmountCredited=d("0"), AmountDue=d("120.00"))
		assert shown["payment_status"] == "Voided"
		assert shown["total"] == d("120.00")
		owed = ("amount_due", "base_total", "base_due", "base_paid", "base_overdue")
		assert [shown[field] for field in owed] == [0, 0, 0, 0, 0]


def test_overdue_starts_the_day_after() -> None:
	assert mirrored(today=date(2026, 12, 20))["base_overdue"] == 0
	late = mirrored(today=date(2026, 12, 21))
	assert (late["payment_status"], late["base_overdue"]) == ("Overdue", d("70.00"))


def test_foreign_currency_in_the_base_currency() -> None:
	shown = mirrored(CurrencyCode="USD", CurrencyRate=d("1.250000"), today=date(2027, 1, 1))
	assert (shown["currency"], shown["currency_rate"]) == ("USD", d("1.25"))
	assert [shown[field] for field in ("total", "amount_due")] == [d("120.00"), d("70.00")]
	converted = [shown[field] for field in ("base_total", "base_due", "base_paid", "base_overdue")]
	assert converted == [d("96.00"), d("56.00"), d("40.00"), d("56.00")]


def test_a_rate_means_nothing_in_the_base_currency_and_is_never_zero() -> None:
	assert mirrored(CurrencyRate=d("1.25"))["base_total"] == d("120.00")
	assert mirrored(CurrencyCode="USD", CurrencyRate=None)["base_total"] == d("120.00")
	assert mirrored(CurrencyCode="USD", CurrencyRate=0)["currency_rate"] == 1


def test_half_a_cent_in_the_base_currency_goes_up() -> None:
	shown = mirrored(CurrencyCode="USD", CurrencyRate=d("8"), Total=d("0.04"), AmountDue=d("0.12"))
	assert (shown["base_total"], shown["base_due"]) == (d("0.01"), d("0.02"))


def test_a_summary_without_most_fields_is_read() -> None:
	shown = mirrored_invoice({"InvoiceID": "inv-1", "Status": "DRAFT", "Total": 0}, "GBP", TODAY)
	assert (shown["xero_id"], shown["currency"], shown["total"]) == ("inv-1", "GBP", 0)
	assert (shown["due_date"], shown["contact_id"], shown["sent_to_contact"]) == (None, "", 0)


def test_a_day_passes() -> None:
	before = mirrored()
	assert aged(before, date(2026, 12, 20)) == {"payment_status": "Part Paid", "base_overdue": 0}
	assert aged(before, date(2026, 12, 21)) == {"payment_status": "Overdue", "base_overdue": d("70.00")}
	voided = mirrored(Status="VOIDED")
	assert aged(voided, date(2030, 1, 1)) == {"payment_status": "Voided", "base_overdue": 0}
	foreign = mirrored(CurrencyCode="USD", CurrencyRate=d("1.25"))
	assert aged(foreign, date(2030, 1, 1))["base_overdue"] == d("56.00")


def test_what_an_order_shows() -> None:
	shown = {"name": "XINV-1", **mirrored(today=date(2026, 12, 21))}
	assert shown_fields(shown) == {
		"xero_invoice": "XINV-1",
		"xero_invoice_number": "SAL-ORD-2026-00001",
		"xero_payment_status": "Overdue",
		"xero_total": d("120.00"),
		"xero_paid": d("50.00"),
		"xero_due": d("70.00"),
		"xero_overdue": d("70.00"),
		"xero_base_total": d("120.00"),
		"xero_base_paid": d("50.00"),
		"xero_base_due": d("70.00"),
		"xero_base_overdue": d("70.00"),
		"xero_due_date": "2026-12-20",
	}
	foreign = shown_fields({"name": "XINV-1", **mirrored(CurrencyCode="USD", CurrencyRate=d("1.25"))})
	assert (foreign["xero_due"], foreign["xero_base_due"]) == (d("70.00"), d("56.00"))
	assert shown_fields({"name": "XINV-1", **mirrored()})["xero_overdue"] == 0


def test_a_payment() -> None:
	record = {
		"PaymentID": "pay-1",
		"Date": "2026-12-01T00:00:00.000000Z",
		"Amount": d("62.50"),
		"BankAmount": d("49.98"),
		"CurrencyRate": d("1.25"),
		"Reference": "BACS",
		"Status": "AUTHORISED",
		"Account": {"AccountID": "acc-1", "Code": "090"},
		"Invoice": {"InvoiceID": "inv-1", "CurrencyCode": "USD", "Contact": {"ContactID": "con-1"}},
		"UpdatedDateUTC": "2026-12-01T10:00:00.000000Z",
	}
	assert mirrored_payment(record, "GBP", "GBP") == {
		"xero_id": "pay-1",
		"kind": "Payment",
		"invoice_xero_id": "inv-1",
		"credit_xero_id": "",
		"contact_id": "con-1",
		"payment_date": "2026-12-01",
		"amount": d("62.50"),
		"remaining_credit": d("0"),
		"currency": "USD",
		"currency_rate": d("1.25"),
		"base_currency": "GBP",
		"base_amount": d("50.00"),
		"bank_amount": d("49.98"),
		"reference": "BACS",
		"account_code": "090",
		"account_id": "acc-1",
		"xero_status": "AUTHORISED",
		"updated_utc": "2026-12-01T10:00:00.000000Z",
	}
	bare = mirrored_payment({"PaymentID": "pay-1", "Status": "AUTHORISED", "Amount": d("1")}, "GBP", "USD")
	assert (bare["currency"], bare["base_amount"], bare["contact_id"]) == ("USD", 1, "")


def test_a_refund() -> None:
	record = {
		"PaymentID": "pay-2",
		"PaymentType": "ARCREDITPAYMENT",
		"Amount": d("10.00"),
		"CurrencyRate": d("1.25"),
		"Status": "AUTHORISED",
		"CreditNote": {"CreditNoteID": "note-1", "CurrencyCode": "USD", "Contact": {"ContactID": "con-1"}},
	}
	shown = mirrored_payment(record, "GBP", "GBP")
	assert (shown["kind"], shown["credit_xero_id"], shown["invoice_xero_id"]) == ("Refund", "note-1", "")
	assert (shown["amount"], shown["currency"], shown["base_amount"]) == (d("10.00"), "USD", d("8.00"))
	assert (shown["contact_id"], shown["remaining_credit"]) == ("con-1", 0)


@pytest.mark.parametrize(
	("payment_type", "named", "entity"),
	[
		("ARCREDITPAYMENT", {"Type": "ACCRECCREDIT"}, "CreditNote"),
		("AROVERPAYMENTPAYMENT", {"Type": "AROVERPAYMENT"}, "Overpayment"),
		("ARPREPAYMENTPAYMENT", {}, "Prepayment"),
		(None, {"Type": "ARPREPAYMENT"}, "Prepayment"),
	],
)
def test_a_refund_that_names_its_credit_as_an_invoice(
	payment_type: str | None, named: dict[str, Any], entity: str
) -> None:
	record = {
		"PaymentID": "pay-2",
		"PaymentType": payment_type,
		"Amount": d("2.00"),
		"Status": "AUTHORISED",
		"Invoice": {
			**named,
			"InvoiceID": "credit-1",
			"Contact": {"ContactID": "con-1"},
			"CurrencyCode": "NZD",
		},
	}
	assert (mirror.is_refund(record), mirror.is_receipt(record)) == (True, False)
	assert mirror.refunded(record)[0] == entity
	shown = mirrored_payment(record, "NZD", "NZD")
	assert (shown["kind"], shown["credit_xero_id"], shown["invoice_xero_id"]) == ("Refund", "credit-1", "")
	assert shown["contact_id"] == "con-1"


@pytest.mark.parametrize(
	("kind", "fields", "ours"),
	[
		("ARCREDITPAYMENT", {}, True),
		("AROVERPAYMENTPAYMENT", {}, True),
		("ARPREPAYMENTPAYMENT", {}, True),
		("APCREDITPAYMENT", {"CreditNote": {"CreditNoteID": "note-1"}}, False),
		("ACCRECPAYMENT", {"Invoice": {"InvoiceID": "inv-1"}}, False),
		("SOMETHINGNEW", {"CreditNote": {"CreditNoteID": "note-1"}}, False),
		(None, {"CreditNote": {"CreditNoteID": "note-1"}}, True),
		(None, {"Prepayment": {"PrepaymentID": "pre-1", "Type": "SPEND-PREPAYMENT"}}, False),
		(None, {"Invoice": {"InvoiceID": "inv-1"}}, False),
		(None, {}, False),
	],
)
def test_what_is_a_refund_to_a_customer(kind: str | None, fields: dict[str, Any], ours: bool) -> None:
	assert mirror.is_refund({"PaymentType": kind, **fields}) is ours


def credit_record(entity: str = "Overpayment", **values: Any) -> dict[str, Any]:
	return {
		f"{entity}ID": "credit-1",
		"Contact": {"ContactID": "con-1"},
		"Date": "2026-12-01T00:00:00.000000Z",
		"Total": d("50.00"),
		"RemainingCredit": d("30.00"),
		"CurrencyCode": "USD",
		"CurrencyRate": d("1.25"),
		"Status": "AUTHORISED",
		"Reference": "PO-7",
		**values,
	}


def used(**values: Any) -> dict[str, Any]:
	return {
		"AllocationID": "all-1",
		"Amount": d("20.00"),
		"Date": "2026-12-02T00:00:00.000000Z",
		"Invoice": {"InvoiceID": "inv-1"},
		**values,
	}


@pytest.mark.parametrize(
	("entity", "kind"),
	[("CreditNote", "Credit Note"), ("Overpayment", "Overpayment"), ("Prepayment", "Prepayment")],
)
def test_credit_and_what_is_left_of_it(entity: str, kind: str) -> None:
	shown = mirrored_credit(entity, credit_record(entity), "GBP")
	assert (shown["xero_id"], shown["kind"], shown["reference"]) == ("credit-1", kind, "PO-7")
	assert (shown["amount"], shown["base_amount"], shown["remaining_credit"]) == (50, 40, d("30.00"))
	numbered = mirrored_credit(entity, credit_record(entity, CreditNoteNumber="CN-1"), "GBP")
	assert numbered["reference"] == "CN-1"


@pytest.mark.parametrize("status", ["DRAFT", "SUBMITTED", "VOIDED", "DELETED"])
def test_what_is_not_approved_or_no_more_gives_no_credit(status: str) -> None:
	record = credit_record("CreditNote", Status=status, Allocations=[used()])
	assert mirrored_credit("CreditNote", record, "GBP")["remaining_credit"] == 0
	assert mirrored_allocations("CreditNote", record, "GBP") == []


def test_credit_that_does_not_say_what_is_left() -> None:
	record = credit_record(RemainingCredit=None, Allocations=[used()], Payments=[{"Amount": d("5.00")}])
	assert mirrored_credit("Overpayment", record, "GBP")["remaining_credit"] == d("25.00")


def test_the_allocations_of_a_credit() -> None:
	record = credit_record("CreditNote", CreditNoteNumber="CN-1", Allocations=[used(), used(IsDeleted=True)])
	assert mirrored_allocations("CreditNote", record, "GBP") == [
		{
			"xero_id": "all-1",
			"kind": "Allocation",
			"invoice_xero_id": "inv-1",
			"credit_xero_id": "credit-1",
			"contact_id": "con-1",
			"payment_date": "2026-12-02",
			"remaining_credit": 0,
			"amount": d("20.00"),
			"currency": "USD",
			"currency_rate": d("1.25"),
			"base_currency": "GBP",
			"base_amount": d("16.00"),
			"reference": "CN-1",
			"account_code": "",
			"xero_status": "AUTHORISED",
			"updated_utc": "",
		}
	]
	assert mirrored_allocations("CreditNote", credit_record("CreditNote"), "GBP") is None


def test_allocations_without_ids_are_told_apart() -> None:
	bare = used(AllocationID=None)
	record = credit_record(Allocations=[bare, bare, used(AllocationID=None, Invoice={"InvoiceID": "inv-2"})])
	ids = [row["xero_id"] for row in mirrored_allocations("Overpayment", record, "GBP") or []]
	assert ids == ["credit-1/inv-1/1", "credit-1/inv-1/2", "credit-1/inv-2/1"]


def test_what_refunds_must_add_up_to() -> None:
	shown = mirrored_credit("Overpayment", credit_record(), "GBP")
	assert mirror.refunds_due(shown, []) == d("20.00")
	assert mirror.refunds_due(shown, [{"amount": d("15.00")}]) == d("5.00")
	assert mirror.refunds_due({**shown, "xero_status": "VOIDED"}, []) == 0


def test_a_refund_takes_currency_and_customer_from_its_credit() -> None:
	refund = mirrored_payment(
		{
			"PaymentID": "pay-2",
			"PaymentType": "ARCREDITPAYMENT",
			"Amount": d("10"),
			"CurrencyRate": d("1.25"),
			"Status": "AUTHORISED",
		},
		"GBP",
		"GBP",
	)
	credit = {**mirrored_credit("Overpayment", credit_record(), "GBP"), "customer": "Northern Breeze Ltd"}
	adopted = mirror.adopted_refund(refund, credit)
	assert (adopted["currency"], adopted["base_amount"]) == ("USD", d("8.00"))
	assert (adopted["contact_id"], adopted["customer"]) == ("con-1", "Northern Breeze Ltd")


@pytest.mark.parametrize(
	("kind", "ours"),
	[
		("ACCRECCREDIT", True),
		("ACCPAYCREDIT", False),
		("RECEIVE-OVERPAYMENT", True),
		("AROVERPAYMENT", True),
		("SPEND-OVERPAYMENT", False),
		("RECEIVE-PREPAYMENT", True),
		("ARPREPAYMENT", True),
		("APPREPAYMENT", False),
		(None, True),
	],
)
def test_whose_credit_it_is(kind: str | None, ours: bool) -> None:
	assert mirror.is_from_customer({"Type": kind}) is ours


def test_a_credit_note_pays_nothing() -> None:
	shown = mirrored(CreditNotes=[{"CreditNoteID": "note-1", "AppliedAmount": d("6.00")}])
	assert (shown["credit_notes"], shown["base_paid"], shown["base_due"]) == (
		d("6.00"),
		d("44.00"),
		d("70.00"),
	)
	assert shown["payment_status"] == "Part Paid"
	assert shown_fields({"name": "XINV-1", **shown})["xero_paid"] == d("44.00")


def test_accounts_rates_and_items() -> None:
	account = {
		"AccountID": "acc-1",
		"Code": "200",
		"Name": "Sales",
		"Type": "REVENUE",
		"Class": "REVENUE",
		"Status": "ACTIVE",
		"TaxType": "OUTPUT2",
		"EnablePaymentsToAccount": False,
	}
	shown = mirrored_account(account)
	assert (shown["title"], shown["enable_payments"], shown["system_account"]) == ("200 · Sales", 0, "")
	bank = mirrored_account({"AccountID": "acc-2", "Name": "Bank", "EnablePaymentsToAccount": True})
	assert (bank["title"], bank["enable_payments"]) == ("Bank", 1)
	rate = {
		"TaxType": "OUTPUT2",
		"Name": "20%",
		"EffectiveRate": d("20.0000"),
		"CanApplyToRevenue": True,
		"CanApplyToAssets": True,
		"CanApplyToExpenses": False,
		"TaxComponents": [{"Name": "VAT", "Rate": d("15.0000")}, {"Name": "Levy", "Rate": d("4.3478")}],
	}
	assert mirrored_tax_rate(rate) == {
		"tax_type": "OUTPUT2",
		"rate_name": "20%",
		"effective_rate": d("20"),
		"status": "ACTIVE",
		"can_apply_to_revenue": 1,
		"account_classes": "ASSET, REVENUE",
		"components": "15, 4.3478",
	}
	assert mirrored_item({"ItemID": "i-1", "Code": "SVC"}) == {
		"xero_id": "i-1",
		"code": "SVC",
		"item_name": "",
		"updated_utc": "",
	}


def test_a_contact() -> None:
	shown = mirror.mirrored_contact({"ContactID": "con-1", "Name": "A", "ContactStatus": "ARCHIVED"})
	assert shown["status"] == "ARCHIVED"
	assert shown["merged_to"] == ""


# what a customer shows


def of_customer(*invoices: dict[str, Any], credits: tuple[dict[str, Any], ...] = ()) -> dict[str, Any]:
	return customer_fields(invoices, credits)


def credit(amount: str, base: str = "GBP", **values: Any) -> dict[str, Any]:
	return {"remaining_credit": d(amount), "currency": base, "base_currency": base, **values}


def test_the_sums_of_a_customer() -> None:
	late = mirrored(today=date(2026, 12, 21))
	draft = mirrored(Status="DRAFT")
	void = mirrored(Status="VOIDED")
	paid = mirrored(Status="PAID", AmountDue=d("0"), AmountPaid=d("120"), AmountCredited=d("0"))
	shown = of_customer(late, draft, void, paid, mirrored(), credits=(credit("30.00"), credit("0.00", "USD")))
	assert shown == {
		"xero_payment_status": "Overdue",
		"xero_currency": "GBP",
		"xero_invoiced": d("360.00"),
		"xero_paid": d("220.00"),
		"xero_due": d("140.00"),
		"xero_overdue": d("70.00"),
		"xero_credit": d("30.00"),
	}


@pytest.mark.parametrize(
	("statuses", "word"),
	[
		(["Paid", "Sent", "Part Paid", "Overdue"], "Overdue"),
		(["Paid", "Sent", "Part Paid"], "Part Paid"),
		(["Paid", "Sent"], "Sent"),
		(["Paid", "Voided", "Draft"], "Paid"),
		(["Voided", "Draft"], ""),
		([], ""),
	],
)
def test_the_word_that_matters_most(statuses: list[str], word: str) -> None:
	invoices = [{"payment_status": status, "base_currency": "GBP"} for status in statuses]
	assert customer_fields(invoices, [])["xero_payment_status"] == word


def test_several_base_currencies_leave_the_amounts_empty() -> None:
	late, dollars = mirrored(today=date(2026, 12, 21)), mirrored(base="USD", CurrencyCode="USD")
	empty = {
		"xero_payment_status": "Overdue",
		"xero_currency": None,
		"xero_invoiced": Decimal(0),
		"xero_paid": Decimal(0),
		"xero_due": Decimal(0),
		"xero_overdue": Decimal(0),
		"xero_credit": Decimal(0),
	}
	assert of_customer(late, dollars) == empty
	assert of_customer(late, credits=(credit("5.00", "USD"),)) == empty
	assert of_customer(late, mirrored(base="USD", Status="VOIDED"))["xero_currency"] == "GBP"


def test_a_customer_without_anything_shows_nothing() -> None:
	shown = of_customer()
	assert shown["xero_currency"] is None
	assert (shown["xero_payment_status"], shown["xero_due"], shown["xero_credit"]) == ("", 0, 0)


def test_credit_in_a_foreign_currency() -> None:
	foreign = credit("50.00", currency="USD", currency_rate=d("1.25"))
	assert of_customer(credits=(foreign,))["xero_credit"] == d("40.00")
	assert of_customer(credits=(credit("50.00", currency_rate=d("1.25")),))["xero_credit"] == d("50.00")
	assert of_customer(credits=({**foreign, "currency_rate": None},))["xero_credit"] == d("50.00")
