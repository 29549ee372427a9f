import frappe
from frappe import _
from frappe.model.document import Document

from xero_connector.store.frappe import add_keys
from xero_connector.sync.links import GONE


class XeroLink(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		afterwards: DF.SmallText | None
		base: DF.LongText | None
		contact_group: DF.Data | None
		linked_at: DF.Data | None
		matched_by: DF.Data | None
		organisation: DF.Link | None
		payload_hash: DF.Data | None
		pushed_at: DF.Data | None
		reference_doctype: DF.Link | None
		reference_name: DF.DynamicLink | None
		status: DF.Literal["Linked", "Archived", "Gone"]
		url: DF.Data | None
		xero_entity: DF.Literal["Contact", "Item", "Invoice", "Quote", "CreditNote", "Payment"]
		xero_id: DF.Data | None
		xero_number: DF.Data | None

	# end: auto-generated types
	def on_trash(self) -> None:
		"""A link to what is still in Xero keeps that from being made twice: only a dead one may go."""
		if self.status != GONE:
			frappe.throw(_("Only a link whose record is gone in Xero can be deleted."))


def on_doctype_update() -> None:
	add_keys("Xero Link")
