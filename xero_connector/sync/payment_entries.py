"""Payment Entries: by choice, what finance enters in Xero against an invoice that is a Sales Invoice here is
entered here too.

The mirror queues a payment in the transaction that brings it. The entry is made later, by whoever ends a run,
in one transaction with its link: the link is unique, so a payment has one entry whatever crashes or runs
beside it. What ERPNext refuses is told on the payment, and tried again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from xero_connector.clock import Clock
from xero_connector.mapping import mirror as mapping
from xero_connector.mapping.payment_entry import Facts, NoEntry, to_payment_entry
from xero_connector.store.protocol import Changed, Doc, Store
from xero_connector.sync import links, log
from xero_connector.sync.context import Context, first
from xero_connector.sync.errors import ODD_DATA
from xero_connector.sync.lease import Lease

QUEUED, WAITING, HELD = "Queued", "Waiting", "Held"
MADE, CANCELLED, REMOVED, BY_HAND = "Made", "Cancelled", "Removed Here", "By Hand"

OPEN = (QUEUED, WAITING, HELD)
"""The states in which a payment is tried again: *Waiting* for a Sales Invoice, *Held* by what was refused."""

MOST = 100
"""How many payments one run tries, those first that were tried longest ago."""

ENTITY = "Payment"
"""What the link of a Payment Entry calls its record; refunds are payments too."""

BILLED = ("Sales Invoice", "Sales Order", "Xero Invoice Request")
"""What an invoice in Xero is made from, where a Sales Invoice may be found for it."""


REMOVED_HERE = "The Payment Entry was removed here, and is not made again."


class _NotNow(NoEntry):
	"""There is no Sales Invoice to pay; one may come."""


class _ByHand(NoEntry):
	"""Only a person can enter this."""


# what is queued


def queue(store: Store, payment: str) -> None:
	"""See to the entry of this **Xero Payment** (its name here), next of all."""
	store.update("Xero Payment", payment, {"entry_status": QUEUED, "entry_tried": None})


def concerns(
	payment: Mapping[str, Any], before: Doc | None, invoice: Mapping[str, Any], *, importing: bool
) -> bool:
	"""Whether a mirrored payment, refund, credit or allocation that changed is to be looked at.

	``before`` is what was mirrored of it, ``invoice`` the mirrored invoice that it names. Entries begin with
	the choice: what was here before it is left alone, and so is credit that a first reading brings.
	"""
	if before:
		return bool(before.get("entry_status"))
	if payment["xero_status"] in mapping.DEAD or payment["kind"] == mapping.CREDITS["CreditNote"]:
		return False
	if payment["kind"] in (mapping.PAYMENT, mapping.ALLOCATION):
		return invoice.get("reference_doctype") in BILLED
	return bool(payment.get("customer")) and not importing


def invoice_found(store: Store, organisation: str, invoice_xero_id: str) -> None:
	"""An invoice in Xero turned out to be a document's: what was paid before that is looked at."""
	paid = {"organisation": organisation, "invoice_xero_id": invoice_xero_id, "entry_status": None}
	for payment in store.find("Xero Payment", paid, fields=["name", "xero_status"]):
		if payment["xero_status"] not in mapping.DEAD:
			queue(store, payment["name"])


def payment_gone(store: Store, payment: str) -> None:
	"""A payment is no longer in Xero: its entry is cancelled in the next run."""
	known = store.get("Xero Payment", payment) or {}
	if known.get("entry_status"):
		queue(store, payment)


def look_again(store: Store, organisation: str, **filters: Any) -> int:
	"""Something changed that payments were waiting for: they come first in the next run. Returns how many."""
	open_ones = {"organisation": organisation, "entry_status": ("in", (WAITING, HELD)), **filters}
	found = store.find("Xero Payment", open_ones, fields=["name"])
	for payment in found:
		queue(store, payment["name"])
	return len(found)


def sales_invoice_submitted(store: Store, clock: Clock, doc: Doc, user: str | None = None) -> set[str]:
	"""Payments may wait for this Sales Invoice; returns the organisations with work."""
	orders = sorted({row["sales_order"] for row in doc.get("items") or [] if row.get("sales_order")})
	requests = store.find(
		"Xero Invoice Request",
		{"source_doctype": "Sales Order", "source_name": ("in", orders)},
		fields=["name"],
	)
	billed = {
		"Sales Invoice": [doc["name"]],
		"Sales Order": orders,
		"Xero Invoice Request": [request["name"] for request in requests],
	}
	found = set()
	for doctype, names in billed.items():
		made_from = {"reference_doctype": doctype, "reference_name": ("in", names)}
		for invoice in store.find("Xero Invoice", made_from, fields=["organisation"]) if names else ():
			if look_again(store, invoice["organisation"], invoice=invoice["name"]):
				found.add(invoice["organisation"])
	return found


def removed_here(store: Store, clock: Clock, entry: str, user: str | None = None) -> set[str]:
	"""A person cancelled this Payment Entry: it is not made again, and Xero is not touched."""
	for payment in store.find("Xero Payment", {"payment_entry": entry, "entry_status": MADE}):
		_end(store, payment, REMOVED, REMOVED_HERE)
	return set()


def deleted_here(store: Store, clock: Clock, entry: str, user: str | None = None) -> set[str]:
	"""A person deleted this Payment Entry: as when it is cancelled, and no payment names it any more."""
	removed_here(store, clock, entry)
	for payment in store.find("Xero Payment", {"payment_entry": entry}, fields=["name"]):
		store.update("Xero Payment", payment["name"], {"payment_entry": None})
	return set()


# what is made


def make(context: Context, lease: Lease | None = None) -> int:
	"""Bring the entries of queued payments up to date; returns how many were made or cancelled.

	Each is a transaction of its own: what is refused holds back no other.
	"""
	organisation, done = context.organisation, 0
	waiting = {"organisation": organisation, "entry_status": ("in", OPEN)}
	order = "entry_tried, payment_date, name"
	for payment in context.store.find("Xero Payment", waiting, fields=["name"], order_by=order, limit=MOST):
		if lease:
			lease.keep()
		done += PaymentEntry(context, payment["name"]).update()
	return done


class PaymentEntry:
	"""The entry of one mirrored payment."""

	def __init__(self, context: Context, payment: str) -> None:
		self.context = context
		self.store = context.store
		self.payment = payment
		self.settings = context.settings()

	def update(self) -> bool:
		"""Make or cancel it as Xero has it; tells whether either was done. What stands against it is told on
		the payment.
		"""
		try:
			with self.store.transaction():
				return self._update()
		except Changed:  # another worker was at it; the next run looks again
			return False
		except _NotNow as error:
			self._hold(WAITING, str(error))
		except _ByHand as error:
			self._hold(BY_HAND, str(error))
		except ODD_DATA as error:
			self._hold(HELD, str(error))
		return False

	def _update(self) -> bool:
		payment = self.store.get("Xero Payment", self.payment, for_update=True)
		if payment is None or payment.get("entry_status") not in OPEN:
			return False
		dead = payment["xero_status"] in mapping.DEAD
		link = links.of_record(self.store, self.context.organisation, ENTITY, payment["xero_id"])
		if link is None:
			if dead and payment.get("entry_message"):
				raise _ByHand(
					"It was removed in Xero. If you entered it by hand meanwhile, cancel your entry."
				)
			if dead or not self.settings.get("make_payment_entries"):
				_end(self.store, payment, None, None)
				return False
			self._make(payment)
			return True
		entry = self.store.get("Payment Entry", link["reference_name"])
		if entry is None or entry.get("docstatus") != 1:
			if dead:
				self._ask_for_amended(link["reference_name"])
			_end(self.store, payment, REMOVED, REMOVED_HERE)
			return False
		if dead:
			self._cancel(payment, entry)
			return True
		_end(self.store, payment, MADE, None)
		return False

	def _make(self, payment: Doc) -> None:
		invoice = self._invoice_of(payment)
		entry = self.store.insert(to_payment_entry(payment, invoice, self._facts(payment, invoice)))
		links.add(self.context, "Payment Entry", entry, ENTITY, payment["xero_id"], base={})
		_end(self.store, payment, MADE, None, entry)
		self._log(payment, log.OK, f"Made for {invoice['name']}, as it was paid in Xero.", entry)

	def _cancel(self, payment: Doc, entry: Doc) -> None:
		self.store.update("Payment Entry", entry["name"], {"docstatus": 2})
		_end(self.store, payment, CANCELLED, None)
		self._log(payment, log.OK, "Cancelled: the payment was removed in Xero.", entry["name"])

	def _ask_for_amended(self, entry: str) -> None:
		"""Raises ``NoEntry`` if a person put another entry in the place of the one that was made."""
		amended = self.store.find("Payment Entry", {"amended_from": entry, "docstatus": 1}, fields=["name"])
		if amended:
			raise _ByHand(
				f"The payment was removed in Xero, and {_listed(amended)} was made for it here: cancel it."
			)

	def _hold(self, status: str, message: str) -> None:
		"""Say on the payment what stands against it, and in the log once."""
		with self.store.transaction():
			payment = self.store.get("Xero Payment", self.payment, for_update=True)
			if payment is None or payment.get("entry_status") not in OPEN:
				return
			words = log.without_emails(message)
			tried = {"entry_status": status, "entry_message": words, "entry_tried": self.context.now()}
			self.store.update("Xero Payment", payment["name"], tried)
			if payment.get("entry_message") != words:
				self._log(payment, log.WARNING, words)

	def _log(self, payment: Doc, outcome: str, answer: str, entry: str = "") -> None:
		log.write(
			self.context,
			log.PULL,
			"Payment Entry",
			outcome,
			doctype="Payment Entry" if entry else "Customer" if payment.get("customer") else "",
			name=entry or str(payment.get("customer") or ""),
			xero_entity=payment["kind"],
			xero_id=payment["xero_id"],
			answer=answer,
			cause="" if outcome == log.OK else "payment-entry",
		)

	# what it is made of

	def _invoice_of(self, payment: Doc) -> Doc:
		"""The Sales Invoice that is paid. Raises ``NoEntry`` where there is none, or a person must do it."""
		kind = payment["kind"]
		if kind == mapping.REFUND:
			return self._refunded(payment)
		if kind == mapping.ALLOCATION:
			return self._allocated(payment)
		if kind != mapping.PAYMENT:
			raise _ByHand(
				f"Xero does not say into which account an {kind.lower()} went. Enter it by hand as a Payment"
				" Entry without a reference."
			)
		mirrored = self.store.get("Xero Invoice", str(payment.get("invoice") or "")) or {}
		return self._sales_invoice(mirrored)

	def _sales_invoice(self, mirrored: Mapping[str, Any]) -> Doc:
		doctype, name = mirrored.get("reference_doctype"), str(mirrored.get("reference_name") or "")
		if doctype == "Sales Invoice":
			return self._checked(self.store.get("Sales Invoice", name), name)
		if doctype == "Xero Invoice Request":
			request = self.store.get("Xero Invoice Request", name) or {}
			doctype, name = request.get("source_doctype"), str(request.get("source_name") or "")
		if doctype != "Sales Order":
			raise _NotNow("There is no Sales Invoice here that this pays.")
		return self._checked(self._only_invoice_of(name), name)

	def _only_invoice_of(self, order: str) -> Doc | None:
		"""The one submitted Sales Invoice that bills this order, and no other order."""
		rows = self.store.find_by_row("Sales Invoice", "items", {"sales_order": order})
		found = [doc for doc in (self.store.get("Sales Invoice", row["name"]) for row in rows) if doc]
		submitted = [doc for doc in found if doc.get("docstatus") == 1 and not doc.get("is_return")]
		if not submitted:
			return None
		orders = {row["sales_order"] for row in submitted[0]["items"] if row.get("sales_order")}
		if len(submitted) > 1 or orders != {order}:
			raise _NotNow(
				f"{order} is not billed by one Sales Invoice of its own: {_listed(submitted)}."
				" Enter the payment by hand."
			)
		return submitted[0]

	def _checked(self, invoice: Doc | None, source: str) -> Doc:
		if invoice is None or invoice.get("docstatus") != 1:
			raise _NotNow(f"There is no submitted Sales Invoice for {source}.")
		if invoice.get("company") != self.settings.get("company"):
			raise NoEntry(f"{invoice['name']} is one of {invoice.get('company')}. Enter the payment by hand.")
		return invoice

	def _refunded(self, refund: Doc) -> Doc:
		"""The return that a refund pays out."""
		link = links.of_record(
			self.store, self.context.organisation, "CreditNote", str(refund.get("credit_xero_id") or "")
		)
		if link is None or link["reference_doctype"] != "Sales Invoice":
			raise _ByHand("What this refunds is no return here. Enter it by hand.")
		return self._checked(self.store.get("Sales Invoice", link["reference_name"]), link["reference_name"])

	def _allocated(self, allocation: Doc) -> Doc:
		"""Always raises ``NoEntry``: an allocation is no money, and a person may have to do the same here."""
		mirrored = self.store.get("Xero Invoice", str(allocation.get("invoice") or "")) or {}
		invoice = self._sales_invoice(mirrored)
		raise _ByHand(
			f"{allocation['amount']} {allocation['currency']} of a credit was allocated to {invoice['name']}"
			f" in Xero. It owes {invoice.get('outstanding_amount')} here: if the credit is not in that yet,"
			" use Payment Reconciliation."
		)

	def _facts(self, payment: Doc, invoice: Doc) -> Facts:
		account, row = self._account(payment)
		bank = self.store.get("Account", row["account"])
		company = self.store.get("Company", str(self.settings.get("company")))
		if bank is None or company is None:
			raise NoEntry(f"There is no account {row['account']}. Choose another in Accounts of Payments.")
		template = self.store.get("Payment Terms Template", str(invoice.get("payment_terms_template") or ""))
		return Facts(
			company=company,
			bank=bank,
			xero_currency=str(account.get("currency") or ""),
			mode_of_payment=row.get("mode_of_payment") or None,
			by_term=bool((template or {}).get("allocate_payment_based_on_payment_terms")),
			settles=self._settles(payment),
		)

	def _account(self, payment: Doc) -> tuple[Doc, Doc]:
		"""The account in Xero that the money went to, and the row that says which it is here."""
		key = "account_id" if payment.get("account_id") else "account_code"
		field = "xero_id" if key == "account_id" else "code"
		ours = {"organisation": self.context.organisation, field: str(payment.get(key) or "")}
		account = first(self.store, "Xero Account", ours) if payment.get(key) else None
		for row in self.settings.get("payment_accounts") or []:
			if account and row.get("xero_account") == account["name"]:
				return account, row
		named = (account or {}).get("title") or payment.get("account_code") or "the account"
		raise NoEntry(
			f"It was paid into {named} in Xero. Say in Accounts of Payments which account that is here."
		)

	def _settles(self, payment: Doc) -> bool:
		"""Whether nothing is due in Xero once this payment is entered here as well."""
		invoice = self.store.get("Xero Invoice", str(payment.get("invoice") or ""))
		if invoice is None or invoice.get("amount_due"):
			return False
		standing = {
			"organisation": self.context.organisation,
			"invoice_xero_id": invoice["xero_id"],
			"kind": mapping.PAYMENT,
			"xero_status": "AUTHORISED",
		}
		others = self.store.find("Xero Payment", standing, fields=["entry_status"])
		return all(row["entry_status"] == MADE for row in others if row["name"] != payment["name"])


def _end(
	store: Store, payment: Doc, status: str | None, message: str | None, entry: str | None = None
) -> None:
	"""Nothing more is to be done for this payment; a link of what no longer stands is marked as gone."""
	values = {"entry_status": status, "entry_message": message, "entry_tried": None}
	store.update("Xero Payment", payment["name"], values | ({"payment_entry": entry} if entry else {}))
	if status in (CANCELLED, REMOVED):
		link = links.of_record(store, payment["organisation"], ENTITY, payment["xero_id"])
		if link:
			store.update("Xero Link", link["name"], {"status": links.GONE})


def _listed(docs: Iterable[Doc]) -> str:
	return ", ".join(str(doc["name"]) for doc in docs)
