"""Payments and everything else that finance does come back, once, in any order."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import requests
import simplejson

from tests.conftest import World, customer, line, order, vat
from xero_connector.store.protocol import StoreError
from xero_connector.sync import pull, webhooks
from xero_connector.xero import verify_signature


@pytest.fixture
def billed(world: World) -> World:
	"""One order, invoiced and authorised, seen here."""
	world.save(customer(), order())
	world.engine.push()
	world.clock.sleep(5)
	world.accountant.authorise(invoice_id(world))
	world.engine.pull()
	world.clock.sleep(5)
	return world


def invoice_id(world: World, number: str = "SAL-ORD-2026-00001") -> str:
	return str(world.accountant.find_invoice(number)["InvoiceID"])


def shown(world: World, name: str = "SAL-ORD-2026-00001") -> tuple[Any, ...]:
	"""What the order shows: status, paid, due, overdue."""
	doc = world.store.get("Sales Order", name)
	assert doc is not None
	return tuple(doc.get(f"xero_{field}") or 0 for field in ("payment_status", "paid", "due", "overdue"))


def sums(world: World, name: str = "Northern Breeze Ltd") -> tuple[Any, ...]:
	"""What the customer shows: status, invoiced, paid, due, overdue, credit."""
	doc = world.store.get("Customer", name)
	assert doc is not None
	fields = ("payment_status", "invoiced", "paid", "due", "overdue", "credit")
	return tuple(doc.get(f"xero_{field}") or 0 for field in fields)


def test_an_authorised_invoice_is_sent_and_due(billed: World) -> None:
	assert shown(billed) == ("Sent", 0, 120, 0)
	assert sums(billed) == ("Sent", 120, 0, 120, 0, 0)
	doc = billed.store.get("Customer", "Northern Breeze Ltd") or {}
	assert doc["xero_updated"] == "2026-11-22T09:00:05.000000Z"


def test_a_draft_is_not_owed_yet(world: World) -> None:
	world.save(customer(), order())
	world.engine.cycle()
	assert shown(world) == ("Draft", 0, 120, 0)
	assert sums(world) == (0, 0, 0, 0, 0, 0)


def test_part_payment_payment_and_its_removal(billed: World) -> None:
	payment = billed.accountant.pay(invoice_id(billed), Decimal("45.50"), reference="BACS 1")
	billed.engine.pull()
	assert shown(billed) == ("Part Paid", Decimal("45.50"), Decimal("74.50"), 0)
	billed.clock.sleep(5)
	billed.accountant.pay(invoice_id(billed))
	billed.engine.pull()
	assert shown(billed) == ("Paid", 120, 0, 0)
	assert sums(billed) == ("Paid", 120, 120, 0, 0, 0)
	billed.clock.sleep(5)
	billed.accountant.remove_payment(payment)
	billed.engine.pull()
	assert shown(billed) == ("Part Paid", Decimal("74.50"), Decimal("45.50"), 0)
	mirrored = billed.store.find("Xero Payment", order_by="amount")
	assert [(row["amount"], row["xero_status"], row["reference"]) for row in mirrored] == [
		(Decimal("45.50"), "DELETED", "BACS 1"),
		(Decimal("74.50"), "AUTHORISED", ""),
	]
	assert {row["customer"] for row in mirrored} == {"Northern Breeze Ltd"}


def test_an_overpayment_leaves_credit(billed: World) -> None:
	billed.accountant.overpay(invoice_id(billed), Decimal("150"))
	billed.engine.pull()
	assert shown(billed) == ("Paid", 120, 0, 0)
	assert sums(billed) == ("Paid", 120, 120, 0, 0, 30)
	assert {row["kind"] for row in billed.store.find("Xero Payment")} >= {"Overpayment"}


def test_voided_owes_nothing(billed: World) -> None:
	billed.accountant.void(invoice_id(billed))
	billed.engine.pull()
	assert shown(billed) == ("Voided", 0, 0, 0)
	assert sums(billed) == (0, 0, 0, 0, 0, 0)


def test_an_edit_by_finance_is_shown(billed: World) -> None:
	lines = [dict(row) for row in billed.accountant.find_invoice("SAL-ORD-2026-00001")["LineItems"]]
	lines[0] = {"LineItemID": lines[0]["LineItemID"], "Description": "Less", "Quantity": 1, "UnitAmount": 50}
	lines[0] |= {"AccountCode": "200", "TaxType": "OUTPUT2"}
	billed.accountant.edit_invoice(invoice_id(billed), LineItems=lines, DueDate="2027-01-31")
	billed.engine.pull()
	doc = billed.store.get("Sales Order", "SAL-ORD-2026-00001")
	assert doc is not None
	assert (doc["xero_total"], doc["xero_due"], doc["xero_due_date"]) == (60, 60, "2027-01-31")
	(said,) = billed.store.find("Xero Sync Log", {"outcome": "Warning"})
	assert said["reference_name"] == "SAL-ORD-2026-00001"
	assert said["answer"] == "The total was changed in Xero from 120.00 to 60.00."


def test_overdue_comes_with_the_day_and_without_a_change_in_xero(billed: World) -> None:
	billed.clock.sleep(timedelta(days=28).total_seconds())  # 20 December, the due date
	billed.engine.pull()
	assert shown(billed)[0] == "Sent"
	billed.clock.sleep(timedelta(days=1).total_seconds())
	billed.engine.pull()
	assert shown(billed) == ("Overdue", 0, 120, 120)
	assert sums(billed) == ("Overdue", 120, 0, 120, 120, 0)


def test_foreign_currency_counts_in_the_base_currency(world: World) -> None:
	world.save(
		customer(default_currency="USD"),
		order(currency="USD", conversion_rate=0.8, items=[line(1, 100.0)], taxes=[], grand_total=100.0),
	)
	world.engine.push()
	invoice = world.accountant.find_invoice("SAL-ORD-2026-00001")
	assert (invoice["CurrencyCode"], invoice["CurrencyRate"]) == ("USD", Decimal("1.25"))
	world.clock.sleep(5)
	world.accountant.authorise(invoice["InvoiceID"])
	world.accountant.pay(invoice["InvoiceID"], Decimal("40"))
	world.engine.pull()
	assert shown(world) == ("Part Paid", 40, 60, 0)
	assert sums(world) == ("Part Paid", 80, 32, 48, 0, 0)


def test_an_invoice_made_in_xero_counts_for_the_customer(billed: World) -> None:
	contact = billed.accountant.find_invoice("SAL-ORD-2026-00001")["Contact"]["ContactID"]
	number = billed.accountant.add_invoice(
		Type="ACCREC",
		Contact={"ContactID": contact},
		Date="2026-11-01",
		DueDate="2026-11-10",
		Status="AUTHORISED",
		LineItems=[
			{
				"Description": "Repair",
				"Quantity": 1,
				"UnitAmount": 10,
				"AccountCode": "200",
				"TaxType": "OUTPUT2",
			}
		],
	)
	assert number
	billed.engine.pull()
	assert sums(billed) == ("Overdue", 132, 0, 132, 12, 0)


def test_invoices_seen_before_their_contact_was_matched_are_adopted(world: World) -> None:
	contact = world.accountant.add_contact(Name="N. Breeze", EmailAddress="accounts@northernbreeze.example")
	world.accountant.add_invoice(
		Type="ACCREC",
		Contact={"ContactID": contact},
		Date="2026-11-01",
		DueDate="2026-12-10",
		Status="AUTHORISED",
		LineItems=[
			{
				"Description": "Old",
				"Quantity": 1,
				"UnitAmount": 10,
				"AccountCode": "200",
				"TaxType": "OUTPUT2",
			}
		],
	)
	world.engine.pull()
	world.save(customer())
	world.engine.push()
	assert sums(world) == ("Sent", 12, 0, 12, 0, 0)


def test_bills_from_suppliers_are_left_out(world: World) -> None:
	contact = world.accountant.add_contact(Name="Supplier")
	world.accountant.add_invoice(
		Type="ACCPAY",
		Contact={"ContactID": contact},
		Date="2026-11-01",
		DueDate="2026-12-10",
		LineItems=[{"Description": "Rent", "Quantity": 1, "UnitAmount": 10, "AccountCode": "200"}],
	)
	world.engine.pull()
	assert world.store.find("Xero Invoice") == []


def test_a_cycle_after_the_last_change_writes_nothing(billed: World) -> None:
	billed.accountant.pay(invoice_id(billed), Decimal("20"))
	billed.engine.cycle()
	kept_per_run = ("Xero Cursor", "Xero Call Budget")
	before = {
		doctype: billed.store.find(doctype)
		for doctype in billed.store.doctypes()
		if doctype not in kept_per_run
	}
	writes = len(billed.writes())
	billed.clock.sleep(30)
	report = billed.engine.cycle()
	assert (report.sent, report.applied, report.calls) == (0, 0, len(pull.CYCLE))
	assert len(billed.writes()) == writes
	after = {doctype: billed.store.find(doctype) for doctype in before}
	assert after == before


def test_the_cursor_stands_at_the_newest_record_and_not_at_now(billed: World) -> None:
	billed.accountant.pay(invoice_id(billed), Decimal("20"))
	billed.clock.sleep(3600)
	billed.engine.pull()
	(cursor,) = billed.store.find("Xero Cursor", {"entity": "Payment"})
	assert cursor["position"] == "2026-11-22T09:00:10.000000Z"


@pytest.mark.parametrize(("together", "kept"), [(1, 1), (50, 0)])
def test_a_page_that_fails_half_way_is_read_again(
	billed: World, monkeypatch: pytest.MonkeyPatch, together: int, kept: int
) -> None:
	monkeypatch.setattr(pull, "TOGETHER", together)
	for amount in (10, 20, 30):
		billed.clock.sleep(1)
		billed.accountant.pay(invoice_id(billed), Decimal(amount))
	real, left = billed.store.insert, [2]

	def insert(doc: Any) -> str:
		if doc["doctype"] == "Xero Payment":
			left[0] -= 1
			if left[0] == 0:
				raise KeyboardInterrupt  # the process is killed between two records
		return real(doc)

	billed.store.insert = insert  # type: ignore[method-assign]
	with pytest.raises(KeyboardInterrupt):
		billed.engine.pull()
	billed.store.insert = real  # type: ignore[method-assign]
	assert len(billed.store.find("Xero Payment")) == kept
	billed.engine_again().pull()
	assert sum(row["amount"] for row in billed.store.find("Xero Payment")) == 60
	assert shown(billed) == ("Part Paid", 60, 60, 0)


def test_one_record_the_store_refuses_holds_back_no_other_and_comes_again(billed: World) -> None:
	real = billed.store.insert

	def insert(doc: Any) -> str:
		if doc["doctype"] == "Xero Payment" and doc["amount"] == 10:
			raise StoreError("the disk is full")
		return real(doc)

	billed.accountant.pay(invoice_id(billed), Decimal(10))
	billed.accountant.pay(invoice_id(billed), Decimal(20))
	billed.store.insert = insert  # type: ignore[method-assign]
	billed.engine.pull()
	billed.clock.sleep(60)
	billed.accountant.pay(invoice_id(billed), Decimal(5))  # the cursor moves on, past the one that failed
	billed.engine.pull()
	billed.clock.sleep(60)
	billed.engine.pull()
	billed.store.insert = real  # type: ignore[method-assign]
	assert sorted(row["amount"] for row in billed.store.find("Xero Payment")) == [5, 20]
	errors = billed.store.find("Xero Sync Log", {"outcome": "Error"})
	assert len(errors) >= 2
	assert all("the disk is full" in error["answer"] for error in errors)
	billed.engine.pull()
	assert sorted(row["amount"] for row in billed.store.find("Xero Payment")) == [5, 10, 20]
	assert billed.store.find("Xero Webhook Event", {"status": "New"}) == []


def test_a_payment_whose_invoice_did_not_move_makes_it_read_again(billed: World) -> None:
	billed.accountant.pay(invoice_id(billed), Decimal(20))

	def unmoved(request: requests.PreparedRequest, response: requests.Response) -> requests.Response:
		if "/Invoices?" in str(request.url) and "IDs=" not in str(request.url):
			response._content = b'{"Invoices": []}'  # as if paying had left UpdatedDateUTC alone
		return response

	billed.wire.after = unmoved
	billed.engine.pull()
	assert shown(billed) == ("Part Paid", 20, 100, 0)


def test_an_older_version_that_comes_late_changes_nothing(billed: World) -> None:
	old = simplejson.loads(
		simplejson.dumps(billed.accountant.invoice(invoice_id(billed)), use_decimal=True), use_decimal=True
	)
	old["UpdatedDateUTC"] = "2026-11-22T08:00:00.000000Z"
	old["AmountDue"], old["Status"] = Decimal(1), "AUTHORISED"
	assert pull.Pull(billed.engine.context).apply(pull.INVOICES, [old]) == 0
	assert shown(billed) == ("Sent", 0, 120, 0)


def test_more_changes_than_a_page_are_read_by_moving_the_time(
	world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
	monkeypatch.setattr(pull, "PAGE", 10)
	for at in range(35):
		world.accountant.add_contact(Name=f"Contact {at:02}")
		world.clock.sleep(1)
	world.engine.pull()
	assert len(world.store.find("Xero Contact")) == 35
	pages = [call.url for call in world.wire.sent if "/Contacts" in str(call.url)]
	assert all("page=1&" in str(url) for url in pages)


def test_a_full_page_within_one_second_is_read_on_by_page_number(
	world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
	monkeypatch.setattr(pull, "PAGE", 10)
	for at in range(35):
		world.accountant.add_contact(Name=f"Contact {at:02}")
	world.engine.pull()
	assert len(world.store.find("Xero Contact")) == 35


def test_an_archived_contact_is_told_and_not_made_again(billed: World) -> None:
	contact = billed.accountant.find_invoice("SAL-ORD-2026-00001")["Contact"]["ContactID"]
	billed.accountant.archive_contact(contact)
	billed.engine.pull()
	billed.save(customer(tax_id="GB-NEW"))
	assert billed.engine.push().held == 1
	assert billed.outbox("Customer", "Northern Breeze Ltd")["cause"] == "contact-archived"
	assert len([each for each in billed.accountant.contacts() if each["ContactStatus"] == "ACTIVE"]) == 0


@pytest.mark.parametrize("body", [b"", b"<html>Sorry</html>", b"[]", b'{"Contacts": 5}', b'{"Other": []}'])
def test_a_page_that_is_not_what_xero_promises_stops_the_pull_in_words(world: World, body: bytes) -> None:
	def spoil(request: requests.PreparedRequest, response: requests.Response) -> requests.Response:
		response._content = body
		return response

	world.wire.after = spoil
	report = world.engine.pull()
	assert "Xero's answer" in report.stopped
	world.wire.after = None
	assert world.engine.pull().stopped == ""


# webhooks

KEY = "webhook-key"


def delivered(world: World) -> list[tuple[bytes, str]]:
	"""The webhooks that the simulator sends, with their signatures, caught before they reach anyone."""
	caught: list[tuple[bytes, str]] = []

	class Catch(requests.adapters.BaseAdapter):
		def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
			caught.append((bytes(request.body or b""), str(request.headers["x-xero-signature"])))
			response = requests.Response()
			response.status_code, response._content = 200, b""
			response.request, response.url = request, str(request.url)
			return response

		def close(self) -> None:
			"""Nothing is open."""

	session = requests.Session()
	session.mount("https://erp.example", Catch())
	world.simulator.deliver_webhooks(session)
	return caught


@pytest.fixture
def hooked(billed: World) -> World:
	billed.simulator.add_app(
		"app",
		"secret",
		kind="custom",
		tenant_id=billed.tenant,
		webhook_url="https://erp.example/hook",
		webhook_key=KEY,
	)
	delivered(billed)
	return billed


def test_what_a_webhook_names_is_read_in_one_call(hooked: World) -> None:
	hooked.accountant.pay(invoice_id(hooked))
	hooks = delivered(hooked)
	assert hooks
	for body, signature in hooks:
		assert verify_signature(body, signature, KEY)
		webhooks.receive(hooked.store, hooked.clock, body)
	assert webhooks.announced(hooked.store) == [hooked.tenant]
	report = hooked.engine.fetch_webhook_events()
	assert report.calls == 3  # the invoice, its payments, overpayments
	assert shown(hooked) == ("Paid", 120, 0, 0)
	assert webhooks.announced(hooked.store) == []
	assert hooked.engine.fetch_webhook_events().calls == 0


def test_with_the_webhook_of_an_invoice_come_its_payments(hooked: World) -> None:
	hooked.accountant.overpay(invoice_id(hooked), Decimal("150"))
	for body, _ in delivered(hooked):
		webhooks.receive(hooked.store, hooked.clock, body)
	hooked.engine.fetch_webhook_events()
	assert sums(hooked) == ("Paid", 120, 120, 0, 0, 30)
	assert {row["kind"] for row in hooked.store.find("Xero Payment")} == {"Payment", "Overpayment"}


def test_a_webhook_delivered_twice_is_kept_once(hooked: World) -> None:
	hooked.accountant.pay(invoice_id(hooked))
	body, _ = delivered(hooked)[0]
	assert webhooks.receive(hooked.store, hooked.clock, body) >= 1
	assert webhooks.receive(hooked.store, hooked.clock, body) == 0


def test_events_wait_while_xero_cannot_be_read(hooked: World) -> None:
	hooked.accountant.pay(invoice_id(hooked))
	for body, _ in delivered(hooked):
		webhooks.receive(hooked.store, hooked.clock, body)

	def refuse(request: requests.PreparedRequest) -> None:
		raise requests.ConnectTimeout("away")

	hooked.wire.before = refuse
	assert "cannot be reached" in hooked.engine.fetch_webhook_events().stopped
	assert webhooks.announced(hooked.store) == [hooked.tenant]
	hooked.wire.before = None
	hooked.engine.fetch_webhook_events()
	assert shown(hooked)[0] == "Paid"


@pytest.mark.parametrize("body", [b"", b"nonsense", b"[]", b'{"events": 3}', b'{"entropy": "X"}'])
def test_a_malformed_webhook_says_so_and_keeps_nothing(world: World, body: bytes) -> None:
	with pytest.raises(ValueError):
		webhooks.receive(world.store, world.clock, body)
	assert world.store.find("Xero Webhook Event") == []


def test_an_event_for_a_stranger_is_kept_as_ignored(world: World) -> None:
	event = {
		"tenantId": "00000000-0000-0000-0000-000000000001",
		"resourceId": "00000000-0000-0000-0000-000000000002",
		"eventCategory": "INVOICE",
		"eventType": "UPDATE",
		"eventDateUtc": "2026-11-22T09:00:00",
	}
	body = simplejson.dumps({"events": [event, {"half": "an event"}, 5]}).encode()
	signature = base64.b64encode(hmac.new(KEY.encode(), body, hashlib.sha256).digest()).decode()
	assert verify_signature(body, signature, KEY)
	assert webhooks.receive(world.store, world.clock, body) == 0
	assert [row["status"] for row in world.store.find("Xero Webhook Event")] == ["Ignored"]


def test_two_orders_of_one_customer_add_up(world: World) -> None:
	world.save(
		customer(), order("SO-1"), order("SO-2", items=[line(1, 10.0)], taxes=[vat(2.0)], grand_total=12.0)
	)
	world.engine.push()
	world.clock.sleep(5)
	for number in ("SO-1", "SO-2"):
		world.accountant.authorise(invoice_id(world, number))
	world.accountant.pay(invoice_id(world, "SO-2"))
	world.engine.pull()
	assert sums(world) == ("Sent", 132, 12, 120, 0, 0)


def without(
	*collections: str,
) -> Callable[[requests.PreparedRequest, requests.Response], requests.Response]:
	"""A server that does not have these collections."""

	def after(request: requests.PreparedRequest, response: requests.Response) -> requests.Response:
		if any(f"/{collection}" in str(request.url) for collection in collections):
			response.status_code, response._content = 404, b"<html>The resource is not there</html>"
			response.headers["Content-Type"] = "text/html"
		return response

	return after


def test_a_server_without_overpayments_is_read_all_the_same(billed: World) -> None:
	billed.accountant.pay(invoice_id(billed))
	billed.wire.after = without("Overpayments")
	assert billed.engine.pull().stopped == ""
	assert shown(billed)[0] == "Paid"


def test_a_payment_that_says_little_takes_the_rest_from_its_invoice(world: World) -> None:
	world.save(
		customer(default_currency="USD"),
		order(currency="USD", conversion_rate=0.8, items=[line(1, 100.0)], taxes=[], grand_total=100.0),
	)
	world.engine.push()
	payment = {
		"PaymentID": "payment-1",
		"Invoice": {"InvoiceID": invoice_id(world)},
		"Amount": Decimal("40"),
		"CurrencyRate": Decimal("1.25"),
		"Status": "AUTHORISED",
	}
	pull.Pull(world.engine.context).apply(pull.PAYMENTS, [payment])
	(mirrored,) = world.store.find("Xero Payment")
	assert (mirrored["currency"], mirrored["base_amount"]) == ("USD", 32)
	assert mirrored["customer"] == "Northern Breeze Ltd"


def test_a_payment_that_comes_before_its_invoice_is_adopted(world: World) -> None:
	world.save(customer(), order())
	world.engine.push()
	record = world.accountant.find_invoice("SAL-ORD-2026-00001")
	(mirrored,) = world.store.find("Xero Invoice")
	world.store.delete("Xero Invoice", mirrored["name"])
	payment = {
		"PaymentID": "payment-1",
		"Invoice": {"InvoiceID": record["InvoiceID"]},
		"Amount": Decimal("40"),
		"Status": "AUTHORISED",
	}
	engine = pull.Pull(world.engine.context)
	engine.apply(pull.PAYMENTS, [payment])
	engine.fetch(pull.INVOICES, [record["InvoiceID"]])
	(invoice,) = world.store.find("Xero Invoice")
	(adopted,) = world.store.find("Xero Payment")
	assert (adopted["invoice"], adopted["customer"]) == (invoice["name"], "Northern Breeze Ltd")


def test_a_removed_payment_is_found_although_the_run_that_saw_its_invoice_was_cut_short(
	billed: World,
) -> None:
	"""And although no poll brings removed payments, which Xero does not promise."""
	payment = billed.accountant.pay(invoice_id(billed), Decimal("45.50"))
	billed.engine.pull()
	billed.clock.sleep(5)
	billed.accountant.remove_payment(payment)

	def cut_short(request: requests.PreparedRequest) -> None:
		if "/Payments" in str(request.url):
			raise requests.ConnectTimeout("out of reach")

	billed.wire.before = cut_short
	assert "cannot be reached" in billed.engine.pull().stopped

	def leave_out(request: requests.PreparedRequest, response: requests.Response) -> requests.Response:
		if "/Payments?" in str(request.url):
			response._content = b'{"Payments": []}'
		return response

	billed.wire.before, billed.wire.after = None, leave_out
	billed.clock.sleep(60)
	billed.engine.pull()
	(row,) = billed.store.find("Xero Payment")
	assert row["xero_status"] == "DELETED"
	assert not billed.store.find("Xero Webhook Event", {"status": "New"})


def bill(world: World, contact: str, times: int) -> None:
	"""Invoices of 12.00 that finance made, a minute apart."""
	line = {"Description": "Old", "Quantity": 1, "UnitAmount": 10, "AccountCode": "200", "TaxType": "OUTPUT2"}
	for _ in range(times):
		world.clock.sleep(60)
		world.accountant.add_invoice(
			Contact={"ContactID": contact}, DueDate="2026-12-10", Status="AUTHORISED", LineItems=[line]
		)


@pytest.fixture
def history(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
	"""A linked customer with 25 invoices that nobody has read; Xero gives ten at a time."""
	world.save(customer())
	world.engine.push()
	(link,) = world.store.find("Xero Link")
	bill(world, link["xero_id"], 25)
	monkeypatch.setattr(pull, "PAGE", 10)
	return world


def importing(world: World) -> list[str]:
	return [row["entity"] for row in world.store.find("Xero Cursor", {"read_once": 0})]


def test_an_import_adds_up_what_is_owed_once_at_its_end(history: World) -> None:
	written, update = [], history.store.update

	def note(doctype: str, name: str, values: Any) -> None:
		if doctype == "Customer":
			written.append(values["xero_due"])
		update(doctype, name, values)

	history.store.update = note  # type: ignore[method-assign]
	history.engine.pull()
	assert written == [300]
	assert sums(history) == ("Sent", 300, 0, 300, 0, 0)
	assert importing(history) == []
	bill(history, history.store.find("Xero Link")[0]["xero_id"], 15)
	history.engine.pull()  # two pages again, but no import
	assert written[-1] == 480
	assert len(written) > 2


def test_an_import_that_was_killed_goes_on_and_adds_up_all_of_it(history: World) -> None:
	real, left = history.store.insert, [15]

	def insert(doc: Any) -> str:
		if doc["doctype"] == "Xero Invoice":
			left[0] -= 1
			if left[0] == 0:
				raise KeyboardInterrupt
		return real(doc)

	history.store.insert = insert  # type: ignore[method-assign]
	with pytest.raises(KeyboardInterrupt):
		history.engine.pull()
	history.store.insert = real  # type: ignore[method-assign]
	assert len(history.store.find("Xero Invoice")) == 10
	assert importing(history) == ["Invoice"]
	history.engine_again().pull()
	assert importing(history) == []
	assert sums(history) == ("Sent", 300, 0, 300, 0, 0)


def test_one_bad_record_among_many_is_set_aside_with_the_sums_right(history: World) -> None:
	bad = history.accountant.invoices()[3]["InvoiceID"]

	def spoil(request: requests.PreparedRequest, response: requests.Response) -> requests.Response:
		if "/Invoices?" in str(request.url):
			answer = simplejson.loads(response.content, use_decimal=True)
			for invoice in answer["Invoices"]:
				if invoice["InvoiceID"] == bad:
					invoice["Contact"] = "not a contact"
			response._content = simplejson.dumps(answer, use_decimal=True).encode()
		return response

	history.wire.after = spoil
	history.engine.pull()
	assert len(history.store.find("Xero Invoice")) == 24
	assert sums(history) == ("Sent", 288, 0, 288, 0, 0)
	history.wire.after = None
	history.engine.pull()
	assert sums(history) == ("Sent", 300, 0, 300, 0, 0)
