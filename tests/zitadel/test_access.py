"""Who may do what, and who signed in when, computed in SQL from the warehouse."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.model import Person
from sandbox.server import Sandbox
from sandbox.zitadel import ids
from tests.running import Pipe, select
from tests.zitadel.expected_access import granted
from tests.zitadel.expected_shared import naive, people_memberships
from tests.zitadel.runs import TAP, small

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.company import Company
    from sandbox.warehouse import Warehouse

STREAMS = (
    "organizations", "users", "projects", "project_roles", "project_grants", "authorizations",
    "authorization_roles", "administrators", "events", "sessions",
)  # fmt: skip

WHO_MAY_DO_WHAT = """
    select u.username, a.organization_id, p.name as project, k.key
    from tap_zitadel.authorizations a
    join tap_zitadel.authorization_roles r on r.authorization_id = a.id
    join tap_zitadel.users u on u.id = a.user_id
    join tap_zitadel.projects p on p.id = a.project_id
    join tap_zitadel.project_roles k on k.project_id = p.id and k.key = r.role_key
    left join tap_zitadel.project_grants g
      on g.project_id = p.id and g.granted_organization_id = a.organization_id
      and g.state = 'PROJECT_GRANT_STATE_ACTIVE' and g._sdc_deleted_at is null
    where a.state = 'STATE_ACTIVE' and u.state = 'USER_STATE_ACTIVE'
      -- In another organization than the project's own, only what was granted to it.
      and (a.organization_id = p.organization_id or k.key = any(g.granted_role_keys))
      and coalesce(a._sdc_deleted_at, r._sdc_deleted_at, u._sdc_deleted_at,
                   p._sdc_deleted_at, k._sdc_deleted_at) is null
"""
WHO_ADMINISTERS_WHAT = """
    select u.username, m.resource_type,
           coalesce(g.granted_organization_name, p.name, o.name, '') as resource, role
    from tap_zitadel.administrators m
    cross join lateral unnest(m.roles) as role
    join tap_zitadel.users u on u.id = m.user_id
    left join tap_zitadel.organizations o
      on m.resource_type = 'organization' and o.id = m.resource_id
    left join tap_zitadel.projects p on p.id = m.project_id
    left join tap_zitadel.project_grants g
      on g.project_id = m.project_id and g.granted_organization_id = m.granted_organization_id
    where m._sdc_deleted_at is null and u._sdc_deleted_at is null
"""
LAST_SIGN_IN = """
    with sign_ins as (
        select aggregate_id as user_id, creation_date as at
        from tap_zitadel.events
        where event_type in ('user.human.password.check.succeeded', 'user.token.added')
        union all
        select user_id, greatest(user_verified_at, password_verified_at, passkey_verified_at)
        from tap_zitadel.sessions
    )
    select u.username, max(s.at) as at,
           case when max(s.at) is not null then 'known'
                -- Events reach back to before the user was made: all would be among them.
                when u.creation_date >= (select min(creation_date) from tap_zitadel.events)
                then 'never'
                else 'unknown' end as what
    from tap_zitadel.users u
    left join sign_ins s on s.user_id = u.id
    where u._sdc_deleted_at is null
    group by u.id, u.username, u.creation_date
"""

Rights = set[tuple[Any, ...]]


@pytest.fixture(scope="module")
def company() -> Company:
    return small(memberships=60, sign_ins=20)


@pytest.fixture(scope="module")
def pipe(
    company: Company, warehouse: Warehouse, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Pipe]:
    """The instance, loaded, then changed, and loaded once more."""
    folder = tmp_path_factory.mktemp("access")
    with Sandbox(company) as sandbox:
        pipe = Pipe(folder, warehouse.database("test_zitadel_access"), sandbox, TAP)
        pipe.catalog = select(*STREAMS, tap=TAP)
        retention = timedelta(minutes=2)
        sandbox.zitadel_server.audit_log_retention = retention
        assert pipe.run() == 0, pipe.log
        change(company)
        assert pipe.run() == 0, pipe.log
        yield pipe


def change(company: Company) -> None:
    """Somebody leaves, is suspended, loses roles, comes; an organization ends."""
    access, people = company.access, list(company.people.values())
    memberships = [
        member for member in people_memberships(company) if member.holder not in people[:3]
    ]
    company.remove(people[20])
    company.suspend(people[21])
    access.entitle(
        next(s for s in memberships if len(s.roles) > 1), access.roles_of("organization")[1]
    )
    access.dissolve(list(access.organizations.values())[2])
    access.revoke(access.holders_of(access.roles_of("tenant", "person")[0])[0])
    for person in people[3:12]:
        person.sessions.clear()
        company.save(person)
    company.hire()
    web = next(a for a in access.applications.values() if a.kind == "web")
    access.sign_in(web, company.hire())


def rights(pipe: Pipe, sql: str) -> Rights:
    return {tuple(row.values()) for row in pipe.database.query(sql)}


def test_who_may_do_what_is_what_the_company_says(pipe: Pipe, company: Company) -> None:
    """Through memberships at the first project, through tenant-wide roles at the second."""
    first, second = ids.projects(company)[:2]
    wanted: Rights = {
        (member.holder.email, ids.organization_id(member.organization), first.name, permission.name)
        for member in people_memberships(company)
        if isinstance(member.holder, Person) and member.holder.active
        for role in member.roles
        for permission in role.permissions
        if permission.api is first
    }
    for role in company.access.roles_of("tenant"):
        for held in company.access.holders_of(role):
            holder = held.holder
            name = holder.email if isinstance(holder, Person) else ids.machine_name(holder)
            active = holder.active if isinstance(holder, Person) else True
            for permission in role.permissions if active else ():
                if permission.api is second:
                    wanted.add((name, ids.HOME, second.name, permission.name))
    assert rights(pipe, WHO_MAY_DO_WHAT) == wanted
    assert len({row[1] for row in wanted}) > 3
    assert {row[2] for row in wanted} == {first.name, second.name}


def test_who_administers_what_is_what_the_company_says(pipe: Pipe, company: Company) -> None:
    people = list(company.people.values())
    machine = ids.machines(company.access.applications.values())[0]
    oldest = min(granted(company), key=lambda each: each.created)
    wanted: Rights = {
        (ids.machine_name(machine), "instance", "", "IAM_OWNER_VIEWER"),
        (people[0].email, "instance", "", "IAM_OWNER"),
        (people[1].email, "project", ids.projects(company)[0].name, "PROJECT_OWNER"),
        (people[2].email, "project_grant", oldest.name, "PROJECT_GRANT_OWNER"),
    }
    for member in people_memberships(company):
        if isinstance(member.holder, Person) and any(role.name == "owner" for role in member.roles):
            wanted.add((member.holder.email, "organization", member.organization.name, "ORG_OWNER"))
    assert rights(pipe, WHO_ADMINISTERS_WHAT) == wanted
    assert len(wanted) > 8


def test_the_last_sign_in_is_known_never_or_unknown(pipe: Pipe, company: Company) -> None:
    """Who was made before the oldest event and is not seen signing in is not said to have never.

    Events that the server no longer tells may have been loaded by an earlier run.
    """
    ((oldest,),) = rights(pipe, "select min(creation_date) from tap_zitadel.events")
    told = {row["username"]: row for row in pipe.database.query(LAST_SIGN_IN)}
    assert told.keys() >= {person.email for person in company.people.values()}
    sign_ins = [e for e in company.access.sign_ins if e.person and e.succeeded]
    last_of = {each.person.id: naive(each.at) for each in sign_ins if each.person}
    counts: dict[str, int] = {"known": 0, "never": 0, "unknown": 0}
    for person in company.people.values():
        row, last, made = told[person.email], last_of.get(person.id), naive(person.created)
        assert made is not None
        seen = last is not None and (last >= oldest or bool(person.sessions))
        what = "known" if seen else "never" if made >= oldest else "unknown"
        counts[what] += 1
        assert (row["what"], row["at"]) == (what, last if seen else None), person.email
        assert what != "never" or last is None
    assert all(counts.values()), counts


def test_machines_sign_in_too(pipe: Pipe, company: Company) -> None:
    last = {
        ids.machine_name(each.application): naive(each.at)
        for each in company.access.sign_ins
        if each.person is None
    }
    told = {row["username"]: row["at"] for row in pipe.database.query(LAST_SIGN_IN)}
    assert last
    assert {name: told[name] for name in last} == last
