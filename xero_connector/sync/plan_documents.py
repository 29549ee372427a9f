"""Planning of documents: what an order, an invoice, a return, a quotation or a request means for Xero."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from xero_connector.mapping.books import Books
from xero_connector.mapping.document import DocumentPlan, Facts, Part
from xero_connector.mapping.invoice import to_credit_note, to_invoice
from xero_connector.mapping.mirror import DEAD, NOT_CREDITED
from xero_connector.mapping.money import ZERO, cents
from xero_connector.mapping.quote import to_quote
from xero_connector.store.protocol import Doc, Store
from xero_connector.sync import links, outbox, requests
from xero_connector.sync.advice import NUMBER_TAKEN
from xero_connector.sync.billed import Key, made_from, sources
from xero_connector.sync.context import Context, first
from xero_connector.sync.deals import Deals
from xero_connector.sync.entities import (
	CREDIT_NOTE,
	ID_FIELD,
	NOUN,
	ORDER,
	QUOTATION,
	QUOTE,
	REQUEST,
	entity_of,
	stands,
	taken_back,
)
from xero_connector.sync.links import Known
from xero_connector.sync.mirror import Mirror, kept_in
from xero_connector.sync.plan import CREATE, UPDATE, Ask, Nothing, Plan, Send, Wait, problem_of, unusable
from xero_connector.xero.reading import write_json

PARTY = {"Quotation": ("quotation_to", "party_name"), "Opportunity": ("opportunity_from", "party_name")}
"""The fields of a document that name its party, where that need not be a customer."""

BECAME = {"Lead": "lead_name", "Prospect": "prospect_name"}
"""The field of a Customer that names what it was before."""

SENT_BY = {"Lead": "push_leads", "Prospect": "push_prospects"}
"""The choice by which they go to Xero themselves."""

NUMBERED = {
	"Invoice": {"doctype": "Xero Invoice", "number": "invoice_number"},
	QUOTE: {"doctype": "Xero Quote", "number": "quote_number"},
	CREDIT_NOTE: {"doctype": "Xero Payment", "number": "reference"},
}
"""Where a document in Xero is found by its number."""

AGREED = ("ACCEPTED", "INVOICED")
CLOSED_QUOTE = (*AGREED, "DECLINED")


class Seen(NamedTuple):
	"""What is mirrored of a document: its status and total in Xero, and whether money or an answer of the
	customer stands against it, in words.
	"""

	status: str
	total: Decimal
	settled: str


class DocumentPlanner:
	"""Plans what becomes an invoice, a credit note or a quote."""

	def __init__(self, context: Context, books: Books, mirror: Mirror, known: Known) -> None:
		self.store = context.store
		self.organisation = context.organisation
		self.books = books
		self.mirror = mirror
		self.known = known
		self.settings = context.settings()
		self.deals = Deals(context, mirror, known)

	def dependencies(self, row: Doc) -> list[Key]:
		"""The customer and the items of a document that are not in Xero yet, as (doctype, name)."""
		doc = self.store.get(row["reference_doctype"], row["reference_name"])
		if doc is None or row["action"] == outbox.VOID or not stands(doc):
			return []
		source = self._source(doc)
		return self._needed(source) if source else []

	def plan(self, row: Doc, doc: Doc) -> Plan:
		"""What a document means for what it becomes in Xero."""
		if row["action"] == outbox.VOID or doc.get("docstatus") == 2 or _is_taken_back(doc):
			return self.void(row, doc)
		if not stands(doc):
			return Nothing(row, outbox.CANCELLED, "not-submitted", f"The {doc['doctype']} is not submitted.")
		source = self._source(doc)
		if source is None:
			message = f"The {made_from(doc)[0][0]} that {doc['name']} was asked for is no longer there."
			return Nothing(row, outbox.CANCELLED, "deleted", message)
		company = self.settings.get("company")
		if company and source.get("company") not in (None, "", company):
			message = f"{_the(row)} is of {source['company']}; these are the books of {company}."
			return Nothing(row, outbox.CANCELLED, "other-company", message)
		link = self.known.link(doc["doctype"], doc["name"])
		if link and doc["doctype"] == REQUEST and cents(doc.get("amount")):
			return Nothing(row)  # a part stays what it was when it was billed
		entity = link["xero_entity"] if link else entity_of(doc)
		found: list[Key] = []
		if link is None and entity != QUOTE:
			found = sources(self.store, doc) if entity == "Invoice" else []
			refusal = (
				self.deals.refusal(row, doc, found) if entity == "Invoice" else self.deals.amends(row, doc)
			)
			if refusal:
				return refusal
		blocked = self._blocked_by(row, source)
		if blocked:
			return blocked
		party = self._party(source)
		contact = self.known.link(*party)
		assert contact is not None  # _blocked_by has seen to it
		if contact["status"] != links.LINKED:
			return unusable(row, contact)
		plan = self.mapped(entity, doc, source, contact["xero_id"])
		fingerprint = _fingerprint(plan.payload)
		sent: dict[str, Any] = {"payload_hash": fingerprint, "total": plan.totals.total, "note": _note(plan)}
		if link is None:
			if wrong := self._not_the_part(row, doc, plan):
				return wrong
			if entity == "Invoice":
				sent |= {"bills": tuple(found), "warning": self._not_as_accepted(doc, found, plan)}
			return Send(row, CREATE, entity, plan.payload, **sent)
		if link.get("payload_hash") == fingerprint:
			return self._invoiced(row, link, plan) or Nothing(row)
		if link["status"] != links.LINKED:
			return unusable(row, link)
		refusal = self._final(row, link) or self._changed_there(row, link, plan)
		return refusal or Send(row, UPDATE, entity, _changed(entity, plan.payload, link), **sent)

	def void(self, row: Doc, doc: Doc) -> Plan:
		"""What taking a document back means for what it became in Xero."""
		link = self.known.link(row["reference_doctype"], doc["name"])
		if link is None:
			return self._namesake(row, doc) or Nothing(
				row, outbox.CANCELLED, "cancelled", f"{_the(row)} was cancelled before it reached Xero."
			)
		if link["status"] == links.GONE:
			return Nothing(row)
		seen = self._seen(link)
		if seen and seen.status in DEAD:
			return Nothing(row)
		refusal = self._final(row, link)
		if refusal:
			return refusal
		entity, status = link["xero_entity"], seen.status if seen else "DRAFT"
		return Send(row, UPDATE, entity, taken_back(entity, link["xero_id"], status))

	# what is mapped

	def _source(self, doc: Doc) -> Doc | None:
		"""The document whose lines are billed: a request has none of its own."""
		return self.store.get(*made_from(doc)[0]) if doc["doctype"] == REQUEST else doc

	def mapped(self, entity: str, doc: Doc, source: Doc, contact_id: str) -> DocumentPlan:
		"""What a document says in Xero's terms now; ``source`` has its lines. Raises ``MappingError``."""
		facts = gather_facts(self.store, source, self.books)
		if entity == QUOTE:
			plan = to_quote(source, contact_id, self.books, facts)
		elif entity == CREDIT_NOTE:
			plan = to_credit_note(source, contact_id, self.books, facts)
		else:
			part = self._part(doc) if doc["doctype"] == REQUEST else None
			plan = to_invoice(source, contact_id, self.books, facts, part=part)
		self._name_items(plan.payload)
		return plan

	def _part(self, request: Doc) -> Part:
		earlier = [
			each
			for each in requests.live(self.store, *made_from(request)[0])
			if requests.number_of(each) < requests.number_of(request)
		]
		return Part(
			number=str(request["name"]),
			amount=cents(request.get("amount")),
			before=sum((cents(each.get("amount")) for each in earlier), ZERO),
			label=str(request.get("label") or ""),
			date=str(request.get("invoice_date") or ""),
			due_date=str(request.get("due_date") or ""),
		)

	def _name_items(self, payload: dict[str, Any]) -> None:
		"""Call each item what Xero calls it: it may be renamed here."""
		for line in payload["LineItems"]:
			item = self.known.link("Item", line["ItemCode"]) if "ItemCode" in line else None
			if item:
				line["ItemCode"] = item["xero_number"] or line["ItemCode"]
			else:
				line.pop("ItemCode", None)  # no Item document here: the line stands by its description

	# what must be in Xero first

	def _needed(self, source: Doc) -> list[Key]:
		needed = [self._party(source), *(("Item", code) for code in self._item_codes(source))]
		return [key for key in needed if key[1] and self._goes_by_itself(key) and not self.known.link(*key)]

	def _party(self, source: Doc) -> Key:
		"""Who is billed: the customer, or the lead or prospect that is none yet."""
		if source["doctype"] not in PARTY:
			return "Customer", str(source["customer"])
		kind, name = (str(source.get(field) or "") for field in PARTY[source["doctype"]])
		if kind in BECAME:
			customer = first(self.store, "Customer", {BECAME[kind]: name})
			return ("Customer", str(customer["name"])) if customer else (kind, name)
		return kind, name

	def _goes_by_itself(self, key: Key) -> bool:
		return key[0] not in SENT_BY or bool(self.settings.get(SENT_BY[key[0]]))

	def _blocked_by(self, row: Doc, source: Doc) -> Plan | None:
		"""The customer or item that must reach Xero before this document."""
		party = self._party(source)
		if not self.known.link(*party) and not self._goes_by_itself(party):
			message = f"{party[0]} {party[1]} is not a customer yet."
			advice = f"Make it a Customer, or let {party[0]}s be sent to Xero."
			return Ask(row, [problem_of(row, "party-not-sent", message, advice)])
		for doctype, name in self._needed(source):
			waits_for = outbox.row_name(self.organisation, doctype, name)
			ahead = self.store.get("Xero Outbox", waits_for) or {}
			# One that was disabled meanwhile or taken back is there, and the next run brings it along.
			there = (outbox.DISABLED, outbox.STOPPED)
			if ahead.get("status") == outbox.CANCELLED and ahead.get("cause") not in there:
				message = f"{doctype} {name}, which {_the(row).lower()} names, is no longer there."
				return Ask(row, [problem_of(row, "not-found", message, f"Correct {_the(row).lower()}.")])
			said = str(ahead.get("message") or "").rstrip(".")
			reason = f" ({said})" if ahead.get("status") == outbox.HELD else ""
			return Wait(row, f"{doctype} {name} has to reach Xero first{reason}.", waits_for)
		return None

	def _item_codes(self, doc: Doc) -> list[str]:
		"""The items that have an Item document here (an embedded store may hold orders alone)."""
		codes = dict.fromkeys(
			str(line["item_code"]) for line in doc.get("items") or [] if line.get("item_code")
		)
		return [code for code in codes if self.store.get("Item", code)]

	# what is in Xero already

	def _seen(self, link: Doc) -> Seen | None:
		entity = link["xero_entity"]
		mirrored = self.mirror.known(kept_in(entity), link["xero_id"])
		if mirrored is None:
			return None
		status, total = (
			str(mirrored["xero_status"]),
			cents(mirrored["amount" if entity == CREDIT_NOTE else "total"]),
		)
		settled = ""
		if entity == "Invoice" and (
			cents(mirrored.get("amount_paid")) or cents(mirrored.get("amount_credited"))
		):
			settled = "has payments or credits in Xero"
		elif entity == QUOTE and status in CLOSED_QUOTE:
			settled = f"is {status.lower()} in Xero"
		elif entity == CREDIT_NOTE and status not in NOT_CREDITED:
			used = cents(mirrored.get("remaining_credit")) != total
			settled = "is allocated or refunded in Xero" if used else ""
		return Seen(status, total, settled)

	def _final(self, row: Doc, link: Doc) -> Ask | None:
		"""What is paid, used, answered or voided is never touched; the person is told why."""
		seen = self._seen(link)
		if seen is None:
			return None
		what = _said(link)
		if seen.status in DEAD:
			message = f"{what} is voided in Xero and cannot be changed."
			advice = f"Amend {_the(row).lower()}: the amended one makes another."
		elif seen.settled:
			message = f"{what} {seen.settled} and cannot be changed."
			advice = FINAL_ADVICE[link["xero_entity"]]
		else:
			return None
		return Ask(
			row, [problem_of(row, f"{NOUN[link['xero_entity']].replace(' ', '-')}-final", message, advice)]
		)

	def _changed_there(self, row: Doc, link: Doc, plan: DocumentPlan) -> Ask | None:
		"""What has another total than was left there: an update would undo what finance did."""
		seen, left = self._seen(link), links.base_of(link).get("total")
		if seen is None or left is None or seen.total in (cents(left), plan.totals.total):
			return None
		message = (
			f"{_said(link)} was changed in Xero: its total is {seen.total} there, it was {cents(left)},"
			f" and {_the(row).lower()} makes it {plan.totals.total}."
		)
		advice = "Make both totals equal, in Xero or here, then save this document again."
		return Ask(row, [problem_of(row, "changed-in-xero", message, advice)])

	def _namesake(self, row: Doc, doc: Doc) -> Ask | None:
		"""A document in Xero under a cancelled one's number that has no link: it may be the one that was
		sent, and changed in Xero before its answer was known.
		"""
		entity = entity_of({"doctype": row["reference_doctype"], **doc})
		kept, noun = NUMBERED[entity], NOUN[entity]
		own = {"organisation": self.organisation, kept["number"]: doc["name"]}
		if entity == CREDIT_NOTE:
			own["kind"] = "Credit Note"
		if not self.store.find(kept["doctype"], {**own, "xero_status": ("not in", DEAD)}, limit=1):
			return None
		message = f"{_the(row)} is cancelled, and Xero has a {noun} {doc['name']} that was changed there."
		advice = f"If it is this document's {noun}, void it in Xero."
		return Ask(row, [problem_of(row, NUMBER_TAKEN, message, advice)])

	# quotes and parts

	def _not_the_part(self, row: Doc, doc: Doc, plan: DocumentPlan) -> Ask | None:
		"""A part must come to what was asked for, to the cent."""
		asked = cents(doc.get("amount")) if doc["doctype"] == REQUEST else ZERO
		if not asked or plan.totals.total == asked:
			return None
		message = f"The invoice would come to {plan.totals.total}, {asked} was asked for."
		return Ask(row, [problem_of(row, "totals-differ", message, "Ask for another amount.")])

	def _quotes(self, found: list[Key]) -> Iterator[tuple[Key, Doc]]:
		"""The quotations among these that have a quote in Xero, as it is mirrored."""
		for key in found:
			link = self.known.link(*key) if key[0] == QUOTATION else None
			quote = self.mirror.known("Xero Quote", link["xero_id"]) if link else None
			if quote:
				yield key, quote

	def _not_as_accepted(self, doc: Doc, found: list[Key], plan: DocumentPlan) -> str:
		"""What the customer accepted, where an order bills another sum."""
		for key, quote in self._quotes(found) if doc["doctype"] == ORDER else ():
			if quote["xero_status"] in AGREED and cents(quote["total"]) != plan.totals.total:
				return (
					f"The customer accepted quote {key[1]} over {cents(quote['total'])};"
					f" this order comes to {plan.totals.total}."
				)
		return ""

	def _invoiced(self, row: Doc, link: Doc, plan: DocumentPlan) -> Send | None:
		"""An accepted quote whose order is billed becomes invoiced.

		Texts that an update leaves out would be emptied, so they go along; its lines stay as they are.
		"""
		if link["xero_entity"] != QUOTE:
			return None
		seen = self._seen(link)
		if seen is None or seen.status != "ACCEPTED":
			return None
		if not self.deals.live_billers((link["reference_doctype"], link["reference_name"])):
			return None
		texts = {key: value for key, value in plan.payload.items() if key != "LineItems"}
		element = {ID_FIELD[QUOTE]: link["xero_id"], **texts, "Status": "INVOICED"}
		return Send(
			row, UPDATE, QUOTE, element, payload_hash=link["payload_hash"], note="Its order is invoiced."
		)


FINAL_ADVICE = {
	"Invoice": "Ask finance to remove the payment, or to make a credit note.",
	QUOTE: "Make a new quotation.",
	CREDIT_NOTE: "Ask finance to remove the allocation or the refund.",
}


def gather_facts(store: Store, doc: Doc, books: Books) -> Facts:
	"""What stands outside a document and counts for it, as far as the organisation's choices need it."""
	heads = sorted({str(tax["account_head"]) for tax in doc.get("taxes") or []})
	accounts = {head: store.get("Account", head) for head in heads}
	return Facts(
		account_types={
			head: str(account.get("account_type") or "") for head, account in accounts.items() if account
		},
		item_groups=_item_groups(store, doc) if books.item_accounts else {},
		address=_address(store, doc) if any(rule.country or rule.state for rule in books.tax_rules) else None,
		sales_person=_sales_person(doc),
	)


def _item_groups(store: Store, doc: Doc) -> dict[str, tuple[str, ...]]:
	"""The group of each item and those above it, nearest first."""
	groups: dict[str, tuple[str, ...]] = {}
	for code in dict.fromkeys(
		str(line["item_code"]) for line in doc.get("items") or [] if line.get("item_code")
	):
		item, above = store.get("Item", code) or {}, list[str]()
		name = str(item.get("item_group") or "")
		while name and name not in above:
			above.append(name)
			name = str((store.get("Item Group", name) or {}).get("parent_item_group") or "")
		groups[code] = tuple(above)
	return groups


def _address(store: Store, doc: Doc) -> dict[str, str] | None:
	"""Where the customer is billed, or else supplied."""
	name = doc.get("customer_address") or doc.get("shipping_address_name")
	found = store.get("Address", str(name)) if name else None
	return {field: str(found.get(field) or "") for field in ("country", "state")} if found else None


def _fingerprint(payload: Mapping[str, Any]) -> str:
	"""What tells one version of a document from another; where it is opened is no part of it."""
	own = {field: value for field, value in payload.items() if field != "Url"}
	return hashlib.sha256(write_json(own)).hexdigest()


def _sales_person(doc: Doc) -> str:
	"""Who has the largest share of the sale."""
	team = list(doc.get("sales_team") or [])
	team.sort(key=lambda row: cents(row.get("allocated_percentage")), reverse=True)
	return str(team[0].get("sales_person") or "") if team else ""


def _said(link: Doc) -> str:
	"""A record in Xero as a sentence begins with it."""
	return f"{NOUN[link['xero_entity']].capitalize()} {link['xero_number']}"


def _is_taken_back(doc: Doc) -> bool:
	return doc["doctype"] == REQUEST and not stands(doc)


def _the(row: Doc) -> str:
	"""The document of a row as a sentence begins with it."""
	return {ORDER: "The order", REQUEST: "The request", QUOTATION: "The quotation"}.get(
		row["reference_doctype"], "The invoice"
	)


def _changed(entity: str, payload: Mapping[str, Any], link: Doc) -> dict[str, Any]:
	"""The update of a document: its status is finance's to change, its lines keep their ids in order.

	A line without ``LineItemID`` would be made anew, and one left out deleted; lines that are new here have
	none.
	"""
	ids = links.base_of(link).get("line_ids", [])
	lines = [dict(line) for line in payload["LineItems"]]
	for line, line_id in zip(lines, ids, strict=False):
		line["LineItemID"] = line_id
	kept = {key: value for key, value in payload.items() if key not in ("Status", "LineItems", "Type")}
	return {ID_FIELD[entity]: link["xero_id"], **kept, "LineItems": lines}


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
