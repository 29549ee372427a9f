"""What a company uses besides taxes and charges: accounts, item groups, what lines are credited to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import frappe

from xero_connector.desk.shapes import looked_at, newest, newest_name, recent, since
from xero_connector.sync.entities import INVOICE


class Used(NamedTuple):
	"""In how many documents something is, and the newest of them (doctype and name)."""

	documents: int
	example: tuple[str, str]


def income_accounts(settings: dict[str, Any]) -> dict[str, Used]:
	"""The income accounts of Sales Invoices, where those go to Xero."""
	doctypes = [INVOICE] if INVOICE in looked_at(settings) else []
	return _grouped(settings, doctypes, "{0} Item", "income_account")


def item_groups(settings: dict[str, Any]) -> dict[str, Used]:
	"""The groups of the items that are sold."""
	return _grouped(settings, looked_at(settings), "{0} Item", "item_group")


def credited(settings: dict[str, Any], doctype: str) -> dict[str, Used]:
	"""The cost centres, projects, territories or sales persons of documents."""
	table, field = {
		"Cost Center": ("{0} Item", "cost_center"),
		"Project": ("{0}", "project"),
		"Territory": ("{0}", "territory"),
		"Sales Person": ("Sales Team", "sales_person"),
	}[doctype]
	return _grouped(settings, looked_at(settings), table, field)


def _grouped(settings: dict[str, Any], doctypes: Iterable[str], table: str, column: str) -> dict[str, Used]:
	"""The values of a column of documents, or of a table of theirs."""
	found: dict[str, Used] = {}
	values = {"company": settings.get("company"), "since": since()}
	for doctype in doctypes if settings.get("company") else ():
		source = table.format(doctype)
		if not frappe.db.has_column(source, column):
			continue
		parent = "name" if source == doctype else "parent"
		for value, count, name in frappe.db.sql(
			f"""
			select row.{column}, count(distinct doc.name), {newest(doctype)} from `tab{source}` row
			join `tab{doctype}` doc on doc.name = row.{parent}
			where {recent(doctype)} and ifnull(row.{column}, '') != '' group by row.{column}
			""",
			values,
		):
			before = found.get(value, Used(0, (doctype, newest_name(name))))
			found[value] = before._replace(documents=before.documents + count)
	return found


def income_of_groups(company: str | None) -> dict[str, str]:
	"""The income account that an item group has by default in a company, by group."""
	rows = frappe.get_all(
		"Item Default",
		{"parenttype": "Item Group", "company": company, "income_account": ("is", "set")},
		["parent", "income_account"],
	)
	return {row.parent: row.income_account for row in rows}


def money_accounts(company: str | None) -> dict[str, str]:
	"""The bank and cash accounts of a company, each with its currency."""
	filters = {"company": company, "is_group": 0, "disabled": 0, "account_type": ("in", ("Bank", "Cash"))}
	rows = frappe.get_all("Account", filters, ["name", "account_currency"], order_by="name")
	default = frappe.db.get_value("Company", company, "default_currency") if company else ""
	return {row.name: row.account_currency or default or "" for row in rows}


def payments_into(organisation: str) -> dict[str, int]:
	"""How many payments each account in Xero has received, by Xero's id of it."""
	rows = frappe.db.sql(
		"select account_id, count(*) from `tabXero Payment`"
		" where organisation = %s and ifnull(account_id, '') != '' group by account_id",
		organisation,
	)
	return dict(rows)


def tracking_options(organisation: str) -> dict[str, str]:
	"""The active options by their name here."""
	rows = frappe.get_all(
		"Xero Tracking Option", {"organisation": organisation, "status": "ACTIVE"}, ["name", "option_name"]
	)
	return {row.name: row.option_name or "" for row in rows}
