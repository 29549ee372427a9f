"""What a person reads on the document itself."""

from __future__ import annotations

from xero_connector.sync.context import Context
from xero_connector.sync.entities import REQUEST, SHOWN_ON

TOLD_ON = ("Customer", *SHOWN_ON)
"""Doctypes that have a field for it."""


def tell(context: Context, doctype: str, name: str, message: str) -> None:
	"""Show on the document why it is not in Xero as it is here; empty when it is. A request tells its
	source.
	"""
	if doctype == REQUEST:
		request = context.store.get(doctype, name) or {}
		message = f"{name}: {message}" if message else ""
		doctype, name = str(request.get("source_doctype")), str(request.get("source_name"))
	if doctype not in TOLD_ON:
		return
	found = context.store.find(doctype, {"name": name}, fields=["xero_sync_message"], limit=1)
	if found and (found[0].get("xero_sync_message") or "") != message:
		context.store.update(doctype, name, {"xero_sync_message": message})
