"""A Xero for one machine: accounting API, login, webhooks, limits, and a page to act as the accountant.

In a test, without a port:

	simulator = Simulator(clock=clock)
	tenant_id = seed_demo_company(simulator)
	session = requests.Session()
	session.mount("https://", InProcessAdapter(simulator))

For a person, on a port: ``serve(Simulator("xero.sqlite"))`` and the browser on its ``url``. All of Xero's
hosts lie below that one address with their own paths. Webhooks wait for `Simulator.deliver_webhooks`.
"""

from __future__ import annotations

from xero_connector.simulator.accountant import Accountant, AccountantError
from xero_connector.simulator.adapter import InProcessAdapter
from xero_connector.simulator.core import ApiCall, Simulator
from xero_connector.simulator.limits import Limits
from xero_connector.simulator.seed import (
	DEMO_CLIENT_ID,
	DEMO_CLIENT_SECRET,
	DEMO_CUSTOM_CLIENT_ID,
	DEMO_CUSTOM_CLIENT_SECRET,
	DEMO_REDIRECT_URI,
	DEMO_TENANT_ID,
	seed_demo_company,
)
from xero_connector.simulator.server import Server, serve
from xero_connector.simulator.values import utc_now

__all__ = [
	"DEMO_CLIENT_ID",
	"DEMO_CLIENT_SECRET",
	"DEMO_CUSTOM_CLIENT_ID",
	"DEMO_CUSTOM_CLIENT_SECRET",
	"DEMO_REDIRECT_URI",
	"DEMO_TENANT_ID",
	"Accountant",
	"AccountantError",
	"ApiCall",
	"InProcessAdapter",
	"Limits",
	"Server",
	"Simulator",
	"seed_demo_company",
	"serve",
	"utc_now",
]
