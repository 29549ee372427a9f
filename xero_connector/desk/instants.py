"""Instants as the connector keeps them, and datetimes as Frappe does: in the site's time zone, without it."""

from __future__ import annotations

from datetime import datetime

from frappe.utils import convert_utc_to_system_timezone

from xero_connector.clock import UTC


def local_of(instant: datetime) -> datetime:
	"""An instant as Frappe keeps it."""
	local: datetime = convert_utc_to_system_timezone(instant.astimezone(UTC)).replace(tzinfo=None)
	return local


def utc_of(local: datetime) -> datetime:
	"""A datetime of Frappe's as an instant."""
	instant = local.replace(tzinfo=UTC)
	for _ in range(2):  # the second time with the offset that holds then, should the first cross a change
		instant = local.replace(tzinfo=UTC) - (local_of(instant) - instant.replace(tzinfo=None))
	return instant
