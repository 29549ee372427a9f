import frappe
from frappe import _
from frappe.model.document import Document

from xero_connector.store.frappe import add_keys


class XeroFieldMap(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		direction: DF.Literal["To Xero", "From Xero", "Both"]
		enabled: DF.Check
		erp_doctype: DF.Literal["Customer", "Address", "Contact"]
		erp_field: DF.Data
		policy: DF.Literal["Ask", "ERPNext Wins", "Xero Wins", "Newest Wins"]
		xero_field: DF.Data

	# end: auto-generated types
	def validate(self) -> None:
		if not frappe.get_meta(self.erp_doctype).has_field(self.erp_field):
			frappe.throw(_("{0} has no field {1}.").format(_(self.erp_doctype), self.erp_field))


def on_doctype_update() -> None:
	add_keys("Xero Field Map")
