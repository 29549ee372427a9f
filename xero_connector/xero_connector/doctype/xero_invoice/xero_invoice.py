import frappe
from frappe.model.document import Document

from xero_connector.store.frappe import add_keys

SUMMED = (
	"customer",
	"organisation",
	"base_currency",
	"payment_status",
	"invoice_date",
	"due_date",
	"base_total",
	"base_paid",
	"base_due",
)
"""All that the sums on a Customer's form need, so that they are added up from the index alone."""

NEWEST = ("customer", "invoice_date", "invoice_number")


class XeroInvoice(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		amount_credited: DF.Currency
		amount_due: DF.Currency
		amount_paid: DF.Currency
		base_currency: DF.Link | None
		base_due: DF.Currency
		base_overdue: DF.Currency
		base_paid: DF.Currency
		base_total: DF.Currency
		contact_id: DF.Data | None
		contact_name: DF.Data | None
		credit_notes: DF.Currency
		currency: DF.Link | None
		currency_rate: DF.Float
		customer: DF.Link | None
		due_date: DF.Date | None
		invoice_date: DF.Date | None
		invoice_number: DF.Data | None
		invoice_type: DF.Data | None
		organisation: DF.Link | None
		paid_on: DF.Date | None
		payment_status: DF.Literal["Draft", "Sent", "Part Paid", "Paid", "Overdue", "Voided"]
		reference: DF.Data | None
		reference_doctype: DF.Link | None
		reference_name: DF.DynamicLink | None
		sent_to_contact: DF.Check
		sub_total: DF.Currency
		told_days: DF.Int
		total: DF.Currency
		total_tax: DF.Currency
		updated_utc: DF.Data | None
		url: DF.Data | None
		xero_id: DF.Data | None
		xero_payment_url: DF.Data | None
		xero_status: DF.Data | None

	# end: auto-generated types
	def onload(self) -> None:
		is_demo = frappe.db.get_value("Xero Organisation", self.organisation, "is_demo")
		self.set_onload("is_demo", is_demo)


def on_doctype_update() -> None:
	add_keys("Xero Invoice")
	frappe.db.add_index("Xero Invoice", list(SUMMED), "customer_sums_index")
	frappe.db.add_index("Xero Invoice", list(NEWEST))
