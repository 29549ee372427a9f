"""Document events: what a change to any document here means for the engine. ``hooks.py`` says which doctype
has which.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import frappe
from frappe.model import no_value_fields
from frappe.model.document import Document

from xero_connector.custom_fields import CUSTOM_FIELDS
from xero_connector.desk import jobs
from xero_connector.desk.wiring import SiteClock
from xero_connector.store.frappe import FrappeStore, plain
from xero_connector.sync.mirror import write_sums
from xero_connector.sync.triggers import (
	document_cancelled,
	document_deleted,
	document_saved,
	documents_merged,
)

SAVE_POINT = "xero_connector_event"


def saved(doc: Document, method: str | None = None) -> None:
	"""Note the change for every organisation that has to hear of it, in the transaction of the save."""
	note(doc, document_saved, plain(doc))


def cancelled(doc: Document, method: str | None = None) -> None:
	"""Take back what the document made in Xero."""
	note(doc, document_cancelled, plain(doc))


def deleted(doc: Document, method: str | None = None) -> None:
	"""Nothing waits for the document any more."""
	note(doc, document_deleted, doc.doctype, doc.name)


def keep_ours(doc: Document, method: str | None = None) -> None:
	"""Whoever saves a form writes back what it showed when it was opened; our fields stay as they are now."""
	now = doc.get_doc_before_save()
	if now is None or doc.flags.xero_sync:
		return
	for field in CUSTOM_FIELDS[doc.doctype]:
		if field["read_only"] and field["fieldtype"] not in no_value_fields:
			doc.set(field["fieldname"], now.get(field["fieldname"]))


def renamed(doc: Document, method: str, old: str, new: str, merge: bool = False) -> None:
	"""Note the change: a new name may be a new name in Xero too, and Frappe saves nothing when it renames.

	What a merged customer showed of Xero now counts for the other.
	"""
	saved(doc)
	if merge and doc.doctype == "Customer":
		write_sums(FrappeStore(), SiteClock(), [doc.name])


def merging(doc: Document, method: str, old: str, new: str, merge: bool = False) -> None:
	"""Let go of the links of a document that is being merged into one with links of its own.

	Frappe is about to point the old links at the new document, and an organisation has one link per document.
	"""
	if merge:
		documents_merged(FrappeStore(), SiteClock(), doc.doctype, old, new)


def note(doc: Document, trigger: Callable[..., set[str]], *arguments: Any, job: str = "drain") -> None:
	"""Do what a change means for the engine, in the transaction of the change, and start a job for the
	organisations that ``trigger`` names. A failure is logged: it never keeps a person from saving.
	"""
	if doc.flags.xero_sync or frappe.flags.in_install or frappe.flags.in_uninstall:
		return
	frappe.db.savepoint(SAVE_POINT)
	try:
		organisations = trigger(FrappeStore(), SiteClock(), *arguments, frappe.session.user)
	except (frappe.QueryDeadlockError, frappe.QueryTimeoutError):
		raise  # the database has already undone the person's own writes
	except Exception:
		frappe.db.rollback(save_point=SAVE_POINT)
		frappe.log_error(
			title="Xero: a change was not noted",
			message=frappe.get_traceback(),  # without the values of variables: they are people's details
			reference_doctype=doc.doctype,
			reference_name=doc.name,
		)
		return
	for organisation in organisations:
		jobs.after_commit(job, organisation)
