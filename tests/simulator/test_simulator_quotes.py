"""Quotes: made, changed, sent, accepted, declined, invoiced, deleted."""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

import pytest
from simulator_kit import HandClock, Make, Xero, read, records

from xero_connector.simulator import Accountant, AccountantError, Simulator

NOT_VALID = "Quote not of valid status for modification"
LINE = {"Description": "Work", "Quantity": 2, "UnitAmount": D("100"), "AccountCode": "200"}


@pytest.fixture
def make_quote(xero: Xero, contact: dict[str, Any]) -> Make:
	"""Creates a sent quote of 240.00 with tax; fields given replace the defaults."""

	def make(**fields: Any) -> dict[str, Any]:
		return xero.create("Quotes", **{**quote_for(contact), **fields})

	return make


def quote_for(contact: dict[str, Any], **fields: Any) -> dict[str, Any]:
	return {
		"Contact": {"ContactID": contact["ContactID"]},
		"Date": "2026-05-01",
		"ExpiryDate": "2026-05-31",
		"LineAmountTypes": "EXCLUSIVE",
		"Status": "SENT",
		"LineItems": [LINE],
		**fields,
	}


def test_a_quote_as_xero_answers_it(make_quote: Make, contact: dict[str, Any]) -> None:
	texts = {"Title": "Website", "Summary": "Two days", "Terms": "30 days", "Reference": "PO 7"}
	quote = make_quote(**texts)
	assert {name: quote[name] for name in texts} == texts
	assert (quote["QuoteNumber"], quote["Status"], quote["StatusAttributeString"]) == (
		"QU-0001",
		"SENT",
		"OK",
	)
	assert (quote["Date"], quote["DateString"]) == ("/Date(1777593600000)/", "2026-05-01T00:00:00")
	assert (quote["ExpiryDate"], quote["ExpiryDateString"]) == (
		"/Date(1780185600000)/",
		"2026-05-31T00:00:00",
	)
	assert quote["UpdatedDateUTC"] == "/Date(1777636800123)/"
	assert (quote["SubTotal"], quote["TotalTax"], quote["Total"]) == (200, 40, 240)
	assert (quote["LineAmountTypes"], quote["CurrencyCode"]) == ("EXCLUSIVE", "GBP")
	assert quote["Contact"] == {
		"ContactID": contact["ContactID"],
		"Name": "Kestrel Media Group",
		"EmailAddress": "info@kestrelmedia.example",
	}


@pytest.mark.parametrize(
	("kind", "totals"),
	[("EXCLUSIVE", (200, 40, 240)), ("INCLUSIVE", ("166.67", "33.33", 200)), ("NOTAX", (200, 0, 200))],
)
def test_a_quote_adds_up_as_an_invoice_does(
	make_quote: Make, make_invoice: Make, kind: str, totals: Any
) -> None:
	lines = [{**LINE, "UnitAmount": 110, "DiscountAmount": 20}]
	quote = make_quote(LineAmountTypes=kind, LineItems=lines)
	spelled = {"EXCLUSIVE": "Exclusive", "INCLUSIVE": "Inclusive", "NOTAX": "NoTax"}[kind]
	invoice = make_invoice(LineAmountTypes=spelled, LineItems=lines)
	names = ("SubTotal", "TotalTax", "Total")
	assert tuple(quote[name] for name in names) == tuple(D(each) for each in totals)
	assert [quote[name] for name in names] == [invoice[name] for name in names]
	assert (quote["TotalDiscount"], quote["LineAmountTypes"]) == (20, kind)


@pytest.mark.parametrize(
	("fields", "sentence"),
	[
		({"LineItems": []}, "One or more line items must be specified"),
		({"Status": "ACCEPTED"}, "Quote not of valid status for creation"),
		({"QuoteNumber": "qu-0001"}, "Quote # must be unique."),
		({"LineAmountTypes": "Exclusive"}, "The LineAmountTypes 'Exclusive' is not valid."),
		({"CurrencyCode": "CHF"}, "Organisation is not subscribed to currency CHF"),
		({"Title": "x" * 101}, "The field Title must be a string with a maximum length of 100."),
		({"Summary": "x" * 3001}, "The field Summary must be a string with a maximum length of 3000."),
		({"Terms": "x" * 4001}, "The field Terms must be a string with a maximum length of 4000."),
		({"QuoteNumber": "x" * 256}, "The field QuoteNumber must be a string with a maximum length of 255."),
		({"ExpiryDate": "soon"}, "The ExpiryDate 'soon' is not a valid date"),
		(
			{"BrandingThemeID": "11111111-1111-4111-8111-111111111111"},
			"The branding theme with the specified BrandingThemeID could not be found",
		),
		(
			{"LineItems": [{**LINE, "AccountCode": "999"}]},
			"Account code '999' is not a valid code for this document.",
		),
		({"LineItems": [{**LINE, "UnitAmount": -1}]}, "The total of a document cannot be negative"),
		({"Contact": {}}, "A Contact must be specified for this type of transaction"),
	],
)
def test_quotes_that_are_refused(
	xero: Xero, make_quote: Make, contact: dict[str, Any], fields: dict[str, Any], sentence: str
) -> None:
	make_quote()
	assert xero.refusal("Quotes", **quote_for(contact, **fields)) == sentence


def test_a_line_may_do_without_an_account(make_quote: Make) -> None:
	assert make_quote(LineItems=[{"Description": "Idea", "UnitAmount": 10}])["Total"] == 10


@pytest.mark.parametrize(
	("path", "allowed"),
	[
		(["DRAFT", "SENT", "ACCEPTED", "INVOICED"], True),
		(["SENT", "DECLINED", "DELETED"], True),
		(["SENT", "INVOICED"], True),
		(["DRAFT", "DELETED"], True),
		(["SENT", "ACCEPTED", "DELETED"], True),
		(["DRAFT", "DECLINED"], False),
		(["DRAFT", "ACCEPTED"], False),
		(["DRAFT", "INVOICED"], False),
		(["SENT", "DRAFT"], False),
		(["SENT", "ACCEPTED", "DECLINED"], False),
		(["SENT", "DECLINED", "ACCEPTED"], False),
		(["SENT", "INVOICED", "DELETED"], False),
		(["DRAFT", "DELETED", "SENT"], False),
	],
)
def test_how_a_status_moves_on(xero: Xero, make_quote: Make, path: list[str], allowed: bool) -> None:
	quote_id = make_quote(Status=path[0])["QuoteID"]
	for status in path[1:-1]:
		moved = xero.change("Quotes", QuoteID=quote_id, Status=status)
		assert moved["StatusAttributeString"] == "OK"
	if allowed:
		xero.change("Quotes", QuoteID=quote_id, Status=path[-1])
	else:
		assert xero.refused_change("Quotes", QuoteID=quote_id, Status=path[-1]) == NOT_VALID
	assert xero.one("Quotes", quote_id)["Status"] == path[-1 if allowed else -2]


def test_a_post_finds_a_quote_by_its_id_only(xero: Xero, make_quote: Make, contact: dict[str, Any]) -> None:
	quote_id = make_quote()["QuoteID"]
	xero.change("Quotes", QuoteID=quote_id, Title="New", QuoteNumber="")
	changed = xero.one("Quotes", quote_id)
	assert (changed["Title"], changed["QuoteNumber"]) == ("New", "QU-0001")
	path = xero.post(f"Quotes/{quote_id}", {"Quotes": [{"Title": "Newer"}]})
	assert records(path, "Quotes")[0]["QuoteID"] == quote_id
	taken = quote_for(contact, QuoteNumber="QU-0001")
	assert xero.refused_change("Quotes", **taken) == "Quote # must be unique."
	assert xero.change("Quotes", **quote_for(contact))["QuoteNumber"] == "QU-0002"
	assert xero.get("Quotes/QU-0001").status_code == 404


def test_a_post_clears_the_texts_that_it_leaves_out(xero: Xero, make_quote: Make) -> None:
	quote = make_quote(Title="T", Summary="S", Terms="U", Reference="R", LineAmountTypes="INCLUSIVE")
	moved = xero.change("Quotes", QuoteID=quote["QuoteID"], Status="ACCEPTED", Title="T", Reference="R")
	assert [moved[name] for name in ("Title", "Summary", "Terms", "Reference")] == ["T", "", "", "R"]
	assert (moved["Total"], moved["LineAmountTypes"], moved["ExpiryDate"]) == (
		200,
		"INCLUSIVE",
		quote["ExpiryDate"],
	)
	repriced = xero.change("Quotes", QuoteID=quote["QuoteID"], LineItems=[LINE])
	assert (repriced["Total"], repriced["LineAmountTypes"]) == (240, "EXCLUSIVE")


def test_one_bad_quote_does_not_hold_back_the_other(xero: Xero, contact: dict[str, Any]) -> None:
	bad = quote_for(contact, CurrencyCode="CHF")
	whole = xero.put("Quotes", {"Quotes": [quote_for(contact), bad]})
	assert (whole.status_code, xero.many("Quotes")) == (400, [])
	answer = xero.put("Quotes", {"Quotes": [quote_for(contact), bad]}, summarizeErrors="false")
	good, refused = records(answer, "Quotes")
	assert (good["StatusAttributeString"], refused["StatusAttributeString"]) == ("OK", "ERROR")
	assert refused["Date"] == "/Date(1777593600000)/"


def test_the_same_key_makes_one_quote(xero: Xero, contact: dict[str, Any]) -> None:
	body, key = {"Quotes": [quote_for(contact)]}, {"Idempotency-Key": "once"}
	first, second = (xero.put("Quotes", body, headers=key) for _ in range(2))
	assert first.content == second.content
	assert len(xero.many("Quotes")) == 1


def test_quotes_are_listed_by_hundreds(xero: Xero, contact: dict[str, Any]) -> None:
	xero.put("Quotes", {"Quotes": [quote_for(contact)] * 101})
	first = xero.get("Quotes", page=1, pageSize=1000)
	assert "pagination" not in read(first)
	assert [len(records(first, "Quotes")), len(xero.many("Quotes", page=2))] == [100, 1]
	assert len(records(first, "Quotes")[0]["LineItems"]) == 1
	unpaged = xero.many("Quotes", pageSize=10)
	assert (len(unpaged), unpaged[0]["LineItems"]) == (101, [])
	assert unpaged[0]["Contact"] == {"ContactID": contact["ContactID"], "Name": "Kestrel Media Group"}


def test_filters(xero: Xero, make_quote: Make, clock: HandClock, accountant: Accountant) -> None:
	make_quote(Date="2026-04-01", ExpiryDate="2026-04-15", Status="DRAFT")
	clock.forward(minutes=1)
	make_quote(QuoteNumber="Q-9")
	other = accountant.add_contact(Name="Other")
	make_quote(Contact={"ContactID": other})

	def numbers(**args: Any) -> list[str]:
		return [each["QuoteNumber"] for each in xero.many("Quotes", order="QuoteNumber", **args)]

	assert numbers(Status="DRAFT") == ["QU-0001"]
	assert numbers(ContactID=other.upper()) == ["QU-0003"]
	assert numbers(QuoteNumber="q-9") == ["Q-9"]
	assert numbers(DateTo="2026-04-01") == numbers(ExpiryDateTo="2026-04-30") == ["QU-0001"]
	assert numbers(DateFrom="2026-04-02") == numbers(ExpiryDateFrom="2026-05-31") == ["Q-9", "QU-0003"]
	assert numbers(headers={"If-Modified-Since": "2026-05-01T12:00:30"}) == ["Q-9", "QU-0003"]
	assert xero.get("Quotes", where='Status=="DRAFT"').status_code == 400
	assert xero.get("Quotes", DateFrom="May").status_code == 400


def test_history(xero: Xero, make_quote: Make) -> None:
	quote_id = make_quote(Status="DRAFT")["QuoteID"]
	xero.change("Quotes", QuoteID=quote_id, Status="SENT")
	xero.put(f"Quotes/{quote_id}/History", {"HistoryRecords": [{"Details": "Sent by ERPNext"}]})
	notes = records(xero.get(f"Quotes/{quote_id}/History"), "HistoryRecords")
	assert [note["Changes"] for note in notes] == ["Note", "Sent", "Created"]


def test_no_webhook_tells_of_quotes(sim: Simulator, tenant: str, make_quote: Make) -> None:
	hook = {"webhook_url": "https://erp.example/hook", "kind": "custom", "tenant_id": tenant}
	sim.add_app("custom", "secret", **hook)
	make_quote()
	assert sim.pending_webhooks() == []


def test_the_accountant_works_on_quotes(xero: Xero, accountant: Accountant, contact: dict[str, Any]) -> None:
	fields = quote_for(contact, Status="DRAFT", Title="Website", LineAmountTypes="INCLUSIVE")
	quote_id = accountant.add_quote(**fields)
	with pytest.raises(AccountantError, match="valid status"):
		accountant.accept_quote(quote_id)
	accountant.send_quote(quote_id)
	accountant.edit_quote(quote_id, Terms="None", LineItems=[{**LINE, "DiscountAmount": 10, "TaxAmount": 31}])
	assert [accountant.find_quote("qu-0001")[name] for name in ("Title", "Total")] == ["Website", 190]
	accountant.accept_quote(quote_id)
	invoice = accountant.invoice(accountant.invoice_quote(quote_id))
	shown = [invoice[name] for name in ("Status", "Reference", "Total", "TotalTax")]
	assert shown == ["DRAFT", "QU-0001", 190, 31]
	assert accountant.quote(quote_id)["Status"] == "INVOICED"
	declined, deleted = accountant.add_quote(**{**fields, "Status": "SENT"}), accountant.add_quote(**fields)
	accountant.decline_quote(declined)
	accountant.delete_quote(deleted)
	assert [each["Status"] for each in accountant.quotes()] == ["INVOICED", "DECLINED", "DELETED"]
	with pytest.raises(AccountantError, match="no quote X"):
		accountant.find_quote("X")


def test_a_merge_moves_quotes_too(xero: Xero, accountant: Accountant, make_quote: Make) -> None:
	quote, other = make_quote(), accountant.add_contact(Name="Kestrel")
	accountant.merge_contacts(quote["Contact"]["ContactID"], other)
	assert xero.one("Quotes", quote["QuoteID"])["Contact"]["ContactID"] == other
