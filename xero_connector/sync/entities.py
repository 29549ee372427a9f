"""What Xero calls our documents, and how each kind of record is found there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xero_connector.mapping.invoice import void_invoice

ORDER, INVOICE, QUOTATION, OPPORTUNITY = "Sales Order", "Sales Invoice", "Quotation", "Opportunity"
REQUEST = "Xero Invoice Request"
"""An invoice of a quotation, of a won opportunity, or of a part of an order."""

BILLING = (ORDER, REQUEST, INVOICE)
"""Doctypes that become invoices or credit notes, in the order in which they go."""

DOCUMENTS = (QUOTATION, *BILLING)
"""Doctypes that become documents in Xero, in the order in which they go."""

SHOWN_ON = (ORDER, INVOICE, QUOTATION, OPPORTUNITY)
"""Doctypes that show on themselves what became of them in Xero."""

QUOTE, CREDIT_NOTE = "Quote", "CreditNote"

COLLECTION = {
	"Contact": "Contacts",
	"Item": "Items",
	"Invoice": "Invoices",
	QUOTE: "Quotes",
	CREDIT_NOTE: "CreditNotes",
}
ID_FIELD = {
	"Contact": "ContactID",
	"Item": "ItemID",
	"Invoice": "InvoiceID",
	QUOTE: "QuoteID",
	CREDIT_NOTE: "CreditNoteID",
}
KEY_FIELD = {
	"Contact": "ContactNumber",
	"Item": "Code",
	"Invoice": "InvoiceNumber",
	QUOTE: "QuoteNumber",
	CREDIT_NOTE: "CreditNoteNumber",
}
"""Our own key in each kind of record: what a lost answer is read back by."""

NOUN = {"Invoice": "invoice", QUOTE: "quote", CREDIT_NOTE: "credit note"}
"""What a person calls a document in Xero."""


def entity_of(doc: Mapping[str, Any]) -> str:
	"""What a document of ``DOCUMENTS`` becomes in Xero."""
	if doc["doctype"] == QUOTATION:
		return QUOTE
	return CREDIT_NOTE if doc["doctype"] == INVOICE and doc.get("is_return") else "Invoice"


def stands(doc: Mapping[str, Any]) -> bool:
	"""Whether a document counts: submitted, or asked for and not taken back."""
	if doc["doctype"] == REQUEST:
		return bool(doc.get("status") != "Cancelled")
	if doc["doctype"] == OPPORTUNITY:
		return bool(doc.get("status") not in ("Lost", "Closed"))
	return bool(doc.get("docstatus") == 1)


def taken_back(entity: str, xero_id: str, status: str) -> dict[str, Any]:
	"""The update that takes a document back which has this status in Xero."""
	word = "DELETED" if entity == QUOTE else void_invoice(xero_id, status)["Status"]
	return {ID_FIELD[entity]: xero_id, "Status": word}
