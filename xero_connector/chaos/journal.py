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
	finance_credits: set[str] = field(default_factory=set)
	"""Credits that finance allocated."""
	made_from: dict[str, str] = field(default_factory=dict)
	"""Sales Invoice to its order, amended order to the one before: all of them are one sale."""
	credited: set[str] = field(default_factory=set)
	"""Returns of what was billed in Xero when they were submitted."""

	def sale(self, name: str) -> str:
		"""The sale of an order or a Sales Invoice: its first document."""
		while name in self.made_from:
			name = self.made_from[name]
		return name
