"""The organisation's books, as far as mapping needs to know them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from xero_connector.mapping.money import decimal_of
from xero_connector.mapping.taxes import Tax

NO_TAX = Tax(("",), Decimal(0), ())
"""A line that no tax touches, as a rule speaks of it."""


@dataclass(frozen=True)
class TaxRate:
	"""One of the organisation's tax rates; ``rate`` is the effective rate in percent.

	``components`` are the rates it is made of, ``classes`` the account classes it may stand beside
	(*REVENUE*, …); empty where that is not known.
	"""

	tax_type: str
	rate: Decimal
	name: str = ""
	components: tuple[Decimal, ...] = ()
	classes: frozenset[str] = frozenset()

	def __str__(self) -> str:
		return self.name or self.tax_type


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

	def __str__(self) -> str:
		return f"{self.code} {self.name}".strip()


class Whereabouts(NamedTuple):
	"""What a tax may depend on besides its account and rate."""

	template: str = ""
	tax_category: str = ""
	country: str = ""
	state: str = ""


@dataclass(frozen=True)
class TaxRule:
	"""The admin's choice of a Xero rate for an ERPNext tax of ``rate`` percent.

	``account`` is the ERPNext tax account. Empty means, at a ``rate`` of zero, lines without any tax; above
	zero it is what an Opportunity is taxed with, which knows no taxes itself. Each of the other fields, where
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

	def rule_for(self, tax: Tax | None, where: Whereabouts) -> TaxRule | None:
		"""The admin's choice for what the taxes take of a line; ``None`` as ``tax``: a line without any.

		A rule for several taxes names one of them, at the percentage they come to together.
		"""
		tax = tax or NO_TAX
		fitting = [rule for rule in self.tax_rules if rule.account in tax.accounts and rule.rate == tax.rate]
		return _narrowest(fitting, where)

	def tax_beside(self, where: Whereabouts) -> Tax | None:
		"""What a document is taxed with that knows no taxes itself: the rule of no account, above zero."""
		rule = _narrowest([rule for rule in self.tax_rules if not rule.account and rule.rate], where)
		return Tax(("",), rule.rate, (rule.rate,)) if rule else None

	def tax_for(self, tax: Tax | None, where: Whereabouts) -> TaxRate | None:
		"""The Xero rate for a line: the admin's choice, else the only one that can be meant.

		Without a choice, a rate above zero maps itself to the sales account's own tax type if the percentage
		is the same, else to the only active rate of that percentage. Zero never does: zero-rated, exempt and
		outside the scope of VAT are different things to a tax office. Several taxes map themselves only to a
		rate of the same components: 15 % and a levy of 5 % are not a VAT of 20 %.
		"""
		rule = self.rule_for(tax, where)
		if rule:
			return self.rates.get(rule.tax_type)
		if tax is None or not tax.rate:
			return None
		same = [rate for rate in self.rates.values() if rate.rate == tax.rate]
		if len(tax.rates) > 1:
			same = [rate for rate in same if sorted(rate.components) == sorted(tax.rates)]
		own = [rate for rate in same if rate.tax_type == self.sales_account_tax_type]
		candidates = own or same
		return candidates[0] if len(candidates) == 1 else None


def _narrowest(rules: Sequence[TaxRule], where: Whereabouts) -> TaxRule | None:
	return max((rule for rule in rules if rule.fits(where)), key=TaxRule.narrowness, default=None)


def tax_key(account: str, rate: object) -> tuple[str, Decimal]:
	"""What tells one ERPNext tax from another: its account, and its rate in percent."""
	return account, decimal_of(rate).normalize()
