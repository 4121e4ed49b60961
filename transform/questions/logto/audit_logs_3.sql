-- What did currently suspended users do?

select u.name, u.primary_email, a.created_at, a."key", a.result, p.name as application, a.ip
from stg_logto__audit_logs a
join stg_logto__users u on u.id = a.user_id
left join stg_logto__applications p on p.id = a.application_id
where u.is_suspended
order by a.created_at desc
