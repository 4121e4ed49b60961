"""Tokens from a token endpoint: by hand, under a clock, from many threads, over real HTTP."""

from __future__ import annotations

import json
import logging
import threading
import time
import traceback
from base64 import urlsafe_b64encode
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import pytest

from identity_sdk.auth import TokenEndpoint, client_credentials
from identity_sdk.dialect import Dialect
from identity_sdk.errors import (
    AccessDenied,
    ApiError,
    IdentityError,
    SettingsError,
    Stopped,
)
from identity_sdk.exchange import Request, Response
from tests.local_http import (
    USERS,
    Reply,
    Trick,
    at_most,
    client_of,
    hang,
    plain,
    reset,
    serve,
    told,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SECRET = "cl1ent-s3cret"
TOKEN_PATH = "/oidc/token"


class Clock:
    """Time that passes only where a test says so."""

    def __init__(self) -> None:
        self.time = 1000.0

    def __call__(self) -> float:
        return self.time


class Issuer:
    """A token endpoint that issues `token-1`, `token-2` and so on, or what it is told to."""

    def __init__(self, body: Any = None, error: Exception | None = None, **fields: Any) -> None:
        self.fields = fields
        self.body = body
        self.error = error
        self.requests: list[Request] = []
        self.slow = 0.0
        self._lock = threading.Lock()

    def __call__(self, request: Request) -> Response:
        with self._lock:
            self.requests.append(request)
            number = len(self.requests)
        time.sleep(self.slow)
        if self.error is not None:
            raise self.error
        if self.body is not None:
            return Response(200, self.body)
        return Response(200, {"access_token": f"token-{number}", **self.fields})

    @property
    def count(self) -> int:
        return len(self.requests)


def endpoint(clock: Callable[[], float] | None = None) -> TokenEndpoint:
    request = client_credentials(("https://auth.example", TOKEN_PATH), "me", SECRET)
    return TokenEndpoint(request, clock=clock or Clock())


def together(job: Callable[[], Any], threads: int = 16) -> list[Any]:
    """What a job returns to each of many threads that do it at once."""
    barrier = threading.Barrier(threads)

    def one() -> Any:
        barrier.wait()
        return job()

    with ThreadPoolExecutor(threads) as pool:
        return [each.result() for each in [pool.submit(one) for _ in range(threads)]]


# One token


def test_many_threads_share_one_token() -> None:
    issuer, auth = Issuer(expires_in=3600), endpoint()
    issuer.slow = 0.05
    assert set(together(lambda: auth.header(issuer))) == {"Bearer token-1"}
    assert issuer.count == 1


def test_many_threads_renew_an_old_token_once() -> None:
    clock = Clock()
    issuer, auth = Issuer(expires_in=3600), endpoint(clock)
    auth.header(issuer)
    clock.time += 3600
    issuer.slow = 0.05
    assert set(together(lambda: auth.header(issuer))) == {"Bearer token-2"}
    assert issuer.count == 2


@pytest.mark.parametrize(
    ("life", "renewed_after"),
    [
        (3600, 3540),
        ("3600", 3540),
        (" 600 ", 540),
        (600, 540),
        (599, 539.1),
        (100, 90),
        (10, 9),
        (1, 0.9),
        (1e12, 1e12 - 60),
        (None, 3540),
        ("soon", 3540),
        ("", 3540),
        ([], 3540),
        ({}, 3540),
    ],
)
def test_a_token_is_renewed_before_it_expires(life: Any, renewed_after: float) -> None:
    clock = Clock()
    issuer, auth = Issuer(expires_in=life), endpoint(clock)
    auth.header(issuer)
    clock.time += renewed_after - 0.01
    assert auth.header(issuer) == "Bearer token-1"
    clock.time += 0.02
    assert auth.header(issuer) == "Bearer token-2"
    assert issuer.count == 2


def test_a_token_without_a_life_is_taken_to_live_an_hour() -> None:
    clock = Clock()
    issuer, auth = Issuer(), endpoint(clock)
    auth.header(issuer)
    clock.time += 3539
    assert auth.header(issuer) == "Bearer token-1"
    clock.time += 2
    assert auth.header(issuer) == "Bearer token-2"


@pytest.mark.parametrize("life", ["NaN", "Infinity", "-Infinity", "1e400", 10**300])
def test_a_token_with_an_endless_life_is_kept(life: Any) -> None:
    clock = Clock()
    issuer, auth = Issuer(expires_in=life), endpoint(clock)
    for _ in range(20):
        auth.header(issuer)
        clock.time += 100
    assert issuer.count <= 2


@pytest.mark.parametrize("life", [0, -1, "0", "-3600", False])
def test_a_token_without_a_future_does_not_cost_one_for_each_request(life: Any) -> None:
    issuer, auth = Issuer(expires_in=life), endpoint()
    with suppress(ApiError):
        for _ in range(20):
            auth.header(issuer)
    assert issuer.count <= 4


def test_a_life_beyond_all_bounds_is_no_crash() -> None:
    issuer, auth = Issuer(expires_in=10**400), endpoint()
    assert auth.header(issuer) == "Bearer token-1"


def test_the_request_is_built_anew_for_each_token() -> None:
    clock, built = Clock(), iter(range(9))
    auth = TokenEndpoint(lambda: Request("/t", form={"n": str(next(built))}), clock=clock)
    issuer = Issuer(expires_in=100)
    for _ in range(3):
        auth.header(issuer)
        clock.time += 91
    assert [dict(request.form or {}) for request in issuer.requests] == [
        {"n": "0"},
        {"n": "1"},
        {"n": "2"},
    ]


# Rejected tokens


def test_a_rejected_token_is_replaced_once_for_all_threads() -> None:
    clock = Clock()
    issuer, auth = Issuer(expires_in=3600), endpoint(clock)
    rejected = auth.header(issuer)
    clock.time += 100
    assert set(together(lambda: auth.renew(rejected))) == {True}
    assert set(together(lambda: auth.header(issuer))) == {"Bearer token-2"}
    assert auth.renew(rejected)  # a late one
    assert auth.header(issuer) == "Bearer token-2"
    assert issuer.count == 2


def test_tokens_that_are_rejected_at_once_are_replaced_a_few_times_only() -> None:
    issuer, auth = Issuer(expires_in=3600), endpoint()
    answers = [auth.renew(auth.header(issuer)) for _ in range(20)]
    assert answers == [True] * 3 + [False] * 17
    assert issuer.count == 4


def test_tokens_that_are_rejected_late_are_replaced_each_time() -> None:
    clock = Clock()
    issuer, auth = Issuer(expires_in=3600), endpoint(clock)
    for _ in range(10):
        header = auth.header(issuer)
        clock.time += 61
        assert auth.renew(header)
    assert issuer.count == 10


# Errors


@pytest.mark.parametrize("error", [AccessDenied("no", 401), ApiError("no", 500), Stopped()])
def test_an_error_is_remembered_and_the_token_not_asked_for_again(error: IdentityError) -> None:
    issuer, auth = Issuer(error=error), endpoint()

    def kind() -> type[BaseException]:
        with pytest.raises(IdentityError) as caught:
            auth.header(issuer)
        return caught.type

    assert set(together(kind)) == {type(error)}
    assert kind() is type(error)
    assert issuer.count == 1


def test_a_token_that_was_good_is_given_up_for_the_error_of_its_renewal() -> None:
    clock = Clock()
    issuer, auth = Issuer(expires_in=100), endpoint(clock)
    auth.header(issuer)
    clock.time += 91
    issuer.error = ApiError("no", 503)
    for _ in range(3):
        with pytest.raises(ApiError, match="no"):
            auth.header(issuer)
    assert issuer.count == 2


@pytest.mark.parametrize(
    "body",
    [
        [],
        ["token"],
        "token",
        7,
        {},
        {"access_token": None},
        {"access_token": 7},
        {"access_token": ["x"]},
        {"error": "invalid_client"},
    ],
)
def test_an_answer_without_a_token_is_an_error(body: Any) -> None:
    issuer, auth = Issuer(body), endpoint()
    for _ in range(3):
        with pytest.raises(ApiError, match="without an access token"):
            auth.header(issuer)
    assert issuer.count == 1


@pytest.mark.parametrize("token", ["", "a b", "s3cret\nInjected: header", "s3cret\r\n", "s3crét"])
def test_a_token_that_fits_no_header_is_refused_without_telling_it(token: str) -> None:
    issuer, auth = Issuer({"access_token": token}), endpoint()
    for _ in range(3):
        with pytest.raises(SettingsError) as caught:
            auth.header(issuer)
        assert "s3c" not in "".join(traceback.format_exception(caught.value))
    assert issuer.count == 1


@pytest.mark.parametrize(
    ("scope", "granted"),
    [
        ("all read:users", {"all", "read:users"}),
        (" all\tall ", {"all"}),
        ("", set()),
        (None, None),
        (["all"], None),
        (7, None),
    ],
)
def test_the_scope_is_what_the_server_says(scope: Any, granted: set[str] | None) -> None:
    grant = endpoint().grant(Issuer(scope=scope))
    assert grant.scope == granted


def test_no_scope_at_all_is_not_an_empty_one() -> None:
    assert endpoint().grant(Issuer()).scope is None


def test_a_request_and_its_endpoint_do_not_show_the_secret() -> None:
    build = client_credentials(("https://auth.example", TOKEN_PATH), "me", SECRET, scope="all")
    request, auth = build(), TokenEndpoint(build)
    auth.header(Issuer({"access_token": SECRET}))
    shown = f"{request} {request!r} {build!r} {auth} {auth!r}"
    assert SECRET not in shown
    assert dict(request.form or {}) == {
        "grant_type": "client_credentials",
        "client_id": "me",
        "client_secret": SECRET,
        "scope": "all",
    }


def test_a_grant_does_not_show_its_token() -> None:
    assert SECRET not in repr(endpoint().grant(Issuer({"access_token": SECRET})))


# What a token says itself


def jwt(payload: bytes, header: bytes = b'{"alg": "RS256", "typ": "at+jwt"}') -> str:
    """A token in three parts, whose signature nobody looks at."""
    parts = (header, payload, b"signature")
    return ".".join(urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


@pytest.mark.parametrize(
    ("body", "granted"),
    [
        ({}, {"a", "b"}),
        ({"scope": "c"}, {"c"}),
        ({"scope": ""}, set()),
    ],
)
def test_a_token_says_what_was_granted_where_the_answer_does_not(
    body: dict[str, Any], granted: set[str] | None
) -> None:
    token = jwt(b'{"scope": "a b", "exp": 1, "aud": "https://api.example", "org": 7}')
    grant = endpoint().grant(Issuer({"access_token": token, **body}))
    assert grant.scope == granted
    assert (grant.token, grant.claims["org"]) == (token, 7)


@pytest.mark.parametrize(
    "token",
    [
        "opaque",
        "a.b.c",
        "..",
        "a.b.c.d.e",
        "é" * 3 + ".x.y",
        jwt(b"[]"),
        jwt(b"7"),
        jwt(b"\xff"),
        jwt(b"{"),
        jwt(b"{}", b"[]"),
        jwt(b"{}", b'{"alg": "none", "crit": 7}'),
        jwt(b"{}", b'{"alg": ["x"], "kid": 7, "b64": false}'),
        jwt(b'{"scope": ["a"], "exp": "never", "nbf": 99999999999, "iat": {}}'),
    ],
)
def test_an_opaque_or_broken_token_has_no_say_and_is_no_crash(token: str) -> None:
    auth = endpoint()
    if token.isascii():
        assert auth.grant(Issuer({"access_token": token})).scope is None
    else:
        with pytest.raises(SettingsError):
            auth.grant(Issuer({"access_token": token}))


def test_a_token_that_is_nested_too_deeply_is_no_crash() -> None:
    token = jwt(b'{"a":' * 50_000 + b"1" + b"}" * 50_000)
    assert endpoint().header(Issuer({"access_token": token})) == f"Bearer {token}"


# Over real HTTP


class Api:
    """An API and its token endpoint, on one server.

    Attributes:
        tokens: Answers of the token endpoint, the last one for ever; None issues a token.
        good: Tokens that the API takes; None takes all.
    """

    def __init__(self, *tokens: Reply | Trick | None, good: set[str] | None = None) -> None:
        self.tokens = list(tokens) or [None]
        self.good = good
        self.issued = 0
        self._lock = threading.Lock()

    def __call__(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> Reply | Trick:
        with self._lock:
            if path == TOKEN_PATH:
                answer = self.tokens.pop(0) if len(self.tokens) > 1 else self.tokens[0]
                if answer is not None:
                    return answer
                self.issued += 1
                return told({"access_token": f"token-{self.issued}", "expires_in": 3600})
            sent = headers["authorization"].removeprefix("Bearer ")
            return told([sent], 200 if self.good is None or sent in self.good else 401)


def auth_at(url: str) -> TokenEndpoint:
    return TokenEndpoint(client_credentials((url, TOKEN_PATH), "me & co", SECRET, scope="a b"))


def test_a_token_is_asked_for_by_a_form_and_without_a_credential() -> None:
    with serve(Api()) as server, client_of(server.url, auth_at(server.url)) as client:
        assert client.get(USERS).body == ["token-1"]
        assert client.get(USERS).body == ["token-1"]
    asked, *others = server.requests
    assert (asked.method, asked.path) == ("POST", TOKEN_PATH)
    assert asked.headers["content-type"] == "application/x-www-form-urlencoded"
    assert "authorization" not in asked.headers
    assert "cookie" not in asked.headers
    assert parse_qs(asked.body.decode()) == {
        "grant_type": ["client_credentials"],
        "client_id": ["me & co"],
        "client_secret": [SECRET],
        "scope": ["a b"],
    }
    assert [seen.headers["authorization"] for seen in others] == ["Bearer token-1"] * 2
    assert client.requests.count == 3


@pytest.mark.parametrize(
    ("fields", "granted"),
    [({"scope": "a b"}, {"a", "b"}), ({}, None), ({"scope": None}, None), ({"scope": ""}, set())],
)
def test_a_client_tells_what_was_granted_at_the_price_of_the_token_that_it_uses(
    fields: dict[str, Any], granted: set[str] | None
) -> None:
    api = Api(told({"access_token": "token-1", **fields}))
    with serve(api) as server, client_of(server.url, auth_at(server.url)) as client:
        for _ in range(2):
            grant = client.grant()
            assert grant is not None
            assert grant.scope == granted
        client.get(USERS)
    assert [seen.path for seen in server.requests] == [TOKEN_PATH, USERS.path]


def test_a_client_that_is_refused_a_token_tells_so_instead_of_what_was_granted() -> None:
    api = Api(told({"error": "invalid_client"}, 401))
    with serve(api) as server, client_of(server.url, auth_at(server.url)) as client:
        for _ in range(3):
            with pytest.raises(AccessDenied):
                client.grant()
    assert len(server.requests) == 1


def test_a_netrc_gives_no_credential_to_the_token_endpoint(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password else\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    with serve(Api()) as server, client_of(server.url, auth_at(server.url)) as client:
        client.get(USERS)
    assert "authorization" not in server.requests[0].headers


@pytest.mark.parametrize(
    "failing",
    [
        pytest.param(told({}, 503), id="503"),
        pytest.param(reset, id="reset"),
        pytest.param(plain(b"<html>"), id="no JSON"),
        pytest.param(told({}, 429, Retry_After="0"), id="429"),
    ],
)
def test_a_token_request_is_repeated(failing: Reply | Trick) -> None:
    api = Api(failing, None)
    with serve(api) as server, client_of(server.url, auth_at(server.url)) as client:
        assert client.get(USERS).body == ["token-1"]
    assert client.requests.count == len(server.requests) == 3


def test_a_refusal_of_a_token_request_is_waited_for() -> None:
    api = Api(told({}, 429, Retry_After="0.4"), None)
    with serve(api) as server, client_of(server.url, auth_at(server.url)) as client:
        client.get(USERS)
    first, second, _ = server.requests
    assert second.at - first.at >= 0.39


def test_many_requests_at_once_share_one_token_request() -> None:
    with serve(Api()) as server, client_of(server.url, auth_at(server.url)) as client:
        answers = [client.send(USERS) for _ in range(20)]
        assert {tuple(each.result().body) for each in answers} == {("token-1",)}
    assert [seen.path for seen in server.requests].count(TOKEN_PATH) == 1


def test_many_rejected_requests_share_one_renewal() -> None:
    api = Api()
    with serve(api) as server, client_of(server.url, auth_at(server.url)) as client:
        client.get(USERS)
        api.good = {"token-2"}
        answers = [client.send(USERS) for _ in range(20)]
        assert {tuple(each.result().body) for each in answers} == {("token-2",)}
    assert api.issued == 2


def test_an_api_that_rejects_every_token_costs_few_of_them() -> None:
    api = Api(good=set())
    with serve(api) as server, client_of(server.url, auth_at(server.url)) as client:
        for _ in range(10):
            with pytest.raises(AccessDenied):
                client.get(USERS)
    assert api.issued <= 4


@pytest.mark.parametrize(
    "refusal",
    [
        told({"error": "invalid_client", "error_description": f"not {SECRET}"}, 401),
        told({"error": "invalid_scope", "client_secret": SECRET}, 400),
        told([SECRET], 403),
        plain(SECRET.encode(), 404),
        told({"token": SECRET}, 200),
    ],
)
def test_a_refused_client_is_told_without_its_secret(
    refusal: Reply, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with serve(Api(refusal)) as server, client_of(server.url, auth_at(server.url)) as client:
        for _ in range(3):
            with pytest.raises(ApiError) as caught:
                client.get(USERS)
    shown = "".join(traceback.format_exception(caught.value))
    assert f"POST {TOKEN_PATH} answered" in shown
    assert SECRET not in shown + caplog.text
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "echo",
    [
        pytest.param(told({"error": SECRET}, 400), id="code"),
        pytest.param(told({}, 400, X_Request_Id=SECRET), id="request id"),
        pytest.param(told({}, 503, X_Request_Id=SECRET), id="request id of a failure"),
    ],
)
def test_a_secret_that_is_echoed_as_a_code_is_not_told(echo: Reply) -> None:
    with (
        serve(Api(echo)) as server,
        client_of(server.url, auth_at(server.url), retries=0) as client,
        pytest.raises(ApiError) as caught,
    ):
        client.get(USERS)
    assert SECRET not in str(caught.value)


def test_advice_is_given_for_a_refused_client() -> None:
    api, dialect = Api(told({"error": "invalid_client"}, 401)), Dialect({401: "Check the secret."})
    with (
        serve(api) as server,
        client_of(server.url, auth_at(server.url), dialect=dialect) as client,
        pytest.raises(AccessDenied, match=r"\(invalid_client\)\. Check the secret\.$"),
    ):
        client.get(USERS)


@pytest.mark.parametrize(
    "failing",
    [
        pytest.param(told({}, 429, Retry_After="30"), id="429"),
        pytest.param(hang, id="no answer"),
    ],
)
def test_a_stop_ends_the_wait_for_a_token(failing: Reply | Trick) -> None:
    with serve(Api(failing)) as server, client_of(server.url, auth_at(server.url)) as client:
        answers = [client.send(USERS) for _ in range(4)]
        began = time.monotonic()
        with at_most(0.3, client):
            for answer in answers:
                with pytest.raises(Stopped):
                    answer.result()
        assert time.monotonic() - began < 2


def test_a_token_may_come_from_another_host() -> None:
    with (
        serve(Api()) as issuer,
        serve(Api()) as server,
        client_of(server.url, auth_at(issuer.url)) as client,
    ):
        client.get(USERS)
    assert [seen.path for seen in issuer.requests] == [TOKEN_PATH]
    assert [seen.path for seen in server.requests] == [USERS.path]
    assert json.dumps([seen.headers for seen in server.requests]).count(SECRET) == 0
