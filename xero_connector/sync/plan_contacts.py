"""Planning of contacts: matched first, made only where there is none, then merged by field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xero_connector.mapping import contact as contacts
from xero_connector.mapping.books import Books
from xero_connector.mapping.fields import whole_addresses
from xero_connector.mapping.merge import Base
from xero_connector.mapping.persons import PATH as PERSONS
from xero_connector.mapping.persons import together
from xero_connector.store.protocol import Doc
from xero_connector.sync import leads, links, log, match, matches, outbox
from xero_connector.sync.contacts import MAIN, as_dict, base_of
from xero_connector.sync.context import Context
from xero_connector.sync.errors import NotTaken
from xero_connector.sync.links import Known
from xero_connector.sync.mirror import Mirror
from xero_connector.sync.plan import CREATE, UPDATE, Ask, Look, Nothing, Plan, Send, problem_of, unusable


class ContactPlanner:
	"""Plans what becomes a contact."""

	def __init__(self, context: Context, books: Books, mirror: Mirror, known: Known) -> None:
		self.context = context
		self.mirror = mirror
		self.store = context.store
		self.books = books
		self.contacts = mirror.contacts
		self.known = known
		self.matcher = match.Matcher(context)
		self.sends_prospects = bool(context.settings().get("push_prospects"))
		self.records: dict[str, Doc] = {}
		"""Matched contacts as Xero has them, by id."""

	def plan(self, row: Doc, customer: Doc) -> Plan:
		"""What a Customer, Lead or Prospect means for its contact."""
		doctype, name = str(customer["doctype"]), str(customer["name"])
		stands_for_it = self._successor(customer)
		if stands_for_it:
			return Nothing(row, outbox.CANCELLED, "stood-for", f"{stands_for_it} stands for it in Xero.")
		flat = self.contacts.outgoing(customer, self.books.currencies)
		number = contacts.contact_number(name, doctype)
		link = self.known.link(doctype, name)
		before = self._predecessor(customer) if link is None else None
		if before:
			if before["status"] == links.LINKED and before["xero_id"] not in self.records:
				return Look(row, before["xero_id"])
			link = self._hand_over(before, customer)
			customer = self.store.get(doctype, name) or customer
			flat = self.contacts.outgoing(customer, self.books.currencies)
		if link is None:
			found = self.matcher.find(customer, flat)
			if found.review:
				review = found.review
				problem = problem_of(row, review.cause, review.message, review.advice)
				return Ask(row, [problem], review)
			if not found.xero_id:
				return Send(row, CREATE, "Contact", contacts.new_contact(_first_persons(flat), number), flat)
			if found.xero_id not in self.records:
				return Look(row, found.xero_id)
			link = self._link_matched(customer, found)
			customer = self.store.get(doctype, name) or customer
			flat = self.contacts.outgoing(customer, self.books.currencies)
		if customer.get("disabled"):
			return Nothing(row, outbox.CANCELLED, outbox.DISABLED, f"{name} is disabled here.")
		if link["status"] != links.LINKED:
			return unusable(row, link)
		unmet = self.contacts.unmet(link, customer)
		if unmet:
			record = self.records.get(link["xero_id"])
			if record is None and not self.contacts.can_meet(link, unmet):
				return Look(row, link["xero_id"])
			link = self.contacts.meet(link, customer, unmet, record or {})
		changes = self.contacts.compare(link, customer).to_xero
		if contacts.is_before_customer(link.get("xero_number") or "") and link["xero_number"] != number:
			changes["ContactNumber"] = number  # it was taken over
		if not changes:
			return Nothing(row)
		base = base_of(link)
		whole = whole_addresses(changes, flat, base.latest)
		if PERSONS in whole:
			whole[PERSONS] = together(
				whole[PERSONS], base.local.get(PERSONS, ""), base.latest.get(PERSONS, "")
			)
		return Send(row, UPDATE, "Contact", contacts.changed_contact(link["xero_id"], whole), changes)

	def _successor(self, doc: Doc) -> str:
		"""Who stands in Xero for a Lead or Prospect: the Customer that it became, or a Lead's Prospect."""
		if doc["doctype"] == "Customer":
			return ""
		customer = leads.customer_of(self.store, doc)
		if customer or doc["doctype"] == "Prospect" or not self.sends_prospects:
			return customer and f"Customer {customer}"
		prospects = leads.prospects_of(self.store, doc["name"])
		return f"Prospect {prospects[0]}" if prospects else ""

	def _predecessor(self, doc: Doc) -> Doc | None:
		"""The link of what a document was before."""
		for doctype, name in leads.predecessors(self.store, doc):
			link = links.of_document(self.store, self.context.organisation, doctype, name)
			if link:
				return link
		return None

	def _hand_over(self, link: Doc, doc: Doc) -> Doc:
		"""The link is the document's own from now on. What was only seen of the contact till now is merged,
		and what is empty here is filled and not emptied there: ERPNext takes over less than the Lead had.
		"""
		doctype, name, xero_id = str(doc["doctype"]), str(doc["name"]), link["xero_id"]
		record, known = self.records.get(xero_id), base_of(link)
		base = Base(known.local, known.remote)
		first = self.contacts.first_base(doc, record) if record else Base()
		for path, our in first.local.items():
			if our == "":
				base.agree(path, "", first.remote[path])
		with self.store.transaction():
			taken = {
				"reference_doctype": doctype,
				"reference_name": name,
				"base": links.dump_base(as_dict(base)),
			}
			self.store.update("Xero Link", link["name"], taken)
			answer = f"Taken over from {link['reference_doctype']} {link['reference_name']}."
			self._linked(doc, xero_id, answer, record or {"ContactID": xero_id})
		link = {**link, **taken}
		if record:
			self._arrive(link, record)
		return self.store.get("Xero Link", link["name"]) or link

	def _linked(self, doc: Doc, xero_id: str, answer: str, record: Doc) -> None:
		"""Tell of a contact that a document has got, and let its invoices be those of the customer."""
		doctype, name = str(doc["doctype"]), str(doc["name"])
		log.write(
			self.context,
			log.PUSH,
			"Match",
			log.OK,
			doctype=doctype,
			name=name,
			xero_entity="Contact",
			xero_id=xero_id,
			answer=answer,
		)
		matches.settle(self.store, self.context.clock, self.context.organisation, doctype, name)
		if doctype == "Customer":
			self.mirror.adopt_contact(record, name)
			self.mirror.settle()

	def _link_matched(self, customer: Doc, found: match.Match) -> Doc:
		"""Link a customer to the contact it already is. Where both have something it stays; what is empty on
		one side is filled from the other.
		"""
		record, doctype, name = self.records[found.xero_id], str(customer["doctype"]), str(customer["name"])
		base = as_dict(self.contacts.first_base(customer, record))
		with self.store.transaction():
			link_name = links.add(
				self.context, doctype, name, "Contact", found.xero_id, base=base, matched_by=found.rule
			)
			self._linked(customer, found.xero_id, f"Matched by {found.rule}.", record)
		link = self.store.get("Xero Link", link_name)
		assert link is not None
		self._arrive(link, record)
		return self.store.get("Xero Link", link_name) or link

	def _arrive(self, link: Doc, record: Doc) -> None:
		refused: dict[str, str] = {}
		for _ in range(len(MAIN) + 2):  # each document may refuse once, and then is left out
			try:
				with self.store.transaction():
					self.contacts.arrive(link, record, refused)
				return
			except NotTaken as error:
				refused[error.doctype] = str(error)


def _first_persons(flat: Mapping[str, Any]) -> dict[str, Any]:
	"""What a new contact takes: of the persons as many as Xero keeps."""
	return {
		path: together(value, "", "") if path == PERSONS and value else value for path, value in flat.items()
	}
