"""Payments received and overdue stages: told once, to whom they concern, and never of history."""

from __future__ import annotations

import email
from datetime import timedelta
from itertools import pairwise
from typing import Any
from unittest.mock import patch

import frappe
from frappe.utils import add_days, formatdate, today

from xero_connector.clock import SystemClock, utc_text
from xero_connector.desk import needs_notice, notices
from xero_connector.store.frappe import FrappeStore
from xero_connector.tests.base import SiteTestCase, text_of


def ago(**time: float) -> str:
	return utc_text(SystemClock().now() - timedelta(**time))


def forget(user: str) -> None:
	frappe.db.delete("Notification Log", {"for_user": user})
	frappe.db.commit()


class NoticeCase(SiteTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.choose(tell_payments=1, tell_overdue=1, overdue_stages="1, 14, 30", email_notices=0)
		self.tenant = self.organisation(push_customers=0, live_since=ago(days=2))
		self.rep = self.user("Sales User", "Xero Viewer")
		self.name = self.customer(account_manager=self.rep)

	def told(self, user: str | None = None) -> list[str]:
		self.addCleanup(forget, user or self.rep)
		frappe.db.commit()
		notices.tell_payments()
		notices.tell_overdue()
		found = frappe.get_all("Notification Log", {"for_user": user or self.rep}, pluck="subject")
		return sorted(map(text_of, found))

	def kept(self, doctype: str, **values: Any) -> str:
		known = {"organisation": self.tenant, "xero_id": frappe.generate_hash(), "customer": self.name}
		return FrappeStore().insert({"doctype": doctype, **known, "currency": "GBP", **values})


class TestPayments(NoticeCase):
	def payment(self, **values: Any) -> str:
		news = {"kind": "Payment", "xero_status": "AUTHORISED", "amount": 12.5, "updated_utc": ago(minutes=3)}
		return self.kept("Xero Payment", **{**news, **values})

	def test_a_payment_is_told_once(self) -> None:
		invoice = self.kept("Xero Invoice", invoice_number="INV-7")
		self.payment(invoice=invoice)
		words = [f"{self.name} paid £ 12.50 for INV-7"]
		self.assertEqual(self.told(), words)
		self.assertEqual(self.told(), words)

	def test_money_paid_in_advance_is_told_and_nothing_else(self) -> None:
		for kind in ("Prepayment", "Refund", "Allocation", "Credit Note"):
			self.payment(kind=kind)
		self.payment(xero_status="DELETED")
		self.assertEqual(self.told(), [f"{self.name} paid £ 12.50"])

	def test_history_is_not_told(self) -> None:
		self.payment(updated_utc=ago(days=3))
		self.assertEqual(self.told(), [])
		frappe.db.set_value("Xero Organisation", self.tenant, "live_since", ago(days=300))
		self.payment(updated_utc=ago(days=8))
		self.payment(updated_utc="")
		self.assertEqual(self.told(), [])
		self.assertEqual(frappe.db.count("Xero Payment", {"organisation": self.tenant, "told": 0}), 0)

	def test_nothing_is_told_before_an_organisation_is_live(self) -> None:
		frappe.db.set_value("Xero Organisation", self.tenant, "live_since", None)
		self.payment()
		self.assertEqual(self.told(), [])

	def test_a_payment_that_waits_for_its_customer_is_told_then(self) -> None:
		name = self.payment(customer=None)
		self.assertEqual(self.told(), [])
		frappe.db.set_value("Xero Payment", name, "customer", self.name)
		self.assertEqual(len(self.told()), 1)

	def test_it_does_not_wait_for_ever(self) -> None:
		name = self.payment(customer=None)
		frappe.db.set_value("Xero Payment", name, "creation", add_days(today(), -2), update_modified=False)
		self.told()
		self.assertEqual(frappe.db.get_value("Xero Payment", name, "told"), 1)

	def test_switched_off_it_is_passed_over(self) -> None:
		self.choose(tell_payments=0)
		self.payment()
		self.assertEqual(self.told(), [])
		self.choose(tell_payments=1)
		self.assertEqual(self.told(), [])

	def test_without_an_account_manager_whoever_made_the_customer_is_told(self) -> None:
		maker = self.user("Sales User", "Xero Viewer")
		frappe.db.set_value("Customer", self.name, {"account_manager": None, "owner": maker})
		self.payment()
		self.assertEqual(len(self.told(maker)), 1)

	def test_who_may_not_see_money_is_not_told(self) -> None:
		outsider = self.user("Sales User")
		frappe.db.set_value("Customer", self.name, "account_manager", outsider)
		self.payment()
		self.assertEqual(self.told(outsider), [])

	def test_one_that_fails_stops_no_other(self) -> None:
		self.choose(email_notices=1)
		self.payment(amount=1)
		self.payment(amount=2)
		with patch.object(notices, "email", side_effect=[RuntimeError("no"), None]):
			self.assertEqual(len(self.told()), 1)
		self.assertEqual(len(self.told()), 1)
		title = {"method": "Xero: a notice was not sent", "error": ("like", "%RuntimeError: no%")}
		self.assertEqual(frappe.db.count("Error Log", title), 1)
		frappe.db.delete("Error Log", title)
		frappe.db.commit()


class TestRules(NoticeCase):
	"""Frappe's own **Notification** rules, which an admin makes."""

	def rule(self, document_type: str, event: str, role: str, **values: Any) -> None:
		rule = {
			"doctype": "Notification",
			"subject": "{{ doc.customer }} and {{ doc.amount or doc.amount_due }}",
			"message": "It happened.",
			"channel": "System Notification",
			"event": "Method",
			"recipients": [{"receiver_by_role": role}],
		}
		made = frappe.get_doc({**rule, "document_type": document_type, "method": event, **values})
		made.insert(ignore_permissions=True, set_name=f"Rule {frappe.generate_hash(length=6)}")
		self.addCleanup(self.forget_rule, made.name)

	def forget_rule(self, name: str) -> None:
		frappe.delete_doc("Notification", name, ignore_permissions=True, force=True)
		frappe.db.commit()

	def reader(self) -> tuple[str, str]:
		"""Somebody with a role of their own."""
		role = frappe.generate_hash(length=8)
		frappe.get_doc({"doctype": "Role", "role_name": role}).insert()
		self.addCleanup(frappe.delete_doc, "Role", role, force=True)
		return self.user(role), role

	def test_one_of_a_payment_is_followed_once_whether_ours_is_wanted_or_not(self) -> None:
		person, role = self.reader()
		self.rule("Xero Payment", notices.PAYMENT_RECEIVED, role)
		self.choose(tell_payments=0)
		values = {"kind": "Payment", "xero_status": "AUTHORISED", "amount": 12.5}
		self.kept("Xero Payment", updated_utc=ago(minutes=3), **values)
		self.kept("Xero Payment", updated_utc=ago(days=3), **values)
		self.assertEqual(self.told(person), [f"{self.name} and 12.5"])
		self.assertEqual(self.told(person), [f"{self.name} and 12.5"])
		self.assertEqual(self.told(), [])

	def test_one_of_an_overdue_invoice_is_followed(self) -> None:
		person, role = self.reader()
		self.rule("Xero Invoice", notices.INVOICE_OVERDUE, role)
		shown = {"invoice_number": "INV-8", "payment_status": "Overdue", "amount_due": 99, "told_days": 0}
		name = self.kept("Xero Invoice", due_date=add_days(today(), -1), **shown)
		self.assertEqual(self.told(person), [])
		late = {"due_date": add_days(today(), -14), "creation": add_days(today(), -14)}
		frappe.db.set_value("Xero Invoice", name, late, update_modified=False)
		self.assertEqual(self.told(person), [f"{self.name} and 99.0"])

	def test_one_of_what_needs_somebody_is_followed(self) -> None:
		person, role = self.reader()
		event, subject = notices.SYNC_NEEDS_YOU, "{{ doc.organisation_name }} waits"
		self.rule("Xero Organisation", event, role, subject=subject)
		self.choose(tell_needs=0)
		held = {"reference_doctype": "Customer", "reference_name": self.name, "action": "Upsert"}
		row = {
			"doctype": "Xero Outbox",
			"organisation": self.tenant,
			"status": "Held",
			"done_at": ago(minutes=1),
		}
		FrappeStore().insert({**row, **held})
		frappe.db.commit()
		needs_notice.tell()
		name = frappe.db.get_value("Xero Organisation", self.tenant, "organisation_name")
		self.assertEqual(self.told(person), [f"{name} waits"])

	def test_one_that_fails_keeps_nothing_back(self) -> None:
		condition = "1 / ((doc.amount or 0) - 12.5)"  # Frappe tries it on an empty record when it is saved
		self.rule("Xero Payment", notices.PAYMENT_RECEIVED, "Xero Manager", condition=condition)
		title = {"method": f"Xero: a Notification for {notices.PAYMENT_RECEIVED} failed"}
		self.addCleanup(frappe.db.delete, "Error Log", title)
		values = {"kind": "Payment", "xero_status": "AUTHORISED", "amount": 12.5}
		self.kept("Xero Payment", updated_utc=ago(minutes=3), **values)
		self.assertEqual(self.told(), [f"{self.name} paid £ 12.50"])
		self.assertEqual(frappe.db.count("Error Log", title), 1)


class TestReconnect(NoticeCase):
	def test_every_manager_is_told_once_whatever_has_noticed_it(self) -> None:
		manager = self.user("Xero Manager")
		self.addCleanup(forget, manager)
		wanted = {"for_user": manager, "document_name": self.tenant}
		for times in (1, 2):
			ended = {"status": "Reconnect Needed", "reconnect_told": 0}
			frappe.db.set_value("Xero Organisation", self.tenant, ended)
			frappe.db.commit()
			for _again in range(2):
				notices.tell_reconnect()
			self.assertEqual(frappe.db.count("Notification Log", wanted), times)


class TestStages(NoticeCase):
	def invoice(self, days: int, **values: Any) -> str:
		"""An invoice due this many days ago that has been here since before."""
		shown = {"invoice_number": "INV-8", "payment_status": "Overdue", "amount_due": 99, "told_days": 0}
		name = self.kept("Xero Invoice", due_date=add_days(today(), -days), **{**shown, **values})
		frappe.db.set_value("Xero Invoice", name, "creation", add_days(today(), -days), update_modified=False)
		return name

	def pass_days(self, name: str, days: int) -> None:
		due = frappe.db.get_value("Xero Invoice", name, "due_date")
		for field in ("due_date", "creation"):
			value = add_days(due, -days)
			frappe.db.set_value("Xero Invoice", name, field, value, update_modified=False)

	def test_each_stage_is_told_once(self) -> None:
		name, seen = self.invoice(0), []
		for _ in range(30):
			self.pass_days(name, 1)
			seen.append(len(self.told()))
		steps = [day for day, (before, now) in enumerate(pairwise([0, *seen]), 1) if now > before]
		self.assertEqual(steps, [1, 14, 30])
		due = formatdate(frappe.db.get_value("Xero Invoice", name, "due_date"))
		self.assertIn(f"{self.name} owes £ 99.00 for INV-8, due on {due}", self.told())

	def test_after_a_long_pause_only_the_last_stage_is_told(self) -> None:
		self.invoice(40)
		self.assertEqual(len(self.told()), 1)

	def test_what_comes_late_is_history(self) -> None:
		name = self.invoice(20)
		frappe.db.set_value("Xero Invoice", name, "creation", frappe.utils.now(), update_modified=False)
		self.assertEqual(self.told(), [])
		self.pass_days(name, 10)
		self.assertEqual(len(self.told()), 1)

	def test_what_is_paid_voided_or_no_customers_is_not_told(self) -> None:
		for status in ("Paid", "Voided", "Draft"):
			self.invoice(3, payment_status=status)
		self.invoice(3, customer=None)
		self.invoice(0)
		self.assertEqual(self.told(), [])

	def test_switched_off_it_is_passed_over(self) -> None:
		self.choose(tell_overdue=0)
		self.invoice(3)
		self.assertEqual(self.told(), [])
		self.choose(tell_overdue=1)
		self.assertEqual(self.told(), [])

	def test_stages_are_whole_days(self) -> None:
		self.assertEqual(notices.stages(" 30,1, 14 ,"), [1, 14, 30])
		self.assertEqual(notices.stages(None), [])
		for wrong in ("1; 2", "0, 3", "soon"):
			with self.assertRaises(frappe.ValidationError):
				self.choose(overdue_stages=wrong)


class TestEmail(NoticeCase):
	def test_it_goes_by_email_where_chosen(self) -> None:
		self.choose(email_notices=1)
		self.made(
			{
				"doctype": "Email Account",
				"email_account_name": "Xero Tests",
				"email_id": "xero-tests@example.com",
				"enable_outgoing": 1,
				"default_outgoing": 1,
				"smtp_server": "localhost",
				"awaiting_password": 1,
			}
		)
		frappe.db.set_value("Customer", self.name, "customer_name", "O'Neil & Sons")
		self.kept("Xero Payment", kind="Payment", xero_status="PAID", amount=3, updated_utc=ago(minutes=1))
		self.assertEqual(len(self.told()), 1)
		mailed = frappe.get_all("Email Queue Recipient", {"recipient": self.rep}, pluck="parent")
		self.addCleanup(frappe.db.delete, "Email Queue", {"name": ("in", mailed)})
		self.addCleanup(frappe.db.delete, "Email Queue Recipient", {"parent": ("in", mailed)})
		self.assertEqual(len(mailed), 1)
		message = frappe.db.get_value("Email Queue", mailed[0], "message")
		self.assertIn("O'Neil & Sons paid", str(email.message_from_string(message).get("Subject")))


class TestNeeds(SiteTestCase):
	"""*Sync needs you*: those who run the sync are told of what is new, and a notice stands for all."""

	def setUp(self) -> None:
		super().setUp()
		self.choose(tell_needs=1, email_notices=0)
		self.tenant = self.organisation(live_since=ago(days=2))
		others = frappe.get_all("Xero Organisation", {"name": ("!=", self.tenant)}, ["name", "needs_told_at"])
		for other in others:
			restore = (frappe.db.set_value, "Xero Organisation", other.name, "needs_told_at")
			self.addCleanup(*restore, other.needs_told_at)
			frappe.db.set_value("Xero Organisation", other.name, "needs_told_at", ago(days=-1))
		self.manager = self.user("Xero Manager")

	def held(self, **values: Any) -> str:
		row = {"status": "Held", "done_at": ago(minutes=1), "version": "1", **values}
		return FrappeStore().insert({"doctype": "Xero Outbox", "organisation": self.tenant, **row})

	def opened(self, doctype: str) -> str:
		row = {"organisation": self.tenant, "status": "Open", "opened_at": ago(minutes=1)}
		named = {"reference_doctype": "Customer", "reference_name": frappe.generate_hash()}
		return FrappeStore().insert({"doctype": doctype, **row, **named})

	def told(self, user: str | None = None) -> list[str]:
		user = user or self.manager
		self.addCleanup(forget, user)
		frappe.db.commit()
		needs_notice.tell()
		found = frappe.get_all("Notification Log", {"for_user": user}, pluck="subject", order_by="creation")
		return [text_of(subject) for subject in found]

	def read(self) -> None:
		frappe.db.set_value("Notification Log", {"for_user": self.manager}, "read", 1)

	def test_what_is_new_is_told_once_in_one_notice(self) -> None:
		self.assertEqual(self.told(), [])
		for _ in range(3):
			self.held()
		self.opened("Xero Match")
		self.opened("Xero Conflict")
		self.held(status="Done")
		words = ["Xero Tests needs you: 3 records are held, 1 match is open, 1 conflict is open."]
		self.assertEqual(self.told(), words)
		self.read()
		self.assertEqual(self.told(), words)

	def test_an_unread_notice_is_replaced_and_a_read_one_stays(self) -> None:
		self.held()
		self.assertEqual(self.told(), ["Xero Tests needs you: 1 record is held."])
		self.held(done_at=ago(minutes=-1))
		self.assertEqual(self.told(), ["Xero Tests needs you: 2 records are held."])
		self.read()
		self.held(done_at=ago(minutes=-2))
		self.assertEqual(len(self.told()), 2)

	def test_what_was_put_right_meanwhile_is_not_told(self) -> None:
		frappe.db.set_value("Xero Outbox", self.held(), "status", "Done")
		self.assertEqual(self.told(), [])

	def test_it_leads_to_the_health_page(self) -> None:
		self.held()
		self.told()
		link = frappe.db.get_value("Notification Log", {"for_user": self.manager}, "link")
		self.assertRegex(link, f"^/[a-z]+/xero-health\\?organisation={self.tenant}$")

	def test_who_may_not_see_the_organisation_is_not_told(self) -> None:
		other = self.made(
			{"doctype": "Company", "company_name": "Xero Others", "abbr": "XO", "default_currency": "USD"}
		)
		limit = {"doctype": "User Permission", "user": self.manager, "allow": "Company", "for_value": other}
		self.made(limit)
		self.held()
		self.assertEqual(self.told(), [])
		self.assertEqual(self.told(self.user("Sales User", "Xero Viewer")), [])

	def test_switched_off_it_is_passed_over(self) -> None:
		self.choose(tell_needs=0)
		self.held()
		self.assertEqual(self.told(), [])
		self.choose(tell_needs=1)
		self.assertEqual(self.told(), [])

	def test_nobody_is_told_of_what_was_disconnected(self) -> None:
		frappe.db.set_value("Xero Organisation", self.tenant, "status", "Disconnected")
		self.held()
		self.assertEqual(self.told(), [])

	def test_one_that_fails_is_told_of_once_in_the_error_log(self) -> None:
		self.choose(email_notices=1)
		self.held()
		with patch.object(notices, "email", side_effect=RuntimeError("no needs")):
			self.assertEqual(self.told(), [])
			self.assertEqual(self.told(), [])
		title = {"method": "Xero: a notice was not sent", "error": ("like", "%RuntimeError: no needs%")}
		self.assertEqual(frappe.db.count("Error Log", title), 1)
		frappe.db.delete("Error Log", title)
		frappe.db.commit()

	def test_it_goes_by_email_where_chosen(self) -> None:
		self.choose(email_notices=1)
		self.held()
		with patch.object(frappe, "sendmail") as mailed:
			self.told()
		sent = {call.kwargs["recipients"][0]: call.kwargs for call in mailed.call_args_list}
		self.assertIn("1 record is held", sent[self.manager]["subject"])
		self.assertIn("xero-health", sent[self.manager]["message"])
