"""Sales Invoices, returns, quotations, opportunities and parts of orders, made as ERPNext makes them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import frappe
from erpnext.controllers.sales_and_purchase_return import make_return_doc
from erpnext.crm.doctype.opportunity.opportunity import make_quotation
from erpnext.selling.doctype.quotation.quotation import make_sales_order
from erpnext.selling.doctype.sales_order.sales_order import make_sales_invoice
from frappe.model.document import Document
from frappe.utils import add_days, flt, today

from xero_connector.desk import connect, documents, jobs
from xero_connector.tests.base import ConnectedTestCase


class TestDocuments(ConnectedTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.remove_requests()
		self.addCleanup(self.remove_requests)
		self.connect()
		self.choose(invoice_status="Authorised")

	def remove_requests(self) -> None:
		"""ERPNext gives the names of deleted documents out again."""
		frappe.db.rollback()
		frappe.db.delete("Xero Invoice Request", {"company": self.company()})
		frappe.db.commit()

	def choose(self, **values: Any) -> None:
		frappe.db.set_value("Xero Organisation", self.tenant, values)
		frappe.db.commit()

	def submitted(self, doc: Document) -> Document:
		if doc.is_new():
			doc.name = self.made(doc.as_dict())
		doc = frappe.get_doc(doc.doctype, doc.name)
		doc.submit()
		frappe.db.commit()
		return doc

	def order(self, **values: Any) -> Document:
		return self.submitted(frappe.get_doc("Sales Order", self.sales_order(self.customer(), **values)))

	def invoice_of(self, order: Document) -> Document:
		invoice = make_sales_invoice(order.name)
		invoice.update({"disable_rounded_total": 1, "due_date": add_days(today(), 30)})
		return self.submitted(invoice)

	def drain(self) -> None:
		frappe.db.commit()
		jobs.drain(self.tenant)

	def standing(self) -> list[str]:
		found = self.accountant.invoices()
		return sorted(each["InvoiceNumber"] for each in found if each["Status"] not in ("VOIDED", "DELETED"))

	def test_a_sales_invoice_and_its_return(self) -> None:
		self.choose(invoice_trigger="Sales Invoice Submit")
		order = self.order()
		invoice = self.invoice_of(order)
		self.drain()
		self.assertEqual(self.standing(), [invoice.name])
		invoice.reload()
		self.assertEqual((invoice.xero_payment_status, invoice.xero_due), ("Sent", 120.5))
		order.reload()
		self.assertEqual((order.xero_invoice_number, order.xero_due), (invoice.name, 120.5))

		credit = self.submitted(make_return_doc("Sales Invoice", invoice.name))
		self.drain()
		(note,) = self.accountant.credit_notes()
		self.assertEqual((note["CreditNoteNumber"], flt(note["RemainingCredit"])), (credit.name, 0))
		jobs.pull(self.tenant)
		invoice.reload()
		credit.reload()
		self.assertEqual((invoice.xero_due, credit.xero_total), (0, -120.5))

	def test_an_order_and_its_invoice_are_billed_once(self) -> None:
		order = self.order()
		invoice = self.invoice_of(order)
		self.drain()
		documents.create_xero_invoice("Sales Invoice", invoice.name)
		self.drain()
		self.assertEqual(self.standing(), [order.name])
		invoice.reload()
		self.assertEqual((invoice.xero_invoice_number, invoice.xero_due), (order.name, 120.5))

	def test_a_cancelled_sales_invoice_is_voided(self) -> None:
		self.choose(invoice_trigger="Sales Invoice Submit")
		invoice = self.invoice_of(self.order())
		self.drain()
		invoice.reload()
		invoice.cancel()
		self.drain()
		self.assertEqual(self.standing(), [])
		self.assertEqual(frappe.db.get_value("Sales Invoice", invoice.name, "xero_payment_status"), "Voided")

	def test_a_quotation_its_quote_and_its_order(self) -> None:
		self.choose(quote_status="Sent")
		quotation = self.submitted(frappe.get_doc("Quotation", self.quotation(self.customer())))
		documents.create_xero_quote(quotation.name)
		self.drain()
		self.accountant.accept_quote(self.accountant.find_quote(quotation.name)["QuoteID"])
		jobs.pull(self.tenant)
		quotation.reload()
		self.assertEqual(quotation.xero_quote_status, "Accepted")
		order = self.ordered(quotation)
		self.drain()
		self.assertEqual(self.standing(), [order.name])
		self.assertEqual(self.accountant.find_quote(quotation.name)["Status"], "INVOICED")
		quotation.reload()
		self.assertEqual(quotation.xero_invoice_number, order.name)

	def ordered(self, quotation: Document) -> Document:
		order = make_sales_order(quotation.name)
		order.delivery_date = add_days(today(), 7)
		for item in order.items:
			item.delivery_date = order.delivery_date
		return self.submitted(order)

	def test_what_is_won_is_invoiced_when_erpnext_says_so(self) -> None:
		for trigger, doctype in (("Quotation Ordered", "Quotation"), ("Opportunity Won", "Opportunity")):
			self.choose(invoice_trigger=trigger)
			opportunity = self.opportunity()
			quotation = make_quotation(opportunity)
			quotation.update({"currency": "GBP", "conversion_rate": 1, "disable_rounded_total": 1})
			quotation = self.submitted(quotation)
			self.drain()
			self.assertFalse(self.requests(quotation.name) + self.requests(opportunity))
			self.ordered(quotation)
			self.drain()
			source = quotation.name if doctype == "Quotation" else opportunity
			self.assertIn(f"{source}/1", self.standing())
			self.assertTrue(frappe.db.get_value(doctype, source, "xero_invoice_number"))
		self.assertEqual(len(self.standing()), 2)

	def requests(self, source: str) -> list[str]:
		return frappe.get_all("Xero Invoice Request", {"source_name": source}, pluck="name")

	def opportunity(self) -> str:
		return self.made(
			{
				"doctype": "Opportunity",
				"opportunity_from": "Customer",
				"party_name": self.customer(),
				"company": self.company(),
				"currency": "GBP",
				"conversion_rate": 1,
				"items": [{"item_code": self.item(), "qty": 2, "rate": 50, "uom": "Nos"}],
			}
		)

	def test_parts_of_an_order(self) -> None:
		self.choose(invoice_trigger="By Hand")
		order = self.order()
		with self.assertRaisesRegex(frappe.ValidationError, "either a percentage or an amount"):
			documents.create_part_invoice("Sales Order", order.name, label="Deposit", percent=25, amount=1)
		documents.create_part_invoice("Sales Order", order.name, label="Deposit", percent=25)
		self.assertEqual(documents.progress("Sales Order", order.name)["left"], Decimal("90.37"))
		documents.create_part_invoice("Sales Order", order.name, label="Rest")
		with self.assertRaisesRegex(frappe.ValidationError, "left to invoice"):
			documents.create_part_invoice("Sales Order", order.name, label="More", amount=1)
		self.drain()
		totals = [flt(self.accountant.find_invoice(f"{order.name}/{at}")["Total"]) for at in (1, 2)]
		self.assertEqual(totals, [30.13, 90.37])
		order.reload()
		self.assertEqual(order.xero_total, 120.5)
		parts = documents.progress("Sales Order", order.name)["parts"]
		self.assertEqual(
			[(part["label"], part["status"]) for part in parts], [("Deposit", "Done"), ("Rest", "Done")]
		)
		documents.cancel_part(parts[1]["name"])
		self.drain()
		self.assertEqual(self.standing(), [f"{order.name}/1"])
		order.reload()
		order.cancel()
		self.drain()
		self.assertEqual(self.standing(), [])

	def test_mail_payment_link_and_note(self) -> None:
		self.choose(email_invoices=1, payment_link=1, history_note=1)
		customer = self.customer(email_id="buyer@example.com")
		self.made(
			{
				"doctype": "Contact",
				"first_name": "Buyer",
				"is_primary_contact": 1,
				"email_ids": [{"email_id": "buyer@example.com", "is_primary": 1}],
				"links": [{"link_doctype": "Customer", "link_name": customer}],
			}
		)
		frappe.get_doc("Customer", customer).save()
		order = self.submitted(frappe.get_doc("Sales Order", self.sales_order(customer)))
		self.drain()
		invoice = self.accountant.find_invoice(order.name)
		self.assertTrue(invoice["SentToContact"])
		self.assertTrue(frappe.db.get_value("Sales Order", order.name, "xero_payment_url"))
		history = " ".join(self.accountant.history(invoice["InvoiceID"]))
		self.assertIn(f"Made from Sales Order {order.name} in ERPNext.", history)

	def test_a_stale_form_keeps_what_xero_said(self) -> None:
		self.choose(invoice_trigger="Sales Invoice Submit")
		stale = self.invoice_of(self.order())
		self.drain()
		stale.remarks = "changed"
		stale.flags.ignore_validate_update_after_submit = True
		stale.save()
		self.assertEqual(frappe.db.get_value("Sales Invoice", stale.name, "xero_due"), 120.5)

	def test_themes_and_tracking_are_there_to_be_chosen(self) -> None:
		self.accountant.add_tracking_category("Channel", ["Shop", "Web"])
		connect.refresh(self.tenant)
		options = frappe.get_all("Xero Tracking Option", {"organisation": self.tenant}, pluck="title")
		self.assertLessEqual({"Channel · Shop", "Channel · Web"}, set(options))
		self.assertTrue(frappe.get_all("Xero Branding Theme", {"organisation": self.tenant}))
