"""Accounts in Xero: those for everything, those of charges and income, those of items."""

from __future__ import annotations

from frappe import _

from xero_connector.desk import usage
from xero_connector.desk.unmapped.world import OPTIONAL, UNMAPPED, Row, Section, World, row_of
from xero_connector.mapping import suggest
from xero_connector.mapping.money import decimal_of
from xero_connector.mapping.taxes import FIXED

ACCOUNT = "Xero Account"


def general(world: World) -> Section:
	"""What the organisation itself says, for all documents."""
	zero = {
		name: str(row.get("rate_name") or "")
		for name, row in world.rates.items()
		if row["tax_type"] in world.books.rates and not decimal_of(row.get("effective_rate"))
	}
	suggested = {
		"sales_account": suggest.closest(["Sales"], world.line_accounts(account_class="REVENUE")),
		"no_tax_rate": suggest.closest(["No VAT", "No Tax", "Tax Exempt"], zero),
	}
	if world.doc.rounding_policy != "Hold":
		suggested["rounding_account"] = suggest.closest(["Rounding", "Round Off"], world.line_accounts())
	rows = []
	for field, suggestion in suggested.items():
		df, chosen = world.doc.meta.get_field(field), world.doc.get(field)
		judged = world.judged("", None, field) if chosen else {"state": UNMAPPED}
		row = row_of({"field": field}, _(df.label), chosen=chosen, suggested=suggestion, **judged)
		rows.append({**row, "picks": df.options, "note": row["note"] or _(df.description or "")})
	return Section("general", _("For Everything"), "", "", rows)


def lines(world: World) -> Section:
	"""Charges of the taxes table, taxes that are no rate, and the income of Sales Invoices."""
	found = _used(world)
	own = {row.account: row for row in world.doc.accounts}
	rows = []
	for account in dict.fromkeys((*found, *own)):
		row, use = own.get(account), found.get(account)
		if row:
			judged = world.judged("accounts", row, "xero_account")
		elif use and use["about"] == _("Tax of a fixed amount"):
			note = _("It is held, unless its account is named here: then it is on no tax return.")
			judged = {"state": UNMAPPED, "note": note}
		else:
			judged = {"state": OPTIONAL, "note": _("Goes to the sales account.")}
		income = use and use["about"] == _("Income")
		among = world.line_accounts(account_class="REVENUE") if income else world.line_accounts()
		suggestion = suggest.closest([account], among, abbr=world.abbr)
		chosen = row.xero_account if row else ""
		rows.append(
			row_of(
				{"account": account}, account, chosen=chosen, suggested=suggestion, **judged, **(use or {})
			)
		)
	about = _("Shipping and other charges of the taxes table, and the income accounts of Sales Invoices.")
	return Section("accounts", _("Charges and Income"), about, ACCOUNT, rows)


def _used(world: World) -> dict[str, Row]:
	"""By account: ``about``, ``used`` and ``example``."""
	found: dict[str, Row] = {}
	for seen in world.seen:
		charges = {line.account for line in seen.bill.lines if line.is_charge and line.account}
		fixed = {row[0] for row in seen.shape.rows if row[1] in FIXED} - charges
		for about, accounts in ((_("Charge"), charges), (_("Tax of a fixed amount"), fixed)):
			for account in sorted(accounts):
				use = {"about": about, "used": 0, "example": seen.shape.example}
				found.setdefault(account, use)["used"] += seen.shape.documents
	for account, use in usage.income_accounts(world.doc.as_dict()).items():
		shown = {"about": _("Income"), "used": use.documents, "example": use.example}
		found.setdefault(account, shown)
	return found


def item_groups(world: World) -> Section:
	"""The groups of what is sold, and what *Accounts of Items* names besides."""
	own = {(row.source_doctype, row.source_name): row for row in world.doc.item_accounts}
	used = {("Item Group", group): sold for group, sold in usage.item_groups(world.doc.as_dict()).items()}
	income = usage.income_of_groups(world.doc.company)
	rows = []
	for key in dict.fromkeys((*used, *own)):
		row, use = own.get(key), used.get(key)
		judged = {"state": OPTIONAL, "note": _("Goes to the sales account.")}
		if row:
			judged = world.judged("item_accounts", row, "xero_account")
		names = [key[1], *([income[key[1]]] if use and key[1] in income else [])]
		rows.append(
			row_of(
				{"source_doctype": key[0], "source_name": key[1]},
				key[1],
				about=_(key[0]),
				used=use.documents if use else 0,
				example=use.example if use else None,
				chosen=row.xero_account if row else "",
				suggested=suggest.closest(
					names, world.line_accounts(account_class="REVENUE"), abbr=world.abbr
				),
				**judged,
			)
		)
	about = _("Where the items of a group go elsewhere than to the sales account.")
	return Section("items", _("Items"), about, ACCOUNT, rows)
