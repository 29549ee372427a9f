"""Both sides of a benchmark: a simulated Xero and an embedded store, each a file, on a virtual clock.

The files outlive the process that prepared them, so that what is measured runs in a process of its own, on a
copy of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import requests

from xero_connector import embedded
from xero_connector.benchmark.meter import Meter, Wire
from xero_connector.clock import UTC, Clock, ManualClock, parse_utc
from xero_connector.simulator import Accountant, Limits, Simulator
from xero_connector.store.protocol import Doc, Store
from xero_connector.store.sqlite import SQLiteStore
from xero_connector.sync.engine import Engine, Report
from xero_connector.sync.pull import OVERLAP, PAGE, Polled
from xero_connector.xero import (
	Budget,
	Endpoints,
	MemoryTokens,
	OAuthApp,
	RateLimited,
	Tokens,
	XeroApi,
	new_session,
)
from xero_connector.xero.client import Answer

COMPANY = "Benchmark Ltd"
TENANT = "00000000-0000-4000-8000-000000000001"
CLIENT_ID, CLIENT_SECRET = "benchmark", "secret"
XERO = "https://xero.benchmark"
ENDPOINTS = Endpoints.below(XERO)

PREPARED = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
MEASURED = PREPARED + timedelta(days=365)
"""When a world is prepared, and when what is measured begins: all that was prepared is long past."""

DUE = (MEASURED + timedelta(days=3650)).date().isoformat()
"""No invoice becomes overdue here: a benchmark must not depend on how long it takes."""


@dataclass(frozen=True)
class WiredSession(embedded.Session):
	"""A login whose calls all go by ``http``, which leads to the simulator."""

	http: requests.Session

	def engine(self, store: Store, organisation: str) -> Engine:
		return Engine(store, self.api(organisation), organisation, self.clock)

	def api(self, organisation: str) -> XeroApi:
		"""The client for one organisation."""
		return XeroApi(
			self.http,
			self.endpoints,
			organisation,
			self.tokens,
			budget=Budget(self.clock),
			clock=self.clock,
		)


class World:
	"""The two sides in the files of one folder."""

	def __init__(self, folder: Path, now: datetime) -> None:
		self.clock = ManualClock(now)
		self.simulator = Simulator(str(folder / "xero.sqlite"), clock=self.clock.now, limits=Limits())
		self.store = SQLiteStore(folder / "store.sqlite")
		self.wire = Wire(self.simulator, self.clock)
		self.meter = Meter(self.wire)

	@classmethod
	def found(cls, folder: Path) -> World:
		"""A new organisation in Xero, and a store that knows its company."""
		world = cls(folder, PREPARED)
		world.simulator.add_organisation(COMPANY, tenant_id=TENANT)
		world.simulator.add_app(CLIENT_ID, CLIENT_SECRET, kind="custom", tenant_id=TENANT)
		world.store.insert({"doctype": "Company", "name": COMPANY, "default_currency": "GBP"})
		return world

	@property
	def accountant(self) -> Accountant:
		return self.simulator.accountant(TENANT)

	def log_in(self) -> WiredSession:
		"""A login by client credentials."""
		http = new_session()
		http.mount(XERO, self.wire)
		app = OAuthApp(CLIENT_ID, CLIENT_SECRET, "", ENDPOINTS, http, self.clock)
		tokens = Tokens(app, MemoryTokens(app.client_credentials()), self.clock)
		return WiredSession(app, tokens, ENDPOINTS, self.clock, http)

	def connect(self) -> Engine:
		"""Log in, read what mapping needs, confirm; everything in the store is queued."""
		return embedded.connect(self.store, self.log_in(), choices={"invoice_status": "Authorised"})

	def engine(self) -> Engine:
		"""The engine of an organisation that was connected before."""
		return self.log_in().engine(self.store, TENANT)

	def since(self, polled: Polled) -> str | None:
		"""From when the engine reads this entity next."""
		found = self.store.find("Xero Cursor", {"entity": polled.entity}, fields=["position"])
		position = found[0]["position"] if found else None
		return (parse_utc(position) - OVERLAP).isoformat()[:19] if position else None

	def save(self, *docs: Doc) -> None:
		"""Save documents as a person would."""
		embedded.save_documents(self.store, self.clock, docs)


class Loop:
	"""Calls by a plain loop: one after the other, and when Xero says wait, it waits."""

	def __init__(self, world: World) -> None:
		self.clock: Clock = world.clock
		self.api = world.log_in().api(TENANT)

	def get(
		self, path: str, params: Mapping[str, Any] | None = None, *, modified_since: str | None = None
	) -> Answer:
		"""Read."""
		while True:
			try:
				return self.api.get(path, params, modified_since=modified_since)
			except RateLimited as error:
				self.clock.sleep(error.retry_after)

	def send(self, path: str, body: bytes, key: str, method: str = "PUT") -> list[dict[str, Any]]:
		"""Write, and read the answer's records."""
		params = {"summarizeErrors": "false", "unitdp": 4}
		while True:
			try:
				return self.api.send(method, path, body, key=key, params=params).records(path)
			except RateLimited as error:
				self.clock.sleep(error.retry_after)

	def read(self, polled: Polled, since: str | None) -> Iterator[list[dict[str, Any]]]:
		"""The pages of what changed, by page number: nothing changes meanwhile."""
		page = pages = 1
		while page <= pages:
			params = {**dict(polled.params), "page": page, "pageSize": PAGE, "order": "UpdatedDateUTC ASC"}
			answer = self.get(polled.collection, params, modified_since=since)
			yield answer.records(polled.collection)
			pages, page = answer.data["pagination"]["pageCount"], page + 1


def settled(report: Report) -> Report:
	"""The report of a run that went through. Raises ``RuntimeError`` if it did not: its figures would lie."""
	if report.stopped or report.held or report.waiting or report.uncertain:
		raise RuntimeError(f"the benchmark did not go through: {report}")
	return report


def customer(at: int) -> Doc:
	"""A Customer."""
	return {
		"doctype": "Customer",
		"name": f"Customer {at:06}",
		"customer_name": f"Customer {at:06}",
		"email_id": f"accounts@customer{at:06}.example",
		"mobile_no": f"+44 20 7946 {at:06}",
		"default_currency": "GBP",
		"disabled": 0,
		"docstatus": 0,
	}


def order(at: int, of: int) -> Doc:
	"""A submitted Sales Order of customer number ``of``: three lines, VAT on top."""
	lines = [_line("Installation", 1, "100"), _line("Cable", 30, "1.35"), _line("Panel", 4, "49.95")]
	net = sum((line["amount"] for line in lines), Decimal(0))
	tax = (net * 20 / 100).quantize(Decimal("0.01"))
	return {
		"doctype": "Sales Order",
		"name": f"SAL-ORD-{at:06}",
		"docstatus": 1,
		"company": COMPANY,
		"customer": f"Customer {of:06}",
		"transaction_date": PREPARED.date().isoformat(),
		"currency": "GBP",
		"conversion_rate": 1,
		"disable_rounded_total": 1,
		"items": lines,
		"taxes": [
			{
				"charge_type": "On Net Total",
				"account_head": "VAT - B",
				"description": "VAT 20%",
				"rate": 20,
				"tax_amount": tax,
				"tax_amount_after_discount_amount": tax,
				"included_in_print_rate": 0,
			}
		],
		"net_total": net,
		"total_taxes_and_charges": tax,
		"grand_total": net + tax,
		"payment_schedule": [{"due_date": DUE, "payment_amount": net + tax}],
	}


def _line(name: str, qty: int, rate: str) -> dict[str, Any]:
	amount = qty * Decimal(rate)
	return {
		"item_code": None,
		"item_name": name,
		"description": f"{name}, as agreed",
		"qty": qty,
		"rate": Decimal(rate),
		"amount": amount,
		"net_amount": amount,
	}
