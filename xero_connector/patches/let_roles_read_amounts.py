"""Amounts got a permission level of their own: sites that customised permissions need its rules too."""

from __future__ import annotations

from xero_connector import field_permissions


def execute() -> None:
	field_permissions.grant_where_customised()
