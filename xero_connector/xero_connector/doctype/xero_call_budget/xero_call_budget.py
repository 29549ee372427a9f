from frappe.model.document import Document


class XeroCallBudget(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		asked_at: DF.Data | None
		day_at: DF.Data | None
		day_limit: DF.Int
		day_remaining: DF.Int
		in_flight: DF.SmallText | None
		limit_at: DF.Data | None
		not_before: DF.Data | None
		organisation: DF.Link | None
		polled_at: DF.Data | None
		problem: DF.Data | None
		recent: DF.SmallText | None
		version: DF.Int
	# end: auto-generated types
	pass
