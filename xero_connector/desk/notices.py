"""Telling people on the desk what they must know."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.desk.doctype.notification_log.notification_log import enqueue_create_notification
from frappe.utils.user import get_users_with_role

from xero_connector.desk.permissions import MANAGER
from xero_connector.store.protocol import Doc


def reconnect_needed(organisation: Doc) -> None:
	"""Xero no longer accepts the login of an organisation: somebody who may connect has to know."""
	name = frappe.utils.escape_html(organisation["organisation_name"])
	subject = _("Xero no longer accepts the login of {0}. Connect again; what changes meanwhile waits.")
	notice = {
		"type": "Alert",
		"document_type": "Xero Organisation",
		"document_name": organisation["name"],
		"subject": subject.format(frappe.bold(name)),
		"from_user": "Administrator",
	}
	enqueue_create_notification(get_users_with_role(MANAGER) or ["Administrator"], notice)
