"""What remains to be done once a document is in Xero: mail it, fetch its payment link, leave a note in its
history, allocate a credit note.

Each is one call, of an outbox row of its own for the document's **Xero Link**. Before its call a step keeps
the idempotency key there, after it that it is done. One that was begun and not ended, because the process was
killed or the answer lost, is looked for in Xero before it goes again, under the same key: nobody gets two
mails, and no credit counts twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import simplejson

from xero_connector.mapping.money import cents
from xero_connector.store.protocol import Doc
from xero_connector.sync import links, log, outbox
from xero_connector.sync.advice import advice_for
from xero_connector.sync.context import Context, Report
from xero_connector.sync.deals import Deals
from xero_connector.sync.entities import COLLECTION, CREDIT_NOTE, INVOICE, NOUN
from xero_connector.sync.lease import Lease
from xero_connector.sync.links import Known
from xero_connector.sync.mirror import AUTHORISED, kept_in
from xero_connector.sync.pull import CREDIT_NOTES, INVOICES, Pull
from xero_connector.xero.errors import BadAnswer, Missing, Refused
from xero_connector.xero.reading import write_json

LINK = "Xero Link"
DONE = "done"


@dataclass(frozen=True)
class Step:
	"""One call, made with an idempotency key. ``is_done`` reads from Xero whether an earlier one did it.
	``invoice`` is the id of the invoice that it concerns besides its own record, if there is one.
	"""

	name: str
	said: str
	do: Callable[[str], None]
	is_done: Callable[[], bool]
	invoice: str = ""


class Afterwards:
	"""Does the steps of one outbox row."""

	def __init__(self, context: Context, pull: Pull, lease: Lease) -> None:
		self.context = context
		self.store = context.store
		self.pull = pull
		self.mirror = pull.mirror
		self.lease = lease

	def run(self, row: Doc) -> Report:
		"""Do what is due; returns what became of the row. Raises ``XeroError`` if Xero cannot be worked with:
		the row is as it was then.
		"""
		link = self.store.get(LINK, row["reference_name"])
		if link is None or link["status"] == links.GONE:
			return self._close(row, outbox.CANCELLED)
		steps, message = self._steps(link)
		for step in steps:
			try:
				self._do(link, step)
			except (Refused, Missing) as error:
				self._mark(link, step, "")
				return self._hold(row, link, step, str(error))
		return self._close(row, outbox.DONE, message)

	def _steps(self, link: Doc) -> tuple[list[Step], str]:
		"""What is due for a record as it is mirrored, and what cannot be done, in words."""
		done = [name for name, state in self._state(link).items() if state == DONE]
		record = self.mirror.known(kept_in(link["xero_entity"]), link["xero_id"]) or {}
		steps, message = list(self._wished(link, record)), ""
		if link["xero_entity"] == CREDIT_NOTE and record.get("xero_status") == AUTHORISED:
			allocation, message = self._allocation(link, record)
			steps += allocation
		return [step for step in steps if step.name not in done], message

	def _wished(self, link: Doc, record: Doc) -> Iterator[Step]:
		"""The steps that the admin chose."""
		choices, of_invoice = self.mirror.choices, link["xero_entity"] == "Invoice"
		if "history_note" in choices and record:
			yield Step(
				"history_note", "A note in its history", partial(self._note, link), lambda: self._noted(link)
			)
		if not of_invoice or record.get("xero_status") != AUTHORISED:
			return
		if "payment_link" in choices and not record.get("xero_payment_url"):
			yield Step("payment_link", "Its payment link", partial(self._fetch_url, link), lambda: False)
		if "email_invoices" in choices and not record.get("sent_to_contact"):
			yield Step("email", "Mailed by Xero", partial(self._email, link), lambda: self._emailed(link))

	# steps

	def _state(self, link: Doc) -> dict[str, str]:
		state: dict[str, str] = simplejson.loads(link.get("afterwards") or "{}")
		return state

	def _do(self, link: Doc, step: Step) -> None:
		"""Do a step that is not done yet, at most once."""
		key = self._state(link).get(step.name)
		if not (key and step.is_done()):
			key = key or self.context.new_id()
			self._mark(link, step, key)
			self.lease.keep()
			step.do(key)
		self._mark(link, step, DONE)

	def _mark(self, link: Doc, step: Step, state: str) -> None:
		"""``state``: the key of its call, or that it is done; empty after a refusal, which did nothing."""
		link["afterwards"] = simplejson.dumps({**self._state(link), step.name: state})
		with self.store.transaction():
			self.store.update(LINK, link["name"], {"afterwards": link["afterwards"]})
			if state == DONE:
				self._log(link, log.OK, f"{step.said}.", step)

	def _send(self, method: str, path: str, body: dict[str, Any] | None, key: str) -> None:
		self.context.api.send(
			method,
			path,
			write_json(body) if body is not None else b"",
			key=key,
			before=self.lease.keep,
		)

	def _path(self, link: Doc) -> str:
		return f"{COLLECTION[link['xero_entity']]}/{link['xero_id']}"

	def _details(self, link: Doc) -> str:
		return f"Made from {link['reference_doctype']} {link['reference_name']} in ERPNext."

	def _note(self, link: Doc, key: str) -> None:
		note = {"Details": self._details(link)}
		self._send("PUT", f"{self._path(link)}/History", {"HistoryRecords": [note]}, key)

	def _noted(self, link: Doc) -> bool:
		notes = self.context.api.get(f"{self._path(link)}/History").records("HistoryRecords")
		return any(self._details(link) in str(note.get("Details") or "") for note in notes)

	def _email(self, link: Doc, key: str) -> None:
		self._send("POST", f"{self._path(link)}/Email", None, key)

	def _emailed(self, link: Doc) -> bool:
		return any(record.get("SentToContact") for record in self._read(link))

	def _fetch_url(self, link: Doc, key: str) -> None:
		answer = self.context.api.get(f"{self._path(link)}/OnlineInvoice").records("OnlineInvoices")
		url = str(answer[0].get("OnlineInvoiceUrl") or "") if answer else ""
		if not url.startswith("https://"):
			raise BadAnswer("Xero's answer has no address of the online invoice.")
		invoice = self.mirror.known("Xero Invoice", link["xero_id"])
		if invoice:
			with self.store.transaction():
				self.store.update("Xero Invoice", invoice["name"], {"xero_payment_url": url})
				self.mirror.show({**invoice, "xero_payment_url": url})

	def _read(self, link: Doc) -> list[Doc]:
		return self.context.api.get(self._path(link)).records(COLLECTION[link["xero_entity"]])

	# credit notes

	def _allocation(self, link: Doc, credit: Doc) -> tuple[list[Step], str]:
		"""The credit of a return goes to the invoice of what was returned, as far as that owes something."""
		returned = self.store.get(INVOICE, link["reference_name"]) or {}
		against = str(returned.get("return_against") or "")
		invoice_link = Deals(self.context, self.mirror, Known(self.context)).invoice_of((INVOICE, against))
		invoice = self.mirror.known("Xero Invoice", invoice_link["xero_id"]) if invoice_link else None
		if invoice is None:
			return [], f"{against or 'What was returned'} is not in Xero: its credit stays with the customer."
		amount = min(cents(credit.get("remaining_credit")), cents(invoice.get("amount_due")))
		if invoice["xero_status"] != AUTHORISED or amount <= 0:
			return (
				[],
				f"Invoice {invoice['invoice_number']} owes nothing: the credit stays with the customer.",
			)
		allocation = {
			"Invoice": {"InvoiceID": invoice["xero_id"]},
			"Amount": amount,
			"Date": str(returned.get("posting_date") or credit.get("payment_date")),
		}
		step = Step(
			f"allocate {invoice['xero_id']}",
			f"{amount} allocated to invoice {invoice['invoice_number']}",
			partial(self._allocate, link, allocation),
			lambda: self._allocated(link, invoice["xero_id"]),
			invoice["xero_id"],
		)
		return [step], ""

	def _allocate(self, link: Doc, allocation: Doc, key: str) -> None:
		self._send("PUT", f"{self._path(link)}/Allocations", {"Allocations": [allocation]}, key)
		self._read_both(link, allocation["Invoice"]["InvoiceID"])

	def _allocated(self, link: Doc, invoice_id: str) -> bool:
		allocations = [each for record in self._read(link) for each in record.get("Allocations") or []]
		named = [each for each in allocations if not each.get("IsDeleted")]
		return any((each.get("Invoice") or {}).get("InvoiceID") == invoice_id for each in named)

	def _read_both(self, link: Doc, invoice_id: str) -> None:
		"""Show at once what the credit and the invoice come to now."""
		self.pull.fetch(CREDIT_NOTES, [link["xero_id"]])
		self.pull.fetch(INVOICES, [invoice_id])

	# ends

	def _close(self, row: Doc, status: str, message: str = "") -> Report:
		with self.store.transaction():
			outbox.close(self.context, row, status, message=message)
			link = self.store.get(LINK, row["reference_name"])
			if message and link:
				self._log(link, log.OK, message)
		return Report(unchanged=1)

	def _hold(self, row: Doc, link: Doc, step: Step, message: str) -> Report:
		"""Xero will not do it. What is known of the record may have changed, so that is read again: if the
		step is not due any more as it was, the next run sees what is.
		"""
		if link["xero_entity"] in (CREDIT_NOTE, "Invoice"):
			self.pull.fetch(
				CREDIT_NOTES if link["xero_entity"] == CREDIT_NOTE else INVOICES, [link["xero_id"]]
			)
		if step.invoice:
			self.pull.fetch(INVOICES, [step.invoice])
		advice = advice_for(message)
		said = f"{step.said}, was refused for {NOUN[link['xero_entity']]} {link['xero_number']}: {message}"
		with self.store.transaction():
			if step.said not in [each.said for each in self._steps(link)[0]]:  # finance was faster
				outbox.wait(self.context, row, advice.cause, said)
				return Report(waiting=1)
			outbox.hold(self.context, row, advice.cause, said, advice.advice)
			self._log(link, log.HELD, said, step, cause=advice.cause)
		return Report(held=1)

	def _log(self, link: Doc, outcome: str, answer: str, step: Step | None = None, cause: str = "") -> None:
		log.write(
			self.context,
			log.PUSH,
			"Update",
			outcome,
			doctype=link["reference_doctype"],
			name=link["reference_name"],
			xero_entity=link["xero_entity"],
			xero_id=link["xero_id"],
			changed=[step.name] if step else [],
			answer=answer,
			cause=cause,
		)
