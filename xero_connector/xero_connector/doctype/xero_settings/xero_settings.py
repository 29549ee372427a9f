from frappe.model.document import Document

from xero_connector.desk import places
from xero_connector.install import keep_log_for


class XeroSettings(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		client_id: DF.Data | None
		client_secret: DF.Password | None
		log_days: DF.Int
		webhook_key: DF.Password | None

	# end: auto-generated types
	@property
	def redirect_url(self) -> str:
		return places.redirect_url()

	@property
	def webhook_url(self) -> str:
		return places.webhook_url()

	def on_update(self) -> None:
		if self.has_value_changed("log_days"):
			keep_log_for(self.log_days)
