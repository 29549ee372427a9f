from __future__ import annotations

import html
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from simulator_kit import API, SCOPES, HandClock, Xero, connect, in_process

from xero_connector.simulator import Simulator
from xero_connector.simulator.oauth import challenge

AUTHORIZE = "https://login.xero.com/identity/connect/authorize"
TOKEN = "https://identity.xero.com/connect/token"
REVOKE = "https://identity.xero.com/connect/revocation"
CONNECTIONS = "https://api.xero.com/connections"
REDIRECT = "https://erp.example/callback"
VERIFIER = "v" * 43
APP = ("web", "web-secret")
INPUT = re.compile(r'<input type="hidden" name="([^"]*)" value="([^"]*)">')


@pytest.fixture
def browser(sim: Simulator, tenant: str) -> requests.Session:
	sim.add_app(*APP, redirect_uris=[REDIRECT, "http://localhost:8000/cb"])
	sim.add_app("other", "other-secret", redirect_uris=[REDIRECT])
	return in_process(sim)


def request_of(**fields: str) -> dict[str, str]:
	return {
		"response_type": "code",
		"client_id": "web",
		"redirect_uri": REDIRECT,
		"scope": SCOPES,
		"state": "s p&ce",
		"code_challenge": challenge(VERIFIER),
		"code_challenge_method": "S256",
		**fields,
	}


def consent(browser: requests.Session, tenants: list[str], **fields: str) -> dict[str, str]:
	"""Allow, and answer the parameters the app is called back with."""
	form: dict[str, Any] = {**request_of(**fields), "tenant": tenants, "decision": "allow"}
	answer = browser.post(AUTHORIZE, data=form, allow_redirects=False)
	assert answer.status_code == 302
	address = urlsplit(answer.headers["Location"])
	assert f"{address.scheme}://{address.netloc}{address.path}" == fields.get("redirect_uri", REDIRECT)
	return {key: values[0] for key, values in parse_qs(address.query).items()}


def redeem(browser: requests.Session, issued: str, **fields: str) -> requests.Response:
	form = {
		"grant_type": "authorization_code",
		"code": issued,
		"redirect_uri": REDIRECT,
		"code_verifier": VERIFIER,
	}
	return browser.post(TOKEN, data={**form, **fields}, auth=APP)


def refresh(browser: requests.Session, token: str) -> requests.Response:
	return browser.post(TOKEN, data={"grant_type": "refresh_token", "refresh_token": token}, auth=APP)


def bearer(tokens: dict[str, Any]) -> dict[str, str]:
	return {"Authorization": f"Bearer {tokens['access_token']}"}


@pytest.fixture
def tokens(browser: requests.Session, tenant: str) -> dict[str, Any]:
	return dict(redeem(browser, consent(browser, [tenant])["code"]).json())


def test_the_page_lists_organisations_to_tick(browser: requests.Session, sim: Simulator) -> None:
	sim.add_organisation("<script>alert(1)</script> & Sons")
	page = browser.get(AUTHORIZE, params=request_of())
	assert page.status_code == 200
	assert "Bayside Ltd" in page.text and "accounting.contacts" in page.text
	assert "<script>" not in page.text and "&lt;script&gt;alert(1)&lt;/script&gt; &amp; Sons" in page.text


def test_the_form_of_the_page_leads_on(browser: requests.Session, tenant: str) -> None:
	page = browser.get(AUTHORIZE, params=request_of()).text
	carried = {html.unescape(name): html.unescape(value) for name, value in INPUT.findall(page)}
	assert carried == request_of()
	assert f'name="tenant" value="{tenant}" checked' in page, "a single organisation is ticked from the start"
	form = {**carried, "tenant": tenant, "decision": "allow"}
	answer = browser.post(AUTHORIZE, data=form, allow_redirects=False)
	assert answer.headers["Location"].startswith(REDIRECT + "?code=")


@pytest.mark.parametrize(
	"wrong",
	[
		{"client_id": "nobody"},
		{"redirect_uri": "https://evil.example/"},
		{"redirect_uri": REDIRECT + "/more"},
		{"response_type": "token"},
		{"scope": ""},
		{"code_challenge_method": "plain"},
	],
)
def test_a_wrong_request_is_shown_and_never_redirected(
	browser: requests.Session, wrong: dict[str, str]
) -> None:
	shown = browser.get(AUTHORIZE, params=request_of(**wrong), allow_redirects=False)
	posted = browser.post(AUTHORIZE, data={**request_of(**wrong), "decision": "allow"}, allow_redirects=False)
	for answer in (shown, posted):
		assert (answer.status_code, "Location" in answer.headers) == (400, False)


def test_cancel_is_access_denied(browser: requests.Session, tenant: str) -> None:
	form = {**request_of(), "tenant": tenant, "decision": "cancel"}
	answer = browser.post(AUTHORIZE, data=form, allow_redirects=False)
	assert answer.headers["Location"] == REDIRECT + "?error=access_denied&state=s+p%26ce"


def test_code_to_tokens_to_connections(browser: requests.Session, sim: Simulator, tenant: str) -> None:
	second = sim.add_organisation("Second Ltd")
	called_back = consent(browser, [tenant, second])
	assert called_back["state"] == "s p&ce"
	answer = redeem(browser, called_back["code"])
	tokens = answer.json()
	assert (tokens["expires_in"], tokens["token_type"], tokens["scope"]) == (1800, "Bearer", SCOPES)
	connections = browser.get(CONNECTIONS, headers=bearer(tokens)).json()
	assert [each["tenantId"] for each in connections] == [tenant, second]
	assert connections[0].keys() == {
		"id",
		"authEventId",
		"tenantId",
		"tenantType",
		"tenantName",
		"createdDateUtc",
		"updatedDateUtc",
	}
	assert (connections[0]["tenantType"], connections[0]["tenantName"]) == ("ORGANISATION", "Bayside Ltd")
	assert connections[0]["createdDateUtc"] == "2026-05-01T12:00:00.123"
	assert connections[0]["authEventId"] == connections[1]["authEventId"]


@pytest.mark.parametrize(
	"wrong", [{"code": "made-up"}, {"redirect_uri": "http://localhost:8000/cb"}, {"code_verifier": "w" * 43}]
)
def test_a_code_is_bound(browser: requests.Session, tenant: str, wrong: dict[str, str]) -> None:
	code = consent(browser, [tenant])["code"]
	answer = redeem(browser, code, **wrong)
	assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


def test_a_code_works_once_for_its_app_and_five_minutes(
	browser: requests.Session, tenant: str, clock: HandClock
) -> None:
	code = consent(browser, [tenant])["code"]
	form = {
		"grant_type": "authorization_code",
		"code": code,
		"redirect_uri": REDIRECT,
		"code_verifier": VERIFIER,
	}
	assert browser.post(TOKEN, data=form, auth=("other", "other-secret")).json() == {"error": "invalid_grant"}
	clock.forward(minutes=4, seconds=59)
	assert redeem(browser, code).status_code == 200
	assert redeem(browser, code).json() == {"error": "invalid_grant"}
	late = consent(browser, [tenant])["code"]
	clock.forward(minutes=5)
	assert redeem(browser, late).json() == {"error": "invalid_grant"}


def test_a_wrong_secret_is_an_invalid_client(browser: requests.Session) -> None:
	form = {"grant_type": "refresh_token", "refresh_token": "x"}
	for auth in (("web", "wrong"), ("nobody", "x")):
		answer = browser.post(TOKEN, data=form, auth=auth)
		assert (answer.status_code, answer.json()) == (401, {"error": "invalid_client"})
	in_body = browser.post(TOKEN, data={**form, "client_id": "web", "client_secret": "web-secret"})
	assert (in_body.status_code, in_body.json()) == (400, {"error": "invalid_grant"})
	odd = browser.post(TOKEN, data={"grant_type": "password"}, auth=APP)
	assert (odd.status_code, odd.json()) == (400, {"error": "unsupported_grant_type"})


def test_refresh_tokens_rotate_and_the_last_one_works_thirty_minutes_more(
	browser: requests.Session, tokens: dict[str, Any], clock: HandClock
) -> None:
	first = refresh(browser, tokens["refresh_token"])
	assert first.json()["refresh_token"] != tokens["refresh_token"]
	clock.forward(minutes=29, seconds=59)
	again = refresh(browser, tokens["refresh_token"])
	assert again.json()["refresh_token"] not in (tokens["refresh_token"], first.json()["refresh_token"])
	clock.forward(seconds=1)
	late = refresh(browser, tokens["refresh_token"])
	assert (late.status_code, late.json()) == (400, {"error": "invalid_grant"})
	assert refresh(browser, first.json()["refresh_token"]).status_code == 200


def test_a_refresh_token_lives_sixty_days(
	browser: requests.Session, tokens: dict[str, Any], clock: HandClock
) -> None:
	clock.forward(days=59)
	fresh = refresh(browser, tokens["refresh_token"]).json()
	clock.forward(days=60)
	assert refresh(browser, fresh["refresh_token"]).json() == {"error": "invalid_grant"}


def test_no_refresh_token_without_offline_access(browser: requests.Session, tenant: str) -> None:
	code = consent(browser, [tenant], scope="accounting.contacts")["code"]
	assert "refresh_token" not in redeem(browser, code).json()


def test_an_access_token_lives_thirty_minutes(
	browser: requests.Session, tokens: dict[str, Any], tenant: str, clock: HandClock
) -> None:
	headers = {**bearer(tokens), "xero-tenant-id": tenant}
	clock.forward(minutes=29, seconds=59)
	assert browser.get(API + "Contacts", headers=headers).status_code == 200
	clock.forward(seconds=1)
	answer = browser.get(API + "Contacts", headers=headers)
	assert (answer.status_code, answer.json()["Title"], answer.json()["Status"]) == (401, "Unauthorized", 401)
	assert answer.json()["Detail"] == "TokenExpired: token expired at 05/01/2026 12:30:00"


def test_disconnecting_makes_later_calls_forbidden(
	browser: requests.Session, tokens: dict[str, Any], tenant: str
) -> None:
	(connection,) = browser.get(CONNECTIONS, headers=bearer(tokens)).json()
	assert browser.delete(f"{CONNECTIONS}/{tenant}", headers=bearer(tokens)).status_code == 404
	assert browser.delete(f"{CONNECTIONS}/{connection['id']}", headers=bearer(tokens)).status_code == 204
	assert browser.get(CONNECTIONS, headers=bearer(tokens)).json() == []
	answer = browser.get(API + "Contacts", headers={**bearer(tokens), "xero-tenant-id": tenant})
	assert (answer.status_code, answer.json()["Detail"]) == (403, "AuthenticationUnsuccessful")


def test_a_disconnect_in_xero(
	browser: requests.Session, sim: Simulator, tokens: dict[str, Any], tenant: str
) -> None:
	sim.accountant(tenant).disconnect("web")
	answer = browser.get(API + "Contacts", headers={**bearer(tokens), "xero-tenant-id": tenant})
	assert answer.status_code == 403
	assert refresh(browser, tokens["refresh_token"]).status_code == 200


def test_revocation_ends_the_refresh_token_and_the_connections(
	browser: requests.Session, tokens: dict[str, Any]
) -> None:
	assert browser.post(REVOKE, data={"token": "unknown"}, auth=APP).status_code == 200
	assert len(browser.get(CONNECTIONS, headers=bearer(tokens)).json()) == 1
	assert (
		browser.post(REVOKE, data={"token": tokens["refresh_token"]}, auth=("web", "no")).status_code == 401
	)
	assert browser.post(REVOKE, data={"token": tokens["refresh_token"]}, auth=APP).status_code == 200
	assert refresh(browser, tokens["refresh_token"]).json() == {"error": "invalid_grant"}
	assert browser.get(CONNECTIONS, headers=bearer(tokens)).json() == []


def test_which_tenant_a_call_is_for(
	browser: requests.Session, sim: Simulator, tokens: dict[str, Any], tenant: str
) -> None:
	foreign = sim.add_organisation("Foreign Ltd")
	assert browser.get(API + "Contacts", headers=bearer(tokens)).status_code == 403
	assert (
		browser.get(API + "Contacts", headers={**bearer(tokens), "xero-tenant-id": foreign}).status_code
		== 403
	)
	assert browser.get(API + "Contacts", headers={"xero-tenant-id": tenant}).status_code == 401
	custom = connect(sim, tenant)
	del custom.headers["xero-tenant-id"]
	assert custom.get("Contacts").status_code == 200


@pytest.mark.parametrize(
	("scope", "method", "path", "status"),
	[
		("accounting.contacts.read", "GET", "Contacts", 200),
		("accounting.contacts.read", "PUT", "Contacts", 401),
		("accounting.contacts", "PUT", "Contacts", 200),
		("accounting.contacts", "GET", "Invoices", 401),
		("accounting.invoices", "GET", "Invoices", 200),
		("accounting.invoices", "GET", "Items", 200),
		("accounting.settings.read", "GET", "Items", 200),
		("accounting.settings.read", "GET", "Accounts", 200),
		("accounting.invoices", "GET", "Payments", 401),
		("accounting.payments.read", "GET", "Overpayments", 200),
		("accounting.transactions", "GET", "Payments", 200),
		("accounting.transactions", "GET", "TaxRates", 401),
	],
)
def test_scopes(sim: Simulator, tenant: str, scope: str, method: str, path: str, status: int) -> None:
	body = {"Contacts": [{"Name": "A"}]} if method == "PUT" else None
	answer = connect(sim, tenant, scope).call(method, path, body)
	assert answer.status_code == status
	if status == 401:
		assert answer.json()["Detail"] == "AuthorizationUnsuccessful: insufficient scope"


@pytest.mark.parametrize(
	("uri", "allowed"),
	[
		("https://erp.example/x", True),
		("http://localhost/xero-demo", True),
		("http://localhost:8000/x", True),
		("http://127.0.0.1:8000/x", False),
		("http://erp.example/x", False),
		("http://localhost.evil.example/x", False),
		("erp.example", False),
	],
)
def test_which_redirects_can_be_registered(sim: Simulator, uri: str, allowed: bool) -> None:
	if allowed:
		sim.add_app("a", "s", redirect_uris=[uri])
	else:
		with pytest.raises(ValueError, match="redirect"):
			sim.add_app("a", "s", redirect_uris=[uri])


def test_a_custom_app_has_one_organisation(sim: Simulator, xero: Xero) -> None:
	with pytest.raises(ValueError, match="custom"):
		sim.add_app("c", "s", kind="custom")
	with pytest.raises(ValueError, match="no organisation"):
		sim.add_app("c", "s", kind="custom", tenant_id="none")
	answer = in_process(sim).post(TOKEN, data={"grant_type": "refresh_token"}, auth=("custom", "secret"))
	assert (answer.status_code, answer.json()) == (400, {"error": "unauthorized_client"})
