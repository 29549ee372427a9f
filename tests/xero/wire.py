"""A wire of recorded answers, and a client on it: what a test sends is kept, what it gets is written down."""

from __future__ import annotations

import socket
from collections.abc import Callable
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

from xero_connector.clock import UTC, ManualClock
from xero_connector.xero import (
	Endpoints,
	MemoryTokens,
	OAuthApp,
	Token,
	Tokens,
	TokenStore,
	XeroApi,
	new_session,
)

START = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
TENANT = "7d3f5a8e-7c0e-4b0c-9a53-3c8a4e0b1f11"
JSON = "application/json; charset=utf-8"
SECRET = "client-secret-5tG9"
ACCESS = "access-token-1aB2"
REFRESH = "refresh-token-3cD4"

Recording = requests.Response | Exception | Callable[[requests.PreparedRequest], requests.Response]


def answer(status: int, body: bytes = b"{}", content_type: str = JSON, **headers: str) -> requests.Response:
	"""A recorded answer; header names with underscores for hyphens."""
	response = requests.Response()
	response.status_code = status
	named = {name.replace("_", "-"): value for name, value in headers.items()}
	response.headers = CaseInsensitiveDict({"Content-Type": content_type, **named})
	response.encoding = "utf-8"
	response.raw = BytesIO(body)
	response._content = body
	return response


class Recorded(BaseAdapter):
	"""Gives the recorded answers in order, raises the exceptions among them, and keeps every request."""

	def __init__(self, *recordings: Recording) -> None:
		super().__init__()
		self.recordings = list(recordings)
		self.sent: list[requests.PreparedRequest] = []
		self.options: list[dict[str, Any]] = []

	def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
		self.sent.append(request)
		self.options.append(kwargs)
		recording = self.recordings.pop(0)
		if isinstance(recording, Exception):
			raise recording
		response = recording if isinstance(recording, requests.Response) else recording(request)
		response.request = request
		response.url = request.url or ""
		return response

	def close(self) -> None:
		"""Nothing to release."""


def token(clock: ManualClock, minutes: float = 30, access: str = ACCESS, refresh: str = REFRESH) -> Token:
	return Token(access, refresh, clock.now() + timedelta(minutes=minutes), ("accounting.invoices",))


def session_on(adapter: BaseAdapter) -> requests.Session:
	session = new_session()
	session.mount("https://", adapter)
	session.mount("http://", adapter)
	return session


def app_on(adapter: BaseAdapter, clock: ManualClock) -> OAuthApp:
	return OAuthApp(
		"client-id", SECRET, "https://erp.test/callback", Endpoints.xero(), session_on(adapter), clock
	)


def api_on(
	adapter: BaseAdapter,
	clock: ManualClock,
	store: TokenStore | None = None,
) -> XeroApi:
	"""A client with a token for half an hour, at Xero's own addresses, on this wire."""
	session = session_on(adapter)
	app = OAuthApp("client-id", SECRET, "https://erp.test/callback", Endpoints.xero(), session, clock)
	tokens = Tokens(app, store or MemoryTokens(token(clock)), clock)
	return XeroApi(session, Endpoints.xero(), TENANT, tokens, clock=clock)


def api_at(url: str, clock: ManualClock) -> XeroApi:
	"""A client with a token for half an hour, on the network, at a server of this machine."""
	session, endpoints = new_session(), Endpoints.below(url)
	app = OAuthApp("client-id", SECRET, "https://erp.test/callback", endpoints, session, clock)
	tokens = Tokens(app, MemoryTokens(token(clock)), clock)
	return XeroApi(session, endpoints, TENANT, tokens, clock=clock)


def closed_port() -> int:
	"""A port of this machine that nobody listens on."""
	with socket.socket() as probe:
		probe.bind(("127.0.0.1", 0))
		return int(probe.getsockname()[1])


def whole_chain(error: BaseException) -> str:
	"""Everything that a log of this error might print: text and repr of it and of all it came from."""
	said, seen = [], error
	while True:
		said += [str(seen), repr(seen), repr(seen.args), repr(vars(seen))]
		cause = seen.__cause__ or seen.__context__
		if cause is None:
			return "\n".join(said)
		seen = cause
