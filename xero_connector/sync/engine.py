"""The engine of one organisation: push, pull, and both in one cycle."""

from __future__ import annotations

from collections.abc import Callable

from xero_connector.clock import Clock, utc_text
from xero_connector.store.protocol import Store
from xero_connector.sync import batches, organisations, outbox, reference, webhooks
from xero_connector.sync.context import Api, Context, Report, random_id
from xero_connector.sync.errors import LeaseLost
from xero_connector.sync.lease import Lease, lease, park, parked_until
from xero_connector.sync.pull import Pull
from xero_connector.sync.push import Push, Stopped
from xero_connector.sync.reconcile import Reconciliation
from xero_connector.xero.errors import Disconnected, RateLimited, XeroError

__all__ = ["Engine", "Report", "needs_push"]

BUSY = "Another worker is at it."
PAUSED = {"push": "Sending is paused.", "pull": "Reading is paused."}
PARKED_UNTIL = "Xero asked to wait until {}."


class Engine:
	"""Synchronises one organisation. Several may run at once, in any number of processes: leases keep them
	apart.

	Every method returns a ``Report`` and raises nothing for what Xero or the network does; ``Report.stopped``
	says in plain words why a run ended early.
	"""

	def __init__(
		self,
		store: Store,
		api: Api,
		organisation: str,
		clock: Clock,
		*,
		new_id: Callable[[], str] = random_id,
	) -> None:
		self.context = Context(store, api, organisation, clock, new_id)

	def on(self, store: Store) -> Engine:
		"""The same engine on another connection to the same store, for another thread."""
		return Engine(
			store, self.context.api, self.context.organisation, self.context.clock, new_id=self.context.new_id
		)

	def push(self) -> Report:
		"""Send what is due."""
		return self._leased("push", lambda held: Push(self.context, held).run())

	def pull(self) -> Report:
		"""Read what changed in Xero, and what webhooks announced."""

		def work(held: Lease) -> Report:
			pull = Pull(self.context, held)
			return Report(applied=webhooks.fetch(self.context, pull)) + pull.run()

		return self._leased("pull", work)

	def fetch_webhook_events(self) -> Report:
		"""Read only what webhooks announced."""
		return self._leased(
			"pull", lambda held: Report(applied=webhooks.fetch(self.context, Pull(self.context, held)))
		)

	def refresh_reference(self) -> Report:
		"""Read the organisation's accounts, tax rates and currencies."""

		def work() -> Report:
			reference.refresh(self.context)
			return Report()

		until = parked_until(self.context)
		if until:
			return Report(stopped=PARKED_UNTIL.format(until))
		return self._reported(work)

	def reconcile(self) -> Report:
		"""Read everything and compare it with what is here; the findings are a **Xero Reconciliation**."""
		return self._leased("pull", lambda held: Reconciliation(self.context, held).run())

	def cycle(self) -> Report:
		"""One full cycle: push, then pull."""
		report = self.push()
		goes_on = report.stopped in ("", BUSY, PAUSED["push"])
		return report + self.pull() if goes_on else report

	def _leased(self, purpose: str, work: Callable[[Lease], Report]) -> Report:
		"""Do it while holding the organisation, unless it is parked, not connected, or held by another
		worker.
		"""
		settings = self.context.settings()
		if not settings.get("enabled") or settings.get("status") != organisations.CONNECTED:
			return Report(stopped=f"The organisation is not syncing: {settings.get('status')}.")
		if settings.get(organisations.PAUSE[purpose]):
			return Report(stopped=PAUSED[purpose])
		until = parked_until(self.context)
		if until:
			return Report(stopped=PARKED_UNTIL.format(until))
		with lease(self.context, purpose) as held:
			if held is None:
				return Report(stopped=BUSY)
			return self._reported(lambda: work(held))

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
		if isinstance(error, RateLimited):
			park(self.context, error.retry_after)
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
