"""What was made from what, and what bills what: the facts behind ``deals``.

What bills what is kept as **Xero Billed**: one row for each source of a billed document.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from xero_connector.store.protocol import Doc, Store
from xero_connector.sync.context import put
from xero_connector.sync.entities import INVOICE, OPPORTUNITY, ORDER, QUOTATION, REQUEST

Key = tuple[str, str]
"""(doctype, name) of a document here."""

BILLED_ALREADY = "billed-already"
"""The cause on the row of a document that the invoice of another bills."""

MADE_FROM = {INVOICE: ("sales_order", ORDER), ORDER: ("prevdoc_docname", QUOTATION)}
"""The field of a line that names what the document was made from, and the doctype of that."""


def made_from(doc: Doc) -> list[Key]:
	"""The documents that this one was made from, without their own sources."""
	doctype = doc["doctype"]
	if doctype == REQUEST:
		return [(str(doc["source_doctype"]), str(doc["source_name"] or ""))]
	lines = doc.get("items") or []
	if doctype in MADE_FROM:
		field, source = MADE_FROM[doctype]
		named = [(source, line.get(field)) for line in lines]
	elif doctype == QUOTATION:
		of_opportunity = [line for line in lines if line.get("prevdoc_doctype") == OPPORTUNITY]
		named = [(OPPORTUNITY, doc.get("opportunity"))]
		named += [(OPPORTUNITY, line.get("prevdoc_docname")) for line in of_opportunity]
	else:
		named = []
	return [(source, str(name)) for source, name in dict.fromkeys(named) if name]


def sources(store: Store, doc: Doc) -> list[Key]:
	"""Everything that a document was made from, nearest first."""
	found: dict[Key, None] = {}
	ahead = made_from(doc)
	while ahead:
		key = ahead.pop(0)
		if key not in found:
			found[key] = None
			source = store.get(*key)
			ahead += made_from(source) if source else []
	return list(found)


def note(store: Store, organisation: str, billed: Key, of: Iterable[Key], amount: Decimal) -> None:
	"""Keep that a document bills these others; ``amount`` is what it comes to, in its currency."""
	for doctype, name in of:
		key = {"organisation": organisation, "source_doctype": doctype, "source_name": name}
		put(
			store,
			"Xero Billed",
			{**key, "billed_doctype": billed[0], "billed_name": billed[1]},
			{"amount": amount},
		)


def forget(store: Store, source: Key) -> None:
	"""A document is gone: what billed it bills no other that gets its name."""
	for row in store.find("Xero Billed", {"source_doctype": source[0], "source_name": source[1]}):
		store.delete("Xero Billed", row["name"])


def billed_with(store: Store, organisation: str, billed: Key) -> list[Key]:
	"""The other documents that the invoice of this one bills."""
	wanted = {"organisation": organisation, "billed_doctype": billed[0], "billed_name": billed[1]}
	rows = store.find("Xero Billed", wanted, fields=("source_doctype", "source_name"))
	return [(row["source_doctype"], row["source_name"]) for row in rows]


def billers(store: Store, organisation: str, source: Key) -> list[Key]:
	"""The documents whose invoices bill this one too, or were to, whatever became of them."""
	wanted = {"organisation": organisation, "source_doctype": source[0], "source_name": source[1]}
	rows = store.find("Xero Billed", wanted, fields=("billed_doctype", "billed_name"))
	return [(row["billed_doctype"], row["billed_name"]) for row in rows]
