-- Who is signed in, since when, and from where?

select u.preferred_login_name, s.user_verified_at, s.ip, s.user_agent, s.expiration_date
from stg_zitadel__sessions s
join stg_zitadel__users u on u.id = s.user_id
where (s.expiration_date is null or s.expiration_date > now() at time zone 'utc')
order by s.user_verified_at desc
