"""The site's database as a store.

The connector's own documents are written directly, one statement each: no document events, no ``modified``.
Business documents are saved as a person would save them; only their ``xero_`` fields are written directly.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import frappe
from frappe.model import child_table_fields, default_fields
from frappe.query_builder import Order
from frappe.utils import now, strip_html
from pypika.terms import Criterion

from xero_connector.store.protocol import Changed, Doc, Duplicate, Filters, NotFound, StoreError
from xero_connector.store.schema import INDEX, UNIQUE, is_own

DECIMALS = ("Currency", "Float", "Percent")
INTEGERS = ("Check", "Int", "Long Int", "Rating", "Duration")
TABLES = ("Table", "Table MultiSelect")
DOES_NOT_FIT = ((1264,), (1292,), (1366,), (1406,))
"""MariaDB's words for a number too large, no date, no text, and a text too long."""

COMPARISONS = {
	"=": operator.eq,
	"!=": operator.ne,
	"<": operator.lt,
	"<=": operator.le,
	">": operator.gt,
	">=": operator.ge,
}


class FrappeStore:
	"""The store of the current site. It holds nothing itself: any number of them share one connection."""

	# reading

	def get(self, doctype: str, name: str, *, for_update: bool = False) -> Doc | None:
		meta = _meta(doctype)
		if not meta.issingle and not frappe.db.exists(doctype, name):
			return None
		return plain(frappe.get_doc(doctype, name, for_update=for_update))

	def find(
		self,
		doctype: str,
		filters: Filters | None = None,
		*,
		fields: Iterable[str] | None = None,
		order_by: str | None = None,
		limit: int | None = None,
	) -> list[Doc]:
		meta = _meta(doctype)
		table = frappe.qb.DocType(doctype)
		wanted = _read_columns(meta, None if fields is None else ["name", *fields])
		query = frappe.qb.from_(table).select(*(table[_column(meta, field)] for field in wanted))
		for condition in _conditions(meta, table, filters or {}):
			query = query.where(condition)
		for field, order in _orders(order_by):
			query = query.orderby(table[_column(meta, field)], order=order)
		if limit is not None:
			query = query.limit(limit)
		return [_plain_row(row, meta) for row in query.run(as_dict=True)]

	def find_by_row(self, doctype: str, table: str, row: Mapping[str, str]) -> list[Doc]:
		meta = _meta(doctype)
		parents, rows = frappe.qb.DocType(doctype), frappe.qb.DocType(meta.get_field(table).options)
		query = (
			frappe.qb.from_(parents)
			.join(rows)
			.on((rows.parent == parents.name) & (rows.parenttype == doctype) & (rows.parentfield == table))
			.select(*(parents[column] for column in _read_columns(meta)))
			.distinct()
			.orderby(parents.name)
		)
		for field, value in row.items():
			query = query.where(rows[field] == value)
		return [{"doctype": doctype, **_plain_row(found, meta)} for found in query.run(as_dict=True)]

	# writing

	def insert(self, doc: Mapping[str, Any]) -> str:
		doctype = doc["doctype"]
		if not is_own(doctype):
			return self._insert_business(doc)
		meta = _meta(doctype)
		values = {key: value for key, value in doc.items() if key != "doctype"}
		for field in meta.fields:
			if field.default:
				values.setdefault(field.fieldname, field.default)
		name = values.pop("name", None)
		if not name and (meta.autoname or "").startswith("field:"):
			name = values.get(meta.autoname.partition(":")[2])
		name = str(name or frappe.generate_hash(length=10))
		tables = _take_tables(meta, values)
		_insert_row(meta, name, values)
		for field, rows in tables.items():
			_replace_children(meta, name, field, rows)
		return name

	def update(self, doctype: str, name: str, values: Mapping[str, Any]) -> None:
		if not is_own(doctype):
			return self._update_business(doctype, name, values)
		meta = _meta(doctype)
		if meta.issingle:
			frappe.db.set_single_value(doctype, _columns_of(meta, values), update_modified=False)
			return
		if not _lock(meta, name, {}):
			raise NotFound(f"There is no {doctype} {name}.")
		_update_row(meta, name, values)

	def update_if(self, doctype: str, name: str, filters: Filters, values: Mapping[str, Any]) -> bool:
		if not is_own(doctype):
			raise StoreError(f"A claim is for the connector's own documents, not for a {doctype}.")
		meta = _meta(doctype)
		if not _lock(meta, name, filters):
			return False
		_update_row(meta, name, values)
		return True

	def delete(self, doctype: str, name: str) -> None:
		if not is_own(doctype):
			frappe.delete_doc(doctype, name, ignore_permissions=True, flags={"xero_sync": True})
			return
		for field in _meta(doctype).get_table_fields():
			frappe.db.delete(field.options, {"parenttype": doctype, "parent": name})
		frappe.db.delete(doctype, {"name": name})
		frappe.clear_document_cache(doctype, name)

	def _insert_business(self, doc: Mapping[str, Any]) -> str:
		_meta(doc["doctype"])
		with _as_store_errors():
			new = frappe.get_doc({**_as_floats(doc), "docstatus": 0})
			new.flags.xero_sync = True
			new.insert(ignore_permissions=True)
			if doc.get("docstatus"):
				new.submit()
			return str(new.name)

	def _update_business(self, doctype: str, name: str, values: Mapping[str, Any]) -> None:
		meta = _meta(doctype)
		if not frappe.db.exists(doctype, name):
			raise NotFound(f"There is no {doctype} {name}.")
		if all(field.startswith("xero_") for field in values):
			frappe.db.set_value(doctype, name, _columns_of(meta, values), update_modified=False)
			return
		with _as_store_errors():
			doc = frappe.get_doc(doctype, name)
			for field, value in values.items():
				doc.set(_column(meta, field, tables=True), value)
			doc.flags.xero_sync = True
			doc.save(ignore_permissions=True)

	# transactions

	@contextmanager
	def transaction(self) -> Iterator[None]:
		if self.in_transaction():
			raise StoreError("a transaction is open already: commits do not nest")
		fresh_snapshot()
		frappe.flags.in_xero_transaction = True
		try:
			yield
			frappe.db.commit()
		except frappe.QueryDeadlockError as error:  # also: a row that was read has changed since (1020)
			frappe.db.rollback()
			raise Changed(f"Somebody else wrote the same rows ({error}).") from error
		except BaseException:
			frappe.db.rollback()
			raise
		finally:
			frappe.flags.in_xero_transaction = False

	def in_transaction(self) -> bool:
		return bool(frappe.flags.in_xero_transaction or frappe.db.transaction_writes)


def plain(doc: Any) -> Doc:
	"""A Frappe document in the shape that the store gives."""
	return _plain_doc(doc.as_dict(), doc.meta)


def fresh_snapshot() -> None:
	"""End the read snapshot that the connection holds, so that the next read sees what others committed.

	Does nothing while writes wait for a commit.
	"""
	if not frappe.db.transaction_writes:
		frappe.db.commit()


def add_keys(doctype: str) -> None:
	"""Make the keys of several columns that the schema declares for this doctype.

	Keys of one column stand in the DocType itself (*Unique*, *Index*), where Frappe looks for them.
	"""
	for fields in UNIQUE.get(doctype, []):
		if len(fields) > 1:
			frappe.db.add_unique(doctype, list(fields), _key_name(fields))
	for fields in INDEX.get(doctype, []):
		if len(fields) > 1:
			frappe.db.add_index(doctype, list(fields))


def _key_name(fields: tuple[str, ...]) -> str:
	"""As Frappe names such a key; shorter where MariaDB, which takes 64 characters, would not take that."""
	name = "_".join(("unique", *fields))
	return name if len(name) <= 64 else "_".join(("unique", *(field[:9] for field in fields)))


def _meta(doctype: str) -> Any:
	try:
		return frappe.get_meta(doctype)
	except frappe.DoesNotExistError as error:
		frappe.clear_last_message()
		raise StoreError(
			f"This site has no DocType {doctype}. Run bench migrate, or install its app."
		) from error


def _read_columns(meta: Any, fields: Iterable[str] | None = None) -> list[str]:
	"""The columns to read, all or these: secrets are never read, and virtual fields have no column."""
	unread = {field.fieldname for field in meta.fields if field.fieldtype == "Password" or field.is_virtual}
	columns = meta.get_valid_columns() if fields is None else fields
	return [column for column in dict.fromkeys(columns) if column not in unread]


def _column(meta: Any, field: str, *, tables: bool = False) -> str:
	if field in meta.get_valid_columns() or (tables and meta.has_field(field)):
		return field
	raise StoreError(f"{meta.name} has no field {field} on this site. Run bench migrate.")


# reading


def _plain_doc(doc: Mapping[str, Any], meta: Any) -> Doc:
	plain = _plain_row(doc, meta)
	plain["doctype"] = meta.name
	for field in meta.get_table_fields():
		child_meta = frappe.get_meta(field.options)
		plain[field.fieldname] = [_plain_doc(row, child_meta) for row in doc.get(field.fieldname) or []]
	return plain


def _plain_row(row: Mapping[str, Any], meta: Any) -> Doc:
	plain: Doc = {}
	for field, value in row.items():
		df = meta.get_field(field)
		fieldtype = df.fieldtype if df else None
		if fieldtype in TABLES or fieldtype == "Password" or field.startswith("__"):
			continue
		plain[field] = _plain_value(value, fieldtype)
	return plain


def _plain_value(value: Any, fieldtype: str | None) -> Any:
	if value is None:
		return None
	if fieldtype in DECIMALS:
		return Decimal(str(value))
	if fieldtype in INTEGERS or isinstance(value, int):
		return int(value)
	if isinstance(value, (date, datetime, time, timedelta)):
		return str(value)
	return value


# filters


def _conditions(meta: Any, table: Any, filters: Filters) -> Iterator[Criterion]:
	for field, wanted in filters.items():
		name, value = wanted if isinstance(wanted, tuple) else ("=", wanted)
		column, unset = table[_column(meta, field)], _unset(meta, field)
		if name in ("in", "not in"):
			values = [_comparable(item, unset) for item in value]
			if name == "in":
				condition = column.isin(values) if values else column.isnull() & column.notnull()
				yield condition | column.isnull() if unset in values else condition
			elif values:
				condition = column.notin(values)
				yield condition if unset in values else condition | column.isnull()
			continue
		if name not in COMPARISONS:
			raise StoreError(f"{name!r} is not a filter operator")
		compare = COMPARISONS[name]
		value = _comparable(value, unset)
		if value == "" and _is_date(meta, field):
			condition = column.notnull() if compare(1, 0) else column.isnull()
		else:
			condition = compare(column, value)
		yield condition | column.isnull() if compare(unset, value) else condition


def _unset(meta: Any, field: str) -> str | int:
	"""What an unset field counts as: an empty text, or zero."""
	df = meta.get_field(field)
	return 0 if field in ("docstatus", "idx") or (df and df.fieldtype in DECIMALS + INTEGERS) else ""


def _is_date(meta: Any, field: str) -> bool:
	df = meta.get_field(field)
	return field in ("creation", "modified") or bool(df and df.fieldtype in ("Date", "Datetime", "Time"))


def _comparable(value: Any, unset: str | int) -> Any:
	"""The value in the type of the column: MariaDB compares a text with a number as numbers."""
	if value is None or value == "":
		return unset
	if unset == "":
		return str(value)
	return value if isinstance(value, (int, float, Decimal)) else Decimal(str(value))


def _orders(order_by: str | None) -> Iterator[tuple[str, Order]]:
	for term in (order_by or "name").split(","):
		field, _, direction = term.strip().partition(" ")
		if direction.lower() not in ("", "asc", "desc"):
			raise StoreError(f"{term.strip()!r} is not an order")
		yield field, Order.desc if direction.lower() == "desc" else Order.asc


# writing


def _as_floats(value: Any) -> Any:
	"""The same document with the numbers that ERPNext calculates with."""
	if isinstance(value, Mapping):
		return {key: _as_floats(item) for key, item in value.items()}
	if isinstance(value, list):
		return [_as_floats(item) for item in value]
	return float(value) if isinstance(value, Decimal) else value


def _columns_of(meta: Any, values: Mapping[str, Any]) -> dict[str, Any]:
	return {_column(meta, field): _stored(meta, field, value) for field, value in values.items()}


def _stored(meta: Any, field: str, value: Any) -> Any:
	"""The value for the database: an empty text is NULL, so that it does not bind in a unique key."""
	if _unset(meta, field) == 0:
		return value if value not in (None, "") else 0
	return None if value == "" else value


def _take_tables(meta: Any, values: dict[str, Any]) -> dict[str, list[Doc]]:
	return {
		field.fieldname: values.pop(field.fieldname) or []
		for field in meta.get_table_fields()
		if field.fieldname in values
	}


def _insert_row(meta: Any, name: str, values: Mapping[str, Any]) -> None:
	moment, user = now(), frappe.session.user
	row = {
		"creation": moment,
		"modified": moment,
		"owner": user,
		"modified_by": user,
		**_columns_of(meta, values),
		"name": name,
	}
	table = frappe.qb.DocType(meta.name)
	query = frappe.qb.into(table).columns(*(table[field] for field in row)).insert(*row.values())
	_write(query, meta.name, name)


def _update_row(meta: Any, name: str, values: Mapping[str, Any]) -> None:
	fields = dict(values)
	for field, rows in _take_tables(meta, fields).items():
		_replace_children(meta, name, field, rows)
	columns = _columns_of(meta, fields)
	if columns:
		table = frappe.qb.DocType(meta.name)
		query = frappe.qb.update(table).where(table.name == name)
		for field, value in columns.items():
			query = query.set(table[field], value)
		_write(query, meta.name, name)
	frappe.clear_document_cache(meta.name, name)


def _replace_children(meta: Any, parent: str, field: str, rows: Iterable[Mapping[str, Any]]) -> None:
	child_meta = _meta(meta.get_field(field).options)
	place = {"parenttype": meta.name, "parent": parent, "parentfield": field}
	frappe.db.delete(child_meta.name, place)
	for idx, row in enumerate(rows, start=1):
		skip = (*default_fields, *child_table_fields)
		own = {key: value for key, value in row.items() if key not in skip}
		_insert_row(child_meta, frappe.generate_hash(length=10), {**own, **place, "idx": idx})


def _lock(meta: Any, name: str, filters: Filters) -> bool:
	"""Lock the row until the transaction ends, if it is there and matches.

	A locking read sees the newest committed values. MariaDB's count of affected rows would not do: it leaves
	out rows that match but already have the new values.
	"""
	table = frappe.qb.DocType(meta.name)
	query = frappe.qb.from_(table).select(table.name).where(table.name == name)
	for condition in _conditions(meta, table, filters):
		query = query.where(condition)
	return bool(query.for_update().run())


def _write(query: Any, doctype: str, name: str) -> None:
	try:
		query.run()
	except Exception as error:
		if frappe.db.is_duplicate_entry(error):
			raise Duplicate(f"{doctype} {name} would be there twice ({error}).") from error
		if isinstance(error, frappe.db.DataError) or error.args[:1] in DOES_NOT_FIT:
			raise StoreError(f"A value does not fit into {doctype} {name} ({error}).") from error
		raise


@contextmanager
def _as_store_errors() -> Iterator[None]:
	"""What Frappe says against a document, as the store's errors and not as a message on the screen."""
	messages = len(frappe.local.message_log)
	try:
		yield
	except (frappe.DuplicateEntryError, frappe.UniqueValidationError) as error:
		del frappe.local.message_log[messages:]
		raise Duplicate(strip_html(str(error))) from error
	except frappe.TimestampMismatchError as error:
		del frappe.local.message_log[messages:]
		raise Changed(strip_html(str(error))) from error
	except (frappe.ValidationError, frappe.PermissionError) as error:
		del frappe.local.message_log[messages:]
		raise StoreError(strip_html(str(error)) or type(error).__name__) from error
