"""A background worker as a bench starts it, for which Xero is where the test says.

	python -m xero_connector.tests.worker URL    # in the bench's ``sites``

Nothing is written into the site's configuration, so nothing can stay there.
"""

from __future__ import annotations

import sys
from typing import Any

import frappe
from frappe.utils.background_jobs import start_worker

import xero_connector.desk.jobs  # noqa: F401, each job is a fork: what is loaded here need not be loaded there


def main(base_url: str) -> None:
	site_config = frappe.get_site_config

	def with_xero(*arguments: Any, **options: Any) -> Any:
		return frappe._dict(site_config(*arguments, **options), xero_connector_base_url=base_url)

	frappe.get_site_config = with_xero
	start_worker(queue="long", quiet=True)


if __name__ == "__main__":
	main(sys.argv[1])
