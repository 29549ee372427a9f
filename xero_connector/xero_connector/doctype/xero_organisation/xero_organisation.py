import frappe
from frappe import _
from frappe.model.document import Document

from xero_connector.desk import choices, outbox
from xero_connector.sync.triggers import ITEM_CHOICES

ENGINE_FIELDS = (
	"organisation_name",
	"login",
	"connection_id",
	"is_demo",
	"company",
	"status",
	"status_message",
	"base_currency",
	"country_code",
	"short_code",
	"currencies",
	"period_lock_date",
	"end_of_year_lock_date",
	"live_since",
	"reference_updated",
	"needs_told_at",
	"reconnect_told",
)
"""Fields that the engine writes behind the back of an open form."""

MIRRORED = ("Xero Account", "Xero Tax Rate", "Xero Branding Theme", "Xero Tracking Option")
"""What is chosen from among an organisation's own."""

UNIQUE_ROWS = {
	"accounts": ("account",),
	"taxes": ("account", "rate", "template", "tax_category", "country", "state"),
	"item_accounts": ("source_doctype", "source_name"),
	"tracking": ("source_doctype", "source_name", "tracking_option"),
	"payment_accounts": ("xero_account",),
	"match_rules": ("rule",),
}
"""What each table says one thing about."""


class XeroOrganisation(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		from xero_connector.xero_connector.doctype.xero_account_map.xero_account_map import XeroAccountMap
		from xero_connector.xero_connector.doctype.xero_condition.xero_condition import XeroCondition
		from xero_connector.xero_connector.doctype.xero_item_account.xero_item_account import XeroItemAccount
		from xero_connector.xero_connector.doctype.xero_match_rule.xero_match_rule import XeroMatchRule
		from xero_connector.xero_connector.doctype.xero_payment_account.xero_payment_account import (
			XeroPaymentAccount,
		)
		from xero_connector.xero_connector.doctype.xero_tax_map.xero_tax_map import XeroTaxMap
		from xero_connector.xero_connector.doctype.xero_tracking_map.xero_tracking_map import XeroTrackingMap

		accounts: DF.Table[XeroAccountMap]
		base_currency: DF.Link | None
		branding_theme: DF.Link | None
		company: DF.Link | None
		conditions: DF.Table[XeroCondition]
		connection_id: DF.Data | None
		contact_groups: DF.Check
		contact_persons: DF.Check
		country_code: DF.Data | None
		currencies: DF.SmallText | None
		email_invoices: DF.Check
		enabled: DF.Check
		end_of_year_lock_date: DF.Date | None
		history_note: DF.Check
		invoice_status: DF.Literal["Draft", "Submitted", "Authorised"]
		invoice_trigger: DF.Literal[
			"Sales Order Submit", "Sales Invoice Submit", "Quotation Ordered", "Opportunity Won", "By Hand"
		]
		is_demo: DF.Check
		item_accounts: DF.Table[XeroItemAccount]
		live_since: DF.Data | None
		login: DF.Link | None
		make_payment_entries: DF.Check
		match_rules: DF.Table[XeroMatchRule]
		needs_told_at: DF.Data | None
		no_tax_rate: DF.Link | None
		order_billing: DF.Literal["Whole Order", "One Invoice per Payment Term"]
		organisation_name: DF.Data | None
		pause_pull: DF.Check
		pause_push: DF.Check
		payment_accounts: DF.Table[XeroPaymentAccount]
		payment_link: DF.Check
		period_lock_date: DF.Date | None
		price_list: DF.Link | None
		push_customers: DF.Check
		push_leads: DF.Check
		push_prospects: DF.Check
		quote_status: DF.Literal["Draft", "Sent"]
		quote_trigger: DF.Literal["By Hand", "Quotation Submit"]
		reference_updated: DF.Data | None
		rounding_account: DF.Link | None
		rounding_limit: DF.Currency
		rounding_policy: DF.Literal["Add Rounding Line", "Hold"]
		sales_account: DF.Link | None
		short_code: DF.Data | None
		status: DF.Literal["Not Confirmed", "Connected", "Reconnect Needed", "Disconnected"]
		status_message: DF.SmallText | None
		taxes: DF.Table[XeroTaxMap]
		tenant_id: DF.Data | None
		tracking: DF.Table[XeroTrackingMap]

	# end: auto-generated types
	def validate(self) -> None:
		self.keep_engine_fields()
		self.check_choices()
		if self.enabled and not self.company:
			frappe.throw(_("Confirm first whose books these are. Nothing syncs before."))

	def on_update(self) -> None:
		if self.enabled:
			outbox.choices_changed(self.name)
			before = self.get_doc_before_save()
			if before and any(_said(self, field) != _said(before, field) for field in ITEM_CHOICES):
				outbox.items_changed(self.name)
		if self.contact_groups and self.has_value_changed("contact_groups"):
			outbox.groups_chosen(self.name)

	def keep_engine_fields(self) -> None:
		"""Take the engine's fields from the database: the form of a person may hold older ones."""
		newest = frappe.db.get_value(self.doctype, self.name, ENGINE_FIELDS, as_dict=True, for_update=True)
		if newest:
			self.update(newest)

	def check_choices(self) -> None:
		"""What is chosen is this organisation's own and can be used, nothing is mapped twice, and conditions
		can be asked.
		"""
		for row in (self, *self.get_all_children()):
			for field in row.meta.get_link_fields():
				self.check_own(field.options, row.get(field.fieldname))
		choices.check(self)
		for table, key in UNIQUE_ROWS.items():
			rows = [tuple(row.get(part) or "" for part in key) for row in self.get(table)]
			twice = next((row for row in rows if rows.count(row) > 1), None)
			if twice:
				frappe.throw(_("{0} is mapped twice.").format(", ".join(str(part) for part in twice if part)))
		for condition in self.conditions:
			if not frappe.get_meta(condition.document_type).has_field(condition.field):
				message = _("Row {0} of Only If: {1} has no field {2}.")
				where = (condition.idx, _(condition.document_type), condition.field)
				frappe.throw(message.format(*where))

	def check_own(self, doctype: str, name: str | None) -> None:
		"""Accounts, rates, themes and tracking options are read per organisation."""
		if not name or doctype not in MIRRORED:
			return
		if frappe.db.get_value(doctype, name, "organisation") != self.name:
			frappe.throw(
				_("{0} {1} belongs to another organisation. Choose one of this organisation's.").format(
					_(doctype), name
				)
			)


def _said(doc: Document, field: str) -> object:
	"""A choice, without what Frappe notes of the rows of a table."""
	value = doc.get(field)
	return [choices.said(row) for row in value] if isinstance(value, list) else value
