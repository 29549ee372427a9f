"""Links: which document here is which record in Xero, with what both held when they last agreed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import simplejson

from xero_connector.store.protocol import Doc, Store
from xero_connector.sync.context import Context, first

LINKED, ARCHIVED, GONE = "Linked", "Archived", "Gone"

NOT_SAVED = "00000000-0000-0000-0000-000000000000"
"""The id of a record that Xero did not take."""

_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_ID = re.compile(r"[0-9A-Za-z._/-]{1,100}")


def has_id(value: Any) -> bool:
	"""Whether this can be the id of a record in Xero: a word that fits into a URL and a key."""
	return isinstance(value, str) and bool(_ID.fullmatch(value))


def is_saved(value: Any) -> bool:
	"""Whether this is the id of a record that Xero took: what is linked for good."""
	return isinstance(value, str) and bool(_GUID.fullmatch(value)) and value != NOT_SAVED


def of_document(store: Store, organisation: str, doctype: str, name: str) -> Doc | None:
	"""The link of a document here."""
	return first(
		store,
		"Xero Link",
		{"organisation": organisation, "reference_doctype": doctype, "reference_name": name},
	)


def of_documents(store: Store, organisation: str, doctype: str, names: Sequence[str]) -> dict[str, Doc]:
	"""The links of many documents, by their names; those without one are left out."""
	wanted = {"organisation": organisation, "reference_doctype": doctype, "reference_name": ("in", names)}
	return {row["reference_name"]: row for row in store.find("Xero Link", wanted)}


def of_record(store: Store, organisation: str, entity: str, xero_id: str) -> Doc | None:
	"""The link of a record in Xero."""
	wanted = {"organisation": organisation, "xero_entity": entity, "xero_id": xero_id}
	return first(store, "Xero Link", wanted)


def of_records(store: Store, organisation: str, entity: str, xero_ids: Sequence[str]) -> dict[str, Doc]:
	"""The links of many records in Xero, by their ids; those without one are left out."""
	wanted = {"organisation": organisation, "xero_entity": entity, "xero_id": ("in", xero_ids)}
	return {row["xero_id"]: row for row in store.find("Xero Link", wanted)}


def add(
	context: Context,
	doctype: str,
	name: str,
	entity: str,
	xero_id: str,
	*,
	number: str = "",
	base: Mapping[str, Any],
	payload_hash: str = "",
	matched_by: str = "",
) -> str:
	"""Link the two. Raises ``Duplicate`` if either has a link already: the database says so, not a look
	before.
	"""
	return context.store.insert(
		{
			"doctype": "Xero Link",
			"organisation": context.organisation,
			"reference_doctype": doctype,
			"reference_name": name,
			"xero_entity": entity,
			"xero_id": xero_id,
			"xero_number": number,
			"status": LINKED,
			"base": dump_base(base),
			"payload_hash": payload_hash,
			"matched_by": matched_by,
			"linked_at": context.now(),
			"url": record_url(entity, xero_id),
		}
	)


def record_url(entity: str, xero_id: str) -> str:
	"""The page of a contact or an invoice in Xero; empty for what has none."""
	path = {
		"Contact": f"Contacts/View/{xero_id}",
		"Invoice": f"AccountsReceivable/View.aspx?InvoiceID={xero_id}",
	}.get(entity)
	return f"https://go.xero.com/{path}" if path else ""


class Known:
	"""The links that planning looks up; those that are there are read once."""

	def __init__(self, context: Context) -> None:
		self.context = context
		self._links: dict[tuple[str, str], Doc] = {}

	def link(self, doctype: str, name: str) -> Doc | None:
		"""The link of a document here."""
		key = (doctype, name)
		found = self._links.get(key) or of_document(
			self.context.store, self.context.organisation, doctype, name
		)
		if found:
			self._links[key] = found
		return found


def base_of(link: Doc) -> dict[str, Any]:
	"""What both sides held when they last agreed: ``local`` and ``remote``, each ``{path: value}``."""
	base: dict[str, Any] = simplejson.loads(link.get("base") or "{}", use_decimal=True)
	return base


def dump_base(base: Mapping[str, Any]) -> str:
	"""The base as it is stored."""
	return simplejson.dumps(base, use_decimal=True, ensure_ascii=False, sort_keys=True)
