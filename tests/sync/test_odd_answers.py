"""Odd answers of Xero, one kind at a time, and the state in which each ends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests
import simplejson

from tests.conftest import World, customer, line, order
from tests.sync.test_faults import is_write, lose_answer, statuses
from xero_connector.store.protocol import StoreError
from xero_connector.store.sqlite import SQLiteStore
from xero_connector.sync import links, pull, reconcile, reconciliations, webhooks
from xero_connector.sync.errors import LeaseLost
from xero_connector.xero.errors import LONGEST

Row = dict[str, Any]
NUMBER = "SAL-ORD-2026-00001"
NAME = "Northern Breeze Ltd"
FUTURE = "/Date(4102444800000+0000)/"


def rewrite(world: World, path: str, change: Callable[[list[Row]], object], *, method: str = "GET") -> None:
	"""Change the records in every answer to calls of this method and path."""

	def after(request: requests.PreparedRequest, response: requests.Response) -> requests.Response:
		if request.method == method and f"/{path}" in str(request.url) and response.status_code == 200:
			data = simplejson.loads(response.content, use_decimal=True)
			change(data[next(key for key, value in data.items() if isinstance(value, list))])
			response._content = simplejson.dumps(data, use_decimal=True).encode()
		return response

	world.wire.after = after


def answer(world: World, when: str, body: bytes, *, status: int = 200, kind: str = "") -> None:
	"""Answer every call whose URL holds ``when`` with this, as another content type if one is given."""

	def after(request: requests.PreparedRequest, response: requests.Response) -> requests.Response:
		if when in str(request.url):
			response.status_code, response._content = status, body
			response.headers["Content-Type"] = kind or response.headers["Content-Type"]
		return response

	world.wire.after = after


@pytest.fixture
def billed(world: World) -> World:
	"""Two customers with an invoice each, paid in part after the last pull."""
	world.save(customer(), customer("Hill & Sons", email_id="hill@firm.example"))
	world.save(order(), order("SO-2", customer="Hill & Sons"))
	assert world.engine.cycle().stopped == ""
	world.clock.sleep(60)
	for number in (NUMBER, "SO-2"):
		found = world.accountant.find_invoice(number)["InvoiceID"]
		world.accountant.authorise(found)
		world.accountant.pay(found, 50)
	world.clock.sleep(60)
	return world


def paid(world: World) -> list[Any]:
	return [row.get("xero_paid") for row in world.store.find("Customer")]


ODD_RECORDS: list[tuple[str, Callable[[Row], object]]] = [
	("Invoices", lambda row: row.pop("Status")),
	("Invoices", lambda row: row.update(Total=None)),
	("Invoices", lambda row: row.update(AmountPaid="fifty")),
	("Invoices", lambda row: row.update(DueDate="soon")),
	("Invoices", lambda row: row.update(Contact="somebody")),
	("Invoices", lambda row: row.update(InvoiceNumber=["7"])),
	("Invoices", lambda row: row.update(UpdatedDateUTC=FUTURE, Status=None)),
	("Invoices", lambda row: row.pop("InvoiceID")),
	("Payments", lambda row: row.pop("Amount")),
	("Payments", lambda row: row.update(Status="")),
	("Payments", lambda row: row.update(Invoice=7)),
	("Payments", lambda row: row.update(PaymentID=["7"])),
	("Payments", lambda row: row.update(PaymentID="x" * 5000)),
]


@pytest.mark.parametrize(("path", "change"), ODD_RECORDS)
def test_an_odd_record_is_told_of_and_comes_again(
	billed: World, path: str, change: Callable[[Row], object]
) -> None:
	rewrite(billed, path, lambda rows: change(rows[0]) if rows else None)
	assert billed.engine.pull().stopped in ("", "Xero's answer has Invoices without a InvoiceID.")
	assert billed.store.find("Xero Sync Log", {"cause": "not-applied"}) != []
	assert 50 in paid(billed), "the other record"
	billed.wire.after = None
	for _ in range(2):
		billed.clock.sleep(300)
		billed.engine.pull()
	assert paid(billed) == [50, 50]


def test_a_time_stamp_that_has_not_come_stops_nothing(billed: World) -> None:
	rewrite(billed, "Invoices", lambda rows: [row.update(UpdatedDateUTC=FUTURE) for row in rows])
	billed.engine.pull()
	billed.wire.after = None
	billed.clock.sleep(60)
	billed.accountant.pay(billed.accountant.find_invoice(NUMBER)["InvoiceID"], 70)
	billed.clock.sleep(60)
	billed.engine.pull()
	assert sorted(paid(billed)) == [50, 120]


def test_xero_may_be_ahead_of_our_clock(billed: World) -> None:
	contact = {"ContactID": "1", "Name": "Ahead", "UpdatedDateUTC": "2026-11-23T08:00:00.000000Z"}
	pull.Pull(billed.engine.context).apply(pull.CONTACTS, [contact])
	(kept,) = billed.store.find("Xero Contact", {"xero_id": "1"})
	assert kept["updated_utc"] == contact["UpdatedDateUTC"]


@pytest.mark.parametrize("name", [None, "", ["a"], {"a": 1}])
def test_a_contact_without_a_name_takes_none_away(world: World, name: Any) -> None:
	world.save(customer())
	world.engine.cycle()
	world.clock.sleep(60)
	world.accountant.edit_contact(world.accountant.contacts()[0]["ContactID"], TaxNumber="GB1")
	rewrite(world, "Contacts", lambda rows: [row.update(Name=name) for row in rows])
	world.engine.pull()
	assert world.store.find("Customer")[0]["customer_name"] == NAME
	world.wire.after = None
	world.engine.pull()
	assert world.store.find("Customer")[0]["tax_id"] == "GB1"


def test_a_contact_with_addresses_unknown_keeps_them(world: World) -> None:
	address = {"doctype": "Address", "name": "A", "address_line1": "1 Harbour Road", "city": "Aberdeen"}
	world.save(address, customer(customer_primary_address="A"))
	world.engine.cycle()
	world.clock.sleep(60)
	world.accountant.edit_contact(world.accountant.contacts()[0]["ContactID"], TaxNumber="GB1")
	rewrite(world, "Contacts", lambda rows: [row.update(Addresses=None, Phones=None) for row in rows])
	world.engine.pull()
	assert world.store.find("Address")[0]["city"] == "Aberdeen"
	assert world.store.find("Customer")[0]["tax_id"] == "GB1"


def archived(contact: Row, at: int, status: str, **fields: Any) -> Row:
	stamp = f"2026-11-22T10:0{at}:00.000000Z"
	return {**contact, "ContactStatus": status, "UpdatedDateUTC": stamp, **fields}


def test_what_was_edited_before_a_contact_was_restored_arrives(world: World) -> None:
	world.save(customer())
	world.engine.cycle()
	reader, contact = pull.Pull(world.engine.context), world.accountant.contacts()[0]
	reader.apply(pull.CONTACTS, [archived(contact, 1, "ARCHIVED")])
	assert world.store.find("Xero Link")[0]["status"] == "Archived"
	reader.apply(pull.CONTACTS, [archived(contact, 2, "ACTIVE", TaxNumber="GB1")])
	assert world.store.find("Xero Link")[0]["status"] == "Linked"
	assert world.store.find("Customer")[0]["tax_id"] == "GB1"


def test_versions_of_a_contact_in_one_page_end_in_the_last(world: World) -> None:
	world.save(customer())
	world.engine.cycle()
	reader, contact = pull.Pull(world.engine.context), world.accountant.contacts()[0]
	versions = [
		archived(contact, 1, "ARCHIVED"),
		archived(contact, 2, "ACTIVE"),
		archived(contact, 1, "ARCHIVED"),
	]
	reader.apply(pull.CONTACTS, versions)
	assert world.store.find("Xero Link")[0]["status"] == "Linked"
	assert len(world.store.find("Xero Sync Log", {"action": "Apply", "xero_entity": "Contact"})) == 2


def test_the_same_payment_twice_in_a_page_counts_once(billed: World) -> None:
	rewrite(billed, "Payments", lambda rows: rows.extend(list(rows)))
	billed.engine.pull()
	assert paid(billed) == [50, 50]
	assert len(billed.store.find("Xero Payment")) == 2


def test_an_odd_item_comes_again(world: World) -> None:
	reader = pull.Pull(world.engine.context)
	world.save(customer(), {"doctype": "Item", "name": "FAN", "item_code": "FAN", "item_name": "Fan"})
	world.save(order(items=[line(item_code="FAN")]))
	world.engine.cycle()
	(item,) = world.store.find("Xero Item")
	world.store.delete("Xero Item", item["name"])
	reader.apply(pull.ITEMS, [{"ItemID": item["xero_id"], "Code": ["FAN"]}])
	assert [row["status"] for row in world.store.find("Xero Webhook Event")] == ["New"]
	world.engine.pull()
	assert [row["status"] for row in world.store.find("Xero Webhook Event")] == ["Done"]
	assert world.store.find("Xero Item")[0]["code"] == "FAN"


def test_what_the_store_says_against_a_record_names_no_person(
	billed: World, monkeypatch: pytest.MonkeyPatch
) -> None:
	def refuse(store: SQLiteStore, doc: Row) -> str:
		raise StoreError("jane.doe@firm.example is not a valid email address " + "x" * 70_000)

	insert = SQLiteStore.insert
	monkeypatch.setattr(
		SQLiteStore,
		"insert",
		lambda store, doc: refuse(store, doc) if doc["doctype"] == "Xero Payment" else insert(store, doc),
	)
	billed.engine.pull()
	events = billed.store.find("Xero Webhook Event")
	assert events and all("jane" not in row["message"] for row in events)
	assert all(len(row["message"]) <= LONGEST for row in events)


def test_an_invoice_without_a_due_date_is_not_written_in_every_cycle(billed: World) -> None:
	rewrite(billed, "Invoices", lambda rows: [row.update(DueDate=None) for row in rows])
	billed.engine.pull()
	invoices = billed.store.find("Xero Invoice")
	assert [row["payment_status"] for row in invoices] == ["Part Paid", "Part Paid"]
	billed.clock.sleep(300)
	assert billed.engine.pull().applied == 0


# answers to writes


def test_an_update_answered_with_another_record_is_held(billed: World) -> None:
	other = billed.store.find("Xero Link", {"reference_name": "Hill & Sons"})[0]["xero_id"]
	billed.save(customer(tax_id="GB1"))
	rewrite(billed, "Contacts", lambda rows: rows[0].update(ContactID=other), method="POST")
	before = len(billed.writes())
	billed.engine.push()
	assert len(billed.writes()) == before + 1
	row = billed.outbox("Customer", NAME)
	assert (row["status"], row["cause"]) == ("Held", "answered-with-another")
	assert other in row["message"] and row["advice"]


@pytest.mark.parametrize("path", ["Contacts", "Invoices"])
def test_answers_in_another_order_link_nothing_wrongly(world: World, path: str) -> None:
	names = [f"Firm {at}" for at in range(3)]
	world.save(*(customer(name, email_id=None) for name in names))
	world.save(*(order(f"SO-{at}", customer=name) for at, name in enumerate(names)))
	rewrite(world, path, lambda rows: rows.reverse(), method="PUT")
	world.engine.push()
	assert world.store.find("Xero Outbox", {"cause": "answered-with-another"}) != []
	world.wire.after = None
	for row in world.store.find("Xero Outbox", {"status": "Held"}):
		world.save(world.store.get(row["reference_doctype"], row["reference_name"]) or {})
	world.engine.push()
	assert set(statuses(world)) == {"Done"}
	named = {row["ContactID"]: row["Name"] for row in world.accountant.contacts()}
	named |= {row["InvoiceID"]: row["InvoiceNumber"] for row in world.accountant.invoices()}
	assert {row["xero_id"]: row["reference_name"] for row in world.store.find("Xero Link")} == named


@pytest.mark.parametrize("xero_id", [links.NOT_SAVED, None, "", 7, ["7"], "text"])
def test_an_answer_with_no_id_links_nothing(world: World, xero_id: Any) -> None:
	world.save(customer())
	rewrite(world, "Contacts", lambda rows: rows[0].update(ContactID=xero_id), method="PUT")
	assert "ContactID" in world.engine.push().stopped
	assert statuses(world) == ["Uncertain"]
	assert world.store.find("Xero Link") == []


@pytest.mark.parametrize(
	"odd", [{"PaymentTerms": "text"}, {"Name": {}}, {"Addresses": [None]}, {"Phones": 7}, {"Warnings": 7}]
)
def test_a_contact_taken_with_an_odd_answer_is_linked_and_read_again(world: World, odd: Row) -> None:
	world.save(customer())
	rewrite(world, "Contacts", lambda rows: rows[0].update(odd), method="PUT")
	assert world.engine.push().stopped == ""
	world.wire.after = None
	world.engine.cycle()
	assert statuses(world) == ["Done"]
	assert len(world.accountant.contacts()) == len(world.store.find("Xero Link")) == 1


@pytest.mark.parametrize(
	"odd", [{"Contact": "text"}, {"LineItems": [{"LineAmount": "text"}]}, {"InvoiceID": 7}]
)
def test_an_invoice_that_cannot_be_told_from_ours_stays_uncertain(world: World, odd: Row) -> None:
	world.save(customer(), order())
	lose_answer(world, "Invoices")
	world.engine.push()
	world.clock.sleep(600)
	rewrite(world, "Invoices", lambda rows: [row.update(odd) for row in rows])
	assert world.engine_again().push().stopped != ""
	assert world.outbox("Sales Order", NUMBER)["status"] == "Uncertain"
	world.wire.after = None
	world.engine_again().push()
	assert len(world.accountant.invoices()) == 1
	assert world.outbox("Sales Order", NUMBER)["status"] == "Done"


def test_a_matched_contact_that_cannot_be_read_is_waited_for(world: World) -> None:
	world.accountant.add_contact(Name=NAME, EmailAddress="accounts@northernbreeze.example")
	world.save(customer())

	def change(rows: list[Row]) -> None:
		for row in rows:
			row.update(PaymentTerms="text")

	rewrite(world, "Contacts", change)
	world.engine.push()
	assert statuses(world) == ["Waiting"]
	world.wire.after = None
	world.clock.sleep(4000)
	world.engine.push()
	assert statuses(world) == ["Done"]


def test_a_write_that_names_a_record_that_is_gone_is_held_alone(billed: World) -> None:
	gone = billed.store.find("Xero Link", {"reference_name": NAME})[0]["xero_id"]

	def after(request: requests.PreparedRequest, response: requests.Response) -> requests.Response:
		if is_write(request) and gone.encode() in bytes(request.body or b""):
			response.status_code, response._content = 404, b"<html>not found</html>"
			response.headers["Content-Type"] = "text/html"
		return response

	billed.wire.after = after
	billed.save(customer(tax_id="1"), customer("Hill & Sons", email_id="hill@firm.example", tax_id="2"))
	assert billed.engine.push().stopped == ""
	assert billed.outbox("Customer", NAME)["status"] == "Held"
	assert "no such record" in billed.outbox("Customer", NAME)["message"]
	assert billed.outbox("Customer", "Hill & Sons")["status"] == "Done"


# what is read to begin with


@pytest.mark.parametrize(
	("path", "collection", "rows"),
	[
		("Organisation", "Organisations", []),
		("Organisation", "Organisations", [{"Name": "Wind", "BaseCurrency": None}]),
		(
			"Organisation",
			"Organisations",
			[{"Name": "Wind", "BaseCurrency": "GBP", "PeriodLockDate": "soon"}],
		),
		("Accounts", "Accounts", []),
		("Accounts", "Accounts", [{"Code": "200"}]),
		("Accounts", "Accounts", [{"AccountID": "1", "Code": {"a": 1}}]),
		("TaxRates", "TaxRates", [{"TaxType": "OUTPUT2", "EffectiveRate": "twenty"}]),
	],
)
def test_odd_reference_data_changes_nothing(
	world: World, path: str, collection: str, rows: list[Row]
) -> None:
	kinds = ("Xero Organisation", "Xero Account", "Xero Tax Rate")
	before = [world.store.find(kind) for kind in kinds]
	answer(world, f"/{path}", simplejson.dumps({collection: rows}).encode())
	assert collection in world.engine.refresh_reference().stopped
	assert [world.store.find(kind) for kind in kinds] == before


def test_odd_currencies_stop_the_push_in_words(world: World) -> None:
	world.save(customer(default_currency="EUR"))
	answer(world, "/Currencies", b'{"Currencies": [{}]}')
	assert "Currencies cannot be read" in world.engine.push().stopped


@pytest.mark.parametrize("body", [b"<html>Sorry</html>", b'{"Contacts": [{', b"null", b'{"Contacts": {}}'])
@pytest.mark.parametrize("when", ["/Contacts", "/Invoices", "/connect/token"])
def test_an_answer_that_is_none_stops_the_run_in_words(billed: World, when: str, body: bytes) -> None:
	billed.clock.sleep(3600)
	answer(billed, when, body, kind="text/html")
	assert "Xero" in billed.engine.cycle().stopped
	assert billed.engine.context.settings()["status"] == "Connected"
	billed.wire.after = None
	assert billed.engine.cycle().stopped == ""
	assert paid(billed) == [50, 50]


def test_twenty_megabytes_stop_the_run_in_words(billed: World) -> None:
	answer(billed, "/Contacts", b'{"Message": "' + b"x" * 20_000_000 + b'"}', status=400)
	stopped = billed.engine.pull().stopped
	assert stopped.startswith("xxx") and len(stopped) == LONGEST


def test_twenty_megabytes_of_one_field_hold_back_no_other(billed: World) -> None:
	rewrite(billed, "Payments", lambda rows: rows[0].update(Amount="9" * 20_000_000))
	billed.engine.pull()
	assert 50 in paid(billed)
	(row,) = billed.store.find("Xero Webhook Event")
	assert row["status"] == "New" and len(row["message"]) <= LONGEST


# what is gone


def test_a_row_whose_document_is_gone_is_cancelled(world: World) -> None:
	world.save(customer(), customer("B", email_id=None))
	world.store.delete("Customer", NAME)
	world.engine.push()
	row = world.outbox("Customer", NAME)
	assert (row["status"], row["cause"]) == ("Cancelled", "deleted")
	assert world.outbox("Customer", "B")["status"] == "Done"


@pytest.mark.parametrize(
	"values", [{"eventType": "x" * 200}, {"eventType": "\ud800"}, {"eventDateUtc": "\u0000"}]
)
def test_an_odd_webhook_event_holds_back_no_other(world: World, values: Row) -> None:
	ids = [f"0000000{at}-0000-0000-0000-000000000001" for at in range(2)]
	good: Row = {"eventCategory": "CONTACT", "eventType": "UPDATE", "tenantId": world.tenant}
	events = [{**good, "resourceId": ids[0], **values}, {**good, "resourceId": ids[1]}]
	assert webhooks.receive(world.store, world.clock, simplejson.dumps({"events": events}).encode()) == 1
	(kept,) = world.store.find("Xero Webhook Event")
	assert (kept["resource_id"], kept["status"]) == (ids[1], "New")


def test_a_webhook_of_twenty_megabytes(world: World) -> None:
	with pytest.raises(ValueError, match="no list of events"):
		webhooks.receive(world.store, world.clock, b'{"events": "' + b"x" * 20_000_000 + b'"}')
	assert world.store.find("Xero Webhook Event") == []


# reconciliations


def test_a_reconciliation_whose_lease_passed_on_says_so(
	billed: World, monkeypatch: pytest.MonkeyPatch
) -> None:
	def lose(self: reconcile.Reconciliation) -> None:
		raise LeaseLost("the lease has passed to another worker")

	monkeypatch.setattr(reconcile.Reconciliation, "_money", lose)
	assert "another worker" in billed.engine.reconcile().stopped
	(row,) = billed.store.find("Xero Reconciliation")
	assert row["status"] == "Stopped" and "another worker" in row["message"]


def test_a_reconciliation_whose_process_was_killed_is_ended_by_the_next(billed: World) -> None:
	doc = {"organisation": billed.tenant, "status": "Running", "started_at": billed.engine.context.now()}
	name = billed.store.insert({"doctype": "Xero Reconciliation", **doc})
	billed.engine.reconcile()
	killed = billed.store.get("Xero Reconciliation", name) or {}
	assert (killed["status"], killed["message"]) == ("Stopped", reconciliations.INTERRUPTED)
