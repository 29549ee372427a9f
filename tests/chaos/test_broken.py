"""The checker is checked: without a safeguard the simulation notices, and with it the same seed holds."""

from __future__ import annotations

import pytest

from xero_connector.chaos.broken import BREAKS, without
from xero_connector.chaos.plan import draw
from xero_connector.chaos.run import run

SEEDS = 100
"""How many seeds may be tried for each, from where one is known to notice."""

FIRST = {
	"freezing": 161,
	"read-back": 18,
	"replay-window": 54,
	"lease-check": 66,
	"version-check": 22,
	"per-element": 9,
	"echo-stop": 0,
	"cursor-rule": 1,
	"older-version": 0,
	"payment-id": 0,
	"removed-payments": 89,
	"finance-first": 39,
	"merge-base": 0,
	"deals": 9,
	"billed-returns": 20,
	"retry-after": 3,
	"webhook-signature": 20,
	"webhook-once": 2,
}


def test_every_break_is_tried() -> None:
	assert set(FIRST) == set(BREAKS)
	assert len(BREAKS) >= 10


@pytest.mark.parametrize("name", sorted(BREAKS))
def test_the_simulation_notices_a_missing_safeguard(name: str) -> None:
	for seed in range(FIRST[name], FIRST[name] + SEEDS):
		with without(name):
			found = run(draw(seed)).violations
		if found:
			assert run(draw(seed)).violations == []
			return
	pytest.fail(f"{SEEDS} seeds did not notice that {BREAKS[name].sentence}")


def test_a_safeguard_is_there_again_afterwards() -> None:
	kept = [getattr(where, what) for each in BREAKS.values() for where, what, _ in each.replaced]
	for name in BREAKS:
		with without(name):
			pass
	assert kept == [getattr(where, what) for each in BREAKS.values() for where, what, _ in each.replaced]
