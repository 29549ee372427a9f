"""Webhooks: is this from Xero, and what does it name."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from xero_connector.xero.reading import read_json

CATEGORIES = ("CONTACT", "INVOICE", "CREDITNOTE", "PREPAYMENT", "OVERPAYMENT", "SUBSCRIPTION")


_WORD = re.compile(r"[ -~]{0,100}")


@dataclass(frozen=True)
class WebhookEvent:
	"""One change that Xero announces. The record itself must be read again by its id."""

	tenant_id: str
	category: str
	event_type: str
	resource_id: str
	event_date: str

	@property
	def key(self) -> str:
		"""The same for the same announcement, however often it is delivered."""
		parts = (self.tenant_id, self.category, self.event_type, self.resource_id, self.event_date)
		return hashlib.sha256("|".join(parts).encode()).hexdigest()[:40]


def verify_signature(raw_body: bytes, signature: str, key: str) -> bool:
	"""Whether the header ``x-xero-signature`` fits the raw body, compared in constant time.

	Xero signs with HMAC-SHA256 and sends base64. No key, no webhook: an empty key verifies nothing.
	"""
	if not key:
		return False
	expected = base64.b64encode(hmac.new(key.encode(), raw_body, hashlib.sha256).digest())
	return hmac.compare_digest(expected, signature.encode("utf-8", "replace"))


def read_events(raw_body: bytes) -> list[WebhookEvent]:
	"""The events of a verified body; none for Xero's intent-to-receive check.

	Raises ``ValueError`` for a body that is not a webhook of Xero's. An event that is malformed by itself is
	left out: the poll finds what it would have named.
	"""
	body = read_json(raw_body)
	events = body.get("events") if isinstance(body, dict) else None
	if not isinstance(events, list):
		raise ValueError("the webhook has no list of events")
	return [event for event in map(_event, events) if event]


def _event(row: Any) -> WebhookEvent | None:
	if not isinstance(row, dict) or row.get("eventCategory") not in CATEGORIES:
		return None
	try:
		tenant, resource = str(UUID(str(row.get("tenantId")))), str(UUID(str(row.get("resourceId"))))
	except ValueError:
		return None
	event_type, event_date = str(row.get("eventType") or ""), str(row.get("eventDateUtc") or "")
	if not _WORD.fullmatch(event_type) or not _WORD.fullmatch(event_date):
		return None
	return WebhookEvent(tenant, row["eventCategory"], event_type, resource, event_date)
