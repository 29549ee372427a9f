"""A document beside what is sent of it and what Xero has."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.conftest import line, order, vat
from xero_connector.mapping.fields import DEFAULT_FIELD_MAP
from xero_connector.mapping.side_by_side import Field, contact_fields, document_fields

RECORD: dict[str, Any] = {
	"InvoiceNumber": "SAL-ORD-2026-00001",
	"Contact": {"Name": "Northern Breeze Ltd"},
	"Date": "2026-11-20T00:00:00",
	"CurrencyCode": "GBP",
	"Status": "AUTHORISED",
	"LineItems": [{"Description": "Installation", "Quantity": Decimal("2.0000"), "LineAmount": Decimal(100)}],
	"TotalTax": Decimal(20),
	"Total": Decimal("120"),
}

PAYLOAD: dict[str, Any] = {
	"InvoiceNumber": "SAL-ORD-2026-00001",
	"Date": "2026-11-20",
	"CurrencyCode": "GBP",
	"Status": "DRAFT",
	"LineItems": [{"Description": "Installation", "Quantity": Decimal(2), "LineAmount": Decimal(100)}],
}


def by_label(fields: list[Field]) -> dict[str, Field]:
	return {field.label: field for field in fields}


def differing(fields: list[Field]) -> set[str]:
	return {field.label for field in fields if field.differs}


def test_equal_sides_do_not_differ() -> None:
	doc = order(customer_name="Northern Breeze Ltd")
	fields = document_fields(doc, PAYLOAD, RECORD, Decimal(120))
	assert differing(fields) == set()
	assert by_label(fields)["Line 1: Quantity"] == Field("Line 1: Quantity", "2", "2", "2", False)
	assert by_label(fields)["Total"] == Field("Total", "120.00", "120.00", "120.00", False)


def test_a_cent_is_a_difference() -> None:
	record = {**RECORD, "Total": Decimal("120.01")}
	assert differing(document_fields(order(), PAYLOAD, record, Decimal(120))) == {"Total"}
	assert differing(document_fields(order(), {}, record)) == {"Total"}


def test_the_status_is_for_finance_to_change() -> None:
	status = by_label(document_fields(order(), PAYLOAD, RECORD))["Status"]
	assert (status.sent, status.there, status.differs) == ("DRAFT", "AUTHORISED", False)


def test_a_line_that_finance_changed_or_added_shows() -> None:
	changed = {**RECORD["LineItems"][0], "Description": "Repair"}
	record = {**RECORD, "LineItems": [changed, {"Description": "Fee", "LineAmount": Decimal(1)}]}
	fields = document_fields(order(), PAYLOAD, record)
	assert differing(fields) == {"Line 1: Description"}
	assert by_label(fields)["Line 2: Line Amount"].there == "1.00"


def test_a_dry_run_has_nothing_to_differ_from() -> None:
	fields = document_fields(order(), PAYLOAD, None, Decimal(120))
	assert differing(fields) == set()
	assert all(field.there is None for field in fields)


def test_a_return_is_shown_as_what_it_gives_back() -> None:
	doc = order(
		doctype="Sales Invoice",
		is_return=1,
		posting_date="2026-11-20",
		items=[line(-2.0, 50.0)],
		taxes=[vat(-20.0)],
		total_taxes_and_charges=-20.0,
		grand_total=-120.0,
	)
	fields = by_label(document_fields(doc, {}, {"CreditNoteNumber": doc["name"], "Total": Decimal(120)}))
	assert (fields["Total"].here, fields["Total Tax"].here) == ("120.00", "20.00")
	assert fields["Line 1: Quantity"].here == "2"
	assert fields["Credit Note Number"].there == doc["name"]
	assert "Due Date" not in fields


def test_a_contact_leaves_out_what_is_empty_everywhere() -> None:
	here = {"Name": "Northern Breeze Ltd", "EmailAddress": "", "TaxNumber": "GB 2"}
	there = {"Name": "Northern Breeze Ltd", "EmailAddress": "", "TaxNumber": "GB 1"}
	fields = contact_fields(DEFAULT_FIELD_MAP, here, {}, there)
	assert [(field.label, field.source) for field in fields] == [
		("Name", ("Customer", "customer_name")),
		("Tax Number", ("Customer", "tax_id")),
	]
	assert [field.differs for field in fields] == [False, True]
	assert all(field.there is None for field in contact_fields(DEFAULT_FIELD_MAP, here, here, None))
