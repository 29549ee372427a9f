"""What an organisation starts with: its own record, chart of accounts, tax rates, currencies, tracking."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from xero_connector.simulator.books import Books
from xero_connector.simulator.errors import Refused
from xero_connector.simulator.kinds import (
	ACCOUNT,
	BRANDING_THEME,
	CURRENCY,
	ORGANISATION,
	TAX_RATE,
	TRACKING_CATEGORY,
	fold,
)
from xero_connector.simulator.money import rounded
from xero_connector.simulator.values import Body


class _Account(NamedTuple):
	code: str
	name: str
	type: str
	tax_type: str
	system: str = ""
	payments: bool = False


CHART = (
	_Account("090", "Business Bank Account", "BANK", "NONE"),
	_Account("091", "Business Savings Account", "BANK", "NONE"),
	_Account("200", "Sales", "REVENUE", "OUTPUT2"),
	_Account("210", "Service Income", "REVENUE", "OUTPUT2"),
	_Account("260", "Other Revenue", "REVENUE", "OUTPUT2"),
	_Account("265", "Delivery Income", "REVENUE", "OUTPUT2"),
	_Account("270", "Interest Income", "OTHERINCOME", "EXEMPTOUTPUT"),
	_Account("310", "Cost of Goods Sold", "DIRECTCOSTS", "INPUT2"),
	_Account("400", "Advertising and Marketing", "OVERHEADS", "INPUT2"),
	_Account("404", "Bank Fees", "OVERHEADS", "NONE"),
	_Account("425", "Postage, Freight and Courier", "OVERHEADS", "INPUT2"),
	_Account("429", "General Expenses", "OVERHEADS", "INPUT2"),
	_Account("497", "Bank Revaluations", "EXPENSE", "NONE", "BANKCURRENCYGAIN"),
	_Account("498", "Unrealised Currency Gains", "EXPENSE", "NONE", "UNREALISEDCURRENCYGAIN"),
	_Account("499", "Realised Currency Gains", "EXPENSE", "NONE", "REALISEDCURRENCYGAIN"),
	_Account("610", "Accounts Receivable", "CURRENT", "NONE", "DEBTORS"),
	_Account("630", "Inventory", "INVENTORY", "NONE"),
	_Account("710", "Office Equipment", "FIXED", "INPUT2"),
	_Account("800", "Accounts Payable", "CURRLIAB", "NONE", "CREDITORS"),
	_Account("820", "VAT", "CURRLIAB", "NONE", "GST"),
	_Account("835", "Directors' Loan Account", "CURRLIAB", "NONE", "", True),
	_Account("840", "Historical Adjustment", "CURRLIAB", "NONE", "HISTORICAL"),
	_Account("860", "Rounding", "CURRLIAB", "NONE", "ROUNDING"),
	_Account("877", "Tracking Transfers", "CURRLIAB", "NONE", "TRACKINGTRANSFERS"),
	_Account("960", "Retained Earnings", "EQUITY", "NONE", "RETAINEDEARNINGS"),
)

CLASS_OF_TYPE = {
	"BANK": "ASSET",
	"CURRENT": "ASSET",
	"FIXED": "ASSET",
	"INVENTORY": "ASSET",
	"CURRLIAB": "LIABILITY",
	"EQUITY": "EQUITY",
	"REVENUE": "REVENUE",
	"OTHERINCOME": "REVENUE",
	"DIRECTCOSTS": "EXPENSE",
	"EXPENSE": "EXPENSE",
	"OVERHEADS": "EXPENSE",
}


class _Rate(NamedTuple):
	tax_type: str
	name: str
	percent: str
	report: str
	side: str  # output, input or any: the account classes it may be used with


RATES = (
	_Rate("OUTPUT2", "20% (VAT on Income)", "20", "OUTPUT", "output"),
	_Rate("RROUTPUT", "5% (VAT on Income)", "5", "OUTPUT", "output"),
	_Rate("ZERORATEDOUTPUT", "Zero Rated Income", "0", "OUTPUT", "output"),
	_Rate("EXEMPTOUTPUT", "Exempt Income", "0", "EXEMPTOUTPUT", "output"),
	_Rate("ECZROUTPUT", "Zero Rated EC Goods Income", "0", "ECOUTPUT", "output"),
	_Rate("INPUT2", "20% (VAT on Expenses)", "20", "INPUT", "input"),
	_Rate("RRINPUT", "5% (VAT on Expenses)", "5", "INPUT", "input"),
	_Rate("ZERORATEDINPUT", "Zero Rated Expenses", "0", "INPUT", "input"),
	_Rate("EXEMPTINPUT", "Exempt Expenses", "0", "EXEMPTINPUT", "input"),
	_Rate("NONE", "No VAT", "0", "NONE", "any"),
)

CURRENCY_NAMES = {
	"AUD": "Australian Dollar",
	"CAD": "Canadian Dollar",
	"CHF": "Swiss Franc",
	"EUR": "Euro",
	"GBP": "British Pound",
	"INR": "Indian Rupee",
	"JPY": "Japanese Yen",
	"NZD": "New Zealand Dollar",
	"USD": "United States Dollar",
	"ZAR": "South African Rand",
}

UNITS_PER_POUND = {
	"AUD": Decimal("1.95"),
	"CAD": Decimal("1.75"),
	"CHF": Decimal("1.12"),
	"EUR": Decimal("1.17"),
	"GBP": Decimal("1"),
	"INR": Decimal("108"),
	"JPY": Decimal("190"),
	"NZD": Decimal("2.12"),
	"USD": Decimal("1.27"),
	"ZAR": Decimal("23.5"),
}
"""Plausible rates for documents that send none; real Xero takes the day's rate from XE.com."""

THEMES = ("Standard", "Overseas customers")

NAME_LIMIT = 100
"""Longest name of a tracking category or of one of its options."""


def open_books(
	books: Books, name: str, *, base_currency: str, country_code: str, currencies: Sequence[str]
) -> None:
	"""Write everything a new organisation has from its first day."""
	books.save(ORGANISATION, _organisation(books, name, base_currency, country_code))
	for account in CHART:
		books.save(ACCOUNT, _account_body(books, account, base_currency))
	for rate in RATES:
		books.save(TAX_RATE, _rate_body(rate))
	for code in dict.fromkeys((base_currency, *currencies)):
		books.save(CURRENCY, {"Code": code, "Description": CURRENCY_NAMES.get(code, code)})
	add_tracking_category(books, "Region", ("North", "South", "East", "West"))
	for name in THEMES:
		add_branding_theme(books, name)


def _organisation(books: Books, name: str, base_currency: str, country_code: str) -> Body:
	return {
		"OrganisationID": books.tenant,
		"Name": name,
		"LegalName": name,
		"PaysTax": True,
		"Version": {"GB": "UK", "AU": "AU", "NZ": "NZ", "US": "US"}.get(country_code, "GLOBAL"),
		"OrganisationType": "COMPANY",
		"BaseCurrency": base_currency,
		"CountryCode": country_code,
		"IsDemoCompany": False,
		"OrganisationStatus": "ACTIVE",
		"FinancialYearEndDay": 31,
		"FinancialYearEndMonth": 3,
		"SalesTaxBasis": "ACCRUALS",
		"SalesTaxPeriod": "QUARTERLY1",
		"DefaultSalesTax": "Tax Exclusive",
		"DefaultPurchasesTax": "Tax Exclusive",
		"CreatedDateUTC": books.now,
		"OrganisationEntityType": "COMPANY",
		"Timezone": "UTC",
		"ShortCode": "!" + books.tenant.replace("-", "")[-5:],
		"Edition": "BUSINESS",
		"Class": "PREMIUM",
		"Addresses": [],
		"Phones": [],
		"ExternalLinks": [],
		"PaymentTerms": {},
	}


def _account_body(books: Books, account: _Account, base_currency: str) -> Body:
	body: Body = {
		"AccountID": books.new_id(),
		"Code": account.code,
		"Name": account.name,
		"Status": "ACTIVE",
		"Type": account.type,
		"TaxType": account.tax_type,
		"Class": CLASS_OF_TYPE[account.type],
		"EnablePaymentsToAccount": account.payments,
		"ShowInExpenseClaims": False,
		"ReportingCode": "",
		"ReportingCodeName": "",
		"HasAttachments": False,
		"AddToWatchlist": False,
	}
	if account.type == "BANK":
		body |= {
			"BankAccountNumber": f"306090{account.code}12345",
			"BankAccountType": "BANK",
			"CurrencyCode": base_currency,
		}
	if account.system:
		body["SystemAccount"] = account.system
	return body


def _rate_body(rate: _Rate) -> Body:
	percent = Decimal(rate.percent).quantize(Decimal("0.0001"))
	return {
		"Name": rate.name,
		"TaxType": rate.tax_type,
		"ReportTaxType": rate.report,
		"CanApplyToAssets": True,
		"CanApplyToEquity": True,
		"CanApplyToExpenses": rate.side != "output",
		"CanApplyToLiabilities": True,
		"CanApplyToRevenue": rate.side != "input",
		"DisplayTaxRate": percent,
		"EffectiveRate": percent,
		"Status": "ACTIVE",
		"TaxComponents": [
			{"Name": "VAT", "Rate": percent, "IsCompound": False, "IsNonRecoverable": False},
		],
	}


def add_tracking_category(books: Books, name: str, options: Sequence[str]) -> Body:
	"""A tracking category with its options. Xero allows two active ones; a third raises Refused."""
	if books.count(TRACKING_CATEGORY, "status = 'ACTIVE'") >= 2:
		raise Refused("The maximum number of active tracking categories has been reached")
	if any(not name or len(name) > NAME_LIMIT for name in (name, *options)):
		raise Refused(f"The name of a tracking category or option must have 1 to {NAME_LIMIT} characters")
	category_id = books.new_id()
	return books.save(
		TRACKING_CATEGORY,
		{
			"TrackingCategoryID": category_id,
			"Name": name,
			"Status": "ACTIVE",
			"Options": [
				{
					"TrackingOptionID": books.new_id(),
					"Name": option,
					"Status": "ACTIVE",
					"TrackingCategoryID": category_id,
				}
				for option in options
			],
		},
	)


def add_branding_theme(books: Books, name: str) -> Body:
	"""A branding theme; the first one is the default."""
	return books.save(
		BRANDING_THEME,
		{
			"BrandingThemeID": books.new_id(),
			"Name": name,
			"LogoUrl": "",
			"Type": "INVOICE",
			"SortOrder": books.count(BRANDING_THEME),
			"CreatedDateUTC": books.now,
		},
	)


def known_theme(books: Books, theme_id: Any) -> str:
	"""The id of a branding theme that is there; else Refused. Xero's own wording is not recorded."""
	theme = books.find(BRANDING_THEME, str(theme_id))
	if theme is None:
		raise Refused("The branding theme with the specified BrandingThemeID could not be found")
	return str(theme["BrandingThemeID"])


def active_account(books: Books, code: str) -> Body | None:
	"""The active account with this code, or None."""
	account = books.by_number(ACCOUNT, code)
	return account if account and account["Status"] == "ACTIVE" else None


def tax_rate(books: Books, tax_type: str) -> Body:
	"""The active tax rate. Raises Refused in Xero's words when there is none."""
	rate = books.find(TAX_RATE, tax_type)
	if rate is None or rate["Status"] != "ACTIVE":
		raise Refused(
			f"The TaxType code '{tax_type}' does not exist or cannot be used for this type of transaction."
		)
	return rate


def can_apply(rate: Body, account_class: str) -> bool:
	"""Whether the tax rate may stand beside an account of this class (the CanApplyTo… flags)."""
	flag = {
		"ASSET": "CanApplyToAssets",
		"EQUITY": "CanApplyToEquity",
		"EXPENSE": "CanApplyToExpenses",
		"LIABILITY": "CanApplyToLiabilities",
		"REVENUE": "CanApplyToRevenue",
	}[account_class]
	return bool(rate[flag])


def enabled_currency(books: Books, code: Any) -> str:
	"""The currency code when the organisation has it enabled; else Refused in Xero's words."""
	if not isinstance(code, str) or books.find(CURRENCY, code) is None:
		raise Refused(f"Organisation is not subscribed to currency {code}")
	return code


def default_rate(base: str, currency: str) -> Decimal:
	"""Units of `currency` for one unit of `base`, six decimals; 1 for a currency the table does not know."""
	if base == currency or base not in UNITS_PER_POUND or currency not in UNITS_PER_POUND:
		return Decimal("1.000000")
	return rounded(UNITS_PER_POUND[currency] / UNITS_PER_POUND[base], 6)


def tracking(books: Books, given: Any) -> list[Body]:
	"""A line's tracking, resolved by id or by name, as Xero answers it.

	`given` is a list of at most two mappings with TrackingCategoryID or Name, and TrackingOptionID or Option.
	Raises Refused for a category or option that is not active.
	"""
	if not isinstance(given, list) or len(given) > 2:
		raise Refused("A line item can have a maximum of 2 tracking categories")
	resolved: list[Body] = []
	for each in given:
		category = _match(books.where(TRACKING_CATEGORY), each, "TrackingCategoryID", "Name")
		option = _match(category["Options"], each, "TrackingOptionID", "Option") if category else None
		if category is None or option is None:
			named = each.get("Option") or each.get("Name") or each.get("TrackingOptionID") or ""
			raise Refused(f"The tracking option '{named}' is not a valid active option")
		resolved.append(
			{
				"Name": category["Name"],
				"Option": option["Name"],
				"TrackingCategoryID": category["TrackingCategoryID"],
				"TrackingOptionID": option["TrackingOptionID"],
			}
		)
	return resolved


def _match(candidates: Sequence[Body], given: Body, id_field: str, name_field: str) -> Body | None:
	for candidate in candidates:
		if candidate["Status"] != "ACTIVE":
			continue
		if given.get(id_field):
			if candidate[id_field] == given[id_field]:
				return candidate
		elif fold(candidate["Name"]) == fold(str(given.get(name_field, ""))):
			return candidate
	return None
