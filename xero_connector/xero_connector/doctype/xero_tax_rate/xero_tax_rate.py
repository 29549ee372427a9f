from frappe.model.document import Document

from xero_connector.store.frappe import add_keys


class XeroTaxRate(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		account_classes: DF.Data | None
		can_apply_to_revenue: DF.Check
		components: DF.Data | None
		effective_rate: DF.Float
		organisation: DF.Link | None
		rate_name: DF.Data | None
		status: DF.Data | None
		tax_type: DF.Data | None
	# end: auto-generated types
	pass


def on_doctype_update() -> None:
	add_keys("Xero Tax Rate")
