"""Where each line goes in the organisation's books: account, tax rate, tracking."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from xero_connector.mapping.books import Books, TaxRate, TaxRule, Whereabouts
from xero_connector.mapping.document import Doc, Facts
from xero_connector.mapping.money import decimal_of
from xero_connector.mapping.sales import BilledLine, Dimensions, dimensions_of

MAX_TRACKING = 2
"""Tracking categories that Xero takes on a line."""


@dataclass(frozen=True)
class Posting:
	"""The choices for one line.

	``account`` is a code, ``chosen_in`` the field of **Xero Organisation** it comes from. ``rate`` is
	``None`` for a line without tax that no ``rule`` speaks of. ``tracking``: (category, option).
	"""

	account: str | None
	chosen_in: str
	rate: TaxRate | None
	rule: TaxRule | None = None
	tracking: tuple[tuple[str, str], ...] = ()


def postings_of(lines: Sequence[BilledLine], doc: Doc, books: Books, facts: Facts) -> list[Posting]:
	"""The admin's choices for the lines of this document."""
	where, named = whereabouts(doc, facts), _dimensions(doc, facts)
	found = []
	for line in lines:
		account, chosen_in = _account(line, books, facts)
		tracking = _tracking((*line.dimensions, *named), books)
		rule, rate = books.rule_for(line.tax, where), books.tax_for(line.tax, where)
		found.append(Posting(account, chosen_in, rate, rule, tracking))
	return found


def whereabouts(doc: Doc, facts: Facts) -> Whereabouts:
	"""What the tax of this document may depend on."""
	address = facts.address or {}
	given = [doc.get("taxes_and_charges"), doc.get("tax_category")]
	given += [address.get("country"), address.get("state")]
	return Whereabouts(*(str(value or "") for value in given))


def _account(line: BilledLine, books: Books, facts: Facts) -> tuple[str | None, str]:
	"""By item, by the nearest item group, by the line's own ERPNext account, else the sales account."""
	if not line.is_charge:
		groups = facts.item_groups.get(line.item_code or "") or [line.item_group or ""]
		for key in [("Item", line.item_code or ""), *(("Item Group", group) for group in groups)]:
			if key in books.item_accounts:
				return books.item_accounts[key], "item_accounts"
	own = books.accounts.get(line.account or "")
	if own:
		return own, "accounts"
	return books.sales_account, "sales_account"


def _dimensions(doc: Doc, facts: Facts) -> Dimensions:
	"""What the document as a whole is credited to."""
	team = sorted(doc.get("sales_team") or [], key=lambda row: -decimal_of(row.get("allocated_percentage")))
	sales_person = team[0]["sales_person"] if team else facts.sales_person
	territory = str(doc.get("territory") or "")
	return (*dimensions_of(doc), ("Territory", territory), ("Sales Person", sales_person))


def _tracking(dimensions: Dimensions, books: Books) -> Dimensions:
	"""One option for each category, the first that is named: a line is asked before its document."""
	found: dict[str, str] = {}
	for key in dimensions:
		if key in books.tracking:
			category, option = books.tracking[key]
			found.setdefault(category, option)
	return tuple(found.items())[:MAX_TRACKING]
