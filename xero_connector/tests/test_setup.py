"""The setup guide: where the setup stands, step by step."""

from __future__ import annotations

from typing import Any

import frappe

from xero_connector.desk import connect, jobs, pilot, setup
from xero_connector.tests.base import ConnectedTestCase, save_settings


class TestSetup(ConnectedTestCase):
	def steps(self) -> dict[str, dict[str, Any]]:
		return {step["key"]: step for step in setup.guide(self.tenant)["steps"]}

	def states(self) -> dict[str, str]:
		return {key: step["state"] for key, step in self.steps().items() if key != "clean"}

	def test_from_nothing_to_live(self) -> None:
		self.assertEqual(
			self.states(), {"connect": "open", "map": "later", "pilot": "later", "live": "later"}
		)
		connect.callback(**self.log_in())
		(left,) = self.steps()["connect"]["left"]
		self.assertIn("Say whose books Xero Tests keeps", left)
		connect.confirm(self.tenant, self.company())
		frappe.db.commit()
		states = self.states()
		self.assertEqual((states["connect"], states["pilot"], states["live"]), ("done", "open", "open"))
		customer = self.customer()
		pilot.send(self.tenant, [{"doctype": "Customer", "name": customer}])
		frappe.db.commit()
		jobs.drain(self.tenant)
		self.assertEqual(self.states()["pilot"], "done")
		connect.go_live(self.tenant)
		self.assertEqual((self.states()["pilot"], self.states()["live"]), ("done", "done"))

	def test_before_anything_is_connected_it_says_what_to_enter(self) -> None:
		save_settings(client_id="")
		left = setup.guide()["steps"][1]["left"] if not setup.guide()["organisations"] else None
		if left is not None:  # a site that has an organisation of its own shows that
			self.assertIn("Enter the client ID and the client secret of your Xero app.", left)

	def test_what_is_held_in_the_pilot_is_left_to_do(self) -> None:
		connect.callback(**self.log_in())
		connect.confirm(self.tenant, self.company())
		frappe.db.set_value("Xero Organisation", self.tenant, "sales_account", None)
		order = frappe.get_doc("Sales Order", self.sales_order(self.customer()))
		order.submit()
		frappe.db.commit()
		pilot.send(self.tenant, [{"doctype": "Sales Order", "name": order.name}])
		frappe.db.commit()
		jobs.drain(self.tenant)
		steps = self.steps()
		self.assertEqual(steps["pilot"]["state"], "open")
		self.assertIn("Records held: 1. See why, and put it right.", steps["pilot"]["left"])
		self.assertTrue(any(text.endswith("without a place in Xero: 1") for text in steps["map"]["left"]))

	def test_a_login_that_ended_is_to_be_renewed(self) -> None:
		self.connect()
		frappe.db.set_value("Xero Organisation", self.tenant, "status", "Reconnect Needed")
		(left,) = self.steps()["connect"]["left"]
		self.assertIn("Connect Xero Tests again", left)

	def test_the_settings_say_who_connected_and_how_long_that_is_good(self) -> None:
		self.connect()
		row = next(row for row in connect.overview() if row["name"] == self.tenant)
		self.assertEqual((row["status"], row["connected_by"]), ("Connected", "Administrator"))
		self.assertGreater(row["good_until"], row["connected_at"])
