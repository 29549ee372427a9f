"""One state, several ways in: a port, an adapter, threads and processes."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
import requests
from simulator_kit import SCOPES, Xero, connect, in_process, noon, read, validator

from xero_connector.simulator import (
	DEMO_CLIENT_ID,
	DEMO_CLIENT_SECRET,
	DEMO_CUSTOM_CLIENT_ID,
	DEMO_CUSTOM_CLIENT_SECRET,
	DEMO_REDIRECT_URI,
	Limits,
	Simulator,
	seed_demo_company,
	serve,
)

UNLIMITED = Limits(None, None, None, None)
ROOT = Path(__file__).parents[2]

WRITER = """
import sys
from xero_connector.simulator import Limits, Simulator
path, tenant, mark = sys.argv[1:]
accountant = Simulator(path, limits=Limits(None, None, None, None)).accountant(tenant)
for number in range(15):
	line = {"Description": "Work", "UnitAmount": 1, "AccountCode": "200"}
	accountant.add_invoice(Contact={"Name": "Shared"}, LineItems=[line], Reference=f"{mark}{number}")
"""


def test_a_port_and_the_adapter_give_the_same_answers() -> None:
	sim = Simulator(clock=noon(), ids=iter_ids(), limits=UNLIMITED)
	tenant = seed_demo_company(sim)
	xero = connect(sim, tenant)
	with serve(sim) as server:
		for path in (
			"Organisation",
			"Contacts?page=1",
			"Invoices/INV-0001",
			"Contacts/none",
			"Invoices?where=x",
		):
			inside = xero.session.get(f"https://api.xero.com/api.xro/2.0/{path}", headers=xero.headers)
			outside = requests.get(f"{server.url}/api.xro/2.0/{path}", headers=xero.headers, timeout=10)
			assert (inside.status_code, inside.headers["Content-Type"]) == (
				outside.status_code,
				outside.headers["Content-Type"],
			)
			assert without_id(inside) == without_id(outside)
	with pytest.raises(requests.ConnectionError):
		requests.get(server.url, timeout=1)


def iter_ids() -> Any:
	numbers = iter(range(1, 1_000_000))
	return lambda: f"{next(numbers):08x}-0000-4000-8000-000000000000"


def without_id(response: requests.Response) -> Any:
	if "json" not in response.headers["Content-Type"]:
		return response.text
	return {key: value for key, value in read(response).items() if key != "Id"}


def test_the_adapter_answers_for_any_host_and_does_not_follow_redirects(sim: Simulator) -> None:
	session = in_process(sim)
	answer = session.get("https://anything.example/")
	assert (answer.status_code, answer.url) == (200, "https://anything.example/")
	sim.add_app("web", "s", redirect_uris=["https://erp.example/cb"])
	form = {
		"response_type": "code",
		"client_id": "web",
		"redirect_uri": "https://erp.example/cb",
		"scope": "x",
	}
	cancelled = session.post(
		"https://login.xero.com/identity/connect/authorize", data=form, allow_redirects=False
	)
	assert (cancelled.status_code, cancelled.is_redirect) == (302, True)


def test_a_file_keeps_the_state_and_the_demo_is_seeded_once(tmp_path: Path) -> None:
	path = str(tmp_path / "xero.sqlite")
	first = Simulator(path, limits=UNLIMITED)
	tenant = seed_demo_company(first)
	first.accountant(tenant).add_contact(Name="Kept")
	first.close()
	second = Simulator(path, limits=UNLIMITED)
	assert seed_demo_company(second) == tenant
	assert len(second.accountant(tenant).contacts()) == 9
	assert [each["name"] for each in second.organisations()] == ["Demo Company (UK)"]


def test_the_demo_company(sim: Simulator) -> None:
	tenant = seed_demo_company(sim)
	token = in_process(sim).post(
		"https://identity.xero.com/connect/token",
		data={"grant_type": "client_credentials", "scope": SCOPES},
		auth=(DEMO_CUSTOM_CLIENT_ID, DEMO_CUSTOM_CLIENT_SECRET),
	)
	xero = Xero(sim, token.json()["access_token"], None)
	statuses = sorted(each["Status"] for each in xero.many("Invoices"))
	assert statuses == ["AUTHORISED"] * 3 + ["DRAFT", "PAID", "PAID", "PAID", "SUBMITTED"]
	assert len(xero.many("Payments")) == 4
	page = in_process(sim).get(
		"https://login.xero.com/identity/connect/authorize",
		params={
			"response_type": "code",
			"client_id": DEMO_CLIENT_ID,
			"redirect_uri": DEMO_REDIRECT_URI,
			"scope": SCOPES,
		},
	)
	assert page.status_code == 200 and tenant in page.text and DEMO_CLIENT_SECRET not in page.text


def test_threads_share_a_state_without_loss(tmp_path: Path) -> None:
	sim = Simulator(str(tmp_path / "xero.sqlite"), limits=UNLIMITED)
	xero = connect(sim, sim.add_organisation("Shared"))

	def write(mark: int) -> None:
		for number in range(10):
			xero.create("Contacts", Name=f"{mark}-{number}")

	threads = [threading.Thread(target=write, args=(mark,)) for mark in range(5)]
	for thread in threads:
		thread.start()
	for thread in threads:
		thread.join()
	assert len(xero.many("Contacts")) == 50
	assert sim.call_count == 51


def test_processes_share_a_file_and_one_numbering(tmp_path: Path) -> None:
	path = str(tmp_path / "xero.sqlite")
	sim = Simulator(path, limits=UNLIMITED)
	tenant = sim.add_organisation("Shared")
	environment = {**os.environ, "PYTHONPATH": str(ROOT)}
	writers = [
		subprocess.Popen([sys.executable, "-c", WRITER, path, tenant, mark], env=environment) for mark in "ab"
	]
	assert [writer.wait(30) for writer in writers] == [0, 0]
	numbers = sorted(invoice["InvoiceNumber"] for invoice in sim.accountant(tenant).invoices())
	assert numbers == [f"INV-{number:04d}" for number in range(1, 31)]
	assert len(sim.accountant(tenant).contacts()) == 1


def test_calls_are_written_down(sim: Simulator, xero: Xero, tenant: str) -> None:
	xero.get("Contacts", page=1)
	xero.put("Contacts", {"Contacts": [{"Name": ""}]})
	first, second = sim.calls
	assert (first.method, first.path, first.query, first.status) == (
		"GET",
		"/api.xro/2.0/Contacts",
		"page=1",
		200,
	)
	assert (first.time, first.tenant) == (noon()(), tenant)
	assert (second.method, second.status, sim.call_count) == ("PUT", 400, 2)


def test_a_failure_inside_is_a_500_that_wrote_nothing(sim: Simulator, xero: Xero) -> None:
	full = "BEGIN SELECT RAISE(FAIL, 'the disk is full'); END"
	sim.store.execute(f"CREATE TRIGGER full BEFORE INSERT ON records WHEN NEW.name = 'b' {full}")
	broken = xero.put("Contacts", {"Contacts": [{"Name": "A"}, {"Name": "B"}]})
	assert (broken.status_code, broken.headers["Content-Type"]) == (500, "text/plain; charset=utf-8")
	assert xero.many("Contacts") == []
	assert [call.status for call in sim.calls] == [500, 200]


needs_openapi = pytest.mark.skipif(
	"XERO_OPENAPI" not in os.environ, reason="XERO_OPENAPI names no folder with Xero's OpenAPI"
)


@needs_openapi
def test_the_schema_judge_has_teeth(xero: Xero) -> None:
	body = xero.get("Organisation").json()
	assert validator("Organisations").is_valid(body)
	body["Organisations"][0]["Shoe"] = 1
	assert not validator("Organisations").is_valid(body)
	body["Organisations"][0].pop("Shoe")
	body["Organisations"][0]["BaseCurrency"] = 5
	assert not validator("Organisations").is_valid(body)


@needs_openapi
def test_connections_and_webhooks_follow_their_openapi(sim: Simulator, tenant: str) -> None:
	xero = connect(sim, tenant)
	sim.add_app("custom", "secret", kind="custom", tenant_id=tenant, webhook_url="https://erp.example/hook")
	connections = xero.session.get("https://api.xero.com/connections", headers=xero.headers).json()
	assert [validator("Connection", "xero-identity.yaml").is_valid(each) for each in connections] == [True]
	sim.accountant(tenant).add_contact(Name="Ada")
	envelope = {
		"events": sim.pending_webhooks(),
		"firstEventSequence": 1,
		"lastEventSequence": 1,
		"entropy": "A",
	}
	complaints = list(validator("WebhookEvent", "xero-webhooks.yaml").iter_errors(envelope))
	assert complaints == []
