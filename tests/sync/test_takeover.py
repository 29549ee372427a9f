"""A worker that stalls until its lease runs out, and wakes up when another has done its work."""

from __future__ import annotations

import pytest

from tests.conftest import World, customer
from xero_connector.store.protocol import Doc
from xero_connector.sync import match
from xero_connector.sync.context import Context


def test_a_stalled_worker_does_not_hold_what_another_has_sent(
	world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
	"""It saw the contact that the other made, took it for a stranger's of the same name, and would ask."""
	world.save(customer(email_id="one@example.com"))
	find_contact, stalls = match.find_contact, [True]

	def stalled(context: Context, name: str, flat: Doc) -> match.Match:
		if stalls and stalls.pop():
			world.clock.sleep(400)
			assert world.engine_again().push().sent == 1
			return match.Match(cause="name-taken", message="Taken.", advice="Rename it.")
		return find_contact(context, name, flat)

	monkeypatch.setattr(match, "find_contact", stalled)
	world.engine.push()
	assert world.outbox("Customer", "Northern Breeze Ltd")["status"] == "Done"
