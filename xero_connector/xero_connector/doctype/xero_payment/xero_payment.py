import frappe
from frappe.model.document import Document

from xero_connector.store.frappe import add_keys

NEWEST = ("customer", "payment_date", "creation")
CREDIT = ("customer", "remaining_credit")


class XeroPayment(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		account_code: DF.Data | None
		account_id: DF.Data | None
		amount: DF.Currency
		bank_amount: DF.Float
		base_amount: DF.Currency
		base_currency: DF.Link | None
		contact_id: DF.Data | None
		credit_xero_id: DF.Data | None
		currency: DF.Link | None
		currency_rate: DF.Float
		customer: DF.Link | None
		entry_message: DF.SmallText | None
		entry_status: DF.Literal[
			"", "Queued", "Made", "Waiting", "Held", "By Hand", "Cancelled", "Removed Here"
		]
		entry_tried: DF.Data | None
		invoice: DF.Link | None
		invoice_xero_id: DF.Data | None
		kind: DF.Literal["Payment", "Overpayment", "Prepayment", "Credit Note", "Refund", "Allocation"]
		organisation: DF.Link | None
		payment_date: DF.Date | None
		payment_entry: DF.Link | None
		reference: DF.Data | None
		remaining_credit: DF.Currency
		told: DF.Check
		updated_utc: DF.Data | None
		xero_id: DF.Data | None
		xero_status: DF.Data | None
	# end: auto-generated types
	pass


def on_doctype_update() -> None:
	add_keys("Xero Payment")
	for fields in (NEWEST, CREDIT):
		frappe.db.add_index("Xero Payment", list(fields))
