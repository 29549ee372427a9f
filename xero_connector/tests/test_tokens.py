"""Tokens at rest: encrypted, renewed by one process at a time, kept before they are used."""

from __future__ import annotations

import threading
from datetime import timedelta

import frappe

from xero_connector.clock import utc_text
from xero_connector.desk import wiring
from xero_connector.desk.tokens import SiteTokens
from xero_connector.store.frappe import FrappeStore
from xero_connector.store.protocol import StoreError
from xero_connector.tests.base import ConnectedTestCase
from xero_connector.xero import Disconnected


class TestTokens(ConnectedTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.connect()
		self.login = frappe.db.get_value("Xero Organisation", self.tenant, "login")

	def expire(self) -> None:
		past = utc_text(wiring.SiteClock().now() - timedelta(minutes=1))
		frappe.db.set_value("Xero Login", self.login, "expires_at", past)
		frappe.db.commit()

	def test_an_expired_token_is_renewed_and_kept(self) -> None:
		before = SiteTokens(self.login).load()
		self.expire()
		fresh = wiring.tokens(self.login).current()
		assert before is not None
		self.assertNotEqual(fresh.access_token, before.access_token)
		self.assertNotEqual(fresh.refresh_token, before.refresh_token)
		frappe.db.rollback()
		self.assertEqual(SiteTokens(self.login).load(), fresh)

	def test_workers_renew_once(self) -> None:
		self.expire()
		found: list[str] = []
		start, conf = threading.Barrier(3), dict(frappe.local.conf)

		def work(site: str) -> None:
			frappe.init(site=site)
			frappe.connect()
			frappe.local.conf.update(conf)
			start.wait(timeout=30)
			found.append(wiring.tokens(self.login).current().access_token)
			frappe.destroy()

		workers = [threading.Thread(target=work, args=(frappe.local.site,)) for _ in range(3)]
		for worker in workers:
			worker.start()
		for worker in workers:
			worker.join(timeout=60)
		self.assertEqual(len(found), 3)
		self.assertEqual(len(set(found)), 1)

	def test_not_inside_a_transaction(self) -> None:
		self.expire()
		with self.assertRaisesRegex(StoreError, "writes wait"), FrappeStore().transaction():
			wiring.tokens(self.login).current()

	def test_a_revoked_login_asks_to_connect_again(self) -> None:
		app, token = wiring.oauth_app(wiring.WEB_APP), SiteTokens(self.login).load()
		assert token is not None
		app.revoke(token)
		self.expire()
		with self.assertRaises(Disconnected):
			wiring.tokens(self.login).current()
		login = frappe.get_doc("Xero Login", self.login)
		organisation = frappe.get_doc("Xero Organisation", self.tenant)
		self.assertEqual((login.status, organisation.status), ("Reconnect Needed", "Reconnect Needed"))
		self.assertIn("Connect to Xero again", organisation.status_message)
