"""What every store must do. One set of tests, run on the embedded store and on a real site.

A test class mixes this in, next to ``unittest.TestCase``, and says how to make a store. Documents that the
tests write belong to the made-up organisation ``contract-tests``, so that a site can clear them away.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from xero_connector.store.protocol import Duplicate, NotFound, Store, StoreError

ORGANISATION = "contract-tests"


class Broken(Exception):
	"""Raised inside a transaction to break it."""


class StoreContract:
	store: Store

	def make_store(self) -> Store:
		raise NotImplementedError("say which store to test")

	def submittable(self) -> dict[str, Any]:
		raise NotImplementedError("give a business document that can be submitted")

	def setUp(self) -> None:
		self.store = self.make_store()

	def contact(self, number: int, **values: Any) -> dict[str, Any]:
		return {
			"doctype": "Xero Contact",
			"organisation": ORGANISATION,
			"xero_id": f"contact-{number}",
			"contact_name": f"Contact {number}",
			"email": f"c{number}@example.com",
			"updated_utc": f"2026-11-22T10:00:0{number}.000000Z",
			**values,
		}

	def insert(self, doc: dict[str, Any]) -> str:
		with self.store.transaction():
			return self.store.insert(doc)

	def names(self, filters: dict[str, Any], **kwargs: Any) -> list[str]:
		found = self.store.find("Xero Contact", {"organisation": ORGANISATION, **filters}, **kwargs)
		return [row["contact_name"] for row in found]

	# reading and writing

	def test_inserts_and_gets(self) -> None:
		name = self.insert(self.contact(1))
		doc = self.store.get("Xero Contact", name)
		assert doc is not None
		assert doc["doctype"] == "Xero Contact"
		assert doc["name"] == name
		assert doc["contact_name"] == "Contact 1"
		assert doc["updated_utc"] == "2026-11-22T10:00:01.000000Z"
		assert not doc.get("tax_number")

	def test_what_is_not_there_is_none(self) -> None:
		assert self.store.get("Xero Contact", "no such contact") is None

	def test_keeps_a_name_that_was_given(self) -> None:
		assert self.insert(self.contact(1, name="contract-given-name")) == "contract-given-name"

	def test_updates_only_the_named_fields(self) -> None:
		name = self.insert(self.contact(1))
		with self.store.transaction():
			self.store.update("Xero Contact", name, {"email": "new@example.com"})
		doc = self.store.get("Xero Contact", name)
		assert doc is not None
		assert (doc["email"], doc["contact_name"]) == ("new@example.com", "Contact 1")

	def test_update_of_what_is_not_there(self) -> None:
		try:
			with self.store.transaction():
				self.store.update("Xero Contact", "no such contact", {"email": "x@example.com"})
		except NotFound:
			return
		raise AssertionError("expected NotFound")

	def test_update_to_the_same_values_is_no_error(self) -> None:
		name = self.insert(self.contact(1))
		with self.store.transaction():
			self.store.update("Xero Contact", name, {"email": "c1@example.com"})

	def test_deletes(self) -> None:
		name = self.insert(self.contact(1))
		with self.store.transaction():
			self.store.delete("Xero Contact", name)
			self.store.delete("Xero Contact", name)
		assert self.store.get("Xero Contact", name) is None

	def test_money_is_decimal_and_exact(self) -> None:
		name = self.insert(
			{
				"doctype": "Xero Invoice",
				"organisation": ORGANISATION,
				"xero_id": "invoice-1",
				"total": Decimal("12345678.91"),
				"amount_due": Decimal("0.10"),
				"due_date": "2026-12-22",
			}
		)
		doc = self.store.get("Xero Invoice", name)
		assert doc is not None
		assert isinstance(doc["total"], Decimal)
		assert (doc["total"], doc["amount_due"]) == (Decimal("12345678.91"), Decimal("0.10"))
		found = self.store.find("Xero Invoice", {"organisation": ORGANISATION, "amount_due": (">", 0)})
		assert [(row["total"], row["due_date"]) for row in found] == [(Decimal("12345678.91"), "2026-12-22")]

	# finding

	def test_finds_by_operator(self) -> None:
		for number in (1, 2, 3):
			self.insert(self.contact(number))
		second = "2026-11-22T10:00:02.000000Z"
		for filters, expected in (
			({"xero_id": "contact-2"}, ["Contact 2"]),
			({"xero_id": ("=", "contact-2")}, ["Contact 2"]),
			({"xero_id": ("!=", "contact-2")}, ["Contact 1", "Contact 3"]),
			({"updated_utc": ("<", second)}, ["Contact 1"]),
			({"updated_utc": ("<=", second)}, ["Contact 1", "Contact 2"]),
			({"updated_utc": (">", second)}, ["Contact 3"]),
			({"updated_utc": (">=", second)}, ["Contact 2", "Contact 3"]),
			({"xero_id": ("in", ["contact-1", "contact-3"])}, ["Contact 1", "Contact 3"]),
			({"xero_id": ("not in", ["contact-1", "contact-3"])}, ["Contact 2"]),
			({"xero_id": ("in", [])}, []),
			({"xero_id": "contact-1", "email": "c2@example.com"}, []),
		):
			assert self.names(filters, order_by="contact_name") == expected, filters

	def test_an_unset_field_counts_as_empty(self) -> None:
		self.insert(self.contact(1))
		self.insert(self.contact(2, merged_to="contact-1"))
		assert self.names({"merged_to": None}) == ["Contact 1"]
		assert self.names({"merged_to": ""}) == ["Contact 1"]
		assert self.names({"merged_to": ("!=", "contact-9")}, order_by="contact_name") == [
			"Contact 1",
			"Contact 2",
		]
		assert self.names({"merged_to": ("<", "a")}) == ["Contact 1"]
		assert self.names({"merged_to": ("!=", None)}) == ["Contact 2"]

	def test_orders_and_limits(self) -> None:
		for number in (2, 3, 1):
			self.insert(self.contact(number, status="ACTIVE" if number > 1 else "ARCHIVED"))
		assert self.names({}, order_by="updated_utc desc") == ["Contact 3", "Contact 2", "Contact 1"]
		assert self.names({}, order_by="status desc, updated_utc") == ["Contact 1", "Contact 2", "Contact 3"]
		assert self.names({}, order_by="updated_utc asc", limit=2) == ["Contact 1", "Contact 2"]

	def test_finds_only_the_fields_asked_for(self) -> None:
		name = self.insert(self.contact(1))
		rows = self.store.find("Xero Contact", {"organisation": ORGANISATION}, fields=["email"])
		assert [dict(row) for row in rows] == [{"name": name, "email": "c1@example.com"}]

	# submitting and cancelling

	def test_submits_and_cancels_a_business_document(self) -> None:
		doc = self.submittable()
		name = self.insert({**doc, "docstatus": 1})
		submitted = self.store.get(doc["doctype"], name)
		assert submitted is not None
		assert submitted["docstatus"] == 1
		with self.store.transaction():
			self.store.update(doc["doctype"], name, {"docstatus": 2})
		cancelled = self.store.get(doc["doctype"], name)
		assert cancelled is not None
		assert cancelled["docstatus"] == 2

	# unique keys

	def test_a_name_is_taken_once(self) -> None:
		self.insert(self.contact(1, name="contract-taken"))
		self.expect_duplicate(self.contact(2, name="contract-taken"))

	def test_a_unique_key_is_taken_once(self) -> None:
		self.insert(self.contact(1))
		self.expect_duplicate(self.contact(1))
		assert self.names({}) == ["Contact 1"]

	def test_a_unique_key_holds_on_update(self) -> None:
		self.insert(self.contact(1))
		second = self.insert(self.contact(2))
		try:
			with self.store.transaction():
				self.store.update("Xero Contact", second, {"xero_id": "contact-1"})
		except Duplicate:
			assert self.names({"xero_id": "contact-1"}) == ["Contact 1"]
			return
		raise AssertionError("expected Duplicate")

	def test_an_unset_unique_key_does_not_bind(self) -> None:
		row = {"doctype": "Xero Webhook Event", "organisation": ORGANISATION, "status": "Done"}
		first = self.insert({**row, "event_key": None})
		self.insert({**row, "event_key": None})
		with self.store.transaction():
			self.store.update("Xero Webhook Event", first, {"event_key": "contract-key"})
		self.expect_duplicate({**row, "event_key": "contract-key"})
		with self.store.transaction():
			self.store.update("Xero Webhook Event", first, {"event_key": None})
		self.insert({**row, "event_key": "contract-key"})

	def test_work_goes_on_after_a_duplicate_in_a_transaction(self) -> None:
		self.insert(self.contact(1))
		with self.store.transaction():
			self.store.insert(self.contact(2))
			try:
				self.store.insert(self.contact(1))
			except Duplicate:
				pass
			self.store.insert(self.contact(3))
		assert self.names({}, order_by="contact_name") == ["Contact 1", "Contact 2", "Contact 3"]

	def expect_duplicate(self, doc: dict[str, Any]) -> None:
		try:
			self.insert(doc)
		except Duplicate:
			return
		raise AssertionError("expected Duplicate")

	# claims

	def test_update_if_writes_only_what_still_matches(self) -> None:
		name = self.insert(self.contact(1, status="ACTIVE"))
		with self.store.transaction():
			assert self.store.update_if("Xero Contact", name, {"status": "ACTIVE"}, {"status": "ARCHIVED"})
		with self.store.transaction():
			assert not self.store.update_if("Xero Contact", name, {"status": "ACTIVE"}, {"status": "GONE"})
		doc = self.store.get("Xero Contact", name)
		assert doc is not None
		assert doc["status"] == "ARCHIVED"

	def test_update_if_is_true_when_nothing_changes(self) -> None:
		name = self.insert(self.contact(1, status="ACTIVE"))
		with self.store.transaction():
			assert self.store.update_if("Xero Contact", name, {"status": "ACTIVE"}, {"status": "ACTIVE"})

	def test_update_if_of_what_is_not_there_is_false(self) -> None:
		with self.store.transaction():
			assert not self.store.update_if("Xero Contact", "no such contact", {}, {"status": "ACTIVE"})

	def test_update_if_with_an_unset_field(self) -> None:
		name = self.insert({"doctype": "Xero Lease", "organisation": ORGANISATION, "purpose": "push"})
		with self.store.transaction():
			assert self.store.update_if("Xero Lease", name, {"until": ("<", "2026")}, {"until": "2027"})
		with self.store.transaction():
			assert not self.store.update_if("Xero Lease", name, {"until": ("<", "2026")}, {"until": "2028"})

	# transactions

	def test_a_broken_transaction_leaves_nothing(self) -> None:
		kept = self.insert(self.contact(1))
		try:
			with self.store.transaction():
				self.store.insert(self.contact(2))
				self.store.update("Xero Contact", kept, {"email": "changed@example.com"})
				raise Broken
		except Broken:
			pass
		assert self.names({}) == ["Contact 1"]
		doc = self.store.get("Xero Contact", kept)
		assert doc is not None
		assert doc["email"] == "c1@example.com"

	def test_transactions_do_not_nest(self) -> None:
		try:
			with self.store.transaction(), self.store.transaction():
				raise AssertionError("a second transaction opened inside the first")
		except StoreError:
			pass
		assert not self.store.in_transaction()

	def test_tells_whether_a_transaction_is_open(self) -> None:
		assert not self.store.in_transaction()
		with self.store.transaction():
			assert self.store.in_transaction()
		assert not self.store.in_transaction()

	# rows of child tables

	def address(self, name: str, *customers: str) -> dict[str, Any]:
		return {
			"doctype": "Address",
			"name": name,
			"address_title": "Contract Tests",
			"address_type": "Shipping",
			"address_line1": "1 Quay",
			"city": "Leith",
			"country": "United Kingdom",
			"links": [{"link_doctype": "Customer", "link_name": customer} for customer in customers],
		}

	def linked_to(self, customer: str) -> list[str]:
		row = {"link_doctype": "Customer", "link_name": customer}
		return [doc["name"] for doc in self.store.find_by_row("Address", "links", row)]

	def test_finds_documents_by_a_row_of_a_table(self) -> None:
		one, two = self.two_customers()
		first = self.insert(self.address("contract-1", one))
		second = self.insert(self.address("contract-2", one, two))
		assert self.linked_to(one) == sorted([first, second])
		assert self.linked_to(two) == [second]
		with self.store.transaction():
			links = [{"link_doctype": "Customer", "link_name": two}]
			self.store.update("Address", first, {"links": links})
			self.store.delete("Address", second)
		assert (self.linked_to(one), self.linked_to(two)) == ([], [first])

	def two_customers(self) -> tuple[str, str]:
		"""The names of two customers that are there."""
		raise NotImplementedError("say which customers there are")
