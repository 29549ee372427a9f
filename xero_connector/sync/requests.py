"""Invoice requests: an invoice of a quotation, of a won opportunity, or of a part of an order.

Each is a **Xero Invoice Request**, a document of its own with one invoice in Xero. Its name, the source's
name and a number, is the invoice's number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from xero_connector.clock import Clock
from xero_connector.mapping.money import ZERO, cents, round_cents
from xero_connector.store.protocol import Doc, Duplicate, Store
from xero_connector.sync import links, outbox
from xero_connector.sync.entities import OPPORTUNITY, ORDER, QUOTATION, REQUEST, stands
from xero_connector.sync.errors import SyncError

REQUESTED, CANCELLED = "Requested", "Cancelled"

WON = "Converted"
"""The status of an opportunity that was won."""

SOURCES = (ORDER, QUOTATION, OPPORTUNITY)

NOT_BEGUN = (outbox.QUEUED, outbox.WAITING, outbox.CANCELLED)
ON_ITS_WAY = (outbox.QUEUED, outbox.WAITING, outbox.SENDING, outbox.UNCERTAIN)


@dataclass(frozen=True)
class Asked:
	"""A part that somebody wants billed, in the source's currency: an ``amount``, or a ``percent`` of the
	whole, or with neither all that is left. ``due_date`` (``YYYY-MM-DD``) is the source's own if empty.
	"""

	label: str = ""
	amount: Decimal = ZERO
	percent: Decimal = ZERO
	due_date: str = ""


WHOLE = Asked()


def of_source(store: Store, doctype: str, name: str) -> list[Doc]:
	"""All requests of a document, in the order of their numbers, without those of one that had its name and
	was deleted.
	"""
	found = store.find(REQUEST, {"source_doctype": doctype, "source_name": name})
	return sorted(({**request, "doctype": REQUEST} for request in found), key=number_of)


def live(store: Store, doctype: str, name: str) -> list[Doc]:
	"""The requests of a document that were not taken back."""
	return [request for request in of_source(store, doctype, name) if stands(request)]


def number_of(request: Doc) -> int:
	"""Which request of its source this is, from 1."""
	return int(str(request["name"]).rpartition("/")[2])


def owed(doc: Doc) -> Decimal:
	"""What the customer is to pay for a whole document, in its currency."""
	if doc["doctype"] == OPPORTUNITY:
		return cents(doc.get("total"))
	rounded = not doc.get("disable_rounded_total") and cents(doc.get("rounded_total"))
	return cents(doc["rounded_total"] if rounded else doc.get("grand_total"))


def left_of(doc: Doc, standing: Sequence[Doc]) -> Decimal:
	"""What of a document its ``standing`` requests do not bill, in its currency."""
	whole = owed(doc)
	return whole - sum((cents(request.get("amount")) or whole for request in standing), ZERO)


def by_terms(order: Doc) -> list[Asked]:
	"""A part for each row of an order's payment schedule; none if it has but one. The last takes what is
	left: thirds may miss the whole by a cent.
	"""
	rows = list(order.get("payment_schedule") or [])
	if len(rows) < 2:
		return []
	parts = [
		Asked(
			label=str(row.get("payment_term") or row.get("description") or f"Payment {at} of {len(rows)}"),
			amount=cents(row.get("payment_amount")),
			due_date=str(row.get("due_date") or "")[:10],
		)
		for at, row in enumerate(rows, start=1)
	]
	return [*parts[:-1], Asked(parts[-1].label, due_date=parts[-1].due_date)]


def make(
	store: Store,
	clock: Clock,
	organisation: str,
	doc: Doc,
	parts: Sequence[Asked] = (WHOLE,),
	*,
	user: str | None = None,
	priority: int = outbox.USUAL,
) -> list[str]:
	"""Make a request for each part and queue it; returns their names. Call it inside a transaction.

	Raises ``SyncError`` if the document cannot be billed so: nothing of it is written then.
	"""
	_check(store, organisation, doc)
	earlier = of_source(store, doc["doctype"], str(doc["name"]))
	standing = [request for request in earlier if stands(request)]
	number = max(map(number_of, earlier), default=0)
	whole = owed(doc)
	left = left_of(doc, standing)
	planned: list[Doc] = []
	for part in parts:
		number = _free(store, str(doc["name"]), number + 1)
		amount = cents(part.amount) or round_cents(whole * part.percent / 100) or left
		if amount <= 0 or amount > left:
			raise SyncError(
				f"{left} of {whole} {doc.get('currency')} are left to invoice of {doc['doctype']}"
				f" {doc['name']}: a part of {amount} cannot be."
			)
		left -= amount
		planned.append(
			{
				"doctype": REQUEST,
				"name": f"{doc['name']}/{number}",
				"source_doctype": doc["doctype"],
				"source_name": doc["name"],
				"company": doc.get("company"),
				"label": part.label,
				"amount": ZERO if amount == whole else amount,
				"currency": doc.get("currency"),
				"invoice_date": clock.today().isoformat(),
				"due_date": part.due_date or None,
				"status": REQUESTED,
			}
		)
	for request in planned:
		try:
			store.insert(request)
		except Duplicate as error:
			raise SyncError(
				f"{request['name']} was asked for just now. Look at the document again."
			) from error
		outbox.enqueue(store, clock, organisation, REQUEST, request["name"], user=user, priority=priority)
	return [request["name"] for request in planned]


def _free(store: Store, source: str, number: int) -> int:
	"""The first number from this one that no request has: one of a deleted document may have it."""
	while store.get(REQUEST, f"{source}/{number}"):
		number += 1
	return number


def _check(store: Store, organisation: str, doc: Doc) -> None:
	doctype, name = doc["doctype"], str(doc["name"])
	if doctype not in SOURCES:
		raise SyncError(f"A {doctype} is invoiced as a whole.")
	if doctype == OPPORTUNITY and doc.get("status") != WON:
		raise SyncError("Only an opportunity that was won can be invoiced.")
	if not stands(doc):
		raise SyncError(f"Submit the {doctype} first: only a submitted one can be invoiced.")
	if owed(doc) <= 0:
		raise SyncError(f"{doctype} {name} comes to nothing: there is nothing to invoice.")
	if doctype != ORDER:
		return
	link = links.of_document(store, organisation, doctype, name)
	row = store.get("Xero Outbox", outbox.row_name(organisation, doctype, name)) or {}
	if link or row.get("status") in ON_ITS_WAY:
		raise SyncError(f"{doctype} {name} is invoiced as a whole already.")


def forget(store: Store, request: Doc) -> None:
	"""The document of a request is gone: what it made in Xero, or may be making there, stays and keeps its
	number, and counts for no document that gets the name of the one that is gone.
	"""
	if _may_be_in_xero(store, str(request["name"])):
		store.update(REQUEST, request["name"], {"source_name": ""})
	else:
		store.delete(REQUEST, request["name"])


def _may_be_in_xero(store: Store, name: str) -> bool:
	"""Whether Xero was asked for it: what is held may have come from there."""
	ours = {"reference_doctype": REQUEST, "reference_name": name}
	for row in store.find("Xero Outbox", ours, fields=["name"]):
		now = store.get("Xero Outbox", row["name"], for_update=True) or {}
		if now.get("action") == outbox.VOID or now.get("status") not in NOT_BEGUN:
			return True
	return bool(store.find("Xero Link", ours, fields=["name"], limit=1))


def cancel(store: Store, clock: Clock, organisation: str, request: Doc, user: str | None = None) -> None:
	"""Take a request back: what it made in Xero, or is about to make."""
	store.update(REQUEST, request["name"], {"status": CANCELLED})
	outbox.enqueue(store, clock, organisation, REQUEST, request["name"], action=outbox.VOID, user=user)
