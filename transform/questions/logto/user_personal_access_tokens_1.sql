-- Which personal access tokens never expire, and whose are they?

select u.name, u.primary_email, t.name as token, t.created_at
from stg_logto__user_personal_access_tokens t
join stg_logto__users u on u.id = t.user_id
where t.expires_at is null
