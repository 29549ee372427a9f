"""Import: the first pull of invoices that finance made before anybody synced."""

from __future__ import annotations

from pathlib import Path

from xero_connector.benchmark.meter import Cost
from xero_connector.benchmark.world import DUE, TENANT, Loop, World, customer, settled
from xero_connector.simulator.kinds import INVOICE
from xero_connector.sync.pull import CYCLE, PAGE

PER_CUSTOMER = 100
"""Invoices of each customer, spread over the whole time: each page of Xero's holds some of every customer."""

APART = 20
"""Seconds between two invoices: Xero's time stamps lie as far apart as in books that people keep."""


def prepare(folder: Path, records: int) -> None:
	"""Customers that are linked, and invoices in Xero that nobody has read: one that was entered, and copies
	of it.
	"""
	world = World.found(folder)
	world.save(*(customer(at) for at in range(-(-records // PER_CUSTOMER))))
	settled(world.connect().push())
	contacts = [link["xero_id"] for link in world.store.find("Xero Link", fields=["xero_id"])]
	lines = [
		{"Description": name, "Quantity": 2, "UnitAmount": 50, "AccountCode": "200", "TaxType": "OUTPUT2"}
		for name in ("Installation", "Cable", "Panel")
	]
	first = world.accountant.add_invoice(
		Contact={"ContactID": contacts[0]}, DueDate=DUE, Status="AUTHORISED", LineItems=lines
	)
	with world.simulator.store.transaction():
		template = world.simulator.books(TENANT, world.simulator.now()).one(INVOICE, first)
		for at in range(1, records):
			world.clock.sleep(APART)
			books = world.simulator.books(TENANT, world.simulator.now())
			own = {"InvoiceID": books.new_id(), "InvoiceNumber": f"OLD-{at:06}"}
			books.save(INVOICE, {**template, **own, "Contact": {"ContactID": contacts[at % len(contacts)]}})


def floor(records: int) -> int:
	"""The fewest calls: full pages, and one to each other polled entity."""
	return -(-records // PAGE) + len(CYCLE) - 1


def engine(world: World, records: int, _: Path) -> Cost:
	puller = world.engine()
	with world.meter.running():
		report = settled(puller.pull())
	assert report.applied >= records, report
	return world.meter.cost()


def bare(world: World, records: int, _: Path) -> Cost:
	"""Read the same pages and keep nothing."""
	loop = Loop(world)
	with world.meter.running():
		for polled in CYCLE:
			for _page in loop.read(polled, None):
				pass
	return world.meter.cost()
