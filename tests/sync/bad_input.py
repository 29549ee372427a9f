"""Answers and documents made odd: anything, at any place."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

import requests
import simplejson

TEXTS = (
	"",
	"text",
	"x" * 70_000,
	"\ud800",
	"a\u0000b",
	"\u202e\U0001f4a3",
	"NaN",
	"00000000-0000-0000-0000-000000000000",
	"/Date(99999999999999999)/",
	"/Date(4102444800000+0000)/",
	"31/12/2026",
)
NUMBERS = (0, -1, 7, 10**30, -0.01, float("nan"), float("inf"), 1e300)
THINGS = (None, True, [], {}, [[]], {"a": {"b": None}}, [None], [7], simplejson.loads("[" * 60 + "]" * 60))
ODD = (*TEXTS, *NUMBERS, *THINGS)

NO_ANSWERS = (
	b"",
	b"<html>Sorry</html>",
	b'{"Contacts": [{',
	b"null",
	b"[]",
	b'"text"',
	b"\xff\xfe",
	b"[" * 9999,
)

Place = tuple[Any, Any]
"""A dict or list, and a key of it."""


def places(data: Any) -> Iterator[Place]:
	"""Every place in a document."""
	keys = data if isinstance(data, dict) else range(len(data)) if isinstance(data, list) else ()
	for key in keys:
		yield data, key
		yield from places(data[key])


def spoil(data: Any, random: Random) -> Any:
	"""The document with one place dropped, replaced, doubled, or exchanged with another."""
	found = list(places(data))
	if not found:
		return random.choice(ODD)
	holder, key = random.choice(found)
	act = random.randrange(6)
	if act == 0:
		del holder[key]
	elif act == 1:
		holder[key] = None
	elif act == 2 and isinstance(holder, list):
		holder.insert(key, holder[key])
	elif act == 3 and isinstance(holder, list):
		random.shuffle(holder)
	else:
		holder[key] = random.choice(ODD)
	return data


def spoiled(response: requests.Response, random: Random) -> requests.Response:
	"""An answer whose body is odd in up to three places, or is no JSON at all."""
	bodies = (
		b"",
		b"<html>Sorry</html>",
		b'{"Contacts": [{',
		b"null",
		b"[]",
		b'"text"',
		b"\xff\xfe",
		b"{" * 5000,
	)
	if not random.randrange(12) or "json" not in response.headers.get("Content-Type", ""):
		response._content = random.choice(bodies)
		return response
	data = simplejson.loads(response.content, use_decimal=True)
	for _ in range(random.randint(1, 3)):
		data = spoil(data, random)
	response._content = simplejson.dumps(data, use_decimal=True, allow_nan=True).encode()
	return response
