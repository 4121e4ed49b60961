"""A ZITADEL authorization is in force only if all that it hangs on is."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.transform.warehouses import DuckDB

# The home organization owns the projects; `partner` and `gone` are other organizations.
SCRIPT = """
create schema tap_zitadel;
create table tap_zitadel.organizations as select * from (values
    ('home', 'ORGANIZATION_STATE_ACTIVE'), ('partner', 'ORGANIZATION_STATE_ACTIVE'),
    ('gone', 'ORGANIZATION_STATE_INACTIVE'), ('paused', 'ORGANIZATION_STATE_ACTIVE')
) as o (id, state);
create table tap_zitadel.projects as select * from (values
    ('shop', 'home', 'PROJECT_STATE_ACTIVE'), ('old', 'home', 'PROJECT_STATE_INACTIVE')
) as p (id, organization_id, state);
create table tap_zitadel.project_roles as select * from (values
    ('shop', 'read'), ('shop', 'write'), ('old', 'read')
) as r (project_id, key);
create table tap_zitadel.project_grants as select * from (values
    ('shop', 'partner', ['read', 'lost'], 'PROJECT_GRANT_STATE_ACTIVE'),
    ('shop', 'paused', ['read'], 'PROJECT_GRANT_STATE_INACTIVE')
) as g (project_id, granted_organization_id, granted_role_keys, state);
create table tap_zitadel.authorization_roles as select * from (values
    ('1', 'read', 'u', 'home', 'shop', 'STATE_ACTIVE'),
    ('2', 'write', 'u', 'home', 'shop', 'STATE_INACTIVE'),
    ('3', 'read', 'u', 'home', 'old', 'STATE_ACTIVE'),
    ('4', 'lost', 'u', 'home', 'shop', 'STATE_ACTIVE'),
    ('5', 'read', 'u', 'partner', 'shop', 'STATE_ACTIVE'),
    ('6', 'write', 'u', 'partner', 'shop', 'STATE_ACTIVE'),
    ('7', 'read', 'u', 'gone', 'shop', 'STATE_ACTIVE'),
    ('8', 'read', 'u', 'paused', 'shop', 'STATE_ACTIVE'),
    ('9', 'read', 'u', 'unknown', 'shop', 'STATE_ACTIVE'),
    ('10', 'read', 'u', 'home', 'unread', 'STATE_ACTIVE'),
    ('11', 'write', 'v', 'home', 'shop', 'STATE_INACTIVE'),
    ('12', 'write', 'v', 'home', 'shop', 'STATE_ACTIVE')
) as a (authorization_id, role_key, user_id, organization_id, project_id, state);
"""
REASONS = {
    ("u", "shop/read", "home"): None,
    ("u", "shop/write", "home"): "the authorization is not active",
    ("u", "old/read", "home"): "the project is not active",
    ("u", "shop/lost", "home"): "the project no longer has the role",
    ("u", "shop/read", "partner"): None,
    ("u", "shop/write", "partner"): "the project grant no longer has the role",
    ("u", "shop/read", "gone"): "the organization is not active",
    ("u", "shop/read", "paused"): "the project grant is not active",
    ("u", "shop/read", "unknown"): "the project is no longer granted to the organization",
    # A project that was not read is taken to be as it should.
    ("u", "unread/read", "home"): None,
    # Of two authorizations for the same role, one is in force.
    ("v", "shop/write", "home"): None,
}


def test_each_reason(duckdb: DuckDB) -> None:
    duckdb.execute(SCRIPT)
    duckdb.make("identity_effective_access")
    grants = duckdb.mart("identity_grants")
    found = {
        (
            row["account_id"].removeprefix("zitadel/user/"),
            row["entitlement_id"].removeprefix("zitadel/project_role/"),
            row["scope_id"].removeprefix("zitadel/organization/"),
        ): row["inactive_reason"]
        for row in grants
    }
    assert found == REASONS
    in_force = {row["grant_id"] for row in grants if row["inactive_reason"] is None}
    access = duckdb.mart("identity_effective_access")
    assert {row["access_id"] for row in access if row["is_active"]} == in_force
    via = {row["scope_id"]: row["via_id"] for row in grants}
    assert via["zitadel/organization/partner"] == "zitadel/project_grant/shop/partner"
    assert via["zitadel/organization/home"] is None
