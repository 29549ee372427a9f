"""Customers that Xero knows already: linked by rule, asked about when in doubt, never doubled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
import requests
import simplejson

from tests.conftest import World, customer, line, order
from tests.sync.test_faults import is_write
from xero_connector.mapping.fields import DEFAULT_FIELD_MAP
from xero_connector.sync import links, match, matches
from xero_connector.sync.errors import SyncError

EMAIL = "accounts@northernbreeze.example"


def names(world: World) -> list[str]:
	return sorted(contact["Name"] for contact in world.accountant.contacts())


def test_the_same_email_is_the_same_customer(world: World) -> None:
	xero_id = world.accountant.add_contact(
		Name="N. Breeze (Accounts)", EmailAddress=EMAIL.upper(), TaxNumber="GB-XERO"
	)
	world.save(customer(tax_id="GB-ERP", default_currency="GBP"))
	assert world.engine.push().sent == 1
	link = links.of_document(world.store, world.tenant, "Customer", "Northern Breeze Ltd")
	assert link is not None
	assert (link["xero_id"], link["matched_by"]) == (xero_id, "email")
	contact = world.accountant.contact(xero_id)
	# What finance had stays; only what was empty there is filled.
	assert (contact["Name"], contact["TaxNumber"], contact["DefaultCurrency"]) == (
		"N. Breeze (Accounts)",
		"GB-XERO",
		"GBP",
	)
	assert len(names(world)) == 1


def test_what_is_edited_after_the_match_follows(world: World) -> None:
	xero_id = world.accountant.add_contact(
		Name="N. Breeze (Accounts)", EmailAddress=EMAIL, TaxNumber="GB-XERO"
	)
	world.save(customer(tax_id="GB-ERP"))
	world.engine.push()
	world.save(customer(tax_id="GB-NEW"))
	world.engine.push()
	assert world.accountant.contact(xero_id)["TaxNumber"] == "GB-NEW"
	assert world.accountant.contact(xero_id)["Name"] == "N. Breeze (Accounts)"


def test_an_address_is_sent_whole_and_finances_part_of_it_stays(world: World) -> None:
	theirs = {"AddressType": "POBOX", "AddressLine1": "Finance House", "City": "Leeds", "PostalCode": "LS1"}
	xero_id = world.accountant.add_contact(Name="N. Breeze", EmailAddress=EMAIL, Addresses=[theirs])
	address = {
		"doctype": "Address",
		"name": "A",
		"address_line1": "Sales House",
		"city": "York",
		"pincode": "YO1",
	}
	world.save(address, customer(customer_primary_address="A"))
	world.engine.push()
	for edit in ({"city": "Hull"}, {"pincode": "HU1", "city": "Hull"}):
		world.save({**address, **edit})
		world.engine.push()
	sent = simplejson.loads(world.writes()[-1].body or b"{}")["Contacts"][0]["Addresses"][0]
	assert (sent["AddressLine1"], sent["City"], sent["PostalCode"]) == ("Finance House", "Hull", "HU1")
	(box,) = [
		each for each in world.accountant.contact(xero_id)["Addresses"] if each["AddressType"] == "POBOX"
	]
	assert (box["AddressLine1"], box["City"], box["PostalCode"]) == ("Finance House", "Hull", "HU1")


def test_many_matches_are_read_in_few_calls(world: World) -> None:
	for at in range(60):
		world.accountant.add_contact(Name=f"Old name {at:02}", EmailAddress=f"c{at}@example.com")
	world.save(*(customer(f"Customer {at:02}", email_id=f"c{at}@example.com") for at in range(60)))
	report = world.engine.push()
	# the index, the matched contacts in two parts, and what was empty in Xero in two batches
	assert (report.sent, report.calls) == (60, 5)
	assert len(world.store.find("Xero Link", {"matched_by": "email"})) == 60


def test_a_match_that_cannot_be_read_waits(world: World) -> None:
	world.accountant.add_contact(Name="N. Breeze", EmailAddress=EMAIL)

	def nothing(request: requests.PreparedRequest, response: requests.Response) -> requests.Response:
		if "IDs=" in str(request.url):
			response._content = b'{"Contacts": []}'
		return response

	world.wire.after = nothing
	world.save(customer())
	assert world.engine.push().waiting == 1
	assert world.writes() == []
	world.wire.after = None
	world.clock.sleep(120)
	assert world.engine.push().sent == 1
	assert len(names(world)) == 1


def test_two_contacts_with_the_email_are_asked_about(world: World) -> None:
	world.accountant.add_contact(Name="Breeze One", EmailAddress=EMAIL)
	world.accountant.add_contact(Name="Breeze Two", EmailAddress=EMAIL)
	world.save(customer())
	assert world.engine.push().held == 1
	row = world.outbox("Customer", "Northern Breeze Ltd")
	assert row["cause"] == "several-candidates"
	assert "Breeze One, Breeze Two" in row["message"]
	assert names(world) == ["Breeze One", "Breeze Two"]


def test_a_contact_that_is_linked_already_is_no_candidate(world: World) -> None:
	world.save(customer("First", email_id=EMAIL))
	assert world.engine.push().sent == 1
	world.save(customer("Second", email_id=EMAIL))
	assert world.engine_again().push().sent == 1
	assert names(world) == ["First", "Second"]


def test_an_archived_contact_is_no_candidate(world: World) -> None:
	old = world.accountant.add_contact(Name="Old Breeze", EmailAddress=EMAIL)
	world.accountant.archive_contact(old)
	world.save(customer(email_id=EMAIL))
	world.engine.push()
	link = links.of_document(world.store, world.tenant, "Customer", "Northern Breeze Ltd")
	assert link is None or link["xero_id"] != old


@pytest.mark.parametrize("email", [None, ""])
def test_the_same_name_without_emails_is_the_same_customer(world: World, email: str | None) -> None:
	xero_id = world.accountant.add_contact(Name="NORTHERN BREEZE LTD")
	world.save(customer(email_id=email))
	world.engine.push()
	link = links.of_document(world.store, world.tenant, "Customer", "Northern Breeze Ltd")
	assert link is not None
	assert (link["xero_id"], link["matched_by"]) == (xero_id, "name")


def test_the_same_name_with_another_email_is_asked_about(world: World) -> None:
	world.accountant.add_contact(Name="Northern Breeze Ltd", EmailAddress="someone@else.example")
	world.save(customer())
	assert world.engine.push().held == 1
	assert world.outbox("Customer", "Northern Breeze Ltd")["cause"] == "name-taken"
	assert len(names(world)) == 1


def test_a_store_that_was_lost_finds_its_contacts_by_their_number(world: World) -> None:
	world.save(customer(email_id=None))
	world.engine.push()
	(link,) = world.store.find("Xero Link")
	world.store.delete("Xero Link", link["name"])
	world.save(customer(email_id=None, tax_id="GB1"))
	world.engine.push()
	(again,) = world.store.find("Xero Link")
	assert (again["xero_id"], again["matched_by"]) == (link["xero_id"], "contact number")


def test_saving_the_fixed_customer_sends_it(world: World) -> None:
	world.accountant.add_contact(Name="Northern Breeze Ltd", EmailAddress="someone@else.example")
	world.save(customer())
	world.engine.push()
	world.save(customer(customer_name="Northern Breeze (Aberdeen) Ltd"))
	assert world.engine.push().sent == 1
	assert world.outbox("Customer", "Northern Breeze Ltd")["status"] == "Done"


def test_an_order_goes_once_its_customer_turns_out_to_be_known(world: World) -> None:
	xero_id = world.accountant.add_contact(
		Name="Northern Breeze Ltd", EmailAddress="someone@else.example", DefaultCurrency="GBP"
	)
	world.save(customer(), order())
	report = world.engine.push()
	assert (report.held, report.waiting) == (1, 1)
	world.clock.sleep(1)
	world.accountant.edit_contact(xero_id, EmailAddress=EMAIL)
	world.save(customer())
	report = world.engine_again().push()
	assert (report.unchanged, report.sent) == (1, 1)
	assert world.accountant.find_invoice("SAL-ORD-2026-00001")["Contact"]["ContactID"] == xero_id


def test_an_item_that_xero_has_is_linked_by_its_code(world: World) -> None:
	body = simplejson.dumps({"Items": [{"Code": "BLADE", "Name": "Finance's blade"}]}).encode()
	world.api.send("PUT", "Items", body, key="by-hand")
	world.save({"doctype": "Item", "name": "BLADE", "item_code": "BLADE", "item_name": "Blade"})
	world.save(customer(), order(items=[line(item_code="BLADE")]))
	assert world.engine.push().sent == 2
	(item,) = world.api.get("Items").records("Items")
	assert item["Name"] == "Finance's blade"
	assert world.store.find("Xero Link", {"xero_entity": "Item"})[0]["matched_by"] == "code"


# reviews


def review(world: World, name: str = "Northern Breeze Ltd") -> dict[str, Any]:
	(row,) = world.store.find("Xero Match", {"reference_name": name})
	return row


def two_candidates(world: World) -> tuple[str, str]:
	"""Two contacts with the email of a customer, who is asked about."""
	ids = tuple(
		world.accountant.add_contact(Name=name, EmailAddress=EMAIL) for name in ("Breeze One", "Breeze Two")
	)
	world.save(customer(tax_id="GB1"))
	assert world.engine.push().held == 1
	return ids[0], ids[1]


def decide(world: World, decision: Callable[..., set[str]], *arguments: str) -> None:
	with world.store.transaction():
		found = decision(world.store, world.clock, review(world)["name"], *arguments, "admin@example.com")
	assert found == {world.tenant}


def test_a_review_shows_every_candidate(world: World) -> None:
	two_candidates(world)
	row = review(world)
	assert (row["status"], row["cause"], row["reference_doctype"]) == (
		"Open",
		"several-candidates",
		"Customer",
	)
	assert [(each["contact_name"], each["email"], each["why"]) for each in row["candidates"]] == [
		("Breeze One", EMAIL, "The same email."),
		("Breeze Two", EMAIL, "The same email."),
	]
	assert world.outbox("Customer", "Northern Breeze Ltd")["status"] == "Held"
	world.save(customer(tax_id="GB2"))
	world.engine_again().push()
	assert review(world)["opened_at"] == row["opened_at"]


def test_a_person_picks_a_candidate(world: World) -> None:
	_, second = two_candidates(world)
	decide(world, matches.choose, second)
	report = world.engine_again().push()
	# the index, the contact, and what was empty in Xero
	assert (report.sent, report.calls) == (1, 3)
	link = links.of_document(world.store, world.tenant, "Customer", "Northern Breeze Ltd")
	assert link and (link["xero_id"], link["matched_by"]) == (second, "a person")
	assert world.accountant.contact(second)["Name"] == "Breeze Two"
	assert world.accountant.contact(second)["TaxNumber"] == "GB1"
	assert (review(world)["status"], review(world)["resolved_by"]) == ("Linked", "admin@example.com")
	assert names(world) == ["Breeze One", "Breeze Two"]


def test_a_person_says_that_it_is_a_new_customer(world: World) -> None:
	two_candidates(world)
	decide(world, matches.make_new)
	assert world.engine_again().push().sent == 1
	assert names(world) == ["Breeze One", "Breeze Two", "Northern Breeze Ltd"]
	assert review(world)["status"] == "New"


def test_a_new_customer_of_a_taken_name_is_asked_about_again(world: World) -> None:
	world.accountant.add_contact(Name="Northern Breeze Ltd", EmailAddress="someone@else.example")
	world.save(customer())
	world.engine.push()
	decide(world, matches.make_new)
	assert world.engine_again().push().held == 1
	assert (review(world)["status"], len(names(world))) == ("Open", 1)
	assert "rename one" in review(world)["message"]


def test_what_cannot_be_chosen(world: World) -> None:
	first, second = two_candidates(world)
	links.add(world.engine.context, "Customer", "Other", "Contact", first, base={})
	name = review(world)["name"]
	for xero_id, words in ((first, "Customer Other here already"), ("nobody", "not one of the candidates")):
		with pytest.raises(SyncError, match=words):
			matches.choose(world.store, world.clock, name, xero_id, None)
	decide(world, matches.choose, second)
	with pytest.raises(SyncError, match="decided already"):
		matches.make_new(world.store, world.clock, name, None)


def test_a_chosen_contact_that_another_took_meanwhile_is_not_taken(world: World) -> None:
	first, second = two_candidates(world)
	decide(world, matches.choose, second)
	links.add(world.engine.context, "Customer", "Other", "Contact", second, base={})
	world.engine_again().push()
	link = links.of_document(world.store, world.tenant, "Customer", "Northern Breeze Ltd")
	assert link and link["xero_id"] == first


def test_a_review_ends_when_the_customer_is_made_clear(world: World) -> None:
	two_candidates(world)
	world.save(customer(email_id="other@northernbreeze.example"))
	assert world.engine_again().push().sent == 1
	assert review(world)["status"] == "Closed"


def test_an_archived_contact_that_xero_names_is_shown(world: World) -> None:
	"""Xero refuses a number that an archived contact keeps."""
	world.save(customer())
	world.engine.cycle()
	(link,) = world.store.find("Xero Link")
	world.store.delete("Xero Link", link["name"])
	world.clock.sleep(60)
	world.accountant.archive_contact(link["xero_id"])
	world.save(customer(tax_id="GB1"))
	assert world.engine_again().push().held == 1
	row = review(world)
	assert (row["cause"], [each["status"] for each in row["candidates"]]) == (
		"contact-archived",
		["ARCHIVED"],
	)
	with pytest.raises(SyncError, match="archived in Xero"):
		matches.choose(world.store, world.clock, row["name"], link["xero_id"], None)


def test_a_name_that_was_taken_since_the_index_was_read_is_shown(world: World) -> None:
	def before(request: requests.PreparedRequest) -> None:
		if is_write(request):
			world.wire.before = None
			world.accountant.add_contact(Name="Northern Breeze Ltd", EmailAddress="someone@else.example")

	world.wire.before = before
	world.save(customer())
	assert world.engine.push().held == 1
	row = review(world)
	assert row["cause"] == "name-taken"
	assert [each["contact_name"] for each in row["candidates"]] == ["Northern Breeze Ltd"]
	assert len(names(world)) == 1


# the admin's order


def rules(world: World, *names: str, off: Sequence[str] = ()) -> None:
	world.set(match_rules=[{"rule": name, "enabled": int(name not in off)} for name in names])


def map_account_number(world: World) -> None:
	for row in DEFAULT_FIELD_MAP:
		world.store.insert({"doctype": "Xero Field Map", **row})
	new = {"erp_doctype": "Customer", "erp_field": "customer_code", "xero_field": "AccountNumber"}
	world.store.insert({"doctype": "Xero Field Map", **new, "direction": "Both", "enabled": 1})


@pytest.mark.parametrize(
	("order", "found"),
	[
		(("Account Number", "Tax Number", "Email", "Name"), "By Account"),
		(("Tax Number", "Account Number", "Email", "Name"), "By Tax"),
		(("Email", "Tax Number", "Account Number"), "By Email"),
		(("Name", "Email"), "Northern Breeze Ltd"),
	],
)
def test_the_first_rule_that_finds_one_links(world: World, order: Sequence[str], found: str) -> None:
	map_account_number(world)
	world.accountant.add_contact(Name="By Account", AccountNumber="C-1")
	world.accountant.add_contact(Name="By Tax", TaxNumber="GB1")
	world.accountant.add_contact(Name="By Email", EmailAddress=EMAIL)
	world.accountant.add_contact(Name="Northern Breeze Ltd")
	rules(world, *order)
	world.save(customer(customer_code="C-1", tax_id="GB1"))
	world.engine.push()
	link = links.of_document(world.store, world.tenant, "Customer", "Northern Breeze Ltd")
	assert link and link["matched_by"] == order[0].lower()
	assert world.accountant.contact(link["xero_id"])["Name"] == found


def test_a_rule_that_is_switched_off_finds_nothing(world: World) -> None:
	world.accountant.add_contact(Name="N. Breeze", EmailAddress=EMAIL)
	rules(world, "Contact Number", "Email", "Name", off=["Email"])
	world.save(customer())
	world.engine.push()
	assert names(world) == ["N. Breeze", "Northern Breeze Ltd"]


def test_without_the_rule_a_name_that_is_taken_is_asked_about(world: World) -> None:
	world.accountant.add_contact(Name="Northern Breeze Ltd")
	rules(world, "Email")
	world.save(customer())
	assert world.engine.push().held == 1
	assert (review(world)["cause"], len(names(world))) == ("name-taken", 1)


def test_matching_costs_no_calls_but_those_for_the_index(world: World) -> None:
	for at in range(1500):
		world.store.insert(
			{
				"doctype": "Xero Contact",
				"organisation": world.tenant,
				"xero_id": f"contact-{at}",
				"contact_name": f"Contact {at}",
				"name_key": f"contact {at}",
				"email": f"c{at}@example.com",
				"status": "ACTIVE",
			}
		)
	rules(world, "Contact Number", "Account Number", "Email", "Tax Number", "Name")
	calls, matcher = len(world.wire.sent), match.Matcher(world.engine.context)
	for at in range(1500):
		doc = customer(f"Customer {at}")
		flat = {
			"Name": f"Other {at}",
			"EmailAddress": f"C{at}@example.com",
			"TaxNumber": "GB",
			"AccountNumber": "1",
		}
		assert matcher.find(doc, flat).xero_id == f"contact-{at}"
	assert len(world.wire.sent) == calls
