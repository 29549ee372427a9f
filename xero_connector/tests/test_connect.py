"""The whole way on a site: connect, order, push, pay, pull; against the simulator over HTTP."""

from __future__ import annotations

import frappe
from frappe.utils import flt
from frappe.utils.background_jobs import get_job

from xero_connector.desk import connect, documents, jobs, notices, outbox, panel
from xero_connector.desk.tokens import SiteTokens
from xero_connector.store.frappe import FrappeStore
from xero_connector.tests.base import CLIENT_ID, CLIENT_SECRET, ConnectedTestCase, save_settings, text_of
from xero_connector.xero import Token


class TestConnect(ConnectedTestCase):
	def organisation_doc(self) -> dict:
		doc = FrappeStore().get("Xero Organisation", self.tenant)
		assert doc is not None
		return doc

	def web_page(self) -> str:
		return text_of(frappe.local.message_title or "") + text_of(str(frappe.local.message or ""))

	def test_connects_and_waits_for_a_company(self) -> None:
		connect.callback(**self.log_in())
		doc = self.organisation_doc()
		self.assertEqual((doc["organisation_name"], doc["status"]), ("Xero Tests", "Not Confirmed"))
		self.assertEqual(doc["base_currency"], "GBP")
		self.assertIn(self.tenant, frappe.local.response["location"])
		self.assertFalse(doc["enabled"])
		connect.confirm(self.tenant, self.company())
		doc = self.organisation_doc()
		self.assertEqual((doc["company"], doc["status"], doc["enabled"]), (self.company(), "Connected", 1))

	def test_a_state_is_good_for_one_use_in_its_session(self) -> None:
		back = self.log_in()
		connect.callback(code=back["code"], state="made up")
		self.assertEqual(frappe.local.response["http_status_code"], 400)
		session = frappe.session.sid
		frappe.session.sid = "another session"
		connect.callback(**back)
		frappe.session.sid = session
		self.assertFalse(frappe.db.exists("Xero Organisation", self.tenant))
		connect.callback(**back)
		self.assertTrue(frappe.db.exists("Xero Organisation", self.tenant))
		connect.callback(**back)
		self.assertIn("not started here", self.web_page())

	def test_a_wrong_secret_is_said_in_plain_words(self) -> None:
		back = self.log_in()
		save_settings(client_id=CLIENT_ID, client_secret="wrong")
		connect.callback(**back)
		self.assertIn("client id and secret", self.web_page())
		self.assertFalse(frappe.db.exists("Xero Organisation", self.tenant))

	def test_what_xero_says_is_shown_but_not_trusted(self) -> None:
		state = self.log_in()["state"]
		connect.callback(state=state, error="server_error", error_description="<script>alert(1)</script>")
		self.assertNotIn("<script>", frappe.local.message)
		self.assertIn("did not connect", self.web_page())

	def test_a_person_who_does_not_allow_access_reads_that(self) -> None:
		connect.callback(state=self.log_in()["state"], error="access_denied")
		self.assertIn("You did not allow access", self.web_page())

	def test_an_address_that_xero_would_not_take_is_said_before_the_journey(self) -> None:
		for host, taken in (
			("http://127.0.0.1", False),
			("http://erp.example", False),
			("https://erp.example", True),
		):
			frappe.local.conf.host_name = host
			if taken:
				self.assertIn("erp.example", connect.start())
			else:
				with self.assertRaisesRegex(frappe.ValidationError, "https://"):
					connect.start()

	def test_accounts_are_read_again_on_request(self) -> None:
		self.connect()
		frappe.db.set_value("Xero Organisation", self.tenant, "sales_account", None)
		frappe.db.commit()
		connect.refresh(self.tenant)
		self.assertTrue(self.organisation_doc()["sales_account"])
		frappe.local.conf.xero_connector_base_url = "http://127.0.0.1:9"
		with self.assertRaisesRegex(frappe.ValidationError, "cannot be reached"):
			connect.refresh(self.tenant)

	def test_a_run_that_ended_early_says_so_until_one_goes_through(self) -> None:
		self.connect()
		base_url = frappe.local.conf.xero_connector_base_url
		for url, said in (("http://127.0.0.1:9", "cannot be reached"), (base_url, "")):
			frappe.local.conf.xero_connector_base_url = url
			jobs.pull(self.tenant)
			message = self.organisation_doc()["status_message"] or ""
			self.assertIn(said, message)
			self.assertEqual(bool(said), bool(message))

	def test_nobody_switches_the_sync_on_before_the_company_is_known(self) -> None:
		connect.callback(**self.log_in())
		doc = frappe.get_doc("Xero Organisation", self.tenant)
		doc.enabled = 1
		with self.assertRaisesRegex(frappe.ValidationError, "whose books"):
			doc.save()

	def test_unreachable_xero_is_said_in_plain_words(self) -> None:
		back = self.log_in()
		frappe.local.conf.xero_connector_base_url = "http://127.0.0.1:9"
		connect.callback(**back)
		self.assertIn("cannot be reached", self.web_page())

	def test_secrets_stay_secret(self) -> None:
		self.connect()
		login = self.organisation_doc()["login"]
		token = self.tokens(login)
		shown = frappe.as_json(frappe.get_doc("Xero Login", login).as_dict())
		for table in ("tabXero Login", "tabXero Sync Log", "tabVersion", "tabError Log"):
			shown += frappe.as_json(frappe.db.sql(f"select * from `{table}`", as_dict=True))
		shown += frappe.as_json(frappe.db.sql("select * from `tabSingles` where doctype = 'Xero Settings'"))
		shown += frappe.as_json(frappe.db.sql("select * from `__Auth`"))
		for secret in (token.access_token, token.refresh_token, CLIENT_SECRET):
			self.assertNotIn(secret, shown)

	def tokens(self, login: str) -> Token:
		token = SiteTokens(login).load()
		assert token is not None
		return token

	def test_a_custom_connection_needs_no_page(self) -> None:
		self.simulator.add_app("custom", "custom-secret", kind="custom", tenant_id=self.tenant)
		save_settings(client_id="custom", client_secret="custom-secret")
		self.assertEqual(connect.connect_custom(), [self.tenant])
		self.assertEqual(self.organisation_doc()["status"], "Not Confirmed")

	def test_disconnect_tells_xero_and_keeps_what_was_synced(self) -> None:
		self.connect()
		login = self.organisation_doc()["login"]
		connect.disconnect(self.tenant)
		doc = self.organisation_doc()
		self.assertEqual((doc["status"], doc["enabled"]), ("Disconnected", 0))
		self.assertEqual(frappe.db.get_value("Xero Login", login, "status"), "Disconnected")
		self.assertFalse(frappe.db.exists("__Auth", {"doctype": "Xero Login", "name": login}))
		self.assertEqual(connect.callback(**self.log_in()), None)
		self.assertNotEqual(self.organisation_doc()["status"], "Disconnected")

	def test_a_disconnect_in_xero_is_noticed_and_loses_nothing(self) -> None:
		self.connect()
		manager = self.user("Xero Manager")
		self.accountant.disconnect(CLIENT_ID)
		customer = self.customer()
		frappe.db.commit()
		jobs.drain(self.tenant)
		for _ in range(2):
			notices.tell_reconnect()
		told = {"for_user": manager, "document_type": "Xero Organisation", "document_name": self.tenant}
		(subject,) = frappe.get_all("Notification Log", told, pluck="subject")
		self.assertIn("no longer accepts the login", subject)
		self.assertEqual(self.organisation_doc()["status"], "Reconnect Needed")
		rows = FrappeStore().find("Xero Outbox", {"organisation": self.tenant, "reference_name": customer})
		self.assertEqual([row["status"] for row in rows], ["Queued"])
		connect.callback(**self.log_in())
		jobs.drain(self.tenant)
		self.assertEqual([contact["Name"] for contact in self.accountant.contacts()], [customer])


class TestOrderToCash(ConnectedTestCase):
	def test_from_order_to_paid(self) -> None:
		self.connect()
		customer = self.customer()
		order = frappe.get_doc("Sales Order", self.sales_order(customer))
		order.submit()
		frappe.db.commit()
		jobs.drain(self.tenant)
		order.reload()
		self.assertFalse(order.xero_sync_message)
		invoice = self.accountant.find_invoice(order.xero_invoice_number)
		self.assertEqual(flt(invoice["Total"]), 120.5)
		self.assertEqual((order.xero_payment_status, order.xero_total), ("Draft", 120.5))

		self.accountant.authorise(invoice["InvoiceID"])
		self.accountant.pay(invoice["InvoiceID"], "20.50")
		jobs.pull(self.tenant)
		order.reload()
		self.assertEqual(
			(order.xero_payment_status, order.xero_paid, order.xero_due), ("Part Paid", 20.5, 100)
		)
		self.assert_customer(customer, "Part Paid", paid=20.5, due=100)

		self.accountant.pay(invoice["InvoiceID"])
		jobs.pull(self.tenant)
		self.assert_customer(customer, "Paid", paid=120.5, due=0)
		shown = panel.customer_panel(customer)
		self.assertEqual([row.invoice_number for row in shown["invoices"]], [order.xero_invoice_number])
		self.assertEqual(sorted(row.amount for row in shown["payments"]), [20.5, 100])
		self.assertEqual({row.invoice_number for row in shown["payments"]}, {order.xero_invoice_number})

	def assert_customer(self, customer: str, status: str, *, paid: float, due: float) -> None:
		doc = frappe.get_doc("Customer", customer)
		self.assertEqual(
			(doc.xero_payment_status, doc.xero_currency, doc.xero_paid, doc.xero_due),
			(status, "GBP", paid, due),
		)

	def test_the_button_makes_one_invoice(self) -> None:
		self.connect()
		frappe.db.set_value("Xero Organisation", self.tenant, "invoice_trigger", "By Hand")
		name = self.sales_order(self.customer())
		with self.assertRaisesRegex(frappe.ValidationError, "Submit the Sales Order"):
			documents.create_xero_invoice("Sales Order", name)
		frappe.get_doc("Sales Order", name).submit()
		for _click in range(2):
			documents.create_xero_invoice("Sales Order", name)
			frappe.db.commit()
			jobs.drain(self.tenant)
		self.assertEqual(len(self.accountant.invoices()), 1)

	def test_a_held_order_says_why(self) -> None:
		self.connect()
		frappe.db.set_value("Xero Organisation", self.tenant, "sales_account", None)
		order = frappe.get_doc("Sales Order", self.sales_order(self.customer()))
		order.submit()
		frappe.db.commit()
		jobs.drain(self.tenant)
		order.reload()
		self.assertIn("account", order.xero_sync_message)
		self.assertFalse(self.accountant.invoices())

	def held_order(self) -> str:
		"""An order that is held because no sales account is chosen."""
		self.connect()
		frappe.db.set_value("Xero Organisation", self.tenant, "sales_account", None)
		order = frappe.get_doc("Sales Order", self.sales_order(self.customer()))
		order.submit()
		frappe.db.commit()
		jobs.drain(self.tenant)
		self.assertEqual(documents.progress("Sales Order", order.name)["status"], "Held")
		return order.name

	def row_of(self, order: str) -> str:
		return frappe.db.get_value("Xero Outbox", {"organisation": self.tenant, "reference_name": order})

	def test_trying_again_sends_what_is_held_and_nothing_else(self) -> None:
		order = self.held_order()
		done = frappe.get_all("Xero Outbox", {"organisation": self.tenant, "status": "Done"}, pluck="name")
		connect.refresh(self.tenant)
		self.assertEqual(outbox.try_again(frappe.as_json([self.row_of(order), *done]))["queued"], 1)
		self.assertEqual(documents.progress("Sales Order", order)["status"], "Queued")
		frappe.db.commit()
		jobs.drain(self.tenant)
		self.assertEqual(len(self.accountant.invoices()), 1)
		self.assertEqual(outbox.try_again([self.row_of(order)])["queued"], 0)

	def test_what_is_held_waits_for_a_connection(self) -> None:
		order = self.held_order()
		connect.disconnect(self.tenant)
		with self.assertRaisesRegex(frappe.ValidationError, "not connected"):
			outbox.try_again([self.row_of(order)])
		told = documents.progress("Sales Order", order)
		self.assertEqual((told["connected"], told["status"], told["parts"]), (False, None, []))

	def test_choosing_the_account_sends_what_was_held_for_it(self) -> None:
		order = self.held_order()
		doc = frappe.get_doc("Xero Organisation", self.tenant)
		doc.sales_account = frappe.db.get_value("Xero Account", {"organisation": self.tenant, "code": "200"})
		doc.save()
		frappe.db.commit()
		jobs.drain(self.tenant)
		self.assertTrue(frappe.db.get_value("Sales Order", order, "xero_invoice_number"))

	def test_the_sweep_finds_what_no_job_took(self) -> None:
		self.connect()
		self.customer()
		frappe.db.commit()
		jobs.sweep()
		job = get_job(jobs.job_id("drain", self.tenant) + jobs.turn())
		self.assertIsNotNone(job)
