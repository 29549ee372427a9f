"""Plain values as Xero writes them: moments, calendar dates, JSON with exact decimals.

Inside the simulator a moment is a number of milliseconds since 1970 (UTC) and a calendar date is a string
``YYYY-MM-DD``. They turn into Xero's two spellings only when an answer is written.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import simplejson

Body = dict[str, Any]
Clock = Callable[[], datetime]
IdSource = Callable[[], str]

ZERO_ID = "00000000-0000-0000-0000-000000000000"
"""The id Xero gives to an element it did not save."""

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
SECOND, MINUTE, DAY = 1_000, 60_000, 86_400_000
"""Spans of time in milliseconds."""

LARGEST_NUMBER = 10**15
TWINS = ("Date", "DueDate", "ExpiryDate")
"""Dates that a document shows a second time, in a readable `…String` field."""

DATE_FIELDS = (*TWINS, "FullyPaidOnDate", "ExpectedPaymentDate", "PlannedPaymentDate")

UTC = "+0000"
"""How most answers end a moment; quotes leave it out."""

MICROSOFT_DATE = re.compile(r"/Date\((-?\d+)(?:[+-]\d{4})?\)/")
GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def utc_now() -> datetime:
	"""The machine's clock, as an aware UTC datetime."""
	return datetime.now(timezone.utc)


def random_id() -> str:
	"""A new identifier in the form Xero uses for all of its own."""
	return str(uuid.uuid4())


def is_guid(text: str) -> bool:
	"""Whether the text has the form of one of Xero's identifiers."""
	return GUID.fullmatch(text) is not None


def to_ms(moment: datetime) -> int:
	"""Milliseconds since 1970; a moment without a time zone is taken as UTC."""
	if moment.tzinfo is None:
		moment = moment.replace(tzinfo=timezone.utc)
	return (moment - EPOCH) // timedelta(milliseconds=1)


def from_ms(ms: int) -> datetime:
	"""The aware UTC datetime of a number of milliseconds since 1970."""
	return EPOCH + timedelta(milliseconds=ms)


def iso_moment(ms: int) -> str:
	"""``2026-05-01T09:30:00.123``: how /connections and webhooks write a UTC moment, without a zone."""
	return from_ms(ms).strftime("%Y-%m-%dT%H:%M:%S.") + f"{ms % 1000:03d}"


def xero_moment(ms: int, zone: str = UTC) -> str:
	"""``/Date(1777627800123+0000)/``."""
	return f"/Date({ms}{zone})/"


def xero_date(day: str, zone: str = UTC) -> str:
	"""A calendar date as midnight UTC, in the form ``/Date(…+0000)/``."""
	return xero_moment(to_ms(datetime.fromisoformat(day)), zone)


def date_string(day: str) -> str:
	"""The readable twin of `xero_date`, for the ``…String`` fields: ``2026-05-01T00:00:00``."""
	return f"{day}T00:00:00"


def parse_date(value: Any) -> str:
	"""A date from a request as ``YYYY-MM-DD``.

	Takes ``YYYY-MM-DD``, the same with a time behind it, and ``/Date(ms+0000)/``. Raises ValueError.
	"""
	if not isinstance(value, str):
		raise ValueError(f"not a date: {value!r}")
	if match := MICROSOFT_DATE.fullmatch(value):
		return from_ms(int(match[1])).date().isoformat()
	return date.fromisoformat(value[:10]).isoformat()


def spell_dates(body: Mapping[str, Any], *, twins: bool = True, zone: str = UTC) -> Body:
	"""A copy in which every calendar date, at any depth, stands in Xero's form.

	`twins` adds DateString and its like, which documents have and payments have not. A value that is no date
	is left out, as there is nothing in Xero's form to say it with.
	"""
	spelled: Body = {}
	for field, value in body.items():
		if field in DATE_FIELDS:
			try:
				day = parse_date(value)
			except ValueError:
				continue
			spelled[field] = xero_date(day, zone)
			if twins and field in TWINS:
				spelled[f"{field}String"] = date_string(day)
		elif isinstance(value, Mapping):
			spelled[field] = spell_dates(value, twins=twins, zone=zone)
		elif isinstance(value, list):
			spelled[field] = [
				spell_dates(each, twins=twins, zone=zone) if isinstance(each, Mapping) else each
				for each in value
			]
		else:
			spelled[field] = value
	return spelled


def loads(text: str | bytes) -> Any:
	"""JSON in; numbers with a fraction become Decimal. Raises ValueError."""
	return simplejson.loads(text, use_decimal=True)


def dumps(value: Any) -> str:
	"""JSON out; Decimals keep the digits they have."""
	return simplejson.dumps(value, use_decimal=True, ensure_ascii=False, separators=(",", ":"))


def decimal(value: Any, field: str) -> Decimal:
	"""A number from a request, given as a JSON number or as text. Raises ValueError naming the field."""
	if isinstance(value, bool) or not isinstance(value, (int, str, Decimal)):
		raise ValueError(f"{field} must be a number")
	try:
		number = Decimal(value)
	except ArithmeticError:
		raise ValueError(f"{field} must be a number") from None
	if not number.is_finite() or abs(number) >= LARGEST_NUMBER:
		raise ValueError(f"{field} must be a number")
	return number
