-- What did a given person do?

select e.creation_date, e.event_type, e.aggregate_type, e.aggregate_id
from stg_zitadel__events e
join stg_zitadel__users u on u.id = e.editor_user_id
where u.email = 'person00001@example.com'
order by e.creation_date desc, e.aggregate_id, e.sequence desc
