-- Who granted or revoked which authorizations in the last 90 days?

select e.creation_date, e.event_type, coalesce(b.preferred_login_name, e.editor_user_id) as by,
       u.preferred_login_name as holder, p.name as project, e.payload -> 'roleKeys' as roles
from stg_zitadel__events e
left join stg_zitadel__authorizations a on a.id = e.aggregate_id
left join stg_zitadel__users u on u.id = coalesce(a.user_id, e.payload ->> 'userId')
left join stg_zitadel__projects p on p.id = coalesce(a.project_id, e.payload ->> 'projectId')
left join stg_zitadel__users b on b.id = e.editor_user_id
where e.aggregate_type = 'usergrant'
  and e.creation_date > now() at time zone 'utc' - interval '90 days'
order by e.creation_date, e.sequence
