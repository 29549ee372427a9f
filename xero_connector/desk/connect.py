"""Connecting Xero organisations, confirming what they belong to, and letting them go."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import frappe
from frappe import _
from frappe.utils import escape_html, get_url_to_form, get_url_to_list

from xero_connector.clock import utc_text
from xero_connector.desk import health_facts, jobs, outbox, wiring
from xero_connector.desk.permissions import need_manager, need_manager_of
from xero_connector.desk.places import redirect_url
from xero_connector.desk.refusals import refuse
from xero_connector.desk.standing import blocked, states_of
from xero_connector.desk.tokens import SiteTokens
from xero_connector.simulator import DEMO_TENANT_ID
from xero_connector.store.frappe import FrappeStore
from xero_connector.store.protocol import StoreError
from xero_connector.sync import organisations, reconciliations
from xero_connector.sync.errors import SyncError
from xero_connector.xero import Disconnected, Pkce, Token, Tokens, Unreachable, XeroError

STATE_SECONDS = 15 * 60
"""How long somebody may take at Xero's login page."""

DEMO_CURRENCY = "GBP"
"""What the demo organisation keeps its books in."""


@frappe.whitelist(methods=["GET"])
def overview() -> list[dict[str, Any]]:
	"""The organisations that the caller may see, each with its company and status, and ``connected_by``,
	``connected_at`` and ``good_until`` (UTC text) of its login.
	"""
	need_manager()
	fields = ["name", "organisation_name", "company", "status", "is_demo", "live_since", "login"]
	found = frappe.get_list(
		"Xero Organisation", fields=fields, order_by="is_demo, organisation_name", limit=0
	)
	return [{**row, **health_facts.connection(row)} for row in found]


@frappe.whitelist(methods=["POST"])
def start() -> str:
	"""The address of Xero's login page for the caller, who comes back to ``callback``."""
	need_manager()
	_need_credentials()
	_need_address()
	state, proof = secrets.token_urlsafe(32), Pkce.new()
	frappe.cache.set_value(_state_key(state), proof.verifier, expires_in_sec=STATE_SECONDS)
	return wiring.oauth_app(wiring.WEB_APP).authorize_url(state, proof.challenge)


@frappe.whitelist(methods=["GET"])
def callback(
	code: str | None = None,
	state: str | None = None,
	error: str | None = None,
	error_description: str | None = None,
) -> None:
	"""Where Xero sends the browser back to, with a code or with an error."""
	need_manager()
	verifier = _take_state(state or "")
	if not verifier:
		return _page(_("This login was not started here, or too long ago. Please connect again."))
	if error == "access_denied":
		return _page(_("You did not allow access on Xero's page, so nothing was connected."), "orange")
	if error or not code:
		reason = error_description or error or _("no code was sent")
		return _page(_("Xero did not connect: {0}").format(reason))
	app = wiring.oauth_app(wiring.WEB_APP)
	try:
		found = _register(wiring.WEB_APP, app.exchange(code, verifier))
	except (XeroError, SyncError) as failure:
		return _page(_said(failure))
	frappe.local.response["type"] = "redirect"
	frappe.local.response["location"] = (
		get_url_to_form("Xero Organisation", found[0])
		if len(found) == 1
		else get_url_to_list("Xero Organisation")
	)


@frappe.whitelist(methods=["POST"])
def connect_custom() -> list[str]:
	"""Log in as a custom connection: client id and secret stand for one organisation, nobody logs in."""
	need_manager()
	_need_credentials()
	with _in_plain_words():
		token = wiring.oauth_app(wiring.CUSTOM_CONNECTION).client_credentials()
		return _register(wiring.CUSTOM_CONNECTION, token)


@frappe.whitelist(methods=["POST"])
def connect_demo(company: str | None = None, pilot: bool = False) -> str:
	"""Connect the bundled demo organisation to a company (one that is free, the default one first). It is
	live at once, or begins with its ``pilot`` as every other.
	"""
	need_manager()
	if frappe.db.exists("Xero Organisation", DEMO_TENANT_ID):
		need_manager_of(DEMO_TENANT_ID)
	company = company or _free_company()
	frappe.has_permission("Company", "read", company, throw=True)
	with _in_plain_words():
		wiring.prepare_demo()
		token = wiring.oauth_app(wiring.DEMO).client_credentials()
		found = _register(wiring.DEMO, token)
		organisations.confirm(FrappeStore(), found[0], company)
		if not pilot:
			organisations.go_live(FrappeStore(), wiring.SiteClock(), found[0])
	jobs.after_commit("cycle", found[0])
	return found[0]


@frappe.whitelist(methods=["POST"])
def confirm(organisation: str, company: str) -> None:
	"""Say which company an organisation keeps the books of. Nothing is read before, and nothing goes to Xero
	before ``go_live`` but what the pilot sends.
	"""
	need_manager_of(organisation)
	frappe.has_permission("Company", "read", company, throw=True)
	with _in_plain_words():
		organisations.confirm(FrappeStore(), organisation, company)
	jobs.after_commit("cycle", organisation)


@frappe.whitelist(methods=["POST"])
def go_live(organisation: str) -> None:
	"""End the pilot: what is saved and submitted from now on goes to Xero by itself."""
	need_manager_of(organisation)
	with _in_plain_words():
		organisations.go_live(FrappeStore(), wiring.SiteClock(), organisation)
	if frappe.db.get_value("Xero Organisation", organisation, "contact_groups"):
		outbox.groups_chosen(organisation)
	jobs.after_commit("cycle", organisation)


@frappe.whitelist(methods=["POST"])
def disconnect(organisation: str) -> None:
	"""Take the organisation off the login in Xero; the last one ends the login. What was synced stays."""
	need_manager_of(organisation)
	doc = frappe.get_doc("Xero Organisation", organisation)
	store = FrappeStore()
	others = {"login": doc.login, "status": ("!=", "Disconnected"), "name": ("!=", doc.name)}
	last = not store.find("Xero Organisation", others, fields=["name"], limit=1)
	with _in_plain_words():
		try:
			_let_go(wiring.tokens(doc.login), doc.connection_id, last)
		except Disconnected:
			pass  # Xero has let go of it already
	with store.transaction():
		organisations.disconnect(store, organisation)
		if last:
			SiteTokens(doc.login).forget()


@frappe.whitelist(methods=["POST"])
def refresh(organisation: str) -> None:
	"""Read accounts, tax rates, currencies and lock dates again, while the caller waits."""
	need_manager_of(organisation)
	report = wiring.engine(organisation).refresh_reference(pickers=True)
	if report.stopped:
		refuse(report.stopped, title=_("Xero"))


@frappe.whitelist(methods=["POST"])
def sync_now(organisation: str) -> None:
	"""Send and read now instead of at the next turn."""
	need_manager_of(organisation)
	known = states_of([organisation])
	if reason := blocked([{**row, "pause_push": row["pause_push"] and row["pause_pull"]} for row in known]):
		refuse(reason, title=_("Xero"))
	jobs.start("cycle", organisation)


@frappe.whitelist(methods=["POST"])
def reconcile(organisation: str) -> str:
	"""Read everything in Xero and compare it with what is here; returns the name of the Xero Reconciliation
	that says how far it is.
	"""
	need_manager_of(organisation)
	with _in_plain_words():
		name = reconciliations.ask(FrappeStore(), wiring.SiteClock(), organisation)
	jobs.after_commit("reconcile", organisation)
	return name


def _let_go(tokens: Tokens, connection_id: str, last: bool) -> None:
	token = tokens.current()
	tokens.app.disconnect(token, connection_id)
	if last:
		tokens.app.revoke(token)


def _register(kind: str, token: Token) -> list[str]:
	"""Keep the tokens and the organisations that they reach; returns the tenant ids."""
	connections = wiring.oauth_app(kind).connections(token)
	if not connections:
		raise SyncError(_("Xero connected no organisation. Choose one on Xero's page and try again."))
	store, login = FrappeStore(), _login(kind)
	SiteTokens(login).save(token)
	with store.transaction():
		found = organisations.register(store, connections, login, is_demo=kind == wiring.DEMO)
	for organisation in found:
		wiring.engine(organisation).refresh_reference(pickers=True)
	return found


def _login(kind: str) -> str:
	"""The login of this person and app: connecting again renews it."""
	store, user = FrappeStore(), frappe.session.user
	values = {"kind": kind, "connected_by": user}
	known = store.find("Xero Login", values, fields=["name"], limit=1)
	connected = {"connected_at": utc_text(wiring.SiteClock().now()), "status": "Connected"}
	with store.transaction():
		if known:
			store.update("Xero Login", known[0]["name"], connected)
			return str(known[0]["name"])
		return store.insert({"doctype": "Xero Login", "title": f"{user} ({kind})", **values, **connected})


def _need_credentials() -> None:
	settings = frappe.get_doc("Xero Settings")
	if not settings.client_id or not settings.get_password("client_secret", raise_exception=False):
		frappe.throw(_("Enter the client ID and the client secret of your Xero app in Xero Settings first."))


def _free_company() -> str:
	"""A company for the demo organisation: one with its currency that no real organisation has."""
	fitting = frappe.get_all(
		"Company", {"default_currency": DEMO_CURRENCY}, pluck="name", order_by="creation"
	)
	if not fitting:
		frappe.throw(
			_("The demo organisation keeps its books in {0}, and no company here does.").format(DEMO_CURRENCY)
		)
	taken = frappe.get_all("Xero Organisation", {"enabled": 1, "is_demo": 0}, pluck="company")
	free = [company for company in fitting if company not in taken]
	if not free:
		frappe.throw(
			_("{0} syncs with an organisation of its own. Disconnect that one to try the demo.").format(
				fitting[0]
			)
		)
	default = frappe.defaults.get_user_default("Company")
	return default if default in free else free[0]


def _need_address() -> None:
	"""Xero sends people back over https only, or to this very machine."""
	address = urlsplit(redirect_url())
	if address.scheme != "https" and address.hostname != "localhost":
		frappe.throw(
			_(
				"Xero takes only redirect URLs that begin with https:// or http://localhost. Open this site"
				" at such an address, or set host_name in its configuration, and try again."
			),
			title=_("Not at This Address"),
		)


def _state_key(state: str) -> str:
	return f"xero_connector_state|{frappe.session.sid}|{state}"


def _take_state(state: str) -> str | None:
	"""The proof key kept under this state in this session; it is good for one use."""
	key = _state_key(state)
	verifier = frappe.cache.get_value(key, expires=True)
	used_first = frappe.cache.delete(frappe.cache.make_key(key))
	return verifier if used_first else None


def _page(message: str, colour: str = "red") -> None:
	frappe.respond_as_web_page(
		_("Not Connected to Xero"),
		escape_html(message),
		http_status_code=400,
		indicator_color=colour,
		primary_action=get_url_to_form("Xero Settings", "Xero Settings"),
		primary_label=_("Back to Xero Settings"),
		fullpage=True,
	)
	frappe.local.response["context"].pop("error_code")  # a number that says nothing to the reader


@contextmanager
def _in_plain_words() -> Iterator[None]:
	"""What Xero or the engine says, to the person who asked."""
	try:
		yield
	except (XeroError, SyncError, StoreError) as error:
		refuse(_said(error), title=_("Xero"))


def _said(error: Exception) -> str:
	"""An error in words, with what to do where only waiting or the network helps."""
	if not isinstance(error, Unreachable):
		return str(_(str(error)))
	return f"{error} " + _("Try again later, or ask whether this server may reach the internet.")
