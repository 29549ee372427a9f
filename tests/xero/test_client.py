"""Each way a call can end, by what one may do next."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import gaierror

import pytest
import requests
from urllib3 import HTTPSConnectionPool
from urllib3.connection import HTTPConnection
from urllib3.exceptions import (
	ConnectTimeoutError,
	MaxRetryError,
	NameResolutionError,
	NewConnectionError,
	ProtocolError,
)
from urllib3.exceptions import SSLError as TlsError

from tests.conftest import World
from tests.xero.wire import (
	ACCESS,
	JSON,
	REFRESH,
	SECRET,
	TENANT,
	Recorded,
	answer,
	api_at,
	api_on,
	closed_port,
	token,
	whole_chain,
)
from xero_connector.clock import ManualClock
from xero_connector.xero import (
	BadAnswer,
	Disconnected,
	MemoryTokens,
	Missing,
	RateLimited,
	Refused,
	Uncertain,
	Unreachable,
	XeroApi,
	XeroError,
)

Call = Callable[[XeroApi], None]
CONNECTION = HTTPConnection("api.xero.com")
POOL = HTTPSConnectionPool("api.xero.com")
URL = "/api.xro/2.0/Invoices"
HTML_404 = b"<html><body>The resource you're looking for cannot be found</body></html>"
VALIDATION = b"""{"ErrorNumber": 10, "Type": "ValidationException",
"Message": "A validation exception occurred",
"Elements": [{"InvoiceNumber": "SO-1", "InvoiceID": "00000000-0000-0000-0000-000000000000",
"ValidationErrors": [{"Message": "Invoice # must be unique."},
{"Message": "Account code '999' is not a valid code for this document."}]}]}"""
EXPIRED = b"""{"Title": "Unauthorized", "Status": 401,
"Detail": "TokenExpired: token expired at 11/22/2026 09:00:00"}"""
WRONG_TENANT = b"""{"Title": "Forbidden", "Status": 403, "Detail": "AuthenticationUnsuccessful"}"""


def get(api: XeroApi) -> None:
	api.get("Invoices")


def put(api: XeroApi) -> None:
	api.send("PUT", "Invoices", b'{"Invoices":[]}', key="key-1")


def refused(reason: Exception) -> requests.ConnectionError:
	"""What requests raises when urllib3 gave up for this reason."""
	return requests.ConnectionError(MaxRetryError(POOL, URL, reason))


# what goes out


def test_a_read_goes_out_whole_and_once(clock: ManualClock) -> None:
	wire = Recorded(answer(200, b'{"Invoices": [{"Total": 1.10}]}', xero_correlation_id="c-1"))
	api = api_on(wire, clock)
	got = api.get("Invoices", {"page": 1, "where": 'Type=="ACCREC"'}, modified_since="2026-11-22T08:00:00")
	(sent,) = wire.sent
	assert sent.method == "GET"
	assert sent.url == "https://api.xero.com/api.xro/2.0/Invoices?page=1&where=Type%3D%3D%22ACCREC%22"
	assert sent.headers["Authorization"] == f"Bearer {ACCESS}"
	assert sent.headers["xero-tenant-id"] == TENANT
	assert sent.headers["Accept"] == "application/json"
	assert sent.headers["If-Modified-Since"] == "2026-11-22T08:00:00"
	assert "Idempotency-Key" not in sent.headers
	assert sent.body is None
	assert got.status == 200
	assert got.correlation_id == "c-1"
	assert str(got.records("Invoices")[0]["Total"]) == "1.10"
	assert api.calls == 1


def test_a_write_carries_its_key_and_its_very_bytes(clock: ManualClock) -> None:
	wire = Recorded(answer(200, b'{"Invoices": []}'))
	body = '{"Invoices":[{"Reference":"Zoë"}]}'.encode()
	api_on(wire, clock).send("PUT", "Invoices", body, key="key-1", params={"summarizeErrors": "false"})
	(sent,) = wire.sent
	assert sent.method == "PUT"
	assert sent.url == "https://api.xero.com/api.xro/2.0/Invoices?summarizeErrors=false"
	assert sent.headers["Idempotency-Key"] == "key-1"
	assert sent.headers["Content-Type"] == "application/json"
	assert "If-Modified-Since" not in sent.headers
	assert sent.body == body


@pytest.mark.parametrize("call", [get, put])
def test_every_call_has_time_outs_and_follows_no_redirect(clock: ManualClock, call: Call) -> None:
	wire = Recorded(answer(302, b"", "text/html", Location="https://elsewhere.test/steal"), answer(200))
	with pytest.raises(BadAnswer, match="Xero answered 302") as caught:
		call(api_on(wire, clock))
	assert caught.value.status == 302
	assert [sent.url for sent in wire.sent] == ["https://api.xero.com/api.xro/2.0/Invoices"]
	assert wire.options[0]["timeout"] == (10, 60)


def test_an_answer_without_content_is_good(clock: ManualClock) -> None:
	api = api_on(Recorded(answer(204, b"", "text/plain")), clock)
	assert api.send("POST", "Invoices/1/Email", b"{}", key="key-1").data == {}


def test_the_simulator_is_read(world: World) -> None:
	(organisation,) = world.api.get("Organisation").records("Organisations")
	assert organisation["Name"] == "Wind Power LLC"
	assert world.api.get("Organisation").correlation_id != ""


# answers that are errors


@pytest.mark.parametrize(
	("status", "body", "content_type", "kind", "message"),
	[
		(404, HTML_404, "text/html", Missing, "Xero has no such record."),
		(500, b"An error occurred", "text/plain", Unreachable, "Xero answered 500."),
		(503, b"The organisation is offline", "text/plain", Unreachable, "Xero answered 503."),
		(501, b"", "text/plain", Unreachable, "Xero answered 501."),
		(412, b"Precondition", "text/plain", BadAnswer, "Xero answered 412."),
		(304, b"", "text/plain", BadAnswer, "Xero answered 304."),
		(400, b'{"Title": "Bad", "Detail": "No page"}', JSON, Refused, "No page"),
		(400, b'["not", "an object"]', JSON, Refused, "Xero answered 400."),
		(400, b'{"Mess', JSON, Refused, "Xero answered 400."),
		(403, WRONG_TENANT, JSON, Disconnected, "Xero refused access: AuthenticationUnsuccessful"),
		(500, b'{"Message": "Oh no"}', JSON, Unreachable, "Oh no"),
		(
			200,
			b'{"Invoices": [{"InvoiceID": "1"',
			JSON,
			BadAnswer,
			"Xero's answer is cut off or is not JSON.",
		),
		(200, HTML_404, "text/html", BadAnswer, "Xero's answer is cut off or is not JSON."),
		(200, b"[]", JSON, BadAnswer, "Xero's answer is not an object."),
	],
)
def test_a_failed_read(
	clock: ManualClock, status: int, body: bytes, content_type: str, kind: type[XeroError], message: str
) -> None:
	wire = Recorded(answer(status, body, content_type, xero_correlation_id="c-9"))
	with pytest.raises(XeroError) as caught:
		get(api_on(wire, clock))
	assert type(caught.value) is kind
	assert str(caught.value) == message
	assert caught.value.status == status
	assert caught.value.correlation_id == "c-9"
	assert len(wire.sent) == 1, "never retried by the client"


@pytest.mark.parametrize(
	("status", "body", "content_type", "replayable"),
	[
		(500, b"An error occurred", "text/plain", False),
		(501, b"", "text/plain", True),
		(502, b"<html>", "text/html", True),
		(503, b"The organisation is offline", "text/plain", True),
		(200, b'{"Invoices": [{"InvoiceID": "1"', JSON, True),
		(200, b"", JSON, True),
		(200, b"null", JSON, True),
		(200, b"[]", JSON, True),
	],
)
def test_a_write_whose_end_nobody_knows(
	clock: ManualClock, status: int, body: bytes, content_type: str, replayable: bool
) -> None:
	wire = Recorded(answer(status, body, content_type))
	with pytest.raises(Uncertain) as caught:
		put(api_on(wire, clock))
	assert caught.value.replayable is replayable
	assert caught.value.status == status
	assert len(wire.sent) == 1, "never retried by the client"


def test_a_refused_write_names_its_elements(clock: ManualClock) -> None:
	with pytest.raises(Refused) as caught:
		put(api_on(Recorded(answer(400, VALIDATION)), clock))
	assert str(caught.value) == (
		"Invoice # must be unique. Account code '999' is not a valid code for this document."
	)
	assert [element["InvoiceNumber"] for element in caught.value.elements] == ["SO-1"]
	assert caught.value.status == 400


@pytest.mark.parametrize(
	"body",
	[
		b'{"Message": "No.", "Elements": 7}',
		b'{"Message": "No.", "Elements": {"a": 1}}',
		b'{"Message": "No.", "Elements": [7, null, {"ValidationErrors": 7}]}',
		b'{"Message": "No.", "Elements": [{"ValidationErrors": ["text", null]}]}',
	],
)
def test_a_refused_write_with_odd_elements_is_refused_all_the_same(clock: ManualClock, body: bytes) -> None:
	with pytest.raises(Refused, match=r"^No\.$"):
		put(api_on(Recorded(answer(400, body)), clock))


@pytest.mark.parametrize(
	("headers", "problem", "seconds"),
	[
		({"X_Rate_Limit_Problem": "minute", "Retry_After": "37"}, "minute", 37),
		({"X_Rate_Limit_Problem": "Day", "Retry_After": "64800"}, "day", 64800),
		({"X_Rate_Limit_Problem": "concurrent"}, "concurrent", 5),
		({}, "minute", 5),
		({"Retry_After": "Sun, 22 Nov 2026 10:00:00 GMT"}, "minute", 5),
		({"Retry_After": "inf"}, "minute", 5),
		({"Retry_After": "nan"}, "minute", 5),
		({"Retry_After": "-3"}, "minute", 5),
	],
)
@pytest.mark.parametrize("call", [get, put])
def test_a_limit_reached(
	clock: ManualClock, headers: dict[str, str], problem: str, seconds: float, call: Call
) -> None:
	wire = Recorded(answer(429, b"", "text/plain", xero_correlation_id="c-2", **headers))
	with pytest.raises(RateLimited) as caught:
		call(api_on(wire, clock))
	assert (caught.value.problem, caught.value.retry_after) == (problem, seconds)
	assert caught.value.correlation_id == "c-2"
	assert len(wire.sent) == 1
	assert clock.now().isoformat() == "2026-11-22T09:00:00+00:00", "a limit is raised, not slept"


def test_an_answer_without_the_list_asked_for(clock: ManualClock) -> None:
	for body in (b"{}", b'{"Invoices": {}}', b'{"Invoices": [1]}'):
		got = api_on(Recorded(answer(200, body, xero_correlation_id="c-3")), clock).get("Invoices")
		with pytest.raises(BadAnswer, match="no list of Invoices") as caught:
			got.records("Invoices")
		assert caught.value.correlation_id == "c-3"


# no answer


@pytest.mark.parametrize(
	"failure",
	[
		refused(NewConnectionError(CONNECTION, "Connection refused")),
		refused(NameResolutionError("api.xero.com", CONNECTION, gaierror("unknown"))),
		requests.ConnectTimeout(MaxRetryError(POOL, URL, ConnectTimeoutError(POOL, "slow"))),
		requests.exceptions.SSLError(
			MaxRetryError(POOL, URL, TlsError(ssl.SSLCertVerificationError(1, "certificate verify failed")))
		),
	],
)
def test_a_write_that_never_left(clock: ManualClock, failure: Exception) -> None:
	with pytest.raises(Unreachable, match="Xero cannot be reached") as caught:
		put(api_on(Recorded(failure), clock))
	assert caught.value.status == 0


@pytest.mark.parametrize(
	"failure",
	[
		requests.ReadTimeout("read timed out"),
		requests.ConnectionError(ProtocolError("Connection aborted.", ConnectionResetError(104, "reset"))),
		requests.exceptions.ChunkedEncodingError("Connection broken: IncompleteRead"),
		requests.exceptions.SSLError(MaxRetryError(POOL, URL, TlsError(ssl.SSLEOFError(8, "EOF occurred")))),
		requests.exceptions.SSLError("[SSL: DECRYPTION_FAILED_OR_BAD_RECORD_MAC]"),
	],
)
def test_a_write_that_went_out_and_got_no_answer(clock: ManualClock, failure: Exception) -> None:
	wire = Recorded(failure)
	with pytest.raises(Uncertain, match="Xero did not answer") as caught:
		put(api_on(wire, clock))
	assert caught.value.replayable is True
	assert caught.value.status == 0
	assert len(wire.sent) == 1


def test_a_read_without_an_answer_is_only_unreachable(clock: ManualClock) -> None:
	for failure in (requests.ReadTimeout("read timed out"), requests.ConnectionError("reset")):
		with pytest.raises(Unreachable):
			get(api_on(Recorded(failure), clock))


def test_nobody_listens(clock: ManualClock) -> None:
	"""On the network: a refused connection is known to have carried nothing."""
	for call in (get, put):
		api = api_at(f"http://127.0.0.1:{closed_port()}", clock)
		with pytest.raises(Unreachable) as caught:
			call(api)
		assert str(caught.value) == "Xero cannot be reached (ConnectionError)."
		assert ACCESS not in whole_chain(caught.value)
		assert api.calls == 1


@contextmanager
def server(raw: bytes) -> Iterator[tuple[str, list[str]]]:
	"""A server of this machine that answers everything with these bytes and hangs up."""
	seen: list[str] = []

	class Handler(BaseHTTPRequestHandler):
		def _any(self) -> None:
			self.rfile.read(int(self.headers.get("Content-Length") or 0))
			seen.append(f"{self.command} {self.path}")
			self.wfile.write(raw)
			self.close_connection = True

		do_GET = do_PUT = do_POST = _any

		def log_message(self, format: str, *args: object) -> None:
			"""Not to the test's output."""

	running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
	thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
	thread.start()
	try:
		yield f"http://127.0.0.1:{running.server_port}", seen
	finally:
		running.shutdown()
		thread.join()
		running.server_close()


CUT_OFF = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{"Invoices": ['
MOVED = b"HTTP/1.1 307 Temporary Redirect\r\nLocation: /api.xro/2.0/Elsewhere\r\nContent-Length: 0\r\n\r\n"


@pytest.mark.parametrize(
	("raw", "of_a_read", "of_a_write"),
	[
		(CUT_OFF, Unreachable, Uncertain),
		(b"", Unreachable, Uncertain),
		(b"HTTP/1.1 200 OK\r\n\r\n{", BadAnswer, Uncertain),
		(MOVED, BadAnswer, BadAnswer),
	],
	ids=["cut off", "hung up", "half a JSON", "redirect"],
)
def test_on_the_network(
	clock: ManualClock, raw: bytes, of_a_read: type[XeroError], of_a_write: type[XeroError]
) -> None:
	with server(raw) as (url, seen):
		with pytest.raises(of_a_read):
			get(api_at(url, clock))
		assert seen == ["GET /api.xro/2.0/Invoices"]
		seen.clear()
		with pytest.raises(of_a_write):
			put(api_at(url, clock))
		assert seen == ["PUT /api.xro/2.0/Invoices"], "a write is never sent twice by itself"


# the token of a call


def fresh(access: str) -> requests.Response:
	body = f'{{"access_token": "{access}", "refresh_token": "next", "expires_in": 1800}}'
	return answer(200, body.encode())


def test_an_expired_token_is_renewed_and_the_same_call_sent_again(clock: ManualClock) -> None:
	wire = Recorded(answer(401, EXPIRED), fresh("newer"), answer(200, b'{"Invoices": []}'))
	store = MemoryTokens(token(clock))
	put(api_on(wire, clock, store))
	first, login, second = wire.sent
	assert login.url == "https://identity.xero.com/connect/token"
	assert login.body == f"grant_type=refresh_token&refresh_token={REFRESH}"
	assert first.headers["Authorization"] == f"Bearer {ACCESS}"
	assert second.headers["Authorization"] == "Bearer newer"
	assert (second.method, second.url, second.body) == (first.method, first.url, first.body)
	assert second.headers["Idempotency-Key"] == first.headers["Idempotency-Key"] == "key-1"
	assert store.token is not None and store.token.access_token == "newer"


def test_a_token_that_is_expired_again_is_not_renewed_for_ever(clock: ManualClock) -> None:
	wire = Recorded(answer(401, EXPIRED), fresh("newer"), answer(401, EXPIRED))
	with pytest.raises(Disconnected, match="TokenExpired"):
		get(api_on(wire, clock))
	assert len(wire.sent) == 3


@pytest.mark.parametrize(
	("body", "content_type"),
	[
		(b'{"Detail": "AuthenticationUnsuccessful"}', JSON),
		(b'{"error": "invalid_token"}', JSON),
		(b"{}", JSON),
		(b"", "text/plain"),
		(b"<html>401</html>", "text/html"),
	],
)
def test_any_401_gets_one_fresh_token_before_somebody_must_connect(
	clock: ManualClock, body: bytes, content_type: str
) -> None:
	wire = Recorded(answer(401, body, content_type), fresh("newer"), answer(200, b'{"Invoices": []}'))
	get(api_on(wire, clock))
	assert wire.sent[2].headers["Authorization"] == "Bearer newer"
	wire = Recorded(answer(401, body, content_type), fresh("newer"), answer(401, body, content_type))
	with pytest.raises(Disconnected):
		get(api_on(wire, clock))
	assert len(wire.sent) == 3


def test_a_403_renews_no_token(clock: ManualClock) -> None:
	wire = Recorded(answer(403, EXPIRED))
	with pytest.raises(Disconnected):
		get(api_on(wire, clock))
	assert len(wire.sent) == 1


def test_a_token_expires_in_the_simulator(world: World) -> None:
	for _ in range(3):
		world.clock.sleep(31 * 60)
		assert world.api.get("Organisation").status == 200


@pytest.mark.parametrize(
	"recording",
	[
		requests.ReadTimeout("read timed out"),
		refused(NewConnectionError(CONNECTION, "Connection refused")),
		answer(400, VALIDATION),
		answer(403, WRONG_TENANT),
		answer(500, b"oops", "text/plain"),
		answer(200, b'{"cut', JSON),
		answer(429, b"", "text/plain", Retry_After="1"),
	],
)
def test_no_error_says_a_secret(clock: ManualClock, recording: requests.Response | Exception) -> None:
	with pytest.raises(XeroError) as caught:
		put(api_on(Recorded(recording), clock))
	said = whole_chain(caught.value)
	assert said
	for secret in (ACCESS, REFRESH, SECRET):
		assert secret not in said
