from __future__ import annotations

import threading
from datetime import datetime
from typing import Any

import pytest
from simulator_kit import HandClock, Xero, connect, noon, read, records

from xero_connector.simulator import Limits, Simulator

NAMED = {"Contacts": [{"Name": "Ada"}]}


def limited(clock: Any, **limits: int | None) -> tuple[Simulator, Xero]:
	sim = Simulator(
		clock=clock,
		limits=Limits(**{**dict.fromkeys(("minute", "day", "concurrent", "app_minute")), **limits}),
	)
	return sim, connect(sim, sim.add_organisation("Limited"))


def key(name: str) -> dict[str, str]:
	return {"Idempotency-Key": name}


def test_every_answer_says_what_remains() -> None:
	sim = Simulator(clock=noon())
	xero = connect(sim, sim.add_organisation("Limited"))
	xero.get("Contacts")
	headers = xero.get("Contacts/none").headers
	assert headers["X-MinLimit-Remaining"] == "58"
	assert headers["X-DayLimit-Remaining"] == "4998"
	assert headers["X-AppMinLimit-Remaining"] == "9998"
	assert len(headers["xero-correlation-id"]) == 36


def test_the_minute_slides_with_the_clock(clock: HandClock) -> None:
	sim, xero = limited(clock, minute=2)
	assert xero.get("Contacts").status_code == 200
	clock.forward(seconds=20)
	assert xero.get("Contacts").status_code == 200
	refused = xero.put("Contacts", NAMED)
	assert (refused.status_code, refused.content) == (429, b"")
	assert (refused.headers["Retry-After"], refused.headers["X-Rate-Limit-Problem"]) == ("40", "minute")
	assert refused.headers["X-MinLimit-Remaining"] == "0"
	clock.forward(seconds=39)
	assert xero.get("Contacts").headers["Retry-After"] == "1"
	clock.forward(seconds=1)
	assert xero.many("Contacts") == []
	assert [call.status for call in sim.calls] == [200, 200, 429, 429, 200]


def test_the_day(clock: HandClock) -> None:
	sim, xero = limited(clock, minute=10, day=1)
	tenant = xero.headers["xero-tenant-id"]
	xero.get("Contacts")
	clock.forward(hours=1)
	refused = connect(sim, tenant).get("Contacts")
	assert (refused.headers["Retry-After"], refused.headers["X-Rate-Limit-Problem"]) == ("82800", "day")
	clock.forward(hours=23)
	assert connect(sim, tenant).get("Contacts").status_code == 200


def test_limits_are_per_organisation_and_one_is_per_app(clock: HandClock) -> None:
	sim, xero = limited(clock, minute=1, app_minute=2)
	xero.get("Contacts")
	second = sim.add_organisation("Second")
	other = connect(sim, second)
	assert other.get("Contacts").status_code == 200
	sim.add_organisation("Third")
	refused = connect(sim, sim.organisations()[2]["tenantId"]).get("Contacts")
	assert (refused.status_code, refused.headers["X-Rate-Limit-Problem"]) == (429, "appminute")


def test_calls_in_flight() -> None:
	inside, release, clock = threading.Event(), threading.Event(), noon()

	def slow_clock() -> datetime:
		if threading.current_thread() is worker:
			inside.set()
			assert release.wait(10)
		return clock()

	answers = []
	worker = threading.Thread(target=lambda: answers.append(xero.get("Contacts").status_code))
	_sim, xero = limited(slow_clock, concurrent=1)
	worker.start()
	assert inside.wait(10)
	refused = xero.get("Contacts")
	release.set()
	worker.join()
	assert (refused.status_code, refused.headers["X-Rate-Limit-Problem"]) == (429, "concurrent")
	assert (answers, "Retry-After" in refused.headers) == ([200], False)
	assert xero.get("Contacts").status_code == 200


def test_a_repeated_key_repeats_the_answer_and_costs_a_call(clock: HandClock) -> None:
	sim, xero = limited(clock, minute=60)
	first = xero.put("Contacts", NAMED, headers=key("k1"))
	clock.forward(minutes=5, seconds=59)
	again = xero.put("Contacts", NAMED, headers=key("k1"))
	assert (again.status_code, again.content) == (200, first.content)
	assert len(xero.many("Contacts")) == 1
	assert sim.call_count == 3
	clock.forward(seconds=1)
	assert xero.put("Contacts", NAMED, headers=key("k1")).status_code == 400, "the name is taken by then"


def test_a_key_with_another_body_is_refused(xero: Xero) -> None:
	xero.put("Contacts", NAMED, headers=key("k1"))
	other = xero.put("Contacts", {"Contacts": [{"Name": "Bob"}]}, headers=key("k1"))
	assert (other.status_code, len(xero.many("Contacts"))) == (400, 1)
	elsewhere = xero.put("Items", {"Items": [{"Code": "A"}]}, headers=key("k1"))
	assert elsewhere.status_code == 200


def test_refusals_and_failures_are_kept_under_the_key(sim: Simulator, xero: Xero) -> None:
	sim.fail_next()
	assert xero.put("Contacts", NAMED, headers=key("k1")).status_code == 500
	assert xero.put("Contacts", NAMED, headers=key("k1")).status_code == 500
	assert xero.many("Contacts") == []
	bad = {"Contacts": [{"Name": "A  b"}]}
	assert read(xero.put("Contacts", bad, headers=key("k2"))) == read(
		xero.put("Contacts", bad, headers=key("k2"))
	)


def test_a_failure_that_is_not_kept_under_the_key(sim: Simulator, xero: Xero) -> None:
	sim.fail_next(503, cached=False)
	assert xero.put("Contacts", NAMED, headers=key("k1")).status_code == 503
	assert xero.put("Contacts", NAMED, headers=key("k1")).status_code == 200


def test_the_next_element_is_refused_and_the_others_are_not(sim: Simulator, xero: Xero) -> None:
	sim.refuse_next("You have reached the limit")
	body = {"Contacts": [{"Name": "Ada"}, {"Name": "Bob"}]}
	ada, bob = records(xero.put("Contacts", body, summarizeErrors="false"), "Contacts")
	assert (ada["StatusAttributeString"], bob["StatusAttributeString"]) == ("ERROR", "OK")
	assert ada["ValidationErrors"] == [{"Message": "You have reached the limit"}]
	assert [each["Name"] for each in xero.many("Contacts")] == ["Bob"]
	sim.refuse_next("Not now")
	assert xero.refusal("Contacts", Name="Ada") == "Not now"
	assert xero.create("Contacts", Name="Ada")["Name"] == "Ada"


def test_a_429_is_not_kept_under_the_key(clock: HandClock) -> None:
	_sim, xero = limited(clock, minute=1)
	xero.get("Contacts")
	assert xero.put("Contacts", NAMED, headers=key("k1")).status_code == 429
	clock.forward(minutes=1)
	assert xero.put("Contacts", NAMED, headers=key("k1")).status_code == 200


def test_keys_have_at_most_128_characters(xero: Xero) -> None:
	assert xero.put("Contacts", NAMED, headers=key("k" * 129)).status_code == 400
	assert xero.put("Contacts", NAMED, headers=key("k" * 128)).status_code == 200


@pytest.mark.parametrize(
	"content",
	[
		b'{"Name": "A", "Addresses": 5}',
		b'{"Name": "A", "Phones": ["1"]}',
		b"not json",
		b'{"Contacts": []}',
		b'{"Contacts": [1]}',
		b"3",
	],
)
def test_bodies_that_cannot_be_read(xero: Xero, content: bytes) -> None:
	url = "https://api.xero.com/api.xro/2.0/Contacts"
	answer = xero.session.put(url, data=content, headers=xero.headers)
	assert (answer.status_code, answer.json()["Type"]) == (400, "PostDataInvalidException")


def test_a_body_beyond_three_and_a_half_megabytes(xero: Xero) -> None:
	assert xero.put("Contacts", {"Contacts": [{"Name": "x" * 3_500_000}]}).status_code == 413


def test_paths_and_methods_that_are_not_there(xero: Xero) -> None:
	assert xero.get("Shoes").status_code == 404
	assert xero.call("DELETE", "Contacts").status_code == 404
	assert xero.put("Accounts", {"Accounts": [{"Code": "1"}]}).status_code == 501
