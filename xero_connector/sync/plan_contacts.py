"""Planning of contacts: matched first, made only where there is none, then merged by field."""

from __future__ import annotations

from xero_connector.mapping import contact as contacts
from xero_connector.mapping.books import Books
from xero_connector.mapping.fields import whole_addresses
from xero_connector.store.protocol import Doc
from xero_connector.sync import links, log, match, matches, outbox
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
		self.records: dict[str, Doc] = {}
		"""Matched contacts as Xero has them, by id."""

	def plan(self, row: Doc, customer: Doc) -> Plan:
		"""What a customer means for its contact."""
		flat = self.contacts.outgoing(customer, self.books.currencies)
		link = self.known.link("Customer", customer["name"])
		if link is None:
			found = self.matcher.find(customer, flat)
			if found.review:
				review = found.review
				problem = problem_of(row, review.cause, review.message, review.advice)
				return Ask(row, [problem], review)
			if not found.xero_id:
				element = contacts.new_contact(flat, contacts.contact_number(customer["name"]))
				return Send(row, CREATE, "Contact", element, flat)
			if found.xero_id not in self.records:
				return Look(row, found.xero_id)
			link = self._link_matched(customer, found)
			customer = self.store.get("Customer", customer["name"]) or customer
			flat = self.contacts.outgoing(customer, self.books.currencies)
		if customer.get("disabled"):
			return Nothing(row, outbox.CANCELLED, "disabled", f"{customer['name']} is disabled here.")
		if link["status"] != links.LINKED:
			return unusable(row, link)
		unmet = self.contacts.unmet(link, customer)
		if unmet:
			record = self.records.get(link["xero_id"])
			if record is None and not self.contacts.can_meet(link, unmet):
				return Look(row, link["xero_id"])
			link = self.contacts.meet(link, customer, unmet, record or {})
		changes = self.contacts.compare(link, customer).to_xero
		if not changes:
			return Nothing(row)
		whole = whole_addresses(changes, flat, base_of(link).latest)
		return Send(row, UPDATE, "Contact", contacts.changed_contact(link["xero_id"], whole), changes)

	def _link_matched(self, customer: Doc, found: match.Match) -> Doc:
		"""Link a customer to the contact it already is. Where both have something it stays; what is empty on
		one side is filled from the other.
		"""
		record, name = self.records[found.xero_id], str(customer["name"])
		base = as_dict(self.contacts.first_base(customer, record))
		with self.store.transaction():
			link_name = links.add(
				self.context, "Customer", name, "Contact", found.xero_id, base=base, matched_by=found.rule
			)
			log.write(
				self.context,
				log.PUSH,
				"Match",
				log.OK,
				doctype="Customer",
				name=name,
				xero_entity="Contact",
				xero_id=found.xero_id,
				answer=f"Matched by {found.rule}.",
			)
			matches.settle(self.store, self.context.clock, self.context.organisation, "Customer", name)
			self.mirror.adopt_contact(record, name)
			self.mirror.settle()
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
