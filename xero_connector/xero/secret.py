"""Secrets on their way out, so that no error report shows them.

Frappe, like many a logger, prints the local variables of every frame of an unhandled error. So a secret
is never a plain value in a frame of ours: it travels in an object whose ``repr`` says nothing. In the HTTP
library it is plain, so no error keeps the frames of that (`send`).
"""

from __future__ import annotations

from typing import Any

from requests import PreparedRequest, Response, Session
from requests.auth import AuthBase, HTTPBasicAuth


class Bearer(AuthBase):
	"""The access token of a call, set as a header when the request is prepared."""

	def __init__(self, access_token: str) -> None:
		self._access_token = access_token

	def __call__(self, request: PreparedRequest) -> PreparedRequest:
		request.headers["Authorization"] = f"Bearer {self._access_token}"
		return request


class Basic(HTTPBasicAuth):
	"""The app's own id and secret."""

	def __repr__(self) -> str:
		return "Basic(…)"


def send(session: Session, method: str, url: str, **options: Any) -> Response:
	"""Make a call, without following redirects. Whatever it raises begins here, as far as anybody can see."""
	try:
		return session.request(method, url, allow_redirects=False, **options)
	except Exception as error:
		raise error.with_traceback(None) from None


class Sealed(dict[str, Any]):
	"""A form or an answer with secrets in it."""

	def __repr__(self) -> str:
		return f"Sealed({', '.join(self)})"
