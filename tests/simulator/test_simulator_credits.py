"""Credit notes, overpayments and prepayments: made, allocated, refunded, taken back."""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

import pytest
from simulator_kit import HandClock, Make, Xero, connect, read, records

from xero_connector.simulator import Accountant, AccountantError, Simulator

ALLOCATED = "This document cannot be edited as it has a payment or credit note allocated to it."
NOT_VALID = "Invoice not of valid status for modification"
LINE = {"Description": "Returned", "Quantity": 1, "UnitAmount": 50, "AccountCode": "200"}
KINDS = ["CreditNotes", "Overpayments", "Prepayments"]


@pytest.fixture
def make_note(xero: Xero, contact: dict[str, Any]) -> Make:
	"""Creates an authorised credit note of 60.00 with tax; fields given replace the defaults."""

	def make(**fields: Any) -> dict[str, Any]:
		return xero.create("CreditNotes", **{**note_for(contact), **fields})

	return make


def note_for(contact: dict[str, Any], **fields: Any) -> dict[str, Any]:
	return {
		"Type": "ACCRECCREDIT",
		"Contact": {"ContactID": contact["ContactID"]},
		"Date": "2026-05-01",
		"Status": "AUTHORISED",
		"LineItems": [LINE],
		**fields,
	}


@pytest.fixture
def make_credit(accountant: Accountant, contact: dict[str, Any], make_invoice: Make) -> Any:
	"""Makes a credit of 60.00 of a collection; answers its id."""

	def make(collection: str) -> str:
		if collection == "CreditNotes":
			return accountant.credit(contact["ContactID"], "60")
		if collection == "Prepayments":
			return accountant.prepay(contact["ContactID"], "60")
		return accountant.overpay(make_invoice()["InvoiceID"], "180")

	return make


def allocation(invoice: dict[str, Any], amount: str) -> dict[str, Any]:
	named = {"InvoiceID": invoice["InvoiceID"]}
	return {"Allocations": [{"Amount": D(amount), "Invoice": named, "Date": "2026-05-01"}]}


def test_a_credit_note_is_made_and_listed(xero: Xero, make_note: Make) -> None:
	note = make_note(Reference="RMA 7")
	money = [note[field] for field in ("SubTotal", "TotalTax", "Total", "RemainingCredit")]
	assert money == [D("50.00"), D("10.00"), D("60.00"), D("60.00")]
	assert (note["CreditNoteNumber"], note["Status"]) == ("CN-0001", "AUTHORISED")
	(listed,) = xero.many("CreditNotes", page=1, where='Type=="ACCRECCREDIT"')
	assert (listed["CreditNoteID"], listed["Allocations"], listed["Payments"]) == (
		note["CreditNoteID"],
		[],
		[],
	)
	assert listed["LineItems"][0]["LineAmount"] == D("50.00")
	assert xero.many("CreditNotes")[0]["LineItems"] == []
	assert xero.one("CreditNotes", "cn-0001")["Reference"] == "RMA 7"


def test_a_draft_is_edited_and_approved(xero: Xero, make_note: Make) -> None:
	note_id = make_note(Status="DRAFT")["CreditNoteID"]
	edited = xero.change("CreditNotes", CreditNoteID=note_id, LineItems=[{**LINE, "UnitAmount": 10}])
	assert (edited["Total"], edited["RemainingCredit"], edited["Status"]) == (D("12.00"), D("12.00"), "DRAFT")
	approved = xero.change("CreditNotes", CreditNoteNumber="CN-0001", Status="AUTHORISED")
	assert (approved["CreditNoteID"], approved["Status"]) == (note_id, "AUTHORISED")
	voided = xero.change("CreditNotes", CreditNoteID=note_id, Status="VOIDED")
	assert voided["Status"] == "VOIDED"
	assert xero.refused_change("CreditNotes", CreditNoteID=note_id, Reference="x") == NOT_VALID
	draft_id = make_note(Status="DRAFT")["CreditNoteID"]
	assert xero.refused_change("CreditNotes", CreditNoteID=draft_id, Status="VOIDED") == NOT_VALID
	assert xero.change("CreditNotes", CreditNoteID=draft_id, Status="DELETED")["Status"] == "DELETED"


@pytest.mark.parametrize(
	("fields", "sentence"),
	[
		({"Type": "ACCREC"}, "The credit note type 'ACCREC' is not valid."),
		({"Status": "PAID"}, "Credit note not of valid status for creation"),
		({"LineItems": []}, "One or more line items must be specified"),
		({"CreditNoteNumber": "CN-0001"}, "Credit note # must be unique."),
		(
			{"LineItems": [{**LINE, "DiscountRate": 10}]},
			"Discounts are only supported on sales invoices",
		),
		({"LineItems": [{**LINE, "UnitAmount": -1}]}, "The total of a document cannot be negative"),
		({"CurrencyCode": "JPY"}, "Organisation is not subscribed to currency JPY"),
		({"Reference": "x" * 256}, "The field Reference must be a string with a maximum length of 255."),
	],
)
def test_credit_notes_that_are_refused(
	xero: Xero, make_note: Make, contact: dict[str, Any], fields: dict[str, Any], sentence: str
) -> None:
	make_note()
	assert xero.refusal("CreditNotes", **note_for(contact, **fields)) == sentence


@pytest.mark.parametrize("collection", KINDS)
def test_credit_pays_an_invoice_and_is_taken_back(
	xero: Xero, make_invoice: Make, make_credit: Any, clock: HandClock, collection: str
) -> None:
	credit_id, invoice = make_credit(collection), make_invoice()
	id_field = f"{collection[:-1]}ID"
	path = f"{collection}/{credit_id}/Allocations"
	clock.forward(seconds=5)
	(first,) = records(xero.put(path, allocation(invoice, "20")), "Allocations")
	credit, credited = xero.one(collection, credit_id), xero.one("Invoices", invoice["InvoiceID"])
	assert (credit["RemainingCredit"], credit["Status"]) == (D("40.00"), "AUTHORISED")
	assert [each["AllocationID"] for each in credit["Allocations"]] == [first["AllocationID"]]
	assert [credited[field] for field in ("AmountCredited", "AmountPaid", "AmountDue")] == [20, 0, 100]
	assert [len(credited[each]) for each in KINDS] == [int(each == collection) for each in KINDS]
	(shown,) = credited[collection]
	assert (shown[id_field], shown["AppliedAmount"]) == (credit_id, D("20.00"))
	xero.put(path, allocation(invoice, "40"))
	assert (xero.one(collection, credit_id)["Status"], xero.many(collection)[0]["RemainingCredit"]) == (
		"PAID",
		0,
	)
	clock.forward(seconds=5)
	removed = read(xero.call("DELETE", f"{path}/{first['AllocationID']}"))
	assert (removed["AllocationID"], removed["IsDeleted"]) == (first["AllocationID"], True)
	credit, credited = xero.one(collection, credit_id), xero.one("Invoices", invoice["InvoiceID"])
	assert (credit["RemainingCredit"], credit["Status"], len(credit["Allocations"])) == (20, "AUTHORISED", 1)
	assert (credited["AmountCredited"], credited["AmountDue"]) == (40, 80)
	moved = "/Date(1777636810123+0000)/"
	assert (credit["UpdatedDateUTC"], credited["UpdatedDateUTC"]) == (moved, moved)
	assert xero.call("DELETE", f"{path}/{first['AllocationID']}").status_code == 400
	elsewhere = f"{path.replace(credit_id, make_credit(collection))}/{first['AllocationID']}"
	assert xero.call("DELETE", elsewhere).status_code == 404


def test_an_invoice_settled_by_credit_is_paid_and_falls_back(
	xero: Xero, make_invoice: Make, accountant: Accountant, contact: dict[str, Any]
) -> None:
	invoice = make_invoice()
	note = accountant.credit(contact["ContactID"], "100")
	deposit = accountant.prepay(contact["ContactID"], "20", date="2026-05-01")
	accountant.allocate(note, invoice["InvoiceID"], "100")
	last = accountant.allocate(deposit, invoice["InvoiceID"], "20")
	settled = xero.one("Invoices", invoice["InvoiceID"])
	assert (settled["Status"], settled["AmountDue"], settled["AmountCredited"]) == ("PAID", 0, 120)
	assert settled["CreditNotes"][0]["CreditNoteNumber"] == "CN-0001"
	assert xero.one("CreditNotes", note)["FullyPaidOnDate"] == "/Date(1777593600000+0000)/"
	accountant.remove_allocation(last)
	again = xero.one("Invoices", invoice["InvoiceID"])
	assert (again["Status"], again["AmountDue"], again["Prepayments"]) == ("AUTHORISED", 20, [])
	assert xero.one("Prepayments", deposit)["RemainingCredit"] == 20


@pytest.mark.parametrize("collection", KINDS)
def test_credit_is_refunded_and_the_refund_taken_back(
	xero: Xero, make_credit: Any, accountant: Accountant, collection: str
) -> None:
	credit_id, name = make_credit(collection), collection[:-1]
	refund = accountant.refund(credit_id, "25", reference="Back")
	paid = xero.one("Payments", refund)
	suffix = {"CreditNote": "CREDIT", "Overpayment": "OVERPAYMENT", "Prepayment": "PREPAYMENT"}[name]
	assert (paid["PaymentType"], paid["Amount"], paid["Reference"]) == (f"AR{suffix}PAYMENT", 25, "Back")
	kind = "ACCRECCREDIT" if name == "CreditNote" else f"AR{suffix}"
	assert (paid["Invoice"]["Type"], paid["Invoice"]["InvoiceID"]) == (kind, credit_id)
	assert paid["Invoice"]["Contact"]["Name"] == "Kestrel Media Group"
	assert refund in [each["PaymentID"] for each in xero.many("Payments", page=1)]
	credit = xero.one(collection, credit_id)
	assert (credit["RemainingCredit"], credit["Payments"][0]["PaymentID"]) == (35, refund)
	accountant.refund(credit_id)
	assert xero.one(collection, credit_id)["Status"] == "PAID"
	accountant.remove_payment(refund)
	credit = xero.one(collection, credit_id)
	assert (credit["RemainingCredit"], credit["Status"], len(credit["Payments"])) == (25, "AUTHORISED", 1)


def test_the_api_refunds_a_credit_note(xero: Xero, make_note: Make) -> None:
	note = make_note(CurrencyCode="USD", CurrencyRate=D("1.25"))
	given = {"CreditNote": {"CreditNoteID": note["CreditNoteID"]}, "Account": {"Code": "090"}}
	assert xero.refusal("Payments", **given, Amount=61) == (
		"The amount exceeds the remaining credit on this document"
	)
	assert xero.create("Payments", **given, Amount=10)["BankAmount"] == 8
	unknown = {"CreditNote": {"CreditNoteID": "none"}, "Account": {"Code": "090"}, "Amount": 1}
	assert xero.refusal("Payments", **unknown) == "CreditNote could not be found"
	draft = {"CreditNote": {"CreditNoteID": make_note(Status="DRAFT")["CreditNoteID"]}}
	assert "Authorised" in xero.refusal("Payments", **{**given, **draft}, Amount=1)


def test_a_note_that_is_used_is_neither_edited_nor_voided(
	xero: Xero, make_note: Make, make_invoice: Make, accountant: Accountant
) -> None:
	for amount in ("60", "10"):
		note_id = make_note()["CreditNoteID"]
		accountant.allocate(note_id, make_invoice()["InvoiceID"], amount)
		assert xero.refused_change("CreditNotes", CreditNoteID=note_id, Status="VOIDED") == ALLOCATED
		assert xero.refused_change("CreditNotes", CreditNoteID=note_id, Reference="x") == ALLOCATED
	refunded = make_note()["CreditNoteID"]
	accountant.refund(refunded, 1)
	with pytest.raises(AccountantError, match="cannot be edited"):
		accountant.void_credit_note(refunded)


def test_what_cannot_be_allocated(
	make_invoice: Make, make_note: Make, accountant: Accountant, xero: Xero
) -> None:
	invoice = make_invoice()["InvoiceID"]
	note = make_note()["CreditNoteID"]
	other = make_invoice(Contact={"Name": "Somebody else"})["InvoiceID"]
	dollars = make_invoice(CurrencyCode="USD")["InvoiceID"]
	bill = make_invoice(Type="ACCPAY", LineItems=[{**LINE, "AccountCode": "400"}])["InvoiceID"]
	draft = make_note(Status="DRAFT")["CreditNoteID"]
	for credit_id, invoice_id, amount, words in (
		(note, invoice, "60.01", "exceeds the remaining credit"),
		(note, invoice, "0", "exceeds the remaining credit"),
		(note, other, "1", "same contact and currency"),
		(note, dollars, "1", "same contact and currency"),
		(note, bill, "1", "same contact and currency"),
		(draft, invoice, "1", "Authorised"),
		("none", invoice, "1", "There is no record none"),
	):
		with pytest.raises(AccountantError, match=words):
			accountant.allocate(credit_id, invoice_id, amount)
	accountant.pay(invoice, "100")
	with pytest.raises(AccountantError, match="amount outstanding"):
		accountant.allocate(note, invoice, "21")
	accountant.set_lock_date(period="2026-05-01")
	with pytest.raises(AccountantError, match="lock date"):
		accountant.allocate(note, invoice, "1")
	assert xero.one("CreditNotes", note)["RemainingCredit"] == 60


def test_money_received_by_mistake_is_voided(
	xero: Xero, make_credit: Any, make_invoice: Make, accountant: Accountant
) -> None:
	deposit = make_credit("Prepayments")
	used = accountant.allocate(deposit, make_invoice()["InvoiceID"], 1)
	with pytest.raises(AccountantError, match="cannot be edited"):
		accountant.void_received(deposit)
	accountant.remove_allocation(used)
	accountant.void_received(deposit)
	assert xero.one("Prepayments", deposit)["Status"] == "VOIDED"


def test_what_a_prepayment_must_be(accountant: Accountant, contact: dict[str, Any]) -> None:
	with pytest.raises(AccountantError, match="bank accounts"):
		accountant.prepay(contact["ContactID"], 10, account="835")
	with pytest.raises(AccountantError, match="greater than zero"):
		accountant.prepay(contact["ContactID"], 0)
	accountant.prepay(contact["ContactID"], 10, CurrencyCode="USD", CurrencyRate=D("1.25"))
	(deposit,) = accountant.prepayments()
	assert (deposit["CurrencyCode"], deposit["CurrencyRate"], deposit["Total"]) == ("USD", D("1.25"), 10)


@pytest.mark.parametrize("collection", KINDS)
def test_only_what_changed_since_is_listed(
	xero: Xero, make_credit: Any, clock: HandClock, collection: str
) -> None:
	make_credit(collection)
	clock.forward(minutes=1)
	later = make_credit(collection)
	since = {"If-Modified-Since": "2026-05-01T12:00:30"}
	found = records(xero.get(collection, page=1, headers=since), collection)
	assert [each[f"{collection[:-1]}ID"] for each in found] == [later]


def test_scopes(sim: Simulator, tenant: str) -> None:
	invoices = connect(sim, tenant, "accounting.invoices", "one")
	assert invoices.get("CreditNotes").status_code == 200
	assert invoices.get("Prepayments").status_code == 401
	assert connect(sim, tenant, "accounting.payments.read", "two").get("Prepayments").status_code == 200


def test_a_merge_moves_credit_too(
	accountant: Accountant, contact: dict[str, Any], make_credit: Any, xero: Xero
) -> None:
	credit_id = make_credit("CreditNotes")
	other = accountant.add_contact(Name="Kestrel")
	accountant.merge_contacts(contact["ContactID"], other)
	assert xero.one("CreditNotes", credit_id)["Contact"]["ContactID"] == other
