"""Customers and orders leave for Xero: the exact JSON, once each, in the right order."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import simplejson

from tests.conftest import World, customer, line, order, vat
from xero_connector.sync import links
from xero_connector.sync.triggers import document_deleted, request_invoice


def bodies(world: World) -> list[tuple[str, str, dict[str, Any]]]:
	"""What was written so far: method, path, JSON."""
	return [
		(
			call.method or "",
			str(call.path_url).split("?")[0].rsplit("/", 1)[1],
			simplejson.loads(call.body or b"{}"),
		)
		for call in world.writes()
	]


def test_the_exact_json_of_a_customer(world: World) -> None:
	world.save(
		{
			"doctype": "Address",
			"name": "Northern Breeze Ltd-Billing",
			"address_line1": "1 Harbour Road",
			"address_line2": "Unit 4",
			"city": "Aberdeen",
			"state": "Scotland",
			"pincode": "AB11 5DB",
			"country": "United Kingdom",
		},
		{
			"doctype": "Contact",
			"name": "Purchasing-Northern Breeze Ltd",
			"first_name": "Purchasing",
			"last_name": None,
			"email_id": "buying@northernbreeze.example",
			"phone": "+44 1224 111111",
			"mobile_no": "+44 7700 900123",
		},
		{
			"doctype": "Payment Terms Template",
			"name": "Net 30",
			"terms": [
				{"due_date_based_on": "Day(s) after invoice date", "credit_days": 30, "invoice_portion": 100}
			],
		},
		customer(
			tax_id="GB123456789",
			payment_terms="Net 30",
			customer_primary_address="Northern Breeze Ltd-Billing",
			customer_primary_contact="Purchasing-Northern Breeze Ltd",
		),
	)
	assert world.engine.push().sent == 1
	assert bodies(world) == [
		(
			"PUT",
			"Contacts",
			{
				"Contacts": [
					{
						"ContactNumber": "Northern Breeze Ltd",
						"Name": "Northern Breeze Ltd",
						"TaxNumber": "GB123456789",
						"DefaultCurrency": "GBP",
						"FirstName": "Purchasing",
						"EmailAddress": "buying@northernbreeze.example",
						"Phones": [
							{"PhoneType": "DEFAULT", "PhoneNumber": "+44 1224 111111"},
							{"PhoneType": "MOBILE", "PhoneNumber": "+44 7700 900123"},
						],
						"Addresses": [
							{
								"AddressType": "POBOX",
								"AddressLine1": "1 Harbour Road",
								"AddressLine2": "Unit 4",
								"City": "Aberdeen",
								"Region": "Scotland",
								"PostalCode": "AB11 5DB",
								"Country": "United Kingdom",
							}
						],
						"PaymentTerms": {"Sales": {"Day": 30, "Type": "DAYSAFTERBILLDATE"}},
					}
				]
			},
		)
	]


def test_the_exact_json_of_an_order(world: World) -> None:
	world.save(customer())
	world.engine.push()
	contact = links.of_document(world.store, world.tenant, "Customer", "Northern Breeze Ltd")
	assert contact is not None
	freight = {
		"charge_type": "Actual",
		"account_head": "Freight - WP",
		"description": "Freight",
		"tax_amount": 45.0,
		"tax_amount_after_discount_amount": 45.0,
	}
	world.save(
		order(
			po_no="NB-PO-7781",
			items=[
				line(3.0, 1250.0, description="<div>Turbine &amp; blade</div>"),
				line(8.0, 70.0, price_list_rate=80.0),
			],
			taxes=[freight, vat(862.0)],
			grand_total=5217.0,
		)
	)
	assert world.engine.push().sent == 1
	assert bodies(world)[-1] == (
		"PUT",
		"Invoices",
		{
			"Invoices": [
				{
					"Type": "ACCREC",
					"InvoiceNumber": "SAL-ORD-2026-00001",
					"Reference": "NB-PO-7781",
					"Contact": {"ContactID": contact["xero_id"]},
					"Date": "2026-11-20",
					"DueDate": "2026-12-20",
					"CurrencyCode": "GBP",
					"LineAmountTypes": "Exclusive",
					"Status": "DRAFT",
					"LineItems": [
						{
							"Description": "Turbine & blade",
							"Quantity": 3,
							"UnitAmount": 1250,
							"LineAmount": 3750.00,
							"AccountCode": "200",
							"TaxType": "OUTPUT2",
						},
						{
							"Description": "Installation",
							"Quantity": 8,
							"UnitAmount": 80,
							"DiscountAmount": 80.00,
							"LineAmount": 560.00,
							"AccountCode": "200",
							"TaxType": "OUTPUT2",
						},
						{
							"Description": "Freight",
							"Quantity": 1,
							"UnitAmount": 45,
							"LineAmount": 45.00,
							"AccountCode": "200",
							"TaxType": "NONE",
						},
					],
				}
			]
		},
	)
	invoice = world.accountant.find_invoice("SAL-ORD-2026-00001")
	assert (invoice["SubTotal"], invoice["TotalTax"], invoice["Total"]) == (
		Decimal("4355.00"),
		Decimal("862.00"),
		Decimal("5217.00"),
	)


def test_every_call_asks_for_answers_by_element_and_four_decimals(world: World) -> None:
	world.save(customer(), order())
	world.engine.push()
	contacts, invoices = world.writes()
	assert "summarizeErrors=false" in str(contacts.url)
	assert "summarizeErrors=false" in str(invoices.url)
	assert "unitdp=4" in str(invoices.url)
	keys = {call.headers["Idempotency-Key"] for call in world.writes()}
	assert len(keys) == 2


def test_an_order_brings_its_customer_and_items_along_in_order(world: World) -> None:
	world.set(push_customers=0)
	world.save(customer(), {"doctype": "Item", "name": "BLADE", "item_code": "BLADE", "item_name": "Blade"})
	assert world.store.find("Xero Outbox") == []
	world.save(order(items=[line(item_code="BLADE")]))
	assert world.engine.push().sent == 3
	assert [path for _, path, _ in bodies(world)] == ["Contacts", "Items", "Invoices"]
	assert bodies(world)[2][2]["Invoices"][0]["LineItems"][0]["ItemCode"] == "BLADE"
	item = bodies(world)[1][2]["Items"][0]
	assert (item["Code"], item["SalesDetails"]) == ("BLADE", {"AccountCode": "200", "TaxType": "OUTPUT2"})


def test_an_item_goes_once(world: World) -> None:
	world.save(customer(), {"doctype": "Item", "name": "BLADE", "item_code": "BLADE", "item_name": "Blade"})
	world.save(order(items=[line(item_code="BLADE")]))
	world.engine.push()
	world.save(order("SAL-ORD-2026-00002", items=[line(item_code="BLADE")]))
	world.engine.push()
	assert [path for _, path, _ in bodies(world)] == ["Contacts", "Items", "Invoices", "Invoices"]


def test_a_saved_item_follows_once_it_is_in_xero(world: World) -> None:
	item = {
		"doctype": "Item",
		"name": "BLADE",
		"item_code": "BLADE",
		"item_name": "Blade",
		"standard_rate": 10,
	}
	world.save(customer(), item, order(items=[line(item_code="BLADE")]))
	world.engine.push()
	world.save({**item, "standard_rate": 12.5})
	assert world.engine.push().sent == 1
	method, path, body = bodies(world)[-1]
	assert (method, path) == ("POST", "Items")
	assert body["Items"][0]["SalesDetails"] == {"UnitPrice": 12.5}


def test_sixty_customers_go_in_two_calls(world: World) -> None:
	world.save(*(customer(f"Customer {at:02}", email_id=f"c{at}@example.com") for at in range(60)))
	report = world.engine.push()
	assert (report.sent, report.calls) == (60, 3)
	assert [len(body["Contacts"]) for _, _, body in bodies(world)] == [50, 10]


def test_a_second_push_sends_nothing(world: World) -> None:
	world.save(customer(), order())
	world.engine.push()
	report = world.engine.push()
	assert (report.sent, report.calls) == (0, 0)
	world.save(customer(), order())  # saved again, unchanged
	report = world.engine.push()
	assert (report.sent, report.unchanged, report.calls) == (0, 2, 0)


def test_edits_before_the_push_fold_into_one_row(world: World) -> None:
	world.save(customer())
	world.save(customer(tax_id="GB1"))
	world.save(customer(tax_id="GB2"))
	assert world.outbox("Customer", "Northern Breeze Ltd")["status"] == "Queued"
	assert world.engine.push().sent == 1
	assert world.accountant.contacts()[0]["TaxNumber"] == "GB2"


def test_an_edit_sends_only_what_changed(world: World) -> None:
	world.save(customer())
	world.engine.push()
	(contact,) = world.accountant.contacts()
	world.accountant.edit_contact(contact["ContactID"], AccountNumber="A-17", FirstName="Finance's own")
	world.save(customer(tax_id="GB123456789"))
	assert world.engine.push().sent == 1
	assert bodies(world)[-1] == (
		"POST",
		"Contacts",
		{"Contacts": [{"ContactID": contact["ContactID"], "TaxNumber": "GB123456789"}]},
	)
	after = world.accountant.contact(contact["ContactID"])
	assert (after["TaxNumber"], after["AccountNumber"], after["FirstName"]) == (
		"GB123456789",
		"A-17",
		"Finance's own",
	)


def test_an_edit_while_the_batch_is_on_its_way_is_not_lost(world: World) -> None:
	world.save(customer())

	def edit(request: object, response: Any) -> Any:
		if "Contacts" in str(response.url) and response.request.method == "PUT":
			world.wire.after = None
			world.save(customer(tax_id="GB-LATE"))
		return response

	world.wire.after = edit
	report = world.engine.push()
	assert report.sent == 2
	assert world.accountant.contacts()[0]["TaxNumber"] == "GB-LATE"
	assert world.outbox("Customer", "Northern Breeze Ltd")["status"] == "Done"


def test_an_amended_line_keeps_its_id_in_xero(world: World) -> None:
	world.save(customer(), order())
	world.engine.push()
	before = world.accountant.find_invoice("SAL-ORD-2026-00001")
	world.save(order(po_no="PO-2", items=[line(3.0, 50.0)], taxes=[vat(30.0)], grand_total=180.0))
	world.engine.push()
	after = world.accountant.find_invoice("SAL-ORD-2026-00001")
	assert after["Total"] == Decimal("180.00")
	assert after["Reference"] == "PO-2"
	assert [row["LineItemID"] for row in after["LineItems"]] == [
		row["LineItemID"] for row in before["LineItems"]
	]


def test_an_update_leaves_the_status_to_finance(world: World) -> None:
	world.save(customer(), order())
	world.engine.push()
	invoice = world.accountant.find_invoice("SAL-ORD-2026-00001")
	world.accountant.authorise(invoice["InvoiceID"])
	world.engine.pull()
	world.save(order(po_no="PO-2"))
	assert world.engine.push().sent == 1
	assert world.accountant.find_invoice("SAL-ORD-2026-00001")["Status"] == "AUTHORISED"


def test_a_paid_invoice_is_never_touched(world: World) -> None:
	world.save(customer(), order())
	world.engine.push()
	invoice = world.accountant.find_invoice("SAL-ORD-2026-00001")
	world.accountant.authorise(invoice["InvoiceID"])
	world.accountant.pay(invoice["InvoiceID"])
	world.engine.pull()
	writes = len(world.writes())
	world.save(order(docstatus=2))
	report = world.engine.push()
	assert (report.held, len(world.writes())) == (1, writes)
	row = world.outbox("Sales Order", "SAL-ORD-2026-00001")
	assert (row["status"], row["cause"]) == ("Held", "invoice-final")
	assert "has payments" in row["message"]


def test_cancelling_deletes_a_draft_and_voids_an_authorised_invoice(world: World) -> None:
	world.save(customer(), order("SO-1"), order("SO-2"), order("SO-3"))
	world.engine.push()
	world.accountant.authorise(world.accountant.find_invoice("SO-2")["InvoiceID"])
	world.engine.pull()
	world.save(order("SO-1", docstatus=2), order("SO-2", docstatus=2))
	assert world.engine.push().sent == 2
	assert [world.accountant.find_invoice(f"SO-{at}")["Status"] for at in (1, 2, 3)] == [
		"DELETED",
		"VOIDED",
		"DRAFT",
	]
	shown = world.store.get("Sales Order", "SO-1")
	assert shown is not None
	assert shown["xero_payment_status"] == "Voided"


def test_an_order_cancelled_before_it_left_makes_nothing(world: World) -> None:
	world.save(customer(), order())
	world.save(order(docstatus=2))
	world.engine.push()
	assert world.accountant.invoices() == []
	assert world.outbox("Sales Order", "SAL-ORD-2026-00001")["status"] == "Cancelled"


def test_an_order_of_another_company_stays_here(world: World) -> None:
	world.save(customer(), order(company="Another Ltd"))
	assert world.store.find("Xero Outbox", {"reference_doctype": "Sales Order"}) == []


def test_by_hand_only_the_button_makes_an_invoice(world: World) -> None:
	world.set(invoice_trigger="By Hand")
	world.save(customer(), order())
	world.engine.push()
	assert world.accountant.invoices() == []
	for _click in range(2):
		with world.store.transaction():
			request_invoice(world.store, world.clock, order(), "rep@example.com")
		world.engine.push()
	assert [invoice["InvoiceNumber"] for invoice in world.accountant.invoices()] == ["SAL-ORD-2026-00001"]


def test_the_log_tells_of_every_movement_and_hides_people(world: World) -> None:
	world.save(customer(), order())
	world.engine.push()
	rows = world.store.find("Xero Sync Log", order_by="at, name")
	assert {(row["direction"], row["action"], row["outcome"]) for row in rows} >= {("Push", "Create", "OK")}
	(contact,) = [row for row in rows if row["xero_entity"] == "Contact"]
	assert contact["triggered_by"] == "rep@example.com"
	assert contact["correlation_id"]
	assert "northernbreeze.example" not in simplejson.dumps(rows, use_decimal=True)
	assert "•••" in contact["sent"]


def asked_for_currencies(world: World) -> int:
	return len([call for call in world.wire.sent if str(call.url).endswith("/Currencies")])


def test_the_currencies_are_read_when_a_document_needs_them(world: World) -> None:
	world.save(customer(), order())
	world.engine.push()
	assert asked_for_currencies(world) == 0
	foreign = order("SAL-ORD-2026-00002", currency="USD", conversion_rate=0.8, taxes=[], grand_total=100.0)
	world.save(foreign, order("SAL-ORD-2026-00003", currency="JPY", conversion_rate=0.005))
	world.engine.push()
	assert asked_for_currencies(world) == 1
	assert world.outbox("Sales Order", "SAL-ORD-2026-00002")["status"] == "Done"
	assert world.outbox("Sales Order", "SAL-ORD-2026-00003")["cause"] == "currency-not-enabled"
	world.save({**foreign, "po_no": "changed"})
	world.engine.push()
	assert asked_for_currencies(world) == 1
	world.engine.refresh_reference()
	assert asked_for_currencies(world) == 2


def test_an_order_that_was_cancelled_and_deleted_before_a_push_takes_its_invoice_back(world: World) -> None:
	world.save(customer(), order())
	world.engine.push()
	world.save(order(docstatus=2))
	world.store.delete("Sales Order", "SAL-ORD-2026-00001")
	document_deleted(world.store, world.clock, "Sales Order", "SAL-ORD-2026-00001")
	assert world.engine.push().sent == 1
	assert [invoice["Status"] for invoice in world.accountant.invoices()] == ["DELETED"]
	assert world.outbox("Sales Order", "SAL-ORD-2026-00001")["status"] == "Done"


def test_a_submitted_order_that_is_gone_is_cancelled_here_and_stays_in_xero(world: World) -> None:
	world.save(customer(), order())
	world.engine.push()
	world.save(order(po_no="7"))
	world.store.delete("Sales Order", "SAL-ORD-2026-00001")
	document_deleted(world.store, world.clock, "Sales Order", "SAL-ORD-2026-00001")
	assert world.engine.push().sent == 0
	assert [invoice["Status"] for invoice in world.accountant.invoices()] == ["DRAFT"]
