from frappe.model.document import Document


class XeroTaxMap(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		account: DF.Link | None
		country: DF.Link | None
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		rate: DF.Float
		state: DF.Data | None
		tax_category: DF.Link | None
		tax_rate: DF.Link
		template: DF.Link | None
	# end: auto-generated types
	pass
