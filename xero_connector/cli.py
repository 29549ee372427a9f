"""The command ``xero-connector``: embedded store, demo and simulator, on any machine with Python."""

from __future__ import annotations

import argparse
import os
import sqlite3
import sys
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import simplejson

from xero_connector import __version__, embedded
from xero_connector.benchmark import run as benchmark
from xero_connector.chaos import simulate as faults
from xero_connector.chaos.broken import BREAKS
from xero_connector.chaos.plan import STEPS
from xero_connector.clock import SystemClock
from xero_connector.demo import play, story
from xero_connector.demo.table import table
from xero_connector.mapping.money import decimal_of
from xero_connector.store.protocol import Doc, StoreError
from xero_connector.store.schema import is_own
from xero_connector.store.sqlite import SQLiteStore
from xero_connector.sync.engine import Report
from xero_connector.sync.errors import SyncError
from xero_connector.xero import Endpoints, XeroError

COLUMNS = {
	"Customer": ("name", "xero_payment_status", "xero_currency", "xero_paid", "xero_due", "xero_overdue"),
	"Sales Order": (
		"name",
		"customer",
		"currency",
		"grand_total",
		"xero_invoice_number",
		"xero_payment_status",
	),
	"Xero Organisation": ("name", "organisation_name", "company", "status"),
	"Xero Link": ("reference_doctype", "reference_name", "xero_entity", "xero_id", "status"),
	"Xero Account": ("code", "account_name", "account_type", "tax_type", "status"),
	"Xero Tax Rate": ("tax_type", "rate_name", "effective_rate", "can_apply_to_revenue", "status"),
	"Xero Match": ("reference_name", "status", "cause", "message"),
	"Xero Conflict": ("reference_name", "xero_field", "erpnext_value", "xero_value", "status", "resolution"),
	"Xero Reconciliation": ("started_at", "status", "read", "repaired", "queued", "told"),
	"Xero Outbox": ("reference_doctype", "reference_name", "status", "cause", "message"),
	"Xero Sync Log": ("at", "direction", "action", "outcome", "reference_name", "xero_entity", "answer"),
	"Xero Invoice": ("invoice_number", "contact_name", "payment_status", "total", "amount_due", "currency"),
	"Xero Payment": ("kind", "customer", "payment_date", "amount", "currency", "xero_status"),
}
"""What ``show`` lists of the doctypes that people look at; of others it lists the names."""

FEWEST_RECORDS = 2
"""Fewer make no benchmark."""


def main(arguments: Sequence[str] | None = None) -> int:
	"""Run the command; returns its exit code: 0 done, 1 it could not be done (the reason is on standard
	error).
	"""
	options = _parser().parse_args(arguments)
	try:
		code: int = options.run(options)
	except BrokenPipeError:
		os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
		return 0
	except (StoreError, SyncError, XeroError, ValueError, sqlite3.Error, OSError) as error:
		print(f"xero-connector: {error}", file=sys.stderr)
		return 1
	except KeyboardInterrupt:
		return 130
	return code


def _parser() -> argparse.ArgumentParser:
	parser = argparse.ArgumentParser(
		prog="xero-connector", description="ERPNext and Xero as one system, on the embedded store."
	)
	parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
	commands = parser.add_subparsers(required=True, metavar="COMMAND")

	load = commands.add_parser("load", help="put ERPNext documents from JSON files into a store")
	load.add_argument("store", type=Path, help="the store file; made if it is not there")
	load.add_argument(
		"files", type=Path, nargs="+", metavar="FILE", help="a document, or a list of documents"
	)
	load.set_defaults(run=_load)

	sync = commands.add_parser(
		"sync",
		help="run one full cycle with Xero",
		description="Connect with client credentials (XERO_CLIENT_ID and XERO_CLIENT_SECRET), push, pull.",
	)
	sync.add_argument("store", type=Path, help="the store file")
	sync.add_argument(
		"--xero", metavar="URL", help="a server that speaks Xero's API below this URL; else Xero itself"
	)
	sync.add_argument("--organisation", help="name or tenant id, if the login reaches several")
	sync.add_argument("--company", help="the ERPNext company, if the store holds several")
	sync.add_argument("--sales-account", metavar="CODE", help="the Xero account for sales")
	sync.add_argument(
		"--invoice-status", choices=("Draft", "Submitted", "Authorised"), help="how invoices arrive"
	)
	sync.add_argument(
		"--tax",
		metavar="ACCOUNT@RATE=TYPE",
		type=_tax,
		action="append",
		default=[],
		help="a line of the tax map, for example 'VAT - HLS@0=ZERORATEDOUTPUT'; may be given again",
	)
	sync.add_argument(
		"--reconcile",
		action="store_true",
		help="then read everything in Xero, compare it with the store, and repair or tell what differs",
	)
	sync.set_defaults(run=_sync)

	show = commands.add_parser("show", help="print documents, links, outbox and log")
	show.add_argument("store", type=Path, help="the store file")
	show.add_argument("doctype", nargs="?", help="for example 'Sales Order', 'Xero Link', 'Xero Sync Log'")
	show.add_argument("name", nargs="?", help="one document; with its link, outbox row and log")
	show.add_argument("--json", action="store_true", help="the whole documents, as JSON")
	show.set_defaults(run=_show)

	demo = commands.add_parser(
		"demo", help="the whole way there and back, against the bundled Xero, compared"
	)
	demo.set_defaults(run=lambda options: story.run())

	bench = commands.add_parser(
		"benchmark",
		help="what the engine costs in calls, time and memory",
		description="Push, pull, idle cycles and import on the simulated Xero, on a virtual clock.",
	)
	bench.add_argument(
		"--records", type=_count, default=1000, metavar="N", help="contacts, and invoices (default: 1000)"
	)
	bench.add_argument("--json", action="store_true", help="the figures as JSON")
	bench.set_defaults(run=_benchmark)

	simulate = commands.add_parser(
		"simulate",
		help="run the engine through faults drawn from seeds, and check what it promises",
		description="The engine, a simulated Xero and a store on a virtual clock. The same seed gives the"
		" same trace. The exit code is 0 only if no promise was broken.",
	)
	simulate.add_argument("--seeds", type=_whole, default=100, metavar="N", help="how many (default: 100)")
	simulate.add_argument("--seed", type=_whole, default=0, metavar="S", help="the first (default: 0)")
	simulate.add_argument(
		"--steps", type=_whole, default=STEPS, metavar="K", help=f"events in each (default: {STEPS})"
	)
	simulate.add_argument("--break", dest="broken", choices=sorted(BREAKS), help="do without a safeguard")
	simulate.add_argument("--json", action="store_true", help="one JSON object")
	simulate.add_argument(
		"--soak", type=_whole, metavar="SECONDS", help="new seeds for so long (0: for ever), until one fails"
	)
	simulate.set_defaults(run=_simulate)

	played = commands.add_parser(
		"play", help="the bundled Xero and an embedded store, side by side in a browser"
	)
	played.add_argument("--port", type=_port, default=0, help="port of the start page (default: a free one)")
	played.set_defaults(run=lambda options: play.run(options.port))

	simulator = commands.add_parser("simulator", help="serve the bundled Xero on this machine")
	simulator.add_argument("--port", type=_port, default=0, help="default: a free one")
	simulator.add_argument("--state", default=":memory:", metavar="FILE", help="keep the books in this file")
	simulator.set_defaults(run=lambda options: play.serve_simulator(options.port, options.state))
	return parser


def _load(options: argparse.Namespace) -> int:
	docs = [doc for path in options.files for doc in embedded.read_documents(path)]
	store = SQLiteStore(options.store)
	embedded.save_documents(store, SystemClock(), docs)
	counts: dict[str, int] = {}
	for doc in docs:
		counts[doc["doctype"]] = counts.get(doc["doctype"], 0) + 1
	print("loaded: " + ", ".join(f"{count} {doctype}" for doctype, count in sorted(counts.items())))
	return 0


def _sync(options: argparse.Namespace) -> int:
	client_id, client_secret = os.environ.get("XERO_CLIENT_ID"), os.environ.get("XERO_CLIENT_SECRET")
	if not client_id or not client_secret:
		raise SyncError(
			"Set XERO_CLIENT_ID and XERO_CLIENT_SECRET to the credentials of a custom connection."
		)
	store, clock = _existing(options.store), SystemClock()
	endpoints = Endpoints.xero() if options.xero is None else Endpoints.below(options.xero)
	session = embedded.Session.by_client_credentials(client_id, client_secret, endpoints, clock)
	engine = embedded.connect(
		store,
		session,
		organisation=options.organisation,
		company=options.company,
		choices={"sales_account": options.sales_account, "invoice_status": options.invoice_status},
		taxes=dict(options.tax),
	)
	report = engine.cycle()
	if options.reconcile and not report.stopped:
		report += engine.reconcile()
		_tell_findings(store)
		report += engine.push()
	_tell_held(store)
	print(summary(report, engine.context.api.calls))
	if report.stopped:
		raise SyncError(report.stopped)
	return 0


def summary(report: Report, calls: int) -> str:
	"""One line of what a cycle did, with the calls to Xero's API that it took, connecting included."""
	return (
		f"sync: sent={report.sent} unchanged={report.unchanged} held={report.held} waiting={report.waiting}"
		f" uncertain={report.uncertain} applied={report.applied} calls={calls}"
	)


def _tax(line: str) -> tuple[tuple[str, Decimal], str]:
	"""A line of the tax map as it is typed."""
	tax, _, tax_type = line.rpartition("=")
	account, _, rate = tax.rpartition("@")
	if not account or not tax_type:
		raise argparse.ArgumentTypeError(f"{line!r}: write it like 'VAT - HLS@0=ZERORATEDOUTPUT'")
	return (account, decimal_of(rate)), tax_type


def _port(text: str) -> int:
	"""A port as it is typed."""
	if not text.isdigit() or int(text) > 65535:
		raise argparse.ArgumentTypeError(f"{text!r} is no port: those are 0 to 65535")
	return int(text)


def _count(text: str) -> int:
	"""A number of records as it is typed."""
	if not text.isdigit() or int(text) < FEWEST_RECORDS:
		raise argparse.ArgumentTypeError(f"{text!r}: give a whole number, {FEWEST_RECORDS} or more")
	return int(text)


def _whole(text: str) -> int:
	"""A whole number as it is typed."""
	if not text.isdigit():
		raise argparse.ArgumentTypeError(f"{text!r}: give a whole number")
	return int(text)


def _simulate(options: argparse.Namespace) -> int:
	if options.soak is not None:
		return faults.soak(options.soak, options.seed, options.steps)
	return faults.command(
		options.seeds, options.seed, options.steps, options.broken or "", as_json=options.json
	)


def _benchmark(options: argparse.Namespace) -> int:
	results = benchmark.run(options.records, lambda what: print(f"measuring {what}", file=sys.stderr))
	print(_json(results.as_json()) if options.json else results.as_text())
	return 0


def _tell_held(store: SQLiteStore) -> None:
	"""Everything that waits for a person, with what to do."""
	for row in store.find("Xero Outbox", {"status": "Held"}, order_by="reference_doctype, reference_name"):
		message = str(row["message"]).rstrip(".")
		print(f"held: {row['reference_doctype']} {row['reference_name']}: {message}. {row['advice']}")


def _tell_findings(store: SQLiteStore) -> None:
	"""What the reconciliation has found just now, and what became of it."""
	(result,) = store.find("Xero Reconciliation", order_by="started_at desc", limit=1)
	for finding in result["findings"]:
		print(f"{finding['outcome'].lower()}: {finding['message']}")
	print(
		f"reconciled: read={result['read']} repaired={result['repaired']} queued={result['queued']}"
		f" told={result['told']}"
	)


def _show(options: argparse.Namespace) -> int:
	store = _existing(options.store)
	if not options.doctype:
		counts = store.doctypes()
		print(_json(counts) if options.json else table(("Doctype", "Documents"), list(counts.items())))
		return 0
	if options.name:
		return _show_one(store, options.doctype, options.name, as_json=options.json)
	if not is_own(options.doctype) and options.doctype not in store.doctypes():
		known = ", ".join(store.doctypes()) or "nothing"
		raise StoreError(f"The store has no {options.doctype}. It has: {known}.")
	docs = store.find(options.doctype, order_by="at, name" if options.doctype == "Xero Sync Log" else None)
	if options.json:
		print(_json(docs))
	else:
		columns = COLUMNS.get(options.doctype, ("name",))
		print(table(columns, [[doc.get(column) for column in columns] for doc in docs]))
	return 0


def _show_one(store: SQLiteStore, doctype: str, name: str, *, as_json: bool) -> int:
	doc = store.get(doctype, name)
	if doc is None:
		raise StoreError(f"There is no {doctype} {name} in this store.")
	if as_json:
		print(_json(doc))
		return 0
	print(table(("Field", "Value"), [(field, _short(value)) for field, value in doc.items()]))
	reference = {"reference_doctype": doctype, "reference_name": name}
	for other in ("Xero Link", "Xero Outbox", "Xero Sync Log"):
		rows = store.find(other, reference, order_by="at, name" if other == "Xero Sync Log" else None)
		if rows:
			columns = [column for column in COLUMNS[other] if not column.startswith("reference")]
			print(f"\n{other}\n" + table(columns, [[row.get(column) for column in columns] for row in rows]))
	return 0


def _short(value: Any) -> Any:
	return f"{len(value)} rows" if isinstance(value, list) else value


def _existing(path: Path) -> SQLiteStore:
	if not path.exists() or (path.is_file() and not path.stat().st_size):
		raise StoreError(f"There is no store {path}. Make one with: xero-connector load {path} FILE…")
	return SQLiteStore(path)


def _json(value: dict[str, Any] | list[Doc]) -> str:
	return simplejson.dumps(value, use_decimal=True, ensure_ascii=False, indent=1)


if __name__ == "__main__":
	sys.exit(main())
