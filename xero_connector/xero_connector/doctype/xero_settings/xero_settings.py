import frappe
from frappe import _
from frappe.model.document import Document

from xero_connector.desk import notices, places
from xero_connector.install import keep_log_for


class XeroSettings(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		client_id: DF.Data | None
		client_secret: DF.Password | None
		email_notices: DF.Check
		log_days: DF.Int
		overdue_action: DF.Literal["Off", "Warn", "Block"]
		overdue_days: DF.Int
		overdue_role: DF.Link | None
		overdue_stages: DF.Data | None
		tell_needs: DF.Check
		tell_overdue: DF.Check
		tell_payments: DF.Check
		webhook_key: DF.Password | None

	# end: auto-generated types
	@property
	def redirect_url(self) -> str:
		return places.redirect_url()

	@property
	def webhook_url(self) -> str:
		return places.webhook_url()

	def validate(self) -> None:
		try:
			notices.stages(self.overdue_stages)
		except ValueError:
			frappe.throw(
				_("Write the days as whole numbers, such as 1, 14, 30."), title=_("Overdue for Days")
			)

	def on_update(self) -> None:
		if self.has_value_changed("log_days"):
			keep_log_for(self.log_days)
