from frappe.model.document import Document

from xero_connector.store.frappe import add_keys


class XeroContact(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		account_number: DF.Data | None
		contact_name: DF.Data | None
		contact_number: DF.Data | None
		email: DF.Data | None
		merged_to: DF.Data | None
		name_key: DF.Data | None
		organisation: DF.Link | None
		status: DF.Data | None
		tax_number: DF.Data | None
		updated_utc: DF.Data | None
		xero_id: DF.Data | None
	# end: auto-generated types
	pass


def on_doctype_update() -> None:
	add_keys("Xero Contact")
