-- Which users have granted what to third-party applications?

select coalesce(a.name, g.application_name, g.application_id) as application, u.name, u.primary_email,
       g.openid_scope, g.resources, g.issued_at
from stg_logto__user_grants g
left join stg_logto__applications a on a.id = g.application_id
join stg_logto__users u on u.id = g.user_id
where coalesce(a.is_third_party, true)
