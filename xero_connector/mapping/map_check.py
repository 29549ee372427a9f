"""Whether a line of the field map can work: what ERPNext and Xero have, fits, and is named once.

Pure, so that it runs without a site: the caller says which fields a DocType has.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from xero_connector.mapping.contact import ROWS_OF
from xero_connector.mapping.fields import (
	FROM_XERO,
	LEFT_OUT,
	NUMBER,
	SOURCES,
	TO_XERO,
	XERO_FIELDS,
	FieldMapLine,
	XeroField,
)

TEXTS = ("Data", "Small Text", "Text", "Long Text", "Select", "Read Only", "Phone", "Autocomplete")
NUMBERS = ("Int", "Float", "Currency", "Percent")
ONE_WAY = ("Link", "Date", "Datetime")
"""Types of fields that say something as a text, but do not take any text."""

LISTS_OF_NAMES = ("Country", "Currency")
"""DocTypes whose names are what Xero calls the same thing."""

DATA_LENGTH = 140
"""Characters in a Data field that says nothing of its length."""


@dataclass(frozen=True)
class ErpField:
	"""A field of a DocType, from its meta. ``options`` of a Link is the DocType that it leads to."""

	fieldname: str
	label: str
	fieldtype: str
	options: str = ""
	length: int = 0
	read_only: bool = False


def can_be_mapped(field: ErpField) -> bool:
	"""Whether a field holds something that a line may name."""
	return field.fieldtype in (*TEXTS, *NUMBERS, *ONE_WAY)


def faults(line: FieldMapLine, fields: Mapping[str, ErpField], others: Iterable[FieldMapLine]) -> list[str]:
	"""What is wrong with a line, in words for the person who wrote it; nothing if it may be saved.

	``fields`` are those of the line's DocType, by name; ``others`` the other lines of the map.
	"""
	if line["erp_doctype"] not in SOURCES:
		return [f"{line['erp_doctype']} is not one of {', '.join(SOURCES)}."]
	ours, theirs = fields.get(line["erp_field"]), XERO_FIELDS.get(line["xero_field"])
	found = list(_unknown(line, ours, theirs))
	if ours and theirs and can_be_mapped(ours):
		found += _wrong_type(line, ours, theirs)
		found += _one_way(line, ours, theirs)
	if line.get("enabled"):
		found += _twice(line, others)
	if line["xero_field"] == "Name" and (not line.get("enabled") or line["direction"] == FROM_XERO):
		found.append("Xero takes no contact without a name: this line must go to Xero.")
	return found


def remarks(line: FieldMapLine, fields: Mapping[str, ErpField]) -> list[str]:
	"""What a person should know of a line that may be saved: texts that may be too long for one side."""
	ours, theirs = fields[line["erp_field"]], XERO_FIELDS[line["xero_field"]]
	own = _length(ours)
	if not own or not theirs.length:
		return []
	if line["direction"] != FROM_XERO and own > theirs.length:
		return [
			f"Xero takes at most {theirs.length} characters in {theirs.label}, {ours.label} holds {own}:"
			" a customer with a longer text is held."
		]
	if line["direction"] != TO_XERO and theirs.length > own:
		return [
			f"{ours.label} holds at most {own} characters, {theirs.label} in Xero {theirs.length}:"
			" you are asked about a longer text."
		]
	return []


def _unknown(line: FieldMapLine, ours: ErpField | None, theirs: XeroField | None) -> Iterator[str]:
	doctype, field, path = SOURCES[line["erp_doctype"]], line["erp_field"], line["xero_field"]
	if ours is None:
		yield f"{doctype} has no field {field}."
	elif not can_be_mapped(ours):
		yield f"{ours.label} is a {ours.fieldtype}: it holds nothing that Xero has a field for."
	if theirs is None:
		why = LEFT_OUT.get(path.partition(".")[0].partition("[")[0])
		yield f"{path} cannot be mapped. {why}" if why else f"A contact in Xero has no field {path}."


def _wrong_type(line: FieldMapLine, ours: ErpField, theirs: XeroField) -> Iterator[str]:
	if line["direction"] != FROM_XERO and theirs.kind == NUMBER and ours.fieldtype not in NUMBERS:
		yield f"{theirs.label} is a number in Xero, {ours.label} is not."
	if line["direction"] == TO_XERO:
		return
	if theirs.kind != NUMBER and ours.fieldtype in NUMBERS:
		yield f"{ours.label} is a number, {theirs.label} in Xero is a text: choose {TO_XERO}."
	if ours.fieldtype in ONE_WAY and ours.options not in LISTS_OF_NAMES:
		what = f"Link to {ours.options}" if ours.fieldtype == "Link" else ours.fieldtype
		yield f"{ours.label} is a {what} and does not take any text: choose {TO_XERO}."


def _one_way(line: FieldMapLine, ours: ErpField, theirs: XeroField) -> Iterator[str]:
	if theirs.read_only and line["direction"] != FROM_XERO:
		yield f"{theirs.label} cannot be written in Xero: choose {FROM_XERO}."
	by_rows = line["erp_doctype"] == "Contact" and ours.fieldname in ROWS_OF
	read_only = ours.read_only or ours.fieldtype == "Read Only"
	if read_only and not by_rows and line["direction"] != TO_XERO:
		yield f"{ours.label} cannot be written in ERPNext: choose {TO_XERO}."


def _twice(line: FieldMapLine, others: Iterable[FieldMapLine]) -> Iterator[str]:
	"""A field with two lines has two masters: neither side could say which of them changed."""
	own = (line["erp_doctype"], line["erp_field"])
	for other in others:
		if not other.get("enabled"):
			continue
		if other["xero_field"] == line["xero_field"]:
			yield f"{line['xero_field']} is mapped already, with {other['erp_doctype']} {other['erp_field']}."
		comes_twice = TO_XERO not in (line["direction"], other["direction"])
		if comes_twice and (other["erp_doctype"], other["erp_field"]) == own:
			yield f"{own[0]} {own[1]} is filled already, from {other['xero_field']}."


def _length(field: ErpField) -> int:
	"""The longest text that a field holds; 0 for one without a limit that matters."""
	if field.fieldtype in ("Data", "Link", "Select", "Read Only", "Phone", "Autocomplete"):
		return field.length or DATA_LENGTH
	return 0
