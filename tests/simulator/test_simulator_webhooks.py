from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable

import pytest
import requests
from requests.adapters import BaseAdapter
from simulator_kit import HandClock

from xero_connector.simulator import Simulator

HOOK = "https://erp.example/webhook"
KEY = "webhook-key"


class Receiver(BaseAdapter):
	"""An app's end of the webhooks: keeps what arrived, answers as `behave` says."""

	def __init__(self, behave: Callable[[bool], requests.Response]) -> None:
		super().__init__()
		self.behave = behave
		self.bodies: list[bytes] = []

	def send(self, request: requests.PreparedRequest, *args: object, **kwargs: object) -> requests.Response:
		body = request.body
		assert isinstance(body, bytes)
		genuine = base64.b64encode(hmac.new(KEY.encode(), body, hashlib.sha256).digest()).decode()
		self.bodies.append(body)
		response = self.behave(request.headers["x-xero-signature"] == genuine)
		response.request = request
		return response

	def close(self) -> None:
		pass


def answer(status: int, content: bytes = b"", **headers: str) -> requests.Response:
	response = requests.Response()
	response.status_code = status
	response._content = content
	response.headers.update(headers)
	return response


def correct(genuine: bool) -> requests.Response:
	return answer(200 if genuine else 401)


def listening(receiver: Receiver) -> requests.Session:
	session = requests.Session()
	session.mount(HOOK, receiver)
	return session


@pytest.fixture
def hooked(sim: Simulator, tenant: str) -> Simulator:
	sim.add_app("hooked", "s", webhook_url=HOOK, webhook_key=KEY, kind="custom", tenant_id=tenant)
	return sim


def test_changes_by_anyone_are_queued_for_connected_apps(
	hooked: Simulator, tenant: str, clock: HandClock
) -> None:
	contact_id = hooked.accountant(tenant).add_contact(Name="Ada")
	clock.forward(seconds=1)
	hooked.accountant(tenant).edit_contact(contact_id, FirstName="Ada")
	hooked.accountant(hooked.add_organisation("Not connected")).add_contact(Name="Elsewhere")
	first, second = hooked.pending_webhooks()
	assert first == {
		"resourceUrl": f"https://api.xero.com/api.xro/2.0/Contacts/{contact_id}",
		"resourceId": contact_id,
		"eventDateUtc": "2026-05-01T12:00:00.123",
		"eventType": "CREATE",
		"eventCategory": "CONTACT",
		"tenantId": tenant,
		"tenantType": "ORGANISATION",
	}
	assert (second["eventType"], second["eventDateUtc"]) == ("UPDATE", "2026-05-01T12:00:01.123")


def test_invoices_and_their_payments_are_announced(hooked: Simulator, tenant: str) -> None:
	accountant = hooked.accountant(tenant)
	line = {"Description": "Work", "UnitAmount": 10, "AccountCode": "200"}
	invoice_id = accountant.add_invoice(
		Contact={"Name": "Ada"}, DueDate="2026-06-01", Status="AUTHORISED", LineItems=[line]
	)
	accountant.pay(invoice_id)
	kinds = [(event["eventCategory"], event["eventType"]) for event in hooked.pending_webhooks()]
	assert kinds == [("CONTACT", "CREATE"), ("INVOICE", "CREATE"), ("INVOICE", "UPDATE")]


def test_delivery_is_signed_and_empties_the_queue(hooked: Simulator, tenant: str) -> None:
	for name in ("Ada", "Bob"):
		hooked.accountant(tenant).add_contact(Name=name)
	receiver = Receiver(correct)
	assert hooked.deliver_webhooks(listening(receiver)) == 2
	assert (hooked.pending_webhooks(), hooked.deliver_webhooks(listening(receiver))) == ([], 0)
	(body,) = map(json.loads, receiver.bodies)
	assert [len(body["events"]), body["lastEventSequence"] - body["firstEventSequence"]] == [2, 1]
	assert len(body["entropy"]) == 20


def test_what_was_not_accepted_stays(hooked: Simulator, tenant: str) -> None:
	hooked.accountant(tenant).add_contact(Name="Ada")

	def unreachable(genuine: bool) -> requests.Response:
		raise requests.ConnectionError

	for behave in (lambda genuine: answer(500), lambda genuine: answer(302, Location="/"), unreachable):
		assert hooked.deliver_webhooks(listening(Receiver(behave))) == 0
	assert len(hooked.pending_webhooks()) == 1


@pytest.mark.parametrize(
	("behave", "passes"),
	[
		(correct, True),
		(lambda genuine: answer(200), False),
		(lambda genuine: answer(401), False),
		(lambda genuine: answer(200 if genuine else 401, b"ok"), False),
		(lambda genuine: answer(200 if genuine else 401, **{"Set-Cookie": "sid=1"}), False),
	],
)
def test_intent_to_receive(
	hooked: Simulator, behave: Callable[[bool], requests.Response], passes: bool
) -> None:
	receiver = Receiver(behave)
	assert hooked.intent_to_receive(listening(receiver)) is passes
	assert all(json.loads(body)["events"] == [] for body in receiver.bodies)


def test_no_intent_without_an_address(sim: Simulator) -> None:
	assert sim.intent_to_receive() is False


def test_credit_and_its_use_are_announced(hooked: Simulator, tenant: str) -> None:
	accountant = hooked.accountant(tenant)
	contact = accountant.add_contact(Name="Ada")
	line = {"Description": "Work", "UnitAmount": 10, "AccountCode": "200"}
	invoice = accountant.add_invoice(
		Contact={"ContactID": contact}, DueDate="2026-06-01", Status="AUTHORISED", LineItems=[line]
	)
	note, deposit = accountant.credit(contact, 5), accountant.prepay(contact, 5)
	accountant.overpay(invoice, 20)
	before = len(hooked.pending_webhooks())
	assert {"CREDITNOTE", "PREPAYMENT", "OVERPAYMENT"} <= {
		each["eventCategory"] for each in hooked.pending_webhooks()
	}
	accountant.refund(deposit, 1)
	accountant.remove_payment(accountant.payments()[0]["PaymentID"])
	accountant.allocate(note, invoice, 5)
	told = [(each["eventCategory"], each["resourceId"]) for each in hooked.pending_webhooks()[before:]]
	assert told == [
		("PREPAYMENT", deposit),
		("INVOICE", invoice),
		("CREDITNOTE", note),
		("INVOICE", invoice),
	]
	assert hooked.pending_webhooks()[-2]["resourceUrl"].endswith(f"/CreditNotes/{note}")
