-- Which active users have no known sign-in for 90 days? (By events and sessions.)

with signed_in as (
  select e.aggregate_id as user_id, e.creation_date as at from stg_zitadel__events e
  where e.event_type in ('user.human.password.check.succeeded', 'user.token.added')
  union all
  select e.payload ->> 'userID', e.creation_date from stg_zitadel__events e
  where e.event_type = 'oidc_session.added'
  union all
  select s.user_id, greatest(
    s.password_verified_at, s.passkey_verified_at, s.idp_verified_at, s.totp_verified_at,
    s.otp_sms_verified_at, s.otp_email_verified_at
  ) from stg_zitadel__sessions s
)
select u.preferred_login_name, u.type, u.creation_date,
       coalesce(left(cast(max(s.at) as text), 16), 'unknown') as last_sign_in
from stg_zitadel__users u
left join signed_in s on s.user_id = u.id
where u.state = 'USER_STATE_ACTIVE'
group by u.id, u.preferred_login_name, u.type, u.creation_date
having max(s.at) is null or max(s.at) < now() at time zone 'utc' - interval '90 days'
order by max(s.at)
