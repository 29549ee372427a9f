"""The Health page: what it shows, what it says a person must do, and its buttons."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import frappe
from frappe.utils import now_datetime
from redis.exceptions import ConnectionError as QueueDown
from rq import Worker

import xero_connector
from xero_connector.clock import SystemClock, parse_utc, utc_text
from xero_connector.desk import health, health_facts, health_words, jobs
from xero_connector.desk.causes import CAUSES, cause_words
from xero_connector.desk.health_words import need_words
from xero_connector.desk.instants import local_of, utc_of
from xero_connector.desk.judgement import LEVELS, Need
from xero_connector.desk.tokens import SiteTokens
from xero_connector.store.frappe import FrappeStore
from xero_connector.sync import outbox
from xero_connector.sync.ledger import StoreLedger
from xero_connector.tests.base import ConnectedTestCase, SiteTestCase
from xero_connector.xero.usage import DayLeft, Usage

RUNS = {"queue_up": True, "workers": 2, "scheduler": "", "sweep": "", "sweep_job": "jobs.sweep"}


def ago(**time: float) -> str:
	return utc_text(SystemClock().now() - timedelta(**time))


class HealthCase(SiteTestCase):
	def setUp(self) -> None:
		super().setUp()
		machine = patch.object(health_facts, "machine", return_value=RUNS)
		machine.start()
		self.addCleanup(machine.stop)
		self.tenant = self.organisation(push_customers=0, live_since=ago(days=9), sales_account="x")

	def kept(self, doctype: str, **values: Any) -> str:
		return FrappeStore().insert({"doctype": doctype, "organisation": self.tenant, **values})

	def row(self, status: str, **values: Any) -> str:
		customer = frappe.generate_hash(length=8)
		named = {"reference_doctype": "Customer", "reference_name": customer}
		named["name"] = outbox.row_name(self.tenant, "Customer", customer)
		times = {"queued_at": ago(minutes=5), "done_at": ago(minutes=5), "version": "1", "action": "Upsert"}
		return self.kept("Xero Outbox", status=status, **{**named, **times, **values})

	def look(self) -> dict[str, Any]:
		frappe.db.commit()
		shown = health.look(self.tenant)
		self.assertEqual(shown["organisation"]["name"], self.tenant)
		return shown

	def needs(self) -> list[str]:
		return [need["key"] for need in self.look()["needs"]]


class TestLook(HealthCase):
	def test_all_is_well(self) -> None:
		shown = self.look()
		self.assertEqual((shown["needs"], shown["well"]), ([], True))
		self.assertEqual(shown["queue"]["waiting"], 0)
		self.assertEqual(shown["held"], [])
		self.assertIsNone(shown["last_payment"])

	def test_where_nothing_is_connected_it_says_so(self) -> None:
		with patch.object(health, "_organisations", return_value=[]):
			shown = health.look()
		self.assertEqual((shown["organisation"], shown["organisations"]), (None, []))

	def test_an_organisation_that_is_gone_gives_the_first(self) -> None:
		frappe.db.commit()
		self.assertTrue(health.look("gone")["organisation"])

	def test_what_waits_is_counted_and_the_oldest_is_told(self) -> None:
		oldest = ago(hours=2)
		for status, values in (
			("Queued", {"queued_at": oldest}),
			("Queued", {}),
			("Sending", {}),
			("Waiting", {"queued_at": ago(hours=30)}),
			("Uncertain", {"queued_at": ago(hours=1)}),
			("Held", {}),
			("Done", {"queued_at": ago(days=3)}),
		):
			self.row(status, **values)
		shown = self.look()
		queue = shown["queue"]
		self.assertEqual((queue["waiting"], queue["uncertain"], queue["held"]), (4, 1, 1))
		self.assertEqual((queue["queued"], queue["oldest_queued"]), (2, oldest))
		self.assertEqual([need["key"] for need in shown["needs"]], ["held", "slow", "uncertain", "stuck"])
		self.assertFalse(shown["well"])

	def test_what_is_held_is_counted_by_cause_with_an_example(self) -> None:
		for cause in ("tax-not-mapped", "tax-not-mapped", "never-heard-of", None):
			self.row("Held", cause=cause, message=f"It is {cause}.", advice="Do it.")
		held = self.look()["held"]
		self.assertEqual((held[0]["words"], held[0]["count"]), ("Tax not mapped", 2))
		self.assertEqual({row["words"] for row in held[1:]}, {"Never heard of", "Other"})
		self.assertEqual((held[0]["message"], held[0]["advice"]), ("It is tax-not-mapped.", "Do it."))

	def test_calls_of_the_day_and_the_minute(self) -> None:
		frappe.db.commit()
		now = SystemClock().now()
		recent = (now - timedelta(seconds=90), now - timedelta(seconds=5))
		usage = Usage(recent=recent, day=DayLeft(700, now), limit=DayLeft(5000, now))
		StoreLedger(FrappeStore(), self.tenant).change(lambda _: usage)
		calls = self.look()["calls"]
		self.assertEqual((calls["left"], calls["limit"], calls["minute"]), (700, 5000, 1))
		usage = Usage(day=DayLeft(20, now), limit=DayLeft(1000, now))
		StoreLedger(FrappeStore(), self.tenant).change(lambda _: usage)
		self.assertEqual(self.needs(), ["few-calls"])

	def test_what_was_read_when(self) -> None:
		read = ago(minutes=3)
		self.kept("Xero Cursor", entity="Invoice", last_run=read, read_once=1)
		reading = {row["entity"]: row for row in self.look()["reading"]}
		self.assertEqual((reading["Invoice"]["last_run"], reading["Invoice"]["read_once"]), (read, True))
		self.assertEqual(reading["Payment"]["last_run"], "")

	def test_the_last_payment_received(self) -> None:
		for at, kind in ((ago(hours=1), "Payment"), (ago(hours=2), "Payment"), (ago(minutes=1), "Refund")):
			known = {"xero_id": frappe.generate_hash(), "xero_status": "AUTHORISED", "amount": 5}
			self.kept("Xero Payment", kind=kind, updated_utc=at, **known)
		payment = self.look()["last_payment"]
		self.assertLess(SystemClock().now() - parse_utc(payment["updated_utc"]), timedelta(minutes=90))
		self.assertGreater(SystemClock().now() - parse_utc(payment["updated_utc"]), timedelta(minutes=30))

	def test_what_else_waits_for_a_person(self) -> None:
		self.kept("Xero Match", status="Open", reference_doctype="Customer", reference_name="x")
		self.kept("Xero Conflict", status="Open")
		self.kept("Xero Payment", xero_id="x", entry_status="Held")
		self.kept("Xero Webhook Event", status="New", event_type="RETRY", event_key=frappe.generate_hash())
		self.kept("Xero Import", status="Failed")
		self.assertEqual(
			self.needs(), ["matches", "conflicts", "entries-held", "not-applied", "import-failed"]
		)

	def test_the_organisation_itself(self) -> None:
		for values, key in (
			({"status": "Reconnect Needed", "status_message": "Gone."}, "reconnect"),
			({"status": "Disconnected", "status_message": None}, "disconnected"),
			({"status": "Connected", "enabled": 0}, "switched-off"),
			({"enabled": 1, "live_since": None}, "not-live"),
			({"live_since": ago(days=1), "sales_account": None}, "no-sales-account"),
			({"sales_account": "x", "status_message": "Xero cannot be reached."}, "last-run"),
		):
			frappe.db.set_value("Xero Organisation", self.tenant, values)
			self.assertEqual(self.needs(), [key])

	def test_companies_that_a_manager_may_not_see_are_not_shown(self) -> None:
		manager = self.user("Xero Manager")
		other = frappe.db.get_value("Company", {"name": ("!=", self.company())}) or self.made(
			{"doctype": "Company", "company_name": "Xero Others", "abbr": "XO", "default_currency": "USD"}
		)
		self.made({"doctype": "User Permission", "user": manager, "allow": "Company", "for_value": other})
		frappe.db.commit()
		frappe.set_user(manager)
		shown = health.look(self.tenant)
		self.assertNotIn(self.tenant, [row["name"] for row in shown["organisations"]])
		self.assertNotEqual((shown["organisation"] or {}).get("name"), self.tenant)
		with self.assertRaises(frappe.PermissionError):
			health.pause(self.tenant, "push")

	def test_a_button_leads_nowhere_that_the_caller_may_not_go(self) -> None:
		facts = {"since": {}, "message": "", "sweep_job": "jobs.sweep"}
		manager = self.user("Xero Manager")
		for key in ("scheduler-off", "sweep-stopped"):
			frappe.set_user("Administrator")
			self.assertTrue(need_words(Need(key, LEVELS[0]), self.tenant, facts)["actions"])
			frappe.set_user(manager)
			self.assertEqual(need_words(Need(key, LEVELS[0]), self.tenant, facts)["actions"], [])

	def test_every_need_has_words_and_every_list_is_there(self) -> None:
		facts = {"since": {}, "message": "", "sweep_job": "jobs.sweep"}
		for key in health_words._WORDS:
			for count in (1, 2000):
				words = need_words(Need(key, LEVELS[0], count), self.tenant, facts)
				self.assertTrue(words["text"] and words["advice"], key)
				self.assertNotIn("{", words["text"])
			for action in words["actions"]:
				if action.get("route", [""])[0] == "List":
					frappe.get_list(action["route"][1], action["options"], limit=1)


class TestMoved(HealthCase):
	def moved(self, day: int) -> tuple[int, int]:
		moved = self.look()["moved"]
		return moved["to_xero"][-1 - day], moved["from_xero"][-1 - day]

	def log(self, at: datetime, direction: str = "Push", **values: Any) -> None:
		"""A row of the log, at a time in the site's time zone."""
		known = {"direction": direction, "action": "Update", "outcome": "OK", **values}
		self.kept("Xero Sync Log", at=utc_text(utc_of(at)), **known)

	def test_records_are_counted_by_day_of_the_sites_time_zone(self) -> None:
		midnight = now_datetime().replace(hour=0, minute=0, second=0, microsecond=0)
		self.log(midnight)
		self.log(midnight, "Pull", outcome="Warning")
		for day in (1, 29):
			self.log(midnight - timedelta(days=day - 1, microseconds=1))
			self.log(midnight - timedelta(days=day), "Pull")
		self.log(midnight, outcome="Held")
		self.log(midnight, "Pull", outcome="Error")
		self.log(midnight, action="Match")
		for day in (0, 1, 29):
			self.assertEqual(self.moved(day), (1, 1), day)
		self.assertEqual(self.moved(2), (0, 0))
		self.assertEqual(len(self.look()["moved"]["days"]), 30)
		self.assertEqual(self.look()["moved"]["days"][-1], str(now_datetime().date()))

	def test_a_day_that_is_over_is_counted_once(self) -> None:
		noon = now_datetime().replace(hour=12)
		self.log(noon - timedelta(days=5))
		self.assertEqual(self.moved(5), (1, 0))
		with patch.object(frappe.db, "sql", wraps=frappe.db.sql) as sql:
			health_facts.moved(self.tenant, SystemClock().now())
		self.assertEqual(sql.call_count, 2)

	def test_instants_survive_a_change_of_the_clock(self) -> None:
		with patch("frappe.utils.data.get_system_timezone", return_value="America/New_York"):
			for hours in range(72):
				instant = parse_utc("2026-10-31T00:30:00.000000Z") + timedelta(hours=hours)
				local = local_of(instant)
				self.assertEqual(local_of(utc_of(local)), local)
			self.assertEqual(str(local_of(parse_utc("2026-07-01T12:00:00.000000Z"))), "2026-07-01 08:00:00")
			self.assertEqual(utc_text(utc_of(datetime(2026, 12, 1, 8))), "2026-12-01T13:00:00.000000Z")


class TestMachine(SiteTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.sweep = frappe.db.get_value("Scheduled Job Type", {"method": health_facts.SWEEP})
		before = frappe.db.get_value(
			"Scheduled Job Type", self.sweep, ["last_execution", "stopped"], as_dict=True
		)
		self.addCleanup(frappe.db.set_value, "Scheduled Job Type", self.sweep, before)
		self.ran(now_datetime())

	def ran(self, at: datetime, **values: Any) -> None:
		known = {"last_execution": at, "stopped": 0, **values}
		frappe.db.set_value("Scheduled Job Type", self.sweep, known)

	def scheduler(self, *, inactive: bool = False) -> str:
		with patch.object(health_facts, "is_scheduler_inactive", return_value=inactive):
			return health_facts.machine()["scheduler"]

	def test_the_scheduler(self) -> None:
		self.assertEqual(self.scheduler(), "")
		self.assertEqual(self.scheduler(inactive=True), "scheduler-off")
		self.ran(now_datetime() - timedelta(minutes=6))
		self.assertEqual(self.scheduler(), "scheduler-silent")
		self.ran(now_datetime(), stopped=1)
		self.assertEqual(self.scheduler(), "sweep-stopped")

	def test_workers_count_where_they_listen_to_both_queues(self) -> None:
		bench = [health_facts.generate_qname(queue) for queue in ("short", "default", "long")]

		def workers(*listen: list[str]) -> int:
			found = [frappe._dict(queue_names=lambda names=names: names) for names in listen]
			with patch.object(Worker, "all", return_value=found):
				return health_facts.machine()["workers"]

		self.assertEqual(workers(), 0)
		self.assertEqual(workers(bench, bench), 2)
		self.assertEqual(workers(bench[:2]), 0, "nobody takes long jobs")
		self.assertEqual(workers(["another-bench:long", "another-bench:default"]), 0)

	def test_a_queue_that_is_down_breaks_nothing(self) -> None:
		tenant = self.organisation(live_since=ago(days=1), sales_account="x")
		frappe.db.commit()
		with (
			patch.object(Worker, "all", side_effect=QueueDown("refused")),
			patch.object(health_facts, "is_scheduler_inactive", return_value=False),
		):
			shown = health.look(tenant)
		self.assertEqual([need["key"] for need in shown["needs"]], ["queue-down"])
		self.assertFalse(shown["machine"]["queue_up"])


class TestWebhook(HealthCase):
	def setUp(self) -> None:
		super().setUp()
		self.key = "a-key"
		password = patch.object(
			frappe.get_cached_doc("Xero Settings").__class__, "get_password", lambda *_, **__: self.key
		)
		password.start()
		self.addCleanup(password.stop)
		self.addCleanup(self.settings_saved, frappe.get_doc("Xero Settings").modified)
		self.settings_saved(now_datetime() - timedelta(days=8))

	def settings_saved(self, at: Any) -> None:
		frappe.db.set_single_value("Xero Settings", "modified", at, update_modified=False)
		frappe.clear_document_cache("Xero Settings", "Xero Settings")

	def webhook(self) -> tuple[str, str]:
		shown = self.look()["webhook"]
		return shown["state"], shown["last"]

	def heard(self, at: str, event_type: str = "UPDATE") -> None:
		event = {"event_type": event_type, "event_key": frappe.generate_hash(), "received_at": at}
		self.kept("Xero Webhook Event", status="Done", **event)

	def found(self, at: str, entity: str = "Invoice", **values: Any) -> None:
		applied = {"direction": "Pull", "action": "Apply", "outcome": "OK", "xero_entity": entity, **values}
		self.kept("Xero Sync Log", at=at, **applied)

	def test_without_a_key_and_before_the_first(self) -> None:
		self.assertEqual(self.webhook(), ("waits", ""))
		self.key = ""
		self.assertEqual(self.webhook(), ("none", ""))
		frappe.db.set_value("Xero Organisation", self.tenant, "is_demo", 1)
		self.assertEqual(self.webhook(), ("demo", ""))

	def test_the_last_that_xero_announced(self) -> None:
		heard = ago(hours=3)
		self.heard(heard)
		for ours in ("RETRY", "ASKED"):
			self.heard(ago(hours=1), ours)
		self.found(ago(hours=2))
		self.assertEqual(self.webhook(), ("ok", heard))
		self.assertEqual(self.needs(), [])

	def test_it_is_silent_where_polls_find_what_it_did_not_announce(self) -> None:
		self.heard(ago(days=3))
		self.found(ago(hours=47), "Payment")
		self.found(ago(hours=47), outcome="Error")
		self.found(ago(days=2.5))
		self.assertEqual(self.webhook()[0], "ok", "within a day the announcement itself may have brought it")
		self.found(ago(hours=1))
		self.assertEqual(self.webhook()[0], "silent")
		self.assertEqual(self.needs(), ["webhook-silent"])
		self.heard(ago(minutes=1))
		self.assertEqual(self.webhook()[0], "ok")

	def test_a_key_that_is_newer_than_the_change_is_not_silent(self) -> None:
		self.found(ago(hours=2))
		self.assertEqual(self.webhook()[0], "silent")
		self.settings_saved(now_datetime() - timedelta(hours=3))
		self.assertEqual(self.webhook()[0], "waits")


class TestLogin(ConnectedTestCase):
	def test_who_connected_and_how_long_it_holds(self) -> None:
		self.connect()
		shown = health.look(self.tenant)
		connection = shown["connection"]
		self.assertEqual((connection["kind"], connection["connected_by"]), ("Web App", "Administrator"))
		left = parse_utc(connection["good_until"]) - SystemClock().now()
		self.assertTrue(timedelta(days=59, hours=23) < left <= timedelta(days=60), left)

	def test_no_secret_reaches_the_browser(self) -> None:
		self.connect()
		token = SiteTokens(frappe.db.get_value("Xero Organisation", self.tenant, "login")).load()
		shown = frappe.as_json(health.look(self.tenant))
		for secret in (
			token.access_token,
			token.refresh_token,
			"site-tests-secret",
			"site-tests-webhook-key",
		):
			self.assertNotIn(secret, shown)

	def test_a_login_that_nobody_renews_is_told_of(self) -> None:
		self.connect()
		login = frappe.db.get_value("Xero Organisation", self.tenant, "login")
		frappe.db.set_value("Xero Login", login, "expires_at", ago(days=50))
		frappe.db.commit()
		self.assertIn("login-ends", [need["key"] for need in health.look(self.tenant)["needs"]])
		frappe.db.set_value("Xero Login", login, "kind", "Custom Connection")
		frappe.db.commit()
		shown = health.look(self.tenant)
		self.assertEqual(shown["connection"]["good_until"], "")
		self.assertNotIn("login-ends", [need["key"] for need in shown["needs"]])


class TestPause(HealthCase):
	def paused(self) -> tuple[int, int]:
		return frappe.db.get_value("Xero Organisation", self.tenant, ["pause_push", "pause_pull"])

	def test_one_direction_waits_and_goes_on_at_once(self) -> None:
		with patch.object(jobs, "after_commit") as started:
			health.pause(self.tenant, "push")
			self.assertEqual(self.paused(), (1, 0))
			health.pause(self.tenant, "pull")
			self.assertEqual(self.needs(), ["paused-push", "paused-pull"])
			started.assert_not_called()
			health.resume(self.tenant, "push")
			started.assert_called_once_with("cycle", self.tenant)
		self.assertEqual(self.paused(), (0, 1))
		said = frappe.get_all(
			"Comment", {"reference_name": self.tenant}, pluck="content", order_by="creation"
		)
		self.assertEqual(said, ["paused sending", "paused reading", "resumed sending"])

	def test_what_is_held_stays_held(self) -> None:
		row = self.row("Held")
		health.pause(self.tenant, "push")
		health.resume(self.tenant, "push")
		self.assertEqual(frappe.db.get_value("Xero Outbox", row, "status"), "Held")

	def test_an_open_form_does_not_take_it_back(self) -> None:
		frappe.db.set_value("Xero Organisation", self.tenant, "sales_account", None)
		form = frappe.get_doc("Xero Organisation", self.tenant)
		health.pause(self.tenant, "push")
		with self.assertRaises(frappe.TimestampMismatchError):
			form.save()

	def test_there_are_two_directions(self) -> None:
		with self.assertRaisesRegex(frappe.ValidationError, "push or pull"):
			health.pause(self.tenant, "sideways")


class TestTryAgain(HealthCase):
	def test_everything_of_one_cause_goes_again(self) -> None:
		again = [self.row("Held", cause="tax-not-mapped") for _ in range(3)]
		others = [self.row("Held", cause="no-lines"), self.row("Done", cause="tax-not-mapped")]
		nameless = self.row("Held", cause=None)
		with patch.object(jobs, "after_commit") as started:
			self.assertEqual(health.try_again(self.tenant, "tax-not-mapped")["queued"], 3)
			started.assert_called_once_with("drain", self.tenant)
			self.assertEqual({frappe.db.get_value("Xero Outbox", row, "status") for row in again}, {"Queued"})
			self.assertEqual(
				[frappe.db.get_value("Xero Outbox", row, "status") for row in others], ["Held", "Done"]
			)
			self.assertEqual(health.try_again(self.tenant, "")["queued"], 1)
		self.assertEqual(frappe.db.get_value("Xero Outbox", nameless, "status"), "Queued")


class TestCauses(SiteTestCase):
	NO_CAUSES = {
		"billed-already",
		"both-changed",
		"document-gone",
		"does-not-add-up",
		"never-sent",
		"not-applied",
		"not-linked",
		"not-submitted",
		"other-company",
		"payment-entry",
		"refused-here",
		"stood-for",
	}
	"""Words of the log, of conflicts and of findings: nothing is held for them."""

	def literals(self) -> Iterator[str]:
		"""Every text in the engine that looks like a cause."""
		package = Path(xero_connector.__file__).parent
		for path in (*package.glob("sync/*.py"), *package.glob("mapping/*.py")):
			for node in ast.walk(ast.parse(path.read_text())):
				if isinstance(node, ast.Constant) and isinstance(node.value, str):
					words = node.value.split("-")
					if len(words) > 1 and all(word.isalpha() and word.islower() for word in words):
						yield node.value

	def test_every_cause_of_the_engine_has_words(self) -> None:
		found = set(self.literals())
		self.assertIn("tax-not-mapped", found)
		self.assertEqual(found - set(CAUSES) - self.NO_CAUSES, set())

	def test_a_cause_that_is_new_is_readable(self) -> None:
		self.assertEqual(cause_words("moon-in-the-way"), "Moon in the way")
		self.assertEqual(cause_words(""), "Other")
