"""Two-way contacts: a Customer, its main Address and its main Contact, merged with the contact that they are
in Xero.

The base of the merge is kept on the link. It moves only with what was written on one side and is known on the
other, so a merge that stops half-way is done again, and a write that comes back as news finds nothing to do.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from xero_connector.mapping import persons
from xero_connector.mapping.contact import (
	Party,
	contact_rules,
	from_contact,
	held,
	seen_contact,
	to_contact,
	with_rows,
)
from xero_connector.mapping.fields import (
	BOTH,
	DEFAULT_FIELD_MAP,
	FROM_XERO,
	SHIPPING,
	SOURCES,
	TO_XERO,
	FieldMapLine,
)
from xero_connector.mapping.lead import lead_party, prospect_party
from xero_connector.mapping.merge import NEWEST_WINS, Base, Merge, Rule, merge
from xero_connector.store.protocol import Changed, Doc, Store, StoreError
from xero_connector.sync import conflicts, links, organisations, outbox, triggers
from xero_connector.sync.context import Context
from xero_connector.sync.errors import ODD_DATA, NotTaken

MAIN = {"Address": "customer_primary_address", "Contact": "customer_primary_contact"}

ONE_ADDRESS = (
	"The customer's shipping address is its billing address here. Give it a shipping address of its own."
)


class Contacts:
	"""The merge for one organisation. It reads the field map once."""

	def __init__(self, context: Context) -> None:
		self.context = context
		self.store = context.store
		self.field_map: list[FieldMapLine] = list(self.store.find("Xero Field Map")) or list(
			DEFAULT_FIELD_MAP
		)
		self.rules = contact_rules(self.field_map)
		self.sends_persons = bool(context.settings().get("contact_persons"))
		if self.sends_persons:
			self.rules[persons.PATH] = Rule(TO_XERO)
		self.paths = list(self.rules)
		self.one_way = dict.fromkeys(self.rules, Rule(TO_XERO))
		"""How a Lead or Prospect is merged: what Xero has of it is for the customer that it becomes."""
		self.sent_paths = [
			line["xero_field"]
			for line in self.field_map
			if line.get("enabled") and line["direction"] != FROM_XERO
		]
		if self.sends_persons:
			self.sent_paths.append(persons.PATH)
		"""Paths that go to Xero by a choice of the admin."""
		self.follows_newest = any(rule.policy == NEWEST_WINS for rule in self.rules.values())
		self.documents = {line["xero_field"]: line["erp_doctype"] for line in self.field_map}
		"""The document that each path of the map belongs to."""
		self.ships = any(line["erp_doctype"] == SHIPPING and line.get("enabled") for line in self.field_map)

	def outgoing(self, customer: Doc, currencies: Sequence[str]) -> dict[str, Any]:
		"""What may go to Xero. Raises ``MappingError`` with everything that Xero would refuse."""
		return to_contact(self._party(customer), self.field_map, currencies=currencies)

	def compare(self, link: Doc, customer: Doc) -> Merge:
		"""The merge with what Xero was last seen to have; a field that both hold alike by now is settled."""
		ours, base = self.held(customer), base_of(link)
		merged = self._merge(link, base, ours, base.latest, "")
		if merged.agreed:
			with self.store.transaction():
				current = self._locked(link)
				self._agree(current, merged.agreed)
		return merged

	def can_read(self, record: Mapping[str, Any]) -> bool:
		"""Whether Xero's answer has the fields of a contact as Xero says that they are."""
		try:
			seen_contact(record, self.paths)
		except ODD_DATA:
			return False
		return True

	def first_base(self, customer: Doc, record: Mapping[str, Any]) -> Base:
		"""The base of a customer and the contact that it was just matched with.

		What Xero has stays, and what ERPNext has stays; the merge fills what is empty on one side. What is
		entered on both sides before that is done is a change of both.
		"""
		return self._first(customer, seen_contact(record, self.paths))

	def _first(self, customer: Doc, theirs: Mapping[str, Any]) -> Base:
		ours, base = self.held(customer), Base()
		for path, rule in self.rules.items():
			our, their = ours.get(path, ""), theirs.get(path, "")
			if path == persons.PATH:
				our = ""  # they are put together, not one list or the other
			if rule.direction == TO_XERO:
				base.agree(path, our if their else "", their)
			elif rule.direction == BOTH:
				base.agree(path, our if their else "", their if our else "")
		return base

	def pending(self, link: Doc) -> dict[str, Any]:
		"""The base of a link that begins anew with another contact: only of what was edited here since both
		sides agreed, so that it is still sent, or asked about.
		"""
		doc = self.store.get(link["reference_doctype"], link["reference_name"])
		ours, base = self.held(doc) if doc else {}, base_of(link)
		edited = [path for path, local in base.local.items() if ours.get(path, "") != local]
		local = {path: base.local[path] for path in edited}
		return as_dict(Base(local, {path: base.remote.get(path, "") for path in edited}))

	def unmet(self, link: Doc, customer: Doc) -> list[str]:
		"""Paths that the map got after the two were linked, and that are filled here: before they are sent it
		must be known what Xero has there, because nothing of that is overwritten.
		"""
		base = base_of(link)
		new = [path for path in self.sent_paths if path not in base.local]
		ours = self.held(customer) if new else {}
		return [path for path in new if ours.get(path, "") != ""]

	def can_meet(self, link: Doc, paths: Sequence[str]) -> bool:
		"""Whether it is known what Xero has in these paths."""
		latest = base_of(link).latest
		return all(path in latest for path in paths)

	def meet(self, link: Doc, customer: Doc, paths: Sequence[str], record: Mapping[str, Any]) -> Doc:
		"""Settle paths that are new in the map as a match does; ``record`` is the contact where it was read
		for that. Returns the link.
		"""
		with self.store.transaction():
			current = self._locked(link)
			base = base_of(current)
			theirs = {**base.latest, **(seen_contact(record, self.paths) if record else {})}
			first = self._first(customer, theirs)
			for path in paths:
				base.agree(path, first.local.get(path, ""), first.remote.get(path, ""))
			self._keep(current, base)
		return {**current, "base": links.dump_base(as_dict(base))}

	def arrive(
		self, link: Doc, record: Mapping[str, Any], refused: Mapping[str, str] | None = None
	) -> dict[str, tuple[Any, Any]]:
		"""Merge a contact as Xero has it now into the documents here; returns what was written, by path, with
		what was there before.

		Call it in a transaction, with the link as that sees it. Raises ``Changed`` if somebody moved its base
		since, ``NotTaken`` if ERPNext refuses the values; called again with the reason as ``refused``, by
		doctype, it leaves the fields of that document to a person.
		"""
		theirs = seen_contact(record, self.paths)
		if _knows(base_of(link), theirs):
			return {}
		current = self._locked(link)
		if current["base"] != link["base"]:  # and what this transaction sees of the documents may be as old
			raise Changed(f"The link of {link['reference_name']} moved meanwhile.")
		customer = self.store.get(link["reference_doctype"], link["reference_name"])
		if customer is None:
			return {}
		ours, base = self.held(customer), base_of(link)
		merged = self._merge(link, base, ours, theirs, str(record.get("UpdatedDateUTC") or ""))
		written, not_taken = dict(merged.to_erpnext), dict[str, str]()
		for doctype, message in (refused or {}).items():
			not_taken |= {path: message for path in written if self.documents[path] == doctype}
		written = {path: their for path, their in written.items() if path not in not_taken}
		after = self._write(customer, written) if written else ours
		for path, (our, their) in merged.agreed.items():
			base.agree(path, our, their)
		for path, their in theirs.items():
			if path in written:
				base.agree(path, after.get(path, ""), their)
			elif path not in merged.agreed:
				base.see(path, their)
		self._keep(link, base)
		for kind in self._too_little(customer, theirs) if not_taken else ():
			not_taken = {
				path: why for path, why in not_taken.items() if not path.startswith(f"Addresses[{kind}]")
			}
		asked = {path: theirs[path] for path in (*merged.conflicts, *not_taken)}
		conflicts.note(self.context, link, self.field_map, base, ours, asked, not_taken)
		return {path: (ours.get(path, ""), their) for path, their in written.items()}

	def sent(self, link: Doc, local: Mapping[str, Any], record: Mapping[str, Any]) -> Base:
		"""The base after Xero took these values; ``record`` is its answer. Other fields are for the poll."""
		base, theirs = base_of(link), seen_contact(record, list(local))
		for path, our in local.items():
			base.agree(path, our, theirs.get(path, our))
		return base

	def resolve(self, conflict: Doc, choice: str, user: str | None) -> set[str]:
		"""A person decides a conflict: ``conflicts.ERPNEXT`` or ``conflicts.XERO``; returns the organisations
		with work.

		Raises ``StoreError`` if ERPNext refuses Xero's value, or the field is no longer mapped.
		"""
		link, path = self._locked({"name": conflict["link"]}), str(conflict["xero_field"])
		customer = self.store.get("Customer", link["reference_name"])
		if customer is None or path not in self.rules:
			raise StoreError(
				f"{path} of {link['reference_name']} is no longer kept equal. Nothing to decide."
			)
		base = base_of(link)
		their = base.latest.get(path, "")
		if choice == conflicts.XERO:
			after = self._write(customer, {path: their})
			base.agree(path, after.get(path, ""), their)
			queued = set[str]()
		else:
			base.agree(path, their, their)  # as if it was agreed, and changed here since: so it is sent
			queued = self._queue(link, user)
		self._keep(link, base)
		conflicts.close(self.context, link["name"], [path], choice, user)
		return queued

	# what they share

	def _merge(
		self, link: Doc, base: Base, ours: Mapping[str, Any], theirs: Mapping[str, Any], changed_at: str
	) -> Merge:
		newer = self.follows_newest and self._edited_after(link, changed_at)
		rules = self.rules if link["reference_doctype"] == "Customer" else self.one_way
		return merge(rules, base, ours, theirs, ours_is_newer=newer)

	def _edited_after(self, link: Doc, changed_at: str) -> bool:
		"""Whether the customer was edited here after Xero's record changed (UTC text)."""
		doctype, reference = link["reference_doctype"], link["reference_name"]
		name = outbox.row_name(self.context.organisation, doctype, reference)
		row = self.store.get("Xero Outbox", name) or {}
		return str(row.get("edited_at") or "") > changed_at

	def _too_little(self, customer: Doc, theirs: Mapping[str, Any]) -> Iterator[str]:
		"""The types of addresses that a customer does not have here, and that Xero has not enough of to make:
		street and town.

		Nobody needs to be asked about those. They come when Xero has more.
		"""
		here = {"POBOX": customer.get(MAIN["Address"]), "STREET": self._shipping(customer["name"])}
		for kind, known in here.items():
			needed = (theirs.get(f"Addresses[{kind}].{part}") for part in ("AddressLine1", "City"))
			if not known and not all(needed):
				yield kind

	def _locked(self, link: Doc) -> Doc:
		"""The link as it is now; nobody else moves its base before this transaction ends."""
		current = self.store.get("Xero Link", link["name"], for_update=True)
		if current is None:
			raise StoreError(f"The link {link['name']} was removed.")
		return current

	def _agree(self, link: Doc, agreed: Mapping[str, tuple[Any, Any]]) -> None:
		base = base_of(link)
		for path, (our, their) in agreed.items():
			base.agree(path, our, their)
		self._keep(link, base)
		conflicts.close(self.context, link["name"], list(agreed), conflicts.AGREED)

	def _keep(self, link: Doc, base: Base) -> None:
		self.store.update("Xero Link", link["name"], {"base": links.dump_base(as_dict(base))})

	def _party(self, customer: Doc) -> Party:
		"""The documents of a Customer, or of a Lead or Prospect as if it was one."""
		doctype, name = customer.get("doctype"), customer["name"]
		if doctype == "Lead":
			return lead_party(customer, self._linked("Address", "Lead", name))
		if doctype == "Prospect":
			leads = customer.get("leads") or [{}]
			contact, address = (self._linked(kind, "Prospect", name) for kind in ("Contact", "Address"))
			return prospect_party(customer, self._get("Lead", leads[0].get("lead")), contact, address)
		return Party(
			customer,
			self._get("Address", customer.get(MAIN["Address"])),
			self._get("Contact", customer.get(MAIN["Contact"])),
			self._shipping(customer["name"]),
			self._get("Payment Terms Template", customer.get("payment_terms")),
			self._persons(customer) if self.sends_persons else None,
		)

	def _persons(self, customer: Doc) -> list[Doc]:
		"""The customer's other Contacts, by name."""
		row = {"link_doctype": "Customer", "link_name": customer["name"]}
		found = self.store.find_by_row("Contact", "links", row)
		return [contact for contact in found if contact["name"] != customer.get(MAIN["Contact"])]

	def _shipping(self, customer: str) -> Doc | None:
		"""Where goods go, if the map asks for it: the address that ERPNext prefers for shipping."""
		return preferred_shipping(self.store, customer) if self.ships else None

	def _linked(self, kind: str, doctype: str, name: str) -> Doc | None:
		"""The first Address or Contact, by name, that is linked with a Lead or Prospect."""
		row = {"link_doctype": doctype, "link_name": name}
		return next(iter(self.store.find_by_row(kind, "links", row)), None)

	def held(self, customer: Doc) -> dict[str, Any]:
		"""What a customer has in the fields that are mapped, whether Xero would take it or not."""
		return held(self._party(customer), self.field_map)

	def _write(self, customer: Doc, changes: Mapping[str, Any]) -> dict[str, Any]:
		"""Write these paths here; returns what the customer holds after it. Raises ``NotTaken``."""
		values = from_contact(changes, self.field_map)
		own = values.pop("Customer", {})
		for doctype, fields in values.items():
			with _taken_by(doctype):
				own.update(self._write_main(doctype, customer, fields))
		if own:
			with _taken_by("Customer"):
				self.store.update("Customer", customer["name"], own)
		others = triggers.takers(self.store, "Customer", customer["name"]) - {self.context.organisation}
		for organisation in sorted(others):
			outbox.enqueue(self.store, self.context.clock, organisation, "Customer", customer["name"])
		after = self.store.get("Customer", customer["name"])
		return self.held(after or customer)

	def _write_main(self, source: str, customer: Doc, fields: dict[str, Any]) -> dict[str, Any]:
		"""Write the customer's main Address or Contact or its shipping Address, made if there is none;
		returns what that changes on the Customer.
		"""
		known = self._known(source, customer)
		if known:
			rows = with_rows(known, fields) if source == "Contact" else fields
			self.store.update(SOURCES[source], known["name"], rows)
			return {}
		if not any(fields.values()):
			return {}
		made = self.store.insert(_new(source, customer, fields))
		return {MAIN[source]: made} if source in MAIN else {}

	def _known(self, source: str, customer: Doc) -> Doc | None:
		"""The Address or Contact that a line of the map means. Raises ``StoreError`` for a delivery address
		that is the billing address here, which would follow.
		"""
		if source in MAIN:
			return self._get(source, customer.get(MAIN[source]))
		known = preferred_shipping(self.store, customer["name"])
		if known and known["name"] == customer.get(MAIN["Address"]):
			raise StoreError(ONE_ADDRESS)
		return known

	def _queue(self, link: Doc, user: str | None) -> set[str]:
		key = ("Customer", link["reference_name"])
		if not organisations.takes_changes(self.store, self.context.settings(), *key):
			return set()
		place = (self.store, self.context.clock, self.context.organisation)
		outbox.enqueue(*place, *key, user=user, priority=outbox.PERSON_WAITS)
		return {self.context.organisation}

	def _get(self, doctype: str, name: str | None) -> Doc | None:
		return self.store.get(doctype, name) if name else None


@contextmanager
def _taken_by(doctype: str) -> Iterator[None]:
	"""What ERPNext says against a value is for a person to hear, but not that somebody was faster."""
	try:
		yield
	except Changed:
		raise
	except StoreError as error:
		raise NotTaken(doctype, str(error)) from error


def base_of(link: Doc) -> Base:
	"""The base of a customer's link."""
	base = links.base_of(link)
	return Base(base.get("local") or {}, base.get("remote") or {}, base.get("seen") or {})


def as_dict(base: Base) -> dict[str, Any]:
	"""A base as the link keeps it."""
	return {"local": base.local, "remote": base.remote, "seen": base.seen}


def _knows(base: Base, theirs: Mapping[str, Any]) -> bool:
	"""Whether all this was seen before."""
	latest = base.latest
	return all(path in latest and latest[path] == value for path, value in theirs.items())


def preferred_shipping(store: Store, customer: str) -> Doc | None:
	"""The address that goods go to: one that is marked so, else one of the type *Shipping*; by name."""
	row = {"link_doctype": "Customer", "link_name": customer}
	found = [doc for doc in store.find_by_row("Address", "links", row) if not doc.get("disabled")]
	marked = [doc for doc in found if doc.get("is_shipping_address")]
	return next(iter(marked or [doc for doc in found if doc.get("address_type") == "Shipping"]), None)


def _new(source: str, customer: Doc, fields: Mapping[str, Any]) -> Doc:
	"""A main Address or Contact, or a shipping Address, for a customer that has none."""
	links_to = [{"link_doctype": "Customer", "link_name": customer["name"]}]
	if source in ("Address", SHIPPING):
		use = (
			("Billing", "is_primary_address") if source == "Address" else ("Shipping", "is_shipping_address")
		)
		kind = {"address_title": customer["customer_name"], "address_type": use[0], use[1]: 1}
		return {"doctype": "Address", **kind, **fields, "links": links_to}
	copied = {field: customer.get(field) for field in ("first_name", "last_name", "email_id", "mobile_no")}
	values = {**{field: value for field, value in copied.items() if value}, **fields}
	return {"doctype": source, "is_primary_contact": 1, **with_rows({}, values), "links": links_to}
