{#- Members of organizations, with the roles that the vendor names in the same answer. -#}
select
    source_id,
    {{ identity_access.id('user', 'id') }} as account_id,
    {{ identity_access.id('organization', 'org_code') }} as scope_id,
    roles
from {{ ref('stg_kinde__organization_users') }}
union all
select
    source_id,
    {{ identity_access.id('user', 'user_id') }},
    {{ identity_access.id('organization', 'organization_id') }},
    organization_roles
from {{ ref('stg_logto__organization_memberships') }}
union all
select
    source_id,
    {{ identity_access.id('application', 'application_id') }},
    {{ identity_access.id('organization', 'organization_id') }},
    organization_roles
from {{ ref('stg_logto__organization_applications') }}
