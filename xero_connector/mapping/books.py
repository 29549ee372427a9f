"""The organisation's books, as far as mapping needs to know them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from xero_connector.mapping.money import decimal_of


@dataclass(frozen=True)
class TaxRate:
	"""One of the organisation's tax rates; ``rate`` is the effective rate in percent."""

	tax_type: str
	rate: Decimal
	name: str = ""


@dataclass(frozen=True)
class Account:
	"""One of the organisation's accounts, as Xero says it: ``account_class`` *REVENUE*, ``account_type``
	*SALES*, ``system_account`` *ROUNDING* or empty.
	"""

	code: str
	account_type: str = ""
	account_class: str = ""
	system_account: str = ""
	name: str = ""
	active: bool = True


class Whereabouts(NamedTuple):
	"""What a tax may depend on besides its account and rate."""

	template: str = ""
	tax_category: str = ""
	country: str = ""
	state: str = ""


@dataclass(frozen=True)
class TaxRule:
	"""The admin's choice of a Xero rate for an ERPNext tax of ``rate`` percent.

	``account`` is the ERPNext tax account; empty means lines without any tax. Each of the other fields, where
	it is not empty, narrows the rule to documents that have the same.
	"""

	account: str
	rate: Decimal
	tax_type: str
	template: str = ""
	tax_category: str = ""
	country: str = ""
	state: str = ""

	def fits(self, where: Whereabouts) -> bool:
		"""Whether everything that narrows the rule is true of the document."""
		return all(own in ("", there) for own, there in zip(self._narrowing(), where, strict=True))

	def narrowness(self) -> int:
		"""How much narrows the rule: the narrowest that fits wins, the first of equals."""
		return sum(map(bool, self._narrowing()))

	def _narrowing(self) -> Whereabouts:
		return Whereabouts(self.template, self.tax_category, self.country, self.state)


@dataclass(frozen=True)
class Books:
	"""Accounts, taxes and choices of one Xero organisation.

	``accounts`` maps an ERPNext account to a Xero account code, ``item_accounts`` an item or item group:
	(*Item* or *Item Group*, name). ``chart`` says of each code what kind of account it is. ``tax_rules`` are
	the admin's choices for taxes, in their order; ``rates`` the active rates that fit sales, by tax type.
	``tracking`` maps (doctype, name) of a cost centre, project, territory or sales person to (category,
	option). ``site_url`` is where ERPNext is reached, for the way back from Xero.
	"""

	organisation: str
	base_currency: str
	invoice_status: str = "DRAFT"
	quote_status: str = "DRAFT"
	currencies: tuple[str, ...] = ()
	sales_account: str | None = None
	sales_account_tax_type: str | None = None
	rounding_account: str | None = None
	add_rounding_line: bool = True
	rounding_limit: Decimal = Decimal("0.10")
	no_tax_type: str | None = None
	accounts: Mapping[str, str] = field(default_factory=dict)
	item_accounts: Mapping[tuple[str, str], str] = field(default_factory=dict)
	chart: Mapping[str, Account] = field(default_factory=dict)
	tracking: Mapping[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
	branding_theme_id: str | None = None
	site_url: str = ""
	tax_rules: tuple[TaxRule, ...] = ()
	rates: Mapping[str, TaxRate] = field(default_factory=dict)
	locked_until: str | None = None

	def tax_for(self, accounts: Sequence[str], rate: Decimal, where: Whereabouts) -> TaxRate | None:
		"""The Xero rate for the ERPNext taxes on a line, of ``rate`` percent together: the admin's choice,
		else the only one that can be meant.

		Without a choice, a rate above zero maps itself to the sales account's own tax type if the percentage
		is the same, else to the only active rate of that percentage. Zero never does: zero-rated, exempt and
		outside the scope of VAT are different things to a tax office.
		"""
		fitting = [rule for rule in self.tax_rules if rule.account in accounts and rule.rate == rate]
		rule = max((rule for rule in fitting if rule.fits(where)), key=TaxRule.narrowness, default=None)
		if rule:
			return self.rates.get(rule.tax_type)
		if not rate:
			return None
		same = [known for known in self.rates.values() if known.rate == rate]
		own = [known for known in same if known.tax_type == self.sales_account_tax_type]
		candidates = own or same
		return candidates[0] if len(candidates) == 1 else None


def tax_key(account: str, rate: object) -> tuple[str, Decimal]:
	"""What tells one ERPNext tax from another: its account, and its rate in percent."""
	return account, decimal_of(rate).normalize()
