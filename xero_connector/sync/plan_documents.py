"""Planning of documents: what a Sales Order means for its invoice."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from xero_connector.mapping.books import Books
from xero_connector.mapping.document import DocumentPlan, Facts
from xero_connector.mapping.invoice import to_invoice, void_invoice
from xero_connector.mapping.mirror import DEAD
from xero_connector.mapping.money import cents
from xero_connector.store.protocol import Doc
from xero_connector.sync import links, outbox
from xero_connector.sync.advice import NUMBER_TAKEN
from xero_connector.sync.context import Context
from xero_connector.sync.links import Known
from xero_connector.sync.mirror import Mirror
from xero_connector.sync.plan import CREATE, UPDATE, Ask, Nothing, Plan, Send, Wait, problem_of, unusable
from xero_connector.xero.reading import write_json


class DocumentPlanner:
	"""Plans what becomes an invoice."""

	def __init__(self, context: Context, books: Books, mirror: Mirror, known: Known) -> None:
		self.store = context.store
		self.organisation = context.organisation
		self.books = books
		self.mirror = mirror
		self.known = known

	def dependencies(self, row: Doc) -> list[tuple[str, str]]:
		"""The customer and the items of an order that are not in Xero yet, as (doctype, name)."""
		order = self.store.get("Sales Order", row["reference_name"])
		if order is None or row["action"] == outbox.VOID or order.get("docstatus") != 1:
			return []
		return self._needed(order)

	def _needed(self, order: Doc) -> list[tuple[str, str]]:
		needed = [("Customer", str(order["customer"]))]
		needed += [("Item", code) for code in self._item_codes(order)]
		return [(doctype, name) for doctype, name in needed if not self.known.link(doctype, name)]

	def plan(self, row: Doc, order: Doc) -> Plan:
		"""What an order means for its invoice."""
		if row["action"] == outbox.VOID or order.get("docstatus") == 2:
			return self.void(row, order)
		if order.get("docstatus") != 1:
			return Nothing(row, outbox.CANCELLED, "not-submitted", "The order is not submitted.")
		blocked = self._blocked_by(row, order)
		if blocked:
			return blocked
		customer = self.known.link("Customer", str(order["customer"]))
		assert customer is not None  # _blocked_by has seen to it
		if customer["status"] != links.LINKED:
			return unusable(row, customer)
		plan = to_invoice(order, customer["xero_id"], self.books, Facts(self._account_types(order)))
		for line in plan.payload["LineItems"]:
			item = self.known.link("Item", line["ItemCode"]) if "ItemCode" in line else None
			if item:
				line["ItemCode"] = (
					item["xero_number"] or line["ItemCode"]
				)  # as Xero knows it: it may be renamed
			else:
				line.pop("ItemCode", None)  # no Item document here: the line stands by its description
		fingerprint = hashlib.sha256(write_json(plan.payload)).hexdigest()
		link = self.known.link("Sales Order", order["name"])
		if link is None:
			return Send(
				row,
				CREATE,
				"Invoice",
				plan.payload,
				payload_hash=fingerprint,
				total=plan.totals.total,
				note=_note(plan),
			)
		if link.get("payload_hash") == fingerprint:
			return Nothing(row)
		if link["status"] != links.LINKED:
			return unusable(row, link)
		refusal = self._final(row, link) or self._changed_there(row, link, plan)
		if refusal:
			return refusal
		element = _changed_invoice(plan.payload, link)
		return Send(
			row,
			UPDATE,
			"Invoice",
			element,
			payload_hash=fingerprint,
			total=plan.totals.total,
			note=_note(plan),
		)

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

	def void(self, row: Doc, order: Doc) -> Plan:
		"""What taking an order back means for its invoice."""
		link = self.known.link("Sales Order", order["name"])
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
		return Send(row, UPDATE, "Invoice", void_invoice(link["xero_id"], status))

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
