"""What Xero calls our documents, and how each kind of record is found there."""

from __future__ import annotations

ENTITY = {
	"Customer": "Contact",
	"Prospect": "Contact",
	"Lead": "Contact",
	"Item": "Item",
	"Sales Order": "Invoice",
}
"""What a document becomes in Xero."""

COLLECTION = {"Contact": "Contacts", "Item": "Items", "Invoice": "Invoices"}
ID_FIELD = {"Contact": "ContactID", "Item": "ItemID", "Invoice": "InvoiceID"}
KEY_FIELD = {"Contact": "ContactNumber", "Item": "Code", "Invoice": "InvoiceNumber"}
"""Our own key in each kind of record: what a lost answer is read back by."""
