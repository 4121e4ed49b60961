-- Who has been given which role since the last review?

select u.preferred_login_name, p.name as project, h.role_key as role
from stg_zitadel__authorization_roles h
join stg_zitadel__users u on u.id = h.user_id
join stg_zitadel__projects p on p.id = h.project_id
where not exists (
  select 1 from reviewed_authorization_roles k
  where k.authorization_id = h.authorization_id and k.role_key = h.role_key
)
