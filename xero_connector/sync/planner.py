"""Planning: what one outbox row means for Xero right now.

A plan reads the document as it is at this moment, maps it, and compares it with what was last agreed. It
calls nothing and writes nothing but a link that matching found, and on an item what its check says.
"""

from __future__ import annotations

from xero_connector.mapping.books import Books
from xero_connector.mapping.problem import MappingError
from xero_connector.store.protocol import Doc
from xero_connector.sync import outbox
from xero_connector.sync.context import Context
from xero_connector.sync.leads import FIRMS
from xero_connector.sync.links import Known
from xero_connector.sync.mirror import Mirror
from xero_connector.sync.plan import Ask, Nothing, Plan
from xero_connector.sync.plan_contacts import ContactPlanner
from xero_connector.sync.plan_documents import DocumentPlanner
from xero_connector.sync.plan_items import ItemPlanner


class Planner:
	"""Plans the rows of one organisation. Made anew for each round, so that it sees the newest choices."""

	def __init__(self, context: Context, books: Books, mirror: Mirror) -> None:
		known = Known(context)
		self.store = context.store
		self.contacts = ContactPlanner(context, books, mirror, known)
		self.items = ItemPlanner(context, books, known)
		self.documents = DocumentPlanner(context, books, mirror, known)

	def use(self, books: Books) -> None:
		"""Go on with these books: they were read again."""
		for planner in (self.contacts, self.items, self.documents):
			planner.books = books

	def plan(self, row: Doc) -> Plan:
		"""What to do with this row."""
		doctype, name = row["reference_doctype"], row["reference_name"]
		doc = self.store.get(doctype, name)
		if doc is None and row["action"] == outbox.VOID:
			return self.documents.void(row, {"name": name})
		if doc is None:
			return Nothing(row, outbox.CANCELLED, "deleted", f"{doctype} {name} is no longer there.")
		try:
			if doctype in FIRMS:
				return self.contacts.plan(row, doc)
			if doctype == "Item":
				return self.items.plan(row, doc)
			return self.documents.plan(row, doc)
		except MappingError as error:
			return Ask(row, error.problems)

	def dependencies(self, row: Doc) -> list[tuple[str, str]]:
		"""The customer and the items of a document that are not in Xero yet, as (doctype, name)."""
		return self.documents.dependencies(row)
