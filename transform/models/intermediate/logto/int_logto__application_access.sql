-- Who may use each application of which the access is restricted. Of any other, everybody may.
select
    access.source_id,
    access.application_id,
    access.user_ids,
    access.user_role_ids,
    access.organization_ids,
    access.organization_role_rules
from {{ ref('stg_logto__application_access_control') }} as access
inner join {{ ref('stg_logto__applications') }} as applications
    on access.source_id = applications.source_id and access.application_id = applications.id
where applications.app_level_access_control_enabled
