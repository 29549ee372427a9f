"""The organisation's books, as they are read for the mapping."""

from __future__ import annotations

from decimal import Decimal

from tests.conftest import World
from xero_connector.mapping.books import Account, TaxRate
from xero_connector.sync.reference import load_books


def test_what_is_known_of_rates_and_accounts(world: World) -> None:
	found = load_books(world.store, world.tenant)
	assert found.rates["OUTPUT2"] == TaxRate(
		"OUTPUT2",
		Decimal(20),
		"20% (VAT on Income)",
		components=(Decimal(20),),
		classes=frozenset({"ASSET", "EQUITY", "LIABILITY", "REVENUE"}),
	)
	assert "INPUT2" not in found.rates, "that one is for purchases"
	assert found.chart["200"] == Account("200", "REVENUE", "REVENUE", name="Sales")
	assert found.chart["860"].system_account == "ROUNDING"


def test_an_account_that_took_over_a_code_counts(world: World) -> None:
	"""Xero lets a new account have the code of an archived one."""
	(row,) = world.store.find("Xero Account", {"organisation": world.tenant, "code": "200"})
	old = {**row, "name": "0-old", "xero_id": "old", "status": "ARCHIVED"}
	world.store.insert({"doctype": "Xero Account", **old})
	assert load_books(world.store, world.tenant).chart["200"].active


def test_a_rule_is_kept_though_its_rate_is_gone(world: World) -> None:
	"""Else the document would be mapped by guess."""
	(rate,) = world.store.find("Xero Tax Rate", {"organisation": world.tenant, "tax_type": "RROUTPUT"})
	world.set(taxes=[{"account": "VAT - WP", "rate": 5.0, "tax_rate": rate["name"], "country": "Jersey"}])
	world.store.update("Xero Tax Rate", rate["name"], {"status": "ARCHIVED"})
	found = load_books(world.store, world.tenant)
	assert "RROUTPUT" not in found.rates
	(rule,) = found.tax_rules
	assert (rule.account, rule.rate, rule.tax_type, rule.country) == ("VAT - WP", 5, "RROUTPUT", "Jersey")
