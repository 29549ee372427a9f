"""Payment terms and due dates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Terms = dict[str, Any]
"""Xero's ``{"Day": int, "Type": str}`` for sales."""


def to_payment_terms(template: Mapping[str, Any] | None) -> Terms | None:
	"""Xero's terms for an ERPNext Payment Terms Template, or ``None`` where Xero has no word for it.

	Xero knows one due date: so many days after the bill, or a day of the following month. A template of
	several parts, or with a discount for early payment, has no equal there; the due date of each invoice
	still carries it. So it does for bills that are due at once: whether Xero takes zero days is not known.
	"""
	parts = (template or {}).get("terms") or []
	if len(parts) != 1 or parts[0].get("discount"):
		return None
	part = parts[0]
	based_on = part.get("due_date_based_on")
	days, months = int(part.get("credit_days") or 0), int(part.get("credit_months") or 0)
	if not days and not months:
		return None
	if based_on == "Day(s) after invoice date":
		return {"Day": days, "Type": "DAYSAFTERBILLDATE"}
	if based_on == "Day(s) after the end of the invoice month":
		return {"Day": days, "Type": "DAYSAFTERBILLMONTH"}
	if based_on == "Month(s) after the end of the invoice month" and months == 1:
		return {"Day": 31, "Type": "OFFOLLOWINGMONTH"}
	return None


def document_date(doc: Mapping[str, Any]) -> str:
	"""The day the document was made out (``YYYY-MM-DD``)."""
	return str(doc.get("posting_date") or doc["transaction_date"])[:10]


def due_date(doc: Mapping[str, Any]) -> str:
	"""When the whole amount is due: the last date of the payment schedule, else the document's own due date,
	else its date.
	"""
	dates = [str(part["due_date"])[:10] for part in doc.get("payment_schedule") or [] if part.get("due_date")]
	return max(dates, default=str(doc.get("due_date") or document_date(doc))[:10])
