"""The one client of Xero's Accounting API.

It never retries by itself and never sleeps longer than the budget says.
"""

from __future__ import annotations

import copy
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import requests
from urllib3.exceptions import NewConnectionError
from urllib3.exceptions import SSLError as TlsError

from xero_connector.clock import Clock
from xero_connector.xero.budget import Budget
from xero_connector.xero.endpoints import Endpoints
from xero_connector.xero.errors import (
	BadAnswer,
	Disconnected,
	Missing,
	Refused,
	Uncertain,
	Unreachable,
	XeroError,
)
from xero_connector.xero.login import Token
from xero_connector.xero.reading import read_json
from xero_connector.xero.secret import Bearer, send
from xero_connector.xero.tokens import Tokens
from xero_connector.xero.usage import Priority, rate_limited

TIMEOUT = (10, 60)
"""Seconds to connect, seconds between two parts of the answer."""

READ = "GET"


@dataclass(frozen=True)
class Answer:
	"""A good answer: the parsed body, and Xero's id of the call for its support."""

	data: Mapping[str, Any]
	status: int
	correlation_id: str

	def records(self, collection: str) -> list[dict[str, Any]]:
		"""The list under ``Contacts``, ``Invoices`` and so on. Raises ``BadAnswer`` if there is none."""
		rows = self.data.get(collection)
		if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
			raise BadAnswer(f"Xero's answer has no list of {collection}.", correlation_id=self.correlation_id)
		return rows


class XeroApi:
	"""Calls for one organisation (``tenant_id``), at the priority of a person who waits.

	Without a ``budget`` it keeps to one of its own, which no other process knows.
	"""

	priority = Priority.PERSON

	def __init__(
		self,
		session: requests.Session,
		endpoints: Endpoints,
		tenant_id: str,
		tokens: Tokens,
		*,
		clock: Clock,
		budget: Budget | None = None,
	) -> None:
		self.tenant_id = tenant_id
		self.budget = budget or Budget(clock)
		self._session = session
		self._endpoints = endpoints
		self._tokens = tokens

	@property
	def calls(self) -> int:
		"""How many calls went out within this budget, at any priority."""
		return self.budget.calls

	def at(self, priority: Priority) -> XeroApi:
		"""The same API for work of this priority."""
		other = copy.copy(self)
		other.priority = priority
		return other

	def within(self, budget: Budget) -> XeroApi:
		"""The same API within this budget."""
		other = copy.copy(self)
		other.budget = budget
		return other

	def get(
		self, path: str, params: Mapping[str, Any] | None = None, *, modified_since: str | None = None
	) -> Answer:
		"""Read. ``modified_since`` is UTC to the second, ``2026-11-22T18:31:00``.

		Raises ``Unreachable``, ``RateLimited``, ``Disconnected``, ``Missing``, ``Refused`` or ``BadAnswer``.
		"""
		headers = {"If-Modified-Since": modified_since} if modified_since else {}
		return self._call(READ, path, params, headers, None)

	def send(
		self,
		method: str,
		path: str,
		body: bytes,
		*,
		key: str,
		params: Mapping[str, Any] | None = None,
		before: Callable[[], None] | None = None,
	) -> Answer:
		"""Write. ``key`` is the idempotency key: the same body may go again under it for a few minutes.
		``before`` is called when the budget has let the call go: what it raises keeps it from going out.

		Raises as ``get`` does, and ``Uncertain`` when Xero may or may not have done it.
		"""
		headers = {"Idempotency-Key": key, "Content-Type": "application/json"}
		return self._call(method, path, params, headers, body, before)

	def _call(
		self,
		method: str,
		path: str,
		params: Mapping[str, Any] | None,
		headers: Mapping[str, str],
		body: bytes | None,
		before: Callable[[], None] | None = None,
	) -> Answer:
		token = self._tokens.current()
		answer = self._request(method, path, params, headers, body, token, before)
		if answer.status_code == 401:  # expired, or replaced; what is really ended, the login server says
			token = self._tokens.renew(token)
			answer = self._request(method, path, params, headers, body, token, before)
		return self._read(method, answer, token)

	def _request(
		self,
		method: str,
		path: str,
		params: Mapping[str, Any] | None,
		headers: Mapping[str, str],
		body: bytes | None,
		token: Token,
		before: Callable[[], None] | None,
	) -> requests.Response:
		whole = {
			"xero-tenant-id": self.tenant_id,
			"Accept": "application/json",
			**headers,
		}
		try:
			with self.budget.call(self.priority) as flight:
				if before:
					before()
				answer = send(
					self._session,
					method,
					f"{self._endpoints.accounting}/{path}",
					params=params,
					data=body,
					headers=whole,
					auth=Bearer(token.access_token),
					timeout=TIMEOUT,
				)
				flight.answered(answer.status_code, answer.headers)
		except requests.RequestException as error:
			raise _no_answer(method, error) from error
		return answer

	def _read(self, method: str, answer: requests.Response, token: Token) -> Answer:
		status, correlation_id = answer.status_code, answer.headers.get("xero-correlation-id", "")
		if status == 429:
			raise rate_limited(answer.headers)
		if status < 300:
			return Answer(_body_of(method, answer, correlation_id), status, correlation_id)
		raise _error(method, answer, correlation_id, token)


def _no_answer(method: str, error: requests.RequestException) -> XeroError:
	"""Whether Xero can have acted: never on a read, never if no connection was made."""
	if method == READ or isinstance(error, requests.ConnectTimeout) or _no_connection(error):
		return Unreachable(f"Xero cannot be reached ({type(error).__name__}).")
	return Uncertain(f"Xero did not answer ({type(error).__name__}).")


def _no_connection(error: requests.RequestException) -> bool:
	"""No connection, or a certificate refused: other TLS errors may come after the request went out."""
	cause = error.args[0] if error.args else None
	cause = getattr(cause, "reason", cause)
	if isinstance(cause, TlsError) and cause.args:
		cause = cause.args[0]
	return isinstance(cause, (NewConnectionError, ssl.SSLCertVerificationError))


def _body_of(method: str, answer: requests.Response, correlation_id: str) -> Mapping[str, Any]:
	if answer.status_code == 204:
		return {}
	try:
		data = read_json(answer.content)
	except ValueError as error:
		message = "Xero's answer is cut off or is not JSON."
		if method == READ:
			raise BadAnswer(message, status=answer.status_code, correlation_id=correlation_id) from error
		raise Uncertain(message, status=answer.status_code, correlation_id=correlation_id) from error
	if isinstance(data, dict):
		return data
	message = "Xero's answer is not an object."
	if method == READ:
		raise BadAnswer(message, status=answer.status_code, correlation_id=correlation_id)
	raise Uncertain(message, status=answer.status_code, correlation_id=correlation_id)


def _error(method: str, answer: requests.Response, correlation_id: str, token: Token) -> XeroError:
	status, said = answer.status_code, _said(answer, token)
	message = str(
		said.get("Message") or said.get("Detail") or said.get("Title") or f"Xero answered {status}."
	)
	if status == 400:
		elements = _dicts(said.get("Elements"))
		faults = [fault for row in elements for fault in _dicts(row.get("ValidationErrors"))]
		details = [str(fault.get("Message")) for fault in faults]
		return Refused(" ".join(details) or message, elements=elements, correlation_id=correlation_id)
	if status in (401, 403):
		return Disconnected(f"Xero refused access: {message}", status=status, correlation_id=correlation_id)
	if status == 404:
		return Missing("Xero has no such record.", status=status, correlation_id=correlation_id)
	if status >= 500 and method != READ:
		replayable = status != 500  # a 500 is kept under the key, the same key would only return it
		return Uncertain(message, replayable=replayable, status=status, correlation_id=correlation_id)
	if status >= 500:
		return Unreachable(message, status=status, correlation_id=correlation_id)
	return BadAnswer(message, status=status, correlation_id=correlation_id)


def _dicts(rows: Any) -> list[dict[str, Any]]:
	return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _said(answer: requests.Response, token: Token) -> Mapping[str, Any]:
	"""The JSON of an error answer; Xero also sends HTML (404) and plain text (5xx). It is shown and kept, so
	it does not repeat the token of the call.
	"""
	if "json" not in answer.headers.get("Content-Type", ""):
		return {}
	try:
		data = read_json(answer.content.replace(token.access_token.encode(), b"..."))
	except ValueError:
		return {}
	return data if isinstance(data, dict) else {}
