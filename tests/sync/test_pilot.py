"""Before an organisation is live: dry runs that keep nothing, and only what a person chose is sent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from tests.conftest import COMPANY, World, customer, line, order
from tests.sync.documents_kit import (
	OPPORTUNITY,
	ORDER,
	QUOTATION,
	numbers,
	opportunity,
	quotation,
	sales_invoice,
)
from xero_connector.sync import conflicts, history, matches, now, organisations, outbox, pilot, triggers
from xero_connector.sync.contacts import Contacts
from xero_connector.sync.errors import SyncError
from xero_connector.sync.preview import NOT_YET, Preview
from xero_connector.xero.reading import read_json

NAME = "Northern Breeze Ltd"


@pytest.fixture
def trial(world: World) -> World:
	"""A world in its pilot."""
	world.set(live_since=None)
	return world


def dry(world: World, doctype: str, name: str) -> Preview:
	found, why = world.engine.preview([(doctype, name)])
	assert why == ""
	return found[0]


def send(world: World, doctype: str, name: str) -> None:
	pilot.send(world.store, world.clock, world.tenant, doctype, name, "admin@example.com")
	world.engine.push()


def everything(world: World) -> dict[str, list[dict[str, Any]]]:
	"""All that the store holds, but what counts calls and leases."""
	kinds = (
		"Customer",
		"Item",
		"Sales Order",
		"Xero Link",
		"Xero Outbox",
		"Xero Match",
		"Xero Batch",
		"Xero Sync Log",
		"Xero Conflict",
		"Xero Billed",
		"Xero Invoice Request",
	)
	return {kind: world.store.find(kind) for kind in kinds}


def test_nothing_goes_by_itself_in_the_pilot(trial: World) -> None:
	trial.save(customer(), order(), sales_invoice())
	for choices in ({"invoice_trigger": "Quotation Ordered"}, {"quote_trigger": "Quotation Submit"}):
		trial.set(**choices)
		trial.save(quotation(status="Ordered"), opportunity())
	assert trial.store.find("Xero Outbox") == []
	assert list(triggers.unsent(trial.store, trial.tenant)) == []
	trial.engine.cycle()
	assert trial.writes() == []


def test_what_was_chosen_is_sent_with_its_customer(trial: World) -> None:
	trial.save(customer(), customer("Hollow Pine Ltd"), order())
	send(trial, "Sales Order", ORDER)
	assert numbers(trial) == [ORDER]
	assert [row["Name"] for row in trial.accountant.contacts()] == [NAME]
	sent = pilot.sent(trial.store, trial.tenant)
	assert {(row["reference_name"], row["status"]) for row in sent} == {(NAME, "Done"), (ORDER, "Done")}


def test_what_was_sent_in_the_pilot_follows_afterwards(trial: World) -> None:
	trial.save(customer(), customer("Hollow Pine Ltd", email_id="office@hollowpine.example"), order())
	send(trial, "Sales Order", ORDER)
	trial.save(customer(email_id="new@northernbreeze.example"))
	trial.save(customer("Hollow Pine Ltd", email_id="new@hollowpine.example"))
	trial.engine.push()
	emails = {row["Name"]: row["EmailAddress"] for row in trial.accountant.contacts()}
	assert emails == {NAME: "new@northernbreeze.example"}


def test_a_rep_cannot_send_before_it_is_live(trial: World) -> None:
	trial.save(customer(), order())
	doc = trial.store.get("Sales Order", ORDER)
	assert doc is not None
	with pytest.raises(SyncError, match="is in its pilot"):
		triggers.request_invoice(trial.store, trial.clock, doc)
	assert trial.store.find("Xero Outbox") == []


def test_all_goes_once_it_is_live(trial: World) -> None:
	trial.save(customer())
	organisations.go_live(trial.store, trial.clock, trial.tenant)
	trial.save(order())
	trial.engine.push()
	assert numbers(trial) == [ORDER]


def test_going_live_needs_a_confirmed_organisation(trial: World) -> None:
	trial.set(status="Not Confirmed")
	with pytest.raises(SyncError, match="Confirm first"):
		organisations.go_live(trial.store, trial.clock, trial.tenant)
	assert not organisations.is_live(trial.engine.context.settings())


def test_going_live_twice_keeps_the_first_day(trial: World) -> None:
	organisations.go_live(trial.store, trial.clock, trial.tenant)
	first = trial.engine.context.settings()["live_since"]
	trial.clock.sleep(3600)
	organisations.go_live(trial.store, trial.clock, trial.tenant)
	assert trial.engine.context.settings()["live_since"] == first


@pytest.mark.parametrize(
	("doc", "words"),
	[
		(order(docstatus=2), "is cancelled.*Choose a submitted one"),
		(order(docstatus=0), "is not submitted.*Choose a submitted one"),
		(order(company="Another Ltd"), f"of Another Ltd; this organisation keeps the books of {COMPANY}"),
		(opportunity(status="Lost"), "is lost"),
		(customer(disabled=1), "is disabled here"),
		({"doctype": "Item", "name": "BOLT", "item_code": "BOLT"}, "A Item does not go|An? Item does not go"),
	],
)
def test_what_cannot_be_tried_is_refused_in_words(trial: World, doc: dict[str, Any], words: str) -> None:
	trial.store.insert(doc)
	with pytest.raises(SyncError, match=words):
		pilot.send(trial.store, trial.clock, trial.tenant, doc["doctype"], doc["name"])
	assert trial.store.find("Xero Outbox") == []


def test_a_document_that_is_not_there_is_refused(trial: World) -> None:
	with pytest.raises(SyncError, match="There is no Sales Order X"):
		pilot.send(trial.store, trial.clock, trial.tenant, "Sales Order", "X")


def test_a_dry_run_says_exactly_what_a_push_sends(trial: World) -> None:
	trial.save(customer(), order())
	planned = dry(trial, "Sales Order", ORDER)
	assert (planned.outcome, planned.entity) == ("Create", "Invoice")
	assert [(each.doctype, each.name, each.outcome) for each in planned.before] == [
		("Customer", NAME, "Create")
	]
	assert planned.payload["Contact"] == {"ContactID": NOT_YET}
	send(trial, "Sales Order", ORDER)
	batches = trial.store.find("Xero Batch", order_by="creation")
	bodies = {row["entity"]: row["body"] for row in batches}
	(invoice,) = read_json(bodies["Invoice"].encode())["Invoices"]
	(contact,) = read_json(bodies["Contact"].encode())["Contacts"]
	assert {**planned.payload, "Contact": None} == {**invoice, "Contact": None}
	assert planned.before[0].payload == contact


def invoices_sent(world: World) -> dict[str, Any]:
	"""The invoices of all batches, by number, without their contact."""
	bodies = [row["body"] for row in world.store.find("Xero Batch", {"entity": "Invoice"})]
	found = [invoice for body in bodies for invoice in read_json(body.encode())["Invoices"]]
	return {invoice["InvoiceNumber"]: {**invoice, "Contact": None} for invoice in found}


@pytest.mark.parametrize(
	("doctype", "name", "sent"),
	[
		("Sales Order", ORDER, [f"{ORDER}/1", f"{ORDER}/2"]),
		("Opportunity", OPPORTUNITY, [f"{OPPORTUNITY}/1"]),
	],
)
def test_a_dry_run_shows_each_invoice_that_is_made(
	trial: World, doctype: str, name: str, sent: list[str]
) -> None:
	terms = [{"payment_term": term, "payment_amount": 60.0, "due_date": "2026-12-01"} for term in ("A", "B")]
	trial.set(order_billing="One Invoice per Payment Term")
	trial.save(customer(), order(payment_schedule=terms), opportunity())
	before = everything(trial)
	planned = dry(trial, doctype, name)
	assert everything(trial) == before
	assert (planned.doctype, planned.name, planned.before[0].key) == (doctype, name, ("Customer", NAME))
	payloads = [each.payload for each in (*planned.before[1:], planned)]
	send(trial, doctype, name)
	assert {each["InvoiceNumber"]: {**each, "Contact": None} for each in payloads} == invoices_sent(trial)
	assert sorted(invoices_sent(trial)) == sent


def test_a_dry_run_of_what_is_there_as_a_whole_shows_it_as_a_whole(trial: World) -> None:
	terms = [{"payment_term": term, "payment_amount": 60.0, "due_date": "2026-12-01"} for term in ("A", "B")]
	trial.save(customer(), order(payment_schedule=terms))
	send(trial, "Sales Order", ORDER)
	trial.set(order_billing="One Invoice per Payment Term")
	trial.save(order(payment_schedule=terms, po_no="PO 7"))
	planned = dry(trial, "Sales Order", ORDER)
	assert (planned.outcome, planned.payload["Reference"]) == ("Update", "PO 7")


def test_a_dry_run_says_why_there_is_nothing_to_invoice(trial: World) -> None:
	trial.save(customer(), opportunity(total=0, items=[]))
	planned = dry(trial, "Opportunity", OPPORTUNITY)
	assert planned.outcome == "Held"
	assert "there is nothing to invoice" in planned.message
	with pytest.raises(SyncError, match="nothing to invoice"):
		send(trial, "Opportunity", OPPORTUNITY)


@pytest.mark.parametrize(("status", "entity"), [("Ordered", "Invoice"), ("Open", "Quote")])
def test_a_quotation_is_tried_as_it_goes(trial: World, status: str, entity: str) -> None:
	trial.set(invoice_trigger="Quotation Ordered", quote_trigger="Quotation Submit")
	trial.save(customer(), quotation(status=status))
	chosen = [each.name for each in pilot.propose(trial.store, trial.tenant) if each.doctype == "Quotation"]
	assert chosen == ([QUOTATION] if status == "Ordered" else [])
	planned = dry(trial, "Quotation", QUOTATION)
	assert (planned.outcome, planned.entity) == ("Create", entity)
	send(trial, "Quotation", QUOTATION)
	assert (len(trial.accountant.invoices()), len(trial.accountant.quotes())) == (
		(1, 0) if entity == "Invoice" else (0, 1)
	)
	proposed = [each.name for each in pilot.propose(trial.store, trial.tenant)]
	assert QUOTATION not in proposed
	assert dry(trial, "Quotation", QUOTATION).outcome == "Nothing"


@pytest.mark.parametrize("name", [ORDER, QUOTATION])
def test_a_dry_run_keeps_and_sends_nothing(trial: World, name: str) -> None:
	trial.save(customer(), order(items=[line(item_code="BOLT")]), quotation())
	trial.store.insert({"doctype": "Item", "name": "BOLT", "item_code": "BOLT", "item_name": "Bolt"})
	before = everything(trial)
	planned = dry(trial, "Quotation" if name == QUOTATION else "Sales Order", name)
	assert planned.payload
	assert everything(trial) == before
	assert trial.writes() == []


def test_a_dry_run_of_a_known_contact_shows_both_sides(trial: World) -> None:
	contact = trial.accountant.add_contact(
		Name=NAME, EmailAddress="accounts@northernbreeze.example", TaxNumber="GB 1"
	)
	trial.save(customer(tax_id="GB 2", website="northernbreeze.example"))
	before = everything(trial)
	planned = dry(trial, "Customer", NAME)
	assert planned.outcome == "Match"
	tax = next(each for each in planned.fields if each.label == "Tax Number")
	assert (tax.here, tax.there, tax.differs) == ("GB 2", "GB 1", True)
	assert everything(trial) == before
	assert trial.accountant.contact(contact)["TaxNumber"] == "GB 1"


def test_a_dry_run_names_all_that_is_in_the_way(trial: World) -> None:
	trial.set(sales_account=None)
	trial.save(customer(email_id="no email"), order())
	planned = dry(trial, "Sales Order", ORDER)
	causes = {problem.cause for each in (planned, *planned.before) for problem in each.problems}
	assert planned.before[0].outcome == "Held"
	assert causes == {"email-invalid"}
	trial.save(customer())
	planned = dry(trial, "Sales Order", ORDER)
	assert planned.outcome == "Held"
	assert {problem.field for problem in planned.problems} == {"sales_account"}


def test_a_dry_run_asks_xero_nothing_when_it_is_disconnected(trial: World) -> None:
	trial.save(customer())
	trial.set(status="Reconnect Needed")
	found, why = trial.engine.preview([("Customer", NAME)])
	assert (found, why) == ([], "The organisation is not connected: Reconnect Needed.")


def test_the_result_is_what_xero_has_now(trial: World) -> None:
	trial.save(customer(), order())
	assert trial.engine.compare("Sales Order", ORDER) == ([], "")
	send(trial, "Sales Order", ORDER)
	fields, why = trial.engine.compare("Sales Order", ORDER)
	assert why == ""
	total = next(each for each in fields if each.label == "Total")
	assert (total.here, total.there, total.differs) == ("120.00", "120.00", False)
	assert not [each for each in fields if each.differs]
	contact, _ = trial.engine.compare("Customer", NAME)
	assert not [each for each in contact if each.differs]


def test_the_result_shows_what_finance_changed(trial: World) -> None:
	trial.save(customer(), order())
	send(trial, "Sales Order", ORDER)
	invoice = trial.accountant.find_invoice(ORDER)
	trial.accountant.edit_invoice(invoice["InvoiceID"], Reference="by phone", DueDate="2027-01-01")
	fields, _ = trial.engine.compare("Sales Order", ORDER)
	changed = {each.label: each.there for each in fields if each.differs}
	assert changed == {"Due Date": "2027-01-01"}


def test_stopping_takes_back_what_was_not_begun(trial: World) -> None:
	trial.save(customer(), order())
	pilot.send(trial.store, trial.clock, trial.tenant, "Sales Order", ORDER)
	assert pilot.stop(trial.store, trial.tenant) == 1
	trial.engine.push()
	assert trial.writes() == []
	assert trial.outbox("Sales Order", ORDER)["status"] == outbox.CANCELLED
	send(trial, "Sales Order", ORDER)  # and it can be sent after all
	assert numbers(trial) == [ORDER]


def test_five_are_proposed_that_try_most(trial: World) -> None:
	plain = [order(f"SAL-ORD-{at}", customer=f"Firm {at}") for at in range(4)]
	telling = [
		order("FOREIGN", currency="EUR", conversion_rate=0.8, customer="Firm 8"),
		order("DISCOUNT", discount_amount=5.0, customer="Firm 9"),
		order("INCLUSIVE", taxes=[{"included_in_print_rate": 1}, {}], customer="Firm 9"),
	]
	trial.store.insert(customer())
	for doc in (*plain, *telling):
		trial.store.insert(doc)
	found = pilot.propose(trial.store, trial.tenant)
	assert {each.name for each in found[:3]} == {"FOREIGN", "DISCOUNT", "INCLUSIVE"}
	assert (found[4].doctype, found[4].name, len(found)) == ("Customer", NAME, 5)
	assert "in EUR" in next(each.why for each in found if each.name == "FOREIGN")


def test_what_was_sent_is_not_proposed_again(trial: World) -> None:
	trial.save(customer(), order())
	send(trial, "Sales Order", ORDER)
	assert pilot.propose(trial.store, trial.tenant) == []


@pytest.mark.parametrize("choose", [triggers.request_invoice, triggers.request_quote])
def test_the_pilot_is_the_only_way_around(trial: World, choose: Callable[..., Any]) -> None:
	doc = quotation()
	trial.save(customer(), doc)
	with pytest.raises(SyncError, match="pilot"):
		choose(trial.store, trial.clock, doc)
	assert choose(trial.store, trial.clock, doc, pilot=True)["outbox"]


def test_what_was_taken_back_goes_only_if_it_is_chosen_again(trial: World) -> None:
	"""Neither saving it nor *Sync Now* sends it."""
	bolt = {"doctype": "Item", "name": "BOLT", "item_code": "BOLT", "item_name": "Bolt"}
	trial.store.insert(bolt)
	trial.save(customer(), order(items=[line(item_code="BOLT")]))
	for key in (("Customer", NAME), ("Sales Order", ORDER)):
		pilot.send(trial.store, trial.clock, trial.tenant, *key)
	outbox.enqueue(trial.store, trial.clock, trial.tenant, "Item", "BOLT")  # as it comes along
	assert pilot.stop(trial.store, trial.tenant) == 3
	trial.save(customer(website="northernbreeze.example"), {**bolt, "item_name": "Bolts"})
	for doctype, name in (("Customer", NAME), ("Sales Order", ORDER)):
		doc = trial.store.get(doctype, name)
		assert doc is not None
		with pytest.raises(SyncError):
			now.send_now(trial.store, trial.clock, doc)
	trial.engine.cycle()
	assert trial.writes() == []


def test_stopping_ends_with_the_pilot(trial: World) -> None:
	"""What waits once it is live belongs to everybody: a page left open must not take it back."""
	trial.save(customer(), order())
	organisations.go_live(trial.store, trial.clock, trial.tenant)
	trial.save(customer(), order())
	with pytest.raises(SyncError, match="is live"):
		pilot.stop(trial.store, trial.tenant)
	trial.engine.push()
	assert numbers(trial) == [ORDER]


def test_stopping_leaves_what_a_cancellation_takes_back(trial: World) -> None:
	trial.save(customer(), order())
	send(trial, "Sales Order", ORDER)
	triggers.document_cancelled(trial.store, trial.clock, order(docstatus=2))
	assert pilot.stop(trial.store, trial.tenant) == 0
	trial.engine.push()
	assert trial.accountant.find_invoice(ORDER)["Status"] == "DELETED"  # a draft, so it is deleted


def test_a_part_that_was_taken_back_is_billed_once_it_is_live(trial: World) -> None:
	terms = [{"payment_term": name, "payment_amount": 60.0, "due_date": "2026-12-01"} for name in ("A", "B")]
	trial.set(order_billing="One Invoice per Payment Term")
	trial.save(customer(), order(payment_schedule=terms))
	pilot.send(trial.store, trial.clock, trial.tenant, "Sales Order", ORDER)
	assert pilot.stop(trial.store, trial.tenant) == 2
	organisations.go_live(trial.store, trial.clock, trial.tenant)
	trial.save(order(payment_schedule=terms))
	trial.engine.push()
	assert numbers(trial) == [f"{ORDER}/1", f"{ORDER}/2"]


def test_an_opportunity_that_was_taken_back_is_billed_once_it_is_live(trial: World) -> None:
	trial.set(invoice_trigger="Opportunity Won")
	trial.save(customer(), opportunity())
	pilot.send(trial.store, trial.clock, trial.tenant, "Opportunity", OPPORTUNITY)
	assert pilot.stop(trial.store, trial.tenant) == 1
	organisations.go_live(trial.store, trial.clock, trial.tenant)
	trial.save(opportunity())
	trial.engine.push()
	assert numbers(trial) == [f"{OPPORTUNITY}/1"]


def test_parts_that_were_taken_back_go_when_others_of_their_order_have_gone(trial: World) -> None:
	terms = [{"payment_term": name, "payment_amount": 60.0, "due_date": "2026-12-01"} for name in ("A", "B")]
	trial.set(order_billing="One Invoice per Payment Term")
	trial.save(customer(), order(payment_schedule=terms))
	send(trial, "Sales Order", ORDER)
	row = trial.outbox("Xero Invoice Request", f"{ORDER}/2")
	(link,) = trial.store.find("Xero Link", {"reference_name": f"{ORDER}/2"})
	trial.store.delete("Xero Link", link["name"])  # as if Xero had not taken the second yet
	trial.store.update("Xero Outbox", row["name"], {"status": "Queued"})
	assert pilot.stop(trial.store, trial.tenant) == 1
	organisations.go_live(trial.store, trial.clock, trial.tenant)
	trial.save(order(payment_schedule=terms))
	assert trial.outbox("Xero Invoice Request", f"{ORDER}/2")["status"] == "Queued"


def test_stopping_takes_back_what_is_held(trial: World) -> None:
	account = trial.engine.context.settings()["sales_account"]
	trial.set(sales_account=None)
	trial.save(customer(), order())
	send(trial, "Sales Order", ORDER)
	assert trial.outbox("Sales Order", ORDER)["status"] == "Held"
	assert pilot.stop(trial.store, trial.tenant) == 1
	trial.set(sales_account=account)
	triggers.choices_changed(trial.store, trial.clock, trial.tenant)
	trial.engine.push()
	assert numbers(trial) == []


def test_stopping_leaves_the_steps_after_sending(trial: World) -> None:
	trial.save(customer(), order())
	send(trial, "Sales Order", ORDER)
	(link,) = trial.store.find("Xero Link", {"reference_name": ORDER})
	outbox.enqueue(trial.store, trial.clock, trial.tenant, "Xero Link", link["name"])
	assert pilot.stop(trial.store, trial.tenant) == 0
	assert trial.outbox("Xero Link", link["name"])["status"] == "Queued"


def test_what_waits_for_one_company_does_not_go_into_the_books_of_another(world: World) -> None:
	world.store.insert({"doctype": "Company", "name": "Another Ltd", "default_currency": "GBP"})
	world.save(customer(), order())
	organisations.confirm(world.store, world.tenant, "Another Ltd")
	world.engine.push()
	assert (numbers(world), world.accountant.contacts()) == ([], [])
	outbox.enqueue(world.store, world.clock, world.tenant, "Sales Order", ORDER)
	world.engine.push()
	row = world.outbox("Sales Order", ORDER)
	assert (numbers(world), row["cause"]) == ([], "other-company")
	assert "Another Ltd" in row["message"]


def test_what_cannot_be_mapped_any_more_can_still_be_compared(trial: World) -> None:
	trial.save(customer(), order())
	send(trial, "Sales Order", ORDER)
	trial.set(sales_account=None)
	trial.save(customer(email_id="no email"))
	for doctype, name, label in (("Sales Order", ORDER, "Total"), ("Customer", NAME, "Name")):
		fields, why = trial.engine.compare(doctype, name)
		assert why == ""
		assert next(field for field in fields if field.label == label).there


def linked(world: World) -> dict[str, Any]:
	"""A customer that history was imported of, and that is another here since; nobody chose it."""
	contact = world.accountant.add_contact(Name=NAME, EmailAddress="accounts@northernbreeze.example")
	world.save(customer())
	history.ask(world.store, world.clock, world.tenant, date(2026, 1, 1))
	world.engine.import_history()
	(link,) = world.store.find("Xero Link", {"xero_id": contact})
	world.save(customer(website="northernbreeze.example"))
	return link


def test_a_reconciliation_in_the_pilot_sends_nothing_of_what_was_not_chosen(trial: World) -> None:
	linked(trial)
	trial.engine.reconcile()
	trial.engine.push()
	assert trial.writes() == []
	(found,) = trial.store.find("Xero Reconciliation")
	doc = trial.store.get("Xero Reconciliation", found["name"])
	assert doc is not None
	assert [(each["outcome"], each["kind"]) for each in doc["findings"]] == [("Told", "differs")]


@pytest.mark.parametrize("settings", [{"pause_pull": 1}, {"enabled": 0}])
def test_a_dry_run_does_not_read_on_where_reading_is_paused(trial: World, settings: dict[str, Any]) -> None:
	trial.save(customer())
	trial.set(**settings)
	assert dry(trial, "Customer", NAME).outcome == "Create"
	assert trial.store.find("Xero Cursor") == []


def test_the_newest_of_what_was_sent_are_shown(trial: World, monkeypatch: pytest.MonkeyPatch) -> None:
	monkeypatch.setattr(pilot, "MOST", 1)
	for at in range(3):
		trial.clock.sleep(1)
		trial.save(customer(f"Firm {at}"))
		pilot.send(trial.store, trial.clock, trial.tenant, "Customer", f"Firm {at}")
	shown = [row["reference_name"] for row in pilot.sent(trial.store, trial.tenant)]
	assert shown == ["Firm 1", "Firm 2"]


def test_a_decision_in_the_pilot_sends_nothing_of_what_was_not_chosen(trial: World) -> None:
	"""What was decided holds, and goes when the customer does."""
	link = linked(trial)
	trial.clock.sleep(60)
	trial.accountant.edit_contact(link["xero_id"], EmailAddress="there@northernbreeze.example")
	trial.save(customer(email_id="here@northernbreeze.example"))
	trial.engine.cycle()
	(conflict,) = trial.store.find("Xero Conflict", {"status": "Open"})
	with trial.store.transaction():
		assert Contacts(trial.engine.context).resolve(conflict, conflicts.ERPNEXT, None) == set()
	trial.engine.cycle()
	assert trial.writes() == []
	organisations.go_live(trial.store, trial.clock, trial.tenant)
	trial.save(customer(email_id="here@northernbreeze.example"))
	trial.engine.push()
	assert trial.accountant.contact(link["xero_id"])["EmailAddress"] == "here@northernbreeze.example"


def test_a_match_that_is_decided_in_the_pilot_sends_nothing_of_what_was_not_chosen(trial: World) -> None:
	trial.save(customer())
	review = matches.Review("merged-here", "Two there.", "Merge them.", [])
	place = (trial.store, trial.clock)
	matches.note(*place, trial.tenant, "Customer", NAME, review)
	(match,) = trial.store.find("Xero Match")
	assert matches.make_new(*place, match["name"], None) == set()
	assert trial.store.find("Xero Outbox") == []


def test_the_books_of_another_company_begin_with_a_pilot(trial: World) -> None:
	trial.store.insert({"doctype": "Company", "name": "Another Ltd", "default_currency": "GBP"})
	organisations.go_live(trial.store, trial.clock, trial.tenant)
	organisations.confirm(trial.store, trial.tenant, COMPANY)
	assert organisations.is_live(trial.engine.context.settings())
	organisations.confirm(trial.store, trial.tenant, "Another Ltd")
	assert not organisations.is_live(trial.engine.context.settings())


def test_what_was_taken_back_can_be_sent_after_all(trial: World) -> None:
	trial.save(customer(), order())
	pilot.send(trial.store, trial.clock, trial.tenant, "Customer", NAME)
	pilot.send(trial.store, trial.clock, trial.tenant, "Sales Order", ORDER)
	assert pilot.stop(trial.store, trial.tenant) == 2
	send(trial, "Sales Order", ORDER)
	assert numbers(trial) == [ORDER]
