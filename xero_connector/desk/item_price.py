"""Document events of Item Price: its item may cost something else in Xero."""

from __future__ import annotations

from frappe.model.document import Document

from xero_connector.desk import events


def on_update(doc: Document, method: str | None = None) -> None:
	events.saved(doc)


def on_trash(doc: Document, method: str | None = None) -> None:
	events.saved(doc)  # what is left without it is looked up when the item is sent
