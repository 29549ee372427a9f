"""Quotation to a Xero quote, to the cent."""

from __future__ import annotations

from typing import Any

from xero_connector.mapping.books import Books
from xero_connector.mapping.document import Doc, DocumentPlan, Facts
from xero_connector.mapping.item import plain_text
from xero_connector.mapping.payload import QUOTE, head, plan_lines

QUOTE_STATUS = {"Draft": "DRAFT", "Sent": "SENT"}
TITLE_LENGTH, TERMS_LENGTH = 100, 4000
"""Longest texts that Xero takes. Source: Xero's OpenAPI 16.1."""


def to_quote(doc: Doc, contact_id: str, books: Books, facts: Facts) -> DocumentPlan:
	"""The quote of a Quotation. Raises ``MappingError`` with everything that stands in the way."""
	lines = plan_lines(doc, books, facts, entity=QUOTE)
	payload: dict[str, Any] = {
		"QuoteNumber": str(doc["name"]),
		**head(doc, contact_id, books),
		"LineAmountTypes": lines.form.upper(),
		"Status": books.quote_status,
	}
	if doc.get("valid_till"):
		payload["ExpiryDate"] = str(doc["valid_till"])[:10]
	if doc.get("title"):
		payload["Title"] = str(doc["title"])[:TITLE_LENGTH]
	terms = plain_text(doc.get("terms"))
	if terms:
		payload["Terms"] = terms[:TERMS_LENGTH]
	return lines.plan(payload)
