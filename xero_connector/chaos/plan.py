"""The plan of a run: what its seed decides before it begins.

Every event has a seed of its own, so taking one out of the plan leaves all the others as they are. That is
what makes a failing plan easy to shorten.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from xero_connector.sync.triggers import INVOICE_SUBMIT, ORDER_SUBMIT

STEPS = 60
"""Events in a plan, unless told otherwise."""

WORKERS = 3

OPENING = ("new customer", "new item", "new customer", "new order", "new customer", "new order")
"""How every plan begins: with something to sync. In half of them all of it arrives before anything fails."""

WEIGHTS: Mapping[str, int] = {
	# the machinery
	"work": 44,
	"meanwhile": 12,
	"overtake": 4,
	"kill": 7,
	"minute": 10,
	"poll": 8,
	"wait": 5,
	"set clock": 2,
	# people in ERPNext
	"new customer": 3,
	"edit customer": 8,
	"disable customer": 1,
	"new item": 1,
	"edit item": 2,
	"new order": 6,
	"edit order": 4,
	"cancel order": 3,
	"amend order": 2,
	"delete order": 1,
	"delete customer": 1,
	"save held": 2,
	"new invoice": 3,
	"invoice order": 4,
	"return": 3,
	"cancel invoice": 2,
	"ask for invoice": 4,
	# finance in Xero
	"authorise": 5,
	"pay": 4,
	"part pay": 6,
	"overpay": 1,
	"prepay": 1,
	"credit": 1,
	"allocate": 2,
	"remove allocation": 1,
	"refund": 1,
	"void credit": 1,
	"remove payment": 3,
	"void": 2,
	"edit contact": 4,
	"edit invoice": 3,
	"archive contact": 1,
	"merge contacts": 1,
	"add contact": 2,
	"add invoice": 2,
	"lock": 1,
	# webhooks
	"deliver": 6,
	"deliver twice": 2,
	"drop": 2,
	"deliver late": 2,
	"forge": 1,
	"unknown tenant": 1,
	# Xero and the way there
	"fault": 16,
	"disconnect": 1,
	"reconnect": 3,
}
"""How often each event is drawn, relative to the others."""


@dataclass(frozen=True)
class Event:
	"""One thing that happens. ``number`` is its place in the whole plan, ``seed`` decides all the rest."""

	number: int
	kind: str
	seed: int

	def random(self) -> random.Random:
		"""The choices that are left to this event."""
		return random.Random(f"{self.seed}/{self.kind}")


@dataclass(frozen=True)
class Plan:
	"""A seed's world and what happens in it.

	``page_size``: Xero's pages of polls; ``lists_deleted``: whether a removed payment comes with a poll, of
	which nobody is sure; ``invoice_status``: how documents arrive; ``invoice_trigger``: which of them go by
	themselves.
	"""

	seed: int
	events: Sequence[Event]
	page_size: int
	lists_deleted: bool
	invoice_status: str
	invoice_trigger: str


def draw(seed: int, steps: int = STEPS) -> Plan:
	"""The plan of a seed, with so many events."""
	chance = random.Random(seed)
	world = {
		"page_size": chance.choice((2, 5, 1000, 1000)),
		"lists_deleted": chance.random() < 0.5,
		"invoice_status": chance.choice(("Draft", "Authorised", "Authorised")),
	}
	world["invoice_trigger"] = chance.choice((ORDER_SUBMIT, ORDER_SUBMIT, INVOICE_SUBMIT))
	opening = [*OPENING, *chance.choice(([], ["whole cycle"]))]
	events = [_event(seed, number, opening) for number in range(steps)]
	return Plan(seed, events, **world)  # type: ignore[arg-type]


def _event(seed: int, number: int, opening: Sequence[str]) -> Event:
	chance = random.Random(f"{seed}/{number}")
	(drawn,) = chance.choices(list(WEIGHTS), list(WEIGHTS.values()))
	return Event(number, opening[number] if number < len(opening) else drawn, chance.getrandbits(48))
