from frappe.model.document import Document


class XeroImport(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		from xero_connector.xero_connector.doctype.xero_finding.xero_finding import XeroFinding

		asked_at: DF.Data | None
		calls: DF.Int
		contacts: DF.Int
		credits: DF.Int
		entity: DF.Data | None
		expected: DF.Int
		findings: DF.Table[XeroFinding]
		finished_at: DF.Data | None
		from_date: DF.Date | None
		invoices: DF.Int
		linked: DF.Int
		message: DF.SmallText | None
		not_before: DF.Data | None
		organisation: DF.Link | None
		payments: DF.Int
		position: DF.Data | None
		progress: DF.Percent
		started_at: DF.Data | None
		status: DF.Literal["Queued", "Running", "Paused", "Finished", "Failed"]
		unmatched: DF.Int
	# end: auto-generated types
	pass
