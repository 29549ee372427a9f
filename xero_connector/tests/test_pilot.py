"""The pilot on a site: confirmed, tried with a few records, live."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import frappe
import simplejson
from frappe.utils import add_days, nowdate

from xero_connector.desk import connect, documents, jobs, pilot
from xero_connector.store.frappe import FrappeStore
from xero_connector.sync import outbox
from xero_connector.tests.base import ConnectedTestCase


class TestPilot(ConnectedTestCase):
	def setUp(self) -> None:
		super().setUp()
		connect.callback(**self.log_in())
		connect.confirm(self.tenant, self.company())
		frappe.db.commit()

	def order(self, submit: bool = True, **values: Any) -> Any:
		order = frappe.get_doc("Sales Order", self.sales_order(self.customer(), **values))
		if submit:
			order.submit()
		frappe.db.commit()
		return order

	def row(self, doctype: str, name: str) -> Any:
		return FrappeStore().get("Xero Outbox", outbox.row_name(self.tenant, doctype, name))

	def send(self, *docs: Any) -> None:
		pilot.send(self.tenant, [{"doctype": doc.doctype, "name": doc.name} for doc in docs])
		frappe.db.commit()
		jobs.drain(self.tenant)

	def assert_refused(self, words: str, call: Any, *arguments: Any) -> None:
		with self.assertRaises(frappe.ValidationError) as refused:
			call(*arguments)
		self.assertIn(words, str(refused.exception))
		frappe.db.rollback()

	def test_nothing_goes_by_itself_before_it_is_live(self) -> None:
		order = self.order()
		self.assertIsNone(self.row("Sales Order", order.name))
		self.assertIsNone(self.row("Customer", order.customer))
		self.assertEqual(self.accountant.contacts(), [])

	def test_from_the_dry_run_to_live(self) -> None:
		order, other = self.order(), self.order()
		planned = pilot.dry_run(self.tenant, "Sales Order", order.name)
		self.assertEqual((planned["outcome"], planned["before"][0]["outcome"]), ("Create", "Create"))
		self.assertEqual(simplejson.loads(planned["payload"])["InvoiceNumber"], order.name)
		self.assertIsNone(self.row("Sales Order", order.name))
		self.send(order)
		state = pilot.progress(self.tenant)
		self.assertEqual((state["done"], state["all"]), (2, 2))
		self.assertEqual({row["status"] for row in state["records"]}, {"Done"})
		beside = {field["label"]: field for field in pilot.result(self.tenant, "Sales Order", order.name)}
		self.assertEqual(beside["Total"]["there"], "120.50")
		self.assertFalse([field for field in beside.values() if field["differs"]])
		contact = {field["label"]: field for field in pilot.result(self.tenant, "Customer", order.customer)}
		self.assertEqual(contact["Name (Customer: Customer Name)"]["there"], order.customer)
		connect.go_live(self.tenant)
		frappe.db.commit()
		third = self.order()
		jobs.drain(self.tenant)
		numbers = {invoice["InvoiceNumber"] for invoice in self.accountant.invoices()}
		self.assertEqual(numbers, {order.name, third.name})
		self.assertIsNone(self.row("Sales Order", other.name))

	def test_what_cannot_be_tried_says_why(self) -> None:
		draft, cancelled = self.order(submit=False), self.order()
		cancelled.cancel()
		frappe.db.commit()
		for call in (pilot.dry_run, lambda *record: pilot.send(self.tenant, [self.record(*record[1:])])):
			self.assert_refused("is cancelled", call, self.tenant, "Sales Order", cancelled.name)
			self.assert_refused("is not submitted", call, self.tenant, "Sales Order", draft.name)
			self.assert_refused("There is no Sales Order", call, self.tenant, "Sales Order", "none")
		self.assert_refused("Choose a record first", pilot.send, self.tenant, [])
		self.assertEqual(pilot.progress(self.tenant)["all"], 0)

	def record(self, doctype: str, name: str) -> dict[str, str]:
		return {"doctype": doctype, "name": name}

	def test_if_one_cannot_go_none_does(self) -> None:
		order, cancelled = self.order(), self.order()
		cancelled.cancel()
		frappe.db.commit()
		records = [self.record("Sales Order", doc.name) for doc in (order, cancelled)]
		self.assert_refused("is cancelled", pilot.send, self.tenant, records)
		self.assertEqual(pilot.progress(self.tenant)["all"], 0)

	def test_a_rep_is_told_that_it_is_a_pilot(self) -> None:
		order = self.order()
		self.assertFalse(documents.progress("Sales Order", order.name)["connected"])
		self.assert_refused("in its pilot", documents.create_xero_invoice, "Sales Order", order.name)

	def test_what_was_not_begun_can_be_taken_back(self) -> None:
		order = self.order()
		pilot.send(self.tenant, [self.record("Sales Order", order.name)])
		frappe.db.commit()
		self.assertEqual(pilot.stop(self.tenant), 1)
		frappe.db.commit()
		jobs.drain(self.tenant)
		self.assertEqual(self.accountant.invoices(), [])
		self.assertEqual(self.row("Sales Order", order.name)["status"], "Cancelled")

	def test_nothing_is_taken_back_once_it_is_live(self) -> None:
		connect.go_live(self.tenant)
		frappe.db.commit()
		order = self.order()
		self.assert_refused("is live", pilot.stop, self.tenant)
		self.assertEqual(self.row("Sales Order", order.name)["status"], "Queued")

	def test_names_from_xero_are_no_html(self) -> None:
		frappe.db.set_value("Xero Organisation", self.tenant, "organisation_name", "<b>Breeze</b>")
		frappe.db.commit()
		order = self.order()
		refused = (documents.create_xero_invoice, "Sales Order", order.name)
		self.assert_refused("&lt;b&gt;Breeze&lt;/b&gt; is in its pilot", *refused)
		frappe.db.set_value("Xero Organisation", self.tenant, "pause_push", 1)
		frappe.db.commit()
		refused = (documents.sync_now, "Sales Order", order.name)
		self.assert_refused("Sending to &lt;b&gt;Breeze&lt;/b&gt; is paused", *refused)

	def test_parts_are_shown_as_they_go_and_can_be_taken_back(self) -> None:
		frappe.db.set_value("Xero Organisation", self.tenant, "order_billing", "One Invoice per Payment Term")
		day = add_days(nowdate(), 30)
		half = {"due_date": day, "invoice_portion": 50, "description": "Half"}
		order = self.order(payment_schedule=[half, {**half, "due_date": add_days(day, 30)}])
		planned = pilot.dry_run(self.tenant, "Sales Order", order.name)
		parts = [each for each in planned["before"] if each["entity"] == "Invoice"] + [planned]
		numbers = [simplejson.loads(part["payload"])["InvoiceNumber"] for part in parts]
		self.assertEqual(numbers, [f"{order.name}/1", f"{order.name}/2"])
		self.assertEqual((planned["doctype"], planned["name"]), ("Sales Order", order.name))
		self.assertFalse(frappe.get_all("Xero Invoice Request", {"source_name": order.name}))
		for _ in range(2):  # again, as if nothing had been
			pilot.send(self.tenant, [self.record("Sales Order", order.name)])
			frappe.db.commit()
			self.assertEqual(pilot.stop(self.tenant), 2)
			frappe.db.commit()
			self.assertFalse(frappe.get_all("Xero Invoice Request", {"source_name": order.name}))
		self.send(order)
		self.assertEqual({each["InvoiceNumber"] for each in self.accountant.invoices()}, set(numbers))

	def test_xero_down_is_said(self) -> None:
		order = self.order()
		self.server.close()
		self.assert_refused("Xero", pilot.dry_run, self.tenant, "Sales Order", order.name)
		self.assertIsNone(self.row("Sales Order", order.name))

	def test_a_dry_run_leaves_the_site_as_it_was(self) -> None:
		known = self.customer(tax_id="GB 2")
		self.accountant.add_contact(Name=known, TaxNumber="GB 1", Phones=[])
		frappe.db.commit()
		before = frappe.get_doc("Customer", known).as_dict()
		planned = pilot.dry_run(self.tenant, "Customer", known)
		self.assertEqual(planned["outcome"], "Match")
		frappe.db.rollback()
		self.assertEqual(frappe.get_doc("Customer", known).as_dict(), before)
		self.assertFalse(frappe.get_all("Xero Link", {"organisation": self.tenant}))

	def test_five_are_proposed(self) -> None:
		orders = [self.order() for _ in range(6)]
		with patch("xero_connector.sync.pilot.LOOKED_AT", 6):  # whatever else is on the site
			proposed = pilot.propose(self.tenant)
		self.assertEqual(len(proposed), 5)
		names = {each["name"] for each in proposed if each["doctype"] == "Sales Order"}
		self.assertTrue(names <= {order.name for order in orders} and len(names) == 4)

	def test_what_waits_for_something_held_does_not_move(self) -> None:
		order = self.order()
		frappe.get_doc("Item", order.items[0].item_code).db_set("xero_item_code", "x" * 31)
		self.send(order)
		state = pilot.progress(self.tenant)
		[waiting] = [row for row in state["records"] if row["doctype"] == "Sales Order"]
		self.assertEqual((waiting["status"], waiting["moves"]), ("Waiting", False))
		self.assertEqual(waiting["fix"]["field"], "xero_item_code")
		self.assertEqual(state["done"], state["all"])
		self.assertNotIn(".)", waiting["message"])

	def test_a_dry_run_says_whether_it_can_be_compared(self) -> None:
		order = self.order()
		self.assertFalse(pilot.dry_run(self.tenant, "Sales Order", order.name)["is_linked"])
		self.send(order)
		self.assertTrue(pilot.dry_run(self.tenant, "Sales Order", order.name)["is_linked"])
