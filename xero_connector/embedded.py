"""The embedded store as a tool: documents from files, and a sync with any Xero, without a site.

What a site does by document events and desk forms is done here by a few functions: save documents, connect,
sync.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import simplejson

from xero_connector.clock import Clock
from xero_connector.store.protocol import Doc, Store, StoreError
from xero_connector.sync import organisations, triggers
from xero_connector.sync.engine import Engine
from xero_connector.sync.errors import SyncError
from xero_connector.xero import (
	Budget,
	Endpoints,
	MemoryTokens,
	OAuthApp,
	Token,
	Tokens,
	XeroApi,
	new_session,
)

CANCELLED = 2
"""The ``docstatus`` of a cancelled document."""


def read_documents(path: Path) -> list[Doc]:
	"""The ERPNext-shaped documents in a JSON file: one document, or a list of them.

	Raises ``StoreError`` naming the file and what is wrong with it.
	"""
	try:
		content = simplejson.loads(path.read_text(encoding="utf-8"), use_decimal=True)
	except OSError as error:
		raise StoreError(f"{path} cannot be read: {error.strerror}.") from error
	except ValueError as error:
		raise StoreError(f"{path} is not JSON: {error}.") from error
	docs = content if isinstance(content, list) else [content]
	for at, doc in enumerate(docs, start=1):
		if not isinstance(doc, dict) or not doc.get("doctype") or not doc.get("name"):
			raise StoreError(f"{path}: document {at} has no doctype and name. Export it as ERPNext has it.")
		if str(doc["doctype"]).startswith("Xero "):
			raise StoreError(
				f"{path}: document {at} is a {doc['doctype']}; the connector keeps those itself."
			)
	return docs


def save_documents(
	store: Store, clock: Clock, docs: Iterable[Mapping[str, Any]], user: str | None = None
) -> int:
	"""Insert or update documents and note what that means for Xero, all in one transaction; returns how many.

	The fields that the connector writes (``xero_…``) are kept, whatever a file says of them.
	"""
	saved: list[Doc] = []
	with store.transaction():
		for given in docs:
			doc = {field: value for field, value in given.items() if not field.startswith("xero_")}
			if store.get(doc["doctype"], doc["name"]) is None:
				store.insert(doc)
			else:
				store.update(doc["doctype"], doc["name"], doc)
			saved.append(doc)
		for doc in saved:
			if doc.get("docstatus") == CANCELLED:
				triggers.document_cancelled(store, clock, doc, user)
			else:
				triggers.document_saved(store, clock, doc, user)
	return len(saved)


@dataclass(frozen=True)
class Session:
	"""A login to Xero and the way there, for the organisations that it reaches."""

	app: OAuthApp
	tokens: Tokens
	endpoints: Endpoints
	clock: Clock

	@classmethod
	def by_client_credentials(
		cls, client_id: str, client_secret: str, endpoints: Endpoints, clock: Clock
	) -> Session:
		"""Log in as a custom connection. Raises ``XeroError`` if Xero does not let it in."""
		app = OAuthApp(client_id, client_secret, "", endpoints, new_session(), clock)
		return cls.with_token(app, app.client_credentials(), endpoints, clock)

	@classmethod
	def with_token(cls, app: OAuthApp, token: Token, endpoints: Endpoints, clock: Clock) -> Session:
		"""Go on with the tokens of a login."""
		return cls(app, Tokens(app, MemoryTokens(token), clock), endpoints, clock)

	def engine(self, store: Store, organisation: str) -> Engine:
		"""The engine of one organisation."""
		api = XeroApi(
			new_session(),
			self.endpoints,
			organisation,
			self.tokens,
			budget=Budget(self.clock),
			clock=self.clock,
		)
		return Engine(store, api, organisation, self.clock)


def connect(
	store: Store,
	session: Session,
	*,
	organisation: str | None = None,
	company: str | None = None,
	choices: Mapping[str, Any] | None = None,
) -> Engine:
	"""Make a store sync with an organisation, or go on with it: register, read its accounts, confirm the
	company.

	``organisation`` by name or tenant id, needed if the login reaches several; ``company`` if the store holds
	documents of several. ``choices`` are fields of the Xero Organisation; ``sales_account`` is given as an
	account code. On the first time everything that is in the store already is queued. Raises ``SyncError`` or
	``XeroError``.
	"""
	connections = session.app.connections(session.tokens.current())
	if organisation:
		connections = [each for each in connections if organisation in (each.tenant_id, each.tenant_name)]
	if len(connections) != 1:
		names = ", ".join(sorted(each.tenant_name for each in connections)) or "none"
		raise SyncError(f"Say which Xero organisation with --organisation. This login reaches: {names}.")
	(tenant,) = organisations.register(store, connections, None)
	known = store.get("Xero Organisation", tenant) or {}
	engine = session.engine(store, tenant)
	report = engine.refresh_reference()
	if report.stopped:
		raise SyncError(report.stopped)
	_choose(store, tenant, choices or {})
	if not known.get("enabled"):
		organisations.confirm(store, tenant, company or only_company(store))
		with store.transaction():
			triggers.queue_existing(store, session.clock, tenant)
	return engine


def only_company(store: Store) -> str:
	"""The company whose documents the store holds. Raises ``SyncError`` if there is not just one."""
	names = {str(row["name"]) for row in store.find("Company", fields=["name"])}
	names |= {
		str(row["company"]) for row in store.find("Sales Order", fields=["company"]) if row.get("company")
	}
	if len(names) == 1:
		return names.pop()
	listed = ", ".join(sorted(names)) or "none"
	raise SyncError(f"Say whose books these are with --company. The store knows: {listed}.")


def _choose(store: Store, tenant: str, choices: Mapping[str, Any]) -> None:
	values = {field: value for field, value in choices.items() if value is not None}
	if "sales_account" in values:
		code = values["sales_account"]
		found = store.find(
			"Xero Account", {"organisation": tenant, "code": code, "status": "ACTIVE"}, limit=1
		)
		if not found:
			raise SyncError(f"The organisation has no active account with the code {code}.")
		values["sales_account"] = found[0]["name"]
	if values:
		store.update("Xero Organisation", tenant, values)
