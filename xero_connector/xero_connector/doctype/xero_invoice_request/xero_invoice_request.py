from frappe.model.document import Document

from xero_connector.store.frappe import add_keys


class XeroInvoiceRequest(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		amount: DF.Currency
		company: DF.Link
		currency: DF.Link | None
		due_date: DF.Date | None
		invoice_date: DF.Date | None
		label: DF.Data | None
		source_doctype: DF.Link
		source_name: DF.DynamicLink
		status: DF.Literal["Requested", "Cancelled"]
	# end: auto-generated types
	pass


def on_doctype_update() -> None:
	add_keys("Xero Invoice Request")
