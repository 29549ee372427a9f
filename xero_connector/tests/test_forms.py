"""What a person sees of the sync, and does about it: where it is fixed, one record now, Xero out of reach."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import frappe
from frappe.model.document import Document
from frappe.utils import today

from xero_connector.desk import connect, documents, item, jobs, log, outbox, panel, wiring, work
from xero_connector.store.frappe import FrappeStore
from xero_connector.sync import reconciliations, resync
from xero_connector.sync.outbox import row_name
from xero_connector.tests.base import ConnectedTestCase

NOWHERE = "http://127.0.0.1:9"
"""An address at which nothing answers."""


class FormsTestCase(ConnectedTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.connect()
		self.name = self.customer()
		frappe.db.commit()

	def choose(self, **values: Any) -> None:
		frappe.db.set_value("Xero Organisation", self.tenant, values)
		frappe.db.commit()

	def order(self, **values: Any) -> Document:
		"""A submitted one, whose customer and items came before it."""
		doc = frappe.get_doc("Sales Order", self.sales_order(self.name, **values))
		doc.submit()
		frappe.db.commit()
		return doc

	def drain(self) -> None:
		frappe.db.commit()
		jobs.drain(self.tenant)
		frappe.db.commit()

	def taxed(self) -> Document:
		"""An order with a tax that has no rate in Xero."""
		account = frappe.db.get_value(
			"Account", {"company": self.company(), "account_type": "Tax", "is_group": 0}
		)
		tax = {"charge_type": "On Net Total", "account_head": account, "description": "Odd", "rate": 7}
		return self.order(taxes=[tax])

	def standing(self, doc: Document) -> dict[str, Any]:
		return documents.progress(doc.doctype, doc.name)

	def row_of(self, doc: Document) -> str:
		return row_name(self.tenant, doc.doctype, doc.name)

	def unreachable(self) -> None:
		frappe.local.conf["xero_connector_base_url"] = NOWHERE


class TestWhereItIsFixed(FormsTestCase):
	def test_a_field_of_the_document_itself(self) -> None:
		self.accountant.set_lock_date(period=today())
		order = self.order()
		self.drain()
		fix = self.standing(order)["fix"]
		self.assertEqual((fix["doctype"], fix["name"]), ("Sales Order", order.name))
		self.assertEqual((fix["field"], fix["label"]), ("transaction_date", "Date"))

	def test_a_choice_on_the_organisation_for_those_who_may_see_it(self) -> None:
		order = self.taxed()
		self.drain()
		found = self.standing(order)
		self.assertEqual(found["status"], "Held")
		self.assertIn("no Xero tax rate", found["message"])
		fix = found["fix"]
		self.assertEqual((fix["doctype"], fix["name"]), ("Xero Organisation", self.tenant))
		self.assertEqual((fix["title"], fix["field"]), ("Xero Tests", "taxes"))
		frappe.set_user(self.user("Sales User", "Sales Manager"))
		self.assertIsNone(self.standing(order)["fix"])

	def test_what_waits_for_its_customer_is_fixed_there(self) -> None:
		link = {"link_doctype": "Customer", "link_name": self.name}
		contact = self.made({"doctype": "Contact", "first_name": "Buyer", "links": [link]})
		frappe.db.set_value("Contact", contact, "email_id", "no address")
		frappe.db.set_value("Customer", self.name, "customer_primary_contact", contact)
		order = self.order()
		self.drain()
		found = self.standing(order)
		self.assertEqual(found["status"], "Waiting")
		self.assertEqual((found["fix"]["doctype"], found["fix"]["field"]), ("Contact", "email_id"))

	def test_it_is_forgotten_when_it_goes_again(self) -> None:
		order = self.taxed()
		self.drain()
		outbox.try_again([self.row_of(order)])
		row = frappe.get_doc("Xero Outbox", self.row_of(order))
		self.assertEqual((row.status, row.fix_doctype, row.fix_name, row.fix_field), ("Queued", *[None] * 3))


class TestSyncNow(FormsTestCase):
	def sync_now(self, doc: Document) -> None:
		documents.sync_now(doc.doctype, doc.name)
		self.drain()
		jobs.fetch(self.tenant)
		frappe.db.commit()

	def test_an_order_is_sent_and_its_invoice_read_back(self) -> None:
		self.choose(invoice_status="Authorised")
		order = self.order()
		self.drain()
		self.accountant.pay(self.accountant.find_invoice(order.name)["InvoiceID"], 120.5)
		documents.sync_now(order.doctype, order.name)
		frappe.db.commit()
		self.assertTrue(self.standing(order)["awaited"])
		self.drain()
		jobs.fetch(self.tenant)
		frappe.db.commit()
		found = self.standing(order)
		self.assertEqual((found["status"], found["awaited"]), ("Done", False))
		order.reload()
		self.assertEqual(order.xero_payment_status, "Paid")

	def test_a_customer_goes_and_comes(self) -> None:
		customer = frappe.get_doc("Customer", self.name)
		self.sync_now(customer)
		(contact,) = self.accountant.contacts()
		self.accountant.edit_contact(contact["ContactID"], TaxNumber="GB123")
		self.sync_now(customer)
		self.assertEqual(frappe.db.get_value("Customer", self.name, "tax_id"), "GB123")
		shown = panel.customer_panel(self.name)["standing"]
		self.assertEqual((shown["goes"], shown["awaited"], shown["blocked"]), (True, False, ""))
		self.assertEqual(frappe.db.get_value("Xero Outbox", self.row_of(customer), "status"), "Done")
		self.assertTrue(shown["url"].startswith("https://go.xero.com/"))

	def test_an_item_that_no_document_needs_yet(self) -> None:
		doc = frappe.get_doc("Item", self.item())
		self.assertFalse(self.standing(doc)["goes"])
		with self.assertRaisesRegex(frappe.ValidationError, "first document that needs it"):
			documents.sync_now("Item", doc.name)

	def test_what_nobody_asked_for_is_not_made(self) -> None:
		self.choose(invoice_trigger="By Hand")
		order = self.order()
		with self.assertRaisesRegex(frappe.ValidationError, "Ask for its invoice"):
			documents.sync_now(order.doctype, order.name)
		self.drain()
		self.assertEqual(self.accountant.invoices(), [])

	def test_two_people_at_once_make_one_invoice(self) -> None:
		order = self.order()
		for _ in range(2):
			documents.sync_now(order.doctype, order.name)
		self.drain()
		documents.sync_now(order.doctype, order.name)
		self.drain()
		self.assertEqual(len(self.accountant.invoices()), 1)

	def test_why_nothing_can_be_sent_is_said(self) -> None:
		order = self.order()
		states = {
			"is paused": {"pause_push": 1},
			"is switched off": {"pause_push": 0, "enabled": 0},
			"connected to Xero again": {"enabled": 1, "status": "Reconnect Needed"},
			"No Xero organisation syncs": {"status": "Disconnected"},
		}
		for words, values in states.items():
			self.choose(**values)
			found = self.standing(order)
			self.assertIn(words, found["blocked"])
			with self.assertRaisesRegex(frappe.ValidationError, words):
				documents.sync_now(order.doctype, order.name)

	def test_whoever_may_not_submit_may_not(self) -> None:
		order = self.order()
		frappe.set_user(self.user("Sales User"))
		frappe.db.commit()
		documents.sync_now(order.doctype, order.name)
		frappe.set_user(self.user("Blogger"))
		with self.assertRaises(frappe.PermissionError):
			documents.sync_now(order.doctype, order.name)


class TestXeroIsAway(FormsTestCase):
	"""Each click says so, in the place where one looks."""

	def test_the_document_says_why_it_does_not_move(self) -> None:
		order = self.order()
		self.unreachable()
		documents.sync_now(order.doctype, order.name)
		self.drain()
		found = self.standing(order)
		self.assertEqual(found["status"], "Queued")
		self.assertIn("cannot be reached", found["stuck"])
		self.assertIn("goes again by itself", found["stuck"])

	def test_one_asks_for_an_invoice_while_somebody_must_connect_again(self) -> None:
		self.choose(invoice_trigger="By Hand")
		order = self.order()
		self.choose(status="Reconnect Needed")
		documents.create_xero_invoice(order.doctype, order.name)
		frappe.db.commit()
		self.assertIn("connected to Xero again", self.standing(order)["stuck"])
		self.choose(status="Connected")
		self.drain()
		self.assertEqual(len(self.accountant.invoices()), 1)

	def test_the_admin_is_told_at_once(self) -> None:
		self.unreachable()
		with self.assertRaisesRegex(frappe.ValidationError, "cannot be reached"):
			connect.refresh(self.tenant)
		self.choose(status="Reconnect Needed")
		with self.assertRaisesRegex(frappe.ValidationError, "connected to Xero again"):
			connect.sync_now(self.tenant)
		with self.assertRaisesRegex(frappe.ValidationError, "not syncing"):
			connect.reconcile(self.tenant)

	def test_the_check_of_an_item_needs_no_xero(self) -> None:
		self.unreachable()
		(found,) = item.check(self.item())
		self.assertEqual(found["organisation"], "Xero Tests")
		self.choose(status="Reconnect Needed")
		with self.assertRaisesRegex(frappe.ValidationError, "What changes here waits"):
			item.check(self.item())


class TestTheLog(FormsTestCase):
	def entries(self, **filters: Any) -> list[dict[str, Any]]:
		filters = {"organisation": self.tenant, **filters}
		names = frappe.get_all("Xero Sync Log", filters, pluck="name", order_by="at desc, creation desc")
		return [log.entry(name) for name in names]

	def test_what_changed_from_what_to_what(self) -> None:
		self.drain()
		customer = frappe.get_doc("Customer", self.name)
		before = customer.customer_name
		customer.update({"customer_name": "Renamed Ltd", "tax_id": "GB999"}).save()
		self.drain()
		entry = self.entries(reference_name=self.name)[0]
		changes = {row["label"]: (row["before"], row["after"]) for row in entry["changes"]}
		self.assertEqual(changes, {"Name": (before, "Renamed Ltd"), "Tax Number": ("", "•••")})
		self.assertEqual(entry["sent"]["Name"], "Renamed Ltd")
		self.assertNotIn("GB999", frappe.as_json(entry))

	def test_what_finance_changed(self) -> None:
		self.choose(invoice_status="Authorised")
		order = self.order()
		self.drain()
		self.accountant.pay(self.accountant.find_invoice(order.name)["InvoiceID"], 20.5)
		jobs.pull(self.tenant)
		found = self.entries(reference_name=order.name, direction="Pull")
		changes = {row["label"]: (row["before"], row["after"]) for each in found for row in each["changes"]}
		self.assertEqual(changes["Payment Status"], ("Sent", "Part Paid"))

	def test_what_is_held_says_what_to_do(self) -> None:
		order = self.taxed()
		self.drain()
		(entry,) = self.entries(reference_name=order.name)
		self.assertIn("tax map", entry["advice"])
		self.assertTrue(entry["row"]["stuck"])
		self.assertEqual(entry["row"]["fix"]["field"], "taxes")
		self.assertEqual([row["label"] for row in entry["changes"]], ["Xero Organisation · Tax Map"])
		found = log.of_row(self.row_of(order))
		self.assertEqual([row["outcome"] for row in found["history"]], ["Held"])
		self.assertEqual(found["entry"]["answer"], found["row"]["message"])

	def test_only_a_manager_reads_it(self) -> None:
		self.drain()
		name = frappe.get_all("Xero Sync Log", {"organisation": self.tenant}, pluck="name")[0]
		frappe.set_user(self.user("Xero Viewer", "Accounts Manager"))
		with self.assertRaises(frappe.PermissionError):
			log.entry(name)


class TestManyAgain(FormsTestCase):
	"""Rows that are tried again, more than a request may queue."""

	def setUp(self) -> None:
		super().setUp()
		self.orders = [self.taxed() for _ in range(3)]
		self.drain()
		self.rows = [self.row_of(order) for order in self.orders]
		for module, limit, value in ((outbox, "AT_ONCE", 2), (resync, "PORTION", 1)):
			patched = patch.object(module, limit, value)
			patched.start()
			self.addCleanup(patched.stop)

	def ask(self) -> str:
		asked = outbox.try_again(self.rows)
		frappe.db.commit()
		self.assertEqual(asked["queued"], 3)
		return asked["resync"]

	def said(self, name: str) -> dict[str, Any]:
		return work.progress("Xero Resync", name)

	def statuses(self) -> list[str]:
		found = frappe.get_all("Xero Outbox", {"name": ("in", self.rows)}, pluck="status")
		return sorted(found)

	def test_a_job_queues_and_sends_them(self) -> None:
		name = self.ask()
		self.assertEqual(self.statuses(), ["Held"] * 3)
		said = self.said(name)
		self.assertEqual((said["status"], said["open"], said["progress"]), ("Queued", True, 0))
		jobs.resend(self.tenant)
		said = self.said(name)
		self.assertEqual((said["status"], said["progress"], said["counts"]), ("Done", 100, {"queued": 3}))
		held = frappe.get_all("Xero Sync Log", {"organisation": self.tenant, "outcome": "Held"})
		self.assertEqual(len(held), 6)

	def test_stop_leaves_the_rest_as_it_is(self) -> None:
		name = self.ask()
		push = wiring.Engine.push

		def push_and_stop(engine: Any) -> Any:
			report = push(engine)
			work.stop("Xero Resync", name)
			frappe.db.commit()
			return report

		with patch.object(wiring.Engine, "push", push_and_stop):
			jobs.resend(self.tenant)
		self.assertEqual(self.said(name)["status"], "Stopped")
		self.assertEqual(self.said(name)["counts"], {"queued": 1})
		with self.assertRaisesRegex(frappe.ValidationError, "not under way"):
			work.stop("Xero Resync", name)

	def test_one_that_was_killed_goes_on_with_the_next_sweep(self) -> None:
		name = self.ask()

		def die(engine: Any) -> Any:
			raise KeyboardInterrupt

		with patch.object(wiring.Engine, "push", die), self.assertRaises(KeyboardInterrupt):
			jobs.resend(self.tenant)
		frappe.db.rollback()
		self.assertEqual(self.said(name)["status"], "Running")
		self.assertIn(self.tenant, resync.waiting(FrappeStore()))
		jobs.resend(self.tenant)
		self.assertEqual(self.said(name)["counts"], {"queued": 3})

	def test_a_few_are_queued_at_once(self) -> None:
		self.assertEqual(outbox.try_again(self.rows[:2]), {"queued": 2, "resync": None})


class TestReconcile(FormsTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.drain()

	def ask(self) -> str:
		name = connect.reconcile(self.tenant)
		frappe.db.commit()
		return name

	def said(self, name: str) -> dict[str, Any]:
		return work.progress("Xero Reconciliation", name)

	def test_it_says_how_far_it_is(self) -> None:
		name = self.ask()
		self.assertEqual((self.said(name)["status"], self.said(name)["open"]), ("Queued", True))
		seen: list[tuple[int, str]] = []
		advance = reconciliations.Record.advance

		def look(record: Any, count: int) -> None:
			advance(record, count)
			said = self.said(name)
			seen.append((said["progress"], said["step"]))

		with patch.object(reconciliations.Record, "advance", look):
			jobs.reconcile(self.tenant)
		self.assertEqual([each for each, _ in seen], sorted(each for each, _ in seen))
		self.assertLessEqual({"What is new", "Contacts", "Invoices", "Sums"}, {step for _, step in seen})
		said = self.said(name)
		self.assertEqual((said["status"], said["progress"], said["counts"]["read"]), ("Done", 100, 1))

	def test_two_people_get_the_same_one(self) -> None:
		self.assertEqual(self.ask(), self.ask())

	def test_one_that_was_stopped_before_it_began_does_not_begin(self) -> None:
		name = self.ask()
		work.stop("Xero Reconciliation", name)
		frappe.db.commit()
		jobs.reconcile(self.tenant)
		self.assertEqual(
			frappe.get_all("Xero Reconciliation", {"organisation": self.tenant}, pluck="name"), [name]
		)
		self.assertEqual(self.said(name)["status"], "Stopped")

	def test_the_sweep_ends_one_whose_worker_was_killed(self) -> None:
		name = self.ask()
		frappe.db.set_value("Xero Reconciliation", name, "status", "Running")
		frappe.db.commit()
		jobs.sweep()
		doc = frappe.get_doc("Xero Reconciliation", name)
		self.assertEqual((doc.status, "interrupted" in doc.message), ("Stopped", True))

	def test_paused_reading_is_said(self) -> None:
		self.choose(pause_pull=1)
		with self.assertRaisesRegex(frappe.ValidationError, "Reading is paused"):
			connect.reconcile(self.tenant)
