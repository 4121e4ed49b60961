select
    users.source_id,
    'role' as entitlement_type,
    {{ identity_access.id('role', identity_access.text_field('role.value', 'value'), 'users') }} as entitlement_id,
    {{ identity_access.text_field('role.value', 'value') }} as entitlement_key,
    max(coalesce(
        {{ identity_access.text_field('role.value', 'display') }},
        {{ identity_access.text_field('role.value', 'value') }}
    )) as display_name,
    {{ identity_access.null('text') }} as resource_id,
    {{ identity_access.null('text') }} as description
from {{ ref('stg_rudderstack__users') }} as users
{{ identity_access.each_value('users.roles', 'role', 'json') }}
where {{ identity_access.text_field('role.value', 'value') }} is not null
group by users.source_id, {{ identity_access.text_field('role.value', 'value') }}
union all
select
    source_id,
    'group',
    {{ identity_access.id('group', 'id') }},
    display_name,
    display_name,
    {{ identity_access.id('group', 'id') }},
    {{ identity_access.null('text') }}
from {{ ref('stg_rudderstack__groups') }}
