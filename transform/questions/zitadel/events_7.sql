-- When did each user last sign in, as far as is known?

with signed_in as (
  select e.aggregate_id as user_id, e.creation_date as at from stg_zitadel__events e
  where e.event_type in ('user.human.password.check.succeeded', 'user.token.added')
  union all
  select e.payload ->> 'userID', e.creation_date from stg_zitadel__events e
  where e.event_type = 'oidc_session.added'
)
select u.preferred_login_name, u.type, u.state,
       coalesce(left(cast(max(s.at) as text), 16), 'unknown') as last_sign_in
from stg_zitadel__users u
left join signed_in s on s.user_id = u.id
group by u.id, u.preferred_login_name, u.type, u.state
order by max(s.at) nulls first
