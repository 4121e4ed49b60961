-- Which service accounts with a token are administrators, or hold a role?

select u.preferred_login_name, 'administrator of ' || m.resource_type as may,
       (select string_agg(role, ', ' order by role)
        from (select jsonb_array_elements_text(m.roles) as role) each) as roles
from stg_zitadel__users u
join stg_zitadel__administrators m on m.user_id = u.id
where exists (
  select 1 from stg_zitadel__personal_access_tokens t where t.user_id = u.id
)
union
select u.preferred_login_name, p.name,
       (select string_agg(role, ', ' order by role)
        from (select jsonb_array_elements_text(a.role_keys) as role) each)
from stg_zitadel__users u
join stg_zitadel__authorizations a on a.user_id = u.id
left join stg_zitadel__projects p on p.id = a.project_id
where exists (
  select 1 from stg_zitadel__personal_access_tokens t where t.user_id = u.id
)
