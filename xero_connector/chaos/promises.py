"""The promises, checked: some after every step, the others once faults have stopped.

A promise is named as people say it; a broken one comes with what was found instead.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import requests
import simplejson

from xero_connector.chaos import held
from xero_connector.chaos.journal import CANARY
from xero_connector.chaos.truth import DEAD, OPEN, Record, is_settled, paid
from xero_connector.chaos.world import SECRET, TENANT, World
from xero_connector.clock import parse_utc, utc_text
from xero_connector.mapping.contact import seen_contact
from xero_connector.mapping.fields import DEFAULT_FIELD_MAP, SHIPPING
from xero_connector.simulator.values import from_ms
from xero_connector.store.protocol import Doc
from xero_connector.sync import links, outbox
from xero_connector.sync.billed import BILLED_ALREADY
from xero_connector.sync.entities import INVOICE, ORDER

Broken = tuple[str, str]
"""A promise that was not kept, and what was found instead."""

OVERLAP = timedelta(seconds=2)

MIRRORED = {
	"Contact": ("Contacts", "Xero Contact"),
	"Item": ("Items", "Xero Item"),
	"Invoice": ("Invoices", "Xero Invoice"),
	"Payment": ("Payments", "Xero Payment"),
	"Overpayment": ("Overpayments", "Xero Payment"),
	"Prepayment": ("Prepayments", "Xero Payment"),
	"CreditNote": ("CreditNotes", "Xero Payment"),
}
"""Entity of a cursor to Xero's collection and our mirror."""

BOOKKEEPING = {
	"Xero Cursor": ("last_run",),
	"Xero Lease": ("holder", "until"),
	"Xero Outbox": ("attempts", "next_try"),
	"Xero Call Budget": (
		*("version", "recent", "in_flight", "not_before", "problem", "asked_at"),
		*("day_remaining", "day_at", "day_limit", "limit_at", "polled_at"),
	),
}
"""All that a cycle with nothing to do may write: when it looked, who looked, the calls it made, and when a
row that waits for a held one is looked at again."""


class Safety:
	"""What must hold at every moment."""

	def __init__(self, world: World) -> None:
		self.world = world
		self.store = world.store
		self.truth = world.truth
		self.ever = held.Facts()
		self._versions: dict[tuple[str, str], str] = {}
		world.traffic.watch = self.watch

	def check(self) -> list[Broken]:
		"""What is broken now, calls since the last check included."""
		self.truth.read()
		self.ever.note(self.truth)
		found = list(self.world.traffic.broken)
		self.world.traffic.broken.clear()
		found += self._one_record_per_document()
		for check in (self._billed_once, self._links, self._cursors, self._versions_grow):
			found += check()
		found += _leaks(self.world, ("Xero Outbox", "Xero Webhook Event", "Xero Organisation"))
		return found

	def _one_record_per_document(self) -> Iterator[Broken]:
		numbers = Counter(row["InvoiceNumber"] for row in self.truth.sales() if row["Status"] not in DEAD)
		numbers += Counter(row.get("ContactNumber") for row in self.truth.active_contacts())
		notes = self.truth.records["CreditNotes"].values()
		numbers += Counter(row.get("CreditNoteNumber") for row in notes if row["Status"] not in DEAD)
		numbers += Counter(row["Code"] for row in self.truth.records["Items"].values())
		for number, count in numbers.items():
			if number and count > 1:
				yield "one live record per document", f"{number} is in Xero {count} times"

	def _billed_once(self) -> Iterator[Broken]:
		"""An order, what it amends and its Sales Invoices are one sale, of which each bills all."""
		journal = self.world.journal
		numbers = [row["InvoiceNumber"] for row in self.truth.sales() if row["Status"] not in DEAD]
		sales = Counter(journal.sale(number) for number in numbers if number)
		for sale, count in sales.items():
			if count > 1:
				names = sorted(number for number in numbers if number and journal.sale(number) == sale)
				yield "a sale is billed once", f"by {', '.join(names)}"

	def _links(self) -> Iterator[Broken]:
		rows = self.store.find("Xero Link")
		for key in (("reference_doctype", "reference_name"), ("xero_entity", "xero_id")):
			for pair, count in Counter(tuple(row[field] for field in key) for row in rows).items():
				if count > 1:
					yield "one link per document and record", f"{' '.join(pair)} has {count} links"
		for row in rows:
			if row["xero_id"] not in self.truth.records[MIRRORED[row["xero_entity"]][0]]:
				yield "a link leads to a record", f"{row['reference_name']} to {row['xero_id']}"

	def _cursors(self) -> Iterator[Broken]:
		"""A cursor stands for everything that the next poll will not read again."""
		for cursor in self.store.find("Xero Cursor"):
			if not cursor.get("position"):
				continue
			since = parse_utc(cursor["position"]) - OVERLAP
			since = since.replace(microsecond=0)
			collection, doctype = MIRRORED[cursor["entity"]]
			known = {row["xero_id"]: row["updated_utc"] for row in self.store.find(doctype)}
			waits = {row["resource_id"] for row in self.store.find("Xero Webhook Event", {"status": "New"})}
			for xero_id, record in self.truth.records[collection].items():
				changed = from_ms(record["UpdatedDateUTC"])
				if changed > since or not self._is_polled(record) or xero_id in waits:
					continue
				if known.get(xero_id, "") < utc_text(changed):
					yield "no cursor past something unapplied", f"{cursor['entity']} {xero_id}"

	def _is_polled(self, record: Record) -> bool:
		if record.get("Type", "ACCREC") == "ACCPAY" or record.get("PaymentType") == "ACCPAYPAYMENT":
			return False
		is_deleted = "PaymentID" in record and record["Status"] == "DELETED"
		return self.world.plan.lists_deleted or not is_deleted

	def _versions_grow(self) -> Iterator[Broken]:
		for doctype in ("Xero Contact", "Xero Invoice", "Xero Payment"):
			for row in self.store.find(doctype, fields=["xero_id", "updated_utc"]):
				key, version = (doctype, row["xero_id"]), str(row["updated_utc"])
				if version < self._versions.get(key, ""):
					yield "an older version never replaces a newer", f"{doctype} {row['xero_id']}"
				self._versions[key] = version

	# writes, as they happen

	def watch(self, request: requests.PreparedRequest) -> Callable[[requests.Response], None]:
		"""Look at what a write is about to change, and afterwards at what it changed."""
		before = {**self.truth.read().invoices, **self.truth.contacts}
		locked = self.truth.locked_until
		elements: list[Record] = next(iter(simplejson.loads(request.body or b"{}").values()))
		known = {each: self._known(each) for each in map(_target, elements) if each}
		began = self.world.traffic.born.get(str(request.headers.get("Idempotency-Key")), 0)

		def look(response: requests.Response) -> None:
			after = {**self.truth.read().invoices, **self.truth.contacts}
			for element in elements:
				xero_id = _target(element)
				if xero_id in before and after[xero_id] != before[xero_id]:
					self._written(element, before[xero_id], after[xero_id], known[xero_id], locked)
					self._forget_overtaken(xero_id, after[xero_id], began)

		return look

	def _forget_overtaken(self, contact: str, after: Record, began: int) -> None:
		"""What finance entered in a contact after the run read it, and the run overwrote: not to be known."""
		for (owner, path), (text, tick) in list(self.world.journal.finance.items()):
			if owner == contact and tick >= began and seen_contact(after, [path])[path] != text:
				del self.world.journal.finance[owner, path]

	def _known(self, xero_id: str) -> Doc:
		"""What we know of an invoice: its mirror, and the total that we left there."""
		found = self.store.find("Xero Invoice", {"xero_id": xero_id}, limit=1)
		link = links.of_record(self.store, TENANT, "Invoice", xero_id)
		return {**(found[0] if found else {}), "left": links.base_of(link).get("total") if link else None}

	def _written(self, element: Record, before: Record, after: Record, known: Doc, locked: str) -> None:
		"""An accepted write. What finance did a moment ago, and nobody here could know, is not held against
		the engine: Xero has no way to say *only if unchanged*.
		"""
		broken, name = self.world.traffic.broken, before.get("InvoiceNumber") or before.get("Name")
		if before.get("ContactStatus") == "ARCHIVED":
			broken.append(("no write to an archived contact", str(name)))
		if "InvoiceNumber" not in before:
			return
		paid_here = Decimal(known.get("amount_paid") or 0) + Decimal(known.get("amount_credited") or 0)
		if (paid_here and is_settled(before)) or (known.get("xero_status") in DEAD):
			broken.append(("no write on a paid or voided document", str(name)))
		if locked and before["Date"] <= locked:
			broken.append(("no write into a locked period", str(name)))
		left, ours = known.get("left"), known.get("total")
		if left is None or ours is None or "LineItems" not in element:
			return
		if Decimal(ours) != Decimal(left) and before["Total"] == Decimal(ours) != after["Total"]:
			broken.append(
				("finance's change is not undone", f"{name}: {before['Total']} to {after['Total']}")
			)


def final(world: World, safety: Safety) -> list[Broken]:
	"""What must hold once everything has come to rest."""
	world.truth.read()
	now = held.Facts().note(world.truth)
	found: list[Broken] = []
	checks = (_rows, _leases, _documents, _returns, _deleted_orders, _payments, _invoices, _sums, _edits)
	for check in checks:
		found += check(world, now)
	found += _leaks(world, ("Xero Sync Log", "Xero Batch"))
	return found


def held_without_reason(world: World, facts: held.Facts) -> Iterator[Broken]:
	"""Rows that are held by a cause that is not so, or without words."""
	for row in world.store.find("Xero Outbox", {"status": outbox.HELD}):
		words = f"{row['reference_name']}: {row.get('cause')}: {row.get('message')}"
		if not (row.get("cause") and row.get("message") and row.get("advice")):
			yield "what is held says why and what to do", words
		elif not held.is_justified(world.store, row, facts, world.journal):
			yield "what is held has a true cause", words


def _rows(world: World, now: held.Facts) -> Iterator[Broken]:
	yield from held_without_reason(world, now)
	for row in world.store.find("Xero Outbox"):
		if row["status"] in (outbox.DONE, outbox.HELD, outbox.CANCELLED):
			continue
		if not held.waits_for_a_person(world.store, row):
			words = f"{row['reference_name']} is {row['status']}: {row.get('message')}"
			yield "every row comes to an end", words


def _leases(world: World, now: held.Facts) -> Iterator[Broken]:
	for row in world.store.find("Xero Lease", {"holder": ("!=", None)}):
		yield "no lease outlives its holder", str(row["name"])


def _documents(world: World, now: held.Facts) -> Iterator[Broken]:
	"""Orders, and Sales Invoices that are no returns."""
	for doctype in (ORDER, INVOICE):
		for doc in world.store.find(doctype):
			if not doc.get("is_return"):
				yield from _document(world, doc)


def _document(world: World, doc: Doc) -> Iterator[Broken]:
	store, doctype, name = world.store, doc["doctype"], doc["name"]
	link = links.of_document(store, TENANT, doctype, name)
	row = store.get("Xero Outbox", outbox.row_name(TENANT, doctype, name))
	invoice = world.truth.invoices[link["xero_id"]] if link else None
	if row is None and not link and world.plan.invoice_trigger != f"{doctype} Submit":
		return  # nobody asked
	status = (row or {}).get("status")
	if status in (outbox.HELD, outbox.WAITING):
		return  # with a reason, as is checked elsewhere
	if doc["docstatus"] == 2:
		own = [each for each in world.truth.sales() if each["InvoiceNumber"] == name]
		if any(each["Status"] not in DEAD for each in own):
			yield "what is cancelled is taken back", name
	elif invoice is None:
		others = {each["InvoiceNumber"] for each in world.truth.sales()} - {name}
		billed = any(world.journal.sale(other) == world.journal.sale(name) for other in others if other)
		if not (billed and (row or {}).get("cause") == BILLED_ALREADY):
			yield "every submitted document is billed", f"{name} is {status}"
	elif invoice["InvoiceID"] not in world.journal.finance_invoices and invoice["Status"] not in DEAD:
		yield from _same(doc, invoice)


def _returns(world: World, now: held.Facts) -> Iterator[Broken]:
	"""What was returned of what was billed is one credit note, allocated by us once at most."""
	store, notes = world.store, world.truth.records["CreditNotes"]
	for doc in store.find(INVOICE, {"is_return": 1}):
		name = doc["name"]
		row = store.get("Xero Outbox", outbox.row_name(TENANT, INVOICE, name)) or {}
		own = [note for note in notes.values() if note.get("CreditNoteNumber") == name]
		for note in own:
			used = [each for each in world.truth.allocations.values() if _uses(each, note)]
			if len(used) > 1 and note["CreditNoteID"] not in world.journal.finance_credits:
				yield "a return is credited once", f"{name} is allocated {len(used)} times"
		if row.get("status") in (outbox.HELD, outbox.WAITING):
			continue  # with a reason, as is checked elsewhere
		if doc["docstatus"] == 2:
			if any(note["Status"] not in DEAD for note in own):
				yield "what is cancelled is taken back", name
		elif not own and name in world.journal.credited:
			yield "a return is credited once", f"{name} is {row.get('status')}"
		elif any(note["Total"] != -Decimal(doc["grand_total"]) for note in own):
			yield "a return is credited once", f"{name} is {doc['grand_total']} here"


def _uses(allocation: Record, note: Record) -> bool:
	return bool(allocation["CreditID"] == note["CreditNoteID"])


def _deleted_orders(world: World, now: held.Facts) -> Iterator[Broken]:
	"""An order that was cancelled here and then deleted is taken back all the same."""
	store = world.store
	for row in store.find("Xero Outbox", {"reference_doctype": "Sales Order", "action": outbox.VOID}):
		name = row["reference_name"]
		link = links.of_document(store, TENANT, "Sales Order", name)
		if link is None or row["status"] == outbox.HELD or store.get("Sales Order", name):
			continue
		if world.truth.invoices[link["xero_id"]]["Status"] not in DEAD:
			yield "what is cancelled is taken back", name


def _same(order: Doc, invoice: Record) -> Iterator[Broken]:
	if invoice["Total"] != Decimal(order["grand_total"]):
		words = f"{order['name']} is {order['grand_total']} here and {invoice['Total']} in Xero"
		yield "the invoice comes to what the order does, to the cent", words
	if (invoice.get("Reference") or "") != (order.get("po_no") or ""):
		yield "no person's edit is lost", f"reference of {order['name']}"
	if invoice["DueDate"] != order["payment_schedule"][0]["due_date"]:
		yield "no person's edit is lost", f"due date of {order['name']}"


def _payments(world: World, now: held.Facts) -> Iterator[Broken]:
	"""Every payment, credit and allocation of Xero's once, with its amount; removed ones removed."""
	mirrored = Counter(row["xero_id"] for row in world.store.find("Xero Payment"))
	rows = {row["xero_id"]: row for row in world.store.find("Xero Payment")}
	theirs = {**world.truth.payments, **world.truth.credits, **world.truth.allocations}
	for xero_id, record in theirs.items():
		amount = Decimal(record["Amount"] if "Amount" in record else record["Total"])
		row, gone = rows.get(xero_id), record["Status"] in DEAD
		nothing_left = gone or record["Status"] in OPEN
		left = Decimal(0) if nothing_left else record.get("RemainingCredit", Decimal(0))
		if row is None and gone:
			continue  # came and went between two looks
		if row is None or mirrored[xero_id] != 1:
			yield "every payment is here once", f"{amount} is here {mirrored[xero_id]} times"
		elif Decimal(row["amount"]) != amount or (row["xero_status"] in DEAD) != gone:
			words = f"{amount} {record['Status']} in Xero, {row['amount']} {row['xero_status']} here"
			yield "a payment is what it is in Xero", words
		elif Decimal(row["remaining_credit"]) != left:
			yield "a payment is what it is in Xero", f"{row['remaining_credit']} left here, {left} in Xero"
	for xero_id in set(rows) - set(theirs):
		yield "every payment is here once", f"{rows[xero_id]['amount']} is not in Xero"


def _invoices(world: World, now: held.Facts) -> Iterator[Broken]:
	rows = {row["xero_id"]: row for row in world.store.find("Xero Invoice")}
	total = {"here": Decimal(0), "in Xero": Decimal(0)}
	for invoice in world.truth.sales():
		row = rows.get(invoice["InvoiceID"], {})
		dead = invoice["Status"] in DEAD
		theirs = (Decimal(0) if dead else invoice["AmountDue"], paid(invoice), invoice["Total"])
		ours = (
			Decimal(row.get("amount_due") or 0),
			Decimal(row.get("amount_paid") or 0) + Decimal(row.get("amount_credited") or 0),
			Decimal(row.get("total") or 0),
		)
		total["here"], total["in Xero"] = total["here"] + ours[0], total["in Xero"] + theirs[0]
		if ours != theirs:
			yield "money agrees per document", f"{invoice['InvoiceNumber']}: {ours} here, {theirs} in Xero"
		order = _order_of(world, invoice)
		shown = _billed(world, order["name"]) if order else None
		if order and (_money(order, "xero_due"), _money(order, "xero_paid")) != shown:
			yield "money agrees per document", f"{order['name']} shows other amounts than its invoice"
	if total["here"] != total["in Xero"]:
		yield "money agrees in total", str(total)


def _billed(world: World, order: str) -> tuple[Decimal, Decimal]:
	"""What is due and paid of an order, by its own invoice or by one of its Sales Invoices."""
	due, received = Decimal(0), Decimal(0)
	for invoice in world.truth.sales():
		number = invoice["InvoiceNumber"]
		is_of = number.startswith("SI-") and world.journal.made_from.get(number) == order
		if number == order or is_of:
			due += Decimal(0) if invoice["Status"] in DEAD else invoice["AmountDue"]
			received += paid(invoice) - world.truth.noted(invoice)
	return due, received


def _order_of(world: World, invoice: Record) -> Doc | None:
	link = links.of_record(world.store, TENANT, "Invoice", invoice["InvoiceID"])
	return world.store.get("Sales Order", link["reference_name"]) if link else None


def _sums(world: World, now: held.Facts) -> Iterator[Broken]:
	"""What each customer shows, added up anew from Xero's own records."""
	today = world.clock.today().isoformat()
	fields = ("xero_invoiced", "xero_paid", "xero_due", "xero_overdue", "xero_credit")
	sums: dict[str, dict[str, Decimal]] = {}
	for invoice in world.truth.sales():
		customer = _customer_of(world, invoice["Contact"]["ContactID"], "Xero Invoice", invoice["InvoiceID"])
		if customer is None or invoice["Status"] in (*DEAD, *OPEN):
			continue
		due = invoice["AmountDue"]
		late = due if due and invoice["DueDate"] < today else Decimal(0)
		received = paid(invoice) - world.truth.noted(invoice)
		amounts = (invoice["Total"], received, due, late, Decimal(0))
		_add(sums, customer, dict(zip(fields, amounts, strict=True)))
	for xero_id, credit in world.truth.credits.items():
		customer = _customer_of(world, credit["Contact"]["ContactID"], "Xero Payment", xero_id)
		if customer and credit["Status"] not in (*DEAD, *OPEN):
			_add(sums, customer, {"xero_credit": credit["RemainingCredit"]})
	for doc in world.store.find("Customer"):
		for field in fields:
			wanted = sums.get(doc["name"], {}).get(field, Decimal(0))
			if _money(doc, field) != wanted:
				words = f"{doc['name']}.{field} is {_money(doc, field)}, by Xero's records {wanted}"
				yield "money agrees per customer", words


def _customer_of(world: World, contact: str, doctype: str, xero_id: str) -> str | None:
	"""Whose it is: by the contact's link; after a merge, whose it was before."""
	link = links.of_record(world.store, TENANT, "Contact", contact)
	if link:
		return str(link["reference_name"])
	found = world.store.find(doctype, {"xero_id": xero_id}, limit=1)
	return found[0].get("customer") if found else None


def _add(sums: dict[str, dict[str, Decimal]], customer: str, amounts: dict[str, Decimal]) -> None:
	own = sums.setdefault(customer, {})
	for field, amount in amounts.items():
		own[field] = own.get(field, Decimal(0)) + amount


def _money(doc: Doc, field: str) -> Decimal:
	return Decimal(doc.get(field) or 0)


def _edits(world: World, now: held.Facts) -> Iterator[Broken]:
	"""Both sides hold the same, and what was entered last; where both sides entered something, one of the
	two, or a conflict that somebody sees. A customer and a contact that met, by a match or a merge, keep what
	each of them has, and fill what the other has not. What is disabled here rests.
	"""
	store, journal = world.store, world.journal
	for link in store.find("Xero Link", {"reference_doctype": "Customer", "status": links.LINKED}):
		name, xero_id = link["reference_name"], link["xero_id"]
		row = store.get("Xero Outbox", outbox.row_name(TENANT, "Customer", name)) or {}
		customer = store.get("Customer", name)
		if customer is None or customer.get("disabled") or row.get("status") != outbox.DONE:
			continue  # of a disabled customer nothing is sent
		open_now = {each["xero_field"] for each in store.find("Xero Conflict", _open(link))}
		here = _local(world, customer)
		there = seen_contact(world.truth.contacts[xero_id], list(here))
		for path in sorted(here.keys() - open_now):
			ours, (theirs, _) = (
				journal.local.get((name, path)),
				journal.finance.get((xero_id, path), (None, 0)),
			)
			entered = {value for value in (ours, theirs) if value is not None}
			words = f"{name} {path}: {here[path]!r} here, {there[path]!r} in Xero, entered {sorted(entered)}"
			met = link.get("matched_by") and not entered and here[path] and there[path]
			if here[path] != there[path] and not met:
				yield "no person's edit is lost", words
			elif entered and there[path] not in entered:
				yield "no person's edit is lost", words


def _open(link: Doc) -> dict[str, str]:
	return {"link": link["name"], "status": "Open"}


def _local(world: World, customer: Doc) -> dict[str, Any]:
	docs = {
		"Customer": customer,
		"Contact": world.store.get("Contact", str(customer.get("customer_primary_contact"))) or {},
		"Address": world.store.get("Address", str(customer.get("customer_primary_address"))) or {},
		SHIPPING: {},
	}
	return {
		line["xero_field"]: docs[line["erp_doctype"]].get(line["erp_field"]) or ""
		for line in DEFAULT_FIELD_MAP
	}


def _leaks(world: World, doctypes: tuple[str, ...]) -> Iterator[Broken]:
	"""No personal detail and no secret where people read what went wrong."""
	secrets = [SECRET, *(token for token in sorted(world.traffic.tokens) if token)]
	for doctype in doctypes:
		for row in world.store.find(doctype):
			words = " ".join(str(value) for field, value in row.items() if field not in ("body", "rows"))
			if CANARY in words.casefold():
				yield "no personal detail in a log", f"{doctype} {row.get('reference_name')}: {words[:300]}"
			if any(secret in words for secret in secrets):
				yield "no secret in a log", f"{doctype} {row['name']}"


def snapshot(world: World) -> dict[tuple[str, str], Doc]:
	"""Every document of the store, without bookkeeping."""
	found = {}
	for doctype in world.store.doctypes():
		for doc in world.store.find(doctype):
			left_out = BOOKKEEPING.get(doctype, ())
			found[doctype, doc["name"]] = {key: doc[key] for key in doc if key not in left_out}
	return found


def _target(element: Record) -> str:
	return str(element.get("InvoiceID") or element.get("ContactID") or "")
