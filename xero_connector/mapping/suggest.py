"""What is most likely the same in Xero, by rate and by name: suggestions, never choices."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from difflib import SequenceMatcher
from typing import TypeVar

from xero_connector.mapping.books import TaxRate
from xero_connector.mapping.taxes import Tax

K = TypeVar("K")

LIKE, ALIKE = 0.6, 0.68
"""From where on two names count as the same thing (1 is equal): those of tax rates, of which the percentage
is the same anyway, and those of accounts.
"""

TAX_WORDS = frozenset(("vat", "gst", "hst", "tax", "taxes", "rate", "sales", "income", "output"))
"""What every tax is called, so that it tells none from another: *VAT* is not *No VAT*."""

_NUMBER = re.compile(r"^\w*\d[\w.]*\s+-\s+")
_WORD = re.compile(r"\w+(?:\.\d+)?")


def words(name: str, abbr: str = "", without: Collection[str] = ()) -> str:
	"""The words of a name in lower case, ``without`` some of them, an account's number before it and the
	company's ``abbr`` after it: *4110 - Sales & Service - WP* says what *sales, service* says.
	"""
	name = name.strip()
	if abbr and name.casefold().endswith(f" - {abbr}".casefold()):
		name = name[: -len(abbr) - 3]
	found = _WORD.findall(_NUMBER.sub("", name).casefold())
	return " ".join(word for word in found if word not in without)


def likeness(ours: str, theirs: str) -> float:
	"""How much two names, given in ``words``, are alike, between 0 and 1, in whatever order their words
	stand.
	"""
	if not ours or not theirs:
		return 0.0
	in_order = [" ".join(sorted(set(name.split()))) for name in (ours, theirs)]
	return max(SequenceMatcher(None, *pair).ratio() for pair in ((ours, theirs), in_order))


def closest(
	names: Iterable[str],
	among: Mapping[K, str],
	*,
	abbr: str = "",
	least: float = ALIKE,
	without: Collection[str] = (),
) -> K | None:
	"""The one ``among`` these (by key its name) whose name is most like one of ``names``, all ``without``
	these words; ``None`` where none is much like it, or two are as much.
	"""
	ours = [words(name, abbr, without) for name in names]
	theirs = {key: words(name, "", without) for key, name in among.items()}
	rated = {key: max((likeness(own, their) for own in ours), default=0.0) for key, their in theirs.items()}
	best = max(rated.values(), default=0.0)
	found = [key for key, rating in rated.items() if rating == best]
	return found[0] if best >= least and len(found) == 1 else None


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
	among = {rate: rate.name for rate in same}
	named = closest(names, among, abbr=abbr, least=LIKE, without=TAX_WORDS)
	if named or not tax.rate:
		return named
	return next((rate for rate in same if rate.tax_type == preferred), None)
