-- From which IP addresses did sign-ins to several accounts fail?

select a.ip, count(distinct a.payload -> 'payload' -> 'identifier' ->> 'value') as people,
       count(*) as failures
from stg_logto__audit_logs a
where a.result = 'Error' and a."key" = 'Interaction.SignIn.Verification.Password.Submit'
group by a.ip having count(distinct a.payload -> 'payload' -> 'identifier' ->> 'value') > 1
