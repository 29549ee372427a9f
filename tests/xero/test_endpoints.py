"""Where calls may go, and what may go with them."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.xero.wire import ACCESS, SECRET, Recorded, answer, api_on, app_on, session_on, token
from xero_connector.clock import ManualClock
from xero_connector.xero import Endpoints, new_session

TOKEN = b'{"access_token": "a", "refresh_token": "r", "expires_in": 1800}'


def test_xeros_own_addresses() -> None:
	xero = Endpoints.xero()
	assert xero.accounting == "https://api.xero.com/api.xro/2.0"
	assert xero.connections == "https://api.xero.com/connections"
	assert xero.authorize == "https://login.xero.com/identity/connect/authorize"
	assert xero.token == "https://identity.xero.com/connect/token"
	assert xero.revocation == "https://identity.xero.com/connect/revocation"


def test_everything_below_one_address() -> None:
	below = Endpoints.below("http://127.0.0.1:8080/")
	assert below.accounting == "http://127.0.0.1:8080/api.xro/2.0"
	assert below.connections == "http://127.0.0.1:8080/connections"
	assert below.authorize == "http://127.0.0.1:8080/identity/connect/authorize"
	assert below.token == "http://127.0.0.1:8080/connect/token"


@pytest.mark.parametrize("url", ["", "127.0.0.1:8080", "ftp://xero.test", "xero.test", "file:///etc"])
def test_what_is_no_address(url: str) -> None:
	with pytest.raises(ValueError, match="is not a URL"):
		Endpoints.below(url)


def test_each_secret_goes_to_one_host_only(clock: ManualClock) -> None:
	"""The access token to the API, the app's secret to the login server, nothing anywhere else."""
	wire = Recorded(
		answer(200, TOKEN),
		answer(200, TOKEN),
		answer(200, b"[]"),
		answer(204, b""),
		answer(200, b""),
		answer(200, b'{"Invoices": []}'),
		answer(200, b'{"Invoices": []}'),
	)
	app, api = app_on(wire, clock), api_on(wire, clock)
	app.exchange("code", "verifier")
	app.refresh(token(clock))
	app.connections(token(clock))
	app.disconnect(token(clock), "connection-1")
	app.revoke(token(clock))
	api.get("Invoices")
	api.send("PUT", "Invoices", b"{}", key="key-1")
	basic = "Basic " + b64encode(f"client-id:{SECRET}".encode()).decode()
	bearer = f"Bearer {ACCESS}"
	went = [(str(urlsplit(str(sent.url)).hostname), sent.headers["Authorization"]) for sent in wire.sent]
	assert went == [
		("identity.xero.com", basic),
		("identity.xero.com", basic),
		("api.xero.com", bearer),
		("api.xero.com", bearer),
		("identity.xero.com", basic),
		("api.xero.com", bearer),
		("api.xero.com", bearer),
	]
	assert all(str(sent.url).startswith("https://") for sent in wire.sent)
	assert not any(SECRET in str(sent.body) or SECRET in str(sent.url) for sent in wire.sent)


def test_nothing_of_the_environment(
	clock: ManualClock, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
	"""Neither a proxy nor a password of the machine's account gets into a call."""
	netrc = tmp_path / "netrc"
	netrc.write_text("machine api.xero.com login somebody password else\n")
	monkeypatch.setenv("NETRC", str(netrc))
	monkeypatch.setenv("HTTPS_PROXY", "http://proxy.test:3128")
	monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(netrc))
	assert new_session().trust_env is False
	wire = Recorded(answer(200))
	session_on(wire).get("https://api.xero.com/connections")
	assert "Authorization" not in wire.sent[0].headers
	assert not wire.options[0]["proxies"]
	assert wire.options[0]["verify"] is True
