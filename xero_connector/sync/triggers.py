"""Which change here means work for Xero. Called in the transaction of the change; never calls Xero."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any

from xero_connector.clock import Clock
from xero_connector.mapping.conditions import holds
from xero_connector.store.protocol import Doc, Store
from xero_connector.sync import billed, groups, leads, links, matches, organisations, outbox, requests
from xero_connector.sync.entities import (
	DOCUMENTS,
	INVOICE,
	OPPORTUNITY,
	ORDER,
	QUOTATION,
	REQUEST,
	SHOWN_ON,
	stands,
)
from xero_connector.sync.errors import SyncError
from xero_connector.sync.requests import Asked

ORDER_SUBMIT, INVOICE_SUBMIT = "Sales Order Submit", "Sales Invoice Submit"
QUOTATION_ORDERED, OPPORTUNITY_WON = "Quotation Ordered", "Opportunity Won"
QUOTATION_SUBMIT = "Quotation Submit"
PER_TERM = "One Invoice per Payment Term"

CHOSEN_BY = {
	ORDER: ("invoice_trigger", ORDER_SUBMIT),
	INVOICE: ("invoice_trigger", INVOICE_SUBMIT),
	QUOTATION: ("quote_trigger", QUOTATION_SUBMIT),
}
"""The choice, and its value, by which a document goes when it is submitted."""

WON_BY = {QUOTATION: (QUOTATION_ORDERED, "Ordered"), OPPORTUNITY: (OPPORTUNITY_WON, requests.WON)}
"""The trigger by which a document is invoiced when it has this status."""

ITEM_CHOICES = {"sales_account", "item_accounts", "price_list", "no_tax_rate", "taxes"}
"""Choices of an organisation that decide what its items say in Xero."""

MERGE_THERE = "Merge the two contacts in Xero as well: this review ends by itself then."


def document_saved(store: Store, clock: Clock, doc: Doc, user: str | None = None) -> set[str]:
	"""A document was saved or submitted; returns the organisations with work.

	Customers go to every organisation that takes them; an Address or Contact counts for the customers that
	have it as their main one or are linked with it; an Item counts once it is in Xero or on its way there (a
	new one goes with the first document that needs it), and so does its price; orders, invoices and
	quotations count when they are submitted, opportunities when they are won.
	"""
	doctype, name = doc["doctype"], str(doc["name"])
	if doctype == "Customer" and doc.get("disabled"):
		_drop(store, doctype, name, outbox.DISABLED, f"{name} is disabled here.")
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
	if doctype in ("Item", "Item Price"):
		return _item_changed(store, clock, name if doctype == "Item" else str(doc["item_code"]), user)
	if doctype == OPPORTUNITY and not stands(doc):
		return document_cancelled(store, clock, doc, user)
	if doctype in CHOSEN_BY and stands(doc):
		return _document_changed(store, clock, doc, user)
	return _won(store, clock, [doc], user) if doctype == OPPORTUNITY else set()


def document_cancelled(store: Store, clock: Clock, doc: Doc, user: str | None = None) -> set[str]:
	"""A document was cancelled, or an opportunity lost: what it made in Xero, or is about to make, is taken
	back.
	"""
	queued: set[str] = set()
	doctype, name = doc["doctype"], str(doc["name"])
	if doctype not in SHOWN_ON:
		return queued
	for organisation in organisations.accepting(store, company=doc.get("company")):
		tenant = organisation["name"]
		known = store.get("Xero Outbox", outbox.row_name(tenant, doctype, name))
		if known or links.of_document(store, tenant, doctype, name):
			outbox.enqueue(store, clock, tenant, doctype, name, action=outbox.VOID, user=user)
			queued.add(tenant)
		for request in requests.live(store, doctype, name):
			requests.cancel(store, clock, tenant, request, user)
			queued.add(tenant)
	return queued


def document_deleted(
	store: Store, clock: Clock, doctype: str, name: str, user: str | None = None
) -> set[str]:
	"""A document was deleted: nothing waits for it any more, but what its cancellation takes back. What else
	is in Xero stays there, with its link.
	"""
	said = f"{doctype} {name} was deleted."
	_drop(store, doctype, name, "deleted", said)
	for request in requests.of_source(store, doctype, name):  # ERPNext may give its number to another
		requests.forget(store, request)
		_drop(store, REQUEST, str(request["name"]), "deleted", said)
	billed.forget(store, (doctype, name))
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
				{"version": row["version"], "status": row["status"]},
				{"status": outbox.CANCELLED, "cause": cause, "message": message},
			)


def request_invoice(
	store: Store,
	clock: Clock,
	doc: Doc,
	user: str | None = None,
	*,
	parts: Sequence[Asked] = (),
	pilot: bool = False,
) -> dict[str, Any]:
	"""A person asks for the invoice of a document, or of ``parts`` of it; a second click finds the first.

	``pilot``: it was chosen for the pilot, before the organisation is live. Returns ``organisation``,
	``outbox`` (the row's name) and ``requests`` (names, empty where the document is invoiced itself). Raises
	``SyncError`` if it cannot be made.
	"""
	organisation = _organisation_of(store, doc, pilot=pilot)
	tenant, doctype, name = organisation["name"], doc["doctype"], str(doc["name"])
	asked = _asked(organisation, doc, parts)
	if not asked:
		return _request(store, clock, tenant, doc, user) | {"requests": []}
	known = requests.live(store, doctype, name)
	if known and not parts:
		made = [str(request["name"]) for request in known]
		for request in made:
			if not links.of_document(store, tenant, REQUEST, request):
				outbox.enqueue(
					store, clock, tenant, REQUEST, request, user=user, priority=outbox.PERSON_WAITS
				)
	else:
		made = requests.make(store, clock, tenant, doc, asked, user=user, priority=outbox.PERSON_WAITS)
	return {"organisation": tenant, "outbox": outbox.row_name(tenant, REQUEST, made[0]), "requests": made}


def request_quote(
	store: Store, clock: Clock, doc: Doc, user: str | None = None, *, pilot: bool = False
) -> dict[str, str]:
	"""A person asks for the quote of a submitted Quotation; a second click finds the first. ``pilot``: as for
	an invoice.

	Returns ``organisation`` and ``outbox`` (the row's name). Raises ``SyncError`` if it cannot be made.
	"""
	return _request(store, clock, _organisation_of(store, doc, pilot=pilot)["name"], doc, user)


def cancel_request(store: Store, clock: Clock, request: Doc, user: str | None = None) -> str:
	"""A person takes a part back; returns the organisation. Raises ``SyncError`` if none keeps its books."""
	tenant: str = _organisation_of(store, request, pilot=True)["name"]
	requests.cancel(store, clock, tenant, request, user)
	return tenant


def _organisation_of(store: Store, doc: Doc, *, pilot: bool) -> Doc:
	found = organisations.accepting(store, company=doc.get("company"))
	if not found:
		raise SyncError(
			f"No Xero organisation syncs with {doc.get('company')}."
			" Connect one and confirm its company first."
		)
	if not pilot and not organisations.is_live(found[0]):
		raise SyncError(
			f"{found[0]['organisation_name']} is in its pilot: only what is chosen there is sent."
			" A Xero Manager can go live."
		)
	return found[0]


def _request(store: Store, clock: Clock, tenant: str, doc: Doc, user: str | None) -> dict[str, Any]:
	if not stands(doc):
		raise SyncError(f"Submit the {doc['doctype']} first: only a submitted one can go to Xero.")
	row = outbox.enqueue(
		store, clock, tenant, doc["doctype"], str(doc["name"]), user=user, priority=outbox.PERSON_WAITS
	)
	return {"organisation": tenant, "outbox": row}


def _asked(organisation: Doc, doc: Doc, parts: Sequence[Asked] = ()) -> Sequence[Asked]:
	"""The requests that a document is billed by; none where it is billed itself."""
	if parts or doc["doctype"] in WON_BY:
		return parts or (requests.WHOLE,)
	if doc["doctype"] == ORDER and organisation.get("order_billing") == PER_TERM:
		return requests.by_terms(doc)
	return ()


def queue_existing(store: Store, clock: Clock, organisation: str) -> int:
	"""Queue every customer and submitted document that goes by itself and is not linked; returns how many.

	For the first sync of an embedded store. A site queues what changes from the day it goes live.
	"""
	queued = 0
	for doctype, name in unsent(store, organisation):
		queue(store, clock, organisation, doctype, name)
		queued += 1
	return queued


def queue(
	store: Store, clock: Clock, organisation: str, doctype: str, name: str, user: str | None = None
) -> None:
	"""Queue a document the way it goes to this organisation: itself, or by requests."""
	doc = store.get(doctype, name) if doctype == ORDER else None
	settings = store.get("Xero Organisation", organisation) or {}
	if doc and not requests.live(store, doctype, name) and (asked := _asked(settings, doc)):
		with suppress(SyncError):  # it is billed as a whole
			requests.make(store, clock, organisation, doc, asked, user=user)
			return
	outbox.enqueue(store, clock, organisation, doctype, name, user=user)


def unsent(store: Store, organisation: str, created_after: str = "") -> Iterator[tuple[str, str]]:
	"""The customers and submitted documents that go to an organisation by themselves and are neither linked
	nor billed by another, as (doctype, name); those created after a day (``YYYY-MM-DD``) if one is given.
	"""
	settings = store.get("Xero Organisation", organisation) or {}
	if not organisations.is_live(settings):
		return
	wanted: dict[str, dict[str, object]] = (
		{"Customer": {"disabled": 0}} if settings.get("push_customers") else {}
	)
	for doctype, (choice, value) in CHOSEN_BY.items():
		if settings.get(choice) == value:
			wanted[doctype] = {"docstatus": 1, "company": settings.get("company")}
	for doctype, filters in wanted.items():
		done = _done(store, organisation, doctype)
		for doc in store.find(doctype, filters, fields=["name", "creation"]):
			if created_after and str(doc.get("creation") or "")[:10] <= created_after:
				continue
			if doc["name"] not in done and _meets_conditions(store, settings, doctype, doc["name"]):
				yield doctype, doc["name"]


def _done(store: Store, organisation: str, doctype: str) -> set[str]:
	"""The documents of a type that are in Xero, or billed there by another."""
	ours = {"organisation": organisation, "reference_doctype": doctype}
	done = {link["reference_name"] for link in store.find("Xero Link", ours, fields=["reference_name"])}
	others = {**ours, "status": outbox.CANCELLED, "cause": billed.BILLED_ALREADY}
	done |= {row["reference_name"] for row in store.find("Xero Outbox", others, fields=["reference_name"])}
	parts = {"source_doctype": doctype, "status": requests.REQUESTED}
	return done | {row["source_name"] for row in store.find(REQUEST, parts, fields=["source_name"])}


def _meets_conditions(store: Store, settings: Doc, doctype: str, name: str) -> bool:
	if not any(row["document_type"] == doctype for row in settings.get("conditions") or []):
		return True
	doc = store.get(doctype, name)
	return bool(doc) and holds(settings["conditions"], doc or {})


def choices_changed(store: Store, clock: Clock, organisation: str, user: str | None = None) -> int:
	"""Accounts, taxes or rounding of an organisation were chosen anew: the items and documents that were held
	go again; returns how many.
	"""
	held = {"organisation": organisation, "status": outbox.HELD}
	rows = store.find("Xero Outbox", {**held, "reference_doctype": ("in", ("Item", *DOCUMENTS))})
	for row in rows:
		outbox.enqueue_again(store, clock, row, user)
	return len(rows)


def items_changed(store: Store, clock: Clock, organisation: str, user: str | None = None) -> int:
	"""Prices, accounts or taxes of items were chosen anew: what is in Xero follows, and is checked; returns
	how many.
	"""
	ours = {"organisation": organisation, "reference_doctype": "Item"}
	items = store.find("Xero Link", ours, fields=["reference_name"])
	for link in items:
		outbox.enqueue(store, clock, organisation, "Item", link["reference_name"], user=user)
	return len(items)


def takers(store: Store, doctype: str, name: str) -> set[str]:
	"""The organisations that a Customer, Lead or Prospect goes to: those that take all, and those that have
	it.
	"""
	return {
		row["name"]
		for row in organisations.accepting(store)
		if (row.get(leads.SENT_BY[doctype]) or links.of_document(store, row["name"], doctype, name))
		and organisations.takes_changes(store, row, doctype, name)
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
	for organisation in organisations.accepting(store, contact_groups=1, live_since=("!=", "")):
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


def _item_changed(store: Store, clock: Clock, name: str, user: str | None) -> set[str]:
	queued = set()
	for organisation in organisations.accepting(store):
		tenant = organisation["name"]
		on_its_way = store.get("Xero Outbox", outbox.row_name(tenant, "Item", name))
		known = on_its_way or links.of_document(store, tenant, "Item", name)
		if known and organisations.takes_changes(store, organisation, "Item", name):
			outbox.enqueue(store, clock, tenant, "Item", name, user=user)
			queued.add(tenant)
	return queued


def _document_changed(store: Store, clock: Clock, doc: Doc, user: str | None) -> set[str]:
	queued = set()
	doctype, name = doc["doctype"], str(doc["name"])
	for organisation in organisations.accepting(store, company=doc.get("company")):
		tenant = organisation["name"]
		if links.of_document(store, tenant, doctype, name) or _is_held(store, tenant, doctype, name):
			outbox.enqueue(store, clock, tenant, doctype, name, user=user)
			queued.add(tenant)
		elif _goes(store, organisation, doc):
			parts = requests.live(store, doctype, name)
			stopped = [str(part["name"]) for part in parts if _is_stopped(store, tenant, str(part["name"]))]
			for part in stopped:
				outbox.enqueue(store, clock, tenant, REQUEST, part, user=user)
			if not parts:
				queue(store, clock, tenant, doctype, name, user)
			if stopped or not parts:
				queued.add(tenant)
	if doctype == ORDER:
		queued |= _won(store, clock, [store.get(*key) for key in billed.sources(store, doc)], user)
	return queued


def _is_stopped(store: Store, tenant: str, request: str) -> bool:
	"""Whether a request was taken back in the pilot, while others of its document went."""
	row = store.get("Xero Outbox", outbox.row_name(tenant, REQUEST, request)) or {}
	return bool(row.get("cause") == outbox.STOPPED)


def _is_held(store: Store, tenant: str, doctype: str, name: str) -> bool:
	"""Whether a person was asked about it: saving it tries again."""
	row = store.get("Xero Outbox", outbox.row_name(tenant, doctype, name))
	return bool(row) and (row or {})["status"] == outbox.HELD


def _goes(store: Store, organisation: Doc, doc: Doc) -> bool:
	"""Whether a submitted document goes to an organisation by itself."""
	choice, value = CHOSEN_BY[doc["doctype"]]
	if not organisations.is_live(organisation):
		return False
	if doc["doctype"] == INVOICE and doc.get("is_return"):
		return organisation.get(choice) == value or _is_billed(store, organisation["name"], doc)
	return organisation.get(choice) == value and _meets(store, organisation["name"], doc)


def _is_billed(store: Store, tenant: str, returned: Doc) -> bool:
	"""Whether what is returned was billed in Xero, so that it has to be credited there."""
	against = store.get(INVOICE, str(returned.get("return_against") or ""))
	keys = [(INVOICE, str(against["name"])), *billed.sources(store, against)] if against else []
	return any(
		links.of_document(store, tenant, *key) or requests.live(store, *key)
		for key in keys
		if key[0] != QUOTATION
	)


def _meets(store: Store, tenant: str, doc: Doc) -> bool:
	return holds((store.get("Xero Organisation", tenant) or {}).get("conditions") or [], doc)


def is_won(organisation: Doc, doc: Doc) -> bool:
	"""Whether a quotation or an opportunity is invoiced by itself in this organisation, because it is won."""
	trigger, status = WON_BY.get(doc["doctype"], ("", ""))
	return bool(trigger) and organisation.get("invoice_trigger") == trigger and doc.get("status") == status


def _won(store: Store, clock: Clock, docs: Iterable[Doc | None], user: str | None) -> set[str]:
	"""Invoice what is won now: ERPNext changes the status of a quotation and its opportunity when the order
	is submitted.
	"""
	queued = set()
	for doc in docs:
		trigger, status = WON_BY.get(doc["doctype"], ("", "")) if doc else ("", "")
		if doc is None or not trigger or doc.get("status") != status:
			continue
		wanted = {"company": doc.get("company"), "invoice_trigger": trigger, "live_since": ("!=", "")}
		for organisation in organisations.accepting(store, **wanted):
			tenant, name = organisation["name"], str(doc["name"])
			known = requests.of_source(store, doc["doctype"], name)
			for request in filter(stands, known):
				outbox.enqueue(store, clock, tenant, REQUEST, request["name"], user=user)
				queued.add(tenant)
			if not known and requests.owed(doc) > 0 and _meets(store, tenant, doc):
				requests.make(store, clock, tenant, doc, user=user)
				queued.add(tenant)
	return queued
