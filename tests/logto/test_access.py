"""Who may do what, computed in SQL from the warehouse, is what Logto itself says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests

from sandbox.company import Company
from sandbox.logto import CLIENT_ID, CLIENT_SECRET, RESOURCE
from sandbox.made_up import Size
from sandbox.model import Application, Person
from sandbox.server import Sandbox
from tests.logto.runs import TAP
from tests.running import Pipe, select

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.warehouse import Warehouse

STREAMS = (
    "role_users", "role_applications", "role_scopes", "resources", "scopes",
    "organization_memberships", "organization_member_roles", "organization_role_scopes",
    "organization_role_resource_scopes", "organization_scopes",
)  # fmt: skip

IN_ORGANIZATIONS = """
    select m.organization_id, m.user_id, s.id, s.name
    from tap_logto.organization_member_roles m
    join tap_logto.organization_role_scopes r using (organization_role_id)
    join tap_logto.organization_scopes s on s.id = r.scope_id
    where coalesce(m._sdc_deleted_at, r._sdc_deleted_at, s._sdc_deleted_at) is null
"""
IN_THE_TENANT = """
    select h.{holder}, a.indicator, s.name
    from tap_logto.{holders} h
    join tap_logto.role_scopes r using (role_id)
    join tap_logto.scopes s on s.id = r.scope_id
    join tap_logto.resources a on a.id = s.resource_id
    where coalesce(h._sdc_deleted_at, r._sdc_deleted_at, s._sdc_deleted_at) is null
"""
AT_APIS_OF_ORGANIZATIONS = """
    select m.organization_id, m.user_id, r.resource_id, r.scope_name
    from tap_logto.organization_member_roles m
    join tap_logto.organization_role_resource_scopes r using (organization_role_id)
    where coalesce(m._sdc_deleted_at, r._sdc_deleted_at) is null
"""

Rights = set[tuple[Any, ...]]


@pytest.fixture(scope="module")
def company() -> Company:
    return Company.made_up(20, 2, 4, size=Size(organizations=5, memberships=40, sign_ins=0))


@pytest.fixture(scope="module")
def pipe(
    company: Company, warehouse: Warehouse, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Pipe]:
    """The tenant, loaded, then changed, and loaded once more."""
    folder = tmp_path_factory.mktemp("access")
    with Sandbox(company) as sandbox:
        pipe = Pipe(folder, warehouse.database("test_logto_access"), sandbox, TAP)
        pipe.catalog = select(*STREAMS, tap=TAP)
        assert pipe.run() == 0, pipe.log
        change(company)
        assert pipe.run() == 0, pipe.log
        yield pipe


def change(company: Company) -> None:
    """Somebody leaves, somebody loses a role, and a role loses a permission."""
    access = company.access
    company.remove(list(company.people.values())[7])
    member = next(s for s in memberships(company) if len(s.roles) > 1)
    access.entitle(member, member.roles[-1])
    role = access.roles_of("organization", "person")[0]
    role.permissions = role.permissions[1:]
    company.save(role)
    tenant_wide = access.roles_of("tenant", "person")[0]
    tenant_wide.permissions = tenant_wide.permissions[2:]
    company.save(tenant_wide)
    access.revoke(access.holders_of(tenant_wide)[0])


def memberships(company: Company) -> list[Any]:
    organizations = company.access.organizations.values()
    return [member for each in organizations for member in company.access.people_of(each)]


def rights(pipe: Pipe, sql: str) -> Rights:
    return {tuple(row.values()) for row in pipe.database.query(sql)}


def told_by_logto(pipe: Pipe, company: Company) -> Rights:
    """What Logto says that each member of each organization may do there."""
    base = pipe.config["base_url"]
    form = {"grant_type": "client_credentials", "resource": RESOURCE, "scope": "all"}
    found: Rights = set()
    with requests.Session() as session:
        token = session.post(f"{base}/oidc/token", form, auth=(CLIENT_ID, CLIENT_SECRET)).json()
        session.headers["Authorization"] = f"Bearer {token['access_token']}"
        for member in memberships(company):
            place = (member.organization.id, member.holder.id)
            answer = session.get(f"{base}/api/organizations/{place[0]}/users/{place[1]}/scopes")
            assert answer.status_code == 200
            found |= {(*place, scope["id"], scope["name"]) for scope in answer.json()}
    return found


def test_permissions_in_organizations_are_what_logto_itself_says(
    pipe: Pipe, company: Company
) -> None:
    computed = rights(pipe, IN_ORGANIZATIONS)
    assert computed == told_by_logto(pipe, company)
    holders = {(organization, user) for organization, user, *_ in computed}
    members = {(member.organization.id, member.holder.id) for member in memberships(company)}
    assert holders < members  # some hold no role
    assert {name for *_, name in computed} >= {"invite:members", "delete:members"}


def test_memberships_without_a_role_are_there_and_permit_nothing(
    pipe: Pipe, company: Company
) -> None:
    members = rights(
        pipe,
        "select organization_id, user_id from tap_logto.organization_memberships "
        "where _sdc_deleted_at is null",
    )
    assert members == {
        (member.organization.id, member.holder.id) for member in memberships(company)
    }


def test_permissions_at_apis_within_organizations_are_the_companys(
    pipe: Pipe, company: Company
) -> None:
    assert rights(pipe, AT_APIS_OF_ORGANIZATIONS) == {
        (member.organization.id, member.holder.id, permission.api.id, permission.name)
        for member in memberships(company)
        for role in member.roles
        for permission in role.permissions
        if permission.api is not None
    }


@pytest.mark.parametrize(
    ("holders", "holder", "kind"),
    [("role_users", "user_id", Person), ("role_applications", "application_id", Application)],
)
def test_permissions_in_the_tenant_are_the_companys(
    pipe: Pipe, company: Company, holders: str, holder: str, kind: type[Any]
) -> None:
    expected = {
        (each.holder.id, permission.api.identifier, permission.name)
        for role in company.access.roles_of("tenant")
        for each in company.access.holders_of(role)
        if isinstance(each.holder, kind)
        for permission in role.permissions
        if permission.api is not None
    }
    assert expected
    assert rights(pipe, IN_THE_TENANT.format(holders=holders, holder=holder)) == expected
