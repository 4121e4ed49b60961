-- Who are the administrators of the instance and of the organizations?

select m.resource_type, o.name as organization, u.preferred_login_name, u.type, u.state,
       (select string_agg(role, ', ' order by role)
        from (select jsonb_array_elements_text(m.roles) as role) each) as roles
from stg_zitadel__administrators m
join stg_zitadel__users u on u.id = m.user_id
left join stg_zitadel__organizations o on o.id = m.organization_id
where m.resource_type in ('instance', 'organization')
order by m.resource_type, organization, u.preferred_login_name
