"""What can go wrong between here and Xero, and that nothing is lost or doubled by it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests
import simplejson

from tests.conftest import World, customer, line, order, vat
from xero_connector.sync.engine import needs_push


def once(world: World, when: Callable[[requests.PreparedRequest], bool], error: Exception) -> None:
	"""Break the next matching call before it arrives."""

	def before(request: requests.PreparedRequest) -> None:
		if when(request):
			world.wire.before = None
			raise error

	world.wire.before = before


def lose_answer(
	world: World, path: str, reply: Callable[[requests.Response], requests.Response] | None = None
) -> None:
	"""Let Xero do the next write to this path, and lose or change its answer."""

	def after(request: requests.PreparedRequest, response: requests.Response) -> requests.Response:
		if request.method != "GET" and path in str(request.url):
			world.wire.after = None
			if reply is None:
				raise requests.ReadTimeout("lost on the way back")
			return reply(response)
		return response

	world.wire.after = after


def is_write(request: requests.PreparedRequest) -> bool:
	return request.method != "GET" and "/api.xro/" in str(request.url)


def statuses(world: World) -> list[str]:
	return [row["status"] for row in world.store.find("Xero Outbox", order_by="reference_doctype, name")]


def test_a_lost_answer_is_asked_for_again_under_the_same_key(world: World) -> None:
	world.save(customer())
	lose_answer(world, "Contacts")
	report = world.engine.push()
	assert (report.uncertain, report.sent) == (1, 0)
	assert "did not answer" in report.stopped
	assert statuses(world) == ["Uncertain"]
	assert needs_push(world.store, world.clock) == [world.tenant]
	world.clock.sleep(60)
	assert world.engine_again().push().sent == 1
	first, second = world.writes()
	assert first.headers["Idempotency-Key"] == second.headers["Idempotency-Key"]
	assert first.body == second.body
	assert len(world.accountant.contacts()) == 1
	assert statuses(world) == ["Done"]


@pytest.mark.parametrize("path", ["Contacts", "Items", "Invoices"])
def test_a_lost_answer_is_read_back_once_the_key_is_old(world: World, path: str) -> None:
	world.save({"doctype": "Item", "name": "BLADE", "item_code": "BLADE", "item_name": "Blade"})
	world.save(customer(), order(items=[line(item_code="BLADE")]))
	lose_answer(world, path)
	world.engine.push()
	world.clock.sleep(600)
	assert world.engine_again().push().stopped == ""
	assert len(world.accountant.contacts()) == 1
	assert len(world.accountant.invoices()) == 1
	assert len(world.api.get("Items").records("Items")) == 1
	assert set(statuses(world)) == {"Done"}
	assert sum(path in str(call.url) for call in world.writes()) == 1


def test_a_write_that_never_arrived_goes_again_after_reading_back(world: World) -> None:
	world.save(customer(), order())
	once(
		world,
		lambda request: is_write(request) and "Invoices" in str(request.url),
		requests.ReadTimeout("lost"),
	)
	assert world.engine.push().uncertain == 1
	world.clock.sleep(600)
	assert world.engine_again().push().sent == 1
	assert len(world.accountant.invoices()) == 1
	keys = [call.headers["Idempotency-Key"] for call in world.writes() if "Invoices" in str(call.url)]
	assert len(set(keys)) == 2


def test_a_process_killed_after_xero_committed_makes_no_second_invoice(world: World) -> None:
	class Killed(BaseException):
		pass

	world.save(customer(), order())

	def after(request: requests.PreparedRequest, response: requests.Response) -> requests.Response:
		if is_write(request) and "Invoices" in str(request.url):
			world.wire.after = None
			raise Killed
		return response

	world.wire.after = after
	with pytest.raises(Killed):
		world.engine.push()
	assert world.store.find("Xero Batch", {"status": "Frozen"}) != []
	world.clock.sleep(400)  # the lease of the dead worker has run out, and so has the key
	assert world.engine_again().push().sent == 1
	assert len(world.accountant.invoices()) == 1
	assert len(world.store.find("Xero Link", {"xero_entity": "Invoice"})) == 1


def test_a_500_is_not_repeated_under_its_key(world: World) -> None:
	world.save(customer())
	world.store.get("Customer", "Northern Breeze Ltd")
	world.engine.pull()
	once_failing = {"left": True}

	def before(request: requests.PreparedRequest) -> None:
		if is_write(request) and once_failing.pop("left", False):
			world.simulator.fail_next(500)

	world.wire.before = before
	assert world.engine.push().uncertain == 1
	world.clock.sleep(30)
	assert world.engine_again().push().sent == 1
	keys = [call.headers["Idempotency-Key"] for call in world.writes()]
	assert len(set(keys)) == 2
	assert len(world.accountant.contacts()) == 1


def test_an_answer_cut_off_is_uncertain(world: World) -> None:
	def cut(response: requests.Response) -> requests.Response:
		response._content = response.content[:40]
		return response

	world.save(customer())
	lose_answer(world, "Contacts", cut)
	assert world.engine.push().uncertain == 1
	assert world.engine_again().push().sent == 1
	assert len(world.accountant.contacts()) == 1


def test_xero_out_of_reach_keeps_everything_queued(world: World) -> None:
	def refuse(request: requests.PreparedRequest) -> None:
		raise requests.ConnectTimeout("no route")

	world.save(customer(), order())
	world.wire.before = refuse
	report = world.engine.push()
	assert "cannot be reached" in report.stopped
	assert set(statuses(world)) <= {"Queued", "Waiting"}
	world.wire.before = None
	world.clock.sleep(3600)
	assert world.engine.push().sent == 2


def test_the_minute_limit_makes_rows_wait_and_calls_stop(world: World) -> None:
	def limit(response: requests.Response) -> requests.Response:
		response.status_code = 429
		response._content = b""
		response.headers["Retry-After"] = "30"
		response.headers["X-Rate-Limit-Problem"] = "minute"
		return response

	world.save(customer())
	world.wire.after = lambda request, response: limit(response) if is_write(request) else response
	report = world.engine.push()
	assert "limit" in report.stopped
	assert statuses(world) == ["Queued"]
	world.wire.after = None
	calls = len(world.wire.sent)
	assert "asked to wait" in world.engine_again().push().stopped
	assert len(world.wire.sent) == calls
	world.clock.sleep(31)
	world.simulator.accountant(world.tenant)
	assert world.engine_again().push().stopped == ""


def test_a_disconnect_in_xero_needs_a_new_login_and_keeps_the_queue(world: World) -> None:
	world.save(customer())
	world.accountant.disconnect("app")
	report = world.engine.push()
	assert "refused access" in report.stopped
	organisation = world.store.get("Xero Organisation", world.tenant)
	assert organisation is not None
	assert organisation["status"] == "Reconnect Needed"
	assert statuses(world) == ["Queued"]
	world.save(customer("Another", email_id="another@example.com"))
	assert statuses(world) == ["Queued", "Queued"]
	calls = len(world.wire.sent)
	assert "not syncing" in world.engine.push().stopped
	assert len(world.wire.sent) == calls


def test_one_refused_element_never_holds_back_the_others(world: World) -> None:
	world.save(
		customer("Good One", email_id="one@example.com"), customer("Good Two", email_id="two@example.com")
	)
	world.save(customer("Bad", email_id="bad@example.com", default_currency=None))

	# Xero gets a contact of the same name a moment before the batch arrives, after the index was read.
	def before(request: requests.PreparedRequest) -> None:
		if is_write(request):
			world.wire.before = None
			world.accountant.add_contact(Name="bad")

	world.wire.before = before
	report = world.engine.push()
	assert (report.sent, report.held) == (2, 1)
	row = world.outbox("Customer", "Bad")
	assert (row["status"], row["cause"]) == ("Held", "name-taken")
	assert "already assigned to another contact" in row["message"]
	assert "in Xero Match" in row["advice"]


def test_a_400_for_the_whole_batch_holds_only_the_culprit(world: World) -> None:
	for at in range(3):
		world.save(customer(f"C{at}", email_id=f"c{at}@example.com"))

	def reply(response: requests.Response) -> requests.Response:
		sent = simplejson.loads(response.request.body or b"{}")
		if any(contact["Name"] == "C1" for contact in sent["Contacts"]):
			response.status_code = 400
			response.headers["Content-Type"] = "application/json"
			response._content = (
				b'{"ErrorNumber": 17, "Type": "NoDataProcessedException", "Message": "Something about C1"}'
			)
		return response

	# The call is answered with a refusal instead of reaching Xero, as a malformed body would be.
	real_send = world.wire.send

	def send(request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
		if is_write(request) and b"C1" in bytes(request.body or b""):
			world.wire.sent.append(request)
			response = requests.Response()
			response.request = request
			return reply(response)
		return real_send(request, *args, **kwargs)

	world.wire.send = send  # type: ignore[method-assign]
	report = world.engine.push()
	assert (report.sent, report.held) == (2, 1)
	assert world.outbox("Customer", "C1")["message"] == "Something about C1"
	assert sorted(contact["Name"] for contact in world.accountant.contacts()) == ["C0", "C2"]


def test_an_order_without_an_account_says_what_to_do(world: World) -> None:
	world.set(sales_account=None)
	world.store.update("Xero Account", _account(world, "200"), {"status": "ARCHIVED"})
	world.save(customer(), order())
	report = world.engine.push()
	assert (report.sent, report.held) == (1, 1)
	row = world.outbox("Sales Order", "SAL-ORD-2026-00001")
	assert row["cause"] == "account-missing"
	assert row["advice"] == "Choose the sales account."
	shown = world.store.get("Sales Order", "SAL-ORD-2026-00001")
	assert shown is not None
	assert shown["xero_sync_message"] == "No Xero account is chosen for sales. Choose the sales account."
	assert world.accountant.invoices() == []


def test_an_account_that_was_archived_is_not_replaced_by_another(world: World) -> None:
	world.store.update("Xero Account", _account(world, "200"), {"status": "ARCHIVED"})
	world.save(customer(), order())
	assert world.engine.push().held == 1
	row = world.outbox("Sales Order", "SAL-ORD-2026-00001")
	assert row["cause"] == "account-archived"
	assert row["message"].startswith("The account 200 Sales is archived in Xero.")


def test_a_name_that_xero_refuses_says_what_to_do_and_the_order_waits(world: World) -> None:
	bad = customer("CUST-0001", customer_name="Bracket <Ltd>")
	world.save(bad, order(customer="CUST-0001"))
	report = world.engine.push()
	assert (report.held, report.waiting) == (1, 1)
	assert "angle brackets" in world.outbox("Customer", "CUST-0001")["advice"]
	waiting = world.outbox("Sales Order", "SAL-ORD-2026-00001")
	assert waiting["status"] == "Waiting"
	assert "Customer CUST-0001 has to reach Xero first" in waiting["message"]
	world.save({**bad, "customer_name": "Bracket Ltd"})
	assert world.engine.push().sent == 2
	assert world.accountant.find_invoice("SAL-ORD-2026-00001")["Contact"]["Name"] == "Bracket Ltd"


def test_an_order_for_a_customer_that_is_gone(world: World) -> None:
	world.save(order(customer="Nobody"))
	world.engine.push()
	world.clock.sleep(3600)
	world.engine.push()
	row = world.outbox("Sales Order", "SAL-ORD-2026-00001")
	assert (row["status"], row["cause"]) == ("Held", "not-found")


def test_another_invoice_with_our_number_is_not_taken_for_ours(world: World) -> None:
	other = world.accountant.add_contact(Name="Somebody else")
	world.accountant.add_invoice(
		Type="ACCREC",
		InvoiceNumber="SAL-ORD-2026-00001",
		Contact={"ContactID": other},
		Date="2026-11-01",
		DueDate="2026-11-30",
		LineItems=[
			{"Description": "x", "Quantity": 1, "UnitAmount": 5, "AccountCode": "200", "TaxType": "OUTPUT2"}
		],
	)
	world.save(customer(), order())
	assert world.engine.push().held == 1
	row = world.outbox("Sales Order", "SAL-ORD-2026-00001")
	assert (row["cause"], row["message"]) == ("number-taken", "Invoice # must be unique.")


def test_a_store_that_was_lost_finds_its_invoices_again(world: World) -> None:
	world.save(customer(), order("SO-1"), order("SO-2"))
	world.engine.push()
	world.clock.sleep(600)
	world.accountant.authorise(world.accountant.find_invoice("SO-1")["InvoiceID"])
	world.accountant.pay(world.accountant.find_invoice("SO-1")["InvoiceID"])
	for doctype in ("Xero Link", "Xero Outbox", "Xero Invoice", "Xero Contact", "Xero Cursor"):
		for row in world.store.find(doctype):
			world.store.delete(doctype, row["name"])
	world.save(
		customer(), order("SO-1"), order("SO-2", items=[line(1, 70.0)], taxes=[vat(14.0)], grand_total=84.0)
	)
	report = world.engine.push()
	assert (report.sent, report.held) == (1, 1)
	assert len(world.accountant.invoices()) == 2
	assert len(world.accountant.contacts()) == 1
	doc = world.store.get("Sales Order", "SO-1")
	assert doc is not None
	assert doc["xero_payment_status"] == "Paid"
	row = world.outbox("Sales Order", "SO-2")
	assert row["cause"] == "number-taken"
	assert "another contact or total" in row["advice"]


def test_two_totals_that_cannot_agree_are_held_with_both_numbers(world: World) -> None:
	world.set(rounding_policy="Hold")
	world.save(
		customer(), order(items=[line(1, 10.02), line(1, 10.02)], taxes=[vat(4.03)], grand_total=24.07)
	)
	assert world.engine.push().held == 1
	message = world.outbox("Sales Order", "SAL-ORD-2026-00001")["message"]
	assert "24.07" in message
	assert "24.04" in message


def test_no_call_is_made_inside_a_transaction(world: World) -> None:
	seen: list[bool] = []
	world.wire.before = lambda request: seen.append(world.store.in_transaction())
	world.save(customer(), order())
	world.engine.cycle()
	assert len(seen) > 4
	assert not any(seen)


def test_a_second_worker_leaves_a_held_organisation_alone(world: World) -> None:
	world.save(customer())
	others: list[str] = []

	def before(request: requests.PreparedRequest) -> None:
		if is_write(request):
			others.append(world.engine_again().push().stopped)

	world.wire.before = before
	assert world.engine.push().sent == 1
	assert others == ["Another worker is at it."]


def test_a_worker_that_lost_its_lease_writes_nothing_more(world: World) -> None:
	world.save(*(customer(f"C{at:02}", email_id=f"c{at}@example.com") for at in range(60)))

	def before(request: requests.PreparedRequest) -> None:
		if is_write(request):
			world.wire.before = None
			world.clock.sleep(400)  # this worker hangs while its first batch is on the way

	world.wire.before = before
	report = world.engine.push()
	assert "passed to another worker" in report.stopped
	assert len(world.writes()) == 1
	assert world.engine_again().push().stopped == ""
	assert len(world.accountant.contacts()) == 60


def _account(world: World, code: str) -> str:
	return str(world.store.find("Xero Account", {"code": code})[0]["name"])


def test_an_edit_of_an_uncertain_row_waits_until_it_is_settled(world: World) -> None:
	world.save(customer())
	lose_answer(world, "Contacts")
	world.engine.push()
	world.save(customer(tax_id="GB-LATE"))
	assert statuses(world) == ["Uncertain"]
	assert world.engine_again().push().sent == 2
	(contact,) = world.accountant.contacts()
	assert contact["TaxNumber"] == "GB-LATE"


def test_a_worker_that_lost_its_lease_while_reading_writes_nothing(world: World) -> None:
	world.save(customer())

	def before(request: requests.PreparedRequest) -> None:
		world.wire.before = None
		world.clock.sleep(400)

	world.wire.before = before
	assert "passed to another worker" in world.engine.push().stopped
	assert world.writes() == []
	assert statuses(world) == ["Queued"]


def test_reading_back_does_not_take_anothers_invoice_for_ours(world: World) -> None:
	world.save(customer(), order())
	once(
		world,
		lambda request: is_write(request) and "Invoices" in str(request.url),
		requests.ReadTimeout("lost"),
	)
	world.engine.push()
	other = world.accountant.add_contact(Name="Somebody else")
	world.accountant.add_invoice(
		Type="ACCREC",
		InvoiceNumber="SAL-ORD-2026-00001",
		Contact={"ContactID": other},
		Date="2026-11-01",
		DueDate="2026-11-30",
		LineItems=[
			{"Description": "x", "Quantity": 2, "UnitAmount": 50, "AccountCode": "200", "TaxType": "OUTPUT2"}
		],
	)
	world.clock.sleep(600)
	assert world.engine_again().push().held == 1
	assert world.outbox("Sales Order", "SAL-ORD-2026-00001")["cause"] == "number-taken"
	assert world.store.find("Xero Link", {"xero_entity": "Invoice"}) == []


def test_another_total_in_xeros_answer_is_held_with_both_numbers(world: World) -> None:
	def other_total(response: requests.Response) -> requests.Response:
		body = simplejson.loads(response.content)
		body["Invoices"][0]["Total"] = 119.99
		response._content = simplejson.dumps(body).encode()
		return response

	world.save(customer(), order())
	lose_answer(world, "Invoices", other_total)
	report = world.engine.push()
	assert (report.sent, report.held) == (1, 1)
	row = world.outbox("Sales Order", "SAL-ORD-2026-00001")
	assert (row["cause"], row["message"]) == (
		"totals-differ",
		"The total in Xero is 119.99, here it is 120.00.",
	)
	assert len(world.store.find("Xero Link", {"xero_entity": "Invoice"})) == 1


def fail_next(world: World, method: str, status: int) -> None:
	"""Let the next call of this method end before it reaches Xero, with this status."""
	send = world.wire.send

	def failing(request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
		if request.method != method or "/api.xro/" not in str(request.url):
			return send(request, *args, **kwargs)
		world.wire.send = send  # type: ignore[method-assign]
		response = requests.Response()
		response.status_code, response.request, response._content = status, request, b""
		response.headers["Retry-After"] = "20"
		return response

	world.wire.send = failing  # type: ignore[method-assign]


@pytest.mark.parametrize("status", [403, 429, 503])
def test_a_repeated_call_that_fails_says_nothing_of_the_first(world: World, status: int) -> None:
	"""Else the customer would be matched with the contact that it made itself, and the edit would be lost."""
	world.save(customer(tax_id="old"))
	lose_answer(world, "Contacts")
	world.engine.push()
	world.save(customer(tax_id="new"))
	fail_next(world, "PUT", status)
	world.engine_again().push()
	assert statuses(world) == ["Uncertain"]
	world.set(status="Connected")
	world.clock.sleep(60)
	world.engine_again().push()
	world.engine_again().push()
	(contact,) = world.accountant.contacts()
	assert contact["TaxNumber"] == "new"
	assert statuses(world) == ["Done"]


def test_an_answer_that_cannot_be_understood_fully_is_no_proof_that_nothing_was_done(world: World) -> None:
	"""A number is taken by an invoice of ours; while that is looked up, Xero is out of reach."""
	world.save(customer(), order())
	world.engine.push()
	(link,) = world.store.find("Xero Link", {"xero_entity": "Invoice"})
	world.store.delete("Xero Link", link["name"])  # a store restored from before
	world.save(order(), order("SAL-ORD-2026-00002"))
	fail_next(world, "GET", 503)
	assert world.engine.push().uncertain == 2
	world.engine_again().push()
	assert statuses(world) == ["Done", "Done", "Done"]
	assert len(world.accountant.invoices()) == 2


def test_a_void_goes_by_the_status_that_finance_gave_the_invoice_meanwhile(world: World) -> None:
	world.save(customer(), order())
	world.engine.push()
	(invoice,) = world.accountant.invoices()
	world.accountant.authorise(invoice["InvoiceID"])
	world.save(order(docstatus=2))
	world.engine.push()
	assert world.accountant.invoice(invoice["InvoiceID"])["Status"] == "VOIDED"
	assert world.outbox("Sales Order", "SAL-ORD-2026-00001")["status"] == "Done"


def test_a_draft_that_finance_has_deleted_already_needs_no_person(world: World) -> None:
	world.save(customer(), order())
	world.engine.push()
	(invoice,) = world.accountant.invoices()
	world.accountant.void(invoice["InvoiceID"])
	world.save(order(docstatus=2))
	world.engine.push()
	assert world.outbox("Sales Order", "SAL-ORD-2026-00001")["status"] == "Done"


def test_a_cancelled_order_whose_invoice_may_be_in_xero_is_told_of(world: World) -> None:
	"""Its answer was lost, finance changed it, and the order was cancelled: nobody can tell whose it is."""
	world.save(customer(), order())
	lose_answer(world, "Invoices")
	world.engine.push()
	(invoice,) = world.accountant.invoices()
	(sent,) = invoice["LineItems"]
	changed = {"LineItemID": sent["LineItemID"], "Quantity": 3, "UnitAmount": 50, "AccountCode": "200"}
	world.accountant.edit_invoice(invoice["InvoiceID"], LineItems=[changed])
	world.clock.sleep(600)
	world.engine_again().cycle()
	world.save(order(docstatus=2))
	world.engine_again().push()
	row = world.outbox("Sales Order", "SAL-ORD-2026-00001")
	assert (row["status"], row["cause"]) == ("Held", "number-taken")
	world.accountant.void(invoice["InvoiceID"])
	world.engine_again().pull()
	world.save(order(docstatus=2))
	world.engine_again().push()
	assert world.outbox("Sales Order", "SAL-ORD-2026-00001")["status"] == "Cancelled"


def test_a_period_that_was_opened_again_holds_nobody(world: World) -> None:
	world.accountant.set_lock_date(period="2026-11-30")
	world.engine.refresh_reference()
	world.save(customer(), order())
	world.engine.push()
	assert world.outbox("Sales Order", "SAL-ORD-2026-00001")["cause"] == "period-locked"
	world.accountant.set_lock_date()
	world.save(order())
	assert world.engine_again().push().sent == 1


@pytest.mark.parametrize("seconds", [1, 600], ids=["repeated", "read back"])
@pytest.mark.parametrize("polled", [True, False])
def test_what_finance_edits_before_the_answer_is_known_arrives_here(
	world: World, seconds: int, polled: bool
) -> None:
	world.save({"doctype": "Contact", "name": "NB-C", "last_name": "Breeze"})
	world.save(customer(customer_primary_contact="NB-C"))
	lose_answer(world, "Contacts")
	world.engine.push()
	(contact,) = world.accountant.contacts()
	world.clock.sleep(1)
	world.accountant.edit_contact(contact["ContactID"], LastName="Gale")
	world.clock.sleep(10)
	world.accountant.add_contact(Name="Somebody else")
	if polled:
		world.engine_again().pull()
	world.clock.sleep(seconds)
	world.engine_again().push()
	world.clock.sleep(60)
	world.engine_again().pull()
	person = world.store.get("Contact", "NB-C")
	assert person is not None
	assert person["last_name"] == "Gale"
	assert world.accountant.contact(contact["ContactID"])["LastName"] == "Gale"
	assert world.store.find("Xero Conflict") == []


def test_what_finance_enters_before_a_matched_contact_was_filled_is_asked_about(world: World) -> None:
	"""Both sides entered something where Xero had nothing: neither may quietly stay as it is for good."""
	world.save({"doctype": "Contact", "name": "NB-C", "last_name": "Breeze"})
	world.save(customer(customer_primary_contact="NB-C", email_id=None))
	contact = world.accountant.add_contact(Name="Northern Breeze Ltd")
	fail_next(world, "POST", 429)
	world.engine.push()
	world.clock.sleep(60)
	world.accountant.edit_contact(contact, LastName="Gale")
	world.engine_again().push()
	world.engine_again().pull()
	(conflict,) = world.store.find("Xero Conflict")
	assert (conflict["status"], conflict["xero_field"]) == ("Open", "LastName")
	assert (conflict["erpnext_value"], conflict["xero_value"]) == ("Breeze", "Gale")
