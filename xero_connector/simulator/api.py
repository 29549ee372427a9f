"""What the accounting API does with any collection: list it, read one record, write records."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from xero_connector.simulator import query
from xero_connector.simulator.books import Books, Written
from xero_connector.simulator.errors import Problem, Refused, bad_post, bad_query, not_found, validation
from xero_connector.simulator.kinds import (
	CONTACT,
	CONTACT_GROUP,
	CREDIT_NOTE,
	INVOICE,
	ITEM,
	PAYMENT,
	QUOTE,
	Kind,
)
from xero_connector.simulator.render import Depth, render
from xero_connector.simulator.values import UTC, ZERO_ID, Body, is_guid, loads, spell_dates

Write = Callable[[Books, Mapping[str, Any]], Written]

RECORD_FIELDS = (
	"Account",
	"Bills",
	"Contact",
	"CreditNote",
	"Invoice",
	"Overpayment",
	"PaymentTerms",
	"Prepayment",
	"PurchaseDetails",
	"Sales",
	"SalesDetails",
)
LIST_FIELDS = ("Addresses", "ContactPersons", "LineItems", "Phones", "Tracking")
"""Fields that hold a record, and fields that hold a list of records, wherever they stand in a request."""

ERROR_FLAG = {INVOICE: "HasErrors", CREDIT_NOTE: "HasErrors", ITEM: None, QUOTE: None, CONTACT_GROUP: None}
"""The field that says that an element has errors, where it is not HasValidationErrors."""


class Answer(NamedTuple):
	"""What an endpoint says: a status and the part of the body inside the envelope (None: no body)."""

	body: Body | None
	status: int = 200
	enveloped: bool = True


@dataclass
class Call:
	"""One request to an endpoint. `take_refusal` says with which words the next element is to be refused."""

	books: Books
	method: str
	args: Mapping[str, str]
	headers: Mapping[str, str]
	content: bytes
	largest_page: int
	take_refusal: Callable[[], str | None]

	def payload(self) -> Any:
		"""The JSON of the body. Raises Problem (400)."""
		try:
			return loads(self.content)
		except ValueError:
			raise bad_post("The request body is not valid JSON") from None

	def elements(self, collection: str) -> list[Body]:
		"""The records of the body, sent as `{"Contacts": […]}` or as one record. Raises Problem (400).

		A field that is null counts as not sent, at any depth.
		"""
		payload = _without_nulls(self.payload())
		if isinstance(payload, dict):
			payload = payload.get(collection, [payload])
		_check_shape(payload)
		if not payload or not _is_list_of_records(payload):
			raise bad_post(f"The request body holds no {collection}")
		return list(payload)


def _without_nulls(value: Any) -> Any:
	if isinstance(value, dict):
		return {name: _without_nulls(child) for name, child in value.items() if child is not None}
	return [_without_nulls(child) for child in value] if isinstance(value, list) else value


def _check_shape(value: Any, field: str = "") -> None:
	"""Refuse a request in which a nested record or list is something else. Raises Problem (400)."""
	if field in RECORD_FIELDS and not isinstance(value, dict):
		raise bad_post(f"{field} must be an object")
	if field in LIST_FIELDS and not _is_list_of_records(value):
		raise bad_post(f"{field} must be a list of objects")
	children = value.items() if isinstance(value, dict) else ()
	for name, child in children:
		_check_shape(child, name)
	for child in value if isinstance(value, list) else ():
		_check_shape(child)


def _is_list_of_records(value: Any) -> bool:
	return isinstance(value, list) and all(isinstance(each, dict) for each in value)


@dataclass(frozen=True, eq=False)
class Resource:
	"""A collection and what the API can do with it. A `page_size` is there where callers cannot choose it."""

	kind: Kind
	scopes: tuple[str, ...]
	paged: bool = False
	page_size: int | None = None
	modified_since: bool = False
	create: Write | None = None
	create_or_update: Write | None = None
	search: tuple[str, ...] = ()
	batch: int | None = None


def list_records(call: Call, resource: Resource) -> Answer:
	"""GET of a collection, filtered, ordered and paged as the parameters say."""
	args, kind = call.args, resource.kind
	if "createdByMyApp" in args:
		raise bad_query("createdByMyApp is not known to the simulator")
	condition = query.all_of(_conditions(call, resource))
	tail = query.order(kind, args.get("order"))
	page = query.page(args, call.largest_page, resource.page_size) if resource.paged else None
	values: tuple[Any, ...] = condition.values
	body: Body = {}
	if page and not resource.page_size:
		count = call.books.count(kind, condition.sql, *values)
		body["pagination"] = {
			"page": page.number,
			"pageSize": page.size,
			"pageCount": -(-count // page.size),
			"itemCount": count,
		}
	if page:
		tail += " LIMIT ? OFFSET ?"
		values = (*values, page.size, (page.number - 1) * page.size)
	records = call.books.where(kind, condition.sql, *values, tail=tail)
	depth = Depth.PAGE if page else Depth.LIST
	if query.flag(args, "summaryOnly", False):
		depth = Depth.SUMMARY
	return Answer({**body, kind.collection: render(call.books, kind.collection, records, depth)})


def _conditions(call: Call, resource: Resource) -> Sequence[query.Condition | None]:
	args, kind = call.args, resource.kind
	found = [
		query.where(kind, args["where"]) if args.get("where") else None,
		query.modified_since(call.headers.get("If-Modified-Since")) if resource.modified_since else None,
		query.containing(resource.search, args.get("searchTerm")) if resource.search else None,
	]
	if kind is CONTACT:
		archived = query.flag(args, "includeArchived", False)
		found += [
			query.one_of("id", args.get("IDs")),
			None if archived else query.Condition("status = 'ACTIVE'"),
		]
	if kind is CONTACT_GROUP:
		found.append(query.Condition("status = 'ACTIVE'"))
	if kind is QUOTE:
		found += _quote_conditions(args)
	if kind is INVOICE:
		found += [
			query.one_of("id", args.get("IDs")),
			query.one_of("number", args.get("InvoiceNumbers")),
			query.one_of("parent", args.get("ContactIDs")),
			query.one_of("status", args.get("Statuses")),
		]
	return found


def _quote_conditions(args: Mapping[str, str]) -> Sequence[query.Condition | None]:
	if "where" in args:
		raise bad_query("Quotes are filtered by parameters of their own, not by where")
	return [
		query.equal("number", args.get("QuoteNumber")),
		query.equal("parent", args.get("ContactID")),
		query.equal("status", args.get("Status")),
		*query.between("date", args.get("DateFrom"), args.get("DateTo")),
		*query.between("due_date", args.get("ExpiryDateFrom"), args.get("ExpiryDateTo")),
	]


def read_record(call: Call, resource: Resource, key: str) -> Answer:
	"""GET of one record by its id, or by its number or code. Raises Problem (404)."""
	kind = resource.kind
	return Answer(
		{kind.collection: render(call.books, kind.collection, [named(call, kind, key)], Depth.WHOLE)}
	)


def named(call: Call, kind: Kind, key: str) -> Body:
	"""The record that a path names by its id, number or code (a quote only by its id).

	Raises Problem (404).
	"""
	found = call.books.find(kind, key)
	if found is None and not is_guid(key) and "number" in kind.columns and kind is not QUOTE:
		found = call.books.by_number(kind, key)
	if found is None:
		raise not_found()
	return found


def write_records(call: Call, resource: Resource, key: str | None = None) -> Answer:
	"""PUT (create) or POST (create or update) of one or more records.

	With summarizeErrors=false each element stands for itself and the answer is 200; else one refused element
	refuses all, with 400 and nothing saved. POST of payments knows no summarizeErrors.
	"""
	kind = resource.kind
	write = resource.create if call.method == "PUT" else resource.create_or_update
	if write is None:
		raise Problem(501, f"The simulator does not write {kind.collection}")
	elements = call.elements(kind.collection)
	if key is not None:
		elements = [{**elements[0], kind.id_field: named(call, kind, key)[kind.id_field]}]
	if resource.batch and len(elements) > resource.batch:
		raise bad_post(f"A request can hold at most {resource.batch} {kind.collection}")
	summarize = query.flag(call.args, "summarizeErrors", True) or (kind is PAYMENT and call.method == "POST")
	outcomes = [attempt(call, write, element) for element in elements]
	if summarize and any(isinstance(outcome, Refused) for outcome in outcomes):
		raise validation([echo(kind, *pair) for pair in zip(elements, outcomes, strict=True)])
	shown = _shown(call, kind, outcomes)
	answers = [
		echo(kind, element, outcome) if isinstance(outcome, Refused) else shown[outcome.body[kind.id_field]]
		for element, outcome in zip(elements, outcomes, strict=True)
	]
	return Answer({kind.collection: answers})


def attempt(call: Call, write: Write, element: Body) -> Written | Refused:
	"""Write one element; when it is refused nothing of it is saved and the refusal is the answer."""
	message = call.take_refusal()
	if message:
		return Refused(message)
	try:
		with call.books.store.transaction():
			return write(call.books, element)
	except Refused as refused:
		return refused


def _shown(call: Call, kind: Kind, outcomes: Sequence[Written | Refused]) -> dict[str, Body]:
	saved = {each.body[kind.id_field]: each for each in outcomes if isinstance(each, Written)}
	records = list(call.books.many(kind, saved).values())
	shown = {}
	for body in render(call.books, kind.collection, records, Depth.WHOLE):
		shown[body[kind.id_field]] = body
		if kind is CONTACT_GROUP:
			continue
		warnings = saved[body[kind.id_field]].warnings
		body["StatusAttributeString"] = "WARNING" if warnings else "OK"
		if warnings:
			body["Warnings"] = [{"Message": message} for message in warnings]
	return shown


def echo(kind: Kind, element: Body, outcome: Written | Refused) -> Body:
	"""An element that was not saved: what was asked, not what is, with the reasons."""
	refused = isinstance(outcome, Refused)
	dated = spell_dates(element, twins=kind is not PAYMENT, zone="" if kind is QUOTE else UTC)
	echoed = {kind.id_field: ZERO_ID, **dated}
	if flag := ERROR_FLAG.get(kind, "HasValidationErrors"):
		echoed[flag] = refused
	echoed["StatusAttributeString"] = "ERROR" if refused else "OK"
	messages = outcome.messages if isinstance(outcome, Refused) else []
	echoed["ValidationErrors"] = [{"Message": message} for message in messages]
	return echoed
