"""The emulator of ZITADEL: what it tells is what is so in the company."""

from __future__ import annotations

import base64
import threading
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.company import Company
from sandbox.model import Person
from sandbox.zitadel import ZitadelServer, ids
from sandbox.zitadel.wire import moment, stamp
from tests.zitadel.emulator import ADMINISTRATORS, APPLICATIONS, AUTHORIZATIONS, Api, served

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.model import Membership

GRANTS = "/zitadel.project.v2.ProjectService/ListProjectGrants"
ROLES = "/zitadel.project.v2.ProjectService/ListProjectRoles"


@pytest.fixture(scope="module")
def company() -> Company:
    return Company.made_up()


@pytest.fixture(scope="module")
def api(company: Company) -> Iterator[Api]:
    with served(ZitadelServer(company)) as api:
        api.server.instance  # noqa: B018
        yield api


def memberships(company: Company) -> list[Membership]:
    return [
        member
        for memberships in company.access.memberships.values()
        for member in memberships.values()
    ]


def test_people_belong_to_the_organization_of_their_oldest_membership(
    api: Api, company: Company
) -> None:
    owners = {person.id: ids.HOME for person in company.people.values()}
    for member in sorted(memberships(company), key=lambda member: -member.number):
        if isinstance(member.holder, Person):
            owners[member.holder.id] = ids.organization_id(member.organization)
    told = {row["userId"]: row for row in api.rows("/v2/users")}
    for person in company.people.values():
        row = told.pop(ids.user_id(person))
        assert row["details"]["resourceOwner"] == owners[person.id]
        assert row["details"]["creationDate"] == stamp(person.created)
        assert row["human"]["profile"]["familyName"] == person.family
    assert {row["username"] for row in told.values()} == {"Exporter", "Nightly-job", "Idle-job"}
    assert {row["details"]["resourceOwner"] for row in told.values()} == {ids.HOME}


def test_roles_are_permissions_of_apis(api: Api, company: Company) -> None:
    for api_ in company.access.apis.values():
        told = {row["key"] for row in api.rows(ROLES, {"projectId": ids.project_id(api_)})}
        assert told == {each.name for each in company.access.permissions_of(api_)}


def test_memberships_and_assignments_are_authorizations(api: Api, company: Company) -> None:
    first, second = list(company.access.apis.values())[:2]
    expected: dict[str, Any] = {}
    for member in memberships(company):
        held = {p.name for role in member.roles for p in role.permissions if p.api is first}
        if held and isinstance(member.holder, Person):
            org = ids.organization_id(member.organization)
            whose = (ids.user_id(member.holder), ids.project_id(first), org)
            expected[ids.authorization_id(member)] = (*whose, held)
    for assignments in company.access.assignments.values():
        for each in assignments.values():
            held = {p.name for p in each.role.permissions if p.api is second}
            if held:
                whose = (ids.user_id(each.holder), ids.project_id(second), ids.HOME)
                expected[ids.authorization_id(each)] = (*whose, held)
    told = {
        row["id"]: (
            row["user"]["id"], row["project"]["id"], row["organization"]["id"],
            {role["key"] for role in row["roles"]},
        )
        for row in api.rows(AUTHORIZATIONS, {"pagination": {"limit": 1000}})
    }  # fmt: skip
    assert told == expected
    assert len({row[1] for row in told.values()}) == 2


def test_organizations_with_members_are_granted_the_first_project(
    api: Api, company: Company
) -> None:
    first = next(iter(company.access.apis.values()))
    told = {row["grantedOrganizationId"]: row for row in api.rows(GRANTS)}
    assert told.keys() == {
        ids.organization_id(member.organization) for member in memberships(company)
    }
    keys = [each.name for each in company.access.permissions_of(first)]
    assert all(row["grantedRoleKeys"] == keys for row in told.values())
    same = [grant.id == grant.to.id for grant in api.server.instance.grants]
    assert any(same), "as a newer API makes them"
    assert not all(same)


def test_owners_administrate(api: Api, company: Company) -> None:
    told = {
        (row["user"]["id"], row["organization"]["id"])
        for row in api.rows(ADMINISTRATORS, {"pagination": {"limit": 1000}})
        if row["roles"] == ["ORG_OWNER"]
    }
    assert told == {
        (ids.user_id(member.holder), ids.organization_id(member.organization))
        for member in memberships(company)
        if isinstance(member.holder, Person) and "owner" in [role.name for role in member.roles]
    }


def test_applications_are_of_three_kinds(api: Api, company: Company) -> None:
    told = {row["name"]: row for row in api.rows(APPLICATIONS)}
    kinds = {"machine": "apiConfiguration", "saml": "samlConfiguration"}
    for each in company.access.applications.values():
        row = told.pop(each.name)
        assert kinds.get(each.kind, "oidcConfiguration") in row
        assert row["applicationId"] == ids.application_id(each)
    assert not told


def test_credentials_are_told_without_their_values(api: Api, company: Company) -> None:
    tokens = [each for person in company.people.values() for each in person.tokens]
    machines = ids.machines(company.access.applications.values())
    keys = [each for machine in machines for each in machine.secrets]
    for path, made, identify in (
        ("/v2/users/pats/search", tokens, ids.access_token_id),
        ("/v2/users/keys/search", keys, ids.machine_key_id),
    ):
        told = {row["id"]: row for row in api.rows(path)}
        assert len(told) == len(made) >= 3
        for each in made:
            row = told[identify(each)]
            assert row["expirationDate"] == stamp(each.expires or ids.FOREVER)
            assert each.value not in str(row)


def test_organizations_have_domains_and_metadata(api: Api, company: Company) -> None:
    for each in company.access.organizations.values():
        path = f"/v2/organizations/{ids.organization_id(each)}"
        domains = api.rows(f"{path}/domains/search")
        assert {row["domain"] for row in domains if not row.get("isPrimary")} == set(each.domains)
        metadata = api.rows(f"{path}/metadata/search")
        told = {row["key"]: base64.b64decode(row["value"]).decode() for row in metadata}
        assert told == ids.organization_metadata(each)


def test_timestamps_have_as_many_digits_as_they_need() -> None:
    for text in ("2026-01-05T09:00:00Z", "2026-01-05T09:00:00.120Z", "2026-01-05T09:00:00.000120Z"):
        assert stamp(moment(text)) == text
    assert stamp(moment("2026-01-05T10:00:00.5+01:00")) == "2026-01-05T09:00:00.500Z"
    assert stamp(moment("2026-01-05T09:00:00.123456789Z")) == "2026-01-05T09:00:00.123456Z"


def test_ids_are_18_digits(company: Company) -> None:
    found = [ids.user_id(person) for person in company.people.values()]
    assert all(len(each) == 18 and each.isdecimal() and each[0] != "0" for each in found)
    assert len(set(found)) == len(found)


def test_the_company_may_change_at_any_time() -> None:
    company = Company.made_up(people=20)
    owner = next(role for role in company.access.roles.values() if role.name == "owner")
    organization = next(iter(company.access.organizations.values()))
    portal = next(a for a in company.access.applications.values() if a.kind == "web")
    done = threading.Event()

    def change() -> None:
        for _ in range(150):
            person = company.hire()
            company.access.add_member(organization, person, owner)
            company.access.sign_in(portal, person)
            company.remove(person)
        done.set()

    with served(ZitadelServer(company)) as api:
        thread = threading.Thread(target=change)
        thread.start()
        while not done.is_set():
            for path in ("/v2/users", AUTHORIZATIONS, ADMINISTRATORS, "/admin/v1/events/_search"):
                api.get(path)
        thread.join()
        assert len(api.rows("/v2/users")) == 20 + 3
        kinds = [event.kind for event in api.server.store]
        assert kinds.count("session.added") == len(
            [each for each in company.access.sign_ins if each.session]
        )
        numbers = {(e.aggregate, e.aggregate_id, e.sequence) for e in api.server.store}
        assert len(numbers) == len(api.server.store)
