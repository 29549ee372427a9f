"""Where Xero lives, and the session that goes nowhere else."""

from __future__ import annotations

from dataclasses import dataclass

import requests


@dataclass(frozen=True)
class Endpoints:
	"""The base URLs of Xero's three hosts."""

	api: str
	identity: str
	login: str

	@classmethod
	def xero(cls) -> Endpoints:
		"""Xero's own hosts, over TLS."""
		return cls("https://api.xero.com", "https://identity.xero.com", "https://login.xero.com")

	@classmethod
	def below(cls, url: str) -> Endpoints:
		"""Everything below one URL, with Xero's own paths: the simulator, or a test server."""
		base = url.rstrip("/")
		if not base.startswith(("http://", "https://")):
			raise ValueError(f"{url!r} is not a URL; write it like http://127.0.0.1:8080")
		return cls(base, base, base)

	@property
	def accounting(self) -> str:
		return f"{self.api}/api.xro/2.0"

	@property
	def connections(self) -> str:
		return f"{self.api}/connections"

	@property
	def authorize(self) -> str:
		return f"{self.login}/identity/connect/authorize"

	@property
	def token(self) -> str:
		return f"{self.identity}/connect/token"

	@property
	def revocation(self) -> str:
		return f"{self.identity}/connect/revocation"


def new_session() -> requests.Session:
	"""A session without surprises: no retry, no proxy or password from the environment.

	Every call through it says ``allow_redirects=False`` for itself.
	"""
	session = requests.Session()
	session.trust_env = False
	return session
