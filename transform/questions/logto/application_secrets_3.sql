-- Which machine-to-machine applications hold a role although all their secrets have expired?

select a.name, max(s.expires_at) as expired_at
from stg_logto__applications a
join stg_logto__application_secrets s on s.application_id = a.id
where a.type = 'MachineToMachine' and exists (
  select 1 from stg_logto__role_applications r where r.application_id = a.id
)
group by a.id, a.name
having bool_and(coalesce(s.expires_at < now() at time zone 'utc', false))
-- may be empty
