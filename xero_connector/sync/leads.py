"""Leads and Prospects: who becomes whom, so that one firm has one contact in Xero all along."""

from __future__ import annotations

from collections.abc import Iterator

from xero_connector.store.protocol import Doc, Store
from xero_connector.sync.context import first

FIRMS = ("Customer", "Prospect", "Lead")
"""Doctypes that become contacts."""

SENT_BY = {"Customer": "push_customers", "Prospect": "push_prospects", "Lead": "push_leads"}
"""The choice of an organisation that sends them."""


def predecessors(store: Store, doc: Doc) -> Iterator[tuple[str, str]]:
	"""What a Customer or Prospect was before, as (doctype, name): whose contact it takes over."""
	if doc["doctype"] == "Prospect":
		for row in doc.get("leads") or []:
			yield "Lead", str(row["lead"])
	if doc["doctype"] != "Customer":
		return
	if doc.get("prospect_name"):
		yield "Prospect", str(doc["prospect_name"])
	if doc.get("lead_name"):
		yield "Lead", str(doc["lead_name"])
		for prospect in prospects_of(store, str(doc["lead_name"])):
			yield "Prospect", prospect
	# Made from a Prospect or its Opportunity, a Customer keeps nothing of it but the name.
	yield "Prospect", str(doc.get("customer_name"))


def customer_of(store: Store, doc: Doc) -> str:
	"""The Customer that a Lead or Prospect has become; empty while it has not."""
	name = doc["name"]
	if doc["doctype"] == "Lead":
		wanted = [{"lead_name": name}]
	else:
		leads = [{"lead_name": row["lead"]} for row in doc.get("leads") or []]
		wanted = [{"prospect_name": name}, {"customer_name": name}, *leads]
	found = (first(store, "Customer", filters) for filters in wanted)
	return next((str(customer["name"]) for customer in found if customer), "")


def prospects_of(store: Store, lead: str) -> list[str]:
	"""The Prospects that a Lead belongs to."""
	return [doc["name"] for doc in store.find_by_row("Prospect", "leads", {"lead": lead})]
