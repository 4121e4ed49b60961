"""Proxies that do not let through: told at once, by name, and without their password."""

from __future__ import annotations

import socket
import time
from gzip import compress
from typing import TYPE_CHECKING

import pytest

from identity_sdk.errors import ApiError, IdentityError, Rejected, SettingsError, Unreachable
from identity_sdk.http.auth import TokenEndpoint, client_credentials
from identity_sdk.http.error_mapping import ErrorMapping
from tests.local_http import USERS, client_of, json_reply, script, serve
from tests.sdk.proxies import HOST, proxy

if TYPE_CHECKING:
    from identity_sdk.http.auth import Authenticator

URL = f"https://{HOST}"
ERROR_MAPPING = ErrorMapping({200: "Check `base_url`."})
LOGIN = (
    "The proxy requires a user and a password: set them in HTTPS_PROXY or HTTP_PROXY as "
    "http://USER:PASSWORD@HOST:PORT, with special characters percent-encoded."
)
DENIED = b"407 Proxy Authentication Required"


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def error_of(url: str = URL, auth: Authenticator | None = None, retries: int = 9) -> IdentityError:
    """What a request ends with, and within seconds."""
    began = time.monotonic()
    with (
        client_of(url, auth, retries=retries, error_mapping=ERROR_MAPPING) as client,
        pytest.raises(IdentityError) as caught,
    ):
        client.get(USERS)
    assert time.monotonic() - began < 4
    return caught.value


@pytest.mark.parametrize("login", ["", "me:S3CRET@"], ids=["none", "wrong"])
@pytest.mark.parametrize(
    ("url", "said"),
    [(URL, "{proxy} answered 407. "), (f"http://{HOST}", "GET /users answered 407. ")],
    ids=["https", "http"],
)
def test_a_proxy_that_wants_another_login(
    monkeypatch: pytest.MonkeyPatch, url: str, said: str, login: str
) -> None:
    with proxy(9, DENIED) as between:
        for name in ("HTTPS_PROXY", "HTTP_PROXY"):
            monkeypatch.setenv(name, between.url.replace("//", f"//{login}"))
        error = error_of(url)
    assert str(error) == said.format(proxy=between.url) + LOGIN
    assert type(error) is (Unreachable if url == URL else Rejected)
    assert len(between.asked) == 1


@pytest.mark.parametrize("status", [403, 405])
def test_a_proxy_that_lets_nobody_through(monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    with proxy(9, b"%d No" % status) as between:
        monkeypatch.setenv("HTTPS_PROXY", between.url)
        error = error_of()
    assert str(error) == f"{between.url} answered {status}: it does not allow connections to {URL}."
    assert len(between.asked) == 1


def test_a_proxy_that_fails_is_asked_again_and_then_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with proxy(9, b"502 Bad Gateway") as between:
        monkeypatch.setenv("HTTPS_PROXY", between.url)
        error = error_of(retries=2)
    assert str(error) == (
        f"GET /users failed at the proxy {between.url} (it answered 502), 3 times in a row. "
        "Check HTTPS_PROXY or HTTP_PROXY."
    )
    assert len(between.asked) == 3


def test_the_url_is_not_in_doubt_if_it_is_the_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    auth = TokenEndpoint(client_credentials((URL, "/token"), "me", "S3CRET"), "`base_url`")
    error = error_of(auth=auth, retries=0)
    assert str(error) == (
        "POST /token failed at the proxy http://127.0.0.1:9 (connection refused). "
        "Check HTTPS_PROXY or HTTP_PROXY."
    )


def test_a_proxy_of_https_that_speaks_http(monkeypatch: pytest.MonkeyPatch) -> None:
    with serve(script(json_reply([]))) as between:
        monkeypatch.setenv("HTTPS_PROXY", between.url.replace("http", "https"))
        error = error_of(retries=1)
    assert "(not a TLS server), 2 times in a row. Check HTTPS_PROXY" in str(error)


def test_a_proxy_that_does_not_answer_takes_no_more_time_than_connecting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("identity_sdk.http.transport.CONNECT_TIMEOUT", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        between = f"http://127.0.0.1:{silent.getsockname()[1]}"
        monkeypatch.setenv("HTTPS_PROXY", between)
        error = error_of(retries=1)
    assert type(error) is ApiError  # not TooLarge: nothing was asked for yet
    assert f"failed at {URL} through the proxy {between} (no response)" in str(error)


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
@pytest.mark.parametrize("scheme", ["socks5", "socks5h", "socks4"])
def test_a_socks_proxy_without_pysocks(
    monkeypatch: pytest.MonkeyPatch, variable: str, scheme: str
) -> None:
    monkeypatch.setattr("identity_sdk.http.route.find_spec", lambda name: None)
    monkeypatch.setenv(variable, f"{scheme}://me:S3CRET@127.0.0.1:9")
    error = error_of()
    assert type(error) is SettingsError
    assert str(error) == (
        f"The proxy in HTTPS_PROXY, HTTP_PROXY or ALL_PROXY, {scheme}://127.0.0.1:9, is a "
        "SOCKS proxy: install PySocks with the tap, use an http:// proxy instead, or exempt "
        "the host with NO_PROXY."
    )


@pytest.mark.parametrize("url", ["http://", "ftp://S3CRET@127.0.0.1:9", "http://[::1", "//S3CRET"])
def test_a_proxy_that_is_no_url(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("HTTPS_PROXY", url)
    error = error_of()
    assert type(error) is SettingsError
    assert "is not a URL such as http://proxy.example.com:3128." in str(error)
    assert "S3CRET" not in str(error)


def test_a_proxy_may_be_named_without_a_scheme(monkeypatch: pytest.MonkeyPatch) -> None:
    with serve(script(json_reply([1]))) as server, proxy(server.server_port) as between:
        monkeypatch.setenv("HTTP_PROXY", between.url.removeprefix("http://"))
        with client_of(f"http://{HOST}") as client:
            assert client.get(USERS).body == [1]


def test_a_host_that_needs_no_proxy_is_not_kept_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:9")
    with serve(script(json_reply([1]))) as server, client_of(server.url) as client:
        assert client.get(USERS).body == [1]


def test_what_is_elsewhere_is_requested_in_gzip(monkeypatch: pytest.MonkeyPatch) -> None:
    body = b'[{"id": "1"}]'
    reply = 200, {"Content-Encoding": "gzip", "Content-Type": "application/json"}, compress(body)
    with serve(script(reply, reply)) as server, proxy(server.server_port) as between:
        monkeypatch.setenv("HTTP_PROXY", between.url)
        for url, asked in ((f"http://{HOST}", "gzip"), (server.url, "identity")):
            with client_of(url) as client:
                assert client.get(USERS).body == [{"id": "1"}]
            assert server.requests[-1].headers["accept-encoding"] == asked


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"[]", "failed at {url} (the response cannot be decompressed)"),
        (compress(b"[1]")[:-12], "answered 200 without a body"),
        (compress(b"[%s]" % b",1".join([b"1"] * 9999))[:-30], "with something other than JSON"),
    ],
    ids=["not gzip", "cut off before anything", "cut off"],
)
def test_a_response_that_cannot_be_decompressed(body: bytes, told: str) -> None:
    reply = 200, {"Content-Encoding": "gzip", "Content-Type": "application/json"}, body
    with serve(script(reply, reply)) as server:
        error = error_of(server.url, retries=1)
    assert told.format(url=server.url) in str(error)
    assert len(server.requests) == 2
