"""Long work: how far it is, and that it is to stop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import frappe
from frappe import _
from frappe.model.document import Document

from xero_connector.desk.permissions import need_manager
from xero_connector.desk.refusals import refuse
from xero_connector.desk.standing import trouble
from xero_connector.desk.wiring import SiteClock
from xero_connector.store.frappe import FrappeStore
from xero_connector.sync import history, reconciliations, resync


class Work(NamedTuple):
	"""A kind of long work: the statuses in which it goes on, how it is ended early, and what its form counts
	while it does.
	"""

	open: tuple[str, ...]
	stop: Callable[[FrappeStore, SiteClock, str], bool]
	counts: tuple[str, ...]


WORK = {
	history.DOCTYPE: Work(
		history.OPEN,
		lambda store, clock, name: history.stop(store, name),
		("contacts", "invoices", "credits", "payments", "linked", "unmatched", "calls"),
	),
	reconciliations.DOCTYPE: Work(
		reconciliations.OPEN, reconciliations.stop, ("read", "calls", "repaired", "queued", "told")
	),
	resync.DOCTYPE: Work(resync.OPEN, resync.stop, ("queued",)),
}
"""By the DocType that keeps it."""


@frappe.whitelist(methods=["GET"])
def progress(doctype: str, name: str) -> dict[str, Any]:
	"""How far a Xero Import, Reconciliation or Resync is: ``status``, ``open`` (it goes on), ``progress`` in
	percent, ``step`` in words, ``counts`` by field, and ``trouble``: why it does not move just now.
	"""
	kind, doc = _work(doctype, name)
	is_open = doc.status in kind.open
	return {
		"status": doc.status,
		"open": is_open,
		"progress": doc.progress or 0,
		"step": _(doc.get("step") or doc.get("entity") or "") if is_open else "",
		"counts": {field: doc.get(field) for field in kind.counts},
		"trouble": trouble(doc.organisation) if is_open else "",
	}


@frappe.whitelist(methods=["POST"])
def stop(doctype: str, name: str) -> None:
	"""End it after the page or portion that it is at. What it did stays."""
	kind, doc = _work(doctype, name)
	if not kind.stop(FrappeStore(), SiteClock(), doc.name):
		frappe.throw(_("This is not under way any more. Reload the page."), title=_("Xero"))


def _work(doctype: str, name: str) -> tuple[Work, Document]:
	need_manager()
	if doctype not in WORK:
		refuse(_("A {0} is no long work.").format(_(doctype)), title=_("Xero"))
	doc = frappe.get_doc(doctype, name)
	doc.check_permission("read")
	return WORK[doctype], doc
