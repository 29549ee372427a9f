"""The call budget on a real database: shared by all workers, and no transaction open while a call runs."""

from __future__ import annotations

import threading

import frappe
from frappe.utils.background_jobs import get_job

from xero_connector.desk import jobs, wiring
from xero_connector.store.frappe import FrappeStore
from xero_connector.store.protocol import StoreError
from xero_connector.sync import polling
from xero_connector.sync.ledger import DOCTYPE, StoreLedger
from xero_connector.tests.base import ConnectedTestCase, SiteTestCase
from xero_connector.xero import Budget, RateLimited


def budget_of(organisation: str) -> Budget:
	return Budget(wiring.SiteClock(), StoreLedger(FrappeStore(), organisation))


class TestBudget(SiteTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.tenant = self.organisation()
		frappe.db.commit()

	def test_calls_of_workers_at_the_same_time_are_all_counted(self) -> None:
		errors: list[BaseException] = []
		start = threading.Barrier(4)

		def work(site: str) -> None:
			frappe.init(site=site)
			frappe.connect()
			try:
				start.wait(timeout=30)
				for _ in range(5):
					with budget_of(self.tenant).call():
						pass
			except BaseException as error:
				errors.append(error)
			finally:
				frappe.destroy()

		workers = [threading.Thread(target=work, args=(frappe.local.site,)) for _ in range(4)]
		for worker in workers:
			worker.start()
		for worker in workers:
			worker.join(timeout=60)
		self.assertEqual(errors, [])
		usage, _ = StoreLedger(FrappeStore(), self.tenant).look()
		self.assertEqual((len(usage.recent), usage.in_flight), (20, {}))

	def test_no_transaction_is_open_during_a_call_and_no_call_goes_inside_one(self) -> None:
		store = FrappeStore()
		with budget_of(self.tenant).call():
			self.assertFalse(store.in_transaction())
		with self.assertRaisesRegex(StoreError, "open already"), store.transaction():
			with budget_of(self.tenant).call():
				self.fail("a call went out inside a transaction")

	def test_what_xero_said_is_kept(self) -> None:
		with budget_of(self.tenant).call() as flight:
			flight.answered(
				429, {"X-DayLimit-Remaining": "0", "X-Rate-Limit-Problem": "day", "Retry-After": "7200"}
			)
		with self.assertRaisesRegex(RateLimited, "day limit"), budget_of(self.tenant).call():
			self.fail("a call went out before Retry-After")
		row = frappe.get_doc(DOCTYPE, self.tenant)
		self.assertEqual((row.organisation, row.day_remaining, row.problem), (self.tenant, 0, "day"))


class TestPolling(ConnectedTestCase):
	def test_the_sweep_starts_the_polls_that_are_due(self) -> None:
		self.connect()
		jobs.sweep()
		self.assertIsNotNone(get_job(jobs.job_id("pull", self.tenant) + jobs.turn()))
		jobs.pull(self.tenant)
		self.assertEqual(polling.due(FrappeStore(), wiring.SiteClock()), [])
