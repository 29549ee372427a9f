from __future__ import annotations

from decimal import Decimal as D
from typing import Any

import pytest
from simulator_kit import HandClock, Make, Xero

from xero_connector.simulator import Accountant, AccountantError

TAKEN = (
	"The contact name {} is already assigned to another contact. "
	"The contact name must be unique across all active contacts."
)
ARCHIVED = (
	"The specified contact details matched an archived contact. "
	"Archived contacts cannot currently be edited via the API."
)


def test_a_new_contact_shows_every_kind_of_address_and_phone(contact: dict[str, Any]) -> None:
	assert [each["AddressType"] for each in contact["Addresses"]] == ["STREET", "POBOX"]
	assert [each["PhoneType"] for each in contact["Phones"]] == ["DDI", "DEFAULT", "FAX", "MOBILE"]
	assert (contact["ContactStatus"], contact["IsCustomer"], contact["IsSupplier"]) == (
		"ACTIVE",
		False,
		False,
	)
	assert contact["UpdatedDateUTC"] == "/Date(1777636800123+0000)/"


def test_names_are_unique_among_active_contacts_ignoring_case(
	xero: Xero, accountant: Accountant, contact: dict[str, Any]
) -> None:
	assert xero.refusal("Contacts", Name="KESTREL media group") == TAKEN.format("KESTREL media group")
	assert xero.refused_change("Contacts", Name="Kestrel Media Group") == TAKEN.format("Kestrel Media Group")
	other = xero.create("Contacts", Name="Other")
	renamed = xero.refused_change("Contacts", ContactID=other["ContactID"], Name="Kestrel Media Group")
	assert renamed == TAKEN.format("Kestrel Media Group")
	accountant.archive_contact(contact["ContactID"])
	assert xero.create("Contacts", Name="Kestrel Media Group")["ContactStatus"] == "ACTIVE"


def test_a_post_finds_a_contact_by_id_or_number(xero: Xero) -> None:
	first = xero.create("Contacts", Name="One", ContactNumber="CUST-1")
	by_number = xero.change("Contacts", ContactNumber="CUST-1", Name="Uno")
	by_id = xero.change("Contacts", ContactID=first["ContactID"], FirstName="Ann")
	assert by_number["ContactID"] == by_id["ContactID"] == first["ContactID"]
	assert (by_id["Name"], by_id["FirstName"]) == ("Uno", "Ann")
	assert xero.one("Contacts", "CUST-1")["Name"] == "Uno"


def test_an_update_touches_only_what_is_given(xero: Xero) -> None:
	created = xero.create(
		"Contacts",
		Name="One",
		EmailAddress="one@x.example",
		Addresses=[{"AddressType": "POBOX", "City": "Leeds", "PostalCode": "LS1"}],
		Phones=[{"PhoneType": "MOBILE", "PhoneNumber": "123"}],
		ContactPersons=[{"FirstName": "Ann", "EmailAddress": "ann@x.example"}],
		PaymentTerms={"Sales": {"Day": 30, "Type": "DAYSAFTERBILLDATE"}},
	)
	changed = xero.change(
		"Contacts",
		ContactID=created["ContactID"],
		Addresses=[{"AddressType": "POBOX", "City": "York"}, {"AddressType": "STREET", "City": "Hull"}],
		Phones=[{"PhoneType": "DEFAULT", "PhoneNumber": "456"}],
		PaymentTerms={"Bills": {"Day": 10, "Type": "OFCURRENTMONTH"}},
	)
	addresses = {each["AddressType"]: (each["City"], each["PostalCode"]) for each in changed["Addresses"]}
	assert addresses == {"POBOX": ("York", "LS1"), "STREET": ("Hull", "")}
	phones = {each["PhoneType"]: each["PhoneNumber"] for each in changed["Phones"]}
	assert phones == {"DDI": "", "DEFAULT": "456", "FAX": "", "MOBILE": "123"}
	assert changed["EmailAddress"] == "one@x.example"
	assert [person["FirstName"] for person in changed["ContactPersons"]] == ["Ann"]
	assert changed["PaymentTerms"] == {
		"Sales": {"Day": 30, "Type": "DAYSAFTERBILLDATE"},
		"Bills": {"Day": 10, "Type": "OFCURRENTMONTH"},
	}
	replaced = xero.change("Contacts", ContactID=created["ContactID"], ContactPersons=[{"FirstName": "Bo"}])
	assert [person["FirstName"] for person in replaced["ContactPersons"]] == ["Bo"]


def test_null_leaves_a_field_as_it_is(xero: Xero) -> None:
	created = xero.create("Contacts", Name="One", FirstName="Ann", LastName=None)
	changed = xero.change("Contacts", ContactID=created["ContactID"], FirstName=None, LastName="Lee")
	assert (changed["FirstName"], changed["LastName"]) == ("Ann", "Lee")


@pytest.mark.parametrize(
	("fields", "sentence"),
	[
		({"Name": "A <b>"}, "The contact name cannot contain angle brackets."),
		({"Name": "A  b"}, "The contact name cannot contain double spaces."),
		({"Name": ""}, "The contact name must be specified."),
		({"Name": "x" * 256}, "The field Name must be a string with a maximum length of 255."),
		(
			{"Name": "x", "ContactNumber": "1" * 51},
			"The field ContactNumber must be a string with a maximum length of 50.",
		),
		(
			{"Name": "x", "Addresses": [{"AddressType": "POBOX", "PostalCode": "1" * 51}]},
			"The field PostalCode must be a string with a maximum length of 50.",
		),
		({"Name": "x", "Phones": [{"PhoneType": "TELEX"}]}, "The PhoneType 'TELEX' is not valid."),
		({"Name": "x", "EmailAddress": "not an address"}, "Email address must be valid."),
		({"Name": "x", "EmailAddress": "jürgen@x.example"}, "Email address must be valid."),
		({"Name": "x", "DefaultCurrency": "CHF"}, "Organisation is not subscribed to currency CHF"),
		(
			{"Name": "x", "PaymentTerms": {"Sales": {"Day": 5, "Type": "SOON"}}},
			"The payment terms for Sales are not valid.",
		),
	],
)
def test_contacts_that_are_refused(xero: Xero, fields: dict[str, Any], sentence: str) -> None:
	assert xero.refusal("Contacts", **fields) == sentence


def test_archived_contacts_are_out_of_reach(xero: Xero, accountant: Accountant) -> None:
	contact_id = xero.create("Contacts", Name="One", ContactNumber="CUST-1")["ContactID"]
	accountant.archive_contact(contact_id)
	assert xero.refused_change("Contacts", ContactID=contact_id, Name="Two") == ARCHIVED
	assert xero.refused_change("Contacts", ContactID=contact_id, ContactStatus="ACTIVE") == ARCHIVED
	assert xero.refused_change("Contacts", ContactNumber="CUST-1", Name="Two") == ARCHIVED
	assert xero.refusal("Contacts", Name="New", ContactNumber="CUST-1") == ARCHIVED
	assert xero.many("Contacts") == []
	assert [each["ContactID"] for each in xero.many("Contacts", includeArchived="true")] == [contact_id]
	assert xero.one("Contacts", contact_id)["ContactStatus"] == "ARCHIVED"


def test_the_api_may_archive(xero: Xero, contact: dict[str, Any]) -> None:
	assert (
		xero.change("Contacts", ContactID=contact["ContactID"], ContactStatus="ARCHIVED")["ContactStatus"]
		== "ARCHIVED"
	)


def test_a_merged_contact_names_where_it_went(
	xero: Xero, accountant: Accountant, contact: dict[str, Any], make_invoice: Make
) -> None:
	invoice_id = make_invoice()["InvoiceID"]
	target_id = xero.create("Contacts", Name="Target")["ContactID"]
	accountant.merge_contacts(contact["ContactID"], target_id)
	source = xero.one("Contacts", contact["ContactID"])
	assert (source["ContactStatus"], source["MergedToContactID"]) == ("ARCHIVED", target_id)
	assert xero.one("Invoices", invoice_id)["Contact"]["ContactID"] == target_id
	paged = xero.many("Contacts", page=1, includeArchived="true")
	assert [each.get("MergedToContactID") for each in paged if each["Name"] != "Target"] == [target_id]
	listed = xero.many("Contacts", includeArchived="true")
	assert all("MergedToContactID" not in each for each in listed)
	with pytest.raises(AccountantError, match="into itself"):
		accountant.merge_contacts(target_id, target_id)


def test_balances_are_computed_and_do_not_move_the_update_time(
	xero: Xero, accountant: Accountant, contact: dict[str, Any], make_invoice: Make, clock: HandClock
) -> None:
	make_invoice(DueDate="2026-05-31")
	late_id = make_invoice(Date="2026-03-01", DueDate="2026-03-31")["InvoiceID"]
	make_invoice(Status="DRAFT")
	clock.forward(minutes=1)
	accountant.pay(late_id, "20.01")
	read = xero.one("Contacts", contact["ContactID"])
	assert read["Balances"]["AccountsReceivable"] == {"Outstanding": D("219.99"), "Overdue": D("99.99")}
	assert read["IsCustomer"] is True
	assert read["UpdatedDateUTC"] == contact["UpdatedDateUTC"]
	(paged,) = xero.many("Contacts", page=1)
	assert paged["Balances"] == read["Balances"]
	(listed,) = xero.many("Contacts")
	(summary,) = xero.many("Contacts", page=1, summaryOnly="true")
	assert "Balances" not in listed and "Balances" not in summary


def test_an_unknown_contact_is_not_found_in_html(xero: Xero) -> None:
	response = xero.get("Contacts/11111111-1111-4111-8111-111111111111")
	assert (response.status_code, response.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
