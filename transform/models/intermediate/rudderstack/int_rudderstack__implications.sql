-- Whoever is in a group that is a member of another is in that one too.
select
    source_id,
    {{ identity_access.id('group', 'member_id') }} as entitlement_id,
    {{ identity_access.id('group', 'group_id') }} as implied_id,
    {{ identity_access.null('text') }} as only_in,
    'group_members' as stream
from {{ ref('stg_rudderstack__group_members') }}
where member_type = 'Group'
