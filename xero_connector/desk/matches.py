"""Deciding which contact in Xero a customer is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import frappe
from frappe import _

from xero_connector.desk import jobs
from xero_connector.desk.permissions import need_manager, need_manager_of
from xero_connector.desk.refusals import refuse
from xero_connector.desk.wiring import SiteClock
from xero_connector.store.frappe import FrappeStore
from xero_connector.sync import matches
from xero_connector.sync.errors import SyncError


@frappe.whitelist(methods=["POST"])
def choose(match: str, xero_id: str) -> None:
	"""It is this contact: the two are linked with the next push."""
	_decide(matches.choose, match, xero_id)


@frappe.whitelist(methods=["POST"])
def make_new(match: str) -> None:
	"""It is none of the candidates: a contact of its own is made."""
	_decide(matches.make_new, match)


def _decide(decision: Callable[..., set[str]], match: str, *arguments: Any) -> None:
	need_manager()
	store = FrappeStore()
	if review := store.get("Xero Match", match):
		need_manager_of(review["organisation"])
	try:
		queued = decision(store, SiteClock(), match, *arguments, frappe.session.user)
	except SyncError as error:
		refuse(str(error), title=_("Xero"))
	for organisation in queued:
		jobs.after_commit("drain", organisation)
