"""Document events of Sales Invoice."""

from __future__ import annotations

from frappe.model.document import Document

from xero_connector.desk import events


def on_submit(doc: Document, method: str | None = None) -> None:
	events.saved(doc)


def on_update_after_submit(doc: Document, method: str | None = None) -> None:
	events.saved(doc)


def on_cancel(doc: Document, method: str | None = None) -> None:
	events.cancelled(doc)


def on_trash(doc: Document, method: str | None = None) -> None:
	events.deleted(doc)
