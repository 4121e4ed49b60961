"""Lists of which no order is unique: their pages lose rows, and all rows are read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sandbox.company import Company
from sandbox.made_up import Size
from sandbox.zitadel import ids
from tests.zitadel.emulator import ADMINISTRATORS, GRANTS, GROUP_USERS, GROUPS, PROJECTS, Api, lost
from tests.zitadel.runs import (
    activated,
    assert_whole,
    expected,
    listen,
    paths,
    read,
    records,
    serve,
    small,
    verdict,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.server import Sandbox
    from tests.zitadel.runs import Heard

V1 = {
    "projects": "/management/v1/projects/_search",
    "project_grants": "/management/v1/projectgrants/_search",
}
V2 = {"projects": PROJECTS, "project_grants": GRANTS}
COLUMNS = {
    "projects": ["PROJECT_FIELD_NAME_CREATION_DATE", "PROJECT_FIELD_NAME_ID"],
    "project_grants": [
        "PROJECT_GRANT_FIELD_NAME_CREATION_DATE", "PROJECT_GRANT_FIELD_NAME_PROJECT_ID",
    ],
}  # fmt: skip
STREAMS = pytest.mark.parametrize("stream", ["projects", "project_grants"])


@pytest.fixture
def sandbox(running: Sandbox) -> Sandbox:
    return serve(running, small())


def loses_rows(sandbox: Sandbox, path: str, size: int, **asked: Any) -> bool:
    """Whether pages of this size do not show all rows."""
    api = Api(f"{sandbox.url}/zitadel", sandbox.zitadel_server)
    try:
        return lost(api, path, size, **asked) > 0
    finally:
        api.http.close()
        sandbox.zitadel.requests.clear()


def hide(sandbox: Sandbox, path: str, which: Callable[[Any, Any], bool]) -> list[Heard]:
    """Let a row be on no page of a list, whose total counts it."""

    def change(told: Any, asked: Any) -> None:
        for name, value in told.items():
            if isinstance(value, list):
                told[name] = [row for row in value if not which(row, asked)]

    return listen(sandbox, path, change)


def hide_one(sandbox: Sandbox, stream: str) -> list[Heard]:
    """A project, or the grant of one, that v2 never shows."""
    hidden = max(expected(sandbox.company, stream))

    def which(row: Any, asked: Any) -> bool:
        key = (row["projectId"], row.get("grantedOrganizationId"))
        return key == (*hidden, None)[:2]

    return hide(sandbox, V2[stream], which)


def columns(heard: list[Heard], path: str) -> list[str]:
    """By what a list was sorted, one after another."""
    return list(dict.fromkeys(each.body["sortingColumn"] for each in heard if each.path == path))


# Projects and their grants


@STREAMS
def test_they_are_sorted_by_their_date(running: Sandbox, stream: str) -> None:
    """By id, projects lose rows in pages of this size."""
    company = Company.made_up(20, 2, 0, size=Size(organizations=150, memberships=300, sign_ins=0))
    sandbox = serve(running, company)
    assert loses_rows(sandbox, PROJECTS, 20, sortingColumn="PROJECT_FIELD_NAME_ID")
    heard = listen(sandbox)
    run = read(sandbox, stream, page_size=20)
    assert_whole(run, company, stream)
    assert columns(heard, V2[stream]) == COLUMNS[stream][:1]
    asked = [each for each in heard if each.path == V2[stream]]
    rows = len(expected(company, "project_grants")) + 3 * (stream == "projects")
    assert rows > 130
    assert len(asked) <= 2 + rows // 19, "one walk"


@STREAMS
def test_what_no_order_of_v2_shows_is_read_with_v1(sandbox: Sandbox, stream: str) -> None:
    heard = hide_one(sandbox, stream)
    run = read(sandbox, stream, page_size=4)
    assert_whole(run, sandbox.company, stream)
    assert columns(heard, V2[stream]) == COLUMNS[stream]
    asked = [each.headers["x-zitadel-orgid"] for each in heard if each.path == V1[stream]]
    assert sorted(asked) == sorted(key for (key,) in expected(sandbox.company, "organizations"))


@STREAMS
def test_where_v1_is_not_to_be_read_it_is_incomplete(sandbox: Sandbox, stream: str) -> None:
    heard = hide_one(sandbox, stream)
    run = read(sandbox, stream, page_size=4, api_version="v2")
    assert run.code == 1
    assert columns(heard, V2[stream]) == COLUMNS[stream]
    assert verdict(run, stream)["status"] == "incomplete"
    assert "rows were found" in verdict(run, stream)["reason"]
    assert len(records(run, stream)) == len(expected(sandbox.company, stream)) - 1
    assert activated(run) == set()


@STREAMS
def test_where_v1_is_refused_it_is_incomplete(sandbox: Sandbox, stream: str) -> None:
    hide_one(sandbox, stream)
    fault = sandbox.zitadel.fault(V1[stream], status=403, body=b"{}")
    run = read(sandbox, stream, page_size=4)
    assert fault.delivered
    assert verdict(run, stream)["status"] == "incomplete"
    assert "rows were found" in verdict(run, stream)["reason"]


def test_a_service_that_is_gone_in_the_middle_is_not_one_that_is_missing(sandbox: Sandbox) -> None:
    """Nothing else is read then, as what was read is not known to be from the same server."""
    body = b'{"code": 5, "message": "Not Found"}'
    fault = sandbox.zitadel.fault(GRANTS, status=404, body=body, skip=1)
    run = read(sandbox, "project_grants", page_size=3)
    assert fault.delivered
    assert verdict(run, "project_grants")["status"] == "failed"
    assert V1["project_grants"] not in paths(sandbox)


# Administrators


def test_another_order_is_tried_where_one_does_not_show_all(sandbox: Sandbox) -> None:
    date = "ADMINISTRATOR_FIELD_NAME_CREATION_DATE"
    owner = lambda row, asked: asked["sortingColumn"] == date and row["roles"] == ["PROJECT_OWNER"]  # noqa: E731
    heard = hide(sandbox, ADMINISTRATORS, owner)
    run = read(sandbox, "administrators")
    assert_whole(run, sandbox.company, "administrators")
    assert columns(heard, ADMINISTRATORS) == [date, "ADMINISTRATOR_FIELD_NAME_USER_ID"]


# Metadata, which have only their date to be sorted by


MANY = {f"m{number:03}": f"value {number}" for number in range(100)}


def test_metadata_that_were_set_at_once_are_read_whole(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    company = sandbox.company
    holder = next(iter(company.people.values()))
    told = lambda person: MANY if person is holder else {}  # noqa: E731
    monkeypatch.setattr(ids, "user_metadata", told)
    sandbox.zitadel_server.loose = 0
    path = f"/v2/users/{ids.user_id(holder)}/metadata/search"
    assert loses_rows(sandbox, path, 20)
    run = read(sandbox, "user_metadata", page_size=20)
    assert_whole(run, company, "user_metadata")
    assert len(run.records("user_metadata")) == 100


@pytest.mark.parametrize("stream", ["user_metadata", "organization_metadata"])
def test_metadata_that_v2_never_shows_are_read_with_v1(sandbox: Sandbox, stream: str) -> None:
    company = sandbox.company
    of, key = min(expected(company, stream))
    parent = stream.removesuffix("_metadata") + "s"
    path = f"/v2/{parent}/{of}/metadata/search"
    heard = hide(sandbox, path, lambda row, asked: bool(row["key"] == key))
    run = read(sandbox, stream)
    assert_whole(run, company, stream)
    v1 = [each for each in heard if each.path.startswith("/management/v1/")]
    (asked,) = v1
    assert "limit" not in asked.body["query"]
    home = of if parent == "organizations" else expected(company, "users")[(of,)]["organization_id"]
    assert asked.headers["x-zitadel-orgid"] == home


# Users of groups


@pytest.mark.parametrize("page_size", [2, 7, 1000])
def test_users_of_groups_are_read_group_by_group(running: Sandbox, page_size: int) -> None:
    """In all groups together no column tells one membership from another."""
    company = Company.made_up(40, 12, 90, size=Size(organizations=2, memberships=4))
    company.empty(next(iter(company.groups.values())))
    sandbox = serve(running, company, (5, 0))
    assert loses_rows(sandbox, GROUP_USERS, 7, sortingColumn="GROUP_USER_FIELD_NAME_USER_ID")
    heard = listen(sandbox)
    run = read(sandbox, "group_users", page_size=page_size)
    assert_whole(run, company, "group_users")
    assert columns(heard, GROUP_USERS) == ["GROUP_USER_FIELD_NAME_USER_ID"]
    asked = [each.body["filters"] for each in heard if each.path == GROUP_USERS]
    groups = {ids.group_id(group) for group in company.groups.values()}
    assert {each[0]["groupIds"]["ids"][0] for each in asked} == groups
    if page_size == 1000:
        assert len(asked) == len(groups)


def test_a_group_that_ends_meanwhile_takes_no_other_with_it(running: Sandbox) -> None:
    company = Company.made_up(40, 12, 90, size=Size(organizations=2, memberships=4))
    sandbox = serve(running, company, (5, 0))
    last = list(company.groups.values())[-1]
    staying = {key for key in expected(company, "group_users") if key[0] != ids.group_id(last)}
    fault = sandbox.zitadel.fault(GROUP_USERS, call=lambda: company.close(last), times=1)
    run = read(sandbox, "group_users", max_concurrency=1)
    assert fault.delivered == 1
    assert staying <= set(records(run, "group_users"))
    assert run.verdicts == {"group_users": "complete"}


def test_groups_that_are_not_read_whole_leave_their_users_in_doubt(running: Sandbox) -> None:
    company = Company.made_up(40, 12, 90, size=Size(organizations=2, memberships=4))
    sandbox = serve(running, company, (5, 0))
    hidden = ids.group_id(next(iter(company.groups.values())))
    hide(sandbox, GROUPS, lambda row, asked: bool(row["id"] == hidden))
    run = read(sandbox, "group_users")
    assert run.verdicts == {"group_users": "incomplete"}
    assert activated(run) == set()
