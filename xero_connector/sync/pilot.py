"""The pilot: a few documents go to Xero before all do, chosen by a person from what is proposed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from xero_connector.clock import Clock
from xero_connector.mapping.money import decimal_of
from xero_connector.store.protocol import Doc, Store
from xero_connector.sync import links, organisations, outbox, requests, triggers
from xero_connector.sync.entities import INVOICE, OPPORTUNITY, ORDER, QUOTATION, REQUEST, SHOWN_ON, stands
from xero_connector.sync.errors import SyncError
from xero_connector.sync.leads import FIRMS
from xero_connector.sync.withdraw import withdraw

PROPOSED = 5
LOOKED_AT = 60
"""How many of the newest documents a proposal is chosen from."""

MOST = 50
"""Documents that are sent at once."""

CHOOSABLE = (*FIRMS, ORDER, INVOICE, QUOTATION, OPPORTUNITY)

TRIES = {
	"Sales Order Submit": ORDER,
	"Sales Invoice Submit": INVOICE,
	"Quotation Ordered": QUOTATION,
	"Opportunity Won": OPPORTUNITY,
	"By Hand": ORDER,
}
"""What a pilot tries first, by the trigger of the organisation."""


@dataclass(frozen=True)
class Proposal:
	"""A document worth trying, with what is special about it, in words."""

	doctype: str
	name: str
	why: tuple[str, ...]


def propose(store: Store, organisation: str) -> list[Proposal]:
	"""Up to five documents that together try as much as possible: recent ones of different kinds and
	customers, then customers.
	"""
	settings = store.get("Xero Organisation", organisation) or {}
	doctype = TRIES.get(str(settings.get("invoice_trigger") or ""), ORDER)
	state = {"status": triggers.WON_BY[doctype][1]} if doctype in triggers.WON_BY else {"docstatus": 1}
	company = {"company": settings.get("company"), **state}
	newest = store.find(doctype, company, fields=["name"], order_by="creation desc", limit=LOOKED_AT)
	documents = [doc for row in newest if (doc := store.get(doctype, row["name"]))]
	unsent = [doc for doc in documents if not _is_known(store, organisation, doctype, doc["name"])]
	chosen = _most_telling(unsent, str(settings.get("base_currency") or ""), PROPOSED - 1)
	billed = {proposal[1] for proposal in chosen}
	found = [Proposal(doctype, str(doc["name"]), tuple(why)) for doc, _, why in chosen]
	customers = store.find(
		"Customer", {"disabled": 0}, fields=["name"], order_by="modified desc", limit=LOOKED_AT
	)
	for row in customers:
		if len(found) == PROPOSED:
			break
		if row["name"] not in billed and not _is_known(store, organisation, "Customer", row["name"]):
			found.append(Proposal("Customer", row["name"], ("a customer",)))
	return found


def send(
	store: Store, clock: Clock, organisation: str, doctype: str, name: str, user: str | None = None
) -> str:
	"""Queue a chosen document ahead of all others; returns its outbox row. Raises ``SyncError`` if it is none
	that can go to Xero.
	"""
	settings = store.get("Xero Organisation", organisation)
	if settings is None or settings.get("status") != organisations.CONNECTED:
		raise SyncError("The organisation is not connected. Connect it and confirm its company first.")
	doc = checked(store, settings, doctype, name)
	if doctype in FIRMS:
		return outbox.enqueue(
			store, clock, organisation, doctype, name, user=user, priority=outbox.PERSON_WAITS
		)
	quoted = doctype == QUOTATION and not triggers.is_won(settings, doc)
	ask = triggers.request_quote if quoted else triggers.request_invoice
	return str(ask(store, clock, doc, user, pilot=True)["outbox"])


def checked(store: Store, settings: Doc, doctype: str, name: str) -> Doc:
	"""The document, if it can be tried. Raises ``SyncError`` with what to do."""
	if doctype not in CHOOSABLE:
		raise SyncError(f"A {doctype} does not go to Xero. Choose one of: {', '.join(CHOOSABLE)}.")
	doc = store.get(doctype, name)
	if doc is None:
		raise SyncError(f"There is no {doctype} {name}.")
	if doctype in FIRMS:
		if doc.get("disabled"):
			raise SyncError(f"{name} is disabled here, so it is not sent. Choose another customer.")
		return doc
	if doc.get("company") != settings.get("company"):
		raise SyncError(
			f"{doctype} {name} is of {doc.get('company')}; this organisation keeps the books of"
			f" {settings.get('company')}. Choose another document."
		)
	if not stands(doc):
		state = "is cancelled" if doc.get("docstatus") == 2 else "is not submitted"
		state = f"is {str(doc.get('status')).lower()}" if doctype == OPPORTUNITY else state
		raise SyncError(f"{doctype} {name} {state}: it does not go to Xero. Choose a submitted one.")
	return doc


def sent(store: Store, organisation: str) -> list[Doc]:
	"""The outbox rows of what was sent to an organisation so far, oldest first; the newest of them if they
	are many. Items come along unnamed.
	"""
	wanted = {"organisation": organisation, "reference_doctype": ("in", (*FIRMS, *SHOWN_ON, REQUEST))}
	newest = store.find("Xero Outbox", wanted, order_by="queued_at desc, name desc", limit=2 * MOST)
	return newest[::-1]


def stop(store: Store, organisation: str) -> int:
	"""Take back what was not begun yet and is not in Xero; returns how many. Call it in a transaction. Raises
	``SyncError`` once the organisation is live: what waits then is no pilot's.
	"""
	settings = store.get("Xero Organisation", organisation, for_update=True) or {}
	if organisations.is_live(settings):
		raise SyncError("The organisation is live: what waits goes to Xero. To let it wait, pause sending.")
	return withdraw(store, organisation, "The pilot was stopped before it was sent.")


def is_stuck(store: Store, row: Doc) -> bool:
	"""Whether a row waits for another that is held: it does not move before a person has put that right."""
	if row["status"] != outbox.WAITING or not row.get("waits_for"):
		return False
	ahead = store.get("Xero Outbox", row["waits_for"]) or {}
	return ahead.get("status") == outbox.HELD


def _is_known(store: Store, organisation: str, doctype: str, name: str) -> bool:
	return bool(
		links.of_document(store, organisation, doctype, name)
		or store.get("Xero Outbox", outbox.row_name(organisation, doctype, name))
		or requests.live(store, doctype, name)
	)


def _most_telling(documents: Sequence[Doc], currency: str, most: int) -> list[tuple[Doc, str, list[str]]]:
	"""Documents, each with its customer and what it adds to those before: the one that adds most comes
	first, of equals the newest.
	"""
	left = [
		(doc, str(doc.get("customer") or doc.get("party_name") or ""), set(_special(doc, currency)))
		for doc in documents
	]
	seen, customers = set[str](), set[str]()
	found: list[tuple[Doc, str, list[str]]] = []
	while left and len(found) < most:
		doc, customer, special = max(left, key=lambda each: (len(each[2] - seen), each[1] not in customers))
		left = [each for each in left if each[0] is not doc]
		found.append((doc, customer, sorted(special - seen) or sorted(special)))
		seen |= special
		customers.add(customer)
	return found


def _special(doc: Doc, currency: str) -> Iterator[str]:
	"""What makes a document worth trying."""
	items, taxes = doc.get("items") or [], doc.get("taxes") or []
	if currency and doc.get("currency") not in (None, currency):
		yield f"in {doc['currency']}"
	if decimal_of(doc.get("discount_amount")) or any(
		decimal_of(row.get("discount_amount")) > 0 for row in items
	):
		yield "a discount"
	if len(taxes) > 1:
		yield "several taxes or charges"
	elif taxes:
		yield "one tax"
	else:
		yield "no tax"
	if any(row.get("included_in_print_rate") for row in taxes):
		yield "tax in its prices"
	if decimal_of(doc.get("rounding_adjustment")):
		yield "rounded"
	if len(items) > 3:
		yield "many lines"
	if len(doc.get("payment_schedule") or []) > 1:
		yield "payment terms"
	if doc.get("is_return"):
		yield "a return"
