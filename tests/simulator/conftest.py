from __future__ import annotations

from typing import Any

import pytest
from simulator_kit import HandClock, Make, Xero, connect, noon

from xero_connector.simulator import Accountant, Limits, Simulator


@pytest.fixture
def clock() -> HandClock:
	return noon()


@pytest.fixture
def sim(clock: HandClock) -> Simulator:
	return Simulator(clock=clock, limits=Limits(None, None, None, None))


@pytest.fixture
def tenant(sim: Simulator) -> str:
	return sim.add_organisation("Bayside Ltd")


@pytest.fixture
def xero(sim: Simulator, tenant: str) -> Xero:
	return connect(sim, tenant)


@pytest.fixture
def accountant(sim: Simulator, tenant: str) -> Accountant:
	return sim.accountant(tenant)


@pytest.fixture
def contact(xero: Xero) -> dict[str, Any]:
	return xero.create("Contacts", Name="Kestrel Media Group", EmailAddress="info@kestrelmedia.example")


@pytest.fixture
def make_invoice(xero: Xero, contact: dict[str, Any]) -> Make:
	"""Creates an authorised sales invoice of 120.00 with tax; fields given replace the defaults."""

	def make(**fields: Any) -> dict[str, Any]:
		defaults = {
			"Type": "ACCREC",
			"Contact": {"ContactID": contact["ContactID"]},
			"Date": "2026-05-01",
			"DueDate": "2026-05-31",
			"Status": "AUTHORISED",
			"LineItems": [{"Description": "Work", "Quantity": 1, "UnitAmount": 100, "AccountCode": "200"}],
		}
		return xero.create("Invoices", **{**defaults, **fields})

	return make
