"""Run the tests on a real site and in a browser, if there is a bench: start what is down, bring the site up
to date, run, report.

	python tools/site_tests.py            # both
	python tools/site_tests.py site       # or browser: only these

Nothing is installed but the app itself, into a bench that exists already (`bench`). Exits 0 without a bench,
after saying that nothing ran.
"""

from __future__ import annotations

import re
import sys

import bench as benches
import browser


def main(only: str = "") -> int:
	"""Returns the exit code."""
	bench = benches.find(f"{only or 'site and browser'} tests")
	if bench is None:
		return 0
	print(f"site tests: bench {bench.path}, site {bench.site}", flush=True)
	bench.start_services()
	bench.bring_up_to_date()
	runs = {"site": run, "browser": browser.run}
	return max(runs[name](bench) for name in runs if only in ("", name))


def run(bench: benches.Bench) -> int:
	"""Without ``CI`` a failing run exits 0, and on Frappe 16 a run of no tests does: so the count is looked
	at.
	"""
	bench.run("set-config", "allow_tests", "true")
	done = bench.run("run-tests", "--app", benches.APP)
	print(done.stdout, flush=True)
	ran = sum(int(count) for count in re.findall(r"^Ran (\d+) tests?", done.stdout, re.MULTILINE))
	print(f"site tests: {ran} ran on {bench.site}", flush=True)
	return done.returncode or (0 if ran else 1)


if __name__ == "__main__":
	sys.exit(main(*sys.argv[1:]))
