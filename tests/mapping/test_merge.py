"""The three-way merge of a contact by field."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xero_connector.mapping.fields import BOTH, DEFAULT_FIELD_MAP, FROM_XERO, TO_XERO
from xero_connector.mapping.merge import (
	ASK,
	ERPNEXT_WINS,
	NEWEST_WINS,
	XERO_WINS,
	Base,
	Merge,
	Rule,
	merge,
	rules_of,
)

PATHS = ("Name", "EmailAddress", "Phones[DEFAULT].PhoneNumber")
VALUES = st.sampled_from(["", "a", "b", "c"])
FLAT = st.fixed_dictionaries(dict.fromkeys(PATHS, VALUES))
PART = st.dictionaries(st.sampled_from(PATHS), VALUES)
RULES = st.fixed_dictionaries(
	dict.fromkeys(
		PATHS,
		st.builds(
			Rule,
			st.sampled_from([TO_XERO, FROM_XERO, BOTH]),
			st.sampled_from([ASK, ERPNEXT_WINS, XERO_WINS, NEWEST_WINS]),
		),
	)
)
BASES = st.builds(Base, PART, PART, PART)


def one(our: str, their: str, base: Base, rule: Rule | None = None, *, newer: bool = False) -> Merge:
	return merge({"Name": rule or Rule()}, base, {"Name": our}, {"Name": their}, ours_is_newer=newer)


def agreed_on(our: str, their: str) -> Base:
	base = Base()
	base.agree("Name", our, their)
	return base


@pytest.mark.parametrize(
	("our", "their", "expected"),
	[
		("old", "old", Merge({}, {}, {}, {})),
		("new", "old", Merge({"Name": "new"}, {}, {}, {})),
		("old", "new", Merge({}, {"Name": "new"}, {}, {})),
		("new", "new", Merge({}, {}, {}, {"Name": ("new", "new")})),
		("ours", "theirs", Merge({}, {}, {"Name": "theirs"}, {})),
		("", "old", Merge({"Name": ""}, {}, {}, {})),
		("old", "", Merge({}, {"Name": ""}, {}, {})),
	],
)
def test_a_field_by_who_changed_it(our: str, their: str, expected: Merge) -> None:
	assert one(our, their, agreed_on("old", "old")) == expected


@pytest.mark.parametrize(
	("policy", "newer", "goes_to_xero"),
	[
		(ERPNEXT_WINS, False, True),
		(XERO_WINS, True, False),
		(NEWEST_WINS, True, True),
		(NEWEST_WINS, False, False),
	],
)
def test_a_policy_decides_where_both_changed(policy: str, newer: bool, goes_to_xero: bool) -> None:
	merged = one("ours", "theirs", agreed_on("old", "old"), Rule(BOTH, policy), newer=newer)
	expected = Merge({"Name": "ours"}, {}, {}, {}) if goes_to_xero else Merge({}, {"Name": "theirs"}, {}, {})
	assert merged == expected


def test_both_sides_may_rest_on_different_values() -> None:
	base = agreed_on("North Ltd", "NORTH LIMITED")
	assert one("North Ltd", "NORTH LIMITED", base) == Merge({}, {}, {}, {})


@pytest.mark.parametrize(
	("our", "their", "expected"),
	[
		("ours", "", Merge({"Name": "ours"}, {}, {}, {})),
		("", "theirs", Merge({}, {"Name": "theirs"}, {}, {})),
		("ours", "theirs", Merge({}, {}, {}, {"Name": ("ours", "theirs")})),
	],
)
def test_a_field_that_is_mapped_for_the_first_time_is_filled_and_never_replaced(
	our: str, their: str, expected: Merge
) -> None:
	assert one(our, their, Base()) == expected


def test_a_one_way_field_goes_one_way() -> None:
	base = agreed_on("old", "old")
	assert one("ours", "theirs", base, Rule(TO_XERO)) == Merge({"Name": "ours"}, {}, {}, {})
	assert one("old", "theirs", base, Rule(TO_XERO)) == Merge({}, {}, {}, {})
	assert one("ours", "theirs", base, Rule(FROM_XERO)) == Merge({}, {"Name": "theirs"}, {}, {})
	assert one("ours", "old", base, Rule(FROM_XERO)) == Merge({}, {}, {}, {})
	assert one("ours", "theirs", Base(), Rule(FROM_XERO)) == Merge({}, {}, {}, {"Name": ("ours", "theirs")})
	assert one("", "theirs", Base(), Rule(FROM_XERO)) == Merge({}, {"Name": "theirs"}, {}, {})
	assert one("ours", "", Base(), Rule(FROM_XERO)) == Merge({}, {}, {}, {"Name": ("ours", "")})


def test_what_was_not_read_rests() -> None:
	assert merge({"Name": Rule()}, agreed_on("old", "old"), {"Name": "old"}, {}) == Merge({}, {}, {}, {})
	unread = merge({"Name": Rule()}, Base(), {"Name": "ours"}, {})
	assert not unread.to_erpnext and not unread.conflicts
	assert merge({"Name": Rule(FROM_XERO)}, Base(), {"Name": "ours"}, {}) == Merge({}, {}, {}, {})


def test_the_default_map_asks_about_every_field_that_goes_both_ways() -> None:
	rules = rules_of(DEFAULT_FIELD_MAP)
	one_way = {path: rule.direction for path, rule in rules.items() if rule.direction != BOTH}
	assert one_way.pop("Website") == FROM_XERO
	assert one_way.pop("DefaultCurrency") == TO_XERO
	assert one_way and all(path.startswith("Addresses[STREET].") for path in one_way)
	assert {rule.policy for rule in rules.values()} == {ASK}


def follow(result: Merge, base: Base, ours: dict[str, Any], theirs: dict[str, Any]) -> None:
	"""Do what a merge says, as the engine does it: write both sides, then move the base."""
	for path, value in result.to_xero.items():
		theirs[path] = value
		base.agree(path, value, value)
	for path, value in result.to_erpnext.items():
		ours[path] = value
		base.agree(path, value, value)
	for path, pair in result.agreed.items():
		base.agree(path, *pair)
	for path, value in result.conflicts.items():
		base.see(path, value)


@given(rules=RULES, base=BASES, ours=FLAT, theirs=FLAT, newer=st.booleans())
def test_each_field_has_one_outcome(
	rules: dict[str, Rule], base: Base, ours: dict[str, Any], theirs: dict[str, Any], newer: bool
) -> None:
	result = merge(rules, base, ours, theirs, ours_is_newer=newer)
	outcomes = [*result.to_xero, *result.to_erpnext, *result.conflicts, *result.agreed]
	assert len(outcomes) == len(set(outcomes))
	assert all(value == ours[path] for path, value in result.to_xero.items())
	assert all(value == theirs[path] for path, value in result.to_erpnext.items())
	for path in result.conflicts:
		assert rules[path] == Rule(BOTH, ASK) and ours[path] != theirs[path]


@given(rules=RULES, base=BASES, ours=FLAT, theirs=FLAT, newer=st.booleans())
def test_a_merge_that_was_followed_has_nothing_left_but_its_conflicts(
	rules: dict[str, Rule], base: Base, ours: dict[str, Any], theirs: dict[str, Any], newer: bool
) -> None:
	first = merge(rules, base, ours, theirs, ours_is_newer=newer)
	follow(first, base, ours, theirs)
	second = merge(rules, base, ours, theirs, ours_is_newer=newer)
	assert second == Merge({}, {}, first.conflicts, second.agreed)
	assert not second.agreed


@given(ours=FLAT, theirs=FLAT, start=FLAT)
def test_no_edit_is_lost_when_a_person_is_asked(
	ours: dict[str, Any], theirs: dict[str, Any], start: dict[str, Any]
) -> None:
	base = Base()
	for path in PATHS:
		base.agree(path, start[path], start[path])
	edited_here = {path for path in PATHS if ours[path] != start[path]}
	edited_there = {path for path in PATHS if theirs[path] != start[path]}
	before = {**ours}, {**theirs}
	result = merge(dict.fromkeys(PATHS, Rule()), base, ours, theirs)
	follow(result, base, ours, theirs)
	for path in edited_here:
		assert theirs[path] == before[0][path] or path in result.conflicts
	for path in edited_there:
		assert ours[path] == before[1][path] or path in result.conflicts


@given(theirs=FLAT, values=PART)
def test_the_latest_is_what_was_seen_last(theirs: dict[str, Any], values: dict[str, Any]) -> None:
	base = Base()
	for path, value in theirs.items():
		base.agree(path, "x", value)
	for path, value in values.items():
		base.see(path, value)
	assert base.latest == {**theirs, **values}
	assert not [path for path, value in base.seen.items() if base.remote.get(path) == value]
