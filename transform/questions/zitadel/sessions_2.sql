-- Which users who are not active still have a session?

select u.preferred_login_name, u.state, s.creation_date, s.expiration_date
from stg_zitadel__sessions s
join stg_zitadel__users u on u.id = s.user_id
where u.state <> 'USER_STATE_ACTIVE'
  and (s.expiration_date is null or s.expiration_date > now() at time zone 'utc')
