from frappe.model.document import Document

from xero_connector.store.frappe import add_keys


class XeroOutbox(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		action: DF.Literal["Upsert", "Void"]
		advice: DF.SmallText | None
		attempts: DF.Int
		batch: DF.Link | None
		cause: DF.Data | None
		done_at: DF.Data | None
		edited_at: DF.Data | None
		fix_doctype: DF.Link | None
		fix_field: DF.Data | None
		fix_name: DF.DynamicLink | None
		message: DF.SmallText | None
		next_try: DF.Data | None
		organisation: DF.Link | None
		priority: DF.Int
		queued_at: DF.Data | None
		reference_doctype: DF.Link | None
		reference_name: DF.DynamicLink | None
		status: DF.Literal["Queued", "Sending", "Uncertain", "Waiting", "Held", "Done", "Cancelled"]
		triggered_by: DF.Data | None
		version: DF.Data | None
		waits_for: DF.Data | None
	# end: auto-generated types
	pass


def on_doctype_update() -> None:
	add_keys("Xero Outbox")
