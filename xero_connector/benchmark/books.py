"""Books of any size: an idle cycle, and a cycle after the same few changes."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

from xero_connector.benchmark.meter import Cost
from xero_connector.benchmark.world import Loop, World, customer, order, settled
from xero_connector.store.protocol import Doc
from xero_connector.sync.outbox import row_name
from xero_connector.sync.pull import CYCLE

CHANGES = 100
"""Half of them customers edited here, half payments entered in Xero."""

CYCLES = 10
"""Idle cycles that are measured together: one is over in milliseconds."""

COPIED = ("Customer", "Xero Link", "Xero Outbox", "Xero Contact", "Xero Invoice")

PAUSE = 600.0
"""Seconds between two cycles."""


def changes(links: int) -> int:
	"""How many changes are made in books of this many links."""
	return min(CHANGES, links)


def prepare(folder: Path, links: int) -> None:
	"""As many real pairs as will change, sent by the engine; the rest are copies of them, written straight
	into the store with ids that Xero does not know. Of the orders themselves there are no copies: nothing
	here looks at them, and they are most of the bytes.
	"""
	world, pairs = World.found(folder), changes(links) // 2
	world.save(*(customer(at) for at in range(pairs)))
	world.save(*(order(at, of=at) for at in range(pairs)))
	settled(world.connect().cycle())
	known = {doctype: world.store.find(doctype) for doctype in COPIED}
	with world.store.transaction():
		for copy in range(1, links // (2 * pairs)):
			for docs in known.values():
				for doc in docs:
					world.store.insert(_copied(doc, copy))


def _copied(doc: Doc, copy: int) -> Doc:
	"""The document as another one: every name and id in it gets the number of the copy."""
	new = dict(doc)
	for field in ("name", "customer", "reference_name", "xero_id", "contact_id"):
		if new.get(field):
			new[field] = f"{new[field]}-{copy}"
	if new["doctype"] == "Xero Outbox":
		new["name"] = row_name(new["organisation"], new["reference_doctype"], new["reference_name"])
	return new


def idle_floor() -> int:
	"""One call to each polled entity."""
	return len(CYCLE)


def idle(world: World, links: int, _: Path) -> Cost:
	"""An idle cycle, as the mean of some."""
	worker = world.engine()
	settled(worker.cycle())  # the first one opens what the others find open
	for _cycle in range(CYCLES):
		world.clock.sleep(PAUSE)
		with world.meter.running():
			report = settled(worker.cycle())
		assert (report.sent, report.applied) == (0, 0), report
	return world.meter.cost().each(CYCLES)


def bare(world: World, links: int, _: Path) -> Cost:
	"""The polls of an idle cycle and nothing else."""
	since, loop = {polled: world.since(polled) for polled in CYCLE}, Loop(world)
	for cycle in range(CYCLES + 1):
		world.clock.sleep(PAUSE)
		with world.meter.running() if cycle else nullcontext():
			for polled in CYCLE:
				for _page in loop.read(polled, since[polled]):
					pass
	return world.meter.cost().each(CYCLES)


def changed(world: World, links: int, _: Path) -> Cost:
	"""A cycle after customers were edited here and payments entered in Xero."""
	worker, pairs = world.engine(), changes(links) // 2
	settled(worker.cycle())
	world.save(*({**customer(at), "mobile_no": f"+44 20 7946 {at:06}-1"} for at in range(pairs)))
	for at in range(pairs):
		link = {"reference_doctype": "Sales Order", "reference_name": order(at, of=at)["name"]}
		(found,) = world.store.find("Xero Link", link, fields=["xero_id"])
		world.clock.sleep(60)
		world.accountant.pay(found["xero_id"])
	with world.meter.running():
		report = settled(worker.cycle())
	assert (report.sent, report.applied) == (pairs, 2 * pairs), report
	return world.meter.cost()
