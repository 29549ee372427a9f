"""*Sync needs you*: telling those who run the sync that something waits for a person."""

from __future__ import annotations

from functools import partial
from urllib.parse import urlsplit

import frappe
from frappe import _
from frappe.desk.doctype.notification_log.notification_log import make_notification_logs
from frappe.utils import get_url_to_list

from xero_connector.clock import utc_text
from xero_connector.desk import notices
from xero_connector.desk.wiring import SiteClock
from xero_connector.store.frappe import FrappeStore
from xero_connector.store.protocol import Doc
from xero_connector.sync import organisations, outbox

DOCTYPE = "Xero Organisation"

WAITING = (
	("Xero Outbox", outbox.HELD, "done_at"),
	("Xero Match", "Open", "opened_at"),
	("Xero Conflict", "Open", "opened_at"),
)
"""What waits for a person: doctype, status, and the field that says since when."""


def tell() -> None:
	"""Every hour: tell each Xero Manager once what an organisation needs a person for, if something came up
	since the last notice.
	"""
	store, now = FrappeStore(), utc_text(SiteClock().now())
	wanted = frappe.get_cached_doc("Xero Settings").tell_needs
	kept = ("in", (organisations.CONNECTED, organisations.RECONNECT_NEEDED))
	fields = ("organisation_name", "needs_told_at")
	for organisation in store.find(DOCTYPE, {"status": kept}, fields=fields):
		if not _is_new(store, organisation):
			continue
		told = partial(_tell, organisation, _subject(store, organisation)) if wanted else None
		notices.once(DOCTYPE, organisation, {"needs_told_at": now}, notices.SYNC_NEEDS_YOU, told)


def _is_new(store: FrappeStore, organisation: Doc) -> bool:
	since = (">", organisation["needs_told_at"] or "")
	return any(
		store.find(
			doctype,
			{"organisation": organisation["name"], "status": status, field: since},
			fields=["name"],
			limit=1,
		)
		for doctype, status, field in WAITING
	)


def _subject(store: FrappeStore, organisation: Doc) -> str:
	"""All that waits now, whether somebody was told of it before or not."""
	words = (
		(_("{0} record is held"), _("{0} records are held")),
		(_("{0} match is open"), _("{0} matches are open")),
		(_("{0} conflict is open"), _("{0} conflicts are open")),
	)
	parts = []
	for (doctype, status, _field), (one, many) in zip(WAITING, words, strict=True):
		count = frappe.db.count(doctype, {"organisation": organisation["name"], "status": status})
		if count:
			parts.append((one if count == 1 else many).format(count))
	name = frappe.bold(frappe.utils.escape_html(organisation["organisation_name"]))
	return _("{0} needs you: {1}.").format(name, ", ".join(parts))


def _tell(organisation: Doc, subject: str) -> None:
	"""A notice that nobody has read yet is replaced: it says less than this one."""
	page = f"{get_url_to_list('Xero Health')}?organisation={organisation['name']}"
	link = (
		urlsplit(page)._replace(scheme="", netloc="").geturl()
	)  # people open the desk at other addresses too
	notice = {**notices.as_notice(DOCTYPE, organisation["name"], subject), "link": link}
	for user in notices.managers_of(organisation["name"]):
		unread = {"for_user": user, "document_type": DOCTYPE, "document_name": organisation["name"]}
		frappe.db.delete("Notification Log", {**unread, "read": 0, "link": link})
		address = frappe.db.get_value("User", user, "email")
		make_notification_logs(frappe._dict(notice), [address])
		if frappe.get_cached_doc("Xero Settings").email_notices:
			notices.email(address, DOCTYPE, organisation["name"], subject, page)
