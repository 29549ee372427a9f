"""The accounting API's paths: the collections, what can be done with each, and where each path leads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from werkzeug.routing import Map, Rule

from xero_connector.simulator import (
	contact_groups,
	contacts,
	credit_notes,
	endpoints,
	invoices,
	items,
	payments,
	quotes,
)
from xero_connector.simulator.api import Answer, Resource, Write, list_records, read_record, write_records
from xero_connector.simulator.books import Books, Written
from xero_connector.simulator.errors import Refused
from xero_connector.simulator.kinds import (
	ACCOUNT,
	BRANDING_THEME,
	CONTACT,
	CONTACT_GROUP,
	CREDIT_NOTE,
	CURRENCY,
	INVOICE,
	ITEM,
	ORGANISATION,
	OVERPAYMENT,
	PAYMENT,
	PREPAYMENT,
	QUOTE,
	TAX_RATE,
	TRACKING_CATEGORY,
)
from xero_connector.simulator.values import Body

SETTINGS = ("accounting.settings",)
TRANSACTIONS = ("accounting.invoices", "accounting.transactions")
PAYMENTS = ("accounting.payments", "accounting.transactions")


def _unwarned(write: Callable[[Books, Mapping[str, Any]], Body]) -> Write:
	return lambda books, given: Written(write(books, given), [])


def _pay_or_delete(books: Books, given: Mapping[str, Any]) -> Body:
	if given.get("PaymentID"):
		payment = books.find(PAYMENT, str(given["PaymentID"]))
		if payment is None:
			raise Refused("The payment with the specified PaymentID could not be found")
		return payments.change(books, payment, given)
	return payments.create(books, given)


CONTACTS = Resource(
	CONTACT,
	("accounting.contacts",),
	paged=True,
	modified_since=True,
	create=_unwarned(contacts.create),
	create_or_update=_unwarned(contacts.create_or_update),
	search=("name", "number", "email"),
)
ITEMS = Resource(
	ITEM,
	("accounting.settings", *TRANSACTIONS),
	modified_since=True,
	create=_unwarned(items.create),
	create_or_update=_unwarned(items.create_or_update),
	batch=items.BATCH_LIMIT,
)
INVOICES = Resource(
	INVOICE,
	TRANSACTIONS,
	paged=True,
	modified_since=True,
	create=invoices.create,
	create_or_update=invoices.create_or_update,
	search=("number", "json_extract(body, '$.Reference')"),
)
PAYMENT_RESOURCE = Resource(
	PAYMENT,
	PAYMENTS,
	paged=True,
	modified_since=True,
	create=_unwarned(payments.create),
	create_or_update=_unwarned(_pay_or_delete),
)
CREDIT_NOTES = Resource(
	CREDIT_NOTE,
	TRANSACTIONS,
	paged=True,
	modified_since=True,
	create=credit_notes.create,
	create_or_update=credit_notes.create_or_update,
)
QUOTES = Resource(
	QUOTE,
	TRANSACTIONS,
	paged=True,
	page_size=100,
	modified_since=True,
	create=quotes.create,
	create_or_update=quotes.create_or_update,
)
CONTACT_GROUPS = Resource(
	CONTACT_GROUP,
	CONTACTS.scopes,
	create=_unwarned(contact_groups.create),
	create_or_update=_unwarned(contact_groups.update),
)
OVERPAYMENTS = Resource(OVERPAYMENT, PAYMENTS, paged=True, modified_since=True)
PREPAYMENTS = Resource(PREPAYMENT, PAYMENTS, paged=True, modified_since=True)
ACCOUNTS = Resource(ACCOUNT, SETTINGS, modified_since=True)
TAX_RATES = Resource(TAX_RATE, SETTINGS)
CURRENCIES = Resource(CURRENCY, SETTINGS)
TRACKING = Resource(TRACKING_CATEGORY, SETTINGS)
BRANDING_THEMES = Resource(BRANDING_THEME, SETTINGS)
ORGANISATIONS = Resource(ORGANISATION, SETTINGS)


class Endpoint(NamedTuple):
	"""What a path leads to."""

	answer: Callable[..., Answer]
	resource: Resource


def _rule(method: str, path: str, answer: Callable[..., Answer], resource: Resource) -> Rule:
	return Rule(path, methods=[method], endpoint=Endpoint(answer, resource))


def _rules() -> list[Rule]:
	rules = [
		_rule("GET", "/Organisation", endpoints.read_organisation, ORGANISATIONS),
		_rule("POST", "/Invoices/<key>/Email", endpoints.email_invoice, INVOICES),
		_rule("GET", "/Invoices/<key>/OnlineInvoice", endpoints.online_invoice, INVOICES),
		_rule("PUT", "/ContactGroups/<key>/Contacts", endpoints.add_members, CONTACT_GROUPS),
		_rule("DELETE", "/ContactGroups/<key>/Contacts", endpoints.remove_members, CONTACT_GROUPS),
		_rule(
			"DELETE", "/ContactGroups/<key>/Contacts/<contact_id>", endpoints.remove_members, CONTACT_GROUPS
		),
	]
	everything = (
		CONTACTS,
		CONTACT_GROUPS,
		ITEMS,
		INVOICES,
		PAYMENT_RESOURCE,
		CREDIT_NOTES,
		QUOTES,
		OVERPAYMENTS,
		PREPAYMENTS,
		ACCOUNTS,
		TAX_RATES,
		CURRENCIES,
		TRACKING,
		BRANDING_THEMES,
	)
	for resource in everything:
		path = f"/{resource.kind.collection}"
		read = endpoints.read_group if resource is CONTACT_GROUPS else read_record
		rules += [
			_rule("GET", path, list_records, resource),
			_rule("PUT", path, write_records, resource),
			_rule("POST", path, write_records, resource),
			_rule("GET", f"{path}/<key>", read, resource),
			_rule("POST", f"{path}/<key>", write_records, resource),
		]
	with_credit = (CREDIT_NOTES, OVERPAYMENTS, PREPAYMENTS)
	for resource in with_credit:
		path = f"/{resource.kind.collection}/<key>/Allocations"
		rules += [
			_rule("PUT", path, endpoints.allocate, resource),
			_rule("DELETE", f"{path}/<allocation_id>", endpoints.remove_allocation, resource),
		]
	for resource in (CONTACTS, ITEMS, INVOICES, PAYMENT_RESOURCE, QUOTES, *with_credit):
		path = f"/{resource.kind.collection}/<key>/History"
		rules += [
			_rule("GET", path, endpoints.read_history, resource),
			_rule("PUT", path, endpoints.write_history, resource),
		]
	return rules


ROUTES = Map(_rules(), strict_slashes=False)
