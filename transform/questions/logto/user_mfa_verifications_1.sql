-- Which users have no second factor?

select u.name, u.primary_email from stg_logto__users u
where not u.is_suspended and not exists (
  select 1 from stg_logto__user_mfa_verifications f where f.user_id = u.id
)
