"""The one place that joins store, clock, hosts, tokens and engine."""

from __future__ import annotations

from datetime import date

import frappe
import requests
from frappe.utils import get_url, getdate, nowdate

from xero_connector.clock import SystemClock
from xero_connector.desk.places import demo_file, redirect_url
from xero_connector.desk.tokens import SiteTokens
from xero_connector.simulator import (
	DEMO_CUSTOM_CLIENT_ID,
	DEMO_CUSTOM_CLIENT_SECRET,
	InProcessAdapter,
	Simulator,
	seed_demo_company,
)
from xero_connector.store.frappe import FrappeStore
from xero_connector.store.protocol import StoreError
from xero_connector.sync.engine import Engine
from xero_connector.xero import Endpoints, OAuthApp, Tokens, XeroApi, new_session

WEB_APP, CUSTOM_CONNECTION, DEMO = "Web App", "Custom Connection", "Demo"
"""The kinds of a Xero Login."""


class SiteClock(SystemClock):
	"""The machine's clock, and the business date in the site's own time zone."""

	def today(self) -> date:
		return getdate(nowdate())


def simulator() -> Simulator:
	"""The bundled Xero, with this site's demo organisation."""
	if "xero_simulator" not in frappe.local.flags:
		frappe.local.flags.xero_simulator = Simulator(str(demo_file()), clock=SiteClock().now)
	return frappe.local.flags.xero_simulator


def prepare_demo() -> None:
	"""The demo organisation with its app, made if it is not there, connected again if it was disconnected."""
	demo = simulator()
	tenant = seed_demo_company(demo)
	demo.add_app(DEMO_CUSTOM_CLIENT_ID, DEMO_CUSTOM_CLIENT_SECRET, kind="custom", tenant_id=tenant)


def session(kind: str) -> requests.Session:
	"""A session to Xero's hosts; for the demo, one that never leaves this process."""
	made = new_session()
	if kind == DEMO:
		adapter = InProcessAdapter(simulator())
		made.mount("https://", adapter)
		made.mount("http://", adapter)
	return made


def endpoints(kind: str) -> Endpoints:
	"""Xero's own hosts. ``xero_connector_base_url`` in the site's configuration is for tests."""
	base_url = frappe.conf.get("xero_connector_base_url")
	return Endpoints.below(base_url) if base_url and kind != DEMO else Endpoints.xero()


def oauth_app(kind: str) -> OAuthApp:
	"""The app that a login of this kind belongs to."""
	if kind == DEMO:
		client_id, secret = DEMO_CUSTOM_CLIENT_ID, DEMO_CUSTOM_CLIENT_SECRET
	else:
		settings = frappe.get_doc("Xero Settings")
		client_id = settings.client_id or ""
		secret = settings.get_password("client_secret", raise_exception=False) or ""
	return OAuthApp(client_id, secret, redirect_url(), endpoints(kind), session(kind), SiteClock())


def tokens(login: str) -> Tokens:
	"""The tokens of a Xero Login."""
	row = FrappeStore().get("Xero Login", login)
	if row is None:
		raise StoreError(f"There is no Xero Login {login}. Connect to Xero again.")
	return Tokens(oauth_app(row["kind"]), SiteTokens(login), SiteClock())


def engine(organisation: str) -> Engine:
	"""The engine of one organisation, ready to run."""
	store, clock = FrappeStore(), SiteClock()
	row = store.get("Xero Organisation", organisation)
	if row is None:
		raise StoreError(f"There is no Xero Organisation {organisation}.")
	kind = DEMO if row["is_demo"] else WEB_APP
	api = XeroApi(session(kind), endpoints(kind), organisation, tokens(row["login"]), clock=clock)
	return Engine(store, api, organisation, clock, site_url=get_url())
