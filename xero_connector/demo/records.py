"""The ERPNext side of ``make play``: customers and their documents in the embedded store as a web page."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from html import escape
from typing import Any

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from xero_connector.demo.world import World
from xero_connector.store.sqlite import SQLiteStore
from xero_connector.sync import webhooks
from xero_connector.xero import verify_signature

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; color: #1f272e }
body { margin: 2rem auto; max-width: 72rem; padding: 0 1rem }
h1 { font-size: 1.4rem } h2 { font-size: 1.1rem; margin-top: 2rem } a { color: #2490ef }
table { border-collapse: collapse; width: 100% } th, td { padding: .35rem .6rem; text-align: left }
th { border-bottom: 2px solid #d1d8dd; font-weight: 600 } td { border-bottom: 1px solid #ebeff2 }
.money { font-variant-numeric: tabular-nums; white-space: nowrap }
th.money, td.money { text-align: right } .pill { border-radius: 1rem; padding: 0 .6rem }
.Paid { background: #e4f5e9 } .Overdue { background: #fff0f0 } .Draft, .Voided { background: #f4f5f6 }
.Accepted, .Invoiced { background: #e4f5e9 } .Declined { background: #fff0f0 }
.Sent, .Part { background: #fff5e5 } form { display: inline } button { font: inherit; padding: .2rem .8rem }
"""

MONEY = {"Invoiced", "Paid", "Due", "Overdue", "Credit", "Total", "Amount"}
"""Columns of amounts: set to the right."""


class Records:
	"""A WSGI application over a store file; each request opens the file for itself."""

	def __init__(self, world: World, wake: threading.Event, webhook_key: str) -> None:
		self.world = world
		self.wake = wake
		self.webhook_key = webhook_key
		self.stopped = ""
		"""Why the last sync that somebody asked for ended early."""
		self.urls = Map(
			[
				Rule("/", endpoint=self.start, methods=["GET"]),
				Rule("/customer/<path:name>", endpoint=self.customer, methods=["GET"]),
				Rule("/sync", endpoint=self.sync, methods=["POST"]),
				Rule("/webhook", endpoint=self.webhook, methods=["POST"]),
			]
		)

	def __call__(self, environ: Any, start_response: Any) -> Iterable[bytes]:
		request = Request(environ)
		try:
			view, values = self.urls.bind_to_environ(environ).match()
			response: Any = self._with_store(view, request, **values)
		except HTTPException as error:
			response = error
		answer: Iterable[bytes] = response(environ, start_response)
		return answer

	def _with_store(self, view: Callable[..., Response], request: Request, **values: str) -> Response:
		store = SQLiteStore(self.world.store.path)
		try:
			return view(store, request, **values)
		finally:
			store.close()

	def start(self, store: SQLiteStore, request: Request) -> Response:
		"""All customers, then all quotations, orders and invoices."""
		customers = [
			(
				_link(f"/customer/{row['name']}", row["customer_name"]),
				_pill(row.get("xero_payment_status")),
				*(
					_money(row.get(f"xero_{field}"))
					for field in ("invoiced", "paid", "due", "overdue", "credit")
				),
			)
			for row in store.find("Customer", order_by="customer_name")
		]
		quotations = [
			(
				escape(row["name"]),
				_link(f"/customer/{row['party_name']}", row["party_name"]),
				_money(row["grand_total"], row["currency"]),
				_pill(row.get("xero_quote_status")),
				escape(row.get("xero_sync_message") or row.get("xero_invoice_number") or ""),
			)
			for row in store.find("Quotation", {"docstatus": 1})
		]
		return self._page(
			"ERPNext side",
			_table(("Customer", "Status", "Invoiced", "Paid", "Due", "Overdue", "Credit"), customers),
			"<h2>Quotations</h2>",
			_table(("Quotation", "Customer", "Total", "Quote", "Xero invoice"), quotations),
			"<h2>Sales Orders</h2>",
			_table(
				("Order", "Customer", "Total", "Status", "Due", "Xero invoice"), _sales(store, "Sales Order")
			),
			"<h2>Sales Invoices</h2>",
			_table(
				("Invoice", "Customer", "Total", "Status", "Due", "Xero invoice"),
				_sales(store, "Sales Invoice"),
			),
		)

	def customer(self, store: SQLiteStore, request: Request, name: str) -> Response:
		"""One customer's invoices and payments."""
		invoices = [
			(
				escape(row["invoice_number"]),
				_pill(row["payment_status"]),
				escape(row.get("due_date") or ""),
				_money(row["total"], row["currency"]),
				_money(row["amount_due"], row["currency"]),
			)
			for row in store.find("Xero Invoice", {"customer": name}, order_by="invoice_date, invoice_number")
		]
		payments = [
			(
				escape(row["payment_date"] or ""),
				escape(row["kind"]),
				_money(row["amount"], row["currency"]),
				escape(row.get("reference") or ""),
				escape(row["xero_status"].title()),
			)
			for row in store.find("Xero Payment", {"customer": name}, order_by="payment_date, xero_id")
		]
		return self._page(
			name,
			'<p><a href="/">All customers</a></p>',
			_table(("Invoice", "Status", "Due date", "Total", "Due"), invoices),
			"<h2>Payments</h2>",
			_table(("Date", "Kind", "Amount", "Reference", "Status"), payments),
		)

	def sync(self, store: SQLiteStore, request: Request) -> Response:
		"""Run a cycle now."""
		self.stopped = self.world.engine.on(store).cycle().stopped
		return redirect("/", 303)

	def webhook(self, store: SQLiteStore, request: Request) -> Response:
		"""What Xero announces: verified over the raw body, stored, answered empty; the worker fetches it."""
		body = request.get_data()
		if not verify_signature(body, request.headers.get("x-xero-signature", ""), self.webhook_key):
			return Response(status=401)
		if webhooks.receive(store, self.world.clock, body):
			self.wake.set()
		return Response(status=200)

	def _page(self, title: str, *parts: str) -> Response:
		head = (
			f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>'
			f'<meta http-equiv="refresh" content="3"><style>{STYLE}</style><h1>{escape(title)}</h1>'
			f'<p>Xero side: <a href="{self.world.server.url}/" target="xero">{self.world.server.url}/</a> '
			'<form method="post" action="/sync"><button>Sync now</button></form></p>'
		)
		if self.stopped:
			head += f'<p role="alert" class="Overdue">{escape(self.stopped)}</p>'
		return Response(head + "".join(parts), content_type="text/html; charset=utf-8")


def _sales(store: SQLiteStore, doctype: str) -> Iterator[tuple[str, ...]]:
	"""A row for each submitted order or invoice."""
	for row in store.find(doctype, {"docstatus": 1}, order_by="name"):
		yield (
			escape(row["name"]),
			_link(f"/customer/{row['customer']}", row["customer"]),
			_money(row.get("grand_total"), row["currency"]),
			_pill(row.get("xero_payment_status")),
			_money(row.get("xero_due"), row["currency"]),
			escape(row.get("xero_sync_message") or row.get("xero_invoice_number") or ""),
		)


def _table(columns: Sequence[str], rows: Iterable[Iterable[str]]) -> str:
	head = "".join(f"<th{_alignment(column)}>{escape(column)}</th>" for column in columns)
	body = "".join("<tr>" + "".join(map(_cell, columns, row)) + "</tr>" for row in rows)
	return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cell(column: str, value: str) -> str:
	return f"<td{_alignment(column)}>{value}</td>"


def _alignment(column: str) -> str:
	return ' class="money"' if column in MONEY else ""


def _link(address: str, text: str) -> str:
	return f'<a href="{escape(address)}">{escape(text)}</a>'


def _money(amount: Any, currency: str = "GBP") -> str:
	return f"{Decimal(amount):,.2f} {escape(currency)}" if amount else "-"


def _pill(status: str | None) -> str:
	if not status:
		return ""
	return f'<span class="pill {escape(status.split()[0])}">{escape(status)}</span>'
