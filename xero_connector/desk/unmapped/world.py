"""What the sections of the mapping screen are made of, and made from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import frappe
from frappe import _
from frappe.model.document import Document

from xero_connector.desk import choices, shapes
from xero_connector.desk.shapes import Seen
from xero_connector.mapping.books import Books
from xero_connector.mapping.choices import line_account
from xero_connector.store.frappe import FrappeStore
from xero_connector.sync.reference import load_books

UNFIT, UNMAPPED, ITSELF, OPTIONAL, MAPPED = "Unfit", "Not Mapped", "By Itself", "Optional", "Mapped"
STATES = (UNFIT, UNMAPPED, ITSELF, OPTIONAL, MAPPED)
"""In the order in which rows are shown. *Unfit* and *Not Mapped* are left to do; *By Itself*: the engine
finds it; *Optional*: there is a way without it.
"""

OPEN = (UNFIT, UNMAPPED)

Row = dict[str, Any]
"""One thing that can be mapped: ``choice`` (the fields that tell it, as its table has them), ``label`` and
``about`` in words, ``used`` (in how many documents), ``example`` (doctype and name of one), ``chosen`` and
``suggested`` (names of what is picked), ``state``, and ``note``: what happens as it is.
"""


class Section(NamedTuple):
	"""Things of one kind. ``picks``: the DocType to pick from, where no row says another."""

	key: str
	label: str
	help: str
	picks: str
	rows: list[Row]


class World(NamedTuple):
	"""An organisation, its books, and what its company uses."""

	doc: Document
	books: Books
	seen: list[Seen]
	abbr: str
	accounts: dict[str, Row]
	rates: dict[str, Row]
	unfit: dict[tuple[str, int, str], str]

	def judged(self, table: str, row: Document | None, field: str) -> dict[str, str]:
		"""``state`` and ``note`` of a choice that was made, in a row of a table or on the organisation."""
		note = self.unfit.get((table, row.idx if row else 0, field), "")
		return {"state": UNFIT if note else MAPPED, "note": note}

	def line_accounts(self, **values: str) -> dict[str, str]:
		"""The names of the accounts that a line may stand on, without those that Xero keeps for something."""
		return {
			name: str(row.get("account_name") or "")
			for name, row in self.accounts.items()
			if not line_account(row)
			and row.get("system_account") in (None, "", "ROUNDING")
			and all(row.get(field) == value for field, value in values.items())
		}


def world_of(organisation: str) -> World:
	"""All that the sections are made from."""
	doc, store = frappe.get_doc("Xero Organisation", organisation), FrappeStore()
	accounts, rates = (
		{row["name"]: row for row in store.find(doctype, {"organisation": organisation})}
		for doctype in ("Xero Account", "Xero Tax Rate")
	)
	books = load_books(store, organisation)
	unfit = {
		(each.table, each.row, each.field): " ".join(_(text) for text in each.refusal)
		for each in choices.unfit_choices(doc)
	}
	abbr = frappe.db.get_value("Company", doc.company, "abbr") if doc.company else ""
	return World(doc, books, shapes.seen(doc.as_dict(), books), abbr or "", accounts, rates, unfit)


def row_of(
	choice: Mapping[str, Any],
	label: str,
	*,
	state: str,
	note: str = "",
	about: str = "",
	used: int = 0,
	example: tuple[str, str] | None = None,
	chosen: str | None = "",
	suggested: str | None = "",
) -> Row:
	"""A row; where all is well, nothing is suggested."""
	return {
		"choice": dict(choice),
		"label": label,
		"about": about,
		"used": used,
		"example": example,
		"chosen": chosen or "",
		"suggested": "" if state in (MAPPED, ITSELF) else suggested or "",
		"state": state,
		"note": note,
	}
