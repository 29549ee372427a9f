from frappe.model.document import Document

from xero_connector.store.frappe import add_keys


class XeroQuote(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		contact_id: DF.Data | None
		contact_name: DF.Data | None
		currency: DF.Link | None
		customer: DF.Link | None
		expiry_date: DF.Date | None
		organisation: DF.Link | None
		quote_date: DF.Date | None
		quote_number: DF.Data | None
		reference: DF.Data | None
		reference_doctype: DF.Link | None
		reference_name: DF.DynamicLink | None
		total: DF.Currency
		updated_utc: DF.Data | None
		url: DF.Data | None
		xero_id: DF.Data | None
		xero_status: DF.Data | None
	# end: auto-generated types
	pass


def on_doctype_update() -> None:
	add_keys("Xero Quote")
