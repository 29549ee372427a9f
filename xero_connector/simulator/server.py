"""The simulator on a port of this machine."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import TYPE_CHECKING

from werkzeug.serving import WSGIRequestHandler, make_server

if TYPE_CHECKING:
	from xero_connector.simulator.core import Simulator

POLL_SECONDS = 0.02
"""How soon a server that is closed notices; tests close many."""


class QuietHandler(WSGIRequestHandler):
	"""Answers without writing each request to the console."""

	protocol_version = "HTTP/1.1"

	def log(self, type: str, message: str, *args: object) -> None:
		"""Requests are in `Simulator.calls`; the console stays clean."""


class Server:
	"""A running server; close it, or use it in a `with` statement."""

	def __init__(self, simulator: Simulator, host: str, port: int) -> None:
		self._server = make_server(
			host, port, simulator.wsgi_app, threaded=True, request_handler=QuietHandler
		)
		self.url = f"http://{host}:{self._server.server_port}"
		self._thread = threading.Thread(
			target=self._server.serve_forever, args=(POLL_SECONDS,), name="xero-simulator", daemon=True
		)
		self._thread.start()

	def close(self) -> None:
		"""Stop answering and free the port."""
		self._server.shutdown()
		self._thread.join()
		self._server.server_close()

	def __enter__(self) -> Server:
		return self

	def __exit__(
		self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
	) -> None:
		self.close()


def serve(simulator: Simulator, host: str = "127.0.0.1", port: int = 0) -> Server:
	"""Serve a simulator from threads of this process; port 0 takes a free one, `url` says which."""
	return Server(simulator, host, port)
