"""Webhooks: who may speak, and what was said."""

from __future__ import annotations

import pytest
import simplejson

from xero_connector.xero import WebhookEvent, read_events, verify_signature

KEY = "webhook-key"
BODY = b'{"events": [], "firstEventSequence": 0, "lastEventSequence": 0, "entropy": "S0m3"}'
SIGNATURE = "c5kFOQ9ZRjyvyZiXFw6AOgtZurv+p4iBBa9HhrrMbsU="
"""Of BODY under KEY, by ``openssl dgst -sha256 -hmac webhook-key -binary | base64``."""
TENANT = "7d3f5a8e-7c0e-4b0c-9a53-3c8a4e0b1f11"
INVOICE = "96988e67-ecf9-466d-bfbf-0afa1725a649"


def event(**fields: object) -> dict[str, object]:
	return {
		"resourceUrl": f"https://elsewhere.test/{INVOICE}",
		"resourceId": INVOICE,
		"eventDateUtc": "2026-11-22T09:00:00.123",
		"eventType": "UPDATE",
		"eventCategory": "INVOICE",
		"tenantId": TENANT,
		"tenantType": "ORGANISATION",
		**fields,
	}


def body(*events: object) -> bytes:
	return simplejson.dumps({"events": events, "entropy": "x"}).encode()


def test_xeros_signature_holds() -> None:
	assert verify_signature(BODY, SIGNATURE, KEY) is True


@pytest.mark.parametrize(
	"signature",
	[
		"",
		SIGNATURE.swapcase(),
		SIGNATURE[:-1],
		SIGNATURE + " ",
		"A" + SIGNATURE[1:],
		"bb0e7bd5f9f6e5c8d3a9d7a4ea4e2cd6",
		"Größe=",
		"\udce4\udcff",
		"\x00",
	],
)
def test_any_other_signature_does_not(signature: str) -> None:
	assert verify_signature(BODY, signature, KEY) is False


def test_every_byte_of_the_body_counts() -> None:
	assert verify_signature(BODY + b"\n", SIGNATURE, KEY) is False
	assert verify_signature(b"", SIGNATURE, KEY) is False
	assert verify_signature(BODY, SIGNATURE, "another key") is False


def test_no_key_verifies_nothing() -> None:
	of_the_empty_key = "yLpYa66d20FUX1B3UpMhZe7TYCgDKCMCH2yutVOqRGQ="
	assert verify_signature(BODY, of_the_empty_key, "") is False


def test_an_event_is_read_by_its_ids() -> None:
	(read,) = read_events(body(event(resourceId=INVOICE.upper(), tenantId=TENANT.upper())))
	assert read == WebhookEvent(TENANT, "INVOICE", "UPDATE", INVOICE, "2026-11-22T09:00:00.123")
	assert "elsewhere.test" not in repr(read)


def test_all_that_xero_announces_in_order() -> None:
	categories = ["CONTACT", "INVOICE", "CREDITNOTE", "PREPAYMENT", "OVERPAYMENT", "SUBSCRIPTION"]
	rows = [event(eventCategory=category) for category in categories]
	assert [read.category for read in read_events(body(*rows))] == categories


def test_the_same_announcement_has_the_same_key() -> None:
	(first, again, later) = read_events(body(event(), event(), event(eventDateUtc="2026-11-22T09:00:00.124")))
	assert first.key == again.key
	assert len(first.key) == 40
	assert later.key != first.key


@pytest.mark.parametrize(
	"changed",
	[
		{"tenantId": "96988e67-ecf9-466d-bfbf-0afa1725a649"},
		{"resourceId": TENANT},
		{"eventType": "CREATE"},
		{"eventCategory": "CONTACT"},
	],
)
def test_another_announcement_has_another_key(changed: dict[str, object]) -> None:
	first, other = read_events(body(event(), event(**changed)))
	assert first.key != other.key


def test_the_intent_to_receive_check_names_nothing() -> None:
	assert read_events(BODY) == []


@pytest.mark.parametrize(
	"raw",
	[
		b"",
		b"null",
		b"[]",
		b"{}",
		b'{"events": null}',
		b'{"events": {}}',
		b'{"events": "all"}',
		b'{"events": [',
		b"events=1",
		b"\xff\xfe",
	],
)
def test_what_is_no_webhook(raw: bytes) -> None:
	with pytest.raises(ValueError):
		read_events(raw)


@pytest.mark.parametrize(
	"bad",
	[
		None,
		"INVOICE",
		[],
		{},
		event(eventCategory="PAYSLIP"),
		event(eventCategory=["INVOICE"]),
		event(eventCategory=None),
		event(tenantId="../other"),
		event(tenantId=None),
		event(resourceId="1 OR 1=1"),
		event(resourceId=None),
	],
)
def test_a_malformed_event_is_left_out_and_the_others_stay(bad: object) -> None:
	assert [read.resource_id for read in read_events(body(bad, event()))] == [INVOICE]


def test_an_event_without_its_date_is_read() -> None:
	(read,) = read_events(body(event(eventDateUtc=None, eventType=None)))
	assert (read.event_date, read.event_type) == ("", "")
