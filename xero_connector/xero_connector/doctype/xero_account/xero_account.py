from frappe.model.document import Document

from xero_connector.store.frappe import add_keys


class XeroAccount(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		account_class: DF.Data | None
		account_name: DF.Data | None
		account_type: DF.Data | None
		code: DF.Data | None
		currency: DF.Data | None
		enable_payments: DF.Check
		organisation: DF.Link | None
		status: DF.Data | None
		system_account: DF.Data | None
		tax_type: DF.Data | None
		title: DF.Data | None
		xero_id: DF.Data | None
	# end: auto-generated types
	pass


def on_doctype_update() -> None:
	add_keys("Xero Account")
