-- Which second factors were set up but never used?

select u.email, f.type, f.created_on from stg_kinde__user_mfa f
join stg_kinde__users u on u.id = f.user_id
where f.last_used_on is null
