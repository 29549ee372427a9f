from frappe.model.document import Document

from xero_connector.store.frappe import add_keys


class XeroBrandingTheme(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		organisation: DF.Link | None
		status: DF.Data | None
		theme_name: DF.Data | None
		xero_id: DF.Data | None
	# end: auto-generated types
	pass


def on_doctype_update() -> None:
	add_keys("Xero Branding Theme")
