-- Which administrators were added, changed or removed?

select e.creation_date, e.event_type, e.aggregate_type, e.aggregate_id,
       coalesce(b.preferred_login_name, e.editor_user_id) as by,
       u.preferred_login_name as administrator, e.payload -> 'roles' as roles
from stg_zitadel__events e
left join stg_zitadel__users b on b.id = e.editor_user_id
left join stg_zitadel__users u on u.id = e.payload ->> 'userId'
where e.event_type like '%.member.%'
order by e.creation_date desc
