-- Whose sign-ins failed, and did they succeed later?

select u.preferred_login_name, count(*) as failed, max(f.creation_date) as last_failure,
       (select min(s.creation_date) from stg_zitadel__events s
        where s.aggregate_id = f.aggregate_id and s.creation_date > max(f.creation_date)
          and s.event_type like 'user.human.%.check.succeeded') as succeeded_after
from stg_zitadel__events f
left join stg_zitadel__users u on u.id = f.aggregate_id
where f.event_type like 'user.human.%.check.failed'
group by f.aggregate_id, u.preferred_login_name
order by failed desc
