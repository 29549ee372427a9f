from frappe.model.document import Document

from xero_connector.store.frappe import add_keys


class XeroBatch(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		answer: DF.SmallText | None
		body: DF.LongText | None
		body_hash: DF.Data | None
		entity: DF.Data | None
		frozen_at: DF.Data | None
		idempotency_key: DF.Data | None
		method: DF.Data | None
		organisation: DF.Link | None
		path: DF.Data | None
		replayable: DF.Check
		rows: DF.LongText | None
		status: DF.Literal["Frozen", "Uncertain", "Settled"]
	# end: auto-generated types
	pass


def on_doctype_update() -> None:
	add_keys("Xero Batch")
