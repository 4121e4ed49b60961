-- Which application secrets never expire, and how old are they?

select a.name as application, a.type, s.name as secret,
       now() at time zone 'utc' - s.created_at as age
from stg_logto__application_secrets s
join stg_logto__applications a on a.id = s.application_id
where s.expires_at is null
order by age desc
