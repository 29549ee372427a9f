"""What ``test_workers`` runs and stops: a Redis, workers, and the line between the workers and Xero."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import redis
from werkzeug.wrappers import Response

LONGEST_STOP = 60
"""Seconds that an answer is held back at most, should the test have died."""


class RedisServer:
	"""A Redis on a port of its own that keeps nothing when it stops."""

	def __init__(self, executable: str, directory: Path) -> None:
		with socket.socket() as free:
			free.bind(("127.0.0.1", 0))
			self.port = free.getsockname()[1]
		self.url = f"redis://127.0.0.1:{self.port}"
		options = {"bind": "127.0.0.1", "port": str(self.port), "dir": str(directory), "save": ""}
		self._command = [executable]
		for name, value in options.items():
			self._command += [f"--{name}", value]
		self._process: subprocess.Popen[bytes] | None = None

	def start(self) -> None:
		self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL)

	def answers(self) -> bool:
		with suppress(redis.ConnectionError), redis.from_url(self.url) as connection:
			return bool(connection.ping())
		return False

	def stop(self) -> None:
		if self._process:
			self._process.terminate()
			self._process.wait()


class Worker:
	"""A background worker, which works in a child of its own as RQ has it."""

	def __init__(self, base_url: str, redis_url: str, log: Path) -> None:
		# CI would make the worker take itself for a test.
		environment = {name: value for name, value in os.environ.items() if name != "CI"}
		with log.open("ab") as output:
			self._process = subprocess.Popen(
				[sys.executable, "-m", "xero_connector.tests.worker", base_url],
				env={**environment, "FRAPPE_REDIS_QUEUE": redis_url},
				stdout=output,
				stderr=output,
				start_new_session=True,
			)

	def runs(self) -> bool:
		return self._process.poll() is None

	def owns(self, port: int) -> bool:
		"""Whether the connection from this port is one of this worker's."""
		children = {child.pid for child in self._children()}
		return any(
			connection.laddr.port == port and connection.pid in children
			for connection in psutil.net_connections("tcp")
		)

	def kill(self) -> None:
		"""SIGKILL, the worker first, so that it cannot tell of its child's death."""
		children = self._children()
		self._process.kill()
		for child in children:
			with suppress(psutil.NoSuchProcess):
				child.kill()
		self._process.wait()

	def _children(self) -> list[psutil.Process]:
		with suppress(psutil.NoSuchProcess):
			return psutil.Process(self._process.pid).children(recursive=True)
		return []


class Stop:
	"""A call whose answer is held back: Xero has done it, and whoever made it does not know."""

	def __init__(self, method: str, path: str) -> None:
		self.target = (method, path)
		self.port = 0
		"""The caller's."""
		self._reached, self._over = threading.Event(), threading.Event()

	def reached(self) -> bool:
		return self._reached.is_set()

	def go_on(self) -> None:
		self._over.set()

	def hold(self, port: int) -> None:
		self.port = port
		self._reached.set()
		self._over.wait(LONGEST_STOP)


class Line:
	"""A WSGI application between the workers and Xero: it sees every call, and stops where it is told."""

	def __init__(self, xero: Callable[..., Iterable[bytes]]) -> None:
		self._xero = xero
		self._lock = threading.Lock()
		self._in_flight = 0
		self._stops: list[Stop] = []
		self.most_in_flight = 0
		self.statuses: set[int] = set()

	def stop_after(self, method: str, entity: str) -> Stop:
		"""Hold back the answer to the next such call."""
		stop = Stop(method, f"/api.xro/2.0/{entity}")
		self._stops.append(stop)
		return stop

	def clear(self) -> None:
		"""Let everything pass."""
		for stop in self._stops:
			stop.go_on()

	def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
		with self._lock:
			self._in_flight += 1
			self.most_in_flight = max(self.most_in_flight, self._in_flight)
		try:
			answer = Response.from_app(self._xero, environ, buffered=True)
			self.statuses.add(answer.status_code)
			stop = self._stop_for((environ["REQUEST_METHOD"], environ["PATH_INFO"]))
			if stop:
				stop.hold(int(environ["REMOTE_PORT"]))
		finally:
			with self._lock:
				self._in_flight -= 1
		return answer(environ, start_response)

	def _stop_for(self, target: tuple[str, str]) -> Stop | None:
		with self._lock:
			waiting = (stop for stop in self._stops if stop.target == target and not stop.port)
			return next(waiting, None)
