"""The three-way merge of a contact, field by field.

What both sides held when they last agreed tells who changed a field since. One side changed it: the other
follows. Both changed it to the same: they agree. Both changed it to something else: the field's policy
decides, or a person.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from xero_connector.mapping.fields import BOTH, FROM_XERO, TO_XERO, FieldMapLine

ASK, ERPNEXT_WINS, XERO_WINS, NEWEST_WINS = "Ask", "ERPNext Wins", "Xero Wins", "Newest Wins"

Flat = Mapping[str, Any]
"""A contact as ``{path: value}``; what is empty is ``""``."""


@dataclass(frozen=True)
class Rule:
	"""Where a field may go, and who decides if both sides changed it."""

	direction: str = BOTH
	policy: str = ASK


@dataclass(frozen=True)
class Base:
	"""What both sides held when they last agreed, and ``seen``: what Xero was read to have since, where that
	is something else.
	"""

	local: dict[str, Any] = field(default_factory=dict)
	remote: dict[str, Any] = field(default_factory=dict)
	seen: dict[str, Any] = field(default_factory=dict)

	@property
	def latest(self) -> dict[str, Any]:
		"""What Xero has, as far as we know."""
		return {**self.remote, **self.seen}

	def agree(self, path: str, ours: Any, theirs: Any) -> None:
		"""Both sides are settled on what they hold in this field."""
		self.local[path], self.remote[path] = ours, theirs
		self.seen.pop(path, None)

	def see(self, path: str, theirs: Any) -> None:
		"""Xero has this now; whether we follow is open."""
		self.seen.pop(path, None)
		if path not in self.remote or self.remote[path] != theirs:
			self.seen[path] = theirs


@dataclass(frozen=True)
class Merge:
	"""What is to be done: values to send, values to write here, fields in conflict, fields that agree."""

	to_xero: dict[str, Any]
	to_erpnext: dict[str, Any]
	conflicts: dict[str, Any]
	"""Their value of each field that a person must decide."""
	agreed: dict[str, tuple[Any, Any]]
	"""Our and their value of each field where the base has to move and nothing has to be written."""


def rules_of(field_map: Iterable[FieldMapLine]) -> dict[str, Rule]:
	"""The rule of each path that the map names."""
	return {
		line["xero_field"]: Rule(line.get("direction") or TO_XERO, line.get("policy") or ASK)
		for line in field_map
		if line.get("enabled")
	}


def merge(
	rules: Mapping[str, Rule], base: Base, ours: Flat, theirs: Flat, *, ours_is_newer: bool = False
) -> Merge:
	"""Compare both sides with the base. ``theirs`` may lack paths that were not read: those rest.

	``ours_is_newer`` answers for fields that follow the newest edit.
	"""
	result = Merge({}, {}, {}, {})
	for path, rule in rules.items():
		if path not in ours and rule.direction != FROM_XERO:
			continue
		_merge_field(result, path, rule, base, ours.get(path, ""), theirs, ours_is_newer)
	return result


def _merge_field(
	result: Merge, path: str, rule: Rule, base: Base, our: Any, theirs: Flat, ours_is_newer: bool
) -> None:
	their = theirs.get(path, base.latest.get(path, ""))
	if rule.direction == TO_XERO:
		if our != base.local.get(path, ""):
			result.to_xero[path] = our
		return
	if rule.direction == FROM_XERO:
		if path not in theirs and path not in base.latest:
			return
		first = path not in base.remote
		if their == our or (first and (their == "" or our not in ("", 0))):
			if first or (base.local.get(path), base.remote[path]) != (our, their):
				result.agreed[path] = (our, their)
		elif first or their != base.remote[path]:
			result.to_erpnext[path] = their
		return
	if path not in base.local or path not in base.remote:
		_first_meeting(result, path, our, their, known=path in theirs or path in base.latest)
		return
	we_changed, they_changed = our != base.local[path], their != base.remote[path]
	if we_changed and they_changed and our != their:
		_decide(result, path, rule.policy, our, their, ours_is_newer)
	elif we_changed and they_changed:
		result.agreed[path] = (our, their)
	elif we_changed:
		result.to_xero[path] = our
	elif they_changed:
		result.to_erpnext[path] = their


def _first_meeting(result: Merge, path: str, our: Any, their: Any, *, known: bool) -> None:
	"""A field without a base: what is empty on one side is filled from the other; else both keep theirs."""
	if our == their or (our != "" and their != ""):
		if known:
			result.agreed[path] = (our, their)
	elif their == "":
		result.to_xero[path] = our
	else:
		result.to_erpnext[path] = their


def _decide(result: Merge, path: str, policy: str, our: Any, their: Any, ours_is_newer: bool) -> None:
	if policy == ASK:
		result.conflicts[path] = their
	elif policy == ERPNEXT_WINS or (policy == NEWEST_WINS and ours_is_newer):
		result.to_xero[path] = our
	else:
		result.to_erpnext[path] = their
