"""What both stores keep true of the connector's own documents: unique keys and fast look-ups.

The site makes database constraints of these (each DocType's ``on_doctype_update``), the embedded store
makes SQLite indexes. A unique key with an unset part does not bind, in SQL as here.
"""

from __future__ import annotations

UNIQUE: dict[str, list[tuple[str, ...]]] = {
	# One live Xero object per document and organisation, and the other way round.
	"Xero Link": [
		("organisation", "reference_doctype", "reference_name"),
		("organisation", "xero_entity", "xero_id"),
	],
	"Xero Batch": [("idempotency_key",)],
	"Xero Call Budget": [("organisation",)],
	"Xero Conflict": [("link", "xero_field")],
	"Xero Match": [("organisation", "reference_doctype", "reference_name")],
	"Xero Cursor": [("organisation", "entity")],
	"Xero Lease": [("organisation", "purpose")],
	"Xero Contact": [("organisation", "xero_id")],
	"Xero Item": [("organisation", "xero_id")],
	"Xero Invoice": [("organisation", "xero_id")],
	"Xero Payment": [("organisation", "xero_id")],
	"Xero Quote": [("organisation", "xero_id")],
	"Xero Account": [("organisation", "xero_id")],
	"Xero Branding Theme": [("organisation", "xero_id")],
	"Xero Tracking Option": [("organisation", "xero_id")],
	"Xero Billed": [
		("organisation", "source_doctype", "source_name", "billed_doctype", "billed_name"),
	],
	"Xero Tax Rate": [("organisation", "tax_type")],
	"Xero Field Map": [("erp_doctype", "erp_field", "xero_field")],
	"Xero Webhook Event": [("event_key",)],
}

INDEX: dict[str, list[tuple[str, ...]]] = {
	"Xero Link": [("organisation", "xero_entity")],
	"Xero Outbox": [
		("organisation", "reference_doctype", "status"),
		("organisation", "status"),
		("organisation", "waits_for"),
		("reference_doctype", "reference_name"),
	],
	"Xero Batch": [("organisation", "status")],
	"Xero Conflict": [("organisation", "status"), ("reference_doctype", "reference_name")],
	"Xero Match": [("organisation", "status"), ("reference_doctype", "reference_name")],
	"Xero Contact": [
		("organisation", "email"),
		("organisation", "contact_number"),
		("organisation", "account_number"),
		("organisation", "tax_number"),
		("organisation", "name_key"),
	],
	"Xero Item": [("organisation", "code")],
	"Xero Invoice": [
		("customer",),
		("reference_doctype", "reference_name"),
		("organisation", "contact_id"),
		("organisation", "payment_status", "due_date"),
	],
	"Xero Billed": [("billed_doctype", "billed_name")],
	"Xero Invoice Request": [("source_doctype", "source_name")],
	"Xero Quote": [("customer",), ("reference_doctype", "reference_name")],
	"Xero Payment": [
		("invoice",),
		("customer",),
		("organisation", "contact_id"),
		("organisation", "invoice_xero_id"),
		("organisation", "credit_xero_id"),
		("organisation", "entry_status"),
		("organisation", "updated_utc"),
		("payment_entry",),
	],
	"Xero Sync Log": [("reference_doctype", "reference_name"), ("organisation", "at")],
	"Xero Webhook Event": [("organisation", "status"), ("organisation", "received_at")],
}

BY_ROW: dict[tuple[str, str], tuple[str, ...]] = {
	("Address", "links"): ("link_doctype", "link_name"),
	("Contact", "links"): ("link_doctype", "link_name"),
	("Prospect", "leads"): ("lead",),
	("Sales Invoice", "items"): ("sales_order",),
}
"""Tables of documents that are found by what a row of them holds. A site has such tables indexed."""


def is_own(doctype: str) -> bool:
	"""Whether this doctype belongs to the connector."""
	return doctype.startswith("Xero ")
