"""Keeping a login alive: an access token when one is needed, refreshed by one process at a time."""

from __future__ import annotations

import threading
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Protocol

from xero_connector.clock import Clock
from xero_connector.xero.errors import Disconnected
from xero_connector.xero.login import OAuthApp, Token

EARLY = timedelta(minutes=2)
"""A token this close to its end is replaced before it is used."""


class TokenStore(Protocol):
	"""Where the tokens of one login are kept, shared by every process that uses it."""

	def load(self) -> Token | None:
		"""The newest tokens, or ``None`` before the first login."""
		...

	def save(self, token: Token) -> None:
		"""Keep them, durably, before returning: the old refresh token is dying already."""
		...

	def lock(self) -> AbstractContextManager[None]:
		"""Keep every other process from refreshing."""
		...

	def disconnected(self, message: str) -> None:
		"""Remember that somebody must connect again."""
		...


class MemoryTokens:
	"""A token store for one process."""

	def __init__(self, token: Token | None = None) -> None:
		self.token = token
		self.message = ""
		self._lock = threading.Lock()

	def load(self) -> Token | None:
		return self.token

	def save(self, token: Token) -> None:
		self.token = token

	def lock(self) -> AbstractContextManager[None]:
		return self._lock  # type: ignore[return-value]

	def disconnected(self, message: str) -> None:
		self.message = message


class Tokens:
	"""The access token of one login. An app without a refresh token logs in again by itself."""

	def __init__(self, app: OAuthApp, store: TokenStore, clock: Clock) -> None:
		self.app = app
		self.store = store
		self.clock = clock

	def current(self) -> Token:
		"""Tokens that are good for two minutes at least, refreshed if need be.

		Raises ``Disconnected`` when the login has ended, ``Unreachable`` when the login server is away.
		"""
		token = self.store.load()
		return token if token and self._fresh(token) else self.renew(token)

	def renew(self, used: Token | None) -> Token:
		"""Replace ``used``, unless another process has replaced it meanwhile."""
		with self.store.lock():
			token = self.store.load()
			if token and self._fresh(token) and (used is None or token.access_token != used.access_token):
				return token
			try:
				fresh = self.app.refresh(token) if token and token.refresh_token else self._log_in(token)
			except Disconnected as error:
				renewed = self.store.load()  # by somebody whom the lock did not keep out
				if renewed and token and renewed.access_token != token.access_token and self._fresh(renewed):
					return renewed
				self.store.disconnected(str(error))
				raise
			self.store.save(fresh)
			return fresh

	def _log_in(self, token: Token | None) -> Token:
		if token is None:
			raise Disconnected("Nobody has connected to Xero yet.")
		return self.app.client_credentials()

	def _fresh(self, token: Token) -> bool:
		return token.expires_at - self.clock.now() > EARLY
