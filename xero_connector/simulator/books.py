"""One organisation's books during one transaction: find, save, and tell the webhooks."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from xero_connector.simulator.errors import Refused
from xero_connector.simulator.kinds import (
	COLUMNS,
	CONTACT,
	CREDIT_NOTE,
	INVOICE,
	ORGANISATION,
	OVERPAYMENT,
	PREPAYMENT,
	Kind,
	fold,
)
from xero_connector.simulator.state import Store
from xero_connector.simulator.values import ZERO_ID, Body, IdSource, dumps, from_ms, loads

_CATEGORIES = {
	CONTACT.collection: "CONTACT",
	INVOICE.collection: "INVOICE",
	CREDIT_NOTE.collection: "CREDITNOTE",
	OVERPAYMENT.collection: "OVERPAYMENT",
	PREPAYMENT.collection: "PREPAYMENT",
}
_CHUNK = 500

_UPSERT = f"""
INSERT INTO records (tenant, kind, id, updated, body, {", ".join(COLUMNS)})
VALUES (?, ?, ?, ?, ?, {", ".join("?" for _ in COLUMNS)})
ON CONFLICT (tenant, kind, id) DO UPDATE SET updated = excluded.updated, body = excluded.body,
	{", ".join(f"{column} = excluded.{column}" for column in COLUMNS)}
"""


class Written(NamedTuple):
	"""A saved record, and what Xero warns of although it saved it (a dropped account code)."""

	body: Body
	warnings: list[str]


@dataclass
class Books:
	"""What the rules of contacts, invoices and the rest work on. Only valid inside `Store.transaction`.

	`now` is in milliseconds since 1970 (UTC) and stays the same for the whole request.
	"""

	store: Store
	tenant: str
	now: int
	new_id: IdSource
	unit_places: int = 2

	@property
	def today(self) -> str:
		"""The date of `now`. The simulated organisations keep UTC as their time zone."""
		return from_ms(self.now).date().isoformat()

	@property
	def organisation(self) -> Body:
		"""The organisation's own record."""
		return self.one(ORGANISATION, self.tenant)

	def find(self, kind: Kind, record_id: str) -> Body | None:
		"""The record with this id, or None. Ids are compared in lower case."""
		row = self._row(kind, "id", record_id if kind.id_field in ("TaxType", "Code") else record_id.lower())
		return loads(row["body"]) if row else None

	def given_by_id(self, kind: Kind, given: Mapping[str, Any], what: str) -> Body | None:
		"""The record that a POST names by its id; None if it names none. Raises Refused if there is none."""
		record_id = str(given.get(kind.id_field) or ZERO_ID)
		if record_id == ZERO_ID:
			return None
		found = self.find(kind, record_id)
		if found is None:
			raise Refused(f"The {what} with the specified {kind.id_field} could not be found")
		return found

	def one(self, kind: Kind, record_id: str) -> Body:
		"""The record with this id, which must be there."""
		found = self.find(kind, record_id)
		if found is None:
			raise LookupError(f"{kind.collection} {record_id}")
		return found

	def by_number(self, kind: Kind, number: str) -> Body | None:
		"""The newest record with this number or code, ignoring case."""
		row = self._row(kind, "number", fold(number))
		return loads(row["body"]) if row else None

	def where(
		self, kind: Kind, condition: str = "1", *values: Any, tail: str = "ORDER BY sequence"
	) -> list[Body]:
		"""Records of a kind for an SQL condition over the columns."""
		sql = f"SELECT body FROM records WHERE tenant = ? AND kind = ? AND ({condition}) {tail}"
		return [loads(row["body"]) for row in self.store.rows(sql, self.tenant, kind.collection, *values)]

	def count(self, kind: Kind, condition: str = "1", *values: Any) -> int:
		"""How many records of a kind meet an SQL condition."""
		sql = f"SELECT COUNT(*) FROM records WHERE tenant = ? AND kind = ? AND ({condition})"
		return int(self.store.value(sql, self.tenant, kind.collection, *values))

	def children(self, kind: Kind, parents: Iterable[str], condition: str = "1") -> dict[str, list[Body]]:
		"""Records of a kind by the id of their parent, for many parents in few queries."""
		wanted = sorted(set(parents))
		found: dict[str, list[Body]] = {parent: [] for parent in wanted}
		for start in range(0, len(wanted), _CHUNK):
			chunk = wanted[start : start + _CHUNK]
			sql = (
				f"SELECT parent, body FROM records WHERE tenant = ? AND kind = ? AND ({condition})"
				f" AND parent IN ({_marks(chunk)}) ORDER BY sequence"
			)
			for row in self.store.rows(sql, self.tenant, kind.collection, *chunk):
				found[row["parent"]].append(loads(row["body"]))
		return found

	def by_credit(self, kind: Kind, credit_ids: Iterable[str]) -> dict[str, list[Body]]:
		"""The allocations, or the refunds, that stand, by the id of the credit they are taken from."""
		wanted = sorted(set(credit_ids))
		found: dict[str, list[Body]] = {credit_id: [] for credit_id in wanted}
		for start in range(0, len(wanted), _CHUNK):
			chunk = wanted[start : start + _CHUNK]
			for body in self.where(kind, f"name IN ({_marks(chunk)}) AND status = 'AUTHORISED'", *chunk):
				found[body["CreditID"]].append(body)
		return found

	def many(self, kind: Kind, ids: Iterable[str]) -> dict[str, Body]:
		"""Records by id, for many ids in few queries; unknown ids are left out."""
		wanted = sorted(set(ids))
		found: dict[str, Body] = {}
		for start in range(0, len(wanted), _CHUNK):
			chunk = wanted[start : start + _CHUNK]
			for body in self.where(kind, f"id IN ({_marks(chunk)})", *chunk):
				found[body[kind.id_field]] = body
		return found

	def save(self, kind: Kind, body: Body, *, touch: bool = True) -> Body:
		"""Write a record and queue its webhook event. `touch=False` leaves UpdatedDateUTC where it was."""
		record_id = body[kind.id_field]
		is_new = self._row(kind, "id", record_id) is None
		if touch or is_new:
			body["UpdatedDateUTC"] = self.now
		columns = kind.column_values(body).values()
		self.store.execute(
			_UPSERT, self.tenant, kind.collection, record_id, body["UpdatedDateUTC"], dumps(body), *columns
		)
		if kind.collection in _CATEGORIES:
			self._announce(_CATEGORIES[kind.collection], "CREATE" if is_new else "UPDATE", record_id)
		return body

	def _row(self, kind: Kind, column: str, value: str) -> sqlite3.Row | None:
		sql = (
			f"SELECT body FROM records WHERE tenant = ? AND kind = ? AND {column} = ? ORDER BY sequence DESC"
		)
		return self.store.row(sql, self.tenant, kind.collection, value)

	def _announce(self, category: str, event_type: str, resource: str) -> None:
		self.store.execute(
			"""INSERT INTO webhook_events (client_id, tenant, category, type, resource, at)
			SELECT apps.client_id, connections.tenant, ?, ?, ?, ? FROM apps
			JOIN connections ON connections.client_id = apps.client_id
			WHERE connections.tenant = ? AND apps.webhook_url IS NOT NULL""",
			category,
			event_type,
			resource,
			self.now,
			self.tenant,
		)


def _marks(values: Sequence[Any]) -> str:
	return ", ".join("?" for _ in values)
