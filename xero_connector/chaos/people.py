"""People in ERPNext: what they save, submit, cancel and delete, with what its document events do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from random import Random
from typing import Any

from xero_connector import embedded
from xero_connector.chaos.journal import CANARY
from xero_connector.chaos.world import COMPANY, TENANT, World
from xero_connector.store.protocol import Doc
from xero_connector.sync import links, outbox, triggers

USER = "rep@erp.test"
CENT = Decimal("0.01")
VAT = 20

FIELDS = {
	"customer_name": ("Customer", "Name"),
	"tax_id": ("Customer", "TaxNumber"),
	"first_name": ("Contact", "FirstName"),
	"last_name": ("Contact", "LastName"),
	"email_id": ("Contact", "EmailAddress"),
	"phone": ("Contact", "Phones[DEFAULT].PhoneNumber"),
	"mobile_no": ("Contact", "Phones[MOBILE].PhoneNumber"),
	"address_line1": ("Address", "Addresses[POBOX].AddressLine1"),
	"city": ("Address", "Addresses[POBOX].City"),
	"pincode": ("Address", "Addresses[POBOX].PostalCode"),
}
"""What people edit: field to its document and its path in the contact."""


def new_customer(world: World, chance: Random, number: int) -> str:
	"""A customer with address and contact; now and then one that shares an email with another."""
	name = f"CUST-{number:03d}"
	others = world.store.find("Contact", fields=["email_id"])
	shared = others and chance.random() < 0.15
	email = chance.choice(others)["email_id"] if shared else value_of("email_id", number)
	save(
		world,
		{"doctype": "Address", "name": f"{name}-A", **_values(("address_line1", "city", "pincode"), number)},
		{
			"doctype": "Contact",
			"name": f"{name}-C",
			**_values(("first_name", "last_name", "phone"), number),
			"email_id": email,
		},
		{
			"doctype": "Customer",
			"name": name,
			"customer_name": f"Customer {number}",
			"default_currency": "GBP",
			"disabled": 0,
			"customer_primary_address": f"{name}-A",
			"customer_primary_contact": f"{name}-C",
		},
	)
	return f"{name} with {email}" if shared else name


def edit_customer(world: World, chance: Random, number: int) -> str:
	"""One field of a customer, or of its address or contact; often of one that is just on its way to Xero."""
	away = {"reference_doctype": "Customer", "status": ("in", (outbox.SENDING, outbox.UNCERTAIN))}
	rows = world.store.find("Xero Outbox", away, fields=["reference_name"])
	found = world.store.find("Customer")
	if rows and chance.random() < 0.5:
		names = {row["reference_name"] for row in rows}
		found = [row for row in found if row["name"] in names]
	customer = pick(chance, found)
	if customer is None:
		return "nobody there"
	field = chance.choice(list(FIELDS))
	doctype, path = FIELDS[field]
	name = customer["name"] + {"Customer": "", "Contact": "-C", "Address": "-A"}[doctype]
	if world.truth.contact_of(customer["name"]) or links.of_document(
		world.store, TENANT, "Customer", customer["name"]
	):
		world.journal.local[customer["name"], path] = value_of(field, number)
	save(world, {"doctype": doctype, "name": name, field: value_of(field, number)})
	return f"{name}.{field}"


def disable_customer(world: World, chance: Random, number: int) -> str:
	"""Nobody should order for this customer any more."""
	customer = pick(chance, world.store.find("Customer", {"disabled": 0}))
	if customer is None:
		return "nobody there"
	save(world, {"doctype": "Customer", "name": customer["name"], "disabled": 1})
	return str(customer["name"])


def delete_customer(world: World, chance: Random, number: int) -> str:
	"""Only one without orders may go."""
	sales = (world.store.find(doctype, fields=["customer"]) for doctype in ("Sales Order", "Sales Invoice"))
	buyers = {row["customer"] for rows in sales for row in rows}
	found = [row for row in world.store.find("Customer") if row["name"] not in buyers]
	return _delete(world, "Customer", pick(chance, found))


def new_item(world: World, chance: Random, number: int) -> str:
	code = f"ITEM-{number:03d}"
	price = _price(chance)
	save(
		world,
		{
			"doctype": "Item",
			"name": code,
			"item_code": code,
			"item_name": f"Item {number}",
			"standard_rate": price,
		},
	)
	return f"{code} at {price}"


def edit_item(world: World, chance: Random, number: int) -> str:
	item = pick(chance, world.store.find("Item"))
	if item is None:
		return "nothing there"
	save(world, {"doctype": "Item", "name": item["name"], "item_name": f"Item renamed {number}"})
	return str(item["name"])


def new_order(world: World, chance: Random, number: int) -> str:
	"""A submitted order of one to three lines."""
	customer = pick(chance, world.store.find("Customer", {"disabled": 0}))
	if customer is None:
		return "no customer"
	made = order(world, chance, f"SO-{number:03d}", str(customer["name"]))
	save(world, made)
	return f"{made['name']} for {made['customer']}: {made['grand_total']}"


def edit_order(world: World, chance: Random, number: int) -> str:
	"""Lines, date of payment or the customer's reference of a submitted order."""
	found = pick(chance, world.store.find("Sales Order", {"docstatus": 1}))
	if found is None:
		return "no order"
	what = chance.choice(("lines", "due date", "reference"))
	if what == "lines" and invoices_of(world, found["name"]):
		return f"{found['name']}: its lines are invoiced"
	if what == "lines":
		change = _lines(world, chance)
	elif what == "due date":
		change = _due(world, chance)
	else:
		change = {"po_no": f"PO {number}"}
	save(
		world, {"doctype": "Sales Order", "name": found["name"], "docstatus": 1, "company": COMPANY, **change}
	)
	return f"{found['name']}: {what}"


def cancel_order(world: World, chance: Random, number: int) -> str:
	"""Only one that no Sales Invoice stands of."""
	orders = world.store.find("Sales Order", {"docstatus": 1})
	found = pick(chance, [row for row in orders if not invoices_of(world, row["name"])])
	if found is None:
		return "no order"
	save(world, {**found, "docstatus": 2})
	return str(found["name"])


def amend_order(world: World, chance: Random, number: int) -> str:
	"""A cancelled order comes back under a new name."""
	amended = {row.get("amended_from") for row in world.store.find("Sales Order")}
	cancelled = world.store.find("Sales Order", {"docstatus": 2})
	old = pick(chance, [row for row in cancelled if row["name"] not in amended])
	if old is None:
		return "nothing cancelled"
	name = f"{old['name']}-1"
	world.journal.made_from[name] = old["name"]
	save(world, {**order(world, chance, name, old["customer"]), "amended_from": old["name"]})
	return name


def delete_order(world: World, chance: Random, number: int) -> str:
	"""Only a cancelled order may go, of which nothing was made."""
	named = {row["items"][0].get("sales_order") for row in world.store.find("Sales Invoice")}
	named |= {row.get("amended_from") for row in world.store.find("Sales Order")}
	cancelled = world.store.find("Sales Order", {"docstatus": 2})
	return _delete(world, "Sales Order", pick(chance, [row for row in cancelled if row["name"] not in named]))


def save_held(world: World, chance: Random, number: int) -> str:
	"""Somebody looks at what is held, and saves it again."""
	held = {"status": "Held", "reference_doctype": ("!=", "Xero Link")}
	row = pick(chance, world.store.find("Xero Outbox", held))
	doc = world.store.get(row["reference_doctype"], row["reference_name"]) if row else None
	if doc is None:
		return "nothing held"
	save(world, doc)
	return f"{doc['doctype']} {doc['name']}"


def value_of(field: str, number: int) -> str:
	"""A value that nobody else ever enters. Personal ones carry the canary."""
	if field == "customer_name":
		return f"Customer renamed {number}"
	if field == "tax_id":
		return f"{CANARY} {number}"
	if field == "email_id":
		return f"{CANARY}{number}@people.example"
	return f"{CANARY} {field} {number}"


def _values(fields: Sequence[str], number: int) -> dict[str, str]:
	return {field: value_of(field, number) for field in fields}


def order(world: World, chance: Random, name: str, customer: str) -> Doc:
	"""A submitted order, as ERPNext has it."""
	return {
		"doctype": "Sales Order",
		"name": name,
		"docstatus": 1,
		"company": COMPANY,
		"customer": customer,
		"transaction_date": (world.clock.today() - timedelta(days=chance.randrange(20))).isoformat(),
		"currency": "GBP",
		"conversion_rate": 1,
		"disable_rounded_total": 1,
		"po_no": None,
		**_lines(world, chance),
		**_due(world, chance),
	}


def _lines(world: World, chance: Random) -> dict[str, Any]:
	"""Lines and totals as ERPNext computes them: the tax on the sum, not on each line."""
	items: list[Doc | None] = [None, *world.store.find("Item")]
	lines = [_line(chance, chance.choice(items)) for _ in range(chance.randint(1, 3))]
	net = sum((line["net_amount"] for line in lines), Decimal(0))
	tax = (net * VAT / 100).quantize(CENT, ROUND_HALF_UP)
	vat = {
		"charge_type": "On Net Total",
		"account_head": "VAT - CC",
		"description": "VAT",
		"rate": VAT,
		"tax_amount": tax,
		"tax_amount_after_discount_amount": tax,
		"included_in_print_rate": 0,
	}
	totals = {"net_total": net, "total_taxes_and_charges": tax, "grand_total": net + tax}
	return {"items": lines, "taxes": [vat], **totals}


def _line(chance: Random, item: Doc | None) -> Doc:
	quantity, rate = chance.randint(1, 3), _price(chance)
	return {
		"item_code": item["item_code"] if item else None,
		"item_name": item["item_name"] if item else "Work",
		"description": "Work",
		"qty": quantity,
		"rate": rate,
		"amount": quantity * rate,
		"net_amount": quantity * rate,
	}


def _due(world: World, chance: Random) -> dict[str, Any]:
	day = world.clock.today() + timedelta(days=chance.randrange(1, 40))
	return {"payment_schedule": [{"due_date": day.isoformat()}]}


def _price(chance: Random) -> Decimal:
	return chance.choice((Decimal("10.02"), Decimal("50.00"), Decimal(chance.randint(100, 99_999)) / 100))


def invoices_of(world: World, order: str) -> list[Doc]:
	"""The submitted Sales Invoices of an order."""
	rows = world.store.find("Sales Invoice", {"docstatus": 1})
	return [row for row in rows if not row.get("is_return") and row["items"][0].get("sales_order") == order]


def pick(chance: Random, found: Sequence[Doc]) -> Doc | None:
	return chance.choice(found) if found else None


def save(world: World, *docs: Doc) -> None:
	embedded.save_documents(world.store, world.clock, docs, USER)


def _delete(world: World, doctype: str, doc: Doc | None) -> str:
	if doc is None:
		return "nothing to delete"
	with world.store.transaction():
		world.store.delete(doctype, doc["name"])
		triggers.document_deleted(world.store, world.clock, doctype, doc["name"], USER)
	return str(doc["name"])


ACTIONS: dict[str, Callable[[World, Random, int], str]] = {
	"new customer": new_customer,
	"edit customer": edit_customer,
	"disable customer": disable_customer,
	"delete customer": delete_customer,
	"new item": new_item,
	"edit item": edit_item,
	"new order": new_order,
	"edit order": edit_order,
	"cancel order": cancel_order,
	"amend order": amend_order,
	"delete order": delete_order,
	"save held": save_held,
}
