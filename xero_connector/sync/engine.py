"""The engine of one organisation: push, pull, and both in one cycle."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from xero_connector.clock import Clock, utc_text
from xero_connector.mapping.side_by_side import Field
from xero_connector.store.protocol import Store
from xero_connector.sync import batches, organisations, outbox, polling, reference, webhooks
from xero_connector.sync.billed import Key
from xero_connector.sync.context import Api, Context, Report, random_id
from xero_connector.sync.errors import LeaseLost
from xero_connector.sync.history import History, note_barred
from xero_connector.sync.lease import Lease, lease
from xero_connector.sync.ledger import StoreLedger
from xero_connector.sync.preview import Preview, compare, preview
from xero_connector.sync.pull import CONTACTS, ITEMS, Pull
from xero_connector.sync.push import Push, Stopped
from xero_connector.sync.reconcile import Reconciliation
from xero_connector.xero.budget import Budget
from xero_connector.xero.errors import Disconnected, XeroError
from xero_connector.xero.usage import RESERVE, Priority

__all__ = ["Engine", "Report", "needs_push"]

BUSY = "Another worker is at it."
PAUSED = {"push": "Sending is paused.", "pull": "Reading is paused."}
PARKED_UNTIL = "Xero asked to wait until {}."
KEPT_UNTIL = "The calls that are left of the day are kept for more urgent work, until {}."


class Engine:
	"""Synchronises one organisation. Several may run at once, in any number of processes: leases keep them
	apart, and they share a call budget in the store.

	Every method returns a ``Report`` and raises nothing for what Xero or the network does; ``Report.stopped``
	says in plain words why a run ended early. ``site_url`` is where documents are opened, for links back.
	"""

	def __init__(
		self,
		store: Store,
		api: Api,
		organisation: str,
		clock: Clock,
		*,
		new_id: Callable[[], str] = random_id,
		site_url: str = "",
	) -> None:
		self.budget = Budget(clock, StoreLedger(store, organisation), new_id=new_id)
		self.context = Context(store, api.within(self.budget), organisation, clock, new_id, site_url)

	def on(self, store: Store) -> Engine:
		"""The same engine on another connection to the same store, for another thread."""
		context = self.context
		return Engine(
			store,
			context.api,
			context.organisation,
			context.clock,
			new_id=context.new_id,
			site_url=context.site_url,
		)

	def push(self) -> Report:
		"""Send what is due."""
		priority = Priority.PERSON if outbox.person_waits(self.context) else Priority.PUSH
		return self._leased("push", priority, lambda context, held: Push(context, held).run())

	def pull(self) -> Report:
		"""Read what changed in Xero, and what webhooks announced."""

		def work(context: Context, held: Lease) -> Report:
			polling.begun(context)
			return self._fetch(context.at(Priority.WEBHOOK), held) + Pull(context, held).run()

		return self._leased("pull", Priority.POLL, work)

	def fetch_webhook_events(self) -> Report:
		"""Read only what webhooks announced."""
		return self._leased("pull", Priority.WEBHOOK, self._fetch)

	def refresh_reference(self, *, pickers: bool = False) -> Report:
		"""Read the organisation's accounts, tax rates and currencies. Whoever connects waits for it.

		``pickers``: its branding themes and tracking too, though none is chosen yet.
		"""

		def work() -> Report:
			reference.refresh(self.context.at(Priority.PERSON), pickers=pickers)
			return Report()

		return self._barred(Priority.PERSON) or self._reported(work)

	def reconcile(self) -> Report:
		"""Read everything and compare it with what is here; the findings are a **Xero Reconciliation**."""
		return self._leased("pull", Priority.POLL, lambda context, held: Reconciliation(context, held).run())

	def import_history(self) -> Report:
		"""Go on for a while with the **Xero Import** that somebody asked for."""
		barred = self._barred(Priority.IMPORT)
		if barred:
			note_barred(self.context, barred.stopped)
		return barred or self._leased(
			"pull", Priority.IMPORT, lambda context, held: History(context, held).run()
		)

	def preview(self, keys: Sequence[Key]) -> tuple[list[Preview], str]:
		"""What would become of these documents, as (doctype, name), without sending or keeping anything; with
		why it cannot be said, if so.
		"""
		found: list[Preview] = []

		def work() -> Report:
			context = self.context.at(Priority.PERSON)
			self._read_parties(context)
			found.extend(preview(context, keys))
			return Report()

		return found, self._asked(work)

	def compare(self, doctype: str, name: str) -> tuple[list[Field], str]:
		"""A document beside what Xero has of it now; with why it cannot be said, if so."""
		found: list[Field] = []

		def work() -> Report:
			found.extend(compare(self.context.at(Priority.PERSON), doctype, name))
			return Report()

		return found, self._asked(work)

	def cycle(self) -> Report:
		"""One full cycle: push, then pull."""
		report = self.push()
		goes_on = report.stopped in ("", BUSY, PAUSED["push"])
		return report + self.pull() if goes_on else report

	def _read_parties(self, context: Context) -> None:
		"""Read which contacts and items Xero has, if reading goes on."""
		settings = context.settings()
		if not settings.get("enabled") or settings.get(organisations.PAUSE["pull"]):
			return
		with lease(context, "pull") as held:
			if held:  # else somebody is reading just now, and knows what Xero has
				pull = Pull(context, held)
				for polled in (CONTACTS, ITEMS):
					pull.poll(polled)

	def _fetch(self, context: Context, held: Lease) -> Report:
		return Report(applied=webhooks.fetch(context, Pull(context, held)))

	def _asked(self, work: Callable[[], Report]) -> str:
		"""Do what a person waits for, which only reads; returns why it cannot be done, if so."""
		status = self.context.settings().get("status")
		if status != organisations.CONNECTED:
			return f"The organisation is not connected: {status}."
		barred = self._barred(Priority.PERSON)
		return (barred or self._reported(work)).stopped

	def _leased(self, purpose: str, priority: Priority, work: Callable[[Context, Lease], Report]) -> Report:
		"""Do it while holding the organisation, unless it is not connected, held by another worker, or may
		make no calls of this priority now.
		"""
		settings = self.context.settings()
		if not settings.get("enabled") or settings.get("status") != organisations.CONNECTED:
			return Report(stopped=f"The organisation is not syncing: {settings.get('status')}.")
		if settings.get(organisations.PAUSE[purpose]):
			return Report(stopped=PAUSED[purpose])
		barred = self._barred(priority)
		if barred:
			return barred
		with lease(self.context, purpose) as held:
			if held is None:
				return Report(stopped=BUSY)
			return self._reported(lambda: work(self.context.at(priority), held))

	def _barred(self, priority: Priority) -> Report | None:
		"""Why work of this priority need not begin now, if so."""
		bar = self.budget.bar(priority)
		if bar is None:
			return None
		words = KEPT_UNTIL if bar.problem == RESERVE else PARKED_UNTIL
		return Report(stopped=words.format(utc_text(bar.until)))

	def _reported(self, work: Callable[[], Report]) -> Report:
		"""Its report; what Xero or the network did to it becomes part of that."""
		calls = self.context.api.calls
		try:
			report = work()
		except Stopped as stop:
			report = stop.report
			self._note(report, stop.error)
		except XeroError as error:
			report = Report()
			self._note(report, error)
		except LeaseLost as error:
			report = Report(stopped=str(error))
		report.calls = self.context.api.calls - calls
		return report

	def _note(self, report: Report, error: XeroError) -> None:
		report.stopped = str(error)
		if isinstance(error, Disconnected):
			with self.context.store.transaction():
				organisations.mark_reconnect(self.context.store, self.context.organisation, str(error))


def needs_push(store: Store, clock: Clock) -> list[str]:
	"""The organisations that sync now and have something due, or a batch that an earlier run left open."""
	found = []
	for organisation in organisations.syncing(store, pause_push=0):
		tenant = organisation["name"]
		due = {
			"organisation": tenant,
			"status": ("in", (outbox.QUEUED, outbox.WAITING)),
			"next_try": ("<=", utc_text(clock.now())),
		}
		left = {"organisation": tenant, "status": ("in", (batches.FROZEN, batches.UNCERTAIN))}
		if store.find("Xero Outbox", due, fields=["name"], limit=1) or store.find(
			"Xero Batch", left, fields=["name"], limit=1
		):
			found.append(tenant)
	return found
