from __future__ import annotations

from decimal import Decimal as D
from typing import Any

import pytest
from simulator_kit import HandClock, Make, Xero, read, records

from xero_connector.simulator import Accountant, AccountantError

EXCEEDS = "Payment amount exceeds the amount outstanding on this document"
NOT_AUTHORISED = "Payments can only be made against Authorised documents"


def payment(invoice: dict[str, Any], amount: str | int, **fields: Any) -> dict[str, Any]:
	return {
		"Invoice": {"InvoiceID": invoice["InvoiceID"]},
		"Account": {"Code": "090"},
		"Amount": D(amount),
		**fields,
	}


def test_part_payment_then_full_payment_then_removal(
	xero: Xero, make_invoice: Make, clock: HandClock
) -> None:
	invoice = make_invoice()
	part = xero.create("Payments", **payment(invoice, "20.00", Date="2026-05-02", Reference="BACS"))
	assert (part["PaymentType"], part["Status"], part["Amount"]) == (
		"ACCRECPAYMENT",
		"AUTHORISED",
		D("20.00"),
	)
	assert (part["Invoice"]["AmountDue"], part["Invoice"]["Status"]) == (D("100.00"), "AUTHORISED")
	clock.forward(seconds=5)
	rest = xero.create("Payments", **payment(invoice, "100.00", Date="2026-05-03"))
	paid = xero.one("Invoices", invoice["InvoiceID"])
	assert (paid["Status"], paid["AmountDue"], paid["AmountPaid"]) == ("PAID", 0, D("120.00"))
	assert paid["FullyPaidOnDate"] == "/Date(1777766400000+0000)/"
	assert [each["Amount"] for each in paid["Payments"]] == [D("20.00"), D("100.00")]
	clock.forward(seconds=5)
	answer = xero.post(f"Payments/{rest['PaymentID']}", {"Status": "DELETED"})
	(deleted,) = records(answer, "Payments")
	assert (deleted["Status"], deleted["UpdatedDateUTC"]) == ("DELETED", "/Date(1777636810123+0000)/")
	again = xero.one("Invoices", invoice["InvoiceID"])
	assert (again["Status"], again["AmountDue"], len(again["Payments"])) == ("AUTHORISED", D("100.00"), 1)
	assert again["UpdatedDateUTC"] == "/Date(1777636810123+0000)/" and "FullyPaidOnDate" not in again
	assert [each["Status"] for each in xero.many("Payments", order="Status ASC")] == ["AUTHORISED", "DELETED"]


def test_a_payment_names_its_invoice_and_account_by_number_too(xero: Xero, make_invoice: Make) -> None:
	make_invoice(InvoiceNumber="A-7")
	paid = xero.create("Payments", Invoice={"InvoiceNumber": "A-7"}, Account={"Code": "835"}, Amount=1)
	assert (paid["Invoice"]["InvoiceNumber"], paid["Account"]["Code"]) == ("A-7", "835")
	assert paid["Date"] == "/Date(1777593600000+0000)/"


@pytest.mark.parametrize(
	("fields", "sentence"),
	[
		({"Amount": D("120.01")}, EXCEEDS),
		({"Amount": 0}, "The payment amount must be greater than zero"),
		(
			{"Account": {"Code": "200"}},
			"Payments can only be made to bank accounts or accounts that have payments enabled",
		),
		({"Account": {"Code": "xyz"}}, "Account could not be found"),
		({"Invoice": {"InvoiceNumber": "none"}}, "Invoice could not be found"),
		({"Date": "soon"}, "The Date 'soon' is not a valid date"),
	],
)
def test_payments_that_are_refused(
	xero: Xero, make_invoice: Make, fields: dict[str, Any], sentence: str
) -> None:
	assert xero.refusal("Payments", **{**payment(make_invoice(), 120), **fields}) == sentence


@pytest.mark.parametrize("status", ["DRAFT", "SUBMITTED", "VOIDED"])
def test_only_authorised_invoices_are_paid(xero: Xero, make_invoice: Make, status: str) -> None:
	invoice = make_invoice(Status="AUTHORISED" if status == "VOIDED" else status)
	if status == "VOIDED":
		xero.change("Invoices", InvoiceID=invoice["InvoiceID"], Status="VOIDED")
	assert xero.refusal("Payments", **payment(invoice, 1)) == NOT_AUTHORISED


def test_a_paid_invoice_takes_no_more(xero: Xero, make_invoice: Make) -> None:
	invoice = make_invoice()
	xero.create("Payments", **payment(invoice, 120))
	assert xero.refusal("Payments", **payment(invoice, 1)) == EXCEEDS


def test_a_payment_is_never_edited_and_deleted_once(xero: Xero, make_invoice: Make) -> None:
	payment_id = xero.create("Payments", **payment(make_invoice(), 10))["PaymentID"]
	edit = xero.post(f"Payments/{payment_id}", {"Amount": 5})
	assert read(edit)["Elements"][0]["ValidationErrors"] == [
		{"Message": "Payments cannot be modified, only created and deleted."}
	]
	assert xero.post(f"Payments/{payment_id}", {"Status": "DELETED"}).status_code == 200
	assert xero.post(f"Payments/{payment_id}", {"Status": "DELETED"}).status_code == 400


def test_post_of_payments_knows_no_summarize_errors(xero: Xero, make_invoice: Make) -> None:
	invoice = make_invoice()
	body = {"Payments": [payment(invoice, 10), payment(invoice, 500)]}
	assert xero.post("Payments", body, summarizeErrors="false").status_code == 400
	assert xero.many("Payments") == []
	answer = xero.put("Payments", body, summarizeErrors="false")
	assert [each["StatusAttributeString"] for each in records(answer, "Payments")] == ["OK", "ERROR"]
	(single,) = records(xero.post("Payments", payment(invoice, 10)), "Payments")
	assert single["Invoice"]["AmountDue"] == D("100.00")


def test_a_payment_in_another_currency(xero: Xero, make_invoice: Make) -> None:
	invoice = make_invoice(CurrencyCode="USD", CurrencyRate=D("1.25"))
	assert xero.create("Payments", **payment(invoice, 100))["BankAmount"] == D("80.00")
	at_another_rate = xero.create("Payments", **payment(invoice, 10, CurrencyRate=2))
	assert (at_another_rate["BankAmount"], at_another_rate["CurrencyRate"]) == (D("5.00"), 2)


def test_no_payment_in_a_locked_period(xero: Xero, make_invoice: Make, accountant: Accountant) -> None:
	invoice = make_invoice()
	accountant.set_lock_date(period="2026-04-30")
	refused = xero.refusal("Payments", **payment(invoice, 10, Date="2026-04-30"))
	assert refused == "The document date cannot be before the period lock date 2026-04-30"


def test_an_overpayment_keeps_the_rest_as_credit(
	xero: Xero, make_invoice: Make, accountant: Accountant
) -> None:
	invoice = make_invoice()
	overpayment_id = accountant.overpay(invoice["InvoiceID"], "150.00", reference="too much")
	assert xero.one("Invoices", invoice["InvoiceID"])["Status"] == "PAID"
	(listed,) = xero.many("Overpayments", page=1)
	assert (listed["OverpaymentID"], listed["RemainingCredit"], listed["Total"]) == (
		overpayment_id,
		D("30.00"),
		D("30.00"),
	)
	assert (listed["Type"], listed["Status"], listed["Allocations"]) == (
		"RECEIVE-OVERPAYMENT",
		"AUTHORISED",
		[],
	)
	second = make_invoice()
	accountant.allocate(overpayment_id, second["InvoiceID"], "30")
	read_again = xero.one("Overpayments", overpayment_id)
	assert (read_again["RemainingCredit"], read_again["Status"]) == (0, "PAID")
	assert read_again["Allocations"][0]["Amount"] == D("30.00")
	credited = xero.one("Invoices", second["InvoiceID"])
	assert (credited["AmountCredited"], credited["AmountDue"]) == (D("30.00"), D("90.00"))
	assert credited["Overpayments"][0]["AppliedAmount"] == D("30.00")
	refused = xero.refused_change("Invoices", InvoiceID=second["InvoiceID"], Status="VOIDED")
	assert refused == "This document cannot be edited as it has a payment or credit note allocated to it."
	with pytest.raises(AccountantError, match="does not exceed the amount outstanding"):
		accountant.overpay(second["InvoiceID"], "90")


def test_the_api_allocates_an_overpayment(xero: Xero, make_invoice: Make, accountant: Accountant) -> None:
	overpayment_id = accountant.overpay(make_invoice()["InvoiceID"], "150.00")
	invoice_id = make_invoice()["InvoiceID"]
	path, named = f"Overpayments/{overpayment_id}/Allocations", {"InvoiceID": invoice_id}
	too_much = xero.put(path, {"Allocations": [{"Amount": 31, "Invoice": named, "Date": "2026-05-01"}]})
	assert too_much.status_code == 400
	answer = xero.put(path, {"Allocations": [{"Amount": 10, "Invoice": named, "Date": "2026-05-01"}]})
	assert records(answer, "Allocations")[0]["Invoice"]["InvoiceID"] == invoice_id
	assert xero.one("Overpayments", overpayment_id)["RemainingCredit"] == D("20.00")


def test_payments_are_filtered_by_their_invoice(
	xero: Xero, make_invoice: Make, accountant: Accountant
) -> None:
	wanted, other = make_invoice()["InvoiceID"], make_invoice()["InvoiceID"]
	accountant.pay(other)
	payment_id = accountant.pay(wanted, "5")
	(found,) = xero.many("Payments", where=f'Invoice.InvoiceID==guid("{wanted}") AND Status=="AUTHORISED"')
	assert found["PaymentID"] == payment_id
