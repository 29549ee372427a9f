"""The tokens of a Xero Login, encrypted as Frappe encrypts every Password field."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

import frappe
from frappe.utils.password import get_decrypted_password, remove_encrypted_password, set_encrypted_password

from xero_connector.clock import parse_utc, utc_text
from xero_connector.store.frappe import FrappeStore, fresh_snapshot
from xero_connector.store.protocol import StoreError
from xero_connector.sync.organisations import mark_reconnect
from xero_connector.xero import Token

LOGIN = "Xero Login"
LOCK_SECONDS = 60
"""Longer than the login server may take to answer."""


class SiteTokens:
	"""The token store of one Xero Login, shared by all workers and web processes of the site."""

	def __init__(self, login: str) -> None:
		self.login = login
		self._store = FrappeStore()

	def load(self) -> Token | None:
		access_token = get_decrypted_password(LOGIN, self.login, "access_token", raise_exception=False)
		row = self._store.get(LOGIN, self.login)
		if not access_token or not row or not row.get("expires_at"):
			return None
		refresh_token = get_decrypted_password(LOGIN, self.login, "refresh_token", raise_exception=False)
		scopes = tuple((row.get("scopes") or "").split())
		return Token(access_token, refresh_token or "", parse_utc(row["expires_at"]), scopes)

	def save(self, token: Token) -> None:
		with self._store.transaction():
			for field in ("access_token", "refresh_token"):
				secret = getattr(token, field)
				if secret:
					set_encrypted_password(LOGIN, self.login, secret, field)
				else:
					remove_encrypted_password(LOGIN, self.login, field)
			self._store.update(
				LOGIN,
				self.login,
				{
					"expires_at": utc_text(token.expires_at),
					"scopes": " ".join(token.scopes),
					"status": "Connected",
					"message": None,
				},
			)

	@contextmanager
	def lock(self) -> Iterator[None]:
		"""A lock of the database server, so that it holds on every machine.

		Raises ``StoreError`` inside a transaction, where the new tokens could not be kept, and when another
		process does not let go of it.
		"""
		if self._store.in_transaction():
			raise StoreError("The login cannot be renewed while writes wait for a commit.")
		name = hashlib.sha256(f"{frappe.conf.db_name}|{self.login}".encode()).hexdigest()
		if not frappe.db.sql("SELECT GET_LOCK(%s, %s)", (name, LOCK_SECONDS))[0][0]:
			raise StoreError("Another process has been renewing the login for a minute.")
		try:
			fresh_snapshot()
			yield
		finally:
			frappe.db.sql("SELECT RELEASE_LOCK(%s)", name)

	def disconnected(self, message: str) -> None:
		with self._store.transaction():
			self._store.update(LOGIN, self.login, {"status": "Reconnect Needed", "message": message})
			reached = {"login": self.login, "status": ("!=", "Disconnected")}
			for organisation in self._store.find("Xero Organisation", reached, fields=["name"]):
				mark_reconnect(self._store, organisation["name"], message)

	def forget(self) -> None:
		"""Remove the tokens of a login that was revoked, in the caller's transaction."""
		for field in ("access_token", "refresh_token"):
			remove_encrypted_password(LOGIN, self.login, field)
		self._store.update(LOGIN, self.login, {"status": "Disconnected", "expires_at": None})
