"""The import of history: asked for and resumed by a Xero Manager. ``work`` stops it."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.utils import getdate

from xero_connector.desk import jobs
from xero_connector.desk.permissions import need_manager, need_manager_of
from xero_connector.desk.refusals import refuse
from xero_connector.desk.wiring import SiteClock
from xero_connector.store.frappe import FrappeStore
from xero_connector.sync import history
from xero_connector.sync.errors import SyncError


@frappe.whitelist(methods=["POST"])
def start(organisation: str, from_date: str) -> str:
	"""Import what Xero has since a day (``YYYY-MM-DD``); returns the name of the Xero Import."""
	need_manager_of(organisation)
	try:
		name = history.ask(FrappeStore(), SiteClock(), organisation, getdate(from_date))
	except SyncError as error:
		refuse(str(error), title=_("No Import"))
	jobs.after_commit("history", organisation)
	return name


@frappe.whitelist(methods=["POST"])
def resume(name: str) -> None:
	"""Let an import go on where it ended."""
	need_manager()
	organisation = frappe.db.get_value(history.DOCTYPE, name, "organisation")
	if organisation:
		need_manager_of(organisation)
	if not history.resume(FrappeStore(), name):
		frappe.throw(_("This import has not ended early. Reload the page."), title=_("Xero"))
	jobs.after_commit("history", organisation)
