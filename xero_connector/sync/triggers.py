"""Which change here means work for Xero. Called in the transaction of the change; never calls Xero."""

from __future__ import annotations

from collections.abc import Iterator

from xero_connector.clock import Clock
from xero_connector.store.protocol import Doc, Store
from xero_connector.sync import groups, leads, links, matches, organisations, outbox
from xero_connector.sync.errors import SyncError

ON_SUBMIT = "Sales Order Submit"

MERGE_THERE = "Merge the two contacts in Xero as well: this review ends by itself then."


def document_saved(store: Store, clock: Clock, doc: Doc, user: str | None = None) -> set[str]:
	"""A Customer, Lead, Prospect, Address, Contact, Item or Sales Order was saved or submitted; returns the
	organisations with work.

	Customers go to every organisation that takes them; an Address or Contact counts for the customers that
	have it as their main one or are linked with it; an Item counts once it is in Xero or on its way there (a
	new one goes with the first order that needs it); a Sales Order counts when it is submitted.
	"""
	doctype, name = doc["doctype"], str(doc["name"])
	if doctype == "Customer" and doc.get("disabled"):
		_drop(store, doctype, name, "disabled", f"{name} is disabled here.")
		return set()
	if doctype == "Customer":
		_group_changed(store, clock, doc)
	if doctype in leads.FIRMS:
		return _firm_changed(store, clock, doctype, name, user)
	if doctype in ("Address", "Contact"):
		queued: set[str] = set()
		for customer in sorted(_customers_of(store, doc)):
			queued |= _firm_changed(store, clock, "Customer", customer, user)
		for row in doc.get("links") or []:
			if row.get("link_doctype") in ("Lead", "Prospect"):
				queued |= _firm_changed(store, clock, row["link_doctype"], str(row["link_name"]), user)
		return queued
	if doctype == "Item":
		queued = set()
		for organisation in organisations.accepting(store):
			tenant = organisation["name"]
			on_its_way = store.get("Xero Outbox", outbox.row_name(tenant, "Item", name))
			if on_its_way or links.of_document(store, tenant, "Item", name):
				outbox.enqueue(store, clock, tenant, "Item", name, user=user)
				queued.add(tenant)
		return queued
	if doctype == "Sales Order" and doc.get("docstatus") == 1:
		return _order_changed(store, clock, doc, user)
	return set()


def document_cancelled(store: Store, clock: Clock, doc: Doc, user: str | None = None) -> set[str]:
	"""A Sales Order was cancelled: what it made in Xero, or is about to make, is taken back."""
	queued: set[str] = set()
	if doc["doctype"] != "Sales Order":
		return queued
	for organisation in organisations.accepting(store, company=doc.get("company")):
		tenant, name = organisation["name"], str(doc["name"])
		known = store.get("Xero Outbox", outbox.row_name(tenant, "Sales Order", name))
		if known or links.of_document(store, tenant, "Sales Order", name):
			outbox.enqueue(store, clock, tenant, "Sales Order", name, action=outbox.VOID, user=user)
			queued.add(tenant)
	return queued


def document_deleted(
	store: Store, clock: Clock, doctype: str, name: str, user: str | None = None
) -> set[str]:
	"""A document was deleted: nothing waits for it any more, but what its cancellation takes back. What else
	is in Xero stays there, with its link.
	"""
	_drop(store, doctype, name, "deleted", f"{doctype} {name} was deleted.")
	for review in store.find("Xero Match", {"reference_doctype": doctype, "reference_name": name}):
		matches.settle(store, clock, review["organisation"], doctype, name)
	return set()


def documents_merged(store: Store, clock: Clock, doctype: str, old: str, new: str) -> None:
	"""A document is about to be merged into another: where both have a record in Xero, the link of the old
	one is let go, because a document has one. Of two contacts a person is told: only Xero's own screen merges
	them.
	"""
	for review in store.find("Xero Match", {"reference_doctype": doctype, "reference_name": old}):
		store.delete("Xero Match", review["name"])
	kept = {
		link["organisation"]: link
		for link in store.find("Xero Link", {"reference_doctype": doctype, "reference_name": new})
	}
	for link in store.find("Xero Link", {"reference_doctype": doctype, "reference_name": old}):
		if link["organisation"] not in kept:
			continue
		if link["xero_entity"] == "Contact":
			_ask_to_merge(store, clock, kept[link["organisation"]], link)
		store.delete("Xero Link", link["name"])


def _ask_to_merge(store: Store, clock: Clock, kept: Doc, gone: Doc) -> None:
	tenant = kept["organisation"]
	both = {"organisation": tenant, "xero_id": ("in", (kept["xero_id"], gone["xero_id"]))}
	shown = matches.candidates(store, tenant, store.find("Xero Contact", both), "One customer here.")
	message = f"{gone['reference_name']} was merged into {kept['reference_name']} here; in Xero they are two."
	review = matches.Review("merged-here", message, MERGE_THERE, shown)
	matches.note(store, clock, tenant, kept["reference_doctype"], kept["reference_name"], review)


def _drop(store: Store, doctype: str, name: str, cause: str, message: str) -> None:
	"""Nothing of this document waits any more but what its cancellation takes back."""
	for row in store.find("Xero Outbox", {"reference_doctype": doctype, "reference_name": name}):
		waits = row["status"] in (outbox.QUEUED, outbox.WAITING, outbox.HELD)
		if waits and row["action"] != outbox.VOID:
			store.update_if(
				"Xero Outbox",
				row["name"],
				{"version": row["version"]},
				{"status": outbox.CANCELLED, "cause": cause, "message": message},
			)


def request_invoice(store: Store, clock: Clock, doc: Doc, user: str | None = None) -> dict[str, str]:
	"""A person asks for the invoice of a submitted Sales Order; a second click finds the first.

	Returns ``organisation`` and ``outbox`` (the row's name). Raises ``SyncError`` if it cannot be made.
	"""
	if doc.get("docstatus") != 1:
		raise SyncError("Submit the Sales Order first: only a submitted order can be invoiced.")
	found = organisations.accepting(store, company=doc.get("company"))
	if not found:
		raise SyncError(
			f"No Xero organisation syncs with {doc.get('company')}."
			" Connect one and confirm its company first."
		)
	tenant = found[0]["name"]
	row = outbox.enqueue(
		store, clock, tenant, "Sales Order", str(doc["name"]), user=user, priority=outbox.PERSON_WAITS
	)
	return {"organisation": tenant, "outbox": row}


def queue_existing(store: Store, clock: Clock, organisation: str) -> int:
	"""Queue every customer and submitted order that is not linked yet; returns how many.

	For the first sync of an embedded store. A site queues what changes from the day it goes live.
	"""
	queued = 0
	for doctype, name in unsent(store, organisation):
		outbox.enqueue(store, clock, organisation, doctype, name)
		queued += 1
	return queued


def unsent(store: Store, organisation: str, created_after: str = "") -> Iterator[tuple[str, str]]:
	"""The customers and submitted orders that go to an organisation by themselves and are not linked, as
	(doctype, name); those created after a day (``YYYY-MM-DD``) if one is given.
	"""
	settings = store.get("Xero Organisation", organisation) or {}
	wanted: dict[str, dict[str, object]] = (
		{"Customer": {"disabled": 0}} if settings.get("push_customers") else {}
	)
	if settings.get("invoice_trigger") == ON_SUBMIT:
		wanted["Sales Order"] = {"docstatus": 1, "company": settings.get("company")}
	for doctype, filters in wanted.items():
		ours = {"organisation": organisation, "reference_doctype": doctype}
		linked = {link["reference_name"] for link in store.find("Xero Link", ours, fields=["reference_name"])}
		for doc in store.find(doctype, filters, fields=["name", "creation"]):
			if created_after and str(doc.get("creation") or "")[:10] <= created_after:
				continue
			if doc["name"] not in linked:
				yield doctype, doc["name"]


def choices_changed(store: Store, clock: Clock, organisation: str, user: str | None = None) -> int:
	"""Accounts, taxes or rounding of an organisation were chosen anew: the items and orders that were held
	go again; returns how many.
	"""
	held = {"organisation": organisation, "status": outbox.HELD}
	rows = store.find("Xero Outbox", {**held, "reference_doctype": ("in", ("Item", "Sales Order"))})
	for row in rows:
		outbox.enqueue_again(store, clock, row, user)
	return len(rows)


def takers(store: Store, doctype: str, name: str) -> set[str]:
	"""The organisations that a Customer, Lead or Prospect goes to: those that take all, and those that have
	it.
	"""
	return {
		row["name"]
		for row in organisations.accepting(store)
		if row.get(leads.SENT_BY[doctype]) or links.of_document(store, row["name"], doctype, name)
	}


def _firm_changed(store: Store, clock: Clock, doctype: str, name: str, user: str | None) -> set[str]:
	"""A Customer, Lead or Prospect changed; a Lead counts for its Prospects too."""
	queued = takers(store, doctype, name)
	for tenant in sorted(queued):
		outbox.enqueue(store, clock, tenant, doctype, name, user=user)
	for prospect in leads.prospects_of(store, name) if doctype == "Lead" else ():
		queued |= _firm_changed(store, clock, "Prospect", prospect, user)
	return queued


def _group_changed(store: Store, clock: Clock, customer: Doc) -> None:
	"""A Customer that is in Xero may be in another Customer Group now."""
	group = customer.get("customer_group")
	for organisation in organisations.accepting(store, contact_groups=1):
		link = links.of_document(store, organisation["name"], "Customer", str(customer["name"]))
		if link and link.get("contact_group") != group:
			groups.note(store, clock, organisation["name"], group)


def _customers_of(store: Store, doc: Doc) -> set[str]:
	"""The customers that an Address or Contact belongs to, but those that are disabled."""
	main = {f"customer_primary_{doc['doctype'].lower()}": doc["name"]}
	linked = {row["link_name"] for row in doc.get("links") or [] if row.get("link_doctype") == "Customer"}
	found = linked | {row["name"] for row in store.find("Customer", main, fields=["name"])}
	active = {"name": ("in", sorted(found)), "disabled": 0}
	return {row["name"] for row in store.find("Customer", active, fields=["name"])} if found else set()


def _order_changed(store: Store, clock: Clock, order: Doc, user: str | None) -> set[str]:
	queued = set()
	for organisation in organisations.accepting(store, company=order.get("company")):
		tenant, name = organisation["name"], str(order["name"])
		linked = links.of_document(store, tenant, "Sales Order", name)
		if organisation.get("invoice_trigger") == ON_SUBMIT or linked:
			outbox.enqueue(store, clock, tenant, "Sales Order", name, user=user)
			queued.add(tenant)
	return queued
