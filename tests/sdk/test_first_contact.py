"""Hosts where nobody has ever answered: given up soon, unlike those that fail for a while."""

from __future__ import annotations

import socket
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from identity_sdk.errors import ApiError, TooLarge
from identity_sdk.http.client import Client
from identity_sdk.http.error_mapping import ErrorMapping
from identity_sdk.http.transport import CONNECT_TIMEOUT
from tests.local_http import (
    USERS,
    Reply,
    Trick,
    client_of,
    hang,
    json_reply,
    plain,
    raw,
    reset,
    script,
    serve,
    talk,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

ERROR_MAPPING = ErrorMapping({200: "Check `base_url`.", 503: "Wait."})
HTML = plain(b"<html>", Content_Type="text/html")


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Client, "FIRST_CONTACT", 0.4)
    monkeypatch.setattr("identity_sdk.http.transport.CONNECT_TIMEOUT", 0.2)


@contextmanager
def black_hole() -> Iterator[str]:
    """The URL of a host that drops what is sent to it: its queue of connections is full."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as door:
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(door.getsockname())
        time.sleep(0.1)
        try:
            yield f"http://127.0.0.1:{door.getsockname()[1]}"
        finally:
            for each in waiting:
                each.close()


def test_a_host_that_is_dead_is_told_within_15_seconds() -> None:
    """Also one of four addresses, which are tried one after another."""
    assert Client.FIRST_CONTACT + CONNECT_TIMEOUT < 15
    assert 4 * CONNECT_TIMEOUT < 15


@pytest.mark.usefixtures("hasty")
def test_a_host_that_drops_everything() -> None:
    began = time.monotonic()
    with black_hole() as url, client_of(url, retries=50, error_mapping=ERROR_MAPPING) as client:
        with pytest.raises(ApiError) as caught:
            client.get(USERS)
        assert client.requests.count in (2, 3)
    assert time.monotonic() - began < 3
    assert not isinstance(caught.value, TooLarge)  # Asking for less would not help.
    assert f"GET /users failed at {url} (no response)" in str(caught.value)
    assert str(caught.value).endswith("times in a row. Check `base_url`.")


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("reply", [reset, raw(b""), HTML, plain(b" ")])
def test_a_place_where_no_api_answers(reply: Reply | Trick) -> None:
    with (
        talk(reply, retries=50, error_mapping=ERROR_MAPPING) as (server, client),
        pytest.raises(ApiError) as caught,
    ):
        client.get(USERS)
    assert 2 <= len(server.requests) <= 5
    assert str(caught.value).endswith("times in a row. Check `base_url`.")


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("failing", [reset, HTML, json_reply({}, 503)])
def test_a_host_that_has_answered_is_waited_for(failing: Reply | Trick) -> None:
    replies = (json_reply([1]), *[failing] * 5, json_reply([2]))
    with talk(*replies, retries=9) as (server, client):
        assert client.get(USERS).body == [1]
        assert client.get(USERS).body == [2]
    assert len(server.requests) == 7


@pytest.mark.usefixtures("hasty")
def test_a_server_that_is_there_but_fails_is_waited_for() -> None:
    with talk(*[json_reply({}, 503)] * 5, json_reply([1]), retries=9) as (server, client):
        assert client.get(USERS).body == [1]
    assert len(server.requests) == 6


@pytest.mark.usefixtures("hasty")
def test_a_server_that_thinks_for_a_while_is_no_dead_host() -> None:
    with serve(script(hang)) as server, client_of(server.url, timeout=1) as client:
        began = time.monotonic()
        with pytest.raises(TooLarge, match=r"took longer than 1 s, 2 times in a row\."):
            client.get(USERS)
        assert time.monotonic() - began >= 2


def test_an_http_server_where_tls_is_expected() -> None:
    with serve(script(json_reply([]))) as server:
        url = server.url.replace("http", "https")
        with (
            client_of(url, retries=0, error_mapping=ERROR_MAPPING) as client,
            pytest.raises(ApiError) as error,
        ):
            client.get(USERS)
    assert str(error.value) == f"GET /users failed at {url} (not a TLS server). Check `base_url`."
