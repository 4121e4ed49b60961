"""Who made a change of access, and when, by events as the vendors' servers have them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.transform.warehouses import DuckDB

Change = tuple[str, str, str]
Answer = tuple["str | None", "str | None"]

BEFORE = """
create schema tap_zitadel;
create schema tap_rudderstack;
create table tap_zitadel.sync_runs as select * from (values
    ('1', 'authorizations', timestamp '2026-01-01', 'full', 'complete'),
    ('1', 'authorization_roles', timestamp '2026-01-01', 'full', 'complete'),
    ('1', 'administrators', timestamp '2026-01-01', 'full', 'complete')
) as r (sync_id, stream, ended_at, mode, status);
create table tap_rudderstack.sync_runs as
select '1' as sync_id, 'users' as stream, timestamp '2026-01-01' as ended_at, 'full' as mode,
    'complete' as status;
create table tap_zitadel.authorization_roles as select * from (values
    ('1', '1', 'odd/role', 'u', 'o', 'p', 'STATE_ACTIVE'),
    ('1', '1', 'keep', 'u', 'o', 'p', 'STATE_ACTIVE'),
    ('1', '2', 'lost', 'v', 'o', 'p', 'STATE_ACTIVE'),
    ('1', '3', 'paused', 'w', 'o', 'p', 'STATE_ACTIVE'),
    ('1', '4', 'quiet', 'x', 'o', 'p', 'STATE_ACTIVE')
) as a (_sync_id, authorization_id, role_key, user_id, organization_id, project_id, state);
create table tap_zitadel.administrators as select * from (values
    ('1', 'u', 'instance', 'instance', ['IAM_OWNER']),
    ('1', 'u', 'organization', 'o', ['ORG_OWNER', 'ORG_USER_MANAGER'])
) as m (_sync_id, user_id, resource_type, resource_id, roles);
create table tap_rudderstack.users as select * from (values
    ('1', 'stays', true), ('1', 'off', true), ('1', 'gone', true)
) as u (_sync_id, id, active);
"""

AFTER = """
insert into tap_zitadel.sync_runs select '2', stream, timestamp '2026-01-03', mode, status
    from tap_zitadel.sync_runs;
insert into tap_rudderstack.sync_runs select '2', stream, timestamp '2026-01-03', mode, status
    from tap_rudderstack.sync_runs;
delete from tap_zitadel.authorization_roles where role_key in ('odd/role', 'lost', 'quiet');
update tap_zitadel.authorization_roles set _sync_id = '2';
update tap_zitadel.authorization_roles set state = 'STATE_INACTIVE' where role_key = 'paused';
insert into tap_zitadel.authorization_roles values
    ('2', '1', 'role', 'u', 'o', 'p', 'STATE_ACTIVE');
delete from tap_zitadel.administrators where resource_type = 'instance';
update tap_zitadel.administrators set _sync_id = '2', roles = ['ORG_OWNER'];
insert into tap_zitadel.administrators values
    ('2', 'u', 'project', 'p', ['PROJECT_OWNER']),
    ('2', 'v', 'project_grant', 'p/o', ['PROJECT_GRANT_OWNER']);
delete from tap_rudderstack.users where id = 'gone';
update tap_rudderstack.users set _sync_id = '2', active = id <> 'off';
insert into tap_rudderstack.users values ('2', 'new', true);
create table tap_zitadel.events as select * from (values
    -- Before the window.
    ('usergrant', '1', 1, timestamp '2025-12-31', 'user.grant.added', 'root',
     '{"userId": "u", "projectId": "p", "roleKeys": ["odd/role", "keep"]}'),
    ('project', 'p', 1, timestamp '2025-12-31', 'project.grant.added', 'root',
     '{"grantId": "g", "grantedOrgId": "o"}'),
    -- Given, taken and given again by three; a fourth gave another role at the same moment.
    ('usergrant', '1', 2, timestamp '2026-01-02 01:00', 'user.grant.changed', 'first',
     '{"roleKeys": ["odd/role", "keep", "role"]}'),
    ('usergrant', '1', 3, timestamp '2026-01-02 02:00', 'user.grant.changed', 'second',
     '{"roleKeys": ["odd/role", "keep"]}'),
    ('usergrant', '1', 4, timestamp '2026-01-02 03:00', 'user.grant.changed', 'third',
     '{"roleKeys": ["odd/role", "keep", "role"]}'),
    ('usergrant', '1', 5, timestamp '2026-01-02 03:00', 'user.grant.cascade.changed', 'fourth',
     '{"roleKeys": ["keep", "role"]}'),
    ('usergrant', '2', 2, timestamp '2026-01-02 04:00', 'user.grant.changed', 'first',
     '{"roleKeys": ["lost", "more"]}'),
    ('usergrant', '2', 3, timestamp '2026-01-02 05:00', 'user.grant.cascade.removed', 'second',
     null),
    ('usergrant', '3', 2, timestamp '2026-01-02 06:00', 'user.grant.deactivated', '', null),
    -- After the window.
    ('usergrant', '4', 2, timestamp '2026-01-04', 'user.grant.removed', 'late', null),
    ('instance', 'i', 2, timestamp '2026-01-02 07:00', 'instance.member.removed', 'first',
     '{"userId": "u"}'),
    ('org', 'o', 2, timestamp '2026-01-02 08:00', 'org.member.changed', 'second',
     '{"userId": "u", "roles": ["ORG_OWNER"]}'),
    ('project', 'p', 2, timestamp '2026-01-02 09:00', 'project.member.added', 'third',
     '{"userId": "u", "roles": ["PROJECT_OWNER"]}'),
    ('project', 'p', 3, timestamp '2026-01-02 10:00', 'project.grant.member.added', 'fourth',
     '{"userId": "v", "grantId": "g", "roles": ["PROJECT_GRANT_OWNER"]}')
) as e (aggregate_type, aggregate_id, sequence, creation_date, event_type, editor_user_id, payload);
create table tap_rudderstack.audit_logs as select * from (values
    ('1', timestamp '2026-01-02 01:00', 'boss', 'user', 'changed_permission', 'user', 'off'),
    ('2', timestamp '2026-01-02 02:00', 'boss', 'user', 'enabled_mfa', 'user', 'off'),
    ('3', timestamp '2026-01-02 03:00', 'token', 'service', 'added_to_organization', 'user', 'new'),
    ('4', timestamp '2026-01-02 04:00', 'boss', 'user', 'removed_from_organization', 'user',
     'gone'),
    ('5', timestamp '2026-01-02 05:00', 'boss', 'user', 'resource_access_updated', 'permission',
     'new')
) as l (id, created_at, actor_id, actor_type, action, target_type, target_id);
"""
TOLD: dict[Change, Answer] = {
    ("project_role/p/role", "granted", "u"): ("2026-01-02 03:00:00", "zitadel/user/third"),
    ("project_role/p/odd/role", "revoked", "u"): ("2026-01-02 03:00:00", "zitadel/user/fourth"),
    ("project_role/p/lost", "revoked", "v"): ("2026-01-02 05:00:00", "zitadel/user/second"),
    ("project_role/p/paused", "no longer in force", "w"): ("2026-01-02 06:00:00", None),
    ("project_role/p/quiet", "revoked", "x"): (None, None),
    ("admin_role/IAM_OWNER", "revoked", "u"): ("2026-01-02 07:00:00", "zitadel/user/first"),
    ("admin_role/ORG_USER_MANAGER", "revoked", "u"): (
        "2026-01-02 08:00:00", "zitadel/user/second",
    ),
    ("admin_role/PROJECT_OWNER", "granted", "u"): ("2026-01-02 09:00:00", "zitadel/user/third"),
    ("admin_role/PROJECT_GRANT_OWNER", "granted", "v"): (
        "2026-01-02 10:00:00", "zitadel/user/fourth",
    ),
    ("membership", "revoked", "off"): ("2026-01-02 01:00:00", "rudderstack/user/boss"),
    ("membership", "granted", "new"): ("2026-01-02 03:00:00", None),
    ("membership", "revoked", "gone"): ("2026-01-02 04:00:00", "rudderstack/user/boss"),
}  # fmt: skip


GRANT_OWNER = ("admin_role/PROJECT_GRANT_OWNER", "granted", "v")
LESS: dict[str, tuple[str, dict[Change, Answer]]] = {
    "all is there": ("", {}),
    "the log begins later": (
        "delete from tap_zitadel.events where sequence = 1;",
        {GRANT_OWNER: (None, None)},
    ),
    # As `event_payload` has it by default: whose role it was, and which, is not told.
    "no payloads": (
        "update tap_zitadel.events set payload = null;",
        {
            **{each: (None, None) for each in TOLD if each[0].startswith("admin_role/")},
            ("project_role/p/role", "granted", "u"): ("2026-01-02 03:00:00", "zitadel/user/fourth"),
        },
    ),
}


@pytest.mark.parametrize("less", LESS)
def test_the_latest_event_that_made_it_so(duckdb: DuckDB, less: str) -> None:
    script, differently = LESS[less]
    duckdb.execute(BEFORE)
    duckdb.make("identity_access_changes", "identity_looks")
    assert duckdb.mart("identity_access_changes") == []
    duckdb.execute(AFTER + script)
    duckdb.make("identity_access_changes", "identity_looks")
    told = {
        (
            row["entitlement_id"].partition("/")[2],
            row["change"],
            row["account_id"].rpartition("/")[2],
        ): (row["told_at"], row["told_actor_id"])
        for row in duckdb.mart("identity_access_changes")
    }
    assert told == {**TOLD, **differently}
