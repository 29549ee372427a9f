from frappe.model.document import Document

from xero_connector.store.frappe import add_keys


class XeroWebhookEvent(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		category: DF.Data | None
		event_date: DF.Data | None
		event_key: DF.Data | None
		event_type: DF.Data | None
		message: DF.SmallText | None
		organisation: DF.Data | None
		received_at: DF.Data | None
		resource_id: DF.Data | None
		status: DF.Literal["New", "Done", "Ignored"]
	# end: auto-generated types
	pass


def on_doctype_update() -> None:
	add_keys("Xero Webhook Event")
