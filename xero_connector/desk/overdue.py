"""Before a new Quotation or Sales Order: what its customer owes in Xero already."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import frappe
from erpnext.selling.doctype.customer.customer import get_credit_limit
from frappe import _
from frappe.model.document import Document
from frappe.utils import escape_html, flt, fmt_money, formatdate, getdate, nowdate

from xero_connector.desk.permissions import may_see_money
from xero_connector.mapping.mirror import OVERDUE, PART_PAID, SENT

OFF, BLOCK = "Off", "Block"


@dataclass(frozen=True)
class Debt:
	"""What a customer owes one company, in the currency of its books."""

	due: float
	overdue: float
	"""The part of it that counts as overdue, by the days that the admin chose."""
	since: date | None
	"""When the oldest open invoice was due."""


@frappe.whitelist(methods=["GET"])
def look(customer: str, company: str, total: float = 0) -> str | None:
	"""What a rep must know before selling for ``total`` (company's currency) to this customer, as HTML."""
	frappe.has_permission("Customer", "read", customer, throw=True)
	return warning(customer, company, flt(total))


def validate(doc: Document, method: str | None = None) -> None:
	"""Say it when a draft is saved."""
	text = _warning_for(doc) if doc.docstatus == 0 else None
	if text:
		frappe.msgprint(text, alert=True, indicator="orange")


def before_submit(doc: Document, method: str | None = None) -> None:
	"""Where the admin chose to block, only people with the role that the admin named go on."""
	settings = frappe.get_cached_doc("Xero Settings")
	role = settings.overdue_role
	if settings.overdue_action != BLOCK or role in frappe.get_roles():
		return
	text = _warning_for(doc)
	if text:
		allowed = _("Only people with the role {0} may submit it.").format(frappe.bold(_(role)))
		frappe.throw(f"{text} {allowed}" if role else text, title=_("Not Submitted"))


def warning(customer: str, company: str, total: float) -> str | None:
	"""The warning in HTML, with amounts if the caller may see them; None where all is well."""
	settings = frappe.get_cached_doc("Xero Settings")
	if settings.overdue_action == OFF:
		return None
	debt, limit = debt_of(customer, company, settings.overdue_days), get_credit_limit(customer, company)
	with_amounts, texts = may_see_money(customer), []
	name = frappe.bold(escape_html(frappe.db.get_value("Customer", customer, "customer_name")))
	money = _money_in(company)
	if debt.overdue > 0:
		texts.append(
			_("{0} owes {1} that is overdue, some of it since {2}.").format(
				name, money(debt.overdue), formatdate(debt.since)
			)
			if with_amounts
			else _("{0} has overdue invoices, some of them since {1}.").format(name, formatdate(debt.since))
		)
	if limit and debt.due > 0 and debt.due + total > limit:
		texts.append(
			_("{0} would owe {1} with this, more than the credit limit of {2}.").format(
				name, money(debt.due + total), money(limit)
			)
			if with_amounts
			else _("{0} would owe more than the credit limit with this.").format(name)
		)
	return " ".join(texts) or None


def debt_of(customer: str, company: str, overdue_days: int) -> Debt:
	"""The open invoices of a customer in the books of a company. ``overdue_days``: fewer do not count."""
	late = getdate(nowdate()) - timedelta(days=max(overdue_days, 1))
	found = frappe.db.sql(
		"""
		select sum(base_due), sum(case when due_date <= %(late)s then base_due else 0 end), min(due_date)
		from `tabXero Invoice`
		where customer = %(customer)s and payment_status in %(open)s
			and organisation in (select name from `tabXero Organisation` where company = %(company)s)
		""",
		{"late": late, "customer": customer, "company": company, "open": (SENT, PART_PAID, OVERDUE)},
	)
	due, overdue, oldest = found[0]
	return Debt(flt(due, 2), flt(overdue, 2), oldest)


def _warning_for(doc: Document) -> str | None:
	if doc.doctype == "Quotation" and doc.quotation_to != "Customer":
		return None
	customer = doc.party_name if doc.doctype == "Quotation" else doc.customer
	return warning(customer, doc.company, flt(doc.base_rounded_total or doc.base_grand_total))


def _money_in(company: str) -> Callable[[float], str]:
	currency = frappe.get_cached_value("Company", company, "default_currency")
	return lambda amount: frappe.bold(escape_html(fmt_money(amount, currency=currency)))
