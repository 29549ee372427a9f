"""Reading changes from servers that keep Xero's rules more or less: pages, order, time stamps."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from tests.conftest import World
from xero_connector.store.protocol import Doc
from xero_connector.sync import pull
from xero_connector.sync.context import Context
from xero_connector.sync.pull import Pull
from xero_connector.xero.client import Answer
from xero_connector.xero.errors import BadAnswer
from xero_connector.xero.usage import Priority

Give = Callable[[str, Mapping[str, Any], str | None], list[Doc]]


class Server:
	"""A server that answers reads as the test says, at most fifty."""

	priority = Priority.PUSH

	def __init__(self, give: Give) -> None:
		self.give = give
		self.calls = 0

	def get(
		self, path: str, params: Mapping[str, Any] | None = None, *, modified_since: str | None = None
	) -> Answer:
		self.calls += 1
		assert self.calls < 50, "it reads for ever"
		return Answer({path: self.give(path, params or {}, modified_since)}, 200, "")

	def at(self, priority: Priority) -> Server:
		return self

	def send(self, *_: Any, **__: Any) -> Answer:
		raise AssertionError("nothing is written here")


def pull_from(world: World, give: Give) -> tuple[Pull, Server]:
	server = Server(give)
	return Pull(Context(world.store, server, world.tenant, world.clock)), server


def contact(at: int, stamp: Any = "2026-11-22T08:00:00.000000Z") -> Doc:
	return {
		"ContactID": f"contact-{at:04}",
		"Name": f"Firm {at}",
		"ContactStatus": "ACTIVE",
		"UpdatedDateUTC": stamp,
	}


def minute(at: int) -> str:
	return f"2026-11-22T{at // 60:02}:{at % 60:02}:00.000000Z"


def paged(rows: list[Doc], size: int, *, inclusive: bool = False) -> Give:
	"""A server with pages of its own size, without a word about how many there are."""

	def give(path: str, params: Mapping[str, Any], since: str | None) -> list[Doc]:
		found = [
			row
			for row in rows
			if not since
			or row["UpdatedDateUTC"][:19] > since
			or (inclusive and row["UpdatedDateUTC"][:19] == since)
		]
		return found[(params["page"] - 1) * size :][:size]

	return give


def known(world: World) -> int:
	return len(world.store.find("Xero Contact"))


@pytest.mark.parametrize("inclusive", [False, True])
def test_a_server_that_gives_a_hundred_at_a_time(world: World, inclusive: bool) -> None:
	rows = [contact(at, minute(at)) for at in range(250)]
	pull_from(world, paged(rows, 100, inclusive=inclusive))[0].poll(pull.CONTACTS)
	assert known(world) == 250


def test_a_server_that_does_not_sort(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
	monkeypatch.setattr(pull, "PAGE", 10)
	rows = [contact(at, minute(at)) for at in range(35)]
	random.Random(1).shuffle(rows)
	pull_from(world, paged(rows, 10))[0].poll(pull.CONTACTS)
	assert known(world) == 35
	assert world.store.find("Xero Cursor", {"entity": "Contact"})[0]["position"] == minute(34)


def test_a_server_that_knows_no_pages(world: World) -> None:
	everything = [contact(at) for at in range(1000)]
	reader, server = pull_from(world, lambda path, params, since: everything)
	reader.poll(pull.CONTACTS)
	assert known(world) == 1000
	assert server.calls <= 3


@pytest.mark.parametrize("stamp", [None, "", "2026-11-22T08:00:00", "2026-11-22T08:00:00Z", "yesterday"])
def test_a_record_without_a_usable_time_stamp_is_read_all_the_same(world: World, stamp: Any) -> None:
	reader, _ = pull_from(world, lambda path, params, since: [contact(1, stamp), contact(2)])
	reader.poll(pull.CONTACTS)
	reader.poll(pull.CONTACTS)
	assert known(world) == 2


def test_a_record_without_an_id_is_passed_over(world: World) -> None:
	rows = [{"Code": "A"}, {"ItemID": "item-1", "Code": "B"}]
	reader, _ = pull_from(world, lambda path, params, since: rows)
	reader.poll(pull.ITEMS)
	assert [row["code"] for row in world.store.find("Xero Item")] == ["B"]


def test_not_modified_means_nothing_new(world: World) -> None:
	def give(path: str, params: Mapping[str, Any], since: str | None) -> list[Doc]:
		if since:
			raise BadAnswer("Xero answered 304.", status=304)
		return [contact(1)]

	reader, _ = pull_from(world, give)
	assert reader.poll(pull.CONTACTS) == 1
	assert reader.poll(pull.CONTACTS) == 0


def test_payments_that_name_no_invoice(world: World) -> None:
	invoices: list[Doc | None] = [{"InvoiceID": None}, None, {"InvoiceID": "invoice-1"}]
	payments = [
		{"PaymentID": str(at), "Invoice": invoice, "UpdatedDateUTC": minute(at)}
		for at, invoice in enumerate(invoices)
	]
	reader, _ = pull_from(world, lambda path, params, since: payments if path == "Payments" else [])
	reader.run()


def test_a_paid_bill_costs_no_call(world: World) -> None:
	payment = {
		"PaymentID": "payment-1",
		"PaymentType": "ACCPAYPAYMENT",
		"Invoice": {"InvoiceID": "bill-1", "Type": "ACCPAY"},
		"UpdatedDateUTC": minute(1),
	}
	reader, server = pull_from(world, lambda path, params, since: [payment] if path == "Payments" else [])
	reader.run()
	assert server.calls == len(pull.CYCLE)


@pytest.mark.parametrize("kind", [None, ""])
def test_a_payment_without_a_type_is_known_by_its_invoice(world: World, kind: Any) -> None:
	payments = [
		{"PaymentID": "1", "PaymentType": kind, "Invoice": {"InvoiceID": "bill-1", "Type": "ACCPAY"}},
		{"PaymentID": "2", "PaymentType": kind, "CreditNote": {"CreditNoteID": "note-1"}},
		{"PaymentID": "3", "PaymentType": kind, "Invoice": {"InvoiceID": "invoice-1", "Type": None}},
	]
	reader, _ = pull_from(world, lambda path, params, since: [])
	reader.apply(pull.PAYMENTS, [{**row, "Status": "AUTHORISED", "Amount": 1} for row in payments])
	kinds = {row["xero_id"]: row["kind"] for row in world.store.find("Xero Payment")}
	assert kinds == {"2": "Refund", "3": "Payment"}
