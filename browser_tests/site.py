"""The site behind the desk, seen from the tests: its server, and calls on the inside."""

from __future__ import annotations

import subprocess
from pathlib import Path
from types import TracebackType
from typing import Any

import simplejson

from tools.bench import Bench

STOP_SECONDS = 60
AROUND = "xero_connector.tests.desk_site"


class SiteError(Exception):
	"""A call on the site failed; with the traceback from there."""


class Site:
	"""A site that is served, at ``url``, for a Xero at ``xero_url``. It stops with the ``with`` statement."""

	def __init__(self, bench: Bench, xero_url: str, port: int = 0) -> None:
		command = [bench.python, "-m", "xero_connector.tests.desk_server", bench.site, xero_url, str(port)]
		self._server = subprocess.Popen(
			command,
			cwd=bench.path / "sites",
			env={name: value for name, value in bench.environment.items() if name != "CI"},
			stdin=subprocess.PIPE,
			stdout=subprocess.PIPE,
			text=True,
		)
		self.company = ""
		self.url = self._read()

	def call(self, method: str, **arguments: Any) -> Any:
		"""Call a function on the site as the Administrator, and commit. Raises SiteError."""
		assert self._server.stdin
		self._server.stdin.write(simplejson.dumps({"method": method, "arguments": arguments}) + "\n")
		self._server.stdin.flush()
		answer = simplejson.loads(self._read())
		if "error" in answer:
			raise SiteError(answer["error"])
		return answer["answer"]

	def do(self, function: str, **arguments: Any) -> Any:
		"""Call a function of ``xero_connector.tests.desk_data``."""
		return self.call(f"xero_connector.tests.desk_data.{function}", **arguments)

	def begin(self, company: str | None) -> None:
		"""Note what is on the site; ``company`` is made if it is not there."""
		self.company = self.call(f"{AROUND}.begin", company=company)

	def end(self) -> None:
		"""Remove what was made since."""
		self.call(f"{AROUND}.end")

	def let_go(self) -> None:
		"""Remove the organisations that were connected since, with all that is theirs."""
		self.call(f"{AROUND}.let_go")

	def settle(self) -> None:
		"""Wait until no job waits or runs."""
		self.call(f"{AROUND}.settle")

	def shrink(self, picture: Path) -> None:
		"""Make a picture smaller."""
		self.call(f"{AROUND}.shrink", picture=str(picture))

	def value(self, doctype: str, filters: Any, field: str) -> Any:
		"""A field of a document; None if there is none."""
		return self.do("value", doctype=doctype, filters=filters, field=field)

	def set(self, doctype: str, name: str, **values: Any) -> None:
		"""Change fields as somebody would who saves the form."""
		self.do("save", doctype=doctype, name=name, values=values)

	def _read(self) -> str:
		assert self._server.stdout
		line = self._server.stdout.readline()
		if not line:
			raise SiteError(f"the server of the desk ended with {self._server.wait()}")
		return line.strip()

	def __enter__(self) -> Site:
		return self

	def __exit__(
		self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
	) -> None:
		assert self._server.stdin
		self._server.stdin.close()
		try:
			self._server.wait(STOP_SECONDS)
		except subprocess.TimeoutExpired:
			self._server.kill()
