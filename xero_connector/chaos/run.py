"""One run: a plan carried out event by event, then peace, then the final account."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from random import Random

from xero_connector import embedded
from xero_connector.chaos import finance, held, invoices, people, post, promises
from xero_connector.chaos.plan import Event, Plan
from xero_connector.chaos.promises import Broken, Safety
from xero_connector.chaos.wire import FAULTS
from xero_connector.chaos.workers import ENDLESS, Worker
from xero_connector.chaos.world import World, told
from xero_connector.simulator import AccountantError
from xero_connector.sync import outbox, triggers
from xero_connector.xero import XeroError

WRITTEN = "after P"
"""Where a worker is when Xero has answered a PUT or a POST, and the answer is still on its way."""

LEASE_ENDS = 310.0
"""Seconds after which a lease that nobody renewed is free."""

PEACE = (600.0,) * 4 + (3600.0,) * 30
"""Seconds between the cycles after the faults: long enough for a day's limit to end, and every wait."""


@dataclass
class Outcome:
	"""What a run came to. ``trace`` has a line per event; ``violations`` are the promises that broke."""

	seed: int
	trace: list[str] = field(default_factory=list)
	violations: list[Broken] = field(default_factory=list)
	faults: Counter[str] = field(default_factory=Counter)
	steps: int = 0
	crashes: int = 0


def run(plan: Plan) -> Outcome:
	"""Carry out a plan; it ends at the first event that breaks a promise."""
	return Run(plan).go()


class Run:
	"""A plan on its way."""

	def __init__(self, plan: Plan) -> None:
		self.plan = plan
		self.world = World(plan)
		self.safety = Safety(self.world)
		self.outcome = Outcome(plan.seed, faults=self.world.traffic.faults)
		self._events: dict[str, Callable[[Random, int], tuple[str, str]]] = {
			"work": self._work,
			"whole cycle": self._whole_cycle,
			"meanwhile": self._meanwhile,
			"overtake": self._overtake,
			"kill": self._kill,
			"minute": self._minute,
			"poll": self._poll,
			"wait": self._wait,
			"set clock": self._set_clock,
			"fault": self._fault,
			"disconnect": self._disconnect,
			"reconnect": self._reconnect,
		}

	def go(self) -> Outcome:
		"""All of it. The world is gone afterwards."""
		try:
			for event in self.plan.events:
				self._happen(event)
				if self.outcome.violations:
					return self.outcome
			self._peace()
			return self.outcome
		finally:
			self.world.close()

	def _happen(self, event: Event) -> None:
		chance = event.random()
		self.world.time.pass_seconds(chance.choice(PAUSES))
		self.world.truth.read()
		if event.kind in self._events:
			who, what = self._events[event.kind](chance, event.number)
		else:
			who, actions = next(pair for pair in PARTS if event.kind in pair[1])
			what = actions[event.kind](self.world, chance, event.number)
		self.world.post()
		self.outcome.steps += 1
		self._tell(who, event.kind, what)
		self._broken(self.safety.check())

	def _tell(self, who: str, what: str, outcome: str) -> None:
		self.outcome.trace.append(f"{self.world.time.now:%d %H:%M:%S.%f} {who}: {what}: {outcome}")

	def _broken(self, found: Iterable[Broken]) -> None:
		for promise, detail in found:
			self.outcome.violations.append((promise, detail))
			self.outcome.trace.append(f"BROKEN {promise}: {detail}")

	# the machinery

	def _work(self, chance: Random, number: int) -> tuple[str, str]:
		"""A worker goes on, or begins."""
		worker = chance.choice(self.world.workers)
		begun = "" if worker.busy else self._begin(worker, chance) + ", "
		points = chance.choice((1, 2, 3, 5, 8, 13, 30, 80, 1000))
		return worker.name, f"{begun}{self._proceed(worker, points)}"

	def _begin(self, worker: Worker, chance: Random) -> str:
		jobs = self.world.wanted() or ["pull"]
		job = chance.choice([*jobs * 3, "cycle", "pull", "refresh"])
		self._start(worker, job)
		return job

	def _start(self, worker: Worker, job: str) -> None:
		worker.start(self.world.jobs()[job])

	def _proceed(self, worker: Worker, points: int) -> str:
		worker.proceed(points)
		return self._after(worker)

	def _proceed_to_somewhere(self, worker: Worker, chance: Random, most: int) -> str:
		"""To the moment when Xero has done a write and nobody here knows it, or to any other."""
		if chance.random() < 0.4:
			worker.proceed(until=WRITTEN)
			return self._after(worker)
		return self._proceed(worker, chance.randint(1, most))

	def _after(self, worker: Worker) -> str:
		"""Where a worker stands now; the account of a run that has ended."""
		if worker.busy:
			return "asleep" if worker.asleep_until else worker.where
		killed = worker.outcome == "killed"
		self.outcome.crashes += killed
		self.world.traffic.ends(worker, alive=not killed)
		if worker.error:
			self._broken([("the engine raises nothing", f"{worker.name} {worker.outcome}")])
		return worker.outcome

	def _whole_cycle(self, chance: Random, number: int) -> tuple[str, str]:
		"""A first cycle that nothing disturbs."""
		worker = self.world.workers[0]
		self._start(worker, "cycle")
		return worker.name, self._proceed(worker, ENDLESS)

	def _meanwhile(self, chance: Random, number: int) -> tuple[str, str]:
		"""While a worker is at it, somebody acts; then the worker goes on to its end."""
		worker = chance.choice(self.world.workers)
		if not worker.busy:
			self._start(worker, chance.choice((*self.world.wanted(), "pull", "cycle")))
		stopped = self._proceed_to_somewhere(worker, chance, 160)
		self.world.time.pass_seconds(chance.choice((0, 1, 5, 20)))
		self.world.truth.read()
		who, actions = PARTS[chance.randrange(2)]
		act = chance.choice(list(actions))
		done = actions[act](self.world, chance, number)
		self.world.time.pass_seconds(chance.choice((0, 1, 5)))
		ended = self._proceed(worker, 1000)
		return worker.name, f"at {stopped}; {who}: {act}: {done}; then {ended}"

	def _overtake(self, chance: Random, number: int) -> tuple[str, str]:
		"""A worker stalls until its lease has run out; another takes over; the first wakes up."""
		slow, fast = chance.sample(self.world.workers, 2)
		if not slow.busy:
			self._start(slow, chance.choice(("drain", "pull", "cycle")))
		stalled = self._proceed_to_somewhere(slow, chance, 150)
		self.world.time.pass_seconds(LEASE_ENDS)
		self.world.truth.read()
		if chance.random() < 0.7:
			people.edit_customer(self.world, chance, number)
		if not fast.busy:
			self._start(fast, "cycle")
		overtakes = self._proceed(fast, 1000)
		woken = self._proceed(slow, 1000)
		return slow.name, f"stalls at {stalled}; {fast.name}: {overtakes}; then {woken}"

	def _kill(self, chance: Random, number: int) -> tuple[str, str]:
		"""A worker dies, some points on, inside a transaction or out of it."""
		busy = [worker for worker in self.world.workers if worker.busy and not worker.asleep_until]
		worker = chance.choice(busy or self.world.workers)
		if worker.busy and worker.asleep_until:
			worker.kill()
		else:
			if not worker.busy:
				self._begin(worker, chance)
			where = self._proceed_to_somewhere(worker, chance, 100)
			if not worker.busy:
				return worker.name, where
			worker.die_after(chance.choice((1, 1, 2, 5, 12, 30, 60)))
		return worker.name, self._after(worker)

	def _minute(self, chance: Random, number: int) -> tuple[str, str]:
		"""The scheduler's sweep: the jobs that nobody has started, on workers that are free."""
		self.world.time.pass_seconds(60)
		idle = [worker for worker in self.world.workers if not worker.busy]
		started = list(zip(idle, self.world.wanted(), strict=False))
		for worker, job in started:
			self._start(worker, job)
		return "scheduler", ", ".join(f"{job} on {worker.name}" for worker, job in started) or "nothing"

	def _poll(self, chance: Random, number: int) -> tuple[str, str]:
		"""The ten minutes are over: a pull, from beginning to end."""
		idle = [worker for worker in self.world.workers if not worker.busy]
		if not idle:
			return "scheduler", "nobody is free"
		self._start(idle[0], "pull")
		return idle[0].name, self._proceed(idle[0], 1000)

	def _wait(self, chance: Random, number: int) -> tuple[str, str]:
		seconds = chance.choice((30, 240, 700, 4000, 20_000))
		self.world.time.pass_seconds(seconds)
		return "everybody", f"{seconds} s pass"

	def _set_clock(self, chance: Random, number: int) -> tuple[str, str]:
		self.world.traffic.forget_what_has_passed()
		self.world.time.set_ours(chance.randint(-25, 25))
		self.world.traffic.clock_was_set = self.world.time.now
		return "admin", f"our clock is {self.world.time.skew.total_seconds():.0f} s ahead"

	def _fault(self, chance: Random, number: int) -> tuple[str, str]:
		fault = chance.choice(FAULTS)
		self.world.traffic.armed.append(fault)
		return "network", f"{fault.name} is next on {fault.on}"

	def _disconnect(self, chance: Random, number: int) -> tuple[str, str]:
		try:
			self.world.accountant.disconnect("chaos-app")
		except AccountantError as refused:
			return "finance", str(refused)
		return "finance", "the app is let out"

	def _reconnect(self, chance: Random, number: int) -> tuple[str, str]:
		if self.world.is_syncing():
			return "admin", "is connected"
		try:
			self.world.connect()
		except XeroError as error:
			return "admin", str(error)
		return "admin", "connected again"

	# peace

	def _peace(self) -> None:
		"""Nothing fails any more and lost webhooks stay lost; everything must come to rest in time."""
		world = self.world
		world.traffic.armed.clear()
		world.postbox.letters.clear()
		chance = Random(f"{self.plan.seed}/peace")
		for worker in world.workers:
			if worker.busy and chance.random() < 0.5:
				worker.kill()
				self._tell(worker.name, "the end", self._after(worker))
		self._finish_runs()
		self._rest("cycles")
		self._broken(promises.held_without_reason(world, self.safety.ever))
		self._save_held()
		self._rest("cycles after what was held was saved again")
		self._broken(self.safety.check())
		if not self.outcome.violations:
			self._broken(promises.final(world, self.safety))
		if not self.outcome.violations:
			self._silence()

	def _finish_runs(self) -> None:
		"""Let every run that is under way come to its end."""
		for worker in self.world.workers:
			while worker.busy:
				if worker.asleep_until:
					self.world.time.now = worker.asleep_until
				worker.proceed(1000)
			if worker.where == "" and worker.run:
				self._tell(worker.name, "the end", self._after(worker))

	def _rest(self, what: str) -> None:
		"""Cycles until nothing is left to do, at most for as long as `PEACE` says."""
		world, cycles = self.world, 0
		for pause in PEACE:
			cycles += 1
			if not world.is_syncing():
				world.connect()
			calls = world.traffic.writes
			report = world.drain()
			report += world.engine().pull()
			quiet = not (report.stopped or report.applied or self._is_left())
			if quiet and world.traffic.writes == calls:
				break
			world.time.pass_seconds(pause)
		self._tell("everybody", "peace", f"{cycles} {what}, the last: {told(report)}")
		self._broken(self.safety.check())

	def _is_left(self) -> bool:
		"""Whether a row still has somewhere to go. Those that wait for a held one have not."""
		for row in self.world.store.find("Xero Outbox"):
			if row["status"] in (outbox.QUEUED, outbox.SENDING, outbox.UNCERTAIN):
				return True
			if row["status"] == outbox.WAITING and not held.waits_for_a_person(self.world.store, row):
				return True
		return bool(self.world.store.find("Xero Webhook Event", {"status": "New"}))

	def _save_held(self) -> None:
		"""A person looks at everything that is held, and saves it again; tries again what is deleted here."""
		store, clock = self.world.store, self.world.clock
		for row in store.find("Xero Outbox", {"status": outbox.HELD}):
			doc = store.get(row["reference_doctype"], row["reference_name"])
			if doc and doc["doctype"] != "Xero Link":
				embedded.save_documents(store, clock, [doc], people.USER)
			else:
				outbox.enqueue_again(store, clock, row, people.USER)

	def _silence(self) -> None:
		"""One more cycle writes nothing, on either side; nor does saving what has not changed."""
		world = self.world
		for pause in PEACE:  # until Xero's limits leave room for a whole cycle
			before, writes = promises.snapshot(world), world.traffic.writes
			if not world.engine().cycle().stopped:
				break
			world.time.pass_seconds(pause)
		after = promises.snapshot(world)
		changed = sorted(key for key in before.keys() | after.keys() if before.get(key) != after.get(key))
		if changed:
			self._broken([("a cycle at rest writes nothing", f"here: {changed[:5]}")])
		if world.traffic.writes != writes:
			self._broken([("a cycle at rest writes nothing", "in Xero")])
		self._save_all()
		world.drain()
		if world.traffic.writes != writes:
			bodies = [
				row["body"] for row in world.store.find("Xero Batch", order_by="frozen_at desc", limit=1)
			]
			self._broken([("saving what has not changed sends nothing", str(bodies))])

	def _save_all(self) -> None:
		with self.world.store.transaction():
			for row in self.world.store.find("Xero Outbox", {"status": outbox.DONE}):
				doc = self.world.store.get(row["reference_doctype"], row["reference_name"])
				if doc and doc.get("docstatus") != 2:
					triggers.document_saved(self.world.store, self.world.clock, doc, people.USER)


PAUSES = (0.0, 0.0, 0.0, 0.001, 0.04, 0.9, 7.0)
"""Seconds before an event: often none, so that several changes bear the same time stamp."""

PARTS = (
	("sales", {**people.ACTIONS, **invoices.ACTIONS}),
	("finance", finance.ACTIONS),
	("post", post.ACTIONS),
)
"""Who does what."""
