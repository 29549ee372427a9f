from __future__ import annotations

from decimal import Decimal as D
from typing import Any

import pytest
from simulator_kit import ZERO_ID, HandClock, Make, Xero, read, records

from xero_connector.simulator import Accountant, Simulator

NOT_VALID = "Invoice not of valid status for modification"
ALLOCATED = "This document cannot be edited as it has a payment or credit note allocated to it."


def line(amount: str | int, **fields: Any) -> dict[str, Any]:
	return {"Description": "Work", "Quantity": 1, "UnitAmount": D(amount), "AccountCode": "200", **fields}


def test_an_authorised_invoice_as_xero_answers_it(make_invoice: Make, contact: dict[str, Any]) -> None:
	invoice = make_invoice()
	assert invoice["InvoiceNumber"] == "INV-0001"
	assert (invoice["Status"], invoice["StatusAttributeString"]) == ("AUTHORISED", "OK")
	assert (invoice["Date"], invoice["DateString"]) == ("/Date(1777593600000+0000)/", "2026-05-01T00:00:00")
	assert (invoice["DueDate"], invoice["DueDateString"]) == (
		"/Date(1780185600000+0000)/",
		"2026-05-31T00:00:00",
	)
	assert invoice["UpdatedDateUTC"] == "/Date(1777636800123+0000)/"
	assert (invoice["SubTotal"], invoice["TotalTax"], invoice["Total"]) == (
		D("100.00"),
		D("20.00"),
		D("120.00"),
	)
	assert (invoice["AmountDue"], invoice["AmountPaid"], invoice["AmountCredited"]) == (D("120.00"), 0, 0)
	assert (invoice["CurrencyCode"], invoice["CurrencyRate"]) == ("GBP", 1)
	assert invoice["Contact"]["EmailAddress"] == contact["EmailAddress"]
	assert invoice["LineItems"][0]["TaxType"] == "OUTPUT2"
	assert (invoice["Payments"], invoice["CreditNotes"], invoice["Overpayments"]) == ([], [], [])


def rate_of_15_percent(sim: Simulator, tenant: str) -> None:
	sim.store.execute(
		"UPDATE records SET body = json_set(body, '$.EffectiveRate', 15.0) WHERE tenant = ? AND id = ?",
		tenant,
		"OUTPUT2",
	)


def test_tax_is_rounded_per_line_then_summed(sim: Simulator, tenant: str, make_invoice: Make) -> None:
	rate_of_15_percent(sim, tenant)
	invoice = make_invoice(LineItems=[line("25.06"), line("25.61"), line("25.63")])
	assert [each["TaxAmount"] for each in invoice["LineItems"]] == [D("3.76"), D("3.84"), D("3.84")]
	assert (invoice["TotalTax"], invoice["Total"]) == (D("11.44"), D("87.74"))


def test_inclusive_tax_is_the_line_less_its_rounded_net(
	sim: Simulator, tenant: str, make_invoice: Make
) -> None:
	rate_of_15_percent(sim, tenant)
	invoice = make_invoice(LineAmountTypes="Inclusive", LineItems=[line("541.25")])
	assert (invoice["SubTotal"], invoice["TotalTax"], invoice["Total"]) == (
		D("470.65"),
		D("70.60"),
		D("541.25"),
	)


def test_half_a_cent_of_tax_goes_up(make_invoice: Make) -> None:
	invoice = make_invoice(LineItems=[line("0.10", TaxType="RROUTPUT"), line("0.30", TaxType="RROUTPUT")])
	assert [each["TaxAmount"] for each in invoice["LineItems"]] == [D("0.01"), D("0.02")]
	assert make_invoice(LineItems=[line("10.02"), line("10.02")])["TotalTax"] == D("4.00")


def test_a_tax_amount_that_is_given_stands(make_invoice: Make) -> None:
	invoice = make_invoice(LineItems=[line(100, TaxAmount=D("19.99"))])
	assert (invoice["TotalTax"], invoice["Total"]) == (D("19.99"), D("119.99"))


def test_tax_follows_when_amounts_turn_inclusive(xero: Xero, make_invoice: Make) -> None:
	invoice_id = make_invoice()["InvoiceID"]
	changed = xero.change("Invoices", InvoiceID=invoice_id, LineAmountTypes="Inclusive")
	assert (changed["SubTotal"], changed["TotalTax"], changed["Total"]) == (
		D("83.33"),
		D("16.67"),
		D("100.00"),
	)


def test_no_negative_total(xero: Xero, contact: dict[str, Any]) -> None:
	contact_id = {"ContactID": contact["ContactID"]}
	refused = xero.refusal("Invoices", Type="ACCREC", Contact=contact_id, LineItems=[line(-1)])
	assert refused == "The total of a document cannot be negative"


def test_no_tax(make_invoice: Make) -> None:
	invoice = make_invoice(LineAmountTypes="NoTax", LineItems=[line(100, TaxType="OUTPUT2")])
	assert (invoice["TotalTax"], invoice["Total"]) == (0, D("100.00"))
	assert invoice["LineItems"][0]["TaxType"] == "NONE"


def test_unit_amounts_have_two_places_or_four_with_unitdp(xero: Xero, make_invoice: Make) -> None:
	two = make_invoice(LineItems=[line("0.3355", Quantity=100)])
	assert (two["LineItems"][0]["UnitAmount"], two["SubTotal"]) == (D("0.34"), D("34.00"))
	fields = {"InvoiceID": two["InvoiceID"], "LineItems": [line("0.3355", Quantity=100)]}
	four = records(xero.post("Invoices", {"Invoices": [fields]}, unitdp=4), "Invoices")[0]
	assert (four["LineItems"][0]["UnitAmount"], four["SubTotal"]) == (D("0.3355"), D("33.55"))


def test_a_line_total_that_does_not_fit_is_refused(xero: Xero, make_invoice: Make) -> None:
	fields = {"Type": "ACCREC", "Contact": {"Name": "Kestrel Media Group"}}
	refused = xero.refusal("Invoices", **fields, LineItems=[line("10.00", Quantity=3, LineAmount=D("31"))])
	assert refused == "The line total 31.00 does not match the expected line total 30.00"


def test_a_missing_unit_amount_follows_from_the_line_amount(make_invoice: Make) -> None:
	asked = {"Description": "Work", "Quantity": 3, "LineAmount": 100, "AccountCode": "200"}
	assert make_invoice(LineItems=[asked])["SubTotal"] == D("100.00")


def test_discounts(make_invoice: Make) -> None:
	by_amount = make_invoice(LineItems=[line(100, Quantity=2, DiscountAmount=D("15.50"))])
	assert (by_amount["SubTotal"], by_amount["TotalDiscount"], by_amount["IsDiscounted"]) == (
		D("184.50"),
		D("15.50"),
		True,
	)
	by_rate = make_invoice(LineItems=[line(100, DiscountRate=10, LineAmount=90)])
	assert (by_rate["SubTotal"], by_rate["TotalDiscount"]) == (D("90.00"), D("10.00"))
	cut = make_invoice(LineItems=[line(1000, DiscountRate=D("33.3399"))])
	assert (cut["LineItems"][0]["DiscountRate"], cut["SubTotal"]) == (D("33.33"), D("666.70"))


def test_numbers_are_given_and_stay_taken(xero: Xero, make_invoice: Make) -> None:
	taken = make_invoice(InvoiceNumber="INV-0001")
	assert make_invoice()["InvoiceNumber"] == "INV-0002"
	fields = {"Type": "ACCREC", "Contact": {"Name": "Kestrel Media Group"}, "LineItems": [line(1)]}
	assert xero.refusal("Invoices", **fields, InvoiceNumber="inv-0001") == "Invoice # must be unique."
	xero.change("Invoices", InvoiceID=taken["InvoiceID"], Status="VOIDED")
	assert xero.refusal("Invoices", **fields, InvoiceNumber="INV-0001") == "Invoice # must be unique."
	assert xero.refused_change("Invoices", **fields, InvoiceNumber="INV-0001") == "Invoice # must be unique."


def test_a_post_finds_a_sales_invoice_by_its_number(xero: Xero, make_invoice: Make) -> None:
	first = make_invoice(InvoiceNumber="A1")
	changed = xero.change("Invoices", InvoiceNumber="A1", Reference="PO 7")
	assert (changed["InvoiceID"], changed["Reference"]) == (first["InvoiceID"], "PO 7")
	assert len(xero.many("Invoices")) == 1


def test_bills_may_share_a_number(make_invoice: Make) -> None:
	bill = {"Type": "ACCPAY", "InvoiceNumber": "77", "LineItems": [line(10, AccountCode="429")]}
	assert make_invoice(**bill)["InvoiceID"] != make_invoice(**bill)["InvoiceID"]


@pytest.mark.parametrize(
	("path", "allowed"),
	[
		(["DRAFT", "SUBMITTED", "AUTHORISED", "VOIDED"], True),
		(["DRAFT", "AUTHORISED"], True),
		(["DRAFT", "DELETED"], True),
		(["SUBMITTED", "DRAFT"], True),
		(["SUBMITTED", "DELETED"], True),
		(["DRAFT", "VOIDED"], False),
		(["SUBMITTED", "VOIDED"], False),
		(["AUTHORISED", "DELETED"], False),
		(["AUTHORISED", "DRAFT"], False),
		(["DRAFT", "PAID"], False),
		(["AUTHORISED", "PAID"], False),
		(["AUTHORISED", "VOIDED", "AUTHORISED"], False),
		(["DRAFT", "DELETED", "DRAFT"], False),
		(["AUTHORISED", "VOIDED", "VOIDED"], False),
	],
)
def test_how_a_status_moves_on(xero: Xero, make_invoice: Make, path: list[str], allowed: bool) -> None:
	invoice_id = make_invoice(Status=path[0])["InvoiceID"]
	for status in path[1:-1]:
		assert xero.change("Invoices", InvoiceID=invoice_id, Status=status)["Status"] == status
	last = xero.change("Invoices", InvoiceID=invoice_id, Status=path[-1])
	if allowed:
		assert (last["Status"], last["StatusAttributeString"]) == (path[-1], "OK")
	else:
		assert last["ValidationErrors"] == [{"Message": NOT_VALID}]
		assert xero.one("Invoices", invoice_id)["Status"] == path[-2]


@pytest.mark.parametrize("status", ["PAID", "VOIDED", "DELETED"])
def test_an_invoice_does_not_start_in_a_late_status(xero: Xero, contact: dict[str, Any], status: str) -> None:
	fields = {"Type": "ACCREC", "Contact": {"ContactID": contact["ContactID"]}, "LineItems": [line(1)]}
	assert xero.refusal("Invoices", **fields, Status=status) == "Invoice not of valid status for creation"


def test_an_error_element_echoes_what_was_asked(xero: Xero, make_invoice: Make) -> None:
	invoice_id = make_invoice()["InvoiceID"]
	echo = xero.change("Invoices", InvoiceID=invoice_id, Status="DELETED", DueDate="2026-06-30")
	assert (echo["Status"], echo["StatusAttributeString"], echo["HasErrors"]) == ("DELETED", "ERROR", True)
	assert echo["DueDateString"] == "2026-06-30T00:00:00"
	assert xero.one("Invoices", invoice_id)["Status"] == "AUTHORISED"


def test_a_voided_invoice_still_shows_its_amount_due(xero: Xero, make_invoice: Make) -> None:
	voided = xero.change("Invoices", InvoiceID=make_invoice()["InvoiceID"], Status="VOIDED")
	assert (voided["Status"], voided["AmountDue"]) == ("VOIDED", D("120.00"))


def test_no_edit_and_no_void_with_a_payment(xero: Xero, accountant: Accountant, make_invoice: Make) -> None:
	invoice_id = make_invoice()["InvoiceID"]
	payment_id = accountant.pay(invoice_id, "20")
	assert xero.refused_change("Invoices", InvoiceID=invoice_id, Reference="x") == ALLOCATED
	assert xero.refused_change("Invoices", InvoiceID=invoice_id, LineItems=[line(5)]) == ALLOCATED
	assert xero.refused_change("Invoices", InvoiceID=invoice_id, Status="VOIDED") == ALLOCATED
	accountant.remove_payment(payment_id)
	assert xero.change("Invoices", InvoiceID=invoice_id, Status="VOIDED")["Status"] == "VOIDED"


def test_due_date_and_sent_on_a_part_paid_invoice_do_not_move_the_update_time(
	xero: Xero, accountant: Accountant, make_invoice: Make, clock: HandClock
) -> None:
	invoice_id = make_invoice()["InvoiceID"]
	accountant.pay(invoice_id, "20")
	before = xero.one("Invoices", invoice_id)["UpdatedDateUTC"]
	clock.forward(minutes=1)
	changed = xero.change("Invoices", InvoiceID=invoice_id, DueDate="2026-07-01", SentToContact=True)
	assert (changed["DueDateString"], changed["SentToContact"]) == ("2026-07-01T00:00:00", True)
	assert changed["UpdatedDateUTC"] == before
	unpaid_id = make_invoice()["InvoiceID"]
	clock.forward(minutes=1)
	moved = xero.change("Invoices", InvoiceID=unpaid_id, DueDate="2026-07-01")
	assert moved["UpdatedDateUTC"] == "/Date(1777636920123+0000)/"


def test_lines_are_kept_made_anew_and_deleted_by_their_id(xero: Xero, make_invoice: Make) -> None:
	invoice = make_invoice(LineItems=[line(10), line(20), line(30)])
	first, second, third = (each["LineItemID"] for each in invoice["LineItems"])
	asked = [{"LineItemID": third, "Quantity": 2}, {"LineItemID": first}, line(5)]
	changed = xero.change("Invoices", InvoiceID=invoice["InvoiceID"], LineItems=asked)
	kept = {each["LineItemID"]: each["LineAmount"] for each in changed["LineItems"]}
	assert (kept[third], kept[first]) == (D("60.00"), D("10.00"))
	assert second not in kept and len(kept) == 3
	assert changed["SubTotal"] == D("75.00")


def test_a_status_alone_leaves_the_lines(xero: Xero, make_invoice: Make) -> None:
	draft = make_invoice(Status="DRAFT")
	approved = xero.change("Invoices", InvoiceID=draft["InvoiceID"], Status="AUTHORISED")
	assert approved["LineItems"] == draft["LineItems"]


def test_an_unknown_account_is_dropped_from_a_draft_with_a_warning(xero: Xero, make_invoice: Make) -> None:
	sentence = "Account code '999' has been removed as it does not match a recognised account."
	draft = make_invoice(Status="DRAFT", LineItems=[line(10, AccountCode="999")])
	assert (draft["StatusAttributeString"], draft["Warnings"]) == ("WARNING", [{"Message": sentence}])
	assert "AccountCode" not in draft["LineItems"][0]
	approval = xero.refused_change("Invoices", InvoiceID=draft["InvoiceID"], Status="AUTHORISED")
	assert approval == "Account code '' is not a valid code for this document."


@pytest.mark.parametrize("code", ["999", "090", "610", "820"])
def test_an_approved_line_needs_an_account_that_fits(xero: Xero, contact: dict[str, Any], code: str) -> None:
	fields = {"Type": "ACCREC", "Contact": {"ContactID": contact["ContactID"]}, "DueDate": "2026-06-01"}
	refused = xero.refusal("Invoices", **fields, Status="AUTHORISED", LineItems=[line(1, AccountCode=code)])
	assert refused == f"Account code '{code}' is not a valid code for this document."


def test_the_rounding_account_takes_lines(make_invoice: Make) -> None:
	invoice = make_invoice(LineItems=[line(10), line("-0.01", AccountCode="860", TaxType="NONE")])
	assert invoice["Total"] == D("11.99")


@pytest.mark.parametrize(
	("fields", "sentence"),
	[
		(
			{"TaxType": "INPUT2"},
			"The TaxType code 'INPUT2' cannot be used with account code '200'.",
		),
		(
			{"TaxType": "GST99"},
			"The TaxType code 'GST99' does not exist or cannot be used for this type of transaction.",
		),
		({"ItemCode": "NOPE"}, "Item code 'NOPE' is not valid"),
		(
			{"Description": "x" * 4001},
			"The field Description must be a string with a maximum length of 4000.",
		),
		({"Quantity": "many"}, "Quantity must be a number"),
		({"UnitAmount": 10**30}, "UnitAmount must be a number"),
		(
			{"Tracking": [{"Name": "Region", "Option": "Moon"}]},
			"The tracking option 'Moon' is not a valid active option",
		),
	],
)
def test_lines_that_are_refused(
	xero: Xero, contact: dict[str, Any], fields: dict[str, Any], sentence: str
) -> None:
	contact_id = {"ContactID": contact["ContactID"]}
	assert (
		xero.refusal("Invoices", Type="ACCREC", Contact=contact_id, LineItems=[line(1, **fields)]) == sentence
	)


def test_tracking_is_resolved_by_name(xero: Xero, make_invoice: Make) -> None:
	(region,) = xero.many("TrackingCategories")
	north = next(option for option in region["Options"] if option["Name"] == "North")
	invoice = make_invoice(LineItems=[line(1, Tracking=[{"Name": "region", "Option": "north"}])])
	assert invoice["LineItems"][0]["Tracking"] == [
		{
			"Name": "Region",
			"Option": "North",
			"TrackingCategoryID": region["TrackingCategoryID"],
			"TrackingOptionID": north["TrackingOptionID"],
		}
	]


def test_an_item_fills_what_the_line_leaves_open(xero: Xero, make_invoice: Make) -> None:
	details = {"UnitPrice": D("19.95"), "AccountCode": "260", "TaxType": "ZERORATEDOUTPUT"}
	xero.create("Items", Code="BOOK", Name="Book", Description="A book", SalesDetails=details)
	invoice = make_invoice(LineItems=[{"ItemCode": "BOOK", "Quantity": 2}])
	filled = invoice["LineItems"][0]
	assert (filled["Description"], filled["AccountCode"], filled["TaxType"]) == (
		"A book",
		"260",
		"ZERORATEDOUTPUT",
	)
	assert (invoice["Total"], filled["Item"]["Code"]) == (D("39.90"), "BOOK")
	free = make_invoice(LineItems=[{"ItemCode": "BOOK", "Quantity": 2, "UnitAmount": 0}])
	assert free["Total"] == 0


def test_a_due_date_is_needed_to_approve(xero: Xero, contact: dict[str, Any]) -> None:
	fields = {"Type": "ACCREC", "Contact": {"ContactID": contact["ContactID"]}, "LineItems": [line(1)]}
	draft = xero.create("Invoices", **fields)
	assert (draft["Status"], draft["DateString"]) == ("DRAFT", "2026-05-01T00:00:00")
	assert xero.refused_change("Invoices", InvoiceID=draft["InvoiceID"], Status="AUTHORISED") == (
		"The Due Date must be specified"
	)


def test_currencies(xero: Xero, make_invoice: Make, contact: dict[str, Any]) -> None:
	assert make_invoice(CurrencyCode="USD")["CurrencyRate"] == D("1.27")
	assert make_invoice(CurrencyCode="EUR", CurrencyRate=D("1.234567"))["CurrencyRate"] == D("1.234567")
	fields = {"Type": "ACCREC", "Contact": {"ContactID": contact["ContactID"]}, "LineItems": [line(1)]}
	refused = xero.refusal("Invoices", **fields, CurrencyCode="CHF")
	assert refused == "Organisation is not subscribed to currency CHF"


def test_a_small_plan_limits_approvals_by_the_month(
	xero: Xero, accountant: Accountant, make_invoice: Make
) -> None:
	accountant.set_approval_limit(1)
	approved = make_invoice()
	xero.change("Invoices", InvoiceID=approved["InvoiceID"], Reference="x")
	assert xero.one("Invoices", approved["InvoiceID"])["Reference"] == "x"
	make_invoice(Type="ACCPAY", LineItems=[line(1, AccountCode="429")])
	make_invoice(Date="2026-06-01", DueDate="2026-06-30")
	draft = make_invoice(Status="DRAFT")
	fields = {"InvoiceID": draft["InvoiceID"], "Status": "AUTHORISED"}
	assert (
		xero.refused_change("Invoices", **fields) == "You have reached the limit of invoices you can approve"
	)
	assert "ApprovalLimit" not in accountant.organisation()
	accountant.set_approval_limit(None)
	assert xero.change("Invoices", **fields)["StatusAttributeString"] == "OK"


def test_the_link_back_and_whether_it_was_sent(xero: Xero, make_invoice: Make) -> None:
	url = "https://erp.example/app/sales-order/SO-1"
	sent = make_invoice(Url=url, SentToContact=True)
	assert (sent["Url"], sent["SentToContact"]) == (url, True)
	assert make_invoice(Status="DRAFT", SentToContact=True)["SentToContact"] is False


def test_lock_dates(xero: Xero, accountant: Accountant, make_invoice: Make) -> None:
	invoice = make_invoice(Date="2026-03-31")
	accountant.set_lock_date(period="2026-03-31")
	fields = {"Type": "ACCREC", "Contact": {"Name": "Kestrel Media Group"}, "LineItems": [line(1)]}
	sentence = "The document date cannot be before the period lock date 2026-03-31"
	assert xero.refusal("Invoices", **fields, Date="2026-03-31") == sentence
	assert xero.refused_change("Invoices", InvoiceID=invoice["InvoiceID"], Status="VOIDED") == sentence
	accountant.set_lock_date(end_of_year="2026-03-31")
	assert xero.refusal("Invoices", **fields, Date="2026-03-01").startswith(
		"The document date cannot be before the end of year lock date"
	)
	accountant.set_lock_date()
	assert xero.create("Invoices", **fields, Date="2026-03-31")["Status"] == "DRAFT"


def test_the_contact_of_an_invoice(xero: Xero, make_invoice: Make, contact: dict[str, Any]) -> None:
	known = make_invoice(Contact={"Name": "kestrel media group"})
	assert known["Contact"]["ContactID"] == contact["ContactID"]
	new = make_invoice(Contact={"Name": "Never seen"})["Contact"]
	assert xero.one("Contacts", new["ContactID"])["Name"] == "Never seen"
	person = {"FirstName": "Ann", "LastName": "Lee", "EmailAddress": "ann@x.example", "IncludeInEmails": True}
	xero.change("Contacts", ContactID=contact["ContactID"], ContactPersons=[person])
	make_invoice()
	assert len(xero.one("Contacts", contact["ContactID"])["ContactPersons"]) == 1
	make_invoice(Contact={"ContactID": contact["ContactID"], "EmailAddress": "new@x.example"})
	after = xero.one("Contacts", contact["ContactID"])
	assert (after["EmailAddress"], after["ContactPersons"]) == ("new@x.example", [])


def test_no_invoice_for_an_archived_contact(
	xero: Xero, accountant: Accountant, contact: dict[str, Any]
) -> None:
	accountant.archive_contact(contact["ContactID"])
	refused = xero.refusal(
		"Invoices", Type="ACCREC", Contact={"ContactID": contact["ContactID"]}, LineItems=[line(1)]
	)
	assert refused == (
		"The contact with the specified contact details has been archived. "
		"The contact must be un-archived before creating new invoices or credit notes."
	)


def test_lists_carry_lines_only_when_paged(xero: Xero, make_invoice: Make, contact: dict[str, Any]) -> None:
	make_invoice()
	by_name = {"ContactID": contact["ContactID"], "Name": "Kestrel Media Group"}
	(listed,) = xero.many("Invoices")
	assert listed["LineItems"] == []
	(paged,) = xero.many("Invoices", page=1)
	assert len(paged["LineItems"]) == 1
	for each in (listed, paged):
		assert {key: value for key, value in each["Contact"].items() if value not in ([], False)} == by_name
	(summary,) = xero.many("Invoices", page=1, summaryOnly="true")
	assert summary["LineItems"] == [] and "Payments" not in summary
	whole = xero.one("Invoices", "INV-0001")
	assert whole["Contact"]["EmailAddress"] == "info@kestrelmedia.example"


def test_email_marks_as_sent_and_is_noted(xero: Xero, make_invoice: Make) -> None:
	invoice_id = make_invoice()["InvoiceID"]
	sent = xero.post(f"Invoices/{invoice_id}/Email")
	assert (sent.status_code, sent.content) == (204, b"")
	assert xero.one("Invoices", invoice_id)["SentToContact"] is True
	notes = records(xero.get(f"Invoices/{invoice_id}/History"), "HistoryRecords")
	assert [note["Changes"] for note in notes] == ["Invoice sent", "Created"]
	draft_id = make_invoice(Status="DRAFT")["InvoiceID"]
	assert xero.post(f"Invoices/{draft_id}/Email").status_code == 400
	assert xero.post(f"Invoices/{ZERO_ID}/Email").status_code == 404


def test_history_notes(xero: Xero, make_invoice: Make) -> None:
	invoice_id = make_invoice()["InvoiceID"]
	note = {"HistoryRecords": [{"Details": "Sent by ERPNext"}]}
	answer = records(xero.put(f"Invoices/{invoice_id}/History", note), "HistoryRecords")
	assert answer[0]["Details"] == "Sent by ERPNext"
	newest = records(xero.get(f"Invoices/{invoice_id}/History"), "HistoryRecords")[0]
	assert (newest["Changes"], newest["Details"]) == ("Note", "Sent by ERPNext")


def test_the_payment_link_is_for_authorised_invoices(xero: Xero, make_invoice: Make) -> None:
	invoice_id = make_invoice()["InvoiceID"]
	(link,) = records(xero.get(f"Invoices/{invoice_id}/OnlineInvoice"), "OnlineInvoices")
	assert link["OnlineInvoiceUrl"] == "https://in.xero.com/" + invoice_id.replace("-", "")
	draft_id = make_invoice(Status="DRAFT")["InvoiceID"]
	assert xero.get(f"Invoices/{draft_id}/OnlineInvoice").status_code == 400


def test_one_bad_element_refuses_all_unless_errors_are_not_summarized(
	xero: Xero, contact: dict[str, Any]
) -> None:
	good = {"Type": "ACCREC", "Contact": {"ContactID": contact["ContactID"]}, "LineItems": [line(1)]}
	bad = {**good, "CurrencyCode": "CHF"}
	all_or_nothing = xero.put("Invoices", {"Invoices": [good, bad]})
	body = read(all_or_nothing)
	assert all_or_nothing.status_code == 400
	assert (body["ErrorNumber"], body["Type"]) == (10, "ValidationException")
	assert [len(element["ValidationErrors"]) for element in body["Elements"]] == [0, 1]
	assert [element["InvoiceID"] for element in body["Elements"]] == [ZERO_ID, ZERO_ID]
	assert xero.many("Invoices") == []
	answer = xero.put("Invoices", {"Invoices": [good, bad]}, summarizeErrors="false")
	assert [each["StatusAttributeString"] for each in records(answer, "Invoices")] == ["OK", "ERROR"]
	assert [each["InvoiceNumber"] for each in xero.many("Invoices")] == ["INV-0001"]
