-- Which machine-to-machine applications requested tokens, and from which IP addresses?

select coalesce(p.name, a.application_id) as application, a.ip, a.result, count(*) as requests,
       max(a.created_at) as last
from stg_logto__audit_logs a
left join stg_logto__applications p on p.id = a.application_id
where a."key" = 'ExchangeTokenBy.ClientCredentials'
group by 1, 2, 3
