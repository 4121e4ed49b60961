"""A recorded tenant of 250 users and 30 organizations, read from a real server's answers."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from tap_logto.client import fingerprint
from tests.logto.replay import Replay
from tests.running import Run, run_tap, select

if TYPE_CHECKING:
    from pathlib import Path

ENTITIES = {
    "users": r"/api/users",
    "roles": r"/api/roles",
    "resources": r"/api/resources",
    "scopes": r"/api/resources/[^/]+/scopes",
    "organizations": r"/api/organizations",
    "organization_roles": r"/api/organization-roles",
    "organization_scopes": r"/api/organization-scopes",
    "organization_invitations": r"/api/organization-invitations",
    "applications": r"/api/applications",
    "connectors": r"/api/connectors",
    "sso_connectors": r"/api/sso-connectors",
    "hooks": r"/api/hooks",
    "audit_logs": r"/api/logs",
}
"""Where the records of a stream were recorded, one item each."""

LEFT_OUT = {
    "roles": {"featuredUsers", "featuredApplications"},
    "organizations": {"customCss"},
    "organization_roles": {"scopes", "resourceScopes"},
    "connectors": {
        "config", "description", "extraInfo", "formItems", "logo", "logoDark", "metadata",
        "readme",
    },
    "sso_connectors": {
        "branding", "config", "providerConfig", "providerLogo", "providerLogoDark",
    },
    "hooks": {"config", "signingKey"},
}  # fmt: skip
"""What is not taken over, and so must not be in the output."""

STRUCTURES = {
    "users": ("profile",),
    "organizations": ("color", "branding"),
    "applications": ("oidcClientMetadata", "customClientMetadata"),
}
"""Fields whose own names change on the way."""


@pytest.fixture(scope="module")
def tenant() -> Replay:
    return Replay()


@pytest.fixture(scope="module", params=[100, 7], ids=["large pages", "small pages"])
def run(
    request: pytest.FixtureRequest, tenant: Replay, tmp_path_factory: pytest.TempPathFactory
) -> Run:
    return read(tmp_path_factory.mktemp("replay"), tenant, page_size=request.param)


def read(folder: Path, tenant: Replay, *streams: str, **settings: Any) -> Run:
    catalog = select(*streams, tap="tap-logto")
    with tenant.served() as config:
        return run_tap(folder, {**config, **settings}, tap="tap-logto", catalog=catalog)


def test_every_stream_is_complete_and_knows_every_field(run: Run) -> None:
    assert run.code == 0, run.log
    assert set(run.verdicts.values()) == {"complete"}
    unknown = {r["stream"]: r["unknown_fields"] for r in run.records("sync_runs")}
    assert set(unknown.values()) == {0}, unknown


@pytest.mark.parametrize("stream", ENTITIES)
def test_every_recorded_item_is_a_record_and_every_record_was_recorded(
    stream: str, tenant: Replay, run: Run
) -> None:
    records = {row["id"]: row for row in run.records(stream)}
    recorded = {item["id"]: item for _, item in tenant.items(ENTITIES[stream])}
    assert records.keys() == recorded.keys()
    ignored_fields = LEFT_OUT.get(stream, set())
    for key, item in recorded.items():
        for field, value in item.items():
            column = snake(field)
            if field in ignored_fields:
                assert column not in records[key]
            elif field in STRUCTURES.get(stream, ()):
                assert records[key][column] == renamed(value), f"{stream}.{column}"
            elif field != "payload":
                assert records[key][column] == told(field, value), f"{stream}.{column}"


def edges(tenant: Replay, pattern: str, *fields: str) -> set[tuple[str, ...]]:
    return {(owner, *(item[f] for f in fields)) for owner, item in tenant.items(pattern)}


def keys(run: Run, stream: str, *columns: str) -> set[tuple[str, ...]]:
    rows = [tuple(row[column] for column in columns) for row in run.records(stream)]
    assert len(rows) == len(set(rows))
    return set(rows)


ORGANIZATION = "/api/organizations/([^/]+)"


@pytest.mark.parametrize(
    ("stream", "pattern", "field", "columns"),
    [
        ("role_users", "/api/roles/([^/]+)/users", "id", ("role_id", "user_id")),
        (
            "role_applications", "/api/roles/([^/]+)/applications", "id",
            ("role_id", "application_id"),
        ),
        ("role_scopes", "/api/roles/([^/]+)/scopes", "id", ("role_id", "scope_id")),
        (
            "organization_memberships", f"{ORGANIZATION}/users", "id",
            ("organization_id", "user_id"),
        ),
        (
            "organization_applications", f"{ORGANIZATION}/applications", "id",
            ("organization_id", "application_id"),
        ),
        (
            "organization_jit_email_domains", f"{ORGANIZATION}/jit/email-domains", "emailDomain",
            ("organization_id", "email_domain"),
        ),
        (
            "organization_jit_roles", f"{ORGANIZATION}/jit/roles", "id",
            ("organization_id", "organization_role_id"),
        ),
        (
            "organization_jit_sso_connectors", f"{ORGANIZATION}/jit/sso-connectors", "id",
            ("organization_id", "sso_connector_id"),
        ),
        (
            "organization_role_scopes", "/api/organization-roles/([^/]+)/scopes", "id",
            ("organization_role_id", "scope_id"),
        ),
        (
            "organization_role_resource_scopes",
            "/api/organization-roles/([^/]+)/resource-scopes", "id",
            ("organization_role_id", "scope_id"),
        ),
        (
            "application_secrets", "/api/applications/([^/]+)/secrets", "name",
            ("application_id", "name"),
        ),
        (
            "user_mfa_verifications", "/api/users/([^/]+)/mfa-verifications", "id",
            ("user_id", "id"),
        ),
        (
            "user_personal_access_tokens", "/api/users/([^/]+)/personal-access-tokens", "name",
            ("user_id", "name"),
        ),
    ],
)  # fmt: skip
def test_edges_are_those_that_were_recorded(
    stream: str, pattern: str, field: str, columns: tuple[str, str], tenant: Replay, run: Run
) -> None:
    expected = edges(tenant, pattern, field)
    if stream == "application_secrets":
        types = {item["id"]: item["type"] for _, item in tenant.items("/api/applications")}
        assert {types[owner] for owner, _ in expected} <= {
            "MachineToMachine", "Traditional", "Protected",
        }  # fmt: skip
    assert keys(run, stream, *columns) == expected


def test_what_comes_out_of_other_responses_is_that_too(tenant: Replay, run: Run) -> None:
    for kind, holder in (("users", "user_id"), ("applications", "application_id")):
        stream = f"organization_{'member' if kind == 'users' else 'application'}_roles"
        expected = {
            (organization, item["id"], role["id"])
            for organization, item in tenant.items(f"{ORGANIZATION}/{kind}")
            for role in item["organizationRoles"]
        }
        assert expected
        assert keys(run, stream, "organization_id", holder, "organization_role_id") == expected
    identities = {
        (user["id"], target, identity["userId"])
        for _, user in tenant.items("/api/users")
        for target, identity in user["identities"].items()
    }
    assert identities
    assert keys(run, "user_identities", "user_id", "target", "identity_user_id") == identities


def test_no_recorded_secret_and_no_session_is_in_the_output(tenant: Replay, run: Run) -> None:
    assert "***REDACTED***" not in run.output
    sessions = {log["payload"].get("sessionId") for _, log in tenant.items("/api/logs")} - {None}
    assert sessions
    for _, found in tenant.items("/api/users/([^/]+)/sessions"):
        for each in found["sessions"]:
            sessions |= {each["payload"]["jti"], each["payload"]["uid"]}
    assert not any(session in run.output for session in sessions)


@cache
def snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def renamed(value: Any) -> Any:
    if isinstance(value, dict):
        return {snake(key): renamed(each) for key, each in value.items()}
    return value


def told(field: str, value: Any) -> Any:
    """A value as a record has it: times as text, and maps without what is redacted."""
    if field.endswith("At") and isinstance(value, int):
        at = datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(milliseconds=value)
        return f"{at:%Y-%m-%dT%H:%M:%S.%f}Z"
    return value


def test_a_session_is_the_same_after_another_sign_in_and_found_in_the_log(tmp_path: Path) -> None:
    """Its `jti` changes then; the `uid`, by which the API addresses it, does not."""
    tenant = Replay()
    first = read(tmp_path, tenant, "users", "user_sessions", "audit_logs")
    (before,) = first.records("user_sessions")
    logged = {row["session_id"] for row in first.records("audit_logs")}
    assert before["session_id"] in logged - {None}
    ((path, body),) = [
        (path, body)
        for path, body in tenant.bodies.items()
        if path.endswith("/sessions") and body["sessions"]
    ]
    payload = body["sessions"][0]["payload"]
    assert before["session_id"] == fingerprint(payload["jti"])
    again = {**body["sessions"][0], "payload": {**payload, "jti": "after another sign-in"}}
    tenant.bodies[path] = {"sessions": [again]}
    (after,) = read(tmp_path, tenant, "users", "user_sessions").records("user_sessions")
    same = {name: value for name, value in before.items() if name != "_sync_id"}
    assert after == {
        **same,
        "session_id": fingerprint("after another sign-in"),
        "_sync_id": after["_sync_id"],
    }
    (schema,) = [m for m in first.kinds("SCHEMA") if m["stream"] == "user_sessions"]
    assert schema["key_properties"] == ["user_id", "uid"]
