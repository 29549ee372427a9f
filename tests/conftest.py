"""Shared pieces of the tests: an organisation in the simulator, a store, an engine between, one clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
import requests

from xero_connector import embedded
from xero_connector.clock import UTC, ManualClock
from xero_connector.simulator import Accountant, InProcessAdapter, Limits, Simulator
from xero_connector.store.sqlite import SQLiteStore
from xero_connector.sync import organisations
from xero_connector.sync.context import Api
from xero_connector.sync.engine import Engine
from xero_connector.xero import (
	Connection,
	Endpoints,
	MemoryTokens,
	OAuthApp,
	Tokens,
	XeroApi,
	new_session,
)

START = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
COMPANY = "Wind Power LLC"
XERO = "https://xero.test"


class Wire(InProcessAdapter):
	"""The simulator in this process, with hooks that may break a call: on its way there, or back."""

	def __init__(self, simulator: Simulator) -> None:
		super().__init__(simulator)
		self.before: Callable[[requests.PreparedRequest], None] | None = None
		self.after: Callable[[requests.PreparedRequest, requests.Response], requests.Response] | None = None
		self.sent: list[requests.PreparedRequest] = []

	def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
		self.sent.append(request)
		if self.before:
			self.before(request)
		response = super().send(request, *args, **kwargs)
		return self.after(request, response) if self.after else response


@dataclass
class World:
	"""Both sides and what lies between."""

	clock: ManualClock
	simulator: Simulator
	tenant: str
	accountant: Accountant
	store: SQLiteStore
	session: requests.Session
	wire: Wire
	api: Api
	engine: Engine

	def save(self, *docs: dict[str, Any]) -> None:
		"""Save documents as a person would: with what their doc events do."""
		embedded.save_documents(self.store, self.clock, docs, "rep@example.com")

	def set(self, **values: Any) -> None:
		"""Change choices of the organisation."""
		self.store.update("Xero Organisation", self.tenant, values)

	def outbox(self, doctype: str, name: str) -> dict[str, Any]:
		"""The outbox row of a document."""
		rows = self.store.find("Xero Outbox", {"reference_doctype": doctype, "reference_name": name})
		assert len(rows) == 1, rows
		return rows[0]

	def writes(self) -> list[requests.PreparedRequest]:
		"""The writing calls to the accounting API so far."""
		return [call for call in self.wire.sent if call.method != "GET" and "/api.xro/" in str(call.url)]

	def engine_again(self) -> Engine:
		"""Another worker on the same store, as after a restart."""
		return Engine(self.store, self.api, self.tenant, self.clock)


@pytest.fixture
def clock() -> ManualClock:
	return ManualClock(START)


@pytest.fixture
def world(clock: ManualClock) -> World:
	"""A world of its own."""
	return make_world(clock)


def make_world(clock: ManualClock) -> World:
	"""An empty UK organisation, connected and confirmed, with its accounts and taxes read."""
	simulator = Simulator(clock=clock.now, limits=Limits())
	tenant = simulator.add_organisation("Wind Power LLC")
	simulator.add_app("app", "secret", kind="custom", tenant_id=tenant)
	wire = Wire(simulator)
	session = new_session()
	session.mount(XERO, wire)
	app = OAuthApp("app", "secret", "", Endpoints.below(XERO), session, clock)
	tokens = MemoryTokens(app.client_credentials())
	api = XeroApi(session, Endpoints.below(XERO), tenant, Tokens(app, tokens, clock), clock=clock)
	store = SQLiteStore()
	store.insert({"doctype": "Company", "name": COMPANY, "company_name": COMPANY, "default_currency": "GBP"})
	organisations.register(store, [Connection("connection-1", tenant, "Wind Power LLC")], None)
	engine = Engine(store, api, tenant, clock)
	assert engine.refresh_reference().stopped == ""
	organisations.confirm(store, tenant, COMPANY)
	organisations.go_live(store, clock, tenant)
	return World(
		clock,
		simulator,
		tenant,
		simulator.accountant(tenant),
		store,
		session,
		wire,
		engine.context.api,
		engine,
	)


def customer(name: str = "Northern Breeze Ltd", **values: Any) -> dict[str, Any]:
	"""A Customer as ERPNext stores it, as far as the connector reads it."""
	return {
		"doctype": "Customer",
		"name": name,
		"customer_name": name,
		"email_id": "accounts@northernbreeze.example",
		"default_currency": "GBP",
		"disabled": 0,
		"docstatus": 0,
		**values,
	}


def order(name: str = "SAL-ORD-2026-00001", **values: Any) -> dict[str, Any]:
	"""A submitted Sales Order of one line, 2 at 50.00, with 20 % VAT on top: 120.00."""
	return {
		"doctype": "Sales Order",
		"name": name,
		"docstatus": 1,
		"company": COMPANY,
		"customer": "Northern Breeze Ltd",
		"transaction_date": "2026-11-20",
		"currency": "GBP",
		"conversion_rate": 1.0,
		"disable_rounded_total": 1,
		"items": [line()],
		"taxes": [vat(20.0)],
		"net_total": 100.0,
		"total_taxes_and_charges": 20.0,
		"grand_total": 120.0,
		"payment_schedule": [{"due_date": "2026-12-20", "payment_amount": 120.0}],
		**values,
	}


def line(qty: float = 2.0, rate: float = 50.0, **values: Any) -> dict[str, Any]:
	"""An item line without a discount."""
	return {
		"item_code": None,
		"item_name": "Installation",
		"description": "Installation",
		"qty": qty,
		"rate": rate,
		"amount": round(qty * rate, 2),
		"net_amount": round(qty * rate, 2),
		**values,
	}


def vat(amount: float, rate: float = 20.0, **values: Any) -> dict[str, Any]:
	"""A VAT row on the net total."""
	return {
		"charge_type": "On Net Total",
		"account_head": "VAT - WP",
		"description": f"VAT {rate}%",
		"rate": rate,
		"tax_amount": amount,
		"tax_amount_after_discount_amount": amount,
		"included_in_print_rate": 0,
		**values,
	}
