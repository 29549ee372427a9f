"""What people did, for the final account: whose word must stand where."""

from __future__ import annotations

from dataclasses import dataclass, field

CANARY = "canary"
"""Stands in every personal detail that people enter, so that one in a log is seen."""


@dataclass
class Journal:
	"""Edits that must not be lost, and what finance changed in Xero."""

	local: dict[tuple[str, str], str] = field(default_factory=dict)
	"""(customer, path of the contact) to what was entered last in ERPNext, when Xero had the contact."""
	finance: dict[tuple[str, str], tuple[str, int]] = field(default_factory=dict)
	"""(contact id, path) to what finance entered last in a contact of ours, and the wire's tick then."""
	finance_invoices: set[str] = field(default_factory=set)
	"""Invoices of which finance changed the lines."""
