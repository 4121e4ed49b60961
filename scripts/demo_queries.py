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
    f"""select '{schema}' as "schema", '{table}' as "table",
    count(*) filter (where _sdc_deleted_at is null) as live,
    count(_sdc_deleted_at) as removed from {schema}.{table}"""  # noqa: S608
    for schema, tables in TABLES.items()
    for table in tables
)

GROUPS = """
select g.display_name as "group", count(*) filter (where m.member_type = 'User') as users,
       count(*) filter (where m.member_type = 'Group') as groups,
       count(*) filter (where not u.active) as suspended,
       min(u.display_name) as "for example"
from tap_rudderstack.groups g
join tap_rudderstack.group_members m on m.group_id = g.id and m._sdc_deleted_at is null
left join tap_rudderstack.users u on u.id = m.member_id and m.member_type = 'User'
where g._sdc_deleted_at is null
group by g.display_name order by g.display_name
"""

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

CHANGES = """
select 'RudderStack' as "where", 'membership removed' as change,
       coalesce(u.display_name, m.member_id) as who, g.display_name as what
from tap_rudderstack.group_members m
join tap_rudderstack.groups g on g.id = m.group_id
left join tap_rudderstack.users u on u.id = m.member_id
where m._sdc_deleted_at is not null
union all
select 'RudderStack', 'user suspended', u.display_name, u.department
from tap_rudderstack.users u where not u.active and u._sdc_deleted_at is null
union all
select 'Logto', 'user removed', u.name, u.primary_email
from tap_logto.users u where u._sdc_deleted_at is not null
union all
select 'Logto', 'role taken away', u.name, o.name || ': ' || r.organization_role_name
from tap_logto.organization_member_roles r
join tap_logto.users u on u.id = r.user_id
join tap_logto.organizations o on o.id = r.organization_id
where r._sdc_deleted_at is not null
union all
select 'Kinde', 'membership removed', concat_ws(' ', u.first_name, u.last_name), o.name
from tap_kinde.organization_users m
join tap_kinde.users u on u.id = m.id
join tap_kinde.organizations o on o.code = m.org_code
where m._sdc_deleted_at is not null
order by 1, 2, 3, 4
"""

EVENTS = """
select to_char(a.created_at, 'YYYY-MM-DD HH24:MI:SS') as "when (UTC)", a.key, a.result,
       coalesce(u.name, p.name) as who, p.name as application
from tap_logto.audit_logs a
left join tap_logto.users u on u.id = a.user_id
left join tap_logto.applications p on p.id = a.application_id
order by a.created_at desc limit 7
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
