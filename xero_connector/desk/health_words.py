"""What a need is called, what to do about it, and the buttons that do it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import frappe
from frappe import _

from xero_connector.desk.judgement import Need
from xero_connector.sync import outbox, payment_entries, webhooks
from xero_connector.sync.again import RETRY

Action = dict[str, Any]
"""A button: ``label``, and ``do`` (what the page knows to do) or ``route`` with its ``options``."""


def need_words(need: Need, organisation: str, facts: dict[str, Any]) -> dict[str, Any]:
	"""A need for the page: ``key``, ``level``, ``text``, ``advice``, ``since`` and ``actions``.

	``facts``: ``since`` by key, the organisation's ``message``, and the name of the ``sweep_job``.
	"""
	text, advice = _WORDS[need.key]()
	said = facts["message"] if need.key in ("reconnect", "last-run") else ""
	return {
		"key": need.key,
		"level": need.level,
		"text": _one_or_many(text, need.count).format(f"{need.count:,}"),
		"advice": " ".join(filter(None, (said, advice))),
		"since": facts["since"].get(need.key, ""),
		"actions": _actions(need.key, organisation, facts),
	}


def _one_or_many(text: str | tuple[str, str], count: int) -> str:
	return text if isinstance(text, str) else text[count != 1]


def _actions(key: str, organisation: str, facts: dict[str, Any]) -> list[Action]:
	own = {"organisation": organisation}
	lists: dict[str, tuple[str, dict[str, Any]]] = {
		"held": ("Xero Outbox", {**own, "status": outbox.HELD}),
		"slow": ("Xero Outbox", {**own, "status": outbox.QUEUED}),
		"stuck": ("Xero Outbox", {**own, "status": outbox.WAITING}),
		"uncertain": ("Xero Outbox", {**own, "status": outbox.UNCERTAIN}),
		"matches": ("Xero Match", {**own, "status": "Open"}),
		"conflicts": ("Xero Conflict", {**own, "status": "Open"}),
		"entries-held": ("Xero Payment", {**own, "entry_status": payment_entries.HELD}),
		"not-applied": ("Xero Webhook Event", {**own, "status": webhooks.NEW, "event_type": RETRY}),
		"import-failed": ("Xero Import", own),
	}
	settings = {"label": _("Xero Settings"), "route": ["Form", "Xero Settings", "Xero Settings"]}
	form = {"label": _("Open"), "route": ["Form", "Xero Organisation", organisation]}
	others: dict[str, list[Action]] = {
		"scheduler-off": _if_allowed("System Settings", "System Settings", _("System Settings")),
		"sweep-stopped": _if_allowed("Scheduled Job Type", facts["sweep_job"], _("Open")),
		"reconnect": [{"label": _("Reconnect"), "do": "reconnect"}],
		"login-ends": [{"label": _("Reconnect"), "do": "reconnect"}],
		"disconnected": [settings],
		"webhook-silent": [settings],
		"paused-push": [{"label": _("Resume Sending"), "do": "resume-push"}],
		"paused-pull": [{"label": _("Resume Reading"), "do": "resume-pull"}],
		"reading-late": [{"label": _("Sync Now"), "do": "sync"}],
		"few-calls": [{"label": _("Open"), "route": ["Form", "Xero Call Budget", organisation]}],
		"not-confirmed": [form],
		"switched-off": [form],
		"not-live": [{"label": _("Pilot"), "route": ["xero-pilot"], "options": own}],
		"no-sales-account": [form],
	}
	if key in lists:
		doctype, filters = lists[key]
		show = {"label": _("Show"), "route": ["List", doctype, "List"], "options": filters}
		return [show, {"label": _("Sync Now"), "do": "sync"}] if key == "slow" else [show]
	return others.get(key, [])


def _if_allowed(doctype: str, name: str, label: str) -> list[Action]:
	"""Frappe's own forms are for the System Manager."""
	allowed = frappe.has_permission(doctype, "write")
	return [{"label": label, "route": ["Form", doctype, name]}] if allowed else []


def _plural(one: str, many: str) -> tuple[str, str]:
	return one, many


_WORDS: dict[str, Callable[[], tuple[str | tuple[str, str], str]]] = {
	"queue-down": lambda: (
		_("The queue of background jobs does not answer, so nothing is sent or read."),
		_("Redis has to run on the server. Nothing is lost: what changes meanwhile waits."),
	),
	"workers-off": lambda: (
		_("No background workers run, so nothing is sent or read."),
		_("Start them on the server; bench doctor shows which run. What changes meanwhile waits."),
	),
	"scheduler-off": lambda: (
		_("The scheduler is switched off: nothing is read by itself, and nothing is tried again."),
		_("Check Enable Scheduled Jobs in System Settings; see that the site is not in maintenance mode."),
	),
	"scheduler-silent": lambda: (
		_("The scheduler does not run: nothing is read by itself, and nothing is tried again."),
		_("Start bench schedule on the server; bench doctor shows whether it runs."),
	),
	"sweep-stopped": lambda: (
		_("The job that keeps the sync going is stopped."),
		_("Take the check mark from Stopped on the Scheduled Job Type."),
	),
	"reconnect": lambda: (
		_("Xero no longer accepts the login."),
		_("What changes here waits until you connect again."),
	),
	"disconnected": lambda: (
		_("This organisation is disconnected: nothing is sent, nothing is read."),
		_("What was synced stays. Connect to Xero again to go on."),
	),
	"not-confirmed": lambda: (
		_("Nothing syncs yet."),
		_("Say whose books these are: press Confirm on the organisation."),
	),
	"switched-off": lambda: (
		_("The sync is switched off: nothing is sent, nothing is read."),
		_("Check Sync Enabled on the organisation. What changes meanwhile waits."),
	),
	"not-live": lambda: (
		_("The sync is not live yet."),
		_("Only what is sent in the pilot goes to Xero."),
	),
	"held": lambda: (
		_plural(_("{0} record is held."), _("{0} records are held.")),
		_("Each waits for a person; below is why, and what to do."),
	),
	"matches": lambda: (
		_plural(
			_("{0} customer may be more than one contact in Xero."),
			_("{0} customers may be more than one contact in Xero."),
		),
		_("Say which contact it is. Nothing is sent before."),
	),
	"conflicts": lambda: (
		_plural(
			_("{0} field was changed on both sides."),
			_("{0} fields were changed on both sides."),
		),
		_("Choose which value stays. Both sides keep what they have until then."),
	),
	"entries-held": lambda: (
		_plural(
			_("{0} payment got no Payment Entry."),
			_("{0} payments got no Payment Entry."),
		),
		_("The payment says why. It is tried again by itself."),
	),
	"not-applied": lambda: (
		_plural(
			_("{0} record from Xero could not be taken over."),
			_("{0} records from Xero could not be taken over."),
		),
		_("The event says why. It is read again in each cycle."),
	),
	"import-failed": lambda: (
		_("The last import of history failed."),
		_("It says why, and goes on where it was with Resume."),
	),
	"few-calls": lambda: (
		_plural(_("{0} call is left of the day."), _("{0} calls are left of the day.")),
		_("They are kept for what is urgent. The rest goes when Xero gives calls back."),
	),
	"slow": lambda: (
		_plural(
			_("{0} record waits for longer than it should."),
			_("{0} records wait, the oldest for longer than it should."),
		),
		_("The jobs run; look at the last run's message and at the Error Log."),
	),
	"stuck": lambda: (
		_plural(
			_("{0} record has waited for something else for more than a day."),
			_("{0} records have waited for something else for more than a day."),
		),
		_("Each says what it waits for."),
	),
	"uncertain": lambda: (
		_plural(
			_("Of {0} record it is not known yet whether it arrived in Xero."),
			_("Of {0} records it is not known yet whether they arrived in Xero."),
		),
		_("It is looked up before anything goes again: nothing is sent twice."),
	),
	"reading-late": lambda: (
		_("Nothing was read from Xero for hours."),
		_("Press Sync Now, and look at the last run's message."),
	),
	"webhook-silent": lambda: (
		_("The webhook is silent: things changed in Xero, and it announced none of them."),
		_(
			"At Xero, look whether the webhook of the app is on, and press Send intent to receive again."
			" Until then changes arrive with the polls."
		),
	),
	"login-ends": lambda: (
		_("The login ends soon."),
		_("It is renewed by each sync. Let the sync run, or connect again."),
	),
	"paused-push": lambda: (
		_("Sending is paused."),
		_("What changes here waits."),
	),
	"paused-pull": lambda: (
		_("Reading is paused."),
		_("What is paid or changed in Xero waits there."),
	),
	"no-sales-account": lambda: (
		_("No sales account is chosen."),
		_("Orders are held until there is one."),
	),
	"last-run": lambda: (
		_("The last run ended early."),
		_("The sync goes on by itself."),
	),
}
