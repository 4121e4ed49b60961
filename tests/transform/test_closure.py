"""What follows from what, in any number of steps: circles, long chains, and limited scopes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.transform.warehouses import DuckDB

DEPTH = 40


def test_groups_in_groups(duckdb: DuckDB) -> None:
    """Group 0 is in group 1, and so on to the last, which is in the first: a circle."""
    members = [("User", "ada", "0"), ("User", "bob", "7")]
    members += [("Group", str(n), str((n + 1) % DEPTH)) for n in range(DEPTH)]
    members += [("Group", "5", "5")]  # A group in itself, which SCIM does not forbid.
    rows = ", ".join(f"('{group}', '{kind}', '{member}')" for kind, member, group in members)
    duckdb.execute(f"""
        create schema tap_rudderstack;
        create table tap_rudderstack.users as
            select * from (values ('ada', true), ('bob', false)) as u (id, active);
        create table tap_rudderstack.group_members as
            select * from (values {rows}) as m (group_id, member_type, member_id);
    """)
    duckdb.make("identity_effective_access")
    found = {
        (row["account_id"].rpartition("/")[2], int(row["entitlement_id"].rpartition("/")[2])): row
        for row in duckdb.mart("identity_effective_access")
        if "/group/" in row["entitlement_id"]
    }
    assert found.keys() == {(who, group) for who in ("ada", "bob") for group in range(DEPTH)}
    for (who, group), row in found.items():
        start = 0 if who == "ada" else 7
        assert row["depth"] == (group - start) % DEPTH
        assert row["is_direct"] == (group == start)
        assert row["given_entitlement_id"] == f"rudderstack/group/{start}"
        assert row["ways"] == 1
        assert row["is_active"] == (who == "ada")


def test_access_to_an_application_holds_where_its_rule_says(duckdb: DuckDB) -> None:
    duckdb.execute("""
        create schema tap_logto;
        create table tap_logto.users as
            select * from (values ('ada'), ('bob'), ('eve')) as u (id);
        create table tap_logto.applications as select * from (values
            ('crm', 'SPA', true), ('open', 'SPA', false), ('bot', 'MachineToMachine', false)
        ) as a (id, type, app_level_access_control_enabled);
        create table tap_logto.organization_memberships as select * from (values
            ('o1', 'ada'), ('o2', 'bob')
        ) as m (organization_id, user_id);
        create table tap_logto.organization_applications as
            select 'o1' as organization_id, 'bot' as application_id;
        create table tap_logto.organization_member_roles as select * from (values
            ('o2', 'bob', 'owner'), ('o1', 'ada', 'owner')
        ) as r (organization_id, user_id, organization_role_id);
        create table tap_logto.application_access_control as select
            application_id,
            ['eve'] as user_ids,
            cast([] as varchar[]) as user_role_ids,
            ['o1'] as organization_ids,
            [{'organization_id': 'o2', 'organization_role_ids': ['owner']}]
                as organization_role_rules
        from (values ('crm'), ('open')) as c (application_id);
    """)
    duckdb.make("identity_effective_access")
    found = {
        tuple(row[name].removeprefix("logto/") for name in ("account_id", "scope_id")): (
            row["given_entitlement_id"].removeprefix("logto/")
        )
        for row in duckdb.mart("identity_effective_access")
        if "/application_access/" in row["entitlement_id"]
    }
    assert found == {
        ("user/ada", "organization/o1"): "membership",
        ("user/bob", "organization/o2"): "organization_role/owner",
        ("user/eve", "tenant"): "application_access/crm",
    }
    undescribed = {
        row["entitlement_key"]
        for row in duckdb.mart("identity_entitlements")
        if not row["is_described"]
    }
    assert undescribed == {"owner"}
