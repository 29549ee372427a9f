"""What was won and has no invoice in Xero: submitted orders and won opportunities, as far as the caller may
see them.

Only what was made since an organisation went live counts, of the company whose books it keeps. A deal counts
once: an ordered quotation is counted by its orders, and so is an opportunity that has one.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import frappe
from frappe.desk.reportview import build_match_conditions

from xero_connector.clock import parse_utc
from xero_connector.desk.instants import local_of
from xero_connector.mapping.mirror import DEAD
from xero_connector.store.frappe import FrappeStore
from xero_connector.sync import links, organisations, requests
from xero_connector.sync.entities import OPPORTUNITY, ORDER

CENT = 0.005


class Deal(NamedTuple):
	"""A document to invoice. ``amount``: what is left of it to invoice, in the currency of the books."""

	doctype: str
	name: str
	amount: float
	currency: str


def won_not_invoiced() -> list[Deal]:
	"""The deals, of all organisations that are live. What is on its way to Xero counts until it is there."""
	doctypes = [doctype for doctype in _WON if frappe.has_permission(doctype, "read")]
	if not doctypes:
		raise frappe.PermissionError
	live = {
		"status": ("in", (organisations.CONNECTED, organisations.RECONNECT_NEEDED)),
		"live_since": ("!=", ""),
	}
	fields = ("company", "base_currency", "live_since")
	found = FrappeStore().find("Xero Organisation", live, fields=fields)
	return [deal for organisation in found for doctype in doctypes for deal in _deals(doctype, organisation)]


def _deals(doctype: str, organisation: dict[str, Any]) -> list[Deal]:
	seen = build_match_conditions(doctype).replace("%%", "%").replace("%", "%%") or "1 = 1"
	values = {
		"organisation": organisation["name"],
		"company": organisation["company"],
		"since": local_of(parse_utc(organisation["live_since"])),
		"doctype": doctype,
		"won": requests.WON,
		"gone": links.GONE,
		"dead": DEAD,
	}
	rows = frappe.db.sql(
		f"""
		select won.name, won.whole, won.rate, {_BILLED} as billed
		from ({_WON[doctype]} and ({seen})) won
		where won.whole > 0 and not exists ({_OWN_INVOICE})
		having whole - ifnull(billed, 0) > {CENT}
		""",
		values,
	)
	currency = organisation["base_currency"] or ""
	return [
		Deal(doctype, name, (float(whole) - float(billed or 0)) * float(rate or 1), currency)
		for name, whole, rate, billed in rows
	]


_LIVES = """
	l.organisation = %(organisation)s and ifnull(l.status, '') != %(gone)s and not exists (
		select 1 from `tabXero Invoice` i
		where i.organisation = l.organisation and i.xero_id = l.xero_id and i.xero_status in %(dead)s
	)"""
"""Whether the record of a link lives in Xero."""

_OWN_INVOICE = f"""
	select 1 from `tabXero Link` l
	where l.reference_doctype = %(doctype)s and l.reference_name = won.name and {_LIVES}"""

_BILLED = f"""(
	select sum(if(b.amount = 0, won.whole, b.amount)) from `tabXero Billed` b
	join `tabXero Link` l on l.reference_doctype = b.billed_doctype and l.reference_name = b.billed_name
	where b.organisation = %(organisation)s and b.source_doctype = %(doctype)s and b.source_name = won.name
		and {_LIVES}
)"""
"""What the invoices of other documents bill of one, in its currency. No amount stands for all of it."""

_WON = {
	ORDER: """
		select name, conversion_rate as rate,
			if(disable_rounded_total or ifnull(rounded_total, 0) = 0, grand_total, rounded_total) as whole
		from `tabSales Order`
		where docstatus = 1 and company = %(company)s and creation >= %(since)s
			and status not in ('Closed', 'Cancelled')""",
	OPPORTUNITY: """
		select name, conversion_rate as rate, if(total > 0, total, opportunity_amount) as whole
		from `tabOpportunity`
		where status = %(won)s and company = %(company)s and creation >= %(since)s
			and name not in (
				select q.opportunity from `tabSales Order Item` line
				join `tabQuotation` q on q.name = line.prevdoc_docname
				where line.docstatus = 1 and q.opportunity != ''
			)
			and name not in (
				select quoted.prevdoc_docname from `tabSales Order Item` line
				join `tabQuotation Item` quoted on quoted.parent = line.prevdoc_docname
				where line.docstatus = 1 and quoted.prevdoc_doctype = 'Opportunity'
					and quoted.prevdoc_docname != ''
			)""",
}
"""The documents that are won: what they come to in their own currency, and its rate to that of the books."""
