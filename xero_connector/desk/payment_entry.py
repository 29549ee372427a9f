"""Document events of Payment Entry, and of the Sales Invoice that one may wait for."""

from __future__ import annotations

from frappe.model.document import Document

from xero_connector.desk import events
from xero_connector.store.frappe import plain
from xero_connector.sync import payment_entries


def on_invoice_submit(doc: Document, method: str | None = None) -> None:
	events.note(doc, payment_entries.sales_invoice_submitted, plain(doc), job="fetch")


def on_cancel(doc: Document, method: str | None = None) -> None:
	events.note(doc, payment_entries.removed_here, doc.name)


def on_trash(doc: Document, method: str | None = None) -> None:
	events.note(doc, payment_entries.deleted_here, doc.name)
