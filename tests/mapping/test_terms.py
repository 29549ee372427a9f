"""Payment terms and due dates."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from xero_connector.mapping.terms import due_date, to_payment_terms

AFTER_DATE = "Day(s) after invoice date"
AFTER_MONTH = "Day(s) after the end of the invoice month"
MONTHS_AFTER = "Month(s) after the end of the invoice month"


def template(**part: Any) -> dict[str, Any]:
	return {"name": "Net 30", "terms": [{"invoice_portion": 100.0, "discount": 0.0, **part}]}


@pytest.mark.parametrize(
	("part", "terms"),
	[
		({"due_date_based_on": AFTER_DATE, "credit_days": 30}, {"Day": 30, "Type": "DAYSAFTERBILLDATE"}),
		({"due_date_based_on": AFTER_DATE, "credit_days": 0}, None),
		({"due_date_based_on": AFTER_DATE, "credit_days": None}, None),
		({"due_date_based_on": AFTER_MONTH, "credit_days": 14}, {"Day": 14, "Type": "DAYSAFTERBILLMONTH"}),
		({"due_date_based_on": MONTHS_AFTER, "credit_months": 1}, {"Day": 31, "Type": "OFFOLLOWINGMONTH"}),
		({"due_date_based_on": MONTHS_AFTER, "credit_months": 2}, None),
		({"due_date_based_on": None, "credit_days": 30}, None),
		({"due_date_based_on": AFTER_DATE, "credit_days": 30, "discount": 2.0}, None),
	],
)
def test_terms(part: dict[str, Any], terms: dict[str, Any] | None) -> None:
	assert to_payment_terms(template(**part)) == terms


def test_what_xero_has_no_word_for() -> None:
	half = {"due_date_based_on": AFTER_DATE, "credit_days": 0, "invoice_portion": 50.0}
	assert to_payment_terms({"terms": [half, {**half, "credit_days": 30}]}) is None
	assert to_payment_terms({"terms": []}) is None
	assert to_payment_terms({}) is None
	assert to_payment_terms(None) is None


@pytest.mark.parametrize(
	("schedule", "due"),
	[
		([{"due_date": "2026-12-20"}], "2026-12-20"),
		([{"due_date": "2026-11-22"}, {"due_date": "2026-12-31"}, {"due_date": "2026-12-01"}], "2026-12-31"),
		([{"due_date": date(2026, 12, 20)}], "2026-12-20"),
		([{"due_date": "2026-12-20 00:00:00"}, {"due_date": None}], "2026-12-20"),
		([], "2026-11-20"),
		(None, "2026-11-20"),
	],
)
def test_due_when_the_last_part_is(schedule: Any, due: str) -> None:
	assert due_date({"transaction_date": "2026-11-20", "payment_schedule": schedule}) == due


def test_a_date_of_python_is_read() -> None:
	assert due_date({"transaction_date": date(2026, 11, 20)}) == "2026-11-20"
