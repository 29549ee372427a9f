"""The Health page: how an organisation is, what needs a person, and the buttons that fix it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import frappe
from frappe import _

from xero_connector.clock import parse_utc, utc_text
from xero_connector.desk import health_facts, jobs, outbox, wiring
from xero_connector.desk.causes import cause_words
from xero_connector.desk.health_words import need_words
from xero_connector.desk.judgement import Facts, all_is_well, judge
from xero_connector.desk.permissions import need_manager, need_manager_of
from xero_connector.desk.refusals import refuse
from xero_connector.store.protocol import Doc
from xero_connector.sync import organisations
from xero_connector.sync.outbox import HELD

SHOWN = (
	"name",
	"organisation_name",
	"company",
	"status",
	"status_message",
	"is_demo",
	"enabled",
	"live_since",
	"pause_push",
	"pause_pull",
	"sales_account",
	"login",
)

Shown = dict[str, Any]


@frappe.whitelist(methods=["GET"])
def look(organisation: str | None = None) -> Shown:
	"""All that the page shows, of this organisation or of the first.

	``organisations``: those that the caller may see, to choose from; empty where nothing is connected, and
	then there is nothing else but ``machine`` and ``needs``.
	"""
	need_manager()
	found = _organisations()
	machine = health_facts.machine()
	now = wiring.SiteClock().now()
	chosen = next((row for row in found if row["name"] == organisation), found[0] if found else None)
	shown: Shown = {
		"now": utc_text(now),
		"machine": machine,
		"organisations": [
			{key: row[key] for key in ("name", "organisation_name", "status", "is_demo")} for row in found
		],
	}
	return shown | (_of(chosen, machine, now) if chosen else {"organisation": None, "needs": []})


@frappe.whitelist(methods=["POST"])
def pause(organisation: str, direction: str) -> None:
	"""Let one direction (``push`` or ``pull``) of an organisation wait, until ``resume``."""
	_set_paused(organisation, direction, 1)


@frappe.whitelist(methods=["POST"])
def resume(organisation: str, direction: str) -> None:
	"""Let a direction that was paused go on, at once."""
	_set_paused(organisation, direction, 0)
	jobs.after_commit("cycle", organisation)


@frappe.whitelist(methods=["POST"])
def try_again(organisation: str, cause: str = "") -> Shown:
	"""Queue everything of an organisation anew that is held for this cause; returns as ``outbox.try_again``
	does.
	"""
	need_manager_of(organisation)
	held = {"organisation": organisation, "status": HELD, "cause": cause or ("is", "not set")}
	return outbox.try_again(frappe.get_all("Xero Outbox", held, pluck="name"))


def _organisations() -> list[Doc]:
	"""The organisations that the caller may see: the demo after the others, what is disconnected last."""
	found = frappe.get_list("Xero Organisation", fields=list(SHOWN), order_by="organisation_name", limit=0)
	return sorted(found, key=lambda row: (row["status"] == organisations.DISCONNECTED, row["is_demo"]))


def _of(organisation: Doc, machine: Shown, now: datetime) -> Shown:
	name = organisation["name"]
	shown: Shown = {
		"organisation": organisation,
		"connection": health_facts.connection(organisation),
		"queue": health_facts.queue(name, now),
		"held": [{**row, "words": cause_words(row["cause"])} for row in health_facts.held_by_cause(name)],
		"calls": health_facts.calls(name, now),
		"webhook": health_facts.webhook(organisation, now),
		"reading": health_facts.reading(name),
		"last_payment": health_facts.last_payment(name),
		"decisions": health_facts.open_decisions(name),
		"moved": health_facts.moved(name, now),
	}
	needs = judge(_facts(organisation, machine, shown, now))
	words = {
		"since": _since(shown, machine),
		"message": organisation["status_message"] or "",
		"sweep_job": machine["sweep_job"],
	}
	return {
		**shown,
		"needs": [need_words(need, name, words) for need in needs],
		"well": all_is_well(needs),
	}


def _facts(organisation: Doc, machine: Shown, shown: Shown, now: datetime) -> Facts:
	queue, calls, decisions = shown["queue"], shown["calls"], shown["decisions"]
	good_until = shown["connection"]["good_until"]
	return Facts(
		status=organisation["status"],
		message=organisation["status_message"] or "",
		enabled=bool(organisation["enabled"]),
		live=bool(organisation["live_since"]),
		paused_push=bool(organisation["pause_push"]),
		paused_pull=bool(organisation["pause_pull"]),
		sales_account=bool(organisation["sales_account"]),
		login_left=parse_utc(good_until) - now if good_until else None,
		queue_up=machine["queue_up"],
		workers=machine["workers"] > 0,
		scheduler=machine["scheduler"],
		held=queue["held"],
		queued=queue["queued"],
		oldest_queued=health_facts.age(queue["oldest_queued"], now),
		stuck=queue["stuck"],
		uncertain=queue["uncertain"],
		oldest_uncertain=health_facts.age(queue["oldest_uncertain"], now),
		matches=decisions["matches"],
		conflicts=decisions["conflicts"],
		not_applied=decisions["not_applied"],
		entries_held=decisions["entries_held"],
		import_failed=bool(decisions["import_failed"]),
		calls_left=calls["left"],
		last_read=health_facts.age(calls["polled_at"], now),
		webhook=shown["webhook"]["state"],
	)


def _since(shown: Shown, machine: Shown) -> dict[str, str]:
	"""Since when a need is one, where that is known."""
	return {
		"held": shown["queue"]["held_since"],
		"slow": shown["queue"]["oldest_queued"],
		"uncertain": shown["queue"]["oldest_uncertain"],
		"reading-late": shown["calls"]["polled_at"],
		"webhook-silent": shown["webhook"]["last"],
		"scheduler-silent": machine["sweep"] or "",
	}


def _set_paused(organisation: str, direction: str, value: int) -> None:
	need_manager()
	if direction not in organisations.PAUSE:
		refuse(_("{0} is no direction: push or pull.").format(direction), title=_("Xero"))
	doc = frappe.get_doc("Xero Organisation", organisation)
	doc.check_permission("write")
	doc.db_set(organisations.PAUSE[direction], value)
	doc.add_comment("Info", _COMMENTS[direction, value]())


_COMMENTS = {
	("push", 1): lambda: _("paused sending"),
	("push", 0): lambda: _("resumed sending"),
	("pull", 1): lambda: _("paused reading"),
	("pull", 0): lambda: _("resumed reading"),
}
