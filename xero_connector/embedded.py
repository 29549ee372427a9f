"""The embedded store as a tool: documents from files, and a sync with any Xero, without a site.

What a site does by document events and desk forms is done here by a few functions: save documents, connect,
sync.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import simplejson

from xero_connector.clock import Clock
from xero_connector.mapping.books import tax_key
from xero_connector.mapping.item import CODE_FIELD
from xero_connector.store.protocol import Doc, Store, StoreError
from xero_connector.sync import organisations, triggers
from xero_connector.sync.engine import Engine
from xero_connector.sync.entities import SHOWN_ON
from xero_connector.sync.errors import SyncError
from xero_connector.xero import (
	Connection,
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
		if not isinstance(doc, dict) or not _is_text(doc.get("doctype")) or not _is_text(doc.get("name")):
			raise StoreError(
				f"{path}: document {at} has no doctype and name. Give the document itself, or a list of them,"
				" without a wrapper such as data or docs."
			)
		if doc.get("docstatus") not in (None, 0, 1, 2):
			raise StoreError(
				f"{path}: document {at} has the docstatus {doc['docstatus']!r}; it is 0, 1 or 2."
			)
		if doc["doctype"] in SHOWN_ON and not doc.get("company"):
			raise StoreError(f"{path}: document {at}, the {doc['doctype']} {doc['name']}, has no company.")
		if doc["doctype"].startswith("Xero "):
			raise StoreError(
				f"{path}: document {at} is a {doc['doctype']}; the connector keeps those itself."
			)
	return docs


def _is_text(value: Any) -> bool:
	return isinstance(value, str) and bool(value.strip())


def save_documents(
	store: Store, clock: Clock, docs: Iterable[Mapping[str, Any]], user: str | None = None
) -> int:
	"""Insert or update documents and note what that means for Xero, all in one transaction; returns how many.

	The fields that the connector writes (``xero_…``) are kept, whatever a file says of them; only an item's
	code in Xero is for people to say.
	"""
	saved: list[Doc] = []
	with store.transaction():
		for given in docs:
			doc = {
				field: value
				for field, value in given.items()
				if not field.startswith("xero_") or field == CODE_FIELD
			}
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
		api = XeroApi(new_session(), self.endpoints, organisation, self.tokens, clock=self.clock)
		return Engine(store, api, organisation, self.clock)


def connect(
	store: Store,
	session: Session,
	*,
	organisation: str | None = None,
	company: str | None = None,
	choices: Mapping[str, Any] | None = None,
	taxes: Mapping[tuple[str, Decimal], str] | None = None,
) -> Engine:
	"""Make a store sync with an organisation, or go on with it: register, read its accounts, confirm.

	``organisation`` by name or tenant id, needed if the login reaches several; ``company`` if the store holds
	documents of several. ``choices`` are fields of the Xero Organisation; ``sales_account`` is given as an
	account code. ``taxes`` are lines of its tax map: (ERPNext account, rate in percent) to Xero's tax type.
	On the first time everything that is in the store already is queued.

	Raises ``SyncError`` or ``XeroError``.
	"""
	reached = session.app.connections(session.tokens.current())
	connections = [each for each in reached if organisation in (None, each.tenant_id, each.tenant_name)]
	if len(connections) != 1:
		names = _listed(each.tenant_name for each in reached)
		raise SyncError(f"Say which Xero organisation with --organisation. This login reaches: {names}.")
	(connection,) = connections
	known = store.get("Xero Organisation", connection.tenant_id) or {}
	_check_company(store, connection, known, company)
	organisations.register(store, connections, None)
	engine = session.engine(store, connection.tenant_id)
	report = engine.refresh_reference()
	if report.stopped:
		raise SyncError(report.stopped)
	_choose(store, session.clock, connection.tenant_id, choices or {}, taxes or {})
	if not known.get("enabled"):
		organisations.confirm(store, connection.tenant_id, company or only_company(store))
		organisations.go_live(store, session.clock, connection.tenant_id)
		with store.transaction():
			triggers.queue_existing(store, session.clock, connection.tenant_id)
	return engine


def companies(store: Store) -> set[str]:
	"""The companies whose documents the store holds."""
	names = {str(row["name"]) for row in store.find("Company", fields=["name"])}
	sold = [row for doctype in SHOWN_ON for row in store.find(doctype, fields=["company"])]
	return names | {str(row["company"]) for row in sold if row.get("company")}


def only_company(store: Store) -> str:
	"""The company whose documents the store holds. Raises ``SyncError`` if there is not just one."""
	names = companies(store)
	if len(names) == 1:
		return names.pop()
	raise SyncError(f"Say whose books these are with --company. The store knows: {_listed(names)}.")


def _check_company(store: Store, connection: Connection, known: Doc, company: str | None) -> None:
	"""Whose books these are must be right: documents in the wrong books are hard to get out again."""
	name = connection.tenant_name
	if company and company not in companies(store):
		raise SyncError(f"The store knows no company {company}. It knows: {_listed(companies(store))}.")
	if company and known.get("company") and company != known["company"]:
		raise SyncError(f"{name} keeps the books of {known['company']}, not of {company}.")
	others = [row for row in organisations.accepting(store) if row["name"] != connection.tenant_id]
	if others and not known and company in (None, *(row.get("company") for row in others)):
		raise SyncError(
			f"This store syncs with {others[0]['organisation_name']}; {name} is another Xero organisation."
			" Load the documents into a store of their own for it."
		)


def _listed(names: Iterable[str]) -> str:
	return ", ".join(sorted(names)) or "none"


def _choose(
	store: Store,
	clock: Clock,
	tenant: str,
	choices: Mapping[str, Any],
	taxes: Mapping[tuple[str, Decimal], str],
) -> None:
	"""Write the choices that are new; what was held goes again."""
	settings = store.get("Xero Organisation", tenant) or {}
	values = {field: value for field, value in choices.items() if value is not None}
	if "sales_account" in values:
		code = values["sales_account"]
		values["sales_account"] = _active(
			store, "Xero Account", tenant, "code", code, "account with the code"
		)
	if taxes:
		lines = {tax_key(row["account"], row["rate"]): row for row in settings.get("taxes") or []}
		for (account, rate), tax_type in taxes.items():
			chosen = _active(store, "Xero Tax Rate", tenant, "tax_type", tax_type, "tax rate of the type")
			lines[tax_key(account, rate)] = {"account": account, "rate": rate, "tax_rate": chosen}
		values["taxes"] = list(lines.values())
	changed = {field: value for field, value in values.items() if settings.get(field) != value}
	if changed:
		with store.transaction():
			store.update("Xero Organisation", tenant, changed)
			triggers.choices_changed(store, clock, tenant)
			if triggers.ITEM_CHOICES & changed.keys():
				triggers.items_changed(store, clock, tenant)


def _active(store: Store, doctype: str, tenant: str, field: str, value: str, what: str) -> str:
	"""The name of the active record that a person means."""
	found = store.find(doctype, {"organisation": tenant, "status": "ACTIVE"}, fields=[field])
	for row in found:
		if row[field] == value:
			return str(row["name"])
	known = _listed(str(row[field]) for row in found if row.get(field))
	raise SyncError(f"The organisation has no active {what} {value}. It has: {known}.")
