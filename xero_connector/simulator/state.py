"""The database: one SQLite file (or memory), shared by threads and by processes.

All access goes through `Store.transaction`. The outermost one takes SQLite's write lock at once, so what a
request reads stays true until it commits; one inside another is a savepoint, undone by itself when it fails.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

SCHEMA = """
CREATE TABLE IF NOT EXISTS records (
	sequence INTEGER PRIMARY KEY AUTOINCREMENT, tenant TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL,
	number TEXT, name TEXT, email TEXT, status TEXT, type TEXT, parent TEXT, date TEXT, due_date TEXT,
	amount_due INTEGER, updated INTEGER NOT NULL, body TEXT NOT NULL, UNIQUE (tenant, kind, id)
);
CREATE INDEX IF NOT EXISTS records_number ON records (tenant, kind, number);
CREATE INDEX IF NOT EXISTS records_name ON records (tenant, kind, name);
CREATE INDEX IF NOT EXISTS records_email ON records (tenant, kind, email);
CREATE INDEX IF NOT EXISTS records_parent ON records (tenant, kind, parent);
CREATE INDEX IF NOT EXISTS records_status ON records (tenant, kind, status);
CREATE INDEX IF NOT EXISTS records_updated ON records (tenant, kind, updated, id);
CREATE TABLE IF NOT EXISTS organisations (
	tenant TEXT PRIMARY KEY, name TEXT NOT NULL, created INTEGER NOT NULL,
	invoice_counter INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS apps (
	client_id TEXT PRIMARY KEY, client_secret TEXT NOT NULL, kind TEXT NOT NULL, tenant TEXT,
	redirect_uris TEXT NOT NULL, webhook_url TEXT, webhook_key TEXT
);
CREATE TABLE IF NOT EXISTS connections (
	id TEXT PRIMARY KEY, client_id TEXT NOT NULL, tenant TEXT NOT NULL, auth_event TEXT NOT NULL,
	created INTEGER NOT NULL, updated INTEGER NOT NULL, UNIQUE (client_id, tenant)
);
CREATE TABLE IF NOT EXISTS codes (
	code TEXT PRIMARY KEY, client_id TEXT NOT NULL, redirect_uri TEXT NOT NULL, challenge TEXT,
	scope TEXT NOT NULL, expires INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS tokens (
	token TEXT PRIMARY KEY, kind TEXT NOT NULL, client_id TEXT NOT NULL, scope TEXT NOT NULL,
	expires INTEGER NOT NULL, replaced INTEGER
);
CREATE TABLE IF NOT EXISTS calls (
	sequence INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, client_id TEXT, tenant TEXT,
	method TEXT NOT NULL, path TEXT NOT NULL, query TEXT NOT NULL,
	status INTEGER NOT NULL, counted INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS calls_tenant ON calls (client_id, tenant, counted, at);
CREATE INDEX IF NOT EXISTS calls_app ON calls (client_id, counted, at);
CREATE TABLE IF NOT EXISTS idempotency (
	key TEXT NOT NULL, client_id TEXT NOT NULL, tenant TEXT NOT NULL, target TEXT NOT NULL,
	digest TEXT NOT NULL, first INTEGER NOT NULL, status INTEGER NOT NULL, content_type TEXT NOT NULL,
	answer BLOB NOT NULL, PRIMARY KEY (key, client_id, tenant, target)
);
CREATE TABLE IF NOT EXISTS webhook_events (
	sequence INTEGER PRIMARY KEY AUTOINCREMENT, client_id TEXT NOT NULL, tenant TEXT NOT NULL,
	category TEXT NOT NULL, type TEXT NOT NULL, resource TEXT NOT NULL, at INTEGER NOT NULL
);
"""

OWN_TABLES = {"records", "organisations", "idempotency"}
"""What every state has, by which a file is known as one."""


class Store:
	"""A connection to the state at `path`: a file's name, or ``:memory:``."""

	def __init__(self, path: str) -> None:
		self._lock = threading.RLock()
		self._depth = 0
		self._connection = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
		self._connection.row_factory = sqlite3.Row
		self._refuse_foreign_file(path)
		self._connection.execute("PRAGMA journal_mode = WAL")
		self._connection.execute("PRAGMA synchronous = NORMAL")
		with self.transaction():
			for statement in SCHEMA.split(";"):
				self._connection.execute(statement)

	def _refuse_foreign_file(self, path: str) -> None:
		"""Raises ValueError for an SQLite file of another program."""
		tables = {row[0] for row in self._connection.execute("SELECT name FROM sqlite_master")}
		if tables and not OWN_TABLES <= tables:
			raise ValueError(f"{path} is a file of another program, not the state of a simulator")

	@contextmanager
	def transaction(self) -> Iterator[None]:
		"""All or nothing; inside another transaction, all or nothing of this part."""
		with self._lock:
			name = f"level_{self._depth}"
			begin, commit, rollback = (
				([f"SAVEPOINT {name}"], [f"RELEASE {name}"], [f"ROLLBACK TO {name}", f"RELEASE {name}"])
				if self._depth
				else (["BEGIN IMMEDIATE"], ["COMMIT"], ["ROLLBACK"])
			)
			self._run(begin)
			self._depth += 1
			try:
				yield
				self._run(commit)
			except BaseException:
				self._run(rollback)
				raise
			finally:
				self._depth -= 1

	def _run(self, statements: Sequence[str]) -> None:
		for statement in statements:
			self._connection.execute(statement)

	def execute(self, sql: str, *values: Any) -> int:
		"""Run a statement; answers how many rows it changed."""
		return self._connection.execute(sql, values).rowcount

	def rows(self, sql: str, *values: Any) -> list[sqlite3.Row]:
		"""All rows of a query."""
		return self._connection.execute(sql, values).fetchall()

	def row(self, sql: str, *values: Any) -> sqlite3.Row | None:
		"""The first row of a query, or None."""
		found: sqlite3.Row | None = self._connection.execute(sql, values).fetchone()
		return found

	def value(self, sql: str, *values: Any) -> Any:
		"""The first column of the first row, or None."""
		row = self.row(sql, *values)
		return row[0] if row else None

	def close(self) -> None:
		"""Close the connection; a file keeps the state."""
		with self._lock:
			self._connection.close()
