-- Which application secrets expire within 30 days, or have expired?

select a.name as application, s.name as secret, s.expires_at
from stg_logto__application_secrets s
join stg_logto__applications a on a.id = s.application_id
where s.expires_at < now() at time zone 'utc' + interval '30 days'
order by s.expires_at
