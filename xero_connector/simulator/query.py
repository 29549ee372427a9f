"""The query language of list requests: `where`, `order`, paging, ids, If-Modified-Since.

`where` knows comparisons of the fields in `kinds`, joined by AND, OR, && and ||, with brackets. Anything
else (method calls such as ``Name.StartsWith``, numbers, unknown fields) is refused with QueryParseException:
a filter that is not understood is never ignored.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

from xero_connector.simulator.errors import bad_query
from xero_connector.simulator.kinds import Filter, Kind, fold
from xero_connector.simulator.values import is_guid, parse_date, to_ms

DEFAULT_PAGE_SIZE, LARGEST_PAGE = 100, 1000

TOKEN = re.compile(
	r"""\s*(?:
	(?P<string>"[^"]*")
	|(?P<guid>guid\(\s*"(?P<guid_text>[^"]*)"\s*\))
	|(?P<date>DateTime\(\s*(?P<date_parts>\d+(?:\s*,\s*\d+)*)\s*\))
	|(?P<operator>==|!=|<>|>=|<=|=|>|<)
	|(?P<and>&&|AND\b)
	|(?P<or>\|\||OR\b)
	|(?P<open>\()
	|(?P<close>\))
	|(?P<field>[A-Za-z][A-Za-z0-9]*(?:\.[A-Za-z][A-Za-z0-9]*)*)
	)""",
	re.VERBOSE | re.IGNORECASE,
)
SQL_OPERATOR = {
	"==": "IS",
	"=": "IS",
	"!=": "IS NOT",
	"<>": "IS NOT",
	">=": ">=",
	"<=": "<=",
	">": ">",
	"<": "<",
}


class Condition(NamedTuple):
	"""An SQL condition over the record columns, with its values."""

	sql: str
	values: tuple[Any, ...] = ()


class Page(NamedTuple):
	"""Which slice of a list is asked for."""

	number: int
	size: int


class _Token(NamedTuple):
	kind: str
	text: str
	at: int


def where(kind: Kind, text: str) -> Condition:
	"""Compile a `where` parameter. Raises Problem (400 QueryParseException)."""
	return _Parser(kind, text).parse()


class _Parser:
	def __init__(self, kind: Kind, text: str) -> None:
		self.kind = kind
		self.tokens = self._tokens(text)
		self.end = len(text)
		self.position = 0

	def _tokens(self, text: str) -> list[_Token]:
		tokens, at = [], 0
		text = text.rstrip()
		while at < len(text):
			match = TOKEN.match(text, at)
			if match is None:
				raise bad_query(f"Syntax error (at index {at})")
			kind = str(match.lastgroup)
			kind = {"guid_text": "guid", "date_parts": "date"}.get(kind, kind)
			literal = (
				match["guid_text"] if kind == "guid" else match["date_parts"] if kind == "date" else match[0]
			)
			tokens.append(_Token(kind, literal.strip(), at))
			at = match.end()
		return tokens

	def parse(self) -> Condition:
		condition = self._either()
		if self.position < len(self.tokens):
			raise bad_query(f"Syntax error (at index {self.tokens[self.position].at})")
		return condition

	def _either(self) -> Condition:
		found = self._both()
		while self._takes("or"):
			other = self._both()
			found = Condition(f"({found.sql} OR {other.sql})", found.values + other.values)
		return found

	def _both(self) -> Condition:
		found = self._single()
		while self._takes("and"):
			other = self._single()
			found = Condition(f"({found.sql} AND {other.sql})", found.values + other.values)
		return found

	def _single(self) -> Condition:
		if self._takes("open"):
			found = self._either()
			self._expect("close")
			return found
		name = self._expect("field")
		target = self.kind.filters.get(name.text)
		if target is None:
			raise bad_query(
				f"No property or field '{name.text}' exists in type "
				f"'{self.kind.collection}' (at index {name.at})"
			)
		operator = self._expect("operator")
		value = self._literal(target, name)
		return Condition(f"{target.sql} {SQL_OPERATOR[operator.text]} ?", (value,))

	def _literal(self, target: Filter, name: _Token) -> Any:
		token = self._expect("string", "guid", "date")
		wanted = {"text": "string", "word": "string", "guid": "guid", "date": "date", "moment": "date"}[
			target.literal
		]
		if token.kind != wanted:
			raise bad_query(
				f"Operator incompatible with operand types of '{name.text}' (at index {token.at})"
			)
		if wanted == "string":
			text = token.text[1:-1]
			return fold(text) if target.literal == "text" else text
		if wanted == "guid":
			if not is_guid(token.text):
				raise bad_query(f"Guid should contain 32 digits with 4 dashes (at index {token.at})")
			return token.text.lower()
		return self._moment(target, token)

	def _moment(self, target: Filter, token: _Token) -> Any:
		parts = [int(part) for part in token.text.split(",")]
		try:
			moment = datetime(*parts)  # type: ignore[arg-type]
		except (TypeError, ValueError):
			raise bad_query(f"DateTime({token.text}) is not a date (at index {token.at})") from None
		return moment.date().isoformat() if target.literal == "date" else to_ms(moment)

	def _takes(self, kind: str) -> bool:
		if self.position < len(self.tokens) and self.tokens[self.position].kind == kind:
			self.position += 1
			return True
		return False

	def _expect(self, *kinds: str) -> _Token:
		if self.position >= len(self.tokens):
			raise bad_query(f"Expression expected (at index {self.end})")
		token = self.tokens[self.position]
		if token.kind not in kinds:
			raise bad_query(f"Syntax error (at index {token.at})")
		self.position += 1
		return token


def order(kind: Kind, text: str | None) -> str:
	"""Compile an `order` parameter into ORDER BY; without one, Xero's `UpdatedDateUTC ASC` and the id."""
	parts = []
	for part in (text or "").split(","):
		words = part.split()
		if not words:
			continue
		target = kind.filters.get(words[0])
		direction = words[1].upper() if len(words) > 1 else "ASC"
		if target is None or direction not in ("ASC", "DESC") or len(words) > 2:
			raise bad_query(f"The order '{part.strip()}' cannot be read")
		parts.append(f"{target.sql} {direction}")
	return "ORDER BY " + ", ".join([*(parts or ["updated ASC"]), "id ASC"])


def page(args: Mapping[str, str], largest: int, fixed: int | None = None) -> Page | None:
	"""The page asked for, or None for an unpaged list. Sizes outside 1 to `largest` move to the nearest.

	Pages of a `fixed` size know no pageSize.
	"""
	if "page" not in args and (fixed or "pageSize" not in args):
		return None
	number = _whole_number(args, "page", 1)
	size = fixed or _whole_number(args, "pageSize", DEFAULT_PAGE_SIZE)
	return Page(max(number, 1), min(max(size, 1), largest))


def modified_since(header: str | None) -> Condition | None:
	"""If-Modified-Since as a condition, from an HTTP date or an ISO date and time (UTC, to the second).

	Whether real Xero includes a record changed in exactly that second is not known. Here it does not: a
	record counts when its UpdatedDateUTC, with milliseconds, is later.
	"""
	if not header:
		return None
	try:
		moment = datetime.fromisoformat(header.strip().replace("Z", "+00:00"))
	except ValueError:
		try:
			moment = parsedate_to_datetime(header)
		except (TypeError, ValueError):
			raise bad_query(f"If-Modified-Since '{header}' is not a date") from None
	return Condition("updated > ?", (to_ms(moment.replace(microsecond=0)),))


def one_of(column: str, text: str | None) -> Condition | None:
	"""A comma-separated list (IDs, InvoiceNumbers, ContactIDs, Statuses) as a condition on a column."""
	values = [value.strip() for value in (text or "").split(",") if value.strip()]
	if not values:
		return None
	spelled = [value.upper() if column == "status" else fold(value) for value in values]
	return Condition(f"{column} IN ({', '.join('?' for _ in spelled)})", tuple(spelled))


def equal(column: str, text: str | None) -> Condition | None:
	"""A parameter with one value (Status, ContactID, QuoteNumber) as a condition on a column."""
	return Condition(f"{column} = ?", (text.upper() if column == "status" else fold(text),)) if text else None


def between(column: str, first: str | None, last: str | None) -> Sequence[Condition]:
	"""Two dates, each by choice, as conditions on a column; both days count. Raises Problem (400)."""
	found = []
	for operator, text in ((">=", first), ("<=", last)):
		try:
			found += [Condition(f"{column} {operator} ?", (parse_date(text),))] if text else []
		except ValueError:
			raise bad_query(f"'{text}' is not a date") from None
	return found


def containing(columns: Sequence[str], text: str | None) -> Condition | None:
	"""searchTerm: any of the columns holds the text, ignoring case."""
	if not text:
		return None
	sql = " OR ".join(f"instr(lower(COALESCE({column}, '')), ?) > 0" for column in columns)
	return Condition(f"({sql})", tuple(text.lower() for _ in columns))


def all_of(conditions: Sequence[Condition | None]) -> Condition:
	"""The conditions that are there, joined by AND."""
	present = [condition for condition in conditions if condition is not None]
	values = tuple(value for condition in present for value in condition.values)
	return Condition(" AND ".join(condition.sql for condition in present) or "1", values)


def flag(args: Mapping[str, str], name: str, default: bool) -> bool:
	"""A true/false parameter. Raises Problem (400)."""
	text = args.get(name)
	if text is None:
		return default
	if text.lower() not in ("true", "false"):
		raise bad_query(f"{name} must be true or false")
	return text.lower() == "true"


def unit_places(args: Mapping[str, str]) -> int:
	"""Decimals of unit prices: 2, or 4 with unitdp=4. Raises Problem (400)."""
	text = args.get("unitdp", "2")
	if text not in ("2", "4"):
		raise bad_query("unitdp must be 2 or 4")
	return int(text)


def _whole_number(args: Mapping[str, str], name: str, default: int) -> int:
	try:
		return int(args.get(name, default))
	except ValueError:
		raise bad_query(f"{name} must be a whole number") from None
