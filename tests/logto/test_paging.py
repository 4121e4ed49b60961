"""Lists without an order, or one with ties, that change while they are read: nothing is lost."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.company import Company
from sandbox.model import Role
from sandbox.server import Sandbox
from tests.logto.runs import ids, page, run_logto, verdict

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.running import Run

USERS = "/api/users?"
SEARCH = "search.id="


def at_once(people: int) -> Company:
    """A company whose people were all hired in the same moment, as an import does it."""
    company = Company()
    company.pace = timedelta(0)
    for _ in range(people):
        company.hire()
    assert len({person.created for person in company.people.values()}) == 1
    return company


def assert_whole(run: Run, stream: str, rows: int) -> None:
    assert run.code == 0, run.log
    row = verdict(run, stream)
    assert (row["status"], row["row_count"]) == ("complete", rows), row
    assert stream in {m["stream"] for m in run.kinds("ACTIVATE_VERSION")}


@pytest.mark.parametrize("page_size", [7, 20, 50, 100])
def test_250_users_of_one_moment_are_250_rows(tmp_path: Path, page_size: int) -> None:
    company = at_once(250)
    with Sandbox(company) as sandbox:
        run = run_logto(tmp_path, sandbox, "users", page_size=page_size)
    assert sorted(ids(run, "users")) == sorted(company.people)
    assert_whole(run, "users", 250)


@pytest.mark.parametrize("page_size", [20, 100])
def test_holders_of_a_role_who_were_hired_at_once_are_all_found(
    tmp_path: Path, page_size: int
) -> None:
    company = at_once(230)
    role = company.access.add(Role, name="all", description="-", level="tenant")
    idle = company.access.add(Role, name="few", description="-", level="tenant")
    people = list(company.people.values())
    for person in people:
        company.access.assign(role, person)
    company.access.assign(idle, people[0])
    with Sandbox(company) as sandbox:
        run = run_logto(tmp_path, sandbox, "role_users", page_size=page_size)
    held = [(row["role_id"], row["user_id"]) for row in run.records("role_users")]
    assert len(held) == len(set(held))
    assert set(held) == {(role.id, p.id) for p in people} | {(idle.id, people[0].id)}
    assert_whole(run, "role_users", 231)


def tenant_of(organizations: int) -> Company:
    company = Company()
    for number in range(organizations):
        company.access.organization(f"Customer {number}")
    return company


def touching(company: Company, *, rename: bool) -> Callable[[], None]:
    """Each time it is called, five other organizations go to the end of the table."""
    turn = iter(range(10**6))

    def touch() -> None:
        opened = list(company.access.organizations.values())
        for _ in range(5):
            organization = opened[next(turn) % len(opened)]
            name = f"{organization.name}{'.' * rename}"
            company.access.rename(organization, name)

    return touch


@pytest.mark.parametrize(
    ("organizations", "page_size", "times", "rename"),
    [(30, 10, 1, True), (230, 100, 2, False)],
)
def test_organizations_touched_between_pages_are_not_lost(
    tmp_path: Path, organizations: int, page_size: int, times: int | None, rename: bool
) -> None:
    company = tenant_of(organizations)
    touch = touching(company, rename=rename)
    with Sandbox(company) as sandbox:
        fault = sandbox.logto.fault("/api/organizations?page=2", call=touch, times=times)
        run = run_logto(tmp_path, sandbox, "organizations", page_size=page_size)
        assert fault.delivered >= (1 if times == 1 else 2)
    assert sorted(ids(run, "organizations")) == sorted(company.access.organizations)
    assert_whole(run, "organizations", organizations)


@pytest.mark.parametrize(
    ("rename", "reason"),
    [(True, "5 keys belong to two different rows"), (False, "25 of 30 rows were found")],
)
def test_organizations_that_change_in_each_walk_are_incomplete(
    tmp_path: Path, rename: bool, reason: str
) -> None:
    """Which of two rows with one id is the right one cannot be told. And nothing proves walks
    that found every row together only, though these did."""
    company = tenant_of(30)
    with Sandbox(company) as sandbox:
        sandbox.logto.fault("/api/organizations?page=2", call=touching(company, rename=rename))
        run = run_logto(tmp_path, sandbox, "organizations", page_size=10, max_concurrency=1)
    row = verdict(run, "organizations")
    assert (run.code, row["status"]) == (1, "incomplete")
    assert reason in row["reason"]
    assert rename or sorted(ids(run, "organizations")) == sorted(company.access.organizations)
    assert run.kinds("ACTIVATE_VERSION") == []


def assert_not_silently_lost(run: Run, stream: str, staying: set[str], found: set[str]) -> None:
    """What was there all the time is there, or nothing is taken for deleted."""
    row = verdict(run, stream)
    assert staying <= found or row["status"] == "incomplete", (row["status"], staying - found)
    assert (run.kinds("ACTIVATE_VERSION") == []) == (row["status"] == "incomplete")


@pytest.mark.parametrize(("times", "status"), [(1, "complete"), (None, "incomplete")])
def test_an_organization_that_replaces_another_hides_none(
    tmp_path: Path, times: int | None, status: str
) -> None:
    """Another walk finds the one that slipped; if each brings others, none is proof."""
    company = tenant_of(30)
    there = set(company.access.organizations)

    def replace() -> None:
        company.access.dissolve(next(iter(company.access.organizations.values())))
        company.access.organization("Another")

    with Sandbox(company) as sandbox:
        sandbox.logto.fault("/api/organizations?page=2", call=replace, times=times)
        run = run_logto(tmp_path, sandbox, "organizations", page_size=10, max_concurrency=1)
    staying = there & company.access.organizations.keys()
    assert verdict(run, "organizations")["status"] == status
    assert_not_silently_lost(run, "organizations", staying, set(ids(run, "organizations")))
    if times is None:
        reason = verdict(run, "organizations")["reason"]
        assert reason == "36 rows were found, but the last walk found 30 only"


def test_a_member_who_replaces_another_hides_none(tmp_path: Path) -> None:
    company = Company()
    people = sorted((company.hire() for _ in range(31)), key=lambda person: person.id)
    organization = company.access.organization("Customer")
    first, *others = [company.access.add_member(organization, person) for person in people[:-1]]

    def replace() -> None:
        company.access.remove_member(first)
        company.access.add_member(organization, people[-1])

    with Sandbox(company) as sandbox:
        sandbox.logto.fault("/users?page=2", call=replace, times=1)
        stream = "organization_memberships"
        run = run_logto(tmp_path, sandbox, stream, page_size=10, max_concurrency=1)
    found = {row["user_id"] for row in run.records(stream)}
    assert found >= {member.holder.id for member in others}
    assert_not_silently_lost(run, stream, {member.holder.id for member in others}, found)


@pytest.mark.parametrize(("page_size", "concurrency"), [(20, 1), (100, 8)])
def test_users_who_come_and_go_between_pages_hide_nobody(
    tmp_path: Path, page_size: int, concurrency: int
) -> None:
    company = Company()
    for _ in range(250):
        company.hire()
    there = dict(company.people)

    def leave() -> None:
        """The newest are on the first page; who was on the second moves there."""
        for person in list(company.people.values())[-3:]:
            company.remove(person)

    with Sandbox(company) as sandbox:
        gone = sandbox.logto.fault(f"{USERS}page=2&page_size={page_size}", call=leave, times=1)
        run = run_logto(
            tmp_path, sandbox, "users", page_size=page_size, max_concurrency=concurrency
        )
        assert gone.delivered == 1
        staying = there.keys() & company.people.keys()
        assert staying <= set(ids(run, "users")) <= there.keys()
        assert len(staying) == 247
        assert verdict(run, "users")["status"] == "complete"

        sandbox.logto.faults.clear()
        came = sandbox.logto.fault(f"{USERS}page=2&page_size={page_size}", call=company.hire)
        run = run_logto(
            tmp_path, sandbox, "users", page_size=page_size, max_concurrency=concurrency
        )
        assert came.delivered == 1
        assert set(company.people) >= set(ids(run, "users")) >= staying
        assert verdict(run, "users")["status"] == "complete"


UNUSUAL = (
    "ABCDEFGHIJKL", "Zz0123456789", "A", "a-b", "A_b%c", "-dash", "_under", "%percent", "~tilde",
    "a\\b", "user:1", "ünïcode", "日本語", " space", "0", "00", "same", "same.", "SAME-1",
)  # fmt: skip


def test_ids_of_all_kinds_are_found_by_their_first_letters(tmp_path: Path) -> None:
    """The number of users changes in each walk, so only searches prove that all were found."""
    company = at_once(150)
    people = list(company.people.values())
    for number, person in enumerate(people):
        if number < len(UNUSUAL):
            person.id = UNUSUAL[number]
        elif number < 80:
            person.id = f"same{person.id[4:]}"
    company.people = {person.id: person for person in people}
    with Sandbox(company) as sandbox:
        fault = sandbox.logto.fault(f"{USERS}page=2&", call=company.hire)
        run = run_logto(tmp_path, sandbox, "users", page_size=20)
        assert fault.delivered == 3
        asked = [path for path in sandbox.logto.requests if SEARCH in path]
    assert any("mode.id=posix" in path for path in asked)
    assert f"{SEARCH}same" in "".join(asked)
    assert sorted(ids(run, "users")) == sorted(company.people)
    assert_whole(run, "users", 153)


def test_a_user_who_changes_while_searches_go_on_is_one_user(tmp_path: Path) -> None:
    company = at_once(150)
    person = next(p for p in company.people.values() if p.id.startswith("a"))
    with Sandbox(company) as sandbox:
        sandbox.logto.fault(f"{USERS}page=2&", call=company.hire)
        part = f"{SEARCH}{person.id[:2]}%25"
        fault = sandbox.logto.fault(part, call=lambda: company.rename(person, "Neu"), times=1)
        run = run_logto(tmp_path, sandbox, "users", page_size=3)
    assert fault.delivered == 1
    assert sorted(ids(run, "users")) == sorted(company.people)
    assert_whole(run, "users", len(company.people))


def told(sandbox: Sandbox, path: str, total: int) -> dict[str, Any]:
    """A fault by which the server lists what there is, and says that there is more."""
    headers = {"Total-Number": str(total)}
    return {"status": 200, "body": page(sandbox, f"{path}100"), "headers": headers}


def test_a_total_that_never_matches_is_incomplete_and_removes_nothing(
    tmp_path: Path, company: Company, sandbox: Sandbox
) -> None:
    streams = ("users", "user_identities", "organizations", "organization_memberships")
    first = run_logto(tmp_path, sandbox, *streams)
    assert set(first.verdicts.values()) == {"complete"}
    users, organizations = "/users?page=1&page_size=", "/organizations?showFeatured=true&page_size="
    company.remove(list(company.people.values())[5])
    sandbox.logto.fault("/api/users?", **told(sandbox, users, 40))
    sandbox.logto.fault("/api/organizations?", **told(sandbox, organizations, 7))
    run = run_logto(tmp_path, sandbox, *streams, state=first.state)
    assert run.code == 1
    assert set(run.verdicts.values()) == {"incomplete"}
    assert run.kinds("ACTIVATE_VERSION") == []
    assert "39 of 40 rows were found, also in searches by id" in run.log
    assert "6 of 7 rows were found" in run.log
    assert len(ids(run, "users")) == 39
    sandbox.logto.faults.clear()
    again = run_logto(tmp_path, sandbox, *streams, state=run.state)
    assert set(again.verdicts.values()) == {"complete"}
    assert len(again.kinds("ACTIVATE_VERSION")) == len(streams)


def test_a_page_size_beyond_the_servers_limit_is_not_asked_for(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    run = run_logto(tmp_path, sandbox, "users", page_size=500)
    assert run.code == 0, run.log
    assert [path for path in sandbox.logto.requests if "page_size=500" in path] == []


def test_links_are_not_followed(tmp_path: Path, sandbox: Sandbox) -> None:
    """They lead to a web page: `/users` without `/api`."""
    run = run_logto(tmp_path, sandbox, page_size=7)
    assert run.code == 0, run.log
    others = [path for path in sandbox.logto.requests if "/api/" not in path]
    assert others == ["/logto/oidc/token?"]
