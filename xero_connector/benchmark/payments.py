"""Pull: payments that finance entered on invoices we sent, and the invoices that they changed."""

from __future__ import annotations

from pathlib import Path

from xero_connector.benchmark.meter import Cost
from xero_connector.benchmark.world import Loop, World, customer, order, settled
from xero_connector.sync.pull import CYCLE, INVOICES, PAGE, PAYMENTS


def prepare(folder: Path, records: int) -> None:
	"""Invoices in Xero, known here, each paid since."""
	world = World.found(folder)
	world.save(*(customer(at) for at in range(records)))
	world.save(*(order(at, of=at) for at in range(records)))
	settled(world.connect().cycle())
	links = world.store.find("Xero Link", {"reference_doctype": "Sales Order"}, fields=["xero_id"])
	for link in links:
		world.clock.sleep(60)
		world.accountant.pay(link["xero_id"])


def floor(records: int) -> int:
	"""The fewest calls: full pages of payments, and of the invoices that they changed."""
	return 2 * -(-records // PAGE)


def engine(world: World, records: int, _: Path) -> Cost:
	puller = world.engine()
	with world.meter.running():
		settled(puller.pull())
	paid = world.store.find("Xero Invoice", {"payment_status": "Paid"}, fields=["name"])
	assert len(paid) == records, len(paid)
	return world.meter.cost()


def idle_calls() -> int:
	"""The calls of a poll that have nothing to do with payments: one to each entity that has nothing new."""
	return len(CYCLE) - len((INVOICES, PAYMENTS))


def bare(world: World, records: int, _: Path) -> Cost:
	"""Read the same pages and keep nothing."""
	loop = Loop(world)
	with world.meter.running():
		for polled in CYCLE:
			for _page in loop.read(polled, world.since(polled)):
				pass
	return world.meter.cost()


def usual(world: World, records: int, _: Path) -> Cost:
	"""Look at each invoice that is open here, one call each, and keep nothing."""
	links = world.store.find("Xero Link", {"reference_doctype": "Sales Order"}, fields=["xero_id"])
	loop = Loop(world)
	with world.meter.running():
		for link in links:
			loop.get(f"Invoices/{link['xero_id']}")
	return world.meter.cost()
