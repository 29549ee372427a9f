"""Planning: what one outbox row means for Xero right now.

A plan reads the document as it is at this moment, maps it, and compares it with what was last agreed. It
calls nothing and writes nothing but a link that matching found. Its outcome is one of four: an element to
send, nothing to do, a person to ask, or something to wait for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from xero_connector.mapping import contact as contacts
from xero_connector.mapping.books import Books
from xero_connector.mapping.document import DocumentPlan, Facts
from xero_connector.mapping.fields import unflatten, whole_addresses
from xero_connector.mapping.invoice import to_invoice, void_invoice
from xero_connector.mapping.item import to_item
from xero_connector.mapping.mirror import DEAD
from xero_connector.mapping.money import cents, decimal_of
from xero_connector.mapping.problem import MappingError, Problem
from xero_connector.store.protocol import Doc
from xero_connector.sync import links, log, match, outbox
from xero_connector.sync.advice import NUMBER_TAKEN
from xero_connector.sync.contacts import MAIN, as_dict, base_of
from xero_connector.sync.context import Context
from xero_connector.sync.errors import NotTaken
from xero_connector.sync.mirror import Mirror
from xero_connector.xero.reading import write_json

CREATE, UPDATE = "create", "update"
ENTITY = {"Customer": "Contact", "Item": "Item", "Sales Order": "Invoice"}
COLLECTION = {"Contact": "Contacts", "Item": "Items", "Invoice": "Invoices"}
ID_FIELD = {"Contact": "ContactID", "Item": "ItemID", "Invoice": "InvoiceID"}
KEY_FIELD = {"Contact": "ContactNumber", "Item": "Code", "Invoice": "InvoiceNumber"}
"""Our own key in each kind of record: what a lost answer is read back by."""


@dataclass(frozen=True)
class Send:
	"""An element to send. ``local`` is the base to keep once Xero has it, ``total`` what its answer must
	show.
	"""

	row: Doc
	kind: str
	element: dict[str, Any]
	local: Mapping[str, Any] = field(default_factory=dict)
	payload_hash: str = ""
	total: Decimal | None = None
	note: str = ""


@dataclass(frozen=True)
class Nothing:
	"""There is nothing to send: Xero has it already, or it no longer exists here."""

	row: Doc
	status: str = outbox.DONE
	cause: str = ""
	message: str = ""


@dataclass(frozen=True)
class Ask:
	"""A person must fix these."""

	row: Doc
	problems: list[Problem]


@dataclass(frozen=True)
class Wait:
	"""It may go when another row is done."""

	row: Doc
	message: str
	waits_for: str


@dataclass(frozen=True)
class Look:
	"""A contact was matched; what Xero has of it must be read before it is linked."""

	row: Doc
	xero_id: str


Plan = Send | Nothing | Ask | Wait | Look


class Planner:
	"""Plans the rows of one organisation. Made anew for each round, so that it sees the newest choices."""

	def __init__(self, context: Context, books: Books, mirror: Mirror) -> None:
		self.context = context
		self.mirror = mirror
		self.store = context.store
		self.organisation = context.organisation
		self.books = books
		self.contacts = mirror.contacts
		self._links: dict[tuple[str, str], Doc] = {}
		self.records: dict[str, Doc] = {}
		"""Matched contacts as Xero has them, by id."""

	def plan(self, row: Doc) -> Plan:
		"""What to do with this row."""
		doctype, name = row["reference_doctype"], row["reference_name"]
		doc = self.store.get(doctype, name)
		if doc is None and row["action"] == outbox.VOID:
			return self._void(row, {"name": name})
		if doc is None:
			return Nothing(row, outbox.CANCELLED, "deleted", f"{doctype} {name} is no longer there.")
		try:
			if doctype == "Customer":
				return self._customer(row, doc)
			if doctype == "Item":
				return self._item(row, doc)
			if row["action"] == outbox.VOID or doc.get("docstatus") == 2:
				return self._void(row, doc)
			return self._order(row, doc)
		except MappingError as error:
			return Ask(row, error.problems)

	def dependencies(self, row: Doc) -> list[tuple[str, str]]:
		"""The customer and the items of an order that are not in Xero yet, as (doctype, name)."""
		order = self.store.get("Sales Order", row["reference_name"])
		if order is None or row["action"] == outbox.VOID or order.get("docstatus") != 1:
			return []
		return self._needed(order)

	def _needed(self, order: Doc) -> list[tuple[str, str]]:
		needed = [("Customer", str(order["customer"]))]
		needed += [("Item", code) for code in self._item_codes(order)]
		return [(doctype, name) for doctype, name in needed if not self._link(doctype, name)]

	# contacts

	def _customer(self, row: Doc, customer: Doc) -> Plan:
		flat = self.contacts.outgoing(customer, self.books.currencies)
		link = self._link("Customer", customer["name"])
		if link is None:
			found = match.find_contact(self.context, customer["name"], flat)
			if found.cause:
				return Ask(row, [problem_of(row, found.cause, found.message, found.advice)])
			if not found.xero_id:
				element = contacts.new_contact(flat, contacts.contact_number(customer["name"]))
				return Send(row, CREATE, element, flat)
			if found.xero_id not in self.records:
				return Look(row, found.xero_id)
			link = self._link_matched(customer, found)
			customer = self.store.get("Customer", customer["name"]) or customer
			flat = self.contacts.outgoing(customer, self.books.currencies)
		if link["status"] != links.LINKED:
			return _unusable(row, link)
		changes = self.contacts.compare(link, customer).to_xero
		if not changes:
			return Nothing(row)
		whole = whole_addresses(changes, flat, base_of(link).latest)
		return Send(row, UPDATE, contacts.changed_contact(link["xero_id"], whole), changes)

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

	# items

	def _item(self, row: Doc, item: Doc) -> Plan:
		flat = _flat_item(
			to_item(
				item,
				price=self._price(item),
				account_code=self.books.sales_account,
				tax_type=self.books.sales_account_tax_type,
			)
		)
		link = self._link("Item", item["name"])
		if link is None:
			found = self.store.find(
				"Xero Item", {"organisation": self.organisation, "code": flat["Code"]}, limit=1
			)
			if not found:
				return Send(row, CREATE, unflatten(flat), flat)
			with self.store.transaction():
				links.add(
					self.context,
					"Item",
					item["name"],
					"Item",
					found[0]["xero_id"],
					number=flat["Code"],
					base={"local": flat},
					matched_by="code",
				)
			return Nothing(row)
		if link["status"] != links.LINKED:
			return _unusable(row, link)
		known = links.base_of(link).get("local", {})
		changes = {path: value for path, value in flat.items() if not _equal(value, known.get(path))}
		if not changes:
			return Nothing(row)
		element = {"ItemID": link["xero_id"], **unflatten({"Code": flat["Code"], **changes})}
		return Send(row, UPDATE, element, flat)

	def _price(self, item: Doc) -> Decimal | None:
		"""The selling price in the base currency, if there is only one that can be meant."""
		standard = decimal_of(item.get("standard_rate"))
		if standard:
			return standard
		rows = self.store.find(
			"Item Price",
			{"item_code": item["item_code"], "selling": 1, "currency": self.books.base_currency},
			fields=["price_list_rate"],
		)
		prices = {decimal_of(row["price_list_rate"]) for row in rows}
		return prices.pop() if len(prices) == 1 else None

	# orders

	def _order(self, row: Doc, order: Doc) -> Plan:
		if order.get("docstatus") != 1:
			return Nothing(row, outbox.CANCELLED, "not-submitted", "The order is not submitted.")
		blocked = self._blocked_by(row, order)
		if blocked:
			return blocked
		customer = self._link("Customer", str(order["customer"]))
		assert customer is not None  # _blocked_by has seen to it
		if customer["status"] != links.LINKED:
			return _unusable(row, customer)
		plan = to_invoice(order, customer["xero_id"], self.books, Facts(self._account_types(order)))
		for line in plan.payload["LineItems"]:
			item = self._link("Item", line["ItemCode"]) if "ItemCode" in line else None
			if item:
				line["ItemCode"] = (
					item["xero_number"] or line["ItemCode"]
				)  # as Xero knows it: it may be renamed
			else:
				line.pop("ItemCode", None)  # no Item document here: the line stands by its description
		fingerprint = hashlib.sha256(write_json(plan.payload)).hexdigest()
		link = self._link("Sales Order", order["name"])
		if link is None:
			return Send(
				row, CREATE, plan.payload, payload_hash=fingerprint, total=plan.totals.total, note=_note(plan)
			)
		if link.get("payload_hash") == fingerprint:
			return Nothing(row)
		if link["status"] != links.LINKED:
			return _unusable(row, link)
		refusal = self._final(row, link) or self._changed_there(row, link, plan)
		if refusal:
			return refusal
		element = _changed_invoice(plan.payload, link)
		return Send(row, UPDATE, element, payload_hash=fingerprint, total=plan.totals.total, note=_note(plan))

	def _blocked_by(self, row: Doc, order: Doc) -> Plan | None:
		"""The customer or item that must reach Xero before this order."""
		for doctype, name in self._needed(order):
			waits_for = outbox.row_name(self.organisation, doctype, name)
			ahead = self.store.get("Xero Outbox", waits_for) or {}
			if ahead.get("status") == outbox.CANCELLED:
				return Ask(
					row,
					[
						problem_of(
							row,
							"not-found",
							f"{doctype} {name}, which the order names, is no longer there.",
							"Correct the order.",
						)
					],
				)
			reason = f" ({ahead['message']})" if ahead.get("status") == outbox.HELD else ""
			return Wait(row, f"{doctype} {name} has to reach Xero first{reason}.", waits_for)
		return None

	def _void(self, row: Doc, order: Doc) -> Plan:
		link = self._link("Sales Order", order["name"])
		if link is None:
			return self._namesake(row, order) or Nothing(
				row, outbox.CANCELLED, "cancelled", "The order was cancelled before it reached Xero."
			)
		if link["status"] == links.GONE:
			return Nothing(row)
		mirrored = self._mirrored(link)
		if mirrored and mirrored["xero_status"] in DEAD:
			return Nothing(row)
		refusal = self._final(row, link)
		if refusal:
			return refusal
		status = str(mirrored["xero_status"]) if mirrored else "DRAFT"
		return Send(row, UPDATE, void_invoice(link["xero_id"], status))

	def _namesake(self, row: Doc, order: Doc) -> Ask | None:
		"""An invoice under a cancelled order's number that has no link: it may be the one that was sent, and
		changed in Xero before its answer was known.
		"""
		own = {"organisation": self.organisation, "invoice_number": order["name"]}
		if not self.store.find("Xero Invoice", {**own, "xero_status": ("not in", DEAD)}, limit=1):
			return None
		message = f"The order is cancelled, and Xero has an invoice {order['name']} that was changed there."
		advice = "If it is this order's invoice, void it in Xero."
		return Ask(row, [problem_of(row, NUMBER_TAKEN, message, advice)])

	def _final(self, row: Doc, link: Doc) -> Ask | None:
		"""A paid, part paid or voided invoice is never touched; the person is told why."""
		mirrored = self._mirrored(link)
		if mirrored is None:
			return None
		if mirrored["xero_status"] in DEAD:
			message = f"Invoice {mirrored['invoice_number']} is voided in Xero and cannot be changed."
			advice = "Amend the order: the amended order makes a new invoice."
		elif cents(mirrored.get("amount_paid")) or cents(mirrored.get("amount_credited")):
			message = (
				f"Invoice {mirrored['invoice_number']} has payments or credits in Xero and cannot be changed."
			)
			advice = "Ask finance to remove the payment, or to make a credit note."
		else:
			return None
		return Ask(row, [problem_of(row, "invoice-final", message, advice)])

	def _changed_there(self, row: Doc, link: Doc, plan: DocumentPlan) -> Ask | None:
		"""An invoice whose total is no longer the one we left: an update would undo what finance did."""
		mirrored, left = self._mirrored(link), links.base_of(link).get("total")
		if mirrored is None or left is None or cents(mirrored["total"]) in (cents(left), plan.totals.total):
			return None
		message = (
			f"Invoice {mirrored['invoice_number']} was changed in Xero: its total is"
			f" {cents(mirrored['total'])} there, it was {cents(left)}, and the order makes it"
			f" {plan.totals.total}."
		)
		advice = "Make both totals equal, in Xero or on the order, then save the order again."
		return Ask(row, [problem_of(row, "changed-in-xero", message, advice)])

	def _mirrored(self, link: Doc) -> Doc | None:
		return self.mirror.known("Xero Invoice", link["xero_id"])

	def _account_types(self, order: Doc) -> dict[str, str]:
		heads = {str(tax["account_head"]) for tax in order.get("taxes") or []}
		found = {head: self.store.get("Account", head) for head in sorted(heads)}
		return {head: str(account.get("account_type") or "") for head, account in found.items() if account}

	def _item_codes(self, order: Doc) -> list[str]:
		"""The order's items that have an Item document here (an embedded store may hold orders alone)."""
		codes = dict.fromkeys(
			str(line["item_code"]) for line in order.get("items") or [] if line.get("item_code")
		)
		return [code for code in codes if self.store.get("Item", code)]

	# helpers

	def _link(self, doctype: str, name: str) -> Doc | None:
		key = (doctype, name)
		found = self._links.get(key) or links.of_document(self.store, self.organisation, doctype, name)
		if found:
			self._links[key] = found
		return found


def problem_of(row: Doc, cause: str, message: str, advice: str) -> Problem:
	"""Something to fix about the document of this row as a whole."""
	return Problem(cause, message, advice, row["reference_doctype"], row["reference_name"], "name")


def _unusable(row: Doc, link: Doc) -> Ask:
	"""What it is linked to is archived in Xero, or no longer there."""
	what = f"The {link['xero_entity'].lower()} of {link['reference_name']}"
	if link["status"] == links.ARCHIVED:
		cause, message = "contact-archived", f"{what} is archived in Xero."
		advice = f"Restore it in Xero, then save this {row['reference_doctype']} again."
	else:
		cause, message = "gone-in-xero", f"{what} is no longer in this Xero organisation."
		advice = "Delete its Xero Link to make it anew, then save it again."
	return Ask(row, [problem_of(row, cause, message, advice)])


def _changed_invoice(payload: Mapping[str, Any], link: Doc) -> dict[str, Any]:
	"""The update of an invoice: its status is finance's to change, its lines keep their ids in order.

	A line without ``LineItemID`` would be made anew, and one left out deleted; lines that are new here have
	none.
	"""
	ids = links.base_of(link).get("line_ids", [])
	lines = [dict(line) for line in payload["LineItems"]]
	for line, line_id in zip(lines, ids, strict=False):
		line["LineItemID"] = line_id
	kept = {key: value for key, value in payload.items() if key not in ("Status", "LineItems", "Type")}
	return {"InvoiceID": link["xero_id"], **kept, "LineItems": lines}


def _flat_item(item: Mapping[str, Any]) -> dict[str, Any]:
	flat = {key: value for key, value in item.items() if key != "SalesDetails"}
	flat.update({f"SalesDetails.{key}": value for key, value in item["SalesDetails"].items()})
	return flat


def _equal(value: Any, known: Any) -> bool:
	if isinstance(value, Decimal):
		return known is not None and decimal_of(known) == value
	return bool(value == known)


def _note(plan: DocumentPlan) -> str:
	"""What a person may want to know about the cents."""
	notes = []
	if plan.rounding_line:
		notes.append(f"A rounding line of {plan.rounding_line} makes both totals equal.")
	if plan.tax_difference:
		notes.append(
			f"Xero's tax is {plan.tax_difference:+f} against ERPNext's; the amount owed is the same."
		)
	return " ".join(notes)
