"""Reading what Xero sends: JSON with exact money and with dates that mean what they say."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import simplejson

from xero_connector.clock import UTC, utc_text

_MS_DATE = re.compile(r"^/Date\((-?\d+)(?:[+-]\d{4})?\)/$")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
"""Half a character: JSON can name it, and no database takes it."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def read_json(body: bytes) -> Any:
	"""Parse an answer: numbers with a point as ``Decimal``, every ``/Date(ms)/`` as UTC text,
	half characters as U+FFFD.

	Raises ``ValueError`` if the body is not JSON.
	"""
	try:
		return simplejson.loads(body, use_decimal=True, object_hook=_with_dates)
	except RecursionError as error:
		raise ValueError("the body is nested too deeply") from error


def write_json(value: Any) -> bytes:
	"""A request body: ``Decimal`` as it is, keys in a fixed order, so that the same content hashes alike."""
	text: str = simplejson.dumps(
		value, use_decimal=True, ensure_ascii=False, sort_keys=True, separators=(",", ":")
	)
	return text.encode()


def _with_dates(record: dict[str, Any]) -> dict[str, Any]:
	for key, value in record.items():
		if not isinstance(value, str):
			continue
		if not value.isascii():
			record[key] = _LONE_SURROGATE.sub("\ufffd", value)
		elif value.startswith("/Date("):
			found = _MS_DATE.match(value)
			if found:
				with suppress(OverflowError):  # beyond the year 9999: no date at all, and stays as it is
					record[key] = utc_text(_EPOCH + timedelta(milliseconds=int(found[1])))
	return record
