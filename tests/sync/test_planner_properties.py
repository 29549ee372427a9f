"""The planner alone, for any document, link, mirror and outbox row: what it may answer, and what never."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import simplejson
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import COMPANY, START, customer, line, order, vat
from xero_connector.clock import ManualClock, utc_text
from xero_connector.mapping.books import Books
from xero_connector.store.protocol import Doc
from xero_connector.store.sqlite import SQLiteStore
from xero_connector.sync import links, outbox
from xero_connector.sync.batches import Settlement, freeze
from xero_connector.sync.context import Context
from xero_connector.sync.mirror import Mirror
from xero_connector.sync.plan import CREATE, UPDATE, Ask, Look, Nothing, Plan, Send, Wait
from xero_connector.sync.planner import Planner
from xero_connector.sync.reference import load_books

TENANT = "tenant"
CONTACT, INVOICE = "3f1a6c0e-0000-4000-8000-000000000001", "3f1a6c0e-0000-4000-8000-000000000002"
NAME, ORDER = "Northern Breeze Ltd", "SAL-ORD-2026-00001"

TEXTS = st.one_of(st.none(), st.sampled_from(["", " ", "Smith", "<b>", "a@b.example", "no mail", "ü" * 300]))
AMOUNTS = st.sampled_from([0.0, 0.01, 10.02, 50.0, 99999.99])
NAMES = st.one_of(st.just(NAME), st.just("Breeze & Sons"), TEXTS)
CUSTOMERS = st.fixed_dictionaries(
	{"customer_name": NAMES, "email_id": TEXTS, "tax_id": TEXTS, "first_name": TEXTS, "mobile_no": TEXTS},
	optional={"default_currency": st.sampled_from(["GBP", "XXX", None]), "payment_terms": TEXTS},
)
LINES = st.lists(st.builds(line, st.integers(1, 3).map(float), AMOUNTS), max_size=3)
ODD_ORDERS = st.fixed_dictionaries(
	{},
	optional={
		"docstatus": st.sampled_from([0, 1, 1, 1, 2]),
		"items": LINES,
		"currency": st.sampled_from(["GBP", "GBP", "EUR", "XXX"]),
		"conversion_rate": st.sampled_from([1.0, 1.2, 0, None]),
		"taxes": st.lists(st.builds(vat, AMOUNTS, st.sampled_from([0.0, 7.0, 20.0])), max_size=2),
		"grand_total": AMOUNTS,
		"transaction_date": st.sampled_from(["2020-01-01", "2026-11-20"]),
		"po_no": TEXTS,
		"payment_schedule": st.lists(st.just({"due_date": "2026-12-20"}), max_size=2),
	},
)
ORDERS = st.one_of(st.just({}), st.fixed_dictionaries({"po_no": TEXTS}), ODD_ORDERS)
STATUSES = st.sampled_from(["DRAFT", "SUBMITTED", "AUTHORISED", "PAID", "VOIDED", "DELETED"])


@dataclass(frozen=True)
class Mirrored:
	"""The invoice in Xero, as the mirror knows it."""

	status: str
	total: float
	paid: float


MIRRORS = st.one_of(st.none(), st.builds(Mirrored, STATUSES, AMOUNTS, st.sampled_from([0.0, 0.0, 5.0])))
ACTIONS = st.sampled_from([outbox.UPSERT, outbox.VOID])
LINKS = st.sampled_from([links.LINKED, links.LINKED, links.ARCHIVED, None])


class NoApi:
	"""A planner calls nobody."""

	calls = 0

	def get(self, *arguments: Any, **named: Any) -> Any:
		raise AssertionError("a plan called Xero")

	send = get


def context() -> Context:
	"""An organisation with one account, one tax rate and one lock date, on an empty store."""
	store = SQLiteStore()
	store.insert(
		{
			"doctype": "Xero Organisation",
			"name": TENANT,
			"company": COMPANY,
			"base_currency": "GBP",
			"currencies": '["GBP", "EUR"]',
			"sales_account": "sales",
			"no_tax_rate": "none",
			"period_lock_date": "2020-12-31",
			"rounding_limit": 0.1,
			"push_customers": 1,
			"enabled": 1,
			"status": "Connected",
		}
	)
	account = {"code": "200", "account_type": "REVENUE", "tax_type": "OUTPUT2", "status": "ACTIVE"}
	store.insert({"doctype": "Xero Account", "name": "sales", "organisation": TENANT, **account})
	for name, rate in (("none", 0), ("OUTPUT2", 20)):
		kind = {
			"tax_type": name.upper(),
			"effective_rate": rate,
			"status": "ACTIVE",
			"can_apply_to_revenue": 1,
		}
		store.insert({"doctype": "Xero Tax Rate", "name": name, "organisation": TENANT, **kind})
	return Context(store, NoApi(), TENANT, ManualClock(START))


def link_of(world: Context, doctype: str, name: str, entity: str, xero_id: str, base: Doc) -> None:
	links.add(world, doctype, name, entity, xero_id, base=base)


def planned(world: Context, doctype: str, name: str, action: str = outbox.UPSERT) -> tuple[Doc, Plan]:
	row_name = outbox.enqueue(world.store, world.clock, TENANT, doctype, name, action=action)
	row = world.store.get("Xero Outbox", row_name)
	assert row is not None
	books: Books = load_books(world.store, TENANT)
	return row, Planner(world, books, Mirror(world)).plan(row)


def with_customer(world: Context, values: Doc, link: str | None) -> None:
	world.store.insert(customer(**values))
	if link:
		link_of(world, "Customer", NAME, "Contact", CONTACT, {"local": {}, "remote": {}})
		(found,) = world.store.find("Xero Link")
		world.store.update("Xero Link", found["name"], {"status": link})


def with_invoice(world: Context, mirrored: Mirrored | None, left: float | None) -> None:
	"""The order's invoice: linked, with the total we left there, and mirrored if it was read since."""
	if left is not None:
		link_of(world, "Sales Order", ORDER, "Invoice", INVOICE, {"total": left, "line_ids": []})
	if mirrored:
		world.store.insert(
			{
				"doctype": "Xero Invoice",
				"organisation": TENANT,
				"xero_id": INVOICE,
				"invoice_number": ORDER,
				"xero_status": mirrored.status,
				"total": mirrored.total,
				"amount_paid": mirrored.paid,
			}
		)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(CUSTOMERS, LINKS)
def test_a_customer_is_sent_asked_about_or_done_and_never_sent_to_an_archived_contact(
	values: Doc, link: str | None
) -> None:
	world = context()
	with_customer(world, values, link)
	_, plan = planned(world, "Customer", NAME)
	assert isinstance(plan, (Send, Nothing, Ask, Look))
	if link == links.ARCHIVED:
		assert not isinstance(plan, Send)
	if isinstance(plan, Send):
		assert plan.kind == (UPDATE if link else CREATE)
		assert plan.element.get("ContactID") == (CONTACT if link else None)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(ORDERS, LINKS, MIRRORS, st.one_of(st.none(), AMOUNTS), ACTIONS)
def test_an_order_is_sent_only_as_it_may_be(
	values: Doc, contact: str | None, mirrored: Mirrored | None, left: float | None, action: str
) -> None:
	world = context()
	with_customer(world, {}, contact)
	with_invoice(world, mirrored, left)
	document = order(**values)
	world.store.insert(document)
	_, plan = planned(world, "Sales Order", ORDER, action)
	assert isinstance(plan, (Send, Nothing, Ask, Wait))
	if not isinstance(plan, Send):
		return
	voids = plan.element.get("Status") in ("VOIDED", "DELETED")
	assert document["docstatus"] == 1 or voids
	assert voids == (action == outbox.VOID or document["docstatus"] == 2)
	assert (plan.kind == UPDATE) == (left is not None)
	assert voids or contact == links.LINKED
	if plan.kind == UPDATE and mirrored:
		assert not mirrored.paid and mirrored.status not in ("VOIDED", "DELETED")
		assert plan.element["InvoiceID"] == INVOICE
	if not voids:
		assert plan.total is not None
		assert str(document["transaction_date"]) > "2020-12-31"


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(CUSTOMERS)
def test_once_xero_has_taken_what_was_planned_there_is_nothing_to_plan(values: Doc) -> None:
	world = context()
	with_customer(world, values, None)
	_, plan = planned(world, "Customer", NAME)
	if not isinstance(plan, Send):
		return
	batch = freeze(world, [plan])
	assert batch is not None
	sent = simplejson.loads(batch["body"], use_decimal=True)["Contacts"][0]
	answer = {**sent, "ContactID": CONTACT, "UpdatedDateUTC": utc_text(START)}
	assert Settlement(world, Mirror(world), batch).answered([answer]).sent == 1
	_, again = planned(world, "Customer", NAME)
	assert isinstance(again, Nothing)


@given(st.sampled_from(["Customer", "Item", "Sales Order"]), ACTIONS)
@settings(max_examples=10, deadline=None)
def test_a_row_whose_document_is_gone_comes_to_an_end(doctype: str, action: str) -> None:
	_, plan = planned(context(), doctype, "not there", action)
	assert isinstance(plan, Nothing)
	assert plan.status == outbox.CANCELLED
