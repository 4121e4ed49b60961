-- Who holds roles in an organization other than their own?

select u.preferred_login_name, home.name as belongs_to, o.name as holds_in, p.name as project,
       a.role_keys
from stg_zitadel__authorizations a
join stg_zitadel__users u on u.id = a.user_id
join stg_zitadel__organizations home on home.id = u.organization_id
join stg_zitadel__organizations o on o.id = a.organization_id
left join stg_zitadel__projects p on p.id = a.project_id
where a.organization_id <> u.organization_id
