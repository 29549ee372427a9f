from frappe.model.document import Document

from xero_connector.store.frappe import add_keys


class XeroConflict(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		base_value: DF.SmallText | None
		cause: DF.Data | None
		erp_doctype: DF.Link | None
		erp_field: DF.Data | None
		erpnext_value: DF.SmallText | None
		link: DF.Link | None
		message: DF.SmallText | None
		opened_at: DF.Data | None
		organisation: DF.Link | None
		reference_doctype: DF.Link | None
		reference_name: DF.DynamicLink | None
		resolution: DF.Literal["", "ERPNext", "Xero", "Agreed"]
		resolved_at: DF.Data | None
		resolved_by: DF.Data | None
		status: DF.Literal["Open", "Resolved"]
		xero_field: DF.Data | None
		xero_value: DF.SmallText | None
	# end: auto-generated types
	pass


def on_doctype_update() -> None:
	add_keys("Xero Conflict")
