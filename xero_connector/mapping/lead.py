"""Leads and Prospects seen as the customers that they may become, so that one field map serves all three."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xero_connector.mapping.contact import Doc, Party


def lead_party(lead: Doc, address: Doc | None) -> Party:
	"""A Lead: the firm if it names one, with the lead as its person. ``address`` is one that is linked with
	it; without one, the town that the lead itself says.
	"""
	customer = {
		"doctype": "Lead",
		"name": lead["name"],
		"customer_name": lead.get("company_name") or lead.get("lead_name"),
	}
	return Party(customer, address or _of(lead, "city", "state", "country"), _person(lead))


def prospect_party(prospect: Doc, lead: Doc | None, contact: Doc | None, address: Doc | None) -> Party:
	"""A Prospect, with the Contact that is linked with it as its person, else its first Lead."""
	customer = {
		"doctype": "Prospect",
		"name": prospect["name"],
		"customer_name": prospect.get("company_name") or prospect["name"],
	}
	return Party(customer, address, contact or _person(lead or {}))


def _person(lead: Doc) -> dict[str, Any]:
	return _of(lead, "first_name", "last_name", "email_id", "phone", "mobile_no")


def _of(doc: Mapping[str, Any], *fields: str) -> dict[str, Any]:
	return {field: doc.get(field) for field in fields}
