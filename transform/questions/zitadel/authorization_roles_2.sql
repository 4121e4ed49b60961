-- What access does a given person have, through roles and as an administrator?

select 'role' as holds, p.name as project, o.name as organization, h.role_key as role, h.state,
       g.state as state_of_grant
from stg_zitadel__users u
join stg_zitadel__authorization_roles h on h.user_id = u.id
left join stg_zitadel__projects p on p.id = h.project_id
left join stg_zitadel__organizations o on o.id = h.organization_id
left join stg_zitadel__project_grants g on g.project_id = h.project_id
  and g.granted_organization_id = h.organization_id
where u.email = 'person00001@example.com'
union all
select m.resource_type, p.name, o.name, r.role, null, null
from stg_zitadel__users u
join stg_zitadel__administrators m on m.user_id = u.id
cross join lateral (select jsonb_array_elements_text(m.roles) as role) r
left join stg_zitadel__projects p on p.id = m.project_id
left join stg_zitadel__organizations o on o.id = coalesce(m.granted_organization_id, m.organization_id)
where u.email = 'person00001@example.com'
