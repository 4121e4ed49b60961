-- Which authorizations were created or changed in the last 90 days?

select u.preferred_login_name, p.name as project, a.role_keys, a.creation_date, a.change_date
from stg_zitadel__authorizations a
join stg_zitadel__users u on u.id = a.user_id
left join stg_zitadel__projects p on p.id = a.project_id
where a.change_date > now() at time zone 'utc' - interval '90 days'
order by a.change_date desc
