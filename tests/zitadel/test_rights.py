"""Accounts that may not see everything: what they read, what they say, what is not removed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sandbox.zitadel import ids
from tests.zitadel.expected import DEFAULT, LACKING_IN_V1, TABLES
from tests.zitadel.runs import (
    ALL,
    ON_4,
    activated,
    expected,
    read,
    records,
    refused,
    run_zitadel,
    serve,
    verdict,
)

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.company import Company
    from sandbox.server import Sandbox
    from tests.zitadel.expected_shared import Row

INSTANCE, ORGANIZATION = "IAM_OWNER_VIEWER", "ORG_OWNER_VIEWER"
OF_INSTANCE = ("instance", "events", "sessions")
"""What only an account that administers the instance may read."""
VERSIONS = pytest.mark.parametrize("version", [(2, 71), (4, 7), (4, 13), (5, 0)], ids=str)
"""Of 4.2 and 4.3 see test_zitadel_paging: their totals are wrong."""


def two(company: Company) -> set[str]:
    """Home, which owns the projects, and the customer with the most people."""
    return {ids.HOME, ids.organization_id(next(iter(company.access.organizations.values())))}


def limit(sandbox: Sandbox, organizations: set[str]) -> None:
    """Let the account administer some organizations only."""
    sandbox.zitadel_server.role = ORGANIZATION
    sandbox.zitadel_server.member_of = organizations


def within(company: Company, table: str, organizations: set[str]) -> dict[tuple[Any, ...], Row]:
    """The rows of a table that belong to some of the organizations."""
    users = {key[0] for key in _owned(company, "users", organizations)}
    projects = {key[0] for key in _owned(company, "projects", organizations)}
    if table.startswith("user_"):
        return {k: v for k, v in expected(company, table).items() if v["user_id"] in users}
    if table in ("project_roles", "applications"):
        return {k: v for k, v in expected(company, table).items() if v["project_id"] in projects}
    if table == "organizations":
        return {k: v for k, v in expected(company, table).items() if v["id"] in organizations}
    if table.startswith("authorization"):  # also what others gave on one's own projects
        return {
            key: row
            for key, row in expected(company, table).items()
            if row["organization_id"] in organizations or row["project_id"] in projects
        }
    return _owned(company, table, organizations)


def _owned(company: Company, table: str, organizations: set[str]) -> dict[tuple[Any, ...], Row]:
    rows = expected(company, table)
    return {key: row for key, row in rows.items() if row["organization_id"] in organizations}


def assert_reads_only(run: Any, company: Company, organizations: set[str], *tables: str) -> None:
    """Exactly the rows of these organizations; what only v2 tells is empty."""
    for table in tables:
        empty = LACKING_IN_V1.get(table, set())
        found = records(run, table)
        assert verdict(run, table)["status"] == "complete"
        wanted = within(company, table, organizations)
        blank = dict.fromkeys(empty)
        assert found == {key: {**row, **blank} for key, row in wanted.items()}, table


LIMITED = tuple(t for t in TABLES if t not in (*OF_INSTANCE, "groups", "group_users"))


# Two organizations


def test_the_default_selection_fails_first_and_names_what_is_missing(
    tmp_path: Path, sandbox: Sandbox, company: Company
) -> None:
    limit(sandbox, two(company))
    run = run_zitadel(tmp_path, sandbox)
    word = run.log
    assert "It lacks iam.read, events.read: see the lines above." in refused(run)
    assert "instance need iam.read: the account does not administer the instance." in word
    assert "events need events.read: the account does not administer the instance." in word
    assert "with the role IAM_OWNER_VIEWER" in word
    assert "set `on_missing_scope` to `skip`" in word
    assert len(sandbox.zitadel.requests) == 2  # the instance, and which organizations


@VERSIONS
def test_the_rest_is_exactly_what_belongs_to_the_organizations(
    running: Sandbox, company: Company, version: tuple[int, int]
) -> None:
    sandbox, organizations = serve(running, company, version), two(company)
    limit(sandbox, organizations)
    run = read(sandbox, ALL, on_missing_scope="skip")
    assert run.code == 0, run.log
    assert {run.verdicts[table] for table in OF_INSTANCE} == {"skipped"}
    assert {run.verdicts[table] for table in ("groups", "group_users")} == {"unsupported"}
    assert_reads_only(run, company, organizations, *LIMITED)
    assert activated(run) == set(LIMITED)


def test_the_scope_of_each_stream_names_the_organizations(
    sandbox: Sandbox, company: Company
) -> None:
    organizations = two(company)
    limit(sandbox, organizations)
    run = read(sandbox, "users", "organizations")
    base = sandbox.zitadel_config["instance_url"]
    for stream in ("users", "organizations"):
        scope = verdict(run, stream)["coverage"]
        assert scope == [f"{base} organization {each}" for each in sorted(organizations)]


def test_whoever_may_see_the_instance_reads_it_without_naming_organizations(
    sandbox: Sandbox,
) -> None:
    run = read(sandbox, "users")
    assert verdict(run, "users")["coverage"] == [sandbox.zitadel_config["instance_url"]]


# A role that is withdrawn


def test_a_withdrawn_role_removes_nothing_until_that_is_accepted(
    sandbox: Sandbox, company: Company
) -> None:
    streams = ("organizations", "users", "authorizations", "projects")
    first = read(sandbox, *streams)
    assert set(first.verdicts.values()) == {"complete"}
    organizations = {sorted(two(company) - {ids.HOME})[0]}
    limit(sandbox, organizations)
    run = read(sandbox, *streams, state=first.state)
    assert run.code == 1
    assert set(run.verdicts.values()) == {"incomplete"}
    assert activated(run) == set()
    assert "the last complete run covered" in verdict(run, "users")["reason"]
    assert "accept_shrink" in verdict(run, "users")["reason"]
    again = read(sandbox, *streams, state=run.state)
    assert set(again.verdicts.values()) == {"incomplete"}
    accepted = read(sandbox, *streams, state=again.state, accept_shrink=True)
    assert accepted.code == 0, accepted.log
    assert activated(accepted) == set(streams)
    assert_reads_only(accepted, company, organizations, *streams)
    after = read(sandbox, *streams, state=accepted.state)
    assert set(after.verdicts.values()) == {"complete"}


def test_an_organization_less_is_not_taken_for_one_that_is_gone(
    sandbox: Sandbox, company: Company
) -> None:
    limit(sandbox, two(company))
    first = read(sandbox, "organizations", "users")
    limit(sandbox, two(company) - {ids.HOME})
    run = read(sandbox, "organizations", "users", state=first.state)
    assert set(run.verdicts.values()) == {"incomplete"}
    assert f"organization {ids.HOME}" in verdict(run, "users")["reason"]
    assert activated(run) == set()


def test_an_organization_more_is_read_at_once(sandbox: Sandbox, company: Company) -> None:
    limit(sandbox, {ids.HOME})
    first = read(sandbox, "organizations", "users")
    limit(sandbox, two(company))
    run = read(sandbox, "organizations", "users", state=first.state)
    assert_reads_only(run, company, two(company), "organizations", "users")


# One organization by choice


@VERSIONS
@pytest.mark.parametrize("role", [INSTANCE, ORGANIZATION])
def test_one_organization_is_read_if_it_is_chosen(
    running: Sandbox, company: Company, version: tuple[int, int], role: str
) -> None:
    sandbox = serve(running, company, version)
    chosen = next(iter(two(company) - {ids.HOME}))
    limit(sandbox, two(company))
    sandbox.zitadel_server.role = role
    run = read(sandbox, ALL, organization_id=chosen)
    assert run.code == 0, run.log
    lacking = (*OF_INSTANCE, "groups", "group_users")
    assert {run.verdicts[table] for table in lacking} == {"unsupported"}
    assert "`organization_id` limits the run" in verdict(run, "events")["reason"]
    assert_reads_only(run, company, {chosen}, *LIMITED)
    base = sandbox.zitadel_config["instance_url"]
    assert verdict(run, "users")["coverage"] == [f"{base} organization {chosen}"]


@pytest.mark.parametrize("role", [INSTANCE, ORGANIZATION])
def test_an_organization_that_does_not_exist_is_told(
    tmp_path: Path, sandbox: Sandbox, company: Company, role: str
) -> None:
    limit(sandbox, two(company))
    sandbox.zitadel_server.role = role
    word = refused(run_zitadel(tmp_path, sandbox, organization_id="100000000000000001"))
    assert "There is no such organization. Check `organization_id`." in word
    assert len(sandbox.zitadel.requests) == 1


def test_an_organization_of_others_is_told(
    tmp_path: Path, sandbox: Sandbox, company: Company
) -> None:
    limit(sandbox, {ids.HOME})
    other = next(iter(two(company) - {ids.HOME}))
    word = refused(run_zitadel(tmp_path, sandbox, organization_id=other))
    assert f"with the role {ORGANIZATION}" in word


# No role at all


@pytest.mark.parametrize("settings", [{}, {"on_missing_scope": "skip"}])
def test_without_any_role_the_message_says_which_to_grant(
    tmp_path: Path, sandbox: Sandbox, settings: dict[str, Any]
) -> None:
    sandbox.zitadel_server.role = "NONE"
    word = refused(run_zitadel(tmp_path, sandbox, **settings))
    assert INSTANCE in word
    assert ORGANIZATION in word
    assert not any("users" in path for path in sandbox.zitadel.requests)


# Silence instead of 403


@pytest.mark.parametrize("version", [(4, 6), (4, 13)], ids=str)
def test_rows_that_a_list_hides_leave_it_incomplete_with_both_numbers(
    running: Sandbox, company: Company, version: tuple[int, int]
) -> None:
    sandbox = serve(running, company, version)
    sandbox.zitadel_server.account.denied = {"user.grant.read"}
    first = read(serve(running, company, version), "authorizations", "users")
    sandbox.zitadel_server.account.denied = {"user.grant.read"}
    run = read(sandbox, "authorizations", "users", state=first.state)
    total = len(expected(company, "authorizations"))
    assert run.code == 1
    assert run.verdicts == {"authorizations": "incomplete", "users": "complete"}
    assert f"0 of {total} rows were found" in verdict(run, "authorizations")["reason"]
    assert activated(run) == {"users"}


@pytest.mark.parametrize(
    ("version", "reason"),
    [
        ((4, 7), "0 of 27 rows were found"),
        ((4, 13), "16 accounts with authorizations or administrator roles are missing"),
    ],
    ids=str,
)
def test_an_instance_without_users_is_not_believed(
    running: Sandbox, company: Company, version: tuple[int, int], reason: str
) -> None:
    """From 4.8 on they are filtered before they are counted."""
    sandbox = serve(running, company, version)
    sandbox.zitadel_server.account.denied = {"user.read"}
    run = read(sandbox, "users")
    assert run.code == 1
    assert f"users incomplete: {reason}" in run.log
    assert activated(run) == set()


REFUSED = {
    "events.read": {"events"},
    "project.read": {"projects", "project_roles", "applications", "application_keys"},
}
"""Permissions whose lack is told by refusals, and the streams that need each."""


@pytest.mark.parametrize("permission", REFUSED)
def test_a_permission_that_is_refused_is_told_before_anything_is_written(
    sandbox: Sandbox, permission: str
) -> None:
    """The account administers the instance, with a role that lacks it."""
    sandbox.zitadel_server.account.denied = {permission}
    word = refused(read(sandbox))
    assert f"need {permission}: " in word
    assert all(stream in word for stream in REFUSED[permission])
    assert "IAM_OWNER_VIEWER" in word


@pytest.mark.parametrize("permission", REFUSED)
def test_a_permission_that_is_refused_skips_the_streams_by_choice(
    sandbox: Sandbox, permission: str
) -> None:
    first = read(sandbox)
    sandbox.zitadel_server.account.denied = {permission}
    run = read(sandbox, state=first.state, on_missing_scope="skip")
    assert run.code == 0, run.log
    skipped = {stream for stream, status in run.verdicts.items() if status == "skipped"}
    assert skipped == REFUSED[permission]
    assert "IAM_OWNER_VIEWER" in verdict(run, min(skipped))["reason"]
    assert activated(run) == set(ON_4) - skipped - {"events"}
    assert set(run.verdicts) == set(DEFAULT)


def test_a_refusal_on_the_way_fails_the_stream_and_removes_nothing(sandbox: Sandbox) -> None:
    first = read(sandbox)
    sandbox.zitadel_server.account.denied = {"iam.idp.read"}
    run = read(sandbox, state=first.state)
    assert run.code == 1
    assert verdict(run, "identity_providers")["status"] == "failed"
    assert "IAM_OWNER_VIEWER" in verdict(run, "identity_providers")["reason"]
    assert activated(run) == set(ON_4) - {"identity_providers", "events"}
