-- Which users belong to no organization?

select u.id, u.email, u.created_on, u.last_signed_in
from stg_kinde__users u
where not exists (
  select 1 from stg_kinde__user_organizations m where m.user_id = u.id
)
