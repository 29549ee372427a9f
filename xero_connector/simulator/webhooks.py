"""Webhooks: changes of contacts, invoices and credit wait in a queue and go out signed.

An event is queued for each app that has an address for webhooks and is connected to the organisation. That a
payment counts as a change of its invoice is a choice made here; of real Xero it is not known.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from sqlite3 import Row

import requests

from xero_connector.simulator.state import Store
from xero_connector.simulator.values import Body, dumps, iso_moment

ANSWER_WITHIN = 5
"""Seconds Xero waits for an answer."""

LARGEST_BATCH = 100
COLLECTIONS = {
	"CONTACT": "Contacts",
	"INVOICE": "Invoices",
	"CREDITNOTE": "CreditNotes",
	"OVERPAYMENT": "Overpayments",
	"PREPAYMENT": "Prepayments",
}


def signature(body: bytes, key: str) -> str:
	"""The value of `x-xero-signature`: base64 of the HMAC-SHA256 over the raw body."""
	return base64.b64encode(hmac.new(key.encode(), body, hashlib.sha256).digest()).decode()


class Webhooks:
	"""The queue of events in a store and its way out."""

	def __init__(self, store: Store) -> None:
		self._store = store

	def pending(self) -> list[Body]:
		"""The events that wait, oldest first, as they will be sent."""
		with self._store.transaction():
			return [_event(row) for row in self._store.rows("SELECT * FROM webhook_events ORDER BY sequence")]

	def deliver(self, session: requests.Session | None = None) -> int:
		"""Send what waits, per app in batches; answers how many events were accepted.

		An event stays in the queue until its POST was answered 200. A batch that fails ends the turn of its
		app; whether and when to try again is the caller's to say (Xero tries for 24 hours).
		"""
		with requests.Session() as own:
			return sum(self._deliver_to(app, session or own) for app in self._apps())

	def intent_to_receive(self, session: requests.Session | None = None) -> bool:
		"""Xero's check of a webhook address: POSTs without events, some signed wrongly on purpose.

		True when every app that has an address answers 200 to the signed ones and 401 to the others, within
		five seconds, with an empty body and no cookies. False when no app has an address.
		"""
		apps = self._apps()
		with requests.Session() as own:
			return bool(apps) and all(_shows_intent(app, session or own) for app in apps)

	def _apps(self) -> list[Row]:
		with self._store.transaction():
			return self._store.rows("SELECT * FROM apps WHERE webhook_url IS NOT NULL ORDER BY client_id")

	def _deliver_to(self, app: Row, session: requests.Session) -> int:
		delivered = 0
		while events := self._batch(app["client_id"]):
			body = _envelope(events)
			try:
				status = _post(
					session, app["webhook_url"], body, signature(body, app["webhook_key"])
				).status_code
			except requests.RequestException:
				break
			if status != 200:
				break
			with self._store.transaction():
				self._store.execute(
					"DELETE FROM webhook_events WHERE client_id = ? AND sequence <= ?",
					app["client_id"],
					events[-1]["sequence"],
				)
			delivered += len(events)
		return delivered

	def _batch(self, client_id: str) -> list[Row]:
		with self._store.transaction():
			return self._store.rows(
				f"SELECT * FROM webhook_events WHERE client_id = ? ORDER BY sequence LIMIT {LARGEST_BATCH}",
				client_id,
			)


def _shows_intent(app: Row, session: requests.Session) -> bool:
	for genuine in (True, False, True, False):
		body = _envelope([])
		key = app["webhook_key"] if genuine else secrets.token_hex(16)
		try:
			answer = _post(session, app["webhook_url"], body, signature(body, key))
		except requests.RequestException:
			return False
		if (
			answer.status_code != (200 if genuine else 401)
			or answer.content
			or "Set-Cookie" in answer.headers
		):
			return False
	return True


def _post(session: requests.Session, url: str, body: bytes, signed: str) -> requests.Response:
	headers = {"Content-Type": "application/json; charset=utf-8", "x-xero-signature": signed}
	return session.post(url, data=body, headers=headers, timeout=ANSWER_WITHIN, allow_redirects=False)


def _envelope(events: Sequence[Row]) -> bytes:
	sequences = [row["sequence"] for row in events] or [0]
	body = {
		"events": [_event(row) for row in events],
		"firstEventSequence": sequences[0],
		"lastEventSequence": sequences[-1],
		"entropy": secrets.token_hex(10).upper(),
	}
	return dumps(body).encode()


def _event(row: Row) -> Body:
	return {
		"resourceUrl": f"https://api.xero.com/api.xro/2.0/{COLLECTIONS[row['category']]}/{row['resource']}",
		"resourceId": row["resource"],
		"eventDateUtc": iso_moment(row["at"]),
		"eventType": row["type"],
		"eventCategory": row["category"],
		"tenantId": row["tenant"],
		"tenantType": "ORGANISATION",
	}
