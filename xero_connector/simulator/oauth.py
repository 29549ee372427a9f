"""Xero's login: authorisation codes with PKCE, rotating refresh tokens, client credentials, connections.

The simulator has one person at the login page, so an app's connections are those that person granted.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from sqlite3 import Row
from urllib.parse import urlsplit

from xero_connector.simulator.errors import Problem, forbidden, unauthorised
from xero_connector.simulator.state import Store
from xero_connector.simulator.values import DAY, MINUTE, Body, IdSource, from_ms, iso_moment, loads

CODE_LIFE = 5 * MINUTE
ACCESS_LIFE = 30 * MINUTE
REFRESH_LIFE = 60 * DAY
REPLACED_LIFE = 30 * MINUTE
"""How long a refresh token works on after it was used once."""

ALL_SCOPES = " ".join(
	f"accounting.{area}" for area in ("contacts", "invoices", "payments", "settings", "banktransactions")
)


class OAuthError(Problem):
	"""An error answer of the token endpoint, as in RFC 6749, section 5.2."""

	def __init__(self, status: int, error: str, description: str = "") -> None:
		body = {"error": error, **({"error_description": description} if description else {})}
		super().__init__(status, body, headers={"Cache-Control": "no-store"})


@dataclass(frozen=True)
class Grant:
	"""Who calls the API: the app, and what its access token allows."""

	client_id: str
	scopes: frozenset[str]
	own_tenant: str | None


@dataclass
class Login:
	"""The identity service during one transaction; `now` in milliseconds since 1970."""

	store: Store
	now: int
	new_id: IdSource

	def app_for_consent(self, args: Mapping[str, str]) -> Row:
		"""The app of a request to the authorize page. Raises Problem (400) for a request that is not right:
		an error in client or redirect must be shown, never redirected.
		"""
		app = self._app(args.get("client_id", ""))
		if app is None or app["kind"] != "web":
			raise Problem(400, "Error: unauthorized_client. Unknown client.")
		if args.get("redirect_uri") not in loads(app["redirect_uris"]):
			raise Problem(400, "Error: unauthorized_client. Invalid redirect_uri.")
		if args.get("response_type") != "code":
			raise Problem(400, "Error: unsupported_response_type")
		if not args.get("scope"):
			raise Problem(400, "Error: invalid_scope")
		if args.get("code_challenge") and args.get("code_challenge_method") != "S256":
			raise Problem(400, "Error: invalid_request. Transform algorithm not supported.")
		return app

	def consent(self, args: Mapping[str, str], tenants: Sequence[str]) -> str:
		"""The person allowed these organisations: connect them and answer a single-use code."""
		app = self.app_for_consent(args)
		auth_event = self.new_id()
		for tenant in tenants:
			self.connect(app["client_id"], tenant, auth_event)
		code = secrets.token_urlsafe(32)
		self.store.execute(
			"""INSERT INTO codes (code, client_id, redirect_uri, challenge, scope, expires)
			VALUES (?, ?, ?, ?, ?, ?)""",
			code,
			app["client_id"],
			args["redirect_uri"],
			args.get("code_challenge") or None,
			args["scope"],
			self.now + CODE_LIFE,
		)
		return code

	def connect(self, client_id: str, tenant: str, auth_event: str) -> None:
		"""Connect an organisation to an app; one that is connected keeps its connection id."""
		self.store.execute(
			"""INSERT INTO connections (id, client_id, tenant, auth_event, created, updated)
			VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (client_id, tenant)
			DO UPDATE SET auth_event = excluded.auth_event, updated = excluded.updated""",
			self.new_id(),
			client_id,
			tenant,
			auth_event,
			self.now,
			self.now,
		)

	def token(self, form: Mapping[str, str], authorization: str | None) -> Body:
		"""Tokens for a code, a refresh token or client credentials. Raises OAuthError."""
		app = self._client(form, authorization)
		grant_type = form.get("grant_type", "")
		if grant_type == "authorization_code" and app["kind"] == "web":
			return self._issue(app, self._redeem(app, form))
		if grant_type == "refresh_token" and app["kind"] == "web":
			return self._issue(app, self._rotate(app, form.get("refresh_token", "")))
		if grant_type == "client_credentials" and app["kind"] == "custom":
			return self._issue(app, form.get("scope") or ALL_SCOPES)
		if grant_type in ("authorization_code", "refresh_token", "client_credentials"):
			raise OAuthError(400, "unauthorized_client")
		raise OAuthError(400, "unsupported_grant_type")

	def revoke(self, form: Mapping[str, str], authorization: str | None) -> None:
		"""Revoke a refresh token: all refresh tokens and connections of the app go. Raises OAuthError.

		An unknown token is no error (RFC 7009). Access tokens live on, but reach no organisation.
		"""
		app = self._client(form, authorization)
		known = self.store.value(
			"SELECT 1 FROM tokens WHERE token = ? AND client_id = ? AND kind = 'refresh'",
			form.get("token", ""),
			app["client_id"],
		)
		if known:
			self.store.execute(
				"DELETE FROM tokens WHERE client_id = ? AND kind = 'refresh'", app["client_id"]
			)
			self.store.execute("DELETE FROM connections WHERE client_id = ?", app["client_id"])

	def grant(self, authorization: str | None) -> Grant:
		"""Who holds the bearer token of a request. Raises Problem (401)."""
		scheme, _, token = (authorization or "").partition(" ")
		if scheme.lower() != "bearer" or not token:
			raise unauthorised("AuthenticationUnsuccessful")
		row = self.store.row("SELECT * FROM tokens WHERE token = ? AND kind = 'access'", token.strip())
		if row is None:
			raise unauthorised("AuthenticationUnsuccessful")
		if row["expires"] <= self.now:
			expired = from_ms(row["expires"]).strftime("%m/%d/%Y %H:%M:%S")
			raise unauthorised(f"TokenExpired: token expired at {expired}")
		app = self._app(row["client_id"])
		own_tenant = app["tenant"] if app and app["kind"] == "custom" else None
		return Grant(row["client_id"], frozenset(row["scope"].split()), own_tenant)

	def tenant(self, grant: Grant, header: str | None) -> str:
		"""The organisation a call is for. Raises Problem (403) when the app is not connected to it."""
		tenant = header or grant.own_tenant or ""
		connected = self.store.value(
			"SELECT 1 FROM connections WHERE client_id = ? AND tenant = ?", grant.client_id, tenant.lower()
		)
		if not connected:
			raise forbidden()
		return tenant.lower()

	def connections(self, grant: Grant, auth_event: str | None = None) -> list[Body]:
		"""The organisations the app is connected to, as GET /connections answers them."""
		rows = self.store.rows(
			"""SELECT connections.*, organisations.name FROM connections JOIN organisations USING (tenant)
			WHERE client_id = ? AND (? IS NULL OR auth_event = ?)
			ORDER BY connections.created, organisations.name""",
			grant.client_id,
			auth_event,
			auth_event,
		)
		return [
			{
				"id": row["id"],
				"authEventId": row["auth_event"],
				"tenantId": row["tenant"],
				"tenantType": "ORGANISATION",
				"tenantName": row["name"],
				"createdDateUtc": iso_moment(row["created"]),
				"updatedDateUtc": iso_moment(row["updated"]),
			}
			for row in rows
		]

	def disconnect(self, grant: Grant, connection_id: str) -> bool:
		"""Remove a connection of the app; answers whether there was one."""
		sql = "DELETE FROM connections WHERE id = ? AND client_id = ?"
		return self.store.execute(sql, connection_id.lower(), grant.client_id) > 0

	def _app(self, client_id: str) -> Row | None:
		return self.store.row("SELECT * FROM apps WHERE client_id = ?", client_id)

	def _client(self, form: Mapping[str, str], authorization: str | None) -> Row:
		client_id, secret = _basic(authorization) or (
			form.get("client_id", ""),
			form.get("client_secret", ""),
		)
		app = self._app(client_id)
		if app is None or not hmac.compare_digest(app["client_secret"].encode(), secret.encode()):
			raise OAuthError(401, "invalid_client")
		return app

	def _redeem(self, app: Row, form: Mapping[str, str]) -> str:
		code = self.store.row("SELECT * FROM codes WHERE code = ?", form.get("code", ""))
		if code is None or code["client_id"] != app["client_id"] or code["expires"] <= self.now:
			raise OAuthError(400, "invalid_grant")
		if form.get("redirect_uri") != code["redirect_uri"]:
			raise OAuthError(400, "invalid_grant", "redirect_uri does not match")
		if code["challenge"] and challenge(form.get("code_verifier", "")) != code["challenge"]:
			raise OAuthError(400, "invalid_grant", "code_verifier does not match")
		self.store.execute("DELETE FROM codes WHERE code = ?", code["code"])
		return str(code["scope"])

	def _rotate(self, app: Row, token: str) -> str:
		row = self.store.row("SELECT * FROM tokens WHERE token = ? AND kind = 'refresh'", token)
		if row is None or row["client_id"] != app["client_id"] or row["expires"] <= self.now:
			raise OAuthError(400, "invalid_grant")
		if row["replaced"] is None:
			self.store.execute("UPDATE tokens SET replaced = ? WHERE token = ?", self.now, token)
		elif row["replaced"] + REPLACED_LIFE <= self.now:
			raise OAuthError(400, "invalid_grant")
		return str(row["scope"])

	def _issue(self, app: Row, scope: str) -> Body:
		answer: Body = {
			"access_token": self._new_token("access", app, scope, ACCESS_LIFE),
			"expires_in": ACCESS_LIFE // 1000,
			"token_type": "Bearer",
			"scope": scope,
		}
		if "offline_access" in scope.split():
			answer["refresh_token"] = self._new_token("refresh", app, scope, REFRESH_LIFE)
		return answer

	def _new_token(self, kind: str, app: Row, scope: str, life: int) -> str:
		token = secrets.token_urlsafe(32)
		self.store.execute(
			"INSERT INTO tokens (token, kind, client_id, scope, expires) VALUES (?, ?, ?, ?, ?)",
			token,
			kind,
			app["client_id"],
			scope,
			self.now + life,
		)
		return token


def challenge(verifier: str) -> str:
	"""The S256 code challenge of a PKCE verifier (RFC 7636)."""
	digest = hashlib.sha256(verifier.encode()).digest()
	return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def check_redirect_uri(uri: str) -> str:
	"""The address when Xero would register it: https, or http on localhost by name. Raises ValueError."""
	address = urlsplit(uri)
	if address.scheme == "https" and address.hostname:
		return uri
	if address.scheme == "http" and address.hostname == "localhost":
		return uri
	raise ValueError(f"a redirect address is https or http://localhost, not {uri}")


def _basic(authorization: str | None) -> tuple[str, str] | None:
	scheme, _, encoded = (authorization or "").partition(" ")
	if scheme.lower() != "basic":
		return None
	try:
		client_id, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
	except (binascii.Error, UnicodeDecodeError):
		raise OAuthError(401, "invalid_client") from None
	return client_id, secret
