"""Safeguards that can be switched off, to see that the simulation notices.

Each entry replaces functions, methods or rules of the engine for the length of a run. Nothing else in the
project knows of them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from xero_connector.chaos import post
from xero_connector.mapping import mirror as mapping
from xero_connector.mapping.merge import Base
from xero_connector.store import schema, sqlite
from xero_connector.store.protocol import Doc
from xero_connector.sync import batches, contacts, context, outbox, triggers
from xero_connector.sync.balance import Balance
from xero_connector.sync.batches import Settlement
from xero_connector.sync.deals import Deals
from xero_connector.sync.lease import Lease
from xero_connector.sync.mirror import Mirror
from xero_connector.sync.plan_documents import DocumentPlanner
from xero_connector.sync.pull import Pull
from xero_connector.sync.push import Push
from xero_connector.xero.usage import Usage

Replacement = tuple[Any, str, Any]
"""A module or class, the name in it, and what stands there instead."""


@dataclasses.dataclass(frozen=True)
class Break:
	"""A safeguard done without, and in a sentence what that means."""

	sentence: str
	replaced: tuple[Replacement, ...]


@contextmanager
def without(name: str) -> Iterator[None]:
	"""Do without a safeguard while inside. Raises ``KeyError`` for a name that is none."""
	chosen = BREAKS[name].replaced
	kept = [(where, what, getattr(where, what)) for where, what, _ in chosen]
	try:
		for where, what, instead in chosen:
			setattr(where, what, instead)
		yield
	finally:
		for where, what, own in kept:
			setattr(where, what, own)


def _no(*arguments: Any, **named: Any) -> bool:
	return False


def _yes(*arguments: Any, **named: Any) -> bool:
	return True


def _nothing(*arguments: Any, **named: Any) -> None:
	return None


def _no_list(*arguments: Any) -> list[str]:
	return []


def _no_records(*arguments: Any) -> dict[str, Doc]:
	return {}


class _Unfrozen:
	"""An API that finds no batch written down: it is written only once Xero has answered."""

	def __init__(self, push: Push, batch: Doc) -> None:
		self._push = push
		self._batch = batch

	def __getattr__(self, name: str) -> Any:
		return getattr(self._push.context.api, name)

	def send(self, *arguments: Any, **named: Any) -> Any:
		store, batch = self._push.store, self._batch
		with store.transaction():
			store.delete("Xero Batch", batch["name"])
			self._mark({"status": outbox.QUEUED, "batch": None})
		try:
			return self._push.context.api.send(*arguments, **named)
		finally:
			with store.transaction():
				store.insert(batch)
				self._mark({"status": outbox.SENDING, "batch": batch["name"]})

	def _mark(self, values: Mapping[str, Any]) -> None:
		for entry in batches.entries(self._batch):
			self._push.store.update_if("Xero Outbox", entry["row"], {}, values)


_send, _finish, _keep, _mirrored_payment = (
	Push._send,
	Settlement._finish,
	Mirror._keep,
	mapping.mirrored_payment,
)


def _send_unfrozen(self: Push, batch: Doc, *, again: bool = False) -> Any:
	other = Push(dataclasses.replace(self.context, api=_Unfrozen(self, batch)), self.lease)
	other.pull, other.mirror, other.fresh = self.pull, self.mirror, self.fresh
	return _send(other, batch, again=again)


def _finish_any_version(self: Settlement, entry: Mapping[str, Any], *arguments: Any, **words: Any) -> None:
	row = self.store.get("Xero Outbox", entry["row"]) or {}
	_finish(self, {**entry, "version": row.get("version")}, *arguments, **words)


def _keep_any_version(self: Mirror, doctype: str, values: dict[str, Any], **named: Any) -> bool:
	known = self.known(doctype, values["xero_id"])
	if known:
		self.store.update(doctype, known["name"], {"updated_utc": ""})
	return _keep(self, doctype, values, **named)


def _move_to_now(self: Pull, cursor: Doc, position: str) -> None:
	with self.store.transaction():
		self.store.update("Xero Cursor", cursor["name"], {"position": self.context.now()})


def _payment_by_amount(record: Mapping[str, Any], *currencies: str) -> dict[str, Any]:
	values = _mirrored_payment(record, *currencies)
	return {**values, "xero_id": f"{values['invoice_xero_id']} {values['amount']}"}


def _same_usage(usage: Usage, now: datetime, headers: Mapping[str, str]) -> Usage:
	return usage


def _without_key(doctype: str) -> Replacement:
	return sqlite, "UNIQUE", {name: keys for name, keys in schema.UNIQUE.items() if name != doctype}


BREAKS: Mapping[str, Break] = {
	"freezing": Break(
		"A batch is written down only after Xero has answered.", ((Push, "_send", _send_unfrozen),)
	),
	"read-back": Break(
		"What may have been sent is sent again without a look into Xero.",
		((Push, "_read_back", _no_records),),
	),
	"replay-window": Break(
		"The identical call goes again long after Xero has forgotten its key.",
		((batches, "REPLAY_WITHIN", timedelta(days=9)),),
	),
	"lease-check": Break(
		"A worker that lost its lease goes on.", ((Lease, "renew", _nothing), (Lease, "keep", _nothing))
	),
	"version-check": Break(
		"A row is done although its document was edited on the way.",
		((Settlement, "_finish", _finish_any_version),),
	),
	"per-element": Break("A refused element counts as taken.", ((batches, "is_refusal", _no),)),
	"echo-stop": Break("What did not change is written again.", ((context, "same", _no),)),
	"cursor-rule": Break("A cursor moves to now.", ((Pull, "_move", _move_to_now),)),
	"older-version": Break(
		"An older version that comes late replaces a newer.", ((Mirror, "_keep", _keep_any_version),)
	),
	"payment-id": Break(
		"A payment is known by invoice and amount.",
		((mapping, "mirrored_payment", _payment_by_amount),),
	),
	"removed-payments": Break(
		"Payments that a poll leaves out are not looked at again.",
		((Balance, "removed", _no_list), (Mirror, "_look_for_removed", _nothing)),
	),
	"finance-first": Break(
		"An update overwrites the total that finance has changed.",
		((DocumentPlanner, "_changed_there", _nothing),),
	),
	"merge-base": Break(
		"Nobody remembers what both sides held.", ((contacts, "base_of", lambda link: Base()),)
	),
	"deals": Break(
		"A document is billed whatever else bills the same sale.", ((Deals, "refusal", _nothing),)
	),
	"billed-returns": Break(
		"A return goes only by choice, even of what was billed.", ((triggers, "_is_billed", _no),)
	),
	"retry-after": Break("Xero's word to wait is forgotten.", ((Usage, "_asked_to_wait", _same_usage),)),
	"webhook-signature": Break("Any signature will do.", ((post, "verify_signature", _yes),)),
	"webhook-once": Break(
		"An announcement that comes twice is kept twice.", (_without_key("Xero Webhook Event"),)
	),
}
"""What ``--break`` takes."""
