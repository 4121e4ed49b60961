"""What the demo asks its warehouse."""

from __future__ import annotations

TABLES = {
    "tap_rudderstack": ("users", "groups", "group_members", "audit_logs"),
    "tap_logto": (
        "users", "role_users", "organizations", "organization_memberships",
        "organization_member_roles", "audit_logs",
    ),
    "tap_kinde": ("users", "organizations", "organization_users", "role_users"),
    "tap_zitadel": ("users", "organizations", "project_grants", "authorization_roles", "events"),
}  # fmt: skip

OVERVIEW = " union all ".join(
    f"""select '{schema}' as "schema", '{table}' as "table", count(*) as rows
    from {schema}.{table}"""  # noqa: S608
    for schema, tables in TABLES.items()
    for table in tables
)

PERMISSIONS = """
select o.name as organization, u.name as member,
       string_agg(distinct r.organization_role_name, ', ') as roles,
       string_agg(distinct s.scope_name, ', ') as "and so may"
from tap_logto.organization_memberships m
join tap_logto.organizations o on o.id = m.organization_id
join tap_logto.users u on u.id = m.user_id
join tap_logto.organization_member_roles r
  on r.organization_id = o.id and r.user_id = u.id and r._sdc_deleted_at is null
join tap_logto.organization_role_scopes s
  on s.organization_role_id = r.organization_role_id and s._sdc_deleted_at is null
where m._sdc_deleted_at is null and o.users_count between 2 and 10
group by o.name, u.name order by 1, 2 limit 8
"""

SUSPENDED = """
select 'tap_rudderstack' as "schema", display_name as who, 'active is false' as "as it says"
from tap_rudderstack.users where not active and _sdc_deleted_at is null
union all
select 'tap_logto', name, 'is_suspended is true'
from tap_logto.users where is_suspended and _sdc_deleted_at is null
union all
select 'tap_kinde', concat_ws(' ', first_name, last_name), 'is_suspended is true'
from tap_kinde.users where is_suspended and _sdc_deleted_at is null
union all
select 'tap_zitadel', display_name, 'state is ' || state
from tap_zitadel.users where state <> 'USER_STATE_ACTIVE' and _sdc_deleted_at is null
order by 1, 2
"""

RUNS = " union all ".join(
    f"""select '{schema}' as "schema", dense_rank() over (order by sync_id) as run,
    count(*) over one as streams, count(*) filter (where status = 'complete') over one as complete,
    sum(row_count) over one as rows, sum(requests) over one as requests, sync_id
    from {schema}.sync_runs window one as (partition by sync_id)"""  # noqa: S608
    for schema in TABLES
)
RUNS = f"""select distinct "schema", run, streams, complete, rows, requests
from ({RUNS}) runs order by 1, 2"""  # noqa: S608

NOT_COMPLETE = " union all ".join(
    f"""select '{schema}' as "schema", stream, status, reason from {schema}.sync_runs
    where status <> 'complete' and sync_id = (select max(sync_id) from {schema}.sync_runs)"""  # noqa: S608
    for schema in TABLES
)
