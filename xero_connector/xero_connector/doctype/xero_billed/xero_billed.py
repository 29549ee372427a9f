from frappe.model.document import Document

from xero_connector.store.frappe import add_keys


class XeroBilled(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		amount: DF.Float
		billed_doctype: DF.Link | None
		billed_name: DF.DynamicLink | None
		organisation: DF.Link | None
		source_doctype: DF.Link | None
		source_name: DF.DynamicLink | None
	# end: auto-generated types
	pass


def on_doctype_update() -> None:
	add_keys("Xero Billed")
