"""What is to be cleaned before data goes to Xero."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from xero_connector.desk.audit import books, customers, items
from xero_connector.desk.audit.findings import (
	ADDRESS,
	BOOKS,
	DOCUMENTS,
	DUPLICATES,
	EMAIL,
	ITEMS,
	KINDS,
	NAMES,
	PRICES,
	Found,
)
from xero_connector.store.frappe import FrappeStore
from xero_connector.sync.reference import load_books


def findings(organisation: str | None = None, kind: str | None = None) -> list[Found]:
	"""All findings, or those of a kind. Without an ``organisation`` what is said of customers and item codes:
	that can be cleaned before anything is connected.
	"""
	return [found for found in _look(organisation, {kind} if kind else set(KINDS)) if found.total]


def summary(organisation: str | None = None) -> dict[str, int]:
	"""How many findings of each kind, those with none too. Counted in SQL; single documents are not mapped
	for it (*Documents* is not among them).
	"""
	counts = {kind: 0 for kind in KINDS if kind != DOCUMENTS}
	for found in _look(organisation, set(counts), limit=0):
		counts[found.kind] += found.total
	return counts


def _look(organisation: str | None, kinds: set[str], **limit: int) -> Iterator[Found]:
	store = FrappeStore()
	settings = store.get("Xero Organisation", organisation) if organisation else None
	if DUPLICATES in kinds:
		yield customers.duplicates(**limit)
	for kind in (NAMES, EMAIL):
		if kind in kinds:
			yield customers.fields(kind, _currencies(settings), **limit)
	if EMAIL in kinds:
		yield customers.without_email(**limit)
	if ADDRESS in kinds:
		yield customers.without_address(**limit)
	if ITEMS in kinds:
		yield items.codes(**limit)
	if PRICES in kinds:
		yield items.prices(settings)
	if settings and {BOOKS, DOCUMENTS} & kinds:
		known = load_books(store, settings["name"])
		found = books.accounts_and_taxes(settings, known)
		if BOOKS in kinds:
			yield found
		if DOCUMENTS in kinds:
			yield books.documents(settings, known, found.listed)


def _currencies(settings: dict[str, Any] | None) -> tuple[str, ...]:
	"""The currencies that the organisation has switched on, as far as they were read."""
	return load_books(FrappeStore(), settings["name"]).currencies if settings else ()
