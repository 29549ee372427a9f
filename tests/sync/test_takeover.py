"""A worker that stalls until its lease runs out, and wakes up when another has done its work."""

from __future__ import annotations

import pytest
import requests

from tests.conftest import World, customer, line, order
from tests.sync.test_faults import is_write
from tests.sync.test_meanwhile import BLADE
from xero_connector.store.protocol import Doc
from xero_connector.sync import match
from xero_connector.sync.matches import Review


def test_a_stalled_worker_does_not_hold_what_another_has_sent(
	world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
	"""It saw the contact that the other made, took it for a stranger's of the same name, and would ask."""
	world.save(customer(email_id="one@example.com"))
	find, stalls = match.Matcher.find, [True]

	def stalled(matcher: match.Matcher, doc: Doc, flat: Doc) -> match.Match:
		if stalls and stalls.pop():
			world.clock.sleep(400)
			assert world.engine_again().push().sent == 1
			return match.Match(review=Review("name-taken", "Taken.", "Rename it.", []))
		return find(matcher, doc, flat)

	monkeypatch.setattr(match.Matcher, "find", stalled)
	world.engine.push()
	assert world.outbox("Customer", "Northern Breeze Ltd")["status"] == "Done"
	assert not world.store.find("Xero Match")


def test_a_worker_that_waited_for_the_budget_sends_nothing_without_its_lease(
	world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
	world.save(customer(email_id=None))
	while world.api.calls < 49:  # a push may make fifty calls a minute: a look at the contacts, no write
		world.api.get("Organisation")
	sleep, stalls = world.clock.sleep, [True]

	def stalled(seconds: float) -> None:
		sleep(seconds)
		if stalls and stalls.pop():
			sleep(400)
			assert world.engine_again().push().waiting == 1, "nothing there yet: it goes again"

	monkeypatch.setattr(world.clock, "sleep", stalled)
	assert "has passed to another worker" in world.engine.push().stopped
	assert len(world.writes()) == 1
	assert [contact["Name"] for contact in world.accountant.contacts()] == ["Northern Breeze Ltd"]
	assert world.outbox("Customer", "Northern Breeze Ltd")["status"] == "Done"


@pytest.mark.parametrize("edited", [False, True])
def test_a_contact_that_a_stalled_worker_made_after_all_is_ours(world: World, edited: bool) -> None:
	"""Its call was slow on the way: Xero has it when the next worker sends the same customer again."""

	def before(request: requests.PreparedRequest) -> None:
		if is_write(request):
			world.wire.before = None
			world.accountant.add_contact(
				Name="Northern Breeze Ltd", ContactNumber="Northern Breeze Ltd", DefaultCurrency="GBP"
			)
			if edited:
				(made,) = world.accountant.contacts()
				world.accountant.edit_contact(made["ContactID"], FirstName="Ewan")

	world.save(customer(email_id=None))
	world.wire.before = before
	assert world.engine.push().sent == 1
	assert world.outbox("Customer", "Northern Breeze Ltd")["status"] == "Done"
	world.engine.cycle()
	(contact,) = world.accountant.contacts()
	(link,) = world.store.find("Xero Link")
	assert link["xero_id"] == contact["ContactID"]
	doc = world.store.get("Customer", "Northern Breeze Ltd") or {}
	person = world.store.get("Contact", str(doc.get("customer_primary_contact") or "")) or {}
	assert person.get("first_name") == ("Ewan" if edited else None)


def test_an_item_that_is_there_already_under_our_code_is_ours(world: World) -> None:
	def before(request: requests.PreparedRequest) -> None:
		if is_write(request) and "/Items" in str(request.url):
			world.wire.before = None
			headers = {**request.headers, "Idempotency-Key": "of the stalled worker"}
			assert world.session.put(request.url, data=request.body, headers=headers).ok

	world.save({**BLADE}, customer(), order("SO-1", items=[line(item_code="BLADE")]))
	world.wire.before = before
	world.engine.push()
	assert world.outbox("Item", "BLADE")["status"] == "Done"
	assert world.outbox("Sales Order", "SO-1")["status"] == "Done"
