"""The field map: its vocabulary is Xero's, and a line that cannot work is refused when it is saved."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from xero_python.accounting import models  # type: ignore[import-untyped]

from xero_connector.mapping.fields import (
	ADDRESS_FIELDS,
	ADDRESS_TYPES,
	DEFAULT_FIELD_MAP,
	LEFT_OUT,
	NUMBER,
	PHONE_FIELDS,
	PHONE_TYPES,
	XERO_FIELDS,
)
from xero_connector.mapping.map_check import ErpField, faults, remarks

PLAIN = {path: field for path, field in XERO_FIELDS.items() if "[" not in path}


def spec(model: str) -> dict[str, Any]:
	"""The properties of a schema in Xero's own specification."""
	place = Path(os.environ["XERO_OPENAPI"])
	document = yaml.safe_load((place / "xero_accounting.yaml" if place.is_dir() else place).read_text())
	return dict(document["components"]["schemas"][model]["properties"])


def names(model: str) -> dict[str, str]:
	"""The fields of one of xero-python's models with their types."""
	known = getattr(models, model)
	return {field: known.openapi_types[name] for name, field in known.attribute_map.items()}


def test_every_field_of_a_contact_can_be_mapped_or_has_a_reason() -> None:
	lists = {"Addresses", "Phones"}
	assert set(PLAIN) | set(LEFT_OUT) | lists == set(names("Contact"))
	assert not set(PLAIN) & set(LEFT_OUT)
	assert set(ADDRESS_FIELDS) | {"AddressType"} == set(names("Address"))
	assert set(PHONE_FIELDS) | {"PhoneType"} == set(names("Phone"))


def test_every_field_has_the_type_that_it_has_in_xero() -> None:
	numbers = {path for path, kind in names("Contact").items() if kind in ("float", "int")} & set(PLAIN)
	assert {path for path, field in XERO_FIELDS.items() if field.kind == NUMBER} == numbers
	texts = {"str", "CurrencyCode"}
	assert {kind for path, kind in names("Contact").items() if path in PLAIN} - {"float"} == texts
	assert set(names("Address").values()) | set(names("Phone").values()) == {"str"}


@pytest.mark.skipif("XERO_OPENAPI" not in os.environ, reason="XERO_OPENAPI names no specification of Xero")
def test_lengths_and_what_is_read_only_are_as_xero_says() -> None:
	contact = spec("Contact")
	lengths = {path: contact[path]["maxLength"] for path in PLAIN if "maxLength" in contact[path]}
	own = {"DefaultCurrency": 3, "SalesDefaultAccountCode": 10}  # the lengths of what they name
	assert {path: field.length for path, field in PLAIN.items() if field.length} == lengths | own
	read_only = {path for path, field in PLAIN.items() if field.read_only}
	assert read_only == {path for path in PLAIN if contact[path].get("readOnly")}
	for model, fields in (("Address", ADDRESS_FIELDS), ("Phone", PHONE_FIELDS)):
		known = {field: row["maxLength"] for field, row in spec(model).items() if "maxLength" in row}
		assert {field: length for field, (_, length) in fields.items()} == known
	assert set(ADDRESS_TYPES) == set(spec("Address")["AddressType"]["enum"])
	# In the specification only: a contact shows the four others.
	assert set(PHONE_TYPES) | {"OFFICE"} == set(spec("Phone")["PhoneType"]["enum"])


FIELDS = {
	field.fieldname: field
	for field in (
		ErpField("tax_id", "Tax ID", "Data"),
		ErpField("website", "Website", "Data"),
		ErpField("notes", "Notes", "Text"),
		ErpField("credit", "Credit", "Currency"),
		ErpField("since", "Since", "Date"),
		ErpField("territory", "Territory", "Link", "Territory"),
		ErpField("country", "Country", "Link", "Country"),
		ErpField("accounts", "Accounts", "Table", "Party Account"),
		ErpField("secret", "Secret", "Password"),
		ErpField("rank", "Rank", "Data", read_only=True),
		ErpField("email_id", "Email", "Read Only"),
		ErpField("short", "Short", "Data", length=20),
	)
}


def line(field: str, path: str, direction: str = "Both", **values: Any) -> dict[str, Any]:
	given = {"erp_doctype": "Customer", "erp_field": field, "xero_field": path, "direction": direction}
	return {**given, "enabled": 1, **values}


@pytest.mark.parametrize(
	("given", "fault"),
	[
		(line("nothing", "TaxNumber"), "Customer has no field nothing."),
		(line("tax_id", "VatNumber"), "A contact in Xero has no field VatNumber."),
		(line("tax_id", "Addresses[HOME].City"), "A contact in Xero has no field Addresses[HOME].City."),
		(
			line("tax_id", "BankAccountDetails"),
			"BankAccountDetails cannot be mapped."
			" Whoever may edit a customer would say where refunds are paid to.",
		),
		(
			line("accounts", "TaxNumber"),
			"Accounts is a Table: it holds nothing that Xero has a field for.",
		),
		(line("secret", "TaxNumber"), "Secret is a Password: it holds nothing that Xero has a field for."),
		(
			line("credit", "TaxNumber"),
			"Credit is a number, Tax Number in Xero is a text: choose To Xero.",
		),
		(
			line("territory", "TaxNumber"),
			"Territory is a Link to Territory and does not take any text: choose To Xero.",
		),
		(line("since", "TaxNumber"), "Since is a Date and does not take any text: choose To Xero."),
		(line("website", "Website"), "Website cannot be written in Xero: choose From Xero."),
		(line("rank", "TaxNumber"), "Rank cannot be written in ERPNext: choose To Xero."),
		(line("email_id", "EmailAddress"), "Email cannot be written in ERPNext: choose To Xero."),
		(
			line("tax_id", "Name", enabled=0),
			"Xero takes no contact without a name: this line must go to Xero.",
		),
		(
			line("tax_id", "Name", "From Xero"),
			"Xero takes no contact without a name: this line must go to Xero.",
		),
		(
			line("tax_id", "TaxNumber", erp_doctype="Lead"),
			"Lead is not one of Customer, Address, Shipping Address, Contact.",
		),
	],
)
def test_a_line_that_cannot_work(given: dict[str, Any], fault: str) -> None:
	assert faults(given, FIELDS, []) == [fault]


@pytest.mark.parametrize(
	"given",
	[
		line("tax_id", "TaxNumber"),
		line("credit", "AccountNumber", "To Xero"),
		line("credit", "Discount", "From Xero"),
		line("notes", "Discount", "From Xero"),
		line("since", "AccountNumber", "To Xero"),
		line("territory", "CompanyNumber", "To Xero"),
		line("country", "Addresses[POBOX].Country"),
		line("website", "Website", "From Xero"),
		line("rank", "TaxNumber", "To Xero"),
		line("email_id", "EmailAddress", erp_doctype="Contact"),
	],
)
def test_a_line_that_works(given: dict[str, Any]) -> None:
	assert faults(given, FIELDS, []) == []


def test_a_field_is_mapped_once() -> None:
	known = line("tax_id", "TaxNumber")
	assert faults(line("website", "TaxNumber", "To Xero"), FIELDS, [known]) == [
		"TaxNumber is mapped already, with Customer tax_id."
	]
	assert faults(line("tax_id", "AccountNumber"), FIELDS, [known]) == [
		"Customer tax_id is filled already, from TaxNumber."
	]
	assert faults(line("tax_id", "AccountNumber", "To Xero"), FIELDS, [known]) == []
	assert faults(line("website", "TaxNumber", enabled=0), FIELDS, [known]) == []
	assert faults(line("website", "TaxNumber"), FIELDS, [{**known, "enabled": 0}]) == []


def test_texts_that_may_be_too_long_are_told_of() -> None:
	assert remarks(line("short", "TaxNumber"), FIELDS) == [
		"Short holds at most 20 characters, Tax Number in Xero 50: you are asked about a longer text."
	]
	assert remarks(line("tax_id", "TaxNumber"), FIELDS) == [
		"Xero takes at most 50 characters in Tax Number, Tax ID holds 140:"
		" a customer with a longer text is held."
	]
	assert remarks(line("tax_id", "TaxNumber", "From Xero"), FIELDS) == []
	assert remarks(line("notes", "TaxNumber"), FIELDS) == []


def test_every_default_line_names_a_field_of_xero() -> None:
	assert {row["xero_field"] for row in DEFAULT_FIELD_MAP} <= set(XERO_FIELDS)
