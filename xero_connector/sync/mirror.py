"""The mirror: Xero's records as documents here, and what they mean for orders and customers.

Applying is idempotent and knows old from new: the same record twice, late or out of order ends in the same
state, and only fields that differ are written. Our own write coming back changes nothing, so it leaves no log
row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from xero_connector.clock import Clock, parse_utc, utc_text
from xero_connector.mapping import mirror as mapping
from xero_connector.mapping.money import cents
from xero_connector.mapping.shown import credit_note_fields, invoice_fields, quote_fields
from xero_connector.store.protocol import Doc, Store
from xero_connector.sync import billed, groups, links, log, matches, organisations, outbox, payment_entries
from xero_connector.sync.again import read_again
from xero_connector.sync.balance import Balance
from xero_connector.sync.contacts import Contacts
from xero_connector.sync.context import Context, first, portions, same, write
from xero_connector.sync.entities import CREDIT_NOTE, INVOICE, QUOTATION, QUOTE, SHOWN_ON
from xero_connector.sync.tell import tell

Record = Mapping[str, Any]

ARCHIVED_THERE = "Its contact is archived in Xero. Nothing is sent before it is restored there."
ARRIVED = "Changed in Xero, and so here."
MERGE_HERE = "Merge the two here as well (Menu, Rename), or undo the merge in Xero with finance."

SUMMED = ("payment_status", "base_currency", "base_total", "base_paid", "base_due", "base_overdue")
CREDIT = ("remaining_credit", "currency", "base_currency", "currency_rate")
"""What the sums on a customer are made of."""

CLOCKS_DIFFER = timedelta(days=1)
"""How far Xero's clock may be ahead of ours."""

AUTHORISED = "AUTHORISED"

AFTERWARDS = ("email_invoices", "payment_link", "history_note")
"""The choices of what is done once an invoice is in Xero."""

UNTOLD = ("organisation", "xero_id", "updated_utc")
"""Fields whose change is not a movement of data."""


class Mirror:
	"""Applies records of one organisation. Call ``apply`` and ``settle`` inside a transaction."""

	def __init__(self, context: Context) -> None:
		self.context = context
		self.store = context.store
		self.organisation = context.organisation
		settings = context.settings()
		self.base_currency = str(settings.get("base_currency") or "")
		self.choices = {choice for choice in AFTERWARDS if settings.get(choice)}
		"""What is wished to be done once an invoice is in Xero."""
		self.makes_entries = settings.get("make_payment_entries")
		self.sends_groups = bool(settings.get("contact_groups")) and organisations.is_live(settings)
		self.contacts = Contacts(context)
		self.refusals: dict[str, dict[str, str]] = {}
		"""Why ERPNext does not take what changed at a contact (Xero id), so that a person is asked."""
		self._silent = False
		self.touched: set[str] = set()
		"""Customers whose sums may have changed; ``settle`` writes them."""
		self.settled: set[str] = set()
		"""Customers whose sums were written; ``resettle`` looks at them again."""
		self.balance = Balance(context.store, context.organisation)
		"""What this run touched, and whether it adds up."""
		self._importing = False
		self._found: dict[tuple[str, str], Doc | None] = {}
		self._links: dict[tuple[str, str], Doc | None] = {}
		self._payments: dict[str, list[str]] = {}

	def apply(self, entity: str, record: Record, *, own: bool = False) -> bool:
		"""Apply one record (Contact, Item, Invoice, Quote, Payment, or one of ``mapping.CREDITS``); tells
		whether anything changed.

		``own``: Xero's answer to our own write, which the push logs itself.
		"""
		self._silent = own
		changed_at = stamp(record, self.context.clock.now())
		if record.get("UpdatedDateUTC") != changed_at:
			record = {**record, "UpdatedDateUTC": changed_at}
		appliers: dict[str, Callable[[Record], bool]] = {
			"Contact": self._contact,
			"Item": self._item,
			"Invoice": self._invoice,
			"Payment": self._payment,
			QUOTE: self._quote,
		}
		if entity in mapping.CREDITS:
			return self._credit(entity, record)
		return appliers[entity](record)

	def apply_all(self, entity: str, records: Sequence[Record], *, importing: bool = False) -> int:
		"""Apply records in one transaction, and settle; returns how many changed anything.

		``importing``: the sums of customers with a contact are left to the end of the import.
		"""
		self._importing = importing
		try:
			with self.looked_up(entity, records):
				changed = sum([self.apply(entity, record) for record in records])
				if importing:
					self.touched -= {link["reference_name"] for link in self._links.values() if link}
			self.settle()
		finally:
			self._importing = False
			self.touched.clear()
		return changed

	@contextmanager
	def looked_up(self, entity: str, records: Sequence[Record]) -> Iterator[None]:
		"""Inside, what applying these records looks up by id is known already: it was read for all of them
		together. Ends with the transaction.
		"""
		own = _ids(records, entity)
		self._find_all(kept_in(entity), own)
		self._find_all("Xero Invoice", _ids([record.get("Invoice") for record in records], "Invoice"))
		self._find_links(entity, own)
		self._find_links("Contact", _ids([record.get("Contact") for record in records], "Contact"))
		if entity == "Invoice":
			self._find_payments(own)
		try:
			yield
		finally:
			self._found.clear()
			self._links.clear()
			self._payments.clear()

	def _find_payments(self, invoices: Sequence[str]) -> None:
		self._payments |= {invoice: [] for invoice in invoices}
		wanted = {"organisation": self.organisation, "invoice_xero_id": ("in", invoices)}
		for row in self.store.find("Xero Payment", wanted, fields=["invoice_xero_id"]) if invoices else ():
			self._payments.setdefault(row["invoice_xero_id"], []).append(row["name"])

	def _find_all(self, doctype: str, ids: Sequence[str]) -> None:
		if ids:
			wanted = {"organisation": self.organisation, "xero_id": ("in", ids)}
			found = {row["xero_id"]: row for row in self.store.find(doctype, wanted)}
			self._found |= {(doctype, xero_id): found.get(xero_id) for xero_id in ids}

	def _find_links(self, entity: str, ids: Sequence[str]) -> None:
		if ids:
			found = links.of_records(self.store, self.organisation, entity, ids)
			self._links |= {(entity, xero_id): found.get(xero_id) for xero_id in ids}

	def settle(self) -> None:
		"""Bring the sums on every touched customer up to date."""
		write_sums(self.store, self.context.clock, self.touched)
		self.settled |= self.touched
		self.touched.clear()

	def resettle(self) -> None:
		"""Look once more at the sums that were written, in a later transaction: another worker may have added
		an invoice of the same customer meanwhile, and neither has seen the other's.
		"""
		self.touched |= self.settled
		self.settle()
		self.settled.clear()

	def age(self) -> int:
		"""Invoices that became overdue since yesterday; returns how many. The books did not change, the day
		did.
		"""
		today = self.context.clock.today()
		aged = 0
		for invoice in self.store.find(
			"Xero Invoice",
			{
				"organisation": self.organisation,
				"payment_status": ("in", (mapping.SENT, mapping.PART_PAID)),
				"due_date": ("<", today.isoformat()),
			},
		):
			fields = mapping.aged(invoice, today)
			if fields["payment_status"] == invoice["payment_status"]:
				continue  # it has no due date
			self.store.update("Xero Invoice", invoice["name"], fields)
			self.show({**invoice, **fields})
			self._touch(invoice.get("customer"))
			aged += 1
		return aged

	def _look_for_removed(self, field: str, xero_id: str) -> None:
		"""Less is paid than before, so something was removed. The balance looks at the end of this run;
		should the run not come that far, or be a push, the next cycle does.
		"""
		for row in self.balance.standing(field, xero_id):
			if row["kind"] in (mapping.PAYMENT, mapping.REFUND):
				read_again(self.context, "Payment", row["xero_id"], "It may have been removed.")

	# records

	def _contact(self, record: Record) -> bool:
		changed = self._keep("Xero Contact", mapping.mirrored_contact(record), silent=True)
		link = self._link("Contact", record["ContactID"])
		known = self.known("Xero Contact", record["ContactID"]) or {}
		if link is None:
			self._end_merge(known)
			return changed
		status = links.ARCHIVED if known.get("status") == "ARCHIVED" else links.LINKED
		if status == links.ARCHIVED and known.get("merged_to"):
			return self._follow_merge(link, known) or changed
		if link["status"] != status:
			self._set_status(link, status)
			changed = True
		late = str(known.get("updated_utc") or "") > str(record.get("UpdatedDateUTC") or "")
		if late or self._silent or status == links.ARCHIVED:
			return changed
		return self._merge_contact(link, record) or changed

	def _set_status(self, link: Doc, status: str, message: str = ARCHIVED_THERE) -> None:
		"""A linked contact was archived in Xero, or restored: the customer says so, and goes again."""
		self.store.update("Xero Link", link["name"], {"status": status})
		link["status"] = status  # the look-up holds it for the next version in the same page
		doctype, name = link["reference_doctype"], link["reference_name"]
		self._log("Contact", link["xero_id"], ["ContactStatus"], link, f"The contact is {status.lower()}.")
		tell(self.context, doctype, name, "" if status == links.LINKED else message)
		if status == links.LINKED:
			self._queue(link)

	def _queue(self, link: Doc) -> None:
		"""Let what is linked go again, if it follows by itself."""
		key = (link["reference_doctype"], link["reference_name"])
		if organisations.takes_changes(self.store, self.context.settings(), *key):
			outbox.enqueue(self.store, self.context.clock, self.organisation, *key)

	def _follow_merge(self, link: Doc, contact: Doc) -> bool:
		"""Finance merged a contact into another: its customer goes along, unless another customer is that
		contact already; then a person is asked. Tells whether anything changed.
		"""
		survivor = str(contact["merged_to"])
		other = self._link("Contact", survivor) or self._being_linked(link, survivor)
		if other is None:
			self._move_link(link, survivor)
		elif link["status"] == links.ARCHIVED:
			return False
		else:
			self._ask_about_merge(link, other)
		return True

	def _being_linked(self, link: Doc, survivor: str) -> Doc | None:
		"""The customer whose number a contact bears: the answer to its creation is still to be read."""
		number = str((self.known("Xero Contact", survivor) or {}).get("contact_number") or "")
		if not number or number == link["reference_name"] or not self.store.get("Customer", number):
			return None
		return {"reference_doctype": "Customer", "reference_name": number, "xero_id": survivor}

	def _move_link(self, link: Doc, survivor: str) -> None:
		"""Both keep what they have and fill what is empty, as at a match: the surviving contact is read, and
		the customer goes again.
		"""
		known = self.known("Xero Contact", survivor) or {}
		moved = {
			"xero_id": survivor,
			"xero_number": str(known.get("contact_number") or ""),
			"status": links.LINKED,
			"matched_by": "merge in Xero",
			"base": links.dump_base(self.contacts.pending(link)),
			"url": links.record_url("Contact", survivor),
		}
		before = link["xero_id"]
		self.store.update("Xero Link", link["name"], moved)
		link |= moved
		for key, value in ((before, None), (survivor, link)):
			if ("Contact", key) in self._links:
				self._links["Contact", key] = value
		answer = f"Merged into {known.get('contact_name') or survivor} in Xero."
		self._log("Contact", survivor, ["MergedToContactID"], link, answer)
		if link["reference_doctype"] == "Customer":
			self.adopt_contact({"ContactID": survivor}, link["reference_name"])
		read_again(self.context, "Contact", survivor, answer)
		self._queue(link)

	def _ask_about_merge(self, link: Doc, other: Doc) -> None:
		"""Two customers here are one contact in Xero now."""
		doctype, name = link["reference_doctype"], link["reference_name"]
		message = (
			f"In Xero the contact of {name} was merged into that of"
			f" {other['reference_doctype']} {other['reference_name']}."
		)
		self._set_status(link, links.ARCHIVED, f"{message} {MERGE_HERE}")
		known = self.known("Xero Contact", other["xero_id"])
		shown = matches.candidates(
			self.store, self.organisation, [known] if known else [], "Merged into it in Xero."
		)
		review = matches.Review("merged-in-xero", message, MERGE_HERE, shown)
		matches.note(self.store, self.context.clock, self.organisation, doctype, name, review)

	def _end_merge(self, contact: Doc) -> None:
		"""A contact without a customer was merged into that of a customer: as a review of two customers that
		were merged here asked.
		"""
		survivor = contact.get("merged_to")
		link = self._link("Contact", str(survivor)) if survivor else None
		if link:
			place = (self.store, self.context.clock, self.organisation)
			matches.settle(*place, link["reference_doctype"], link["reference_name"])

	def _merge_contact(self, link: Doc, record: Record) -> bool:
		written = self.contacts.arrive(link, record, self.refusals.get(record["ContactID"]))
		if written:
			self._log("Contact", record["ContactID"], list(written), link, ARRIVED, written)
		return bool(written)

	def _item(self, record: Record) -> bool:
		changed = self._keep("Xero Item", mapping.mirrored_item(record), silent=True)
		link = self._link("Item", record["ItemID"])
		code = (self.known("Xero Item", record["ItemID"]) or {}).get("code")
		if link and code and link["xero_number"] != code:  # orders name an item as Xero knows it
			self.store.update("Xero Link", link["name"], {"xero_number": code})
			link["xero_number"] = code
			changed = True
		return changed

	def _invoice(self, record: Record) -> bool:
		if (record.get("Type") or "ACCREC") != "ACCREC":
			return False  # a bill from a supplier
		values = mapping.mirrored_invoice(record, self.base_currency, self.context.clock.today())
		link = self._link("Invoice", values["xero_id"])
		before = self.known("Xero Invoice", values["xero_id"])
		values["customer"] = self._owner(values["contact_id"], before)
		values["reference_doctype"] = link["reference_doctype"] if link else None
		values["reference_name"] = link["reference_name"] if link else None
		values["url"] = links.record_url("Invoice", values["xero_id"])
		if not self._keep("Xero Invoice", values, link=link):
			return False
		if before or not self._importing:
			self.balance.invoices.add(values["xero_id"])
			if crediting := mapping.crediting(record):
				self.balance.crediting[values["xero_id"]] = crediting
		if link and before and cents(before["total"]) != values["total"] and not self._silent:
			self._tell_other_total(link, before, values)
		if before is None:
			self._adopt_payments(values["xero_id"], values["customer"])
		elif cents(before.get("amount_paid")) > values["amount_paid"]:
			self._look_for_removed("invoice_xero_id", values["xero_id"])
		if link and self.makes_entries and not (before or {}).get("reference_name"):
			payment_entries.invoice_found(self.store, self.organisation, values["xero_id"])
		for customer in {values["customer"], (before or {}).get("customer")}:
			self._touch(customer)
		self.show(self.known("Xero Invoice", values["xero_id"]) or values)
		if link:
			self._follow_invoice(link, before, values)
		return True

	def _follow_invoice(self, link: Doc, before: Doc | None, values: Mapping[str, Any]) -> None:
		"""What is to be done in Xero once an invoice of ours is authorised."""
		authorised = values["xero_status"] == AUTHORISED and (before or {}).get("xero_status") != AUTHORISED
		if authorised and self.choices:
			self._do_afterwards(link)
		if authorised and link["reference_doctype"] == INVOICE:
			of_it = {"return_against": link["reference_name"], "docstatus": 1}
			for note in self.store.find(INVOICE, of_it, fields=["name"]):
				credit = links.of_document(self.store, self.organisation, INVOICE, note["name"])
				if credit:
					self._do_afterwards(credit)

	def follow_created(self, entity: str, key: billed.Key) -> None:
		"""What is to be done in Xero once a document of ours was made there."""
		if entity == CREDIT_NOTE or (entity == "Invoice" and self.choices):
			link = links.of_document(self.store, self.organisation, *key)
			if link:
				self._do_afterwards(link)

	def _do_afterwards(self, link: Doc) -> None:
		outbox.enqueue(self.store, self.context.clock, self.organisation, "Xero Link", link["name"])

	def _tell_other_total(self, link: Doc, before: Doc, values: Mapping[str, Any]) -> None:
		"""Finance changed what the order comes to: that never goes unsaid."""
		log.write(
			self.context,
			log.PULL,
			"Apply",
			log.WARNING,
			doctype=link["reference_doctype"],
			name=link["reference_name"],
			xero_entity="Invoice",
			xero_id=values["xero_id"],
			changed=["total"],
			differences={"total": (cents(before["total"]), values["total"])},
			answer=f"The total was changed in Xero from {cents(before['total'])} to {values['total']}.",
			cause="changed-in-xero",
		)

	def _quote(self, record: Record) -> bool:
		values = mapping.mirrored_quote(record, self.base_currency)
		link = self._link(QUOTE, values["xero_id"])
		before = self.known("Xero Quote", values["xero_id"])
		values["customer"] = self._owner(values["contact_id"], before)
		values["reference_doctype"] = link["reference_doctype"] if link else None
		values["reference_name"] = link["reference_name"] if link else None
		if not self._keep("Xero Quote", values, link=link):
			return False
		quote = self.known("Xero Quote", values["xero_id"])
		if link and quote:
			self._write_on((link["reference_doctype"], link["reference_name"]), quote_fields(quote))
			self.follow_quotes([(link["reference_doctype"], link["reference_name"])])
		return True

	def follow_quotes(self, keys: Iterable[billed.Key]) -> None:
		"""Queue the quotations among these whose quote is accepted and whose order is billed: it becomes
		invoiced.
		"""
		for key in keys:
			link = links.of_document(self.store, self.organisation, *key) if key[0] == QUOTATION else None
			quote = self.known("Xero Quote", link["xero_id"]) if link else None
			accepted = quote and quote["xero_status"] == "ACCEPTED"
			if accepted and billed.billers(self.store, self.organisation, key):
				outbox.enqueue(self.store, self.context.clock, self.organisation, *key)

	def _payment(self, record: Record) -> bool:
		if not mapping.is_receipt(record) and not mapping.is_refund(record):
			return False  # money paid to a supplier, or by one
		entity, refunded = mapping.refunded(record)
		paid = mapping.paid_invoice(record)
		invoice = self.known("Xero Invoice", str(paid.get("InvoiceID") or "")) or {}
		credit = self.known("Xero Payment", str(refunded.get(f"{entity}ID") or "")) or {}
		document = invoice or credit
		currency = str(document.get("currency") or self.base_currency)
		values = mapping.mirrored_payment(record, self.base_currency, currency)
		values["contact_id"] = values["contact_id"] or document.get("contact_id") or ""
		values["invoice"] = invoice.get("name")
		values["customer"] = document.get("customer") or self._customer_of(values["contact_id"])
		self.balance.named.add(values["invoice_xero_id"])
		if values["credit_xero_id"]:
			self.balance.refunded[values["credit_xero_id"]] = entity
		return self._keep_money(values)

	def _credit(self, entity: str, record: Record) -> bool:
		"""A credit note, overpayment or prepayment, with its allocations, which are part of it in Xero."""
		if not mapping.is_from_customer(record):
			return False
		values = mapping.mirrored_credit(entity, record, self.base_currency)
		before = self.known("Xero Payment", values["xero_id"])
		if _is_older(values, before):
			return False
		values["customer"] = self._owner(values["contact_id"], before)
		changed = self._keep_money(values)
		changed |= self._allocations(values, mapping.mirrored_allocations(entity, record, self.base_currency))
		if before is None:
			self._adopt_refunds(values)
		elif cents(before.get("remaining_credit")) < values["remaining_credit"]:
			self._look_for_removed("credit_xero_id", values["xero_id"])
		if changed:
			self._touch((before or {}).get("customer"))
			self.balance.credits.add(values["xero_id"])
			if entity == CREDIT_NOTE:
				self._follow_credit_note(before, values)
		return changed

	def _follow_credit_note(self, before: Doc | None, values: Mapping[str, Any]) -> None:
		"""Show a credit note of ours on its return; once it is authorised, it is allocated."""
		link = self._link(CREDIT_NOTE, values["xero_id"])
		if link is None:
			return
		self._write_on((link["reference_doctype"], link["reference_name"]), credit_note_fields(values))
		if values["xero_status"] == AUTHORISED and (before or {}).get("xero_status") != AUTHORISED:
			self._do_afterwards(link)

	def _allocations(self, credit: Mapping[str, Any], rows: list[dict[str, Any]] | None) -> bool:
		"""What a credit is used for, if its record says so; what it no longer names was removed in Xero."""
		if rows is None:
			return False
		listed = {row["xero_id"] for row in rows}
		gone = [
			{"xero_id": row["xero_id"], "xero_status": "DELETED", "updated_utc": ""}
			| {field: row.get(field) for field in ("kind", "amount", "currency", "invoice_xero_id")}
			for row in self.balance.standing("credit_xero_id", credit["xero_id"])
			if row["kind"] == mapping.ALLOCATION and row["xero_id"] not in listed
		]
		changed = False
		for values in [*rows, *gone]:
			invoice = self.known("Xero Invoice", values["invoice_xero_id"]) or {}
			values |= {"invoice": invoice.get("name"), "customer": credit["customer"]}
			self.balance.named.add(values["invoice_xero_id"])
			changed |= self._keep_money(values)
		return changed

	def _keep_money(self, values: dict[str, Any]) -> bool:
		before = self.known("Xero Payment", values["xero_id"])
		changed = self._keep("Xero Payment", values)
		if changed and values["kind"] != "Payment":  # what a payment pays, its invoice says
			self._touch(values["customer"])
		if changed and (self.makes_entries or (before or {}).get("entry_status")):
			self._queue_entry(values, before)
		return changed

	def _queue_entry(self, values: Mapping[str, Any], before: Doc | None) -> None:
		"""Have the Payment Entry of what changed seen to, once this is committed."""
		invoice = self.known("Xero Invoice", values["invoice_xero_id"]) or {}
		kept = self.known("Xero Payment", values["xero_id"])
		if kept and payment_entries.concerns(values, before, invoice, importing=self._importing):
			payment_entries.queue(self.store, kept["name"])

	# what they share

	def _keep(
		self, doctype: str, values: dict[str, Any], *, link: Doc | None = None, silent: bool = False
	) -> bool:
		"""Insert or update by Xero's id; an older version than the one we have is left out."""
		key = (doctype, values["xero_id"])
		known = self.known(*key)
		if _is_older(values, known):
			return False
		new = {"organisation": self.organisation, **values}
		name, changed = write(self.store, doctype, known, new)
		if key in self._found:
			self._found[key] = {**(known or new), **{field: new[field] for field in changed}, "name": name}
		told = [field for field in changed if field not in UNTOLD]
		if told and not silent and not self._silent:
			reference = link or (
				{"reference_doctype": "Customer", "reference_name": values["customer"]}
				if values.get("customer")
				else None
			)
			entity, summary = doctype.removeprefix("Xero "), _summary(doctype, values)
			moved = {field: (known.get(field), new[field]) for field in told} if known else {}
			self._log(entity, values["xero_id"], told, reference, summary, moved)
		return bool(changed)

	def known(self, doctype: str, xero_id: str) -> Doc | None:
		"""What is mirrored of a record, by Xero's id."""
		if not xero_id:
			return None
		if (doctype, xero_id) in self._found:
			return self._found[doctype, xero_id]
		return first(self.store, doctype, {"organisation": self.organisation, "xero_id": xero_id})

	def _link(self, entity: str, xero_id: str) -> Doc | None:
		key = (entity, xero_id)
		# The link of our own write is made after the look.
		if self._links.get(key) or (key in self._links and not self._silent):
			return self._links[key]
		return links.of_record(self.store, self.organisation, entity, xero_id)

	def _customer_of(self, contact_id: str) -> str | None:
		link = self._link("Contact", contact_id) if contact_id else None
		return link["reference_name"] if link and link["reference_doctype"] == "Customer" else None

	def _owner(self, contact_id: str, before: Doc | None) -> str | None:
		"""The customer of a contact; a document of one merged into another here, with another contact, keeps
		the customer it had.
		"""
		customer = self._customer_of(contact_id)
		if before and not customer and before["contact_id"] == contact_id:
			return before.get("customer")
		return customer

	def adopt_contact(self, contact: Record, customer: str) -> None:
		"""A contact was linked just now: the invoices and payments mirrored before belong to its customer.

		A change that was polled while it had no link went by, so a contact that moved on since is read again.
		"""
		contact_id = str(contact["ContactID"])
		known = self.known("Xero Contact", contact_id) or {}
		if str(known.get("updated_utc") or "") > str(contact.get("UpdatedDateUTC") or ""):
			read_again(self.context, "Contact", contact_id, "Changed before it was linked.")
		if self.sends_groups:
			found = self.store.find("Customer", {"name": customer}, fields=["customer_group"])
			for row in found:
				groups.note(self.store, self.context.clock, self.organisation, row["customer_group"])
		for doctype in ("Xero Invoice", "Xero Payment"):
			for row in self.store.find(
				doctype, {"organisation": self.organisation, "contact_id": contact_id}
			):
				if row.get("customer") != customer:
					self.store.update(doctype, row["name"], {"customer": customer})
					self._touch(customer)

	def _adopt_payments(self, invoice_id: str, customer: str | None) -> None:
		"""An invoice is seen for the first time: payments that came before it belong to it."""
		if invoice_id not in self._payments:
			self._find_payments([invoice_id])
		for name in self._payments.pop(invoice_id):
			invoice = self.known("Xero Invoice", invoice_id) or {}
			self.store.update("Xero Payment", name, {"invoice": invoice["name"], "customer": customer})

	def _adopt_refunds(self, credit: Mapping[str, Any]) -> None:
		"""A credit is seen for the first time: refunds that came before it belong to it."""
		refunds = {"credit_xero_id": credit["xero_id"], "kind": mapping.REFUND}
		for row in self.store.find("Xero Payment", {"organisation": self.organisation, **refunds}):
			self.store.update("Xero Payment", row["name"], mapping.adopted_refund(row, credit))

	def _touch(self, customer: str | None) -> None:
		if customer:
			self.touched.add(customer)

	def show(self, invoice: Doc) -> None:
		"""Show an invoice on its document, and on the others that it bills."""
		doctype, name = invoice.get("reference_doctype"), invoice.get("reference_name")
		if doctype and name:
			self._show_on((doctype, name), invoice)
			for key in billed.billed_with(self.store, self.organisation, (doctype, name)):
				self._show_on(key, invoice)

	def show_on(self, key: billed.Key) -> None:
		"""Show on a document the invoices that bill it."""
		self._show_on(key, {})

	def _show_on(self, key: billed.Key, invoice: Doc) -> None:
		"""``invoice``: one of them, as it is now."""
		if key[0] not in SHOWN_ON:
			return
		own = (invoice.get("reference_doctype"), invoice.get("reference_name")) == key
		others = billed.billers(self.store, self.organisation, key)
		found = {invoice["xero_id"]: invoice} if invoice else {}
		for doctype, name in others if own else [key, *others]:
			of = {"organisation": self.organisation, "reference_doctype": doctype, "reference_name": name}
			for each in self.store.find("Xero Invoice", of):
				found.setdefault(each["xero_id"], each)
		if found:
			self._write_on(key, invoice_fields(list(found.values())))

	def _write_on(self, key: billed.Key, fields: Mapping[str, Any]) -> None:
		doc = self.store.get(*key)
		changed = (
			{field: value for field, value in fields.items() if not same(doc.get(field), value)}
			if doc
			else {}
		)
		if changed:
			self.store.update(*key, changed)

	def _log(
		self,
		entity: str,
		xero_id: str,
		changed: list[str],
		reference: Mapping[str, Any] | None,
		answer: str,
		differences: Mapping[str, tuple[Any, Any]] | None = None,
	) -> None:
		log.write(
			self.context,
			log.PULL,
			"Apply",
			log.OK,
			doctype=str((reference or {}).get("reference_doctype") or ""),
			name=str((reference or {}).get("reference_name") or ""),
			xero_entity=entity,
			xero_id=xero_id,
			changed=changed,
			differences=differences,
			answer=answer,
		)


def kept_in(entity: str) -> str:
	"""Where the records of an entity are mirrored; money received of any kind is a **Xero Payment**."""
	return f"Xero {entity}" if entity in ("Contact", "Item", "Invoice", QUOTE) else "Xero Payment"


def write_sums(store: Store, clock: Clock, customers: Iterable[str]) -> list[str]:
	"""Bring what Customers show of their mirrored invoices and payments up to date; returns those where that
	changed something.
	"""
	written = []
	for part in portions(sorted(customers)):
		for doc in store.find("Customer", {"name": ("in", part)}):
			owned = {"customer": doc["name"]}
			invoices = store.find("Xero Invoice", owned, fields=SUMMED)
			payments = store.find("Xero Payment", {**owned, "remaining_credit": (">", 0)}, fields=CREDIT)
			fields = mapping.customer_fields(invoices, payments)
			changed = {field: value for field, value in fields.items() if not same(doc.get(field), value)}
			if changed:
				store.update("Customer", doc["name"], {**changed, "xero_updated": utc_text(clock.now())})
				written.append(doc["name"])
	return written


def _ids(records: Iterable[Any], entity: str) -> list[str]:
	"""The ids of those that are records of this entity and have one."""
	ids = [record.get(f"{entity}ID") for record in records if isinstance(record, Mapping)]
	return sorted({str(xero_id) for xero_id in ids if xero_id})


def stamp(record: Record, now: datetime) -> str:
	"""When Xero last changed the record; empty where it does not say so as it says everywhere, or names a day
	that has not come: nothing newer would ever be taken.
	"""
	changed_at = str(record.get("UpdatedDateUTC") or "")
	try:
		return changed_at if parse_utc(changed_at) < now + CLOCKS_DIFFER else ""
	except ValueError:
		return ""


def _is_older(values: Mapping[str, Any], known: Doc | None) -> bool:
	"""Whether this is an older version of a record than the one that is here."""
	return bool(
		known and values["updated_utc"] and str(known.get("updated_utc") or "") > values["updated_utc"]
	)


def _summary(doctype: str, values: Mapping[str, Any]) -> str:
	if doctype == "Xero Quote":
		status, total = values["xero_status"].lower(), values["total"]
		return f"{values['quote_number']}: {status}, {total} {values['currency']}."
	if doctype == "Xero Invoice":
		return (
			f"{values['invoice_number']}: {values['payment_status']}, due {values['amount_due']}"
			f" of {values['total']} {values['currency']}."
		)
	return f"{values['kind']} of {values['amount']} {values['currency']}: {values['xero_status'].lower()}."
