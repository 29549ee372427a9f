"""Push: as many contacts as invoices to a Xero that knows none of them, connecting included."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import simplejson

from xero_connector.benchmark.meter import Cost
from xero_connector.benchmark.world import Loop, World, customer, order, settled
from xero_connector.store.protocol import Doc
from xero_connector.store.sqlite import SQLiteStore
from xero_connector.sync import batches
from xero_connector.sync.entities import ID_FIELD, KEY_FIELD
from xero_connector.xero.reading import write_json

LOOKUPS = 4
"""Calls beside the batches: the organisation, its accounts and tax rates, and which contacts are there."""

ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def prepare(folder: Path, records: int) -> None:
	"""Customers and an order of each, saved in an order of their own; nothing is connected yet."""
	world = World.found(folder)
	world.save(*(customer(at) for at in range(records)))
	world.save(*(order(at, of=(at * 7919 + 11) % records) for at in range(records)))


def floor(records: int) -> int:
	"""The fewest calls: full batches of contacts and of invoices."""
	return 2 * -(-records // batches.MAX_ELEMENTS)


def engine(world: World, records: int, _: Path) -> Cost:
	with world.meter.running():
		report = settled(world.connect().push())
	assert report.sent == 2 * records, report
	return world.meter.cost()


def bare(world: World, records: int, done: Path) -> Cost:
	"""Post the batches that the engine made, with the ids that contacts have in this Xero."""
	contacts, invoices = _batches(done)
	old = {row["reference_name"]: row["xero_id"] for row in SQLiteStore(done).find("Xero Link")}
	new: dict[str, str] = {}
	with world.meter.running():
		loop = Loop(world)
		for batch in contacts:
			for record in _post(loop, batch, batch["body"]):
				new[old[record["ContactNumber"]]] = record["ContactID"]
	bodies = [ID.sub(lambda found: new.get(found[0], found[0]), batch["body"]) for batch in invoices]
	with world.meter.running():
		for batch, body in zip(invoices, bodies, strict=True):
			_post(loop, batch, body)
	return world.meter.cost()


def usual(world: World, records: int, done: Path) -> Cost:
	"""One call a record: search each contact and create it, then create each invoice.

	The payloads are ready-made and nothing is kept, which is in its favour.
	"""
	contacts, invoices = _batches(done)
	old = {row["reference_name"]: row["xero_id"] for row in SQLiteStore(done).find("Xero Link")}
	new: dict[str, str] = {}
	with world.meter.running():
		loop = Loop(world)
		for element in _elements(contacts):
			search = {"where": f'EmailAddress=="{element["EmailAddress"]}"', "page": 1}
			found = loop.get("Contacts", search).records("Contacts")
			record = found[0] if found else _create(loop, "Contact", element)
			new[old[element["ContactNumber"]]] = record["ContactID"]
		for element in _elements(invoices):
			contact = {"ContactID": new[element["Contact"]["ContactID"]]}
			_create(loop, "Invoice", {**element, "Contact": contact})
	return world.meter.cost()


def _batches(done: Path) -> tuple[list[Doc], list[Doc]]:
	"""The batches of contacts and of invoices that the engine sent."""
	found = SQLiteStore(done).find("Xero Batch", order_by="frozen_at, name")
	return (
		[batch for batch in found if batch["entity"] == "Contact"],
		[batch for batch in found if batch["entity"] == "Invoice"],
	)


def _elements(found: list[Doc]) -> list[dict[str, Any]]:
	return [element for batch in found for element in batches.elements(batch)]


def _post(loop: Loop, batch: Doc, body: str) -> list[dict[str, Any]]:
	return loop.send(batch["path"], body.encode(), batch["idempotency_key"])


def _create(loop: Loop, entity: str, element: dict[str, Any]) -> dict[str, Any]:
	collection = f"{entity}s"
	(record,) = loop.send(collection, write_json({collection: [element]}), element[KEY_FIELD[entity]])
	assert record.get(ID_FIELD[entity]), simplejson.dumps(record, use_decimal=True)
	return record
