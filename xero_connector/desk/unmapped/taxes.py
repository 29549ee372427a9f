"""The taxes that a company uses, and the rates that they become."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from frappe import _
from frappe.model.document import Document

from xero_connector.desk.unmapped.world import ITSELF, MAPPED, UNMAPPED, Row, Section, World, row_of
from xero_connector.mapping import suggest
from xero_connector.mapping.books import Whereabouts
from xero_connector.mapping.money import decimal_of
from xero_connector.mapping.taxes import Tax


@dataclass
class Use:
	"""Where a tax is used: in so many ``documents``, by the names of templates. ``example``: doctype and name
	of a document, or of a template.
	"""

	tax: Tax
	example: tuple[str, str]
	templates: dict[str, None] = field(default_factory=dict)
	documents: int = 0


def taxes(world: World) -> Section:
	"""Each tax in use, then what the tax map names besides."""
	rows, matched = [], set[int]()
	for use in _uses(world):
		own = [row for row in world.doc.taxes if _speaks_of(row, use.tax)]
		plain = next((row for row in own if not _is_narrowed(row)), None)
		matched.update([plain.idx] if plain else [])
		rows.append(_row(world, use, own, plain))
	for row in world.doc.taxes:
		if row.idx not in matched and not _is_narrowed(row):
			choice = {"account": row.account or "", "rate": row.rate}
			judged = world.judged("taxes", row, "tax_rate")
			rows.append(row_of(choice, _said(row), chosen=row.tax_rate, **judged))
	for row in rows:
		row["percent"] = row["choice"]["rate"]
	about = _(
		"A tax above zero finds the Xero rate of the same percentage by itself, if there is one only. A zero"
		" rate never does: zero-rated, exempt and outside the scope of VAT are different things."
	)
	return Section("taxes", _("Taxes"), about, "Xero Tax Rate", rows)


def _uses(world: World) -> list[Use]:
	uses: dict[Any, Use] = {}
	for seen in world.seen:
		shape = seen.shape
		for tax in {line.tax: None for line in seen.bill.lines if line.tax}:
			use = uses.setdefault((tax.accounts, tax.rate), Use(tax, shape.example))
			use.documents += shape.documents
			if template := shape.template or ("" if shape.documents else shape.example[1]):
				use.templates[template] = None
	return list(uses.values())


def _row(world: World, use: Use, own: list[Document], plain: Document | None) -> Row:
	"""``own``: the rows of the tax map that speak of this tax; ``plain``: that for all documents."""
	if plain:
		judged = world.judged("taxes", plain, "tax_rate")
	elif own:
		note = _("{0} rows of the Tax Map are for some documents only.").format(len(own))
		judged = {"state": MAPPED, "note": note}
	else:
		judged = _by_itself(world, use.tax)
	account = plain.account if plain else use.tax.accounts[0]
	return row_of(
		{"account": account, "rate": float(use.tax.rate)},
		str(use.tax),
		about=", ".join(use.templates),
		used=use.documents,
		example=use.example,
		chosen=plain.tax_rate if plain else "",
		suggested=_suggested(world, use),
		**judged,
	)


def _by_itself(world: World, tax: Tax) -> dict[str, str]:
	rate = world.books.tax_for(tax, Whereabouts())
	if rate:
		return {"state": ITSELF, "note": _("Becomes {0}.").format(rate)}
	if any(rate.rate == tax.rate for rate in world.books.rates.values()):
		return {"state": UNMAPPED, "note": _("Documents with it are held.")}
	note = _("Xero has no rate of {0} % for sales. Make one there and press Read Accounts Again.")
	return {"state": UNMAPPED, "note": note.format(f"{tax.rate:f}")}


def _suggested(world: World, use: Use) -> str:
	rate = suggest.tax_rate(
		use.tax,
		[*use.tax.accounts, *use.templates],
		world.books.rates.values(),
		abbr=world.abbr,
		preferred=world.books.sales_account_tax_type,
	)
	return next((name for name, row in world.rates.items() if rate and row["tax_type"] == rate.tax_type), "")


def _speaks_of(row: Document, tax: Tax) -> bool:
	return row.account in tax.accounts and decimal_of(row.rate) == tax.rate


def _is_narrowed(row: Document) -> bool:
	return any(row.get(field) for field in Whereabouts._fields)


def _said(row: Document) -> str:
	percent = f"{decimal_of(row.rate).normalize():f}"
	if row.account:
		return f"{row.account} {percent} %"
	return _("Opportunities, at {0} %").format(percent) if row.rate else _("Lines without any tax")
