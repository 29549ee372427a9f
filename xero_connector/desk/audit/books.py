"""Orders and invoices whose taxes, charges or accounts have no usable place in Xero."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import frappe
from frappe import _

from xero_connector.desk import choices, shapes
from xero_connector.desk.audit.findings import BOOKS, DOCUMENTS, MUST, Finding, Found
from xero_connector.desk.shapes import DATE, Seen
from xero_connector.mapping.books import Books
from xero_connector.mapping.invoice import to_credit_note, to_invoice
from xero_connector.mapping.problem import MappingError, Problem
from xero_connector.mapping.quote import to_quote
from xero_connector.store.frappe import FrappeStore
from xero_connector.sync.entities import CREDIT_NOTE, INVOICE, ORDER, QUOTATION, QUOTE, entity_of
from xero_connector.sync.errors import ODD_DATA
from xero_connector.sync.plan_documents import gather_facts

NEWEST = 200
"""So many of the newest open documents are mapped from end to end, and not sent."""

OPEN = {
	ORDER: "doc.status not in ('Closed', 'Completed')",
	INVOICE: "doc.outstanding_amount != 0",
	QUOTATION: "doc.status in ('Open', 'Replied', 'Partially Ordered')",
}

TO = {QUOTE: to_quote, CREDIT_NOTE: to_credit_note}
ORGANISATION = "Xero Organisation"

Causes = dict[tuple[str, str], tuple[Problem, tuple[str, str], int]]
"""By cause and what it is about: the problem, the newest document that has it, and how many do."""


def accounts_and_taxes(settings: dict[str, Any], books: Books) -> Found:
	"""Choices that Xero would not take, and what the documents of a year need and cannot get."""
	doc = frappe.get_doc(ORGANISATION, settings["name"])
	found = [
		Finding(BOOKS, MUST, _(unfit.refusal.message), _(unfit.refusal.advice), ORGANISATION, doc.name)
		for unfit in choices.unfit_choices(doc)
	]
	causes: Causes = {}
	for seen in shapes.seen(settings, books, templates=False):
		for problem in _certain(seen, books):
			_add(causes, problem, seen.shape.example, seen.shape.documents)
	found += _findings(BOOKS, causes)
	return Found(BOOKS, len(found), found)


def _certain(seen: Seen, books: Books) -> Iterator[Problem]:
	"""The problems of a shape. Of a tax that the tax map names for some countries only, nothing is known
	without the address.
	"""
	by_address = {(rule.account, rule.rate) for rule in books.tax_rules if rule.country or rule.state}
	taxes = {
		(account, line.tax.rate) for line in seen.bill.lines if line.tax for account in line.tax.accounts
	}
	for problem in seen.problems:
		if problem.cause != "tax-not-mapped" or not taxes & by_address:
			yield problem


def documents(settings: dict[str, Any], books: Books, said: Iterable[Finding] = ()) -> Found:
	"""What is in the way of the newest open documents, besides what was ``said`` already."""
	store, causes = FrappeStore(), Causes()
	known = {finding.what for finding in said}
	for doctype, name in _newest(settings):
		doc = store.get(doctype, name)
		try:
			mapped = TO.get(entity_of(doc), to_invoice)
			mapped(doc, "", books, gather_facts(store, doc, books))
		except MappingError as error:
			problems = error.problems
		except ODD_DATA as error:
			message = f"It cannot be read: {type(error).__name__}: {error}."
			problems = [
				Problem("not-understood", message, "Look for what is unusual about it.", doctype, name, "")
			]
		else:
			continue
		for problem in problems:
			if _(problem.message) not in known:
				_add(causes, problem, (doctype, name), 1)
	found = _findings(DOCUMENTS, causes)
	return Found(DOCUMENTS, len(found), found)


def _newest(settings: dict[str, Any]) -> list[tuple[str, str]]:
	"""The newest open documents that go to Xero by the organisation's choices and are not there yet."""
	found: list[tuple[Any, str, str]] = []
	for doctype in shapes.looked_at(settings):
		rows = frappe.db.sql(
			f"""
			select doc.{DATE[doctype]}, %(doctype)s, doc.name from `tab{doctype}` doc
			where doc.company = %(company)s and doc.docstatus = 1 and {OPEN[doctype]}
			and doc.{DATE[doctype]} >= %(since)s and not exists (
				select 1 from `tabXero Link` link where link.organisation = %(organisation)s
				and link.reference_doctype = %(doctype)s and link.reference_name = doc.name
			)
			order by doc.{DATE[doctype]} desc, doc.creation desc limit {NEWEST}
			""",
			{
				"doctype": doctype,
				"company": settings.get("company"),
				"since": shapes.since(),
				"organisation": settings["name"],
			},
		)
		found += rows
	return [(doctype, name) for _date, doctype, name in sorted(found, reverse=True)[:NEWEST]]


def _add(causes: Causes, problem: Problem, example: tuple[str, str], count: int) -> None:
	"""Problems of the organisation differ by what they say; of documents by their cause alone."""
	about = problem.message if problem.doctype == ORGANISATION else problem.field
	kept = causes.get((problem.cause, about), (problem, example, 0))
	causes[problem.cause, about] = (*kept[:2], kept[2] + count)


def _findings(kind: str, causes: Causes) -> list[Finding]:
	return [
		Finding(kind, MUST, _(problem.message), _(problem.advice), *example, documents=count)
		for problem, example, count in sorted(causes.values(), key=lambda cause: -cause[2])
	]
