"""The desk of a site for the tests in a browser: its pages on a port of this machine, a worker for its jobs,
and a way in for the tests.

	python -m xero_connector.tests.desk_server SITE XERO_URL PORT    # in the bench's ``sites``

Port 0 is any that is free. The first line that it prints is its address. After that each line on its input
is a call, ``{"method": …, "arguments": {…}}``, done as the Administrator and committed; the line that it
prints then is ``{"answer": …}``, or ``{"error": …}`` with what went wrong. It ends when its input does.

Nothing is written into the site's configuration, so nothing can stay there: this program and its worker take
the configuration with what the tests need on top.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, TextIO

import frappe
import frappe.app
from frappe.middlewares import StaticDataMiddleware
from frappe.utils.background_jobs import get_queue, start_worker
from werkzeug.exceptions import NotFound
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.middleware.shared_data import SharedDataMiddleware
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

import xero_connector
import xero_connector.desk.jobs  # each job is a fork: what is loaded here need not be loaded there

HOST = "localhost"
"""Xero takes redirect URLs on this host without https."""


QUEUES = ("short", "default", "long")


class Handler(WSGIRequestHandler):
	"""Answers without a line for each request, and keeps connections open as a browser wants it."""

	protocol_version = "HTTP/1.1"

	def log(self, type: str, message: str, *args: object) -> None:
		pass


def main(site: str, xero_url: str, port: str, worker_for: str = "") -> None:
	"""Serve until the input ends. ``worker_for``: be the worker of the server at that address instead."""
	frappe.app._site, frappe.app._sites_path = site, "."
	if worker_for:
		use_config(xero_url, worker_for)
		start_worker(queue=",".join(QUEUES), quiet=True)
		return
	answers = only_answers_on_stdout()
	server = make_server("127.0.0.1", int(port), pages(), threaded=True, request_handler=Handler)
	url = f"http://{HOST}:{server.server_port}"
	use_config(xero_url, url)
	worker = start_own_worker(site, xero_url, url)
	threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
	try:
		take_calls(site, url, answers)
	finally:
		stop(server, worker)


def use_config(xero_url: str, url: str) -> None:
	"""Lay over the site's configuration, in this process, where Xero and the desk are, and our own queues."""
	site_config = frappe.get_site_config
	ours = {
		"xero_connector_base_url": xero_url,
		"host_name": url,
		"bench_id": f"desk-tests-{url.rpartition(':')[2]}",
	}

	def with_ours(*arguments: Any, **options: Any) -> Any:
		return frappe._dict(site_config(*arguments, **options), **ours)

	frappe.get_site_config = with_ours


def pages() -> Any:
	"""Frappe's WSGI application, with the assets of the bench; those of the app are this checkout's."""
	public = Path(xero_connector.__file__).parent / "public"
	assets = {"/assets/xero_connector": str(public), "/assets": os.path.abspath("assets")}
	served = SharedDataMiddleware(frappe.app.application, assets)
	return DispatcherMiddleware(
		StaticDataMiddleware(served, {"/files": os.path.abspath(".")}),
		{"/socket.io": NotFound()},  # each desk asks every few seconds, and Frappe would draw a page for it
	)


def only_answers_on_stdout() -> TextIO:
	"""Where the answers go. Whatever else is printed goes to standard error."""
	answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
	os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
	return answers


def start_own_worker(site: str, xero_url: str, url: str) -> subprocess.Popen[bytes]:
	# CI would make the worker take itself for a test.
	environment = {name: value for name, value in os.environ.items() if name != "CI"}
	command = [sys.executable, "-m", "xero_connector.tests.desk_server", site, xero_url, "0", url]
	return subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL)


def stop(server: BaseWSGIServer, worker: subprocess.Popen[bytes]) -> None:
	server.shutdown()
	worker.terminate()  # it ends with the job at hand
	try:
		worker.wait(30)
	except subprocess.TimeoutExpired:
		worker.kill()
	for queue in QUEUES:
		get_queue(queue).delete()


def take_calls(site: str, url: str, answers: TextIO) -> None:
	frappe.init(site=site, sites_path=".")
	frappe.connect()
	frappe.clear_cache()
	print(url, file=answers, flush=True)
	for line in sys.stdin:
		print(frappe.as_json(answer(**json.loads(line)), indent=None), file=answers, flush=True)
	answer("xero_connector.tests.desk_site.end", {})


def answer(method: str, arguments: dict[str, Any]) -> dict[str, Any]:
	frappe.set_user("Administrator")
	frappe.db.rollback()  # see what others have written since
	try:
		done = frappe.get_attr(method)(**arguments)
		frappe.db.commit()
	except Exception:
		frappe.db.rollback()
		return {"error": frappe.get_traceback()}
	finally:
		frappe.clear_messages()
	return {"answer": done}


if __name__ == "__main__":
	main(*sys.argv[1:])
