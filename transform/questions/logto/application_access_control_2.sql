-- Members of which organizations may use each restricted application?

select a.name as application, o.name as organization, o.users_count
from stg_logto__application_access_control c
join stg_logto__applications a on a.id = c.application_id
join stg_logto__organizations o on o.id in (select jsonb_array_elements_text(c.organization_ids))
