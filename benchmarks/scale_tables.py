"""Raw tables of a large company in Kinde and Logto, in SQL of PostgreSQL and DuckDB."""

from __future__ import annotations

ACCOUNTS, ORGANIZATIONS, ROLES = 200_000, 200, 20
KINDE_ROLE_USERS, LOGTO_MEMBER_ROLES, LOGTO_ROLE_USERS = 210_000, 160_000, 50_000
"""The other grants are memberships, of which each account has one."""

_SYNC_ID = "2026-01-01T00:00:00.000000Z"
_COLUMNS = {
    # Ids are as long as the vendors': Kinde's have a prefix, Logto's have 12 or 21 characters.
    "kinde_user": "'kp_' || md5('user ' || cast({} as varchar))",
    "kinde_organization": "'org_' || substr(md5(cast({} as varchar)), 1, 12)",
    "logto_user": "substr(md5('user ' || cast({} as varchar)), 1, 12)",
    "logto_organization": "substr(md5(cast({} as varchar)), 1, 12)",
    "id": "substr(md5('{} ' || cast({} as varchar)), 1, 21)",
}


def _id(kind: str, number: str) -> str:
    return _COLUMNS["id"].format(kind, number)


def _table(system: str, stream: str, rows: int, **columns: str) -> str:
    """A statement that makes a raw table; `i` counts its rows."""
    selected = ", ".join(f"{value} as {name}" for name, value in columns.items())
    return (
        f"create table tap_{system}.{stream} as "  # noqa: S608
        f"select {selected}, '{_SYNC_ID}' as _sync_id from generate_series(0, {rows - 1}) as s(i)"
    )


def _sync_runs(system: str, *streams: str) -> str:
    runs = ", ".join(f"('{each}')" for each in streams)
    return (
        f"create table tap_{system}.sync_runs as "  # noqa: S608
        f"select '{_SYNC_ID}' as sync_id, stream, '{_SYNC_ID}' as started_at, "
        f"'{_SYNC_ID}' as ended_at, 'full' as mode, 'complete' as status "
        f"from (values {runs}) as v(stream)"
    )


def _kinde(part: float) -> list[str]:
    """Members with two or three roles of three permissions."""
    users = int(ACCOUNTS / 2 * part)
    user = _COLUMNS["kinde_user"].format(f"i % {users}")
    organization = _COLUMNS["kinde_organization"].format(f"i % {users} % {ORGANIZATIONS}")
    # Accounts get further roles in turn, so that no two grants are the same.
    role = f"(i + (i - i % {users}) / {users}) % {ROLES}"
    email = "'person' || cast(i as varchar) || '@example.com'"
    return [
        _table("kinde", "users", users, id=user, email=email, is_suspended="false"),
        _table("kinde", "organizations", ORGANIZATIONS,
               code=_COLUMNS["kinde_organization"].format("i"), name="'Organization'"),
        _table("kinde", "organization_users", users, org_code=organization, id=user),
        _table("kinde", "roles", ROLES, id=_id("role", "i"), key=_id("role", "i")),
        _table("kinde", "permissions", ROLES * 3, id=_id("permission", "i")),
        _table("kinde", "role_permissions", ROLES * 3,
               role_id=_id("role", f"i % {ROLES}"), id=_id("permission", "i")),
        _table("kinde", "role_users", int(KINDE_ROLE_USERS * part), org_code=organization,
               user_id=user, role_id=_id("role", f"cast(floor({role}) as integer)")),
        _sync_runs("kinde", "users", "organizations", "organization_users", "roles", "permissions",
                   "role_permissions", "role_users"),
    ]  # fmt: skip


def _logto(part: float) -> list[str]:
    """Members with one or two roles of four permissions, and some with a role of the tenant."""
    users = int(ACCOUNTS / 2 * part)
    user = _COLUMNS["logto_user"].format(f"i % {users}")
    organization = _COLUMNS["logto_organization"].format(f"i % {users} % {ORGANIZATIONS}")
    role = f"cast(floor((i + (i - i % {users}) / {users}) % {ROLES}) as integer)"
    email = "'person' || cast(i as varchar) || '@example.com'"
    return [
        _table("logto", "users", users, id=user, primary_email=email, is_suspended="false"),
        _table("logto", "organizations", ORGANIZATIONS,
               id=_COLUMNS["logto_organization"].format("i"), name="'Organization'"),
        _table("logto", "organization_memberships", users,
               organization_id=organization, user_id=user),
        _table("logto", "organization_roles", ROLES, id=_id("role", "i"), name="'Role'"),
        _table("logto", "organization_scopes", ROLES * 4, id=_id("scope", "i"), name="'Scope'"),
        _table("logto", "organization_role_scopes", ROLES * 4,
               organization_role_id=_id("role", f"i % {ROLES}"), scope_id=_id("scope", "i")),
        _table("logto", "organization_member_roles", int(LOGTO_MEMBER_ROLES * part),
               organization_id=organization, user_id=user, organization_role_id=_id("role", role)),
        _table("logto", "roles", ROLES, id=_id("tenant role", "i"), name="'Role'", type="'User'"),
        _table("logto", "role_scopes", ROLES,
               role_id=_id("tenant role", "i"), scope_id=_id("tenant scope", "i")),
        _table("logto", "role_users", int(LOGTO_ROLE_USERS * part),
               role_id=_id("tenant role", f"i % {ROLES}"), user_id=user),
        _sync_runs("logto", "users", "organizations", "organization_memberships",
                   "organization_roles", "organization_scopes", "organization_role_scopes",
                   "organization_member_roles", "roles", "role_scopes", "role_users"),
    ]  # fmt: skip


def tables(part: float = 1.0) -> list[str]:
    """Statements that make the raw tables, or a part of them."""
    schemas = [f"create schema tap_{each}" for each in ("kinde", "logto")]
    return [*schemas, *_kinde(part), *_logto(part)]
