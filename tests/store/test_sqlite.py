"""The embedded store: the contract of all stores, and what only a file can get wrong."""

from __future__ import annotations

import sqlite3
import unittest
from pathlib import Path

import pytest

from xero_connector.store.protocol import Duplicate, StoreError
from xero_connector.store.sqlite import SQLiteStore
from xero_connector.tests.store_contract import StoreContract


class TestSQLiteStore(StoreContract, unittest.TestCase):
	def make_store(self) -> SQLiteStore:
		return SQLiteStore()


def test_a_file_keeps_what_was_written(tmp_path: Path) -> None:
	path = tmp_path / "books.sqlite"
	first = SQLiteStore(path)
	first.insert({"doctype": "Customer", "name": "A", "accounts": [{"idx": 1}]})
	first.close()
	assert SQLiteStore(path).get("Customer", "A") == {
		"doctype": "Customer",
		"name": "A",
		"accounts": [{"idx": 1}],
	}


def test_two_connections_to_one_file_share_unique_keys(tmp_path: Path) -> None:
	path = tmp_path / "books.sqlite"
	link = {
		"doctype": "Xero Link",
		"organisation": "T1",
		"reference_doctype": "Customer",
		"reference_name": "A",
		"xero_entity": "Contact",
		"xero_id": "c1",
	}
	SQLiteStore(path).insert(link)
	with pytest.raises(Duplicate):
		SQLiteStore(path).insert({**link, "xero_id": "c2"})


def test_a_damaged_file_is_named_and_left_alone(tmp_path: Path) -> None:
	path = tmp_path / "broken.sqlite"
	damaged = b"SQLite format 3\0" + b"this is not a database" * 100
	path.write_bytes(damaged)
	with pytest.raises(StoreError, match=r"broken\.sqlite cannot be opened as a store.*move it away"):
		SQLiteStore(path)
	assert path.read_bytes() == damaged


def test_what_is_no_store_is_told_apart(tmp_path: Path) -> None:
	document = tmp_path / "order.json"
	document.write_text('{"doctype": "Sales Order"}' * 50)
	with pytest.raises(StoreError, match=r"order\.json is not a store\. Name another file"):
		SQLiteStore(document)
	with pytest.raises(StoreError, match="is a folder"):
		SQLiteStore(tmp_path)
	with pytest.raises(StoreError, match=r"There is no folder .*nowhere"):
		SQLiteStore(tmp_path / "nowhere" / "books.sqlite")


def test_a_file_of_another_program_is_refused(tmp_path: Path) -> None:
	path = tmp_path / "other.sqlite"
	sqlite3.connect(path).execute("CREATE TABLE theirs (a)")
	with pytest.raises(StoreError, match="another program"):
		SQLiteStore(path)


def test_a_file_from_a_newer_version_is_refused(tmp_path: Path) -> None:
	path = tmp_path / "newer.sqlite"
	store = SQLiteStore(path)
	store._connection.execute("PRAGMA user_version = 99")
	store.close()
	with pytest.raises(StoreError, match="newer version"):
		SQLiteStore(path)


def test_look_ups_use_the_declared_indexes() -> None:
	store = SQLiteStore()
	plan = store._connection.execute(
		"EXPLAIN QUERY PLAN SELECT body FROM document WHERE doctype = 'Xero Contact'"
		" AND ifnull(json_extract(body, '$.organisation'), '') = ?"
		" AND ifnull(json_extract(body, '$.email'), '') = ?",
		("T1", "a@example.com"),
	).fetchall()
	assert "xero_contact_organisation_email_lookup" in plan[0][3]


@pytest.mark.parametrize("filters", [{"email": ("like", "x")}, {"email'--": "x"}])
def test_a_filter_it_does_not_know_is_refused(filters: dict[str, object]) -> None:
	with pytest.raises(StoreError):
		SQLiteStore().find("Xero Contact", filters)


def test_an_order_it_does_not_know_is_refused() -> None:
	with pytest.raises(StoreError):
		SQLiteStore().find("Xero Contact", order_by="email; drop")
