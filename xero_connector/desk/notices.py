"""Telling people on the desk what they must know."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from html import unescape
from typing import Any

import frappe
from frappe import _
from frappe.desk.doctype.notification_log.notification_log import make_notification_logs
from frappe.utils import cint, escape_html, fmt_money, formatdate, getdate, strip_html
from frappe.utils.user import get_users_with_role

from xero_connector.clock import utc_text
from xero_connector.desk.permissions import MANAGER
from xero_connector.desk.wiring import SiteClock
from xero_connector.mapping.mirror import CREDITS, OVERDUE, PART_PAID, PAYMENT, SENT
from xero_connector.store.frappe import FrappeStore
from xero_connector.store.protocol import Doc
from xero_connector.sync import organisations

RECEIVED = (PAYMENT, CREDITS["Overpayment"], CREDITS["Prepayment"])
STANDING = ("AUTHORISED", "PAID")

NEWS = timedelta(days=7)
"""What was entered in Xero longer ago is no news, however late it comes here."""

PATIENCE = timedelta(days=1)
"""How long a payment may wait here for a customer that it belongs to."""

PAYMENT_RECEIVED = "payment_received"
INVOICE_OVERDUE = "invoice_overdue"
SYNC_NEEDS_YOU = "sync_needs_you"
RECONNECT = "reconnect_needed"
"""What happens, as the *Trigger Method* of a **Notification** names it: the first of **Xero Payment**, the
second of **Xero Invoice**, the others of **Xero Organisation**.
"""


def tell_reconnect() -> None:
	"""Every minute: tell each Xero Manager once of an organisation whose login Xero no longer accepts,
	whoever or whatever has noticed it.
	"""
	ended = {"status": organisations.RECONNECT_NEEDED, "reconnect_told": 0}
	for organisation in FrappeStore().find("Xero Organisation", ended):
		tell = partial(_reconnect_needed, organisation)
		once("Xero Organisation", organisation, {"reconnect_told": 1}, RECONNECT, tell)


def managers_of(organisation: str) -> list[str]:
	"""The Xero Managers who may see an organisation."""
	managers = get_users_with_role(MANAGER) or ["Administrator"]
	return [
		user
		for user in managers
		if frappe.has_permission("Xero Organisation", "read", organisation, user=user)
	]


def _reconnect_needed(organisation: Doc) -> None:
	name = escape_html(organisation["organisation_name"])
	subject = _("Xero no longer accepts the login of {0}. Connect again; what changes meanwhile waits.")
	notice = as_notice("Xero Organisation", organisation["name"], subject.format(frappe.bold(name)))
	addresses = [frappe.db.get_value("User", user, "email") for user in managers_of(organisation["name"])]
	make_notification_logs(frappe._dict(notice), addresses)


def tell_payments() -> None:
	"""Every minute: tell the account's owner of each payment received, once.

	What was entered in Xero before the organisation went live is history, whenever it is read.
	"""
	store, wanted = FrappeStore(), frappe.get_cached_doc("Xero Settings").tell_payments
	for organisation in store.find("Xero Organisation", {"live_since": ("!=", "")}, fields=["live_since"]):
		_leave_out_history(organisation)
		waiting = {"organisation": organisation["name"], "told": 0, "customer": ("!=", "")}
		for payment in store.find("Xero Payment", waiting):
			tell = partial(_payment_received, payment) if wanted else None
			once("Xero Payment", payment, {"told": 1}, PAYMENT_RECEIVED, tell)


def tell_overdue() -> None:
	"""Each day: tell the account's owner of each invoice that reached a stage of being overdue, once a stage.

	An invoice that came here later than that is history.
	"""
	store, settings = FrappeStore(), frappe.get_cached_doc("Xero Settings")
	for invoice, stage in _overdue(store, stages(settings.overdue_stages)):
		reached = getdate(invoice["due_date"]) + timedelta(days=stage)
		event = INVOICE_OVERDUE if getdate(invoice["creation"]) < reached else None
		tell = partial(_invoice_overdue, invoice) if settings.tell_overdue and event else None
		once("Xero Invoice", invoice, {"told_days": stage}, event, tell)


def stages(text: str | None) -> list[int]:
	"""The stages in ``Xero Settings``, in days, smallest first. Raises ``ValueError`` for what is none."""
	found = sorted(int(part) for part in (text or "").split(",") if part.strip())
	if found and found[0] < 1:
		raise ValueError("a stage is at least one day")
	return found


def _overdue(store: FrappeStore, days: list[int]) -> Iterator[tuple[Doc, int]]:
	"""The open invoices that have reached a stage nobody was told of, with that stage."""
	if not days:
		return
	today = SiteClock().today()
	late = today - timedelta(days=days[0])
	live = [
		row["name"] for row in store.find("Xero Organisation", {"live_since": ("!=", "")}, fields=["name"])
	]
	wanted = {
		"organisation": ("in", live or [""]),
		"payment_status": ("in", (SENT, PART_PAID, OVERDUE)),
		"customer": ("!=", ""),
	}
	for invoice in store.find("Xero Invoice", {**wanted, "due_date": ("<=", late.isoformat())}):
		age = (today - getdate(invoice["due_date"])).days if invoice["due_date"] else 0
		reached = [stage for stage in days if stage <= age]
		if reached and reached[-1] > cint(invoice["told_days"]):
			yield invoice, reached[-1]


def _leave_out_history(organisation: Doc) -> None:
	"""Mark as told what is no payment received, what is no news, and what still has no customer."""
	now = SiteClock().now()
	payment = frappe.qb.DocType("Xero Payment")
	since = max(str(organisation["live_since"]), utc_text(now - NEWS))
	old = payment.updated_utc.isnull() | (payment.updated_utc < since)
	history = payment.kind.notin(RECEIVED) | payment.xero_status.notin(STANDING) | old
	nobodys = payment.creation < frappe.utils.now_datetime() - PATIENCE
	with FrappeStore().transaction():
		rows = frappe.qb.update(payment).set(payment.told, 1).where(payment.told == 0)
		rows.where(payment.organisation == organisation["name"]).where(history | nobodys).run()


def once(doctype: str, record: Doc, mark: Doc, event: str | None, tell: Callable[[], None] | None) -> None:
	"""Mark a record, tell of it if that is wanted, and do what the site's own rules want at this event
	(``None``: it is history), in one transaction. One that cannot be told of is marked all the same: the
	Error Log says why, once.
	"""
	store = FrappeStore()
	before = {field: record[field] for field in mark}
	try:
		with store.transaction():
			if not store.update_if(doctype, record["name"], before, mark):
				return
			if tell:
				tell()
			if event:
				_follow_rules(doctype, record["name"], event)
	except Exception:
		message = frappe.get_traceback()  # without the values of variables: they are people's details
		with store.transaction():
			store.update_if(doctype, record["name"], before, mark)
			frappe.log_error(title="Xero: a notice was not sent", message=message)


def _follow_rules(doctype: str, name: str, event: str) -> None:
	"""What the site's **Notification** rules want at an event: those of the doctype that are sent at the
	*Method* of this name. The mirror is written without document events, so *New* and *Value Change* never
	come. A rule that fails spoils nothing else; the Error Log says why.
	"""
	frappe.db.savepoint("rules")
	try:
		frappe.get_doc(doctype, name).run_notifications(event)
	except Exception:
		message = frappe.get_traceback()
		frappe.db.rollback(save_point="rules")
		frappe.log_error(title=f"Xero: a Notification for {event} failed", message=message)


def _tell_owner(record: Doc, doctype: str, subject: str) -> None:
	"""Tell whoever looks after the customer, if that person may see the record."""
	owner = _owner(record["customer"])
	if not owner or not frappe.has_permission(doctype, "read", record["name"], user=owner.name):
		return
	make_notification_logs(frappe._dict(as_notice(doctype, record["name"], subject)), [owner.email])
	if frappe.get_cached_doc("Xero Settings").email_notices:
		email(owner.email, doctype, record["name"], subject)


def _owner(customer: str) -> Any:
	"""The enabled user who looks after a customer: its account manager, else who made it."""
	for user in frappe.db.get_value("Customer", customer, ["account_manager", "owner"]) or ():
		found = frappe.db.get_value("User", {"name": user, "enabled": 1}, ["name", "email"], as_dict=True)
		if found:
			return found
	return None


def email(address: str, doctype: str, name: str, subject: str, url: str = "") -> None:
	"""Mail a notice of a record, with a link to it or to ``url``."""
	url = url or frappe.utils.get_url_to_form(doctype, name)
	link = f'<a href="{escape_html(url)}">{_("Open")}</a>'
	try:
		frappe.sendmail(
			recipients=[address],
			subject=unescape(strip_html(subject)),
			message=f"<p>{subject}</p><p>{link}</p>",
			reference_doctype=doctype,
			reference_name=name,
		)
	except frappe.OutgoingEmailError:
		frappe.log_error(title="Xero: a notice was not mailed, there is no account to send from")


def as_notice(doctype: str, name: str, subject: str) -> dict[str, str]:
	"""What a **Notification Log** says of a record."""
	return {
		"type": "Alert",
		"document_type": doctype,
		"document_name": name,
		"subject": subject,
		"from_user": "Administrator",
	}


def _payment_received(payment: Doc) -> None:
	who, amount = _who(payment), _money(payment["amount"], payment["currency"])
	number = frappe.db.get_value("Xero Invoice", payment["invoice"], "invoice_number")
	if number:
		text = _("{0} paid {1} for {2}").format(who, amount, escape_html(number))
	else:
		text = _("{0} paid {1}").format(who, amount)
	_tell_owner(payment, "Xero Payment", text)


def _invoice_overdue(invoice: Doc) -> None:
	amount = _money(invoice["amount_due"], invoice["currency"])
	number = escape_html(invoice["invoice_number"])
	day = formatdate(invoice["due_date"])
	text = _("{0} owes {1} for {2}, due on {3}").format(_who(invoice), amount, number, day)
	_tell_owner(invoice, "Xero Invoice", text)


def _who(record: Doc) -> str:
	return frappe.bold(escape_html(frappe.db.get_value("Customer", record["customer"], "customer_name")))


def _money(amount: Any, currency: str) -> str:
	return frappe.bold(escape_html(fmt_money(amount, currency=currency)))
