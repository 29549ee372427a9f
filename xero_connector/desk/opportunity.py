"""Document events of Opportunity."""

from __future__ import annotations

from frappe.model.document import Document

from xero_connector.desk import events


def on_update(doc: Document, method: str | None = None) -> None:
	events.saved(doc)


def on_trash(doc: Document, method: str | None = None) -> None:
	events.deleted(doc)
