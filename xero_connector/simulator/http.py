"""The WSGI application: every request, from the bearer token to the headers of the answer."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from requests.structures import CaseInsensitiveDict
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request, Response

from xero_connector.simulator.api import Answer, Call
from xero_connector.simulator.consent import authorize
from xero_connector.simulator.errors import Problem, bad_post, not_found, unauthorised
from xero_connector.simulator.limits import Flights, spend, too_many
from xero_connector.simulator.oauth import Grant, Login
from xero_connector.simulator.page import Pages
from xero_connector.simulator.query import unit_places
from xero_connector.simulator.routes import ROUTES, Endpoint
from xero_connector.simulator.values import MINUTE, dumps, xero_moment

if TYPE_CHECKING:
	from _typeshed.wsgi import StartResponse, WSGIEnvironment

	from xero_connector.simulator.core import Failure, Simulator

API = "/api.xro/2.0"
LARGEST_BODY = 3_500_000
LONGEST_KEY = 128
KEY_LIFE = 6 * MINUTE
"""An Idempotency-Key is kept for six minutes from its first call."""

logger = logging.getLogger(__name__)


class Application:
	"""Xero's hosts below one base: login, identity, accounting API, and the accountant's pages."""

	def __init__(self, simulator: Simulator) -> None:
		self._simulator = simulator
		self._store = simulator.store
		self._flights = Flights()
		self._pages = Pages(simulator)

	def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
		request = Request(environ)
		return self._dispatch(request)(environ, start_response)

	def _dispatch(self, request: Request) -> Response:
		path = request.path
		if path.startswith(f"{API}/"):
			return self._api(request)
		if path.startswith(("/identity/", "/connect/", "/connections")):
			return self._identity(request)
		return self._pages.respond(request)

	def _identity(self, request: Request) -> Response:
		try:
			with self._store.transaction():
				login = Login(self._store, self._simulator.now(), self._simulator.ids)
				return self._identity_answer(request, login)
		except Problem as problem:
			return _failure(problem)

	def _identity_answer(self, request: Request, login: Login) -> Response:
		target, authorization = (request.method, request.path), request.headers.get("Authorization")
		if request.path == "/identity/connect/authorize" and request.method in ("GET", "POST"):
			return authorize(request, login, self._simulator.organisations())
		if target == ("POST", "/connect/token"):
			return _json(login.token(request.form, authorization), headers={"Cache-Control": "no-store"})
		if target == ("POST", "/connect/revocation"):
			login.revoke(request.form, authorization)
			return Response(status=200)
		if target == ("GET", "/connections"):
			return _json(login.connections(login.grant(authorization), request.args.get("authEventId")))
		if request.method == "DELETE" and request.path.startswith("/connections/"):
			grant = login.grant(authorization)
			if login.disconnect(grant, request.path.removeprefix("/connections/")):
				return Response(status=204)
		raise not_found()

	def _api(self, request: Request) -> Response:
		request.get_data()  # an answer given before the body was read would break the connection
		token, tenant = request.headers.get("Authorization", ""), request.headers.get("xero-tenant-id", "")
		with self._flights.enter(token, tenant, self._simulator.limits.concurrent) as admitted:
			if not admitted:
				return self._finish(_failure(too_many("concurrent")), {})
			with self._store.transaction():
				return self._counted(request)

	def _counted(self, request: Request) -> Response:
		"""Answer within the limits, and write the call down whatever became of it."""
		now = self._simulator.now()
		client_id = tenant = None
		headers: dict[str, str] = {}
		try:
			login = Login(self._store, now, self._simulator.ids)
			grant = login.grant(request.headers.get("Authorization"))
			client_id = grant.client_id
			tenant = login.tenant(grant, request.headers.get("xero-tenant-id"))
			headers = spend(self._store, self._simulator.limits, client_id, tenant, now)
			response = self._once(request, grant, tenant, now)
		except Problem as problem:
			response = _failure(problem)
		self._store.execute(
			"""INSERT INTO calls (at, client_id, tenant, method, path, query, status, counted)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?)""",
			now,
			client_id,
			tenant,
			request.method,
			request.path,
			request.query_string.decode(),
			response.status_code,
			int(bool(tenant) and response.status_code != 429),
		)
		return self._finish(response, headers)

	def _once(self, request: Request, grant: Grant, tenant: str, now: int) -> Response:
		"""Answer a call; under an Idempotency-Key seen in the last six minutes, repeat what was said then."""
		key = request.headers.get("Idempotency-Key") if request.method in ("PUT", "POST") else None
		if not key:
			return self._attempt(request, grant, tenant, now, self._simulator.take_failure())
		if len(key) > LONGEST_KEY:
			raise bad_post(f"The Idempotency-Key can have at most {LONGEST_KEY} characters")
		digest = hashlib.sha256(request.get_data() + b"?" + request.query_string).hexdigest()
		scope = (key, grant.client_id, tenant, f"{request.method} {request.path}")
		condition = "key = ? AND client_id = ? AND tenant = ? AND target = ?"
		self._store.execute("DELETE FROM idempotency WHERE first <= ?", now - KEY_LIFE)
		kept = self._store.row(f"SELECT * FROM idempotency WHERE {condition}", *scope)
		if kept and kept["digest"] != digest:
			raise bad_post("The Idempotency-Key has already been used with a different request")
		if kept:
			return Response(kept["answer"], kept["status"], content_type=kept["content_type"])
		failure = self._simulator.take_failure()
		response = self._attempt(request, grant, tenant, now, failure)
		if failure and not failure.cached:
			return response
		self._store.execute(
			"INSERT INTO idempotency VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
			*scope,
			digest,
			now,
			response.status_code,
			response.content_type or "",
			response.get_data(),
		)
		return response

	def _attempt(
		self, request: Request, grant: Grant, tenant: str, now: int, failure: Failure | None
	) -> Response:
		"""Answer a call; what failed has written nothing."""
		try:
			with self._store.transaction():
				if failure:
					raise Problem(failure.status, "An unexpected error occurred")
				return self._answer(request, grant, tenant, now)
		except Problem as problem:
			return _failure(problem)
		except Exception:
			logger.exception("%s %s failed", request.method, request.path)
			return _failure(Problem(500, "An unexpected error occurred"))

	def _answer(self, request: Request, grant: Grant, tenant: str, now: int) -> Response:
		try:
			matched: tuple[Any, Mapping[str, Any]] = ROUTES.bind("").match(
				request.path[len(API) :], request.method
			)
		except HTTPException:
			raise not_found() from None
		endpoint: Endpoint = matched[0]
		_check_scope(grant, endpoint.resource.scopes, request.method)
		if (request.content_length or 0) > LARGEST_BODY:
			raise Problem(413, "Request Entity Too Large")
		args = CaseInsensitiveDict(request.args.items())
		books = self._simulator.books(tenant, now, unit_places(args))
		call = Call(
			books,
			request.method,
			args,
			dict(request.headers),
			request.get_data(),
			self._simulator.max_page_size,
			self._simulator.take_refusal,
		)
		answer = endpoint.answer(call, endpoint.resource, **matched[1])
		return self._enveloped(answer, now)

	def _enveloped(self, answer: Answer, now: int) -> Response:
		if answer.body is None:
			return Response(status=answer.status)
		if not answer.enveloped:
			return _json(answer.body, answer.status)
		envelope = {
			"Id": self._simulator.ids(),
			"Status": "OK",
			"ProviderName": "Xero Simulator",
			"DateTimeUTC": xero_moment(now).replace("+0000", ""),
		}
		return _json({**envelope, **answer.body}, answer.status)

	def _finish(self, response: Response, headers: Mapping[str, str]) -> Response:
		response.headers.update(headers)
		response.headers["xero-correlation-id"] = self._simulator.ids()
		return response


def _check_scope(grant: Grant, allowed: Iterable[str], method: str) -> None:
	"""GET is open to a scope and to its .read form, all else to the scope itself. Raises Problem (401)."""
	reading = [f"{scope}.read" for scope in allowed] if method == "GET" else []
	if not grant.scopes.intersection([*allowed, *reading]):
		raise unauthorised(
			"AuthorizationUnsuccessful: insufficient scope",
			{"WWW-Authenticate": 'Bearer error="insufficient_scope"'},
		)


def _json(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
	return Response(dumps(body), status, headers, content_type="application/json; charset=utf-8")


def _failure(problem: Problem) -> Response:
	if not isinstance(problem.body, str):
		return _json(problem.body, problem.status, problem.headers)
	return Response(problem.body, problem.status, problem.headers, content_type=problem.content_type)
