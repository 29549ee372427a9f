"""A document here, what is sent of it, and what Xero has: field by field, for people to compare."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from xero_connector.mapping.document import Doc
from xero_connector.mapping.fields import XERO_FIELDS, FieldMapLine
from xero_connector.mapping.item import plain_text
from xero_connector.mapping.mirror import day
from xero_connector.mapping.money import cents, decimal_of, plain
from xero_connector.mapping.sales import amount_owed
from xero_connector.mapping.terms import document_date, due_date

Record = Mapping[str, Any]

NUMBERS = ("InvoiceNumber", "CreditNoteNumber", "QuoteNumber")


@dataclass(frozen=True)
class Field:
	"""One line of the comparison, as text: ``here`` in ERPNext, ``sent`` in the request, ``there`` in Xero.
	``None`` where a side has nothing to say of it.

	``differs``: what Xero has is not what is sent, or is not what is here where nothing is sent. ``source``:
	the document and the field that the field map takes it from.
	"""

	label: str
	here: str | None
	sent: str | None
	there: str | None
	differs: bool
	source: tuple[str, str] | None = None


def document_fields(
	doc: Doc, payload: Record, record: Record | None, total: Decimal | None = None
) -> list[Field]:
	"""Head, lines and totals of a document of sales, beside what is sent of it (``payload``, empty where
	nothing is, which comes to ``total``) and Xero's ``record`` of it.
	"""
	return [*_head(doc, payload, record), *_lines(doc, payload, record), *_totals(doc, record, total)]


def contact_fields(
	lines: Sequence[FieldMapLine], here: Record, sent: Record, there: Record | None
) -> list[Field]:
	"""The mapped fields of a contact, each side as ``{path: value}``; those that are empty everywhere are
	left out.
	"""
	sources = {line["xero_field"]: (line["erp_doctype"], line["erp_field"]) for line in lines}
	fields = []
	for path in dict.fromkeys((*here, *sent)):
		values = [side.get(path) if side is not None else None for side in (here, sent, there)]
		if any(value not in (None, "") for value in values):
			label = XERO_FIELDS[path].label if path in XERO_FIELDS else path
			fields.append(replace(_field(label, *map(_text, values)), source=sources.get(path)))
	return fields


def _head(doc: Doc, sent: Record, record: Record | None) -> Iterator[Field]:
	there = record or {}
	number = next((name for name in NUMBERS if name in sent or name in there), NUMBERS[0])
	party = doc.get("customer_name") or doc.get("party_name") or doc.get("customer")
	contact = (there.get("Contact") or {}).get("Name")
	yield _field("Customer", _text(party), None, _text(contact))
	yield _field(_spaced(number), _text(doc["name"]), _text(sent.get(number)), _text(there.get(number)))
	here = {
		"Date": document_date(doc),
		"DueDate": due_date(doc) if _is_billed(doc) else None,
		"ExpiryDate": doc.get("valid_till"),
		"Reference": doc.get("po_no"),
		"CurrencyCode": doc.get("currency"),
		"LineAmountTypes": None,
		"Status": None,
	}
	for name, own in here.items():
		known = record.get(name) if record else None
		if name.endswith("Date"):
			known = day(known)
			own = str(own)[:10] if own else None
		if any((own, sent.get(name), known)):
			values = (_text(own), _text(sent.get(name)), _text(known))
			yield _field(_spaced(name), *values, follows=name != "Status")


def _is_billed(doc: Doc) -> bool:
	"""Whether it is a bill, which is due some day: not an offer, and nothing that is given back."""
	return doc["doctype"] in ("Sales Order", "Sales Invoice") and not doc.get("is_return")


def _lines(doc: Doc, payload: Record, record: Record | None) -> Iterator[Field]:
	sides = [(side or {}).get("LineItems") or [] for side in (payload, record)]
	items = [row for row in doc.get("items") or [] if not row.get("is_alternative")]
	for at in range(max(len(items), *map(len, sides))):
		item = items[at] if at < len(items) else None
		sent, there = (rows[at] if at < len(rows) else None for rows in sides)
		yield from _line(f"Line {at + 1}", item, sent, there)


def _line(label: str, item: Doc | None, sent: Record | None, there: Record | None) -> Iterator[Field]:
	described = plain_text(item.get("description")) or item.get("item_name") if item else None
	own = {
		"Description": described,
		"Quantity": abs(decimal_of(item.get("qty"))) if item else None,
		"UnitAmount": decimal_of(item.get("rate")) if item else None,
		"DiscountAmount": None,
		"LineAmount": abs(cents(item.get("amount"))) if item else None,
		"AccountCode": item.get("income_account") if item else None,
		"TaxType": item.get("item_tax_template") if item else None,
	}
	for name, here in own.items():
		values = [here, *(side.get(name) if side else None for side in (sent, there))]
		if any(value not in (None, "", 0) for value in values):
			said = _money if name in ("DiscountAmount", "LineAmount") else _text
			yield _field(f"{label}: {_spaced(name)}", *map(said, values), comparable=False)


def _totals(doc: Doc, record: Record | None, total: Decimal | None) -> Iterator[Field]:
	sign = -1 if doc.get("is_return") else 1
	here = {
		"TotalTax": sign * cents(doc.get("total_taxes_and_charges")),
		"Total": amount_owed(doc),
	}
	for name, own in here.items():
		values = (own, total if name == "Total" else None, record.get(name) if record else None)
		yield _field(_spaced(name), *map(_money, values), comparable=name == "Total")


def _field(
	label: str,
	here: str | None,
	sent: str | None,
	there: str | None,
	*,
	comparable: bool = True,
	follows: bool = True,
) -> Field:
	"""``comparable``: what is here is meant to be the same text; ``follows``: Xero keeps what was sent."""
	expected = sent if sent is not None else here if comparable else None
	known = there is not None and follows
	return Field(label, here, sent, there, known and expected is not None and expected != there)


def _text(value: Any) -> str | None:
	"""A value as people compare it: numbers without idle zeros."""
	if isinstance(value, (Decimal, int, float)):
		return f"{plain(decimal_of(value)):f}"
	return None if value is None else str(value)


def _money(value: Any) -> str | None:
	return None if value is None else f"{cents(value)}"


def _spaced(name: str) -> str:
	"""A field of Xero's as people read it: *DueDate* is *Due Date*."""
	return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
