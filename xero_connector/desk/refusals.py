"""What the engine or Xero says against something, to the person who asked."""

from __future__ import annotations

from typing import NoReturn

import frappe
from frappe import _
from frappe.utils import escape_html


def refuse(words: str, title: str) -> NoReturn:
	"""Raises ``frappe.ValidationError`` with these words. They name what others have typed, here and in Xero,
	and Frappe shows messages as HTML.
	"""
	frappe.throw(escape_html(_(words)), title=title)
