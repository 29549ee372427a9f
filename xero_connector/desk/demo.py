"""Acting as the accountant of the demo organisation."""

from __future__ import annotations

from decimal import Decimal

import frappe
from frappe import _

from xero_connector.desk import wiring
from xero_connector.desk.permissions import need_manager
from xero_connector.simulator import Accountant, AccountantError

ACTIONS = {
	"Authorise": lambda accountant, invoice, amount: accountant.authorise(invoice),
	"Pay in Full": lambda accountant, invoice, amount: accountant.pay(invoice),
	"Pay Part": lambda accountant, invoice, amount: accountant.pay(invoice, amount),
	"Void": lambda accountant, invoice, amount: accountant.void(invoice),
}


@frappe.whitelist(methods=["POST"])
def act_as_accountant(invoice: str, action: str, amount: float | None = None) -> None:
	"""Do to a demo invoice what finance would do in Xero, then read it back. Amounts are in its currency."""
	need_manager()
	doc = frappe.get_doc("Xero Invoice", invoice)
	if not frappe.db.get_value("Xero Organisation", doc.organisation, "is_demo"):
		frappe.throw(_("Only invoices of the demo organisation can be changed from here."))
	if action not in ACTIONS:
		frappe.throw(_("{0} is not something the accountant can do.").format(action))
	accountant: Accountant = wiring.simulator().accountant(doc.organisation)
	try:
		ACTIONS[action](accountant, doc.xero_id, Decimal(str(amount or 0)))
	except AccountantError as error:
		frappe.throw(str(error), title=_("Xero"))
	wiring.engine(doc.organisation).pull()
