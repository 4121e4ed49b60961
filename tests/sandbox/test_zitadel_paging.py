"""The emulator of ZITADEL: pages, their traps, and what is left out in silence."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.company import Company
from sandbox.made_up import Size
from sandbox.zitadel import ZitadelServer, ids
from tests.zitadel.emulator import (
    ADMINISTRATORS,
    APPLICATIONS,
    AUTHORIZATIONS,
    GROUPS,
    ORGS,
    PROJECTS,
    ROLES,
    Api,
    rows,
    served,
    total,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

USERS_V1 = "/management/v1/users/_search"
GRANTS_V1 = "/management/v1/users/grants/_search"


@pytest.fixture
def company() -> Company:
    return Company.made_up(people=20, size=Size(organizations=5, memberships=40))


@pytest.fixture
def api(company: Company) -> Iterator[Api]:
    with served(ZitadelServer(company)) as api:
        yield api


@pytest.fixture
def old(company: Company) -> Iterator[Api]:
    with served(ZitadelServer(company, version=(2, 71))) as api:
        yield api


def version(api: Api, *numbers: int) -> None:
    """Let it be of another version, as far as rows go."""
    api.server.version = (numbers[0], numbers[1])


def by_id(offset: int, limit: int) -> dict[str, Any]:
    window = {"offset": str(offset), "limit": limit, "asc": True}
    return {"pagination": window, "sortingColumn": "AUTHORIZATION_FIELD_NAME_ID"}


# Limits


def test_v1_and_objects_have_no_limit_of_their_own() -> None:
    company = Company.made_up(people=1200, groups=1, memberships=0, size=Size(memberships=0))
    with served(ZitadelServer(company)) as api:
        machines = len(api.server.instance.machines)
        for path in (USERS_V1, "/v2/users"):
            begun = time.monotonic()
            body = api.get(path)
            assert len(rows(body)) == total(body) == 1200 + machines
            assert time.monotonic() - begun < 2
        assert len(api.rows("/v2/users", {"query": {"limit": 1100}})) == 1100


def test_filters_have_a_default_and_a_maximum(api: Api, company: Company) -> None:
    body = api.get(AUTHORIZATIONS)
    assert body["pagination"]["appliedLimit"] == "100"
    for owner in company.people.values():
        for number in range(6):
            company.access.credential(owner, f"more {number}", ends=False)
    path = "/v2/users/pats/search"
    body = api.get(path)
    assert (len(rows(body)), total(body)) == (100, 6 * 20 + 4)
    assert len(api.rows(path, {"pagination": {"limit": 1000}})) == 6 * 20 + 4
    asked = {"pagination": {"limit": 1001}}
    assert api.refused(path, asked) == (400, 3, "QUERY-4M0fs")
    assert api.refused(AUTHORIZATIONS, asked) == (400, "invalid_argument", "QUERY-4M0fs")


def test_a_large_answer_of_the_gateway_is_refused(api: Api) -> None:
    api.server.max_message = 500
    answer = api.ask(USERS_V1)
    assert (answer.status_code, answer.json()["code"]) == (429, 8)
    assert "larger than max" in answer.json()["message"]
    assert "details" not in answer.json()
    assert api.ask(USERS_V1, {"query": {"limit": 1}}).status_code == 200
    assert api.ask(AUTHORIZATIONS).status_code == 200


# Totals


def test_past_the_end_there_is_no_total(api: Api) -> None:
    last = api.get(AUTHORIZATIONS, by_id(0, 1000))
    past = api.get(AUTHORIZATIONS, by_id(total(last), 1000))
    assert past == {"pagination": {"appliedLimit": "1000"}}
    assert "totalResult" not in api.get("/v2/users", {"query": {"offset": "500"}})["details"]
    assert "totalResult" not in api.get(USERS_V1, {"query": {"offset": 500}})["details"]


def test_some_versions_count_users_once_for_each_of_their_metadata(api: Api) -> None:
    users = len(api.server.instance.users)
    metadata = 2 * len(api.server.company.people)
    machines = len(api.server.instance.machines)
    for numbers, counted in (
        ((4, 1), users), ((4, 2), metadata + machines), ((4, 3), metadata + machines),
        ((4, 4), users),
    ):  # fmt: skip
        version(api, *numbers)
        body = api.get("/v2/users", {"query": {"limit": 5}})
        assert (len(rows(body)), total(body)) == (5, counted)


def test_relational_tables_count_the_page(company: Company) -> None:
    with served(ZitadelServer(company, version=(5, 0))) as api:
        api.server.relational_tables = True
        body = api.get(ORGS, {"query": {"limit": 2}})
        assert (len(rows(body)), total(body)) == (2, 2)
        assert total(api.get("/v2/users", {"query": {"limit": 2}})) > 2


# Order


def test_v1_lists_have_no_order_and_an_update_moves_a_row(old: Api, company: Company) -> None:
    path, every = GRANTS_V1, []
    org = max(old.server.instance.grants, key=lambda grant: len(grants_of(old, grant.to.id))).to.id
    before = [row["id"] for row in grants_of(old, org)]
    assert len(before) > 3
    first = old.rows(path, {"query": {"limit": 2, "asc": True}}, org=org)
    member = next(
        member
        for memberships in company.access.memberships.values()
        for member in memberships.values()
        if ids.authorization_id(member) == before[0]
    )
    company.access.entitle(member, *member.roles)
    second = old.rows(path, {"query": {"offset": "2", "limit": 100, "asc": True}}, org=org)
    every = [row["id"] for row in first + second]
    assert before[2] not in every, "missed"
    assert every.count(before[0]) == 2, "seen twice"
    assert [row["id"] for row in grants_of(old, org)] == [*before[1:], before[0]]


def grants_of(api: Api, org: str) -> list[dict[str, Any]]:
    return api.rows(GRANTS_V1, org=org)


def test_direction_means_nothing_without_an_order(old: Api) -> None:
    path = "/management/v1/projects/_search"
    up, down = (old.rows(path, {"query": {"asc": asc}}) for asc in (True, False))
    assert up == down
    assert len(up) == 3


def test_users_are_in_the_order_of_ids(old: Api, api: Api) -> None:
    for asking, path, name in ((old, USERS_V1, "id"), (api, "/v2/users", "userId")):
        up = [row[name] for row in asking.rows(path, {"query": {"asc": True}})]
        assert up == sorted(up)
        assert [row[name] for row in asking.rows(path)] == up[::-1]


def test_unknown_columns_are_ignored_in_silence(api: Api, company: Company) -> None:
    organization = next(iter(company.access.organizations.values()))
    company.access.rename(organization, "Another name")
    window = {"query": {"asc": True}}
    heap = [row["id"] for row in api.rows(ORGS, window)]
    assert heap[-1] == ids.organization_id(organization)
    created = "ORGANIZATION_FIELD_NAME_CREATION_DATE"
    sorted_rows = api.rows(ORGS, {**window, "sortingColumn": created})
    dates = [row["details"]["creationDate"] for row in sorted_rows]
    assert dates == sorted(dates)
    wrong = api.rows(ORGS, {**window, "sortingColumn": "ORGANIZATION_FIELD_NAME_WRONG"})
    assert [row["id"] for row in wrong] == heap
    version(api, 4, 6)
    older = api.rows(ORGS, {**window, "sortingColumn": created})
    assert [row["id"] for row in older] == heap, "it does not know the column"
    named = api.rows(ORGS, {**window, "sortingColumn": "ORGANIZATION_FIELD_NAME_NAME"})
    assert [row["name"] for row in named] == sorted(row["name"] for row in named)


def test_v2_lists_sort_by_what_they_are_asked_for(api: Api) -> None:
    for path, name, column in (
        (PROJECTS, "projectId", "PROJECT_FIELD_NAME_ID"),
        (PROJECTS, "changeDate", "PROJECT_FIELD_NAME_CHANGE_DATE"),
        (APPLICATIONS, "name", "APPLICATION_SORT_BY_NAME"),
        (ADMINISTRATORS, "changeDate", "ADMINISTRATOR_FIELD_NAME_CHANGE_DATE"),
    ):
        asked = {"pagination": {"asc": True}, "sortingColumn": column}
        values = [row[name] for row in api.rows(path, asked)]
        assert values == sorted(values)
        assert len(values) > 2
    applications = [row["applicationId"] for row in api.rows(APPLICATIONS)]
    assert applications == sorted(applications, reverse=True)


# What is listed


def test_projects_are_told_once_more_for_each_grant(api: Api) -> None:
    told = api.rows(PROJECTS)
    grants = {grant.to.id for grant in api.server.instance.grants}
    granted = [row for row in told if "grantedOrganizationId" in row]
    assert {row["grantedOrganizationId"] for row in granted} == grants
    assert len({row["projectId"] for row in granted}) == 1
    assert len(told) == 3 + len(grants) > 6
    owned = {"organizationIdFilter": {"organizationId": ids.HOME, "type": "OWNED"}}
    assert len(api.rows(PROJECTS, {"filters": [owned]})) == 3
    chief = next(
        row for row in told if row not in granted and row["projectId"] == granted[0]["projectId"]
    )
    assert chief["creationDate"] != granted[0]["creationDate"], "it is the grant's own"


def test_defaults_are_left_out(api: Api, company: Company) -> None:
    assert "description" not in next(row for row in api.rows("/v2/users") if "machine" in row)
    empty = next(api_ for api_ in company.access.apis.values() if api_.name == "Empty")
    assert "projectRoles" not in api.get(ROLES, {"projectId": ids.project_id(empty)})
    people = {ids.user_id(person): person for person in company.people.values()}
    for row in api.rows("/v2/users"):
        if person := people.get(row["userId"]):
            email = row["human"]["email"]
            assert ("isVerified" in email) == ids.is_email_verified(person)
            assert email.get("isVerified") is not False
            assert row["human"]["profile"]["nickName"] == "", "it is optional, and so told"
            assert "machine" not in row
    assert isinstance(api.get("/v2/users")["details"]["totalResult"], str)


def test_v1_grants_of_others_are_told_only_if_asked_for(old: Api) -> None:
    own = old.rows(GRANTS_V1)
    wide = old.rows(GRANTS_V1, {"queries": [{"withGrantedQuery": {"withGranted": True}}]})
    assert {row["orgId"] for row in own} == {ids.HOME}
    assert len(wide) == len(old.server.instance.authorizations) > len(own) > 0
    assert all(("projectGrantId" in row) == (row["orgId"] != ids.HOME) for row in wide)


def test_older_servers_tell_what_newer_ones_do(api: Api, old: Api) -> None:
    """Renamed, but the same things."""
    wide = {"queries": [{"withGrantedQuery": {"withGranted": True}}]}
    v1, v2 = old.rows(GRANTS_V1, wide), api.rows(AUTHORIZATIONS)
    assert {row["id"]: row["roleKeys"] for row in v1} == {
        row["id"]: [role["key"] for role in row["roles"]] for row in v2
    }
    orgs = [org.id for org in old.server.instance.orgs]
    names = {}
    for org in orgs:
        for row in old.rows(USERS_V1, org=org):
            assert row["details"]["resourceOwner"] == org
            names[row["id"]] = row["userName"]
    assert names == {row["userId"]: row["username"] for row in api.rows("/v2/users")}


# What is left out in silence


def test_rows_without_rights_are_left_out_after_the_limit(api: Api) -> None:
    server = api.server
    every = {row["id"]: row["organization"]["id"] for row in api.rows(AUTHORIZATIONS)}
    in_order = sorted(every)
    seen = every[in_order[-1]]
    server.role, server.member_of = "ORG_OWNER_VIEWER", {seen}
    told, sizes, offset = [], [], 0
    while True:
        body = api.get(AUTHORIZATIONS, by_id(offset, 2))
        sizes.append(len(rows(body)))
        told += [row["id"] for row in rows(body)]
        if not total(body):
            break
        assert total(body) == len(every), "it counts what may not be seen"
        offset += 2
    assert told == [each for each in in_order if every[each] == seen]
    assert 0 in sizes[:-1], "an empty page in the middle"


def test_users_are_checked_in_the_query_since_4_8(api: Api) -> None:
    everybody = len(api.server.instance.users)
    api.server.role, api.server.member_of = "ORG_OWNER_VIEWER", {ids.HOME}
    body = api.get("/v2/users")
    assert len(rows(body)) == total(body) < everybody
    version(api, 4, 7)
    body = api.get("/v2/users")
    assert len(rows(body)) < total(body) == everybody


def test_a_feature_checks_more_in_the_query(api: Api) -> None:
    api.server.role, api.server.member_of = "ORG_OWNER_VIEWER", {ids.HOME}
    body = api.get(ORGS)
    assert (len(rows(body)), total(body)) == (1, 6)
    api.server.permission_check_v2 = True
    body = api.get(ORGS)
    assert (len(rows(body)), total(body)) == (1, 1)
    assert total(api.get(AUTHORIZATIONS)) == len(api.server.instance.authorizations)


def test_without_any_rights_v2_is_empty_rather_than_forbidden(api: Api) -> None:
    api.server.role = "NONE"
    for path in (ORGS, "/v2/sessions/search", AUTHORIZATIONS, ADMINISTRATORS):
        assert api.rows(path) == [], path
    assert [user["userId"] for user in api.rows("/v2/users")] == [api.server.user_id]


def test_administrators_are_seen_by_what_they_administrate(api: Api) -> None:
    told = api.rows(ADMINISTRATORS)
    kinds = ("instance", "organization", "project", "projectGrant")
    assert [sum(kind in row for row in told) for kind in kinds][0::2] == [2, 1]
    assert {row["roles"][0] for row in told} == {
        "IAM_OWNER", "IAM_OWNER_VIEWER", "ORG_OWNER", "PROJECT_OWNER", "PROJECT_GRANT_OWNER",
    }  # fmt: skip
    org = next(row["organization"]["id"] for row in told if "organization" in row)
    api.server.role, api.server.member_of = "ORG_OWNER_VIEWER", {org}
    own = [row for row in api.rows(ADMINISTRATORS) if row["user"]["id"] == api.server.user_id]
    assert [row["roles"] for row in own] == [["ORG_OWNER_VIEWER"]]
    assert not any("instance" in row for row in api.rows(ADMINISTRATORS))
    mine = api.rows("/auth/v1/memberships/me/_search")
    assert [row["orgId"] for row in mine] == [org]


def test_administrators_are_filtered_by_their_change(api: Api) -> None:
    told = sorted(row["changeDate"] for row in api.rows(ADMINISTRATORS))
    for method, kept in (("AFTER_OR_EQUALS", told[5:]), ("AFTER", told[6:]), ("BEFORE", told[:5])):
        bound = {"timestamp": told[5], "method": f"TIMESTAMP_FILTER_METHOD_{method}"}
        found = api.rows(ADMINISTRATORS, {"filters": [{"changeDate": bound}]})
        assert sorted(row["changeDate"] for row in found) == kept


def test_groups_came_with_version_5(api: Api, company: Company) -> None:
    assert api.ask(GROUPS).status_code == 404
    with served(ZitadelServer(company, version=(5, 0))) as new:
        assert {row["name"] for row in new.rows(GROUPS)} == {
            group.name for group in company.groups.values()
        }
        members = new.rows(GROUPS.replace("ListGroups", "ListGroupUsers"))
        assert {(row["groupId"], row["user"]["id"]) for row in members} == {
            (ids.group_id(group), ids.user_id(member))  # type: ignore[arg-type]
            for group, member in company.memberships()
            if member.id in company.people
        }
