"""What the tests in a browser stand on: a Xero, a site that can reach it, a browser, and people.

``make test`` runs them after those on the site (``tools/site_tests.py``), because they need one.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from browser_tests.people import WAIT_MS, People
from browser_tests.site import Site
from browser_tests.xero import Xero
from tools.bench import find
from tools.browser import OPTIONS, chromium

ORGANISATION, COMPANY = "Northwind Trading", "Northwind Trading Ltd"
"""In Xero and here; without pictures it is the company of the site's tests, because ERPNext takes seconds to
make one.
"""

PICTURES = bool(os.environ.get("SCREENSHOTS"))
PORT = 8000 if PICTURES else 0
"""The usual one on pictures, else any that is free."""

FAILED = pytest.StashKey[bool]()


@pytest.fixture(scope="session")
def session_xero() -> Iterator[Xero]:
	xero = Xero()
	yield xero
	xero.close()


@pytest.fixture(scope="session")
def site(session_xero: Xero) -> Iterator[Site]:
	bench = find("browser tests")
	if bench is None:
		pytest.skip("there is no bench with a site")
	with Site(bench, session_xero.url, PORT) as site:
		site.begin(COMPANY if PICTURES else None)
		yield site
		site.end()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
	executable = chromium()
	if executable is None:
		pytest.skip("there is no Chromium")
	expect.set_options(timeout=WAIT_MS)
	with sync_playwright() as playwright:
		browser = playwright.chromium.launch(executable_path=executable, args=OPTIONS)
		yield browser
		browser.close()


@pytest.fixture(scope="session")
def everybody(site: Site, browser: Browser) -> People:
	return People(site, browser)


@pytest.fixture
def people(everybody: People, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[People]:
	"""Who can sit down at a desk. An error in a browser's console fails the test; what a test that fails had
	on its screens is kept as pictures.
	"""
	yield everybody
	if request.node.stash.get(FAILED, False):
		print("on the screen:", *everybody.pictures(tmp_path))
	errors = everybody.leave()
	assert not errors, "in the browser's console:\n" + "\n".join(errors)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
	report = yield
	if report.failed:
		item.stash[FAILED] = True
	return report


@pytest.fixture
def xero(session_xero: Xero, site: Site) -> Iterator[Xero]:
	"""A new Xero with one organisation, which the site is not connected to."""
	session_xero.begin(site.url, ORGANISATION)
	yield session_xero
	site.let_go()
	session_xero.end()


@pytest.fixture
def connected(xero: Xero, site: Site) -> Xero:
	"""The same, connected and confirmed, with webhooks."""
	xero.connect(site)
	return xero
