"""Keeping a login alive: one renewal for all, kept before it is used."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta

import pytest
import requests

from tests.xero.wire import ACCESS, REFRESH, Recorded, answer, api_on, app_on, token
from xero_connector.clock import ManualClock
from xero_connector.xero import Disconnected, LoginRefused, MemoryTokens, Token, Tokens, Unreachable

PATIENCE = 10
"""Seconds after which a test that hangs fails instead."""


def issued(access: str, refresh: str = "refresh-2") -> requests.Response:
	body = f'{{"access_token": "{access}", "refresh_token": "{refresh}", "expires_in": 1800}}'
	return answer(200, body.encode())


class Watched(MemoryTokens):
	"""A store that writes down what was done to it."""

	def __init__(self, kept: Token | None, seen: list[str]) -> None:
		super().__init__(kept)
		self.seen = seen

	def save(self, token: Token) -> None:
		self.seen.append(f"save {token.refresh_token}")
		super().save(token)

	@contextmanager
	def lock(self) -> Iterator[None]:
		self.seen.append("lock")
		with super().lock():
			yield
		self.seen.append("unlock")


def test_a_good_token_is_used_as_it_is(clock: ManualClock) -> None:
	wire = Recorded()
	tokens = Tokens(app_on(wire, clock), MemoryTokens(token(clock)), clock)
	assert tokens.current().access_token == ACCESS
	assert wire.sent == []


@pytest.mark.parametrize(("left", "renewed"), [(121, False), (120, True), (1, True), (-3600, True)])
def test_a_token_is_renewed_two_minutes_before_its_end(clock: ManualClock, left: int, renewed: bool) -> None:
	wire = Recorded(issued("newer"))
	tokens = Tokens(app_on(wire, clock), MemoryTokens(token(clock, minutes=left / 60)), clock)
	assert tokens.current().access_token == ("newer" if renewed else ACCESS)
	assert len(wire.sent) == int(renewed)


def test_the_new_refresh_token_is_kept_before_anything_else(clock: ManualClock) -> None:
	seen: list[str] = []

	def login(request: requests.PreparedRequest) -> requests.Response:
		seen.append(f"POST {request.body!s}")
		return issued("newer")

	def invoices(request: requests.PreparedRequest) -> requests.Response:
		seen.append(f"GET with {request.headers['Authorization']}")
		return answer(200)

	store = Watched(token(clock, minutes=0), seen)
	api_on(Recorded(login, invoices), clock, store).get("Invoices")
	assert seen == [
		"lock",
		f"POST grant_type=refresh_token&refresh_token={REFRESH}",
		"save refresh-2",
		"unlock",
		"GET with Bearer newer",
	]


def test_a_token_that_cannot_be_kept_is_not_used(clock: ManualClock) -> None:
	class Full(MemoryTokens):
		def save(self, token: Token) -> None:
			raise OSError("disk full")

	wire = Recorded(issued("newer"))
	with pytest.raises(OSError, match="disk full"):
		api_on(wire, clock, Full(token(clock, minutes=0))).get("Invoices")
	assert [sent.url for sent in wire.sent] == ["https://identity.xero.com/connect/token"]


def test_two_threads_renew_once(clock: ManualClock) -> None:
	"""The second comes to the lock while the first is asking; it finds what the first has brought."""
	second_waits = threading.Event()
	comers: list[str] = []

	class Meeting(MemoryTokens):
		@contextmanager
		def lock(self) -> Iterator[None]:
			comers.append("one more")
			if len(comers) == 2:
				second_waits.set()
			with super().lock():
				yield

	def login(request: requests.PreparedRequest) -> requests.Response:
		assert second_waits.wait(PATIENCE), "the second thread never came to the lock"
		return issued("newer")

	wire = Recorded(login, login)
	old = token(clock)
	tokens = Tokens(app_on(wire, clock), Meeting(old), clock)
	with ThreadPoolExecutor(2) as pool:
		got = list(pool.map(lambda _: tokens.renew(old).access_token, range(2), timeout=3 * PATIENCE))
	assert got == ["newer", "newer"]
	assert len(wire.sent) == 1


def test_what_another_process_renewed_is_taken(clock: ManualClock) -> None:
	wire = Recorded()
	store = MemoryTokens(token(clock, access="of another process"))
	tokens = Tokens(app_on(wire, clock), store, clock)
	assert tokens.renew(token(clock)).access_token == "of another process"
	assert wire.sent == []


def test_what_another_process_renewed_and_has_ended_since_is_not(clock: ManualClock) -> None:
	wire = Recorded(issued("newest"))
	store = MemoryTokens(token(clock, minutes=1, access="of another process"))
	tokens = Tokens(app_on(wire, clock), store, clock)
	assert tokens.renew(token(clock)).access_token == "newest"


def test_a_token_that_xero_refuses_is_renewed_though_it_looks_good(clock: ManualClock) -> None:
	wire = Recorded(issued("newer"))
	store = MemoryTokens(token(clock))
	assert Tokens(app_on(wire, clock), store, clock).renew(token(clock)).access_token == "newer"
	assert store.token == Token("newer", "refresh-2", clock.now() + timedelta(minutes=30), ())


def test_an_ended_login_is_told_to_the_store(clock: ManualClock) -> None:
	kept = token(clock, minutes=0)
	store = MemoryTokens(kept)
	tokens = Tokens(app_on(Recorded(answer(400, b'{"error": "invalid_grant"}')), clock), store, clock)
	with pytest.raises(Disconnected):
		tokens.current()
	assert store.message == "The login has expired or was revoked. Connect to Xero again."
	assert store.token == kept
	with store.lock():
		pass  # not left locked


def test_a_login_that_another_renewed_meanwhile_has_not_ended(clock: ManualClock) -> None:
	"""A lock can be lost, with the connection that holds it: then both ask, and one is refused."""
	store = MemoryTokens(token(clock, minutes=0))

	def refused(request: requests.PreparedRequest) -> requests.Response:
		store.token = token(clock, access="of another process")
		return answer(400, b'{"error": "invalid_grant"}')

	tokens = Tokens(app_on(Recorded(refused), clock), store, clock)
	assert tokens.current().access_token == "of another process"
	assert store.message == ""


@pytest.mark.parametrize(
	("recording", "kind"),
	[
		(answer(503, b"", "text/plain"), Unreachable),
		(requests.ReadTimeout("slow"), Unreachable),
		(answer(401, b'{"error": "invalid_client"}'), LoginRefused),
	],
)
def test_a_fault_that_may_pass_ends_no_login(
	clock: ManualClock, recording: requests.Response | Exception, kind: type[Exception]
) -> None:
	store = MemoryTokens(token(clock, minutes=0))
	tokens = Tokens(app_on(Recorded(recording, issued("newer")), clock), store, clock)
	with pytest.raises(kind):
		tokens.current()
	assert store.message == ""
	assert tokens.current().access_token == "newer"


def test_nobody_has_connected(clock: ManualClock) -> None:
	wire, store = Recorded(), MemoryTokens()
	with pytest.raises(Disconnected, match="Nobody has connected to Xero yet"):
		Tokens(app_on(wire, clock), store, clock).current()
	assert wire.sent == []
	assert store.message == "Nobody has connected to Xero yet."


def test_an_app_without_a_refresh_token_logs_in_again(clock: ManualClock) -> None:
	wire = Recorded(answer(200, b'{"access_token": "newer", "expires_in": 1800}'))
	store = MemoryTokens(token(clock, minutes=0, refresh=""))
	assert Tokens(app_on(wire, clock), store, clock).current().access_token == "newer"
	assert str(wire.sent[0].body).startswith("grant_type=client_credentials&scope=accounting.contacts")
