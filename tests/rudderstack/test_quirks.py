"""What real SCIM servers do that the RFC does not say, each tolerated or told."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.local_http import Reply, plain
from tests.rudderstack.scripted_scim import ENTERPRISE, read, user

if TYPE_CHECKING:
    from pathlib import Path


def test_a_user_is_little_more_than_an_id(tmp_path: Path) -> None:
    run = read(tmp_path, [{"id": 7}], [])
    assert run.code == 0
    assert user(run) == {"id": "7"}


def test_names_in_any_case_and_booleans_as_text(tmp_path: Path) -> None:
    run = read(
        tmp_path,
        [
            {
                "ID": "u1",
                "UserName": "ada",
                "Active": "False",
                "NAME": {"GivenName": "Ada"},
                "Emails": [{"Value": "a@example.com", "Primary": "True", "Type": "work"}],
                ENTERPRISE.lower(): {"Department": "Data", "Manager": "u9"},
                "Meta": {"Created": "2026-01-02T03:04:05+01:00"},
            }
        ],
        [],
    )
    assert user(run) == {
        "id": "u1",
        "user_name": "ada",
        "active": False,
        "given_name": "Ada",
        "primary_email": "a@example.com",
        "emails": [{"value": "a@example.com", "primary": True, "type": "work"}],
        "department": "Data",
        "manager_id": "u9",
        "meta_created": "2026-01-02T02:04:05.000000Z",
    }
    (email,) = run.records("user_emails")
    assert email["is_primary"] is True
    assert run.records("sync_runs")[0]["unknown_fields"] == 0


@pytest.mark.parametrize(
    ("emails", "rows", "primary"),
    [
        (["a@example.com", "b@example.com"], [("a@example.com", []), ("b@example.com", [])], "a"),
        ({"value": "a@example.com"}, [("a@example.com", [])], "a"),
        ("a@example.com", [("a@example.com", [])], "a"),
        (
            [
                {"value": "b@example.com", "type": "work"},
                {"value": "a@example.com", "primary": True},
                {"value": "b@example.com", "type": "home"},
            ],
            [("b@example.com", ["work", "home"]), ("a@example.com", [])],
            "a",
        ),
        ([{"type": "work"}, None], [], None),
        (None, [], None),
    ],
)
def test_emails_in_every_shape(
    tmp_path: Path, emails: Any, rows: list[tuple[str, list[str]]], primary: str | None
) -> None:
    run = read(tmp_path, [{"id": "u1", "emails": emails}], [])
    assert run.code == 0, run.log
    assert [(row["value"], row["types"]) for row in run.records("user_emails")] == rows
    assert user(run).get("primary_email") == (f"{primary}@example.com" if primary else None)


def test_extensions_are_kept_and_secrets_are_not(tmp_path: Path) -> None:
    run = read(
        tmp_path,
        [
            {
                "id": "u1",
                "password": "hunter2",
                "x509Certificates": [{"value": "MIIC"}],
                "urn:example:2.0:User": {"badge": 7, "Client-Secret": "s3", "a": [{"token": "t"}]},
                "shoeSize": 43,
            }
        ],
        [],
    )
    assert user(run) == {
        "id": "u1",
        "extensions": {"urn:example:2.0:User": {"badge": 7, "a": [{}]}},
    }
    assert "hunter2" not in run.output + run.log
    assert run.records("sync_runs")[0]["unknown_fields"] == 1
    assert "users: fields unknown to this version were dropped: shoesize" in run.log


def test_a_value_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    users = [{"id": "u1", "active": "perhaps", "meta": {"created": "yesterday"}}]
    run = read(tmp_path, users, [])
    assert run.code == 0
    assert user(run) == {"id": "u1"}
    reason = run.records("sync_runs")[0]["reason"]
    assert reason == "unreadable values were left empty in active, meta_created"


def test_a_server_that_does_not_page_is_incomplete(tmp_path: Path) -> None:
    users = [{"id": f"u{n}"} for n in range(50)]

    def answer(path: str, query: dict[str, list[str]]) -> Reply | None:
        body = {"totalResults": 50, "Resources": users[:10], "startIndex": 1}
        return plain(json.dumps(body).encode()) if path == "/Users" else None

    run = read(tmp_path, users, [], answer)
    assert run.code == 1
    assert run.verdicts["users"] == "incomplete"
    assert "the server does not page: 10 of 50 rows were found" in run.log
    assert len(run.records("users")) == 10
    assert run.kinds("ACTIVATE_VERSION")[0]["stream"] != "users"


def test_resources_absent_or_null_are_none(tmp_path: Path) -> None:
    def answer(path: str, query: dict[str, list[str]]) -> Reply | None:
        if path == "/v2/audit-logs":
            return None
        body = {"totalResults": 0} if path == "/Users" else {"totalResults": 0, "Resources": None}
        return plain(json.dumps(body).encode())

    run = read(tmp_path, [], [], answer)
    assert run.code == 0, run.log
    assert set(run.verdicts.values()) == {"complete", "unsupported"}


def test_something_else_than_scim_is_told(tmp_path: Path) -> None:
    run = read(tmp_path, [], [], lambda p, q: plain(b'{"hello": "world"}'))
    assert run.code == 1
    assert "Check `scim_base_url`" in run.log
    assert run.output == ""


def test_an_identity_cannot_be_a_path(tmp_path: Path) -> None:
    """An id is data: it cannot lead a request, and the token, elsewhere."""
    asked: list[str] = []

    def answer(path: str, query: dict[str, list[str]]) -> Reply | None:
        asked.append(path)
        return None

    groups = [{"id": "../../steal?x=/y", "meta": {"location": "http://127.0.0.1:9/Groups/1"}}]
    run = read(tmp_path, [], groups, answer)
    assert "/Groups/..%2F..%2Fsteal%3Fx%3D%2Fy" in asked
    assert run.verdicts["group_members"] == "incomplete"
