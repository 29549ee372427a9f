"""Sales Invoices of people in ERPNext: direct or of an order, returns of them, and the button that bills."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from xero_connector.chaos import people
from xero_connector.chaos.world import TENANT, World
from xero_connector.store.protocol import Doc
from xero_connector.sync import links, triggers
from xero_connector.sync.entities import INVOICE, ORDER
from xero_connector.sync.errors import SyncError

NEGATED = ("qty", "amount", "net_amount")
TAXED = ("tax_amount", "tax_amount_after_discount_amount")
TOTALS = ("net_total", "total_taxes_and_charges", "grand_total")


def new_invoice(world: World, chance: Random, number: int) -> str:
	"""A submitted Sales Invoice without an order."""
	customer = people.pick(chance, world.store.find("Customer", {"disabled": 0}))
	if customer is None:
		return "no customer"
	invoice = _invoice(people.order(world, chance, f"SI-{number:03d}", str(customer["name"])))
	people.save(world, invoice)
	return f"{invoice['name']} for {invoice['customer']}: {invoice['grand_total']}"


def invoice_order(world: World, chance: Random, number: int) -> str:
	"""All of an order that has no Sales Invoice yet."""
	orders = world.store.find(ORDER, {"docstatus": 1})
	order = people.pick(chance, [row for row in orders if not people.invoices_of(world, row["name"])])
	if order is None:
		return "no order"
	name = f"SI-{number:03d}"
	lines = [{**line, "sales_order": order["name"]} for line in order["items"]]
	world.journal.made_from[name] = order["name"]
	people.save(world, _invoice({**order, "name": name, "items": lines, "amended_from": None}))
	return f"{name} of {order['name']}"


def return_invoice(world: World, chance: Random, number: int) -> str:
	"""All that a Sales Invoice sold comes back."""
	sold = people.pick(chance, [row for row in _standing(world) if not row.get("is_return")])
	if sold is None:
		return "nothing sold"
	name = f"RET-{number:03d}"
	if _is_billed(world, sold["name"]):
		world.journal.credited.add(name)
	people.save(
		world,
		{
			**{field: value for field, value in sold.items() if not field.startswith("xero_")},
			"name": name,
			"posting_date": world.clock.today().isoformat(),
			"is_return": 1,
			"return_against": sold["name"],
			"items": [_negated(line, NEGATED) for line in sold["items"]],
			"taxes": [_negated(tax, TAXED) for tax in sold["taxes"]],
			"payment_schedule": [],
			**_negated({field: sold[field] for field in TOTALS}, TOTALS),
		},
	)
	return f"{name} of {sold['name']}"


def cancel_invoice(world: World, chance: Random, number: int) -> str:
	"""One that nothing was returned of, or a return."""
	invoice = people.pick(chance, _standing(world))
	if invoice is None:
		return "no invoice"
	people.save(world, {**invoice, "docstatus": 2})
	return str(invoice["name"])


def ask_for_invoice(world: World, chance: Random, number: int) -> str:
	"""Somebody presses the button on an order or a Sales Invoice."""
	own = [row for row in world.store.find(INVOICE, {"docstatus": 1}) if not row.get("is_return")]
	doc = people.pick(chance, [*world.store.find(ORDER, {"docstatus": 1}), *own])
	if doc is None:
		return "nothing to bill"
	try:
		with world.store.transaction():
			triggers.request_invoice(world.store, world.clock, doc, people.USER)
	except SyncError as refused:
		return f"{doc['name']}: {refused}"
	return str(doc["name"])


def _invoice(order: Doc) -> Doc:
	"""A Sales Invoice with what an order says."""
	own = {field: value for field, value in order.items() if not field.startswith("xero_")}
	due = order["payment_schedule"][0]["due_date"]
	return {**own, "doctype": INVOICE, "posting_date": order["transaction_date"], "due_date": due}


def _negated(row: Doc, fields: tuple[str, ...]) -> dict[str, Any]:
	return {**row, **{field: -row[field] for field in fields}}


def _standing(world: World) -> list[Doc]:
	"""Submitted Sales Invoices that nothing was returned of, and returns."""
	rows = world.store.find(INVOICE, {"docstatus": 1})
	returned = {row.get("return_against") for row in rows}
	return [row for row in rows if row["name"] not in returned]


def _is_billed(world: World, name: str) -> bool:
	"""Whether a Sales Invoice, or its order, has an invoice in Xero."""
	keys = [(INVOICE, name), (ORDER, world.journal.made_from.get(name, ""))]
	return any(links.of_document(world.store, TENANT, *key) for key in keys)


ACTIONS: dict[str, Callable[[World, Random, int], str]] = {
	"new invoice": new_invoice,
	"invoice order": invoice_order,
	"return": return_invoice,
	"cancel invoice": cancel_invoice,
	"ask for invoice": ask_for_invoice,
}
