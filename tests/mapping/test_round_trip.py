"""A contact that goes to Xero and comes straight back changes nothing, whatever a person has typed."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import customer
from tests.mapping.kit import assert_known
from xero_connector.mapping.contact import (
	Party,
	contact_rules,
	from_contact,
	held,
	new_contact,
	seen_contact,
	to_contact,
)
from xero_connector.mapping.fields import BOTH, DEFAULT_FIELD_MAP
from xero_connector.mapping.merge import Base, merge

WORD = st.text(st.characters(exclude_categories=("C", "Z"), exclude_characters="<>"), min_size=1, max_size=12)
WORDS = st.lists(WORD, max_size=3).map(" ".join)
EMAIL = st.just("") | st.from_regex(r"[a-z]{1,8}@[a-z]{1,8}\.example", fullmatch=True)
MAPPED = [line for line in DEFAULT_FIELD_MAP if line["direction"] == BOTH]


@st.composite
def parties(draw: st.DrawFn) -> Party:
	"""A customer with its address and contact, every mapped field filled or not."""
	docs: dict[str, dict[str, Any]] = {
		"Customer": customer(),
		"Address": {"doctype": "Address", "name": "A"},
		"Contact": {"doctype": "Contact", "name": "C"},
	}
	for line in MAPPED:
		strategy = EMAIL if line["xero_field"] == "EmailAddress" else WORDS
		docs[line["erp_doctype"]][line["erp_field"]] = draw(strategy)
	docs["Customer"]["customer_name"] = draw(WORD)
	return Party(docs["Customer"], docs["Address"], docs["Contact"])


@given(parties())
def test_there_and_back_changes_nothing(party: Party) -> None:
	rules, ours = contact_rules(DEFAULT_FIELD_MAP), held(party, DEFAULT_FIELD_MAP)
	sent = to_contact(party, DEFAULT_FIELD_MAP)
	payload = new_contact(sent, "C-1")
	assert_known(payload, "Contact")
	record = {"Addresses": [], "Phones": [], **payload}
	theirs = seen_contact(record, list(rules))

	back = from_contact(theirs, MAPPED)
	documents = {"Customer": party.customer, "Address": party.address, "Contact": party.contact}
	for line in MAPPED:
		before = (documents[line["erp_doctype"]] or {})[line["erp_field"]]
		assert back[line["erp_doctype"]][line["erp_field"]] == before

	base = Base()
	for path, value in sent.items():
		base.agree(path, value, theirs.get(path, value))
	merged = merge(rules, base, ours, theirs, ours_is_newer=False)
	assert (merged.to_xero, merged.to_erpnext, list(merged.conflicts)) == ({}, {}, [])
