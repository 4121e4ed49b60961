"""What is said where no token is issued: the credential, or the URL, but not the wrong one."""

from __future__ import annotations

from typing import Any

import pytest

from identity_sdk.errors import (
    AccessDenied,
    ApiError,
    NotAuthenticated,
    NotFound,
    Rejected,
    TooLarge,
    Unreachable,
)
from identity_sdk.http.auth import TokenEndpoint, client_credentials
from identity_sdk.http.error_mapping import ErrorMapping
from tests.local_http import USERS, Reply, client_of, json_reply, plain, serve
from tests.sdk.token_endpoints import SECRET, TOKEN_PATH, Api, Clock, Issuer


@pytest.mark.parametrize(
    ("error", "kind", "told"),
    [
        (ApiError("No.", 500, b"x"), ApiError, "No."),
        (ApiError("No.", None, b"x"), ApiError, "No. Check `token_url`."),
        (ApiError("No.", 200, b"x"), ApiError, "No. Check `token_url`."),
        (Rejected("No.", 405, b"x"), Rejected, "No. Check `token_url`."),
        (Rejected("Check `resource`.", 400, b"x"), Rejected, "Check `resource`."),
        (Rejected("Check `resource`.", 401, b"x"), Rejected, "Check `resource`."),
        (AccessDenied("No.", 401, b"x"), NotAuthenticated, "No. See the key."),
        (AccessDenied("No.", 400, b"x"), NotAuthenticated, "No. See the key."),
        (TooLarge("No.", 413, b"x"), TooLarge, "No."),
        (Unreachable("A proxy."), Unreachable, "A proxy."),
        # What is asked for with the token may well be there.
        (NotFound("No.", 404, b"x"), ApiError, "No. Check `token_url`."),
        (
            NotFound("No.", 401, b"x"),
            ApiError,
            "No. This is not a token endpoint's response: check `token_url`, and what is in "
            "between, such as a firewall.",
        ),
    ],
)
def test_an_error_names_what_says_where_the_endpoint_is(
    error: ApiError, kind: type[ApiError], told: str
) -> None:
    """Unless it names a setting already, or the endpoint is there and refuses."""
    request = client_credentials(("https://auth.example", TOKEN_PATH), "me", SECRET)
    auth = TokenEndpoint(request, "`token_url`", advice="See the key.", clock=Clock())
    for _ in range(2):
        with pytest.raises(ApiError) as caught:
            auth.header(Issuer(error=error))
        assert type(caught.value) is kind
        assert str(caught.value) == told
        assert (caught.value.status, caught.value.body) == (error.status, error.body)


ERROR_MAPPING = ErrorMapping(
    {200: "See the API's URL.", 401: "See the secret.", 403: "See the scopes."}
)
ENDPOINT = "Check `token_url`."
ELSEWHERE = "This is not a token endpoint's response: check `token_url`"


def refusal(reply: Reply, **settings: Any) -> ApiError:
    """The error of a request for which no token is issued."""
    settings = {"error_mapping": ERROR_MAPPING, "retries": 2, **settings}
    with serve(Api(reply)) as server:
        token = client_credentials((server.url, TOKEN_PATH), "me", SECRET)
        auth = TokenEndpoint(token, "`token_url`")
        with client_of(server.url, auth, **settings) as client, pytest.raises(ApiError) as caught:
            client.get(USERS)
    assert SECRET not in str(caught.value)
    return caught.value


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize(
    "reply",
    [
        json_reply({"code": "no_header"}),
        json_reply({"errors": [{}]}),
        plain(b"<html>"),
        json_reply([]),
    ],
)
def test_a_refusal_that_is_none_of_oauth_puts_the_url_in_doubt(reply: Reply, status: int) -> None:
    """A wrong path leads to an API that wants a token itself, or to a firewall."""
    error = refusal((status, *reply[1:]))
    assert type(error) is ApiError
    assert f"POST {TOKEN_PATH} answered {status}" in str(error)
    assert ELSEWHERE in str(error)
    assert "See the" not in str(error)


@pytest.mark.parametrize(("status", "advice"), [(401, "See the secret."), (403, "See the scopes.")])
def test_a_refusal_of_oauth_is_one_of_the_credential(status: int, advice: str) -> None:
    error = refusal(json_reply({"error": "invalid_client"}, status))
    assert type(error) is NotAuthenticated
    assert str(error) == f"POST {TOKEN_PATH} answered {status} (invalid_client). {advice}"


@pytest.mark.parametrize("status", [404, 405])
def test_an_endpoint_that_is_not_there_puts_the_url_in_doubt(status: int) -> None:
    """Whatever the vendor means by such a status elsewhere."""

    def judge(status: int, body: Any) -> Any:
        return AccessDenied, "Get a role."

    error = refusal(
        json_reply({"code": "nothing"}, status), error_mapping=ErrorMapping(classify=judge)
    )
    assert type(error) is ApiError
    assert str(error) == f"POST {TOKEN_PATH} answered {status} (nothing). {ENDPOINT}"


def test_a_web_page_in_place_of_a_token_puts_the_url_in_doubt() -> None:
    error = refusal(plain(b"<html>", Content_Type="text/html"))
    assert str(error) == (
        f"POST {TOKEN_PATH} answered 200 with something other than JSON (text/html), "
        f"3 times in a row. {ENDPOINT}"
    )


SUSPECT = ErrorMapping(
    suspect=lambda status, body: (
        (AccessDenied, "Get another key.") if body == {"error": "server_error"} else None
    )
)


def test_a_failure_that_is_suspect_is_repeated_a_few_times_and_taken_for_a_refusal() -> None:
    api = Api(json_reply({"error": "server_error"}, 500))
    with serve(api) as server:
        auth = TokenEndpoint(client_credentials((server.url, TOKEN_PATH), "me", SECRET))
        with (
            client_of(server.url, auth, error_mapping=SUSPECT, retries=9) as client,
            pytest.raises(NotAuthenticated) as caught,
        ):
            client.get(USERS)
    assert len(server.requests) == 3
    assert str(caught.value) == (
        f"POST {TOKEN_PATH} answered 500, 3 times in a row. Get another key."
    )


def test_a_failure_that_is_suspect_may_pass() -> None:
    failing = json_reply({"error": "server_error"}, 500)
    api = Api(failing, failing, None)
    with serve(api) as server:
        auth = TokenEndpoint(client_credentials((server.url, TOKEN_PATH), "me", SECRET))
        with client_of(server.url, auth, error_mapping=SUSPECT) as client:
            assert client.get(USERS).body == ["token-1"]


def test_another_failure_is_repeated_as_usual() -> None:
    error = refusal(json_reply({"error": "other"}, 500), error_mapping=SUSPECT, retries=4)
    assert str(error) == f"POST {TOKEN_PATH} answered 500, 5 times in a row."
    assert type(error) is ApiError
