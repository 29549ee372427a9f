"""Whatever Xero answers and whatever a document holds: nothing breaks, what is good goes on, and once answers
are good again both sides agree to the cent.
"""

from __future__ import annotations

from copy import copy, deepcopy
from random import Random
from typing import Any

import pytest
import requests
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.conftest import START, World, customer, line, make_world, order
from tests.sync.bad_input import spoil, spoiled
from tests.sync.test_faults import is_write
from xero_connector.clock import ManualClock
from xero_connector.store.protocol import StoreError
from xero_connector.store.sqlite import SQLiteStore
from xero_connector.sync import outbox
from xero_connector.sync.engine import Engine

FUZZ = settings(
	max_examples=40,
	derandomize=True,
	deadline=None,
	phases=[Phase.generate],  # a seed has nothing that could be made smaller
	suppress_health_check=[HealthCheck.function_scoped_fixture],
)
SEEDS = st.integers(0, 2**32)
FIRMS = ("Northern Breeze Ltd", "Hill & Sons", "Café Blå")
PERSON = ("first_name", "last_name", "email_id", "phone", "mobile_no")
FAN = {"doctype": "Item", "name": "FAN", "item_code": "FAN", "item_name": "Fan", "standard_rate": 50}
ODD_ONES = (
	customer("Odd Ltd", email_id="odd@firm.example"),
	{"doctype": "Item", "name": "ODD", "item_code": "ODD", "item_name": "Odd", "standard_rate": 50},
	order("SO-ODD", customer=FIRMS[0], items=[line(item_code="FAN"), line()]),
)
VOLATILE = {
	"name",
	"modified",
	"creation",
	"xero_updated",
	"invoice",
	"customer_primary_contact",
	"customer_primary_address",
}


def clone(store: SQLiteStore) -> SQLiteStore:
	other = SQLiteStore()
	store._connection.backup(other._connection)
	return other


def on(world: World, store: SQLiteStore) -> World:
	"""The same Xero, with other documents here."""
	other = copy(world)
	other.store = store
	other.engine = Engine(store, world.api, world.tenant, world.clock)
	return other


def firms() -> list[dict[str, Any]]:
	return [customer(name, email_id=f"a{at}@firm.example") for at, name in enumerate(FIRMS)]


def orders() -> list[dict[str, Any]]:
	lines = [line(item_code="FAN")]
	return [order(f"SO-{at}", customer=name, items=lines) for at, name in enumerate(FIRMS)]


@pytest.fixture
def changed(world: World) -> World:
	"""A synced organisation, in which finance then did a bit of everything."""
	world.save(*firms(), FAN, *orders())
	assert world.engine.cycle().stopped == ""
	finance, numbers = world.accountant, [f"SO-{at}" for at in range(len(FIRMS))]
	invoices = [finance.find_invoice(number) for number in numbers]
	world.clock.sleep(60)
	for invoice in invoices:
		finance.authorise(invoice["InvoiceID"])
	contacts = [invoice["Contact"]["ContactID"] for invoice in invoices]
	finance.pay(invoices[0]["InvoiceID"], 50)
	finance.overpay(invoices[1]["InvoiceID"], 150)
	note = finance.credit(contacts[2], 60)
	finance.allocate(note, invoices[2]["InvoiceID"], 20)
	finance.refund(note, 10)
	finance.prepay(contacts[0], 33)
	finance.edit_contact(contacts[1], FirstName="Mary", Phones=[{"PhoneType": "DEFAULT", "PhoneNumber": "1"}])
	finance.add_contact(Name="Newcomer", EmailAddress="new@firm.example")
	finance.add_invoice(
		Type="ACCREC", Contact={"ContactID": contacts[2]}, LineItems=[{"Description": "x", "UnitAmount": 5}]
	)
	world.clock.sleep(60)
	return world


def books(store: SQLiteStore) -> dict[str, Any]:
	"""What is shown here of the money and the people in Xero."""
	kinds = {"Xero Invoice": "xero_id", "Xero Payment": "xero_id", "Customer": "name", "Sales Order": "name"}
	found: dict[str, Any] = {}
	for doctype, key in kinds.items():
		for row in store.find(doctype):
			if row.get("xero_status") not in ("DELETED", "VOIDED"):
				shown = {field: value for field, value in row.items() if field not in VOLATILE and value}
				person = store.get("Contact", row.get("customer_primary_contact") or "") or {}
				people = {field: person[field] for field in PERSON if person.get(field)}
				found[f"{doctype} {row[key]}"] = shown | people
	return found


def differences(found: dict[str, Any], expected: dict[str, Any]) -> list[str]:
	return [
		f"{key}: {found.get(key)} instead of {expected.get(key)}"
		for key in sorted(found.keys() | expected.keys())
		if found.get(key) != expected.get(key)
	]


def test_whatever_xero_answers_to_reads(changed: World) -> None:
	good = on(changed, clone(changed.store))
	assert good.engine.pull().stopped == ""
	expected = books(good.store)

	@FUZZ
	@given(SEEDS)
	def run(seed: int) -> None:
		random, world = Random(seed), on(changed, clone(changed.store))

		def after(request: requests.PreparedRequest, response: requests.Response) -> requests.Response:
			return spoiled(response, random) if random.randrange(3) else response

		world.wire.after = after
		for _ in range(2):
			world.engine.cycle()
			world.clock.sleep(300)
		world.wire.after = None
		for _ in range(2):
			world.engine.cycle()
			world.clock.sleep(4000)
		report = world.engine.reconcile()
		assert report.stopped == ""
		assert differences(books(world.store), expected) == []

	run()


def new_world() -> World:
	return make_world(ManualClock(START))


@FUZZ
@given(SEEDS)
def test_whatever_xero_answers_to_writes(seed: int) -> None:
	random, world = Random(seed), new_world()

	def after(request: requests.PreparedRequest, response: requests.Response) -> requests.Response:
		return spoiled(response, random) if is_write(request) and random.randrange(2) else response

	world.wire.after = after
	world.save(*firms(), FAN, *orders())
	for _ in range(3):
		before = len(world.writes())
		world.engine_again().cycle()
		assert len(world.writes()) < before + 20, "a run that does not end"
		world.clock.sleep(random.choice((30, 600)))
		world.save(customer(FIRMS[0], email_id="a0@firm.example", tax_id=str(random.random())))
	world.wire.after = None
	for _ in range(4):
		for row in world.store.find("Xero Outbox", {"status": "Held"}):
			assert row["message"] and row["advice"]
			world.save(saved(world, row))
		assert world.engine_again().cycle().stopped == ""
		world.clock.sleep(4000)
	assert {row["status"] for row in world.store.find("Xero Outbox")} == {"Done"}
	before = len(world.writes())
	world.engine_again().cycle()
	assert len(world.writes()) == before
	contacts = {row["ContactID"]: row["Name"] for row in world.accountant.contacts()}
	links = {row["xero_id"]: row["reference_name"] for row in world.store.find("Xero Link")}
	invoices = world.accountant.invoices()
	assert sorted(contacts.values()) == sorted(FIRMS) and contacts.items() <= links.items()
	assert sorted(row["InvoiceNumber"] for row in invoices) == ["SO-0", "SO-1", "SO-2"]
	for row in invoices:
		assert links[row["InvoiceID"]] == row["InvoiceNumber"]
		(mirrored,) = world.store.find("Xero Invoice", {"xero_id": row["InvoiceID"]})
		assert (mirrored["total"], mirrored["amount_due"]) == (row["Total"], row["AmountDue"]) == (120, 120)


def saved(world: World, row: dict[str, Any]) -> dict[str, Any]:
	doc = world.store.get(row["reference_doctype"], row["reference_name"])
	assert doc is not None
	return doc


@FUZZ
@given(SEEDS)
def test_whatever_a_document_holds(seed: int) -> None:
	random, world = Random(seed), new_world()
	odd = deepcopy(random.choice(ODD_ONES))
	doctype, name = odd["doctype"], odd["name"]
	for _ in range(random.randint(1, 4)):
		odd = spoil_fields(odd, random)
	world.save(*firms(), FAN, *orders())
	try:
		world.store.insert(odd)
	except (StoreError, ValueError):
		return  # nothing that can be kept
	with world.store.transaction():
		outbox.enqueue(world.store, world.clock, world.tenant, doctype, name)
	for _ in range(2):
		assert world.engine_again().cycle().stopped == ""
		world.clock.sleep(4000)
	for kind, names in (("Customer", FIRMS), ("Sales Order", ("SO-0", "SO-1", "SO-2"))):
		assert {world.outbox(kind, each)["status"] for each in names} == {"Done"}
	row = world.outbox(doctype, name)
	assert row["status"] in ("Done", "Cancelled") or (row["status"] in ("Held", "Waiting") and row["message"])


def spoil_fields(doc: dict[str, Any], random: Random) -> dict[str, Any]:
	"""The document with something odd in it, still of its doctype and name."""
	fields = {key: value for key, value in doc.items() if key not in ("doctype", "name")}
	odd = spoil(fields, random)
	return {**(odd if isinstance(odd, dict) else {}), "doctype": doc["doctype"], "name": doc["name"]}
