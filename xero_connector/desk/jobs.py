"""What the background workers do: drain the outbox, read from Xero, sweep up what no job took."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial, wraps

import frappe
from frappe.utils import now_datetime
from redis.exceptions import RedisError

from xero_connector.desk import wiring
from xero_connector.store.frappe import FrappeStore, fresh_snapshot
from xero_connector.sync import history as imports
from xero_connector.sync import organisations, polling, reconciliations, resync, triggers, webhooks
from xero_connector.sync.engine import BUSY, Report, needs_push

KEEP_DONE = timedelta(days=90)
"""How long rows stay that only say that something was done; the Sync Log has days of its own."""

TURN = 300
"""Seconds, as long as a lease lasts: then a job that the sweep has started may be dead."""

DONE = {
	"Xero Batch": ("Settled",),
	"Xero Outbox": ("Done", "Cancelled"),
	"Xero Resync": (resync.DONE, resync.STOPPED),
	"Xero Webhook Event": ("Done", "Ignored"),
}


def after_commit(job: str, organisation: str) -> None:
	"""Start this job of this organisation when the transaction at hand is committed."""
	frappe.db.after_commit.add(partial(start, job, organisation))


def start(job: str, organisation: str, turn: str = "") -> None:
	"""Queue a job by name, unless the same one of this turn waits or runs already.

	A queue that is down is no error to whoever saves a document: the sweep starts the job later.
	"""
	try:
		frappe.enqueue(
			f"xero_connector.desk.jobs.{job}",
			queue="long",
			job_id=job_id(job, organisation) + turn,
			deduplicate=True,
			organisation=organisation,
		)
	except (RedisError, frappe.ValidationError) as error:  # down, or overloaded
		frappe.logger("xero_connector").warning(f"{job} of {organisation} was not queued: {error}")


def job_id(job: str, organisation: str) -> str:
	"""The identity under which the same job is queued once."""
	return f"xero_connector-{job}-{organisation}"


def turn() -> str:
	"""What the sweep adds to the identity of its jobs: another one every few minutes.

	The queue keeps the place of a job whose worker was killed for longer than its lease lasts.
	"""
	return f"-{wiring.SiteClock().now().timestamp() // TURN:.0f}"


def _discreet(work: Callable[[str], None]) -> Callable[[str], None]:
	"""A job whose failure is told without the values of variables.

	Frappe writes those into the Error Log, down to the headers and bodies in the HTTP library: tokens and
	people's details. The next sweep tries again.
	"""

	@wraps(work)
	def job(organisation: str) -> None:
		try:
			work(organisation)
		except Exception:
			frappe.db.rollback()
			frappe.log_error(title=f"Xero: {work.__name__} failed", message=frappe.get_traceback())
			frappe.db.commit()

	return job


@_discreet
def drain(organisation: str) -> None:
	"""Send what waits.

	Queuing drops a drain while one runs, so this one looks again before it ends.
	"""
	if not _begin(organisation):
		return
	engine, store, clock = wiring.engine(organisation), FrappeStore(), wiring.SiteClock()
	while True:
		report = engine.push()
		_tell(organisation, report)
		fresh_snapshot()
		if report.stopped or not report.calls or organisation not in needs_push(store, clock):
			return


@_discreet
def items(organisation: str) -> None:
	"""Queue the items that are in Xero, and send those that are to be others now."""
	if not _begin(organisation):
		return
	store = FrappeStore()
	with store.transaction():
		triggers.items_changed(store, wiring.SiteClock(), organisation)
	drain(organisation)


@_discreet
def pull(organisation: str) -> None:
	"""Read what changed in Xero."""
	if _begin(organisation):
		_tell(organisation, wiring.engine(organisation).pull())


@_discreet
def fetch(organisation: str) -> None:
	"""Read the records that webhooks named."""
	if _begin(organisation):
		_tell(organisation, wiring.engine(organisation).fetch_webhook_events())


@_discreet
def cycle(organisation: str) -> None:
	"""Send what waits, then read what changed."""
	if _begin(organisation):
		_tell(organisation, wiring.engine(organisation).cycle())


@_discreet
def reconcile(organisation: str) -> None:
	"""Read everything and compare, if somebody asked for it and has not stopped it since."""
	if _begin(organisation) and organisation in reconciliations.waiting(FrappeStore()):
		_tell(organisation, wiring.engine(organisation).reconcile())


@_discreet
def resend(organisation: str) -> None:
	"""Queue anew what somebody has chosen, and send each portion before the next."""
	if not _begin(organisation):
		return
	engine, store, clock = wiring.engine(organisation), FrappeStore(), wiring.SiteClock()
	while organisation in resync.waiting(store) and resync.go_on(store, clock, organisation):
		report = engine.push()
		_tell(organisation, report)
		fresh_snapshot()
		if report.stopped not in ("", BUSY):
			return


@_discreet
def history(organisation: str) -> None:
	"""Go on with the import of history; the sweep starts the next turn of it."""
	if _begin(organisation):
		wiring.engine(organisation).import_history()


@_discreet
def refresh(organisation: str) -> None:
	"""Read accounts, tax rates, currencies and lock dates again."""
	if _begin(organisation):
		_tell(organisation, wiring.engine(organisation).refresh_reference(pickers=True))


def sweep() -> None:
	"""Every minute: start the jobs for rows that no job took, the polls that are due, and the long work that
	is not at its end.
	"""
	store, clock = FrappeStore(), wiring.SiteClock()
	now = turn()
	for organisation in needs_push(store, clock):
		start("drain", organisation, now)
	for organisation in announced():
		start("fetch", organisation, now)
	for organisation in polling.due(store, clock):
		start("pull", organisation, now)
	for organisation in imports.waiting(store, clock):
		start("history", organisation, now)
	reconciliations.end_interrupted(store, clock)
	for organisation in reconciliations.waiting(store):
		start("reconcile", organisation, now)
	for organisation in resync.waiting(store):
		start("resend", organisation, now)


def announced() -> list[str]:
	"""The connected organisations with webhook events that nobody has fetched."""
	named = webhooks.announced(FrappeStore())
	reading = organisations.syncing(FrappeStore(), pause_pull=0)
	return [row["name"] for row in reading if row["name"] in named]


def daily() -> None:
	for organisation in organisations.syncing(FrappeStore()):
		start("refresh", organisation["name"])
	before: datetime = now_datetime() - KEEP_DONE
	for doctype, statuses in DONE.items():
		frappe.db.delete(doctype, {"status": ("in", statuses), "creation": ("<", before)})


def _tell(organisation: str, report: Report) -> None:
	"""Show on the organisation why a run ended early; nothing once one went through."""
	if report.stopped == BUSY:
		return
	store, message = FrappeStore(), report.stopped or None
	for known in store.find("Xero Organisation", {"name": organisation}, fields=("status_message",)):
		if (known.get("status_message") or None) != message:
			with store.transaction():
				store.update("Xero Organisation", organisation, {"status_message": message})


def _begin(organisation: str) -> bool:
	"""Work as nobody in particular, and only for an organisation that is still connected."""
	frappe.set_user("Administrator")
	fresh_snapshot()
	return any(row["name"] == organisation for row in organisations.syncing(FrappeStore()))
