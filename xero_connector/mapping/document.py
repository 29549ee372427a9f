"""What goes in and out where a document is mapped, be it to an invoice, a credit note or a quote."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from xero_connector.mapping.money import ZERO, round_cents

Doc = Mapping[str, Any]


@dataclass(frozen=True)
class Facts:
	"""What stands outside the document and counts for it.

	``account_types``: Account type by ERPNext account, for the heads of its taxes table. ``item_groups``: by
	item code the item's group and that one's parents, nearest first. ``address``: ``country`` and ``state``
	of the customer's address. ``sales_person``: who the sale is credited to.
	"""

	account_types: Mapping[str, str] = field(default_factory=dict)
	item_groups: Mapping[str, Sequence[str]] = field(default_factory=dict)
	address: Mapping[str, str] | None = None
	sales_person: str = ""


@dataclass(frozen=True)
class Part:
	"""A part of a document, billed under a ``number`` of its own. Money in the document's currency.

	``amount`` is what this part comes to (zero: all that is left), ``before`` what earlier parts came to,
	``label`` what the customer reads (*Deposit*). ``date`` and ``due_date`` (``YYYY-MM-DD``) are the
	document's own where they are empty.
	"""

	number: str
	amount: Decimal = ZERO
	before: Decimal = ZERO
	label: str = ""
	date: str = ""
	due_date: str = ""

	def of(self, owed: Decimal) -> Decimal:
		"""What this part comes to, in cents, of a document that comes to ``owed``."""
		return round_cents(self.amount) if self.amount else owed - self.before


@dataclass(frozen=True)
class Totals:
	"""What Xero will show, in the document's currency."""

	sub_total: Decimal
	total_tax: Decimal
	total: Decimal


@dataclass(frozen=True)
class DocumentPlan:
	"""A payload and the totals that Xero's answer must show.

	``rounding_line`` is the amount of the explicit rounding line (zero: there is none). ``tax_difference`` is
	Xero's tax less ERPNext's: the amount owed is the same, and the cent is said in the log.
	"""

	payload: dict[str, Any]
	totals: Totals
	rounding_line: Decimal
	tax_difference: Decimal
