-- From which IP addresses were password sign-ins attempted? (This needs payloads.)

select e.payload -> 'browserInfo' ->> 'remoteIP' as ip,
       count(*) filter (where e.event_type like '%.failed') as failed,
       count(*) filter (where e.event_type like '%.succeeded') as succeeded,
       count(distinct e.aggregate_id) as users
from stg_zitadel__events e
where e.event_type like 'user.human.password.check.%' and (e.payload -> 'browserInfo') is not null
group by ip
