"""Where Xero reaches this site, and where the demo organisation lives."""

from __future__ import annotations

from pathlib import Path

import frappe
from frappe.utils import get_url


def redirect_url() -> str:
	"""Where Xero sends the browser after login. Xero compares it letter by letter with the app's settings."""
	return get_url("/api/method/xero_connector.desk.connect.callback")


def webhook_url() -> str:
	"""Where Xero posts what changed."""
	return get_url("/api/method/xero_connector.desk.webhook.receive")


def demo_file() -> Path:
	"""The demo organisation's state, with SQLite's own files beside it."""
	return Path(frappe.get_site_path("private", "xero_demo.sqlite"))
