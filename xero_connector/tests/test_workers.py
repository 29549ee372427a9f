"""Three background workers at once over one organisation, with MariaDB and a Redis of the test's own: some
are killed, Redis stops, documents change meanwhile. Nothing is lost, and nothing is in Xero twice.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest import skipUnless
from unittest.mock import patch

import frappe
from frappe.utils import background_jobs, flt
from rq.registry import StartedJobRegistry

from xero_connector.clock import parse_utc, utc_text
from xero_connector.desk import jobs
from xero_connector.desk.wiring import SiteClock
from xero_connector.simulator import Simulator
from xero_connector.store.frappe import FrappeStore
from xero_connector.sync import batches, outbox
from xero_connector.sync.lease import LENGTH
from xero_connector.tests.base import OWN_ROWS, ConnectedTestCase
from xero_connector.tests.processes import Line, RedisServer, Stop, Worker

WORKERS = 3
CUSTOMERS = 60
"""Two batches, and each has an order."""

PATIENCE = 60
"""Seconds that something may take that must happen."""

GIVEN_UP = timedelta(minutes=12)
"""By then RQ has noticed that a worker is gone: its job is over 90 seconds after its last sign of life, and
every ten minutes a worker looks for such jobs.
"""

REDIS = shutil.which("redis-server")

CYCLE_NOTES = ("Xero Call Budget", "Xero Cursor", "Xero Lease")
"""What every cycle writes, if only that it ran."""


@skipUnless(REDIS, "there is no redis-server on this machine that the test could start and stop")
class TestWorkers(ConnectedTestCase):
	def setUp(self) -> None:
		super().setUp()
		directory = Path(tempfile.mkdtemp())
		self.addCleanup(shutil.rmtree, directory)
		self.log = directory / "workers.log"
		self.redis = RedisServer(REDIS or "", directory)
		self.addCleanup(self.redis.stop)
		self.redis.start()
		self.wait_until(self.redis.answers)
		for patched in (
			patch.dict(frappe.local.conf, redis_queue=self.redis.url),
			patch.object(background_jobs, "_redis_queue_conn", None),
		):
			patched.start()
			self.addCleanup(patched.stop)
		self.workers: list[Worker] = []
		self.addCleanup(self.stop_workers)
		self.start_workers()
		self.connect()
		self.wait_until(self.idle)

	def tearDown(self) -> None:
		self.stop_workers()  # before the documents go
		super().tearDown()

	def new_simulator(self) -> Simulator:
		simulator = Simulator()
		self.line = simulator.wsgi_app = Line(simulator.wsgi_app)
		return simulator

	def start_workers(self) -> None:
		"""Have three again, as a supervisor would."""
		self.workers = [worker for worker in self.workers if worker.runs()]
		while len(self.workers) < WORKERS:
			base_url = frappe.local.conf.xero_connector_base_url
			self.workers.append(Worker(base_url, self.redis.url, self.log))

	def stop_workers(self) -> None:
		for worker in self.workers:
			worker.kill()
		self.line.clear()

	def wait_until(self, true: Callable[[], bool]) -> None:
		end = time.monotonic() + PATIENCE
		while not true():
			if time.monotonic() > end:
				self.fail(
					f"{true.__name__} was not so in {PATIENCE} seconds; workers: {self.log.read_text()}"
				)
			time.sleep(0.05)

	# the queue

	def drain_by_hand(self) -> None:
		"""Queue more drains than there are workers, without the identity that keeps them to one."""
		for _again in range(2 * WORKERS):
			frappe.enqueue(f"{jobs.__name__}.drain", queue="long", organisation=self.tenant)

	def running(self) -> int:
		return len(StartedJobRegistry(queue=background_jobs.get_queue("long")).get_job_ids())

	def idle(self) -> bool:
		return not background_jobs.get_queue("long").count and not self.running()

	def only_one_runs(self) -> bool:
		return not background_jobs.get_queue("long").count and self.running() == 1

	def settled(self) -> bool:
		"""Whether nothing is left to do; if something is, it is begun, as the scheduler does each minute."""
		if not self.idle():
			return False
		frappe.db.rollback()
		if not self.open_rows():
			return True
		jobs.sweep()
		return False

	def open_rows(self) -> list[Any]:
		filters = {"organisation": self.tenant, "status": ("not in", (outbox.DONE, batches.SETTLED))}
		return [
			(doctype, *row)
			for doctype in ("Xero Outbox", "Xero Batch")
			for row in frappe.get_all(doctype, filters, ["name", "status"], as_list=True)
		]

	# what people do

	def sell(self, count: int) -> tuple[list[str], list[str]]:
		"""So many customers, each with a submitted order of another amount. Not committed."""
		item = self.item()
		customers = [self.saved(self.customer_values()) for _each in range(count)]
		orders = []
		for at, customer in enumerate(customers):
			lines = [{"item_code": item, "qty": 3, "rate": 10.01 + at}]
			orders.append(self.saved(self.order_values(customer, lines), submit=True))
		return customers, orders

	def saved(self, values: dict[str, Any], *, submit: bool = False) -> str:
		doc = frappe.get_doc(values)
		doc.flags.ignore_permissions = True
		doc.submit() if submit else doc.insert()
		self.addCleanup(erase, doc.doctype, doc.name)
		return doc.name

	def edit(self, doctype: str, names: list[str], field: str, value: str) -> None:
		for name in names:
			doc = frappe.get_doc(doctype, name)
			doc.set(field, f"{value} {name}")
			doc.save()
		frappe.db.commit()

	# what happens to workers

	def kill_whoever_waits(self, stop: Stop) -> None:
		killed = next(worker for worker in self.workers if worker.owns(stop.port))
		killed.kill()
		stop.go_on()

	def let_its_time_run_out(self) -> None:
		"""What the clock would do to what a dead worker holds: its lease, its batch and its job get old."""
		frappe.db.rollback()
		ours, old = {"organisation": self.tenant}, utc_text(SiteClock().now())
		frappe.db.set_value("Xero Lease", {**ours, "purpose": "push"}, "until", old)
		for name, frozen_at in frappe.get_all(
			"Xero Batch", {**ours, "status": batches.FROZEN}, ["name", "frozen_at"], as_list=True
		):
			frappe.db.set_value("Xero Batch", name, "frozen_at", utc_text(parse_utc(frozen_at) - LENGTH))
		frappe.db.commit()
		registry = StartedJobRegistry(queue=background_jobs.get_queue("long"))
		registry.cleanup(time.time() + GIVEN_UP.total_seconds())

	# what must be so

	def writes(self) -> int:
		return sum(call.method != "GET" for call in self.simulator.calls)

	def assert_all_is_in_xero_once(self, customers: list[str], orders: list[str]) -> None:
		self.wait_until(self.settled)
		self.assertEqual(sorted(contact["Name"] for contact in self.accountant.contacts()), sorted(customers))
		totals = frappe.get_all(
			"Sales Order", {"name": ("in", orders)}, ["name", "grand_total"], as_list=True
		)
		self.assertEqual(
			sorted((row["InvoiceNumber"], flt(row["Total"], 2)) for row in self.accountant.invoices()),
			sorted((name, flt(total, 2)) for name, total in totals),
		)
		self.assertEqual({row["Status"] for row in self.accountant.invoices()}, {"DRAFT"})
		linked = {"organisation": self.tenant, "reference_name": ("in", customers + orders)}
		self.assertEqual(len(frappe.get_all("Xero Link", linked)), len(customers + orders))
		self.assert_limits()
		jobs.cycle(self.tenant)
		before = self.writes(), self.own_rows()
		jobs.cycle(self.tenant)
		self.assertEqual((self.writes(), self.own_rows()), before)

	def own_rows(self) -> dict[str, Any]:
		frappe.db.rollback()
		doctypes = [doctype for doctype in OWN_ROWS if doctype not in CYCLE_NOTES]
		return {doctype: FrappeStore().find(doctype, {"organisation": self.tenant}) for doctype in doctypes}

	def assert_limits(self) -> None:
		times, minute = [call.time for call in self.simulator.calls], timedelta(minutes=1)
		busiest = max(sum(time <= other < time + minute for other in times) for time in times)
		self.assertLessEqual(busiest, 60)
		self.assertLessEqual(self.line.most_in_flight, 5)
		self.assertNotIn(429, self.line.statuses)

	def test_workers_are_killed_when_xero_has_taken_their_batch(self) -> None:
		stops = [self.line.stop_after("PUT", entity) for entity in ("Contacts", "Invoices")]
		customers, orders = self.sell(CUSTOMERS)
		frappe.db.commit()
		for stop in stops:
			self.drain_by_hand()
			self.wait_until(stop.reached)
			writes = self.writes()
			self.wait_until(self.only_one_runs)
			self.kill_whoever_waits(stop)
			self.start_workers()
			self.drain_by_hand()
			self.wait_until(self.only_one_runs)  # the dead one's job, which nobody has ended
			self.assertEqual(self.writes(), writes, "somebody wrote beside the one who held the lease")
			self.let_its_time_run_out()
		self.assert_all_is_in_xero_once(customers, orders)

	def test_redis_stops_while_documents_are_saved(self) -> None:
		stop = self.line.stop_after("PUT", "Contacts")
		customers, orders = self.sell(3)
		frappe.db.commit()
		self.wait_until(stop.reached)
		self.redis.stop()
		self.edit("Customer", customers, "tax_id", "GB")
		more_customers, more_orders = self.sell(10)
		frappe.db.commit()
		stop.go_on()
		self.redis.start()
		self.wait_until(self.redis.answers)
		self.start_workers()
		self.assert_all_is_in_xero_once(customers + more_customers, orders + more_orders)

	def test_an_edit_during_a_drain_is_not_lost_to_deduplication(self) -> None:
		contacts = self.line.stop_after("PUT", "Contacts")
		invoices = self.line.stop_after("PUT", "Invoices")
		customers, orders = self.sell(3)
		frappe.db.commit()
		for stop, edited in (
			(contacts, ("Customer", customers, "tax_id")),
			(invoices, ("Sales Order", orders, "po_no")),
		):
			self.wait_until(stop.reached)
			for value in ("First", "Last"):
				self.edit(*edited, value)
			self.assertTrue(self.only_one_runs(), "the drain that runs kept others from the queue")
			stop.go_on()
		self.wait_until(self.idle)
		self.assertEqual(self.open_rows(), [])
		self.assertEqual(
			{row.get("TaxNumber") for row in self.accountant.contacts()},
			{f"Last {name}" for name in customers},
		)
		self.assertEqual(
			{row.get("Reference") for row in self.accountant.invoices()}, {f"Last {name}" for name in orders}
		)
		self.assert_all_is_in_xero_once(customers, orders)


def erase(doctype: str, name: str) -> None:
	"""Take a document out of the database: dozens are gone in a second, which would be a minute through the
	checks of a deletion.
	"""
	for table in frappe.get_meta(doctype).get_table_fields():
		frappe.db.delete(table.options, {"parenttype": doctype, "parent": name})
	frappe.db.delete("Version", {"ref_doctype": doctype, "docname": name})
	frappe.db.delete(doctype, {"name": name})
	frappe.db.commit()
