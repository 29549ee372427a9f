"""What changes while something is on its way: names, contacts, other workers, the accountant."""

from __future__ import annotations

from typing import Any

import pytest
import requests
import simplejson

from tests.conftest import World, customer, line, order, vat
from tests.sync.test_faults import is_write, lose_answer
from xero_connector.store.sqlite import SQLiteStore
from xero_connector.sync import lease, pull
from xero_connector.xero.errors import Unreachable

NUMBER = "SAL-ORD-2026-00001"
CUSTOMER = "Northern Breeze Ltd"
BLADE = {"doctype": "Item", "name": "BLADE", "item_code": "BLADE", "item_name": "Blade"}


def rename(store: SQLiteStore, doctype: str, old: str, **values: Any) -> None:
	"""What Frappe does when somebody renames a document: everything that names it follows."""
	doc = store.get(doctype, old)
	assert doc is not None
	store.delete(doctype, old)
	store.insert({**doc, **values})
	for follower in ("Xero Link", "Xero Outbox"):
		for row in store.find(follower, {"reference_doctype": doctype, "reference_name": old}):
			store.update(follower, row["name"], {"reference_name": values["name"]})


def test_a_customer_renamed_while_it_is_sent_is_one_contact(world: World) -> None:
	def after(request: requests.PreparedRequest, response: requests.Response) -> requests.Response:
		if is_write(request):
			world.wire.after = None
			rename(world.store, "Customer", CUSTOMER, name="North Ltd", customer_name="North Ltd")
		return response

	world.save(customer(email_id=None))
	world.wire.after = after
	world.engine.push()
	world.save(customer("North Ltd", email_id=None))
	world.engine.push()
	assert [contact["Name"] for contact in world.accountant.contacts()] == ["North Ltd"]
	assert [link["reference_name"] for link in world.store.find("Xero Link")] == ["North Ltd"]


def test_a_customer_merged_while_it_is_sent_keeps_the_link_of_the_other(world: World) -> None:
	world.save(customer("South Ltd", email_id=None))
	world.engine.push()
	(link,) = world.store.find("Xero Link")

	def after(request: requests.PreparedRequest, response: requests.Response) -> requests.Response:
		if is_write(request):
			world.wire.after = None
			world.store.delete("Customer", CUSTOMER)
			(row,) = world.store.find("Xero Outbox", {"reference_name": CUSTOMER})
			world.store.update("Xero Outbox", row["name"], {"reference_name": "South Ltd"})
		return response

	world.save(customer(email_id=None))
	world.wire.after = after
	assert world.engine.push().held == 1
	(kept,) = world.store.find("Xero Link")
	assert (kept["reference_name"], kept["xero_id"]) == ("South Ltd", link["xero_id"])
	(held,) = world.store.find("Xero Outbox", {"status": "Held"})
	assert held["cause"] == "already-linked"


def test_a_contact_that_is_merged_into_one_just_made_does_not_take_that(world: World) -> None:
	world.save(customer(email_id=None))
	world.engine.push()
	(old,) = world.store.find("Xero Link")

	def merge(request: requests.PreparedRequest, response: requests.Response) -> requests.Response:
		if is_write(request):
			world.wire.after = None
			world.clock.sleep(1)
			(made,) = (row for row in world.accountant.contacts() if row["Name"] == "South Ltd")
			world.accountant.merge_contacts(old["xero_id"], made["ContactID"])
			world.engine_again().pull()
		return response

	world.save(customer("South Ltd", email_id=None))
	world.wire.after = merge
	assert world.engine.push().sent == 1
	status = {link["reference_name"]: link["status"] for link in world.store.find("Xero Link")}
	assert status == {CUSTOMER: "Archived", "South Ltd": "Linked"}
	(review,) = world.store.find("Xero Match", {"status": "Open"})
	assert (review["reference_name"], review["cause"]) == (CUSTOMER, "merged-in-xero")


def test_an_item_renamed_here_is_ordered_by_the_code_that_xero_knows(world: World) -> None:
	world.save(BLADE, customer(), order("SO-1", items=[line(item_code="BLADE")]))
	world.engine.push()
	rename(world.store, "Item", "BLADE", name="BLADE-2", item_code="BLADE-2")
	world.save(order("SO-2", items=[line(item_code="BLADE-2")]))
	world.engine.push()
	assert world.outbox("Sales Order", "SO-2")["status"] == "Done"


def test_a_void_whose_answer_was_lost_is_done(world: World) -> None:
	world.set(invoice_status="Authorised")
	world.save(customer(), order())
	world.engine.push()
	world.save(order(docstatus=2))
	lose_answer(world, "Invoices")
	world.engine.push()
	world.clock.sleep(600)
	world.engine_again().push()
	assert world.outbox("Sales Order", NUMBER)["status"] == "Done"
	assert world.accountant.find_invoice(NUMBER)["Status"] == "VOIDED"


def test_no_invoice_goes_to_an_archived_contact(world: World) -> None:
	world.save(customer())
	world.engine.push()
	world.clock.sleep(5)
	world.accountant.archive_contact(world.accountant.contacts()[0]["ContactID"])
	world.engine.pull()
	before = len(world.writes())
	world.save(order())
	world.engine.push()
	assert len(world.writes()) == before
	assert world.outbox("Sales Order", NUMBER)["cause"] == "contact-archived"


def test_an_older_version_of_a_contact_does_not_revive_it(world: World) -> None:
	world.save(customer())
	world.engine.push()
	(link,) = world.store.find("Xero Link")
	for status, hour in (("ARCHIVED", 11), ("ACTIVE", 10)):
		stamp = f"2026-11-22T{hour}:00:00.000000Z"
		record = {"ContactID": link["xero_id"], "Name": "N", "ContactStatus": status, "UpdatedDateUTC": stamp}
		pull.Pull(world.engine.context).apply(pull.CONTACTS, [record])
	assert world.store.find("Xero Link")[0]["status"] == "Archived"


def test_customers_who_share_an_email_keep_their_own_contacts(world: World) -> None:
	world.accountant.add_contact(Name="Beta Ltd", EmailAddress="info@group.example")
	for name in ("Alpha Ltd", "Beta Ltd"):
		world.save(customer(name, email_id="info@group.example"))
		world.clock.sleep(1)
	world.engine.push()
	names = {contact["ContactID"]: contact["Name"] for contact in world.accountant.contacts()}
	linked = {link["reference_name"]: names[link["xero_id"]] for link in world.store.find("Xero Link")}
	assert linked == {"Alpha Ltd": "Alpha Ltd", "Beta Ltd": "Beta Ltd"}


def test_an_invoice_of_a_merged_contact_stays_with_the_customer(world: World) -> None:
	world.set(invoice_status="Authorised")
	world.save(customer(), order())
	world.engine.push()
	(link,) = world.store.find("Xero Link", {"xero_entity": "Contact"})
	world.store.delete("Xero Link", link["name"])
	world.clock.sleep(5)
	world.accountant.pay(world.store.find("Xero Invoice")[0]["xero_id"])
	world.engine.pull()
	assert world.store.find("Xero Invoice")[0]["customer"] == CUSTOMER
	doc = world.store.get("Customer", CUSTOMER) or {}
	assert (doc["xero_paid"], doc["xero_due"]) == (120, 0)


@pytest.mark.parametrize("announced", [False, True])
def test_a_removed_payment_is_noticed_though_no_poll_brings_it(world: World, announced: bool) -> None:
	world.set(invoice_status="Authorised")
	world.save(customer(), order())
	world.engine.push()
	world.clock.sleep(5)
	invoice = world.store.find("Xero Invoice")[0]["xero_id"]
	payment = world.accountant.pay(invoice)
	world.engine.pull()
	world.clock.sleep(5)
	world.accountant.remove_payment(payment)

	def after(request: requests.PreparedRequest, response: requests.Response) -> requests.Response:
		if "/Payments?" in str(request.url):
			data = simplejson.loads(response.content, use_decimal=True)
			data["Payments"] = [row for row in data["Payments"] if row["Status"] != "DELETED"]
			response._content = simplejson.dumps(data, use_decimal=True).encode()
		return response

	world.wire.after = after
	if announced:
		event = {"organisation": world.tenant, "category": "INVOICE", "resource_id": invoice, "status": "New"}
		world.store.insert({"doctype": "Xero Webhook Event", "received_at": "2026-11-22", **event})
		world.engine.fetch_webhook_events()
	else:
		world.engine.pull()
	assert world.store.find("Xero Payment")[0]["xero_status"] == "DELETED"


def test_long_planning_keeps_its_lease(world: World) -> None:
	for at in range(400):
		world.accountant.add_contact(Name=f"Firm {at}", EmailAddress=f"firm{at}@wind.example")
		world.save(customer(f"Firm {at}", email_id=f"firm{at}@wind.example"))
	before = world.clock.now()
	world.wire.before = lambda request: world.clock.sleep(45)  # a slow day at Xero
	assert world.engine.push().stopped == ""
	assert world.clock.now() - before > lease.LENGTH


def test_two_workers_who_see_a_record_first_both_apply_it(
	world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
	record = {"ContactID": "contact-1", "Name": "Firm", "ContactStatus": "ACTIVE"}
	looks, find = ["together with others", "by itself"], SQLiteStore.find

	def blind(store: SQLiteStore, doctype: str, *arguments: Any, **options: Any) -> Any:
		if doctype != "Xero Contact" or not looks:
			return find(store, doctype, *arguments, **options)
		looks.pop()  # the other one comes between the look and the insert
		store.insert({"doctype": doctype, "organisation": world.tenant, "xero_id": "contact-1"})
		return []

	monkeypatch.setattr(SQLiteStore, "find", blind)
	pull.Pull(world.engine.context).apply(pull.CONTACTS, [record])
	monkeypatch.undo()
	assert looks == []
	assert world.store.find("Xero Webhook Event") == []


def test_a_worker_at_its_limit_still_says_so(world: World) -> None:
	"""Nothing above turns what Xero or the network does into a fault of the document."""

	def before(request: requests.PreparedRequest) -> None:
		if "Contacts" in str(request.url):
			raise requests.ConnectTimeout("out of reach")

	world.save(customer())
	world.wire.before = before
	report = world.engine.push()
	assert (report.held, report.stopped) == (0, str(Unreachable("Xero cannot be reached (ConnectTimeout).")))


def test_what_finance_added_to_an_invoice_is_asked_about_and_not_undone(world: World) -> None:
	world.save(customer(), order())
	world.engine.push()
	world.clock.sleep(5)
	invoice = world.accountant.find_invoice(NUMBER)
	kept = ("LineItemID", "Description", "Quantity", "UnitAmount", "AccountCode", "TaxType")
	lines = [{field: row[field] for field in kept} for row in invoice["LineItems"]]
	added = {**lines[0], "Description": "Call-out fee"}
	del added["LineItemID"]
	world.accountant.edit_invoice(invoice["InvoiceID"], LineItems=[*lines, added])
	world.engine.pull()
	before = len(world.writes())
	world.save(order(po_no="PO-9"))
	world.engine.push()
	assert len(world.writes()) == before
	held = world.outbox("Sales Order", NUMBER)
	assert (held["status"], held["cause"]) == ("Held", "changed-in-xero")
	assert "240.00" in held["message"] and "120.00" in held["message"]
	world.save(order(po_no="PO-9", items=[line(4.0)], taxes=[vat(40.0)], net_total=200.0, grand_total=240.0))
	world.engine.push()
	assert world.outbox("Sales Order", NUMBER)["status"] == "Done"


def test_an_item_edited_while_it_is_made_in_xero_goes_again(world: World) -> None:
	def before(request: requests.PreparedRequest) -> None:
		if is_write(request) and "Items" in str(request.url):
			world.wire.before = None
			world.save({**BLADE, "item_name": "Long blade"})

	world.save(BLADE)
	world.save(customer(), order(items=[line(item_code="BLADE")]))
	world.wire.before = before
	world.engine.push()
	(item,) = world.api.get("Items").records("Items")
	assert item["Name"] == "Long blade"
