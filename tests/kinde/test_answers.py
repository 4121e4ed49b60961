"""What Kinde answers in more than one shape, and answers that are none."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.kinde.runs import (
    activated,
    assert_whole,
    by_key,
    changing,
    expected,
    paths,
    read,
    verdict,
)

if TYPE_CHECKING:
    from sandbox.company import Company
    from sandbox.server import Sandbox

    pass


USERS = ("users", "user_identities", "user_organizations")
SUCCESS = {"code": "OK", "message": "Success"}


# Shapes


def test_connections_are_the_same_nested_or_flat(company: Company, sandbox: Sandbox) -> None:
    streams = ("connections", "organization_connections", "application_connections")
    found = []
    for nested in (True, False):
        sandbox.kinde_server.nested_connections = nested
        run = read(sandbox, *streams, page_size=2)
        assert_whole(run, company, *streams)
        rows = [run.records(each) for each in streams]
        found.append([[{**row, "_sync_id": ""} for row in each] for each in rows])
    assert found[0] == found[1]


def test_having_no_second_factor_may_be_a_404(company: Company, sandbox: Sandbox) -> None:
    sandbox.kinde_server.missing_mfa = True
    run = read(sandbox, "user_mfa", "organization_user_mfa")
    assert_whole(run, company, "user_mfa", "organization_user_mfa")
    assert paths(sandbox).count("/users") == 1
    assert verdict(run, "user_mfa")["reason"] is None


def test_second_factors_may_be_a_list(
    company: Company, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def listed(body: dict[str, Any], request: Any) -> None:
        body["mfa"] = [body["mfa"]] if body["mfa"] else []

    path = "/users/{user_id}/mfa"
    monkeypatch.setattr(sandbox.kinde_server, "_body", changing(sandbox, path, listed))
    assert_whole(read(sandbox, "user_mfa"), company, "user_mfa")


@pytest.mark.parametrize("stream", ["user_mfa", "organization_user_mfa"])
def test_that_nobody_has_a_second_factor_is_told_if_each_answer_is_a_404(
    company: Company, sandbox: Sandbox, stream: str
) -> None:
    """It may be the endpoint that does not exist; which of the two cannot be told."""
    missing = {"errors": {"code": "ROUTE_NOT_FOUND", "message": "The route does not exist"}}
    sandbox.kinde.fault("/mfa", status=404, body=json.dumps(missing).encode())
    run = read(sandbox, stream)
    assert run.code == 0, run.log
    assert run.records(stream) == []
    asked = [path for path in paths(sandbox) if path.endswith("/mfa")]
    assert verdict(run, stream)["reason"] == (
        f"all {len(asked)} requests returned 404: there are none, or this environment has "
        "no such endpoint"
    )


# Answers that are no listing


def answer(sandbox: Sandbox, body: Any) -> None:
    sandbox.kinde.fault("/api/v1/users", status=200, body=json.dumps(body).encode())


@pytest.mark.parametrize("body", [SUCCESS, [], {"users_": []}, "users"])
def test_an_answer_without_the_list_fails(sandbox: Sandbox, body: Any) -> None:
    first = read(sandbox, *USERS, "roles")
    answer(sandbox, body)
    run = read(sandbox, *USERS, "roles", state=first.state)
    assert run.code == 1
    assert verdict(run, "users")["status"] == "failed"
    assert "The response has no `users`. Check `base_url`" in verdict(run, "users")["reason"]
    assert activated(run) == {"roles"}


ERRORS = {"errors": [{"code": "SOMETHING", "message": "Something is wrong"}]}


def test_errors_in_an_answer_of_success_fail(sandbox: Sandbox) -> None:
    answer(sandbox, {**SUCCESS, **ERRORS, "users": []})
    run = read(sandbox, *USERS)
    assert set(run.verdicts.values()) <= {"failed"}
    assert run.code == 1
    assert "The response contains errors instead of records" in run.log


def test_nothing_but_errors_in_an_answer_of_success_is_told_as_such(sandbox: Sandbox) -> None:
    answer(sandbox, ERRORS)
    assert "contains errors" in read(sandbox, *USERS).log


@pytest.mark.parametrize("rows", ["S3CRET", "", 5, 0, True, False])
def test_a_list_that_is_none_fails(sandbox: Sandbox, rows: Any) -> None:
    answer(sandbox, {**SUCCESS, "users": rows, "next_token": None})
    run = read(sandbox, "users", "roles")
    assert run.records("users") == []
    assert run.verdicts == {"users": "failed", "roles": "complete"}
    assert verdict(run, "users")["reason"] == "The response has no list in `users`."
    assert activated(run) == {"roles"}
    assert "S3CRET" not in run.log + run.output


@pytest.mark.parametrize("rows", [[1, 2], [None], ["kp_1"], [[]]])
def test_rows_that_are_no_objects_have_no_id(sandbox: Sandbox, rows: list[Any]) -> None:
    answer(sandbox, {**SUCCESS, "users": rows, "next_token": None})
    run = read(sandbox, "users", "roles")
    assert run.records("users") == []
    assert run.verdicts == {"users": "incomplete", "roles": "complete"}
    assert verdict(run, "users")["reason"] == f"{len(rows)} rows have no id"
    assert activated(run) == {"roles"}


@pytest.mark.parametrize("rows", [[], None])
def test_an_empty_page_that_says_there_is_more_is_incomplete(
    sandbox: Sandbox, rows: list[Any] | None
) -> None:
    body = json.dumps({**SUCCESS, "connections": rows, "has_more": True}).encode()
    sandbox.kinde.fault("starting_after", status=200, body=body)
    run = read(sandbox, "connections", page_size=2)
    assert len(run.records("connections")) == 2
    assert verdict(run, "connections")["status"] == "incomplete"
    assert "an empty page has `has_more` set" in run.log
    assert activated(run) == set()


def test_fields_that_are_null_are_empty_columns(
    company: Company, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the vendor's fields none is sure to be there."""

    def forget(body: dict[str, Any], request: Any) -> None:
        body["users"] = [{**dict.fromkeys(row), "id": row["id"]} for row in body["users"]]
        del body["users"][0]["email"]

    monkeypatch.setattr(sandbox.kinde_server, "_body", changing(sandbox, "/users", forget))
    run = read(sandbox, *USERS)
    assert run.code == 0, run.log
    assert len(run.records("users")) == len(company.people)
    for row in run.records("users"):
        assert {name for name, value in row.items() if value is not None} == {"id", "_sync_id"}
    assert run.records("user_identities") == run.records("user_organizations") == []


def test_parts_of_a_key_that_are_null_are_named(
    company: Company, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No part of a key may be null in a warehouse."""
    named = {user for user, *_ in expected(company, "user_identities")}
    given = {user for user, *_ in expected(company, "user_api_scopes")}

    def forget(body: dict[str, Any], request: Any) -> None:
        for row in body.get("users", []):
            row["identities"] = [dict.fromkeys(each) for each in row["identities"][:1]]
        for row in body.get("results", []):
            row["api_scopes"] = [dict.fromkeys(each) for each in row["api_scopes"][:1]]

    for path in ("/users", "/search/users"):
        monkeypatch.setattr(sandbox.kinde_server, "_body", changing(sandbox, path, forget))
    run = read(sandbox, "user_identities", "user_api_scopes")
    assert run.code == 0, run.log
    assert by_key("user_identities", run.records("user_identities")).keys() == {
        (user, "none", "none", "none") for user in named
    }
    scopes = by_key("user_api_scopes", run.records("user_api_scopes"))
    assert scopes.keys() == {(user, "none", "none", "none") for user in given}


def test_a_field_that_is_not_known_is_left_out_and_counted(
    company: Company, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def add(body: dict[str, Any], request: Any) -> None:
        for row in body["users"]:
            row |= {"api_secret": "S3CRET", "favourite_colour": "blue"}

    assert all(row["unknown_fields"] == 0 for row in read(sandbox).records("sync_runs"))
    monkeypatch.setattr(sandbox.kinde_server, "_body", changing(sandbox, "/users", add))
    run = read(sandbox, "users")
    assert_whole(run, company, "users")
    assert verdict(run, "users")["unknown_fields"] == 2
    assert "S3CRET" not in run.output
