"""Kinde states no totals: what two listings tell alike is cross-checked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sandbox.kinde import ids
from tests.kinde.expected import DEFAULT
from tests.kinde.runs import (
    TAP,
    activated,
    assert_whole,
    changing,
    expected,
    paths,
    read,
    verdict,
)
from tests.running import Pipe, select
from tests.warehouse import derived_removals

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sandbox.company import Company
    from sandbox.model import Membership
    from sandbox.server import Sandbox
    from sandbox.warehouse import Database

USERS = ("users", "user_identities", "user_organizations")
LISTED = "/users"
MEMBERS = "/organizations/{org_code}/users"
HOLDERS = "/roles/{role_id}/users"


@pytest.fixture
def member(company: Company) -> Membership:
    """One with roles, of the second organization."""
    second = list(company.access.organizations.values())[1]
    return next(each for each in company.access.people_of(second) if len(each.roles) == 2)


@pytest.fixture
def hide(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, Any], None]:
    """Makes the emulator leave something out of one listing."""

    def change(path: str, how: Any) -> None:
        monkeypatch.setattr(sandbox.kinde_server, "_body", changing(sandbox, path, how))

    return change


def person(member: Membership) -> str:
    holder: Any = member.holder
    return ids.user_id(holder)


def no_member(member: Membership) -> Any:
    """The organization does not list the member."""

    def change(body: dict[str, Any], request: Any) -> None:
        if request.path_params["org_code"] == ids.organization_code(member.organization):
            rows = body["organization_users"]
            body["organization_users"] = [each for each in rows if each["id"] != person(member)]

    return change


def no_organization(member: Membership) -> Any:
    """The user is listed without the organization."""

    def change(body: dict[str, Any], request: Any) -> None:
        for user in body["users"]:
            if user["id"] == person(member):
                user["organizations"].remove(ids.organization_code(member.organization))

    return change


def no_role(member: Membership) -> Any:
    """The member is listed without one of the roles."""

    def change(body: dict[str, Any], request: Any) -> None:
        if request.path_params["org_code"] == ids.organization_code(member.organization):
            for each in body["organization_users"]:
                if each["id"] == person(member):
                    each["roles"].remove(ids.role_key(member.roles[0]))

    return change


def no_holder(member: Membership) -> Any:
    """The role is listed without one who holds it."""

    def change(body: dict[str, Any], request: Any) -> None:
        if request.path_params["role_id"] == ids.role_id(member.roles[0]):
            for user in body["users"]:
                if user["id"] == person(member):
                    user["org_codes"].remove(ids.organization_code(member.organization))

    return change


HIDDEN = {
    "member": (
        MEMBERS, no_member, ("organization_users",),
        "1 memberships in users' own lists of organizations are missing from `organization_users`",
    ),
    "organization": (
        LISTED, no_organization, USERS,
        "1 memberships in `organization_users` are not in the users' own lists of organizations",
    ),
    "role": (
        MEMBERS, no_role, ("organization_users",),
        "1 roles of `role_users` are not in `organization_users`",
    ),
    "holder": (
        HOLDERS, no_holder, ("role_users",),
        "1 roles of `organization_users` are not in `role_users`",
    ),
}  # fmt: skip
"""What is left out where, the streams that lack it, and what is said of them."""


@pytest.mark.parametrize("hidden", HIDDEN)
def test_what_one_listing_lacks_is_incomplete_and_removes_nothing(
    sandbox: Sandbox, member: Membership, hide: Callable[[str, Any], None], hidden: str
) -> None:
    path, how, streams, reason = HIDDEN[hidden]
    first = read(sandbox)
    hide(path, how(member))
    run = read(sandbox, state=first.state)
    assert run.code == 1
    assert reason in run.log
    for stream in DEFAULT:
        row = verdict(run, stream)
        assert (row["status"] == "incomplete") == (stream in streams), row
    assert verdict(run, streams[0])["reason"] == reason
    assert activated(run) == set(DEFAULT) - set(streams)
    for stream in streams:
        before = first.state["bookmarks"][stream]["last_complete"]
        assert run.state["bookmarks"][stream]["last_complete"] == before


def test_nothing_is_marked_as_removed_until_a_listing_is_whole_again(
    tmp_path: Path, database: Database, company: Company, sandbox: Sandbox, member: Membership
) -> None:
    pipe = Pipe(tmp_path, database, sandbox, TAP)
    pipe.catalog = select("users", "organization_users", tap=TAP)
    assert pipe.run() == 0, pipe.log
    hidden = pytest.MonkeyPatch()
    hidden.setattr(sandbox.kinde_server, "_body", changing(sandbox, MEMBERS, no_member(member)))
    ended = next(s for s in company.access.people_of(member.organization) if s is not member)
    company.access.remove_member(ended)
    assert pipe.run() == 1
    key = ("org_code", "id")
    assert pipe.removed("organization_users", *key) == set()
    assert derived_removals(pipe, "organization_users", *key) == set()
    hidden.undo()
    assert pipe.run() == 0, pipe.log
    gone = {(ids.organization_code(ended.organization), person(ended))}
    assert pipe.removed("organization_users", *key) == gone
    assert derived_removals(pipe, "organization_users", *key) == gone
    assert pipe.live("organization_users", *key) == expected(company, "organization_users").keys()


def test_the_counts_are_told(
    sandbox: Sandbox, company: Company, hide: Callable[[str, Any], None]
) -> None:
    organization = next(iter(company.access.organizations.values()))
    members = len(company.access.people_of(organization))

    def change(body: dict[str, Any], request: Any) -> None:
        if request.path_params["org_code"] == ids.organization_code(organization):
            body["organization_users"] = []

    hide(MEMBERS, change)
    reason = verdict(read(sandbox), "organization_users")["reason"]
    assert reason.startswith(f"{members} memberships in users' own lists")
    assert members > 20


def look_twice(sandbox: Sandbox) -> dict[str, int]:
    """How often each listing without an end of its own was asked for."""
    asked = paths(sandbox)
    places = ("/users", "/organizations", "/roles")
    return {path: asked.count(path) for path in places}


def test_an_undisturbed_run_looks_once(company: Company, sandbox: Sandbox) -> None:
    assert_whole(read(sandbox), company, *DEFAULT)
    assert look_twice(sandbox) == {"/users": 1, "/organizations": 1, "/roles": 1}
    assert len(set(sandbox.kinde.requests)) == len(sandbox.kinde.requests)


def first_asked(sandbox: Sandbox, what: Callable[[], object]) -> Any:
    """Do something when the first organization's users are asked for."""
    return sandbox.kinde.fault("/users?page_size=500", call=what, times=1)


def test_a_change_between_the_listings_is_none_of_a_second_look(
    company: Company, sandbox: Sandbox
) -> None:
    """Somebody joins an organization after the users were listed, and before its members are."""
    organization = list(company.access.organizations.values())[-1]
    newcomer = next(iter(company.people.values()))
    roles = company.access.roles_of("organization", "person")
    joined = first_asked(
        sandbox, lambda: company.access.add_member(organization, newcomer, roles[0])
    )
    run = read(sandbox, max_concurrency=1)
    assert joined.delivered == 1
    assert run.code == 0, run.log
    assert set(run.verdicts.values()) == {"complete"}
    assert activated(run) == set(DEFAULT)
    key = (ids.organization_code(organization), ids.user_id(newcomer))
    rows = {(row["org_code"], row["id"]) for row in run.records("organization_users")}
    assert key in rows
    assert look_twice(sandbox) == {"/users": 2, "/organizations": 2, "/roles": 1}


@pytest.mark.parametrize("what", ["leave", "lose"])
def test_who_leaves_or_loses_a_role_between_the_listings_is_none_of_a_second_look(
    company: Company, sandbox: Sandbox, member: Membership, what: str
) -> None:
    access = company.access
    if what == "leave":
        happened = first_asked(sandbox, lambda: access.remove_member(member))
    else:
        happened = sandbox.kinde.fault("/roles/", call=lambda: access.entitle(member), times=1)
    run = read(sandbox, max_concurrency=1)
    assert happened.delivered == 1
    assert run.code == 0, run.log
    assert set(run.verdicts.values()) == {"complete"}


@pytest.mark.parametrize(
    "streams",
    [
        ("users", "user_identities", "user_organizations", "organizations"),
        ("organizations", "organization_users"),
        ("role_users", "roles", "users"),
        ("organization_user_mfa",),
    ],
)
def test_one_of_two_listings_is_compared_with_nothing(
    sandbox: Sandbox, member: Membership, hide: Callable[[str, Any], None], streams: tuple[str, ...]
) -> None:
    """What is not read anyway is not read for the sake of a comparison."""
    plain = read(sandbox, *streams)
    assert plain.code == 0, plain.log
    asked = sorted(sandbox.kinde.requests)
    sandbox.kinde.requests.clear()
    hide(LISTED, no_organization(member))
    run = read(sandbox, *streams)
    assert run.code == 0, run.log
    assert sorted(sandbox.kinde.requests) == asked
    assert len(set(asked)) == len(asked)


def test_listings_that_are_read_for_others_are_compared_too(
    sandbox: Sandbox, member: Membership, hide: Callable[[str, Any], None]
) -> None:
    """`users` is not selected, but read for the stream that is a part of it."""
    hide(LISTED, no_organization(member))
    run = read(sandbox, "user_organizations", "organization_users")
    assert run.verdicts == {"user_organizations": "incomplete", "organization_users": "complete"}


def test_what_is_read_for_each_row_of_a_listing_is_as_whole_as_that(
    sandbox: Sandbox, company: Company, hide: Callable[[str, Any], None]
) -> None:
    memberships = company.access.memberships.values()
    factors = {p.id for p in company.people.values() if any(f.kind == "totp" for f in p.factors)}
    member = next(s for kept in memberships for s in kept.values() if s.holder.id in factors)
    hide(MEMBERS, no_member(member))
    run = read(sandbox, "users", "organization_user_mfa")
    assert verdict(run, "users")["status"] == "complete"
    assert len(run.records("organization_user_mfa")) < len(
        expected(company, "organization_user_mfa")
    )
    row = verdict(run, "organization_user_mfa")
    assert row["status"] == "incomplete"
    assert row["reason"] == (
        "its parent stream `organization_users`: 1 memberships in users' own lists of "
        "organizations are missing from `organization_users`"
    )


def test_a_listing_that_fails_leaves_the_other_as_it_is(sandbox: Sandbox) -> None:
    sandbox.kinde.fault("/api/v1/users?", status=400, body=b'{"errors": [{"code": "NO"}]}')
    run = read(sandbox)
    failed = {each for each, status in run.verdicts.items() if status == "failed"}
    assert failed == set(USERS)
    assert activated(run) == set(DEFAULT) - failed


def test_a_second_look_that_fails_leaves_the_difference(
    sandbox: Sandbox, member: Membership, hide: Callable[[str, Any], None]
) -> None:
    hide(MEMBERS, no_member(member))
    broken = sandbox.kinde.fault("/api/v1/users?", status=403, skip=1)
    run = read(sandbox)
    assert broken.delivered >= 1
    assert verdict(run, "organization_users")["status"] == "incomplete"
    assert verdict(run, "organization_users")["reason"].startswith("1 memberships")


def test_an_organization_that_users_name_and_none_lists_is_missing_there(
    company: Company, sandbox: Sandbox, hide: Callable[[str, Any], None]
) -> None:
    code = ids.organization_code(list(company.access.organizations.values())[1])

    def change(body: dict[str, Any], request: Any) -> None:
        rows = body["organizations"]
        body["organizations"] = [each for each in rows if each["code"] != code]

    hide("/organizations", change)
    run = read(sandbox)
    assert verdict(run, "organization_users")["status"] == "incomplete"
    assert verdict(run, "organizations")["row_count"] == len(company.access.organizations) - 1
    row = verdict(run, "organizations")
    assert row["status"] == "incomplete"
    assert row["reason"] == "1 organizations of users are not in the list of organizations"
    assert activated(run) == set(DEFAULT) - {"organizations", "organization_users"}


def test_a_role_that_members_name_and_none_lists_is_missing_there(
    sandbox: Sandbox, hide: Callable[[str, Any], None]
) -> None:
    def change(body: dict[str, Any], request: Any) -> None:
        del body["roles"][0]

    hide("/roles", change)
    run = read(sandbox)
    assert verdict(run, "role_users")["status"] == "incomplete"
    assert verdict(run, "roles")["row_count"] == 2
    row = verdict(run, "roles")
    assert row["status"] == "incomplete"
    assert row["reason"] == "1 roles of `organization_users` are not in the list of roles"
    assert activated(run) == set(DEFAULT) - {"roles", "role_users", "role_permissions"}


def dissolving(sandbox: Sandbox, company: Company) -> Any:
    organization = list(company.access.organizations.values())[1]
    return first_asked(sandbox, lambda: company.access.dissolve(organization))


def test_an_organization_that_is_dissolved_between_the_listings_is_a_remark(
    company: Company, sandbox: Sandbox
) -> None:
    dissolved = dissolving(sandbox, company)
    run = read(sandbox, max_concurrency=1)
    assert dissolved.delivered == 1
    assert run.code == 0, run.log
    assert set(run.verdicts.values()) == {"complete"}
    assert "were deleted during the sync" in verdict(run, "organization_users")["reason"]


def test_a_remark_is_made_once(company: Company, sandbox: Sandbox) -> None:
    dissolving(sandbox, company)
    row = verdict(read(sandbox, max_concurrency=1), "organization_users")
    assert row["reason"] == "1 of `organizations` were deleted during the sync"
