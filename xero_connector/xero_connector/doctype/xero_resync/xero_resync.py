from frappe.model.document import Document


class XeroResync(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		asked_by: DF.Data | None
		finished_at: DF.Data | None
		organisation: DF.Link | None
		position: DF.Int
		progress: DF.Percent
		queued: DF.Int
		rows: DF.Code | None
		started_at: DF.Data | None
		status: DF.Literal["Queued", "Running", "Done", "Stopped"]
		total: DF.Int
	# end: auto-generated types
	pass
