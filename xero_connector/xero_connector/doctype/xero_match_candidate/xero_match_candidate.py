from frappe.model.document import Document


class XeroMatchCandidate(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		account_number: DF.Data | None
		contact_name: DF.Data | None
		contact_number: DF.Data | None
		email: DF.Data | None
		linked_doctype: DF.Link | None
		linked_name: DF.DynamicLink | None
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		status: DF.Data | None
		tax_number: DF.Data | None
		why: DF.Data | None
		xero_id: DF.Data | None
	# end: auto-generated types
	pass
