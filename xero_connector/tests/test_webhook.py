"""The webhook, through the site's own WSGI application."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import frappe
import frappe.app
from werkzeug.test import Client, TestResponse

from xero_connector.desk import jobs
from xero_connector.desk.places import webhook_url
from xero_connector.store.frappe import FrappeStore
from xero_connector.tests.base import WEBHOOK_KEY, ConnectedTestCase

PATH = "/api/method/xero_connector.desk.webhook.receive"


class TestWebhook(ConnectedTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.connect()

	def body(self, *resources: str, **values: str) -> bytes:
		events = [
			{
				"resourceUrl": f"https://api.xero.com/api.xro/2.0/Invoices/{resource}",
				"resourceId": resource,
				"eventDateUtc": "2026-11-22T10:00:00.000",
				"eventType": "UPDATE",
				"eventCategory": "INVOICE",
				"tenantId": self.tenant,
				"tenantType": "ORGANISATION",
				**values,
			}
			for resource in resources
		]
		sequence = {"firstEventSequence": 1, "lastEventSequence": len(events), "entropy": "QWERTY"}
		return json.dumps({"events": events, **sequence}).encode()

	def post(self, body: bytes, signature: str | None = None) -> TestResponse:
		"""Post as Xero does, in a thread, because a request takes over Frappe's locals of its thread."""
		frappe.db.commit()
		if signature is None:
			signature = base64.b64encode(
				hmac.new(WEBHOOK_KEY.encode(), body, hashlib.sha256).digest()
			).decode()
		headers = {"x-xero-signature": signature, "Content-Type": "application/json; charset=utf-8"}
		with ThreadPoolExecutor(max_workers=1) as threads:
			answer = threads.submit(request, frappe.local.site, body, headers).result(timeout=60)
		frappe.db.rollback()
		return answer

	def events(self) -> list[dict[str, Any]]:
		return FrappeStore().find("Xero Webhook Event", {"organisation": self.tenant})

	def assert_answer(self, answer: TestResponse, status: int) -> None:
		self.assertEqual((answer.status_code, answer.data), (status, b""))
		self.assertNotIn("Set-Cookie", answer.headers)

	def test_keeps_what_xero_signed_once(self) -> None:
		body = self.body(str(uuid4()), str(uuid4()))
		for _delivery in range(2):
			self.assert_answer(self.post(body), 200)
			self.assertEqual([event["status"] for event in self.events()], ["New", "New"])

	def test_the_intent_to_receive_check(self) -> None:
		self.assert_answer(self.post(self.body()), 200)
		self.assert_answer(self.post(self.body(), "wrong"), 401)
		self.assertFalse(self.events())

	def test_a_forged_one_changes_nothing(self) -> None:
		body = self.body(str(uuid4()))
		for signature in (
			"",
			"wrong",
			base64.b64encode(b"0" * 32).decode(),
			"ünsigned".encode().decode("latin-1"),
		):
			self.assert_answer(self.post(body, signature), 401)
		tampered = self.body(str(uuid4()))
		signed = base64.b64encode(hmac.new(WEBHOOK_KEY.encode(), body, hashlib.sha256).digest()).decode()
		self.assert_answer(self.post(tampered, signed), 401)
		self.assertFalse(self.events())

	def test_a_malformed_one_changes_nothing(self) -> None:
		for body in (b'{"events": "none"}', b"[]", b"{}", self.body("not-a-uuid"), self.body(tenantId="x")):
			self.assert_answer(self.post(body), 200)
		self.assertFalse(self.events())

	def test_another_organisation_is_ignored(self) -> None:
		tenant = str(uuid4())
		self.addCleanup(frappe.db.delete, "Xero Webhook Event", {"organisation": tenant})
		self.assert_answer(self.post(self.body(str(uuid4()), tenantId=tenant)), 200)
		known = FrappeStore().find("Xero Webhook Event", {"organisation": tenant})
		self.assertEqual([event["status"] for event in known], ["Ignored"])

	def test_what_it_names_is_read(self) -> None:
		order = frappe.get_doc("Sales Order", self.sales_order(self.customer()))
		order.submit()
		frappe.db.commit()
		jobs.drain(self.tenant)
		order.reload()
		invoice = self.accountant.find_invoice(order.xero_invoice_number)
		self.accountant.authorise(invoice["InvoiceID"])
		self.assert_answer(self.post(self.body(invoice["InvoiceID"])), 200)
		jobs.fetch(self.tenant)
		order.reload()
		self.assertEqual(order.xero_payment_status, "Sent")
		self.assertEqual([event["status"] for event in self.events()], ["Done"])

	def test_its_address_is_the_one_shown(self) -> None:
		self.assertTrue(webhook_url().endswith(PATH))


def request(site: str, body: bytes, headers: dict[str, str]) -> TestResponse:
	frappe.app._site = site
	answer = Client(frappe.app.application).post(PATH, data=body, headers=headers)
	answer.get_data()
	return answer
