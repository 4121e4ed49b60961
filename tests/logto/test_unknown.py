"""A field that a new version of Logto adds, anywhere in what it answers, is counted and named."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import requests

from sandbox.server import Sandbox
from tests.local_http import Reply, json_reply, serve
from tests.logto.emulator import small
from tests.logto.expected import TABLES
from tests.logto.runs import ALL, TAP, run_logto, verdict
from tests.running import Run, run_tap, select

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

FREE = {"customData", "identities", "authorizations", "resources"}
"""Objects whose names are data."""
NEW = "novelty"


def with_novelties(value: Any) -> Any:
    """A value with one more field in each of its objects."""
    if isinstance(value, list):
        return [with_novelties(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        **{
            name: {key: with_novelties(inner) for key, inner in each.items()}
            if name in FREE and isinstance(each, dict)
            else with_novelties(each)
            for name, each in value.items()
        },
        NEW: "new",
    }


NESTED = {
    "user_identities": {f"identities.{NEW}"},
    "organization_role_resource_scopes": {
        f"resourceScopes.{NEW}",
        f"resourceScopes.resource.{NEW}",
    },
    "user_sessions": {
        NEW,
        f"payload.{NEW}",
        f"lastSubmission.{NEW}",
        f"lastSubmission.signInContext.{NEW}",
    },
    "user_grants": {NEW, f"application.{NEW}", f"payload.{NEW}", f"payload.openid.{NEW}"},
    "application_user_consent_scopes": {
        NEW,
        f"organizationScopes.{NEW}",
        f"resourceScopes.{NEW}",
        f"resourceScopes.resource.{NEW}",
        f"resourceScopes.scopes.{NEW}",
    },
}
"""What streams name that are not made of their items' own fields alone."""


@pytest.fixture(scope="module")
def tenant() -> Iterator[Sandbox]:
    with Sandbox(small()) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def run(tenant: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """All streams, read from a newer server."""
    folder, base = tmp_path_factory.mktemp("run"), tenant.logto_config["base_url"]

    def answer(method: str, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        sent = {k: v for k, v in headers.items() if k.lower() not in ("host", "connection")}
        real = requests.request(method, f"{base}{path}", headers=sent, data=body, timeout=60)
        kept = {k: v for k, v in real.headers.items() if k == "Total-Number"}
        value = real.json()
        newer = path.startswith("/api/") and real.status_code == 200
        return json_reply(with_novelties(value) if newer else value, real.status_code, **kept)

    with serve(answer) as server:
        config = {**tenant.logto_config, "base_url": server.url}
        return run_tap(folder, config, tap=TAP, catalog=select(tap=TAP))


@pytest.mark.parametrize("stream", TABLES)
def test_every_stream_names_what_it_does_not_know(stream: str, run: Run) -> None:
    (line,) = [text for text in run.log.splitlines() if f" {stream}: fields unknown" in text]
    names = set(line.split("were dropped: ")[1].split(", "))
    assert names == NESTED.get(stream, {NEW})
    row = verdict(run, stream)
    assert (row["status"], row["unknown_fields"]) == ("complete", len(names))


def test_no_row_is_other_than_the_older_servers(run: Run, tenant: Sandbox, tmp_path: Path) -> None:
    """Only objects that are kept whole, such as custom data, show what is new in them."""
    older = run_logto(tmp_path, tenant, ALL)
    for stream in TABLES:
        assert [without_novelties(row) for row in run.records(stream)] == [
            {**row, "_sync_id": None} for row in older.records(stream)
        ]
        assert verdict(older, stream)["unknown_fields"] == 0


def without_novelties(value: Any) -> Any:
    if isinstance(value, list):
        return [without_novelties(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        name: None if name == "_sync_id" else without_novelties(each)
        for name, each in value.items()
        if name != NEW
    }


@pytest.mark.parametrize("kind", ["sessions", "grants"])
@pytest.mark.parametrize("body", [{"error": "later"}, {"sessions": {}, "grants": "none"}])
def test_an_answer_without_its_list_is_not_an_empty_list(
    kind: str, body: Any, tenant: Sandbox, tmp_path: Path
) -> None:
    fault = tenant.logto.fault(f"/{kind}", status=200, body=json.dumps(body).encode())
    try:
        run = run_logto(tmp_path, tenant, "roles", f"user_{kind}")
    finally:
        tenant.logto.faults.remove(fault)
    assert verdict(run, f"user_{kind}")["status"] == "failed"
    assert f"The response has no list of {kind}. Check `base_url`." in run.log
