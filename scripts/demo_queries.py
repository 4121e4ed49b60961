"""What the demo asks the access model."""

from __future__ import annotations

SYSTEMS = ("kinde", "logto", "rudderstack", "zitadel")
SCHEMAS = tuple(f"tap_{system}" for system in SYSTEMS)

MODEL = " union all ".join(
    f"""select '{words}' as "one row is", {
        ", ".join(
            f"count(*) filter (where source_id = '{system}') as {system}" for system in SYSTEMS
        )
    } from identity.{table}"""  # noqa: S608
    for table, words in (
        ("identity_accounts", "an account"),
        ("identity_resources", "a resource"),
        ("identity_entitlements", "an entitlement"),
        ("identity_grants", "a grant"),
        ("identity_effective_access", "an entitlement that an account has"),
        ("identity_credentials", "a credential"),
        ("identity_events", "an event"),
    )
)


def by_holder(which: str, limit: int) -> str:
    """What people and other accounts hold, a column for each system; who holds most is first.

    Args:
        which: A condition on what is held, `e`, through which it is held, `g`.
        limit: How many are shown.
    """
    columns = ", ".join(
        f"string_agg(held, E'\\n' order by held) filter (where system = '{system}') as {system}"
        for system in SYSTEMS
    )
    return f"""
    with held as (
        select coalesce(p.person_id, a.account_id) as holder_id,
               coalesce(p.display_name, a.display_name) as who, a.system, g.display_name
               || coalesce(' in ' || string_agg(distinct r.display_name, ', '), '') as held
        from identity.identity_effective_access x
        join identity.identity_accounts a on a.account_id = x.account_id
        join identity.identity_account_people n on n.account_id = x.account_id
        left join identity.identity_people p on p.person_id = n.person_id
        join identity.identity_entitlements e on e.entitlement_id = x.entitlement_id
        join identity.identity_entitlements g on g.entitlement_id = x.given_entitlement_id
        left join identity.identity_resources r
          on r.resource_id = x.scope_id and r.resource_type <> 'tenant'
        where x.is_active and {which}
        group by 1, 2, 3, g.entitlement_id, g.display_name
    )
    select who, {columns} from held
    group by holder_id, who order by count(*) desc, who limit {limit}
    """  # noqa: S608


HOLDERS = by_holder(
    "x.is_direct and e.entitlement_type in ('role', 'organization_role', 'admin_role', 'group')",
    limit=4,
)
PRIVILEGED = by_holder("e.is_privileged", limit=8)
PRIVILEGED_ACCOUNTS = """
select count(distinct x.account_id) as privileged from identity.identity_effective_access x
join identity.identity_entitlements e on e.entitlement_id = x.entitlement_id
where e.is_privileged and x.is_active
"""

CHANGES = """
with changes as (
    select *, entitlement_id = given_entitlement_id as is_itself,
           coalesce(entitlement_name, entitlement_id) as what
    from identity.identity_access_changes
)
select change, coalesce(account_name, account_id) as who, source_id as system,
       array_to_string((array_agg(distinct what) filter (where is_itself))[1:3], ', ')
       || case when count(distinct what) filter (where is_itself) > 3 then ' and '
          || count(distinct what) filter (where is_itself) - 3 || ' more' else '' end
       || ' in ' || string_agg(distinct scope_name, ', ')
       || case when count(*) = count(*) filter (where is_itself) then '' else '; and with it '
          || count(*) filter (where not is_itself) || ' more' end as "what and where"
from changes group by change, account_id, 2, source_id order by 1, 2, 3
"""

NOT_CURRENT = """
select source_id as system, stream, state, last_reason as reason
from identity.identity_stream_status
where state not in ('complete', 'not loaded') order by 1, 2
"""
