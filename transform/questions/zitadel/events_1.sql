-- How many events of each type were there in the last day?

select e.event_type, count(*) as events, count(distinct e.editor_user_id) as editors
from stg_zitadel__events e
where e.creation_date > now() at time zone 'utc' - interval '1 day'
group by e.event_type
order by events desc
