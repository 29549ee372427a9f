"""A person working in Xero itself: the same rules as the API, without tokens and limits."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from xero_connector.simulator import (
	contact_groups,
	contacts,
	credit_notes,
	credits,
	invoices,
	payments,
	quotes,
)
from xero_connector.simulator.books import Books
from xero_connector.simulator.errors import Refused
from xero_connector.simulator.kinds import (
	ALLOCATION,
	CONTACT,
	CONTACT_GROUP,
	CREDIT_NOTE,
	HISTORY,
	INVOICE,
	ORGANISATION,
	OVERPAYMENT,
	PAYMENT,
	PREPAYMENT,
	QUOTE,
	Kind,
	fold,
)
from xero_connector.simulator.money import rounded
from xero_connector.simulator.reference import add_tracking_category
from xero_connector.simulator.render import Depth, render
from xero_connector.simulator.values import Body, parse_date

if TYPE_CHECKING:
	from xero_connector.simulator.core import Simulator

P = ParamSpec("P")
R = TypeVar("R")
Day = str | date | None
Amount = Decimal | str | int


class AccountantError(Exception):
	"""Xero would not let the accountant do this; the text is what it says."""


def _act(method: Callable[P, R]) -> Callable[P, R]:
	"""What a rule refuses, or a record that is not there, becomes an AccountantError."""

	@functools.wraps(method)
	def act(*args: P.args, **kwargs: P.kwargs) -> R:
		try:
			return method(*args, **kwargs)
		except Refused as refused:
			raise AccountantError("; ".join(refused.messages)) from None

	return act


class Accountant:
	"""What finance does in one organisation. Amounts are Decimals in the document's currency.

	Every act raises AccountantError when it is refused and then has changed nothing. Records are answered in
	Xero's own form, as a read by id would show them.
	"""

	def __init__(self, simulator: Simulator, tenant_id: str) -> None:
		self._simulator = simulator
		self.tenant_id = tenant_id

	@_act
	def authorise(self, invoice_id: str) -> None:
		"""Approve a draft or submitted invoice."""
		with self._books() as books:
			invoices.update(books, _find(books, INVOICE, invoice_id), {"Status": "AUTHORISED"})

	@_act
	def pay(
		self,
		invoice_id: str,
		amount: Amount | None = None,
		*,
		date: Day = None,
		account: str = "090",
		reference: str | None = None,
		rate: Amount | None = None,
	) -> str:
		"""Enter a payment, by default of all that is due today, at the invoice's rate; answers its id."""
		with self._books() as books:
			invoice = _find(books, INVOICE, invoice_id)
			given = {
				"Invoice": {"InvoiceID": invoice["InvoiceID"]},
				"Account": {"Code": account},
				"Amount": invoice["AmountDue"] if amount is None else _decimal(amount),
				"CurrencyRate": None if rate is None else _decimal(rate),
				"Date": _day(books, date),
				"Reference": reference,
			}
			return str(payments.create(books, given)["PaymentID"])

	@_act
	def overpay(
		self,
		invoice_id: str,
		amount: Amount,
		*,
		date: Day = None,
		account: str = "090",
		reference: str | None = None,
	) -> str:
		"""Enter a payment of more than is due; answers the id of the overpayment that holds the rest."""
		with self._books() as books:
			invoice = _find(books, INVOICE, invoice_id)
			overpayment = payments.overpay(
				books,
				invoice,
				_decimal(amount),
				account_code=account,
				day=_day(books, date),
				reference=reference or "",
			)
			return str(overpayment["OverpaymentID"])

	@_act
	def prepay(
		self,
		contact_id: str,
		amount: Amount,
		*,
		date: Day = None,
		account: str = "090",
		reference: str | None = None,
		**fields: Any,
	) -> str:
		"""Enter money received before there is an invoice; answers the id of the prepayment.

		`fields` may name CurrencyCode and CurrencyRate, as in the API.
		"""
		with self._books() as books:
			prepayment = payments.prepay(
				books,
				_find(books, CONTACT, contact_id),
				_decimal(amount),
				account_code=account,
				day=_day(books, date),
				reference=reference or "",
				given=fields,
			)
			return str(prepayment["PrepaymentID"])

	@_act
	def credit(self, contact_id: str, amount: Amount, *, date: Day = None, **fields: Any) -> str:
		"""Enter an authorised credit note to a customer; answers its id.

		`amount` is its total with tax. `fields` are named as in the API and replace what would be there
		(`Status`, `CurrencyCode`, `LineItems`…).
		"""
		with self._books() as books:
			line = {"Description": "Credit", "UnitAmount": _decimal(amount), "AccountCode": "200"}
			given = {
				"Type": "ACCRECCREDIT",
				"Contact": {"ContactID": contact_id},
				"Date": _day(books, date),
				"Status": "AUTHORISED",
				"LineAmountTypes": "Inclusive",
				"LineItems": [line],
			}
			return str(credit_notes.create(books, {**given, **fields}).body["CreditNoteID"])

	@_act
	def authorise_credit_note(self, credit_note_id: str) -> None:
		"""Approve a draft or submitted credit note."""
		with self._books() as books:
			credit_notes.update(books, _find(books, CREDIT_NOTE, credit_note_id), {"Status": "AUTHORISED"})

	@_act
	def void_credit_note(self, credit_note_id: str) -> None:
		"""Void an authorised credit note, or delete a draft or submitted one."""
		with self._books() as books:
			note = _find(books, CREDIT_NOTE, credit_note_id)
			status = "DELETED" if note["Status"] in ("DRAFT", "SUBMITTED") else "VOIDED"
			credit_notes.update(books, note, {"Status": status})

	@_act
	def void_received(self, credit_id: str) -> None:
		"""Delete the bank transaction behind an overpayment or a prepayment, which is VOIDED then."""
		with self._books() as books:
			credits.void(books, *credits.find(books, credit_id))

	@_act
	def allocate(self, credit_id: str, invoice_id: str, amount: Amount, *, date: Day = None) -> str:
		"""Use a credit note, an overpayment or a prepayment for an invoice; answers the allocation's id."""
		with self._books() as books:
			kind, credit = credits.find(books, credit_id)
			invoice, day = _find(books, INVOICE, invoice_id), _day(books, date)
			allocation = credits.allocate(books, kind, credit, invoice, _decimal(amount), day)
			return str(allocation["AllocationID"])

	@_act
	def remove_allocation(self, allocation_id: str) -> None:
		"""Remove an allocation; its invoice is due again, the credit is there again."""
		with self._books() as books:
			credits.remove_allocation(books, _find(books, ALLOCATION, allocation_id))

	@_act
	def refund(
		self,
		credit_id: str,
		amount: Amount | None = None,
		*,
		date: Day = None,
		account: str = "090",
		reference: str | None = None,
	) -> str:
		"""Pay credit back, by default all that is left; answers the id of the payment."""
		with self._books() as books:
			kind, credit = credits.find(books, credit_id)
			given = {
				kind.id_field.removesuffix("ID"): {kind.id_field: credit_id},
				"Account": {"Code": account},
				"Amount": credit["RemainingCredit"] if amount is None else _decimal(amount),
				"Date": _day(books, date),
				"Reference": reference,
			}
			return str(payments.create(books, given)["PaymentID"])

	@_act
	def remove_payment(self, payment_id: str) -> None:
		"""Remove a payment or a refund; its invoice is due again, or its credit there again."""
		with self._books() as books:
			payments.delete(books, _find(books, PAYMENT, payment_id))

	@_act
	def void(self, invoice_id: str) -> None:
		"""Void an authorised invoice, or delete a draft or submitted one."""
		with self._books() as books:
			invoice = _find(books, INVOICE, invoice_id)
			status = "DELETED" if invoice["Status"] in ("DRAFT", "SUBMITTED") else "VOIDED"
			invoices.update(books, invoice, {"Status": status})

	@_act
	def edit_invoice(self, invoice_id: str, **fields: Any) -> None:
		"""Change fields of an invoice, named as in the API (`Reference`, `DueDate`, `LineItems`…)."""
		with self._books() as books:
			invoices.update(books, _find(books, INVOICE, invoice_id), fields)

	@_act
	def add_invoice(self, **fields: Any) -> str:
		"""Enter an invoice, with fields named as in the API; answers its id."""
		with self._books() as books:
			return str(invoices.create(books, {"Type": "ACCREC", **fields}).body["InvoiceID"])

	@_act
	def add_quote(self, **fields: Any) -> str:
		"""Enter a quote, with fields named as in the API; answers its id."""
		with self._books() as books:
			return str(quotes.create(books, fields).body["QuoteID"])

	@_act
	def edit_quote(self, quote_id: str, **fields: Any) -> None:
		"""Change fields of a quote, named as in the API (`Title`, `ExpiryDate`, `LineItems`…)."""
		with self._books() as books:
			quotes.update(books, _find(books, QUOTE, quote_id), fields)

	def send_quote(self, quote_id: str) -> None:
		"""Mark a draft quote as sent."""
		self.edit_quote(quote_id, Status="SENT")

	def accept_quote(self, quote_id: str) -> None:
		"""Mark a sent quote as accepted."""
		self.edit_quote(quote_id, Status="ACCEPTED")

	def decline_quote(self, quote_id: str) -> None:
		"""Mark a sent quote as declined."""
		self.edit_quote(quote_id, Status="DECLINED")

	def delete_quote(self, quote_id: str) -> None:
		"""Delete a quote that is not invoiced."""
		self.edit_quote(quote_id, Status="DELETED")

	@_act
	def invoice_quote(self, quote_id: str) -> str:
		"""Make a draft invoice of a sent or accepted quote, INVOICED then; answers the invoice's id."""
		with self._books() as books:
			return str(quotes.to_invoice(books, _find(books, QUOTE, quote_id))["InvoiceID"])

	@_act
	def add_contact(self, **fields: Any) -> str:
		"""Enter a contact, with fields named as in the API; answers its id."""
		with self._books() as books:
			return str(contacts.create(books, fields)["ContactID"])

	@_act
	def edit_contact(self, contact_id: str, **fields: Any) -> None:
		"""Change fields of a contact, named as in the API."""
		with self._books() as books:
			contacts.update(books, _find(books, CONTACT, contact_id), fields)

	@_act
	def archive_contact(self, contact_id: str) -> None:
		"""Archive a contact."""
		with self._books() as books:
			contacts.archive(books, _find(books, CONTACT, contact_id))

	@_act
	def restore_contact(self, contact_id: str) -> None:
		"""Restore an archived contact, which only Xero's own screen can."""
		with self._books() as books:
			contacts.restore(books, _find(books, CONTACT, contact_id))

	@_act
	def merge_contacts(self, source: str, target: str) -> None:
		"""Merge the contact `source` into `target`: it is archived and its invoices move."""
		with self._books() as books:
			contacts.merge(books, _find(books, CONTACT, source), _find(books, CONTACT, target))

	@_act
	def group_contact(self, contact_id: str, group: str) -> None:
		"""Put a contact into the contact group of this name, which is made if it is not there."""
		with self._books() as books:
			same = books.where(CONTACT_GROUP, "name = ? AND status = 'ACTIVE'", fold(group))
			held = same[0] if same else contact_groups.create(books, {"Name": group})
			contact_groups.add(books, held, contact_id)

	@_act
	def set_approval_limit(self, invoices_a_month: int | None) -> None:
		"""How many sales invoices the plan lets the organisation approve in a month; None: any number."""
		with self._books() as books:
			books.save(ORGANISATION, {**books.organisation, "ApprovalLimit": invoices_a_month})

	@_act
	def set_lock_date(self, *, period: Day = None, end_of_year: Day = None) -> None:
		"""Set the lock dates; None takes one away."""
		with self._books() as books:
			organisation = books.organisation
			for name, day in (("PeriodLockDate", period), ("EndOfYearLockDate", end_of_year)):
				organisation.pop(name, None)
				if day is not None:
					organisation[name] = _day(books, day)
			books.save(ORGANISATION, organisation)

	@_act
	def add_tracking_category(self, name: str, options: Sequence[str]) -> str:
		"""Add a tracking category with its options; answers its id."""
		with self._books() as books:
			return str(add_tracking_category(books, name, options)["TrackingCategoryID"])

	@_act
	def disconnect(self, client_id: str) -> None:
		"""Disconnect an app from this organisation, as in Xero under Connected apps."""
		with self._books() as books:
			removed = books.store.execute(
				"DELETE FROM connections WHERE client_id = ? AND tenant = ?", client_id, self.tenant_id
			)
			if not removed:
				raise Refused(f"{client_id} is not connected to this organisation")

	def connected_apps(self) -> list[str]:
		"""The client ids of the apps that are connected to this organisation."""
		with self._books() as books:
			rows = books.store.rows(
				"SELECT client_id FROM connections WHERE tenant = ? ORDER BY client_id", self.tenant_id
			)
			return [row["client_id"] for row in rows]

	def invoices(self) -> list[Body]:
		"""All invoices, oldest first."""
		return self._all(INVOICE)

	def contacts(self) -> list[Body]:
		"""All contacts, archived ones too, oldest first."""
		return self._all(CONTACT)

	def quotes(self) -> list[Body]:
		"""All quotes, deleted ones too, oldest first."""
		return self._all(QUOTE)

	def payments(self) -> list[Body]:
		"""All payments, deleted ones too, oldest first."""
		return self._all(PAYMENT)

	def overpayments(self) -> list[Body]:
		"""All overpayments, voided ones too, oldest first."""
		return self._all(OVERPAYMENT)

	def prepayments(self) -> list[Body]:
		"""All prepayments, voided ones too, oldest first."""
		return self._all(PREPAYMENT)

	def credit_notes(self) -> list[Body]:
		"""All credit notes, voided ones too, oldest first."""
		return self._all(CREDIT_NOTE)

	@_act
	def credit_by_id(self, credit_id: str) -> Body:
		"""The credit note, overpayment or prepayment with this id."""
		with self._books() as books:
			kind, credit = credits.find(books, credit_id)
			return render(books, kind.collection, [credit], Depth.WHOLE)[0]

	def organisation(self) -> Body:
		"""The organisation itself, lock dates among its fields."""
		with self._books() as books:
			return render(books, "Organisations", [books.organisation], Depth.WHOLE)[0]

	def history(self, record_id: str) -> list[str]:
		"""What happened to a record, oldest first, as `change: details`."""
		with self._books() as books:
			notes = books.where(HISTORY, "parent = ?", record_id)
			return [f"{note['Changes']}: {note['Details']}" for note in notes]

	@_act
	def invoice(self, invoice_id: str) -> Body:
		"""The invoice with this id."""
		return self._one(INVOICE, invoice_id)

	@_act
	def quote(self, quote_id: str) -> Body:
		"""The quote with this id."""
		return self._one(QUOTE, quote_id)

	@_act
	def find_quote(self, number: str) -> Body:
		"""The quote with this number."""
		with self._books() as books:
			found = books.by_number(QUOTE, number)
			if found is None:
				raise Refused(f"There is no quote {number}")
			return render(books, QUOTE.collection, [found], Depth.WHOLE)[0]

	@_act
	def contact(self, contact_id: str) -> Body:
		"""The contact with this id."""
		return self._one(CONTACT, contact_id)

	@_act
	def payment(self, payment_id: str) -> Body:
		"""The payment with this id."""
		return self._one(PAYMENT, payment_id)

	@_act
	def find_invoice(self, number: str) -> Body:
		"""The sales invoice with this number."""
		with self._books() as books:
			found = invoices.sales_invoice(books, number)
			if found is None:
				raise Refused(f"There is no invoice {number}")
			return render(books, INVOICE.collection, [found], Depth.WHOLE)[0]

	@contextmanager
	def _books(self) -> Iterator[Books]:
		store = self._simulator.store
		with store.transaction():
			yield self._simulator.books(self.tenant_id, self._simulator.now(), 4)

	def _one(self, kind: Kind, record_id: str) -> Body:
		with self._books() as books:
			return render(books, kind.collection, [_find(books, kind, record_id)], Depth.WHOLE)[0]

	def _all(self, kind: Kind) -> list[Body]:
		with self._books() as books:
			return render(books, kind.collection, books.where(kind), Depth.WHOLE)


def _find(books: Books, kind: Kind, record_id: str) -> Body:
	found = books.find(kind, record_id)
	if found is None:
		raise Refused(f"There is no record {record_id} in {kind.collection}")
	return found


def _decimal(amount: Amount) -> Decimal:
	try:
		return rounded(Decimal(amount))
	except ArithmeticError:
		raise Refused(f"{amount} is not an amount") from None


def _day(books: Books, day: Day) -> str:
	try:
		return books.today if day is None else parse_date(str(day))
	except ValueError:
		raise Refused(f"{day} is not a date") from None
