"""Tokens from a token endpoint over real HTTP, for a client that uses them."""

from __future__ import annotations

import json
import logging
import time
import traceback
from typing import Any
from urllib.parse import parse_qs

import pytest

from identity_sdk.errors import AccessDenied, ApiError, Stopped
from identity_sdk.http.auth import TokenEndpoint, client_credentials
from identity_sdk.http.error_mapping import ErrorMapping
from tests.local_http import (
    USERS,
    Reply,
    Trick,
    at_most,
    client_of,
    hang,
    json_reply,
    plain,
    reset,
    serve,
)
from tests.sdk.token_endpoints import SECRET, TOKEN_PATH, Api


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
    api = Api(json_reply({"access_token": "token-1", **fields}))
    with serve(api) as server, client_of(server.url, auth_at(server.url)) as client:
        for _ in range(2):
            grant = client.grant()
            assert grant is not None
            assert grant.scope == granted
        client.get(USERS)
    assert [seen.path for seen in server.requests] == [TOKEN_PATH, USERS.path]


def test_a_client_that_is_refused_a_token_tells_so_instead_of_what_was_granted() -> None:
    api = Api(json_reply({"error": "invalid_client"}, 401))
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
        pytest.param(json_reply({}, 503), id="503"),
        pytest.param(reset, id="reset"),
        pytest.param(plain(b"<html>"), id="no JSON"),
        pytest.param(json_reply({}, 429, Retry_After="0"), id="429"),
    ],
)
def test_a_token_request_is_repeated(failing: Reply | Trick) -> None:
    api = Api(failing, None)
    with serve(api) as server, client_of(server.url, auth_at(server.url)) as client:
        assert client.get(USERS).body == ["token-1"]
    assert client.requests.count == len(server.requests) == 3


def test_a_refusal_of_a_token_request_is_waited_for() -> None:
    api = Api(json_reply({}, 429, Retry_After="0.4"), None)
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
        json_reply({"error": "invalid_client", "error_description": f"not {SECRET}"}, 401),
        json_reply({"error": "invalid_scope", "client_secret": SECRET}, 400),
        json_reply([SECRET], 403),
        plain(SECRET.encode(), 404),
        json_reply({"token": SECRET}, 200),
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
    assert f"POST {TOKEN_PATH} " in shown
    assert SECRET not in shown + caplog.text
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "echo",
    [
        pytest.param(json_reply({"error": SECRET}, 400), id="code"),
        pytest.param(json_reply({}, 400, X_Request_Id=SECRET), id="request id"),
        pytest.param(json_reply({}, 503, X_Request_Id=SECRET), id="request id of a failure"),
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
    api, error_mapping = (
        Api(json_reply({"error": "invalid_client"}, 401)),
        ErrorMapping({401: "Check the secret."}),
    )
    with (
        serve(api) as server,
        client_of(server.url, auth_at(server.url), error_mapping=error_mapping) as client,
        pytest.raises(AccessDenied, match=r"\(invalid_client\)\. Check the secret\.$"),
    ):
        client.get(USERS)


@pytest.mark.parametrize(
    "failing",
    [
        pytest.param(json_reply({}, 429, Retry_After="30"), id="429"),
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
