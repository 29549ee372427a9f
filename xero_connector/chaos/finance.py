"""Finance at work in Xero: the accountant's acts, refused by Xero where its rules say so."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any, TypeVar

from xero_connector.chaos.journal import CANARY
from xero_connector.chaos.truth import OPEN, Record
from xero_connector.chaos.world import TENANT, World
from xero_connector.mapping.contact import seen_contact
from xero_connector.simulator import AccountantError
from xero_connector.sync import links

FIELDS: dict[str, Callable[[str], dict[str, Any]]] = {
	"Name": lambda text: {"Name": text},
	"EmailAddress": lambda text: {"EmailAddress": text},
	"LastName": lambda text: {"LastName": text},
	"Phones[DEFAULT].PhoneNumber": lambda text: {"Phones": [{"PhoneType": "DEFAULT", "PhoneNumber": text}]},
}
"""What finance edits of a contact: path to the fields of the API."""

Thing = TypeVar("Thing", Record, str)

EQUAL_PARTS = Decimal("5.00")
"""Part payments are often alike: only their ids tell them apart."""


def authorise(world: World, chance: Random, number: int) -> str:
	return _on(chance, _sales(world, OPEN), lambda row: world.accountant.authorise(row["InvoiceID"]))


def pay(world: World, chance: Random, number: int) -> str:
	return _on(chance, _due(world), lambda row: world.accountant.pay(row["InvoiceID"]))


def part_pay(world: World, chance: Random, number: int) -> str:
	def act(row: Record) -> str:
		return world.accountant.pay(row["InvoiceID"], min(EQUAL_PARTS, row["AmountDue"]))

	return _on(chance, _due(world), act)


def overpay(world: World, chance: Random, number: int) -> str:
	extra = Decimal(chance.randint(1, 9000)) / 100
	return _on(
		chance, _due(world), lambda row: world.accountant.overpay(row["InvoiceID"], row["AmountDue"] + extra)
	)


def prepay(world: World, chance: Random, number: int) -> str:
	amount = Decimal(chance.randint(100, 9000)) / 100
	return _on(
		chance,
		world.truth.active_contacts(),
		lambda row: world.accountant.prepay(row["ContactID"], amount),
	)


def credit(world: World, chance: Random, number: int) -> str:
	amount = Decimal(chance.randint(100, 9000)) / 100
	return _on(
		chance,
		world.truth.active_contacts(),
		lambda row: world.accountant.credit(row["ContactID"], amount),
	)


def allocate(world: World, chance: Random, number: int) -> str:
	"""Some credit to an invoice of the same contact."""
	pairs = [
		(xero_id, row, invoice)
		for xero_id, row in _credits(world).items()
		for invoice in _due(world)
		if row["Contact"] == invoice["Contact"]
	]
	if not pairs:
		return "no credit"
	xero_id, row, invoice = chance.choice(pairs)
	amount = min(invoice["AmountDue"], row["RemainingCredit"], Decimal(chance.choice((5, 10_000))))
	world.journal.finance_credits.add(xero_id)
	return _on(chance, [invoice], lambda due: world.accountant.allocate(xero_id, due["InvoiceID"], amount))


def remove_allocation(world: World, chance: Random, number: int) -> str:
	live = [row for row in world.truth.allocations.values() if row["Status"] == "AUTHORISED"]
	return _on(chance, live, lambda row: world.accountant.remove_allocation(row["AllocationID"]))


def refund(world: World, chance: Random, number: int) -> str:
	"""All that is left of a credit is paid back."""
	return _on(chance, _credits(world), world.accountant.refund)


def void_credit(world: World, chance: Random, number: int) -> str:
	notes, credits = world.truth.records["CreditNotes"], _credits(world)

	def act(xero_id: str) -> None:
		void = world.accountant.void_credit_note if xero_id in notes else world.accountant.void_received
		void(xero_id)

	return _on(chance, credits, act)


def remove_payment(world: World, chance: Random, number: int) -> str:
	live = [row for row in world.truth.payments.values() if row["Status"] == "AUTHORISED"]
	return _on(chance, live, lambda row: world.accountant.remove_payment(row["PaymentID"]))


def void(world: World, chance: Random, number: int) -> str:
	return _on(
		chance, _sales(world, ("AUTHORISED", *OPEN)), lambda row: world.accountant.void(row["InvoiceID"])
	)


def edit_contact(world: World, chance: Random, number: int) -> str:
	path = chance.choice(list(FIELDS))
	text = _text(path, number)

	def act(row: Record) -> None:
		world.accountant.edit_contact(row["ContactID"], **FIELDS[path](text))
		if row.get("ContactNumber") or links.of_record(world.store, TENANT, "Contact", row["ContactID"]):
			world.journal.finance[row["ContactID"], path] = (text, world.traffic.tick)

	return f"{path} of " + _on(chance, world.truth.active_contacts(), act)


def edit_invoice(world: World, chance: Random, number: int) -> str:
	"""Another price on a draft, or another line text, as finance corrects what sales wrote."""

	def act(row: Record) -> None:
		lines = [{**line, "UnitAmount": line["UnitAmount"] + 1} for line in row["LineItems"]]
		for line in lines:
			for computed in ("LineAmount", "TaxAmount"):
				line.pop(computed, None)
		world.accountant.edit_invoice(row["InvoiceID"], LineItems=lines)
		world.journal.finance_invoices.add(row["InvoiceID"])

	return _on(chance, _sales(world, ("AUTHORISED", *OPEN)), act)


def archive_contact(world: World, chance: Random, number: int) -> str:
	return _on(
		chance,
		world.truth.active_contacts(),
		lambda row: world.accountant.archive_contact(row["ContactID"]),
	)


def merge_contacts(world: World, chance: Random, number: int) -> str:
	found = list(world.truth.active_contacts())
	if len(found) < 2:
		return "too few contacts"
	source, target = chance.sample(found, 2)

	def act(row: Record) -> None:
		world.accountant.merge_contacts(row["ContactID"], target["ContactID"])
		_meet(world, row)

	return f"{_on(chance, [source], act)} into {_name(target)}"


def _meet(world: World, gone: Record) -> None:
	"""Whoever was this contact meets another now, as at a match: both keep what they have. What was entered
	here and is on its way still counts.
	"""
	link = links.of_record(world.store, TENANT, "Contact", gone["ContactID"]) or {}
	customer, journal = link.get("reference_name") or gone.get("ContactNumber"), world.journal
	for (name, path), text in list(journal.local.items()):
		if name == customer and seen_contact(gone, [path]).get(path) == text:
			del journal.local[name, path]


def add_contact(world: World, chance: Random, number: int) -> str:
	"""Somebody new; now and then a customer of sales, by name or by email, before sales sent it."""
	fields: dict[str, Any] = {"Name": f"Xero contact {number}"}
	customers, contacts = world.store.find("Customer"), world.store.find("Contact")
	if customers and chance.random() < 0.4:
		fields["Name"] = chance.choice(customers)["customer_name"]
	if contacts and chance.random() < 0.4:
		fields["EmailAddress"] = chance.choice(contacts)["email_id"]
	return _on(chance, [fields], lambda row: world.accountant.add_contact(**row))


def add_invoice(world: World, chance: Random, number: int) -> str:
	"""An invoice that sales knows nothing of."""
	line = {
		"Description": "Retainer",
		"Quantity": 1,
		"UnitAmount": Decimal(chance.randint(100, 50_000)) / 100,
		"AccountCode": "200",
	}

	def act(row: Record) -> str:
		return world.accountant.add_invoice(
			Contact={"ContactID": row["ContactID"]},
			Status="AUTHORISED",
			DueDate=world.clock.today().isoformat(),
			LineItems=[line],
		)

	return _on(chance, world.truth.active_contacts(), act)


def lock(world: World, chance: Random, number: int) -> str:
	"""Close the books up to some days ago, or open them again."""
	if world.truth.locked_until and chance.random() < 0.5:
		world.accountant.set_lock_date()
		return "opened again"
	day = world.time.now.date() - timedelta(days=chance.randrange(2, 15))
	world.accountant.set_lock_date(period=day)
	return f"closed up to {day}"


def _sales(world: World, statuses: Iterable[str]) -> list[Record]:
	wanted = set(statuses)
	return [row for row in world.truth.sales() if row["Status"] in wanted]


def _due(world: World) -> list[Record]:
	return [row for row in _sales(world, ("AUTHORISED",)) if row["AmountDue"] > 0]


def _credits(world: World) -> dict[str, Record]:
	"""Credit that is not used up, by id."""
	return {
		xero_id: row
		for xero_id, row in world.truth.credits.items()
		if row["Status"] == "AUTHORISED" and row["RemainingCredit"]
	}


def _text(path: str, number: int) -> str:
	if path == "Name":
		return f"Finance name {number}"
	return f"{CANARY}.f{number}@people.example" if path == "EmailAddress" else f"{CANARY} finance {number}"


def _on(chance: Random, things: Iterable[Thing], act: Callable[[Thing], object]) -> str:
	"""Do it to one of these records, or to the record of one of these ids, and say which; Xero may refuse."""
	found = list(things)
	if not found:
		return "nothing there"
	thing = chance.choice(found)
	try:
		act(thing)
	except AccountantError as refused:
		return f"{_name(thing)}: refused, {refused}"
	return _name(thing)


def _name(thing: Record | str) -> str:
	if isinstance(thing, str):
		return f"credit {thing[:8]}"
	name = thing.get("InvoiceNumber") or thing.get("Name")
	return str(name or f"{thing['Amount']} on {thing['Date']}")


ACTIONS: dict[str, Callable[[World, Random, int], str]] = {
	"authorise": authorise,
	"pay": pay,
	"part pay": part_pay,
	"overpay": overpay,
	"prepay": prepay,
	"credit": credit,
	"allocate": allocate,
	"remove allocation": remove_allocation,
	"refund": refund,
	"void credit": void_credit,
	"remove payment": remove_payment,
	"void": void,
	"edit contact": edit_contact,
	"edit invoice": edit_invoice,
	"archive contact": archive_contact,
	"merge contacts": merge_contacts,
	"add contact": add_contact,
	"add invoice": add_invoice,
	"lock": lock,
}
