"""Steps that several journeys have in common."""

from __future__ import annotations

from playwright.sync_api import expect

from browser_tests.desk import Desk
from browser_tests.site import Site
from browser_tests.xero import CLIENT_ID


def enter_credentials(desk: Desk, secret: str) -> None:
	desk.form("Xero Settings").fill(client_id=CLIENT_ID, client_secret=secret).save()


def allow(desk: Desk) -> None:
	"""On Xero's page, in the same tab."""
	desk.press("Connect to Xero", rest=False)
	desk.page.get_by_role("button", name="Allow access").click()


def confirm(desk: Desk, site: Site) -> None:
	"""On the form of the organisation that was just connected."""
	expect(desk.rest().indicator()).to_have_text("Not Confirmed")
	desk.press("Confirm…")
	desk.fill(desk.dialog(), company=site.company).answer("Confirm")
	expect(desk.indicator()).to_have_text("Connected")
