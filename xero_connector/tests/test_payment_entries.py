"""Payments in Xero as Payment Entries, with ERPNext's own ledger as the judge."""

from __future__ import annotations

import threading
from decimal import Decimal
from typing import Any

import frappe
from erpnext.accounts.doctype.payment_entry.payment_entry import get_payment_entry
from erpnext.selling.doctype.sales_order.sales_order import make_sales_invoice
from frappe.utils import add_days, today

from xero_connector.desk import jobs, wiring
from xero_connector.store.frappe import FrappeStore
from xero_connector.sync import links, payment_entries
from xero_connector.tests.base import ConnectedTestCase, remove


class TestPaymentEntries(ConnectedTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.connect()
		self.bank = self.account("Xero Test Bank", "Bank", "GBP")
		self.choose(self.bank)

	def account(self, name: str, account_type: str, currency: str) -> str:
		"""An account of the company; it stays, as its ledger entries do."""
		values = {"account_name": f"{name} {currency}", "company": self.company()}
		known = frappe.db.get_value("Account", values)
		if known:
			return str(known)
		default = frappe.db.get_value("Company", self.company(), "default_receivable_account")
		parent = {
			"Receivable": frappe.db.get_value("Account", default, "parent_account"),
			"Bank": frappe.db.get_value(
				"Account", {"company": self.company(), "account_type": "Bank", "is_group": 1}
			),
		}[account_type]
		doc = {"doctype": "Account", "account_type": account_type, "account_currency": currency}
		return str(frappe.get_doc({**doc, **values, "parent_account": parent}).insert().name)

	def choose(self, account: str, *, code: str = "090") -> None:
		xero_account = frappe.db.get_value("Xero Account", {"organisation": self.tenant, "code": code})
		organisation = frappe.get_doc("Xero Organisation", self.tenant)
		organisation.make_payment_entries = 1
		organisation.set("payment_accounts", [{"xero_account": xero_account, "account": account}])
		organisation.save()
		frappe.db.commit()

	def cycle(self) -> None:
		frappe.db.commit()
		jobs.cycle(self.tenant)
		frappe.db.commit()

	def billed(self, currency: str = "GBP", debit_to: str | None = None, **values: Any) -> Any:
		"""A submitted Sales Invoice of 120.00, and its invoice in Xero, linked to it."""
		customer = self.customer(default_currency=currency)
		self.cycle()
		rate = 0.8 if currency == "USD" else 1
		invoice = frappe.get_doc(
			{
				"doctype": "Sales Invoice",
				"customer": customer,
				"company": self.company(),
				"currency": currency,
				"conversion_rate": rate,
				"posting_date": today(),
				"due_date": add_days(today(), 30),
				"disable_rounded_total": 1,
				"items": [{"item_code": self.item(), "qty": 1, "rate": 120}],
				**({"debit_to": debit_to} if debit_to else {}),
				**values,
			}
		).insert()
		self.addCleanup(remove, "Sales Invoice", invoice.name)
		invoice.submit()
		self.addCleanup(self.remove_entries, customer)
		contact = links.of_document(FrappeStore(), self.tenant, "Customer", customer)
		assert contact
		foreign = {"CurrencyCode": "USD", "CurrencyRate": Decimal("1.25")} if currency == "USD" else {}
		xero_id = self.accountant.add_invoice(
			Contact={"ContactID": contact["xero_id"]},
			InvoiceNumber=invoice.name,
			DueDate=add_days(today(), 30),
			Status="AUTHORISED",
			LineItems=[{"Description": "Work", "UnitAmount": 120, "AccountCode": "200", "TaxType": "NONE"}],
			**foreign,
		)
		context = wiring.engine(self.tenant).context
		links.add(context, "Sales Invoice", invoice.name, "Invoice", xero_id, base={})
		return invoice

	def remove_entries(self, customer: str) -> None:
		for name in frappe.get_all("Payment Entry", {"party": customer}, pluck="name"):
			remove("Payment Entry", name)

	def invoice_id(self, invoice: Any) -> str:
		return str(self.accountant.find_invoice(invoice.name)["InvoiceID"])

	def entries(self, invoice: Any, docstatus: int = 1) -> list[Any]:
		names = frappe.get_all(
			"Payment Entry", {"party": invoice.customer, "docstatus": docstatus}, pluck="name"
		)
		return [frappe.get_doc("Payment Entry", name) for name in names]

	def outstanding(self, invoice: Any) -> float:
		return float(frappe.db.get_value("Sales Invoice", invoice.name, "outstanding_amount"))

	def ledger(self, *vouchers: str) -> dict[str, float]:
		"""What the vouchers moved on each account, in the company's currency; debit above zero."""
		rows = frappe.get_all(
			"GL Entry",
			{"voucher_no": ("in", vouchers), "is_cancelled": 0},
			["account", "debit", "credit"],
		)
		moved: dict[str, float] = {}
		for row in rows:
			moved[row.account] = round(moved.get(row.account, 0) + row.debit - row.credit, 2)
		self.assertEqual(round(sum(moved.values()), 2), 0)
		return {account: amount for account, amount in moved.items() if amount}

	def vouchers(self, invoice: Any) -> list[str]:
		"""The entries of an invoice, with the journals that ERPNext made for exchange differences."""
		entries = [entry.name for entry in self.entries(invoice)]
		journals = frappe.get_all(
			"Journal Entry Account", {"reference_name": ("in", [*entries, invoice.name])}, pluck="parent"
		)
		return [*entries, *set(journals)]

	def payment(self, xero_id: str) -> Any:
		return frappe.get_doc("Xero Payment", {"organisation": self.tenant, "xero_id": xero_id})

	def test_paid_removed_and_paid_again(self) -> None:
		invoice = self.billed()
		first = self.accountant.pay(self.invoice_id(invoice), 50, reference="BACS 7")
		self.cycle()
		(entry,) = self.entries(invoice)
		self.assertEqual(self.outstanding(invoice), 70)
		self.assertEqual((entry.reference_no, entry.unallocated_amount), ("BACS 7", 0))
		self.assertEqual(self.ledger(entry.name), {self.bank: 50, invoice.debit_to: -50})
		self.assertEqual(self.payment(first).payment_entry, entry.name)
		self.assertEqual(entry.xero_payment, self.payment(first).name)
		self.accountant.pay(self.invoice_id(invoice), 70)
		self.accountant.remove_payment(first)
		self.cycle()
		self.assertEqual(self.outstanding(invoice), 50)
		self.assertEqual(frappe.db.get_value("Payment Entry", entry.name, "docstatus"), 2)
		self.assertEqual(self.ledger(entry.name), {})
		self.accountant.pay(self.invoice_id(invoice), 50)
		self.cycle()
		self.assertEqual(self.outstanding(invoice), 0)
		self.assertEqual(len(self.entries(invoice)), 2)

	def test_dollars_owed_in_dollars_gain(self) -> None:
		debtors = self.account("Xero Test Debtors", "Receivable", "USD")
		invoice = self.billed("USD", debtors)
		self.accountant.pay(self.invoice_id(invoice), 40)
		self.cycle()
		self.assertEqual(self.outstanding(invoice), 80)
		paid = self.accountant.pay(self.invoice_id(invoice), 80, rate="1.17")
		self.cycle()
		self.assertEqual(self.outstanding(invoice), 0)
		self.assertEqual(self.payment(paid).bank_amount, 68.38)
		moved = self.ledger(*self.vouchers(invoice))
		self.assertEqual((moved[self.bank], moved[debtors]), (100.38, -96))
		self.assertEqual(sum(moved.values()), 0)
		self.accountant.remove_payment(paid)
		self.cycle()
		self.assertEqual(self.outstanding(invoice), 80)
		self.assertEqual(self.ledger(*self.vouchers(invoice)), {self.bank: 32, debtors: -32})

	def test_dollars_owed_in_pounds_lose(self) -> None:
		setting = "allow_multi_currency_invoices_against_single_party_account"
		before = frappe.db.get_single_value("Accounts Settings", setting)
		self.addCleanup(self.set_accounts, **{setting: before})
		self.set_accounts(**{setting: 1})
		invoice = self.billed("USD")
		self.assertEqual(self.outstanding(invoice), 96)
		for amount in ("33.33", "33.33", "53.34"):
			self.accountant.pay(self.invoice_id(invoice), amount, rate="1.33")
		self.cycle()
		self.assertEqual(self.outstanding(invoice), 0)
		moved = self.ledger(*self.vouchers(invoice))
		self.assertEqual((moved[self.bank], moved[invoice.debit_to]), (90.23, -96))

	def test_dollars_into_a_bank_in_dollars(self) -> None:
		debtors, bank = (
			self.account("Xero Test Debtors", "Receivable", "USD"),
			self.account("Xero Test Bank", "Bank", "USD"),
		)
		frappe.db.set_value("Xero Account", {"organisation": self.tenant, "code": "090"}, "currency", "USD")
		self.choose(bank)
		invoice = self.billed("USD", debtors)
		self.accountant.pay(self.invoice_id(invoice), 120, rate="1.2")
		self.cycle()
		self.assertEqual(self.outstanding(invoice), 0)
		(entry,) = self.entries(invoice)
		self.assertEqual((entry.paid_amount, entry.received_amount), (120, 120))
		self.assertEqual(self.ledger(*self.vouchers(invoice))[bank], 100)

	def test_a_closed_period_is_told_and_opened_again(self) -> None:
		invoice = self.billed()
		period = frappe.get_doc(
			{
				"doctype": "Accounting Period",
				"period_name": "Xero Test Period",
				"company": self.company(),
				"start_date": add_days(today(), -1),
				"end_date": add_days(today(), 1),
				"closed_documents": [{"document_type": "Payment Entry", "closed": 1}],
			}
		).insert()
		self.addCleanup(remove, "Accounting Period", period.name)
		paid = self.accountant.pay(self.invoice_id(invoice), 120)
		self.cycle()
		row = self.payment(paid)
		self.assertEqual(
			(row.entry_status, self.entries(invoice), self.outstanding(invoice)), ("Held", [], 120)
		)
		self.assertIn("Accounting Period", row.entry_message)
		logged = {"organisation": self.tenant, "cause": "payment-entry"}
		self.assertEqual(frappe.get_all("Xero Sync Log", logged, pluck="answer"), [row.entry_message])
		period.delete()
		self.cycle()
		self.assertEqual(self.outstanding(invoice), 0)
		self.assertFalse(self.payment(paid).entry_message)

	def set_accounts(self, **values: Any) -> None:
		for field, value in values.items():
			frappe.db.set_single_value("Accounts Settings", field, value)
		frappe.clear_cache(doctype="Accounts Settings")
		frappe.db.commit()

	def test_workers_at_the_same_moment_make_one_entry(self) -> None:
		self.choose(self.bank, code="091")
		invoice = self.billed()
		paid = self.accountant.pay(self.invoice_id(invoice), 120)
		self.cycle()
		self.assertEqual(self.payment(paid).entry_status, "Held")
		self.choose(self.bank)
		self.assertEqual(self.payment(paid).entry_status, "Queued")
		frappe.db.commit()
		start, made = threading.Barrier(4), []

		def work(site: str) -> None:
			frappe.init(site=site)
			frappe.connect()
			context = wiring.engine(self.tenant).context
			start.wait(timeout=30)
			made.append(payment_entries.make(context))
			frappe.destroy()

		workers = [threading.Thread(target=work, args=(frappe.local.site,)) for _ in range(4)]
		for worker in workers:
			worker.start()
		for worker in workers:
			worker.join(timeout=60)
		frappe.db.rollback()
		self.assertEqual(sorted(made), [0, 0, 0, 1])
		self.assertEqual(len(self.entries(invoice)), 1)
		self.assertEqual(self.outstanding(invoice), 0)

	def test_an_entry_that_a_person_cancels_stays_so(self) -> None:
		invoice = self.billed()
		paid = self.accountant.pay(self.invoice_id(invoice), 120)
		self.cycle()
		(entry,) = self.entries(invoice)
		entry.cancel()
		self.assertEqual(self.payment(paid).entry_status, "Removed Here")
		self.cycle()
		self.assertEqual(self.entries(invoice), [])
		frappe.delete_doc("Payment Entry", entry.name, force=True)  # its ledger entries are not the point
		self.assertFalse(self.payment(paid).payment_entry)
		self.assertEqual(self.accountant.payment(paid)["Status"], "AUTHORISED")

	def test_what_a_person_typed_before_is_not_doubled(self) -> None:
		invoice = self.billed()
		typed = get_payment_entry("Sales Invoice", invoice.name, bank_account=self.bank)
		typed.update({"reference_no": "typed", "reference_date": today()})
		typed.insert().submit()
		paid = self.accountant.pay(self.invoice_id(invoice), 120)
		self.cycle()
		self.assertEqual(len(self.entries(invoice)), 1)
		self.assertIn("owes 0.00 GBP here", self.payment(paid).entry_message)

	def test_a_sales_invoice_that_comes_later_is_paid_at_once(self) -> None:
		customer = self.customer()
		order = frappe.get_doc("Sales Order", self.sales_order(customer))
		order.submit()
		self.addCleanup(self.remove_entries, customer)
		frappe.db.set_value("Xero Organisation", self.tenant, "invoice_status", "Authorised")
		self.cycle()
		xero_id = frappe.db.get_value("Xero Link", {"reference_name": order.name}, "xero_id")
		self.assertTrue(xero_id, frappe.get_all("Xero Outbox", {"reference_name": order.name}, ["message"]))
		self.accountant.pay(xero_id, "100.50")
		self.cycle()
		invoice = make_sales_invoice(order.name)
		invoice.insert()
		self.addCleanup(remove, "Sales Invoice", invoice.name)
		invoice.submit()
		frappe.db.commit()
		jobs.fetch(self.tenant)
		self.assertEqual(self.outstanding(invoice), 20)
