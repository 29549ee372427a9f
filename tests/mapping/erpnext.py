"""ERPNext's own arithmetic, said again in short: binary floats, half to even, tax summed unrounded.

Written after ERPNext 15's taxes and totals, for prices with and without tax, freight that is taxed or not, a
discount on the net or the grand total, and rounding to whole coins.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from hypothesis import strategies as st

from tests.conftest import line, order, vat
from tests.mapping.kit import VAT, freight


def flt(amount: float, places: int = 2) -> float:
	"""Half to even, forgiving the last bits of a binary float, as Frappe rounds."""
	near = Decimal(repr(round(amount * 10**places, 12)))
	return float(near.quantize(Decimal(1), rounding=ROUND_HALF_EVEN).scaleb(-places))


@dataclass
class Row:
	"""One item row: ``rate`` after its own discount, ``tax`` its own rate in percent if it has one."""

	qty: float
	rate: float
	list_price: float = 0.0
	tax: float | None = None
	amount: float = 0.0
	net: float = 0.0


@dataclass
class Draft:
	"""What a person types in."""

	rows: list[Row]
	tax: float = 20.0
	inclusive: bool = False
	freight: float = 0.0
	freight_taxed: bool = False
	discount: float = 0.0
	discount_on: str = "Grand Total"
	whole_coins: bool = False
	taxes: list[float] = field(default_factory=list)
	"""Amounts of the rows in the taxes table, unrounded: set by ``_taxes``."""

	def rate_of(self, row: Row) -> float:
		return self.tax if row.tax is None else row.tax

	def saved(self) -> dict[str, Any]:
		"""The submitted Sales Order, with the amounts that ERPNext stores."""
		for row in self.rows:
			row.amount = row.net = flt(row.rate * row.qty)
			if self.inclusive and self.rate_of(row):
				row.net = flt(row.amount / (1 + self.rate_of(row) / 100))
		whole = self._taxes()
		grand_total = flt(whole + self._hidden_cents(0.0))
		if self.discount and whole:
			grand_total = self._discounted(whole)
		net_total = flt(sum(row.net for row in self.rows))
		rounded = flt(grand_total, 0) if self.whole_coins else 0.0
		return order(
			items=[self._item(row) for row in self.rows],
			taxes=self._table(),
			net_total=net_total,
			discount_amount=self.discount,
			apply_discount_on=self.discount_on,
			grand_total=grand_total,
			disable_rounded_total=int(not self.whole_coins),
			rounded_total=rounded,
			rounding_adjustment=flt(rounded - grand_total) if self.whole_coins else 0.0,
		)

	def _taxes(self) -> float:
		"""Fill ``taxes`` from the net amounts; answers the total as the last row of the table shows it."""
		net_total = flt(sum(row.net for row in self.rows))
		vat_on_items = vat_on_freight = 0.0
		left = self.freight
		for at, row in enumerate(self.rows):
			share = row.net * self.freight / net_total if net_total else 0.0
			left -= share
			if at == len(self.rows) - 1:
				share += left
			vat_on_items += self.rate_of(row) / 100 * row.net
			vat_on_freight += self.rate_of(row) / 100 * share
		if self.freight and self.freight_taxed:
			together = [self.freight, vat_on_items + vat_on_freight]
			apart = [vat_on_items, self.freight, vat_on_freight]
			self.taxes = apart if self.inclusive else together
		else:
			self.taxes = [vat_on_items, self.freight] if self.freight else [vat_on_items]
		total = net_total
		for amount in self.taxes:
			total = flt(total + flt(amount))
		return total

	def _hidden_cents(self, discount: float) -> float:
		"""What ERPNext adds to the grand total so that prices with tax add up."""
		if not self.inclusive:
			return 0.0
		beside = sum(flt(amount) for amount in self.taxes[1:])
		last = flt(sum(row.net for row in self.rows))
		for amount in self.taxes:
			last = flt(last + flt(amount))
		difference = flt(sum(row.amount for row in self.rows) + beside - last - discount)
		return difference if abs(difference) <= 0.05 else 0.0

	def _discounted(self, whole: float) -> float:
		net_total = flt(sum(row.net for row in self.rows))
		on_grand_total = self.discount_on == "Grand Total"
		whole += self._hidden_cents(0.0)
		base = net_total
		if on_grand_total:
			base = whole - self.freight
			if self.freight_taxed:
				base -= self.freight * self.tax / 100
		if not base:
			return flt(whole)
		ideal = real = 0.0
		for row in self.rows:
			exact = row.net - self.discount * row.net / base
			ideal += exact
			row.net = flt(exact)
			real += row.net
			missing = flt(ideal - real)
			row.net = flt(row.net + missing)
			real += missing
		after = self._taxes()
		difference = flt(whole - self.discount - after) if on_grand_total else 0.0
		if self.inclusive:
			difference = self._hidden_cents(self.discount)
		return flt(after + difference)

	def _item(self, row: Row) -> dict[str, Any]:
		own = {} if row.tax is None else {VAT: row.tax}
		return line(
			row.qty,
			row.rate,
			amount=row.amount,
			net_amount=row.net,
			price_list_rate=row.list_price,
			item_tax_rate=json.dumps(own),
		)

	def _table(self) -> list[dict[str, Any]]:
		included = int(self.inclusive)
		amounts = [flt(amount) for amount in self.taxes]
		if not (self.freight and self.freight_taxed):
			table = [vat(amounts[0], self.tax, included_in_print_rate=included)]
			return [*table, freight(amounts[1])] if self.freight else table
		if self.inclusive:
			return [
				vat(amounts[0], self.tax, included_in_print_rate=1),
				freight(amounts[1]),
				vat(amounts[2], self.tax, charge_type="On Previous Row Amount", row_id="2"),
			]
		over = {"charge_type": "On Previous Row Total", "row_id": "1"}
		return [freight(amounts[0]), {**vat(amounts[1], self.tax), **over}]


CENTS = st.integers(0, 100_000).map(lambda hundredths: hundredths / 100)


@st.composite
def drafts(draw: st.DrawFn) -> Draft:
	"""Any order of one to eight lines, some at a rate of their own."""
	rows = []
	for _ in range(draw(st.integers(1, 8))):
		rate = draw(CENTS)
		rows.append(
			Row(
				qty=draw(st.sampled_from([1.0, 2.0, 3.0, 7.0, 12.0, 2.5, 0.333, 0.001, -1.0])),
				rate=rate,
				list_price=round(rate * draw(st.sampled_from([0, 1, 1.1, 1.5])), 2),
				tax=draw(st.sampled_from([None, None, None, 5.0, 0.0])),
			)
		)
	whole = max(sum(row.qty * row.rate for row in rows), 0)
	return Draft(
		rows,
		tax=draw(st.sampled_from([20.0, 15.0, 5.0])),
		inclusive=draw(st.booleans()),
		freight=draw(st.sampled_from([0.0, 0.0, 9.99, 45.0])),
		freight_taxed=draw(st.booleans()),
		discount=round(whole * draw(st.sampled_from([0, 0, 0.05, 0.3])), 2),
		discount_on=draw(st.sampled_from(["Grand Total", "Net Total"])),
		whole_coins=draw(st.booleans()),
	)
