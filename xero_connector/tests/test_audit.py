"""The data audit: what it finds, what it leaves alone, and customers that are merged from there."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.desk.query_report import run

from xero_connector.desk import audit
from xero_connector.desk.audit import merging
from xero_connector.desk.audit.findings import (
	ADDRESS,
	BOOKS,
	DOCUMENTS,
	DUPLICATES,
	EMAIL,
	ITEMS,
	NAMES,
	PRICES,
	Finding,
)
from xero_connector.store.frappe import FrappeStore
from xero_connector.tests.base import SiteTestCase, text_of
from xero_connector.tests.test_mapping_screens import MappingTestCase


class AuditTestCase(SiteTestCase):
	def about(self, kind: str, *names: str, organisation: str | None = None) -> list[Finding]:
		"""The findings of a kind about these records."""
		found = [finding for each in audit.findings(organisation, kind) for finding in each.listed]
		return [finding for finding in found if finding.name in names or set(finding.group) & set(names)]

	def contact_of(self, customer: str, email: str = "", **values: Any) -> str:
		contact = self.made(
			{
				"doctype": "Contact",
				"first_name": "Buyer",
				"email_ids": [{"email_id": email, "is_primary": 1}] if email else [],
				"links": [{"link_doctype": "Customer", "link_name": customer}],
				**values,
			}
		)
		frappe.db.set_value("Customer", customer, "customer_primary_contact", contact)
		return contact

	def address_of(self, customer: str) -> str:
		return self.made(
			{
				"doctype": "Address",
				"address_title": customer,
				"address_type": "Billing",
				"address_line1": "1 Quay",
				"city": "Hull",
				"country": "United Kingdom",
				"links": [{"link_doctype": "Customer", "link_name": customer}],
			}
		)


class TestCustomers(AuditTestCase):
	def test_the_same_name_whatever_its_case_and_spaces(self) -> None:
		tag = frappe.generate_hash(length=8)
		one = self.customer(customer_name=f"Harbour {tag} Ltd")
		two = self.customer(customer_name=f"harbour  {tag.upper()} LTD")
		other = self.customer(customer_name=f"Harbour {tag} Limited")
		found = self.about(DUPLICATES, one, two, other)
		self.assertEqual([finding.name for finding in found], [one, two])
		self.assertEqual({finding.severity for finding in found}, {"Must Fix"})
		self.assertEqual(found[0].what, f"{one} has the same name as {two}.")
		self.assertEqual(set(found[0].group), {one, two})

	def test_letters_with_accents_are_other_letters(self) -> None:
		tag = frappe.generate_hash(length=8)
		one = self.customer(customer_name=f"Müller {tag}")
		two = self.customer(customer_name=f"Muller {tag}")
		self.assertFalse(self.about(DUPLICATES, one, two))

	def test_the_same_email_or_tax_number(self) -> None:
		tag = frappe.generate_hash(length=8)
		one, two, three = (self.customer() for _ in range(3))
		self.contact_of(one, f"{tag}@example.com")
		frappe.db.set_value("Customer", two, "email_id", f"{tag.upper()}@example.com")
		frappe.db.set_value("Customer", one, "tax_id", f"gb {tag[:4]}-{tag[4:]}")
		frappe.db.set_value("Customer", three, "tax_id", f"GB{tag.upper()}")
		said = {finding.what for finding in self.about(DUPLICATES, one, two, three)}
		self.assertEqual(
			said,
			{
				f"{one} has the same email as {two}.",
				f"{two} has the same email as {one}.",
				f"{one} has the same tax number as {three}.",
				f"{three} has the same tax number as {one}.",
			},
		)

	def test_who_is_disabled_does_not_count(self) -> None:
		tag = frappe.generate_hash(length=8)
		one = self.customer(customer_name=f"Harbour {tag}", tax_id=f"{tag}")
		two = self.customer(customer_name=f"harbour {tag} Ltd", tax_id=f"{tag}", disabled=1)
		self.assertFalse(self.about(DUPLICATES, one, two))
		self.assertFalse(self.about(ADDRESS, two))

	def test_what_xero_refuses_of_a_name(self) -> None:
		customer = self.customer()
		frappe.db.set_value("Customer", customer, "customer_name", "Smith <b>Ltd</b>")
		(found,) = self.about(NAMES, customer)
		self.assertIn("Xero does not take < or >", found.what)
		self.assertEqual((found.doctype, found.severity), ("Customer", "Must Fix"))

	def test_an_email_that_xero_refuses_is_shown_on_its_contact(self) -> None:
		for email in ("a@@example.com", "a b@example.com", "a@example", "a@.example.com", "ä@example.com"):
			customer = self.customer()
			contact = self.contact_of(customer)
			frappe.db.set_value("Contact", contact, "email_id", email)
			(found,) = self.about(EMAIL, customer, contact)
			self.assertEqual((found.doctype, found.name, found.severity), ("Contact", contact, "Must Fix"))

	def test_no_email(self) -> None:
		without, copied, mailed = (self.customer() for _ in range(3))
		frappe.db.set_value("Customer", copied, "email_id", "copied@example.com")
		self.contact_of(mailed, "mailed@example.com")
		(found,) = self.about(EMAIL, without, copied, mailed)
		self.assertEqual((found.what, found.severity), (f"{without} has no email address.", "Should Fix"))

	def test_addresses(self) -> None:
		none, aside, poor, complete = (self.customer() for _ in range(4))
		self.address_of(aside)
		for customer in (poor, complete):
			frappe.db.set_value("Customer", customer, "customer_primary_address", self.address_of(customer))
		address = frappe.db.get_value("Customer", poor, "customer_primary_address")
		frappe.db.set_value("Address", address, "country", "")
		found = {
			finding.name: finding.what for finding in self.about(ADDRESS, none, aside, complete, address)
		}
		self.assertEqual(
			found,
			{
				none: f"{none} has no address.",
				aside: f"{aside} has addresses, but no primary one: none goes to Xero.",
				address: f"The address of {poor} has no country.",
			},
		)

	def test_user_permissions_hold(self) -> None:
		mine, theirs = self.customer(), self.customer()
		manager = self.user("Sales User", "Xero Manager")
		self.made({"doctype": "User Permission", "user": manager, "allow": "Customer", "for_value": mine})
		frappe.set_user(manager)
		self.assertEqual([finding.name for finding in self.about(ADDRESS, mine, theirs)], [mine])

	def test_a_manager_need_not_be_in_sales(self) -> None:
		customer = self.customer()
		frappe.set_user(self.user("Xero Manager"))
		self.assertTrue(self.about(ADDRESS, customer))


class TestItems(AuditTestCase):
	def test_a_code_that_is_too_long_until_it_has_a_short_one(self) -> None:
		item = self.item()
		long = frappe.rename_doc("Item", item, f"{item}-{'X' * 30}", show_alert=False)
		self.addCleanup(frappe.delete_doc, "Item", long, force=True)
		(found,) = self.about(ITEMS, long)
		self.assertIn("Xero takes 30", found.what)
		frappe.db.set_value("Item", long, "xero_item_code", "SHORT-" + item)
		self.assertFalse(self.about(ITEMS, long))

	def test_a_code_that_two_items_would_share(self) -> None:
		one, two = self.item(), self.item()
		frappe.db.set_value("Item", two, "xero_item_code", f" {one.lower()} ")
		self.assertEqual([finding.name for finding in self.about(ITEMS, one, two)], sorted([one, two]))
		frappe.db.set_value("Item", two, "disabled", 1)
		self.assertFalse(self.about(ITEMS, one, two))


class TestBooks(MappingTestCase, AuditTestCase):
	def said(self, kind: str) -> dict[str, Finding]:
		return {
			finding.what: finding for each in audit.findings(self.tenant, kind) for finding in each.listed
		}

	def test_a_cause_is_one_finding_with_its_count_and_newest_document(self) -> None:
		for _ in range(2):
			newest = self.order(self.tax(0))
		found = self.said(BOOKS)[f"The tax {self.vat} at 0 % has no Xero tax rate."]
		self.assertEqual((found.documents, found.doctype, found.name), (2, "Sales Order", newest))
		self.assertNotIn(found.what, self.said(DOCUMENTS))
		self.save(("taxes", {"account": self.vat, "rate": 0}, self.rate("ZERORATEDOUTPUT")))
		self.assertNotIn(found.what, self.said(BOOKS))

	def test_of_a_tax_that_depends_on_the_country_nothing_is_claimed_without_the_address(self) -> None:
		order = self.order(self.tax(0))
		doc = self.doc()
		narrow = {"account": self.vat, "rate": 0, "tax_rate": self.rate("EXEMPTOUTPUT"), "country": "Ireland"}
		doc.append("taxes", narrow)
		doc.save()
		what = f"The tax {self.vat} at 0 % has no Xero tax rate."
		self.assertNotIn(what, self.said(BOOKS))
		self.assertEqual(self.said(DOCUMENTS)[what].name, order)

	def test_a_choice_that_was_archived_in_xero(self) -> None:
		FrappeStore().update("Xero Account", self.xero_account("200"), {"status": "ARCHIVED"})
		found = self.said(BOOKS)["200 Sales is archived in Xero."]
		self.assertEqual((found.doctype, found.name), ("Xero Organisation", self.tenant))

	def test_open_documents_are_mapped_from_end_to_end(self) -> None:
		self.order(self.tax(20))
		closed = self.order(self.tax(20))
		frappe.db.set_value("Sales Order", closed, "status", "Closed")
		before = {finding.documents for finding in self.said(DOCUMENTS).values()}
		self.assertEqual(before, set())
		frappe.db.set_value("Xero Organisation", self.tenant, "period_lock_date", "2099-12-31")
		(found,) = self.said(DOCUMENTS).values()
		self.assertIn("The books in Xero are locked up to 2099-12-31", found.what)
		self.assertEqual(found.documents, 1)

	def test_prices_are_one_finding(self) -> None:
		self.item()
		before = self.said(PRICES)
		(found,) = before.values()
		self.assertEqual(found.documents, audit.summary(self.tenant)[PRICES])
		price_list = self.made(
			{
				"doctype": "Price List",
				"price_list_name": "Xero Test",
				"currency": "GBP",
				"selling": 1,
				"enabled": 0,
			}
		)
		frappe.db.set_value("Xero Organisation", self.tenant, "price_list", price_list)
		(found,) = self.said(PRICES).values()
		self.assertIn("is disabled", found.what)

	def test_the_summary_counts_as_the_findings_do(self) -> None:
		self.order(self.tax(0))
		counts = audit.summary(self.tenant)
		self.assertNotIn(DOCUMENTS, counts)
		for kind in (NAMES, EMAIL, ADDRESS, ITEMS, PRICES, BOOKS):
			self.assertEqual(
				counts[kind], sum(found.total for found in audit.findings(self.tenant, kind)), kind
			)
		self.assertEqual(audit.summary()[BOOKS], 0)


class TestReport(AuditTestCase):
	def test_it_links_to_the_records(self) -> None:
		customer = self.customer()
		answer = run("Xero Data Audit", filters={"kind": ADDRESS})
		row = next(row for row in answer["result"] if row["reference_name"] == customer)
		self.assertEqual((row["reference_doctype"], row["severity"]), ("Customer", "Should Fix"))
		fields = {column["fieldname"]: column for column in answer["columns"]}
		self.assertEqual(fields["reference_name"]["options"], "reference_doctype")

	def test_an_unknown_kind_is_refused(self) -> None:
		with self.assertRaisesRegex(frappe.ValidationError, "is no kind of finding"):
			run("Xero Data Audit", filters={"kind": "Colours"})

	def test_only_a_manager_sees_it(self) -> None:
		frappe.set_user(self.user("Sales Manager", "Xero Viewer"))
		with self.assertRaises(frappe.PermissionError):
			run("Xero Data Audit")

	def test_the_kinds_of_the_filter_are_those_that_there_are(self) -> None:
		path = frappe.get_app_path(
			"xero_connector", "xero_connector", "report", "xero_data_audit", "xero_data_audit.js"
		)
		with open(path) as file:
			listed = file.read().partition("KINDS = [")[2].partition("]")[0]
		self.assertEqual([part.strip(' \n\t"') for part in listed.split(",")][:-1], list(audit.KINDS))


class TestMerge(AuditTestCase):
	def setUp(self) -> None:
		super().setUp()
		tag = frappe.generate_hash(length=8)
		self.one = self.customer(customer_name=f"Harbour {tag}", tax_id="GB 1")
		self.two = self.customer(customer_name=f"harbour  {tag}")

	def test_side_by_side(self) -> None:
		order = frappe.get_doc("Sales Order", self.sales_order(self.two))
		order.submit()
		tenant = self.organisation()
		store = FrappeStore()
		linked = {"reference_doctype": "Customer", "reference_name": self.two, "xero_entity": "Contact"}
		store.insert({"doctype": "Xero Link", "organisation": tenant, "xero_id": "c-2", **linked})
		contact = {"contact_name": "Harbour in Xero", "xero_id": "c-2"}
		store.insert({"doctype": "Xero Contact", "organisation": tenant, **contact})
		first, second = merging.compare(frappe.as_json([self.one, self.two, "gone"]))
		self.assertEqual(
			(first["name"], first["orders"], first["in_xero"]), (self.two, 1, ["Harbour in Xero"])
		)
		self.assertEqual((second["name"], second["tax_id"], second["in_xero"]), (self.one, "GB 1", []))

	def test_all_becomes_the_others_and_the_finding_goes(self) -> None:
		order = self.sales_order(self.two)
		self.assertTrue(self.about(DUPLICATES, self.one))
		merging.merge(self.two, self.one)
		self.assertFalse(frappe.db.exists("Customer", self.two))
		self.assertEqual(frappe.db.get_value("Sales Order", order, "customer"), self.one)
		self.assertFalse(self.about(DUPLICATES, self.one))

	def test_two_that_are_in_xero_are_to_be_merged_there_too(self) -> None:
		tenant = self.organisation()
		for name, xero_id in ((self.one, "c-1"), (self.two, "c-2")):
			linked = {"reference_doctype": "Customer", "reference_name": name, "xero_entity": "Contact"}
			FrappeStore().insert(
				{
					"doctype": "Xero Link",
					"organisation": tenant,
					"xero_id": xero_id,
					"status": "Linked",
					**linked,
				}
			)
		merging.merge(self.two, self.one)
		review = frappe.db.get_value(
			"Xero Match", {"organisation": tenant, "reference_name": self.one}, "message"
		)
		self.assertIn(f"{self.two} was merged into {self.one} here", review)

	def test_whoever_may_not_write_or_delete_may_not_merge(self) -> None:
		for roles, words in (
			(("Xero Manager",), ""),
			(("Xero Manager", "Sales User"), "you may not delete it"),
		):
			frappe.set_user(self.user(*roles))
			with self.assertRaises(frappe.PermissionError) as raised:
				merging.merge(self.two, self.one)
			self.assertIn(words, text_of(str(raised.exception)))
			frappe.set_user("Administrator")
		self.assertTrue(frappe.db.exists("Customer", self.two))

	def test_the_customer_of_another_is_not_merged(self) -> None:
		manager = self.user("Xero Manager", "Sales Master Manager")
		self.made({"doctype": "User Permission", "user": manager, "allow": "Customer", "for_value": self.one})
		frappe.set_user(manager)
		with self.assertRaises(frappe.PermissionError):
			merging.merge(self.two, self.one)
		with self.assertRaises(frappe.PermissionError):
			merging.compare([self.one, self.two])

	def test_whoever_may_does(self) -> None:
		frappe.set_user(self.user("Xero Manager", "Sales User", "Sales Master Manager"))
		merging.merge(self.two, self.one)
		self.assertFalse(frappe.db.exists("Customer", self.two))

	def test_one_that_somebody_merged_meanwhile(self) -> None:
		merging.merge(self.two, self.one)
		with self.assertRaisesRegex(frappe.DoesNotExistError, "no longer there"):
			merging.merge(self.two, self.one)
		with self.assertRaisesRegex(frappe.ValidationError, "into itself"):
			merging.merge(self.one, self.one)
