"""What is done once an invoice is in Xero: mailed, its payment link fetched, a note left; each once."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import World, customer, order
from tests.sync.documents_kit import ORDER, link, shown

NOTE = f"Made from Sales Order {ORDER} in ERPNext."


@pytest.fixture
def chosen(world: World) -> World:
	"""A world that wants everything done."""
	world.set(email_invoices=1, payment_link=1, history_note=1, invoice_status="Authorised")
	world.save(customer())
	world.engine.push()
	return world


def invoice(world: World) -> dict[str, Any]:
	found: dict[str, Any] = world.accountant.find_invoice(ORDER)
	return found


def history(world: World) -> list[str]:
	return [each for each in world.accountant.history(invoice(world)["InvoiceID"])]


def times(world: World, word: str) -> int:
	return sum(word in each for each in history(world))


def test_all_of_it_once(chosen: World) -> None:
	chosen.save(order())
	chosen.engine.push()
	assert invoice(chosen)["SentToContact"]
	assert times(chosen, NOTE) == 1
	url = shown(chosen, "Sales Order", ORDER)["xero_payment_url"]
	assert url.startswith("https://")
	(mirrored,) = chosen.store.find("Xero Invoice")
	assert mirrored["xero_payment_url"] == url
	chosen.engine.pull()
	assert chosen.engine.push().calls == 0


def test_nothing_of_it_unless_chosen(world: World) -> None:
	world.set(invoice_status="Authorised")
	world.save(customer(), order())
	world.engine.cycle()
	assert not invoice(world)["SentToContact"]
	assert world.store.find("Xero Outbox", {"reference_doctype": "Xero Link"}) == []


def test_a_draft_is_mailed_once_finance_authorises_it(chosen: World) -> None:
	chosen.set(invoice_status="Draft")
	chosen.save(order())
	chosen.engine.cycle()
	assert (times(chosen, NOTE), bool(invoice(chosen)["SentToContact"])) == (1, False)
	chosen.accountant.authorise(invoice(chosen)["InvoiceID"])
	chosen.engine.pull()
	chosen.engine.push()
	assert invoice(chosen)["SentToContact"]
	assert times(chosen, NOTE) == 1
	assert shown(chosen, "Sales Order", ORDER)["xero_payment_url"]


@pytest.mark.parametrize("minutes", [1, 60])
@pytest.mark.parametrize("lost", ["call", "answer"])
@pytest.mark.parametrize("of", ["/Email", "/History", "/OnlineInvoice"])
def test_a_killed_worker_does_each_once(chosen: World, of: str, lost: str, minutes: int) -> None:
	def kill(*arguments: Any) -> Any:
		if of in str(arguments[0].url):
			raise KeyboardInterrupt
		return arguments[-1]

	setattr(chosen.wire, "before" if lost == "call" else "after", kill)
	chosen.save(order())
	with pytest.raises(KeyboardInterrupt):
		chosen.engine.push()
	chosen.wire.before = chosen.wire.after = None
	chosen.clock.sleep(minutes * 60)
	for _run in range(3):
		chosen.engine_again().push()
		chosen.clock.sleep(600)
	assert (times(chosen, NOTE), times(chosen, "sent")) == (1, 1)
	assert shown(chosen, "Sales Order", ORDER)["xero_payment_url"]
	assert chosen.outbox("Xero Link", link(chosen, "Sales Order", ORDER)["name"])["status"] == "Done"


def test_no_answer_to_a_mail_is_looked_for_and_not_repeated(chosen: World) -> None:
	def drop(request: Any, response: Any) -> Any:
		if "/Email" in str(request.url):
			response.status_code = 503
		return response

	chosen.wire.after = drop
	chosen.save(order())
	assert chosen.engine.push().stopped
	chosen.wire.after = None
	chosen.clock.sleep(3600)
	chosen.engine.push()
	assert times(chosen, "sent") == 1


def test_a_mail_that_xero_refuses_is_held_and_goes_when_asked_again(world: World) -> None:
	world.set(email_invoices=1, invoice_status="Authorised")
	world.save(customer(email_id=None), order())
	assert world.engine.push().held == 1
	row = world.outbox("Xero Link", link(world, "Sales Order", ORDER)["name"])
	assert (row["status"], row["cause"]) == ("Held", "email-missing")
	assert world.outbox("Sales Order", ORDER)["status"] == "Done", "the invoice is in Xero all the same"
