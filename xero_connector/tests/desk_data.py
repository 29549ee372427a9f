"""What the tests in a browser make and ask on the site: people, things to sell, a connection.

Called by name through ``desk_server``; arguments and answers are plain data.
"""

from __future__ import annotations

from typing import Any

import frappe
from frappe.utils import add_days, today

from xero_connector.desk import connect, jobs
from xero_connector.tests import base
from xero_connector.tests.desk_site import company_here, settle


def value(doctype: str, filters: Any, field: Any) -> Any:
	"""A field of a document, or a list of several."""
	return frappe.db.get_value(doctype, filters, field)


def make(values: dict[str, Any], submit: bool = False) -> str:
	doc = frappe.get_doc(values).insert()
	if submit:
		doc.submit()
	return doc.name


def save(doctype: str, name: str, values: dict[str, Any]) -> None:
	frappe.get_doc(doctype, name).update(values).save()


def user(name: str, password: str, roles: list[str]) -> str:
	"""A desk user with these roles; returns the email address."""
	email = f"{name.lower().replace(' ', '.')}@example.com"
	frappe.defaults.set_user_default("company", company_here(), user=email)
	frappe.defaults.set_user_default("date_format", "dd-mm-yyyy", user=email)
	known = frappe.db.exists("User", email)
	values = {
		"doctype": "User",
		"email": email,
		"first_name": name.partition(" ")[0],
		"last_name": name.partition(" ")[2],
		"new_password": password,
		"send_welcome_email": 0,
		"language": "en",
		"roles": [{"role": role} for role in roles],
	}
	if known:
		save("User", email, values)
	else:
		make(values)
	return email


def customer(name: str, **values: Any) -> str:
	"""A company; returns its name, which may differ if there is one of that name."""
	kinds = {"customer_group": ("Customer Group", "Commercial"), "territory": ("Territory", "United Kingdom")}
	kind = {field: leaf(*usual) for field, usual in kinds.items()}
	return make({"doctype": "Customer", "customer_name": name, "customer_type": "Company", **kind, **values})


def leaf(doctype: str, usual: str) -> str:
	"""This one of a tree if it is there, else the first that may be chosen."""
	return frappe.db.exists(doctype, usual) or frappe.db.get_value(doctype, {"is_group": 0})


def item(code: str, name: str, **values: Any) -> str:
	"""Something that is not kept in stock; the one of this code if there is one."""
	if frappe.db.exists("Item", code):
		return code
	group = frappe.db.get_value("Item Group", {"is_group": 0})
	kind = {"item_group": group, "stock_uom": "Nos", "is_stock_item": 0}
	return make({"doctype": "Item", "item_code": code, "item_name": name, **kind, **values})


def sale(doctype: str, customer: str, lines: list[list[Any]], submit: bool = False, **values: Any) -> str:
	"""A Quotation or Sales Order in pounds with VAT on top; ``lines`` are item code, quantity and rate."""
	party = {"customer": customer} if doctype != "Quotation" else {"party_name": customer}
	vat = {"company": company_here(), "account_type": "Tax", "tax_rate": 20}
	tax = {"charge_type": "On Net Total", "description": "VAT", "rate": 20}
	return make(
		{
			"doctype": doctype,
			**party,
			"company": company_here(),
			"currency": "GBP",
			"conversion_rate": 1,
			"disable_rounded_total": 1,
			"transaction_date": today(),
			"delivery_date": add_days(today(), 7),
			"items": [{"item_code": code, "qty": qty, "rate": rate} for code, qty, rate in lines],
			"taxes": [{**tax, "account_head": frappe.db.get_value("Account", vat)}],
			**values,
		},
		submit,
	)


def connect_to(tenant: str, credentials: dict[str, str], choices: dict[str, Any] | None = None) -> None:
	"""Log in at Xero's page, allow this organisation, confirm it for the company and go live."""
	base.save_settings(**credentials)
	connect.callback(**base.log_in(tenant))
	frappe.db.commit()
	connect.confirm(tenant, company_here())
	connect.go_live(tenant)
	frappe.db.commit()
	settle()
	if choices:
		save("Xero Organisation", tenant, choices)


def cancel(doctype: str, name: str) -> None:
	frappe.get_doc(doctype, name).cancel()


def change_email(contact: str, email: str) -> None:
	"""Make this the address of a Contact."""
	doc = frappe.get_doc("Contact", contact)
	doc.email_ids[0].email_id = email
	doc.save()


def job(name: str, tenant: str) -> None:
	"""Run a job of ``desk/jobs.py`` for an organisation."""
	jobs.start(name, tenant)
	settle()
