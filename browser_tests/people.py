"""Who sits at the desk in the tests: an admin, a rep, and a rep who may see what customers owe."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page

from browser_tests.desk import Desk
from browser_tests.site import Site

ADMIN, REP, VIEWER = "Xero Admin", "Sales Rep", "Sales Lead"
ROLES = {
	ADMIN: ["System Manager", "Xero Manager", "Accounts Manager", "Sales Manager", "Sales Master Manager"],
	REP: ["Sales User"],
	VIEWER: ["Sales User", "Xero Viewer"],
}
WAIT_MS = 20_000
"""How long something may take to appear."""

SIZE = {"width": 1400, "height": 900}
"""Of the window, and so of the pictures."""


@dataclass
class People:
	"""Each has a browser profile that lasts, as people have. So do the tabs, because Chromium takes a second
	for a new one; each test loads the desk anew in them.
	"""

	site: Site
	browser: Browser
	desks: list[Desk] = field(default_factory=list)
	"""Those that were opened since `leave`."""
	_contexts: dict[str, BrowserContext] = field(default_factory=dict)
	_free: dict[str, list[Page]] = field(default_factory=dict)
	"""Tabs, by who has logged in."""

	def admin(self) -> Desk:
		return self.at_desk(ADMIN)

	def rep(self) -> Desk:
		return self.at_desk(REP)

	def viewer(self) -> Desk:
		return self.at_desk(VIEWER)

	def at_desk(self, person: str) -> Desk:
		"""A tab of this person, logged in."""
		if person not in self._contexts:
			self._log_in(person)
		free = self._free[person]
		desk = Desk(free.pop() if free else self._contexts[person].new_page(), self.site.url, person)
		self.desks.append(desk)
		return desk

	def _log_in(self, person: str) -> None:
		context = self.browser.new_context(viewport=SIZE, locale="en-GB", reduced_motion="reduce")
		context.set_default_timeout(WAIT_MS)
		password = secrets.token_urlsafe(12)
		user = self.site.do("user", name=person, password=password, roles=ROLES[person])
		login = f"{self.site.url}/api/method/login"
		answer = context.request.post(login, form={"usr": user, "pwd": password})
		assert answer.ok, answer.text()
		self._contexts[person], self._free[person] = context, []

	def pictures(self, folder: Path) -> list[Path]:
		"""Keep what is on the screens; returns where."""
		files = [folder / f"{number}.png" for number, _desk in enumerate(self.desks)]
		for desk, file in zip(self.desks, files, strict=True):
			desk.page.screenshot(path=file)
		return files

	def leave(self) -> list[str]:
		"""Empty the tabs; returns what the browser complained of in them."""
		errors = [error for desk in self.desks for error in desk.console.errors]
		for desk in self.desks:
			desk.console.close()
			desk.page.goto("about:blank")
			self._free[desk.person].append(desk.page)
			for picture in desk.taken:
				self.site.shrink(picture)
		self.desks.clear()
		return errors
