"""Run the tests on a real site, if there is a bench: start what is down, bring the site up to date, run,
report.

The bench is ``$BENCH`` (default ``~/frappe-bench``), the site ``$SITE`` (default: the bench's default site).
The code under test is this checkout, whatever checkout the bench has linked. Nothing is installed but the app
itself, into a bench that exists already; a bench is never made here. Exits 0 without a bench, after saying
that nothing ran.
"""

from __future__ import annotations

import json
import os
import re
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


def main() -> int:
	"""Returns the exit code."""
	bench = Path(os.environ.get("BENCH") or Path.home() / "frappe-bench").expanduser().resolve()
	if not (bench / "sites" / "common_site_config.json").exists():
		print(f"site tests: did NOT run, there is no bench at {bench}. Name one with BENCH=…")
		return 0
	config = json.loads((bench / "sites" / "common_site_config.json").read_text())
	site = os.environ.get("SITE") or config.get("default_site") or _only_site(bench)
	if not site:
		print(f"site tests: did NOT run, {bench} has no site for them. Name one with SITE=…")
		return 0
	print(f"site tests: bench {bench}, site {site}", flush=True)
	_start_services(bench, config)
	if not _is_in(bench):
		_link(bench)
	installed = json.loads(_frappe(bench, site, "list-apps", "--format", "json", capture=True))
	if APP in installed[site]:
		_frappe(bench, site, "migrate", "--skip-search-index")
	else:
		_frappe(bench, site, "install-app", APP)
	return _run_tests(bench, site)


def _only_site(bench: Path) -> str:
	sites = [path.parent.name for path in (bench / "sites").glob("*/site_config.json")]
	return sites[0] if len(sites) == 1 else ""


def _start_services(bench: Path, config: dict[str, object]) -> None:
	"""Start MariaDB and Redis on this machine where nothing listens, and wait until they answer."""
	waiting = []
	for key in ("redis_cache", "redis_queue"):
		port = urlsplit(str(config.get(key) or "")).port
		if port and not _listens(port):
			print(f"site tests: starting Redis on port {port}", flush=True)
			settings = bench / "config" / f"{key}.conf"
			command = (
				["redis-server", str(settings)]
				if settings.exists()
				else ["redis-server", "--port", str(port)]
			)
			_spawn([*command, "--bind", "127.0.0.1", "--daemonize", "no"])
			waiting.append(port)
	database = int(str(config.get("db_port") or 3306))
	if not _listens(database):
		print(f"site tests: starting MariaDB on port {database}", flush=True)
		server = shutil.which("mariadbd-safe") or shutil.which("mysqld_safe")
		if not server:
			sys.exit("site tests: MariaDB is down and cannot be started from here. Start it and try again.")
		_spawn([server, "--bind-address=127.0.0.1", f"--port={database}"])
		waiting.append(database)
	for port in waiting:
		_wait_for(port)


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


def _is_in(bench: Path) -> bool:
	"""Whether the bench knows the app, from whatever checkout."""
	listed = (bench / "sites" / "apps.txt").read_text().split()
	return APP in listed and (bench / "apps" / APP).exists()


def _link(bench: Path) -> None:
	"""Make the bench know the app: this checkout, by a link."""
	print(f"site tests: linking {CHECKOUT} into the bench", flush=True)
	link = bench / "apps" / APP
	if link.is_symlink():
		link.unlink()
	link.symlink_to(CHECKOUT)
	python = str(bench / "env" / "bin" / "python")
	subprocess.run([python, "-m", "pip", "install", "--quiet", "--editable", str(link)], check=True)
	apps = bench / "sites" / "apps.txt"
	names = apps.read_text().split()
	if APP not in names:
		apps.write_text("\n".join([*names, APP]) + "\n")


def _frappe(bench: Path, site: str, *arguments: str, capture: bool = False) -> str:
	"""Run a bench command of Frappe's, with this checkout as the app. Ends the program if it fails."""
	done = _command(bench, site, *arguments, capture=True)
	if done.returncode:
		print(done.stdout)
		sys.exit(f"site tests: bench --site {site} {' '.join(arguments)} failed")
	return done.stdout


def _command(bench: Path, site: str, *arguments: str, capture: bool) -> subprocess.CompletedProcess[str]:
	command = [
		str(bench / "env" / "bin" / "python"),
		"-m",
		"frappe.utils.bench_helper",
		"frappe",
		"--site",
		site,
	]
	return subprocess.run(
		[*command, *arguments],
		cwd=bench / "sites",
		env={**os.environ, "CI": "true", "PYTHONPATH": str(CHECKOUT)},
		stdout=subprocess.PIPE if capture else None,
		stderr=subprocess.STDOUT if capture else None,
		text=True,
		check=False,
	)


def _run_tests(bench: Path, site: str) -> int:
	"""Without ``CI`` a failing run exits 0, and on Frappe 16 a run of no tests does: so the count is looked
	at.
	"""
	_command(bench, site, "set-config", "allow_tests", "true", capture=True)
	done = _command(bench, site, "run-tests", "--app", APP, capture=True)
	print(done.stdout, flush=True)
	ran = sum(int(count) for count in re.findall(r"^Ran (\d+) tests?", done.stdout, re.MULTILINE))
	print(f"site tests: {ran} ran on {site}")
	return done.returncode or (0 if ran else 1)


if __name__ == "__main__":
	sys.exit(main())
