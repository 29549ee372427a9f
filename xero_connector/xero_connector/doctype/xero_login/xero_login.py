from frappe.model.document import Document


class XeroLogin(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		access_token: DF.Password | None
		connected_at: DF.Data | None
		connected_by: DF.Link | None
		expires_at: DF.Data | None
		kind: DF.Literal["Web App", "Custom Connection", "Demo"]
		message: DF.SmallText | None
		refresh_token: DF.Password | None
		scopes: DF.SmallText | None
		status: DF.Literal["Connected", "Reconnect Needed", "Disconnected"]
		title: DF.Data | None
	# end: auto-generated types
	pass
