"""Login: OAuth 2.0 authorization code with PKCE, client credentials, refresh, revocation, connections."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import requests

from xero_connector.clock import Clock
from xero_connector.xero.endpoints import Endpoints
from xero_connector.xero.errors import BadAnswer, Disconnected, LoginRefused, Unreachable, XeroError
from xero_connector.xero.reading import read_json
from xero_connector.xero.secret import Basic, Bearer, Sealed, send

TIMEOUT = (10, 30)
"""Seconds to connect, seconds to answer."""

SCOPES = {
	"offline_access": "stay connected without asking again",
	"openid": "know who connected",
	"profile": "show the name of who connected",
	"email": "show the email of who connected",
	"accounting.contacts": "customers as contacts",
	"accounting.invoices": "orders as invoices, items; credit notes back on the customer",
	"accounting.payments": "payments, overpayments and prepayments back on the customer",
	"accounting.settings": "accounts, tax rates, currencies and items to map",
}
"""Every scope the app asks for, with its reason.

Granular ones only: Xero ends the broad ones in September 2027.
"""

JSON = {"Accept": "application/json"}

_PRINTABLE = re.compile(r"[!-~]+")

IDENTITY_SCOPES = ("offline_access", "openid", "profile", "email")


@dataclass(frozen=True)
class Token:
	"""A set of tokens; ``expires_at`` is when the access token ends (UTC).

	``refresh_token`` is empty for an app that logs in by itself (client credentials).
	"""

	access_token: str
	refresh_token: str
	expires_at: datetime
	scopes: tuple[str, ...] = ()

	def __repr__(self) -> str:
		return f"Token(expires_at={self.expires_at.isoformat()}, scopes={self.scopes})"


@dataclass(frozen=True)
class Connection:
	"""One organisation that the login may use. ``id`` is the connection's own id, not the tenant's."""

	id: str
	tenant_id: str
	tenant_name: str


@dataclass(frozen=True)
class Pkce:
	"""A proof key: the challenge goes with the authorize request, the verifier with the code."""

	verifier: str = field(repr=False)
	challenge: str

	@classmethod
	def new(cls) -> Pkce:
		verifier = secrets.token_urlsafe(48)
		digest = hashlib.sha256(verifier.encode()).digest()
		return cls(verifier, base64.urlsafe_b64encode(digest).rstrip(b"=").decode())


class OAuthApp:
	"""The app as registered with Xero (My Apps), talking to the login server."""

	def __init__(
		self,
		client_id: str,
		client_secret: str,
		redirect_uri: str,
		endpoints: Endpoints,
		session: requests.Session,
		clock: Clock,
	) -> None:
		self.client_id = client_id
		self.redirect_uri = redirect_uri
		self.endpoints = endpoints
		self.clock = clock
		self._credentials = Basic(client_id, client_secret)
		self._session = session

	def authorize_url(self, state: str, code_challenge: str) -> str:
		"""Where to send the browser."""
		query = {
			"response_type": "code",
			"client_id": self.client_id,
			"redirect_uri": self.redirect_uri,
			"scope": " ".join(SCOPES),
			"state": state,
			"code_challenge": code_challenge,
			"code_challenge_method": "S256",
		}
		return f"{self.endpoints.authorize}?{urlencode(query)}"

	def exchange(self, code: str, code_verifier: str) -> Token:
		"""The tokens for an authorization code (single use, five minutes)."""
		return self._token(
			Sealed(
				grant_type="authorization_code",
				code=code,
				redirect_uri=self.redirect_uri,
				code_verifier=code_verifier,
			)
		)

	def client_credentials(self) -> Token:
		"""A token for a custom connection, which belongs to one organisation."""
		scopes = " ".join(scope for scope in SCOPES if scope not in IDENTITY_SCOPES)
		return self._token(Sealed(grant_type="client_credentials", scope=scopes))

	def refresh(self, old: Token) -> Token:
		"""New tokens. The refresh token rotates: the new one must be kept before anything else happens.

		Raises ``Disconnected`` if it is expired, revoked or already replaced for more than 30 minutes.
		"""
		new = self._token(Sealed(grant_type="refresh_token", refresh_token=old.refresh_token))
		return new if new.refresh_token else replace(new, refresh_token=old.refresh_token)

	def revoke(self, token: Token) -> None:
		"""End the login: Xero forgets the refresh token and every connection made with it."""
		self._post(self.endpoints.revocation, Sealed(token=token.refresh_token or token.access_token))

	def connections(self, token: Token) -> list[Connection]:
		"""The organisations that this login may use."""
		answer = self._call("GET", self.endpoints.connections, headers=JSON, auth=Bearer(token.access_token))
		found = _json(answer)
		if not isinstance(found, list) or not all(_is_connection(row) for row in found):
			raise BadAnswer("Xero's list of organisations has another shape.", status=answer.status_code)
		return [
			Connection(str(row["id"]), str(row["tenantId"]), str(row.get("tenantName") or ""))
			for row in found
			if row.get("tenantType", "ORGANISATION") == "ORGANISATION"
		]

	def disconnect(self, token: Token, connection_id: str) -> None:
		"""Remove one organisation from the login. One that is gone already is fine."""
		try:
			self._call(
				"DELETE",
				f"{self.endpoints.connections}/{connection_id}",
				headers=JSON,
				auth=Bearer(token.access_token),
			)
		except XeroError as error:
			if error.status != 404:
				raise

	def _token(self, form: Sealed) -> Token:
		asked = self.clock.now()
		answer = _json(self._post(self.endpoints.token, form))
		data = Sealed(answer) if isinstance(answer, dict) else Sealed()
		del answer
		try:
			return Token(
				access_token=_secret(data["access_token"]),
				refresh_token=_secret(data["refresh_token"]) if data.get("refresh_token") else "",
				expires_at=asked + timedelta(seconds=float(data["expires_in"])),
				scopes=tuple(str(data.get("scope") or "").split()),
			)
		except (KeyError, TypeError, ValueError, OverflowError) as error:
			raise BadAnswer("Xero's login server sent no usable token.") from error

	def _post(self, url: str, form: Sealed) -> requests.Response:
		return self._call("POST", url, data=form, auth=self._credentials)

	def _call(self, method: str, url: str, **kwargs: Any) -> requests.Response:
		try:
			answer = send(self._session, method, url, timeout=TIMEOUT, **kwargs)
		except requests.RequestException as error:
			raise Unreachable(f"Xero's login server cannot be reached ({type(error).__name__}).") from error
		if answer.status_code < 300:
			return answer
		raise _login_error(answer)


def _secret(value: Any) -> str:
	"""A token, fit for a header. Raises ``ValueError`` for anything else, which it does not repeat."""
	if not isinstance(value, str) or not _PRINTABLE.fullmatch(value):
		raise ValueError("no token")
	return value


def _is_connection(row: Any) -> bool:
	return isinstance(row, dict) and bool(row.get("id") and row.get("tenantId"))


def _login_error(answer: requests.Response) -> XeroError:
	try:
		reason = str(read_json(answer.content).get("error") or "")
	except (ValueError, AttributeError):
		reason = ""
	status = answer.status_code
	if status >= 500 or status == 429:
		return Unreachable(f"Xero's login server answered {status}. Try again later.", status=status)
	if reason in ("invalid_client", "unauthorized_client"):
		return LoginRefused(
			"Xero does not know this client id and secret. Copy both again from the app's page in Xero.",
			status=status,
		)
	if reason == "invalid_grant":
		return Disconnected("The login has expired or was revoked. Connect to Xero again.", status=status)
	if status in (401, 403):
		return Disconnected("Xero no longer accepts this login. Connect to Xero again.", status=status)
	if reason:
		return LoginRefused(f"Xero refused the login: {reason}.", status=status)
	return BadAnswer(f"Xero's login server answered {status}.", status=status)


def _json(answer: requests.Response) -> Any:
	try:
		return read_json(answer.content)
	except ValueError as error:
		raise BadAnswer("Xero's login server did not answer in JSON.", status=answer.status_code) from error
