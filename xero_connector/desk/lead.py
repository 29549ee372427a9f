"""Document events of Lead."""

from __future__ import annotations

from frappe.model.document import Document

from xero_connector.desk import events


def on_update(doc: Document, method: str | None = None) -> None:
	events.saved(doc)


def on_trash(doc: Document, method: str | None = None) -> None:
	events.deleted(doc)


def before_rename(doc: Document, method: str, old: str, new: str, merge: bool = False) -> None:
	if merge:
		events.merged(doc, old, new)


def after_rename(doc: Document, method: str, old: str, new: str, merge: bool = False) -> None:
	events.renamed(doc, merge)
