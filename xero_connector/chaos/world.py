"""One simulated world: Xero, a store, worker processes and a scheduler, on one clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests

from xero_connector.chaos.clock import OurClock, WorldTime
from xero_connector.chaos.ids import Ids
from xero_connector.chaos.journal import Journal
from xero_connector.chaos.plan import WORKERS, Plan
from xero_connector.chaos.truth import Truth
from xero_connector.chaos.wire import Traffic, Wire
from xero_connector.chaos.workers import Job, Worker, WorkerClock, WorkerStore
from xero_connector.clock import Clock
from xero_connector.simulator import Accountant, Limits, Simulator
from xero_connector.store.protocol import Store
from xero_connector.store.sqlite import SQLiteStore
from xero_connector.sync import organisations, webhooks
from xero_connector.sync.engine import Engine, Report, needs_push
from xero_connector.xero import (
	Endpoints,
	MemoryTokens,
	OAuthApp,
	Pkce,
	Token,
	Tokens,
	TokenStore,
	XeroApi,
	new_session,
)

FREE_PLAN = 1000
"""Calls of a day: as few as Xero allows anybody."""

XERO = "https://xero.test"
COMPANY = "Canvas & Cord Ltd"
TENANT = "6f0d2b5e-2f0c-4a53-9f14-5a1c3b7e9d20"
APP, SECRET, CALLBACK = "chaos-app", "secret-of-the-app", "https://erp.test/callback"
HOOK, HOOK_KEY = "https://erp.test/webhook", "key-of-the-webhook"


class Login(MemoryTokens):
	"""The tokens that all workers share."""

	def __init__(self) -> None:
		super().__init__()
		self.taken = False

	def lock(self) -> AbstractContextManager[None]:
		return self._held()

	@contextmanager
	def _held(self) -> Iterator[None]:
		self.taken = True
		try:
			yield
		finally:
			self.taken = False


class WorkerLogin:
	"""The shared tokens as a worker has them; a lock dies with the process that holds it."""

	def __init__(self, worker: Worker, login: Login) -> None:
		self._worker = worker
		self._login = login

	def load(self) -> Token | None:
		self._worker.point("load tokens")
		return self._login.load()

	def save(self, token: Token) -> None:
		self._worker.point("save tokens")
		self._login.save(token)
		self._worker.point("tokens saved")

	@contextmanager
	def lock(self) -> Iterator[None]:
		while self._login.taken:
			self._worker.pause("waits for the login's lock")
		with self._login.lock():
			yield

	def disconnected(self, message: str) -> None:
		self._worker.point("login ended")
		self._login.disconnected(message)


class Postbox(requests.adapters.BaseAdapter):
	"""Where Xero posts its webhooks; nobody opens them before the plan says so."""

	def __init__(self) -> None:
		super().__init__()
		self.letters: list[tuple[bytes, str]] = []

	def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
		body = request.body if isinstance(request.body, bytes) else str(request.body).encode()
		self.letters.append((body, str(request.headers["x-xero-signature"])))
		response = requests.Response()
		response.status_code = 200
		response._content = b""
		return response

	def close(self) -> None:
		"""Nothing to release."""


class World:
	"""Everything that takes part, as the plan's world was before anything happened."""

	def __init__(self, plan: Plan) -> None:
		self.plan = plan
		self.time = WorldTime()
		self.clock = OurClock(self.time)
		self.ids = Ids(plan.seed, "engine")
		self.simulator = Simulator(
			clock=self.time.xero,
			ids=Ids(plan.seed, "xero").uuid,
			limits=Limits(day=FREE_PLAN),
		)
		self.store = SQLiteStore(new_name=Ids(plan.seed, "store").name)
		self.traffic = Traffic(plan, self.time, self.simulator, self.store)
		self.workers = [Worker(f"worker {at + 1}", self.time) for at in range(WORKERS)]
		self.login = Login()
		self.truth = Truth(self.simulator)
		self.journal = Journal()
		self.postbox = Postbox()
		self._post = requests.Session()
		self._post.mount(HOOK, self.postbox)
		self._open()

	@property
	def accountant(self) -> Accountant:
		return self.simulator.accountant(TENANT)

	def _open(self) -> None:
		"""An organisation, an app that is allowed in, a company that is confirmed."""
		self.simulator.add_organisation(COMPANY, tenant_id=TENANT)
		self.simulator.add_app(APP, SECRET, redirect_uris=[CALLBACK], webhook_url=HOOK, webhook_key=HOOK_KEY)
		self.store.insert(
			{"doctype": "Company", "name": COMPANY, "company_name": COMPANY, "default_currency": "GBP"}
		)
		self.connect()
		engine = self.engine()
		assert engine.refresh_reference().stopped == ""
		organisations.confirm(self.store, TENANT, COMPANY)
		organisations.go_live(self.store, self.clock, TENANT)
		choices = {
			"invoice_status": self.plan.invoice_status,
			"invoice_trigger": self.plan.invoice_trigger,
		}
		self.store.update("Xero Organisation", TENANT, choices)
		self.post()
		self.postbox.letters.clear()

	# machinery

	def connect(self) -> None:
		"""An admin logs in with Xero and allows the organisation."""
		session, proof = self._session(None), Pkce.new()
		app = self._app(session, self.clock)
		query = parse_qs(urlsplit(app.authorize_url("chaos", proof.challenge)).query)
		form = {key: values[0] for key, values in query.items()} | {"tenant": TENANT, "decision": "allow"}
		answer = session.post(app.endpoints.authorize, data=form, allow_redirects=False)
		code = parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]
		token = app.exchange(code, proof.verifier)
		with self.store.transaction():
			organisations.register(self.store, app.connections(token), None)
		self.login.save(token)

	def engine(self, worker: Worker | None = None) -> Engine:
		"""The engine of a new process: of this worker, or of the world itself, which nothing interrupts."""
		store: Store = WorkerStore(worker, self.store) if worker else self.store
		clock: Clock = WorkerClock(worker) if worker else self.clock
		login: TokenStore = WorkerLogin(worker, self.login) if worker else self.login
		session = self._session(worker)
		tokens = Tokens(self._app(session, clock), login, clock)
		api = XeroApi(session, Endpoints.below(XERO), TENANT, tokens, clock=clock)
		began = self.traffic.tick

		def new_id() -> str:
			made = self.ids.uuid()
			self.traffic.born[made] = began
			return made

		return Engine(store, api, TENANT, clock, new_id=new_id)

	def _session(self, worker: Worker | None) -> requests.Session:
		session = new_session()
		session.mount(XERO, Wire(self.traffic, worker))
		return session

	def _app(self, session: requests.Session, clock: Clock) -> OAuthApp:
		return OAuthApp(APP, SECRET, CALLBACK, Endpoints.below(XERO), session, clock)

	def jobs(self) -> dict[str, Job]:
		"""What worker processes are started for, by name, as a site's jobs are."""
		return {
			"drain": self._job(self._drain),
			"pull": self._job(lambda engine, store, clock: engine.pull()),
			"fetch": self._job(lambda engine, store, clock: engine.fetch_webhook_events()),
			"cycle": self._job(lambda engine, store, clock: engine.cycle()),
			"refresh": self._job(lambda engine, store, clock: engine.refresh_reference()),
		}

	def _job(self, work: Callable[[Engine, Store, Clock], Report]) -> Job:
		def job(worker: Worker) -> str:
			return told(work(self.engine(worker), WorkerStore(worker, self.store), WorkerClock(worker)))

		return job

	@staticmethod
	def _drain(engine: Engine, store: Store, clock: Clock) -> Report:
		"""Push until nothing is due: a second drain is not queued while one runs."""
		total = Report()
		while True:
			report = engine.push()
			total += report
			if report.stopped or not report.calls or TENANT not in needs_push(store, clock):
				return total

	def drain(self) -> Report:
		"""A drain that nothing interrupts."""
		return self._drain(self.engine(), self.store, self.clock)

	def wanted(self) -> list[str]:
		"""The jobs that the scheduler's sweep starts now."""
		jobs = ["drain"] if TENANT in needs_push(self.store, self.clock) else []
		if TENANT in webhooks.announced(self.store):
			jobs.append("fetch")
		return jobs if self.is_syncing() else []

	def is_syncing(self) -> bool:
		return bool(organisations.syncing(self.store))

	def post(self) -> None:
		"""Let Xero post what it has to announce."""
		self.simulator.deliver_webhooks(self._post)

	def close(self) -> None:
		"""Let everything go."""
		for worker in self.workers:
			worker.kill()
		self.simulator.close()
		self.store.close()


def told(report: Report) -> str:
	"""A report in a few words."""
	counts = ("sent", "unchanged", "held", "waiting", "uncertain", "applied", "calls")
	words = [f"{name} {getattr(report, name)}" for name in counts if getattr(report, name)]
	return ", ".join(words + ([report.stopped] if report.stopped else [])) or "nothing to do"
