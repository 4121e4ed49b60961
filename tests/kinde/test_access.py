"""What a member may do, by SQL over the tables, and who comes through which connection."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.kinde import ids
from sandbox.server import Sandbox
from tests.kinde.expected_shared import memberships
from tests.kinde.runs import TAP, small
from tests.running import Pipe, select

if TYPE_CHECKING:
    from sandbox.company import Company
    from sandbox.warehouse import Database, Warehouse

STREAMS = (
    "users", "user_identities", "connections", "organizations", "organization_users", "roles",
    "role_users", "role_permissions", "permissions", "organization_user_permissions",
)  # fmt: skip
LIVE = """
with members as (select * from tap_kinde.organization_users where _sdc_deleted_at is null),
roles as (select * from tap_kinde.roles where _sdc_deleted_at is null),
grants as (select * from tap_kinde.role_permissions where _sdc_deleted_at is null),
permissions as (select * from tap_kinde.permissions where _sdc_deleted_at is null),
told as (select * from tap_kinde.organization_user_permissions where _sdc_deleted_at is null),
holders as (select * from tap_kinde.role_users where _sdc_deleted_at is null)
"""
BY_KEY = f"""{LIVE}
select distinct m.org_code, m.id as user_id, p.key
from members m
cross join lateral unnest(m.roles) as held(key)
join roles r on r.key = held.key
join grants g on g.role_id = r.id
join permissions p on p.id = g.id
"""
"""Through the keys of the roles that members are listed with: no request for each member."""
BY_HOLDER = f"""{LIVE}
select distinct h.org_code, h.user_id, p.key
from holders h
join grants g on g.role_id = h.role_id
join permissions p on p.id = g.id
"""
"""Through the roles' own users."""
TOLD = f"{LIVE} select org_code, user_id, key from told"
"""As Kinde answers it for each member."""
EFFECTIVE = f"""
select org_code, user_id, key from ({BY_KEY}) as through_roles
union
select org_code, user_id, key from ({TOLD}) as told
"""
"""Through roles or given directly."""


@pytest.fixture(scope="module")
def company() -> Company:
    return small()


@pytest.fixture(scope="module")
def database(
    tmp_path_factory: pytest.TempPathFactory, warehouse: Warehouse, company: Company
) -> Database:
    database, folder = (
        warehouse.database(f"test_{os.getpid()}_access"),
        tmp_path_factory.mktemp("k"),
    )
    with Sandbox(company) as sandbox:
        pipe = Pipe(folder, database, sandbox, TAP)
        pipe.catalog = select(*STREAMS, tap=TAP)
        assert pipe.run() == 0, pipe.log
    return database


@pytest.mark.parametrize("query", [BY_KEY, BY_HOLDER, TOLD, EFFECTIVE])
def test_what_each_member_may_do_is_what_the_company_says(
    company: Company, database: Database, query: str
) -> None:
    access = company.access
    wanted = set()
    for member, person in memberships(company):
        code = ids.organization_code(member.organization)
        held = {each.name for role in member.roles for each in role.permissions}
        assert {each.name for each in access.effective(member)} <= held
        wanted |= {(code, ids.user_id(person), name) for name in held}
    rows = database.query(query)
    assert {(row["org_code"], row["user_id"], row["key"]) for row in rows} == wanted
    assert len(rows) == len(wanted) > 100


def test_through_which_roles_is_told(company: Company, database: Database) -> None:
    rows = database.query(
        f"{LIVE} select org_code, user_id, key, each ->> 'key' as role "
        "from told cross join lateral unnest(roles) as each"
    )
    assert {(r["org_code"], r["user_id"], r["key"], r["role"]) for r in rows} == {
        (ids.organization_code(s.organization), ids.user_id(p), each.name, ids.role_key(role))
        for s, p in memberships(company)
        for role in s.roles
        for each in role.permissions
    }


IDENTITIES = """
with identities as (select * from tap_kinde.user_identities where _sdc_deleted_at is null),
people as (
  select u.id, u.last_signed_in, bool_or(i.type = 'enterprise') as enterprise,
    bool_or(i.type <> 'enterprise') as other
  from tap_kinde.users u join identities i on i.user_id = u.id
  where u._sdc_deleted_at is null group by 1, 2
)
"""


def kinds(person: Any) -> set[str]:
    return {identity.provider.kind for identity in person.identities}


def test_who_comes_through_which_enterprise_connection_is_told_without_a_request_for_each(
    company: Company, database: Database
) -> None:
    people = company.people.values()
    rows = database.query(
        f"{IDENTITIES} select i.user_id, c.display_name, c.strategy from identities i "
        "join tap_kinde.connections c on c.id = i.connection_id where i.type = 'enterprise'"
    )
    assert {(r["user_id"], r["display_name"], r["strategy"]) for r in rows} == {
        (ids.user_id(p), i.provider.name, f"{i.provider.protocol}:custom")
        for p in people
        for i in p.identities
        if i.provider.kind == "enterprise"
    }
    never = database.query(
        f"{IDENTITIES} select id from people where enterprise and last_signed_in is null"
    )
    assert {row["id"] for row in never} == {
        ids.user_id(p) for p in people if "enterprise" in kinds(p) and p.signed_in is None
    }
    both = database.query(f"{IDENTITIES} select id from people where enterprise and other")
    assert {row["id"] for row in both} == {
        ids.user_id(p) for p in people if "enterprise" in kinds(p)
    }
    assert min(len(rows), len(never), len(both)) > 1
