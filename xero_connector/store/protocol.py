"""The store protocol: where documents live, seen from the engine.

A document is a plain ``dict`` in ERPNext's own shape: ``doctype``, ``name``, fieldnames, child tables
as lists of dicts. The connector's own state (links, outbox, cursors, log, mirrored invoices) are documents
too, so these few methods are all that the engine needs.

Conventions that hold in every implementation:

- Money and quantities read back as ``Decimal``; whole numbers and checks as ``int``; a business date as
  ``"YYYY-MM-DD"``; an instant that the engine wrote as the UTC text it wrote (see ``xero_connector.clock``).
- A field that was never set reads as ``None`` or is absent: use ``doc.get(field)``.
- In a filter, an unset text compares as ``""`` and an unset number as ``0``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Any, Protocol

Doc = dict[str, Any]
"""One document."""

Filters = Mapping[str, Any]
"""``{field: value}`` or ``{field: (operator, value)}``; all must hold.

Operators: ``=``, ``!=``, ``<``, ``<=``, ``>``, ``>=``, ``in`` and ``not in`` (with a list or tuple).
``None`` as a value stands for *not set*, which an empty text is too.
"""


class StoreError(Exception):
	"""The store cannot do what was asked. The message says what to do."""


class NotFound(StoreError):
	"""No document of that doctype and name."""


class Duplicate(StoreError):
	"""The name, or a unique key of the doctype, is taken. Nothing was written."""


class Changed(StoreError):
	"""Somebody saved the document meanwhile. Begin the transaction again, and it goes."""


class Store(Protocol):
	"""Documents by doctype and name, with transactions."""

	def get(self, doctype: str, name: str, *, for_update: bool = False) -> Doc | None:
		"""The document with its child tables, or ``None``.

		``for_update``: as it is now, whatever the transaction saw before; nobody else writes it before the
		transaction ends.
		"""
		...

	def find(
		self,
		doctype: str,
		filters: Filters | None = None,
		*,
		fields: Iterable[str] | None = None,
		order_by: str | None = None,
		limit: int | None = None,
	) -> list[Doc]:
		"""Documents that match, without child tables unless ``fields`` is ``None`` and the store keeps them.

		``fields`` asks for these fields only (``name`` always comes with them). ``order_by`` is a comma list
		of ``"field"``, ``"field asc"`` or ``"field desc"``; without it the order is by ``name``.
		"""
		...

	def find_by_row(self, doctype: str, table: str, row: Mapping[str, str]) -> list[Doc]:
		"""Documents that have a row with these values in a child table, by name, without child tables unless
		the store keeps them. ``table`` and the fields of ``row`` are those that ``schema.BY_ROW`` names.
		"""
		...

	def insert(self, doc: Mapping[str, Any]) -> str:
		"""Add a document and return its name (made up if it has none). Raises ``Duplicate``.

		A business document with ``docstatus`` 1 is saved and submitted.
		"""
		...

	def update(self, doctype: str, name: str, values: Mapping[str, Any]) -> None:
		"""Set these fields and leave the others. Raises ``NotFound``, ``Duplicate`` or ``Changed``.
		``docstatus`` 2 cancels a submitted business document.

		On a site, business documents are saved as a person would save them, so that their validations run;
		the connector's own documents and its ``xero_`` fields are written directly and do not move
		``modified``.
		"""
		...

	def update_if(self, doctype: str, name: str, filters: Filters, values: Mapping[str, Any]) -> bool:
		"""Set these fields if the document still matches ``filters``, atomically; tell whether it did.

		The base of claims and leases. For the connector's own documents only.
		"""
		...

	def delete(self, doctype: str, name: str) -> None:
		"""Remove the document if it is there."""
		...

	def transaction(self) -> AbstractContextManager[None]:
		"""All writes inside are committed together at the end, or none on an exception.

		Reads inside see the newest committed state. Raises ``StoreError`` inside another transaction: commits
		do not nest. Outside, each write of the embedded store stands alone, and a write on a site belongs to
		the request or job that makes it (that is how a document event and its outbox row share one fate).
		"""
		...

	def in_transaction(self) -> bool:
		"""Whether writes are waiting for a commit: no call to Xero may be made now."""
		...
