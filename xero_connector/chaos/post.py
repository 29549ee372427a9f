"""Xero's webhooks on their way: delivered, doubled, lost, late, forged, or not for us."""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

from xero_connector.chaos.world import HOOK_KEY, TENANT, World
from xero_connector.simulator.webhooks import signature
from xero_connector.sync import webhooks
from xero_connector.xero import verify_signature

STRANGER = "00000000-0000-4000-8000-000000000001"
"""A tenant that nobody here knows."""


def deliver(world: World, chance: Random, number: int) -> str:
	"""The oldest letter arrives."""
	return _arrives(world, *_letters(world).pop(0)) if _letters(world) else "no post"


def deliver_late(world: World, chance: Random, number: int) -> str:
	"""The newest letter overtakes all others."""
	return _arrives(world, *_letters(world).pop()) if _letters(world) else "no post"


def deliver_twice(world: World, chance: Random, number: int) -> str:
	"""Xero did not see our answer, and posts again."""
	if not _letters(world):
		return "no post"
	letter = _letters(world).pop(0)
	first, second = _arrives(world, *letter), _arrives(world, *letter)
	if second != "0 new":
		world.traffic.broken.append(("a webhook is kept once", f"the second time: {second}"))
	return f"{first}, then {second}"


def drop(world: World, chance: Random, number: int) -> str:
	"""A letter is lost for good."""
	if not _letters(world):
		return "no post"
	_letters(world).pop(0)
	return "lost"


def forge(world: World, chance: Random, number: int) -> str:
	"""Somebody else writes in Xero's name; nothing here may change by it."""
	if not _letters(world):
		return "no post"
	body, _ = _letters(world)[0]
	before = len(world.store.find("Xero Webhook Event"))
	outcome = _arrives(world, body, signature(body, "a key that is not Xero's"))
	if len(world.store.find("Xero Webhook Event")) != before:
		world.traffic.broken.append(("forged webhooks change nothing", "a forged one was kept"))
	return outcome


def unknown_tenant(world: World, chance: Random, number: int) -> str:
	"""Rightly signed, for an organisation that is not ours."""
	if not _letters(world):
		return "no post"
	body = re.sub(TENANT.encode(), STRANGER.encode(), _letters(world)[0][0])
	return _arrives(world, body, signature(body, HOOK_KEY))


def _letters(world: World) -> list[tuple[bytes, str]]:
	return world.postbox.letters


def _arrives(world: World, body: bytes, signed: str) -> str:
	if not verify_signature(body, signed, HOOK_KEY):
		return "not Xero's"
	return f"{webhooks.receive(world.store, world.clock, body)} new"


ACTIONS: dict[str, Callable[[World, Random, int], str]] = {
	"deliver": deliver,
	"deliver late": deliver_late,
	"deliver twice": deliver_twice,
	"drop": drop,
	"forge": forge,
	"unknown tenant": unknown_tenant,
}
