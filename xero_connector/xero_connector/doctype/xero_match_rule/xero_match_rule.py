from frappe.model.document import Document


class XeroMatchRule(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		enabled: DF.Check
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		rule: DF.Literal["Contact Number", "Account Number", "Email", "Tax Number", "Name"]
	# end: auto-generated types
	pass
