-- Which users are not active but still hold an authorization?

select u.preferred_login_name, u.state, p.name as project, o.name as organization,
       (select string_agg(role, ', ' order by role)
        from (select jsonb_array_elements_text(a.role_keys) as role) each) as roles
from stg_zitadel__authorizations a
join stg_zitadel__users u on u.id = a.user_id
left join stg_zitadel__projects p on p.id = a.project_id
left join stg_zitadel__organizations o on o.id = a.organization_id
where u.state <> 'USER_STATE_ACTIVE' and a.state = 'STATE_ACTIVE'
