{#- Privileged access, with when it was granted as far as that is known. What was there at the first look was
    granted before that, unless the vendor tells when. -#}
with noticed as (
    select
        access_id,
        max(case
            when not is_baseline and began_with <> 'the grant is in force or not' then valid_from
        end) as noticed_at,
        min(case when is_baseline then valid_from end) as first_looked_at
    from {{ ref('identity_access_history') }}
    group by access_id
)

select
    access.*,
    coalesce(grants.granted_at, noticed.noticed_at) as granted_at,
    case
        when noticed.noticed_at >= {{ identity_access.review_since() }} then 'new'
        when grants.granted_at >= {{ identity_access.review_since() }} then 'new'
        when grants.granted_at is not null or noticed.noticed_at is not null then 'old'
        when noticed.first_looked_at <= {{ identity_access.review_since() }} then 'old'
        else 'unknown'
    end as age
from {{ ref('int_identity__named_access') }} as access
left join {{ ref('identity_grants') }} as grants
    on
        access.account_id = grants.account_id
        and access.given_entitlement_id = grants.entitlement_id
        and access.scope_id = grants.scope_id
left join noticed on access.access_id = noticed.access_id
where access.is_privileged
