"""Connecting a real organisation, and what may go wrong."""

from __future__ import annotations

from playwright.sync_api import expect

from browser_tests.people import People
from browser_tests.site import Site
from browser_tests.steps import allow, enter_credentials
from browser_tests.xero import CLIENT_SECRET, Xero


def test_whoever_cancels_on_xeros_page_is_told_that_nothing_was_connected(people: People, xero: Xero) -> None:
	desk = people.admin()
	enter_credentials(desk, CLIENT_SECRET)
	desk.press("Connect to Xero", rest=False)
	with desk.refused():
		desk.page.get_by_role("button", name="Cancel").click()
		expect(desk.page.get_by_text("You did not allow access on Xero's page")).to_be_visible()
		desk.page.get_by_role("link", name="Back to Xero Settings").click()
		expect(desk.button("Connect to Xero")).to_be_visible()


def test_a_wrong_secret_is_told_when_one_comes_back(people: People, xero: Xero) -> None:
	desk = people.admin()
	enter_credentials(desk, "not-the-secret")
	with desk.refused():
		allow(desk)
		expect(desk.page.get_by_text("Xero does not know this client id and secret")).to_be_visible()
		desk.page.get_by_role("link", name="Back to Xero Settings").click()
		expect(desk.button("Connect to Xero")).to_be_visible()
	enter_credentials(desk, CLIENT_SECRET)
	allow(desk)
	expect(desk.rest().indicator()).to_have_text("Not Confirmed")


def test_a_redirect_that_xero_does_not_know_is_refused_on_xeros_page(people: People, xero: Xero) -> None:
	"""Xero sends nobody to an address it was not told, so its own page is where one reads it."""
	xero.add_app("https://elsewhere.example.com/callback")
	desk = people.admin()
	enter_credentials(desk, CLIENT_SECRET)
	with desk.refused():
		desk.press("Connect to Xero", rest=False)
		expect(desk.page.get_by_text("Invalid redirect_uri")).to_be_visible()
		desk.open()


def test_without_credentials_it_says_what_to_enter(people: People, xero: Xero, site: Site) -> None:
	desk = people.admin().form("Xero Settings")
	with desk.refused():
		desk.press("Connect to Xero")
	expect(desk.message()).to_contain_text("Enter the client ID and the client secret")
	desk.close_dialog()
