from frappe.model.document import Document

from xero_connector.store.frappe import add_keys


class XeroMatch(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		from xero_connector.xero_connector.doctype.xero_match_candidate.xero_match_candidate import (
			XeroMatchCandidate,
		)

		candidates: DF.Table[XeroMatchCandidate]
		cause: DF.Data | None
		chosen: DF.Data | None
		message: DF.SmallText | None
		opened_at: DF.Data | None
		organisation: DF.Link | None
		reference_doctype: DF.Link | None
		reference_name: DF.DynamicLink | None
		resolved_at: DF.Data | None
		resolved_by: DF.Data | None
		status: DF.Literal["Open", "Linked", "New", "Closed"]
	# end: auto-generated types
	pass


def on_doctype_update() -> None:
	add_keys("Xero Match")
