"""What a browser complains of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import ConsoleMessage, Error, Page

NOISE = (
	re.compile(r"/socket\.io/|Error connecting to socket\.io"),  # no server for realtime messages runs here
	re.compile(r"/favicon\.ico"),  # Xero's page, which the simulator shows, has no icon
)
"""What the browser may complain of on our screens, by the address of what failed, or by its words."""

REFUSED = re.compile(
	r"the server responded with a status of (400|401|403|404|409|417)|Traceback .*frappe\.exceptions\.", re.S
)
"""How a call is noted that the server refused, beside what Frappe shows to whoever made it."""


class Console:
	"""The ``errors`` of a tab: those in its console, and exceptions that nobody caught."""

	def __init__(self, page: Page) -> None:
		self.errors: list[str] = []
		self._page = page
		self._may_refuse = False
		page.on("console", self._note)
		page.on("pageerror", self._note_exception)

	def close(self) -> None:
		"""Listen no more."""
		self._page.remove_listener("console", self._note)
		self._page.remove_listener("pageerror", self._note_exception)

	@contextmanager
	def refusals(self) -> Iterator[None]:
		"""The server refuses a call in here, which is no error."""
		self._may_refuse = True
		yield
		self._may_refuse = False

	def _note(self, message: ConsoleMessage) -> None:
		if message.type != "error":
			return
		said = f"{message.location.get('url', '')} {message.text}"
		if any(noise.search(said) for noise in NOISE) or (self._may_refuse and REFUSED.search(said)):
			return
		self.errors.append(f"{self._address()}: {said}")

	def _note_exception(self, error: Error) -> None:
		self.errors.append(f"{self._address()}: {error.stack or error}")

	def _address(self) -> str:
		try:
			return self._page.url
		except Error:
			return ""
