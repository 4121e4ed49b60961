"""Whatever JSON a server answers with: an error that people can read, or whole rows."""

from __future__ import annotations

import json
import logging
from contextlib import suppress
from functools import cache
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st

from identity_sdk.errors import IdentityError
from identity_sdk.exchange import Request, Response
from identity_sdk.http.auth import TokenEndpoint
from identity_sdk.http.workers import SharedCounter
from identity_sdk.records.coercion import SYNC_ID
from tap_kinde import client as kinde
from tap_kinde.tap import TapKinde
from tap_logto import client as logto
from tap_logto.tap import TapLogto
from tap_rudderstack import client as rudderstack
from tap_rudderstack.tap import TapRudderStack
from tap_zitadel import error_mapping as zitadel
from tap_zitadel.tap import TapZitadel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from identity_sdk.singer.stream import IdentityStream
    from identity_sdk.singer.tap import IdentityTap

CONFIG = {"base_url": "https://a.example", "client_id": "c", "client_secret": "s"}
TAPS: dict[str, tuple[type[IdentityTap], dict[str, Any]]] = {
    "tap-kinde": (TapKinde, CONFIG),
    "tap-logto": (TapLogto, CONFIG),
    "tap-rudderstack": (TapRudderStack, {"service_access_token": "t"}),
    "tap-zitadel": (TapZitadel, {"instance_url": "https://a.example", "pat": "t"}),
}
ENVELOPES = {
    "tap-kinde": ("next_token", "has_more", "errors", "code"),
    "tap-logto": ("code", "data"),
    "tap-rudderstack": ("totalResults", "Resources", "data", "paging", "next", "total"),
    "tap-zitadel": ("details", "pagination", "totalResult", "result", "org", "instance"),
}
WITHIN = ("id", "value", "type", "name", "members", "meta", "created", "user", "details", "scopes")
MOST_REQUESTS = 2000
"""More than any walk over so few answers can need."""

SCALARS = (
    st.none() | st.booleans() | st.integers(-3, 10**20) | st.text(max_size=6)
    | st.sampled_from(["", "1", "2026-01-05T09:00:00Z", "a b", "²", "id", "x" * 40])
    | st.floats(allow_nan=False, allow_infinity=False)
)  # fmt: skip
ANY = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WITHIN), inner, max_size=3)
    ),
    max_leaves=8,
)
PLENTY = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    """What a tap says of each of these answers is read by nobody."""
    caplog.set_level(logging.CRITICAL)


class Endless(BaseException):
    """A walk that does not come to its end."""


class Ready:
    """An answer that is there already."""

    def __init__(self, response: Response) -> None:
        self._response = response

    def result(self) -> Response:
        return self._response

    def cancel(self) -> bool:
        return True


class Stub:
    """In the place of a client: answers one body after another, whatever is asked."""

    def __init__(self, bodies: list[Any], headers: dict[str, str]) -> None:
        self.bodies = [json.dumps(body).encode() for body in bodies]
        self.headers = headers
        self.concurrency, self.requests, self._number = 3, SharedCounter(), count()
        self.answered, self.lost_scopes = True, frozenset[str]()

    def send(self, request: Request) -> Ready:
        self.requests()
        if self.requests.count > MOST_REQUESTS:
            raise Endless
        body = self.bodies[next(self._number) % len(self.bodies)]
        return Ready(Response(200, headers=self.headers, raw=body))

    def get(self, request: Request) -> Response:
        return self.send(request).result()

    def grant(self) -> None:
        return None

    def close(self) -> None:
        pass


def camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.title() for word in rest)


def items(stream: IdentityStream) -> st.SearchStrategy[Any]:
    """Objects with fields that the stream knows, mostly with a key."""
    names = sorted({*stream.schema["properties"], *WITHIN})
    fields = st.dictionaries(st.sampled_from([*names, *map(camel, names)]), ANY, max_size=6)
    keys = [name for key in stream.primary_keys for name in (key, camel(key), "id")]
    keyed = st.fixed_dictionaries(dict.fromkeys(keys, st.sampled_from(["a", "b", 1, "²"]) | ANY))
    return fields | st.builds(lambda one, other: one | other, fields, keyed)


def bodies(tap: str, stream: IdentityStream) -> st.SearchStrategy[Any]:
    """What may come as an answer: anything, a list, or an envelope with anything in it."""
    rows = st.lists(items(stream) | ANY, max_size=4)
    records = getattr(stream, "records", None)
    listing = getattr(stream, "v2", None) or getattr(stream, "v1", None)
    names = [
        *ENVELOPES[tap],
        *([records] if records else []),
        *([listing.items] if listing else []),
    ]
    within = ANY | rows | st.dictionaries(st.sampled_from(names), SCALARS, max_size=2)
    envelope = st.dictionaries(st.sampled_from(names), within, min_size=1, max_size=4)
    where = names[-1] if records or listing else "Resources"
    likely = st.builds(lambda whole, found: {**whole, where: found}, envelope, rows)
    return ANY | rows | envelope | likely


@cache
def made(name: str) -> tuple[IdentityTap, list[tuple[Any, dict[str, Any]]]]:
    """A tap, and what its parts knew before anything was read: making one takes its time."""
    kind, config = TAPS[name]
    config = {**config, "opt_in_streams": "all"}
    catalog = kind(config=config).catalog_dict
    for entry in catalog["streams"]:
        next(m for m in entry["metadata"] if not m["breadcrumb"])["metadata"]["selected"] = True
    tap = kind(config={**config, "page_size": 3}, catalog=catalog)
    return tap, [(each, dict(vars(each))) for each in (tap, *tap.streams.values())]


def opened(name: str, stub: Stub) -> IdentityTap:
    """The tap as it was made, with a client that is none."""
    tap, parts = made(name)
    for part, known in parts:
        vars(part).clear()
        vars(part).update(known)
    vars(tap.run)["client"] = stub
    return tap


STREAMS = [
    pytest.param(name, stream.name, id=f"{name}-{stream.name}")
    for name, (kind, _) in TAPS.items()
    for stream in kind.stream_types
]


def read(stream: IdentityStream) -> Iterator[dict[str, Any]]:
    """The records of a stream; an error ends them, if it is one for people."""
    with suppress(IdentityError):
        yield from stream.get_records(None)


@pytest.mark.parametrize(("name", "table"), STREAMS)
@PLENTY
@given(data=st.data())
def test_any_json_is_told_or_read(name: str, table: str, data: st.DataObject) -> None:
    kind = made(name)[0].streams[table]
    answers = data.draw(st.lists(bodies(name, kind), min_size=1, max_size=4))  # type: ignore[arg-type]
    total = data.draw(st.none() | st.integers(0, 5).map(str) | st.text("-1²", max_size=3))
    note(json.dumps(answers))
    stub = Stub(answers, {"total-number": total} if total else {})
    stream = opened(name, stub).streams[table]
    seen: dict[tuple[Any, ...], Any] = {}
    for record in read(stream):  # type: ignore[arg-type]
        key = tuple(record[each] for each in stream.primary_keys)
        assert None not in key
        assert record.keys() == stream.schema["properties"].keys()
        assert record[SYNC_ID]
        assert seen.setdefault(key, record) == record
    entry = stream.run.report.results[table]  # type: ignore[attr-defined]
    assert entry.status is not None


@pytest.mark.parametrize(
    ("table", "body"),
    [
        ("organizations", {"details": True}),
        ("organizations", {"pagination": [1]}),
        ("organizations", {"details": {"totalResult": "²"}}),
        ("users", ["x"]),
        ("users", {"result": ["x"]}),
        ("users", {"result": 1}),
        ("applications", {"applications": ["x"]}),
        ("user_metadata", {"result": [{"userId": []}], "details": {"totalResult": "1"}}),
    ],
    ids=str,
)
def test_what_is_no_message_is_told(table: str, body: Any) -> None:
    stream = opened("tap-zitadel", Stub([body], {})).streams[table]
    assert list(read(stream)) == []  # type: ignore[arg-type]


def test_half_a_row_is_no_row() -> None:
    body = {"result": [{}], "details": {"totalResult": "1"}}
    stream = opened("tap-zitadel", Stub([body], {})).streams["organizations"]
    assert all(record["id"] for record in read(stream))  # type: ignore[arg-type]
    assert stream.run.report.results["organizations"].status != "complete"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("name", "table"),
    [
        *(each for each in STREAMS if each.values[0] != "tap-zitadel"),
        *(
            pytest.param("tap-zitadel", table)
            for table in ("organizations", "projects", "events", "policies", "machine_keys")
        ),
    ],
)
def test_what_is_no_listing_is_not_taken_for_an_empty_one(name: str, table: str) -> None:
    may_be_empty = {"tap-logto": list, "tap-zitadel": dict}.get(name, bytes)
    answers: tuple[Any, ...] = ([], "x", 7, True, {"unexpected": 1})
    for body in answers:
        if isinstance(body, may_be_empty):
            continue
        stream = opened(name, Stub([body], {})).streams[table]
        assert list(read(stream)) == []  # type: ignore[arg-type]
        entry = stream.run.report.results[table]  # type: ignore[attr-defined]
        assert entry.status != "complete", body


@PLENTY
@given(body=ANY | st.dictionaries(st.sampled_from(["access_token", "expires_in", "scope"]), ANY))
def test_any_token_response_is_told_or_used(body: Any) -> None:
    endpoint = TokenEndpoint(lambda: Request("/token", form={}))
    with suppress(IdentityError):
        header = endpoint.header(lambda *_: Response(200, raw=json.dumps(body).encode()))
        assert header == f"Bearer {body['access_token']}"


@pytest.mark.parametrize("vendor", [kinde, logto, rudderstack, zitadel], ids=lambda v: v.__name__)
@PLENTY
@given(
    body=ANY
    | st.dictionaries(st.sampled_from(["errors", "code", "data", "error", "message"]), ANY),
    status=st.sampled_from([400, 401, 403, 404, 405, 429, 500, 503]),
)
def test_any_error_has_a_meaning(vendor: Any, body: Any, status: int) -> None:
    meaning = vendor.ERROR_MAPPING.classify(status, body) or vendor.ERROR_MAPPING.usual(status)
    assert issubclass(meaning[0], IdentityError)
    assert isinstance(meaning[1], str)
    assert isinstance(vendor.ERROR_MAPPING.describe(body, {}, ["secret"]), str)
