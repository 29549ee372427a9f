"""Logging in: what is asked of the login server, and what each of its answers means to a person."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
import requests

from tests.xero.wire import ACCESS, JSON, REFRESH, SECRET, START, Recorded, answer, app_on, token, whole_chain
from xero_connector.clock import UTC, ManualClock
from xero_connector.simulator import InProcessAdapter, Simulator
from xero_connector.xero import (
	SCOPES,
	BadAnswer,
	Connection,
	Disconnected,
	Endpoints,
	LoginRefused,
	OAuthApp,
	Pkce,
	Token,
	Unreachable,
	XeroError,
	new_session,
)

REDIRECT = "https://erp.test/callback"
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
"""The example of RFC 7636, appendix B."""


class Site:
	"""A web app, registered with the simulator, and the person who logs in."""

	def __init__(self, clock: ManualClock) -> None:
		self.clock = clock
		self.simulator = Simulator(clock=clock.now)
		self.tenant = self.simulator.add_organisation("Wind Power LLC")
		self.simulator.add_app("client-id", SECRET, redirect_uris=[REDIRECT])
		self.session = new_session()
		self.session.mount("https://", InProcessAdapter(self.simulator))
		self.app = self.app_with(SECRET)

	def app_with(self, secret: str) -> OAuthApp:
		return OAuthApp("client-id", secret, REDIRECT, Endpoints.xero(), self.session, self.clock)

	def consent(self, challenge: str = CHALLENGE) -> str:
		"""Allow the app; answers the code that the browser brings back."""
		url = self.app.authorize_url("state-1", challenge)
		form = {**dict(parse_qsl(urlsplit(url).query)), "tenant": self.tenant, "decision": "allow"}
		there = self.session.post(url.partition("?")[0], data=form, allow_redirects=False)
		return parse_qs(urlsplit(there.headers["Location"]).query)["code"][0]


@pytest.fixture
def site(clock: ManualClock) -> Site:
	return Site(clock)


# what is asked


def test_where_the_browser_goes(clock: ManualClock) -> None:
	url = urlsplit(app_on(Recorded(), clock).authorize_url("state & more", CHALLENGE))
	assert f"{url.scheme}://{url.netloc}{url.path}" == "https://login.xero.com/identity/connect/authorize"
	assert dict(parse_qsl(url.query)) == {
		"response_type": "code",
		"client_id": "client-id",
		"redirect_uri": REDIRECT,
		"scope": (
			"offline_access openid profile email accounting.contacts accounting.invoices"
			" accounting.payments accounting.settings"
		),
		"state": "state & more",
		"code_challenge": CHALLENGE,
		"code_challenge_method": "S256",
	}


def test_only_granular_scopes_each_with_a_reason() -> None:
	assert "accounting.transactions" not in SCOPES
	assert all(SCOPES.values())


def test_the_challenge_is_that_of_the_rfc(monkeypatch: pytest.MonkeyPatch) -> None:
	monkeypatch.setattr(secrets, "token_urlsafe", lambda size: VERIFIER)
	assert Pkce.new() == Pkce(VERIFIER, CHALLENGE)


def test_every_proof_key_is_new_and_long_enough() -> None:
	first, second = Pkce.new(), Pkce.new()
	assert first.verifier != second.verifier
	assert 43 <= len(first.verifier) <= 128
	assert "=" not in first.challenge


def test_a_custom_connection_asks_for_no_identity(clock: ManualClock) -> None:
	wire = Recorded(answer(200, b'{"access_token": "a", "expires_in": 1800}'))
	got = app_on(wire, clock).client_credentials()
	assert dict(parse_qsl(str(wire.sent[0].body))) == {
		"grant_type": "client_credentials",
		"scope": "accounting.contacts accounting.invoices accounting.payments accounting.settings",
	}
	assert got.refresh_token == ""
	assert wire.options[0]["timeout"] == (10, 30)


# a whole login


def test_a_login_from_consent_to_the_end(site: Site) -> None:
	got = site.app.exchange(site.consent(), VERIFIER)
	assert got.expires_at == datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
	assert got.scopes == tuple(SCOPES)
	assert got.access_token and got.refresh_token
	(connection,) = site.app.connections(got)
	assert (connection.tenant_id, connection.tenant_name) == (site.tenant, "Wind Power LLC")
	assert connection.id != site.tenant
	site.app.disconnect(got, connection.id)
	assert site.app.connections(got) == []
	site.app.disconnect(got, connection.id)  # gone already is fine


def test_the_refresh_token_rotates_and_the_old_one_dies(site: Site, clock: ManualClock) -> None:
	first = site.app.exchange(site.consent(), VERIFIER)
	second = site.app.refresh(first)
	assert second.refresh_token not in ("", first.refresh_token)
	clock.sleep(31 * 60)
	with pytest.raises(Disconnected, match="The login has expired or was revoked"):
		site.app.refresh(first)
	assert site.app.refresh(second).access_token


def test_a_revoked_login_cannot_be_refreshed(site: Site) -> None:
	got = site.app.exchange(site.consent(), VERIFIER)
	site.app.revoke(got)
	with pytest.raises(Disconnected):
		site.app.refresh(got)


def test_a_code_serves_once_and_with_its_own_verifier(site: Site) -> None:
	code = site.consent()
	with pytest.raises(Disconnected):
		site.app.exchange(code, "v" * 43)
	site.app.exchange(code, VERIFIER)
	with pytest.raises(Disconnected):
		site.app.exchange(code, VERIFIER)


def test_a_wrong_secret_says_what_to_check(site: Site) -> None:
	code = site.consent()
	with pytest.raises(LoginRefused) as caught:
		site.app_with("wrong-secret-8kQ1").exchange(code, VERIFIER)
	assert str(caught.value) == (
		"Xero does not know this client id and secret. Copy both again from the app's page in Xero."
	)
	assert caught.value.status == 401
	assert "wrong-secret-8kQ1" not in whole_chain(caught.value)


# answers of the login server


@pytest.mark.parametrize(
	("status", "body", "content_type", "kind", "message"),
	[
		(400, b'{"error": "invalid_grant"}', JSON, Disconnected, "expired or was revoked"),
		(400, b'{"error": "unauthorized_client"}', JSON, LoginRefused, "does not know this client id"),
		(400, b'{"error": "invalid_scope"}', JSON, LoginRefused, "Xero refused the login: invalid_scope."),
		(401, b"", "text/plain", Disconnected, "no longer accepts this login"),
		(403, b"<html>", "text/html", Disconnected, "no longer accepts this login"),
		(500, b"oops", "text/plain", Unreachable, "answered 500. Try again later."),
		(503, b'{"error": "temporarily_unavailable"}', JSON, Unreachable, "answered 503. Try again later."),
		(500, b'{"error": "server_error"}', JSON, Unreachable, "answered 500. Try again later."),
		(429, b"", "text/plain", Unreachable, "answered 429. Try again later."),
		(302, b"", "text/html", BadAnswer, "answered 302."),
		(400, b"[]", JSON, BadAnswer, "answered 400."),
		(200, b"<html>", "text/html", BadAnswer, "did not answer in JSON"),
		(200, b'{"access_token": "a"}', JSON, BadAnswer, "no usable token"),
		(200, b'{"access_token": "a", "expires_in": "soon"}', JSON, BadAnswer, "no usable token"),
		(200, b'{"access_token": "a", "expires_in": 1e400}', JSON, BadAnswer, "no usable token"),
		(200, b'{"access_token": "a", "expires_in": 1e15}', JSON, BadAnswer, "no usable token"),
		(200, b'{"access_token": null, "expires_in": 1800}', JSON, BadAnswer, "no usable token"),
		(200, b'{"access_token": "", "expires_in": 1800}', JSON, BadAnswer, "no usable token"),
		(200, b'{"access_token": "a b", "expires_in": 1800}', JSON, BadAnswer, "no usable token"),
		(200, '{"access_token": "ü", "expires_in": 1800}'.encode(), JSON, BadAnswer, "no usable token"),
		(200, b'{"access_token": "a", "refresh_token": 7, "expires_in": 9}', JSON, BadAnswer, "no usable"),
		(200, b'["a"]', JSON, BadAnswer, "no usable token"),
		(200, b"null", JSON, BadAnswer, "no usable token"),
	],
)
def test_what_an_answer_means(
	clock: ManualClock, status: int, body: bytes, content_type: str, kind: type[XeroError], message: str
) -> None:
	wire = Recorded(answer(status, body, content_type))
	with pytest.raises(XeroError) as caught:
		app_on(wire, clock).refresh(token(clock))
	assert type(caught.value) is kind
	assert message in str(caught.value)
	assert len(wire.sent) == 1
	said = whole_chain(caught.value)
	assert REFRESH not in said and SECRET not in said


@pytest.mark.parametrize("failure", [requests.ReadTimeout("slow"), requests.ConnectionError("refused")])
def test_no_answer(clock: ManualClock, failure: Exception) -> None:
	with pytest.raises(Unreachable, match="login server cannot be reached"):
		app_on(Recorded(failure), clock).refresh(token(clock))


def test_the_time_of_asking_counts_not_that_of_the_answer(clock: ManualClock) -> None:
	def slow(request: requests.PreparedRequest) -> requests.Response:
		clock.sleep(20)
		return answer(200, b'{"access_token": "a", "refresh_token": "r", "expires_in": 1800}')

	assert app_on(Recorded(slow), clock).refresh(token(clock)).expires_at == START + timedelta(seconds=1800)


def test_a_refresh_token_that_does_not_rotate_is_kept(clock: ManualClock) -> None:
	"""RFC 6749, section 6: the server may issue a new one."""
	wire = Recorded(answer(200, b'{"access_token": "a", "expires_in": 1800}'))
	assert app_on(wire, clock).refresh(token(clock)).refresh_token == REFRESH


def test_organisations_only(clock: ManualClock) -> None:
	body = b"""[{"id": "c1", "tenantId": "t1", "tenantName": "One", "tenantType": "ORGANISATION"},
	{"id": "c2", "tenantId": "t2", "tenantName": "A practice", "tenantType": "PRACTICE"},
	{"id": "c3", "tenantId": "t3", "tenantName": null}]"""
	assert app_on(Recorded(answer(200, body)), clock).connections(token(clock)) == [
		Connection("c1", "t1", "One"),
		Connection("c3", "t3", ""),
	]


@pytest.mark.parametrize("body", [b"{}", b"[1]", b'[{"id": "c1"}]', b'[{"tenantId": "t1"}]', b"null"])
def test_a_list_of_organisations_of_another_shape(clock: ManualClock, body: bytes) -> None:
	with pytest.raises(BadAnswer, match="another shape"):
		app_on(Recorded(answer(200, body)), clock).connections(token(clock))


def test_a_failed_disconnect_is_told(clock: ManualClock) -> None:
	for status, kind in ((500, Unreachable), (403, Disconnected)):
		with pytest.raises(kind):
			app_on(Recorded(answer(status, b"", "text/plain")), clock).disconnect(token(clock), "c1")
	app_on(Recorded(answer(404, b"", "text/html")), clock).disconnect(token(clock), "c1")


def test_revoking_sends_the_refresh_token_else_the_access_token(clock: ManualClock) -> None:
	wire = Recorded(answer(200, b""), answer(200, b""))
	app = app_on(wire, clock)
	app.revoke(token(clock))
	app.revoke(token(clock, refresh=""))
	assert [sent.body for sent in wire.sent] == [f"token={REFRESH}", f"token={ACCESS}"]


# what is never said


def test_no_secret_in_any_representation(clock: ManualClock) -> None:
	held = [
		token(clock),
		{"token": token(clock)},
		Pkce(VERIFIER, CHALLENGE),
		app_on(Recorded(), clock),
	]
	said = "".join(f"{thing}{thing!r}" for thing in held)
	assert "2026-11-22T09:30:00+00:00" in said
	for secret in (ACCESS, REFRESH, VERIFIER, SECRET):
		assert secret not in said


def test_tokens_compare_by_value(clock: ManualClock) -> None:
	assert token(clock) == Token(ACCESS, REFRESH, START + timedelta(minutes=30), ("accounting.invoices",))
