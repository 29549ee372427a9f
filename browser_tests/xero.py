"""A Xero for the tests: one address, and behind it a new simulator for each test."""

from __future__ import annotations

from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

from browser_tests.site import Site
from xero_connector.simulator import Accountant, Simulator, serve

CALLBACK = "/api/method/xero_connector.desk.connect.callback"
WEBHOOK = "/api/method/xero_connector.desk.webhook.receive"
CLIENT_ID, CLIENT_SECRET = "A1B2C3D4E5F60718293A4B5C6D7E8F90", "browser-tests-client-secret"
WEBHOOK_KEY = "browser-tests-webhook-key"


class Xero:
	"""What finance sees. ``tenant`` is the organisation, ``accountant`` acts in it."""

	simulator: Simulator
	tenant: str

	def __init__(self) -> None:
		self._server = serve(SimpleNamespace(wsgi_app=self._answer))  # type: ignore[arg-type]
		self.url = self._server.url

	def begin(self, site_url: str, organisation: str) -> None:
		"""A new Xero with one organisation, and an app that sends people and webhooks to the site."""
		self.simulator = Simulator()
		self.tenant = self.simulator.add_organisation(organisation)
		self.add_app(site_url + CALLBACK, site_url + WEBHOOK)

	def add_app(self, redirect_url: str, webhook_url: str | None = None) -> None:
		self.simulator.add_app(
			CLIENT_ID,
			CLIENT_SECRET,
			redirect_uris=[redirect_url],
			webhook_url=webhook_url,
			webhook_key=WEBHOOK_KEY if webhook_url else None,
		)

	def connect(self, site: Site, **choices: Any) -> None:
		"""Connect the site to the organisation and confirm it."""
		credentials = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "webhook_key": WEBHOOK_KEY}
		site.do("connect_to", tenant=self.tenant, credentials=credentials, choices=choices)

	@property
	def accountant(self) -> Accountant:
		return self.simulator.accountant(self.tenant)

	def announce(self) -> None:
		"""Send the webhooks of what was done."""
		while self.simulator.pending_webhooks():
			assert self.simulator.deliver_webhooks(), "the site did not take a webhook"

	def end(self) -> None:
		self.simulator.close()

	def close(self) -> None:
		self._server.close()

	def _answer(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
		return self.simulator.wsgi_app(environ, start_response)
