"""Customer, address and contact to a Xero contact."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import customer
from tests.mapping.kit import assert_known
from xero_connector.mapping.contact import (
	Party,
	changed_contact,
	contact_number,
	contact_rules,
	from_contact,
	held,
	new_contact,
	seen_contact,
	to_contact,
	with_rows,
)
from xero_connector.mapping.fields import DEFAULT_FIELD_MAP, FROM_XERO, FieldMapLine, flatten, unflatten
from xero_connector.mapping.problem import MappingError, Problem
from xero_connector.xero.reading import write_json

ADDRESS = {
	"doctype": "Address",
	"name": "Northern Breeze Ltd-Billing",
	"address_line1": "1 Harbour Road",
	"address_line2": "Unit 4",
	"city": "Aberdeen",
	"county": "Aberdeenshire",
	"state": "Scotland",
	"pincode": "AB11 5DB",
	"country": "United Kingdom",
}
PERSON = {
	"doctype": "Contact",
	"name": "Ailsa Craig-Northern Breeze Ltd",
	"first_name": "Ailsa",
	"last_name": "Craig",
	"email_id": "ailsa@northernbreeze.example",
	"phone": "+44 1224 111111",
	"mobile_no": "+44 7700 900123",
}
NET_30 = {"terms": [{"due_date_based_on": "Day(s) after invoice date", "credit_days": 30, "discount": 0.0}]}
WHOLE = customer(tax_id="GB123456789", payment_terms="Net 30")

Flat = dict[str, Any]


def paths_to_xero(field_map: Sequence[FieldMapLine]) -> list[str]:
	"""The paths that ERPNext fills."""
	return [path for path, rule in contact_rules(field_map).items() if rule.direction != FROM_XERO]


def flat(
	doc: dict[str, Any] = WHOLE,
	address: dict[str, Any] | None = ADDRESS,
	person: dict[str, Any] | None = PERSON,
	terms: dict[str, Any] | None = NET_30,
	currencies: tuple[str, ...] = ("GBP", "USD"),
) -> Flat:
	party = Party(doc, address, person, terms=terms)
	return to_contact(party, DEFAULT_FIELD_MAP, currencies=currencies)


def problems(*args: Any, **kwargs: Any) -> list[Problem]:
	with pytest.raises(MappingError) as caught:
		flat(*args, **kwargs)
	return caught.value.problems


def test_the_exact_payload_of_a_new_contact() -> None:
	payload = new_contact(flat(), contact_number(str(WHOLE["name"])))
	assert_known(payload, "Contact")
	assert write_json(payload).decode() == (
		'{"Addresses":[{"AddressLine1":"1 Harbour Road","AddressLine2":"Unit 4","AddressType":"POBOX",'
		'"City":"Aberdeen","Country":"United Kingdom","PostalCode":"AB11 5DB","Region":"Scotland"}],'
		'"ContactNumber":"Northern Breeze Ltd","DefaultCurrency":"GBP",'
		'"EmailAddress":"ailsa@northernbreeze.example","FirstName":"Ailsa","LastName":"Craig",'
		'"Name":"Northern Breeze Ltd","PaymentTerms":{"Sales":{"Day":30,"Type":"DAYSAFTERBILLDATE"}},'
		'"Phones":[{"PhoneNumber":"+44 1224 111111","PhoneType":"DEFAULT"},'
		'{"PhoneNumber":"+44 7700 900123","PhoneType":"MOBILE"}],"TaxNumber":"GB123456789"}'
	)


def test_a_customer_alone_sends_what_is_filled() -> None:
	"""Without a Contact document, the customer's own copies of its fields are taken."""
	payload = new_contact(flat(customer(mobile_no="07700 900123"), None, None, None), "Northern Breeze Ltd")
	assert payload == {
		"ContactNumber": "Northern Breeze Ltd",
		"Name": "Northern Breeze Ltd",
		"DefaultCurrency": "GBP",
		"EmailAddress": "accounts@northernbreeze.example",
		"Phones": [{"PhoneType": "MOBILE", "PhoneNumber": "07700 900123"}],
	}


def test_what_is_empty_is_kept_as_empty_in_the_flat_form() -> None:
	"""So that a value that was removed is removed in Xero too."""
	without = flat(address={**ADDRESS, "address_line2": None}, terms=None)
	assert without["Addresses[POBOX].AddressLine2"] == ""
	assert "PaymentTerms.Sales.Day" not in without
	assert set(flat()) == set(paths_to_xero(DEFAULT_FIELD_MAP))


def test_the_exact_payload_of_a_change() -> None:
	payload = changed_contact("c-1", {"EmailAddress": "", "Phones[MOBILE].PhoneNumber": "1"})
	assert_known(payload, "Contact")
	assert payload == {
		"ContactID": "c-1",
		"EmailAddress": "",
		"Phones": [{"PhoneType": "MOBILE", "PhoneNumber": "1"}],
	}


def test_only_lines_of_the_map_that_go_out_and_are_on() -> None:
	line = {"erp_doctype": "Customer", "erp_field": "website", "xero_field": "Website", "enabled": 1}
	name = {**line, "erp_field": "customer_name", "xero_field": "Name", "direction": "Both"}
	field_map = [
		name,
		{**line, "direction": "From Xero"},
		{**line, "direction": "To Xero", "enabled": 0, "xero_field": "AccountNumber"},
	]
	assert to_contact(Party(customer(website="x")), field_map) == {"Name": "Northern Breeze Ltd"}
	assert paths_to_xero(field_map) == ["Name", "PaymentTerms.Sales.Day", "PaymentTerms.Sales.Type"]


def test_spaces_are_tidied_as_xero_demands() -> None:
	assert flat(customer(customer_name="  Northern   Breeze\tLtd "))["Name"] == "Northern Breeze Ltd"


@pytest.mark.parametrize(
	("values", "problem"),
	[
		(
			{"customer_name": ""},
			Problem(
				"name-missing",
				"The customer has no name.",
				"Give the customer a name.",
				"Customer",
				"Northern Breeze Ltd",
				"customer_name",
			),
		),
		(
			{"customer_name": "A <b> Ltd"},
			Problem(
				"name-refused",
				"Xero does not take < or > in a contact's name: A <b> Ltd",
				"Remove the angle brackets from the customer's name.",
				"Customer",
				"Northern Breeze Ltd",
				"customer_name",
			),
		),
		(
			{"default_currency": "JPY"},
			Problem(
				"currency-not-enabled",
				"The currency JPY is not switched on in this Xero organisation.",
				"Add JPY in Xero (Settings, Currencies), or change the customer's billing currency.",
				"Customer",
				"Northern Breeze Ltd",
				"default_currency",
			),
		),
		(
			{"tax_id": "9" * 51},
			Problem(
				"too-long",
				"Xero takes at most 50 characters in TaxNumber, this has 51.",
				"Shorten it.",
				"Customer",
				"Northern Breeze Ltd",
				"tax_id",
			),
		),
	],
)
def test_what_xero_would_refuse(values: dict[str, Any], problem: Problem) -> None:
	assert problems(customer(**values)) == [problem]


def test_every_problem_at_once_each_with_its_document() -> None:
	found = problems(
		customer(customer_name="n" * 256, tax_id="9" * 51),
		{**ADDRESS, "pincode": "p" * 51, "city": "c" * 256},
		{**PERSON, "email_id": "not an address"},
	)
	assert [(problem.cause, problem.doctype, problem.name, problem.field) for problem in found] == [
		("too-long", "Customer", "Northern Breeze Ltd", "customer_name"),
		("too-long", "Customer", "Northern Breeze Ltd", "tax_id"),
		("email-invalid", "Contact", "Ailsa Craig-Northern Breeze Ltd", "email_id"),
		("too-long", "Address", "Northern Breeze Ltd-Billing", "city"),
		("too-long", "Address", "Northern Breeze Ltd-Billing", "pincode"),
	]


def test_a_copy_on_the_customer_is_corrected_on_the_customer() -> None:
	(found,) = problems(customer(email_id="nobody"), ADDRESS, None)
	assert (found.doctype, found.name, found.field) == ("Customer", "Northern Breeze Ltd", "email_id")


@pytest.mark.parametrize(
	"email", ["a@b", "a b@c.example", "@b.example", "a@b..example", "a@b@c.example", "ü@b.example"]
)
def test_addresses_that_are_none(email: str) -> None:
	(found,) = problems(person={**PERSON, "email_id": email})
	assert found.cause == "email-invalid"


@pytest.mark.parametrize("email", ["a@b.example", "a.b+c@d-e.co.example", "O'Neil@x.example"])
def test_addresses_that_are(email: str) -> None:
	assert flat(person={**PERSON, "email_id": email})["EmailAddress"] == email


def test_no_currency_is_checked_where_none_is_known() -> None:
	assert flat(customer(default_currency="JPY"), currencies=())["DefaultCurrency"] == "JPY"


def test_our_number_in_xero() -> None:
	assert contact_number("n" * 50) == "n" * 50
	long, other = contact_number("n" * 51), contact_number("n" * 52)
	assert len(long) == len(other) == 50
	assert long != other
	assert long == "n" * 37 + "-" + "9feeed8a0f66"


def test_a_contact_of_xero_seen_flat() -> None:
	contact = {
		"Name": "Northern Breeze Ltd",
		"EmailAddress": None,
		"Phones": [
			{"PhoneType": "DDI", "PhoneNumber": "9"},
			{"PhoneType": "DEFAULT", "PhoneNumber": "1"},
		],
		"Addresses": [],
		"PaymentTerms": {"Sales": {"Day": 0, "Type": "DAYSAFTERBILLDATE"}},
	}
	paths = [
		"Name",
		"EmailAddress",
		"TaxNumber",
		"Phones[DEFAULT].PhoneNumber",
		"Phones[MOBILE].PhoneNumber",
		"Addresses[POBOX].City",
		"PaymentTerms.Sales.Day",
		"PaymentTerms.Bills.Day",
	]
	assert list(seen_contact(contact, paths).values()) == ["Northern Breeze Ltd", "", "", "1", "", "", 0, ""]


PATHS = paths_to_xero(DEFAULT_FIELD_MAP)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(PATHS), st.text(min_size=1)))
def test_flat_and_back(values: Flat) -> None:
	contact = unflatten(values)
	assert_known(contact, "Contact")
	assert flatten(contact, PATHS) == {path: values.get(path, "") for path in PATHS}


def test_values_of_the_map_come_back_to_their_documents() -> None:
	changes = {"Name": "North", "EmailAddress": "a@b.example", "Addresses[POBOX].City": "Leith"}
	assert from_contact({**changes, "DefaultCurrency": "USD", "CompanyNumber": "x"}, DEFAULT_FIELD_MAP) == {
		"Customer": {"customer_name": "North"},
		"Contact": {"email_id": "a@b.example"},
		"Address": {"city": "Leith"},
	}


@pytest.mark.parametrize(
	("rows", "values", "expected"),
	[
		([], {"phone": "1"}, [{"phone": "1", "is_primary_phone": 1}]),
		([{"phone": "0", "is_primary_phone": 1}], {"phone": "1"}, [{"phone": "1", "is_primary_phone": 1}]),
		([{"phone": "111"}], {"phone": "1"}, [{"phone": "1", "is_primary_phone": 1}]),
		(
			[{"phone": "111", "is_primary_phone": 1, "is_primary_mobile_no": 1}],
			{"phone": "1"},
			[
				{"phone": "111", "is_primary_phone": 0, "is_primary_mobile_no": 1},
				{"phone": "1", "is_primary_phone": 1},
			],
		),
		([{"phone": "111", "is_primary_phone": 1}, {"phone": "9"}], {"phone": ""}, [{"phone": "9"}]),
		(
			[],
			{"phone": "1", "mobile_no": "2"},
			[{"phone": "1", "is_primary_phone": 1}, {"phone": "2", "is_primary_mobile_no": 1}],
		),
	],
)
def test_the_primary_number_is_a_row_of_its_table(
	rows: list[dict[str, Any]], values: dict[str, str], expected: list[dict[str, Any]]
) -> None:
	assert with_rows({"phone": "111", "phone_nos": rows}, values)["phone_nos"] == expected


def test_a_delivery_address_is_the_street_address() -> None:
	shipping = {**ADDRESS, "address_line1": "2 Dock", "city": "Leith"}
	sent = unflatten(to_contact(Party(WHOLE, ADDRESS, PERSON, shipping), DEFAULT_FIELD_MAP))
	assert [(each["AddressType"], each["AddressLine1"]) for each in sent["Addresses"]] == [
		("POBOX", "1 Harbour Road"),
		("STREET", "2 Dock"),
	]


def test_a_number_in_a_text_is_written_as_people_write_it() -> None:
	line = {"erp_doctype": "Customer", "direction": "To Xero", "enabled": 1}
	field_map = [
		{**line, "erp_field": "pos", "xero_field": "AccountNumber"},
		{**line, "erp_field": "rate", "xero_field": "CompanyNumber"},
	]
	doc = customer(pos=1200, rate=Decimal("12.50"))
	assert held(Party(doc), field_map) == {"AccountNumber": "1200", "CompanyNumber": "12.5"}
