"""What an installation leaves on the site. Leaving without a trace is checked by ``leftovers.py``."""

from __future__ import annotations

import frappe
from frappe.utils.password import get_decrypted_password

from xero_connector.custom_fields import CUSTOM_FIELDS
from xero_connector.install import LOG, ROLES
from xero_connector.mapping.fields import DEFAULT_FIELD_MAP
from xero_connector.mapping.item import CODE_FIELD
from xero_connector.tests.base import SiteTestCase, save_settings


class TestInstall(SiteTestCase):
	def test_custom_fields_stand_where_they_belong(self) -> None:
		for doctype, fields in CUSTOM_FIELDS.items():
			meta = frappe.get_meta(doctype, cached=False)
			names = [field.fieldname for field in meta.fields]
			wanted = [field["fieldname"] for field in fields]
			self.assertEqual([name for name in names if name in wanted], wanted)
			for name in wanted:
				field = meta.get_field(name)
				self.assertTrue(field.no_copy, name)
				self.assertEqual(bool(field.read_only), name != CODE_FIELD, name)

	def test_roles_and_workspace_are_there(self) -> None:
		for role in ROLES:
			self.assertTrue(frappe.db.get_value("Role", role, "desk_access"), role)
		self.assertTrue(frappe.db.exists("Workspace", "Xero"))

	def test_the_default_field_map_is_there(self) -> None:
		for line in DEFAULT_FIELD_MAP:
			key = {field: line[field] for field in ("erp_doctype", "erp_field", "xero_field")}
			self.assertTrue(frappe.db.exists("Xero Field Map", key), key)

	def test_every_hook_resolves_and_every_job_is_scheduled(self) -> None:
		hooks = frappe.get_hooks(app_name="xero_connector")
		jobs = [*hooks.scheduler_events["daily_long"]]
		jobs += [job for cron in hooks.scheduler_events["cron"].values() for job in cron]
		events = [
			path for doctype in hooks.doc_events.values() for paths in doctype.values() for path in paths
		]
		rights = [
			path
			for hook in (hooks.permission_query_conditions, hooks.has_permission)
			for path in hook.values()
		]
		for path in [*jobs, *events, *[path for paths in rights for path in paths]]:
			self.assertTrue(callable(frappe.get_attr(path)), path)
		for job in jobs:
			self.assertTrue(frappe.db.exists("Scheduled Job Type", {"method": job, "stopped": 0}), job)

	def test_the_log_is_kept_as_long_as_the_settings_say(self) -> None:
		settings = frappe.get_doc("Xero Settings")
		self.addCleanup(save_settings, log_days=str(settings.log_days))
		settings.log_days = 500
		settings.save()
		self.assertEqual(frappe.db.get_value("Logs To Clear", {"ref_doctype": LOG}, "days"), 500)

	def test_old_log_entries_are_cleared(self) -> None:
		for at in ("2020-01-01T00:00:00.000000Z", "2999-01-01T00:00:00.000000Z"):
			self.made({"doctype": LOG, "at": at, "organisation": None, "answer": "clearing"})
		frappe.get_doc("Log Settings").clear_logs()
		rows = frappe.get_all(LOG, {"answer": "clearing"}, pluck="at")
		self.assertEqual(rows, ["2999-01-01T00:00:00.000000Z"])

	def test_secrets_are_encrypted(self) -> None:
		settings = frappe.get_doc("Xero Settings")
		before = settings.get_password("client_secret", raise_exception=False)
		self.addCleanup(save_settings, client_secret=before)
		save_settings(client_secret="very-secret")
		stored = frappe.db.sql("select value from tabSingles where doctype = 'Xero Settings'", pluck=True)
		self.assertNotIn("very-secret", stored)
		self.assertEqual(
			get_decrypted_password("Xero Settings", "Xero Settings", "client_secret"), "very-secret"
		)


class TestOrganisationForm(SiteTestCase):
	def test_a_stale_form_does_not_undo_the_engine(self) -> None:
		organisation = self.organisation(base_currency="GBP")
		form = frappe.get_doc("Xero Organisation", organisation)
		frappe.db.set_value(
			"Xero Organisation",
			organisation,
			{"status": "Reconnect Needed", "period_lock_date": "2026-03-31"},
		)
		frappe.db.set_value(
			"Xero Organisation", organisation, "modified", form.modified, update_modified=False
		)
		form.invoice_status = "Authorised"
		form.save()
		form.reload()
		self.assertEqual((form.status, form.invoice_status), ("Reconnect Needed", "Authorised"))
		self.assertEqual(str(form.period_lock_date), "2026-03-31")

	def test_accounts_of_another_organisation_are_refused(self) -> None:
		first, second = self.organisation(), self.organisation(company=None)
		account = self.made(
			{"doctype": "Xero Account", "organisation": second, "xero_id": "a", "code": "200"}
		)
		form = frappe.get_doc("Xero Organisation", first)
		form.sales_account = account
		with self.assertRaisesRegex(frappe.ValidationError, "another organisation"):
			form.save()
