import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import escape_html

from xero_connector.desk.field_map import fields_of
from xero_connector.mapping.map_check import faults, remarks
from xero_connector.store.frappe import add_keys


class XeroFieldMap(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		direction: DF.Literal["To Xero", "From Xero", "Both"]
		enabled: DF.Check
		erp_doctype: DF.Literal["Customer", "Address", "Shipping Address", "Contact"]
		erp_field: DF.Autocomplete
		policy: DF.Literal["Ask", "ERPNext Wins", "Xero Wins", "Newest Wins"]
		xero_field: DF.Autocomplete

	# end: auto-generated types
	def validate(self) -> None:
		line, fields = self.as_dict(), fields_of(self.erp_doctype)
		others = frappe.get_all("Xero Field Map", filters={"name": ("!=", self.name)}, fields=["*"])
		found = faults(line, fields, others)
		if found:
			frappe.throw(list(map(escape_html, found)), title=_("This Line Cannot Work"), as_list=True)
		for remark in remarks(line, fields):
			frappe.msgprint(escape_html(remark), alert=True, indicator="orange")

	def on_trash(self) -> None:
		if self.xero_field == "Name":
			frappe.throw(_("Xero takes no contact without a name. This line stays."))


def on_doctype_update() -> None:
	add_keys("Xero Field Map")
