"""What is most likely the same in Xero, by rate and by name: suggestions, never choices."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from difflib import SequenceMatcher
from typing import TypeVar

from xero_connector.mapping.books import TaxRate
from xero_connector.mapping.taxes import Tax

K = TypeVar("K")

LIKE, ALIKE = 0.5, 0.68
"""From where on two names count as the same thing (1 is equal): where the percentage is the same anyway, and
where nothing else tells. *VAT* and *No VAT* must stay below.
"""

_NUMBER = re.compile(r"^\w*\d[\w.]*\s+-\s+")
_WORD = re.compile(r"\w+(?:\.\d+)?")


def words(name: str, abbr: str = "") -> str:
	"""The words of a name in lower case, without an account's number before it and the company's ``abbr``
	after it: *4110 - Sales & Service - WP* says what *sales, service* says.
	"""
	name = name.strip()
	if abbr and name.casefold().endswith(f" - {abbr}".casefold()):
		name = name[: -len(abbr) - 3]
	return " ".join(_WORD.findall(_NUMBER.sub("", name).casefold()))


def likeness(ours: str, theirs: str) -> float:
	"""How much two names, given in ``words``, are alike, between 0 and 1, in whatever order their words
	stand.
	"""
	if not ours or not theirs:
		return 0.0
	in_order = [" ".join(sorted(set(name.split()))) for name in (ours, theirs)]
	return max(SequenceMatcher(None, *pair).ratio() for pair in ((ours, theirs), in_order))


def closest(
	names: Iterable[str], among: Mapping[K, str], *, abbr: str = "", least: float = ALIKE
) -> K | None:
	"""The one ``among`` these (by key its name) whose name is most like one of ``names``; ``None`` where none
	is much like it, or two are as much.
	"""
	ours = [words(name, abbr) for name in names]
	rated = sorted(
		(
			(max((likeness(own, words(name)) for own in ours), default=0.0), key)
			for key, name in among.items()
		),
		key=lambda pair: -pair[0],
	)
	if not rated or rated[0][0] < least:
		return None
	if len(rated) > 1 and rated[1][0] == rated[0][0]:
		return None
	return rated[0][1]


def tax_rate(
	tax: Tax, names: Sequence[str], rates: Iterable[TaxRate], *, abbr: str = "", preferred: str | None = None
) -> TaxRate | None:
	"""The rate that a tax is most likely in Xero: the same percentage, and of several the closest name.

	``names``: those of its account and of the templates that have it. ``preferred``: the tax type that wins
	where percentages alone decide. Of zero rates only the name decides, even of a single one: zero-rated,
	exempt and outside the scope of VAT are different things.
	"""
	same = [rate for rate in rates if rate.rate == tax.rate]
	if len(tax.rates) > 1:
		made_of = [rate for rate in same if sorted(rate.components) == sorted(tax.rates)]
		same = made_of or same
	if tax.rate and len(same) == 1:
		return same[0]
	least = LIKE if tax.rate else ALIKE
	named = closest(names, {rate: rate.name for rate in same}, abbr=abbr, least=least)
	if named or not tax.rate:
		return named
	return next((rate for rate in same if rate.tax_type == preferred), None)
