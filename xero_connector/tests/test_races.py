"""What happens at the same time on a real database: forms, renames, two writers, two snapshots."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any
from unittest.mock import patch

import frappe
from frappe.model.rename_doc import rename_doc
from frappe.utils.background_jobs import execute_job

from xero_connector.desk import jobs, wiring
from xero_connector.store.frappe import FrappeStore
from xero_connector.store.protocol import StoreError
from xero_connector.sync import match, outbox
from xero_connector.sync.context import Context, Report
from xero_connector.sync.engine import Engine
from xero_connector.sync.mirror import Mirror
from xero_connector.sync.pull import INVOICES, Pull
from xero_connector.tests.base import ConnectedTestCase, SiteTestCase


class TestForms(SiteTestCase):
	def test_a_form_opened_before_xeros_news_does_not_undo_it(self) -> None:
		opened = frappe.get_doc("Customer", self.customer())
		FrappeStore().update("Customer", opened.name, {"xero_due": 120, "xero_payment_status": "Sent"})
		opened.website = "https://example.com"
		opened.save()
		now = frappe.get_doc("Customer", opened.name)
		self.assertEqual((now.xero_due, now.xero_payment_status), (120, "Sent"))
		self.assertEqual(now.website, "https://example.com")

	def test_an_order_keeps_its_invoice_when_it_is_saved_after_submit_and_cancelled(self) -> None:
		opened = frappe.get_doc("Sales Order", self.sales_order(self.customer()))
		opened.submit()
		FrappeStore().update("Sales Order", opened.name, {"xero_invoice_number": opened.name, "xero_due": 5})
		opened.po_no = "PO-7"
		opened.save()
		self.assertEqual(frappe.db.get_value("Sales Order", opened.name, "xero_invoice_number"), opened.name)
		FrappeStore().update("Sales Order", opened.name, {"xero_payment_status": "Voided"})
		opened.cancel()
		self.assertEqual(frappe.db.get_value("Sales Order", opened.name, "xero_payment_status"), "Voided")


class TestRenames(SiteTestCase):
	def renamed(self, doctype: str, name: str) -> str:
		new = f"{name} Renamed"[-30:]
		self.addCleanup(frappe.delete_doc, doctype, new, force=True, ignore_missing=True)
		rename_doc(doctype, name, new, force=True, show_alert=False)
		return new

	def done(self, organisation: str, doctype: str, name: str) -> None:
		store = FrappeStore()
		store.insert(
			{
				"doctype": "Xero Link",
				"organisation": organisation,
				"reference_doctype": doctype,
				"reference_name": name,
				"xero_entity": "Item" if doctype == "Item" else "Contact",
				"xero_id": frappe.generate_hash(length=10),
			}
		)
		for row in store.find("Xero Outbox", {"reference_name": name}):
			store.update("Xero Outbox", row["name"], {"status": "Done"})

	def test_a_new_name_is_on_its_way(self) -> None:
		organisation = self.organisation()
		for doctype, name in (("Customer", self.customer()), ("Item", self.item())):
			self.done(organisation, doctype, name)
			new = self.renamed(doctype, name)
			rows = FrappeStore().find("Xero Outbox", {"reference_doctype": doctype, "reference_name": new})
			self.assertIn("Queued", [row["status"] for row in rows], doctype)

	def test_a_merged_customer_owes_what_both_owed(self) -> None:
		organisation, store = self.organisation(), FrappeStore()
		first, second = self.customer(), self.customer()
		for customer, due in ((first, 100), (second, 20)):
			store.insert(
				{
					"doctype": "Xero Invoice",
					"organisation": organisation,
					"xero_id": frappe.generate_hash(length=10),
					"customer": customer,
					"payment_status": "Sent",
					"base_currency": "GBP",
					"base_due": due,
				}
			)
		rename_doc("Customer", second, first, merge=True, force=True, show_alert=False)
		self.assertEqual(frappe.db.get_value("Customer", first, "xero_due"), 120)


class TestLocks(SiteTestCase):
	def side_by_side(self, *works: Callable[[], None]) -> list[BaseException]:
		"""Run each in a thread with a connection of its own; returns what they raised."""
		errors: list[BaseException] = []
		site = frappe.local.site

		def run(work: Callable[[], None]) -> None:
			frappe.init(site)
			frappe.connect()
			try:
				work()
			except BaseException as error:
				errors.append(error)
			finally:
				frappe.db.rollback()
				frappe.destroy()

		threads = [threading.Thread(target=run, args=(work,)) for work in works]
		for thread in threads:
			thread.start()
		for thread in threads:
			thread.join(30)
		return errors

	def test_two_who_note_a_change_of_the_same_document_wait_for_each_other(self) -> None:
		organisation = self.organisation()
		customer = self.customer()
		frappe.db.commit()
		both = threading.Barrier(2, timeout=20)
		insert = FrappeStore.insert

		def met(store: FrappeStore, doc: Any) -> str:
			try:
				return insert(store, doc)
			finally:
				both.wait()

		def save() -> None:
			frappe.db.get_value("Xero Outbox", {"organisation": organisation})
			outbox.enqueue(FrappeStore(), wiring.SiteClock(), organisation, "Customer", customer)
			frappe.db.commit()

		with patch.object(FrappeStore, "insert", met):
			errors = self.side_by_side(save, save)
		self.assertEqual(errors, [])

	def test_two_workers_add_up_what_neither_saw_of_the_other(self) -> None:
		organisation, customer, store = self.organisation(), self.customer(), FrappeStore()
		link = {"reference_doctype": "Customer", "reference_name": customer, "status": "Linked"}
		link |= {"xero_entity": "Contact", "xero_id": "contact-1"}
		store.insert({"doctype": "Xero Link", "organisation": organisation, **link})
		frappe.db.commit()
		both, met = threading.Barrier(2, timeout=20), set[int]()
		apply = Mirror.apply

		def together(mirror: Mirror, *arguments: Any, **options: Any) -> bool:
			changed = apply(mirror, *arguments, **options)
			if threading.get_ident() not in met:  # newer MariaDB has one of them go again
				met.add(threading.get_ident())
				both.wait()
			return changed

		def work(number: str) -> None:
			record = {"InvoiceID": number, "Status": "AUTHORISED", "Total": 50, "AmountDue": 50}
			record["Contact"] = {"ContactID": "contact-1"}
			pull = Pull(Context(FrappeStore(), None, organisation, wiring.SiteClock()))  # type: ignore[arg-type]
			pull.apply(INVOICES, [record])
			pull.recheck()

		with patch.object(Mirror, "apply", together):
			errors = self.side_by_side(partial(work, "invoice-1"), partial(work, "invoice-2"))
		self.assertEqual(errors, [])
		frappe.db.rollback()
		self.assertEqual(frappe.db.get_value("Customer", customer, "xero_due"), 100)

	def test_a_value_that_the_database_refuses_is_a_store_error(self) -> None:
		organisation = self.organisation()
		row = {"doctype": "Xero Invoice", "organisation": organisation, "xero_id": "1"}
		for odd in ({"due_date": "2026-13-45"}, {"total": 10**20}, {"reference": "x" * 300}):
			with self.assertRaises(StoreError):
				FrappeStore().insert({**row, **odd})


class TestNames(SiteTestCase):
	def test_a_name_that_the_database_takes_for_another_is_another(self) -> None:
		organisation, store = self.organisation(), FrappeStore()
		for at, (theirs, ours) in enumerate((("Muller Ltd", "Müller Ltd"), ("ハナ", "はな"), ("🌬", "🔥"))):
			store.insert(
				{
					"doctype": "Xero Contact",
					"organisation": organisation,
					"xero_id": str(at),
					"contact_name": theirs,
					"name_key": theirs.casefold(),
					"status": "ACTIVE",
				}
			)
			context = Context(store, wiring.engine, organisation, wiring.SiteClock())  # type: ignore[arg-type]
			doc = {"doctype": "Customer", "name": "CUST-1"}
			self.assertEqual(match.Matcher(context).find(doc, {"Name": ours}), match.Match())


class TestDrains(ConnectedTestCase):
	def test_an_edit_after_the_last_look_of_a_drain_goes_with_it(self) -> None:
		"""The job is not over, so the queue takes no other."""
		self.connect()
		doc = frappe.get_doc("Customer", self.customer())
		frappe.db.commit()
		push = Engine.push

		def push_and_edit(engine: Engine) -> Report:
			report = push(engine)
			if not doc.tax_id:
				doc.tax_id = "GB123456789"
				doc.save()
				frappe.db.commit()
			return report

		with patch.object(Engine, "push", push_and_edit):
			jobs.drain(self.tenant)
		self.assertEqual([row.get("TaxNumber") for row in self.accountant.contacts()], ["GB123456789"])


class TestErrorRows(ConnectedTestCase):
	def test_a_job_that_dies_in_a_call_leaves_no_token_and_nobodys_details(self) -> None:
		self.connect()
		self.customer(customer_name="Jane Doe 4711", email_id="jane4711@example.com")
		frappe.db.commit()
		login = frappe.db.get_value("Xero Organisation", self.tenant, "login")
		secret = wiring.SiteTokens(login).load().access_token
		before = ["", *frappe.get_all("Error Log", pluck="name")]

		def out_of_time(*arguments: Any, **values: Any) -> None:
			raise RuntimeError("the job ran out of time")

		with patch("urllib3.connection.HTTPConnection.request", out_of_time):
			with suppress(RuntimeError):
				work = {"organisation": self.tenant}
				execute_job(frappe.local.site, f"{jobs.__name__}.drain", None, "drain", work, is_async=False)
		rows = frappe.get_all("Error Log", {"name": ("not in", before)}, ["error"])
		self.assertTrue(rows)
		for row in rows:
			self.assertIn("ran out of time", row.error)
			self.assertNotIn(secret, row.error)
			self.assertNotIn("jane4711", row.error)
			self.assertNotIn("Bearer ", row.error)
