-- Which roles are held that the project, or the project grant, no longer has?

select u.preferred_login_name, h.role_key as role, h.project_id, h.organization_id
from stg_zitadel__authorization_roles h
join stg_zitadel__users u on u.id = h.user_id
join stg_zitadel__projects p on p.id = h.project_id
left join stg_zitadel__project_roles r on r.project_id = h.project_id and r."key" = h.role_key
left join stg_zitadel__project_grants g on g.project_id = h.project_id
  and g.granted_organization_id = h.organization_id
where r."key" is null or (
  h.organization_id <> p.organization_id
  and h.role_key not in (select jsonb_array_elements_text(g.granted_role_keys))
)
-- may be empty
