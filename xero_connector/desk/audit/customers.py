"""Customers that are there twice, and what Xero would refuse or miss of them.

All of it is found in SQL: a site may have fifty thousand customers. What a customer's fields are comes from
the field map, what Xero refuses from the mapping.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import frappe
from frappe import _

from xero_connector.desk.audit.findings import (
	ADDRESS,
	DUPLICATES,
	EMAIL,
	MUST,
	SHOULD,
	SHOWN,
	Finding,
	Found,
)
from xero_connector.desk.permissions import seen_by_manager
from xero_connector.mapping.contact import refusal
from xero_connector.mapping.fields import DEFAULT_FIELD_MAP, FROM_XERO, XERO_FIELDS
from xero_connector.store.frappe import FrappeStore

CHECKED = 5000
MOST, NAMED = 10, 4
"""Of a group of duplicates so many are listed, and so many named beside each."""

TABLES = {"Customer": "tabCustomer", "Contact": "tabContact", "Address": "tabAddress"}
"""The documents of a customer, as they are joined: its main Contact and Address."""

EMAIL_OF = "if(`tabContact`.name is null, `tabCustomer`.email_id, `tabContact`.email_id)"
"""Where the customer has no Contact, it carries a copy."""

SAME = {
	"name": "lower(replace(`tabCustomer`.customer_name, ' ', ''))",
	"email": f"lower(trim({EMAIL_OF}))",
	"tax": "upper(replace(replace(replace(`tabCustomer`.tax_id, ' ', ''), '-', ''), '.', ''))",
}
"""What two customers that are one have in common."""

ODD_EMAIL = " or ".join(
	(
		"{0} not like '%%_@_%%._%%'",
		*(f"{{0}} like '{odd}'" for odd in ("%%@%%@%%", "%%@.%%", "%%..%%", "%%.")),
		*(f"{{0}} regexp '{odd}'" for odd in ("[[:space:]]", "[^ -~]")),
	)
)
"""SQL that holds for every address that the mapping refuses, and for a few others."""


def duplicates(limit: int = SHOWN) -> Found:
	"""Groups of customers of the same name, email or tax number; the members of a group stand together."""
	reasons: dict[tuple[str, ...], list[str]] = {}
	oldest: set[str] = set()
	is_whole = True
	for field, key in SAME.items():
		exact = f"convert({key} using utf8mb4) collate utf8mb4_bin"
		groups = _sql(
			f"select {exact} as same, min(`tabCustomer`.name) from {_source()}"
			" group by same having same != '' and count(*) > 1"
		)
		oldest.update(row[1] for row in groups)
		is_whole = is_whole and len(groups) <= limit
		members: dict[str, list[str]] = {}
		for same, name in _members(exact, [row[0] for row in groups[:limit]]):
			members.setdefault(same, []).append(name)
		for names in members.values():
			reasons.setdefault(tuple(names), []).append(field)
	found: list[Finding] = []
	for names, alike in sorted(reasons.items(), key=lambda group: ("name" not in group[1], group[0])):
		if len(found) >= limit:
			break
		found += _group(names, alike)
	return Found(DUPLICATES, len(reasons) if is_whole else len(oldest), found)


def _group(names: tuple[str, ...], alike: Sequence[str]) -> Iterator[Finding]:
	words = {"name": _("name"), "email": _("email"), "tax": _("tax number")}
	same = ", ".join(words[field] for field in alike)
	advice = _("If they are one, merge them. Xero takes a name only once.")
	severity = MUST if "name" in alike else SHOULD
	for name in names[:MOST]:
		others = [other for other in names[:NAMED] if other != name]
		more = len(names) - 1 - len(others)
		said = ", ".join([*others, *([_("{0} more").format(more)] if more else [])])
		what = _("{0} has the same {1} as {2}.").format(name, same, said)
		yield Finding(DUPLICATES, severity, what, advice, "Customer", name, names[:MOST])


def _members(key: str, keys: Sequence[str]) -> Iterator[tuple[str, str]]:
	"""The customers that have one of these keys, as (key, name), the oldest first."""
	for at in range(0, len(keys), 200):
		yield from _sql(
			f"select {key} as same, `tabCustomer`.name from {_source()}"
			" having same in %(keys)s order by `tabCustomer`.creation",
			keys=tuple(keys[at : at + 200]),
		)


def fields(kind: str, currencies: Sequence[str] = (), limit: int = SHOWN) -> Found:
	"""What the mapping refuses in the fields that go to Xero: in emails, or in all others, as ``kind`` says.
	``currencies``: those of the organisation. At most ``CHECKED`` customers with something odd are looked at.
	"""
	lines = [
		(line, column)
		for line in _outgoing()
		if (kind == EMAIL) == (line["xero_field"] == "EmailAddress") and (column := _column(line))
	]
	odd = " or ".join(filter(None, (_odd(line["xero_field"], column, currencies) for line, column in lines)))
	if not odd:
		return Found(kind, 0)
	rows = _sql(
		f"""
		select `tabCustomer`.name as customer, `tabContact`.name, `tabAddress`.name,
			{", ".join(column for _line, column in lines)}
		from {_source()} where {odd} order by `tabCustomer`.creation desc limit {CHECKED}
		""",
		currencies=tuple(currencies) or ("",),
	)
	found: list[Finding] = []
	for customer, contact, address, *values in rows:
		holders = {"Customer": customer, "Contact": contact, "Address": address}
		for (line, _named), value in zip(lines, values, strict=True):
			refused = refusal(line["xero_field"], " ".join(str(value or "").split()), currencies)
			if refused:
				doctype = line["erp_doctype"] if holders[line["erp_doctype"]] else "Customer"
				what = f"{customer}: {_(refused[1])}"
				found.append(Finding(kind, MUST, what, _(refused[2]), doctype, holders[doctype]))
	return Found(kind, len(found), found[:limit])


def _outgoing() -> list[Any]:
	lines = FrappeStore().find("Xero Field Map", {"enabled": 1}) or DEFAULT_FIELD_MAP
	return [line for line in lines if line["direction"] != FROM_XERO and line["erp_doctype"] in TABLES]


def _column(line: Any) -> str:
	"""The column of a line of the map; empty where the field has none."""
	source, field = line["erp_doctype"], line["erp_field"]
	if source == "Contact" and field == "email_id":
		return EMAIL_OF
	return f"`{TABLES[source]}`.`{field}`" if frappe.db.has_column(source, field) else ""


def _odd(path: str, column: str, currencies: Sequence[str]) -> str:
	"""SQL for the values that may be refused, empty where none ever is."""
	known = XERO_FIELDS.get(path)
	odd = [f"char_length({column}) > {known.length}"] if known and known.length else []
	if path == "Name":
		odd += [f"ifnull({column}, '') = ''", f"{column} like '%%<%%'", f"{column} like '%%>%%'"]
	if path == "EmailAddress":
		odd.append(f"{column} != '' and ({ODD_EMAIL.format(column)})")
	if path == "DefaultCurrency" and currencies:
		odd.append(f"ifnull({column}, '') != '' and {column} not in %(currencies)s")
	return " or ".join(f"({condition})" for condition in odd)


def without_email(limit: int = SHOWN) -> Found:
	"""Customers that an invoice cannot be mailed to."""
	advice = _("Give its primary contact one, or Xero cannot mail its invoices.")
	total, rows = _lacking(f"ifnull({EMAIL_OF}, '') = ''", limit)
	return Found(
		EMAIL,
		total,
		[
			Finding(
				EMAIL, SHOULD, _("{0} has no email address.").format(row.name), advice, "Customer", row.name
			)
			for row in rows
		],
	)


def without_address(limit: int = SHOWN) -> Found:
	"""Customers without a primary address, or with one that says too little."""
	needed = ("name", "address_line1", "city", "country")
	total, rows = _lacking(" or ".join(f"ifnull(`tabAddress`.{field}, '') = ''" for field in needed), limit)
	return Found(ADDRESS, total, [_address_finding(row) for row in rows])


def _address_finding(row: Any) -> Finding:
	if row.address:
		parts = ((_("street"), row.street), (_("city"), row.city), (_("country"), row.country))
		lacks = ", ".join(label for label, value in parts if not value)
		what = _("The address of {0} has no {1}.").format(row.name, lacks)
		return Finding(ADDRESS, SHOULD, what, _("Complete it."), "Address", row.address)
	if row.others:
		what = _("{0} has addresses, but no primary one: none goes to Xero.").format(row.name)
		advice = _("Choose its Customer Primary Address.")
	else:
		what, advice = _("{0} has no address.").format(row.name), _("Add its billing address.")
	return Finding(ADDRESS, SHOULD, what, advice, "Customer", row.name)


def _lacking(condition: str, limit: int) -> tuple[int, list[Any]]:
	"""How many customers this SQL holds for, and the newest of them."""
	total = _sql(f"select count(*) from {_source()} where {condition}")[0][0]
	if not total or not limit:
		return total, []
	rows = _sql(
		f"""
		select `tabCustomer`.name, `tabAddress`.name as address, `tabAddress`.address_line1 as street,
			`tabAddress`.city, `tabAddress`.country, exists (
				select 1 from `tabDynamic Link` link where link.parenttype = 'Address'
				and link.link_doctype = 'Customer' and link.link_name = `tabCustomer`.name
			) as others
		from {_source()} where {condition} order by `tabCustomer`.creation desc limit {limit}
		""",
		as_dict=True,
	)
	return total, rows


def _source() -> str:
	"""The customers in use that the caller may see, with their main Contact and Address, as a table."""
	seen = seen_by_manager("Customer").replace("%", "%%")
	conditions = f"where `tabCustomer`.disabled = 0 {f'and ({seen})' if seen else ''}"
	return f"""
		(select * from `tabCustomer` {conditions}) `tabCustomer`
		left join `tabContact` on `tabContact`.name = `tabCustomer`.customer_primary_contact
		left join `tabAddress` on `tabAddress`.name = `tabCustomer`.customer_primary_address
	"""


def _sql(query: str, *, as_dict: bool = False, **values: Any) -> list[Any]:
	return list(frappe.db.sql(query, {**values, "": ""}, as_dict=as_dict))
