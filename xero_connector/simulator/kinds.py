"""The kinds of record an organisation keeps: where each finds its id, its indexed columns, its filters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from xero_connector.simulator.money import cents
from xero_connector.simulator.values import Body

COLUMNS = ("number", "name", "email", "status", "type", "parent", "date", "due_date", "amount_due")
"""Indexed columns beside the id; `number`, `name` and `email` are kept in folded case."""


@dataclass(frozen=True)
class Filter:
	"""A field that `where` and `order` may name: its SQL, and the type of literal it is compared with."""

	sql: str
	literal: str  # text (any case), word (exact case), guid, date or moment


@dataclass(frozen=True, eq=False)
class Kind:
	"""One collection of the API. `columns` maps an indexed column to the field (dotted) it is filled from."""

	collection: str
	id_field: str
	columns: Mapping[str, str]
	filters: Mapping[str, Filter] = field(default_factory=dict)

	def column_values(self, body: Body) -> dict[str, Any]:
		"""The values of all indexed columns for a record, None where the kind has none."""
		values = dict.fromkeys(COLUMNS)
		for column, path in self.columns.items():
			values[column] = _column_value(column, _at(body, path))
		return values


def _at(body: Body, path: str) -> Any:
	value: Any = body
	for part in path.split("."):
		value = value.get(part) if isinstance(value, Mapping) else None
	return value


def _column_value(column: str, value: Any) -> Any:
	if value is None:
		return None
	if column in ("number", "name", "email"):
		return fold(value)
	return cents(value) if column == "amount_due" else value


def fold(text: str) -> str:
	"""Text as it is compared: Xero ignores case in names, numbers and addresses."""
	return text.casefold()


_UPDATED = Filter("updated", "moment")
_REFERENCE = Filter("json_extract(body, '$.Reference')", "word")

CONTACT = Kind(
	"Contacts",
	"ContactID",
	{"number": "ContactNumber", "name": "Name", "email": "EmailAddress", "status": "ContactStatus"},
	{
		"ContactID": Filter("id", "guid"),
		"ContactNumber": Filter("number", "text"),
		"AccountNumber": Filter("json_extract(body, '$.AccountNumber')", "word"),
		"Name": Filter("name", "text"),
		"EmailAddress": Filter("email", "text"),
		"ContactStatus": Filter("status", "word"),
		"UpdatedDateUTC": _UPDATED,
	},
)
ITEM = Kind(
	"Items",
	"ItemID",
	{"number": "Code", "name": "Name"},
	{
		"ItemID": Filter("id", "guid"),
		"Code": Filter("number", "text"),
		"Name": Filter("name", "text"),
		"UpdatedDateUTC": _UPDATED,
	},
)
INVOICE = Kind(
	"Invoices",
	"InvoiceID",
	{
		"number": "InvoiceNumber",
		"status": "Status",
		"type": "Type",
		"parent": "Contact.ContactID",
		"date": "Date",
		"due_date": "DueDate",
		"amount_due": "AmountDue",
	},
	{
		"InvoiceID": Filter("id", "guid"),
		"InvoiceNumber": Filter("number", "text"),
		"Type": Filter("type", "word"),
		"Status": Filter("status", "word"),
		"Reference": _REFERENCE,
		"Contact.ContactID": Filter("parent", "guid"),
		"Date": Filter("date", "date"),
		"DueDate": Filter("due_date", "date"),
		"UpdatedDateUTC": _UPDATED,
	},
)
QUOTE = Kind(
	"Quotes",
	"QuoteID",
	{
		"number": "QuoteNumber",
		"status": "Status",
		"parent": "Contact.ContactID",
		"date": "Date",
		"due_date": "ExpiryDate",
	},
	{
		"QuoteID": Filter("id", "guid"),
		"QuoteNumber": Filter("number", "text"),
		"Status": Filter("status", "word"),
		"Reference": _REFERENCE,
		"Contact.ContactID": Filter("parent", "guid"),
		"Date": Filter("date", "date"),
		"ExpiryDate": Filter("due_date", "date"),
		"UpdatedDateUTC": _UPDATED,
	},
)
PAYMENT = Kind(
	"Payments",
	"PaymentID",
	{
		"status": "Status",
		"type": "PaymentType",
		"parent": "Invoice.InvoiceID",
		"name": "CreditID",
		"date": "Date",
	},
	{
		"PaymentID": Filter("id", "guid"),
		"Status": Filter("status", "word"),
		"PaymentType": Filter("type", "word"),
		"Reference": _REFERENCE,
		"Invoice.InvoiceID": Filter("parent", "guid"),
		"Date": Filter("date", "date"),
		"UpdatedDateUTC": _UPDATED,
	},
)
_CREDIT_COLUMNS = {"status": "Status", "type": "Type", "parent": "Contact.ContactID", "date": "Date"}
_CREDIT_FILTERS = {
	"Status": Filter("status", "word"),
	"Type": Filter("type", "word"),
	"Contact.ContactID": Filter("parent", "guid"),
	"Date": Filter("date", "date"),
	"UpdatedDateUTC": _UPDATED,
}
CREDIT_NOTE = Kind(
	"CreditNotes",
	"CreditNoteID",
	{**_CREDIT_COLUMNS, "number": "CreditNoteNumber"},
	{
		**_CREDIT_FILTERS,
		"CreditNoteID": Filter("id", "guid"),
		"CreditNoteNumber": Filter("number", "text"),
		"Reference": _REFERENCE,
	},
)
OVERPAYMENT = Kind(
	"Overpayments",
	"OverpaymentID",
	_CREDIT_COLUMNS,
	{**_CREDIT_FILTERS, "OverpaymentID": Filter("id", "guid")},
)
PREPAYMENT = Kind(
	"Prepayments",
	"PrepaymentID",
	_CREDIT_COLUMNS,
	{**_CREDIT_FILTERS, "PrepaymentID": Filter("id", "guid")},
)
CREDITS = (CREDIT_NOTE, OVERPAYMENT, PREPAYMENT)
"""What a contact has to its credit, to be allocated to invoices or refunded."""

ALLOCATION = Kind(
	"Allocations",
	"AllocationID",
	{"status": "Status", "type": "Credit", "parent": "Invoice.InvoiceID", "name": "CreditID", "date": "Date"},
)
"""An allocation keeps the collection (`Credit`) and the id (`CreditID`) of what it is taken from."""

ACCOUNT = Kind(
	"Accounts",
	"AccountID",
	{"number": "Code", "name": "Name", "status": "Status", "type": "Type"},
	{
		"AccountID": Filter("id", "guid"),
		"Code": Filter("number", "text"),
		"Name": Filter("name", "text"),
		"Type": Filter("type", "word"),
		"Status": Filter("status", "word"),
		"Class": Filter("json_extract(body, '$.Class')", "word"),
		"SystemAccount": Filter("json_extract(body, '$.SystemAccount')", "word"),
		"UpdatedDateUTC": _UPDATED,
	},
)
TAX_RATE = Kind(
	"TaxRates",
	"TaxType",
	{"name": "Name", "status": "Status"},
	{"TaxType": Filter("id", "word"), "Name": Filter("name", "text"), "Status": Filter("status", "word")},
)
CURRENCY = Kind("Currencies", "Code", {}, {"Code": Filter("id", "word")})
TRACKING_CATEGORY = Kind(
	"TrackingCategories",
	"TrackingCategoryID",
	{"name": "Name", "status": "Status"},
	{
		"TrackingCategoryID": Filter("id", "guid"),
		"Name": Filter("name", "text"),
		"Status": Filter("status", "word"),
	},
)
BRANDING_THEME = Kind("BrandingThemes", "BrandingThemeID", {"name": "Name"})
CONTACT_GROUP = Kind(
	"ContactGroups",
	"ContactGroupID",
	{"name": "Name", "status": "Status"},
	{
		"ContactGroupID": Filter("id", "guid"),
		"Name": Filter("name", "text"),
		"Status": Filter("status", "word"),
	},
)
"""A contact group keeps the ids of its contacts (`Members`)."""

ORGANISATION = Kind("Organisations", "OrganisationID", {"name": "Name"})
HISTORY = Kind("HistoryRecords", "HistoryRecordID", {"parent": "RecordID"})
