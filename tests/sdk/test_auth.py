"""Tokens from a token endpoint: by hand, under a clock, from many threads."""

from __future__ import annotations

import threading
import traceback
from base64 import urlsafe_b64encode
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from identity_sdk.errors import ApiError, IdentityError, NotAuthenticated, SettingsError, Stopped
from identity_sdk.exchange import Request
from identity_sdk.http.auth import TokenEndpoint, client_credentials
from tests.sdk.token_endpoints import SECRET, TOKEN_PATH, Clock, Issuer

if TYPE_CHECKING:
    from collections.abc import Callable


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


@pytest.mark.parametrize("error", [NotAuthenticated("no", 401), ApiError("no", 500), Stopped()])
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
        with pytest.raises(
            ApiError, match=r"^POST /oidc/token returned no token\. Check its URL\.$"
        ):
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
