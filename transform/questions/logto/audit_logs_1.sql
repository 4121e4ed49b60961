-- Whose password sign-ins failed in the last 7 days, and from which IP addresses?

select a.payload -> 'payload' -> 'identifier' ->> 'value' as who, a.ip, count(*) as failures,
       min(a.created_at) as first, max(a.created_at) as last
from stg_logto__audit_logs a
where a.result = 'Error' and a."key" = 'Interaction.SignIn.Verification.Password.Submit'
  and a.created_at > now() at time zone 'utc' - interval '7 days'
group by 1, 2
order by failures desc
