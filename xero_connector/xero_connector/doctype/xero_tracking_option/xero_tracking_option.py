from frappe.model.document import Document

from xero_connector.store.frappe import add_keys


class XeroTrackingOption(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		category_id: DF.Data | None
		category_name: DF.Data | None
		option_name: DF.Data | None
		organisation: DF.Link | None
		status: DF.Data | None
		title: DF.Data | None
		xero_id: DF.Data | None
	# end: auto-generated types
	pass


def on_doctype_update() -> None:
	add_keys("Xero Tracking Option")
