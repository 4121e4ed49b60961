"""The client against real servers that fail in all the ways servers do."""

from __future__ import annotations

import gzip
import json
import time
import traceback
from contextlib import nullcontext, suppress
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from identity_sdk.errors import (
    AccessDenied,
    ApiError,
    IdentityError,
    NotAuthenticated,
    NotFound,
    Rejected,
    SettingsError,
    TooLarge,
)
from identity_sdk.exchange import Request, fill
from identity_sdk.http.auth import StaticToken
from identity_sdk.http.error_mapping import ErrorMapping
from identity_sdk.http.workers import SharedCounter
from tests.local_http import (
    CHUNKED,
    HEAD,
    TOKEN,
    USERS,
    Reply,
    Trick,
    at_most,
    client_of,
    drip,
    failure,
    hang,
    json_reply,
    plain,
    raw,
    reset,
    script,
    serve,
    talk,
    truncated,
)

if TYPE_CHECKING:
    import socket
    import threading
    from pathlib import Path


# What is sent


def test_a_request_goes_out_as_described() -> None:
    search = Request(
        "/a%2Fb/%C3%BC",
        {"q": 'x & "ü"', "count": 5, "none": None},
        {"deep": ["ü", Decimal("1.10")]},
        {"X-Own": "1", "authorization": "Bearer other"},
    )
    with talk(json_reply([]), accept="application/scim+json") as (server, client):
        client.get(search)
        client.get(Request("/plain", {"none": None}))
    post, get = server.requests
    assert (post.method, post.path) == ("POST", "/a%2Fb/%C3%BC?q=x+%26+%22%C3%BC%22&count=5")
    assert json.loads(post.body, parse_float=Decimal) == {"deep": ["ü", Decimal("1.10")]}
    assert b"1.10" in post.body
    assert post.headers["content-type"] == "application/json"
    assert post.headers["authorization"] == f"Bearer {TOKEN}"
    assert post.headers["x-own"] == "1"
    assert (get.method, get.path, get.body) == ("GET", "/plain", b"")
    assert get.headers["accept"] == "application/scim+json"
    assert "content-type" not in get.headers


@pytest.mark.parametrize("identity", [".", ".."])
def test_an_id_of_dots_does_not_lead_to_another_endpoint(identity: str) -> None:
    with talk(json_reply([])) as (server, client):
        try:
            client.get(Request(fill("/users/{id}/roles", {"id": identity})))
        except (IdentityError, ValueError):
            assert not server.requests
        else:
            assert server.requests[0].path == f"/users/{identity}/roles"


def test_cookies_are_not_kept() -> None:
    with talk(json_reply([], Set_Cookie="sid=1; Path=/")) as (server, client):
        client.get(USERS)
        client.get(USERS)
    assert [seen.headers.get("cookie") for seen in server.requests] == [None, None]


def test_a_netrc_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password else\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    with talk(json_reply([])) as (server, client):
        client.get(USERS)
    assert server.requests[0].headers["authorization"] == f"Bearer {TOKEN}"


@pytest.mark.parametrize("token", ["s3cret\nt0ken", "s3cret-t0ken…"])
def test_a_token_that_fits_no_header_is_refused_without_telling_it(token: str) -> None:
    with serve(script(json_reply([]))) as server, pytest.raises(IdentityError) as caught:  # noqa: SIM117
        with client_of(server.url, StaticToken(token)) as client:
            client.get(USERS)
    assert "s3cret" not in "".join(traceback.format_exception(caught.value))


# Success


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"n": 1.10}', {"n": Decimal("1.10")}),
        (b"[0.1234567890123456789012345678901234567890]", [Decimal(f"0.{'1234567890' * 4}")]),
        (b"[18446744073709551616, -%d]" % 10**40, [2**64, -(10**40)]),
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),
        (b"[NaN, Infinity, -Infinity, 1.10]", [None, None, None, Decimal("1.10")]),
        (rb'{"\ud800": "x\udfffy"}', {"\ufffd": "x\ufffdy"}),
        (rb'["\ud83d\ude00"]', ["😀"]),
        (
            rb'{"a\u0000": ["b\u0000", 1.10, {"c": "\u0000"}]}',
            {"a": ["b", Decimal("1.10"), {"c": ""}]},
        ),
        (rb'["\\u0000", "\u0000\ud83d\ude00"]', [r"\u0000", "😀"]),
    ],
)
def test_a_body_is_decoded_exactly(body: bytes, expected: object) -> None:
    with talk(plain(body, X_Some="Thing")) as (_, client):
        response = client.get(USERS)
    assert (response.status, response.body) == (200, expected)
    assert str(response.body) == str(expected)
    assert response.headers["x-some"] == "Thing"


def test_a_large_compressed_body_comes_whole() -> None:
    numbers = [123_456_789] * 1_000_000
    packed = plain(gzip.compress(json.dumps(numbers).encode()), Content_Encoding="gzip")
    with talk(packed) as (_, client):
        assert client.get(USERS).body == numbers


def test_a_number_beyond_decimal_is_no_crash() -> None:
    huge = plain(b"[1E99999999999999999999]")
    with talk(huge, retries=0) as (_, client), suppress(ApiError):
        assert isinstance(client.get(USERS).body, list)


# Refusals that last


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, Rejected),
        (401, NotAuthenticated),
        (403, AccessDenied),
        (404, NotFound),
        (409, Rejected),
        (413, TooLarge),
        (501, Rejected),
    ],
)
def test_a_status_that_lasts_is_told_at_once(status: int, kind: type[ApiError]) -> None:
    body = {"scimType": "invalidFilter", "detail": "private", "echo": TOKEN}
    count = SharedCounter()
    reply = json_reply(body, status, X_Request_Id="req:1")
    error_mapping = ErrorMapping({status: "Do this."}, codes=("scimType",))
    error = failure(reply, error_mapping=error_mapping, counter=count)
    assert str(error) == (
        f"GET /users answered {status} (invalidFilter, request id req:1). Do this."
    )
    assert type(error) is kind
    assert (error.status, error.body) == (status, body)
    assert count.count == 1


@pytest.mark.parametrize("body", [b'{"error": "private text"}', b'["private"]', b"\xff"])
def test_only_a_plain_code_is_told(body: bytes) -> None:
    error = failure(plain(body, 400, X_Request_Id="<private>"))
    assert str(error) == "GET /users answered 400."


def test_a_token_echoed_as_error_code_is_not_told() -> None:
    error = failure(json_reply({"error": TOKEN}, 400, X_Request_Id=TOKEN))
    assert TOKEN not in str(error)


class Numbered:
    """Numbered credentials, as many as there are."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.rejected: list[str] = []

    def header(self, exchange: object) -> str:
        return f"Bearer {len(self.rejected)}"

    def grant(self, exchange: object) -> None:
        return None

    def renew(self, rejected: str) -> bool:
        self.rejected.append(rejected)
        return len(self.rejected) < self.most


@pytest.mark.parametrize(
    ("replies", "most", "requests", "renewals"),
    [
        ([json_reply({}, 401), json_reply([])], 9, 2, 1),
        ([json_reply({}, 401)], 9, 2, 1),
        ([json_reply({}, 401)], 1, 1, 1),
        ([json_reply({}, 403)], 9, 1, 0),
    ],
)
def test_a_rejected_credential_is_renewed_once(
    replies: list[Reply], most: int, requests: int, renewals: int
) -> None:
    auth = Numbered(most)
    denied = nullcontext() if len(replies) > 1 else pytest.raises(AccessDenied)
    with talk(*replies, auth=auth) as (server, client), denied:
        client.get(USERS)
    sent = [seen.headers["authorization"] for seen in server.requests]
    assert sent == [f"Bearer {number}" for number in range(requests)]
    assert auth.rejected == sent[:renewals]


class TimedOut:
    """An authenticator whose token endpoint does not answer."""

    lost: frozenset[str] = frozenset()

    def header(self, exchange: object) -> str:
        raise TimeoutError("token endpoint")

    def grant(self, exchange: object) -> None:
        return None

    def renew(self, rejected: str) -> bool:
        return False


def test_a_timeout_outside_of_the_request_is_passed_on() -> None:
    with (
        client_of("http://127.0.0.1:9", TimedOut()) as client,
        at_most(2, client),
        pytest.raises((TimeoutError, ApiError), match="token endpoint"),
    ):
        client.get(USERS)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("request_", [USERS, Request("/users", json={})])
def test_a_redirect_is_not_followed(status: int, request_: Request) -> None:
    with serve(script(json_reply([]))) as other:
        error = failure(plain(b"", status, Location=f"{other.url}/private"), request=request_)
        assert not other.requests
    assert f"redirected to {other.url}, which" in str(error)
    assert error.status == status


@pytest.mark.parametrize(
    "place", ["", "/private", "//", "http://[::1", "https://me:private@host/", "\x7f:"]
)
def test_an_odd_redirect_is_an_api_error_too(place: str) -> None:
    assert "redirected" in str(failure(plain(b"", 302, Location=place)))


def test_no_content_has_no_body() -> None:
    with talk(plain(b"", 204)) as (_, client):
        assert client.get(USERS).body is None


# Failures that may pass

HTML = plain(b"<html>private</html>", Content_Type="text/html")
CUT_CHUNK = raw(CHUNKED + b"2\r\n[]\r\n")
BAD_GZIP = plain(b"private", Content_Encoding="gzip")


@pytest.mark.parametrize(
    ("reply", "expected", "status"),
    [
        (json_reply({"error": "private"}, 500), "answered 500", 500),
        (json_reply({}, 503), "answered 503", 503),
        (json_reply({}, 504), "answered 504", 504),
        (reset, "(connection reset by the server)", None),
        (raw(b""), "(connection closed by the server)", None),
        (raw(b"private\r\n\r\n"), "failed at http://127.0.0.1:", None),
        (truncated(b"[]"), "(the response was cut off)", None),
        (CUT_CHUNK, "failed at http://127.0.0.1:", None),
        (BAD_GZIP, "failed at http://127.0.0.1:", None),
        (plain(b" \r\n"), "answered 200 without a body", None),
        (HTML, "something other than JSON (text/html)", 200),
        (plain(b"[1,"), "something other than JSON (no content type)", 200),
    ],
)
def test_a_failure_is_repeated_then_given_up(
    reply: Reply | Trick, expected: str, status: int | None
) -> None:
    count = SharedCounter()
    error = failure(reply, error_mapping=ErrorMapping({503: "Wait."}), counter=count)
    assert type(error) is (TooLarge if status == 504 else ApiError)
    assert expected in str(error)
    tries = 2 if status == 504 else 3  # what is too slow twice is asked for in smaller pieces
    assert f"{tries} times in a row" in str(error)
    assert str(error).endswith("Wait.") == (status == 503)
    assert (error.status, count.count) == (status, tries)


def test_a_failure_that_passes_is_not_noticed() -> None:
    replies = (json_reply({}, 502), reset, truncated(b"[]"), HTML, json_reply([1]))
    with talk(*replies, retries=4) as (server, client):
        assert client.get(USERS).body == [1]
    assert (client.requests.count, len(server.requests)) == (5, 5)


def test_nobody_listens() -> None:
    with serve(script(json_reply([]))) as server:
        pass
    text = r"failed at http://127.0.0.1:\d+ \(connection refused\), 2 times"
    with client_of(server.url, retries=1) as client, pytest.raises(ApiError, match=text):
        client.get(USERS)


def test_a_header_that_comes_twice_is_a_list() -> None:
    """RFC 9110 §5.2. The last one alone could be taken for a total."""

    def twice(connection: socket.socket, closing: threading.Event) -> None:
        head = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTotal: 10\r\nTOTAL: 5\r\n\r\n[]"
        connection.sendall(head)

    with serve(script(twice)) as server, client_of(server.url) as client:
        assert client.get(USERS).headers["total"] == "10, 5"


@pytest.mark.parametrize("url", ["https://.example.com", "https://*.example.com"])
def test_a_host_that_is_none_is_refused(url: str) -> None:
    with client_of(url) as client, pytest.raises(SettingsError) as caught:
        client.get(USERS)
    assert str(caught.value) == f"{url} is not a host that can be reached."


# Time


def _late(connection: socket.socket, closing: threading.Event) -> None:
    """Headers well within the time-out, and a body well within it thereafter."""
    closing.wait(0.5)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n")
    for piece in (b"[", b"1", b",", b"1", b" ", b"]"):
        closing.wait(0.08)
        connection.sendall(piece)


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(hang, id="no answer"),
        pytest.param(drip(HEAD % b"200 OK", b" ", 0.05), id="slow body"),
        pytest.param(drip(CHUNKED, b"1\r\n \r\n", 0.05), id="slow chunks"),
        pytest.param(drip(HEAD % b"500 Oh\r\nLocation: /", b" ", 0.05), id="slow error"),
        pytest.param(_late, id="late headers then a slow body"),
    ],
)
def test_a_request_ends_at_its_timeout(reply: Trick) -> None:
    began = time.monotonic()
    error = failure(reply, timeout=0.6, retries=0)
    assert isinstance(error, TooLarge)
    assert "took longer than 0.6 s" in str(error)
    assert 0.5 < time.monotonic() - began < 2


def test_a_redirect_whose_body_never_ends_is_not_waited_for() -> None:
    endless = drip(HEAD % b"302 Found\r\nLocation: /x", b" ", 0.05)
    assert "longer than 0.5 s" in str(failure(endless, timeout=0.5, retries=0))


def test_a_closed_client_does_not_hang() -> None:
    with talk(json_reply([])) as (_, client), at_most(2, client):
        client.get(USERS)
        client.close()
        with pytest.raises((IdentityError, RuntimeError)):
            client.get(USERS)
        assert not client.stop.is_set()
