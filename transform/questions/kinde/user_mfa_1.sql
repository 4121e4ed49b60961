-- Which users have no second factor?

select u.id, u.email, u.last_signed_in from stg_kinde__users u
where u.is_suspended is not true and not exists (
  select 1 from stg_kinde__user_mfa f where f.user_id = u.id
)
