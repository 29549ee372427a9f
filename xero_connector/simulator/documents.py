"""What invoices, credit notes and quotes have in common: texts, dates, currency, lines, totals, history."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from xero_connector.simulator.books import Books
from xero_connector.simulator.errors import Refused
from xero_connector.simulator.kinds import HISTORY
from xero_connector.simulator.lines import LineRules
from xero_connector.simulator.money import rounded, totals
from xero_connector.simulator.reference import default_rate, enabled_currency, known_theme
from xero_connector.simulator.values import Body, decimal, parse_date

LINE_AMOUNT_TYPES = ("Exclusive", "Inclusive", "NoTax")
NO_LINES = "One or more line items must be specified"


def set_texts(document: Body, given: Mapping[str, Any], limits: Mapping[str, int]) -> None:
	"""Set the texts that are given, each at most as long as `limits` says. Raises Refused.

	An empty number is as good as none: it leaves the one that the document has.
	"""
	for name, limit in limits.items():
		value = given.get(name)
		if value is None:
			continue
		if not isinstance(value, str) or len(value) > limit:
			raise Refused(f"The field {name} must be a string with a maximum length of {limit}.")
		if value or not name.endswith("Number"):
			document[name] = value


def set_dates(document: Body, given: Mapping[str, Any], names: tuple[str, ...]) -> None:
	"""Set the dates that are given. Raises Refused."""
	for name in names:
		if given.get(name):
			document[name] = read_date(name, given[name])


def set_theme(books: Books, document: Body, given: Mapping[str, Any]) -> None:
	"""Set the branding theme, if one is given. Raises Refused for one that is not there."""
	if given.get("BrandingThemeID"):
		document["BrandingThemeID"] = known_theme(books, given["BrandingThemeID"])


def set_currency(books: Books, document: Body, given: Mapping[str, Any]) -> None:
	"""Set currency and rate, as given or by default. Raises Refused."""
	base = books.organisation["BaseCurrency"]
	if given.get("CurrencyCode") and given["CurrencyCode"] != document["CurrencyCode"]:
		document["CurrencyCode"] = given["CurrencyCode"]
		document.pop("CurrencyRate", None)
	currency = enabled_currency(books, document["CurrencyCode"])
	if given.get("CurrencyRate") is not None and currency != base:
		rate = rounded(read_decimal("CurrencyRate", given["CurrencyRate"]), 6)
		if rate <= 0:
			raise Refused("The currency rate must be greater than zero")
		document["CurrencyRate"] = rate
	document.setdefault("CurrencyRate", default_rate(base, currency))


def set_lines(document: Body, given: Mapping[str, Any], rules: LineRules) -> list[str]:
	"""Set the lines and how their amounts are meant, as given or as they were; answers warnings.

	Raises Refused.
	"""
	retaxed = given.get("LineAmountTypes") not in (None, document["LineAmountTypes"])
	if retaxed:
		document["LineAmountTypes"] = given["LineAmountTypes"]
	if document["LineAmountTypes"] not in LINE_AMOUNT_TYPES:
		raise Refused(f"The LineAmountTypes '{document['LineAmountTypes']}' is not valid.")
	rules.line_amount_types = document["LineAmountTypes"]
	held = {line["LineItemID"]: line for line in document["LineItems"]}
	if "LineItems" in given:
		asked = given["LineItems"]
		if not isinstance(asked, list) or not asked:
			raise Refused(NO_LINES)
		document["LineItems"] = [rules.build(line, held.get(str(line.get("LineItemID")))) for line in asked]
	else:
		for line in held.values():
			if retaxed:
				line.pop("TaxAmount", None)
		document["LineItems"] = [rules.build({}, line) for line in held.values()]
	return rules.warnings


def set_totals(document: Body) -> None:
	"""Add up the lines, in the document's currency. Raises Refused for a total below zero."""
	sums = totals(document["LineItems"], document["LineAmountTypes"])
	if sums.total < 0:
		raise Refused("The total of a document cannot be negative")
	document |= {"SubTotal": sums.sub_total, "TotalTax": sums.total_tax, "Total": sums.total}
	document.pop("TotalDiscount", None)
	if sums.total_discount:
		document["TotalDiscount"] = sums.total_discount


def check_lock(books: Books, day: str) -> None:
	"""Refuse a document dated on or before a lock date of the organisation.

	As chosen here the lock date itself is locked, and drafts are held to it too.
	"""
	organisation = books.organisation
	for field, label in (("PeriodLockDate", "period"), ("EndOfYearLockDate", "end of year")):
		locked = organisation.get(field)
		if locked and day <= locked:
			raise Refused(f"The document date cannot be before the {label} lock date {locked}")


def note(books: Books, record_id: str, changes: str, details: str) -> Body:
	"""Add a line to a record's history."""
	return books.save(
		HISTORY,
		{
			"HistoryRecordID": books.new_id(),
			"RecordID": record_id,
			"Changes": changes,
			"Details": details,
			"User": "System Generated",
		},
	)


def read_date(name: str, value: Any) -> str:
	"""A date of a request as `YYYY-MM-DD`. Raises Refused naming the field."""
	try:
		return parse_date(value)
	except ValueError:
		raise Refused(f"The {name} '{value}' is not a valid date") from None


def read_decimal(name: str, value: Any) -> Decimal:
	"""A number of a request. Raises Refused naming the field."""
	try:
		return decimal(value, name)
	except ValueError as error:
		raise Refused(str(error)) from None
