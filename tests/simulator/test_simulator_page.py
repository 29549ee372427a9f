from __future__ import annotations

from decimal import Decimal as D
from typing import Any

import pytest
import requests
from simulator_kit import Make, Xero, in_process

from xero_connector.simulator import Accountant, AccountantError, Simulator

HOME = "http://xero.localhost"


@pytest.fixture
def browser(sim: Simulator) -> requests.Session:
	return in_process(sim)


def press(browser: requests.Session, accountant: Accountant, path: str, **form: str) -> requests.Response:
	return browser.post(f"{HOME}/{accountant.tenant_id}/{path}", data=form, allow_redirects=False)


def test_the_pages_show_what_there_is(
	browser: requests.Session, accountant: Accountant, make_invoice: Make
) -> None:
	invoice_id = make_invoice(Reference="PO <7>")["InvoiceID"]
	accountant.pay(invoice_id, "20")
	base = f"{HOME}/{accountant.tenant_id}"
	assert "Bayside Ltd" in browser.get(HOME + "/").text
	listed = browser.get(base + "/").text
	assert "INV-0001" in listed and "120.00 GBP" in listed and "100.00" in listed
	assert "Kestrel Media Group" in browser.get(base + "/contacts").text
	assert "20.00" in browser.get(base + "/payments").text
	shown = browser.get(f"{base}/invoices/{invoice_id}").text
	assert "Pay in full" in shown and "PO &lt;7&gt;" in shown and "PO <7>" not in shown
	assert browser.get(f"{base}/invoices/none").status_code == 400
	assert browser.get(f"{HOME}/nobody/").status_code == 404
	assert browser.get(f"{HOME}/a/b/c/d/e").status_code == 404


def test_the_buttons_of_an_invoice(
	browser: requests.Session, accountant: Accountant, make_invoice: Make, xero: Xero
) -> None:
	invoice_id = make_invoice(Status="DRAFT")["InvoiceID"]
	path = f"invoices/{invoice_id}"
	assert press(browser, accountant, f"{path}/authorise").headers["Location"].endswith(path)
	line_id = accountant.invoice(invoice_id)["LineItems"][0]["LineItemID"]
	edit = {
		"Reference": "PO 9",
		"DueDate": "2026-06-15",
		"line0": line_id,
		"Quantity0": "2",
		"UnitAmount0": "99.5",
	}
	press(browser, accountant, f"{path}/edit", **edit)
	edited = xero.one("Invoices", invoice_id)
	assert (edited["Reference"], edited["DueDateString"], edited["Total"]) == (
		"PO 9",
		"2026-06-15T00:00:00",
		D("238.80"),
	)
	press(browser, accountant, f"{path}/pay", amount="38.80")
	assert xero.one("Invoices", invoice_id)["AmountDue"] == D("200.00")
	press(browser, accountant, f"{path}/overpay", amount="250")
	paid = xero.one("Invoices", invoice_id)
	assert (paid["Status"], accountant.overpayments()[0]["RemainingCredit"]) == ("PAID", D("50.00"))
	for payment in paid["Payments"]:
		press(browser, accountant, f"payments/{payment['PaymentID']}/remove")
	press(browser, accountant, f"{path}/pay")
	assert xero.one("Invoices", invoice_id)["Status"] == "PAID"
	no = press(browser, accountant, f"{path}/void")
	assert (no.status_code, "cannot be edited" in no.text) == (400, True)


def test_the_buttons_of_a_contact(browser: requests.Session, accountant: Accountant, xero: Xero) -> None:
	ada, bob = (accountant.add_contact(Name=name) for name in ("Ada", "Bob"))
	press(browser, accountant, f"contacts/{ada}/edit", Name="Ada L", EmailAddress="ada@x.example")
	assert accountant.contact(ada)["EmailAddress"] == "ada@x.example"
	press(browser, accountant, f"contacts/{ada}/merge", target=bob)
	assert accountant.contact(ada)["MergedToContactID"] == bob
	press(browser, accountant, f"contacts/{bob}/archive")
	assert accountant.contact(bob)["ContactStatus"] == "ARCHIVED"


def test_the_buttons_of_a_quote(
	browser: requests.Session, accountant: Accountant, contact: dict[str, Any]
) -> None:
	line = {"Description": "Two <days>", "UnitAmount": 100}
	fields = {"Contact": {"ContactID": contact["ContactID"]}, "LineItems": [line], "Title": "<Site>"}
	won, lost, gone = (accountant.add_quote(**fields) for _ in range(3))
	base = f"{HOME}/{accountant.tenant_id}/quotes"
	assert "QU-0001" in browser.get(base).text and "Send" in browser.get(f"{base}/{won}").text
	for quote_id, acts in (
		(won, ("send", "accept", "invoice")),
		(lost, ("send", "decline")),
		(gone, ("delete",)),
	):
		for act in acts:
			assert press(browser, accountant, f"quotes/{quote_id}/{act}").status_code == 303
	assert [each["Status"] for each in accountant.quotes()] == ["INVOICED", "DECLINED", "DELETED"]
	assert [each["Reference"] for each in accountant.invoices()] == ["QU-0001"]
	shown = browser.get(f"{base}/{won}").text
	assert "&lt;Site&gt;" in shown and "Two &lt;days&gt;" in shown and "/accept" not in shown
	assert press(browser, accountant, f"quotes/{won}/accept").status_code == 400


def test_lock_dates_and_apps_on_the_settings_page(
	browser: requests.Session, accountant: Accountant, xero: Xero
) -> None:
	press(browser, accountant, "settings/dates/lock", period="2026-03-31", end_of_year="")
	assert accountant.organisation()["PeriodLockDate"] == "/Date(1774915200000+0000)/"
	shown = browser.get(f"{HOME}/{accountant.tenant_id}/settings").text
	assert "2026-03-31" in shown and "custom" in shown
	press(browser, accountant, "settings/custom/disconnect")
	assert (xero.get("Contacts").status_code, accountant.connected_apps()) == (403, [])


def test_text_is_escaped_wherever_it_stands(browser: requests.Session, sim: Simulator) -> None:
	tenant = sim.add_organisation("<b>Bold</b> & Sons")
	accountant = sim.accountant(tenant)
	line = {"Description": '"><i>line</i>', "UnitAmount": 1}
	invoice_id = accountant.add_invoice(
		Contact={"Name": "A & B"}, LineItems=[line], InvoiceNumber="<u>1</u>", Reference="<s>"
	)
	pages = [
		"/",
		f"/{tenant}/",
		f"/{tenant}/invoices/{invoice_id}",
		f"/{tenant}/contacts",
		f"/{tenant}/invoices/<q>",
	]
	for page in pages:
		text = browser.get(HOME + page).text
		assert not any(tag in text for tag in ("<b>", "<i>", "<u>", "<s>", "<q>", "A & B"))
	assert "&lt;b&gt;Bold&lt;/b&gt; &amp; Sons" in browser.get(HOME + "/").text


def test_acts_are_posts_only(browser: requests.Session, accountant: Accountant, make_invoice: Make) -> None:
	invoice_id = make_invoice()["InvoiceID"]
	assert browser.get(f"{HOME}/{accountant.tenant_id}/invoices/{invoice_id}/void").status_code == 405
	assert press(browser, accountant, f"invoices/{invoice_id}/explode").status_code == 404
	assert press(browser, accountant, f"invoices/{invoice_id}/overpay").status_code == 400
	assert accountant.invoice(invoice_id)["Status"] == "AUTHORISED"


def test_the_accountant_keeps_to_the_rules(
	accountant: Accountant, make_invoice: Make, sim: Simulator
) -> None:
	invoice_id = make_invoice()["InvoiceID"]
	with pytest.raises(AccountantError, match="Payment amount exceeds"):
		accountant.pay(invoice_id, "500")
	with pytest.raises(AccountantError, match="no record"):
		accountant.pay("nothing")
	with pytest.raises(AccountantError, match="not an amount"):
		accountant.pay(invoice_id, "much")
	with pytest.raises(AccountantError, match="not connected"):
		accountant.disconnect("nobody")
	with pytest.raises(AccountantError, match="no invoice X"):
		accountant.find_invoice("X")
	with pytest.raises(KeyError):
		sim.accountant("unknown")
	accountant.void(invoice_id)
	assert accountant.find_invoice("INV-0001")["Status"] == "VOIDED"
	draft_id = make_invoice(Status="SUBMITTED")["InvoiceID"]
	accountant.void(draft_id)
	assert accountant.invoice(draft_id)["Status"] == "DELETED"


def test_at_most_two_tracking_categories(accountant: Accountant) -> None:
	accountant.add_tracking_category("Team", ["Red"])
	with pytest.raises(AccountantError, match="maximum number"):
		accountant.add_tracking_category("Third", [])


def test_the_buttons_of_credit(
	browser: requests.Session, accountant: Accountant, make_invoice: Make, xero: Xero
) -> None:
	invoice = make_invoice()
	contact_id, base = invoice["Contact"]["ContactID"], f"{HOME}/{accountant.tenant_id}"
	press(browser, accountant, f"contacts/{contact_id}/credit", amount="50")
	press(browser, accountant, f"contacts/{contact_id}/prepay", amount="30")
	note = accountant.credit_notes()[0]["CreditNoteID"]
	deposit = accountant.prepayments()[0]["PrepaymentID"]
	press(browser, accountant, f"credits/{note}/allocate", amount="20", invoice=invoice["InvoiceID"])
	press(browser, accountant, f"credits/{deposit}/refund", amount="5")
	listed = browser.get(f"{base}/credits").text
	assert "Credit note CN-0001" in listed and "Prepayment" in listed
	assert "Refund" in browser.get(f"{base}/payments").text
	shown = browser.get(f"{base}/credits/{note}").text
	assert "remaining 30.00 GBP" in shown and "INV-0001: 100.00" in shown
	allocation = accountant.credit_by_id(note)["Allocations"][0]["AllocationID"]
	back = press(browser, accountant, f"allocations/{allocation}/remove")
	assert back.headers["Location"].endswith("/credits")
	press(browser, accountant, f"credits/{note}/void")
	assert (xero.one("CreditNotes", note)["Status"], xero.one("Prepayments", deposit)["RemainingCredit"]) == (
		"VOIDED",
		25,
	)
	no = press(browser, accountant, f"credits/{deposit}/void")
	assert (no.status_code, "cannot be edited" in no.text) == (400, True)
	for payment in accountant.payments():
		press(browser, accountant, f"payments/{payment['PaymentID']}/remove")
	press(browser, accountant, f"credits/{deposit}/void")
	assert xero.one("Prepayments", deposit)["Status"] == "VOIDED"
	draft = accountant.credit(contact_id, 5, Status="DRAFT")
	press(browser, accountant, f"credits/{draft}/authorise")
	assert accountant.credit_by_id(draft)["Status"] == "AUTHORISED"
	assert "Void" in browser.get(f"{base}/credits/{draft}").text
	assert "/refund" not in browser.get(f"{base}/credits/{note}").text
