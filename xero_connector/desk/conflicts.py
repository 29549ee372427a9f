"""Deciding a conflict."""

from __future__ import annotations

from typing import Literal, get_args

import frappe
from frappe import _

from xero_connector.desk import jobs, wiring
from xero_connector.desk.permissions import need_manager, need_manager_of
from xero_connector.desk.refusals import refuse
from xero_connector.store.frappe import FrappeStore
from xero_connector.store.protocol import StoreError
from xero_connector.sync import conflicts
from xero_connector.sync.contacts import Contacts

Choice = Literal["ERPNext", "Xero"]


@frappe.whitelist(methods=["POST"])
def resolve(conflict: str, choice: Choice) -> None:
	"""Let ERPNext's or Xero's value hold; the other side follows."""
	need_manager()
	if choice not in get_args(Choice):
		frappe.throw(_("Choose ERPNext or Xero."), title=_("Xero"))
	row = FrappeStore().get("Xero Conflict", conflict, for_update=True)
	if row is None or row["status"] != conflicts.OPEN:
		frappe.throw(_("This conflict was decided already. Reload the page."), title=_("Xero"))
	need_manager_of(row["organisation"])
	contacts = Contacts(wiring.engine(row["organisation"]).context)
	try:
		queued = contacts.resolve(row, choice, frappe.session.user)
	except StoreError as error:
		refuse(_("It stays open: {0}").format(error), title=_("Xero"))
	for organisation in queued:
		jobs.after_commit("drain", organisation)
