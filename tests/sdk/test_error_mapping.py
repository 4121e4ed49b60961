"""What error responses mean, and what of them is shown."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from identity_sdk.errors import (
    AccessDenied,
    ApiError,
    NotAuthenticated,
    NotFound,
    Rejected,
    TooLarge,
)
from identity_sdk.exchange import Request
from identity_sdk.http.auth import StaticToken
from identity_sdk.http.error_mapping import ErrorMapping, Meaning, decoded
from identity_sdk.http.workers import SharedCounter
from tests.local_http import (
    TOKEN,
    USERS,
    Reply,
    at_most,
    client_of,
    failure,
    json_reply,
    plain,
    talk,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

HEADER = f"Bearer {TOKEN}"
GARBAGE = [
    b"",
    b" ",
    b"\xff\xfe",
    b"null",
    b"[]",
    b'"text"',
    b"7",
    b"1e999999999999",
    b"{",
    b'{"code": ["x"], "error": {"code": "x"}}',
    b'{"code": null, "error": 7}',
    b'{"code": "a b"}',
    b'{"code": "line\\nbreak"}',
    b'{"code": "code\\n"}',
    b'{"code": "' + b"x" * 81 + b'"}',
    b"[" * 100_000,
    b'{"a":' * 100_000,
    b"9" * 10_000,
]


def said(
    body: bytes, headers: Mapping[str, str] | None = None, header: str = HEADER, **given: Any
) -> str:
    return ErrorMapping(**given).describe(decoded(body), headers or {}, header.split()[-1:])


# What is shown


@pytest.mark.parametrize("body", GARBAGE)
def test_garbage_is_not_shown(body: bytes) -> None:
    assert said(body) == ""


def test_the_most_telling_code_is_shown() -> None:
    body = b'{"error": "general", "code": "exact.one-2", "scimType": "no good"}'
    assert said(body) == " (exact.one-2)"
    assert said(body, codes=("error", "code")) == " (general)"
    assert said(body, codes=("scimType", "error")) == " (general)"
    assert said(body, codes=()) == ""


@pytest.mark.parametrize("body", [*GARBAGE, b'{"error": null}', b'{"error": ["x"]}'])
def test_a_code_is_looked_for_within_the_object_that_describes_the_error(body: bytes) -> None:
    def within(body: Any) -> Any:
        return body.get("error") if isinstance(body, dict) else body

    assert said(b'{"error": {"code": "exact"}, "code": "outer"}', error_object=within) == " (exact)"
    assert said(body, error_object=within) in ("", " (x)")


def test_the_first_sound_request_id_is_shown() -> None:
    headers = {"x-request-id": "<private>", "x-correlation-id": "", "cf-ray": "8f:1-AMS"}
    assert said(b"{}", headers) == " (request id 8f:1-AMS)"
    assert said(b"{}", {"own-id": "7"}, request_ids=("own-id",)) == " (request id 7)"
    assert said(b'{"code": "quota"}', headers) == " (quota, request id 8f:1-AMS)"


def test_a_short_code_that_occurs_in_the_credential_by_chance_is_not_shown_either() -> None:
    """The price of not showing pieces of it; the request id goes with it."""
    assert said(b'{"code": "c"}', {"cf-ray": "8f:1-AMS"}) == ""


@pytest.mark.parametrize("echo", [TOKEN, TOKEN[:6], TOKEN[3:], "s3cret"])
def test_what_echoes_the_credential_is_not_shown(echo: str) -> None:
    assert said(b'{"code": "%s"}' % echo.encode()) == ""
    assert said(b"{}", {"x-request-id": echo}) == ""
    assert echo not in said(b'{"code": "c0de"}', {"x-request-id": echo})
    assert echo not in said(b'{"code": "%s"}' % echo.encode(), {"x-request-id": "r:1"})


@pytest.mark.parametrize("echo", [f"invalid_{TOKEN}", f"{TOKEN}.", f"a.{TOKEN}-b"])
def test_what_holds_the_credential_is_not_shown(echo: str) -> None:
    assert TOKEN not in said(b'{"code": "%s"}' % echo.encode())
    assert TOKEN not in said(b"{}", {"x-request-id": echo})


@pytest.mark.parametrize("echo", ["s3cret-1", "another-s3cret", "not-s3cret-1-at-all", "s3c"])
def test_what_echoes_any_of_several_secrets_is_not_shown(echo: str) -> None:
    secrets = ["s3cret-1", "another-s3cret"]
    assert ErrorMapping().describe({"code": echo}, {}, secrets) == ""
    assert ErrorMapping().describe({"code": "quota"}, {"cf-ray": echo}, secrets) == ""
    assert ErrorMapping().describe({"code": "quota"}, {"cf-ray": "8f:1"}, secrets) != ""


def test_without_a_secret_nothing_is_taken_for_an_echo() -> None:
    assert ErrorMapping().describe({"code": "quota"}, {}, []) == " (quota)"


WORDS = st.text("s3cret-t0kenBearer_.", max_size=12)


@settings(max_examples=200, deadline=None)
@given(WORDS, WORDS)
def test_no_piece_of_the_credential_is_shown(code: str, request_id: str) -> None:
    shown = said(b'{"code": "%s"}' % code.encode(), {"x-request-id": request_id})
    for text in (code, request_id):
        assert not (text and text in TOKEN) or f"({text}" not in shown


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=40), st.dictionaries(st.sampled_from(["cf-ray"]), st.text(max_size=5)))
def test_any_body_can_be_looked_at(body: bytes, headers: dict[str, str]) -> None:
    shown = said(body, headers)
    assert shown == "" or (shown.startswith(" (") and shown.endswith(")"))
    assert "\n" not in shown
    assert ErrorMapping().classify(400, decoded(body)) is None


# What is meant


class Judge:
    """Finds one status final, and notes what it was asked."""

    def __init__(self, status: int, meaning: Meaning | None) -> None:
        self.status = status
        self.verdict = meaning
        self.asked: list[tuple[int, Any]] = []

    def __call__(self, status: int, body: Any) -> Meaning | None:
        self.asked.append((status, body))
        return self.verdict if status == self.status else None


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 429, 500, 501, 503, 504])
@pytest.mark.parametrize("kind", [AccessDenied, NotFound, TooLarge, Rejected, ApiError])
def test_what_is_judged_is_sent_once(status: int, kind: type[ApiError]) -> None:
    judge, count = Judge(status, (kind, "Buy more.")), SharedCounter()
    reply = json_reply({"code": "quota"}, status, Retry_After="30")
    error = failure(
        reply, error_mapping=ErrorMapping({status: "Not this."}, classify=judge), counter=count
    )
    assert type(error) is kind
    assert str(error) == f"GET /users answered {status} (quota). Buy more."
    assert error.status == status
    assert count.count == 1
    assert judge.asked == [(status, {"code": "quota"})]


def test_what_is_judged_final_holds_no_other_request_back() -> None:
    judge = Judge(429, (Rejected, ""))
    replies = (json_reply({}, 429, Retry_After="30"), json_reply([]))
    with (
        talk(*replies, error_mapping=ErrorMapping(classify=judge)) as (server, client),
        at_most(3, client),
    ):
        with pytest.raises(Rejected):
            client.get(USERS)
        assert client.get(USERS).body == []
    assert server.requests[1].at - server.requests[0].at < 1


def test_what_is_not_judged_is_repeated_as_usual() -> None:
    judge = Judge(0, None)
    replies = (
        json_reply({"n": 1}, 503),
        json_reply({"n": 2}, 429, Retry_After="0"),
        json_reply([1]),
    )
    with talk(*replies, error_mapping=ErrorMapping(classify=judge)) as (server, client):
        assert client.get(USERS).body == [1]
    assert len(server.requests) == 3
    assert judge.asked == [(503, {"n": 1}), (429, {"n": 2})]


def test_a_verdict_may_come_after_a_repetition() -> None:
    judge, count = Judge(503, (NotFound, "")), SharedCounter()
    with (
        talk(
            json_reply({}, 500),
            json_reply({}, 503),
            json_reply([]),
            error_mapping=ErrorMapping(classify=judge),
            counter=count,
        ) as (
            _,
            client,
        ),
        pytest.raises(NotFound),
    ):
        client.get(USERS)
    assert count.count == 2


@pytest.mark.parametrize("body", GARBAGE)
def test_a_judge_is_given_garbage_as_what_it_decodes_to(body: bytes) -> None:
    judge = Judge(400, None)
    error = failure(plain(body, 400), error_mapping=ErrorMapping({400: "Do this."}, classify=judge))
    assert (type(error), str(error)) == (Rejected, "GET /users answered 400. Do this.")
    assert len(judge.asked) == 1


@pytest.mark.parametrize("reply", [json_reply([1]), plain(b"", 204)])
def test_success_is_not_judged(reply: Reply) -> None:
    judge = Judge(200, (Rejected, ""))
    with talk(reply, error_mapping=ErrorMapping(classify=judge)) as (_, client):
        client.get(USERS)
    assert not judge.asked


def test_a_judged_401_that_is_no_matter_of_the_token_does_not_renew_it() -> None:
    renewed = threading.Event()

    class Noting(StaticToken):
        def renew(self, rejected: str) -> bool:
            renewed.set()
            return False

    judge = Judge(401, (Rejected, ""))
    with (
        talk(
            json_reply({}, 401), auth=Noting(TOKEN), error_mapping=ErrorMapping(classify=judge)
        ) as (_, client),
        pytest.raises(Rejected),
    ):
        client.get(USERS)
    assert not renewed.is_set()


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, Rejected),
        (401, NotAuthenticated),
        (403, AccessDenied),
        (404, NotFound),
        (413, TooLarge),
        (501, Rejected),
    ],
)
def test_a_status_means_what_it_usually_means(status: int, kind: type[ApiError]) -> None:
    assert ErrorMapping({400: "Do this."}).usual(status) == (
        kind,
        "Do this." if status == 400 else "",
    )


def test_an_error_in_the_judge_reaches_the_caller_and_ends() -> None:
    def broken(status: int, body: Any) -> Meaning | None:
        raise TypeError("list indices must be integers")

    with (
        talk(json_reply([], 400), error_mapping=ErrorMapping(classify=broken)) as (server, client),
        at_most(3, client),
        pytest.raises(TypeError),
    ):
        client.get(USERS)
    assert len(server.requests) == 1


def test_a_client_without_an_error_mapping_has_the_usual_one() -> None:
    with (
        talk(json_reply({"code": "gone"}, 404)) as (server, _),
        client_of(server.url) as client,
        pytest.raises(NotFound, match=r"answered 404 \(gone\)\.$"),
    ):
        client.get(USERS)


# Sizes of pages

SMALLER = "If a page of 100 rows is too large, set a smaller `page_size`."


@pytest.mark.parametrize("status", [400, 422])
@pytest.mark.parametrize(
    "request_",
    [
        Request("/users", {"page_size": 100}),
        Request("/users", {"per_page": 100, "count": None}),
        Request("/users", {"startIndex": 1, "count": 100}),
        Request("/users", json={"limit": 100, "asc": True}),
        Request("/users", json={"queries": [], "pagination": {"offset": 0, "limit": 100}}),
    ],
)
@pytest.mark.parametrize(
    "body",
    [
        b'{"code": "guard.invalid_pagination"}',
        b'{"code": 3, "message": "Limit exceeded (QUERY-4M0fs)"}',
        b'{"errors": [{"code": "PAGE_SIZE_LIMIT_EXCEEDED"}]}',
        b'{"scimType": "invalidValue", "detail": "Input should be less than 50: count"}',
        b'{"detail": [{"loc": ["query", "per_page"], "msg": "too large"}]}',
        b"Bad Request",
        b"",
    ],
)
def test_a_refused_page_names_its_size(status: int, request_: Request, body: bytes) -> None:
    error = failure(plain(body, status), request=request_)
    assert type(error) is Rejected
    assert str(error).endswith(f". {SMALLER}")


@pytest.mark.parametrize(
    ("request_", "reply"),
    [
        (USERS, json_reply({"message": "Limit exceeded"}, 400)),
        (Request("/users", {"count": 100}), json_reply({"scimType": "invalidFilter"}, 400)),
        (Request("/users", {"count": 100}), json_reply({"message": "no such account"}, 422)),
        (Request("/users", {"count": 100}), json_reply({"message": "Limit exceeded"}, 409)),
    ],
)
def test_other_refusals_do_not(request_: Request, reply: Reply) -> None:
    assert "page_size" not in str(failure(reply, request=request_))


def test_what_the_vendor_means_by_a_refusal_stands_above_the_size() -> None:
    judge = Judge(400, (Rejected, "Buy more."))
    request = Request("/users", {"count": 100})
    error = failure(
        json_reply({"message": "Limit exceeded"}, 400),
        request=request,
        error_mapping=ErrorMapping(classify=judge),
    )
    assert str(error) == "GET /users answered 400. Buy more."
