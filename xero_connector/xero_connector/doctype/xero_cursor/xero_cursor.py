from frappe.model.document import Document

from xero_connector.store.frappe import add_keys


class XeroCursor(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		entity: DF.Data | None
		last_run: DF.Data | None
		organisation: DF.Link | None
		position: DF.Data | None
		read_once: DF.Check
	# end: auto-generated types
	pass


def on_doctype_update() -> None:
	add_keys("Xero Cursor")
