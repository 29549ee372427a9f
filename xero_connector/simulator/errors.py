"""What can go wrong: one element is refused, or the whole request is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xero_connector.simulator.values import random_id


class Refused(Exception):
	"""Xero's validation turned an element down; `messages` are the sentences the caller reads."""

	def __init__(self, *messages: str) -> None:
		super().__init__("; ".join(messages))
		self.messages = list(messages)


class Problem(Exception):
	"""The whole request fails with an HTTP status. `body` is JSON when a mapping, else text as it stands."""

	def __init__(
		self,
		status: int,
		body: Mapping[str, Any] | str = "",
		*,
		content_type: str | None = None,
		headers: Mapping[str, str] | None = None,
	) -> None:
		super().__init__(f"{status} {body}")
		self.status = status
		self.body = body
		self.content_type = content_type or (
			"text/plain; charset=utf-8" if isinstance(body, str) else "application/json; charset=utf-8"
		)
		self.headers = dict(headers or {})


def not_found() -> Problem:
	"""404: Xero answers with a page of HTML, never JSON."""
	return Problem(
		404,
		"<html><body>The resource you're looking for cannot be found</body></html>",
		content_type="text/html; charset=utf-8",
	)


def unauthorised(detail: str, headers: Mapping[str, str] | None = None) -> Problem:
	"""401 for a missing, unknown or expired token, or a scope that does not reach."""
	return Problem(401, _identity_body("Unauthorized", 401, detail), headers=headers)


def forbidden() -> Problem:
	"""403: the organisation is disconnected, or the token was never for it."""
	return Problem(403, _identity_body("Forbidden", 403, "AuthenticationUnsuccessful"))


def validation(elements: list[dict[str, Any]]) -> Problem:
	"""400 for a write of which at least one element was refused; nothing has been saved."""
	body = {
		"ErrorNumber": 10,
		"Type": "ValidationException",
		"Message": "A validation exception occurred",
		"Elements": elements,
	}
	return Problem(400, body)


def bad_query(message: str) -> Problem:
	"""400 for a `where`, `order` or other query parameter that cannot be read."""
	return Problem(400, {"ErrorNumber": 16, "Type": "QueryParseException", "Message": message})


def bad_post(message: str) -> Problem:
	"""400 for a request body, or a header that goes with it, that cannot be read."""
	return Problem(400, {"ErrorNumber": 14, "Type": "PostDataInvalidException", "Message": message})


def _identity_body(title: str, status: int, detail: str) -> dict[str, Any]:
	return {
		"Type": None,
		"Title": title,
		"Status": status,
		"Detail": detail,
		"Instance": random_id(),
		"Extensions": {},
	}
