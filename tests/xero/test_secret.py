"""An error report that prints the local variables of every frame shows no secret."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Any

import pytest
import requests
from requests.adapters import BaseAdapter

from tests.xero.wire import ACCESS, REFRESH, SECRET, api_on, app_on, token
from xero_connector.clock import ManualClock
from xero_connector.xero import Pkce


class Bug(Exception):
	"""What nobody expects, and so nobody catches."""


class Broken(BaseAdapter):
	"""A wire that fails as no wire does."""

	def __init__(self) -> None:
		super().__init__()
		self.sent: list[requests.PreparedRequest] = []

	def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
		headers = dict(request.headers)  # as the HTTP library has them in a frame
		self.sent.append(request)
		raise Bug(len(headers))

	def close(self) -> None:
		"""Nothing is open."""


def printed(trace: TracebackType | None) -> str:
	"""The local variables of every frame, as an error report prints them."""
	found = []
	while trace:
		found.append(repr(trace.tb_frame.f_locals))
		trace = trace.tb_next
	return "\n".join(found)


@pytest.mark.parametrize(
	"act",
	[
		lambda wire, clock: api_on(wire, clock).get("Invoices"),
		lambda wire, clock: api_on(wire, clock).send("PUT", "Invoices", b"{}", key="k"),
		lambda wire, clock: app_on(wire, clock).refresh(token(clock)),
		lambda wire, clock: app_on(wire, clock).client_credentials(),
		lambda wire, clock: app_on(wire, clock).revoke(token(clock)),
		lambda wire, clock: app_on(wire, clock).connections(token(clock)),
		lambda wire, clock: app_on(wire, clock).disconnect(token(clock), "connection-1"),
	],
)
def test_no_frame_shows_a_secret(act: Callable[[Any, ManualClock], object], clock: ManualClock) -> None:
	wire = Broken()
	with pytest.raises(Bug) as caught:
		act(wire, clock)
	shown = printed(caught.value.__traceback__)
	assert caught.value.__suppress_context__
	assert "xero_connector" in shown or "XeroApi" in shown or "OAuthApp" in shown
	for secret in (ACCESS, REFRESH, SECRET):
		assert secret not in shown
	carried = str(wire.sent[0].headers) + str(wire.sent[0].body)
	assert "Authorization" in carried


def test_a_proof_key_does_not_show_its_verifier() -> None:
	proof = Pkce.new()
	assert proof.verifier not in repr(proof)
