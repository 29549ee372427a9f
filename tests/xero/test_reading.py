"""Money stays exact, dates mean what they say, and the same content has the same bytes."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xero_connector.xero.reading import read_json, write_json


def test_numbers_with_a_point_are_exact() -> None:
	read = read_json(b'{"Total": 1234.10, "Rate": 0.1, "Quantity": 3, "Big": 9007199254740993.01}')
	assert read == {
		"Total": Decimal("1234.10"),
		"Rate": Decimal("0.1"),
		"Quantity": 3,
		"Big": Decimal("9007199254740993.01"),
	}
	assert str(read["Total"]) == "1234.10"
	assert isinstance(read["Quantity"], int)


@pytest.mark.parametrize(
	("written", "read"),
	[
		("/Date(1573755038314)/", "2019-11-14T18:10:38.314000Z"),
		("/Date(1573755038314+0000)/", "2019-11-14T18:10:38.314000Z"),
		("/Date(1573755038314+1300)/", "2019-11-14T18:10:38.314000Z"),
		("/Date(1573755038314-0800)/", "2019-11-14T18:10:38.314000Z"),
		("/Date(1798675200000+0000)/", "2026-12-31T00:00:00.000000Z"),
		("/Date(0)/", "1970-01-01T00:00:00.000000Z"),
		("/Date(-86400000+0000)/", "1969-12-31T00:00:00.000000Z"),
		("/Date(soon)/", "/Date(soon)/"),
		("/Date(9999999999999999)/", "/Date(9999999999999999)/"),
		("paid on /Date(0)/", "paid on /Date(0)/"),
		("2026-11-22T00:00:00", "2026-11-22T00:00:00"),
	],
)
def test_dates(written: str, read: str) -> None:
	body = f'{{"DueDate": "{written}", "Invoices": [{{"Contact": {{"UpdatedDateUTC": "{written}"}}}}]}}'
	assert read_json(body.encode()) == {
		"DueDate": read,
		"Invoices": [{"Contact": {"UpdatedDateUTC": read}}],
	}


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"a": ', b'{"a": 1}x', b"\xff", b'{"a": 1,}'])
def test_what_is_not_json(body: bytes) -> None:
	with pytest.raises(ValueError):
		read_json(body)


def test_the_same_content_has_the_same_bytes() -> None:
	one = {"b": Decimal("1.10"), "a": [{"d": None, "c": True}], "é": "Zoë"}
	other = {"é": "Zoë", "a": [{"c": True, "d": None}], "b": Decimal("1.10")}
	assert write_json(one) == write_json(other)
	assert write_json(one) == '{"a":[{"c":true,"d":null}],"b":1.10,"é":"Zoë"}'.encode()


def test_a_decimal_is_written_as_it_is() -> None:
	amounts = [Decimal("0.10"), Decimal("-0.01"), Decimal("12345678901234567890.12"), Decimal(3)]
	assert write_json(amounts) == b"[0.10,-0.01,12345678901234567890.12,3]"


def test_what_cannot_be_written_is_refused() -> None:
	with pytest.raises(TypeError):
		write_json({"a": object()})


@settings(deadline=None)
@given(
	st.dictionaries(
		st.text(), st.decimals(allow_nan=False, allow_infinity=False, places=2) | st.text() | st.booleans()
	)
)
def test_written_and_read_again(content: dict[str, object]) -> None:
	unlike_dates = {key: value for key, value in content.items() if not str(value).startswith("/Date(")}
	assert read_json(write_json(unlike_dates)) == unlike_dates


def test_a_body_that_is_nested_too_deeply_is_refused() -> None:
	with pytest.raises(ValueError, match="nested too deeply"):
		read_json(b"[" * 100_000)


def test_half_characters_become_the_sign_for_what_is_unknown() -> None:
	found = read_json(b'{"Name": "a\\ud800b", "Whole": "\\ud83d\\udca3"}')
	assert found == {"Name": "a\ufffdb", "Whole": "\U0001f4a3"}
