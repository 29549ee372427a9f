"""``make play``: the bundled Xero in one browser tab, the embedded records in another; pay here, see it
arrive there.
"""

from __future__ import annotations

import secrets
import tempfile
import threading
import uuid
import webbrowser
from contextlib import suppress
from pathlib import Path

from werkzeug.serving import make_server

from xero_connector.demo.records import Records
from xero_connector.demo.world import CLIENT_ID, CLIENT_SECRET, REDIRECT, World, build
from xero_connector.simulator import (
	DEMO_CLIENT_ID,
	DEMO_CLIENT_SECRET,
	DEMO_CUSTOM_CLIENT_ID,
	DEMO_CUSTOM_CLIENT_SECRET,
	DEMO_TENANT_ID,
	Simulator,
	seed_demo_company,
	serve,
)
from xero_connector.simulator.server import QuietHandler
from xero_connector.store.sqlite import SQLiteStore
from xero_connector.sync.engine import Report

POLL_SECONDS = 20
"""How often everything is polled; what webhooks announce comes at once."""

DELIVERY_SECONDS = 0.5
"""How often the simulator sends the webhooks that are due."""


class Worker(threading.Thread):
	"""Runs the engine: when something was announced or asked for, and every so often."""

	def __init__(self, world: World) -> None:
		super().__init__(daemon=True)
		self.world = world
		self.wake = threading.Event()
		self.stop = threading.Event()
		self.last = Report()

	def run(self) -> None:
		store = SQLiteStore(self.world.store.path)
		engine = self.world.engine.on(store)
		while not self.stop.is_set():
			announced = self.wake.wait(POLL_SECONDS)
			self.wake.clear()
			if not self.stop.is_set():
				self.last = engine.fetch_webhook_events() if announced else engine.cycle()
		store.close()


def run(port: int) -> int:
	"""Serve both pages until interrupted."""
	with tempfile.TemporaryDirectory() as folder:
		world = build(store_path=Path(folder) / "records.sqlite")
		worker, key = Worker(world), secrets.token_urlsafe(24)
		records = Records(world, worker.wake, key)
		pages = make_server("127.0.0.1", port, records, threaded=True, request_handler=QuietHandler)
		url = f"http://127.0.0.1:{pages.server_port}/"
		world.simulator.add_app(
			CLIENT_ID, CLIENT_SECRET, redirect_uris=[REDIRECT], webhook_url=f"{url}webhook", webhook_key=key
		)
		report = world.engine.cycle()
		threading.Thread(target=pages.serve_forever, daemon=True).start()
		worker.start()
		print(f"pushed {report.sent} records to the simulated Xero")
		print(f"ERPNext side: {url}")
		print(f"Xero side:    {world.server.url}/")
		print("Pay an invoice on the Xero side and watch the ERPNext side. Ctrl+C ends it.", flush=True)
		webbrowser.open(url)
		with suppress(KeyboardInterrupt):
			while not worker.stop.wait(DELIVERY_SECONDS):
				world.simulator.deliver_webhooks()
		worker.stop.set()
		worker.wake.set()
		worker.join()
		pages.shutdown()
		world.close()
	return 0


def serve_simulator(port: int, state: str) -> int:
	"""Serve the bundled Xero alone, with a demo company in it, until interrupted.

	What is kept in memory is another organisation at each start: it has not seen what an earlier one was
	sent.
	"""
	simulator = Simulator(state)
	tenant = seed_demo_company(simulator, str(uuid.uuid4()) if state == ":memory:" else DEMO_TENANT_ID)
	with serve(simulator, port=port) as server:
		print(f"Xero simulator: {server.url}/")
		print(f"organisation:   {tenant}")
		print(
			f"custom app:     XERO_CLIENT_ID={DEMO_CUSTOM_CLIENT_ID}"
			f" XERO_CLIENT_SECRET={DEMO_CUSTOM_CLIENT_SECRET}"
		)
		print(f"web app:        {DEMO_CLIENT_ID} / {DEMO_CLIENT_SECRET}")
		print(f"try:            xero-connector sync STORE --xero {server.url}   (Ctrl+C ends it)", flush=True)
		with suppress(KeyboardInterrupt):
			threading.Event().wait()
	simulator.close()
	return 0
