"""The field map of an older installation gets the lines for the delivery address and the website."""

from xero_connector.install import add_lines
from xero_connector.mapping.fields import ADDED_LINES


def execute() -> None:
	add_lines(ADDED_LINES)
