"""Whether a document is sent by itself: the admin's conditions on its fields."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

Doc = Mapping[str, Any]

COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
	"=": operator.eq,
	"!=": operator.ne,
	">": operator.gt,
	">=": operator.ge,
	"<": operator.lt,
	"<=": operator.le,
}


def holds(conditions: Iterable[Doc], doc: Doc) -> bool:
	"""Whether all **Xero Condition** rows for this type of document are true of it.

	Numbers compare as numbers, everything else as text, without heed to case and outer spaces. What is empty
	is neither more nor less than anything.
	"""
	return all(
		_holds(row, doc.get(row["field"])) for row in conditions if row["document_type"] == doc["doctype"]
	)


def _holds(row: Doc, value: Any) -> bool:
	word, wanted = row["operator"], row.get("value")
	if word == "is set":
		return bool(_text(value))
	if word == "is not set":
		return not _text(value)
	if word == "contains":
		return _text(wanted) in _text(value)
	numbers = _number(value), _number(wanted)
	if None not in numbers:
		return COMPARISONS[word](*numbers)
	texts = _text(value), _text(wanted)
	if word in ("=", "!="):
		return COMPARISONS[word](*texts)
	return all(texts) and COMPARISONS[word](*texts)


def _text(value: Any) -> str:
	"""As a person reads it; a zero is an empty field."""
	return (
		""
		if value is None or (_number(value) == 0 and not isinstance(value, str))
		else str(value).strip().casefold()
	)


def _number(value: Any) -> Decimal | None:
	"""The number that this is; an unset field is none."""
	try:
		found = Decimal(str(value).strip())
	except InvalidOperation:
		return None
	return found if found.is_finite() else None
