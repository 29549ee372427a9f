from datetime import datetime, timedelta, timezone

import frappe
from frappe.model.document import Document

from xero_connector.clock import utc_text
from xero_connector.store.frappe import add_keys


class XeroSyncLog(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		action: DF.Data | None
		advice: DF.SmallText | None
		answer: DF.SmallText | None
		at: DF.Data | None
		cause: DF.Data | None
		changed: DF.Code | None
		correlation_id: DF.Data | None
		differences: DF.Code | None
		direction: DF.Literal["Push", "Pull"]
		organisation: DF.Link | None
		outcome: DF.Literal["OK", "Warning", "Held", "Error"]
		reference_doctype: DF.Link | None
		reference_name: DF.DynamicLink | None
		sent: DF.Code | None
		triggered_by: DF.Data | None
		xero_entity: DF.Data | None
		xero_id: DF.Data | None

	# end: auto-generated types
	@staticmethod
	def clear_old_logs(days: int = 400) -> None:
		"""Called each night by Frappe's Log Settings."""
		cutoff = utc_text(datetime.now(timezone.utc) - timedelta(days=days))
		frappe.db.delete("Xero Sync Log", {"at": ("<", cutoff)})


def on_doctype_update() -> None:
	add_keys("Xero Sync Log")
