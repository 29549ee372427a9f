"""Odd documents here, odd answers from Xero: one is told of and set aside, and nothing else waits for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests
import simplejson

from tests.conftest import World, customer, line, order
from tests.sync.test_faults import is_write, lose_answer, statuses
from xero_connector.simulator import InProcessAdapter
from xero_connector.sync import pull

NUMBER = "SAL-ORD-2026-00001"
Change = Callable[[dict[str, Any]], object]


def changed(response: requests.Response, change: Change) -> requests.Response:
	"""The answer with its first record changed."""
	data = simplejson.loads(response.content, use_decimal=True)
	collection = next(value for value in data.values() if isinstance(value, list))
	change(collection[0])
	response._content = simplejson.dumps(data, use_decimal=True).encode()
	return response


@pytest.mark.parametrize(
	"odd",
	[
		{"items": [line(item_tax_rate="{")]},
		{"items": [{**line(), "qty": "two"}]},
		{"transaction_date": None, "currency": None},
		{"taxes": [{"charge_type": "On Net Total"}]},
		{"grand_total": None, "taxes": "none"},
	],
)
def test_an_order_that_cannot_be_read_holds_back_no_other(world: World, odd: dict[str, Any]) -> None:
	world.save(customer(), order("SO-1", **odd), order("SO-2"))
	assert world.engine.push().stopped == ""
	assert world.outbox("Sales Order", "SO-2")["status"] == "Done"
	held = world.outbox("Sales Order", "SO-1")
	assert held["status"] == "Held"
	assert held["message"] and held["advice"]


def test_an_order_waits_for_its_customer_for_days(world: World) -> None:
	world.save(customer("<Bad>"), order(customer="<Bad>"))
	for _ in range(60):
		world.engine_again().push()
		world.clock.sleep(3700)
	assert world.outbox("Sales Order", NUMBER)["status"] == "Waiting"


def test_a_400_that_names_no_culprit_is_not_sent_for_ever(world: World) -> None:
	def after(request: requests.PreparedRequest, response: requests.Response) -> requests.Response:
		if is_write(request):
			assert len(world.writes()) < 10
			response.status_code = 400
			response._content = b'{"Message": "No.", "Elements": [{}, {}]}'
		return response

	world.save(customer("A"), customer("B"))
	world.wire.after = after
	world.engine.push()
	assert statuses(world) == ["Held", "Held"]


def test_a_record_that_xero_took_without_saying_its_id_is_found_again(world: World) -> None:
	world.save(customer())
	lose_answer(world, "Contacts", lambda response: changed(response, lambda row: row.pop("ContactID")))
	assert world.engine.push().uncertain == 1
	world.clock.sleep(600)
	world.engine_again().push()
	assert statuses(world) == ["Done"]
	assert len(world.accountant.contacts()) == 1


def test_an_answer_without_a_total_is_not_a_total_of_zero(world: World) -> None:
	world.save(customer(), order())
	lose_answer(world, "Invoices", lambda response: changed(response, lambda row: row.pop("Total")))
	world.engine.push()
	assert set(statuses(world)) == {"Done"}
	world.engine.pull()
	assert world.store.find("Xero Invoice")[0]["total"] == 120


def test_an_invoice_without_an_amount_due_is_not_paid(world: World) -> None:
	record = {"InvoiceID": "1", "Status": "AUTHORISED", "Total": 120, "AmountPaid": 20, "Type": None}
	pull.Pull(world.engine.context).apply(pull.INVOICES, [record])
	(invoice,) = world.store.find("Xero Invoice")
	assert (invoice["payment_status"], invoice["amount_due"]) == ("Part Paid", 100)


def test_reading_back_needs_no_lines(world: World) -> None:
	def after(request: requests.PreparedRequest, response: requests.Response) -> requests.Response:
		if request.method == "GET" and "InvoiceNumbers" in str(request.url):
			return changed(response, lambda row: row.pop("LineItems"))
		return response

	world.save(customer(), order())
	lose_answer(world, "Invoices")
	world.engine.push()
	world.clock.sleep(600)
	world.wire.after = after
	world.engine_again().push()
	assert set(statuses(world)) == {"Done"}


def test_reading_back_keeps_to_short_urls(world: World) -> None:
	names = [f"SALES-ORDER-OF-THE-NORTHERN-BRANCH-2026-{at:05}" for at in range(50)]
	world.save(customer(), *(order(name) for name in names))
	lose_answer(world, "Invoices")
	world.engine.push()
	world.clock.sleep(600)
	world.engine_again().push()
	assert max(len(str(call.url)) for call in world.wire.sent) < 2000
	assert len(world.accountant.invoices()) == 50
	assert set(statuses(world)) == {"Done"}


def test_the_log_tells_no_email(world: World) -> None:
	world.save(customer(email_id="jane doe@nowhere"), customer("B", email_id="jane.doe@nowhere"))
	world.engine.push()
	assert world.store.find("Xero Sync Log") != []
	assert all("nowhere" not in str(row) for row in world.store.find("Xero Sync Log"))


def test_a_record_that_xero_fails_on_holds_back_no_other(
	world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
	"""Xero answers 500 whenever one customer is in the batch, and does nothing."""
	send = InProcessAdapter.send

	def failing(
		wire: InProcessAdapter, request: requests.PreparedRequest, *rest: Any, **options: Any
	) -> requests.Response:
		if not is_write(request) or b'"Firm 3"' not in bytes(request.body or b""):
			return send(wire, request, *rest, **options)
		answer = requests.Response()
		answer.status_code, answer._content = 500, b"An error occurred"
		return answer

	monkeypatch.setattr(InProcessAdapter, "send", failing)
	for at in range(6):
		world.save(customer(f"Firm {at}", email_id=None))
	world.save(order(customer="Firm 5"))
	for _ in range(12):
		world.engine_again().push()
		world.clock.sleep(60)
	done = world.store.find("Xero Outbox", {"status": "Done"})
	assert {row["reference_name"] for row in done} == {NUMBER, *(f"Firm {at}" for at in (0, 1, 2, 4, 5))}
	before = len(world.writes())
	for _ in range(60):
		world.engine_again().push()
		world.clock.sleep(60)
	assert len(world.writes()) - before <= 4, "later each time"
	monkeypatch.undo()
	world.clock.sleep(3700)
	for _ in range(2):
		world.engine_again().push()
	assert world.outbox("Customer", "Firm 3")["status"] == "Done"
	assert len(world.accountant.contacts()) == 6
