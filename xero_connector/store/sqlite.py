"""The embedded store: documents in one SQLite file (or in memory), nothing to install.

Documents are JSON in one table, ordered and found by SQLite's own JSON functions over the indexes that
``schema`` declares. It serves the demo, the tests and anyone who syncs ERPNext-shaped documents without a
site.
"""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import simplejson

from xero_connector.store.protocol import Doc, Duplicate, Filters, NotFound, StoreError
from xero_connector.store.schema import BY_ROW, INDEX, UNIQUE

APPLICATION_ID = 0x58434F4E
"""Marks a file as ours ("XCON"), in SQLite's header."""

HEADER = b"SQLite format 3\0"
"""How every SQLite file begins."""

VERSION = 3
"""Layout of the file. A file from a newer version is refused, not guessed at; one from an older gets the
indexes that it lacks.
"""

MANY = "1000000 50000 1"
"""What SQLite is told of the table: a million documents, fifty thousand of a doctype. So it uses an index
where it would rather read a whole doctype, of a store that it takes for small.
"""

KEYS = {doctype: [frozenset(key) for key in keys] for doctype, keys in UNIQUE.items()}

FIELDS_AT_ONCE = 50
"""SQLite takes at most 127 arguments to a function, here two for each field."""

COMPARISONS = ("=", "!=", "<", "<=", ">", ">=")
LISTS = ("in", "not in")


def random_name() -> str:
	"""A document name of ten random hexadecimal digits, the length of Frappe's own."""
	return secrets.token_hex(5)


class SQLiteStore:
	"""A store in the SQLite file ``path``, made if it is not there.

	Raises ``StoreError`` if the file is not a store of this version, with what to do about it.
	"""

	def __init__(self, path: str | Path = ":memory:", *, new_name: Callable[[], str] = random_name) -> None:
		self.path = str(path)
		self._new_name = new_name
		self._open = False
		try:
			# Threads may hand the store on, as long as one at a time uses it: the fault simulation does.
			self._connection = sqlite3.connect(
				self.path, isolation_level=None, timeout=30, check_same_thread=False
			)
			self._prepare()
		except sqlite3.Error as error:
			raise StoreError(self._why_not(error)) from error

	def _why_not(self, error: sqlite3.Error) -> str:
		"""Why the file cannot be opened, in words for the person who named it."""
		path = Path(self.path)
		if path.is_dir():
			return f"{path} is a folder. Name a file for the store."
		if not path.parent.is_dir():
			return f"There is no folder {path.parent} for the store."
		if path.is_file() and path.stat().st_size and path.read_bytes()[: len(HEADER)] != HEADER:
			return f"{path} is not a store. Name another file, or one that is not there yet."
		return (
			f"{path} cannot be opened as a store ({error}). If it is damaged, move it away and load the"
			" documents into a new one: a sync finds in Xero what was sent before."
		)

	def close(self) -> None:
		"""Release the file."""
		self._connection.close()

	def _prepare(self) -> None:
		db = self._connection
		application, version = (
			db.execute(f"PRAGMA {key}").fetchone()[0] for key in ("application_id", "user_version")
		)
		if application != APPLICATION_ID and db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
			raise StoreError(f"{self.path} is an SQLite file of another program. Name another file.")
		if version > VERSION:
			raise StoreError(
				f"{self.path} was written by a newer version (layout {version}, this one knows {VERSION}). "
				"Update xero_connector to open it."
			)
		db.execute("PRAGMA journal_mode = WAL")
		db.execute("PRAGMA synchronous = FULL")
		db.execute("PRAGMA cache_size = -16000")
		if version == VERSION:
			return
		db.execute("BEGIN IMMEDIATE")
		db.execute(
			"CREATE TABLE IF NOT EXISTS document"
			" (doctype TEXT NOT NULL, name TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (doctype, name))"
			" WITHOUT ROWID"
		)
		for doctype, keys in UNIQUE.items():
			for fields in keys:
				db.execute(_index("UNIQUE INDEX", doctype, fields, _column))
		for doctype, keys in INDEX.items():
			for fields in keys:
				db.execute(_index("INDEX", doctype, fields, _text))
		db.execute(
			"CREATE TABLE IF NOT EXISTS held_row"
			" (doctype TEXT NOT NULL, field TEXT NOT NULL, value TEXT NOT NULL, name TEXT NOT NULL,"
			" PRIMARY KEY (doctype, field, value, name)) WITHOUT ROWID"
		)
		db.execute("CREATE INDEX IF NOT EXISTS held_row_name ON held_row (doctype, name)")
		for (doctype, table), fields in BY_ROW.items():
			for statement in _row_triggers(doctype, table, fields):
				db.execute(statement)
		db.execute("ANALYZE")  # makes the table that the next lines fill
		db.execute("DELETE FROM sqlite_stat1 WHERE tbl = 'document'")
		db.execute("INSERT INTO sqlite_stat1 VALUES ('document', 'document', ?)", (MANY,))
		db.execute("ANALYZE sqlite_master")  # reads it
		db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
		db.execute(f"PRAGMA user_version = {VERSION}")
		db.execute("COMMIT")

	# reading

	def get(self, doctype: str, name: str, *, for_update: bool = False) -> Doc | None:
		row = self._connection.execute(
			"SELECT body FROM document WHERE doctype = ? AND name = ?", (doctype, name)
		).fetchone()
		return _load(row[0]) if row else None

	def find(
		self,
		doctype: str,
		filters: Filters | None = None,
		*,
		fields: Iterable[str] | None = None,
		order_by: str | None = None,
		limit: int | None = None,
	) -> list[Doc]:
		condition, arguments = _where(doctype, filters or {})
		sql = f"SELECT body FROM document WHERE doctype = {_quoted(doctype)}{condition}"
		sql += f" ORDER BY {_order(order_by)}"
		if limit is not None:
			sql += f" LIMIT {int(limit)}"
		found = [_load(body) for (body,) in self._connection.execute(sql, arguments)]
		if fields is None:
			return found
		wanted = list(dict.fromkeys(["name", *fields]))
		return [{field: doc.get(field) for field in wanted} for doc in found]

	def find_by_row(self, doctype: str, table: str, row: Mapping[str, str]) -> list[Doc]:
		value = _dump([row[field] for field in BY_ROW[doctype, table]])
		sql = (
			"SELECT body FROM held_row JOIN document USING (doctype, name)"
			" WHERE doctype = ? AND field = ? AND value = json(?) ORDER BY name"
		)
		return [_load(body) for (body,) in self._connection.execute(sql, (doctype, table, value))]

	def doctypes(self) -> dict[str, int]:
		"""How many documents of each doctype the store holds."""
		rows = self._connection.execute(
			"SELECT doctype, count(*) FROM document GROUP BY doctype ORDER BY doctype"
		)
		return dict(rows.fetchall())

	# writing

	def insert(self, doc: Mapping[str, Any]) -> str:
		doctype = doc["doctype"]
		name = str(doc.get("name") or self._new_name())
		body = _dump({**doc, "name": name})
		self._write(
			"INSERT INTO document (doctype, name, body) VALUES (?, ?, ?)",
			(doctype, name, body),
			doctype,
			name,
		)
		return name

	def update(self, doctype: str, name: str, values: Mapping[str, Any]) -> None:
		if not self.update_if(doctype, name, {}, values):
			raise NotFound(f"There is no {doctype} {name}.")

	def update_if(self, doctype: str, name: str, filters: Filters, values: Mapping[str, Any]) -> bool:
		condition, arguments = _where(doctype, filters)
		changed = self._write(
			f"UPDATE document SET body = {_with(values)}"
			f" WHERE doctype = {_quoted(doctype)} AND name = ?{condition}",
			(*map(_dump, values.values()), name, *arguments),
			doctype,
			name,
		)
		return bool(changed)

	def delete(self, doctype: str, name: str) -> None:
		self._connection.execute("DELETE FROM document WHERE doctype = ? AND name = ?", (doctype, name))

	def _write(self, sql: str, arguments: tuple[Any, ...], doctype: str, name: str) -> int:
		"""Run a statement; returns how many documents it wrote."""
		try:
			return self._connection.execute(sql, arguments).rowcount
		except sqlite3.IntegrityError as error:
			raise Duplicate(f"{doctype} {name} would be there twice ({error}).") from error

	# transactions

	@contextmanager
	def transaction(self) -> Iterator[None]:
		if self._open:
			raise StoreError("a transaction is open already: commits do not nest")
		self._connection.execute("BEGIN IMMEDIATE")
		self._open = True
		try:
			yield
		except BaseException:
			self._connection.execute("ROLLBACK")
			raise
		else:
			self._connection.execute("COMMIT")
		finally:
			self._open = False

	def in_transaction(self) -> bool:
		return self._open


def _load(body: str) -> Doc:
	doc: Doc = _DECODER.decode(body)
	return doc


def _dump(value: Any) -> str:
	text: str = _ENCODER.encode(value)
	return text


def _text_of(value: object) -> str:
	isoformat = getattr(value, "isoformat", None)
	if isoformat is None:
		raise StoreError(f"a value of type {type(value).__name__} cannot be stored")
	return str(isoformat())


_DECODER = simplejson.JSONDecoder(parse_float=Decimal)
_ENCODER = simplejson.JSONEncoder(use_decimal=True, ensure_ascii=False, default=_text_of)


def _quoted(text: str) -> str:
	"""An SQL literal: the planner matches a partial index only by a constant."""
	return "'" + text.replace("'", "''") + "'"


@cache
def _column(field: str) -> str:
	return "name" if field == "name" else f"json_extract(body, '$.{_field(field)}')"


def _field(field: str) -> str:
	"""The field as it may stand in SQL. Raises ``StoreError`` for what is no field name."""
	if not field.replace("_", "").isalnum():
		raise StoreError(f"{field!r} is not a field name")
	return field


def _with(values: Iterable[str]) -> str:
	"""The body with these fields set anew, each from an argument that is JSON."""
	fields, body = [f", '$.{_field(field)}', json(?)" for field in values], "body"
	for at in range(0, len(fields), FIELDS_AT_ONCE):
		body = f"json_set({body}{''.join(fields[at : at + FIELDS_AT_ONCE])})"
	return body


def _text(field: str) -> str:
	return f"ifnull({_column(field)}, '')"


def _index(kind: str, doctype: str, fields: tuple[str, ...], expression: Callable[[str], str]) -> str:
	name = "_".join([doctype.replace(" ", "_"), *fields]).lower()
	columns = ", ".join(expression(field) for field in fields)
	if kind == "INDEX":
		name += "_lookup"
	return f"CREATE {kind} IF NOT EXISTS {name} ON document ({columns}) WHERE doctype = {_quoted(doctype)}"


def _row_triggers(doctype: str, table: str, fields: tuple[str, ...]) -> Iterator[str]:
	"""Statements that keep the rows of a child table findable, those that are there already too."""
	values = ", ".join(f"json_extract(value, '$.{_field(field)}')" for field in fields)
	kept, field = _quoted(doctype), _quoted(table)
	add = (
		"INSERT OR IGNORE INTO held_row SELECT {kept}, {field}, json_array({values}), {row}.name"
		" FROM {source}json_each(ifnull(json_extract({row}.body, '$.{table}'), '[]'))"
	)
	new = add.format(kept=kept, field=field, values=values, row="new", source="", table=_field(table))
	known = add.format(
		kept=kept, field=field, values=values, row="document", source="document, ", table=_field(table)
	)
	forget = f"DELETE FROM held_row WHERE doctype = {kept} AND field = {field} AND name = old.name"
	name = f"{doctype}_{table}".lower().replace(" ", "_")
	yield f"{known} WHERE document.doctype = {kept}"
	for event, row, body in (
		("insert", "new", new),
		("update", "new", f"{forget}; {new}"),
		("delete", "old", forget),
	):
		yield (
			f"CREATE TRIGGER IF NOT EXISTS {name}_{event} AFTER {event.upper()} ON document"
			f" WHEN {row}.doctype = {kept} BEGIN {body}; END"
		)


def _where(doctype: str, filters: Filters) -> tuple[str, list[Any]]:
	"""The conditions in SQL, and their arguments."""
	by_key = any(filters.keys() >= key for key in KEYS.get(doctype, ()))
	conditions: list[str] = []
	arguments: list[Any] = []
	for field, wanted in filters.items():
		operator, value = wanted if isinstance(wanted, tuple) else ("=", wanted)
		values = [_plain(item) for item in value] if operator in LISTS else [_plain(value)]
		texts = all(isinstance(item, str) for item in values)
		bare = by_key and operator in ("=", "in") and all(values)
		conditions.append(_condition(field, operator, len(values), texts, bare))
		arguments += values
	return "".join(conditions), arguments


@cache
def _condition(field: str, operator: str, count: int, texts: bool, bare: bool) -> str:
	"""One condition on a field. An unset one counts as an empty text among texts, else as zero; not so in a
	``bare`` one, which is how the unique indexes hold the field.
	"""
	if operator not in (*LISTS, *COMPARISONS):
		raise StoreError(f"{operator!r} is not a filter operator")
	column, unset = _column(field), "''" if texts else "0"
	if not bare and field != "name":
		column = f"ifnull({column}, {unset})"
	right = f"({', '.join('?' * count)})" if operator in LISTS else "?"
	return f" AND {column} {operator} {right}"


def _plain(value: Any) -> str | int | float:
	if value is None:
		return ""
	if isinstance(value, Decimal):
		return float(value)
	if isinstance(value, (str, int, float)):
		return value
	return _text_of(value)


@cache
def _order(order_by: str | None) -> str:
	terms = []
	for term in (order_by or "name").split(","):
		field, _, direction = term.strip().partition(" ")
		if direction.lower() not in ("", "asc", "desc"):
			raise StoreError(f"{term.strip()!r} is not an order")
		terms.append(f"{_column(field)} {direction.upper() or 'ASC'}")
	return ", ".join(terms)
