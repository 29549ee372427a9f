"""The two sides of the demo: a simulated Xero, an embedded store with bundled documents, and a real login
between.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from html import unescape
from importlib import resources
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import simplejson

from xero_connector import embedded
from xero_connector.clock import UTC, SystemClock
from xero_connector.simulator import Accountant, Server, Simulator, serve
from xero_connector.store.sqlite import SQLiteStore
from xero_connector.sync import triggers
from xero_connector.sync.engine import Engine
from xero_connector.xero import Endpoints, LoginRefused, OAuthApp, Pkce, new_session

COMPANY = "Harbour Lane Supplies Ltd"
CLIENT_ID, CLIENT_SECRET = "demo-app", "demo-secret"
REDIRECT = "http://localhost/callback"
OPENING = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
"""When the demo begins: the bundled orders were calculated for the weeks before. From there time runs as
usual.
"""

ZERO_RATED = "ZERORATEDOUTPUT"
SERVICE_INCOME = "210"

UPKEEP = "Maintenance"
"""The type of orders that are billed by Sales Invoices, as the work gets done."""

CHOICES: dict[str, Any] = {
	"order_billing": "One Invoice per Payment Term",
	"quote_trigger": "Quotation Submit",
	"quote_status": "Sent",
	"conditions": [
		{"document_type": "Sales Order", "field": "order_type", "operator": "!=", "value": UPKEEP}
	],
}
"""What the admin of the demo chose: quotations and orders go by themselves, an order in as many invoices as
it has payment terms; orders for upkeep are billed by Sales Invoices, which a person asks for.
"""


class DemoClock(SystemClock):
	"""The machine's clock, moved to the opening hour of the bundled documents. When the engine waits for
	Xero's call limit, that time passes at once, on both sides.
	"""

	def __init__(self) -> None:
		self._shift: timedelta = OPENING - super().now()

	def now(self) -> datetime:
		return super().now() + self._shift

	def today(self) -> date:
		return self.now().date()

	def sleep(self, seconds: float) -> None:
		self._shift += timedelta(seconds=seconds)


@dataclass
class World:
	"""Everything that takes part."""

	clock: DemoClock
	simulator: Simulator
	server: Server
	tenant: str
	accountant: Accountant
	store: SQLiteStore
	engine: Engine

	def close(self) -> None:
		"""Stop serving."""
		self.server.close()
		self.simulator.close()
		self.store.close()


def documents() -> list[dict[str, Any]]:
	"""The bundled documents, as a real ERPNext site calculated them."""
	folder = resources.files("xero_connector.demo") / "data"
	docs: list[dict[str, Any]] = []
	for file in sorted(folder.iterdir(), key=lambda each: each.name):
		if file.name.endswith(".json"):
			docs += simplejson.loads(file.read_text(encoding="utf-8"), use_decimal=True)
	return docs


def build(store_path: str | Path = ":memory:") -> World:
	"""A Xero with some contacts of its own, a store with the documents, connected and confirmed, the invoices
	of the Sales Invoices asked for; nothing sent yet.
	"""
	clock = DemoClock()
	simulator = Simulator(clock=clock.now)
	tenant = simulator.add_organisation(COMPANY)
	simulator.add_app(CLIENT_ID, CLIENT_SECRET, redirect_uris=[REDIRECT])
	server = serve(simulator)
	store = SQLiteStore(store_path)
	embedded.save_documents(store, clock, documents())
	accountant = simulator.accountant(tenant)
	_contacts_of_old(store, accountant)
	endpoints = Endpoints.below(server.url)
	session = _log_in(endpoints, clock)
	engine = embedded.connect(store, session, company=COMPANY, choices=CHOICES)
	_map_zero_rates(store, tenant)
	_map_services(store, tenant)
	_ask_for_invoices(store, clock)
	return World(clock, simulator, server, tenant, accountant, store, engine)


def _contacts_of_old(store: SQLiteStore, accountant: Accountant) -> None:
	"""Finance already knows every fourth customer, under a slightly different name, and somebody sales does
	not.
	"""
	customers = [row for row in store.find("Customer", {"disabled": 0}) if row.get("email_id")]
	for row in customers[::4]:
		accountant.add_contact(Name=f"{row['customer_name']} (Accounts)", EmailAddress=row["email_id"])
	accountant.add_contact(Name="Old Quay Couriers", EmailAddress="office@oldquay.example")


def _log_in(endpoints: Endpoints, clock: DemoClock) -> embedded.Session:
	"""The login a person makes: the page, the click on *Allow access*, and the code that comes back."""
	session, proof = new_session(), Pkce.new()
	app = OAuthApp(CLIENT_ID, CLIENT_SECRET, REDIRECT, endpoints, session, clock)
	page = session.get(app.authorize_url("demo", proof.challenge), timeout=30)
	hidden = re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page.text)
	form: dict[str, Any] = {field: unescape(value) for field, value in hidden}
	form["tenant"] = re.findall(r'name="tenant" value="([^"]+)"', page.text)
	form["decision"] = "allow"
	answer = session.post(endpoints.authorize, data=form, timeout=30, allow_redirects=False)
	query = parse_qs(urlsplit(answer.headers.get("Location", "")).query)
	if query.get("state") != ["demo"] or "code" not in query:
		raise LoginRefused(f"The simulator's login did not let the demo in: {answer.status_code}.")
	return embedded.Session.with_token(app, app.exchange(query["code"][0], proof.verifier), endpoints, clock)


def _map_zero_rates(store: SQLiteStore, tenant: str) -> None:
	"""What an admin does once: say which of Xero's zero rates the exports are."""
	(rate,) = store.find("Xero Tax Rate", {"organisation": tenant, "tax_type": ZERO_RATED})
	heads = {
		str(tax["account_head"])
		for order in store.find("Sales Order")
		for tax in order.get("taxes") or []
		if tax["charge_type"] != "Actual"
	}
	taxes = [{"account": head, "rate": 0, "tax_rate": rate["name"]} for head in sorted(heads)]
	store.update("Xero Organisation", tenant, {"taxes": taxes})


def _map_services(store: SQLiteStore, tenant: str) -> None:
	"""Income from services, and from the item groups in them, has an account of its own."""
	(account,) = store.find("Xero Account", {"organisation": tenant, "code": SERVICE_INCOME})
	rows = [{"source_doctype": "Item Group", "source_name": "Services", "xero_account": account["name"]}]
	store.update("Xero Organisation", tenant, {"item_accounts": rows})


def _ask_for_invoices(store: SQLiteStore, clock: DemoClock) -> None:
	"""A person presses *Create → Xero Invoice* on each Sales Invoice and return, also on the one whose order
	goes by itself.
	"""
	with store.transaction():
		for invoice in store.find("Sales Invoice", {"docstatus": 1}):
			triggers.request_invoice(store, clock, {**invoice, "doctype": "Sales Invoice"})
