"""Sending again what is held."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import frappe
from frappe import _

from xero_connector.desk import jobs
from xero_connector.desk.permissions import need_manager
from xero_connector.desk.wiring import SiteClock
from xero_connector.store.frappe import FrappeStore
from xero_connector.store.protocol import Doc
from xero_connector.sync import groups, organisations, outbox, payment_entries, resync, triggers
from xero_connector.sync.context import portions

AT_ONCE = 50
"""Rows that a request queues by itself; more are work for a job, which can be stopped."""


@frappe.whitelist(methods=["POST"])
def try_again(names: str | list[str]) -> dict[str, Any]:
	"""Queue these outbox rows anew, those that are held or wait. ``queued``: how many. ``resync``: where that
	are many, the Xero Resync that says how far it is (of one organisation, if they are of several).
	"""
	need_manager()
	store = FrappeStore()
	accepting = {row["name"] for row in organisations.accepting(store)}
	found = [row for part in portions(frappe.parse_json(names)) for row in _stuck(store, part)]
	seen = {
		name
		for name in {row["organisation"] for row in found}
		if frappe.has_permission("Xero Organisation", "read", name)
	}
	stuck = [row for row in found if row["organisation"] in seen]
	if stuck and not any(row["organisation"] in accepting for row in stuck):
		frappe.throw(_("The organisation is not connected. Connect it again first."), title=_("Xero"))
	again = [row for row in stuck if row["organisation"] in accepting]
	if len(again) <= AT_ONCE:
		_queue(again)
		return {"queued": len(again), "resync": None}
	made = [_ask(store, name, again) for name in sorted({row["organisation"] for row in again})]
	return {"queued": len(again), "resync": made[0]}


def _stuck(store: FrappeStore, names: Sequence[str]) -> list[Doc]:
	return store.find("Xero Outbox", {"name": ("in", names), "status": ("in", resync.STUCK)})


def _ask(store: FrappeStore, organisation: str, rows: Iterable[Doc]) -> str:
	names = [row["name"] for row in rows if row["organisation"] == organisation]
	jobs.after_commit("resend", organisation)
	return resync.ask(store, SiteClock(), organisation, names, frappe.session.user)


def choices_changed(organisation: str) -> None:
	"""Somebody changed accounts, taxes or rounding of an organisation: what was held for them goes again."""
	if triggers.choices_changed(FrappeStore(), SiteClock(), organisation, frappe.session.user):
		jobs.after_commit("drain", organisation)
	if payment_entries.look_again(FrappeStore(), organisation):
		jobs.after_commit("fetch", organisation)


def items_changed(organisation: str) -> None:
	"""Somebody changed what items cost or how they are booked: those in Xero follow. They may be many."""
	jobs.after_commit("items", organisation)


def groups_chosen(organisation: str) -> None:
	"""Customer groups become contact groups: all of them are looked at, once the organisation is live."""
	if not organisations.is_live(FrappeStore().get("Xero Organisation", organisation) or {}):
		return
	groups.note_all(FrappeStore(), SiteClock(), organisation)
	jobs.after_commit("drain", organisation)


def _queue(rows: Iterable[Doc]) -> None:
	"""Queue these rows anew, ahead of the others, and start their jobs when that is committed."""
	organisations_due = set()
	for row in rows:
		outbox.enqueue_again(FrappeStore(), SiteClock(), row, frappe.session.user)
		organisations_due.add(row["organisation"])
	for organisation in sorted(organisations_due):
		jobs.after_commit("drain", organisation)
