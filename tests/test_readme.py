"""What the README tells a newcomer to type is there to be typed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from xero_connector.cli import main

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_make_target_is_in_the_makefile() -> None:
	targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
	named = set(re.findall(r"(?:`|^)make ([a-z-]+)", README, re.MULTILINE))
	assert named >= {"demo", "test", "play", "lint"}
	assert named <= targets


def test_every_command_is_known(capsys: pytest.CaptureFixture[str]) -> None:
	named = set(re.findall(r"xero-connector ([a-z]+)", README))
	assert named >= {"load", "sync", "show", "simulator"}
	for command in named:
		with pytest.raises(SystemExit) as ended:
			main([command, "--help"])
		assert ended.value.code == 0
		assert "usage: xero-connector" in capsys.readouterr().out


def test_every_linked_file_is_there() -> None:
	for target in re.findall(r"\]\(([^)#]+)\)", README):
		if not target.startswith("http"):
			assert (ROOT / target).exists(), target


def test_both_commands_stand_on_the_first_screen() -> None:
	first_screen = README.splitlines()[:30]
	assert any(line.startswith("make demo") for line in first_screen)
	assert any(line.startswith("make test") for line in first_screen)


def test_without_a_bench_it_says_that_nothing_ran_on_a_site_or_in_a_browser(tmp_path: Path) -> None:
	done = subprocess.run(
		[sys.executable, str(ROOT / "tools" / "site_tests.py")],
		env={**os.environ, "BENCH": str(tmp_path)},
		capture_output=True,
		text=True,
		check=False,
	)
	assert done.returncode == 0
	assert done.stdout.startswith(f"site and browser tests: did NOT run, there is no bench at {tmp_path}")
