"""The browser of this machine, for tests and pictures: its place, how it is started, and the tests in it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
	from bench import Bench

NAMES = ("chromium", "chromium-browser", "google-chrome")

OPTIONS = [
	"--no-sandbox",
	"--disable-gpu",
	"--disable-quic",
	"--no-first-run",
	"--disable-background-networking",
	"--disable-component-update",
	"--disable-sync",
]
"""It has a new profile each time, and calls nobody but the page that it is sent to."""


def chromium() -> str | None:
	"""``$CHROMIUM``, else the first that is installed; None if there is none."""
	named = os.environ.get("CHROMIUM")
	return shutil.which(named) if named else next(filter(None, map(shutil.which, NAMES)), None)


def run(bench: Bench) -> int:
	"""Run the tests in a browser, on a site that is up to date. Returns the exit code; 0 if they cannot."""
	if why := _what_is_missing(bench):
		print(f"browser tests: did NOT run, {why}")
		return 0
	command = [sys.executable, "-m", "pytest", "browser_tests"]
	return subprocess.run(command, cwd=bench.checkout, check=False).returncode


def _what_is_missing(bench: Bench) -> str:
	if chromium() is None:
		return "there is no Chromium. Name one with CHROMIUM=…"
	if find_spec("playwright") is None:
		return "Playwright is not installed. It comes with: pip install -e '.[dev]'"
	if not (bench.path / "sites" / "assets" / "assets.json").exists():
		return f"{bench.path} has no assets. Make them with: bench build"
	return ""
