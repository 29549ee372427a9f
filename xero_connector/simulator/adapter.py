"""A transport for requests that ends in the simulator instead of on the network."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict
from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder, run_wsgi_app

if TYPE_CHECKING:
	from xero_connector.simulator.core import Simulator


class InProcessAdapter(BaseAdapter):
	"""Mount on a session for any host: ``session.mount("https://api.xero.com", InProcessAdapter(sim))``.

	The path, headers and body go through the simulator's WSGI application, the answer comes back as an
	ordinary response. Timeouts, proxies and certificates have no meaning here.
	"""

	def __init__(self, simulator: Simulator) -> None:
		super().__init__()
		self._simulator = simulator

	def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
		"""Answer a prepared request."""
		url = urlsplit(request.url or "")
		builder = EnvironBuilder(
			method=request.method or "GET",
			path=url.path or "/",
			query_string=url.query,
			base_url=f"{url.scheme}://{url.netloc}/",
			headers=Headers([(name, _text(value)) for name, value in request.headers.items()]),
			data=_content(request.body),
		)
		content, status, headers = run_wsgi_app(
			self._simulator.wsgi_app, builder.get_environ(), buffered=True
		)
		body = b"".join(content)
		response = requests.Response()
		response.status_code = int(status.split()[0])
		response.reason = status.partition(" ")[2].title()
		response.headers = CaseInsensitiveDict(headers.items())
		response.encoding = requests.utils.get_encoding_from_headers(response.headers)
		response.raw = BytesIO(body)
		response._content = body
		response.url = request.url or ""
		response.request = request
		return response

	def close(self) -> None:
		"""Nothing to release; the simulator stays open."""


def _content(body: Any) -> bytes | None:
	if body is None or isinstance(body, bytes):
		return body
	if isinstance(body, str):
		return body.encode()
	return body.read() if hasattr(body, "read") else b"".join(body)


def _text(value: str | bytes) -> str:
	return value.decode("latin-1") if isinstance(value, bytes) else value
