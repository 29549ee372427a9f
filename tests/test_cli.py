"""The command line: documents in, a full cycle with a Xero below a URL, documents out; else clear words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import simplejson

from tests.conftest import customer, line, order, vat
from xero_connector.cli import main
from xero_connector.demo.compare import owed
from xero_connector.demo.world import documents
from xero_connector.simulator import Simulator, serve
from xero_connector.store.sqlite import SQLiteStore


@pytest.fixture
def xero(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, Simulator, str]]:
	"""A served simulator with one organisation, its credentials in the environment."""
	simulator = Simulator()
	tenant = simulator.add_organisation("Wind Power LLC")
	simulator.add_app("app", "secret", kind="custom", tenant_id=tenant)
	monkeypatch.setenv("XERO_CLIENT_ID", "app")
	monkeypatch.setenv("XERO_CLIENT_SECRET", "secret")
	with serve(simulator) as server:
		yield server.url, simulator, tenant
	simulator.close()


def write(path: Path, content: object) -> str:
	path.write_text(simplejson.dumps(content), encoding="utf-8")
	return str(path)


def test_load_sync_show(
	tmp_path: Path, xero: tuple[str, Simulator, str], capsys: pytest.CaptureFixture[str]
) -> None:
	url, simulator, tenant = xero
	store = str(tmp_path / "books.sqlite")
	one = write(tmp_path / "customer.json", customer())
	many = write(tmp_path / "orders.json", [order("SO-1"), order("SO-2")])
	assert main(["load", store, one, many]) == 0
	assert capsys.readouterr().out == "loaded: 1 Customer, 2 Sales Order\n"

	assert main(["sync", store, "--xero", url]) == 0
	assert re.fullmatch(
		r"sync: sent=3 unchanged=0 held=0 waiting=0 uncertain=0 applied=0 calls=12\n", capsys.readouterr().out
	)
	accountant = simulator.accountant(tenant)
	accountant.authorise(accountant.find_invoice("SO-1")["InvoiceID"])
	accountant.pay(accountant.find_invoice("SO-1")["InvoiceID"])
	assert main(["sync", store, "--xero", url]) == 0
	assert "sent=0" in capsys.readouterr().out

	assert main(["show", store, "Sales Order", "SO-1", "--json"]) == 0
	shown = simplejson.loads(capsys.readouterr().out)
	assert (shown["xero_payment_status"], shown["xero_paid"]) == ("Paid", 120.0)
	assert main(["show", store, "Xero Link", "--json"]) == 0
	assert len(simplejson.loads(capsys.readouterr().out)) == 3
	assert main(["show", store, "Sales Order", "SO-1"]) == 0
	out = capsys.readouterr().out
	assert "Xero Outbox" in out
	assert "Xero Sync Log" in out
	assert main(["show", store]) == 0
	assert re.search(r"^Sales Order +2$", capsys.readouterr().out, re.MULTILINE)


def test_sync_reconciles_on_demand(
	tmp_path: Path, xero: tuple[str, Simulator, str], capsys: pytest.CaptureFixture[str]
) -> None:
	url, simulator, tenant = xero
	path = tmp_path / "books.sqlite"
	main(["load", str(path), write(tmp_path / "a.json", [customer(), order()])])
	main(["sync", str(path), "--xero", url])
	store = SQLiteStore(path)
	store.update("Customer", "Northern Breeze Ltd", {"customer_name": "North Ltd"})  # and no event says so
	store.close()
	capsys.readouterr()
	assert main(["sync", str(path), "--xero", url, "--reconcile"]) == 0
	out = capsys.readouterr().out
	assert "queued: Customer Northern Breeze Ltd is another in Xero.\n" in out
	assert "reconciled: read=2 repaired=0 queued=1 told=0\n" in out
	assert "sent=1" in out
	assert [contact["Name"] for contact in simulator.accountant(tenant).contacts()] == ["North Ltd"]


def test_loading_again_sends_only_what_changed(
	tmp_path: Path, xero: tuple[str, Simulator, str], capsys: pytest.CaptureFixture[str]
) -> None:
	url, simulator, tenant = xero
	store = str(tmp_path / "books.sqlite")
	main(["load", store, write(tmp_path / "a.json", [customer(), order()])])
	main(["sync", store, "--xero", url])
	main(["load", store, write(tmp_path / "a.json", [customer(tax_id="GB1"), order()])])
	capsys.readouterr()
	assert main(["sync", store, "--xero", url]) == 0
	assert "sent=1 unchanged=1" in capsys.readouterr().out
	assert len(simulator.accountant(tenant).invoices()) == 1


def test_what_is_held_is_said(
	tmp_path: Path, xero: tuple[str, Simulator, str], capsys: pytest.CaptureFixture[str]
) -> None:
	url, _, _ = xero
	store = str(tmp_path / "books.sqlite")
	docs = [customer(), order(items=[line(1, 10.0)], taxes=[vat(1.3, 13.0)], grand_total=11.3)]
	main(["load", store, write(tmp_path / "a.json", docs)])
	capsys.readouterr()
	assert main(["sync", store, "--xero", url]) == 0
	out = capsys.readouterr().out
	assert "held: Sales Order SAL-ORD-2026-00001: The tax VAT - WP at 13 % has no Xero tax rate." in out
	assert "Choose the Xero tax rate for it in the tax map." in out


def test_the_bundled_orders_arrive_with_their_totals(
	tmp_path: Path, xero: tuple[str, Simulator, str], capsys: pytest.CaptureFixture[str]
) -> None:
	url, simulator, tenant = xero
	store = str(tmp_path / "books.sqlite")
	main(
		[
			"load",
			store,
			write(tmp_path / "all.json", simplejson.loads(simplejson.dumps(documents(), use_decimal=True))),
		]
	)
	assert main(["sync", store, "--xero", url, "--invoice-status", "Authorised"]) == 0
	invoices = {row["InvoiceNumber"]: row for row in simulator.accountant(tenant).invoices()}
	held = {line.split(":")[1] for line in capsys.readouterr().out.splitlines() if line.startswith("held:")}
	orders = [doc for doc in documents() if doc["doctype"] == "Sales Order" and doc["docstatus"] == 1]
	for doc in orders:
		if f" Sales Order {doc['name']}" not in held:
			assert invoices[doc["name"]]["Total"] == owed(doc), doc["name"]
			assert invoices[doc["name"]]["Status"] == "AUTHORISED"
	assert len(invoices) + len(held) == len(orders)
	assert len(invoices) > 20


@pytest.mark.parametrize(
	("content", "message"),
	[
		("{", "is not JSON"),
		('{"name": "A"}', "document 1 has no doctype and name"),
		('[{"doctype": "Customer", "name": "A"}, 5]', "document 2 has no doctype and name"),
		('{"doctype": "Xero Link", "name": "A"}', "the connector keeps those itself"),
	],
)
def test_a_file_that_cannot_be_loaded_loads_nothing(
	tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str, message: str
) -> None:
	store = tmp_path / "books.sqlite"
	good = write(tmp_path / "good.json", customer())
	bad = tmp_path / "bad.json"
	bad.write_text(content)
	assert main(["load", str(store), good, str(bad)]) == 1
	assert message in capsys.readouterr().err
	assert not store.exists()


def test_a_missing_file_and_a_missing_store(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
	assert main(["load", str(tmp_path / "s.sqlite"), str(tmp_path / "none.json")]) == 1
	assert "cannot be read" in capsys.readouterr().err
	assert main(["show", str(tmp_path / "s.sqlite")]) == 1
	assert "Make one with: xero-connector load" in capsys.readouterr().err


def test_a_damaged_store_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
	store = tmp_path / "s.sqlite"
	store.write_bytes(b"SQLite format 3\0" + b"not a database at all" * 50)
	assert main(["show", str(store), "Customer"]) == 1
	assert "cannot be opened as a store" in capsys.readouterr().err


def test_a_wrong_secret_is_told_and_nothing_is_lost(
	tmp_path: Path,
	xero: tuple[str, Simulator, str],
	monkeypatch: pytest.MonkeyPatch,
	capsys: pytest.CaptureFixture[str],
) -> None:
	url, _, _ = xero
	store = str(tmp_path / "books.sqlite")
	main(["load", store, write(tmp_path / "a.json", [customer(), order()])])
	monkeypatch.setenv("XERO_CLIENT_SECRET", "wrong")
	assert main(["sync", store, "--xero", url]) == 1
	error = capsys.readouterr().err
	assert "does not know this client id and secret" in error
	assert "wrong" not in error
	monkeypatch.setenv("XERO_CLIENT_SECRET", "secret")
	assert main(["sync", store, "--xero", url]) == 0


def test_without_credentials(
	tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
	monkeypatch.delenv("XERO_CLIENT_ID", raising=False)
	main(["load", str(tmp_path / "s.sqlite"), write(tmp_path / "a.json", customer())])
	assert main(["sync", str(tmp_path / "s.sqlite"), "--xero", "http://127.0.0.1:9"]) == 1
	assert "XERO_CLIENT_ID" in capsys.readouterr().err


def test_xero_out_of_reach(
	tmp_path: Path, xero: tuple[str, Simulator, str], capsys: pytest.CaptureFixture[str]
) -> None:
	store = str(tmp_path / "books.sqlite")
	main(["load", store, write(tmp_path / "a.json", [customer(), order()])])
	assert main(["sync", store, "--xero", "http://127.0.0.1:9"]) == 1
	assert "cannot be reached" in capsys.readouterr().err
	assert main(["sync", store, "--xero", xero[0]]) == 0
	assert main(["sync", store, "--xero", "ftp://nowhere"]) == 1
	assert "is not a URL" in capsys.readouterr().err


def test_a_store_of_two_companies_asks_whose_books_these_are(
	tmp_path: Path, xero: tuple[str, Simulator, str], capsys: pytest.CaptureFixture[str]
) -> None:
	store = str(tmp_path / "books.sqlite")
	main(
		[
			"load",
			store,
			write(tmp_path / "a.json", [customer(), order(), order("SO-2", company="Another Ltd")]),
		]
	)
	assert main(["sync", store, "--xero", xero[0]]) == 1
	assert "--company. The store knows: Another Ltd, Wind Power LLC." in capsys.readouterr().err
	assert main(["sync", store, "--xero", xero[0], "--company", "Wind Power LLC"]) == 0
	assert main(["sync", store, "--xero", xero[0], "--sales-account", "9999"]) == 1
	assert "no active account with the code 9999" in capsys.readouterr().err


def test_the_tax_map_and_the_account_send_what_was_held(
	tmp_path: Path, xero: tuple[str, Simulator, str], capsys: pytest.CaptureFixture[str]
) -> None:
	url, simulator, tenant = xero
	store = str(tmp_path / "books.sqlite")
	export = order(items=[line(1, 10.0)], taxes=[vat(0.0, 0.0)], grand_total=10.0)
	main(["load", store, write(tmp_path / "a.json", [customer(), export])])
	main(["sync", store, "--xero", url])
	assert "held: Sales Order SAL-ORD-2026-00001: The tax VAT - WP at 0 % has no" in capsys.readouterr().out
	assert main(["sync", store, "--xero", url, "--tax", "VAT - WP@0=NOSUCH"]) == 1
	assert "no active tax rate of the type NOSUCH. It has: " in capsys.readouterr().err
	assert main(["sync", store, "--xero", url, "--tax", "VAT - WP@0=ZERORATEDOUTPUT"]) == 0
	assert "sent=1" in capsys.readouterr().out
	(invoice,) = simulator.accountant(tenant).invoices()
	assert invoice["LineItems"][0]["TaxType"] == "ZERORATEDOUTPUT"
	with pytest.raises(SystemExit):
		main(["sync", store, "--xero", url, "--tax", "nonsense"])
	assert "write it like" in capsys.readouterr().err


def test_a_company_that_nobody_knows_is_refused(
	tmp_path: Path, xero: tuple[str, Simulator, str], capsys: pytest.CaptureFixture[str]
) -> None:
	store = str(tmp_path / "books.sqlite")
	main(["load", store, write(tmp_path / "a.json", [customer(), order()])])
	assert main(["sync", store, "--xero", xero[0], "--company", "Wind Power LCC"]) == 1
	assert "knows no company Wind Power LCC. It knows: Wind Power LLC." in capsys.readouterr().err
	assert main(["sync", store, "--xero", xero[0]]) == 0


def test_another_xero_is_not_taken_for_the_one_before(
	tmp_path: Path, xero: tuple[str, Simulator, str], capsys: pytest.CaptureFixture[str]
) -> None:
	store = str(tmp_path / "books.sqlite")
	main(["load", store, write(tmp_path / "a.json", [customer(), order()])])
	main(["sync", store, "--xero", xero[0]])
	other = Simulator()
	tenant = other.add_organisation("Other Books")
	other.add_app("app", "secret", kind="custom", tenant_id=tenant)
	with serve(other) as server:
		assert main(["sync", store, "--xero", server.url]) == 1
	assert "syncs with Wind Power LLC; Other Books is another Xero organisation" in capsys.readouterr().err
	assert other.accountant(tenant).contacts() == []
	other.close()


def test_an_empty_url_is_not_xero_itself(
	tmp_path: Path, xero: tuple[str, Simulator, str], capsys: pytest.CaptureFixture[str]
) -> None:
	store = str(tmp_path / "books.sqlite")
	main(["load", store, write(tmp_path / "a.json", customer())])
	assert main(["sync", store, "--xero", ""]) == 1
	assert "'' is not a URL" in capsys.readouterr().err


def test_show_knows_what_is_there(
	tmp_path: Path, xero: tuple[str, Simulator, str], capsys: pytest.CaptureFixture[str]
) -> None:
	store = str(tmp_path / "books.sqlite")
	main(["load", store, write(tmp_path / "a.json", customer())])
	assert main(["show", store, "customer"]) == 1
	assert "The store has no customer. It has: Customer." in capsys.readouterr().err
	assert main(["show", store, "Xero Payment", "--json"]) == 0
	assert simplejson.loads(capsys.readouterr().out.partition("\n")[2] or "[]") == []


def test_the_simulator_refuses_a_file_that_is_not_its_own(
	tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
	store = str(tmp_path / "books.sqlite")
	main(["load", store, write(tmp_path / "a.json", customer())])
	capsys.readouterr()
	assert main(["simulator", "--state", store]) == 1
	assert "a file of another program" in capsys.readouterr().err
	assert main(["simulator", "--state", str(tmp_path)]) == 1
	assert "unable to open" in capsys.readouterr().err
	with pytest.raises(SystemExit):
		main(["simulator", "--port", "80000"])
