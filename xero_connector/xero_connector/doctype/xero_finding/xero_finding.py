from frappe.model.document import Document


class XeroFinding(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		kind: DF.Data | None
		message: DF.SmallText | None
		outcome: DF.Literal["Repaired", "Queued", "Told"]
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		reference_doctype: DF.Link | None
		reference_name: DF.DynamicLink | None
		xero_entity: DF.Data | None
		xero_id: DF.Data | None
	# end: auto-generated types
	pass
