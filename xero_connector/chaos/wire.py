"""The way to Xero: the bundled simulator, with the faults of a network and a server armed on it.

It counts what goes over it, and sees for itself whether the promises about calls are kept.
"""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import requests
import simplejson
from urllib3.connectionpool import HTTPConnectionPool
from urllib3.exceptions import MaxRetryError, NewConnectionError

from xero_connector.chaos.clock import WorldTime
from xero_connector.chaos.plan import Plan
from xero_connector.chaos.workers import Worker
from xero_connector.simulator import InProcessAdapter, Simulator
from xero_connector.store.sqlite import SQLiteStore

TAKES = 0.007
"""Seconds that each way of a call takes."""

IN_FLIGHT, PER_MINUTE = 5, 60
MINUTE = timedelta(seconds=60)

API, LOGIN = "/api.xro/", "/connect/token"

Change = Callable[[requests.PreparedRequest, Callable[[], requests.Response]], requests.Response]


@dataclass(frozen=True)
class Fault:
	"""Something that goes wrong with the next call it fits. ``on``: api, write or login."""

	name: str
	on: str
	seconds: int = 0


FAULTS = (
	Fault("connection refused", "api"),
	Fault("time-out before", "api"),
	Fault("time-out after", "write"),
	Fault("time-out after", "api"),
	Fault("answer cut off", "write"),
	Fault("answer cut off", "api"),
	Fault("401", "api"),
	Fault("403", "api"),
	Fault("429 minute", "api", 30),
	Fault("429 day", "api", 7 * 3600),
	Fault("429 concurrent", "api"),
	Fault("500", "write"),
	Fault("500", "api"),
	Fault("502 before", "api"),
	Fault("503 before", "write"),
	Fault("503 after", "write"),
	Fault("login unreachable", "login"),
	Fault("login answer lost", "login"),
)


@dataclass
class Told:
	"""Xero's word to wait ``until`` (our clock): told to one run, and to all once that run has ended."""

	until: datetime
	worker: str
	run: int
	known_since: int | None = None


@dataclass
class Traffic:
	"""What goes over the wire of one world, all workers together."""

	plan: Plan
	time: WorldTime
	simulator: Simulator
	store: SQLiteStore
	armed: list[Fault] = field(default_factory=list)
	faults: Counter[str] = field(default_factory=Counter)
	broken: list[tuple[str, str]] = field(default_factory=list)
	"""Promises that a call broke, with what happened; whoever reads them clears them."""
	calls: int = 0
	writes: int = 0
	in_flight: int = 0
	tick: int = 0
	tokens: set[str] = field(default_factory=set)
	born: dict[str, int] = field(default_factory=dict)
	"""The tick at which the run began that made an idempotency key."""
	told: list[Told] = field(default_factory=list)
	clock_was_set: datetime | None = None
	watch: Callable[[requests.PreparedRequest], Callable[[requests.Response], None]] | None = None
	"""Looks at a write before it reaches Xero; what it returns looks at the answer."""
	_recent: deque[datetime] = field(default_factory=deque)

	def take(self, request: requests.PreparedRequest) -> Fault | None:
		"""The first armed fault that fits this call."""
		for fault in self.armed:
			if _fits(fault, request):
				self.armed.remove(fault)
				self.faults[fault.name] += 1
				return fault
		return None

	def ends(self, worker: Worker, *, alive: bool) -> None:
		"""A run has ended. What Xero told it is written down now, unless it was killed."""
		self.tick += 1
		for told in self.told:
			if (told.worker, told.run) == (worker.name, worker.run) and alive:
				told.known_since = self.tick

	def forget_what_has_passed(self) -> None:
		"""By our clock, before it is set: the engine has no other to wait by."""
		ours = self.time.now + self.time.skew
		self.told = [told for told in self.told if told.until > ours]

	def leaves(self, request: requests.PreparedRequest, worker: str, run: int, started: int) -> None:
		"""A call to the accounting API goes out."""
		self.calls += 1
		self.writes += request.method != "GET"
		self.tick += 1
		if self.store.in_transaction():
			self._break("no call inside a transaction", f"{_what(request)} by {worker}")
		if self.in_flight > IN_FLIGHT:
			self._break("at most 5 in flight", f"{self.in_flight} calls at once")
		self._check_minute()
		ours = self.time.now + self.time.skew
		for told in self.told:
			own = (told.worker, told.run) == (worker, run)
			known = told.known_since is not None and started > told.known_since
			if ours < told.until and (own or known):
				wait = (told.until - ours).total_seconds()
				self._break("no call before Retry-After", f"{_what(request)} {wait:.0f} s too early")

	def check_lease(self, worker: Worker, request: requests.PreparedRequest) -> None:
		"""A worker that stalled may have one write on its way when its lease passes on; then it must know."""
		name, holder = worker.lease or ("", None)
		if holder is None or (self.store.get("Xero Lease", name) or {}).get("holder") == holder:
			return
		worker.writes_too_late += 1
		if worker.writes_too_late > 1:
			self._break("a worker without its lease writes no more", f"{_what(request)} by {worker.name}")

	def _check_minute(self) -> None:
		"""Not while our clock has just been set: the engine has no other to count by."""
		now = self.time.now
		self._recent.append(now)
		while self._recent[0] <= now - MINUTE:
			self._recent.popleft()
		set_lately = self.clock_was_set is not None and self.clock_was_set > now - MINUTE
		if len(self._recent) > PER_MINUTE and not set_lately:
			self._break("at most 60 a minute", f"{len(self._recent)} calls within a minute")

	def _break(self, promise: str, detail: str) -> None:
		self.broken.append((promise, detail))

	def answered(self, response: requests.Response, worker: str, run: int) -> None:
		"""Note what the answer of the accounting API says about waiting, and what it refuses."""
		said = response.headers.get("Retry-After", "")
		if response.status_code == 429 and said.isdigit():
			ours = self.time.now + self.time.skew
			self.told.append(Told(ours + timedelta(seconds=int(said)), worker, run))
		if response.status_code == 200 and b'"StatusAttributeString":"ERROR"' in response.content:
			self.faults["element refused"] += response.content.count(b'"StatusAttributeString":"ERROR"')


class Wire(InProcessAdapter):
	"""The transport of one worker; of the world itself if there is no worker."""

	def __init__(self, traffic: Traffic, worker: Worker | None = None) -> None:
		super().__init__(traffic.simulator)
		self._traffic = traffic
		self._worker = worker
		traffic.tick += 1
		self._started = traffic.tick

	def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
		traffic, run = self._traffic, self._worker.run if self._worker else self._started
		name = self._worker.name if self._worker else "world"
		is_api = API in str(request.url)
		self._point(f"before {_what(request)}")
		if is_api:
			traffic.tokens.add(str(request.headers.get("Authorization", "")).removeprefix("Bearer "))
			traffic.in_flight += 1
			traffic.leaves(request, name, run, self._started)
		if self._worker and _is_write(request):
			traffic.check_lease(self._worker, request)
		try:
			response = self._with_fault(request, traffic.take(request))
		finally:
			traffic.in_flight -= is_api
		if is_api:
			traffic.answered(response, name, run)
		return response

	def _point(self, where: str) -> None:
		if self._worker:
			self._worker.point(where)
		self._traffic.time.pass_seconds(TAKES)

	def _acts(self, request: requests.PreparedRequest) -> requests.Response:
		"""Xero does it; then nobody here knows yet."""
		traffic = self._traffic
		_small_pages(request, traffic.plan.page_size)
		look = traffic.watch(request) if traffic.watch and _is_write(request) else None
		response = super().send(request)
		if look:
			look(response)
		if not traffic.plan.lists_deleted:
			_without_deleted(request, response)
		self._point(f"after {_what(request)}")
		return response

	def _with_fault(self, request: requests.PreparedRequest, fault: Fault | None) -> requests.Response:
		if fault is None:
			return self._acts(request)
		name = fault.name
		if name in ("connection refused", "login unreachable"):
			pool = HTTPConnectionPool("xero.test")
			reason = NewConnectionError(pool, "connection refused")  # type: ignore[arg-type]
			raise requests.ConnectionError(MaxRetryError(pool, "/", reason))
		if name == "time-out before":
			raise requests.ReadTimeout("no answer")
		if name in ("time-out after", "login answer lost"):
			self._acts(request)
			raise requests.ReadTimeout("no answer")
		if name == "answer cut off":
			response = self._acts(request)
			return _answer(request, response.status_code, response.content[: len(response.content) // 2])
		if name == "500":
			self._traffic.simulator.fail_next(500)
			return self._acts(request)
		if name == "503 after":
			self._acts(request)
			return _answer(request, 503, b"Service Unavailable")
		if name.startswith("429"):
			headers = {"X-Rate-Limit-Problem": name.split()[1]}
			if fault.seconds:
				headers["Retry-After"] = str(fault.seconds)
			return _answer(request, 429, b"", headers)
		return _answer(request, int(name.split()[0]), b"not now")


def _fits(fault: Fault, request: requests.PreparedRequest) -> bool:
	url = str(request.url)
	if fault.on == "login":
		return LOGIN in url
	return API in url and (fault.on == "api" or request.method != "GET")


def _is_write(request: requests.PreparedRequest) -> bool:
	return API in str(request.url) and request.method != "GET"


def _what(request: requests.PreparedRequest) -> str:
	return f"{request.method} {urlsplit(str(request.url)).path.rsplit('/', 1)[-1]}"


def _small_pages(request: requests.PreparedRequest, size: int) -> None:
	"""Let a poll see small pages, so that records change while it reads on."""
	url = urlsplit(str(request.url))
	query = parse_qs(url.query)
	if "order" in query and int(query["pageSize"][0]) > size:
		query["pageSize"] = [str(size)]
		request.url = url._replace(query=urlencode(query, doseq=True)).geturl()


def _without_deleted(request: requests.PreparedRequest, response: requests.Response) -> None:
	"""Leave removed payments out of a poll, as Xero may."""
	if request.method != "GET" or not re.search(r"/Payments\?", str(request.url)):
		return
	body = simplejson.loads(response.content, use_decimal=True) if response.status_code == 200 else {}
	if "Payments" in body:
		body["Payments"] = [row for row in body["Payments"] if row["Status"] != "DELETED"]
		response._content = simplejson.dumps(body, use_decimal=True).encode()


def _answer(
	request: requests.PreparedRequest, status: int, content: bytes, headers: Mapping[str, str] | None = None
) -> requests.Response:
	response = requests.Response()
	response.status_code = status
	response.headers.update({"Content-Type": "text/plain; charset=utf-8", **(headers or {})})
	response.raw = BytesIO(content)
	response._content = content
	response.url = str(request.url)
	response.request = request
	return response
