"""Plain pip on a machine without Frappe: the package installs, and its command runs."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

pytestmark = pytest.mark.xdist_group("packaging")  # one worker installs, and runs what it installed


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
	"""The scripts folder of a new environment with the package in it, installed from what git tracks."""
	folder = tmp_path_factory.mktemp("clean")
	source = folder / "source"
	source.mkdir()
	listed = subprocess.run(
		["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
		capture_output=True,
		check=True,
	)
	for name in filter(None, listed.stdout.decode().split("\0")):
		origin, copy = ROOT / name, source / name
		if origin.is_file():
			copy.parent.mkdir(parents=True, exist_ok=True)
			copy.write_bytes(origin.read_bytes())
	venv.create(folder / "venv", with_pip=True)
	scripts = folder / "venv" / ("Scripts" if sys.platform == "win32" else "bin")
	subprocess.run(
		[scripts / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", str(source)],
		check=True,
		cwd=folder,
	)
	return scripts


def run(scripts: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
	return subprocess.run(
		[str(scripts / "xero-connector"), *arguments],
		capture_output=True,
		text=True,
		cwd=scripts,
		check=False,
	)


def test_the_command_runs(installed: Path) -> None:
	assert run(installed, "--version").stdout.startswith("xero-connector 0.")


def test_the_demo_runs_from_the_installed_package(installed: Path) -> None:
	done = run(installed, "demo")
	assert done.returncode == 0, done.stdout + done.stderr
	assert " differences=0 " in done.stdout.splitlines()[-1]


def test_only_what_is_declared_was_installed(installed: Path) -> None:
	listed = subprocess.run(
		[str(installed / "python"), "-m", "pip", "list", "--format=freeze"],
		capture_output=True,
		text=True,
		check=True,
	)
	names = {line.split("==")[0].lower().replace("_", "-") for line in listed.stdout.splitlines()}
	assert "frappe" not in names
	assert {"xero-connector", "requests", "simplejson", "werkzeug"} <= names
