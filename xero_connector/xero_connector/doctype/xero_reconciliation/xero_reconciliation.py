from frappe.model.document import Document


class XeroReconciliation(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		from xero_connector.xero_connector.doctype.xero_finding.xero_finding import XeroFinding

		calls: DF.Int
		findings: DF.Table[XeroFinding]
		finished_at: DF.Data | None
		message: DF.SmallText | None
		organisation: DF.Link | None
		progress: DF.Percent
		queued: DF.Int
		read: DF.Int
		repaired: DF.Int
		started_at: DF.Data | None
		status: DF.Literal["Queued", "Running", "Done", "Stopped"]
		step: DF.Data | None
		told: DF.Int
	# end: auto-generated types
	pass
