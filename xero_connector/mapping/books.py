"""The organisation's books, as far as mapping needs to know them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from xero_connector.mapping.money import decimal_of


@dataclass(frozen=True)
class TaxRate:
	"""One of the organisation's tax rates; ``rate`` is the effective rate in percent."""

	tax_type: str
	rate: Decimal
	name: str = ""


@dataclass(frozen=True)
class Books:
	"""Accounts, taxes and choices of one Xero organisation.

	``accounts`` maps an ERPNext account to a Xero account code. ``taxes`` maps (ERPNext tax account, rate in
	percent) to the Xero rate the admin chose. ``rates`` are the active rates that fit sales, by tax type.
	"""

	organisation: str
	base_currency: str
	invoice_status: str = "DRAFT"
	currencies: tuple[str, ...] = ()
	sales_account: str | None = None
	sales_account_tax_type: str | None = None
	rounding_account: str | None = None
	add_rounding_line: bool = True
	rounding_limit: Decimal = Decimal("0.10")
	no_tax_type: str | None = None
	accounts: Mapping[str, str] = field(default_factory=dict)
	taxes: Mapping[tuple[str, Decimal], str] = field(default_factory=dict)
	rates: Mapping[str, TaxRate] = field(default_factory=dict)
	locked_until: str | None = None

	def tax_for(self, account: str, rate: Decimal) -> TaxRate | None:
		"""The Xero rate for this ERPNext tax: the admin's choice, else the only one that can be meant.

		Without a choice, a rate above zero maps itself to the sales account's own tax type if the percentage
		is the same, else to the only active rate of that percentage. Zero never does: zero-rated, exempt and
		outside the scope of VAT are different things to a tax office.
		"""
		chosen = self.taxes.get((account, rate.normalize()))
		if chosen:
			return self.rates.get(chosen)
		if not rate:
			return None
		same = [known for known in self.rates.values() if known.rate == rate]
		own = [known for known in same if known.tax_type == self.sales_account_tax_type]
		candidates = own or same
		return candidates[0] if len(candidates) == 1 else None


def tax_key(account: str, rate: object) -> tuple[str, Decimal]:
	"""How ``Books.taxes`` is keyed."""
	return account, decimal_of(rate).normalize()
