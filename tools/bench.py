"""A bench on this machine: where it is, its database and Redis, and its commands with this checkout's code.

The bench is ``$BENCH`` (default ``~/frappe-bench``), the site ``$SITE`` (default: the bench's default site).
The code at work is this checkout, whatever checkout the bench has linked. A bench is never made here.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

APP = "xero_connector"
CHECKOUT = Path(__file__).resolve().parent.parent
PATIENCE = 60.0
"""Seconds that a database or Redis may take to come up."""


class Bench:
	"""A bench that exists, and the site of it that is ours for the tests; ``""`` if none is named."""

	def __init__(self, path: Path) -> None:
		self.path, self.checkout = path, CHECKOUT
		self.config: dict[str, object] = json.loads(_config_file(path).read_text())
		self.site = str(os.environ.get("SITE") or self.config.get("default_site") or _only_site(path))
		self.python = str(path / "env" / "bin" / "python")
		self.environment = {**os.environ, "CI": "true", "PYTHONPATH": str(CHECKOUT)}

	def start_services(self) -> None:
		"""Start MariaDB and Redis on this machine where nothing listens, and wait until they answer."""
		waiting = []
		for key in ("redis_cache", "redis_queue"):
			port = urlsplit(str(self.config.get(key) or "")).port
			if port and port not in waiting and not _listens(port):
				print(f"site tests: starting Redis on port {port}", flush=True)
				_spawn(_redis(self.path / "config" / f"{key}.conf", port))
				waiting.append(port)
		database = int(str(self.config.get("db_port") or 3306))
		if not _listens(database):
			print(f"site tests: starting MariaDB on port {database}", flush=True)
			server = shutil.which("mariadbd-safe") or shutil.which("mysqld_safe")
			if not server:
				sys.exit(
					"site tests: MariaDB is down and cannot be started from here. Start it and try again."
				)
			_spawn([server, "--bind-address=127.0.0.1", f"--port={database}"])
			waiting.append(database)
		for port in waiting:
			_wait_for(port)

	def bring_up_to_date(self) -> None:
		"""The app on the site as it is in this checkout: linked, installed, migrated."""
		if not self._knows_the_app():
			self._link()
		installed = json.loads(self.frappe("list-apps", "--format", "json"))
		if APP in installed[self.site]:
			self.frappe("migrate", "--skip-search-index")
		else:
			self.frappe("clear-cache")  # Frappe keeps which module is whose from before the app was linked
			self.frappe("install-app", APP)

	def frappe(self, *arguments: str) -> str:
		"""Run a bench command of Frappe's; returns what it printed. Ends the program if it fails."""
		done = self.run(*arguments)
		if done.returncode:
			print(done.stdout)
			sys.exit(f"site tests: bench --site {self.site} {' '.join(arguments)} failed")
		return done.stdout

	def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
		command = [self.python, "-m", "frappe.utils.bench_helper", "frappe", "--site", self.site, *arguments]
		return subprocess.run(
			command,
			cwd=self.path / "sites",
			env=self.environment,
			stdout=subprocess.PIPE,
			stderr=subprocess.STDOUT,
			text=True,
			check=False,
		)

	def _knows_the_app(self) -> bool:
		"""From whatever checkout."""
		listed = (self.path / "sites" / "apps.txt").read_text().split()
		return APP in listed and (self.path / "apps" / APP).exists()

	def _link(self) -> None:
		"""Make the bench know the app: this checkout, by a link."""
		print(f"site tests: linking {CHECKOUT} into the bench", flush=True)
		link = self.path / "apps" / APP
		if link.is_symlink():
			link.unlink()
		link.symlink_to(CHECKOUT)
		subprocess.run([self.python, "-m", "pip", "install", "--quiet", "--editable", str(link)], check=True)
		apps = self.path / "sites" / "apps.txt"
		names = apps.read_text().split()
		if APP not in names:
			apps.write_text("\n".join([*names, APP]) + "\n")


def find(what: str) -> Bench | None:
	"""The bench, or None after saying that these tests (``what``) did not run and why."""
	path = Path(os.environ.get("BENCH") or Path.home() / "frappe-bench").expanduser().resolve()
	if not _config_file(path).exists():
		print(f"{what}: did NOT run, there is no bench at {path}. Name one with BENCH=…")
		return None
	bench = Bench(path)
	if not bench.site:
		print(f"{what}: did NOT run, {path} has no site for them. Name one with SITE=…")
		return None
	return bench


def _config_file(path: Path) -> Path:
	return path / "sites" / "common_site_config.json"


def _only_site(path: Path) -> str:
	sites = [file.parent.name for file in (path / "sites").glob("*/site_config.json")]
	return sites[0] if len(sites) == 1 else ""


def _redis(settings: Path, port: int) -> list[str]:
	"""One that keeps nothing on disk: it would write into the folder that it was started from, and take no
	more commands once that is gone.
	"""
	command = ["redis-server", str(settings)] if settings.exists() else ["redis-server", "--port", str(port)]
	return [*command, "--bind", "127.0.0.1", "--daemonize", "no", "--save", ""]


def _spawn(command: list[str]) -> None:
	"""Start a server that stays when this program ends."""
	Path("/run/mysqld").mkdir(exist_ok=True)
	if os.geteuid() == 0 and shutil.which("mysqld_safe"):
		shutil.chown("/run/mysqld", "mysql")
	subprocess.Popen(
		command,
		stdin=subprocess.DEVNULL,
		stdout=subprocess.DEVNULL,
		stderr=subprocess.DEVNULL,
		start_new_session=True,
	)


def _listens(port: int) -> bool:
	with socket.socket() as probe:
		probe.settimeout(1)
		return probe.connect_ex(("127.0.0.1", port)) == 0


def _wait_for(port: int) -> None:
	end = time.monotonic() + PATIENCE
	while not _listens(port):
		if time.monotonic() > end:
			sys.exit(f"site tests: nothing came up on port {port} within {PATIENCE:.0f} seconds")
		time.sleep(0.2)
