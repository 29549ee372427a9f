"""The simulator: a state, a clock, limits, and the ways in."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import requests

from xero_connector.simulator.accountant import Accountant
from xero_connector.simulator.books import Books
from xero_connector.simulator.http import Application
from xero_connector.simulator.limits import Limits
from xero_connector.simulator.oauth import Login, check_redirect_uri
from xero_connector.simulator.query import LARGEST_PAGE
from xero_connector.simulator.reference import open_books
from xero_connector.simulator.state import Store
from xero_connector.simulator.values import Body, Clock, IdSource, dumps, from_ms, random_id, to_ms, utc_now
from xero_connector.simulator.webhooks import Webhooks


class ApiCall(NamedTuple):
	"""One call of the accounting API that was answered. `time` is an aware UTC datetime."""

	time: datetime
	method: str
	path: str
	status: int
	query: str
	tenant: str | None


class Failure(NamedTuple):
	"""How a call is to fail, and whether its Idempotency-Key keeps that."""

	status: int
	cached: bool


class Simulator:
	"""A Xero for one machine.

	`path` names an SQLite file, which several processes may share, or is ``:memory:``. `clock` answers aware
	UTC datetimes and drives every date, window and expiry; `ids` makes the identifiers of records. Xero gives
	at most 1000 records a page; a smaller `max_page_size` makes a small book fill several.
	"""

	def __init__(
		self,
		path: str = ":memory:",
		*,
		clock: Clock = utc_now,
		ids: IdSource = random_id,
		limits: Limits | None = None,
		max_page_size: int = LARGEST_PAGE,
	) -> None:
		self.store = Store(path)
		self._ids = ids
		self.limits = limits or Limits()
		self._clock = clock
		self.max_page_size = max_page_size
		self._failures: list[Failure] = []
		self._refusals: list[str] = []
		self._webhooks = Webhooks(self.store)
		self.wsgi_app = Application(self)

	def ids(self) -> str:
		"""A new identifier, in lower case as Xero writes them."""
		return self._ids().lower()

	def now(self) -> int:
		"""The clock, in milliseconds since 1970."""
		return to_ms(self._clock())

	def books(self, tenant_id: str, now: int, unit_places: int = 2) -> Books:
		"""An organisation's books, for use inside `store.transaction`."""
		return Books(self.store, tenant_id, now, self.ids, unit_places)

	def add_organisation(
		self,
		name: str,
		*,
		base_currency: str = "GBP",
		country_code: str = "GB",
		currencies: Sequence[str] = ("GBP", "USD", "EUR"),
		tenant_id: str | None = None,
	) -> str:
		"""A new organisation with UK accounts and tax rates and one tracking category; answers its tenant id.

		Raises ValueError when the tenant id is taken.
		"""
		tenant = (tenant_id or self.ids()).lower()
		with self.store.transaction():
			if self._has_organisation(tenant):
				raise ValueError(f"there is an organisation {tenant} already")
			now = self.now()
			self.store.execute(
				"INSERT INTO organisations (tenant, name, created) VALUES (?, ?, ?)", tenant, name, now
			)
			books = self.books(tenant, now)
			open_books(
				books, name, base_currency=base_currency, country_code=country_code, currencies=currencies
			)
		return tenant

	def add_app(
		self,
		client_id: str,
		client_secret: str,
		*,
		redirect_uris: Sequence[str] = (),
		webhook_url: str | None = None,
		webhook_key: str | None = None,
		kind: str = "web",
		tenant_id: str | None = None,
	) -> None:
		"""Register an app, or change the registration of one.

		A "web" app logs people in by redirects; a "custom" one is connected to the organisation `tenant_id`
		at once and uses client credentials. A webhook without a key gets a random one. Raises ValueError
		for what Xero would not register.
		"""
		if kind not in ("web", "custom") or (kind == "custom") != (tenant_id is not None):
			raise ValueError("an app is web, or custom with a tenant_id")
		uris = [check_redirect_uri(uri) for uri in redirect_uris]
		key = webhook_key or (secrets.token_urlsafe(32) if webhook_url else None)
		with self.store.transaction():
			if tenant_id is not None and not self._has_organisation(tenant_id):
				raise ValueError(f"there is no organisation {tenant_id}")
			self.store.execute(
				"INSERT OR REPLACE INTO apps VALUES (?, ?, ?, ?, ?, ?, ?)",
				client_id,
				client_secret,
				kind,
				tenant_id,
				dumps(uris),
				webhook_url,
				key,
			)
			if tenant_id is not None:
				Login(self.store, self.now(), self.ids).connect(client_id, tenant_id, self.ids())

	def organisations(self) -> list[dict[str, str]]:
		"""All organisations by age: `tenantId` and `name`."""
		with self.store.transaction():
			rows = self.store.rows("SELECT tenant, name FROM organisations ORDER BY created, rowid")
		return [{"tenantId": row["tenant"], "name": row["name"]} for row in rows]

	def accountant(self, tenant_id: str) -> Accountant:
		"""The accountant of an organisation. Raises KeyError for an unknown one."""
		with self.store.transaction():
			if not self._has_organisation(tenant_id):
				raise KeyError(tenant_id)
		return Accountant(self, tenant_id)

	def fail_next(self, status: int = 500, *, cached: bool = True) -> None:
		"""Let the next API call that is within the limits fail with this status; it writes nothing.

		`cached` keeps the failure under the call's Idempotency-Key, as Xero does with a 500. Holds for this
		process only. Each call of this method adds one failure.
		"""
		self._failures.append(Failure(status, cached))

	def take_failure(self) -> Failure | None:
		"""How the present call is to fail, if it is."""
		return self._failures.pop(0) if self._failures else None

	def refuse_next(self, message: str) -> None:
		"""Let the next element that is written over the API be refused with this validation message.

		The other elements of its batch are not. Holds for this process only. Each call adds one refusal.
		"""
		self._refusals.append(message)

	def take_refusal(self) -> str | None:
		"""What the present element is to be refused with, if it is."""
		return self._refusals.pop(0) if self._refusals else None

	def pending_webhooks(self) -> list[Body]:
		"""Events that wait for delivery, oldest first."""
		return self._webhooks.pending()

	def deliver_webhooks(self, session: requests.Session | None = None) -> int:
		"""Sign and POST what waits; answers how many events were accepted with 200."""
		return self._webhooks.deliver(session)

	def intent_to_receive(self, session: requests.Session | None = None) -> bool:
		"""Run Xero's check on the webhook address of every app that has one."""
		return self._webhooks.intent_to_receive(session)

	@property
	def call_count(self) -> int:
		"""How many calls of the accounting API were answered, refused ones included."""
		with self.store.transaction():
			return int(self.store.value("SELECT COUNT(*) FROM calls"))

	@property
	def calls(self) -> list[ApiCall]:
		"""The calls of the accounting API, oldest first."""
		with self.store.transaction():
			rows = self.store.rows("SELECT * FROM calls ORDER BY sequence")
		return [
			ApiCall(
				from_ms(row["at"]), row["method"], row["path"], row["status"], row["query"], row["tenant"]
			)
			for row in rows
		]

	def _has_organisation(self, tenant_id: str) -> bool:
		return bool(self.store.value("SELECT 1 FROM organisations WHERE tenant = ?", tenant_id))

	def close(self) -> None:
		"""Close the state; a file keeps it."""
		self.store.close()
