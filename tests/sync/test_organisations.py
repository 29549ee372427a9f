"""Organisations come, are confirmed, pause and go; what changes meanwhile is kept where it should be."""

from __future__ import annotations

import pytest

from tests.conftest import COMPANY, World, customer, order
from xero_connector.store.sqlite import SQLiteStore
from xero_connector.sync import organisations
from xero_connector.sync.errors import SyncError
from xero_connector.xero import Connection


def status(world: World) -> str:
	doc = world.store.get("Xero Organisation", world.tenant)
	assert doc is not None
	return str(doc["status"])


def test_what_changes_while_the_sync_is_off_waits_and_goes(world: World) -> None:
	world.set(enabled=0)
	world.save(customer(), order())
	report = world.engine.cycle()
	assert "not syncing" in report.stopped
	assert report.calls == 0
	assert {row["status"] for row in world.store.find("Xero Outbox")} == {"Queued"}
	world.set(enabled=1)
	assert world.engine.push().sent == 2


def test_nothing_is_kept_for_an_organisation_that_nobody_confirmed() -> None:
	store = SQLiteStore()
	organisations.register(store, [Connection("c1", "t1", "Books")], None)
	assert organisations.accepting(store) == []
	with pytest.raises(SyncError, match="accounts have not been read yet"):
		organisations.confirm(store, "t1", COMPANY)
	with pytest.raises(SyncError, match="not connected"):
		organisations.confirm(store, "t2", COMPANY)


def test_a_company_keeps_its_books_once_and_in_its_own_currency(world: World) -> None:
	organisations.register(world.store, [Connection("c2", "t2", "Other Books")], None)
	world.store.update("Xero Organisation", "t2", {"base_currency": "USD"})
	with pytest.raises(SyncError, match="in GBP, this Xero organisation in USD"):
		organisations.confirm(world.store, "t2", COMPANY)
	world.store.update("Xero Organisation", "t2", {"base_currency": "GBP"})
	for enabled in (1, 0):
		world.set(enabled=enabled)
		with pytest.raises(SyncError, match="already syncs with Wind Power LLC"):
			organisations.confirm(world.store, "t2", COMPANY)


def test_a_new_login_goes_on_where_the_old_one_ended(world: World) -> None:
	organisations.mark_reconnect(world.store, world.tenant, "The login has expired.")
	world.save(customer())
	organisations.register(world.store, [Connection("c9", world.tenant, "Wind Power LLC")], "new login")
	assert status(world) == "Connected"
	assert world.engine.push().sent == 1


def test_after_a_disconnect_it_is_confirmed_anew(world: World) -> None:
	organisations.disconnect(world.store, world.tenant)
	world.save(customer())
	assert world.store.find("Xero Outbox") == []
	organisations.register(world.store, [Connection("c9", world.tenant, "Wind Power LLC")], "new login")
	assert status(world) == "Not Confirmed"
	organisations.confirm(world.store, world.tenant, COMPANY)
	world.save(customer())
	assert world.engine.push().sent == 1
