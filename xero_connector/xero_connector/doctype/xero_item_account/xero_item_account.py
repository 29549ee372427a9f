from frappe.model.document import Document


class XeroItemAccount(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		source_doctype: DF.Literal["Item", "Item Group"]
		source_name: DF.DynamicLink
		xero_account: DF.Link
	# end: auto-generated types
	pass
