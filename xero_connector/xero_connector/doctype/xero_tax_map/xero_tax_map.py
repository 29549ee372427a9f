from typing import Any

from frappe.model.document import Document

NARROWED_BY = ["template", "tax_category", "country", "state"]
"""What limits a row to some documents. Empty says *all*, so no default of the site or a user may fill it."""


class XeroTaxMap(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		account: DF.Link | None
		country: DF.Link | None
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		rate: DF.Float
		state: DF.Data | None
		tax_category: DF.Link | None
		tax_rate: DF.Link
		template: DF.Link | None
	# end: auto-generated types

	def __init__(self, *args: Any, **kwargs: Any) -> None:
		super().__init__(*args, **kwargs)
		self.dont_update_if_missing = NARROWED_BY
