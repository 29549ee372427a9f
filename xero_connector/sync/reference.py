"""The organisation's own data that mapping needs: accounts, tax rates, currencies, lock dates, tracking."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import simplejson

from xero_connector.mapping.books import Account, Books, TaxRate, TaxRule, Whereabouts
from xero_connector.mapping.invoice import STATUS
from xero_connector.mapping.mirror import (
	day,
	mirrored_account,
	mirrored_branding_theme,
	mirrored_tax_rate,
	mirrored_tracking_options,
	text,
)
from xero_connector.mapping.money import decimal_of
from xero_connector.mapping.quote import QUOTE_STATUS
from xero_connector.store.protocol import Doc, Store
from xero_connector.sync.context import Api, Context, put
from xero_connector.sync.errors import ODD_DATA
from xero_connector.xero.errors import BadAnswer, Missing

R = TypeVar("R")

ACTIVE = "ACTIVE"


def refresh(context: Context, *, pickers: bool = False) -> None:
	"""Read the organisation, its accounts and tax rates (three calls), and fill choices left empty; its
	currencies too (a fourth), once a document has needed them; its branding themes and tracking categories
	(two more) where one is chosen, or if ``pickers`` are wanted to choose from.

	What disappeared from Xero is marked DELETED here, so that a mapping to it is seen.
	"""
	api, store = context.api, context.store
	organisation = _read(api, "Organisation", "Organisations", _organisation)
	accounts = _read(api, "Accounts", "Accounts", mirrored_account)
	rates = _read(api, "TaxRates", "TaxRates", mirrored_tax_rate)
	if context.settings().get("currencies"):
		read_currencies(context)
	if pickers or context.settings().get("branding_theme") or context.settings().get("tracking"):
		_read_pickers(context)
	with store.transaction():
		_mirror(context, "Xero Account", "xero_id", accounts)
		_mirror(context, "Xero Tax Rate", "tax_type", rates)
		settings = context.settings()
		store.update(
			"Xero Organisation",
			context.organisation,
			{
				**organisation[0],
				"reference_updated": context.now(),
				**suggest(context, settings),
			},
		)


def _read_pickers(context: Context) -> None:
	"""Read the branding themes and tracking categories that can be chosen (two calls). Not every server that
	speaks Xero's API has them.
	"""
	themes = _read_some(context.api, "BrandingThemes", mirrored_branding_theme)
	categories = _read_some(context.api, "TrackingCategories", mirrored_tracking_options)
	with context.store.transaction():
		if themes is not None:
			_mirror(context, "Xero Branding Theme", "xero_id", themes)
		if categories is not None:
			options = [option for category in categories for option in category]
			_mirror(context, "Xero Tracking Option", "xero_id", options)


def _read_some(api: Api, collection: str, read: Callable[[Doc], R]) -> list[R] | None:
	"""All of one kind, which may be none; None where the server has no such thing. Raises ``BadAnswer``."""
	try:
		return _all(collection, api.get(collection).records(collection), read)
	except Missing:
		return None


def read_currencies(context: Context) -> None:
	"""Read the currencies that the organisation has switched on (one call)."""
	codes = _read(context.api, "Currencies", "Currencies", lambda row: _present(row, "Code"))
	with context.store.transaction():
		values = {"currencies": simplejson.dumps(codes)}
		context.store.update("Xero Organisation", context.organisation, values)


def _read(api: Api, path: str, collection: str, read: Callable[[Doc], R]) -> list[R]:
	"""All of one kind. What cannot be read in part is not used at all: half of the accounts would map orders
	wrongly. Raises ``BadAnswer``.
	"""
	found = _all(collection, api.get(path).records(collection), read)
	if not found:
		raise BadAnswer(f"Xero's answer has no {collection}.")
	return found


def _all(collection: str, rows: Sequence[Doc], read: Callable[[Doc], R]) -> list[R]:
	try:
		return [read(row) for row in rows]
	except ODD_DATA as error:
		raise BadAnswer(f"Xero's {collection} cannot be read: {type(error).__name__}: {error}") from error


def _organisation(record: Doc) -> Doc:
	"""The fields of a **Xero Organisation** that Xero fills."""
	return {
		"organisation_name": _present(record, "Name"),
		"base_currency": _present(record, "BaseCurrency"),
		"country_code": text(record.get("CountryCode")),
		"short_code": text(record.get("ShortCode")),
		"period_lock_date": day(record.get("PeriodLockDate")),
		"end_of_year_lock_date": day(record.get("EndOfYearLockDate")),
	}


def _present(record: Doc, field: str) -> str:
	"""Raises ``ValueError`` where it is empty."""
	found = text(record.get(field))
	if not found:
		raise ValueError(f"Xero sent no {field}")
	return found


def suggest(context: Context, settings: Doc) -> dict[str, Any]:
	"""Choices that have one obvious answer, for those that nobody has made: sales and rounding account, no
	tax.
	"""
	store, organisation = context.store, context.organisation
	accounts = store.find(
		"Xero Account", {"organisation": organisation, "status": ACTIVE}, order_by="code, name"
	)
	found: dict[str, Any] = {}
	if not settings.get("sales_account"):
		revenue = [
			row for row in accounts if row.get("account_type") in ("REVENUE", "SALES") and row.get("code")
		]
		named = [row for row in revenue if str(row["account_name"]).casefold() == "sales"]
		if len(named or revenue) == 1:
			found["sales_account"] = (named or revenue)[0]["name"]
	if not settings.get("rounding_account"):
		rounding = [row for row in accounts if row.get("system_account") == "ROUNDING" and row.get("code")]
		if len(rounding) == 1:
			found["rounding_account"] = rounding[0]["name"]
	if not settings.get("no_tax_rate"):
		none = store.find("Xero Tax Rate", {"organisation": organisation, "tax_type": "NONE"}, limit=1)
		if none:
			found["no_tax_rate"] = none[0]["name"]
	return found


def load_books(store: Store, organisation: str, site_url: str = "") -> Books:
	"""The organisation's books as mapping wants them. Raises ``LookupError`` for an organisation that is not
	there.
	"""
	settings = store.get("Xero Organisation", organisation)
	if settings is None:
		raise LookupError(f"There is no Xero Organisation {organisation}.")
	accounts, rates = (
		{row["name"]: row for row in store.find(doctype, {"organisation": organisation})}
		for doctype in ("Xero Account", "Xero Tax Rate")
	)
	no_tax = _active(rates.get(settings.get("no_tax_rate")))
	sales = accounts.get(settings.get("sales_account"), {})
	locks = [
		str(settings[field]) for field in ("period_lock_date", "end_of_year_lock_date") if settings.get(field)
	]
	return Books(
		organisation=organisation,
		base_currency=str(settings.get("base_currency") or ""),
		invoice_status=STATUS[settings.get("invoice_status") or "Draft"],
		quote_status=QUOTE_STATUS[settings.get("quote_status") or "Draft"],
		currencies=tuple(simplejson.loads(settings.get("currencies") or "[]")),
		sales_account=sales.get("code"),
		sales_account_tax_type=sales.get("tax_type"),
		rounding_account=_active(accounts.get(settings.get("rounding_account"))).get("code"),
		add_rounding_line=settings.get("rounding_policy") != "Hold",
		rounding_limit=decimal_of(settings.get("rounding_limit")),
		no_tax_type=no_tax.get("tax_type") if not decimal_of(no_tax.get("effective_rate")) else None,
		accounts={
			row["account"]: accounts[row["xero_account"]]["code"]
			for row in settings.get("accounts") or []
			if row.get("xero_account") in accounts
		},
		item_accounts={
			(row["source_doctype"], row["source_name"]): accounts[row["xero_account"]]["code"]
			for row in settings.get("item_accounts") or []
			if row.get("xero_account") in accounts
		},
		tracking=_tracking(store, organisation, settings.get("tracking") or []),
		branding_theme_id=_theme(store, settings.get("branding_theme")),
		site_url=site_url,
		tax_rules=tuple(
			TaxRule(
				str(row.get("account") or ""),
				decimal_of(row.get("rate")),
				rates[row["tax_rate"]]["tax_type"],
				*(str(row.get(field) or "") for field in Whereabouts._fields),
			)
			for row in settings.get("taxes") or []
			if row.get("tax_rate") in rates
		),
		rates={
			row["tax_type"]: _tax_rate(row)
			for row in rates.values()
			if row["status"] == ACTIVE and row.get("can_apply_to_revenue")
		},
		chart={
			row["code"]: _account(row)
			for row in sorted(accounts.values(), key=lambda row: row["status"] == ACTIVE)
			if row.get("code")
		},
		locked_until=max(locks, default=None),
	)


def _tracking(store: Store, organisation: str, rows: Sequence[Doc]) -> dict[tuple[str, str], tuple[str, str]]:
	"""The category and option of each cost centre, project, territory and sales person that has one."""
	if not rows:
		return {}
	known = {
		row["name"]: row
		for row in store.find("Xero Tracking Option", {"organisation": organisation, "status": ACTIVE})
	}
	return {
		(row["source_doctype"], row["source_name"]): (option["category_name"], option["option_name"])
		for row in rows
		if (option := known.get(row.get("tracking_option")))
	}


def _theme(store: Store, name: str | None) -> str | None:
	"""Xero's id of the chosen theme; none for one that is gone: Xero uses its own then."""
	theme = _active(store.get("Xero Branding Theme", name)) if name else {}
	return theme.get("xero_id")


def _active(row: Doc | None) -> Doc:
	"""The row, unless it is archived or gone."""
	return row if row and row["status"] == ACTIVE else {}


def _account(row: Doc) -> Account:
	return Account(
		code=row["code"],
		account_type=text(row.get("account_type")),
		account_class=text(row.get("account_class")),
		system_account=text(row.get("system_account")),
		name=text(row.get("account_name")),
		active=row["status"] == ACTIVE,
	)


def _tax_rate(row: Doc) -> TaxRate:
	return TaxRate(
		tax_type=row["tax_type"],
		rate=decimal_of(row.get("effective_rate")),
		name=text(row.get("rate_name")),
		components=tuple(map(decimal_of, _listed(row.get("components")))),
		classes=frozenset(_listed(row.get("account_classes"))),
	)


def _listed(value: Any) -> list[str]:
	return [part for part in text(value).split(", ") if part]


def _mirror(context: Context, doctype: str, key: str, rows: Sequence[Mapping[str, Any]]) -> None:
	organisation = context.organisation
	for row in rows:
		values = {field: value for field, value in row.items() if field != key}
		put(context.store, doctype, {"organisation": organisation, key: row[key]}, values)
	present = {row[key] for row in rows}
	for known in context.store.find(doctype, {"organisation": organisation}, fields=[key, "status"]):
		if known[key] not in present and known["status"] != "DELETED":
			context.store.update(doctype, known["name"], {"status": "DELETED"})
