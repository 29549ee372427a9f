"""Canaries: secrets that nobody could overlook, and a search for them wherever something is kept or sent."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

import frappe
import frappe.app
import frappe.realtime
from frappe.deferred_insert import save_to_db
from frappe.utils import get_bench_path, now_datetime
from werkzeug.test import Client, TestResponse
from werkzeug.wrappers import Request, Response

from xero_connector.desk import jobs
from xero_connector.desk.places import redirect_url
from xero_connector.simulator import Limits, Simulator
from xero_connector.tests.base import CLIENT_ID, ConnectedTestCase, allow, save_settings
from xero_connector.tests.test_permissions import COMPANY, CUSTOMER, ORGANISATION, TABLE, own_methods

PASSWORD = "Kestrel-Lantern-42"
MODULE = "Xero Connector"
LONG_AGO = "2026-01-01T00:00:00.000000Z"
NOT_WRITTEN = {"tabDocField", "tabDocType", "tabCustom Field", "tabDocPerm", "tabTranslation"}
"""Tables in which nothing is written while a site is used."""


class Bug(Exception):
	"""What nobody expects, and so nobody catches."""


class Search:
	"""Everything that was kept or sent since it began: rows, log files, answers and realtime messages."""

	def __init__(self) -> None:
		self.sent: list[tuple[str, str]] = []
		"""Where to, and what."""
		self._sizes = {file.stat().st_ino: file.stat().st_size for file in log_files()}

	def sightings(self, secrets: Sequence[str]) -> list[str]:
		"""Where one of these is."""
		everything = (*self.sent, *self._rows(), *self._logs())
		return sorted({place for place, text in everything if any(secret in text for secret in secrets)})

	def _rows(self) -> Iterator[tuple[str, str]]:
		save_to_db()  # what waits in Redis to become rows
		frappe.db.commit()
		for table in frappe.db.get_tables(cached=False):
			if table not in NOT_WRITTEN:
				yield table, str(frappe.db.sql(f"select * from `{table}`"))

	def _logs(self) -> Iterator[tuple[str, str]]:
		for file in log_files():
			with file.open(errors="replace") as text:
				text.seek(self._sizes.get(file.stat().st_ino, 0))
				yield file.name, text.read()


def log_files() -> list[Path]:
	"""With those that have been put aside because they are full."""
	folders = (Path(get_bench_path()) / "logs", Path(frappe.get_site_path("logs")))
	return [file for folder in folders for file in folder.glob("*.log*")]


class Browser:
	"""A person's browser. Each answer is kept in the search."""

	def __init__(self, search: Search) -> None:
		self._search, self._site = search, frappe.local.site
		self._client = Client(frappe.app.application)
		self._thread = ThreadPoolExecutor(max_workers=1)
		"""A request takes over Frappe's locals of its thread."""

	def call(self, method: str, verb: str = "POST", **arguments: Any) -> TestResponse:
		frappe.db.commit()
		given = {"query_string" if verb == "GET" else "data": arguments}
		answer = self._thread.submit(self._ask, f"/api/method/{method}", verb, given).result(timeout=120)
		self._search.sent.append((f"answer of {method}", f"{answer.headers} {answer.text}"))
		frappe.db.rollback()
		return answer

	def post(self, path: str, body: bytes, headers: dict[str, str]) -> TestResponse:
		"""Send this body as it is."""
		frappe.db.commit()
		given = {"data": body, "headers": headers}
		answer = self._thread.submit(self._ask, path, "POST", given).result(timeout=120)
		self._search.sent.append((f"answer of {path}", f"{answer.headers} {answer.text}"))
		return answer

	def _ask(self, path: str, verb: str, given: dict[str, Any]) -> TestResponse:
		frappe.app._site = self._site
		answer = self._client.open(path, method=verb, **given)
		answer.get_data()
		return answer

	def close(self) -> None:
		self._thread.shutdown()


class TestCanary(ConnectedTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.search = Search()
		self.addCleanup(forget_errors, now_datetime())
		emit = patch("frappe.realtime.emit_via_redis", self.heard)
		self.config = {key: frappe.local.conf[key] for key in ("xero_connector_base_url", "host_name")}
		config = patch("frappe.get_site_config", self.site_config(frappe.get_site_config))
		for change in (emit, config):
			change.start()
			self.addCleanup(change.stop)
		mark = frappe.generate_hash(length=12)
		self.secret, self.key = f"canary-client-secret-{mark}", f"canary-webhook-key-{mark}"
		self.wrong = f"canary-wrong-secret-{mark}"
		self.simulator.add_app(CLIENT_ID, self.secret, redirect_uris=[redirect_url()])
		self.browser = Browser(self.search)
		self.addCleanup(self.browser.close)
		manager = self.user("Xero Manager", "Accounts Manager", "Sales Manager")
		frappe.get_doc("User", manager).update({"new_password": PASSWORD}).save()
		self.assertEqual(self.browser.call("login", usr=manager, pwd=PASSWORD).status_code, 200)
		self.search.sent.clear()
		self.enters_the_secrets()

	def new_simulator(self) -> Simulator:
		simulator = Simulator(limits=Limits(minute=None))
		self.spoil: Callable[[Request], Response] | None = None
		answer = simulator.wsgi_app

		def spoiled(environ: dict[str, Any], start_response: Any) -> Any:
			application = self.spoil(Request(environ)) if self.spoil else answer
			return application(environ, start_response)

		simulator.wsgi_app = spoiled
		return simulator

	def heard(self, event: str, message: Any, room: str | None) -> None:
		self.search.sent.append(("realtime", f"{event} {message} {room}"))

	def site_config(self, read: Any) -> Any:
		return lambda *arguments, **options: frappe._dict(read(*arguments, **options), **self.config)

	def secrets(self) -> list[str]:
		"""Those of the settings, and all that the simulated Xero has given out."""
		with self.simulator.store.transaction():
			tokens = [row["token"] for row in self.simulator.store.rows("SELECT token FROM tokens")]
		self.assertGreater(len(tokens), 3)
		basic = [
			base64.b64encode(f"{CLIENT_ID}:{secret}".encode()).decode()
			for secret in (self.secret, self.wrong)
		]
		return [self.secret, self.key, self.wrong, *basic, *tokens]

	def test_no_secret_is_kept_or_sent(self) -> None:
		self.connects()
		self.syncs()
		self.gets_webhooks()
		self.fails()
		self.looks_at_everything()
		self.assertEqual(self.search.sightings(self.secrets()), [])

	def test_the_search_finds_what_it_looks_for(self) -> None:
		"""In each place that it promises to look at."""
		canary = frappe.generate_hash(length=20)
		frappe.log_error(title="Canary", message=canary)
		frappe.logger("xero_connector").error(canary)
		frappe.publish_realtime("canary", {"canary": canary})
		customer = self.customer(customer_name=f"Xero Test {canary}")
		frappe.get_doc("Customer", customer).add_comment("Comment", canary)
		self.browser.call("frappe.client.get", doctype="Customer", name=customer)
		places = self.search.sightings([canary])
		answer = "answer of frappe.client.get"
		for place in ("tabError Log", "tabCustomer", "tabComment", "xero_connector.log", "realtime", answer):
			self.assertIn(place, places)

	def enters_the_secrets(self) -> None:
		"""On the form, as somebody types them."""
		typed = {"client_id": CLIENT_ID, "client_secret": self.secret, "webhook_key": self.key}
		doc = frappe.get_doc("Xero Settings").as_dict(convert_dates_to_str=True) | typed
		answer = self.browser.call(
			"frappe.desk.form.save.savedocs", doc=json.dumps(doc, default=str), action="Save"
		)
		self.assertEqual(answer.status_code, 200)

	def connects(self) -> None:
		if self.status() == "Connected":
			return
		page = self.browser.call("xero_connector.desk.connect.start").json["message"]
		back = allow(page, self.tenant)
		answer = self.browser.call("xero_connector.desk.connect.callback", "GET", **back)
		self.assertIn(self.tenant, answer.headers["Location"])
		if self.status() == "Connected":
			return
		self.assertEqual(self.asks("confirm", company=self.company()).status_code, 200)
		self.assertEqual(self.asks("go_live").status_code, 200)

	def syncs(self) -> None:
		self.known = self.customer()
		order = frappe.get_doc("Sales Order", self.sales_order(self.known))
		order.submit()
		frappe.db.commit()
		jobs.cycle(self.tenant)
		self.assertEqual(len(self.accountant.invoices()), 1)

	def gets_webhooks(self) -> None:
		events = {"events": [], "firstEventSequence": 0, "lastEventSequence": 0, "entropy": "QWERTY"}
		body = json.dumps(events).encode()
		good = base64.b64encode(hmac.new(self.key.encode(), body, hashlib.sha256).digest()).decode()
		for signature, status in ((good, 200), ("forged", 401)):
			path = "/api/method/xero_connector.desk.webhook.receive"
			answer = self.browser.post(path, body, {"x-xero-signature": signature})
			self.assertEqual(answer.status_code, status)

	def fails(self) -> None:
		"""In every way that a call can: in jobs, and while somebody waits."""
		bug = Bug("a bug in the wire")
		failures = [
			*(self.failing(status) for status in (401, 403, 404, 500, 503)),
			*(self.spoiling(answer) for answer in (cut_off, says_what_it_was_told, refuses_what_it_was_told)),
			patch("requests.Session.send", side_effect=bug),
			patch("http.client.HTTPConnection.getresponse", side_effect=bug),
			self.out_of_reach(),
			self.with_the_wrong_secret(),
			self.forgotten(),
		]
		for failure in failures:
			self.recovers()
			with failure:
				self.tries()
				self.expires()
				self.tries()
				self.asks("disconnect")

	def recovers(self) -> None:
		"""Be connected, with a good token and all calls of the minute left."""
		self.connects()
		frappe.db.delete("Xero Call Budget", {"organisation": self.tenant})
		self.assertEqual(self.asks("refresh").status_code, 200)

	def tries(self) -> None:
		"""Send, read, and have somebody wait for an answer, whatever comes of it."""
		website = f"https://{frappe.generate_hash(length=8)}.example.com"
		frappe.get_doc("Customer", self.known).update({"website": website}).save()
		frappe.db.commit()
		jobs.cycle(self.tenant)
		self.asks("refresh")

	def asks(self, method: str, **arguments: str) -> TestResponse:
		given = {"organisation": self.tenant, **arguments}
		return self.browser.call(f"xero_connector.desk.connect.{method}", **given)

	def expires(self) -> None:
		"""Let the access token be no longer good, as far as the site knows."""
		login = frappe.db.get_value("Xero Organisation", self.tenant, "login")
		frappe.db.set_value("Xero Login", login, "expires_at", LONG_AGO)
		frappe.db.commit()

	@contextmanager
	def failing(self, status: int) -> Iterator[None]:
		for _call in range(20):
			self.simulator.fail_next(status)
		yield
		while self.simulator.take_failure():
			pass

	@contextmanager
	def spoiling(self, answer: Callable[[Request], Response]) -> Iterator[None]:
		self.spoil = answer
		yield
		self.spoil = None

	@contextmanager
	def out_of_reach(self) -> Iterator[None]:
		nowhere = {"xero_connector_base_url": "http://127.0.0.1:9"}
		with patch.dict(self.config, nowhere), patch.dict(frappe.local.conf, nowhere):
			yield

	@contextmanager
	def with_the_wrong_secret(self) -> Iterator[None]:
		save_settings(client_secret=self.wrong)
		yield
		save_settings(client_secret=self.secret)

	@contextmanager
	def forgotten(self) -> Iterator[None]:
		"""Xero knows none of the tokens any more."""
		with self.simulator.store.transaction():
			self.simulator.store.execute("UPDATE tokens SET expires = 0")
		yield

	def status(self) -> str | None:
		return frappe.db.get_value("Xero Organisation", self.tenant, "status")

	def looks_at_everything(self) -> None:
		"""Every list, form and page of ours, and what Frappe offers besides."""
		for doctype in frappe.get_all("DocType", {"module": MODULE, "istable": 0}, pluck="name"):
			single = frappe.get_meta(doctype).issingle
			names = [doctype] if single else frappe.get_all(doctype, limit=3, pluck="name")
			for name in names:
				self.browser.call("frappe.desk.form.load.getdoc", "GET", doctype=doctype, name=name)
				self.browser.call("frappe.client.get", doctype=doctype, name=name)
			if not single:
				fields = json.dumps(["*"])
				self.browser.call("frappe.desk.reportview.get", doctype=doctype, fields=fields)
		for method, arguments in self.readings():
			self.browser.call(f"xero_connector.desk.{method}", "GET", **arguments)
		for doctype, name, field in self.password_fields():
			asked = {"doctype": doctype, "name": name, "fieldname": field}
			answer = self.browser.call("frappe.client.get_password", **asked)
			self.assertEqual(answer.status_code, 403)

	def readings(self) -> Iterator[tuple[str, dict[str, Any]]]:
		"""Each of our methods that only reads, with what it needs."""
		newest = {
			doctype: frappe.get_all(doctype, limit=1, pluck="name")
			for doctype in ("Xero Sync Log", "Xero Outbox")
		}
		yield "log.entry", {"name": newest["Xero Sync Log"][0]}
		yield "log.of_row", {"name": newest["Xero Outbox"][0]}
		known = {CUSTOMER: self.known, ORGANISATION: self.tenant, COMPANY: self.company()}
		for name, method in own_methods().items():
			if name in TABLE and frappe.allowed_http_methods_for_whitelisted_func[method] == ["GET"]:
				given = TABLE[name].arguments
				yield (
					name,
					{
						key: json.dumps(value) if isinstance(value, dict | list) else known.get(value, value)
						for key, value in given.items()
					},
				)

	def password_fields(self) -> list[tuple[str, str, str]]:
		login = frappe.db.get_value("Xero Organisation", self.tenant, "login")
		settings = [("Xero Settings", "Xero Settings", field) for field in ("client_secret", "webhook_key")]
		return settings + [("Xero Login", login, field) for field in ("access_token", "refresh_token")]


def forget_errors(since: datetime) -> None:
	frappe.db.delete("Error Log", {"creation": (">=", since)})
	frappe.db.commit()


def cut_off(request: Request) -> Response:
	return Response('{"Contacts": [{"Con', content_type="application/json")


def says_what_it_was_told(request: Request) -> Response:
	"""As a proxy may do that could not reach Xero."""
	return Response(f"<pre>{request.headers}</pre>", status=502, content_type="text/html")


def refuses_what_it_was_told(request: Request) -> Response:
	said = json.dumps({"Message": f"Not understood: {request.headers['Authorization']}"})
	return Response(said, status=400, content_type="application/json")
