"""What a finding of the audit is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

MUST, SHOULD = "Must Fix", "Should Fix"
"""*Must Fix*: it is held, or is two where it should be one. *Should Fix*: it goes, and lacks something."""

DUPLICATES, NAMES, EMAIL, ADDRESS = "Duplicate Customers", "Customer Fields", "Email", "Address"
ITEMS, PRICES = "Item Codes", "Item Prices"
BOOKS, DOCUMENTS = "Accounts and Taxes", "Documents"
KINDS = (DUPLICATES, NAMES, EMAIL, ADDRESS, ITEMS, PRICES, BOOKS, DOCUMENTS)

SHOWN = 500
"""At most so many rows of a kind: who has more corrects them in bulk."""


@dataclass(frozen=True)
class Finding:
	"""One thing to clean before it goes to Xero.

	``what`` is wrong and what to do (``advice``), in words; ``doctype`` and ``name`` where. ``group``: the
	names of customers that may be one, this one among them. ``documents``: how many it concerns.
	"""

	kind: str
	severity: str
	what: str
	advice: str
	doctype: str
	name: str
	group: Sequence[str] = field(default=())
	documents: int = 0


@dataclass(frozen=True)
class Found:
	"""The findings of a kind; ``total`` counts those too that are not listed."""

	kind: str
	total: int
	listed: Sequence[Finding] = ()
