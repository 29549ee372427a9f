"""A plan: what one outbox row means for Xero right now. One of four outcomes: an element to send, nothing to
do, a person to ask, or something to wait for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from xero_connector.mapping.problem import Problem
from xero_connector.store.protocol import Doc
from xero_connector.sync import links, outbox
from xero_connector.sync.entities import NOUN
from xero_connector.sync.matches import Review

CREATE, UPDATE = "create", "update"


@dataclass(frozen=True)
class Send:
	"""An element to send. ``local`` is the base to keep once Xero has it, ``total`` what its answer must
	show, ``note`` what the log says of it, ``warning`` what a person should look at although it went.
	``bills``: the other documents, as (doctype, name), that it bills too.
	"""

	row: Doc
	kind: str
	entity: str
	element: dict[str, Any]
	local: Mapping[str, Any] = field(default_factory=dict)
	payload_hash: str = ""
	total: Decimal | None = None
	note: str = ""
	warning: str = ""
	bills: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Nothing:
	"""There is nothing to send: Xero has it already, or it no longer exists here.

	``billed_by``: the documents, as (doctype, name), whose invoices bill this one too.
	"""

	row: Doc
	status: str = outbox.DONE
	cause: str = ""
	message: str = ""
	billed_by: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Ask:
	"""A person must fix these, or decide which contact it is."""

	row: Doc
	problems: list[Problem]
	review: Review | None = None


@dataclass(frozen=True)
class Wait:
	"""It may go when another row is done."""

	row: Doc
	message: str
	waits_for: str


@dataclass(frozen=True)
class Look:
	"""A contact was matched, or the map got a line for it; what Xero has of it must be read first."""

	row: Doc
	xero_id: str


Plan = Send | Nothing | Ask | Wait | Look


def problem_of(row: Doc, cause: str, message: str, advice: str) -> Problem:
	"""Something to fix about the document of this row as a whole."""
	return Problem(cause, message, advice, row["reference_doctype"], row["reference_name"], "name")


def unusable(row: Doc, link: Doc) -> Ask:
	"""What it is linked to is archived in Xero, or no longer there."""
	entity = link["xero_entity"]
	what = f"The {NOUN.get(entity, entity.lower())} of {link['reference_name']}"
	if link["status"] == links.ARCHIVED:
		cause, message = "contact-archived", f"{what} is archived in Xero."
		advice = f"Restore it in Xero, then save this {row['reference_doctype']} again."
	else:
		cause, message = "gone-in-xero", f"{what} is no longer in this Xero organisation."
		advice = "Delete its Xero Link to make it anew, then save it again."
	return Ask(row, [problem_of(row, cause, message, advice)])
