"""The emulated Logto answers as real ones were recorded to, with their traps."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from requests.structures import CaseInsensitiveDict

from sandbox.logto import CLIENT_ID, CLIENT_SECRET, LogtoServer
from sandbox.logto.endpoints import ENDPOINTS
from tests.logto.emulator import (
    CLIENT,
    FORM,
    RECORDINGS,
    Served,
    load,
    outline,
    path_of,
    paths_of,
    pattern_of,
    recorded_size,
    small,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import requests

    from sandbox.company import Company


OLD, NEW = (1, 36), (1, 42)


@pytest.fixture(scope="module")
def old() -> Iterator[Served]:
    with Served(LogtoServer(small(), version=OLD)) as served:
        yield served


@pytest.fixture(scope="module")
def new() -> Iterator[Served]:
    with Served(LogtoServer(small())) as served:
        yield served


@pytest.fixture(scope="module")
def large() -> Iterator[Served]:
    with Served(LogtoServer(recorded_size())) as served:
        yield served


# What was recorded

FREE = frozenset((
    "authorizations", "branding", "browser", "config", "cpu", "customData", "description",
    "engine", "formItems", "identities", "identity", "name", "os", "profile", "providerConfig",
))  # fmt: skip
"""Keys that may have anything, or whose objects may have any keys."""

NOT_RECORDED = {
    ("/users/{id}/mfa-verifications", "[]"): {"lastUsedAt", "name"},
}
"""Keys that are served though no recording has them: the OpenAPI document names them."""


def _shapes() -> dict[tuple[tuple[int, int], str, str], list[dict[str, Any]]]:
    """Recordings by version, endpoint and options."""
    found: dict[tuple[tuple[int, int], str, str], list[dict[str, Any]]] = {}
    for path in sorted(RECORDINGS.rglob("*.json")):
        recording = load(path)
        if path.parent.name != "behaviour" and recording["status"] == 200:
            url = path_of(recording["request"]["url"])
            options = re.sub(r"&?(page|page_size|start_time)=\w+", "", url.partition("?")[2])
            version = OLD if path.parent.name == "v1.36.0" else NEW
            found.setdefault((version, pattern_of(url), options.lstrip("&")), []).append(recording)
    return found


SHAPES = _shapes()


def _by_key(body: Any) -> Any:
    """Logs of each kind by themselves, for each kind has other keys."""
    rows = body if isinstance(body, list) else [body]
    if not rows or "payload" not in rows[0]:
        return body
    return [{f"{row['key']} {row['payload']['result']}": row for row in rows}]


@pytest.mark.parametrize(
    ("version", "pattern", "options"), SHAPES, ids=lambda value: str(value).replace("/", " ")
)
def test_rows_have_the_keys_and_types_that_were_recorded(
    old: Served, new: Served, version: tuple[int, int], pattern: str, options: str
) -> None:
    served = old if version == OLD else new
    paths = paths_of(served.server.company, pattern)
    got = outline([_by_key(served.rows(f"{path}?{options}")) for path in paths], FREE)
    want = outline([_by_key(each["body"]) for each in SHAPES[version, pattern, options]], FREE)
    kinds_of_logs = {"[]"} if pattern.startswith("/logs") else set()
    for place in got.keys.keys() & want.keys.keys() - kinds_of_logs:
        added = NOT_RECORDED.get((pattern, place), set())
        assert got.keys[place] - added == want.keys[place], place
    for place in got.types.keys() & want.types.keys():
        types = got.types[place], want.types[place]
        assert not all(types) or types[0] == types[1], place


# Errors and edge cases

BEHAVIOUR = sorted((RECORDINGS / "behaviour").glob("*.json"))
COMPARED = (
    "Content-Type", "Vary", "cache-control", "Access-Control-Expose-Headers", "WWW-Authenticate",
    "Total-Number", "Total-Number-Is-Capped", "Link", "ETag", "Logto-Core-Request-Id",
)  # fmt: skip
"""Headers that are there if and only if they were recorded."""
DIFFERS = ("ETag", "Logto-Core-Request-Id")
"""Those whose values say nothing."""
ASKED: dict[str, dict[str, Any]] = {
    "token_bad_client": {"auth": ("nope", CLIENT_SECRET)},
    "token_bad_secret": {"auth": (CLIENT_ID, "nope")},
    "token_client_secret_post": {
        "auth": None,
        "data": {**FORM, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET},
    },
    "token_expired_secret": {},
    "token_invalid_scope": {"data": {**FORM, "scope": "all nope"}},
    "token_json_body": {"data": None, "json": FORM},
    "token_missing_resource": {"data": {"grant_type": "client_credentials", "scope": "all"}},
    "token_no_scope_param": {"data": {name: FORM[name] for name in ("grant_type", "resource")}},
    "token_norole_200": {},
    "token_ok": {},
    "token_other_resource": {"data": {**FORM, "resource": "https://orders.example/api"}},
    "token_resource_trailing_slash": {"data": {**FORM, "resource": f"{FORM['resource']}/"}},
    "token_unknown_resource": {"data": {**FORM, "resource": "https://nope.example"}},
    "token_unsupported_grant": {"data": {**FORM, "grant_type": "password"}},
}
"""How tokens are asked for, where that is not as usual."""


def _ids(company: Company) -> dict[str, str]:
    """Things here that are what the things that were recorded are there."""
    access, people = company.access, list(company.people)
    kinds = {application.kind: application.id for application in access.applications.values()}
    of_organizations = list(access.organizations)
    found = {
        "iwhjz47qrazdf7hfnxe5p": kinds["spa"],
        "h3hevwwbefhr2ss7d95fj": kinds["saml"],
        "ssn9ngcdb0gr": of_organizations[5],
        "k91p4ooq7z2u": of_organizations[0],
        "jkb5e8lf8q3p": of_organizations[0],
        "2dqlmi1x2hzc": of_organizations[6],
        "7jl0a25q5l6efbrhl16rn": access.roles_of("organization")[0].id,
    }
    recorded = ("remx211zcxh9", "czfemvg0qs2r", "vzhm34cvri0k", "ni3x9m8zwnvz", "eqnk1qcjg78f")
    return {**found, **dict(zip(recorded, people, strict=False))}


def _translated(text: str, served: Served) -> str:
    """A recorded text, with this server's address and ids."""
    text = text.replace("http://127.0.0.1:3001", served.url).replace("%25acme%25", "%25person%25")
    for recorded, here in _ids(served.server.company).items():
        text = text.replace(recorded, here)
    return text


def _token_answer(served: Served, name: str) -> requests.Response:
    server = served.server
    server.role_granted, server.secret_expired = "norole" not in name, "expired" in name
    try:
        asked: dict[str, Any] = {"auth": CLIENT, "data": FORM, **ASKED[name]}
        return served.session.post(f"{served.url}/oidc/token", **asked)
    finally:
        server.role_granted, server.secret_expired = True, False


def _authorization(served: Served, name: str) -> dict[str, str]:
    if name == "auth_missing":
        return {}
    if name in ("auth_garbage_token", "auth_opaque_token", "auth_bad_scheme"):
        return {"Authorization": "Basic abc" if name == "auth_bad_scheme" else "Bearer abc"}
    other = {"resource": "https://orders.example/api"} if name == "auth_wrong_audience" else {}
    scopeless = (
        {"scope": ""}
        if name in ("auth_forbidden_no_scope", "auth_token_without_scope_param")
        else {}
    )
    token = served.token(**other, **scopeless)
    if name == "auth_expired_token":
        served.server.expire_tokens()
        served.forget_token()
    return {"Authorization": f"Bearer {token}"}


def _answer(served: Served, name: str, url: str) -> requests.Response:
    if name.startswith("token_"):
        return _token_answer(served, name)
    if name.startswith("auth_"):
        return served.session.get(url, headers=_authorization(served, name))
    path = url.removeprefix(served.url)
    if not path.startswith("/api"):
        return served.session.get(url)
    path = path.removeprefix("/api")
    if name == "users_if_none_match_304":
        return served.get(path, **{"If-None-Match": served.get(path).headers["ETag"]})
    return served.get(path)


def _told(body: Any) -> Any:
    """What of a body is to be the same: all of an error, but of what is listed, if anything is."""
    if isinstance(body, list):
        return bool(body)
    if not isinstance(body, dict):
        return body
    if "payload" in (data := body.get("data", {})):
        return {**body, "data": {**data, "payload": sorted(data["payload"])}}
    if "dauCurve" in body:
        return [each["date"] for each in body["dauCurve"]]
    return {name: value for name, value in body.items() if name != "access_token"}


@pytest.mark.parametrize("path", BEHAVIOUR, ids=lambda path: path.stem)
def test_errors_and_edge_cases_are_as_recorded(large: Served, path: Path) -> None:
    recorded = json.loads(_translated(path.read_text(), large))
    answer = _answer(large, path.stem, recorded["request"]["url"])
    assert answer.status_code == recorded["status"]
    is_json = answer.headers.get("Content-Type", "").startswith("application/json")
    assert _told(answer.json() if is_json else answer.text) == _told(recorded["body"])
    got = {name: answer.headers[name] for name in COMPARED if name in answer.headers}
    told = CaseInsensitiveDict(recorded["headers"])
    want = {name: told[name] for name in COMPARED if name in told}
    assert got.keys() == want.keys()
    if got.get("Total-Number") != want.get("Total-Number"):
        for headers in (got, want):
            headers.update({"Total-Number": "", "Link": headers["Link"].partition(",")[0]})
    for name in got.keys() - DIFFERS:
        assert got[name] == want[name], name


def _first(served: Served) -> str:
    return next(iter(served.server.company.people))


def test_an_old_server_ignores_times_and_knows_no_sessions(old: Served) -> None:
    total = old.get("/logs").headers["Total-Number"]
    for start in ("garbage", "99999999999999"):
        assert old.get(f"/logs?start_time={start}").headers["Total-Number"] == total
    for name in ("sessions", "grants"):
        answer = old.get(f"/users/{_first(old)}/{name}")
        assert (answer.status_code, answer.text) == (404, "Not Found")
        assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"


def test_a_new_server_looks_at_times(new: Served) -> None:
    for start, code in (("x", "guard.invalid_input"), ("9&end_time=8", "log.invalid_time_window")):
        answer = new.get(f"/logs?start_time={start}")
        assert (answer.status_code, answer.json()["code"]) == (400, code)
    moments = [row["createdAt"] for row in new.rows("/logs")]
    third = new.rows(f"/logs?start_time={moments[2]}&end_time={moments[2]}")
    assert [row["createdAt"] for row in third] == [moments[2]]
    assert len(new.rows(f"/logs?start_time=&end_time={moments[2]}")) == len(moments) - 2


def test_other_methods_than_get_are_not_allowed_and_head_tells_the_total(new: Served) -> None:
    headers = {"Authorization": f"Bearer {new.token()}"}
    url = f"{new.url}/api/users"
    assert new.session.put(url, headers=headers).status_code == 405
    head = new.session.head(url, headers=headers)
    assert (head.headers["Total-Number"], head.text) == ("24", "")


# What nothing vouches for

UNVOUCHED: set[str] = set()


def test_what_is_served_was_recorded() -> None:
    recorded = {pattern for _, pattern, _ in SHAPES}
    assert {endpoint.path for endpoint in ENDPOINTS} - recorded == UNVOUCHED
