"""Sales to Xero invoices and credit notes, to the cent; and the mirrored invoice back."""

from __future__ import annotations

from typing import Any

from xero_connector.mapping.books import Books
from xero_connector.mapping.document import Doc, DocumentPlan, Facts, Part
from xero_connector.mapping.payload import CREDIT_NOTE, back_link, head, plan_lines
from xero_connector.mapping.terms import due_date

STATUS = {"Draft": "DRAFT", "Submitted": "SUBMITTED", "Authorised": "AUTHORISED"}


def to_invoice(
	doc: Doc, contact_id: str, books: Books, facts: Facts, *, part: Part | None = None
) -> DocumentPlan:
	"""The invoice of a Sales Order, Sales Invoice, Quotation or Opportunity, or of a ``part`` of it.

	Raises ``MappingError`` with everything that stands in the way.
	"""
	lines = plan_lines(doc, books, facts, part=part)
	payload: dict[str, Any] = {
		"Type": "ACCREC",
		"InvoiceNumber": part.number if part else str(doc["name"]),
		**head(doc, contact_id, books, part.date if part else ""),
		"DueDate": (part.due_date if part else "") or due_date(doc),
		"LineAmountTypes": lines.form,
		"Status": books.invoice_status,
	}
	if doc.get("po_no"):
		payload["Reference"] = str(doc["po_no"])
	link = back_link(doc, books)
	if link:
		payload["Url"] = link
	return lines.plan(payload)


def to_credit_note(doc: Doc, contact_id: str, books: Books, facts: Facts) -> DocumentPlan:
	"""The credit note of a Sales Invoice that is a return: what it gives back, in positive amounts.

	Xero knows no discounts on it, so a line's price is what is left after them. Raises ``MappingError`` with
	everything that stands in the way.
	"""
	lines = plan_lines(doc, books, facts, entity=CREDIT_NOTE)
	payload: dict[str, Any] = {
		"Type": "ACCRECCREDIT",
		"CreditNoteNumber": str(doc["name"]),
		**head(doc, contact_id, books),
		"LineAmountTypes": lines.form,
		"Status": books.invoice_status,
	}
	if doc.get("return_against"):
		payload["Reference"] = str(doc["return_against"])
	return lines.plan(payload)


def void_invoice(invoice_id: str, xero_status: str) -> dict[str, Any]:
	"""The payload that takes an unpaid invoice out of the books. A status change alone sends no lines."""
	return {"InvoiceID": invoice_id, "Status": "VOIDED" if xero_status == "AUTHORISED" else "DELETED"}
