"""What the simulator's tests share: a clock by hand, a client, and two judges of every answer.

The judges are xero-python's models (they raise at what they do not know) and, where the environment variable
XERO_OPENAPI names the folder or file of Xero's OpenAPI, that schema with no field allowed beyond it.
"""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import requests
import simplejson
import yaml
from jsonschema import Draft202012Validator
from xero_python.accounting import models
from xero_python.api_client import ModelFinder
from xero_python.api_client.deserializer import deserialize

from xero_connector.simulator import InProcessAdapter, Simulator

Make = Callable[..., dict[str, Any]]
"""A fixture that creates a record from the fields given."""

API = "https://api.xero.com/api.xro/2.0/"
SCOPES = "offline_access accounting.contacts accounting.invoices accounting.payments accounting.settings"
ZERO_ID = "00000000-0000-0000-0000-000000000000"

ENVELOPE = ("Id", "Status", "ProviderName", "DateTimeUTC")
SENT_BEYOND_THE_SPEC: Mapping[str, tuple[str, ...]] = {
	"Invoice": ("DateString", "DueDateString"),
	"CreditNote": ("DateString",),
	"Overpayment": ("DateString",),
	"Prepayment": ("DateString",),
	"Accounts": ENVELOPE,
	"BrandingThemes": ENVELOPE,
	"ContactGroups": ENVELOPE,
	"Quotes": ENVELOPE,
	"Allocations": ENVELOPE,
	"Contacts": ENVELOPE,
	"CreditNotes": ENVELOPE,
	"Currencies": ENVELOPE,
	"HistoryRecords": ENVELOPE,
	"Invoices": ENVELOPE,
	"Items": ENVELOPE,
	"OnlineInvoices": ENVELOPE,
	"Organisations": ENVELOPE,
	"Overpayments": ENVELOPE,
	"Payments": ENVELOPE,
	"Prepayments": ENVELOPE,
	"TaxRates": ENVELOPE,
	"TrackingCategories": ENVELOPE,
}
"""Fields that Xero's recorded answers hold and its OpenAPI 16.1 does not name."""


class HandClock:
	"""A clock that moves only when told to."""

	def __init__(self, now: datetime) -> None:
		self.now = now

	def __call__(self) -> datetime:
		return self.now

	def forward(self, **span: float) -> None:
		self.now += timedelta(**span)


def noon() -> HandClock:
	return HandClock(datetime(2026, 5, 1, 12, 0, 0, 123000, tzinfo=timezone.utc))


class Xero:
	"""A client of the simulator that has each of its answers judged."""

	def __init__(self, simulator: Simulator, token: str, tenant: str | None) -> None:
		self.session = in_process(simulator)
		self.headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
		if tenant:
			self.headers["xero-tenant-id"] = tenant

	def call(self, method: str, path: str, body: Any = None, **options: Any) -> requests.Response:
		headers = {**self.headers, **options.pop("headers", {})}
		content = None if body is None else simplejson.dumps(body, use_decimal=True)
		response = self.session.request(method, API + path, data=content, headers=headers, params=options)
		judge(response)
		return response

	def get(self, path: str, **options: Any) -> requests.Response:
		return self.call("GET", path, **options)

	def put(self, path: str, body: Any, **options: Any) -> requests.Response:
		return self.call("PUT", path, body, **options)

	def post(self, path: str, body: Any = None, **options: Any) -> requests.Response:
		return self.call("POST", path, body, **options)

	def many(self, collection: str, **options: Any) -> list[dict[str, Any]]:
		return records(self.get(collection, **options), collection)

	def one(self, collection: str, key: str, **options: Any) -> dict[str, Any]:
		return records(self.get(f"{collection}/{key}", **options), collection)[0]

	def create(self, collection: str, **fields: Any) -> dict[str, Any]:
		response = self.put(collection, {collection: [fields]})
		assert response.status_code == 200, response.text
		return records(response, collection)[0]

	def change(self, collection: str, **fields: Any) -> dict[str, Any]:
		"""POST of one element with summarizeErrors=false: the element answered, whatever became of it."""
		response = self.post(collection, {collection: [fields]}, summarizeErrors="false")
		assert response.status_code == 200, response.text
		return records(response, collection)[0]

	def refusal(self, collection: str, **fields: Any) -> str:
		"""The one sentence with which a PUT is refused."""
		response = self.put(collection, {collection: [fields]})
		assert response.status_code == 400, response.text
		(error,) = read(response)["Elements"][0]["ValidationErrors"]
		return str(error["Message"])

	def refused_change(self, collection: str, **fields: Any) -> str:
		"""The one sentence with which a POST is refused."""
		element = self.change(collection, **fields)
		assert element["StatusAttributeString"] == "ERROR"
		(error,) = element["ValidationErrors"]
		return str(error["Message"])


def in_process(simulator: Simulator) -> requests.Session:
	session = requests.Session()
	session.mount("https://", InProcessAdapter(simulator))
	session.mount("http://", InProcessAdapter(simulator))
	return session


def connect(simulator: Simulator, tenant: str, scopes: str = SCOPES, client_id: str = "custom") -> Xero:
	"""A client of a custom connection to the organisation."""
	simulator.add_app(client_id, "secret", kind="custom", tenant_id=tenant)
	answer = in_process(simulator).post(
		"https://identity.xero.com/connect/token",
		data={"grant_type": "client_credentials", "scope": scopes},
		auth=(client_id, "secret"),
	)
	return Xero(simulator, answer.json()["access_token"], tenant)


def read(response: requests.Response) -> dict[str, Any]:
	"""The body, with Decimals."""
	return dict(simplejson.loads(response.content, use_decimal=True))


def records(response: requests.Response, collection: str) -> list[dict[str, Any]]:
	assert response.status_code == 200, response.text
	return list(read(response)[collection])


def judge(response: requests.Response) -> None:
	"""Have an answer parsed by xero-python, and held against the OpenAPI where that is at hand."""
	if "json" not in response.headers.get("Content-Type", "") or not response.content:
		return
	body = json.loads(response.content, parse_float=Decimal)
	name = "Error" if response.status_code >= 400 else schema_name(body)
	deserialize(name, body, ModelFinder(models))
	if os.environ.get("XERO_OPENAPI") and name != "Error":
		complaints = [
			f"{error.json_path}: {error.message}" for error in validator(name).iter_errors(response.json())
		]
		assert not complaints, complaints


def schema_name(body: Mapping[str, Any]) -> str:
	"""The schema of an answer is called as its collection is; a removed allocation comes by itself."""
	if "AllocationID" in body:
		return "Allocation"
	return next(key for key in body if key not in (*ENVELOPE, "pagination"))


@functools.cache
def schemas(document: str) -> dict[str, Any]:
	"""The component schemas of one of Xero's OpenAPI documents, closed to fields they do not name."""
	place = Path(os.environ["XERO_OPENAPI"])
	file = place / document if place.is_dir() else place.with_name(document)
	loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
	found: dict[str, Any] = yaml.load(file.read_text(), Loader=loader)["components"]["schemas"]
	for name, schema in found.items():
		if "properties" in schema:
			schema["additionalProperties"] = False
			for field in SENT_BEYOND_THE_SPEC.get(name, ()):
				schema["properties"][field] = {"type": "string"}
	return found


@functools.cache
def validator(name: str, document: str = "xero_accounting.yaml") -> Draft202012Validator:
	"""A judge of bodies that are to be a `name` of the document."""
	components = {"schemas": schemas(document)}
	return Draft202012Validator({"$ref": f"#/components/schemas/{name}", "components": components})
