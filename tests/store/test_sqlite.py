"""The embedded store: the contract of all stores, and what only a file can get wrong."""

from __future__ import annotations

import sqlite3
import unittest
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from xero_connector.store.protocol import Duplicate, StoreError
from xero_connector.store.schema import INDEX, UNIQUE
from xero_connector.store.sqlite import SQLiteStore
from xero_connector.tests.store_contract import StoreContract


class TestSQLiteStore(StoreContract, unittest.TestCase):
	def make_store(self) -> SQLiteStore:
		return SQLiteStore()

	def two_customers(self) -> tuple[str, str]:
		return "A", 'B "and" C'

	def submittable(self) -> dict[str, Any]:
		return {"doctype": "Sales Order", "customer": "A"}


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


def test_a_file_from_an_older_version_gets_its_indexes(tmp_path: Path) -> None:
	path = tmp_path / "older.sqlite"
	store = SQLiteStore(path)
	store.insert({"doctype": "Xero Contact", "name": "one", "organisation": "T1", "email": "a@example.com"})
	store._connection.execute("DROP INDEX xero_contact_organisation_email_lookup")
	store._connection.execute("PRAGMA user_version = 1")
	store.close()
	again = SQLiteStore(path)
	found = again._connection.execute("SELECT name FROM sqlite_master WHERE type = 'index'").fetchall()
	assert ("xero_contact_organisation_email_lookup",) in found
	assert [row["name"] for row in again.find("Xero Contact", {"organisation": "T1"})] == ["one"]


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


def steps(store: SQLiteStore, doctype: str, filters: dict[str, Any]) -> int:
	"""How many steps of SQLite's machine a find takes."""
	taken = 0

	def step() -> None:
		nonlocal taken
		taken += 1

	store._connection.set_progress_handler(step, 1)
	store.find(doctype, filters)
	store._connection.set_progress_handler(None, 0)
	return taken


KEYED = [(doctype, key) for declared in (UNIQUE, INDEX) for doctype, keys in declared.items() for key in keys]


@pytest.mark.parametrize(("doctype", "key"), KEYED)
def test_finding_by_a_key_costs_the_same_in_a_larger_store(doctype: str, key: tuple[str, ...]) -> None:
	"""Every key that the schema declares is one that SQLite really uses: for one value, and for several."""
	sizes, shared = (20, 400), {field: "the same" for field in key[:-1]}
	wanted, listed = {**shared, key[-1]: "7"}, {**shared, key[-1]: ("in", ["7", "8"])}
	costs = []
	for size in sizes:
		store = SQLiteStore()
		with store.transaction():
			for at in range(size):
				store.insert({"doctype": doctype, **shared, key[-1]: str(at)})
		costs.append((steps(store, doctype, wanted), steps(store, doctype, listed)))
		assert len(store.find(doctype, listed)) == 2
	assert costs[0] == costs[1]


def test_many_fields_are_set_at_once_and_exactly() -> None:
	store, fields = SQLiteStore(), {f"field_{at}": Decimal(f"{at}.10") for at in range(150)}
	store.insert({"doctype": "Sales Order", "name": "A", "items": [{"idx": 1, "rate": Decimal("1.00")}]})
	store.update("Sales Order", "A", {**fields, "note": None, "title": "Müller “&” Söhne"})
	doc = store.get("Sales Order", "A")
	assert doc is not None
	assert {field: str(doc[field]) for field in fields} == {
		field: str(value) for field, value in fields.items()
	}
	assert (doc["note"], doc["title"]) == (None, "Müller “&” Söhne")
	assert str(doc["items"][0]["rate"]) == "1.00"


def test_a_field_name_is_never_taken_for_sql() -> None:
	store = SQLiteStore()
	store.insert({"doctype": "Customer", "name": "A"})
	with pytest.raises(StoreError, match="is not a field name"):
		store.update("Customer", "A", {"x') --": 1})


def test_a_file_of_an_older_layout_finds_its_rows(tmp_path: Path) -> None:
	path = tmp_path / "books.sqlite"
	store = SQLiteStore(path)
	links = [{"link_doctype": "Customer", "link_name": "A"}]
	store.insert({"doctype": "Address", "name": "Quay", "links": links})
	store.close()
	with sqlite3.connect(path) as db:
		db.execute("DROP TABLE held_row")
		for event in ("insert", "update", "delete"):
			db.execute(f"DROP TRIGGER address_links_{event}")
		db.execute("PRAGMA user_version = 2")
	found = SQLiteStore(path).find_by_row("Address", "links", {"link_doctype": "Customer", "link_name": "A"})
	assert [doc["name"] for doc in found] == ["Quay"]
