"""Credit comes back: notes, over- and prepayments, what they settle, what is refunded, and the way back."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
import requests
import simplejson

from tests.conftest import World, customer, line, order
from tests.sync.test_pull import KEY, delivered, invoice_id, shown, sums, without
from xero_connector.demo.compare import compare
from xero_connector.store.protocol import StoreError
from xero_connector.sync import pull, webhooks
from xero_connector.xero.reading import read_json

ORDER = "SAL-ORD-2026-00001"
KINDS = ("CreditNote", "Overpayment", "Prepayment")
NAMES = {"CreditNote": "Credit Note", "Overpayment": "Overpayment", "Prepayment": "Prepayment"}

Arrive = Callable[[], None]
"""A fixture that lets come here what was done in Xero."""


@pytest.fixture
def billed(world: World) -> World:
	"""Two authorised invoices of one customer, 120.00 each, seen here."""
	world.set(invoice_status="Authorised")
	world.save(customer(), order(), order("SO-2"))
	world.engine.push()
	world.simulator.add_app(
		"app",
		"secret",
		kind="custom",
		tenant_id=world.tenant,
		webhook_url="https://erp.example/hook",
		webhook_key=KEY,
	)
	world.clock.sleep(5)
	world.engine.pull()
	world.clock.sleep(5)
	return world


@pytest.fixture(params=["poll", "webhook"])
def arrive(request: pytest.FixtureRequest, billed: World) -> Arrive:
	delivered(billed)

	def by_poll() -> None:
		billed.engine.pull()
		billed.clock.sleep(5)

	def by_webhook() -> None:
		for body, _ in delivered(billed):
			webhooks.receive(billed.store, billed.clock, body)
		assert billed.engine.fetch_webhook_events().stopped == ""
		billed.clock.sleep(5)

	return {"poll": by_poll, "webhook": by_webhook}[str(request.param)]


def contact_id(world: World) -> str:
	return str(world.accountant.find_invoice(ORDER)["Contact"]["ContactID"])


def make_credit(world: World, kind: str, amount: int = 60, **fields: Any) -> str:
	"""A credit in Xero; an overpayment settles SO-2 on its way."""
	if kind == "CreditNote":
		return world.accountant.credit(contact_id(world), amount, **fields)
	if kind == "Prepayment":
		return world.accountant.prepay(contact_id(world), amount, **fields)
	so_2 = invoice_id(world, "SO-2")
	return world.accountant.overpay(so_2, world.accountant.invoice(so_2)["AmountDue"] + amount)


def row(world: World, xero_id: str) -> dict[str, Any]:
	(found,) = world.store.find("Xero Payment", {"xero_id": xero_id})
	return found


def credit_shown(world: World) -> Any:
	return (world.store.get("Customer", "Northern Breeze Ltd") or {}).get("xero_credit") or 0


def differences(world: World) -> list[str]:
	return compare(world.store, world.accountant, world.clock.today()).differences


def everything(world: World) -> dict[str, list[Any]]:
	"""All that is stored, but for when it was last looked."""
	seen = {}
	for doctype in world.store.doctypes():
		if doctype not in ("Xero Call Budget", "Xero Cursor", "Xero Lease"):
			seen[doctype] = world.store.find(doctype, order_by="name")
	return seen


@pytest.mark.parametrize("kind", KINDS)
def test_credit_arrives_is_used_and_comes_back(billed: World, arrive: Arrive, kind: str) -> None:
	credit = make_credit(billed, kind)
	arrive()
	mirrored = row(billed, credit)
	assert (mirrored["kind"], mirrored["amount"], mirrored["remaining_credit"]) == (NAMES[kind], 60, 60)
	assert mirrored["customer"] == "Northern Breeze Ltd"
	assert credit_shown(billed) == 60
	assert shown(billed) == ("Sent", 0, 120, 0)

	part = billed.accountant.allocate(credit, invoice_id(billed), 20)
	arrive()
	used = row(billed, part)
	assert (used["kind"], used["amount"], used["xero_status"]) == ("Allocation", 20, "AUTHORISED")
	assert (used["credit_xero_id"], used["invoice_xero_id"]) == (credit, invoice_id(billed))
	assert used["invoice"] == billed.store.find("Xero Invoice", {"invoice_number": ORDER})[0]["name"]
	assert used["customer"] == "Northern Breeze Ltd"
	money = 0 if kind == "CreditNote" else 20
	assert (shown(billed), credit_shown(billed)) == (("Part Paid", money, 100, 0), 40)

	billed.accountant.remove_allocation(part)
	arrive()
	assert row(billed, part)["xero_status"] == "DELETED"
	assert (shown(billed), credit_shown(billed)) == (("Sent", 0, 120, 0), 60)
	assert differences(billed) == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_refund_lowers_the_credit_and_its_removal_raises_it(
	billed: World, arrive: Arrive, kind: str
) -> None:
	credit = make_credit(billed, kind)
	arrive()
	before = sums(billed)
	refund = billed.accountant.refund(credit, 15, reference="By transfer")
	arrive()
	mirrored = row(billed, refund)
	assert (mirrored["kind"], mirrored["amount"], mirrored["reference"]) == ("Refund", 15, "By transfer")
	assert (mirrored["credit_xero_id"], mirrored["customer"]) == (credit, "Northern Breeze Ltd")
	assert (row(billed, credit)["remaining_credit"], credit_shown(billed)) == (45, 45)
	assert sums(billed)[:-1] == before[:-1]
	rest = billed.accountant.refund(credit)
	arrive()
	assert (row(billed, credit)["xero_status"], credit_shown(billed)) == ("PAID", 0)
	billed.accountant.remove_payment(refund)
	arrive()
	assert (row(billed, refund)["xero_status"], row(billed, rest)["xero_status"]) == ("DELETED", "AUTHORISED")
	assert credit_shown(billed) == 15
	assert differences(billed) == []


@pytest.mark.parametrize("kind", ["CreditNote", "Prepayment"])
def test_void_credit_is_credit_no_more(billed: World, arrive: Arrive, kind: str) -> None:
	credit = make_credit(billed, kind)
	arrive()
	void = billed.accountant.void_credit_note if kind == "CreditNote" else billed.accountant.void_received
	void(credit)
	arrive()
	assert (row(billed, credit)["xero_status"], row(billed, credit)["remaining_credit"]) == ("VOIDED", 0)
	assert credit_shown(billed) == 0


def test_a_draft_credit_note_is_none_yet(billed: World, arrive: Arrive) -> None:
	note = billed.accountant.credit(contact_id(billed), 60, Status="DRAFT")
	gone = billed.accountant.credit(contact_id(billed), 60, Status="DRAFT")
	arrive()
	assert (row(billed, note)["xero_status"], credit_shown(billed)) == ("DRAFT", 0)
	billed.accountant.authorise_credit_note(note)
	billed.accountant.void_credit_note(gone)
	arrive()
	assert (credit_shown(billed), row(billed, gone)["xero_status"]) == (60, "DELETED")


def test_an_invoice_settled_by_credit_alone_is_paid_and_falls_back(billed: World, arrive: Arrive) -> None:
	note, deposit = make_credit(billed, "CreditNote", 100), make_credit(billed, "Prepayment", 50)
	billed.accountant.allocate(note, invoice_id(billed), 100)
	last = billed.accountant.allocate(deposit, invoice_id(billed), 20)
	arrive()
	assert shown(billed) == ("Paid", 20, 0, 0)
	assert sums(billed) == ("Sent", 240, 20, 120, 0, 30)
	billed.accountant.remove_allocation(last)
	arrive()
	assert shown(billed) == ("Part Paid", 0, 20, 0)
	assert sums(billed) == ("Part Paid", 240, 0, 140, 0, 50)


def test_the_same_money_counts_once(billed: World) -> None:
	"""150 is received for 120, 30 of it is used for another invoice: 150 was paid, and there is no credit."""
	over = billed.accountant.overpay(invoice_id(billed), 150)
	billed.engine.pull()
	assert sums(billed) == ("Sent", 240, 120, 120, 0, 30)
	billed.clock.sleep(5)
	billed.accountant.allocate(over, invoice_id(billed, "SO-2"), 30)
	billed.engine.pull()
	assert sums(billed) == ("Part Paid", 240, 150, 90, 0, 0)


def test_foreign_currency_to_the_cent(world: World) -> None:
	world.set(invoice_status="Authorised")
	world.save(
		customer(default_currency="USD"),
		order(currency="USD", conversion_rate=0.8, items=[line(1, 100.01)], taxes=[], grand_total=100.01),
	)
	world.engine.push()
	world.clock.sleep(5)
	rates = {"CurrencyCode": "USD", "CurrencyRate": Decimal("1.3")}
	note = world.accountant.credit(contact_id(world), "33.33", **rates)
	deposit = world.accountant.prepay(contact_id(world), "20.07", **rates)
	world.accountant.allocate(note, invoice_id(world), "11.11")
	world.accountant.allocate(deposit, invoice_id(world), "10.03")
	world.accountant.refund(deposit, "5.05")
	world.engine.pull()
	# 22.22 / 1.3 + 4.99 / 1.3 are left; 100.01 / 1.25 were invoiced, 10.03 / 1.25 paid, 78.87 / 1.25 are due
	expected = (Decimal("80.01"), Decimal("8.02"), Decimal("63.10"), 0, Decimal("20.93"))
	assert sums(world)[1:] == expected
	assert shown(world) == ("Part Paid", Decimal("10.03"), Decimal("78.87"), 0)
	(refund,) = world.store.find("Xero Payment", {"kind": "Refund"})
	assert (refund["currency"], refund["base_amount"]) == ("USD", Decimal("3.88"))
	assert differences(world) == []


def test_a_second_pull_writes_nothing(billed: World) -> None:
	for kind in KINDS:
		credit = make_credit(billed, kind)
		used = billed.accountant.allocate(credit, invoice_id(billed), 10)
		billed.accountant.allocate(credit, invoice_id(billed), 5)
		billed.accountant.remove_allocation(used)
		billed.accountant.refund(credit, 5)
	billed.engine.pull()
	before = everything(billed)
	billed.clock.sleep(30)
	report = billed.engine.pull()
	assert (report.applied, report.calls) == (0, len(pull.CYCLE))
	assert everything(billed) == before
	assert differences(billed) == []


def test_more_credit_than_a_page(billed: World) -> None:
	billed.simulator.max_page_size = 3
	for at in range(10):
		note = make_credit(billed, "CreditNote", 10 + at)
		billed.accountant.allocate(note, invoice_id(billed), 1)
		billed.clock.sleep(at % 3)
	billed.engine.pull()
	assert differences(billed) == []


@pytest.mark.parametrize("seed", range(20))
def test_any_order_and_old_versions_end_in_the_same_state(billed: World, seed: int) -> None:
	"""Every version of every record, shuffled and doubled, as a webhook and two polls might bring them."""
	accountant = billed.accountant
	versions: list[tuple[pull.Polled, dict[str, Any]]] = []

	def keep() -> list[tuple[pull.Polled, dict[str, Any]]]:
		billed.clock.sleep(1)
		collections = (
			(pull.INVOICES, accountant.invoices()),
			(pull.CREDIT_NOTES, accountant.credit_notes()),
			(pull.PREPAYMENTS, accountant.prepayments()),
			(pull.PAYMENTS, accountant.payments()),
		)
		now = [(polled, as_read(each)) for polled, found in collections for each in found]
		versions.extend(now)
		return now

	note, deposit = make_credit(billed, "CreditNote"), make_credit(billed, "Prepayment")
	keep()
	first = accountant.allocate(note, invoice_id(billed), 30)
	accountant.allocate(deposit, invoice_id(billed), 40)
	keep()
	refund = accountant.refund(note, 10)
	accountant.remove_allocation(first)
	keep()
	accountant.remove_payment(refund)
	accountant.allocate(note, invoice_id(billed, "SO-2"), 25)
	last = keep()
	shuffled = [*random.Random(seed).sample(versions, len(versions) // 2), *last]
	random.Random(seed).shuffle(shuffled)
	mirror = pull.Pull(billed.engine.context)
	for polled, record in shuffled:
		mirror.apply(polled, [record])
	assert differences(billed) == []
	for polled, record in versions:
		assert mirror.apply(polled, [record]) == 0
	assert mirror.balance() == 0


def as_read(record: dict[str, Any]) -> dict[str, Any]:
	"""A record of the simulator's as the engine's client reads it."""
	read: dict[str, Any] = read_json(simplejson.dumps(record, use_decimal=True).encode())
	return read


def test_every_order_of_a_note_its_invoice_and_its_refund(world: World) -> None:
	"""Nothing of it was here before, and the refund says little."""
	world.save(customer(default_currency="USD"))
	world.engine.push()
	(contact,) = world.accountant.contacts()
	rates = {"CurrencyCode": "USD", "CurrencyRate": Decimal("1.25")}
	lines = [{"Description": "Work", "UnitAmount": 100, "AccountCode": "200", "TaxType": "OUTPUT2"}]
	invoice = world.accountant.add_invoice(
		Contact={"ContactID": contact["ContactID"]},
		DueDate="2026-12-20",
		Status="AUTHORISED",
		LineItems=lines,
		**rates,
	)
	note = world.accountant.credit(contact["ContactID"], 60, **rates)
	world.accountant.allocate(note, invoice, 30)
	refund = world.accountant.refund(note, 10)
	said = as_read(world.accountant.payment(refund))
	said["Invoice"] = {"InvoiceID": note}
	records = [
		(pull.INVOICES, as_read(world.accountant.invoice(invoice))),
		(pull.CREDIT_NOTES, as_read(world.accountant.credit_by_id(note))),
		(pull.PAYMENTS, said),
	]
	ends = []
	for order_of_arrival in itertools.permutations(records):
		for doctype in ("Xero Invoice", "Xero Payment"):
			for each in world.store.find(doctype):
				world.store.delete(doctype, each["name"])
		mirror = pull.Pull(world.engine.context)
		for polled, record in order_of_arrival:
			mirror.apply(polled, [record])
		assert row(world, refund)["base_amount"] == 8
		assert sums(world) == ("Part Paid", 96, 0, 72, 0, 16)
		ends.append([state(each) for each in world.store.find("Xero Payment", order_by="xero_id")])
	assert all(end == ends[0] for end in ends)


def state(mirrored: dict[str, Any]) -> dict[str, Any]:
	"""A mirrored record without the names that the store gave."""
	shown = {
		field: value for field, value in mirrored.items() if field not in ("name", "creation", "modified")
	}
	return {**shown, "invoice": bool(shown.get("invoice"))}


# where Xero does not say what changed


def silence(world: World, path: str, field: str, wanted: Callable[[dict[str, Any]], bool]) -> None:
	"""Let polls of a collection leave out records, as if their time stamp had not moved."""

	def after(request: requests.PreparedRequest, response: requests.Response) -> requests.Response:
		if f"/{path}?" in str(request.url) and "IDs=" not in str(request.url):
			data = simplejson.loads(response.content, use_decimal=True)
			data[field] = [each for each in data[field] if wanted(each)]
			response._content = simplejson.dumps(data, use_decimal=True).encode()
		return response

	world.wire.after = after


def test_an_allocation_whose_invoice_did_not_move(billed: World) -> None:
	note = make_credit(billed, "CreditNote")
	billed.engine.pull()
	billed.clock.sleep(5)
	used = billed.accountant.allocate(note, invoice_id(billed), 20)
	silence(billed, "Invoices", "Invoices", lambda each: False)
	billed.engine.pull()
	assert shown(billed) == ("Part Paid", 0, 100, 0)
	billed.clock.sleep(5)
	billed.accountant.remove_allocation(used)
	billed.engine.pull()
	assert shown(billed) == ("Sent", 0, 120, 0)


def test_an_allocation_whose_credit_did_not_move(billed: World) -> None:
	note = make_credit(billed, "CreditNote")
	billed.engine.pull()
	billed.clock.sleep(5)
	used = billed.accountant.allocate(note, invoice_id(billed), 20)
	silence(billed, "CreditNotes", "CreditNotes", lambda each: False)
	billed.engine.pull()
	assert (row(billed, used)["amount"], credit_shown(billed)) == (20, 40)
	billed.clock.sleep(5)
	billed.accountant.remove_allocation(used)
	billed.engine.pull()
	assert (row(billed, used)["xero_status"], credit_shown(billed)) == ("DELETED", 60)


def test_a_refund_whose_credit_did_not_move(billed: World) -> None:
	deposit = make_credit(billed, "Prepayment")
	billed.engine.pull()
	billed.clock.sleep(5)
	billed.accountant.refund(deposit, 20)
	silence(billed, "Prepayments", "Prepayments", lambda each: False)
	billed.engine.pull()
	assert credit_shown(billed) == 40


def test_a_removed_refund_that_no_poll_brings(billed: World, arrive: Arrive) -> None:
	deposit = make_credit(billed, "Prepayment")
	refund = billed.accountant.refund(deposit, 20)
	arrive()
	billed.accountant.remove_payment(refund)
	silence(billed, "Payments", "Payments", lambda each: each["Status"] != "DELETED")
	arrive()
	assert (row(billed, refund)["xero_status"], credit_shown(billed)) == ("DELETED", 60)


def test_the_webhook_of_the_invoice_alone_brings_the_allocation(billed: World) -> None:
	delivered(billed)
	note = make_credit(billed, "CreditNote")
	billed.accountant.allocate(note, invoice_id(billed), 20)
	for body, _ in delivered(billed):
		events = simplejson.loads(body)
		events["events"] = [each for each in events["events"] if each["eventCategory"] == "INVOICE"]
		webhooks.receive(billed.store, billed.clock, simplejson.dumps(events).encode())
	report = billed.engine.fetch_webhook_events()
	assert report.calls == 2  # the invoice, the note that it names
	assert (shown(billed), credit_shown(billed)) == (("Part Paid", 0, 100, 0), 40)


def test_a_summary_without_allocations_removes_none(billed: World) -> None:
	note = make_credit(billed, "CreditNote")
	used = billed.accountant.allocate(note, invoice_id(billed), 20)
	billed.engine.pull()
	summary = as_read(billed.accountant.credit_by_id(note))
	del summary["Allocations"]
	pull.Pull(billed.engine.context).apply(pull.CREDIT_NOTES, [summary])
	assert row(billed, used)["xero_status"] == "AUTHORISED"


def test_a_note_the_store_refuses_comes_again(billed: World) -> None:
	real = billed.store.insert
	note, other = make_credit(billed, "CreditNote"), make_credit(billed, "CreditNote", 25)
	used = billed.accountant.allocate(note, invoice_id(billed), 20)

	def insert(doc: Any) -> str:
		if doc["doctype"] == "Xero Payment" and doc["xero_id"] == used:
			raise StoreError("the disk is full")
		return real(doc)

	billed.store.insert = insert  # type: ignore[method-assign]
	billed.engine.pull()
	billed.store.insert = real  # type: ignore[method-assign]
	assert [each["xero_id"] for each in billed.store.find("Xero Payment")] == [other]
	billed.clock.sleep(60)
	make_credit(billed, "Prepayment", 1)
	billed.engine.pull()
	assert row(billed, used)["amount"] == 20
	assert differences(billed) == []


@pytest.mark.parametrize(
	"odd",
	[
		{"Allocations": [None]},
		{"Allocations": [{"Invoice": None, "Amount": None}]},
		{"Allocations": "none"},
		{"Total": None},
		{"Total": "much"},
		{"Contact": None, "CurrencyCode": None, "Date": None, "Status": None},
		{"RemainingCredit": None, "Payments": None},
		{"Type": None, "UpdatedDateUTC": None},
	],
)
def test_odd_credit_holds_back_no_other(billed: World, odd: dict[str, Any]) -> None:
	odd_note, note = make_credit(billed, "CreditNote"), make_credit(billed, "CreditNote", 25)

	def after(request: requests.PreparedRequest, response: requests.Response) -> requests.Response:
		if "/CreditNotes" in str(request.url):
			data = simplejson.loads(response.content, use_decimal=True)
			for each in data["CreditNotes"]:
				each |= odd if each["CreditNoteID"] == odd_note else {}
			response._content = simplejson.dumps(data, use_decimal=True).encode()
		return response

	billed.wire.after = after
	assert billed.engine.pull().stopped == ""
	assert row(billed, note)["remaining_credit"] == 25
	billed.wire.after = None
	billed.clock.sleep(5)
	used = billed.accountant.allocate(odd_note, invoice_id(billed), 10)
	billed.engine.pull()
	assert (row(billed, odd_note)["remaining_credit"], row(billed, used)["amount"]) == (50, 10)
	assert differences(billed) == []


# whose it is


def test_credit_seen_before_its_contact_was_matched_is_adopted(world: World) -> None:
	contact = world.accountant.add_contact(Name="N. Breeze", EmailAddress="accounts@northernbreeze.example")
	note = world.accountant.credit(contact, 60)
	world.accountant.refund(note, 10)
	world.engine.pull()
	world.save(customer())
	world.engine.push()
	assert credit_shown(world) == 50
	assert {each["customer"] for each in world.store.find("Xero Payment")} == {"Northern Breeze Ltd"}


def test_credit_moves_with_a_merged_contact(world: World) -> None:
	world.save(customer(), customer("Southern Calm Ltd", email_id="office@southerncalm.example"))
	world.engine.push()
	ids = {each["Name"]: each["ContactID"] for each in world.accountant.contacts()}
	note = world.accountant.credit(ids["Northern Breeze Ltd"], 60)
	world.engine.pull()
	assert credit_shown(world) == 60
	world.clock.sleep(5)
	world.accountant.merge_contacts(ids["Northern Breeze Ltd"], ids["Southern Calm Ltd"])
	world.engine_again().pull()
	assert row(world, note)["customer"] == "Southern Calm Ltd"
	moved = world.store.get("Customer", "Southern Calm Ltd") or {}
	assert (moved["xero_credit"], credit_shown(world)) == (60, 0)


def test_credit_of_a_customer_merged_into_another_here_stays_with_that(world: World) -> None:
	world.save(customer(), customer("Southern Calm Ltd", email_id="office@southerncalm.example"))
	world.engine.push()
	ids = {each["Name"]: each["ContactID"] for each in world.accountant.contacts()}
	note = world.accountant.credit(ids["Southern Calm Ltd"], 60)
	world.engine.pull()
	(link,) = world.store.find("Xero Link", {"reference_name": "Southern Calm Ltd"})
	world.store.delete("Xero Link", link["name"])
	world.store.update("Xero Payment", row(world, note)["name"], {"customer": "Northern Breeze Ltd"})
	world.clock.sleep(5)
	world.accountant.refund(note, 10)
	world.engine.pull()
	assert (row(world, note)["customer"], credit_shown(world)) == ("Northern Breeze Ltd", 50)


def test_credit_at_a_supplier_is_left_out(world: World) -> None:
	contact = world.accountant.add_contact(Name="Supplier")
	bought = [{"Description": "Rent", "UnitAmount": 10, "AccountCode": "400", "TaxType": "INPUT2"}]
	note = world.accountant.credit(contact, 0, Type="ACCPAYCREDIT", LineItems=bought)
	world.accountant.refund(note, 5)
	reader = pull.Pull(world.engine.context)
	assert reader.run().applied == 1  # the contact
	assert not world.store.find("Xero Cursor", {"entity": "CreditNote"})[0].get("position")  # not even read
	assert reader.apply(pull.CREDIT_NOTES, [as_read(world.accountant.credit_by_id(note))]) == 0
	assert world.store.find("Xero Payment") == []


def test_a_server_without_credit_is_read_all_the_same(billed: World) -> None:
	billed.accountant.pay(invoice_id(billed))
	billed.wire.after = without(*(each.collection for each in pull.CREDITS.values()))
	assert billed.engine.pull().stopped == ""
	assert shown(billed)[0] == "Paid"


def test_an_order_settled_by_credit_is_not_touched(billed: World) -> None:
	"""What finance did is not undone: an edit of the order leaves the credited invoice as it is."""
	note = make_credit(billed, "CreditNote")
	billed.accountant.allocate(note, invoice_id(billed), 20)
	billed.engine.pull()
	billed.save(order(docstatus=2))
	billed.engine.push()
	assert billed.accountant.find_invoice(ORDER)["Status"] == "AUTHORISED"
	assert billed.outbox("Sales Order", ORDER)["status"] == "Held"
