"""The setup guide: clean, connect, map, pilot, go live, and what is left to do in each step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import frappe
from frappe import _

from xero_connector.desk import audit, unmapped
from xero_connector.desk.audit.findings import ADDRESS, BOOKS, DUPLICATES, EMAIL, ITEMS, NAMES, PRICES
from xero_connector.desk.permissions import need_manager
from xero_connector.store.frappe import FrappeStore
from xero_connector.store.protocol import Doc
from xero_connector.sync import organisations, outbox, pilot

SHOWN = ("name", "organisation_name", "company", "status", "is_demo", "live_since", "enabled")

DONE, OPEN, LATER = "done", "open", "later"


class Step(NamedTuple):
	"""One step. ``state``: *done*, *open*, or *later* where another has to come first. ``left``: what is left
	to do, in sentences; ``notes``: what is good to know.
	"""

	key: str
	state: str
	left: list[str]
	notes: list[str]


@frappe.whitelist(methods=["GET"])
def guide(organisation: str | None = None) -> dict[str, Any]:
	"""Where the setup of an organisation stands, or of the first: ``organisations`` to choose from, the
	``organisation`` that is shown (``None`` before one is connected), and ``steps``.
	"""
	need_manager()
	known = frappe.get_list(
		"Xero Organisation", fields=list(SHOWN), order_by="is_demo, organisation_name", limit=0
	)
	live = [row for row in known if row.status != organisations.DISCONNECTED]
	shown = next((row for row in live if row.name == organisation), live[0] if live else None)
	steps = [make(shown) for make in STEPS]
	return {
		"organisations": live,
		"organisation": shown,
		"steps": [step._asdict() for step in steps],
	}


def _clean(organisation: Doc | None) -> Step:
	"""Cleaning is never quite done, so nothing has to wait for it."""
	found = audit.summary(organisation["name"] if organisation else None)
	said = _findings()
	left = [said[kind].format(count) for kind, count in found.items() if count]
	notes = [_("You can go on: what cannot be sent is held later, and says why.")] if left else []
	return Step("clean", OPEN if left else DONE, left, notes)


def _findings() -> dict[str, str]:
	"""How many there are of each kind of finding, in words."""
	return {
		DUPLICATES: _("Customers that may be there twice: {0}"),
		NAMES: _("Customers with a field that Xero refuses: {0}"),
		EMAIL: _("Customers without an email address, or with a wrong one: {0}"),
		ADDRESS: _("Customers without a whole address: {0}"),
		ITEMS: _("Item codes that Xero does not take: {0}"),
		PRICES: _("Items without a price for Xero: {0}"),
		BOOKS: _("Accounts and taxes in use that have no place in Xero: {0}"),
	}


def _connect(organisation: Doc | None) -> Step:
	settings = frappe.get_cached_doc("Xero Settings")
	notes = []
	if not settings.get_password("webhook_key", raise_exception=False):
		notes.append(_("Without a webhook, payments arrive with the next poll instead of within seconds."))
	left = list(_left_to_connect(organisation, settings))
	if organisation and organisation["is_demo"]:
		notes = []
	return Step("connect", OPEN if left else DONE, left, notes)


def _left_to_connect(organisation: Doc | None, settings: Any) -> Iterator[str]:
	if organisation is None:
		if not settings.client_id or not settings.get_password("client_secret", raise_exception=False):
			yield _("Enter the client ID and the client secret of your Xero app.")
		yield _("Connect to Xero, and allow access to your organisation.")
		return
	name = organisation["organisation_name"]
	if organisation["status"] == organisations.NOT_CONFIRMED:
		yield _("Say whose books {0} keeps, and confirm.").format(name)
	elif organisation["status"] == organisations.RECONNECT_NEEDED:
		yield _("Connect {0} again: Xero no longer accepts its login.").format(name)


def _map(organisation: Doc | None) -> Step:
	if organisation is None or not organisation["company"]:
		return Step("map", LATER, [], [])
	found = unmapped.look(organisation["name"])
	labels = {section["key"]: section["label"] for section in found["sections"]}
	missing = _("{0} without a place in Xero: {1}")
	left = [missing.format(labels[key], count) for key, count in found["counts"].items() if count]
	return Step("map", OPEN if left else DONE, left, [])


def _pilot(organisation: Doc | None) -> Step:
	if organisation is None or organisation["status"] != organisations.CONNECTED:
		return Step("pilot", LATER, [], [])
	statuses = [row["status"] for row in pilot.sent(FrappeStore(), organisation["name"])]
	done, held = statuses.count(outbox.DONE), statuses.count(outbox.HELD)
	if organisation["live_since"]:
		return Step("pilot", DONE, [], [])
	left, notes = [], []
	if not done:
		left.append(_("Choose a few records, look at what would be sent, and send them."))
	if held:
		left.append(_("Records held: {0}. See why, and put it right.").format(held))
	if done:
		notes.append(_("Records in Xero: {0}. Compare them there.").format(done))
	return Step("pilot", OPEN if left else DONE, left, notes)


def _live(organisation: Doc | None) -> Step:
	if organisation is None or organisation["status"] != organisations.CONNECTED:
		return Step("live", LATER, [], [])
	if not organisation["live_since"]:
		return Step("live", OPEN, [_("Nothing goes to Xero by itself yet.")], [])
	if not organisation["enabled"]:
		return Step("live", OPEN, [_("The sync is switched off.")], [])
	return Step("live", DONE, [], [_("What is saved and submitted goes to Xero by itself.")])


STEPS: tuple[Callable[[Doc | None], Step], ...] = (_clean, _connect, _map, _pilot, _live)
