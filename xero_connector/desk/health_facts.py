"""What the Health page reads of one organisation: a few queries, and no call to Xero."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import frappe
from frappe.utils import get_datetime, get_system_timezone, now_datetime
from frappe.utils.background_jobs import generate_qname, get_redis_conn
from frappe.utils.scheduler import is_scheduler_inactive
from redis.exceptions import RedisError
from rq import Worker

from xero_connector.clock import parse_utc, utc_text
from xero_connector.desk import wiring
from xero_connector.desk.instants import local_of, utc_of
from xero_connector.desk.judgement import SILENT, STUCK
from xero_connector.desk.notices import RECEIVED, STANDING
from xero_connector.store.frappe import FrappeStore
from xero_connector.store.protocol import Doc
from xero_connector.sync import log, outbox, payment_entries, webhooks
from xero_connector.sync.again import ASKED, RETRY
from xero_connector.sync.ledger import StoreLedger
from xero_connector.sync.pull import polled_by
from xero_connector.xero.usage import PER_MINUTE

SWEEP = "xero_connector.desk.jobs.sweep"
QUEUES = ("default", "long")
"""Where the scheduler's jobs go, and ours."""

QUIET = timedelta(minutes=5)
"""The sweep is due every minute: the scheduler that has not started it for so long does not run."""

ACCESS, RENEWABLE = timedelta(minutes=30), timedelta(days=60)
"""How long Xero's tokens live: the access token, and the refresh token that came with it."""

MOVING = (outbox.QUEUED, outbox.SENDING, outbox.WAITING)
ANNOUNCED = ("Contact", "Invoice", "CreditNote", "Prepayment", "Overpayment")

UNANNOUNCED = timedelta(days=1)
"""A change that a poll found so long after the last announcement was not announced."""

DAYS = 30
KEEP_COUNTS = 40 * 24 * 3600
"""Seconds for which what moved on a day that is over is kept: longer than it is shown."""


def machine() -> dict[str, Any]:
	"""Whether jobs run on this site.

	``queue_up``. ``workers``: how many listen to our queues, 0 if one of the queues has none. ``scheduler``:
	a key of ``judgement.SCHEDULER``, empty if it runs. ``sweep``: when it ran last.
	"""
	connect = getattr(get_redis_conn, "__wrapped__", get_redis_conn)  # without Frappe's four seconds of tries
	try:
		listening = [set(worker.queue_names()) for worker in Worker.all(connection=connect())]
		queue_up = True
	except RedisError:
		listening, queue_up = [], False
	counts = [sum(generate_qname(queue) in names for names in listening) for queue in QUEUES]
	return {"queue_up": queue_up, "workers": min(counts), **_scheduler()}


def _scheduler() -> dict[str, Any]:
	fields = ["name", "last_execution", "creation", "stopped"]
	sweep = frappe.db.get_value("Scheduled Job Type", {"method": SWEEP}, fields, as_dict=True)
	last = sweep and get_datetime(sweep.last_execution or sweep.creation)
	if is_scheduler_inactive(verbose=False):
		why = "scheduler-off"
	elif sweep and sweep.stopped:
		why = "sweep-stopped"
	elif last is None or now_datetime() - last > QUIET:
		why = "scheduler-silent"
	else:
		why = ""
	return {"scheduler": why, "sweep": last and utc_text(utc_of(last)), "sweep_job": sweep and sweep.name}


def connection(organisation: Doc) -> dict[str, Any]:
	"""Who connected it, since when, and until when the login can be renewed (UTC text; empty where it does
	not end).
	"""
	row = frappe.db.get_value(
		"Xero Login",
		organisation["login"],
		["kind", "connected_by", "connected_at", "expires_at"],
		as_dict=True,
	)
	if not row:
		return {"kind": "", "connected_by": "", "connected_at": "", "good_until": ""}
	renewed = row.kind == wiring.WEB_APP and row.expires_at and parse_utc(row.expires_at) - ACCESS
	return {
		"kind": row.kind,
		"connected_by": frappe.utils.get_fullname(row.connected_by) if row.connected_by else "",
		"connected_at": row.connected_at,
		"good_until": utc_text(renewed + RENEWABLE) if renewed else "",
	}


def queue(organisation: str, now: datetime) -> dict[str, Any]:
	"""How many rows wait, are uncertain and are held, and since when the oldest of each."""
	rows = frappe.db.sql(
		"""
		select status, count(*), min(queued_at), min(done_at), sum(queued_at < %(stuck)s)
		from `tabXero Outbox` where organisation = %(organisation)s and status in %(open)s group by status
		""",
		{
			"organisation": organisation,
			"open": (*MOVING, outbox.UNCERTAIN, outbox.HELD),
			"stuck": utc_text(now - STUCK),
		},
	)
	counts = {status: int(count) for status, count, *_ in rows}
	since = {status: queued_at for status, _, queued_at, *_ in rows}
	waiting_for = {status: int(stuck or 0) for status, *_, stuck in rows}
	return {
		"waiting": sum(counts.get(status, 0) for status in MOVING),
		"oldest": min(filter(None, (since.get(status) for status in MOVING)), default=""),
		"queued": counts.get(outbox.QUEUED, 0),
		"oldest_queued": since.get(outbox.QUEUED) or "",
		"stuck": waiting_for.get(outbox.WAITING, 0),
		"uncertain": counts.get(outbox.UNCERTAIN, 0),
		"oldest_uncertain": since.get(outbox.UNCERTAIN) or "",
		"held": counts.get(outbox.HELD, 0),
		"held_since": next((done_at for status, _, _, done_at, _ in rows if status == outbox.HELD), "") or "",
	}


def held_by_cause(organisation: str) -> list[dict[str, Any]]:
	"""What is held, by cause, most first: ``cause``, ``count``, and of one row ``message``, ``advice`` and
	its document.
	"""
	groups = frappe.db.sql(
		"""
		select ifnull(cause, ''), count(*), min(name) from `tabXero Outbox`
		where organisation = %s and status = %s group by 1 order by 2 desc, 1
		""",
		(organisation, outbox.HELD),
	)
	fields = ["name", "message", "advice", "reference_doctype", "reference_name"]
	names = [example for *_, example in groups]
	examples = frappe.get_all("Xero Outbox", {"name": ("in", names or [""])}, fields)
	by_name = {row.name: row for row in examples}
	return [
		{"cause": cause, "count": int(count), **by_name.get(example, {})} for cause, count, example in groups
	]


def calls(organisation: str, now: datetime) -> dict[str, Any]:
	"""The calls of the day and of the last minute: ``left`` and ``limit`` (``None`` before Xero has said it),
	``said_at``, ``minute``, and ``wait_until`` with its ``problem`` while Xero wants none.
	"""
	usage, polled_at = StoreLedger(FrappeStore(), organisation).look()
	usage = usage.seen(now)
	left = usage.day and usage.day.calls
	limit = usage.limit and usage.limit.calls
	return {
		"left": left,
		"limit": None if left is None else max(limit or 0, left),
		"said_at": utc_text(usage.day.at) if usage.day else "",
		"minute": len(usage.recent),
		"per_minute": PER_MINUTE,
		"wait_until": utc_text(usage.asked.until) if usage.asked else "",
		"problem": usage.asked.problem if usage.asked else "",
		"polled_at": polled_at,
	}


def reading(organisation: str) -> list[dict[str, Any]]:
	"""When each entity was read last, in the order in which they are read."""
	known = {
		row.entity: row
		for row in frappe.get_all(
			"Xero Cursor", {"organisation": organisation}, ["entity", "last_run", "read_once"]
		)
	}
	return [
		{
			"entity": polled.entity,
			"last_run": known[polled.entity].last_run if polled.entity in known else "",
			"read_once": bool(polled.entity in known and known[polled.entity].read_once),
		}
		for polled in polled_by(FrappeStore(), organisation)
	]


def webhook(organisation: Doc, now: datetime) -> dict[str, Any]:
	"""``state``: *none* without a key, *demo* where Xero is not asked, *silent* if a poll found what was not
	announced, *waits* before the first announcement, else *ok*. ``last``: when one came last.
	"""
	settings = frappe.get_cached_doc("Xero Settings")
	heard = frappe.get_all(
		"Xero Webhook Event",
		{"organisation": organisation["name"], "event_type": ("not in", (RETRY, ASKED))},
		pluck="received_at",
		order_by="received_at desc",
		limit=1,
	)
	last = heard[0] if heard else ""
	if organisation["is_demo"]:
		state = "demo"
	elif not settings.get_password("webhook_key", raise_exception=False):
		state = "none"
	elif _unannounced(organisation, last, settings, now):
		state = SILENT
	else:
		state = "ok" if last else "waits"
	return {"state": state, "last": last}


def _unannounced(organisation: Doc, last: str, settings: Any, now: datetime) -> bool:
	"""Whether a poll of the last week found a change long after the last announcement. What was found before
	somebody last saved the settings does not count: the key may be newer.
	"""
	saved = utc_text(utc_of(get_datetime(settings.modified))) if settings.modified else ""
	since = max(last, saved, organisation["live_since"] or "")
	if not since:
		return False
	after = max(utc_text(parse_utc(since) + UNANNOUNCED), utc_text(now - 7 * UNANNOUNCED))
	if after > utc_text(now):
		return False
	found = frappe.db.sql(
		"""
		select name from `tabXero Sync Log`
		where organisation = %s and at > %s and direction = %s and action = 'Apply' and outcome = %s
			and xero_entity in %s
		limit 1
		""",
		(organisation["name"], after, log.PULL, log.OK, ANNOUNCED),
	)
	return bool(found)


def last_payment(organisation: str) -> dict[str, Any] | None:
	"""The payment received that Xero changed last."""
	found = frappe.get_all(
		"Xero Payment",
		{"organisation": organisation, "kind": ("in", RECEIVED), "xero_status": ("in", STANDING)},
		["name", "customer", "amount", "currency", "payment_date", "updated_utc"],
		order_by="updated_utc desc",
		limit=1,
	)
	return found[0] if found else None


def open_decisions(organisation: str) -> dict[str, int]:
	"""What else waits for a person."""

	def count(doctype: str, **filters: Any) -> int:
		return frappe.db.count(doctype, {"organisation": organisation, **filters})

	last_import = frappe.get_all(
		"Xero Import", {"organisation": organisation}, pluck="status", order_by="creation desc", limit=1
	)
	return {
		"matches": count("Xero Match", status="Open"),
		"conflicts": count("Xero Conflict", status="Open"),
		"not_applied": count("Xero Webhook Event", status=webhooks.NEW, event_type=RETRY),
		"entries_held": count("Xero Payment", entry_status=payment_entries.HELD),
		"import_failed": int(last_import == ["Failed"]),
	}


def moved(organisation: str, now: datetime) -> dict[str, list[Any]]:
	"""Records that went to Xero and came from it on each of the last days of the site's time zone."""
	zone = get_system_timezone()
	today = local_of(now).date()
	days = [today - timedelta(days=ago) for ago in reversed(range(DAYS))]
	counts = [_moved_on(organisation, day, zone, is_over=(today - day).days > 1) for day in days]
	return {
		"days": [day.isoformat() for day in days],
		"to_xero": [count[0] for count in counts],
		"from_xero": [count[1] for count in counts],
	}


def _moved_on(organisation: str, day: date, zone: str, *, is_over: bool) -> list[int]:
	"""How many on one day. A day that is over is counted once."""
	key = f"xero_connector_moved|{organisation}|{day}|{zone}"
	known = frappe.cache.get_value(key, expires=True) if is_over else None
	if known:
		return known
	ends = (_begins(day), _begins(day + timedelta(days=1)))
	rows = dict(
		frappe.db.sql(
			"""
			select direction, count(*) from `tabXero Sync Log`
			where organisation = %s and at >= %s and at < %s and outcome in %s and action != 'Match'
			group by direction
			""",
			(organisation, *ends, (log.OK, log.WARNING)),
		)
	)
	counts = [int(rows.get(log.PUSH, 0)), int(rows.get(log.PULL, 0))]
	if is_over:
		frappe.cache.set_value(key, counts, expires_in_sec=KEEP_COUNTS)
	return counts


def _begins(day: date) -> str:
	"""When a day begins here, as UTC text."""
	return utc_text(utc_of(datetime(day.year, day.month, day.day)))


def age(instant: str, now: datetime) -> timedelta | None:
	"""How long ago an instant was; ``None`` for none."""
	return now - parse_utc(instant) if instant else None
