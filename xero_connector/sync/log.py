"""The sync log: every movement of data, both ways. Secrets and people's details are masked before they are
kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import simplejson

from xero_connector.sync.context import Context
from xero_connector.xero.errors import LONGEST

PUSH, PULL = "Push", "Pull"
OK, WARNING, HELD, ERROR = "OK", "Warning", "Held", "Error"

MASK = "•••"
PERSONAL = {
	"EmailAddress",
	"FirstName",
	"LastName",
	"PhoneNumber",
	"PhoneAreaCode",
	"PhoneCountryCode",
	"AddressLine1",
	"AddressLine2",
	"AddressLine3",
	"AddressLine4",
	"City",
	"Region",
	"PostalCode",
	"AttentionTo",
	"TaxNumber",
	"BankAccountDetails",
	"SkypeUserName",
}
"""Fields of Xero's that tell something about a person."""

MIRRORED_PERSONAL = {"email", "tax_number"}
"""The same in the mirror here."""

LONGEST_VALUE = 140
"""Characters of a value that changed."""

_EMAIL = re.compile(r"[^\s<>\"',;:]+@[^\s<>\"',;:]+")


def masked(value: Any) -> Any:
	"""The same structure, with everything personal made unreadable."""
	if isinstance(value, Mapping):
		return {key: MASK if key in PERSONAL and item else masked(item) for key, item in value.items()}
	if isinstance(value, list):
		return [masked(item) for item in value]
	return value


def compared(changes: Mapping[str, tuple[Any, Any]]) -> str:
	"""What each field (a path, or a field of the mirror) was and is, masked, as the log keeps it."""
	shown = {}
	for field, values in changes.items():
		personal = field.rpartition(".")[2] in PERSONAL or field in MIRRORED_PERSONAL
		shown[field] = [_short(value, personal=personal) for value in values]
	return simplejson.dumps(shown, ensure_ascii=False) if shown else ""


def _short(value: Any, *, personal: bool) -> str:
	if value is None or value == "":
		return ""
	return MASK if personal else without_emails(str(value))[:LONGEST_VALUE]


def without_emails(message: str) -> str:
	"""What Xero or ERPNext says of a record, without the people in it and as long as a person reads."""
	return _EMAIL.sub(MASK, message[:LONGEST])


def write(
	context: Context,
	direction: str,
	action: str,
	outcome: str,
	*,
	doctype: str = "",
	name: str = "",
	xero_entity: str = "",
	xero_id: str = "",
	changed: Iterable[str] = (),
	differences: Mapping[str, tuple[Any, Any]] | None = None,
	sent: Any = None,
	answer: str = "",
	advice: str = "",
	cause: str = "",
	correlation_id: str = "",
	triggered_by: str | None = None,
) -> None:
	"""Add one row, in the transaction that moves the data it tells of.

	``differences``: what each field was and is, where that is known.
	"""
	context.store.insert(
		{
			"doctype": "Xero Sync Log",
			"organisation": context.organisation,
			"at": context.now(),
			"direction": direction,
			"action": action,
			"outcome": outcome,
			"reference_doctype": doctype or None,
			"reference_name": name or None,
			"xero_entity": xero_entity,
			"xero_id": xero_id,
			"changed": simplejson.dumps(list(changed)),
			"differences": compared(differences or {}),
			"sent": simplejson.dumps(masked(sent), use_decimal=True, ensure_ascii=False) if sent else "",
			"answer": without_emails(answer),
			"advice": without_emails(advice),
			"cause": cause,
			"correlation_id": correlation_id,
			"triggered_by": triggered_by,
		}
	)
