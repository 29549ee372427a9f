"""Xero organisations and the companies they keep the books of."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from xero_connector.clock import Clock, utc_text
from xero_connector.store.protocol import Doc, Store
from xero_connector.sync import outbox
from xero_connector.sync.errors import SyncError
from xero_connector.sync.leads import SENT_BY
from xero_connector.sync.withdraw import withdraw
from xero_connector.xero.login import Connection

NOT_CONFIRMED, CONNECTED = "Not Confirmed", "Connected"
RECONNECT_NEEDED, DISCONNECTED = "Reconnect Needed", "Disconnected"

PAUSE = {"push": "pause_push", "pull": "pause_pull"}
"""The choice that keeps one direction of an organisation from running."""

CHOICES = {
	"push_customers": 1,
	"invoice_trigger": "Sales Order Submit",
	"order_billing": "Whole Order",
	"invoice_status": "Draft",
	"quote_trigger": "By Hand",
	"quote_status": "Draft",
	"rounding_policy": "Add Rounding Line",
	"rounding_limit": Decimal("0.10"),
}
"""What a new organisation starts with."""


def register(
	store: Store, connections: Iterable[Connection], login: str | None, *, is_demo: bool = False
) -> list[str]:
	"""Keep the organisations that a login may use; returns their tenant ids. Nothing syncs before
	``confirm``.

	One that was confirmed before and comes back is connected again at once.
	"""
	tenants = []
	for connection in connections:
		tenants.append(connection.tenant_id)
		known = store.get("Xero Organisation", connection.tenant_id)
		link = {
			"login": login,
			"connection_id": connection.id,
			"status_message": None,
			"reconnect_told": 0,
		}
		if known is None:
			store.insert(
				{
					"doctype": "Xero Organisation",
					"name": connection.tenant_id,
					"tenant_id": connection.tenant_id,
					"organisation_name": connection.tenant_name,
					"is_demo": int(is_demo),
					"status": NOT_CONFIRMED,
					"enabled": 0,
					**CHOICES,
					**link,
				}
			)
		else:
			confirmed = known.get("status") in (CONNECTED, RECONNECT_NEEDED)
			status = CONNECTED if confirmed else NOT_CONFIRMED
			store.update("Xero Organisation", connection.tenant_id, {"status": status, **link})
	return tenants


def confirm(store: Store, organisation: str, company: str) -> None:
	"""Say which company's books these are, and let reading and the pilot begin: nothing goes to Xero by
	itself before ``go_live``. Those of another company than before begin with a pilot again, and what still
	waits is taken back.

	Raises ``SyncError`` if the organisation is not connected, or the company's currency is another one.
	"""
	doc = store.get("Xero Organisation", organisation)
	if doc is None or doc.get("status") not in (NOT_CONFIRMED, CONNECTED):
		raise SyncError("This organisation is not connected. Connect to Xero first.")
	if not doc.get("base_currency"):
		raise SyncError("The organisation's accounts have not been read yet. Refresh it first.")
	found = store.get("Company", company)
	if found and found.get("default_currency") != doc["base_currency"]:
		raise SyncError(
			f"{company} keeps its books in {found.get('default_currency')}, this Xero organisation in"
			f" {doc['base_currency']}. Choose the company with the same currency."
		)
	others = [other for other in accepting(store, company=company) if other["name"] != organisation]
	if others:
		raise SyncError(
			f"{company} already syncs with {others[0]['organisation_name']}."
			" Disconnect that organisation first."
		)
	confirmed: Doc = {"company": company, "status": CONNECTED, "enabled": 1}
	if doc.get("company") not in (None, "", company):
		confirmed["live_since"] = None
		withdraw(store, organisation, f"These are the books of {company} now.")
	store.update("Xero Organisation", organisation, confirmed)


def go_live(store: Store, clock: Clock, organisation: str) -> None:
	"""Let what is saved and submitted from now on go to Xero by itself.

	Raises ``SyncError`` before the organisation is confirmed.
	"""
	doc = store.get("Xero Organisation", organisation)
	if doc is None or doc.get("status") != CONNECTED or not doc.get("company"):
		raise SyncError("Confirm first whose books these are. Nothing syncs before.")
	if not is_live(doc):
		store.update("Xero Organisation", organisation, {"live_since": utc_text(clock.now())})


def is_live(organisation: Doc) -> bool:
	"""Whether documents go to it by themselves; before that it is in its pilot."""
	return bool(organisation.get("live_since"))


def takes_changes(store: Store, organisation: Doc, doctype: str, name: str) -> bool:
	"""Whether a document that it has a record of follows by itself: in the pilot only what was sent there and
	not taken back.
	"""
	if is_live(organisation):
		return True
	row = store.get("Xero Outbox", outbox.row_name(organisation["name"], doctype, name))
	return bool(row) and (row or {}).get("cause") != outbox.STOPPED


def mark_reconnect(store: Store, organisation: str, message: str) -> None:
	"""The login no longer reaches this organisation. The outbox stays until somebody connects again."""
	store.update("Xero Organisation", organisation, {"status": RECONNECT_NEEDED, "status_message": message})


def disconnect(store: Store, organisation: str) -> None:
	"""Stop the sync with this organisation. Links, log and mirrored invoices stay."""
	store.update(
		"Xero Organisation",
		organisation,
		{"status": DISCONNECTED, "enabled": 0, "connection_id": None, "status_message": None},
	)


def syncing(store: Store, **filters: object) -> list[Doc]:
	"""The organisations that sync now, without their tables."""
	return store.find("Xero Organisation", {"enabled": 1, "status": CONNECTED, **filters})


def accepting(store: Store, **filters: object) -> list[Doc]:
	"""The organisations that changes are kept for: those that sync, and those that wait, for a person to
	switch them on again or for a new login. Only with what says which changes they take: this is asked at
	every save.
	"""
	return store.find(
		"Xero Organisation",
		{"status": ("in", (CONNECTED, RECONNECT_NEEDED)), **filters},
		fields=(
			"organisation_name",
			"company",
			"invoice_trigger",
			"quote_trigger",
			"order_billing",
			"contact_groups",
			"live_since",
			*SENT_BY.values(),
		),
	)
