"""The import of history: onto the customers that are here, in few calls, and whatever interrupts it."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
import requests

from tests.conftest import World, customer
from xero_connector.simulator import Limits
from xero_connector.simulator.kinds import INVOICE
from xero_connector.store.protocol import Doc
from xero_connector.sync import history, links, pull
from xero_connector.sync.errors import SyncError
from xero_connector.sync.recognise import Recogniser

SINCE = date(2024, 11, 22)
OLD, NEW = "2023-05-01", "2025-05-01"
LINES = [
	{"Description": "Repair", "Quantity": 1, "UnitAmount": 50, "AccountCode": "200", "TaxType": "OUTPUT2"}
]


def contact(world: World, name: str, **fields: Any) -> str:
	world.clock.sleep(1)
	return world.accountant.add_contact(Name=name, **fields)


def invoice(world: World, contact_id: str, day: str = NEW) -> str:
	world.clock.sleep(1)
	return world.accountant.add_invoice(
		Contact={"ContactID": contact_id}, Date=day, DueDate=day, Status="AUTHORISED", LineItems=LINES
	)


def many_invoices(world: World, contacts: list[str], count: int) -> None:
	"""Copies of one invoice, each with a time stamp of its own."""
	first = invoice(world, contacts[0])
	with world.simulator.store.transaction():
		template = world.simulator.books(world.tenant, world.simulator.now()).one(INVOICE, first)
		for at in range(1, count):
			world.clock.sleep(20)
			books = world.simulator.books(world.tenant, world.simulator.now())
			own = {"InvoiceID": books.new_id(), "InvoiceNumber": f"OLD-{at:05}"}
			books.save(INVOICE, {**template, **own, "Contact": {"ContactID": contacts[at % len(contacts)]}})


def asked(world: World, since: date = SINCE) -> str:
	return history.ask(world.store, world.clock, world.tenant, since)


def state(world: World, name: str) -> Doc:
	return world.store.get(history.DOCTYPE, name) or {}


def mirrored(world: World) -> dict[str, list[Doc]]:
	"""All that an import writes, without what differs by the moment of writing."""
	told = ("creation", "modified", "xero_updated", "linked_at", "name")
	doctypes = ("Customer", "Xero Contact", "Xero Invoice", "Xero Payment", "Xero Link")
	return {
		doctype: sorted(
			(
				{key: value for key, value in row.items() if key not in told}
				for row in world.store.find(doctype)
			),
			key=str,
		)
		for doctype in doctypes
	}


@pytest.fixture
def books(world: World) -> World:
	"""Two customers here that finance has known for years, each under another name."""
	world.set(push_customers=0)
	world.save(customer("Northern", email_id="a@n.example"), customer("Southern", email_id="", tax_id="GB1"))
	north = contact(world, "N. Breeze", EmailAddress="A@N.example")
	south = contact(world, "S. Breeze", TaxNumber="GB1", EmailAddress="b@s.example")
	for contact_id in (north, south):
		for day in (OLD, NEW):
			invoice(world, contact_id, day)
	world.accountant.pay(world.accountant.invoices()[1]["InvoiceID"], Decimal(20), date="2025-06-01")
	world.accountant.credit(south, Decimal(15), date="2025-06-01", Status="AUTHORISED")
	world.clock.sleep(5)
	return world


# what it brings


def test_history_comes_onto_the_customers_that_are_here(books: World) -> None:
	name = asked(books)
	report = books.engine.import_history()
	assert report.stopped == ""
	found = state(books, name)
	assert (found["status"], found["progress"]) == ("Finished", 100)
	assert found["asked_at"] <= found["started_at"] <= found["finished_at"]
	counts = {field: found[field] for field in ("contacts", "linked", "invoices", "credits", "payments")}
	assert counts == {"contacts": 2, "linked": 2, "invoices": 2, "credits": 1, "payments": 1}
	assert found.get("unmatched", 0) == 0
	owned = {row["customer"]: row["invoice_date"] for row in books.store.find("Xero Invoice")}
	assert owned == {"Northern": NEW, "Southern": NEW}
	north, south = (books.store.get("Customer", each) or {} for each in ("Northern", "Southern"))
	assert (north["xero_invoiced"], north["xero_paid"], north["xero_due"]) == (60, 20, 40)
	assert (south["xero_invoiced"], south["xero_due"], south["xero_credit"] > 0) == (60, 60, True)
	assert books.writes() == [], "an import writes nothing in Xero"


def test_nothing_that_a_person_entered_here_is_overwritten(books: World) -> None:
	before = {each: books.store.get("Customer", each) or {} for each in ("Northern", "Southern")}
	asked(books)
	books.engine.import_history()
	for each, doc in before.items():
		after = books.store.get("Customer", each) or {}
		assert {field: after.get(field) for field in doc if doc[field]} == {
			field: value for field, value in doc.items() if value
		}
	base = links.base_of(links.of_document(books.store, books.tenant, "Customer", "Northern") or {})
	assert (base["local"]["Name"], base["remote"]["Name"]) == ("Northern", "N. Breeze")


def test_no_customer_is_made_and_what_is_not_clear_is_listed(books: World) -> None:
	books.save(customer("Twin A", email_id="t@t.example"), customer("Twin B", email_id="t@t.example"))
	twin = contact(books, "Twins", EmailAddress="t@t.example")
	stranger = contact(books, "Stranger Ltd")
	supplier = contact(books, "Supplier Ltd")
	bill = {"Type": "ACCPAY", "Contact": {"ContactID": supplier}, "Date": NEW, "DueDate": NEW}
	books.accountant.add_invoice(**bill, LineItems=[{"Description": "Rent", "Quantity": 1, "UnitAmount": 10}])
	for each in (twin, stranger):
		invoice(books, each)
	before = len(books.store.find("Customer"))
	name = asked(books)
	books.engine.import_history()
	found = state(books, name)
	assert (len(books.store.find("Customer")), found["unmatched"]) == (before, 2)
	assert {row["xero_id"]: row["message"] for row in found["findings"]} == {
		twin: "Twins: Several customers have its email: Twin A, Twin B.",
		stranger: "Stranger Ltd: No customer here has its number, email, tax number or name.",
	}


def test_the_sums_are_those_of_a_straight_pull(books: World) -> None:
	asked(books, date(2020, 1, 1))
	books.engine.import_history()
	imported = mirrored(books)
	books.engine.pull()
	assert mirrored(books) == imported
	assert books.engine.reconcile().stopped == ""
	assert mirrored(books) == imported


def test_an_import_after_the_first_poll_links_what_was_mirrored(books: World) -> None:
	books.engine.pull()
	assert {row.get("customer") for row in books.store.find("Xero Invoice")} == {None}
	asked(books)
	books.engine.import_history()
	owned = [row["customer"] for row in books.store.find("Xero Invoice", order_by="invoice_number")]
	assert sorted(owned) == ["Northern", "Northern", "Southern", "Southern"]
	assert (books.store.get("Customer", "Northern") or {})["xero_invoiced"] == 120


def test_a_second_import_changes_nothing(books: World) -> None:
	asked(books)
	books.engine.import_history()
	before, log = mirrored(books), len(books.store.find("Xero Sync Log"))
	name = asked(books)
	report = books.engine.import_history()
	assert (state(books, name)["status"], report.applied) == ("Finished", 0)
	assert state(books, name).get("linked", 0) == 0
	assert (mirrored(books), len(books.store.find("Xero Sync Log"))) == (before, log)


# what it costs, and what interrupts it


def large(world: World, count: int) -> None:
	world.set(push_customers=0)
	names = [f"Customer {at:02}" for at in range(20)]
	world.save(*(customer(name, email_id=f"{name[-2:]}@c.example") for name in names))
	contacts = [contact(world, f"C {name}", EmailAddress=f"{name[-2:]}@c.example") for name in names]
	many_invoices(world, contacts, count)
	world.clock.sleep(60)


def test_three_thousand_invoices_cost_a_call_a_thousand(
	world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
	large(world, 3000)
	name, real, summed = asked(world), world.store.update, list[str]()

	def update(doctype: str, name: str, values: Any) -> None:
		if "xero_invoiced" in values:
			summed.append(name)
		real(doctype, name, values)

	monkeypatch.setattr(world.store, "update", update)
	report = world.engine.import_history()
	found = state(world, name)
	assert (found["status"], found["invoices"], found["linked"]) == ("Finished", 3000, 20)
	paths = [str(call.url).partition("/2.0/")[2] for call in world.wire.sent[-report.calls :]]
	pages = [path for path in paths if "Invoices?" in path and "pageSize=1000" in path]
	# Each page begins two seconds before the end of the last, so the third leaves some rows for a fourth.
	assert len(pages) <= 4
	assert report.calls == found["calls"] <= len(pages) + 2 * len(history.STEPS) + 1
	sums = world.store.find("Customer", fields=["xero_invoiced"])
	assert {row["xero_invoiced"] for row in sums} == {9000}
	assert len(summed) == 20, "the sums are written once, at the end"


@pytest.fixture
def paged(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
	"""A hundred invoices in pages of ten."""
	monkeypatch.setattr(pull, "PAGE", 10)
	monkeypatch.setattr(pull, "SMALLEST_PAGE", 10)
	large(world, 100)
	return world


def at_page(world: World, number: int, act: Any) -> None:
	"""Do this when so many pages of invoices have been asked for."""
	left = [number]

	def before(request: requests.PreparedRequest) -> None:
		if "/Invoices?" in str(request.url) and "pageSize=10&" in f"{request.url}&":
			left[0] -= 1
			if left[0] == 0:
				act()

	world.wire.before = before


class Killed(BaseException):
	pass


def kill() -> None:
	raise Killed


def finish(world: World, name: str) -> Doc:
	assert history.waiting(world.store, world.clock) == [world.tenant]
	world.engine_again().import_history()
	found = state(world, name)
	assert found["status"] == "Finished"
	assert (found["contacts"], found["linked"], found["invoices"]) == (20, 20, 100)
	assert len(world.store.find("Xero Invoice")) == 100
	assert {row["xero_invoiced"] for row in world.store.find("Customer")} == {300}
	return found


@pytest.mark.parametrize("page", [1, 2, 5, 11])
def test_killed_on_the_way_it_goes_on_where_it_was(paged: World, page: int) -> None:
	name = asked(paged)
	at_page(paged, page, kill)
	with pytest.raises(Killed):
		paged.engine.import_history()
	paged.wire.before = None
	before, calls = state(paged, name), len(paged.wire.sent)
	assert (before["status"], before["entity"]) == ("Running", "Invoice")
	paged.clock.sleep(600)
	finish(paged, name)
	again = [call for call in paged.wire.sent[calls:] if "/Invoices?" in str(call.url)]
	assert len(again) <= 12 - page + 2


def test_killed_while_a_page_is_applied_nothing_counts_twice(
	paged: World, monkeypatch: pytest.MonkeyPatch
) -> None:
	name, real, left = asked(paged), paged.store.insert, [25]

	def insert(doc: Any) -> str:
		left[0] -= doc["doctype"] == "Xero Invoice"
		if left[0] < 0:
			raise Killed
		return real(doc)

	with monkeypatch.context() as patch:
		patch.setattr(paged.store, "insert", insert)
		with pytest.raises(Killed):
			paged.engine.import_history()
	paged.clock.sleep(600)
	finish(paged, name)


def test_killed_while_contacts_are_linked(paged: World, monkeypatch: pytest.MonkeyPatch) -> None:
	name, real, left = asked(paged), paged.store.insert, [7]

	def insert(doc: Any) -> str:
		left[0] -= doc["doctype"] == "Xero Link"
		if left[0] < 0:
			raise Killed
		return real(doc)

	with monkeypatch.context() as patch:
		patch.setattr(paged.store, "insert", insert)
		with pytest.raises(Killed):
			paged.engine.import_history()
	assert len(paged.store.find("Xero Link")) == 7
	paged.clock.sleep(600)
	paged.engine_again().import_history()
	assert (state(paged, name)["status"], len(paged.store.find("Xero Link"))) == ("Finished", 20)
	assert {row["xero_invoiced"] for row in paged.store.find("Customer")} == {300}


def test_stop_ends_after_the_page_and_resume_goes_on(paged: World) -> None:
	name = asked(paged)
	at_page(paged, 3, lambda: history.stop(paged.store, name))
	calls = len(paged.wire.sent)
	paged.engine.import_history()
	assert (state(paged, name)["status"], state(paged, name)["invoices"]) == ("Paused", 28)
	pages = [call for call in paged.wire.sent[calls:] if "/Invoices?" in str(call.url)]
	assert len(pages) == 4, "the count and three pages"
	assert 0 < state(paged, name)["progress"] < 100
	assert {row["xero_invoiced"] for row in paged.store.find("Customer")} != {None}, "what came is summed up"
	assert history.waiting(paged.store, paged.clock) == []
	assert history.stop(paged.store, name) is False
	assert history.resume(paged.store, name) is True
	paged.wire.before = None
	finish(paged, name)


def test_a_turn_leaves_room_for_polls_and_goes_on_at_the_next_sweep(paged: World) -> None:
	name = asked(paged)
	paged.wire.before = lambda request: paged.clock.sleep(50)
	assert paged.engine.import_history().stopped == ""
	assert state(paged, name)["status"] == "Queued"
	paged.wire.before = None
	assert paged.engine.pull().stopped == ""
	finish(paged, name)


def test_out_of_calls_it_waits_for_the_budget_and_goes_on_by_itself(paged: World) -> None:
	name = asked(paged)
	at_page(paged, 3, lambda: setattr(paged.simulator, "limits", Limits(day=paged.api.calls + 300)))
	report = paged.engine.import_history()
	assert "more urgent work" in report.stopped
	found = state(paged, name)
	assert (found["status"], found["invoices"], "more urgent work" in found["message"]) == (
		"Queued",
		28,
		True,
	)
	assert history.waiting(paged.store, paged.clock) == []
	paged.clock.sleep(1000)
	assert history.waiting(paged.store, paged.clock) == []
	assert "more urgent work" in paged.engine.import_history().stopped
	paged.wire.before = None
	paged.simulator.limits = Limits()
	paged.clock.sleep(timedelta(hours=1).total_seconds())
	finish(paged, name)


def test_an_outage_is_waited_out_and_a_refusal_is_for_a_person(paged: World) -> None:
	def fail() -> None:
		raise requests.ConnectionError("no route to host")

	name = asked(paged)
	at_page(paged, 3, fail)
	assert paged.engine.import_history().stopped
	assert state(paged, name)["status"] == "Queued"
	assert history.waiting(paged.store, paged.clock) == []
	paged.clock.sleep(history.TRY_AGAIN.total_seconds())

	def refuse(request: requests.PreparedRequest, response: requests.Response) -> requests.Response:
		if "/Invoices?" in str(request.url):
			response.status_code = 400
			response._content = b'{"ErrorNumber":16,"Type":"QueryParseException","Message":"Not so."}'
		return response

	paged.wire.before, paged.wire.after = None, refuse
	paged.engine.import_history()
	assert (state(paged, name)["status"], "Not so." in state(paged, name)["message"]) == ("Failed", True)
	assert history.waiting(paged.store, paged.clock) == []
	paged.wire.after = None
	assert history.resume(paged.store, name)
	finish(paged, name)


def test_what_changes_meanwhile_is_neither_skipped_nor_old(paged: World) -> None:
	name = asked(paged)
	first = paged.accountant.invoices()[0]["InvoiceID"]
	late = paged.accountant.invoices()[-1]["InvoiceID"]

	def edit() -> None:
		paged.clock.sleep(5)
		for each in (first, late):
			paged.accountant.edit_invoice(each, Reference="edited")

	at_page(paged, 4, edit)
	paged.engine.import_history()
	assert state(paged, name)["status"] == "Finished"
	assert len(paged.store.find("Xero Invoice")) == 100
	edited = paged.store.find("Xero Invoice", {"reference": "edited"}, fields=["xero_id"])
	assert {row["xero_id"] for row in edited} == {first, late}


# who may ask


def test_one_import_at_a_time_of_an_organisation_that_syncs(books: World) -> None:
	with pytest.raises(SyncError, match="in the past"):
		asked(books, books.clock.today())
	name = asked(books)
	with pytest.raises(SyncError, match="Resume that one"):
		asked(books)
	books.set(pause_pull=1)
	assert history.waiting(books.store, books.clock) == []
	books.set(pause_pull=0)
	assert history.stop(books.store, name)
	with pytest.raises(SyncError, match="Resume that one"):
		asked(books)
	books.set(enabled=0)
	with pytest.raises(SyncError, match="not syncing"):
		asked(books)


# who is who


@pytest.mark.parametrize(
	("customers", "contacts", "matches"),
	[
		# The rules, in their order.
		([{"name": "A", "email_id": "x@x.x"}], [{"ContactNumber": "A", "EmailAddress": "y@y.y"}], ["A"]),
		([{"name": "A", "email_id": "X@x.x"}], [{"EmailAddress": "x@X.x"}], ["A"]),
		([{"name": "A", "tax_id": "GB 1"}], [{"TaxNumber": "gb 1"}], ["A"]),
		([{"name": "A", "customer_name": "One  Ltd"}], [{"Name": "one ltd"}], ["A"]),
		([{"name": "A"}], [{"Name": "Other"}], [""]),
		# A better fit wins, whichever contact comes first.
		(
			[{"name": "A", "email_id": "x@x.x"}],
			[{"EmailAddress": "x@x.x"}, {"ContactNumber": "A"}],
			["", "A"],
		),
		# Two firms of a group share an email: the name tells.
		(
			[{"name": "A", "email_id": "g@g.g"}, {"name": "B", "email_id": "g@g.g"}],
			[{"Name": "B", "EmailAddress": "g@g.g"}, {"Name": "A", "EmailAddress": "g@g.g"}],
			["B", "A"],
		),
		# It bears the name of another customer, who need not have an email.
		(
			[{"name": "A", "email_id": "g@g.g"}, {"name": "B"}],
			[{"Name": "B", "EmailAddress": "g@g.g"}],
			["B"],
		),
		# In doubt nobody is linked.
		(
			[{"name": "A", "email_id": "x@x.x"}, {"name": "B", "email_id": "x@x.x"}],
			[{"EmailAddress": "x@x.x"}],
			[""],
		),
		(
			[{"name": "A", "email_id": "x@x.x"}],
			[{"EmailAddress": "x@x.x"}, {"EmailAddress": "x@x.x"}],
			["", ""],
		),
		([{"name": "A", "email_id": "x@x.x"}], [{"Name": "A", "EmailAddress": "y@y.y"}], [""]),
		([{"name": "A", "customer_name": "N"}, {"name": "B", "customer_name": "N"}], [{"Name": "N"}], [""]),
	],
)
def test_who_a_contact_is(
	world: World, customers: list[dict[str, Any]], contacts: list[dict[str, Any]], matches: list[str]
) -> None:
	world.set(push_customers=0)
	world.save(*(customer(**{"email_id": "", **each}) for each in customers))
	ids = [
		contact(world, each.pop("Name", f"Contact {at}"), **each)
		for at, each in enumerate(map(dict, contacts))
	]
	asked(world)
	world.engine.import_history()
	found = {row["xero_id"]: row["reference_name"] for row in world.store.find("Xero Link")}
	assert [found.get(xero_id, "") for xero_id in ids] == matches


def test_the_admin_s_order_of_rules_counts(world: World) -> None:
	world.set(push_customers=0, match_rules=[{"rule": "Name", "enabled": 1}, {"rule": "Email", "enabled": 0}])
	world.save(customer("A", email_id="x@x.x"), customer("B", email_id=""))
	by_email = contact(world, "Else", EmailAddress="x@x.x")
	by_name = contact(world, "B")
	world.engine.pull()
	recogniser = Recogniser(world.engine.context)
	assert recogniser.find(world.accountant.contact(by_email)).customer == ""
	assert recogniser.find(world.accountant.contact(by_name)).customer == "B"
