"""Line items of documents: read from a request, checked against the books, priced and taxed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from xero_connector.simulator.books import Books
from xero_connector.simulator.errors import Refused
from xero_connector.simulator.kinds import ITEM
from xero_connector.simulator.money import ZERO, line_tax, rounded, truncated
from xero_connector.simulator.reference import active_account, can_apply, tax_rate, tracking
from xero_connector.simulator.values import Body, decimal

DESCRIPTION_LIMIT = 4000
DISCOUNT_RATE_PLACES = 2
"""Xero cuts a long DiscountRate; at which digit is not known, two is the choice made here."""

NO_DOCUMENT_LINES = ("DEBTORS", "CREDITORS", "GST", "RETAINEDEARNINGS", "HISTORICAL")
"""System accounts a document line cannot use. ROUNDING is open: Xero's own way to place a difference."""

PRICING_FIELDS = ("Quantity", "UnitAmount", "DiscountRate", "DiscountAmount", "TaxType")


@dataclass
class LineRules:
	"""What holds for all lines of one document; `warnings` collects what was dropped from a draft.

	An `approved` line needs an account. Of a draft an account that does not fit is dropped with a warning,
	unless `drops_accounts` is off: then the line is refused.
	"""

	books: Books
	is_sale: bool
	approved: bool
	drops_accounts: bool = True
	line_amount_types: str = "Exclusive"
	warnings: list[str] = field(default_factory=list)

	def build(self, given: Mapping[str, Any], held: Mapping[str, Any] | None = None) -> Body:
		"""One line from a request, on top of the line it changes (`held`). Raises Refused.

		Amounts are Decimals in the document's currency, LineAmount to 2 places; `Discount` is what was taken
		off, kept for TotalDiscount and never answered.
		"""
		asked = self._asked(given, held)
		line: Body = {"LineItemID": held["LineItemID"] if held else self.books.new_id()}
		self._fill_from_item(asked, line)
		places = self.books.unit_places if given.get("UnitAmount") is not None else 4
		line["Description"] = self._description(asked)
		has_amounts = any(asked.get(name) is not None for name in ("Quantity", "UnitAmount", "LineAmount"))
		line["Tracking"] = tracking(self.books, asked.get("Tracking") or [])
		if has_amounts:
			self._price(asked, line, places)
			account = self._account(asked, line)
			self._tax(asked, line, account)
		else:
			line |= {"UnitAmount": ZERO, "LineAmount": ZERO, "TaxAmount": ZERO}
		if self.approved and not line["Description"]:
			raise Refused("Description must be specified")
		return line

	def _asked(self, given: Mapping[str, Any], held: Mapping[str, Any] | None) -> Body:
		asked = dict(held or {})
		if any(name in given for name in PRICING_FIELDS):
			for computed in ("LineAmount", "TaxAmount"):
				asked.pop(computed, None)
		return {**asked, **given}

	def _fill_from_item(self, asked: Body, line: Body) -> None:
		code = asked.get("ItemCode")
		if not code:
			return
		item = self.books.by_number(ITEM, str(code))
		if item is None:
			raise Refused(f"Item code '{code}' is not valid")
		details = item["SalesDetails" if self.is_sale else "PurchaseDetails"]
		line["ItemCode"] = item["Code"]
		line["Item"] = {"ItemID": item["ItemID"], "Name": item["Name"], "Code": item["Code"]}
		defaults = {
			"Description": item.get("Description") or item["Name"],
			"UnitAmount": details.get("UnitPrice"),
			"AccountCode": details.get("AccountCode"),
			"TaxType": details.get("TaxType"),
		}
		for name, value in defaults.items():
			if value is not None and asked.get(name) in (None, ""):
				asked[name] = value

	def _description(self, asked: Body) -> str:
		text = asked.get("Description") or ""
		if not isinstance(text, str) or len(text) > DESCRIPTION_LIMIT:
			raise Refused(
				f"The field Description must be a string with a maximum length of {DESCRIPTION_LIMIT}."
			)
		return text

	def _price(self, asked: Body, line: Body, places: int) -> None:
		quantity, unit, total = (_number(asked, name) for name in ("Quantity", "UnitAmount", "LineAmount"))
		if unit is None:
			quantity = quantity or Decimal(1)
			unit = (total or ZERO) / quantity
		elif quantity is None:
			quantity = total / unit if total is not None and unit else Decimal(1)
		unit = rounded(unit, places)
		quantity = rounded(quantity, 4)
		gross = quantity * unit
		discount = self._discount(asked, line, gross)
		expected = rounded(gross - discount)
		if total is not None and rounded(total) != expected:
			raise Refused(
				f"The line total {rounded(total)} does not match the expected line total {expected}"
			)
		line |= {"Quantity": quantity, "UnitAmount": unit, "LineAmount": expected}
		if discount:
			line["Discount"] = rounded(gross) - expected

	def _discount(self, asked: Body, line: Body, gross: Decimal) -> Decimal:
		amount, rate = _number(asked, "DiscountAmount"), _number(asked, "DiscountRate")
		if not amount and not rate:
			return ZERO
		if not self.is_sale:
			raise Refused("Discounts are only supported on sales invoices")
		if amount:
			line["DiscountAmount"] = rounded(amount)
			return rounded(amount)
		percent = truncated(rate or ZERO, DISCOUNT_RATE_PLACES)
		line["DiscountRate"] = percent
		return gross * percent / 100

	def _account(self, asked: Body, line: Body) -> Body | None:
		code = str(asked.get("AccountCode") or "")
		account = active_account(self.books, code) if code else None
		if account and account["Type"] != "BANK" and account.get("SystemAccount") not in NO_DOCUMENT_LINES:
			line["AccountCode"] = account["Code"]
			line["AccountID"] = account["AccountID"]
			return account
		unfit = f"Account code '{code}' is not a valid code for this document."
		if self.approved or (code and not self.drops_accounts):
			raise Refused(unfit)
		if code:
			# This sentence stands in an example of Xero's OpenAPI, for manual journals.
			unknown = f"Account code '{code}' has been removed as it does not match a recognised account."
			self.warnings.append(unfit if account else unknown)
		return None

	def _tax(self, asked: Body, line: Body, account: Body | None) -> None:
		if self.line_amount_types == "NoTax":
			line |= {"TaxType": "NONE", "TaxAmount": ZERO}
			return
		tax_type = asked.get("TaxType") or (account or {}).get("TaxType")
		if not tax_type:
			line["TaxAmount"] = ZERO
			return
		rate = tax_rate(self.books, tax_type)
		account_class = account["Class"] if account else ("REVENUE" if self.is_sale else "EXPENSE")
		if not can_apply(rate, account_class):
			raise Refused(
				f"The TaxType code '{tax_type}' cannot be used with account code "
				f"'{line.get('AccountCode', '')}'."
			)
		computed = line_tax(line["LineAmount"], Decimal(rate["EffectiveRate"]), self.line_amount_types)
		given = _number(asked, "TaxAmount")
		line |= {"TaxType": tax_type, "TaxAmount": computed if given is None else rounded(given)}


def _number(asked: Body, name: str) -> Decimal | None:
	value = asked.get(name)
	if value is None or value == "":
		return None
	try:
		return decimal(value, name)
	except ValueError as error:
		raise Refused(str(error)) from None
